/** Descriptors as inputs: regular files, pipes, sockets and terminals. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import { SourceError } from '../source.js';
import type { Input, RegularFile } from './input.js';
import { streamInput } from './stream-input.js';

/** A pipe holds 64 KiB unless told otherwise (pipe(7)): one read empties it. */
const pipeBytes = 65_536;

/**
 * Opens the file at `path`; "-" is stdin. Throws a SourceError where it is missing, forbidden or a directory.
 * A named pipe is opened without waiting for its writer.
 */
export function openInput(path: string): Input {
  const name = path === '-' ? 'stdin' : path;
  try {
    // A writer may never come, and waiting for it in open(2) would hold the event loop.
    const descriptor = path === '-' ? 0 : openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return descriptorInput(name, descriptor);
  } catch (error) {
    throw openingError(name, error as NodeJS.ErrnoException);
  }
}

function descriptorInput(name: string, descriptor: number): Input {
  const status = fstatSync(descriptor);
  if (status.isDirectory()) {
    closeSync(descriptor);
    throw new SourceError('usage', `${name}: is a directory; name a capture file in it`);
  }
  const stream = asStream(descriptor, status);
  return stream ? streamInput(name, stream) : regularInput(name, descriptor, status);
}

/** Undefined for what never keeps a reader waiting: regular files, block devices, /dev/null. */
function asStream(descriptor: number, status: Stats): Readable | undefined {
  // Streams are loaded only for what is one: see native-notes/start-up.md.
  if (status.isFIFO() || status.isSocket()) {
    const { Socket } = process.getBuiltinModule('node:net');
    return new Socket({
      fd: descriptor,
      readable: true,
      writable: false,
      highWaterMark: pipeBytes,
    } as object);
  }
  if (!status.isCharacterDevice()) return undefined;
  const { isatty, ReadStream } = process.getBuiltinModule('node:tty');
  return isatty(descriptor) ? new ReadStream(descriptor) : undefined;
}

/** Reads at once: for data in the page cache, a round trip through Node's thread pool costs more than the copy. */
function regularInput(name: string, descriptor: number, status: Stats): Input {
  let open = true;
  /** Null where the descriptor's own offset is the one: stdin may stand anywhere. */
  let offset: number | null = null;
  const file: RegularFile = {
    descriptor,
    bytes: status.size,
    skipTo(to) {
      if (fstatSync(descriptor).size < to) {
        const remedy = 'what came before was counted; copy it first, or capture again';
        throw new SourceError('input', `${name}: became shorter while it was read; ${remedy}`);
      }
      offset = to;
    },
  };
  return {
    name,
    ...(status.isFile() && descriptor !== 0 ? { file } : {}),
    read(into) {
      const count = open ? readSync(descriptor, into, 0, into.length, offset) : 0;
      if (offset !== null) offset += count;
      return count;
    },
    close() {
      // stdin was not opened here, and a thread may not close it.
      if (open && descriptor !== 0) closeSync(descriptor);
      open = false;
    },
  };
}

function openingError(name: string, error: NodeJS.ErrnoException): unknown {
  if (error instanceof SourceError) return error;
  switch (error.code) {
    case 'ENOENT':
      return new SourceError('usage', `${name}: there is no such file; check the path`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new SourceError(
        'permission',
        `${name}: may not be read; allow it with chmod or run as its owner`,
        {
          cause: error,
        },
      );
    case 'EMFILE':
    case 'ENFILE':
      // The remedy is that of everything else that needs a descriptor: file-limit.ts.
      return new SourceError('input', `${name}: cannot be opened (${error.message})`, { cause: error });
    default:
      return new SourceError('input', `${name}: cannot be opened (${error.message}); name a readable file`, {
        cause: error,
      });
  }
}

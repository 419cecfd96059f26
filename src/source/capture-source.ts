/** Captures from files and stdin, gzipped or not: what they are is told by their content. */
import type { Log } from '../host/log.js';
import { withoutMark } from './files/byte-order-mark.js';
import { openInput } from './files/file-input.js';
import { gunzipInput, gzipMagic } from './files/gzip-input.js';
import type { CaptureFormat, Input } from './files/input.js';
import { pcapFile } from './files/pcap-file.js';
import { pcapngFile } from './files/pcapng-file.js';
import { type PeekedInput, peekedInput } from './files/peeked-input.js';
import { prepareReadAhead } from './files/read-ahead.js';
import type { FrameWishes } from './frame-part.js';
import { nothingLost, type Source, SourceError, type TimestampUs } from './source.js';
import { lineFeed } from './text/cursor.js';
import { tcpdumpText } from './text/tcpdump-text.js';
import { prepareLocalTime } from './text/time-zone.js';

/** What a capture needs of the program. `nowUs` is the wall clock, which dates packets that state no date. */
export interface CaptureEdges {
  readonly log: Pick<Log, 'limited'>;
  readonly nowUs: () => TimestampUs;
}

/** Tried in this order: first those that need the fewest bytes, since a pipe may hold its bytes back. */
const formatsFor = (nowUs: () => TimestampUs, isLive: boolean): readonly CaptureFormat[] => [
  pcapFile,
  pcapngFile,
  tcpdumpText(nowUs, isLive),
];

/** Compressions that are not undone here. */
const foreignCompressions = [
  { name: 'xz', magic: 'fd377a585a00' },
  { name: 'zstd', magic: '28b52ffd' },
  { name: 'bzip2', magic: '425a68' },
  { name: 'lz4', magic: '04224d18' },
] as const;

/** A pipe that is to end is read on as long as bytes come within such a time, and for so many of them at the most. */
const lastBytesMs = 200;
const mostWaits = 5;

/** 'capture': the timestamps of its frames; 'live': a pipe from a capture that goes on now. */
export type CaptureClock = 'capture' | 'live';

/** Where absent: the outermost packet counts, and nobody looks for more. */
export interface CaptureSettings extends Partial<FrameWishes> {
  /** 'capture' where absent. */
  readonly clock?: CaptureClock;
}

/**
 * Opens the capture at `path`, or stdin where that is "-". Throws a SourceError (any kind) where it
 * cannot be opened. Nothing is read before `run`, which is where a wrong format is found: so privileges can be dropped
 * in between, and `stop` ends the wait for a pipe that is quiet.
 *
 * The clock is 'live' for a pipe from a capture that goes on now: its frames count when they arrive, whatever they state.
 */
export function openCapture(path: string, edges: CaptureEdges, settings: CaptureSettings = {}): Source {
  const input = openInput(path);
  prepareReadAhead(input.file);
  // A pipe may hold text. A file may, too, but loading the addon takes longer than reading a small one.
  if (input.file === undefined && settings.clock !== 'live') prepareLocalTime();
  return captureFrom(input, edges, settings);
}

/** The same for an input that is open. */
export function captureFrom(
  opened: Input,
  { log, nowUs }: CaptureEdges,
  { clock = 'capture', tunnels = 'outer', namesToo = false, healthToo = false }: CaptureSettings = {},
): Source {
  const { name } = opened;
  const formats = formatsFor(nowUs, clock === 'live');
  let input: Input = opened;
  let stopped = false;
  let lastBytes: NodeJS.Timeout | undefined;
  /** How often it was asked whether to stop, as it is whenever bytes have come. */
  let turns = 0;
  const isStopped = () => {
    turns++;
    return stopped;
  };
  const end = () => {
    stopped = true;
    input.close();
  };
  const awaitLastBytes = (waits: number) => {
    const before = turns;
    lastBytes = setTimeout(() => {
      // What came while the process had no processor is read before this.
      setImmediate(() => {
        if (turns === before || waits === 1) end();
        else if (!stopped) awaitLastBytes(waits - 1);
      });
    }, lastBytesMs);
  };
  const warn = (text: string) => log.limited(`capture ${name}`, text);
  return {
    name,
    counts: () => nothingLost,
    async run(receiver) {
      try {
        const unpacked = await plainInput(peekedInput(opened));
        input = unpacked;
        if (clock === 'live' && saysNothing(await unpacked.peek(2))) return;
        const format = await recognise(unpacked, formats);
        await format.read(unpacked, receiver, { stopped: isStopped, warn, tunnels, namesToo, healthToo });
      } catch (error) {
        if (!(stopped && error instanceof SourceError)) throw readingError(name, error);
      } finally {
        clearTimeout(lastBytes);
        end();
      }
    },
    /** Ctrl-C ends a whole pipeline: what the other end wrote last is still on its way. Called again, does not wait for it. */
    stop() {
      if (clock === 'live' && lastBytes === undefined) awaitLastBytes(mostWaits);
      else end();
    },
  };
}

/** Without gzip and without a byte order mark. */
async function plainInput(input: PeekedInput): Promise<PeekedInput> {
  const head = await input.peek(gzipMagic.length);
  const isGzip = gzipMagic.every((byte, index) => head[index] === byte);
  return withoutMark(isGzip ? peekedInput(gunzipInput(input)) : input);
}

/** tcpdump's text has no header: where nothing matched its filter there is nothing, or the line feed that it ends with on Ctrl-C. */
function saysNothing(head: Uint8Array): boolean {
  return head.length === 0 || (head.length === 1 && head[0] === lineFeed);
}

/** Rejects with a SourceError where the input is empty or of no known format. */
async function recognise(input: PeekedInput, formats: readonly CaptureFormat[]): Promise<CaptureFormat> {
  for (const format of formats) {
    // No more than that, however much has come: the same input is then the same format in whatever pieces it comes.
    const head = await input.peek(format.headBytes);
    if (format.recognises(head.subarray(0, format.headBytes))) return format;
  }
  throw new SourceError('input', `${input.name}: ${unknownFormat(input.name, await input.peek(0), formats)}`);
}

function unknownFormat(name: string, head: Uint8Array, formats: readonly CaptureFormat[]): string {
  if (head.length === 0) return 'is empty; look at what should have written it';
  const start = Buffer.from(head.subarray(0, 8)).toString('hex');
  const compression = foreignCompressions.find(({ magic }) => start.startsWith(magic));
  if (compression) {
    return `is compressed by ${compression.name}; unpack it on the way: ${compression.name} -dc … | pcap-agg -r -`;
  }
  const known = formats.map((format) => format.name).join(', ');
  const remedy = name === 'stdin' ? 'write one to it: tcpdump -U -w - … | pcap-agg' : 'check the path';
  return `is no capture of a known format (${known}): it starts with ${start}; ${remedy}`;
}

/** What the system reports while reading, said as one line; all other errors stay as they are. */
function readingError(name: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new SourceError(
    'input',
    `${name}: cannot be read further (${error.message}); what came before was counted`,
    {
      cause: error,
    },
  );
}

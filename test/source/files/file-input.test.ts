import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCapture } from '../../../src/source/capture-source.js';
import { SourceError } from '../../../src/source/source.js';
import { concatenate, pattern } from '../../support/bytes.js';
import { FrameRecorder } from '../../support/frame-recorder.js';
import { smallFrame, smallFrames, smallPcap, smallPcapng } from '../../support/small-captures.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const folder = temporaryFolder();
const silent = { log: { limited: () => {} }, nowUs: () => 0 };

describe('what cannot be opened', () => {
  const opening = (path: string) => {
    try {
      openCapture(path, silent).stop();
    } catch (error) {
      assert.ok(error instanceof SourceError);
      return [error.kind, error.message];
    }
    return undefined;
  };

  it('says why: missing', () => {
    const path = join(folder.path, 'missing');
    assert.deepEqual(opening(path), ['usage', `${path}: there is no such file; check the path`]);
  });

  it('says why: a directory', () => {
    const path = join(folder.path, 'directory');
    mkdirSync(path);
    assert.deepEqual(opening(path), ['usage', `${path}: is a directory; name a capture file in it`]);
  });

  it('says why: below a file', () => {
    const [kind, message] = opening(join(folder.file('plain', smallPcap), 'below')) ?? [];
    assert.equal(kind, 'input');
    assert.match(message!, /below: cannot be opened \(ENOTDIR: .*\); name a readable file$/);
  });

  it('says why: forbidden', () => {
    const path = folder.file('forbidden', smallPcap);
    chmodSync(path, 0);
    assert.deepEqual(
      asOrdinaryUser(() => opening(path)),
      ['permission', `${path}: may not be read; allow it with chmod or run as its owner`],
    );
  });
});

/** Root may read every file, so root becomes nobody for as long as `action` takes. */
function asOrdinaryUser<Result>(action: () => Result): Result {
  if (process.geteuid!() !== 0) return action();
  chmodSync(folder.path, 0o755);
  process.seteuid!(65_534);
  try {
    return action();
  } finally {
    process.seteuid!(0);
  }
}

describe('a named pipe', () => {
  it('is opened before its writer comes, and delivers frames as they arrive', async () => {
    const path = join(folder.path, 'pipe');
    execFileSync('mkfifo', [path]);
    for (const bytes of [smallPcap, smallPcapng]) {
      const source = openCapture(path, silent);
      const recorder = new FrameRecorder();
      const running = source.run(recorder);
      const writer = openSync(path, 'w');
      for (let sent = 0; sent < bytes.length; sent += 10) {
        writeSync(writer, bytes.subarray(sent, sent + 10));
        const complete = smallFrames.filter((_, index) => sent + 10 >= endOfFrame(bytes, index)).length;
        await until(`${complete} frames came`, () => recorder.frames.length === complete);
      }
      closeSync(writer);
      await running;
      assert.deepEqual(recorder.frames, smallFrames);
    }
  });
});

/** Where in pcap or pcapng of `smallFrames` the frame of that index is whole. */
function endOfFrame(bytes: Uint8Array, index: number): number {
  const frameBytes = bytes === smallPcap ? smallFrame.length + 16 : ((smallFrame.length + 3) & ~3) + 32;
  return bytes.length - (2 - index) * frameBytes;
}

describe('stdin', () => {
  const program = fileURLToPath(new URL('../../support/print-frames.js', import.meta.url));
  const quoted = `'${process.execPath}' '${program}'`;
  const three = smallFrames.map(() => String(smallFrame.length));

  /** What the program prints, line by line, with stdin from a shell's redirection or pipe, or from this process. */
  function start(shell: (command: string) => string) {
    const child = spawn('sh', ['-c', shell(quoted)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string | undefined;
    const rest = async () => {
      const all: string[] = [];
      for (let line = await next(); line !== undefined; line = await next()) all.push(line);
      return all;
    };
    return { child, next, rest };
  }

  it('may be a file', async () => {
    const path = folder.file('stdin.pcap', smallPcap);
    assert.deepEqual(await start((command) => `${command} < ${path}`).rest(), ['open', ...three, 'end']);
  });

  it('may be a file that somebody has read from', async () => {
    const path = folder.file('stdin-later.pcap', concatenate(pattern(100), smallPcap));
    const reader = start(
      (command) => `{ dd bs=100 count=1 of=/dev/null 2>/dev/null; ${command}; } < ${path}`,
    );
    assert.deepEqual(await reader.rest(), ['open', ...three, 'end']);
  });

  it('may be a pipe, whose writer may break off', async () => {
    const path = folder.file('stdin-cut.pcap', smallPcap.subarray(0, smallPcap.length - 1));
    assert.deepEqual(await start((command) => `cat ${path} | ${command}`).rest(), [
      'open',
      ...three.slice(1),
      `SourceError: stdin: ends at byte ${smallPcap.length - 1} in the middle of a packet (missing bytes: 1); ` +
        'what came before was counted; copy or capture it again',
    ]);
  });

  it('may be empty or closed, which is said', async () => {
    const empty = ['open', 'SourceError: stdin: is empty; look at what should have written it'];
    assert.deepEqual(await start((command) => `: | ${command}`).rest(), empty);
    assert.deepEqual(await start((command) => `${command} < /dev/null`).rest(), empty);
    assert.deepEqual(await start((command) => `${command} <&-`).rest(), empty);
  });

  const transports: readonly (readonly [name: string, shell: (command: string) => string])[] = [
    ['pipe', (command) => `cat | ${command}`],
    // What a parent process of Node joins its child to.
    ['socket', (command) => `exec ${command}`],
  ];
  for (const [name, shell] of transports) {
    it(`may be a ${name}, whose frames are delivered as they arrive`, async () => {
      const { child, next, rest } = start(shell);
      assert.equal(await next(), 'open');
      const recordBytes = 16 + smallFrame.length;
      child.stdin.write(smallPcap.subarray(0, 24));
      for (let sent = 24; sent < smallPcap.length; sent += recordBytes) {
        child.stdin.write(smallPcap.subarray(sent, sent + recordBytes));
        assert.equal(await next(), String(smallFrame.length));
      }
      child.stdin.end();
      assert.deepEqual(await rest(), ['end']);
    });
  }

  it('that stays quiet holds no process that is told to end', async () => {
    const { child, next, rest } = start((command) => `exec ${command}`);
    assert.equal(await next(), 'open');
    child.kill('SIGTERM');
    assert.deepEqual(await rest(), ['end']);
  });
});

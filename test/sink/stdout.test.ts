/** Pipes, files and full disks, each of them real. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { memoryOf } from '../../src/sink/outbox.js';
import { openStdoutSink } from '../../src/sink/stdout.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { counts, encodedOf, numberedLines, overwrite } from './encoded.js';
import { recordBytes, type WriterReport } from './stdout-writer.js';

const folder = temporaryFolder();
const writer = fileURLToPath(new URL('stdout-writer.js', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Runs "$writer RECORDS MANNER MS" within a shell command and returns what both of them said. */
async function run(command: string): Promise<{ output: string; report: WriterReport }> {
  const shell = spawn('sh', ['-c', command.replace('$writer', `"${process.execPath}" "${writer}"`)]);
  const texts = await Promise.all([shell.stdout, shell.stderr].map(readAll));
  return { output: texts[0]!, report: JSON.parse(texts[1]!) };
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

for (const manner of ['paced', 'all']) {
  test(`everything gets through a pipe whose reader takes its time (${manner})`, async () => {
    const { output, report } = await run(`$writer 3000 ${manner} 60000 | (sleep 0.3; cat)`);
    assert.equal(output, numberedLines(0, 3000, recordBytes).join(''));
    assert.deepEqual(report, { counts: counts(3000), broken: false, lines: [] });
  });
}

test('everything gets into a file', async () => {
  const path = join(folder.path, 'records');
  const { report } = await run(`$writer 3000 all 60000 > ${path}`);
  assert.equal(readFileSync(path, 'utf8'), numberedLines(0, 3000, recordBytes).join(''));
  assert.deepEqual(report, { counts: counts(3000), broken: false, lines: [] });
});

test('everything gets through a socket', async () => {
  // spawn's pipes are socket pairs.
  const child = spawn(process.execPath, [writer, '3000', 'all', '60000']);
  const [output, report] = await Promise.all([child.stdout, child.stderr].map(readAll));
  assert.equal(output, numberedLines(0, 3000, recordBytes).join(''));
  assert.deepEqual(JSON.parse(report!).counts, counts(3000));
});

test('a reader that has enough ends it quietly', async () => {
  const { output, report } = await run('$writer 3000 paced 60000 | head -1');
  assert.equal(output, numberedLines(0, 1, recordBytes).join(''));
  const { recordsSent, recordsUnsent } = report.counts;
  assert.ok(recordsUnsent.closed > 0);
  assert.deepEqual(report.counts, counts(recordsSent, { closed: recordsUnsent.closed }));
  assert.deepEqual([report.broken, report.lines], [true, []]);
});

test('a reader that stalls holds up neither the end of the process nor the counts', () => {
  const path = join(folder.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = openSync(path, constants.O_WRONLY);
  const child = spawnSync(process.execPath, [writer, '3000', 'all', '200'], {
    stdio: ['ignore', pipe, 'pipe'],
    encoding: 'utf8',
    timeout: 30_000,
  });
  const report: WriterReport = JSON.parse(child.stderr);
  const read = readAvailable(reader);
  closeSync(pipe);
  closeSync(reader);
  assert.equal(child.status, 0);
  const { recordsSent } = report.counts;
  assert.equal(recordsSent, Math.floor(read.length / recordBytes));
  assert.equal(
    read,
    numberedLines(0, recordsSent + 1, recordBytes)
      .join('')
      .slice(0, read.length),
  );
  assert.deepEqual(report.counts, counts(recordsSent, { closed: 3000 - recordsSent }));
});

/** What a pipe holds, without waiting for more. */
function readAvailable(pipe: number): string {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(65_536);
    try {
      pieces.push(piece.subarray(0, readSync(pipe, piece)));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return Buffer.concat(pieces).toString();
    }
  }
}

test('a full device is counted and reported, and does not end it', async () => {
  const { report } = await run('$writer 1000 paced 60000 > /dev/full');
  assert.deepEqual(report, {
    counts: counts(0, { failed: 1000 }),
    broken: false,
    lines: [
      'stdout: cannot write records: ENOSPC: no space left on device, write; free space there, or redirect them elsewhere',
    ],
  });
});

test('a disk that fills up has all whole records that it has room for, and counts the rest', {
  skip: isRoot ? false : 'only root may mount a small disk',
}, async () => {
  const script =
    'mount -t tmpfs -o size=100k small "$0" && $writer 1000 paced 60000 > "$0/records"; cat "$0/records"';
  const { output, report } = await run(`unshare --mount sh -c '${script}' ${folder.path}`);
  const { recordsSent } = report.counts;
  assert.equal(output.length, 100 * 1024);
  assert.equal(recordsSent, Math.floor(output.length / recordBytes));
  assert.equal(
    output,
    numberedLines(0, recordsSent + 1, recordBytes)
      .join('')
      .slice(0, output.length),
  );
  assert.deepEqual(report.counts, counts(recordsSent, { failed: 1000 - recordsSent }));
});

test('a record that a full disk cut off is ended before the next one', {
  skip: isRoot ? false : 'only root may mount a small disk',
}, async () => {
  const program = `
    import { openSync, truncateSync } from 'node:fs';
    import { openStdoutSink } from '${new URL('../../src/sink/stdout.js', import.meta.url)}';
    import { counts, encodedOf, numberedLines } from '${new URL('encoded.js', import.meta.url)}';
    const [filler, path] = process.argv.slice(1);
    const sink = openStdoutSink({ descriptor: openSync(path, 'a'), log: { limited() {} } });
    sink.write(encodedOf(numberedLines(0, 50, 100)));
    await sink.drained();
    while (sink.counts.recordsWaiting > 0) await new Promise(setImmediate);
    truncateSync(filler);
    sink.write(encodedOf(numberedLines(50, 3, 100)));
    await sink.close(Infinity);
    process.stderr.write(JSON.stringify(sink.counts));`;
  const small = `mount -t tmpfs -o size=8k small "$0" && head -c 4096 /dev/zero > "$0/filler"`;
  const script = `${small} && "$1" --input-type=module -e "$2" "$0/filler" "$0/records"; cat "$0/records"`;
  const child = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', script, folder.path, process.execPath, program],
    {
      encoding: 'utf8',
    },
  );
  const lines = child.stdout.split('\n');
  assert.deepEqual(
    lines.map((line) => line.trim()),
    [...numberedLines(0, 40), '{"n":40}', ...numberedLines(50, 3), ''].map((line) => line.trim()),
  );
  assert.equal(lines[40]!.length, 4096 - 40 * 100);
  assert.deepEqual(JSON.parse(child.stderr), counts(43, { failed: 10 }));
});

test('a descriptor that is not open makes a broken sink, and everything is counted', async () => {
  const lines: string[] = [];
  const descriptor = openSync('/dev/null', 'r');
  closeSync(descriptor);
  const sink = openStdoutSink({
    descriptor,
    name: 'records',
    log: { limited: (_, text) => lines.push(text) },
  });
  sink.write(encodedOf(numberedLines(0, 10)));
  await sink.drained();
  await sink.close(Number.POSITIVE_INFINITY);
  assert.equal(sink.broken, true);
  assert.deepEqual(sink.counts, counts(0, { failed: 10 }));
  assert.deepEqual(lines, [
    'records: cannot write records: EBADF: bad file descriptor, fstat; redirect them elsewhere',
  ]);
});

test('when the queue is full the oldest records give way', async () => {
  const path = join(folder.path, 'bounded');
  const descriptor = openSync(path, 'w');
  const lines: string[] = [];
  const sink = openStdoutSink({
    descriptor,
    queueBytes: memoryOf(10, 1000),
    log: { limited: (_, text) => lines.push(text) },
  });
  sink.write(encodedOf(numberedLines(0, 10, 100)));
  sink.write(encodedOf(numberedLines(10, 15, 100)));
  await sink.close(Number.POSITIVE_INFINITY);
  closeSync(descriptor);
  const kept = [...numberedLines(0, 10, 100), ...numberedLines(15, 10, 100)];
  assert.equal(readFileSync(path, 'utf8'), kept.join(''));
  assert.deepEqual(sink.counts, counts(20, { 'queue-full': 5 }));
  assert.deepEqual(lines, ['stdout: the reader is too slow; the oldest records are dropped']);
});

test('records are done with when they are written', async () => {
  const path = join(folder.path, 'done');
  const descriptor = openSync(path, 'w');
  const sink = openStdoutSink({ descriptor, log: { limited() {} } });
  const lines = numberedLines(0, 20, 100);
  const parts = [encodedOf(lines.slice(0, 10)), encodedOf(lines.slice(10))];
  let done = 0;
  for (const encoded of parts) {
    sink.write(encoded, () => {
      overwrite(encoded);
      done++;
    });
  }
  assert.equal(done, 0);
  await until('both are done', () => done === 2);
  await sink.close(Number.POSITIVE_INFINITY);
  closeSync(descriptor);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
});

test('records whose write outlives the sink are never done with', async () => {
  const path = join(folder.path, 'late');
  const descriptor = openSync(path, 'w');
  const sink = openStdoutSink({ descriptor, log: { limited() {} } });
  // Keeps every thread of the pool from writing.
  const threads = Array.from({ length: 4 }, () => promisify(pbkdf2)('', '', 300_000, 64, 'sha512'));
  const lines = numberedLines(0, 10, 100);
  const encoded = encodedOf(lines);
  sink.write(encoded, () => overwrite(encoded));
  await sink.close(0);
  assert.deepEqual(sink.counts, counts(0, { closed: 10 }));
  await Promise.all(threads);
  await until('it is written', () => readFileSync(path).length > 0);
  closeSync(descriptor);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
});

/** Files that take another name when they are large or old, are compressed, and in the end deleted. */
import assert from 'node:assert/strict';
import { chmodSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { nextRotatedName, rotatedFiles, stampOf } from '../../../src/sink/file/rotated-names.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { numberedLines } from '../encoded.js';
import { type FileRig, fileRig, runOf } from './file-rig.js';

const { path: parent } = temporaryFolder();
const rotated = /^flows\.jsonl\.\d{8}T\d{6}\.\d{3}Z\.gz$/;
const kiB = 1024;

const areCompressed = (rig: FileRig, count: number) => () =>
  rig.names().length === count && rig.names().every((name) => name === 'flows.jsonl' || rotated.test(name));

describe('names of rotated files', () => {
  const at = Date.UTC(2026, 10, 30, 10, 15);

  test('tell when, and sort as they come', () => {
    assert.equal(nextRotatedName([], 'f', at), 'f.20261130T101500.000Z');
    assert.equal(nextRotatedName(['f.20261130T101500.000Z.gz'], 'f', at), 'f.20261130T101500.001Z');
    // The clock went back.
    assert.equal(nextRotatedName(['f.20261231T235959.999Z'], 'f', at), 'f.20270101T000000.000Z');
    assert.equal(nextRotatedName(['f.89991231T235959.999Z'], 'f', at), 'f.90000101T000000.000Z');
  });

  test('are known by all of their letters', () => {
    const others = [
      'f',
      'f.1',
      'f.20261130T101500.000Z.bz2',
      'f.20260231T101500.000Z',
      'f.90000101T000000.000Z',
    ];
    const ours = ['f.20261130T101500.000Z.gz', 'f.20261130T101500.000Z', 'f.20261130T101459.999Z.gz.partial'];
    assert.deepEqual(rotatedFiles([...others, ...ours, 'ff.20261130T101500.000Z'], 'f'), [
      { name: 'f.20261130T101459.999Z', hasPlain: false, hasCompressed: false, hasPartial: true },
      { name: 'f.20261130T101500.000Z', hasPlain: true, hasCompressed: true, hasPartial: false },
    ]);
  });
});

describe('a file that is rotated', () => {
  test('by size never exceeds it, and loses nothing', async () => {
    const rig = fileRig(parent);
    const file = await rig.open({ bytes: 64 * kiB, keep: 100 });
    const lines = numberedLines(0, 1_000, 1 * kiB);
    for (let i = 0; i < lines.length; i += 25) await file.send(runOf(lines.slice(i, i + 25)));
    await until('all are compressed', areCompressed(rig, 20));
    await file.close(1_000);
    const contents = [...rig.names().filter((name) => rotated.test(name)), 'flows.jsonl'].map(rig.content);
    assert.equal(contents.join(''), lines.join(''));
    for (const content of contents) assert.ok(content.length <= 64 * kiB);
    assert.deepEqual(rig.said, []);
  });

  test('by age begins with the first record that comes later, and keeps its mode', async () => {
    const rig = fileRig(parent);
    const file = await rig.open({ ms: 3_600_000, keep: 10 });
    await file.send(runOf(numberedLines(0, 1)));
    chmodSync(rig.path, 0o600);
    rig.wait(3_500_000);
    await file.send(runOf(numberedLines(1, 1)));
    rig.wait(100_001);
    await file.send(runOf(numberedLines(2, 1)));
    await until('it is compressed', areCompressed(rig, 2));
    rig.wait(3_000_000);
    await file.send(runOf(numberedLines(3, 1)));
    await file.close(1_000);
    const [, name] = rig.names();
    assert.equal(rig.content(name), '{"n":0}\n{"n":1}\n');
    assert.equal(rig.content(), '{"n":2}\n{"n":3}\n');
    assert.equal(statSync(join(rig.folder, name!)).mode & 0o777, 0o600);
  });

  test('by age counts from when it was made, over restarts, and never rotates an empty one', async () => {
    const rig = fileRig(parent);
    const first = await rig.open({ ms: 60_000, keep: 10 });
    await first.close(0);
    rig.wait(61_000);
    const second = await rig.open({ ms: 60_000, keep: 10 });
    await second.send(runOf(numberedLines(0, 1)));
    assert.deepEqual(rig.names(), ['flows.jsonl']);
    await second.send(runOf(numberedLines(1, 1)));
    await second.close(1_000);
    assert.equal(rig.content(), '{"n":1}\n');
  });

  test('keeps the newest rotated ones, and deletes nothing else', async () => {
    const rig = fileRig(parent);
    const others = ['flows.jsonl.1', 'flows.jsonl.20200101', 'flows.jsonl.20200101T000000.000Z.bak'];
    for (const name of others) writeFileSync(join(rig.folder, name), 'mine\n');
    writeFileSync(join(rig.folder, 'flows.jsonl.20200101T000000.000Z.gz'), gzipSync('old\n'));
    const file = await rig.open({ bytes: 10, keep: 3 });
    for (let i = 0; i < 8; i++) await file.send(runOf(numberedLines(i, 1)));
    const ours = () => rig.names().filter((name) => rotated.test(name));
    await until('three are left', () => rig.names().length === 4 + others.length && ours().length === 3);
    await file.close(1_000);
    assert.deepEqual(ours().map(rig.content), ['{"n":4}\n', '{"n":5}\n', '{"n":6}\n']);
    for (const name of others) assert.ok(rig.names().includes(name), name);
  });

  test('is compressed by the next run where a crash came in between', async () => {
    const rig = fileRig(parent);
    const stamps = [1, 2, 3].map((day) => `flows.jsonl.${stampOf(Date.UTC(2026, 0, day))}`);
    writeFileSync(join(rig.folder, stamps[0]!), 'whole\n');
    writeFileSync(join(rig.folder, `${stamps[0]}.gz.partial`), gzipSync('whole\n').subarray(0, 9));
    writeFileSync(join(rig.folder, `${stamps[1]}.gz.partial`), 'junk');
    // Its name was given, and the original not yet deleted.
    writeFileSync(join(rig.folder, stamps[2]!), 'both\n');
    writeFileSync(join(rig.folder, `${stamps[2]}.gz`), gzipSync('both\n'));
    const file = await rig.open({ bytes: 1_000, keep: 10 });
    await file.open();
    await until('it is done', areCompressed(rig, 3));
    await file.close(1_000);
    assert.deepEqual([rig.content(`${stamps[0]}.gz`), rig.content(`${stamps[2]}.gz`)], ['whole\n', 'both\n']);
  });

  test('ends in time, and leaves no .gz that is cut off', async () => {
    const rig = fileRig(parent);
    const name = `flows.jsonl.${stampOf(Date.UTC(2026, 0, 1))}`;
    const line = numberedLines(0, 1, 64 * kiB)[0]!;
    writeFileSync(join(rig.folder, name), line.repeat(1_000));
    const file = await rig.open({ bytes: 1_000, keep: 10 });
    await file.open();
    await until('it is being compressed', () => rig.names().includes(`${name}.gz.partial`));
    await file.close(0);
    assert.deepEqual(rig.names(), ['flows.jsonl', name]);
    assert.deepEqual(rig.said, []);
  });

  test("is not where another program's stands by now: that one is opened", async () => {
    const rig = fileRig(parent);
    const file = await rig.open({ bytes: 10, keep: 10 });
    await file.send(runOf(numberedLines(0, 1)));
    renameSync(rig.path, `${rig.path}.1`);
    writeFileSync(rig.path, '');
    await file.send(runOf(numberedLines(1, 1)));
    await file.close(1_000);
    assert.deepEqual(rig.names(), ['flows.jsonl', 'flows.jsonl.1']);
    assert.deepEqual([rig.content('flows.jsonl.1'), rig.content()], ['{"n":0}\n', '{"n":1}\n']);
  });

  test('grows where it cannot be, says so, and tries again a minute later', async () => {
    // There is no room for the time behind it.
    const rig = fileRig(parent, 'f'.repeat(250));
    const file = await rig.open({ bytes: 10, keep: 10 });
    for (let i = 0; i < 3; i++)
      assert.deepEqual(await file.send(runOf(numberedLines(i, 1))), { kind: 'sent' });
    assert.deepEqual(rig.said.length, 1);
    assert.match(rig.said[0]!, /^rotate: cannot be rotated, and grows: its name is too long,/);
    rig.wait(60_000);
    await file.send(runOf(numberedLines(3, 1)));
    await file.close(1_000);
    assert.deepEqual([rig.said.length, rig.names().length], [2, 1]);
    assert.equal(rig.content(rig.names()[0]), numberedLines(0, 4).join(''));
  });

  test('goes on in what it has where no new one can be made, and leaves that as soon as one can', async () => {
    const rig = fileRig(parent);
    const file = await rig.open({ bytes: 10, keep: 10 });
    await file.send(runOf(numberedLines(0, 1)));
    const away = `${rig.folder}-away`;
    renameSync(rig.folder, away);
    await file.send(runOf(numberedLines(1, 1)));
    assert.match(
      rig.said.join('\n'),
      /^reopen: goes on in the file that it has open, .*: there is no such folder;/,
    );
    renameSync(away, rig.folder);
    await file.send(runOf(numberedLines(2, 1)));
    await until('it is compressed', areCompressed(rig, 2));
    await file.close(1_000);
    assert.equal(rig.content(rig.names()[1]), '{"n":0}\n{"n":1}\n');
    assert.equal(rig.content(), '{"n":2}\n');
  });
});

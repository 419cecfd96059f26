/** Lines that are appended: whole, in order, whatever stands in the way. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { AppendedFile } from '../../../src/sink/file/appended-file.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { numberedLines } from '../encoded.js';
import { fileRig, limitFiles, opening, runOf } from './file-rig.js';

const { path: parent } = temporaryFolder();
const sent = { kind: 'sent' };

describe('a file of records', () => {
  test('is made for its user and group, and has what was sent, behind what it had', async () => {
    const rig = fileRig(parent);
    const first = await rig.open();
    assert.deepEqual(await first.send(runOf(numberedLines(0, 3))), sent);
    await first.close(0);
    assert.equal(statSync(rig.path).mode & 0o777, 0o640);
    const second = await rig.open();
    const answers = await Promise.all([
      second.send(runOf(numberedLines(3, 2000, 600))),
      second.send(runOf(numberedLines(2003, 1))),
    ]);
    await second.close(0);
    assert.deepEqual(answers, [sent, sent]);
    const expected = [...numberedLines(0, 3), ...numberedLines(3, 2000, 600), ...numberedLines(2003, 1)];
    assert.equal(rig.content(), expected.join(''));
    assert.deepEqual(rig.said, []);
  });

  test('that ends within a line, wherever it was cut, is closed off once, before the next line', async () => {
    const lines = numberedLines(0, 2);
    const text = lines.join('');
    for (let cut = 0; cut <= text.length; cut++) {
      const rig = fileRig(parent);
      const left = text.slice(0, cut);
      writeFileSync(rig.path, left);
      const file = await rig.open();
      await file.send(runOf(numberedLines(2, 1)));
      await file.send(runOf(numberedLines(3, 1)));
      await file.close(0);
      const isTorn = cut > 0 && !left.endsWith('\n');
      assert.equal(rig.content(), `${left}${isTorn ? '\n' : ''}{"n":2}\n{"n":3}\n`);
      assert.deepEqual(
        rig.said,
        isTorn ? [`torn: the last line of ${rig.path} is torn; it stays, and a newline ends it`] : [],
      );
    }
  });

  test('is opened anew where it was moved, and not where it stands', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    await file.send(runOf(numberedLines(0, 1)));
    file.reopen();
    await file.send(runOf(numberedLines(1, 1)));
    renameSync(rig.path, `${rig.path}.1`);
    await file.send(runOf(numberedLines(2, 1)));
    file.reopen();
    await until('there is a new file', () => existsSync(rig.path));
    await file.send(runOf(numberedLines(3, 1)));
    await file.close(0);
    assert.equal(rig.content('flows.jsonl.1'), '{"n":0}\n{"n":1}\n{"n":2}\n');
    assert.equal(rig.content(), '{"n":3}\n');
    assert.deepEqual(rig.said, []);
  });

  test('goes on where it is while it cannot be opened anew, and moves as soon as it can', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    renameSync(rig.path, `${rig.path}.1`);
    mkdirSync(rig.path);
    file.reopen();
    assert.deepEqual(await file.send(runOf(numberedLines(0, 1))), sent);
    assert.match(rig.said[0]!, /^reopen: goes on in the file that it has open.*: it is a folder;/);
    rmSync(rig.path, { recursive: true });
    assert.deepEqual(await file.send(runOf(numberedLines(1, 1))), sent);
    await file.close(0);
    assert.deepEqual([rig.content('flows.jsonl.1'), rig.content()], ['{"n":0}\n', '{"n":1}\n']);
  });

  test('that was deleted is made anew; where it cannot be, records wait', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    rmSync(rig.path);
    mkdirSync(rig.path);
    const answer = await file.send(runOf(numberedLines(0, 1)));
    assert.deepEqual(
      [answer.kind, 'why' in answer && answer.why],
      ['retry', 'it is a folder; name a file in it (EISDIR)'],
    );
    rmSync(rig.path, { recursive: true });
    assert.deepEqual(await file.send(runOf(numberedLines(0, 1))), sent);
    await file.close(0);
    assert.equal(rig.content(), '{"n":0}\n');
  });

  test('is appended to behind what copytruncate left', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    await file.send(runOf(numberedLines(0, 10)));
    truncateSync(rig.path);
    await file.send(runOf(numberedLines(10, 1)));
    await file.close(0);
    assert.equal(rig.content(), '{"n":10}\n');
  });
});

describe('a file that is refused', () => {
  const refused = (path: string, isRoot = false) => AppendedFile.open(path, { ...opening, isRoot });

  test('is a link, a folder, a device or a name in a folder that is missing', async () => {
    const { folder } = fileRig(parent);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    await assert.rejects(refused(join(folder, 'link')), { code: 'ELOOP' });
    await assert.rejects(refused(join(folder, 'dangling')), { code: 'ELOOP' });
    await assert.rejects(refused(folder), { code: 'EISDIR' });
    await assert.rejects(refused('/dev/null'), { code: 'irregular' });
    await assert.rejects(refused(join(folder, 'none', 'file')), { code: 'ENOENT' });
    assert.equal(existsSync(join(folder, 'nowhere')), false);
  });

  test('has several names, for root', async () => {
    const { folder, path } = fileRig(parent);
    writeFileSync(path, '');
    linkSync(path, join(folder, 'other'));
    await assert.rejects(refused(path, true), { code: 'linked' });
    await (await refused(path)).close();
  });

  test('is one that this process appends to, under whatever name, until it is closed', async () => {
    const { folder, path } = fileRig(parent);
    const file = await refused(path);
    linkSync(path, join(folder, 'other'));
    await assert.rejects(refused(join(folder, 'other')), { code: 'in-use' });
    await file.close();
    await (await refused(join(folder, 'other'))).close();
  });

  test('is one whose lock another process has', async () => {
    const { path } = fileRig(parent);
    const lock = () => -11;
    await assert.rejects(AppendedFile.open(path, { ...opening, lock }), { code: 'locked' });
  });
});

describe('a file that may not grow', { skip: process.platform !== 'linux' }, () => {
  afterEach(() => limitFiles('unlimited'));

  test('has whole lines only; the others wait', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    const lines = numberedLines(0, 100, 100);
    limitFiles(8_192);
    assert.deepEqual(await file.send(runOf(lines)), {
      kind: 'each',
      again: Array.from({ length: 19 }, (_, i) => 81 + i),
      rejected: [],
      why: 'it is as large as a file may become here (ulimit -f); rotate it earlier, or raise the limit (EFBIG)',
    });
    assert.equal(rig.content(), lines.slice(0, 81).join(''));
    const none = await file.send(runOf(lines.slice(81)));
    assert.deepEqual([none.kind, 'absence' in none && none.absence], ['retry', 'failed']);
    assert.equal(rig.content(), lines.slice(0, 81).join(''));
    limitFiles('unlimited');
    assert.deepEqual(await file.send(runOf(lines.slice(81))), sent);
    await file.close(0);
    assert.equal(rig.content(), lines.join(''));
  });

  test('that somebody else appended to keeps all of it', async () => {
    const rig = fileRig(parent);
    const file = await rig.open();
    const run = runOf(numberedLines(0, 2, 5_000));
    // Between the size that it is told and the line that breaks off, another program writes.
    limitFiles(8_192);
    const opened = await AppendedFile.open(join(rig.folder, 'other'), opening);
    appendFileSync(join(rig.folder, 'other'), 'foreign\n');
    const { records } = await opened.append(run, 0);
    limitFiles('unlimited');
    assert.deepEqual([records, opened.isTorn], [1, true]);
    await opened.append(runOf(numberedLines(1, 1)), statSync(join(rig.folder, 'other')).size);
    await opened.close();
    await file.close(0);
    const [foreign, first, torn, second] = rig.content('other').split('\n');
    assert.deepEqual([foreign, JSON.parse(first!), JSON.parse(second!)], ['foreign', { n: 0 }, { n: 1 }]);
    assert.equal(torn!.startsWith('{"n":1}'), true);
  });

  test('has every line once and in order, however often it is full (seeded)', async () => {
    const random = seededRandom(14);
    const rig = fileRig(parent);
    const file = await rig.open();
    let waiting = numberedLines(0, 3_000, 120);
    const all = waiting.join('');
    for (let room = 0; waiting.length > 0; room += random() % 40_000) {
      limitFiles(room);
      const run = waiting.slice(0, 1 + (random() % 500));
      const answer = await file.send(runOf(run));
      assert.match(readFileSync(rig.path, 'utf8'), /^$|\n$/);
      const left =
        answer.kind === 'each' ? answer.again.map((i) => run[i]!) : answer.kind === 'sent' ? [] : run;
      waiting = [...left, ...waiting.slice(run.length)];
    }
    await file.close(0);
    assert.equal(rig.content(), all);
  });
});

test('a file that root makes belongs to whom it becomes', { skip: process.getuid?.() !== 0 }, async () => {
  const { path } = fileRig(parent);
  const owner = { name: 'somebody', uid: 65_534, gid: 65_534 };
  await (await AppendedFile.open(path, { ...opening, owner })).close();
  const { uid, gid } = statSync(path);
  assert.deepEqual([uid, gid], [65_534, 65_534]);
  chownSync(path, 0, 0);
  await (await AppendedFile.open(path, { ...opening, owner })).close();
  assert.equal(statSync(path).uid, 0, 'a file that was there keeps its owner');
});

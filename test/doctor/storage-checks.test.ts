/** Folders that outputs write to, as the doctor finds them. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { collectors } from '../../src/doctor/checks/collectors.js';
import { storage } from '../../src/doctor/checks/storage.js';
import { asRoot } from '../../src/doctor/commands.js';
import type { Finding } from '../../src/doctor/finding.js';
import { loadNative } from '../../src/host/native.js';
import { FolderLock, folderNameOf } from '../../src/sink/spool/folder.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { outputSubjects, subject } from './subject.js';

const look = async (...targets: readonly string[]): Promise<readonly Finding[]> =>
  collectors.run(subject({ outputs: await outputSubjects(...targets) }));

describe('outputs to files and spools', () => {
  const folder = temporaryFolder();
  const lookAtStorage = async (...targets: readonly string[]) =>
    storage.run(subject({ outputs: await outputSubjects(...targets) }));

  test('need a folder', async () => {
    const file = join(folder.path, 'flows.json');
    const [fits, lost, isFolder] = await lookAtStorage(
      `file:${file}`,
      'file:/nowhere/flows.json',
      `file:${folder.path}`,
    );
    assert.equal(fits?.level, 'ok');
    assert.match(fits.found, /^file:\/.*\/flows\.json: \d+ MB are free$/);
    assert.deepEqual(lost, {
      level: 'fail',
      found: 'file:/nowhere/flows.json: there is no folder /nowhere',
      command: asRoot('mkdir -p /nowhere'),
    });
    assert.match(isFolder!.found, /: it is a folder; name a file in it$/);
    assert.ok(!existsSync(file), 'nothing is made');
    symlinkSync(folder.path, join(folder.path, 'link'));
    const unfit = await storage.run(
      subject({ outputs: await outputSubjects(`file:${folder.path}/link`, 'file:/dev/null') }),
    );
    assert.deepEqual(
      unfit.map(({ level, found }) => `${level} ${found}`),
      [
        `fail file:${folder.path}/link: it is a symbolic link, which is not followed; name the file itself`,
        'fail file:/dev/null: it is no regular file; name a file',
      ],
    );
    assert.deepEqual(await look(`file:${file}`), [{ level: 'ok', found: 'none: records go to files' }]);
  });

  test('need room', async () => {
    const spool = join(folder.path, 'spool');
    const target = 'tcp://127.0.0.1:1';
    const [room, tight, lost] = await lookAtStorage(
      `${target}?spool=${spool}&spool-size=2MB`,
      `udp://127.0.0.1:1`,
      `tcp://127.0.0.1:2?spool=${spool}&spool-size=1TB`,
      `tcp://127.0.0.1:3?spool=${folder.path}/not/there/yet`,
    );
    assert.equal(room?.level, 'ok');
    assert.match(room.found, /^tcp:\/\/127\.0\.0\.1:1: spool \/.*\/spool: \d+ MB are free$/);
    assert.equal(tight?.level, 'warn');
    assert.match(tight.found, /MB are free, and \d+ MB may be needed$/);
    assert.equal(lost?.level, 'ok');
    assert.ok(!existsSync(spool), 'nothing is made');
  });
});

test("a spool is one run's at a time, and nobody else may write there", {
  skip: loadNative().native === undefined && 'only the addon locks',
}, async (context) => {
  const folder = temporaryFolder();
  const target = 'tcp://127.0.0.1:1';
  const output = `${target}?spool=${folder.path}&spool-size=2MB`;
  const own = join(folder.path, folderNameOf(target));
  mkdirSync(own);
  const lock = new FolderLock(own, loadNative().native);
  lock.take();
  context.after(() => lock.release());
  const [taken] = await storage.run(subject({ outputs: await outputSubjects(output) }));
  assert.equal(taken?.level, 'fail');
  assert.match(taken.found, /: another pcap-agg keeps its records there; /);
  lock.release();
  const [free] = await storage.run(subject({ outputs: await outputSubjects(output) }));
  assert.equal(free?.level, 'ok', free?.found);
  chmodSync(folder.path, 0o777);
  const [open] = await storage.run(subject({ outputs: await outputSubjects(output) }));
  assert.equal(open?.level, 'fail');
  assert.match(open.found, /: others may write to .*; choose a folder /);
});

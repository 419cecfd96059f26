/** Whose folder it is, and who else would use it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UsageError } from '../../../src/host/failure.js';
import { loadNative } from '../../../src/host/native.js';
import { FolderLock, folderNameOf, LockedError, makeFolder } from '../../../src/sink/spool/folder.js';
import { openSpool } from '../../../src/sink/spool/open-spool.js';
import { nobody } from '../../support/rights.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { openQueue } from './spool-rig.js';

const folders = temporaryFolder();
const place = '--to tcp://a:1: spool=DIR';
const identity = { name: 'nobody', uid: nobody, gid: nobody };
const skip = process.getuid?.() === 0 ? false : 'needs root';
const ownerOf = (path: string) => lstatSync(path).uid;
const refusal = (parent: string, name = 'spool') => {
  try {
    makeFolder(parent, name, identity, place);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.ok(error.message.startsWith(`${place}: `) && !error.message.includes('\n'));
    return error.message;
  }
  return assert.fail('it was taken');
};

test('a target has a folder of its own, whose name people recognise', () => {
  assert.match(folderNameOf('tcp://logs.example:5170'), /^tcp-logs\.example-5170-[0-9a-f]{8}$/);
  assert.match(folderNameOf('file:/../../etc'), /^file-[a-z.-]*etc-[0-9a-f]{8}$/);
  assert.notEqual(folderNameOf('https://a/b'), folderNameOf('https://a?b'));
  assert.ok(folderNameOf(`https://${'a'.repeat(4_000)}`).length < 80);
  assert.ok(!/[/\0]/.test(folderNameOf('unix:/\0/..')));
});

describe('the folder of a spool', { skip }, () => {
  test('is made for whom the process becomes, with all above it', () => {
    const parent = join(folders.path, 'new', 'deep');
    const path = makeFolder(parent, 'spool', identity, place);
    for (const folder of [join(folders.path, 'new'), parent, path]) {
      assert.equal(ownerOf(folder), nobody);
      assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    }
    assert.equal(makeFolder(parent, 'spool', identity, place), path);
  });

  test("is given away with what an earlier run left there as root; another's files are not", () => {
    const parent = join(folders.path, 'earlier');
    const path = makeFolder(parent, 'spool', undefined, place);
    writeFileSync(join(path, 'cursor'), '');
    makeFolder(parent, 'spool', identity, place);
    assert.deepEqual([ownerOf(path), ownerOf(join(path, 'cursor')), ownerOf(parent)], [nobody, nobody, 0]);
    // Whatever the owner has put there, nobody gets it from root.
    writeFileSync(join(path, 'secret'), '');
    makeFolder(parent, 'spool', identity, place);
    assert.equal(ownerOf(join(path, 'secret')), 0);
  });

  test('follows no link', () => {
    const parent = join(folders.path, 'links');
    mkdirSync(parent);
    mkdirSync(join(folders.path, 'target'));
    symlinkSync(join(folders.path, 'target'), join(parent, 'spool'));
    assert.match(refusal(parent), /ELOOP|ENOTDIR/);
    const path = makeFolder(parent, 'other', undefined, place);
    writeFileSync(join(folders.path, 'victim'), 'precious');
    symlinkSync(join(folders.path, 'victim'), join(path, 'cursor'));
    assert.match(refusal(parent, 'other'), /ELOOP/);
    assert.equal(ownerOf(join(folders.path, 'victim')), 0);
    assert.throws(() => openQueue(path), /ELOOP/);
    assert.equal(readFileSync(join(folders.path, 'victim'), 'utf8'), 'precious');
  });

  test('is neither where others may write, nor theirs', () => {
    const open = join(folders.path, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.match(refusal(open), /others may write to .*; choose a folder/);
    // As /tmp is.
    chmodSync(open, 0o1777);
    const path = makeFolder(open, 'spool', identity, place);
    chownSync(path, 1_234, 1_234);
    assert.match(refusal(open), /belongs to somebody else, .*; delete it, or choose another folder/);
    chownSync(path, nobody, nobody);
    chmodSync(path, 0o770);
    assert.match(refusal(open), /others may write to it/);
    writeFileSync(join(folders.path, 'file'), '');
    assert.match(refusal(join(folders.path, 'file')), /ENOTDIR\); name a folder/);
  });

  test('is one that the process can use when it has given up its rights', () => {
    const hidden = join(folders.path, 'hidden');
    mkdirSync(hidden, { mode: 0o700 });
    const script = `
      import { openSpool } from ${JSON.stringify(import.meta.resolve('../../../src/sink/spool/open-spool.js'))};
      const checks = [];
      openSpool({ name: 'tcp://a:1', place: '--to tcp://a:1', parent: ${JSON.stringify(join(hidden, 'in'))}, mostBytes: 1e6, memoryBytes: 1e6,
        identity: ${JSON.stringify(identity)}, checkLater: (check) => checks.push(check), log: console });
      process.setgid(${nobody}); process.setuid(${nobody});
      try { for (const check of checks) check(); } catch ({ name, message }) { console.log(name, message); }`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.match(
      said,
      /^PermissionError --to tcp:\/\/a:1: spool=\S+hidden\/in: \S+ cannot be used \(EACCES\); nobody has to be able to enter .*-Z\n$/,
    );
  });
});

const { native } = loadNative();

test('two processes never share a folder', { skip: native === undefined && 'needs the addon' }, () => {
  const folder = join(folders.path, 'locked');
  mkdirSync(folder);
  const first = new FolderLock(folder, native);
  const second = new FolderLock(folder, native);
  first.take();
  assert.throws(() => second.take(), LockedError);
  first.take();
  first.release();
  second.take();
  assert.throws(() => first.take(), LockedError);
  second.release();
});

test('an output whose folder is in use says so', {
  skip: native === undefined && 'needs the addon',
}, async () => {
  const checks: (() => void)[] = [];
  const options = {
    ...{ name: 'tcp://a:1', place: '--to tcp://a:1', parent: folders.path, mostBytes: 1e7, memoryBytes: 1e6 },
    ...{ identity: undefined, checkLater: (check: () => void) => checks.push(check) },
    log: { line: () => {}, limited: () => {} },
  };
  const queue = openSpool(options);
  openSpool(options);
  checks[0]!();
  assert.throws(checks[1]!, {
    name: 'UsageError',
    message:
      /^--to tcp:\/\/a:1: spool=\S+: another process or output keeps its records in \S+; end it, or give each a folder of its own$/,
  });
  await queue.close('closed');
});

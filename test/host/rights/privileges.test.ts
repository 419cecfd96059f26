import assert from 'node:assert/strict';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  giveFolder,
  identityToAssume,
  type PrivilegeFacts,
  passwdLine,
  staysRoot,
} from '../../../src/host/rights/privileges.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const accounts: Readonly<Record<string, string>> = {
  nobody: 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  alice: 'alice:x:1000:1001::/home/alice:/bin/bash',
  toor: 'toor:x:0:0::/root:/bin/sh',
};
const facts = (uid: number, environment: PrivilegeFacts['environment'] = {}): PrivilegeFacts => ({
  uid,
  environment,
  passwdLine: (user) => accounts[user] ?? Object.values(accounts).find((line) => line.split(':')[2] === user),
});
const sudo = { SUDO_UID: '1000', SUDO_GID: '1001', SUDO_USER: 'alice' };

describe('identity to assume', () => {
  test('is nobody for root, the calling user under sudo, and whom -Z names', () => {
    assert.deepEqual(identityToAssume(undefined, facts(0)), { name: 'nobody', uid: 65534, gid: 65534 });
    assert.deepEqual(identityToAssume(undefined, facts(0, sudo)), { name: 'alice', uid: 1000, gid: 1001 });
    assert.deepEqual(identityToAssume('nobody', facts(0, sudo)), { name: 'nobody', uid: 65534, gid: 65534 });
  });

  test('is none for an ordinary user, and where -Z names root', () => {
    assert.equal(identityToAssume(undefined, facts(1000)), undefined);
    assert.equal(identityToAssume('root', facts(0, sudo)), undefined);
    assert.equal(identityToAssume('toor', facts(0)), undefined);
  });

  test('of root who called sudo is nobody', () => {
    const environment = { SUDO_UID: '0', SUDO_GID: '0', SUDO_USER: 'root' };
    assert.equal(identityToAssume(undefined, facts(0, environment))?.name, 'nobody');
  });

  test('is a number of a user, with the group of the account or else of the same number', () => {
    assert.deepEqual(identityToAssume('1000', facts(0)), { name: 'alice', uid: 1000, gid: 1001 });
    assert.deepEqual(identityToAssume('4321', facts(0)), { name: '4321', uid: 4321, gid: 4321 });
  });

  test('is a number of a user and one of a group', () => {
    assert.deepEqual(identityToAssume('1000:4322', facts(0)), { name: '1000:4322', uid: 1000, gid: 4322 });
    assert.deepEqual(identityToAssume('4294967294:1', facts(0))?.uid, 4_294_967_294);
  });

  test('is none where the number is root', () => {
    for (const user of ['0', '0:0']) {
      assert.equal(identityToAssume(user, facts(0, sudo)), undefined, user);
      assert.equal(staysRoot(user), true, user);
    }
    assert.equal(identityToAssume('00:1000', facts(0)), undefined);
  });

  test('is nobody by its usual number where there are no accounts', () => {
    const none = { ...facts(0), passwdLine: () => undefined };
    const expected = { name: 'nobody', uid: 65534, gid: 65534 };
    assert.deepEqual(identityToAssume(undefined, none), expected);
    assert.deepEqual(identityToAssume('nobody', none), expected);
  });

  test('does not exist for what is neither a name nor a number of a user', () => {
    for (const user of [
      'nosuch',
      '4294967295',
      '1000:4294967295',
      '1000:',
      ':1000',
      '1000:1:2',
      '-1',
      '1e3',
    ]) {
      assert.throws(
        () => identityToAssume(user, facts(0)),
        {
          name: 'UnknownUserError',
          message: `-Z ${user}: there is no such user; name one that exists, write numbers (UID or UID:GID), or root to stay root`,
        },
        user,
      );
    }
  });
});

describe("an account's line", () => {
  test('is found by name and by number', () => {
    const root = passwdLine('root');
    assert.match(root ?? '', /^root:[^:]*:0:0:/);
    assert.equal(passwdLine('0')?.split(':')[2], '0');
    assert.equal(passwdLine('no such user'), undefined);
  });
});

const onlyRoot = process.getuid?.() === 0 ? false : 'only root may give folders away';

describe('a folder that is given away', { skip: onlyRoot }, () => {
  const folder = temporaryFolder();
  const somebody = { name: 'somebody', uid: 4321, gid: 4322 };

  test('is made where it is not there', () => {
    const path = join(folder.path, 'a', 'b');
    giveFolder(path, somebody);
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o777], [4321, 4322, 0o755]);
    assert.equal(statSync(join(folder.path, 'a')).uid, 0);
  });

  test('is none that a link leads to', () => {
    const target = join(folder.path, 'target');
    const link = join(folder.path, 'link');
    mkdirSync(target);
    symlinkSync(target, link);
    giveFolder(link, somebody);
    assert.equal(statSync(target).uid, 0);
  });

  test('does not have to be possible', () => {
    giveFolder(join(folder.file('file', ''), 'below'), somebody);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Users, usersOf } from '../../../src/enrich/owners/users.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();

test('lines of passwd(5) name users, the first of a number alone', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/bash',
    'toor:x:0:0::/root:/bin/sh',
    'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
    '# a comment',
    ':x:5:5::/:',
    'no-number:x::',
    'bad:x:1e3:',
    'long:x:99999999999:',
    'cut:x',
    '+::::::',
    'gr\u00f6\u00dfe\x1b:x:1000:',
    `${'x'.repeat(100)}:x:1001:`,
    'last:x:4294967294:1:::',
  ];
  assert.deepEqual(
    [...usersOf(passwd.join('\n'))],
    [
      [0, 'root'],
      [33, 'www-data'],
      [1_000, 'größe\\x1b'],
      [1_001, 'x'.repeat(64)],
      [4_294_967_294, 'last'],
    ],
  );
});

test('the file is read again when it is another', async () => {
  const path = folder.file('passwd', 'alice:x:1000:\n');
  const users = new Users(path);
  assert.equal(users.nameOf(1_000), '1000');
  await users.refresh();
  assert.deepEqual(
    [users.nameOf(1_000), users.nameOf(1_001), users.nameOf(-1)],
    ['alice', '1001', 'unknown'],
  );
  const { generation } = users;
  await users.refresh();
  assert.equal(users.generation, generation);
  // As useradd(8) replaces it.
  renameSync(folder.file('passwd-', 'alice:x:1000:\nbob:x:1001:\n'), path);
  await users.refresh();
  assert.deepEqual([users.nameOf(1_000), users.nameOf(1_001)], ['alice', 'bob']);
  assert.equal(users.generation, generation + 1);
});

test('a file that cannot be read, or is too long, changes nothing', async () => {
  const path = folder.file('other', 'alice:x:1000:\n');
  const users = new Users(path);
  await users.refresh();
  rmSync(path);
  await users.refresh();
  folder.file('other', `bob:x:1000:\n${'#\n'.repeat(600_000)}`);
  await users.refresh();
  rmSync(path);
  mkdirSync(join(folder.path, 'other'));
  await users.refresh();
  assert.equal(users.nameOf(1_000), 'alice');
});

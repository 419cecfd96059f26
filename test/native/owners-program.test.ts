/** What looks sockets up, built with sanitizers: answers and packets that the kernel would not give, and too many of them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { projectRoot } from '../support/project.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { noNetwork } from '../support/veth.js';

const unfit =
  process.platform !== 'linux'
    ? 'sockets are looked up on Linux only'
    : spawnSync('cc', ['--version']).status === 0
      ? false
      : 'it takes a C compiler, cc';

describe('what looks sockets up', { skip: unfit }, () => {
  const folder = temporaryFolder();
  const program = join(folder.path, 'owners');
  before(() => {
    const native = (name: string) => join(projectRoot, 'native/src', name);
    const sources = [
      ...[
        'address-interfaces',
        'shared-ends',
        'shared-ports',
        'socket-answers',
        'socket-batches',
        'socket-look-ups',
        'syn-socket',
        'syn-watch',
      ].map((name) => `owners/${name}.c`),
      ...['socket-diag.c', 'kernel-filter.c', 'names/bpf-assembler.c'],
    ].map(native);
    const own = join(projectRoot, 'test/native/owners.c');
    const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const flags = [
      '-g',
      '-D_GNU_SOURCE',
      '-std=c11',
      '-Wall',
      '-Wextra',
      '-Werror',
      ...sanitizers,
      '-I',
      native(''),
    ];
    execFileSync('cc', [...flags, '-o', program, own, ...sources, '-lpthread'], { stdio: 'inherit' });
  });
  const run = (...words: string[]) => {
    const { stdout, stderr, status } = spawnSync(program, words, { encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
    return stdout;
  };

  test('reads no answer beyond its end, cut off or garbled', () => {
    assert.match(run('messages', '16', '100000'), /^\d+ found\n$/);
  });

  test('reads no packet beyond its end', () => {
    assert.match(run('packets', '16', '2000'), /^\d+ read\n$/);
  });

  test('takes no answer for that of another question', () => {
    assert.match(run('answers', '16', '2000'), /^\d+ answered\n$/);
  });

  test('finds less where there is no room for answers, and nothing wrong', () => {
    assert.equal(run('room'), '1000 of 1000 found with room, fewer without\n');
  });

  test('has a filter that nobody changes', { skip: noNetwork }, () => {
    assert.equal(run('filter'), 'locked\n');
  });

  test('watches for SYNs, and leaves nothing behind', { skip: noNetwork }, () => {
    assert.equal(run('watch', '16', '50'), 'closed\n');
  });
});

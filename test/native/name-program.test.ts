/** How long the program for frames with names is, and what becomes of a filter that has no room for it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { projectRoot } from '../support/project.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const unfit =
  process.platform !== 'linux'
    ? 'classic BPF goes with sockets on Linux only'
    : spawnSync('cc', ['--version']).status === 0
      ? false
      : 'it takes a C compiler, cc';

/** BPF_MAXINSNS. */
const mostInstructions = 4_096;
const [jump, ret] = [0x05, 0x06];
const linkTypes = { ethernet: 1, raw: 12, cooked: 276, radiotap: 127 };

interface Outcome {
  readonly appended: boolean;
  /** Instructions in all; the last one of the filter itself; and whether the kernel takes it all. */
  readonly count: number;
  readonly code: number;
  readonly k: number;
  readonly taken: boolean;
}

describe('the program for frames with names', { skip: unfit }, () => {
  const folder = temporaryFolder();
  const program = join(folder.path, 'name-program');
  before(() => {
    const native = (name: string) => join(projectRoot, 'native/src', name);
    const sources = ['names/name-program.c', 'names/bpf-assembler.c', 'kernel-filter.c'].map(native);
    const own = join(projectRoot, 'test/native/name-program.c');
    const flags = ['-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-I', native('')];
    execFileSync('cc', [...flags, '-o', program, own, ...sources], { stdio: 'inherit' });
  });
  const append = (linkType: number, count: number): Outcome =>
    JSON.parse(execFileSync(program, [String(linkType), String(count)], { encoding: 'utf8' }));

  test('is short, and begins where the filter took a frame', () => {
    for (const linkType of [linkTypes.ethernet, linkTypes.raw, linkTypes.cooked]) {
      const { count, ...rest } = append(linkType, 1);
      assert.deepEqual(rest, { appended: true, code: jump, k: 0, taken: true });
      assert.ok(count <= 1 + 125, `${count} instructions`);
    }
  });

  test('goes behind a filter as long as there is room for both', () => {
    const own = append(linkTypes.ethernet, 1).count - 1;
    const most = mostInstructions - own;
    assert.deepEqual(append(linkTypes.ethernet, 1_000), {
      ...{ appended: true, count: 1_000 + own, code: jump, k: 0, taken: true },
    });
    assert.equal(append(linkTypes.ethernet, most).count, mostInstructions);
    assert.deepEqual(append(linkTypes.ethernet, most + 1), {
      ...{ appended: false, count: most + 1, code: ret, k: 128, taken: true },
    });
    assert.equal(append(linkTypes.ethernet, mostInstructions).count, mostInstructions);
  });

  test('is for link types only where it finds the IP header', () => {
    assert.deepEqual(append(linkTypes.radiotap, 1), {
      ...{ appended: false, count: 1, code: ret, k: 128, taken: true },
    });
  });
});

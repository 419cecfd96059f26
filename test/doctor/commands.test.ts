import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { asRoot, installCommand, output, shellWords } from '../../src/doctor/commands.js';
import { importScript } from '../support/project.js';

const { packageNames } = await importScript<{
  packageNames(manager: string | undefined, needs: readonly string[]): string[];
}>('native/system-packages.mjs');

describe('words for a shell', () => {
  test('stay as they are where they can', () => {
    assert.equal(
      shellWords(['pcap-agg', '-i', 'eth0', '--to', '[::1]:1', 'not port 5']),
      "pcap-agg -i eth0 --to '[::1]:1' 'not port 5'",
    );
  });

  test('come out of it as they went in', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const printed = spawnSync('sh', [
          '-c',
          `for word in ${shellWords(words)}; do printf '%s\\0' "$word"; done`,
        ]);
        assert.equal(printed.stdout.toString(), words.map((text) => `${text}\0`).join(''));
      }),
      { seed: 1, numRuns: 30 },
    );
  });
});

test('packages are installed by the names that the set-up knows', () => {
  const needs = { compiler: ['c++', 'make', 'python3'], libpcap: ['libpcap'], ethtool: ['ethtool'] };
  const [, manager] = /(apt-get|dnf|apk) /.exec(installCommand('compiler'))!;
  for (const [need, names] of Object.entries(needs)) {
    const packages = packageNames(manager === 'apt-get' ? 'apt' : manager, names).join(' ');
    const install = `${manager} ${manager === 'apk' ? 'add' : 'install'} ${packages}`;
    assert.equal(installCommand(need as keyof typeof needs), asRoot(install));
  }
});

describe('the output of a command', () => {
  test('is its text, or what it complained of', async () => {
    assert.deepEqual(await output('sh', '-c', 'echo said'), { kind: 'text', text: 'said\n' });
    assert.deepEqual(await output('sh', '-c', 'echo no >&2; echo more >&2; exit 3'), {
      kind: 'failed',
      reason: 'no',
    });
    assert.deepEqual(await output('no-such-command'), { kind: 'not-installed' });
  });
});

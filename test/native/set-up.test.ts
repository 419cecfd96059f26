/** What the set-up decides. That it works on a machine without anything is seen on such a machine only. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseCommand } from '../../src/settings/parse.js';
import { importScript } from '../support/project.js';

const { packageNames } = await importScript<{
  packageNames(manager: string | undefined, needs: readonly string[]): string[];
}>('native/system-packages.mjs');
const { newestMs, changedMs, filesUnder } = await importScript<{
  newestMs(path: string): number;
  changedMs(path: string): number;
  filesUnder(path: string): string[];
}>('native/files.mjs');

const { withInput } = await importScript<{
  withInput(
    given: readonly string[],
    parse: typeof parseCommand,
  ): Promise<{ readonly isLive: boolean; readonly args: readonly string[] }>;
}>('native/input.mjs');

describe('npm start', () => {
  const onDefaultRoute = [
    '',
    '--to 127.0.0.1:10518',
    'port 53 or icmp',
    '-n --interval 1s',
    '-Q in --engine batch',
  ];
  for (const line of onDefaultRoute) {
    test(`captures on the default route's interface: ${line || 'no options'}`, async () => {
      const words = line === '' ? [] : line.split(' ');
      assert.deepEqual(await withInput(words, parseCommand), {
        isLive: true,
        args: ['-i', 'auto', ...words],
      });
    });
  }

  const chosen: readonly (readonly [line: string, isLive: boolean])[] = [
    ['-i lo', true],
    ['-ilo', true],
    ['--interface=auto --to 127.0.0.1:10518', true],
    ['-r capture.pcap', false],
    ['doctor', true],
    ['doctor --to 127.0.0.1:10518', true],
    ['verify 127.0.0.1:10518', false],
    ['-r -', false],
    ['--help', false],
    ['-D', false],
    ['-V', false],
    ['--nope', false],
  ];
  for (const [line, isLive] of chosen) {
    test(`leaves the input as it was chosen: ${line}`, async () => {
      const words = line.split(' ');
      assert.deepEqual(await withInput(words, parseCommand), { isLive, args: words });
    });
  }
});

describe('the names of packages', () => {
  const needs = ['c++', 'make', 'python3', 'libpcap'];

  test('are those of the system', () => {
    assert.deepEqual(packageNames('apt', needs), ['g++', 'make', 'python3', 'libpcap-dev']);
    assert.deepEqual(packageNames('dnf', needs), ['gcc-c++', 'make', 'python3', 'libpcap-devel']);
    assert.deepEqual(packageNames('apk', needs), ['g++', 'make', 'python3', 'libpcap-dev', 'linux-headers']);
  });

  test('are none where nothing is known by that name', () => {
    assert.deepEqual(packageNames('brew', needs), []);
    assert.deepEqual(packageNames(undefined, needs), []);
    assert.deepEqual(packageNames('apt', ['a need without a row']), []);
  });
});

describe('the latest change under a folder', () => {
  test('is that of its newest file, or of a folder that lost one', (t) => {
    const root = mkdtempSync(join(tmpdir(), 'pcap-agg-'));
    t.after(() => rmSync(root, { recursive: true }));
    const folder = join(root, 'a', 'b');
    mkdirSync(folder, { recursive: true });
    for (const name of ['old.ts', 'new.ts']) writeFileSync(join(folder, name), '');
    for (const path of [root, join(root, 'a'), folder, join(folder, 'old.ts')])
      utimesSync(path, 1_000, 1_000);
    utimesSync(join(folder, 'new.ts'), 2_000, 2_000);
    assert.equal(newestMs(root), 2_000_000);
    assert.deepEqual(filesUnder(root).sort(), [join(folder, 'new.ts'), join(folder, 'old.ts')]);

    rmSync(join(folder, 'new.ts'));
    assert.equal(newestMs(root), changedMs(folder));
    assert.ok(newestMs(root) > 2_000_000);
  });

  test('is the beginning of time where there is no such thing', () => {
    assert.equal(changedMs('/nowhere/at/all'), 0);
    assert.equal(newestMs('/nowhere/at/all'), 0);
  });
});

/** What the doctor says of owners of flows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { owners, synWatch } from '../../src/doctor/checks/owners.js';
import type { Subject } from '../../src/doctor/finding.js';
import { noNetwork } from '../support/veth.js';
import { subject } from './subject.js';

const ask = (mode: Subject['owners']['mode'], shown: boolean) => subject({ owners: { mode, shown } });

describe('owners', () => {
  test('are not looked for where nobody asks', async () => {
    assert.deepEqual(await owners.run(ask('off', true)), [{ level: 'ok', found: 'none: --owners off' }]);
    for (const mode of ['on', 'syn'] as const)
      assert.deepEqual(await owners.run(ask(mode, false)), [
        { level: 'ok', found: 'none: no output shows them; --schema full does' },
      ]);
    for (const [mode, shown] of [
      ['off', true],
      ['on', true],
      ['syn', false],
    ] as const)
      assert.deepEqual(await synWatch.run(ask(mode, shown)), []);
  });

  test('of sockets of its own are told by the kernel', { skip: process.platform !== 'linux' }, async () => {
    const [first] = await owners.run(ask('on', true));
    assert.match(
      first?.found ?? '',
      /^(units, containers, pods and users: \d+ control groups by name, |users alone are known: control groups are )/,
    );
  });

  test('by SYNs take the right to capture', { skip: noNetwork }, async () => {
    assert.deepEqual(await synWatch.run(ask('syn', true)), [
      { level: 'ok', found: 'SYNs that this host sends can be watched (--owners syn)' },
    ]);
  });
});

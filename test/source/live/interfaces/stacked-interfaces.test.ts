import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  doubledAdvice,
  leavingOut,
  stackedInterfaces,
} from '../../../../src/source/live/interfaces/stacked-interfaces.js';
import { openBridge } from '../../../support/bridge.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { noNetwork } from '../../../support/veth.js';

describe('interfaces above others', () => {
  const folder = temporaryFolder();

  /** The kernel's folder as it is where these interfaces are above those: a kind is a subfolder, or DEVTYPE in uevent. */
  function kernelFolder(
    name: string,
    interfaces: Record<string, { lowers?: string[]; kind?: string }>,
  ): string {
    const root = join(folder.path, name);
    for (const [upper, { lowers = [], kind = '' }] of Object.entries(interfaces)) {
      mkdirSync(join(root, upper), { recursive: true });
      writeFileSync(
        join(root, upper, 'uevent'),
        `${kind === '' ? '' : `DEVTYPE=${kind}\n`}INTERFACE=${upper}\n`,
      );
      for (const lower of lowers) symlinkSync(`../${lower}`, join(root, upper, `lower_${lower}`));
      const shown = { bridge: 'bridge', bond: 'bonding' }[kind];
      if (shown !== undefined) mkdirSync(join(root, upper, shown));
    }
    return root;
  }

  const host = (name: string) =>
    kernelFolder(name, {
      lo: {},
      eth0: {},
      eth1: {},
      eth2: {},
      bond0: { lowers: ['eth1', 'eth2'], kind: 'bond' },
      'eth0.5': { lowers: ['eth0'], kind: 'vlan' },
      br0: { lowers: ['veth1a', 'veth2b', 'veth3c'], kind: 'bridge' },
      veth1a: {},
      veth2b: {},
      veth3c: {},
      vx: { lowers: ['eth0'], kind: 'vxlan' },
    });

  test('are found with what is below them, and which side can be spared', () => {
    assert.deepEqual(stackedInterfaces(host('found')), [
      { upper: 'bond0', lowers: ['eth1', 'eth2'], spare: 'lowers' },
      { upper: 'br0', lowers: ['veth1a', 'veth2b', 'veth3c'], spare: 'lowers' },
      { upper: 'eth0.5', lowers: ['eth0'], spare: 'upper' },
    ]);
    assert.deepEqual(stackedInterfaces(join(folder.path, 'nothing')), []);
  });

  test('are told of to who captures on both', () => {
    const root = host('doubled');
    const same = 'show the same packets, which count twice';
    assert.equal(
      doubledAdvice(['any'], false, root),
      `bond0 and eth1, eth2 below it; br0 and veth1a, veth2b, veth3c below it; eth0.5 and eth0 below it ${same}; ` +
        "write -i '!eth1' -i '!eth2' -i '!veth*' -i '!eth0.5' in place of -i any",
    );
    assert.equal(
      doubledAdvice(['br0', 'veth1a', 'lo'], false, root),
      `br0 and veth1a below it ${same}; leave -i veth1a out`,
    );
    assert.equal(
      doubledAdvice(['veth*', 'br*'], true, root),
      `br0 and veth1a, veth2b, veth3c below it ${same}; add -i '!veth*'`,
    );
    assert.equal(doubledAdvice(['eth0*'], true, root), `eth0.5 and eth0 below it ${same}; add -i '!eth0.5'`);
    for (const once of [['eth0'], ['br0', 'eth0'], ['veth1a', 'veth2b']])
      assert.equal(doubledAdvice(once, false, root), undefined);
    assert.equal(doubledAdvice(['!veth*', '!eth1', '!eth2', '!*.*'], true, root), undefined);
  });

  test('are told of in a line, however many they are', () => {
    const ports = Array.from({ length: 300 }, (_, number) => `veth${number}`);
    const root = kernelFolder('many', {
      br0: { lowers: ports, kind: 'bridge' },
      ...Object.fromEntries(ports.map((port) => [port, {}])),
    });
    assert.equal(
      doubledAdvice(['any'], false, root),
      'br0 and veth0, veth1, veth10, veth100 and 296 more below it show the same packets, which count twice; ' +
        "write -i '!veth*' in place of -i any",
    );
  });

  test('of the kernel are a bridge and a macvlan', { skip: noNetwork }, (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    bridge.ip('link', 'add', 'link', 'br0', 'name', 'mac0', 'type', 'macvlan');
    const module = new URL('../../../../src/source/live/interfaces/stacked-interfaces.js', import.meta.url);
    const script = `import(${JSON.stringify(module)}).then((it) => console.log(JSON.stringify(it.stackedInterfaces())))`;
    const [command, ...words] = [...bridge.onHost, process.execPath, '-e', script];
    assert.deepEqual(JSON.parse(execFileSync(command, words, { encoding: 'utf8' })), [
      { upper: 'br0', lowers: ['p0', 'p1'], spare: 'lowers' },
      { upper: 'mac0', lowers: ['br0'], spare: 'upper' },
    ]);
  });
});

test('patterns leave out what they have to, and nothing else', () => {
  assert.deepEqual(leavingOut(['p1', 'p2'], ['p1', 'p2', 'br0']), ['!p*']);
  assert.deepEqual(leavingOut(['p1', 'p2'], ['p1', 'p2', 'ppp0']), ['!p1', '!p2']);
  assert.deepEqual(leavingOut(['eth0.5', 'wlan0.5'], ['eth0', 'wlan0']), ['!eth0.5', '!wlan0.5']);
  assert.deepEqual(leavingOut(['p1'], ['p1']), ['!p1']);
});

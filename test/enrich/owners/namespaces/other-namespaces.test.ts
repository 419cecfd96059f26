/** Which addresses belong to containers, on hosts with real bridges, pairs and routes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { OtherNamespaces } from '../../../../src/enrich/owners/namespaces/other-namespaces.js';
import { routesIPv4, routesIPv6 } from '../../../../src/enrich/owners/namespaces/routes.js';
import { type Bridge, openBridge } from '../../../support/bridge.js';
import { noNetwork } from '../../../support/veth.js';

/** What is done on the host, in order: ip(8) with these words, or an address is looked up when all was looked at again. */
type Step = { readonly ip: readonly string[] } | { readonly find: string };

/** What is found, in order: the addresses that belong to others. */
function foundOn({ onHost: [program, ...words] }: Pick<Bridge, 'onHost'>, steps: readonly Step[]): string[] {
  const moduleOf = (path: string) => JSON.stringify(new URL(`../../../../src/${path}`, import.meta.url));
  const script = `
    const { execFileSync } = await import('node:child_process');
    const { OtherNamespaces } = await import(${moduleOf('enrich/owners/namespaces/other-namespaces.js')});
    const { parseAddress } = await import(${moduleOf('packet/address.js')});
    let nowMs = 0;
    const others = new OtherNamespaces({ nowMs: () => nowMs });
    const found = [];
    others.open();
    for (const step of JSON.parse(process.argv[1])) {
      if (step.ip !== undefined) {
        execFileSync('ip', step.ip);
        nowMs += 1_000;
        continue;
      }
      others.refresh();
      const { family, words } = parseAddress(step.find);
      if (family === 4 ? others.find4(words[0]) : others.find6(...words)) found.push(step.find);
    }
    console.log(JSON.stringify(found));
  `;
  const node = [process.execPath, '--input-type=module', '-e', script, JSON.stringify(steps)];
  return JSON.parse(execFileSync(program, [...words, ...node], { encoding: 'utf8' }));
}

const find = (...addresses: readonly string[]): Step[] => addresses.map((address) => ({ find: address }));
const ip = (line: string): Step => ({ ip: line.split(' ') });

describe('an address of another namespace', { skip: noNetwork }, () => {
  let bridge: Bridge;
  before(() => {
    bridge = openBridge();
    const { onHost } = bridge;
    execFileSync(onHost[0], [...onHost.slice(1), 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=0']);
    // Where no default route leads, nobody would be outside.
    bridge.ip('tuntap', 'add', 'uplink', 'mode', 'tap');
    bridge.ip('addr', 'add', '192.0.2.1/24', 'dev', 'uplink');
    bridge.ip('-6', 'addr', 'add', '2001:db8::1/64', 'dev', 'uplink', 'nodad');
    bridge.ip('link', 'set', 'uplink', 'up');
    bridge.ip('route', 'add', 'default', 'via', '192.0.2.254');
    bridge.ip('-6', 'route', 'add', 'default', 'via', '2001:db8::fe');
  });
  after(() => bridge.close());

  test('is in the network of a bridge of containers', () => {
    bridge.ip('-6', 'addr', 'add', 'fd00:19::1/64', 'dev', 'br0', 'nodad');
    const found = foundOn(
      bridge,
      find(
        ...['198.19.0.10', '198.19.0.255', '198.19.1.10', '192.0.2.7', '203.0.113.1', '127.0.0.1'],
        ...['fd00:19::10', 'fd00:19:0:1::10', '2001:db8::7', '2001:db8:1::1', '::1', 'fe80::1', 'ff02::1'],
      ),
    );
    assert.deepEqual(found, ['198.19.0.10', '198.19.0.255', 'fd00:19::10']);
  });

  test('is at the other end of a pair, where a route leads to it', () => {
    bridge.addContainer('cali0', '198.19.7.1', '198.19.6.1');
    bridge.ip('route', 'add', '10.1.2.3', 'dev', 'cali0');
    bridge.ip('-6', 'route', 'add', 'fd00:1::3', 'dev', 'cali0');
    const found = foundOn(
      bridge,
      find('10.1.2.3', '10.1.2.4', '198.19.6.9', '198.19.7.1', 'fd00:1::3', 'fd00:1::4'),
    );
    assert.deepEqual(found, ['10.1.2.3', '198.19.6.9', 'fd00:1::3']);
  });

  test('is there also where both ends have one number, or an interface here has that of the other end', () => {
    const [, , , host] = bridge.onHost;
    const pair = (name: string, index: number, otherIndex: number) => {
      const other = ['peer', 'name', name, 'netns', `${host}c0`, 'index', `${otherIndex}`];
      bridge.ip('link', 'add', name, 'index', `${index}`, 'type', 'veth', ...other);
      bridge.ip('link', 'set', name, 'up');
    };
    pair('same', 700, 700);
    pair('one', 701, 702);
    pair('other', 702, 777);
    for (const [number, name] of ['same', 'one', 'other'].entries())
      bridge.ip('route', 'add', `10.5.0.${number}`, 'dev', name);
    assert.deepEqual(foundOn(bridge, find('10.5.0.0', '10.5.0.1', '10.5.0.2', '10.5.0.3')), [
      ...['10.5.0.0', '10.5.0.1', '10.5.0.2'],
    ]);
  });

  test('is none behind a router, nor where a longer prefix leads elsewhere', () => {
    bridge.ip('route', 'add', '10.77.0.0/16', 'via', '198.19.0.10');
    bridge.ip('route', 'add', '198.19.0.128/25', 'dev', 'uplink');
    bridge.ip('route', 'add', 'unreachable', '198.19.0.64/26');
    bridge.ip('-6', 'route', 'add', 'unreachable', 'fd00:19::6:0/112');
    const addresses = ['10.77.1.1', '198.19.0.10', '198.19.0.130', '198.19.0.70', 'fd00:19::6:1'];
    assert.deepEqual(foundOn(bridge, find(...addresses)), ['198.19.0.10']);
  });

  test('is none where both ends of the pair are here', () => {
    bridge.ip('link', 'add', 'here0', 'type', 'veth', 'peer', 'name', 'here1');
    bridge.ip('link', 'set', 'here0', 'up');
    bridge.ip('link', 'set', 'here1', 'up');
    bridge.ip('addr', 'add', '10.9.0.1/24', 'dev', 'here0');
    assert.deepEqual(foundOn(bridge, find('10.9.0.2', '198.19.0.10')), ['198.19.0.10']);
  });

  test('is not told at a bridge that may lead to other hosts, or has no port', () => {
    bridge.ip('link', 'add', 'br1', 'type', 'bridge');
    bridge.ip('addr', 'add', '10.8.0.1/24', 'dev', 'br1');
    bridge.ip('link', 'set', 'br1', 'up');
    bridge.addContainer('p7', '10.8.0.7', '10.8.7.1');
    const alone = foundOn(bridge, [...find('10.8.0.7'), ip('link set p7 master br1'), ...find('10.8.0.7')]);
    const mixed = foundOn(bridge, [
      ip('tuntap add tap7 mode tap'),
      ip('link set tap7 master br1'),
      ...find('10.8.0.7'),
      ip('link set tap7 nomaster'),
      ...find('10.8.0.7'),
    ]);
    assert.deepEqual([alone, mixed], [['10.8.0.7'], ['10.8.0.7']]);
  });

  test('comes and goes with its container', () => {
    bridge.addContainer('p8', '10.6.0.8', '10.6.0.1');
    const address = '10.6.0.8';
    const found = foundOn(bridge, [
      ip('link set p8 down'),
      ...find(address),
      ip('link set p8 up'),
      ...find(address),
      ip('link del p8'),
      ...find(address, '198.19.0.10'),
    ]);
    assert.deepEqual(found, [address, '198.19.0.10']);
  });

  test('is none by the way that leads to all the world, as in a container', () => {
    const [container] = [`${bridge.onHost[3]}c0`];
    const onHost = ['ip', 'netns', 'exec', container] as const;
    const addresses = find('198.19.0.11', '203.0.113.1');
    assert.deepEqual(
      foundOn({ onHost }, [...addresses, ip('route add default via 198.19.0.1'), ...addresses]),
      [
        // As long as nothing leads elsewhere.
        '198.19.0.11',
      ],
    );
  });
});

test('nobody looks again before a second has passed, nor before a hundred times as long as it took', () => {
  for (const [stepMs, restMs] of [
    [0, 1_000],
    [50, 5_000],
  ] as const) {
    let nowMs = 0;
    const others = new OtherNamespaces({
      nowMs: () => {
        nowMs += stepMs;
        return nowMs;
      },
    });
    assert.equal(others.refresh(), true);
    nowMs += restMs - 100;
    assert.equal(others.refresh(), false);
    // How often the clock is read while it looks is nobody's business.
    nowMs += 100 + 20 * restMs;
    assert.equal(others.refresh(), true);
  }
});

const prefixOf = (family: 4 | 6, first: readonly number[], length: number) => ({ family, first, length });

test('routes are read as the kernel writes them, and nothing else', () => {
  const table4 = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'down0\t000011AC\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0',
    '*\t000013AC\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'cali0\t0302010A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
    'cut\t0302010A\t0000',
    '',
  ];
  assert.deepEqual(routesIPv4(table4.join('\n')), [
    { prefix: prefixOf(4, [0], 0), interface: 'eth0', hasGateway: true },
    { prefix: prefixOf(4, [0xac110000], 16), interface: 'docker0', hasGateway: false },
    { prefix: prefixOf(4, [0xac130000], 16), interface: '*', hasGateway: false },
    { prefix: prefixOf(4, [0x0a010203], 32), interface: 'cali0', hasGateway: false },
  ]);
  const zeros = '0'.repeat(32);
  const line = (to: string, length: string, flags: string, name: string, by = zeros) =>
    `${to} ${length} ${zeros} 00 ${by} 00000400 00000001 00000000 ${flags} ${name.padStart(8)}`;
  const table6 = [
    line('fd001900000000000000000000000000', '40', '00000001', 'br0'),
    line(zeros, '00', '00000003', 'eth0', 'fe800000000000000000000000000001'),
    line('fd000001000000000000000000000003', '80', '00000005', 'cali0'),
    line('fd001900000000000000000000000001', '80', '80200001', 'br0'),
    line(zeros, '00', '00200200', 'lo'),
    `${zeros} 00 ${zeros}`,
    '',
  ];
  assert.deepEqual(routesIPv6(table6.join('\n')), [
    { prefix: prefixOf(6, [0xfd001900, 0, 0, 0], 64), interface: 'br0', hasGateway: false },
    { prefix: prefixOf(6, [0, 0, 0, 0], 0), interface: 'eth0', hasGateway: true },
    { prefix: prefixOf(6, [0xfd000001, 0, 0, 3], 128), interface: 'cali0', hasGateway: false },
    { prefix: prefixOf(6, [0, 0, 0, 0], 0), interface: 'lo', hasGateway: false },
  ]);
});

/** What is looked at on the host itself, well and ill. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { buffers } from '../../src/doctor/checks/buffers.js';
import { hasAssertions } from '../../src/doctor/checks/cap.js';
import { interfaces } from '../../src/doctor/checks/interfaces.js';
import { names } from '../../src/doctor/checks/names.js';
import { activeOffloads, offloads } from '../../src/doctor/checks/offloads.js';
import type { Subject } from '../../src/doctor/finding.js';
import { ip, noNetwork, openVeth } from '../support/veth.js';
import { outputSubjects, subject } from './subject.js';

describe('interfaces and offloads', { skip: noNetwork }, () => {
  test('are told by name', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const filtered = (filter: string, ...names: readonly string[]) =>
      interfaces.run(subject({ interfaces: names, live: { ...subject().live, filter } }));
    const [loopback, up, missing] = await filtered('udp', 'lo', veth.host, 'no-such0');
    assert.equal(loopback?.level, 'ok');
    assert.match(loopback.found, /^lo is up, 127\.0\.0\.1, /);
    assert.equal(up?.level, 'ok');
    assert.ok(up.found.startsWith(`${veth.host} is up, ${veth.hostIPv4}, ${veth.hostIPv6}`), up.found);
    assert.equal(missing?.level, 'fail');
    assert.match(missing.found, /^there is no no-such0; name one of .*\blo\b.* with -i$/);
    const [unfit] = await filtered('udp prot 5', 'lo');
    assert.equal(unfit?.level, 'fail');
    assert.match(unfit.found, /^filter "udp prot 5": .*; see "man pcap-filter" for what can be said$/);

    ip('-n', veth.namespace, 'link', 'set', veth.peer, 'down');
    const [lonely] = await filtered('', veth.host);
    assert.equal(lonely?.level, 'warn');
    assert.match(lonely.found, /, but nothing is connected to it$/);
    veth.down();
    const [down] = await filtered('', veth.host);
    assert.deepEqual(down, {
      level: 'fail',
      found: `${veth.host} is down`,
      command: `ip link set ${veth.host} up`,
    });
  });

  const ethtool = spawnSync('ethtool', ['--version'], { stdio: 'ignore' }).status === 0;
  test('have offloads until they are turned off', {
    skip: !ethtool && 'ethtool is not installed',
  }, async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const look = () => offloads.run(subject({ interfaces: [veth.host, 'lo', 'any'] }));
    const [on, ...others] = await look();
    assert.deepEqual(others, []);
    assert.equal(on?.level, 'warn');
    assert.match(on.found, / tso, gso on, and joins packets before they are captured: /);
    assert.match(on.command ?? '', new RegExp(`^ethtool -K ${veth.host} .*tso off gso off$`));
    assert.equal(spawnSync('sh', ['-c', on.command!], { stdio: 'inherit' }).status, 0);
    assert.deepEqual(await look(), [
      { level: 'ok', found: `${veth.host} has none: packets are counted as they are on the wire` },
    ]);
  });

  test('have none on loopback', async () => {
    assert.deepEqual(await offloads.run(subject()), [{ level: 'ok', found: 'no network card to look at' }]);
  });
});

test('offloads are read from what ethtool prints', () => {
  const listed = [
    'Features for eth0:',
    'tcp-segmentation-offload: on',
    '\ttx-tcp-segmentation: on',
    'generic-segmentation-offload: off',
    'generic-receive-offload: on',
    'large-receive-offload: off [fixed]',
  ].join('\n');
  assert.deepEqual(activeOffloads(listed), ['gro', 'tso']);
});

test('an assertion is found in what it was compiled to', () => {
  assert.equal(hasAssertions(Buffer.from('\0__assert_fail\0__libc_start_main\0')), true);
  assert.equal(hasAssertions(Buffer.from('\0__assert_rtn\0')), true);
  assert.equal(hasAssertions(Buffer.from('\0__stack_chk_fail\0')), false);
});

test('receive buffers matter to collectors on this host', async () => {
  const look = async (...targets: readonly string[]) =>
    buffers.run(subject({ outputs: await outputSubjects(...targets) }));
  const elsewhere = [{ level: 'ok', found: 'no collector on this host' }];
  assert.deepEqual(
    [await look(), await look('-'), await look('192.0.2.77:1', 'nonsense')],
    [elsewhere, elsewhere, elsewhere],
  );
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
    const [finding] = await look('192.0.2.77:1', `${host}:10518`);
    assert.match(finding?.found ?? '', /^(receive buffers: \d+ KiB unless|the sizes cannot be seen)/);
  }
});

describe('names', () => {
  const look = (
    from: readonly string[],
    chosen: boolean,
    engine: 'auto' | 'cap' = 'auto',
    live: Partial<Subject['live']> = {},
  ) =>
    names.run(
      subject({ names: { from, chosen, resolvers: [] }, engine, live: { ...subject().live, ...live } }),
    );

  test('are told with what they come from, and what would add to them', async () => {
    for (const [from, chosen, found] of [
      [[], true, 'none: records show addresses'],
      [['ptr'], false, 'reverse DNS (ptr); --names ptr,traffic adds those that clients ask for'],
      [['ptr'], true, 'reverse DNS (ptr)'],
      [['dns', 'sni'], true, 'packets that pass by (dns, sni)'],
      [['ptr', 'dns', 'sni', 'quic'], false, 'packets that pass by (dns, sni, quic), else reverse DNS (ptr)'],
    ] as const)
      assert.deepEqual(await look(from, chosen), [{ level: 'ok', found }]);
  });

  test('of packets in tunnels take more than what is captured of headers', async () => {
    const inner = { tunnels: 'inner', snapshotBytes: 256 } as const;
    assert.deepEqual(await look(['sni'], true, 'auto', inner), [
      {
        level: 'warn',
        found:
          'packets that pass by (sni); with --tunnels inner they are found in the first 256 bytes of a frame only; -s 2048 captures enough',
      },
    ]);
    const whole = { ...inner, snapshotBytes: 2_048 };
    for (const [engine, live] of [
      ['cap', inner],
      ['auto', whole],
    ] as const)
      assert.equal((await look(['sni'], true, engine, live))[0]?.level, 'ok');
    assert.equal((await look(['ptr'], true, 'auto', inner))[0]?.level, 'ok');
  });
});

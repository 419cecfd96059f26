/** Sockets of other processes, control groups and users, and ones that are bound to a device. Root only. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { cgroupFolder, createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { type HeldSocket, startHolder } from '../../support/held-sockets.js';
import { nobody, noOtherUsers, withoutRights } from '../../support/rights.js';
import { lookUp, type SocketQuestion, states } from '../../support/socket-questions.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, type Veth } from '../../support/veth.js';
import { bare, native, openLookUps } from './own-sockets.js';

const loopbackIndex = 1;
const indexOf = (name: string) => Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));

describe('a socket that is bound to a device', { skip: noNetwork }, () => {
  let veth: Veth;
  const linkLocal = { host: 'fe80::a:1', peer: 'fe80::a:2' };
  before(() => {
    veth = openVeth();
    ip('addr', 'add', `${linkLocal.host}/64`, 'dev', veth.host, 'nodad');
    ip('-n', veth.namespace, 'addr', 'add', `${linkLocal.peer}/64`, 'dev', veth.peer, 'nodad');
  });
  after(() => veth.close());

  const ends = (): readonly (readonly [name: string, host: string, peer: string])[] => [
    ['IPv4', veth.hostIPv4, veth.peerIPv4],
    ['IPv6', veth.hostIPv6, veth.peerIPv6],
    ['link-local IPv6', linkLocal.host, linkLocal.peer],
  ];

  async function checkBoth(protocol: 'tcp' | 'udp', context: TestContext): Promise<void> {
    const descriptor = openLookUps(context);
    const here = startHolder(context);
    const there = startHolder(context, ['ip', 'netns', 'exec', veth.namespace]);
    for (const [name, hostAddress, peerAddress] of ends()) {
      const { local: remote } = await there.open({
        protocol,
        local: { address: peerAddress, port: 0 },
        device: veth.peer,
      });
      const client = await here.open({
        protocol,
        local: { address: hostAddress, port: 0 },
        remote,
        device: veth.host,
      });
      const server = await here.open({
        protocol,
        local: { address: hostAddress, port: 0 },
        device: veth.host,
      });
      const elsewhere = { address: peerAddress, port: 1 };
      const found = ({ inode }: HeldSocket, state: number) => ({ known: true, inode, user: 0, state });
      const waiting = protocol === 'tcp' ? states.listen : states.closed;
      // By its own index, by none, and by that of another interface.
      const indexes = [indexOf(veth.host), 0, loopbackIndex];
      const questions = indexes.flatMap((interfaceIndex): SocketQuestion[] => [
        { protocol, local: client.local, remote, interfaceIndex },
        { protocol, local: server.local, remote: elsewhere, interfaceIndex },
      ]);
      const answers = lookUp(native, descriptor, questions).map(bare);
      const expected = indexes.flatMap(() => [found(client, states.established), found(server, waiting)]);
      assert.deepEqual(answers, expected, name);
    }
  }

  test('is found by the one interface that has its address: TCP', (context) => checkBoth('tcp', context));
  test('is found by the one interface that has its address: UDP', (context) => checkBoth('udp', context));

  test('is found by its own index alone where several have its address', async (context) => {
    const descriptor = openLookUps(context);
    const address = veth.hostIPv4;
    ip('addr', 'add', `${address}/32`, 'dev', 'lo');
    context.after(() => ip('addr', 'del', `${address}/32`, 'dev', 'lo'));
    const holder = startHolder(context);
    const device = veth.host;
    const { local, inode } = await holder.open({ protocol: 'tcp', local: { address, port: 0 }, device });
    const inodeBy = (interfaceIndex: number) =>
      lookUp(native, descriptor, [
        { protocol: 'tcp', local, remote: { address, port: 1 }, interfaceIndex },
      ])[0]!.inode;
    // Which interface has which address may be known from before.
    await until('the address is known to be of several', () => inodeBy(0) === 0);
    assert.deepEqual([indexOf(device), 0, loopbackIndex].map(inodeBy), [inode, 0, 0]);
  });
});

/** Groups of this test's, by these names. */
function openGroups<Name extends string>(context: TestContext, ...names: Name[]): Record<Name, string> {
  const rig = createCgroupRig('sockets');
  context.after(() => rig.close());
  return Object.fromEntries(names.map((name) => [name, rig.make(name)])) as Record<Name, string>;
}

const within = (folder: string) => ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder];

describe('whose a socket is', { skip: noOtherUsers }, () => {
  test('is told by the control group that it was made in, and by its user', {
    skip: noCgroups,
  }, async (context) => {
    const descriptor = openLookUps(context);
    const { first, second } = openGroups(context, 'first', 'second');
    const holders = [
      [first, 4_321],
      [second, nobody],
    ] as const;
    for (const [folder, user] of holders) {
      const holder = startHolder(context, within(folder));
      const server = await holder.open({ protocol: 'tcp', local: { address: '::1', port: 0 }, user });
      const client = await holder.open({ protocol: 'tcp', remote: server.local });
      const datagrams = await holder.open({ protocol: 'udp', local: { address: '127.0.0.1', port: 0 } });
      const questions: SocketQuestion[] = [
        { protocol: 'tcp', local: client.local, remote: server.local },
        { protocol: 'tcp', local: server.local, remote: { address: '::1', port: 1 } },
        { protocol: 'udp', local: datagrams.local, remote: { address: '127.0.0.1', port: 1 } },
      ];
      const controlGroup = statSync(folder).ino;
      const expected = [
        { controlGroup, inode: client.inode, user, state: states.established },
        { controlGroup, inode: server.inode, user, state: states.listen },
        { controlGroup, inode: datagrams.inode, user, state: states.closed },
      ];
      assert.deepEqual(lookUp(native, descriptor, questions), expected);
      // It stays the one that it was made in.
      writeFileSync(join(cgroupFolder, 'cgroup.procs'), String(holder.pid));
      assert.deepEqual(lookUp(native, descriptor, questions), expected);
      await holder.close();
    }
  });

  test('is told to nobody without any right, too', async (context) => {
    const holder = startHolder(context);
    const server = await holder.open({ protocol: 'tcp', local: { address: '127.0.0.1', port: 0 } });
    const client = await holder.open({ protocol: 'tcp', remote: server.local });
    const questions: SocketQuestion[] = [
      { protocol: 'tcp', local: client.local, remote: server.local },
      { protocol: 'tcp', local: server.local, remote: { address: '127.0.0.1', port: 1 } },
    ];
    const from = (path: string) => JSON.stringify(new URL(path, import.meta.url));
    const script = `
      const { loadNative } = await import(${from('../../../src/host/native.js')});
      const { lookUp } = await import(${from('../../support/socket-questions.js')});
      const { native } = loadNative();
      const answers = lookUp(native, native.openSocketLookUps(), ${JSON.stringify(questions)});
      console.log(JSON.stringify({ user: process.getuid(), answers }));
    `;
    const [command, ...words] = [...withoutRights, process.execPath, '--input-type=module', '-e', script];
    const said = execFileSync(command!, words, { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(said), {
      user: nobody,
      answers: lookUp(native, openLookUps(context), questions),
    });
    assert.deepEqual(JSON.parse(said).answers.map(bare), [
      { known: true, inode: client.inode, user: 0, state: states.established },
      { known: true, inode: server.inode, user: 0, state: states.listen },
    ]);
  });
});

/** SYNs that a host sends, and the sockets that sent them. Root only. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { frame } from '../../support/frames.js';
import { type HeldSocket, startHolder } from '../../support/held-sockets.js';
import { noOtherUsers, rightsOf, withoutRights } from '../../support/rights.js';
import { sendFrames } from '../../support/send-frames.js';
import { type End, questionsOf, states } from '../../support/socket-questions.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, type Veth } from '../../support/veth.js';
import { type FoundSocket, type SynWatchProcess, startSynWatchProcess } from './syn-watch-process.js';

const plenty = 100_000;
const kept = 4_096;
const [syn, synAck] = [0x02, 0x12];
const loopbackIndex = 1;

/** Tests run side by side, but nobody else connects in the namespace of a veth's peer. */
let veth: Veth;

async function startWatch(context: TestContext, mostPerSecond = plenty): Promise<SynWatchProcess> {
  const watch = startSynWatchProcess(context, ['ip', 'netns', 'exec', veth.namespace]);
  await watch.call('open', mostPerSecond);
  await watch.call('start');
  return watch;
}

const holderThere = (context: TestContext) => startHolder(context, ['ip', 'netns', 'exec', veth.namespace]);

/** Waits until all SYNs so far are done with, and so many were looked up. */
async function untilLookedUp(watch: SynWatchProcess, count: number): Promise<void> {
  await until(
    `${count} are looked up`,
    async () => (await watch.call('counts')).lookedUp >= count,
    async () => JSON.stringify(await watch.call('counts')),
  );
}

/** SYNs of this connection, as if it was tried again. */
const synsOf = (local: End, remote: End, count: number): Uint8Array[] => {
  const ends = { source: local.address, target: remote.address };
  const ports = { sourcePort: local.port, targetPort: remote.port };
  return new Array(count).fill(
    frame()
      .ethernet()
      .ipv4(ends)
      .tcp({ ...ports, flags: syn })
      .bytes(),
  );
};

describe('a watch for SYNs', { skip: noNetwork }, () => {
  before(() => {
    veth = openVeth();
    ip('-n', veth.namespace, 'link', 'set', 'lo', 'up');
  });
  after(() => veth.close());

  test('finds who connects: by which interface, bound to it or not', async (context) => {
    const watch = await startWatch(context);
    const [here, there] = [startHolder(context), holderThere(context)];
    const index = Number(/^(\d+):/.exec(linkOf(veth.peer))?.[1]);
    const connections: { remote: End; interfaceIndex: number; socket: HeldSocket }[] = [];
    for (const [address, holder, interfaceIndex, device] of [
      ['127.0.0.1', there, loopbackIndex, undefined],
      ['::1', there, loopbackIndex, undefined],
      [veth.hostIPv4, here, index, undefined],
      [veth.hostIPv6, here, index, undefined],
      [veth.hostIPv4, here, index, veth.peer],
      [veth.hostIPv6, here, index, veth.peer],
    ] as const) {
      const { local: remote } = await holder.open({ protocol: 'tcp', local: { address, port: 0 } });
      const socket = await there.open({
        protocol: 'tcp',
        remote,
        ...(device === undefined ? {} : { device }),
      });
      connections.push({ remote, interfaceIndex, socket });
    }
    await untilLookedUp(watch, connections.length);
    const found = await watch.call('read', 100);
    const told = found.map(({ question, answer: { inode, user } }) => ({ question, inode, user }));
    assert.deepEqual(
      told,
      connections.map(({ remote, interfaceIndex, socket: { local, inode } }) => ({
        question: [...questionsOf([{ protocol: 'tcp', local, remote, interfaceIndex }])],
        inode,
        user: 0,
      })),
    );
    // It may have been connected by then.
    const { synSent, established } = states;
    assert.ok(found.every(({ answer }) => answer.state === synSent || answer.state === established));
    assert.ok(found.every(({ answer }) => answer.controlGroup > 0));
    assert.deepEqual(await watch.call('counts'), { lookedUp: connections.length, passedOver: 0, dropped: 0 });
    assert.deepEqual(await watch.call('read', 100), []);
  });

  test('takes SYNs and nothing else, and gives none that no socket has sent', async (context) => {
    const watch = await startWatch(context);
    const ethernet = frame().ethernet();
    const options = Uint8Array.of(1, 1, 1, 0);
    const ipv4 = (more = {}) => ethernet.ipv4({ source: veth.peerIPv4, target: '198.51.100.1', ...more });
    const ipv6 = ethernet.ipv6({ source: veth.peerIPv6, target: '2001:db8::1' });
    const taken = [
      ipv4().tcp({ flags: syn }),
      ipv4({ options }).tcp({ flags: syn }),
      ipv4({ moreFragments: true }).tcp({ flags: syn }),
      ipv4().tcp({ flags: syn | 0xc0 }),
      ipv6.tcp({ flags: syn }),
    ];
    const others = [
      ...[0x10, synAck, 0x18, 0x04, 0x11].map((flags) => ipv4().tcp({ flags })),
      ipv6.tcp({ flags: synAck }),
      ipv4({ fragmentOffsetBytes: 64 }).tcp({ flags: syn }),
      ipv4().udp().payload(new Uint8Array(60).fill(syn)),
      ipv4({ protocol: 47 }).payload(new Uint8Array(60).fill(syn)),
      ipv6.udp().payload(new Uint8Array(60).fill(syn)),
      ipv6.extension(0).tcp({ flags: syn }),
      ethernet.payload(new Uint8Array(60).fill(syn)),
    ];
    const bytes = [...others, ...taken].map((each) => each.bytes());
    sendFrames(veth.peer, bytes, veth.namespace);
    // What comes in is none that this host sends.
    sendFrames(veth.host, [ipv4().tcp({ flags: syn }).bytes()]);
    sendFrames(veth.peer, bytes, veth.namespace);
    await untilLookedUp(watch, 2 * taken.length);
    assert.deepEqual(await watch.call('counts'), { lookedUp: 2 * taken.length, passedOver: 0, dropped: 0 });
    assert.deepEqual(await watch.call('read', 100), []);
  });

  test('keeps what nobody reads up to a limit, and counts the rest', async (context) => {
    const watch = await startWatch(context);
    const there = holderThere(context);
    const { local: remote } = await there.open({
      protocol: 'tcp',
      local: { address: veth.peerIPv4, port: 0 },
    });
    const { local, inode } = await there.open({ protocol: 'tcp', remote });
    const more = 100;
    // The connection's own is one of them.
    const syns = synsOf(local, remote, kept + more - 1);
    for (let start = 0; start < syns.length; start += 1_000)
      sendFrames('lo', syns.slice(start, start + 1_000), veth.namespace);
    const sum = async () => {
      const { lookedUp, passedOver, dropped } = await watch.call('counts');
      return lookedUp + passedOver + dropped;
    };
    await until('all are done with', async () => (await sum()) === kept + more);
    const { lookedUp, passedOver, dropped } = await watch.call('counts');
    assert.equal(lookedUp, Math.min(kept, kept + more - dropped));
    assert.equal(passedOver, kept + more - dropped - lookedUp);
    const found: FoundSocket[] = [];
    for (let part = await watch.call('read', 1_000); part.length > 0; part = await watch.call('read', 1_000))
      found.push(...part);
    assert.equal(found.length, lookedUp);
    assert.ok(found.every(({ answer }) => answer.inode === inode));
    // There is room again.
    sendFrames('lo', synsOf(local, remote, 1), veth.namespace);
    await untilLookedUp(watch, lookedUp + 1);
    assert.equal((await watch.call('read', 2)).length, 1);
  });

  test('rests for the second when there were too many', async (context) => {
    const most = 10;
    const watch = await startWatch(context, most);
    const start = performance.now();
    const syns = synsOf({ address: veth.peerIPv4, port: 1 }, { address: '198.51.100.1', port: 2 }, 100);
    const seconds = () => Math.floor((performance.now() - start) / 1_000) + 1;
    sendFrames(veth.peer, syns, veth.namespace);
    await untilLookedUp(watch, most);
    const first = await watch.call('counts');
    assert.ok(first.lookedUp <= most * seconds(), JSON.stringify(first));
    assert.ok(first.lookedUp + first.passedOver <= syns.length, JSON.stringify(first));
    // And looks again afterwards: one that comes while it rests is seen by nobody.
    await until('another is looked up', async () => {
      sendFrames(veth.peer, syns.slice(0, 1), veth.namespace);
      return (await watch.call('counts')).lookedUp > first.lookedUp;
    });
    const { lookedUp } = await watch.call('counts');
    assert.ok(lookedUp <= most * seconds(), `${lookedUp} in ${seconds()} s`);
    assert.ok(performance.now() - start >= 1_000);
  });

  test('goes on without rights, and cannot be opened without', { skip: noOtherUsers }, async (context) => {
    const watch = startSynWatchProcess(context, ['ip', 'netns', 'exec', veth.namespace]);
    await watch.call('open', plenty);
    assert.equal(await watch.call('dropRights'), 0);
    await watch.call('start');
    assert.deepEqual(
      rightsOf(watch.pid).map(({ capabilities }) => capabilities),
      ['0'],
    );
    const there = holderThere(context);
    const { local: remote } = await there.open({ protocol: 'tcp', local: { address: '::1', port: 0 } });
    const { inode } = await there.open({ protocol: 'tcp', remote });
    await untilLookedUp(watch, 1);
    assert.deepEqual(
      (await watch.call('read', 10)).map(({ answer }) => answer.inode),
      [inode],
    );
    await assert.rejects(watch.call('open', plenty), { code: 'permission' });
    const ofNobody = startSynWatchProcess(context, withoutRights);
    await assert.rejects(ofNobody.call('open', plenty), { code: 'permission' });
  });

  test('is started once, takes nothing before, and nothing is left when it is closed', async (context) => {
    const watch = startSynWatchProcess(context, ['ip', 'netns', 'exec', veth.namespace]);
    await assert.rejects(watch.call('open', 0), { code: 'argument' });
    await watch.call('open', plenty);
    const there = holderThere(context);
    const { local: remote } = await there.open({ protocol: 'tcp', local: { address: '::1', port: 0 } });
    await there.open({ protocol: 'tcp', remote });
    await watch.call('start');
    await assert.rejects(watch.call('start'), { code: 'other' });
    await there.open({ protocol: 'tcp', remote });
    await untilLookedUp(watch, 1);
    assert.deepEqual(await watch.call('counts'), { lookedUp: 1, passedOver: 0, dropped: 0 });
    await watch.call('close');
    await watch.call('close');
    for (const name of ['start', 'counts'] as const)
      await assert.rejects(watch.call(name), { code: 'closed' });
    await assert.rejects(watch.call('read', 1), { code: 'closed' });
  });
});

const linkOf = (name: string) =>
  spawnSync('ip', ['-n', veth.namespace, '-o', 'link', 'show', 'dev', name], { encoding: 'utf8' }).stdout;

test('of a watch for SYNs neither a thread nor a descriptor is left, however it ends', {
  skip: noNetwork,
}, () => {
  const script = fileURLToPath(new URL('syn-watch-ends.js', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
  const ways = ['closed', 'closed before it was started', 'collected', 'of a thread that ended'];
  assert.deepEqual(JSON.parse(stdout), Object.fromEntries(ways.map((way) => [way, true])));
});

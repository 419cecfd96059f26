/** Paths whose MTU changes, or is not that of the first link: what is packed follows, and nothing is lost. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import type { Sink } from '../../../src/sink/sink.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, untilItCarries, type Veth } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { type Receiver, startReceiver } from './receiver-process.js';
import { createUdpRig } from './udp-rig.js';

const recordBytes = 100;
const packBytes = 9_000;
/** RFC 791, RFC 8200 and RFC 768. */
const headerBytes = { 4: 28, 6: 48 } as const;
/** The longest pack under such an MTU. */
const packUnder = (mtu: number, family: 4 | 6 = 4) => {
  const bytes = mtu - headerBytes[family];
  return bytes - (bytes % recordBytes);
};

interface Rig {
  readonly sink: Sink;
  readonly lines: readonly string[];
  /** Sends so many records as one window; the bytes of the datagrams in which they arrived, the longest first. */
  send(records: number): Promise<number[]>;
  /** A pause after which the path is asked again what it takes. */
  pause(): Promise<void>;
}

/** A sink to `receiver`, which listens on `host`; all records that are sent have to arrive once. */
function openRig(context: TestContext, host: string, receiver: Receiver): Rig {
  context.after(() => receiver.stop());
  const rig = createUdpRig(context);
  const sink = rig.open(receiver.port, { host, packBytes });
  let sent = 0;
  let seen = 0;
  return {
    sink,
    lines: rig.lines,
    pause: () => rig.pass(sink, 1_500),
    async send(records) {
      const lines = numberedLines(sent, records, recordBytes);
      sent += records;
      sink.write(encodedOf(lines));
      await until('all is sent', async () => {
        await rig.pass(sink, 50);
        return sink.counts.recordsSent === sent;
      });
      let received: readonly string[] = [];
      await until('all has arrived', async () => {
        received = (await receiver.report()).received.slice(seen);
        return received.join('').length >= records * recordBytes;
      });
      seen += received.length;
      assert.deepEqual(received.join('').match(/.*\n/g)?.sort(), lines.sort());
      return received.map((text) => text.length).sort((one, other) => other - one);
    },
  };
}

const inside = ({ namespace }: Pick<Veth, 'namespace'>) => ['ip', 'netns', 'exec', namespace] as const;

function setMtu({ host, peer, namespace }: Veth, mtu: number): void {
  ip('link', 'set', host, 'mtu', String(mtu));
  ip('-n', namespace, 'link', 'set', peer, 'mtu', String(mtu));
}

function openPair(context: TestContext): Veth {
  const veth = openVeth();
  context.after(() => veth.close());
  return veth;
}

/** Makes a router of the namespace of `veth`, and behind it a host, over a link of this MTU. Returns the host's addresses. */
function openBehindRouter(context: TestContext, veth: Veth, mtu: number) {
  const { namespace: router, host, hostIPv4, hostIPv6, peerIPv4, peerIPv6 } = veth;
  const namespace = `${router}b`;
  ip('netns', 'add', namespace);
  context.after(() => ip('netns', 'del', namespace));
  const [near, far] = [`${router}n`, `${router}f`];
  ip('-n', router, ...`link add ${near} mtu ${mtu} type veth peer name ${far} netns ${namespace}`.split(' '));
  ip('-n', namespace, 'link', 'set', far, 'mtu', String(mtu));
  // Whose namespace has the name has the subnet, and with it this one.
  const beyond = (address: string) =>
    address.replace('198.18.', '198.19.').replace('fd6a:7063:', 'fd6a:7064:');
  const ends = [
    [router, near, beyond(hostIPv4), beyond(hostIPv6)],
    [namespace, far, beyond(peerIPv4), beyond(peerIPv6)],
  ] as const;
  for (const [where, name, ipv4, ipv6] of ends) {
    ip('-n', where, 'addr', 'add', `${ipv4}/30`, 'dev', name);
    ip('-n', where, 'addr', 'add', `${ipv6}/64`, 'dev', name, 'nodad');
    ip('-n', where, 'link', 'set', name, 'up');
  }
  untilItCarries(['ip', '-n', namespace], far);
  untilItCarries(['ip', '-n', router], near);
  const forward = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  execFileSync('ip', ['netns', 'exec', router, 'sysctl', '-qw', ...forward]);
  ip('-n', namespace, 'route', 'add', 'default', 'via', beyond(hostIPv4));
  ip('-n', namespace, 'route', 'add', 'default', 'via', beyond(hostIPv6));
  ip('route', 'add', `${beyond(peerIPv4)}/32`, 'via', peerIPv4, 'dev', host);
  ip('route', 'add', `${beyond(peerIPv6)}/128`, 'via', peerIPv6, 'dev', host);
  return { namespace, 4: beyond(peerIPv4), 6: beyond(peerIPv6) };
}

describe('the MTU of a path', { skip: noNetwork }, () => {
  test('may fall with that of the first link, and grow again', async (context) => {
    const veth = openPair(context);
    const rig = openRig(context, veth.peerIPv4, await startReceiver(0, veth.peerIPv4, ...inside(veth)));
    assert.equal((await rig.send(100))[0], packUnder(1500));
    setMtu(veth, 700);
    // At once, without a pause in which it would be asked again.
    assert.equal((await rig.send(100))[0], packUnder(700));
    setMtu(veth, 1500);
    await rig.pause();
    assert.equal((await rig.send(100))[0], packUnder(1500));
    assert.equal(rig.sink.counts.recordsFragmented, 0);
    assert.match(rig.lines.join('\n'), /: the path takes 672 bytes in a datagram; no more are packed$/);
  });

  for (const family of [4, 6] as const) {
    test(`may be that of a link behind a router, which says so (IPv${family})`, async (context) => {
      const veth = openPair(context);
      const target = openBehindRouter(context, veth, 1300);
      const receiver = await startReceiver(0, target[family], ...inside(target));
      const rig = openRig(context, target[family], receiver);
      const lengths = await rig.send(100);
      assert.equal(lengths[0], packUnder(1300, family));
      assert.equal(rig.sink.counts.recordsFragmented, 0);
      const bytes = 1300 - headerBytes[family];
      assert.match(rig.lines.join('\n'), new RegExp(`: the path takes ${bytes} bytes in a datagram`));
    });
  }

  test('is that of IPv6, where a longer record goes in fragments', async (context) => {
    const veth = openPair(context);
    setMtu(veth, 1280);
    const receiver = await startReceiver(0, veth.peerIPv6, ...inside(veth));
    const rig = openRig(context, veth.peerIPv6, receiver);
    assert.equal((await rig.send(100))[0], packUnder(1280, 6));
    const long = `${'x'.repeat(4_000)}\n`;
    rig.sink.write(encodedOf([long]));
    await rig.pause();
    await until('it has arrived', async () => (await receiver.report()).received.at(-1) === long);
    assert.deepEqual(
      [rig.sink.counts.recordsFragmented, rig.sink.counts.recordsSent, rig.sink.counts.recordsWaiting],
      [1, 101, 0],
    );
  });
});

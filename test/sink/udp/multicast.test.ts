/** Datagrams to a group, over a veth pair to a receiver that has joined it and sees how many routers they might have passed. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { UdpSink } from '../../../src/sink/udp/udp.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';

const port = 10_518;
const groups = { IPv4: '239.77.3.4', IPv6: 'ff02::7063' };

/** Prints a datagram's TTL or hop limit and its text. 12 is IP_RECVTTL (linux/in.h). */
const script = `
import socket, sys
group, interface = sys.argv[1], sys.argv[2]
index = socket.if_nametoindex(interface)
six = ':' in group
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((group, ${port}, 0, index) if six else (group, ${port}))
if six:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + index.to_bytes(4, sys.byteorder))
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
else:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + bytes(4) + index.to_bytes(4, sys.byteorder))
    s.setsockopt(socket.IPPROTO_IP, 12, 1)
print('joined', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(65536, 64)
    print(int.from_bytes(ancillary[0][2][:4], sys.byteorder), data.decode(), end='', flush=True)
`;

async function join(context: TestContext, { namespace, peer }: Veth, group: string): Promise<() => string> {
  const words = ['netns', 'exec', namespace, 'python3', '-c', script, group, peer];
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await until('it has joined', () => text.startsWith('joined\n'));
  return () => text.slice('joined\n'.length);
}

describe('a group', { skip: noNetwork }, () => {
  for (const [family, group] of Object.entries(groups)) {
    test(`gets records that pass so many routers (${family})`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      if (family === 'IPv4') execFileSync('ip', ['route', 'add', group, 'dev', veth.host]);
      const received = await join(context, veth, group);
      const host = family === 'IPv4' ? group : `${group}%${veth.host}`;
      const nowMs = () => performance.now();
      const send = async (n: number, options: { multicastHops?: number; calls?: undefined }) => {
        const target = { name: host, host, port };
        const log = { limited: (_: string, text: string) => assert.fail(text) };
        const { native: calls } = loadNative();
        const sink = new UdpSink({ target, log, nowMs, calls, ...options });
        sink.start();
        sink.write(encodedOf(numberedLines(n, 1)));
        await until('it is sent', () => {
          sink.tick(nowMs());
          return received().includes(`"n":${n}`);
        });
        await sink.close(nowMs() + 1_000);
      };
      await send(0, {});
      await send(1, { multicastHops: 17 });
      await send(2, { multicastHops: 5, calls: undefined });
      assert.equal(received(), '1 {"n":0}\n17 {"n":1}\n5 {"n":2}\n');
    });
  }
});

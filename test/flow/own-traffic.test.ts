import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OwnTraffic, type SocketEnds } from '../../src/flow/own-traffic.js';
import { parseAddress } from '../../src/packet/address.js';
import { packetOf } from '../support/flows.js';

const ipv4: SocketEnds = {
  localAddress: '192.0.2.1',
  localPort: 40_001,
  address: '198.51.100.7',
  port: 10_518,
};
const ipv6: SocketEnds = { ...ipv4, localAddress: '2001:db8::1', address: '2001:db8::2' };

/** A datagram between these ends; without ports, a fragment that is not the first. */
function datagram(ends: SocketEnds, hasPorts = true) {
  const source = parseAddress(ends.localAddress)!;
  const target = parseAddress(ends.address)!;
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint16(0, ends.localPort);
  bytes.setUint16(2, ends.port);
  const [source0 = 0, source1 = 0, source2 = 0, source3 = 0] = source.words;
  const [target0 = 0, target1 = 0, target2 = 0, target3 = 0] = target.words;
  return packetOf({
    family: source.family,
    ...{ source0, source1, source2, source3, target0, target1, target2, target3 },
    protocol: 17,
    ports: hasPorts ? bytes.getInt32(0, true) : 0,
    hasPorts: hasPorts ? 1 : 0,
  });
}

for (const ends of [ipv4, ipv6]) {
  describe(`datagrams to ${ends.address}`, () => {
    test('are own ones where both ends are those of the socket', () => {
      const own = new OwnTraffic({ datagrams: true, connections: true });
      assert.equal(own.has(datagram(ends)), false);
      own.add('collector', ends, false);
      assert.equal(own.has(datagram(ends)), true);
      const others: SocketEnds[] = [
        { ...ends, localPort: ends.localPort + 1 },
        { ...ends, port: ends.port + 1 },
        { ...ends, localPort: ends.port, port: ends.localPort },
        { ...ends, localAddress: ends.address, address: ends.localAddress },
        { ...ends, localAddress: ends.localAddress.replace(/1$/, '9') },
        { ...ends, address: ends.address.replace(/.$/, '9') },
        ends === ipv4 ? ipv6 : ipv4,
      ];
      for (const other of others) assert.equal(own.has(datagram(other)), false, JSON.stringify(other));
    });

    test('are own ones in fragments where the socket sends some', () => {
      const own = new OwnTraffic({ datagrams: true, connections: true });
      own.add('collector', ends, false);
      assert.equal(own.has(datagram(ends, false)), false);
      own.add('collector', ends, true);
      assert.equal(own.has(datagram(ends, false)), true);
      assert.equal(own.has(datagram({ ...ends, address: ends.localAddress }, false)), false);
    });

    test('are own ones of the last four sockets of each output', () => {
      const own = new OwnTraffic({ datagrams: true, connections: true });
      const sockets = Array.from({ length: 6 }, (_, i) => ({ ...ends, localPort: 50_000 + i }));
      own.add('other', { ...ends, localPort: 49_999 }, false);
      for (const socket of sockets) own.add('collector', socket, false);
      assert.equal(own.has(datagram({ ...ends, localPort: 49_999 })), true);
      assert.deepEqual(
        sockets.map((socket) => own.has(datagram(socket))),
        [false, false, true, true, true, true],
      );
    });
  });
}

test('an IPv4 address of an IPv6 socket is one of IPv4, and a link has no name on the wire', () => {
  for (const address of ['::FFFF:198.51.100.7', '::ffff:c633:6407']) {
    const own = new OwnTraffic({ datagrams: true, connections: true });
    own.add('mapped', { ...ipv4, localAddress: '::ffff:192.0.2.1', address }, false);
    assert.ok(own.has(datagram(ipv4)), address);
  }
  const own = new OwnTraffic({ datagrams: true, connections: true });
  const link = { ...ipv6, localAddress: 'fe80::1', address: 'fe80::2' };
  own.add('link', { ...link, localAddress: 'fe80::1%eth0', address: 'fe80::2%eth0' }, false);
  assert.ok(own.has(datagram(link)));
});

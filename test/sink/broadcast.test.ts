import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { broadcastProblem } from '../../src/sink/broadcast.js';
import { parseTarget } from '../../src/sink/target.js';
import { noNetwork, openVeth } from '../support/veth.js';

test('the broadcast address of every network is refused with the reason', () => {
  assert.throws(() => parseTarget('255.255.255.255:9', '--to'), {
    message:
      '--to 255.255.255.255:9: it is the broadcast address of every network; records go to one host: write its address',
  });
});

test("an interface's broadcast address is refused by its name", { skip: noNetwork }, (context) => {
  const veth = openVeth();
  context.after(() => veth.close());
  const [first, second, third, fourth] = veth.hostIPv4.split('.');
  const beside = (host: number) => `${first}.${second}.${third}.${Number(fourth) - 1 + host}`;
  assert.deepEqual(
    [0, 1, 2, 3].map((host) => broadcastProblem(beside(host))),
    [undefined, undefined, undefined, `is the broadcast address of ${veth.host}`],
  );
});

test('addresses of hosts, other families and names are none', () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    addresses!.map(({ address }) => address),
  );
  for (const host of [...own, '203.0.113.77', '::1', 'collector.example'])
    assert.equal(broadcastProblem(host), undefined, host);
});

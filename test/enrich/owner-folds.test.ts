/** In the key of an end that is told as its owner stands the owner's number: nobody takes it for an address. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openIpRanges } from '../../src/enrich/labels/ip-ranges.js';
import { NetworkLabels, readNetworks } from '../../src/enrich/labels/networks.js';
import { LocalAddresses } from '../../src/enrich/local-addresses.js';
import { Locality } from '../../src/enrich/locality.js';
import { openReverseDns } from '../../src/enrich/names/reverse-dns.js';
import { steadyMs } from '../../src/host/clock.js';
import type { KnownOwner } from '../../src/record/owner.js';
import type { FlowRecord } from '../../src/record/record.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { recordBetween, someWindow } from './flow-records.js';
import { openNames } from './names/traffic/traffic-rig.js';

/** The owner's number 1 reads like this. */
const numbers = { 4: '1.0.0.0', 6: '0:1::' } as const;
const others = { 4: '192.0.2.9', 6: '2001:db8::9' } as const;

const nginx: KnownOwner = {
  number: 1,
  name: 'nginx.service',
  owner: {
    ...{ number: 1, kind: 'unit', name: 'nginx.service', unit: 'nginx.service' },
    ...{ container: null, pod: null, cgroup: '/system.slice/nginx.service' },
    ...{ userId: 33, pid: -1, command: 'nginx' },
  },
  from: 'socket',
  reason: null,
};

type Fold = 'source' | 'target';

function record(family: 4 | 6, fold: Fold): FlowRecord {
  const { [family]: number } = numbers;
  const { [family]: other } = others;
  const [source, target] = fold === 'source' ? [number, other] : [other, number];
  const folded =
    fold === 'source'
      ? { sourceFold: nginx.name, sourceOwner: nginx }
      : { targetFold: nginx.name, targetOwner: nginx };
  return Object.assign(recordBetween(source, target), folded);
}

const cases = [4, 6].flatMap((family) => [
  { family: family as 4 | 6, fold: 'source' as const },
  { family: family as 4 | 6, fold: 'target' as const },
]);

describe('an end that is told as its owner', () => {
  test('is not asked for by reverse DNS', async (context) => {
    const log = { line: () => undefined, limited: () => undefined };
    const names = await openReverseDns({
      ...{ servers: ['127.0.0.1:9'], namesFor: 'all', log, nowMs: steadyMs },
    });
    context.after(() => names.close());
    for (const { family, fold } of cases) {
      const told = record(family, fold);
      names.enrich(told, someWindow);
      assert.deepEqual([told.sourcePtr, told.targetPtr], [null, null]);
    }
    // That is each family's other end.
    assert.equal(names.pending, 2);
  });

  test('has no name that was told of an address', () => {
    const { names, told } = openNames();
    const all = [numbers[4], others[4], numbers[6], others[6]];
    for (const address of all) told('192.0.2.77', `name-of-${address}`, [address]);
    for (const { family, fold } of cases) {
      const filled = record(family, fold);
      names.enrich(filled);
      const other = `name-of-${others[family]}`;
      assert.deepEqual(
        [filled.serverName, filled.sourceDns, filled.targetDns],
        fold === 'source' ? [null, null, other] : [null, other, null],
      );
    }
  });

  test('has no label, and is in no network', async (context) => {
    const folder = temporaryFolder();
    const agents = { prefixes_ipv4: ['0.0.0.0/0'], prefixes_ipv6: ['::/0'] };
    const ranges = await openIpRanges({
      source: folder.file('ranges.json', JSON.stringify({ version: 1, modified: '', agents })),
      ...{ site: 'datadoghq.com', cacheDirectory: undefined },
      ...{ log: { line: () => undefined, limited: () => undefined }, nowMs: steadyMs, wallMs: Date.now },
    });
    context.after(() => ranges.close());
    const networks = new NetworkLabels(
      await readNetworks([{ text: 'everywhere=0.0.0.0/0,::/0', place: '--network' }]),
    );
    for (const { family, fold } of cases) {
      const labelled = record(family, fold);
      ranges.enrich(labelled, someWindow);
      networks.enrich(labelled);
      const { packetFlow, sourceNetwork, targetNetwork } = labelled;
      assert.deepEqual(
        [packetFlow, sourceNetwork, targetNetwork],
        fold === 'source' ? ['outgoing', null, 'everywhere'] : ['incoming', 'everywhere', null],
      );
    }
  });

  test('is this host', () => {
    const addresses = new LocalAddresses(steadyMs, () => ({
      eth0: [{ address: '192.0.2.1', netmask: '255.255.255.0' }],
    }));
    const locality = new Locality({ nameOf: () => undefined }, addresses);
    const directionOf = (told: FlowRecord) => {
      locality.enrich(told);
      return told.direction;
    };
    for (const { family, fold } of cases)
      assert.equal(directionOf(record(family, fold)), fold === 'source' ? 'egress' : 'ingress');
    const bothHere = { targetFold: nginx.name, targetOwner: nginx };
    assert.equal(directionOf(Object.assign(record(4, 'source'), bothHere)), 'internal');
    const toHere = Object.assign(recordBetween(numbers[4], '192.0.2.1'), { sourceFold: nginx.name });
    assert.equal(directionOf(Object.assign(toHere, { sourceOwner: nginx })), 'internal');
    // A network of this name may be anywhere.
    const toNetwork = Object.assign(record(4, 'source'), { targetFold: 'office' });
    assert.equal(directionOf(toNetwork), undefined);
    assert.equal(directionOf(Object.assign(record(4, 'source'), { rest: true })), undefined);
  });
});

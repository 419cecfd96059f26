/** Directions and interfaces of records, from this host's addresses and from link headers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalAddresses, type ReadAddresses } from '../../src/enrich/local-addresses.js';
import { type InterfaceLookup, Locality } from '../../src/enrich/locality.js';
import { MOST_INTERFACE_INDEX } from '../../src/packet/numbers.js';
import type { FlowRecord } from '../../src/record/record.js';
import { FileInterfaces } from '../../src/source/files/file-interfaces.js';
import { recordBetween } from './flow-records.js';

const hostAddresses = {
  lo: [
    { address: '127.0.0.1', netmask: '255.0.0.0' },
    { address: '::1', netmask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
  ],
  eth0: [
    { address: '10.0.0.1', netmask: '255.255.255.0' },
    { address: '2001:db8::1', netmask: 'ffff:ffff:ffff:ffff::' },
    { address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::' },
    { address: 'fe80:0:1::1', netmask: 'ffff:ffff:ffff:ffff::' },
  ],
  ppp0: [{ address: '192.0.2.1', netmask: '255.255.255.255' }],
  wg0: [{ address: '192.0.2.6', netmask: '255.255.255.254' }],
  gone: undefined,
};

const nameless: InterfaceLookup = { nameOf: () => undefined };
const onHost = () =>
  new Locality(
    nameless,
    new LocalAddresses(
      () => 0,
      () => hostAddresses,
    ),
  );
const onFile = () => new Locality(nameless, undefined);

function direction(locality: Locality, source: string, target: string, says?: (record: FlowRecord) => void) {
  const record = recordBetween(source, target);
  record.direction = 'passing';
  says?.(record);
  locality.enrich(record);
  return record.direction;
}

const cookedForward = (packetType: number) => (record: FlowRecord) => {
  record.forward.packetType = packetType;
};
const cookedReverse = (packetType: number) => (record: FlowRecord) => {
  record.reverse.packetType = packetType;
};

describe('the direction of a record', () => {
  test('is told by this host’s addresses', () => {
    const rows = [
      ['10.0.0.1', '10.0.0.2', 'egress'],
      ['10.0.0.2', '10.0.0.1', 'ingress'],
      ['10.0.0.1', '192.0.2.1', 'internal'],
      ['127.0.0.1', '127.0.0.53', 'internal'],
      ['10.0.0.2', '10.0.0.3', 'passing'],
      ['2001:db8::1', '2001:db8::2', 'egress'],
      ['2001:db8::2', '2001:db8::1', 'ingress'],
      ['::1', '::1', 'internal'],
      ['fe80:0:1::1', 'fe80::1', 'internal'],
      ['fe80:0:2::1', 'fe80:0:3::1', 'passing'],
    ] as const;
    for (const [source, target, expected] of rows)
      assert.equal(direction(onHost(), source, target), expected, `${source} > ${target}`);
  });

  test('is in from others to all, and out from here', () => {
    const rows = [
      ['10.0.0.2', '224.0.0.251', 'ingress'],
      ['10.0.0.1', '224.0.0.251', 'egress'],
      ['10.0.0.2', '239.255.255.250', 'ingress'],
      ['10.0.0.2', '240.0.0.1', 'passing'],
      ['10.0.0.2', '255.255.255.255', 'ingress'],
      ['10.0.0.2', '10.0.0.255', 'ingress'],
      ['10.0.1.2', '10.0.1.255', 'passing'],
      ['192.0.2.9', '192.0.2.7', 'passing'],
      ['fe80::2', 'ff02::1', 'ingress'],
      ['fe80::1', 'ff02::1', 'egress'],
    ] as const;
    for (const [source, target, expected] of rows)
      assert.equal(direction(onHost(), source, target), expected, `${source} > ${target}`);
  });

  test('is out where a host without an address asks for one, if a link header says so', () => {
    assert.equal(direction(onHost(), '0.0.0.0', '255.255.255.255'), 'ingress');
    assert.equal(direction(onHost(), '0.0.0.0', '255.255.255.255', cookedForward(1)), 'ingress');
    assert.equal(direction(onHost(), '0.0.0.0', '255.255.255.255', cookedForward(4)), 'egress');
  });

  test('is passing where a router’s link header says what the link saw', () => {
    assert.equal(direction(onHost(), '10.0.0.2', '198.51.100.1', cookedForward(0)), 'passing');
    assert.equal(direction(onHost(), '10.0.0.2', '198.51.100.1', cookedForward(4)), 'passing');
  });

  test('of a file is what its link headers say, of either direction', () => {
    const directions = [0, 1, 2, 3, 4, 5, 0xffff];
    const told = directions.map((packetType) =>
      direction(onFile(), '10.0.0.1', '10.0.0.2', cookedForward(packetType)),
    );
    assert.deepEqual(told, ['ingress', 'ingress', 'ingress', 'passing', 'egress', undefined, undefined]);
    const back = directions.map((packetType) =>
      direction(onFile(), '10.0.0.1', '10.0.0.2', cookedReverse(packetType)),
    );
    assert.deepEqual(back, ['egress', 'egress', 'egress', 'passing', 'ingress', undefined, undefined]);
    assert.equal(direction(onFile(), '10.0.0.1', '127.0.0.1'), undefined);
  });

  test('is absent of records of several addresses', () => {
    for (const locality of [onHost(), onFile()]) {
      const asRest = (record: FlowRecord) => {
        record.rest = true;
        record.forward.packetType = 4;
      };
      assert.equal(direction(locality, '10.0.0.1', '10.0.0.2', asRest), undefined);
      const asSourceFold = (record: FlowRecord) => {
        record.sourceFold = 'office';
      };
      assert.equal(direction(locality, '10.0.0.1', '10.0.0.2', asSourceFold), undefined);
      const asTargetFold = (record: FlowRecord) => {
        record.targetFold = 'office';
      };
      assert.equal(direction(locality, '10.0.0.1', '10.0.0.2', asTargetFold), undefined);
    }
  });
});

describe('this host’s addresses', () => {
  test('are read again after a second, with what changed among the interfaces', () => {
    let nowMs = 5_000;
    let reads = 0;
    let updates = 0;
    let found: ReturnType<ReadAddresses> = {};
    const addresses = new LocalAddresses(
      () => nowMs,
      () => {
        reads++;
        return found;
      },
    );
    const locality = new Locality({ nameOf: () => undefined, update: () => updates++ }, addresses);
    const told = () => direction(locality, '10.0.0.1', '10.0.0.2');
    assert.equal(told(), 'passing');
    found = hostAddresses;
    assert.equal(told(), 'passing');
    nowMs += 999;
    assert.equal(told(), 'passing');
    assert.deepEqual([reads, updates], [1, 1]);
    nowMs += 1;
    assert.equal(told(), 'egress');
    assert.deepEqual([reads, updates], [2, 2]);
    assert.equal(locality.inWords, 'directions: from 8 addresses of this host');
  });

  test('are read less often where that takes long', () => {
    let nowMs = 0;
    const addresses = new LocalAddresses(
      () => nowMs,
      () => {
        nowMs += 30;
        return hostAddresses;
      },
    );
    assert.equal(addresses.refresh(), true);
    nowMs = 2_999;
    assert.equal(addresses.refresh(), false);
    nowMs = 3_000;
    assert.equal(addresses.refresh(), true);
  });

  test('stay what they were where they cannot be read', () => {
    let nowMs = 0;
    let fails = false;
    const addresses = new LocalAddresses(
      () => nowMs,
      () => {
        if (fails) throw new Error('EMFILE');
        return hostAddresses;
      },
    );
    addresses.refresh();
    fails = true;
    nowMs = 2_000;
    assert.equal(addresses.refresh(), true);
    assert.equal(addresses.size, 8);
  });
});

describe('the interface of a record', () => {
  const interfaceOf = (interfaces: InterfaceLookup, forward: number, reverse = -1) => {
    const record = recordBetween('10.0.0.1', '10.0.0.2');
    record.interfaceName = 'left by an earlier record';
    record.interfaceIndex = 77;
    record.forward.interface = forward;
    record.reverse.interface = reverse;
    new Locality(interfaces, undefined).enrich(record);
    return [record.interfaceName, record.interfaceIndex];
  };
  const names = new Map([[3, 'eth0']]);
  const kernel: InterfaceLookup = { nameOf: (number) => names.get(number) };

  test('has the kernel’s index and the name that belongs to it', () => {
    assert.deepEqual(interfaceOf(kernel, 3), ['eth0', 3]);
    assert.deepEqual(interfaceOf(kernel, -1, 3), ['eth0', 3]);
    assert.deepEqual(interfaceOf(kernel, 4, 3), [null, 4]);
    assert.deepEqual(interfaceOf(kernel, -1), [null, 0]);
    assert.deepEqual(interfaceOf(kernel, MOST_INTERFACE_INDEX), [null, MOST_INTERFACE_INDEX]);
  });

  test('of a file has a name or an index, as the file has it', () => {
    const files = new FileInterfaces();
    const number = files.numberOf('en0');
    assert.notEqual(files.numberOf('en1'), number);
    assert.equal(files.numberOf('en0'), number);
    assert.deepEqual(interfaceOf(files, number), ['en0', 0]);
    assert.deepEqual(interfaceOf(files, 3), [null, 3]);
  });

  test('has no number where a file names more than any host has', () => {
    const files = new FileInterfaces();
    const most = 65_536;
    for (let i = 0; i < most; i++) assert.ok(files.numberOf(`eth${i}`) > MOST_INTERFACE_INDEX);
    assert.equal(files.numberOf('one more'), -1);
    assert.deepEqual(interfaceOf(files, files.numberOf(`eth${most - 1}`)), [`eth${most - 1}`, 0]);
  });
});

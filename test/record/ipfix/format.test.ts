/** Flows of IPFIX, read back by a reader of its own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createIpfixFormat, ipfixNeeds } from '../../../src/record/ipfix/format.js';
import { ipfixDeclarations } from '../../../src/record/ipfix/templates.js';
import type { FlowRecord } from '../../../src/record/record.js';
import { flowRecord } from '../../support/random-records.js';
import { IpfixReader, type IpfixRecord } from '../../support/readers/ipfix-reader.js';
import { recordBetween, recordWindow, restOf, webConversation } from '../../support/records.js';

const { templates, options, flowBytes } = ipfixDeclarations(7, 'laptop.example');

/** Encodes records one behind the other, each of them a set; returns the flows of each. */
function flowsOf(...records: readonly FlowRecord[]): readonly IpfixRecord[][] {
  const format = createIpfixFormat();
  const bytes = Buffer.alloc(records.length * format.maxRecordBytes);
  format.openWindow(recordWindow);
  let end = 0;
  return records.map((record) => {
    const start = end;
    end = format.encode(record, bytes, start);
    assert.ok(end - start <= format.maxRecordBytes);
    const reader = new IpfixReader();
    reader.read(messageOf(templates, bytes.subarray(start, end)));
    return [...reader.flows];
  });
}

function messageOf(...sets: readonly Uint8Array[]): Buffer {
  const header = Buffer.from('000a0000000000000000000000000007', 'hex');
  const message = Buffer.concat([header, ...sets]);
  message.writeUInt16BE(message.length, 2);
  return message;
}

describe('a conversation', () => {
  test('is a flow there and one back', () => {
    const there = {
      flowStartMilliseconds: 1_473_377_301_000,
      flowEndMilliseconds: 1_473_377_302_500,
      sourceIPv4Address: '0a080001',
      destinationIPv4Address: '03e9900a',
      sourceTransportPort: 48_926,
      destinationTransportPort: 443,
      protocolIdentifier: 6,
      tcpControlBits: 0x1b,
      ipClassOfService: 0,
      flowDirection: 1,
      octetDeltaCount: 1_422,
      packetDeltaCount: 10,
      ingressInterface: 0,
      egressInterface: 2,
      vlanId: 0,
    };
    const back = {
      ...there,
      flowStartMilliseconds: 1_473_377_301_032,
      flowEndMilliseconds: 1_473_377_302_490,
      sourceIPv4Address: '03e9900a',
      destinationIPv4Address: '0a080001',
      sourceTransportPort: 443,
      destinationTransportPort: 48_926,
      ipClassOfService: 0x48,
      flowDirection: 0,
      octetDeltaCount: 5_536,
      packetDeltaCount: 8,
      ingressInterface: 2,
      egressInterface: 0,
    };
    assert.deepEqual(flowsOf(webConversation()), [[there, back]]);
  });

  test('of one direction is one flow', () => {
    const answerOnly = webConversation();
    answerOnly.forward.clear();
    const [flows] = flowsOf(answerOnly);
    assert.deepEqual(
      flows!.map(({ sourceIPv4Address, packetDeltaCount }) => [sourceIPv4Address, packetDeltaCount]),
      [['03e9900a', 8]],
    );
  });
});

test('ICMP has type and code in place of ports', () => {
  const ping = recordBetween({ protocol: 1, source: '10.8.0.1', target: '192.0.2.7' });
  Object.assign(ping.forward, { icmpType: 8, icmpCode: 0 });
  const unreachable = recordBetween({ protocol: 58, source: '2001:db8::1', target: '2001:db8::2' });
  Object.assign(unreachable.forward, { icmpType: 1, icmpCode: 4 });
  const fragment = recordBetween({ protocol: 1, source: '10.8.0.1', target: '192.0.2.7' });
  const [[first], [second], [third]] = flowsOf(ping, unreachable, fragment) as [
    [IpfixRecord],
    [IpfixRecord],
    [IpfixRecord],
  ];
  assert.deepEqual([first.icmpTypeCodeIPv4, first.sourceTransportPort], [0x0800, undefined]);
  assert.equal(second.icmpTypeCodeIPv6, 0x0104);
  assert.equal(second.destinationIPv6Address, '20010db8000000000000000000000002');
  assert.deepEqual([third.icmpTypeCodeIPv4, third.sourceTransportPort], [undefined, 0], 'not known');
});

test('the rest of a protocol has no address, and its window for times that are not known', () => {
  const [[rest]] = flowsOf(restOf(17, 5)) as [[IpfixRecord]];
  assert.deepEqual(
    [rest.sourceIPv4Address, rest.destinationIPv4Address, rest.protocolIdentifier, rest.packetDeltaCount],
    ['00000000', '00000000', 17, 5],
  );
  assert.deepEqual(
    [rest.octetDeltaCount, rest.flowStartMilliseconds, rest.flowEndMilliseconds],
    [640, 1_473_377_300_000, 1_473_377_309_073],
  );
});

test('any records are told exactly, each as a set by itself', () => {
  fc.assert(
    fc.property(fc.array(flowRecord, { minLength: 1, maxLength: 4 }), (records) => {
      assert.deepEqual(flowsOf(...records), records.map(expectedFlows));
    }),
  );
});

test("the exporter's name is told in options", () => {
  const reader = new IpfixReader();
  reader.read(messageOf(options));
  assert.deepEqual(reader.messages[0]!.options, [
    { observationDomainId: 7, observationDomainName: 'laptop.example' },
  ]);
  const long = new IpfixReader();
  long.read(messageOf(ipfixDeclarations(7, 'n'.repeat(300)).options));
  assert.deepEqual(long.messages[0]!.options[0]!.observationDomainName, 'n'.repeat(254));
});

test('it says what it needs, and how long flows are', () => {
  const figures = ['times', 'icmp', 'tcpFlags', 'trafficClass', 'interface', 'packetType', 'ipBytes', 'vlan'];
  assert.deepEqual([...ipfixNeeds.figures].sort(), figures.sort());
  assert.deepEqual([...ipfixNeeds.knowledge].sort(), ['direction', 'interfaces']);
  assert.deepEqual(
    [...flowBytes],
    [
      [256, 58],
      [257, 82],
      [258, 56],
      [259, 80],
    ],
  );
});

/** What must be told, by plain means. */
function expectedFlows(record: FlowRecord): IpfixRecord[] {
  const { forward, reverse } = record;
  const flows: IpfixRecord[] = [];
  if (forward.packets > 0 || reverse.packets === 0) flows.push(expectedFlow(record, false));
  if (reverse.packets > 0) flows.push(expectedFlow(record, true));
  return flows;
}

function expectedFlow(record: FlowRecord, isBack: boolean): IpfixRecord {
  const { key, rest } = record;
  const tally = isBack ? record.reverse : record.forward;
  const version = rest ? 4 : key.family;
  const isIcmp =
    !rest &&
    key.protocol === (version === 4 ? 1 : 58) &&
    (record.forward.icmpType >= 0 || record.reverse.icmpType >= 0);
  const words = (...all: number[]) => {
    const bytes = Buffer.alloc(16);
    for (const [i, word] of all.entries()) bytes.writeInt32LE(word, 4 * i);
    return bytes.toString('hex', 0, version === 4 ? 4 : 16);
  };
  const source =
    rest || record.sourceFold !== null
      ? words(0, 0, 0, 0)
      : words(key.source0, key.source1, key.source2, key.source3);
  const target =
    rest || record.targetFold !== null
      ? words(0, 0, 0, 0)
      : words(key.target0, key.target1, key.target2, key.target3);
  const ports = Buffer.alloc(4);
  if (!rest && key.hasPorts) ports.writeInt32LE(key.ports);
  const sourcePort = record.sourcePortFolded ? 0 : ports.readUInt16BE(0);
  const targetPort = record.targetPortFolded ? 0 : ports.readUInt16BE(2);
  const known = (value: number) => (value > 0 ? value : 0);
  const ms = (us: number, otherwise: number) => {
    const told = Number.isNaN(us) ? otherwise : us;
    return Math.floor(Math.min(Math.max(told, 0), 253_402_300_799_000_000) / 1000);
  };
  const isEgress = record.direction === (isBack ? 'ingress' : 'egress');
  const isIngress = record.direction === (isBack ? 'egress' : 'ingress');
  const captor = rest ? 0 : record.interfaceIndex;
  const ends = isBack ? [target, source] : [source, target];
  const portsOfEnds = isBack ? [targetPort, sourcePort] : [sourcePort, targetPort];
  return {
    flowStartMilliseconds: ms(tally.firstUs, recordWindow.startUs),
    flowEndMilliseconds: ms(tally.lastUs, recordWindow.endUs),
    [`sourceIPv${version}Address`]: ends[0]!,
    [`destinationIPv${version}Address`]: ends[1]!,
    ...(isIcmp
      ? { [`icmpTypeCodeIPv${version}`]: 256 * known(tally.icmpType) + known(tally.icmpCode) }
      : { sourceTransportPort: portsOfEnds[0]!, destinationTransportPort: portsOfEnds[1]! }),
    protocolIdentifier: key.protocol,
    tcpControlBits: key.protocol === 6 ? known(tally.tcpFlags) % 256 : 0,
    ipClassOfService: known(tally.trafficClass),
    flowDirection: isEgress ? 1 : isIngress ? 0 : 255,
    octetDeltaCount: known(tally.ipBytes),
    packetDeltaCount: tally.packets,
    ingressInterface: isEgress ? 0 : captor,
    egressInterface: isEgress ? captor : 0,
    vlanId: known(tally.outerVlan),
  };
}

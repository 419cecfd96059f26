/** Encoded records as the format of IPFIX writes them, for tests of what is around them. */
import { createIpfixFormat } from '../../../src/record/ipfix/format.js';
import { ipfixDeclarations } from '../../../src/record/ipfix/templates.js';
import { Slice } from '../../../src/record/slices.js';
import { IpfixFraming } from '../../../src/sink/ipfix/framing.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import type { IpfixReader } from '../../support/readers/ipfix-reader.js';
import { recordBetween, recordWindow } from '../../support/records.js';

/** A set of one flow by IPv4 has so many bytes. */
export const setBytes = 62;

/** Records of UDP by IPv4, numbered from `from` on by their packets; every so many of them is of IPv6. */
export function encodedFlows(from: number, count: number, ipv6Every = Number.POSITIVE_INFINITY): Slice {
  const format = createIpfixFormat();
  format.openWindow(recordWindow);
  const slice = new Slice(format, count, () => undefined);
  for (let number = from; number < from + count; number++) {
    const [source, target] =
      (number + 1) % ipv6Every === 0 ? ['2001:db8::1', '2001:db8::2'] : ['10.0.0.1', '10.0.0.2'];
    slice.add(recordBetween({ protocol: 17, source: source!, target: target!, ports: [1, 2] }, number));
  }
  slice.finish();
  return slice;
}

/** All of it. */
export function runOf(encoded: Slice): RecordRun {
  const { records, ends, packetSums } = encoded;
  const [end, packets] = [ends[records - 1]!, packetSums[records - 1]!];
  return {
    encoded,
    handedOver: { done: undefined, left: 0 },
    first: 0,
    records,
    packets,
    start: 0,
    end,
    inFragments: false,
  };
}

export function framingOf(over: 'udp' | 'tcp', domain = 1): IpfixFraming {
  return new IpfixFraming({ over, domain, ...ipfixDeclarations(domain, 'laptop.example') });
}

/** The numbers of the flows that it has. */
export const numbersOf = ({ flows }: Pick<IpfixReader, 'flows'>): readonly unknown[] =>
  flows.map(({ packetDeltaCount }) => packetDeltaCount);

/** So many numbers, from this one on. */
export const numbers = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

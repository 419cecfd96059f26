/** What it takes to read a name out of a packet, to keep it, and to find it for a record. */
import { decode } from 'dns-packet';
import { TrafficNames } from '../src/enrich/names/traffic/traffic-names.js';
import type { Findings } from '../src/observe/findings.js';
import { PayloadObserver } from '../src/observe/payload-observer.js';
import { decodeEthernet } from '../src/packet/link/ethernet.js';
import { Packet } from '../src/packet/packet.js';
import { FlowRecord } from '../src/record/record.js';
import { addressRecord, dnsMessage, dnsName, typeCname } from '../test/support/dns-messages.js';
import { frame } from '../test/support/frames.js';
import { cryptoFrame, quicInitial } from '../test/support/quic-initials.js';
import { clientHello, padding, randomBytes, tlsRecords } from '../test/support/tls-hellos.js';
import type { Bench } from './bench.js';
import { medianOfRuns, short, spread, table } from './statistics.js';

const RUNS = 21;
const CONNECTIONS = 2_000;

export function nameReaders({ say }: Bench): string {
  say('names: readers');
  const answers = frames((index) => answerFrame(index));
  const messages = Array.from({ length: CONNECTIONS }, (_, index) => Buffer.from(answerOf(index)));
  const decodeAll = () => {
    for (const message of messages) decode(message);
  };
  const rows: (readonly [what: string, pass: () => void])[] = [
    ['a DNS answer of a CNAME and three addresses', reader(answers, nobody)],
    ['the same by dns-packet', decodeAll],
    ['the same, kept', reader(answers, keeper())],
    ['a hello of 1.8 kB in one frame, its name in the middle', reader(frames(helloFrame), nobody)],
    ['the same, kept', reader(frames(helloFrame), keeper())],
    ['a QUIC Initial, version 1', reader(frames(initialFrame), nobody)],
    ['a TCP segment of 1,400 bytes without a name', reader(frames(plainFrame), nobody)],
    ...enriching(),
  ];
  const cells = rows.map(([what, pass]) => {
    const ns = measure(pass);
    return [what, short(medianOfRuns(ns)), spread(ns)];
  });
  return `**Readers**, CPU of one process, ns each; medians of ${RUNS} measurements of ${CONNECTIONS} different ones\n\n${table(['', 'median', 'runs'], cells)}`;
}

const nobody: Findings = { asked: () => undefined, answered: () => undefined };

function keeper(): TrafficNames {
  return new TrafficNames({
    packetMs: () => 0,
    recordMs: () => 0,
    observed: () => ({ seen: 0, parsed: 0, refused: {}, waiting: 0 }),
  });
}

/** Records of connections that have a name, and of some that have none, where 60,000 names are held. */
function enriching(): (readonly [string, () => void])[] {
  const names = keeper();
  reader(frames(helloFrame), names)();
  reader(frames(answerFrame), names)();
  const records = (offset: number) =>
    Array.from({ length: CONNECTIONS }, (_, index) => recordAt(index + offset));
  const pass = (some: readonly FlowRecord[]) => () => {
    for (const record of some) names.enrich(record);
  };
  return [
    ["a record's names, where there are some", pass(records(0))],
    ["a record's names, where there are none", pass(records(1e6))],
  ];
}

interface Framed {
  readonly view: DataView;
  readonly end: number;
}

function frames(frameAt: (index: number) => Uint8Array): readonly Framed[] {
  return Array.from({ length: CONNECTIONS }, (_, index) => {
    const bytes = frameAt(index);
    return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), end: bytes.length };
  });
}

/** Decoding is in the figure: a reader is given a decoded packet, of which there is one at a time. */
function reader(some: readonly Framed[], findings: Findings): () => void {
  const observer = new PayloadObserver({
    ...{ dns: true, tls: true, quic: true },
    findings,
    mostInitialsPerSecond: Number.POSITIVE_INFINITY,
  });
  const packet = new Packet();
  let timestampUs = 1e15;
  return () => {
    // Each pass is new connections to what remembers some.
    timestampUs += 60e6;
    for (const { view, end } of some) {
      decodeEthernet(view, 0, end, end, packet);
      observer.look(view, end, packet, timestampUs);
    }
  };
}

function measure(pass: () => void): number[] {
  for (let warmUp = 0; warmUp < 5; warmUp++) pass();
  return Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    pass();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / CONNECTIONS;
  });
}

const clientOf = (index: number) => `10.0.${index >> 8}.${index & 255}`;
const serverOf = (index: number) => `192.0.${index >> 8}.${index & 255}`;
const from = (index: number) =>
  frame()
    .ethernet()
    .ipv4({ source: clientOf(index), target: serverOf(index) });

const answerOf = (index: number) =>
  dnsMessage({
    name: dnsName(`www${index}.shop.example`),
    answers: [
      { type: typeCname, data: dnsName(`edge${index}.cdn.example`) },
      ...[0, 1, 2].map((host) => addressRecord(serverOf(index + host), dnsName(`edge${index}.cdn.example`))),
    ],
  });

const answerFrame = (index: number): Uint8Array =>
  frame()
    .ethernet()
    .ipv4({ source: '192.0.2.53', target: clientOf(index) })
    .udp({ sourcePort: 53, targetPort: 30_000 })
    .payload(answerOf(index))
    .bytes();

const helloOf = (index: number) =>
  clientHello({
    serverName: `www${index}.shop.example`,
    before: [padding(800)],
    behind: [padding(800)],
    seed: index,
  });

const helloFrame = (index: number): Uint8Array =>
  from(index)
    .tcp()
    .payload(tlsRecords(helloOf(index)))
    .bytes();

const initialFrame = (index: number): Uint8Array =>
  from(index)
    .udp()
    .payload(
      quicInitial({
        id: randomBytes(index, 8),
        frames: cryptoFrame(0, clientHello({ serverName: `www${index}.shop.example`, seed: index })),
      }),
    )
    .bytes();

const plainFrame = (index: number): Uint8Array => from(index).tcp().payload(1_400).bytes();

function recordAt(index: number): FlowRecord {
  const bytes = from(index % 65_536)
    .tcp()
    .bytes();
  const packet = new Packet();
  decodeEthernet(new DataView(bytes.buffer), 0, bytes.length, bytes.length, packet);
  const record = new FlowRecord();
  const { source0, target0, ports, hasPorts, protocol, family } = packet;
  Object.assign(record.key, { source0, target0: target0 + (index >> 16), ports, hasPorts, protocol, family });
  return record;
}

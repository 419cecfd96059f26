/** Traffic with names for a soak: answers, hellos whole, in two pieces and never finished, and QUIC's Initials. */
import { writeFileSync } from 'node:fs';
import { pcapFile } from '../support/captures.js';
import { addressRecord, dnsMessage, dnsName, typeCname } from '../support/dns-messages.js';
import { frame } from '../support/frames.js';
import { cryptoFrame, quicInitial } from '../support/quic-initials.js';
import { clientHello, padding, randomBytes, tlsRecords } from '../support/tls-hellos.js';

/** Of each kind. When they have come once, no new names come: what grows then is no table that fills. */
const clients = 800;
/** What all of its names end in. */
export const soakDomain = '.soak.example';

const segmentBytes = 700;

/** Writes a classic pcap file. Returns how many frames there are. */
export function writeNameTraffic(path: string): number {
  const frames = Array.from({ length: clients }, (_, client) => framesOf(client)).flat();
  writeFileSync(path, pcapFile({}, frames));
  return frames.length;
}

function framesOf(client: number): Uint8Array[] {
  const source = `10.8.${client >> 8}.${client & 255}`;
  const server = `192.0.2.${client & 255}`;
  const serverName = `www${client}${soakDomain}`;
  const toServer = frame().ethernet().ipv4({ source, target: server });
  const answer = dnsMessage({
    name: dnsName(serverName),
    answers: [
      { type: typeCname, data: dnsName('edge.cdn.example') },
      addressRecord(server, dnsName('edge.cdn.example')),
    ],
  });
  const hello = clientHello({ serverName, before: [padding(700)], behind: [padding(400)], seed: client });
  const segment = (sourcePort: number, at: number) =>
    toServer
      .tcp({ sourcePort, sequence: 1 + at, flags: at === 0 ? 0x10 : 0x18 })
      .payload(tlsRecords(hello).subarray(at, at + segmentBytes))
      .bytes();
  const short = clientHello({ serverName, seed: client });
  const initial = quicInitial({ id: randomBytes(client, 8), frames: cryptoFrame(0, short) });
  return [
    frame()
      .ethernet()
      .ipv4({ source: '192.0.2.253', target: source })
      .udp({ sourcePort: 53, targetPort: 30_000 })
      .payload(answer)
      .bytes(),
    toServer.tcp({ sourcePort: 40_000 }).payload(tlsRecords(short)).bytes(),
    segment(40_001, 0),
    segment(40_001, segmentBytes),
    segment(40_002, 0),
    toServer.udp({ sourcePort: 40_003 }).payload(initial).bytes(),
  ];
}

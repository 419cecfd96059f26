/** A capture of TCP SYN segments, each from an address and port of its own. */
import { fileHeaderBytes, pcapFile, pcapRecord } from './captures.js';
import { frame } from './frames.js';
import { seededRandom } from './random.js';

const synFlag = 2;
const recordHeadBytes = 16;
const ethernetBytes = 14;
/** From a record's start. */
const sourceAddressAt = recordHeadBytes + ethernetBytes + 12;
const sourcePortAt = recordHeadBytes + ethernetBytes + 20;

/** Below those that Linux gives to sockets: a filter that leaves a collector's port out leaves none of these out. */
const lowestPort = 1_024;
const ports = 32_768 - lowestPort;

/** Classic pcap; `count` flows of one packet without payload to port 80 of 192.0.2.1. */
export function synFlood(count: number): Uint8Array {
  const syn = frame()
    .ethernet()
    .ipv4({ target: '192.0.2.1' })
    .tcp({ targetPort: 80, flags: synFlag })
    .bytes();
  const record = pcapRecord(syn);
  const file = Buffer.alloc(fileHeaderBytes + count * record.length);
  file.set(pcapFile({}, []));
  file.fill(record, fileHeaderBytes);
  const random = seededRandom(80);
  for (let at = fileHeaderBytes; at < file.length; at += record.length) {
    file.writeUInt32BE(random(), at + sourceAddressAt);
    file.writeUInt16BE(lowestPort + (random() % ports), at + sourcePortAt);
  }
  return file;
}

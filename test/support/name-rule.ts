/**
 * The test's own reading of native/src/names/name-rule.h, by offsets and big-endian numbers: which packets may carry the name that
 * somebody asked for.
 */

/** Ports to which the rest of a hello is looked for. */
const tlsPorts: readonly number[] = [443, 853, 8443];

/** Where a frame's IP header is: behind a type field and at most so many VLAN tags, or always at one offset. */
export type IpPlace = { readonly typeAt: number; readonly mostTags: number } | { readonly ipAt: number };

/** `bytes` is what was captured of a frame. */
export function mayCarryName(bytes: Uint8Array, place: IpPlace, wireBytes = bytes.length): boolean {
  const ipAt = 'ipAt' in place ? place.ipAt : ipOffset(bytes, place.typeAt, place.mostTags);
  if (ipAt === undefined || bytes.length < ipAt + 40) return false;
  const ip = new DataView(bytes.buffer, bytes.byteOffset + ipAt, bytes.length - ipAt);
  const missingBytes = Math.max(0, wireBytes - bytes.length);
  const version = ip.getUint8(0) >> 4;
  if (version === 4) {
    const isFragment = (ip.getUint16(6) & 0x3fff) !== 0;
    return !isFragment && segmentMay(ip, (ip.getUint8(0) & 15) * 4, ip.getUint8(9), missingBytes);
  }
  return version === 6 && segmentMay(ip, 40, ip.getUint8(6), missingBytes);
}

function ipOffset(bytes: Uint8Array, typeAt: number, mostTags: number): number | undefined {
  for (let at = typeAt, tags = 0; at + 2 <= bytes.length; at += 4, tags++) {
    const type = bytes[at]! * 256 + bytes[at + 1]!;
    if (type === 0x0800 || type === 0x86dd) return at + 2;
    if ((type !== 0x8100 && type !== 0x88a8) || tags === mostTags) return undefined;
  }
  return undefined;
}

function segmentMay(ip: DataView, at: number, protocol: number, missingBytes: number): boolean {
  if (ip.byteLength < at + 20) return false;
  const segment = new DataView(ip.buffer, ip.byteOffset + at, ip.byteLength - at);
  if (protocol === 6) return tcpMay(segment, missingBytes);
  return protocol === 17 && udpMay(segment);
}

function tcpMay(segment: DataView, missingBytes: number): boolean {
  const payloadAt = (segment.getUint8(12) >> 4) * 4;
  const payloadBytes = segment.byteLength - payloadAt;
  if (payloadBytes + missingBytes <= 0) return false;
  if (segment.getUint16(0) === 53) return true;
  if (payloadBytes < 6) return false;
  const [type, major] = [segment.getUint8(payloadAt), segment.getUint8(payloadAt + 1)];
  if (major === 3 && type === 0x16) return segment.getUint8(payloadAt + 5) === 1;
  if (major === 3 && [0x14, 0x15, 0x17].includes(type)) return false;
  const isTls = tlsPorts.includes(segment.getUint16(2));
  return isTls && (segment.getUint8(13) & 8) !== 0 && payloadBytes + missingBytes <= 1_460;
}

function udpMay(segment: DataView): boolean {
  if (segment.getUint16(0) === 53) return true;
  if (segment.getUint16(4) < 1_200) return false;
  const [first, version] = [segment.getUint8(8) & 0xf0, segment.getUint32(9)];
  return (first === 0xc0 && version === 1) || (first === 0xd0 && version === 0x6b3343cf);
}

/**
 * Records as messages of syslog (RFC 5424), each behind its length (RFC 6587, 3.4.1; over TLS RFC 5425, 4.3):
 *
 *     LENGTH SP <134>1 SP TIMESTAMP SP HOST SP pcap-agg SP PROCID SP - SP - SP RECORD
 *
 * The length is in bytes and counts what stands behind the space. A record's newline is left out.
 */
import type { Framing } from '../framing.js';

/** Facility local0, severity informational: 16 * 8 + 6. */
const priority = 134;
const application = 'pcap-agg';
/** RFC 5424, 6: what a HOSTNAME may have. */
const hostName = /^[\x21-\x7e]{1,255}$/;
/** Digits of a length, and the space behind them. */
const lengthBytes = 8;
const zero = 0x30;
const space = 0x20;

export function syslogFraming(host: string, processId: number): Framing {
  const shownHost = hostName.test(host) ? host : '-';
  const headerAt = (nowMs: number) =>
    Buffer.from(
      `<${priority}>1 ${new Date(nowMs).toISOString()} ${shownHost} ${application} ${processId} - - `,
      'latin1',
    );
  const overhead = headerAt(0).length + lengthBytes;
  return {
    overhead: { record: overhead, run: 0 },
    frame({ encoded: { bytes, ends }, first, records, start }, nowMs) {
      const header = headerAt(nowMs);
      const framed = Buffer.allocUnsafe(ends[first + records - 1]! - start + records * overhead);
      let offset = 0;
      let from = start;
      for (let position = first; position < first + records; position++) {
        const end = ends[position]!;
        const recordBytes = end - 1 - from;
        offset = writeNumber(framed, offset, header.length + recordBytes);
        framed[offset++] = space;
        framed.set(header, offset);
        offset += header.length;
        framed.set(bytes.subarray(from, end - 1), offset);
        offset += recordBytes;
        from = end;
      }
      return framed.subarray(0, offset);
    },
  };
}

/** In decimal; returns where it ends. */
function writeNumber(into: Uint8Array, offset: number, value: number): number {
  let end = offset + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let at = end - 1; at >= offset; at--) {
    into[at] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}

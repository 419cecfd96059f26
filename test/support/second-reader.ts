/**
 * Captures read by pcap-parser: a second opinion that shares nothing with the program's own reader.
 *
 * It knows classic pcap with microseconds only, in both byte orders, takes every length as it stands, and ends without
 * a word where a file is cut off.
 */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { parse } from 'pcap-parser';

export interface SecondReading {
  readonly timestampUs: number;
  readonly capturedBytes: number;
  readonly wireBytes: number;
  readonly bytes: Uint8Array;
}

const readableMagics = ['a1b2c3d4', 'd4c3b2a1'];

/** Whether pcap-parser knows the format of the file that starts with `bytes`. */
export const isReadable = (bytes: Uint8Array): boolean =>
  readableMagics.includes(Buffer.from(bytes.subarray(0, 4)).toString('hex'));

/** All packets of the file at `path`. It is given to the parser in one piece: over many it takes quadratic time. */
export function secondReading(path: string): Promise<readonly SecondReading[]> {
  const packets: SecondReading[] = [];
  return new Promise((resolve, reject) => {
    parse(Readable.from([readFileSync(path)]))
      .on('packet', ({ header, data }) =>
        packets.push({
          timestampUs: header.timestampSeconds * 1_000_000 + header.timestampMicroseconds,
          capturedBytes: header.capturedLength,
          wireBytes: header.originalLength,
          bytes: new Uint8Array(data),
        }),
      )
      .on('error', reject)
      .on('end', () => resolve(packets));
  });
}

/** What the tests use of pcap-parser 0.2.1, which has no types of its own. */
declare module 'pcap-parser' {
  import type { Readable } from 'node:stream';

  export interface ParsedPacket {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  }

  export interface Parser {
    on(event: 'packet', listener: (packet: ParsedPacket) => void): Parser;
    on(event: 'end', listener: () => void): Parser;
    on(event: 'error', listener: (error: Error) => void): Parser;
  }

  export function parse(input: string | Readable): Parser;
}

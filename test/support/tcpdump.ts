/** The real tcpdump, and what the text source makes of each line that it prints. */
import { spawnSync } from 'node:child_process';
import { PACKET } from '../../src/packet/packet.js';
import { LineReader, NO_PACKET } from '../../src/source/text/line.js';
import { StampReader } from '../../src/source/text/stamp.js';
import { nodeLocalTime } from '../../src/source/text/time-zone.js';
import { outcomeText } from './decoding.js';

/** Undefined where tcpdump is not installed. */
export const tcpdumpVersion: string | undefined = spawnSync('tcpdump', ['--version'], {
  encoding: 'utf8',
}).stdout?.match(/tcpdump version (\S+)/)?.[1];

export interface TcpdumpRun {
  readonly text: Buffer;
  /** What it said on stderr beside naming the input, in one line; '' where all went well. */
  readonly complaint: string;
}

/**
 * Prints a capture file's bytes as text, in this process's time zone. They go in by stdin, since tcpdump may not be allowed
 * to read the file itself: it gives up root first.
 */
export function runTcpdump(capture: Uint8Array, options: readonly string[]): TcpdumpRun {
  const { stdout, stderr } = spawnSync('tcpdump', [...options, '-r', '-'], {
    input: capture,
    maxBuffer: 1 << 30,
  });
  const complaint = stderr
    .toString()
    .split('\n')
    .filter(
      (line) => line !== '' && !/^(reading from file|dropped privs|Warning: interface names)/.test(line),
    );
  return { text: stdout, complaint: complaint.join('; ') };
}

/** A line that tcpdump printed for a packet. */
export interface PacketLine {
  readonly number: number;
  readonly text: string;
  /** As `packetText` has it, or the name of the outcome. */
  readonly packet: string;
  readonly statesLength: boolean;
  readonly timestampUs: number;
}

/** What the text source makes of `text`, one for each packet. */
export function packetLines(text: Uint8Array, arrivalUs = 0, localTime = nodeLocalTime): PacketLine[] {
  const stamps = new StampReader(() => arrivalUs, localTime);
  stamps.bytesArrived();
  const reader = new LineReader(stamps);
  const bytes = Buffer.concat([text, Buffer.from('\n')]);
  const lines: PacketLine[] = [];
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    const end = bytes.indexOf('\n', start);
    const timestampUs = stamps.timestampUs;
    const outcome = reader.read(bytes, start, end);
    const line = { number, text: bytes.toString('latin1', start, end) };
    noteBrokenOff({ ...line, timestampUs });
    if (outcome !== NO_PACKET) {
      lines.push({
        ...line,
        packet: outcomeText(outcome, reader.packet),
        statesLength: outcome === PACKET && reader.statesLength,
        timestampUs: stamps.timestampUs,
      });
    }
    start = end + 1;
  }
  reader.end();
  noteBrokenOff({ number: lines.length, text: '', timestampUs: stamps.timestampUs });
  return lines;

  function noteBrokenOff(line: Pick<PacketLine, 'number' | 'text' | 'timestampUs'>): void {
    for (; reader.packetsBrokenOff > 0; reader.packetsBrokenOff--) {
      lines.push({ ...line, packet: 'text-line-not-understood', statesLength: false });
    }
  }
}

/** The packets of a text's lines, each with its length, or with "?" where none was stated. */
export function packetsOf(...lines: readonly string[]): string[] {
  return packetLines(Buffer.from(lines.join('\n'))).map(({ packet, statesLength }) =>
    packet.includes(' > ') && !statesLength ? packet.replace(/ 0( flags \d+)?$/, ' ?$1') : packet,
  );
}

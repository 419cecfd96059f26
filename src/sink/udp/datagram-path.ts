/**
 * How long datagrams may be. Records are packed into what the path takes in one piece, for a datagram in fragments is lost
 * with any of them. A record that is longer by itself goes in fragments all the same.
 */
import { isIP } from 'node:net';
import type { DatagramFraming } from '../framing.js';
import { bytesOf, type RecordRun } from '../record-run.js';
import type { SendOutcome, SocketEnds } from './udp-link.js';

/** RFC 791, RFC 8200 and RFC 768: the headers before a datagram's payload. */
const headerBytes = { 4: 20 + 8, 6: 40 + 8 } as const;
/** RFC 768's length field counts its own header; IPv4's counts both. */
const longest = { 4: 65_507, 6: 65_527 } as const;
/** The next datagram may be refused for one that was lost on the path. Several refusals in a row are for itself. */
const mostRefusals = 3;

/** A connected socket. */
export interface PathLink extends SocketEnds {
  /** The longest IP packet that the path takes; undefined where nobody knows. */
  pathMtu(): number | undefined;
  send(bytes: Uint8Array, start: number, end: number, inFragments: boolean): SendOutcome | undefined;
  /** Sends something that is no record, and that nobody waits for. */
  tell(bytes: Uint8Array): SendOutcome;
}

export interface PathOptions {
  /** Records are packed up to this many bytes; 0 sends each alone. */
  readonly packBytes: number;
  /** A longer record is not sent. */
  readonly longestRecordBytes: number;
  /** What stands around the records of a datagram; nothing where it is undefined. */
  readonly framing?: DatagramFraming | undefined;
  /** The clock of framing: milliseconds since the epoch. */
  readonly wallMs?: () => number;
  /** Called with each link before anything is sent over it, and again before its first datagram in fragments. */
  readonly sends?: (ends: SocketEnds, inFragments: boolean) => void;
}

export class DatagramPath {
  /** Records are packed up to this many bytes now. */
  packBytes: number;
  readonly longestBytes: number;
  /** Something else went out just before what was sent last. */
  hadPreface = false;
  readonly #options: PathOptions;
  readonly #report: (subject: string, text: string) => void;
  /** The longest datagram that the path takes in one piece. */
  #bytes: number = Number.POSITIVE_INFINITY;
  #refusals = 0;
  /** The link is known to send fragments. */
  #toldOfFragments = false;

  constructor(options: PathOptions, report: (subject: string, text: string) => void) {
    this.#options = options;
    this.#report = report;
    this.packBytes = options.packBytes;
    this.longestBytes = Math.max(options.longestRecordBytes, options.packBytes);
  }

  /** Goes over this link from now on. */
  open(link: PathLink): void {
    this.#toldOfFragments = false;
    this.#options.sends?.(link, false);
    this.#options.framing?.connected?.();
    this.fit(link);
  }

  /** Keeps to what the path takes now, which may be more or less than before; to the protocol's limit where nobody knows. */
  fit(link: PathLink): void {
    const family = isIP(link.localAddress) === 6 ? 6 : 4;
    const mtu = link.pathMtu() ?? Number.POSITIVE_INFINITY;
    this.#limit(Math.min(longest[family], mtu - headerBytes[family]));
  }

  /** How many bytes of records are packed into the next datagram. */
  runBytes(nowMs: number): number {
    const { framing } = this.#options;
    if (framing === undefined) return this.packBytes;
    framing.tick?.(nowMs);
    return Math.max(0, this.packBytes - framing.overhead.run);
  }

  /** At most: a framing may take fewer. */
  datagramBytes(run: RecordRun): number {
    const { framing } = this.#options;
    return framing === undefined ? bytesOf(run) : bytesOf(run) + framing.overhead.run;
  }

  /** Whether it goes in one piece. */
  takes(run: RecordRun): boolean {
    return this.datagramBytes(run) <= this.#bytes;
  }

  send(run: RecordRun, link: PathLink): SendOutcome | undefined {
    run.inFragments = !this.takes(run);
    if (run.inFragments && !this.#toldOfFragments) this.#options.sends?.(link, true);
    this.#toldOfFragments ||= run.inFragments;
    const { framing } = this.#options;
    if (framing === undefined) return link.send(run.encoded.bytes, run.start, run.end, run.inFragments);
    return this.#sendFramed(framing, run, link);
  }

  /** A datagram went out. */
  sent(): void {
    this.#refusals = 0;
  }

  /** The run counts as sent. */
  passed(): void {
    this.#options.framing?.sent?.();
  }

  /** A run was refused as too long for the path, now or by a router. */
  refused(run: RecordRun, link: PathLink): void {
    this.fit(link);
    if (this.takes(run) && ++this.#refusals >= mostRefusals)
      this.#limit(Math.ceil(this.datagramBytes(run) / 2));
  }

  #sendFramed(framing: DatagramFraming, run: RecordRun, link: PathLink): SendOutcome | undefined {
    const { wallMs = Date.now } = this.#options;
    const preface = framing.preface?.(wallMs());
    this.hadPreface = preface !== undefined;
    const outcome = preface === undefined ? null : link.tell(preface);
    if (outcome !== null) return outcome;
    const datagram = framing.frame(run, wallMs());
    return link.send(datagram, 0, datagram.length, run.inFragments);
  }

  #limit(bytes: number): void {
    const packBytes = Math.min(this.#options.packBytes, bytes);
    if (packBytes < this.packBytes)
      this.#report('path', `the path takes ${packBytes} bytes in a datagram; no more are packed`);
    this.#bytes = bytes;
    this.packBytes = packBytes;
  }
}

/** Looks at the payload of packets that may carry a name, and hands each to the reader that knows it. */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../packet/numbers.js';
import type { Packet } from '../packet/packet.js';
import { newObserverCounts, type ObserverCounts } from './counts.js';
import { DnsAnswers } from './dns-answers.js';
import type { Findings } from './findings.js';
import { HelloSegments, pushFlag } from './hello-segments.js';
import { leastDatagramBytes, QuicInitials } from './quic/initials.js';
import { handshakeRecord } from './tls-records.js';

/** What names are looked for in: DNS answers, TLS hellos by TCP, QUIC Initials. */
export interface ObserverOptions {
  readonly dns: boolean;
  readonly tls: boolean;
  readonly quic: boolean;
  readonly findings: Findings;
  /** QUIC connections that are opened in one second of packet time, at most: each takes keys to be derived. */
  readonly mostInitialsPerSecond: number;
}

/** Port 53 as the source's in Packet.ports. */
const dnsPort = 0x3500;
const sourcePortMask = 0xffff;

/** RFC 9000, 17.2: what a client's first datagram begins with, or with more. */
const longHeader = 0xc0;

export class PayloadObserver {
  readonly counts: ObserverCounts = newObserverCounts();
  readonly #hellos: HelloSegments;
  readonly #tls: boolean;
  /** Each undefined where nobody asks for its names. */
  readonly #answers: DnsAnswers | undefined;
  readonly #initials: QuicInitials | undefined;

  constructor({ dns, tls, quic, findings, mostInitialsPerSecond }: ObserverOptions) {
    const { counts } = this;
    this.#tls = tls;
    this.#hellos = new HelloSegments({ findings, counts });
    if (dns) this.#answers = new DnsAnswers({ findings, counts });
    if (quic) this.#initials = new QuicInitials({ findings, counts, mostPerSecond: mostInitialsPerSecond });
  }

  /**
   * To be called with each packet that counts in a flow, and whose payload begins before `end`: `packet` was decoded from a
   * frame that ends at `end` in `view`, as far as it was captured. Never throws. Most packets carry no name, and are known by
   * what is looked at here.
   */
  look(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    const { ports, tcpFlags, payloadOffset } = packet;
    const firstByte = view.getUint8(payloadOffset);
    const isFromDns = (ports & sourcePortMask) === dnsPort;
    const isPushed = (tcpFlags & pushFlag) !== 0;
    // Of TCP, flags are set wherever there is payload.
    const isLongHeader = tcpFlags === 0 && firstByte >= longHeader;
    if (isFromDns || firstByte === handshakeRecord || isPushed || isLongHeader || this.#hellos.areWaiting)
      this.#lookCloser(view, end, packet, timestampUs);
  }

  /** Apart, for V8 takes the function above into its loop over frames only while it is short: 5 of 60 ns. */
  #lookCloser(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    const start = packet.payloadOffset;
    const firstByte = view.getUint8(start);
    const isFromDns = (packet.ports & sourcePortMask) === dnsPort;
    const isSegment = packet.protocol === PROTOCOL_TCP;
    if (isSegment && !isFromDns && !(this.#tls && this.#hellos.wants(firstByte, packet))) return;
    const payloadEnd = Math.min(end, start + packet.payloadBytes);
    const isCut = start + packet.payloadBytes > end;
    // A short frame is padded: what begins before its end may be nothing.
    if (payloadEnd === start) return;
    if (isSegment) {
      if (isFromDns) this.#answers?.segment(view, start, payloadEnd, isCut, packet);
      else this.#hellos.look(view, start, payloadEnd, isCut, packet, timestampUs);
    } else if (packet.protocol === PROTOCOL_UDP) {
      if (isFromDns) this.#answers?.datagram(view, start, payloadEnd, isCut, packet);
      else if (firstByte >= longHeader && packet.payloadBytes >= leastDatagramBytes)
        this.#initials?.look(view, start, payloadEnd, packet, timestampUs);
    }
  }
}

/** Looks at the payload of packets that may carry a name, and hands each to the reader that knows it. */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../packet/numbers.js';
import type { Packet } from '../packet/packet.js';
import { newObserverCounts, type ObserverCounts } from './counts.js';
import { DnsAnswers } from './dns-answers.js';
import type { Findings } from './findings.js';
import { HelloSegments } from './hello-segments.js';
import { leastDatagramBytes, QuicInitials } from './quic/initials.js';

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
  /** Each undefined where nobody asks for its names. */
  readonly #answers: DnsAnswers | undefined;
  readonly #hellos: HelloSegments | undefined;
  readonly #initials: QuicInitials | undefined;

  constructor({ dns, tls, quic, findings, mostInitialsPerSecond }: ObserverOptions) {
    const { counts } = this;
    if (dns) this.#answers = new DnsAnswers({ findings, counts });
    if (tls) this.#hellos = new HelloSegments({ findings, counts });
    if (quic) this.#initials = new QuicInitials({ findings, counts, mostPerSecond: mostInitialsPerSecond });
  }

  /**
   * To be called with each packet that counts in a flow, and whose payload begins before `end`: `packet` was decoded from a
   * frame that ends at `end` in `view`, as far as it was captured. Never throws. Most packets carry no name, and are known by
   * what is looked at here.
   */
  look(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    const { protocol, payloadOffset } = packet;
    const isFromDns = (packet.ports & sourcePortMask) === dnsPort;
    if (protocol === PROTOCOL_TCP) {
      if (isFromDns || this.#hellos?.wants(view.getUint8(payloadOffset), packet))
        this.#lookAtSegment(view, end, packet, timestampUs);
    } else if (protocol === PROTOCOL_UDP) {
      if (
        isFromDns ||
        (view.getUint8(payloadOffset) >= longHeader && packet.payloadBytes >= leastDatagramBytes)
      )
        this.#lookAtDatagram(view, end, packet, timestampUs);
    }
  }

  #lookAtSegment(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    const start = packet.payloadOffset;
    const payloadEnd = start + packet.payloadBytes;
    const isCut = payloadEnd > end;
    // A short frame is padded: what begins before its end may be nothing.
    if (payloadEnd === start) return;
    if ((packet.ports & sourcePortMask) === dnsPort)
      this.#answers?.segment(view, start, isCut ? end : payloadEnd, isCut, packet);
    else this.#hellos?.look(view, start, isCut ? end : payloadEnd, isCut, packet, timestampUs);
  }

  #lookAtDatagram(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    const start = packet.payloadOffset;
    const payloadEnd = start + packet.payloadBytes;
    const isCut = payloadEnd > end;
    if (payloadEnd === start) return;
    if ((packet.ports & sourcePortMask) === dnsPort)
      this.#answers?.datagram(view, start, isCut ? end : payloadEnd, isCut, packet);
    else this.#initials?.look(view, start, isCut ? end : payloadEnd, packet, timestampUs);
  }
}

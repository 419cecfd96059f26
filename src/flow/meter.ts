/**
 * The metering process (RFC 7011's word): takes the frames of one source, decodes each once, and sums packets into the flow
 * table of the window that it is in. Which window that is, live-meter.ts and capture-meter.ts say.
 */
import { clearDetails, type FrameOrigin, readDetails } from '../packet/details.js';
import { PROTOCOL_TCP } from '../packet/numbers.js';
import { type LinkDecoder, type Outcome, outcomeNumber, outcomes, PACKET, Packet } from '../packet/packet.js';
import { NO_ERROR, readQuoted } from '../packet/quoted.js';
import { readSegment } from '../packet/segment.js';
import type { OwnTraffic } from './own-traffic.js';
import type { FlowTable } from './table/flow-table.js';

/** Counts since the start, of all meters together. */
export interface MeterCounts {
  framesReceived: number;
  packetsAggregated: number;
  /** The other frames by what became of them: see packet.ts's `outcomes`. */
  readonly byOutcome: Float64Array;
  /** Packets folded into overflow records, because a window had more flows than its table. */
  packetsFolded: number;
  /** Windows of captures that opened again after they had been closed. */
  windowsOpenedAgain: number;
}

export function newMeterCounts(): MeterCounts {
  return {
    framesReceived: 0,
    packetsAggregated: 0,
    byOutcome: new Float64Array(outcomes.length),
    packetsFolded: 0,
    windowsOpenedAgain: 0,
  };
}

/** Numbers for the interfaces that packets are captured on: see Packet.interface. */
export interface InterfaceNumbers {
  /** Of the interface that has this name now; -1 where there is none. */
  numberOf(name: string): number;
}

/** Looks at the payload of packets that count. */
export interface PayloadReader {
  /** `packet` was decoded from a frame that ends at `end` in `view`, as far as it was captured. Both are read during the call only. */
  look(view: DataView, end: number, packet: Packet, timestampUs: number): void;
}

const OWN_DATAGRAM = outcomeNumber('own-datagram');
const OWN_CONNECTION = outcomeNumber('own-connection');

export interface MeterOptions {
  readonly counts: MeterCounts;
  /** Packets that count in no flow; undefined where this program sends none that could come back in. */
  readonly own?: OwnTraffic | undefined;
  /** Absent where nobody asks for more of packets than what their flow is and their payload's length. */
  readonly interfaces?: InterfaceNumbers | undefined;
  /** Absent where nobody asks for what packets carry. */
  readonly payloads?: PayloadReader | undefined;
}

export abstract class Meter {
  /** Frames before it are of an earlier window. */
  windowStartUs = Number.NEGATIVE_INFINITY;
  /** Frames from here on are of a later window. -Infinity while it is in none. */
  windowEndUs = Number.NEGATIVE_INFINITY;
  /** The latest timestamp of a packet since it entered the window. */
  protected latestUs = Number.NEGATIVE_INFINITY;
  /** And the earliest, where that is known: of packets in order, nobody looks. */
  protected earliestUs = Number.POSITIVE_INFINITY;
  readonly #counts: MeterCounts;
  readonly #packet = new Packet();
  /** What an ICMP error quotes. */
  readonly #quoted = new Packet();
  readonly #own: OwnTraffic | undefined;
  /** See OwnTraffic. */
  readonly #ownProtocols: number;
  /** Undefined where nobody asks for a packet's details. */
  readonly #interfaces: InterfaceNumbers | undefined;
  readonly #payloads: PayloadReader | undefined;
  /** Whether somebody asks for either. */
  readonly #inDetail: boolean;
  /** Where frames come from now. */
  #linkType = -1;
  #interface = -1;
  /** That of the window. */
  #table: FlowTable | undefined;
  #asksHealth = false;

  constructor({ counts, own, interfaces, payloads }: MeterOptions) {
    this.#counts = counts;
    this.#own = own;
    this.#ownProtocols = own?.protocols ?? 0;
    this.#interfaces = interfaces;
    this.#payloads = payloads;
    this.#inDetail = interfaces !== undefined || payloads !== undefined;
  }

  from({ linkType, interfaceName, stampedOnArrival = false }: FrameOrigin): void {
    this.#packet.isStamped = !stampedOnArrival;
    this.#linkType = linkType;
    this.#interface = interfaceName === undefined ? -1 : (this.#interfaces?.numberOf(interfaceName) ?? -1);
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    this.#counts.framesReceived++;
    if (this.#inDetail) {
      if (this.#interfaces === undefined)
        this.#frameForNames(decode, view, offset, capturedBytes, wireBytes, timestampUs);
      else this.#frameInDetail(decode, view, offset, capturedBytes, wireBytes, timestampUs);
      return;
    }
    const outcome = decode(view, offset, offset + capturedBytes, offset + wireBytes, this.#packet);
    if (this.#accept(outcome, timestampUs)) this.#table!.add(this.#packet);
  }

  /** The same where somebody asks for figures. Apart, so that nothing of it stands in the way where nobody does. */
  #frameInDetail(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    const packet = this.#packet;
    const end = offset + capturedBytes;
    const wireEnd = offset + wireBytes;
    clearDetails(packet);
    const outcome = decode(view, offset, end, wireEnd, packet);
    if (!this.#accept(outcome, timestampUs)) return;
    packet.timestampUs = timestampUs;
    packet.interface = this.#interface;
    readDetails(view, offset, end, wireEnd, this.#linkType, packet);
    if (this.#asksHealth) readSegment(view, end, packet);
    this.#table!.add(packet);
    if (this.#asksHealth && packet.icmpType >= 0) this.#noteError(view, end, packet);
    if (this.#payloads !== undefined) this.#lookAtPayload(view, end, packet, timestampUs);
  }

  /** The same where somebody asks for names, and nobody for figures. */
  #frameForNames(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    const end = offset + capturedBytes;
    const outcome = decode(view, offset, end, offset + wireBytes, this.#packet);
    if (!this.#accept(outcome, timestampUs)) return;
    this.#table!.add(this.#packet);
    this.#lookAtPayload(view, end, this.#packet, timestampUs);
  }

  /** Marks the flow whose packet an ICMP error quotes. */
  #noteError(view: DataView, end: number, packet: Packet): void {
    const error = readQuoted(view, end, packet, this.#quoted);
    if (error !== NO_ERROR) this.#table!.noteError(this.#quoted, error);
  }

  #lookAtPayload(view: DataView, end: number, packet: Packet, timestampUs: number): void {
    // A fragment's is a part of something: see Packet.
    if (packet.payloadOffset >= 0 && packet.payloadOffset < end)
      this.#payloads!.look(view, end, packet, timestampUs);
  }

  /** Counts what became of a frame. True where it is a packet for the table. */
  #accept(outcome: Outcome, timestampUs: number): boolean {
    const counts = this.#counts;
    if (outcome !== PACKET) {
      counts.byOutcome[outcome]!++;
      return false;
    }
    const { protocol } = this.#packet;
    if ((this.#ownProtocols >>> protocol) & 1 && this.#own!.has(this.#packet)) {
      counts.byOutcome[protocol === PROTOCOL_TCP ? OWN_CONNECTION : OWN_DATAGRAM]!++;
      return false;
    }
    this.#note(timestampUs);
    return true;
  }

  #note(timestampUs: number): void {
    this.#counts.packetsAggregated++;
    if (timestampUs > this.latestUs) this.latestUs = timestampUs;
    else if (timestampUs < this.earliestUs) this.earliestUs = timestampUs;
  }

  packet(packet: Packet, timestampUs: number): void {
    this.#counts.framesReceived++;
    this.#note(timestampUs);
    packet.timestampUs = timestampUs;
    this.#table!.add(packet);
  }

  undecoded(outcome: Outcome): void {
    this.#counts.framesReceived++;
    this.#counts.byOutcome[outcome]!++;
  }

  /** From now on packets are summed into `table`. */
  protected use(table: FlowTable, startUs: number, endUs: number): void {
    this.#table = table;
    this.#asksHealth = table.asksHealth;
    this.latestUs = Number.NEGATIVE_INFINITY;
    this.windowStartUs = startUs;
    this.windowEndUs = endUs;
  }

  /** It is in no window until `use` is called again. */
  protected useNone(): void {
    this.#table = undefined;
    this.windowEndUs = Number.NEGATIVE_INFINITY;
  }
}

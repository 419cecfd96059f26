import { clearDetails, readDetails } from '../../src/packet/details.js';
import { type LinkDecoder, PACKET, Packet } from '../../src/packet/packet.js';
import { icmpErrors, NO_ERROR, readQuoted } from '../../src/packet/quoted.js';
import { NO_SEGMENT, readSegment, TCP_SEGMENT } from '../../src/packet/segment.js';
import { keyText, outcomeText } from './decoding.js';
import { FrameRecorder } from './frame-recorder.js';

/** Keeps what decoding makes of each frame and reads in it, and of its bytes only how many there were. */
export class DecodingRecorder extends FrameRecorder {
  /** With the time and the details of the frame, and what health asks for where that is wanted. */
  readonly lines: string[] = [];
  /** The same without the time, and without what the link header says. */
  readonly packets: string[] = [];
  capturedBytes = 0;
  healthToo = false;
  readonly #packet = new Packet();
  readonly #quoted = new Packet();

  override frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    const packet = this.#packet;
    const [end, wireEnd] = [offset + capturedBytes, offset + wireBytes];
    clearDetails(packet);
    const outcome = decode(view, offset, end, wireEnd, packet);
    let text = outcomeText(outcome, packet);
    let details = '';
    if (outcome === PACKET) {
      readDetails(view, offset, end, wireEnd, this.origins.at(-1)!.linkType, packet);
      details = detailsText(packet);
      if (this.healthToo) text += this.#healthText(view, end);
    }
    this.packets.push(text);
    this.lines.push(`${timestampUs} ${wireBytes} ${text} ${details}`);
    this.capturedBytes += capturedBytes;
  }

  #healthText(view: DataView, end: number): string {
    const [packet, quoted] = [this.#packet, this.#quoted];
    readSegment(view, end, packet);
    const error = readQuoted(view, end, packet, quoted);
    const quotedText = error === NO_ERROR ? '' : `, ${icmpErrors[error]} ${keyText(quoted)}`;
    return `, ${segmentText(packet)}${quotedText}`;
  }
}

function segmentText({ segment, sequence, tcpWindow, identification, payloadMark }: Packet): string {
  if (segment === NO_SEGMENT) return 'nothing';
  if (segment === TCP_SEGMENT) return `sequence ${sequence} window ${tcpWindow} id ${identification}`;
  return `mark ${payloadMark}`;
}

const detailsText = (packet: Packet): string =>
  [packet.ipBytes, packet.wireBytes, packet.trafficClass, packet.ttl, packet.outerVlan, packet.innerVlan]
    .concat(packet.mplsLabel, packet.sourceMac, packet.targetMac, packet.icmpType, packet.icmpCode)
    .join(' ');

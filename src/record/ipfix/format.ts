/**
 * Records as flows of IPFIX (RFC 7011, 3.3.2 and 3.4.3). Each record is a data set, whole by itself:
 *
 *     id of the template (2)   length of the set (2)   one flow, or two of a conversation: there and back
 *
 * A direction without packets is no flow. Records of several addresses (the rest of a protocol, what found the table full,
 * folded ones) have the unspecified address in their place, so that a collector's sums are exact.
 */
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from '../../packet/numbers.js';
import { FlowRecord, type RecordFormat, type WindowTimes } from '../record.js';
import type { SchemaNeeds } from '../schemas/needs.js';
import type { Element, Way } from './elements.js';
import { setHeaderBytes, type Template, templates } from './templates.js';

export function createIpfixFormat(): RecordFormat {
  return new IpfixFormat();
}

const allElements = Object.values(templates).flatMap(({ elements }): readonly Element[] => elements);

/** What must be known of flows and records. */
export const ipfixNeeds: SchemaNeeds = {
  figures: new Set(allElements.flatMap(({ figures = [] }) => figures)),
  knowledge: new Set(allElements.flatMap(({ needs = [] }) => needs)),
};

class IpfixFormat implements RecordFormat {
  readonly maxRecordBytes =
    setHeaderBytes + 2 * Math.max(...Object.values(templates).map(({ bytes }) => bytes));
  readonly #way: Way;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  constructor() {
    const record = new FlowRecord();
    this.#way = { record, tally: record.forward, isBack: false, window: { startUs: 0, endUs: 0 } };
  }

  openWindow(window: WindowTimes): void {
    this.#way.window = window;
  }

  encode(record: FlowRecord, bytes: Uint8Array, offset: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const way = this.#way;
    const template = templateOf(record);
    let end = offset + setHeaderBytes;
    way.record = record;
    if (record.forward.packets > 0 || record.reverse.packets === 0)
      end = this.#writeWay(template, false, end);
    if (record.reverse.packets > 0) end = this.#writeWay(template, true, end);
    this.#view.setUint16(offset, template.id);
    this.#view.setUint16(offset + 2, end - offset);
    return end;
  }

  #writeWay({ elements }: Template, isBack: boolean, offset: number): number {
    const way = this.#way;
    way.isBack = isBack;
    way.tally = isBack ? way.record.reverse : way.record.forward;
    let end = offset;
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i]!;
      element.write(this.#view, end, way);
      end += element.bytes;
    }
    return end;
  }
}

/** The rest of a protocol may be of both families, and is told as IPv4's. */
function templateOf({ key, rest, forward, reverse }: FlowRecord): Template {
  if (rest) return templates.ipv4;
  const isIcmpKnown = forward.icmpType >= 0 || reverse.icmpType >= 0;
  if (key.family === 4)
    return key.protocol === PROTOCOL_ICMP && isIcmpKnown ? templates.icmp : templates.ipv4;
  return key.protocol === PROTOCOL_IPV6_ICMP && isIcmpKnown ? templates.icmpv6 : templates.ipv6;
}

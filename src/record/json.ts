/**
 * Records as lines of JSON (RFC 8259): byte for byte what JSON.stringify makes of the same object, at a tenth of its
 * cost. Constant text is computed once, numbers come from digit tables, and what a window's records share is put
 * together when the window opens.
 */
import { maxIPv6Bytes, writeIPv4, writeIPv6 } from '../packet/address.js';
import { protocolName } from '../packet/numbers.js';
import { type Piece, piece, repeatText, slackBytes, writeInteger, writePiece } from './byte-text.js';
import { labelText, maxHostCharacters, maxHostTextBytes, maxLabelTextBytes, writeHost } from './json-text.js';
import type { FieldName, FlowRecord, PacketFlow, RecordFormat, WindowTimes } from './record.js';
import { formatUtc } from './utc-time.js';

export interface JsonFormatOptions {
  /**
   * A stable id of this process and host. With it every record ends in two more fields: `agent`, this id, and `seq`,
   * which numbers the records of this format from 1 on. A format with an agent therefore serves one sink only.
   */
  readonly agent?: string;
}

/** Makes a format that writes each record as one line of JSON, its fields in the order of `fields`. */
export function createJsonFormat(options: JsonFormatOptions = {}): RecordFormat {
  return new JsonFormat(options.agent);
}

const key = (name: FieldName) => `"${name}":`;

const beforeSourceAddress = piece(`{${key('source_IP')}"`);
const beforeSourcePort = piece(`",${key('source_PORT')}`);
const beforeTargetAddress = piece(`,${key('target_IP')}"`);
const beforeTargetPort = piece(`",${key('target_PORT')}`);
const beforeLength = piece(`,${key('length')}`);
const beforeSourceHost = piece(`,${key('source_HOST')}"`);
const beforeTargetHost = piece(`",${key('target_HOST')}"`);
const afterSequence = piece('}\n');
const noPort = piece('""');
const everyAddress = piece('*');

/** From the end of the target's port to the packet count, for each protocol that has occurred. */
const aroundProtocol: (Piece | undefined)[] = new Array(256).fill(undefined);

const maxPortBytes = 5;
const maxProtocolBytes = 64;
/** Of an integer up to 2^53. */
const maxIntegerBytes = 16;

/** Distinct labels whose text is kept; Datadog's services make about twenty. */
const maxLabels = 256;

class JsonFormat implements RecordFormat {
  readonly maxRecordBytes: number;
  readonly #numbered: boolean;
  /** From the end of the flow's direction to the record's end, or to its number. */
  readonly #ending: string;
  readonly #afterLabel: Readonly<Record<PacketFlow, Piece>>;
  readonly #labels = new Map<string, Piece>();
  #sequence = 0;
  /** From the end of the target's host to the label; and, for a flow without labels, on to the end. */
  #beforeLabel = piece('');
  #unlabelled = piece('');
  #bytes: Uint8Array = new Uint8Array(0);
  /** Over `#bytes`. */
  #view: DataView = new DataView(this.#bytes.buffer);

  constructor(agent: string | undefined) {
    this.#numbered = agent !== undefined;
    this.#ending = this.#numbered ? `","agent":${JSON.stringify(agent)},"seq":` : '"}\n';
    const afterLabel = (flow: PacketFlow) => piece(`",${key('packet_flow')}"${flow}${this.#ending}`);
    this.#afterLabel = {
      none: afterLabel('none'),
      incoming: afterLabel('incoming'),
      outgoing: afterLabel('outgoing'),
    };
    this.openWindow({ startUs: 0, endUs: 0 });
    this.maxRecordBytes = this.#longestRecord();
  }

  openWindow(window: WindowTimes): void {
    const text = `",${key('time')}"${formatUtc(window.endUs)}",${key('datadog_service')}"`;
    this.#beforeLabel = piece(text);
    this.#unlabelled = piece(`${text}none",${key('packet_flow')}"none${this.#ending}`);
  }

  /** In one piece, so that V8 compiles it as a whole and once: in seven, it did so again with each that called another. */
  encode(record: FlowRecord, bytes: Uint8Array, offset: number): number {
    const { key: flow, rest, forward, reverse, sourceHost, targetHost, service, packetFlow } = record;
    const { protocol, ports } = flow;
    const hasPorts = flow.hasPorts === 1 && !rest;
    const view = this.#viewOf(bytes);

    const sourceStart = writePiece(view, offset, beforeSourceAddress);
    const sourceEnd = rest
      ? writePiece(view, sourceStart, everyAddress)
      : writeAddress(view, sourceStart, flow.family, flow.source0, flow.source1, flow.source2, flow.source3);
    let end = writePiece(view, sourceEnd, beforeSourcePort);
    end = writePort(view, end, hasPorts, ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff));
    const targetStart = writePiece(view, end, beforeTargetAddress);
    const targetEnd = rest
      ? writePiece(view, targetStart, everyAddress)
      : writeAddress(view, targetStart, flow.family, flow.target0, flow.target1, flow.target2, flow.target3);
    end = writePiece(view, targetEnd, beforeTargetPort);
    end = writePort(view, end, hasPorts, ((ports >>> 8) & 0xff00) | (ports >>> 24));

    end = writePiece(view, end, aroundProtocol[protocol] ?? makeAroundProtocol(protocol));
    end = writeInteger(view, end, forward.packets + reverse.packets);
    end = writePiece(view, end, beforeLength);
    end = writeInteger(view, end, forward.payloadBytes + reverse.payloadBytes);

    // Where there is no name the address is repeated.
    end = writePiece(view, end, beforeSourceHost);
    end = isName(sourceHost)
      ? writeHost(bytes, end, sourceHost)
      : repeatText(view, end, sourceStart, sourceEnd);
    end = writePiece(view, end, beforeTargetHost);
    end = isName(targetHost)
      ? writeHost(bytes, end, targetHost)
      : repeatText(view, end, targetStart, targetEnd);

    if (service === 'none' && packetFlow === 'none') {
      end = writePiece(view, end, this.#unlabelled);
    } else {
      end = writePiece(view, end, this.#beforeLabel);
      end = writePiece(view, end, this.#labels.get(service) ?? this.#makeLabel(service));
      end = writePiece(view, end, this.#afterLabel[packetFlow]);
    }
    return this.#numbered ? writePiece(view, writeInteger(view, end, ++this.#sequence), afterSequence) : end;
  }

  #viewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }

  #makeLabel(service: string): Piece {
    if (this.#labels.size >= maxLabels) this.#labels.clear();
    const made = piece(labelText(service));
    this.#labels.set(service, made);
    return made;
  }

  #longestRecord(): number {
    const constantPieces = [
      beforeSourceAddress,
      beforeSourcePort,
      beforeTargetAddress,
      beforeTargetPort,
      beforeLength,
      beforeSourceHost,
      beforeTargetHost,
      this.#beforeLabel,
      this.#afterLabel.outgoing,
      afterSequence,
    ];
    const constantBytes = constantPieces.reduce((sum, { bytes }) => sum + bytes, 0);
    const eachSideBytes = maxIPv6Bytes + maxPortBytes + maxHostTextBytes;
    const numbersBytes = 3 * maxIntegerBytes;
    return (
      constantBytes + 2 * eachSideBytes + maxProtocolBytes + numbersBytes + maxLabelTextBytes + slackBytes
    );
  }
}

/** Not one that is longer than the DNS has any. */
function isName(host: string | null): host is string {
  return host !== null && host.length <= maxHostCharacters;
}

function writeAddress(
  view: DataView,
  offset: number,
  family: 4 | 6,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
): number {
  return family === 4 ? writeIPv4(view, offset, word0) : writeIPv6(view, offset, word0, word1, word2, word3);
}

function writePort(view: DataView, offset: number, hasPorts: boolean, port: number): number {
  return hasPorts ? writeInteger(view, offset, port) : writePiece(view, offset, noPort);
}

function makeAroundProtocol(protocol: number): Piece {
  const made = piece(`,${key('type')}${JSON.stringify(protocolName(protocol))},${key('count')}`);
  aroundProtocol[protocol] = made;
  return made;
}

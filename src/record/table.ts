/**
 * A window as a table for a terminal: its sums, then the flows with the most bytes, as many as fit.
 *
 * No record is written alone: each is added up, the largest are kept, and the table follows the last one.
 */
import { formatIPv4, formatIPv6 } from '../packet/address.js';
import { protocolName } from '../packet/numbers.js';
import type { FlowRecord, RecordFormat, WindowTimes } from './record.js';
import { endpointOf } from './table-endpoint.js';
import { headingLine, restLine, type Sums } from './table-heading.js';
import { layOut, type TableFlow } from './table-layout.js';
import { printable } from './table-text.js';
import { TopFlows } from './top-flows.js';

export interface TableFormatOptions {
  /** The terminal's size in characters; looked at anew for each window. */
  readonly terminal: { readonly columns: number; readonly rows: number };
  /** Whether titles are set off by ANSI escape sequences. */
  readonly colour: boolean;
}

/** Lines around the flows: an empty one, the window's, the titles, the rest of the flows, and the cursor's. */
const otherLines = 5;
/** Larger terminals leave room. */
const most = { columns: 250, rows: 200 } as const;
/** In a row beyond its columns: "…" takes three bytes, at most three times, and colours take eight. */
const extraBytesPerRow = 16;

/** Whether a terminal's environment leaves colours to us (https://no-color.org). */
export function allowsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  return !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

export function createTableFormat(options: TableFormatOptions): RecordFormat {
  return new TableFormat(options);
}

class TableFormat implements RecordFormat {
  readonly maxRecordBytes = most.rows * (most.columns + extraBytesPerRow);
  readonly #terminal: TableFormatOptions['terminal'];
  readonly #colour: boolean;
  #window: WindowTimes = { startUs: 0, endUs: 0 };
  #columns = 0;
  #top = new TopFlows<TableFlow>(0);
  #sums = { flows: 0, packets: 0, bytes: 0 };

  constructor({ terminal, colour }: TableFormatOptions) {
    this.#terminal = terminal;
    this.#colour = colour;
  }

  openWindow(window: WindowTimes): void {
    this.#window = window;
    this.#columns = Math.min(this.#terminal.columns, most.columns);
    this.#top = new TopFlows(Math.max(1, Math.min(this.#terminal.rows, most.rows) - otherLines));
    this.#sums = { flows: 0, packets: 0, bytes: 0 };
  }

  encode(record: FlowRecord, _bytes: Uint8Array, offset: number): number {
    this.#sums.flows++;
    this.#sums.packets += record.count;
    this.#sums.bytes += record.payloadBytes;
    if (this.#top.wants(record)) this.#top.add(flowOf(record));
    return offset;
  }

  closeWindow(bytes: Uint8Array, offset: number): number {
    const text = this.#lines()
      .map((line) => `${line}\n`)
      .join('');
    return offset + new TextEncoder().encodeInto(text, bytes.subarray(offset)).written;
  }

  #lines(): string[] {
    const shown = this.#top.sorted();
    const [titleRow, ...rows] = layOut(shown, this.#columns);
    const heading = headingLine(this.#window, this.#sums, this.#columns);
    const lines = ['', this.#styled(bold, heading), this.#styled(dim, titleRow!), ...rows];
    const rest = this.#sumsWithout(shown);
    if (rest.flows > 0) lines.push(this.#styled(dim, restLine(rest, this.#columns)));
    return lines;
  }

  #sumsWithout(shown: readonly TableFlow[]): Sums {
    const rest = { ...this.#sums, flows: this.#sums.flows - shown.length };
    for (const { count, payloadBytes } of shown) {
      rest.packets -= count;
      rest.bytes -= payloadBytes;
    }
    return rest;
  }

  #styled(style: string, text: string): string {
    return this.#colour ? `${style}${text}${plain}` : text;
  }
}

const bold = '\x1b[1m';
const dim = '\x1b[2m';
const plain = '\x1b[0m';

const preposition = { outgoing: 'to', incoming: 'from' } as const;

function flowOf(record: FlowRecord): TableFlow {
  const { key, count, payloadBytes, overflow, service, packetFlow } = record;
  const hasPorts = key.hasPorts === 1 && !overflow;
  const [source, target] = overflow ? ['*', '*'] : addressesOf(record);
  const sourcePort = ((key.ports & 0xff) << 8) | ((key.ports >>> 8) & 0xff);
  const targetPort = ((key.ports >>> 8) & 0xff00) | (key.ports >>> 24);
  return {
    payloadBytes,
    count,
    source: endpointOf(record.sourceHost, source, hasPorts ? sourcePort : undefined),
    target: endpointOf(record.targetHost, target, hasPorts ? targetPort : undefined),
    type: protocolName(key.protocol),
    service: packetFlow === 'none' ? '' : printable(`${preposition[packetFlow]} ${service}`),
  };
}

function addressesOf({ key }: FlowRecord): [string, string] {
  if (key.family === 4) return [formatIPv4(key.source0), formatIPv4(key.target0)];
  return [
    formatIPv6(key.source0, key.source1, key.source2, key.source3),
    formatIPv6(key.target0, key.target1, key.target2, key.target3),
  ];
}

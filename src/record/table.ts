/**
 * A window as a table for a terminal: its sums, then the flows with the most bytes, as many as fit.
 *
 * A window has one record for each row that is shown, with the heading before the first, and one for the line that sums
 * up the rest.
 */
import { formatIPv4, formatIPv6 } from '../packet/address.js';
import { protocolName } from '../packet/numbers.js';
import type { FlowRecord, RecordFormat, SummaryRecord, WindowSummary, WindowTimes } from './record.js';
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
/** In a line beyond its columns: "…" takes three bytes, at most three times, colours take eight, and its end one. */
const extraBytesPerLine = 16;
/** Before the first row: an empty line, the window's, and the titles. */
const mostLinesPerRecord = 4;

/** Whether a terminal's environment leaves colours to us (https://no-color.org). */
export function allowsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  return !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

export function createTableFormat(options: TableFormatOptions): RecordFormat {
  return new TableFormat(options);
}

class TableFormat implements RecordFormat, WindowSummary {
  readonly maxRecordBytes = mostLinesPerRecord * (most.columns + extraBytesPerLine);
  readonly maxRecords = most.rows;
  readonly summary = this;
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

  get packets(): number {
    return this.#sums.packets;
  }

  close(): readonly SummaryRecord[] {
    const flows = this.#top.sorted();
    const [titles, ...lines] = layOut(flows, this.#columns);
    const rows = flows
      .map(({ count, payloadBytes }, index) => ({ line: lines[index]!, packets: count, bytes: payloadBytes }))
      .filter(({ line }) => showsAnything(line));
    const rest = sumsWithout(this.#sums, rows);
    const heading = headingLine(this.#window, this.#sums, this.#columns);
    this.#sums = { flows: 0, packets: 0, bytes: 0 };
    const records = rows.map(({ line, packets }) => ({ text: `${line}\n`, packets }));
    if (rest.flows > 0) {
      const text = `${this.#styled(dim, restLine(rest, this.#columns))}\n`;
      records.push({ text, packets: rest.packets });
    }
    const [first, ...others] = records;
    const above = `\n${this.#styled(bold, heading)}\n${this.#styled(dim, titles!)}\n`;
    return [{ ...first!, text: above + first!.text }, ...others];
  }

  #styled(style: string, text: string): string {
    return this.#colour ? `${style}${text}${plain}` : text;
  }
}

/** On a very narrow terminal nothing is left of a flow: it counts with the rest. */
function showsAnything(line: string): boolean {
  return /[^ …]/.test(line);
}

function sumsWithout(sums: Sums, rows: readonly Omit<Sums, 'flows'>[]): Sums {
  const rest = { ...sums, flows: sums.flows - rows.length };
  for (const { packets, bytes } of rows) {
    rest.packets -= packets;
    rest.bytes -= bytes;
  }
  return rest;
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

/**
 * A window as a table for a terminal: its sums, then the flows with the most bytes, as many as fit.
 *
 * A window has one record for each row that is shown, with the heading before the first, and one for the line that sums
 * up the rest.
 */
import type { RecordConsumer } from '../../record/consumer.js';
import type { EncodedRecords } from '../../record/encoded-records.js';
import type { HandOn } from '../../record/encoder.js';
import { protocolName, sourceAddress, sourcePort, targetAddress, targetPort } from '../../record/ends.js';
import { sourceHost, targetHost } from '../../record/hosts.js';
import type { FlowRecord, WindowTimes } from '../../record/record.js';
import { endpointOf } from './table-endpoint.js';
import { headingLine, restLine, type Sums } from './table-heading.js';
import { layOut, type TableFlow } from './table-layout.js';
import { printable } from './table-text.js';
import { TopFlows } from './top-flows.js';

export interface TableViewOptions {
  /** The terminal's size in characters; looked at anew for each window. */
  readonly terminal: { readonly columns: number; readonly rows: number };
  /** Whether titles are set off by ANSI escape sequences. */
  readonly colour: boolean;
  /** Takes a window's table: a record for each row that is shown, and one for the line of the rest. */
  readonly handOn: HandOn;
}

/** Lines around the flows: an empty one, the window's, the titles, the rest of the flows, and the cursor's. */
const otherLines = 5;
/** Larger terminals leave room. */
const most = { columns: 250, rows: 200 } as const;

/** Whether a terminal's environment leaves colours to us (https://no-color.org). */
export function allowsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  return !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

export class TableView implements RecordConsumer {
  readonly #terminal: TableViewOptions['terminal'];
  readonly #colour: boolean;
  readonly #handOn: HandOn;
  #window: WindowTimes = { startUs: 0, endUs: 0 };
  #columns = 0;
  #top = new TopFlows<ShownFlow>(0);
  #sums = noSums();

  constructor({ terminal, colour, handOn }: TableViewOptions) {
    this.#terminal = terminal;
    this.#colour = colour;
    this.#handOn = handOn;
  }

  get packetsHeld(): number {
    return this.#sums.packets;
  }

  openWindow(window: WindowTimes): void {
    this.#window = window;
    this.#columns = Math.min(this.#terminal.columns, most.columns);
    this.#top = new TopFlows(Math.max(1, Math.min(this.#terminal.rows, most.rows) - otherLines));
    this.#sums = noSums();
  }

  openSlice(): void {}

  take(record: FlowRecord): void {
    const packets = record.forward.packets + record.reverse.packets;
    const payloadBytes = record.forward.payloadBytes + record.reverse.payloadBytes;
    // Nobody counted those that found the table full.
    const flows = Math.max(1, record.flows);
    this.#sums.flows += flows;
    this.#sums.packets += packets;
    this.#sums.bytes += payloadBytes;
    if (this.#top.wants(payloadBytes, packets))
      this.#top.add({ payloadBytes, count: packets, flows, ...shownOf(record) });
  }

  closeSlice(): void {}

  closeWindow(): void {
    if (this.#sums.flows > 0) this.#handOn(encoded(this.#rows()), () => undefined);
    this.#sums = noSums();
  }

  #rows(): readonly Row[] {
    const shownFlows = this.#top.sorted();
    const [titles, ...lines] = layOut(shownFlows, this.#columns);
    const rows = shownFlows
      .map(({ flows, count, payloadBytes }, index) => {
        return { line: lines[index]!, flows, packets: count, bytes: payloadBytes };
      })
      .filter(({ line }) => showsAnything(line));
    const rest = sumsWithout(this.#sums, rows);
    const heading = headingLine(this.#window, this.#sums, this.#columns);
    const shown = rows.map(({ line, packets }) => ({ text: `${line}\n`, packets }));
    if (rest.flows > 0) {
      const text = `${this.#styled(dim, restLine(rest, this.#columns))}\n`;
      shown.push({ text, packets: rest.packets });
    }
    const [first, ...others] = shown;
    const above = `\n${this.#styled(bold, heading)}\n${this.#styled(dim, titles!)}\n`;
    return [{ ...first!, text: above + first!.text }, ...others];
  }

  #styled(style: string, text: string): string {
    return this.#colour ? `${style}${text}${plain}` : text;
  }
}

/** A row's flow, or the flows that it tells together. */
interface ShownFlow extends TableFlow {
  readonly flows: number;
}

/** Text with its final newline, and the packets of what it tells of. */
interface Row {
  readonly text: string;
  readonly packets: number;
}

function encoded(rows: readonly Row[]): EncodedRecords {
  const ends = new Uint32Array(rows.length);
  const packetSums = new Float64Array(rows.length);
  let bytes = 0;
  let sum = 0;
  rows.forEach(({ text, packets }, row) => {
    ends[row] = bytes += Buffer.byteLength(text);
    packetSums[row] = sum += packets;
  });
  return {
    bytes: Buffer.from(rows.map(({ text }) => text).join('')),
    records: rows.length,
    ends,
    packetSums,
  };
}

const noSums = () => ({ flows: 0, packets: 0, bytes: 0 });

/** On a very narrow terminal nothing is left of a flow: it counts with the rest. */
function showsAnything(line: string): boolean {
  return /[^ …]/.test(line);
}

function sumsWithout(sums: Sums, rows: readonly Sums[]): Sums {
  const rest = { ...sums };
  for (const { flows, packets, bytes } of rows) {
    rest.flows -= flows;
    rest.packets -= packets;
    rest.bytes -= bytes;
  }
  return rest;
}

const bold = '\x1b[1m';
const dim = '\x1b[2m';
const plain = '\x1b[0m';

const preposition = { outgoing: 'to', incoming: 'from' } as const;

function shownOf(record: FlowRecord): Omit<TableFlow, 'payloadBytes' | 'count'> {
  const { service, packetFlow } = record;
  return {
    source: endpointOf(sourceHost(record), sourceAddress(record), sourcePort(record)),
    target: endpointOf(targetHost(record), targetAddress(record), targetPort(record)),
    type: protocolName(record),
    service: packetFlow === 'none' ? '' : printable(`${preposition[packetFlow]} ${service}`),
  };
}

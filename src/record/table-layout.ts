/** Fits the flows of a table into the columns of a terminal. */
import { cutInMiddle, groupedDigits, shortBytes } from './table-text.js';

/** What a row shows. Texts are printable ASCII. */
export interface TableFlow {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly count: number;
  readonly length: number;
  /** "" where the flow has no label. */
  readonly service: string;
}

const titles = {
  source: 'SOURCE',
  target: 'TARGET',
  type: 'TYPE',
  count: 'PACKETS',
  length: 'BYTES',
  service: 'SERVICE',
};
type Row = Readonly<Record<keyof typeof titles, string>>;

const gap = '  ';
/** Of the room for names the service gets this part at the most. */
const servicePart = 0.25;
/** Terminals with less room than for this cut the end of the row. */
const narrowestEndpoint = titles.source.length;

/**
 * The titles' line and one for each flow, none longer than `columns`. Figures are never cut; names share the room that
 * those leave. Without labels there is no column for them.
 */
export function layOut(flows: readonly TableFlow[], columns: number): string[] {
  const rows: Row[] = [
    titles,
    ...flows.map((flow) => ({ ...flow, count: groupedDigits(flow.count), length: shortBytes(flow.length) })),
  ];
  const widest = (column: keyof Row) => Math.max(...rows.map((row) => row[column].length));
  const [type, count, length] = [widest('type'), widest('count'), widest('length')];
  const labelled = flows.some((flow) => flow.service !== '');
  const room = columns - type - count - length - 4 * gap.length;
  const service = labelled
    ? Math.min(widest('service'), Math.max(titles.service.length, Math.floor(room * servicePart)))
    : 0;
  const [source, target] = share(
    room - (labelled ? service + gap.length : 0),
    widest('source'),
    widest('target'),
  );
  return rows.map((row) =>
    [
      cutInMiddle(row.source, source).padEnd(source),
      cutInMiddle(row.target, target).padEnd(target),
      row.type.padEnd(type),
      row.count.padStart(count),
      row.length.padStart(length),
      ...(labelled ? [cutInMiddle(row.service, service)] : []),
    ]
      .join(gap)
      .slice(0, columns)
      .trimEnd(),
  );
}

/** Divides room between two columns: each gets what it wants if that is at most half, or if the other leaves it. */
function share(room: number, first: number, second: number): [number, number] {
  const half = Math.floor(room / 2);
  const firstWidth = first <= half ? first : Math.max(room - Math.min(second, half), narrowestEndpoint);
  const secondWidth = Math.max(room - firstWidth, narrowestEndpoint);
  return [Math.min(first, firstWidth), Math.min(second, secondWidth)];
}

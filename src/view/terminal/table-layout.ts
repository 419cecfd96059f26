/** Fits the flows of a table into the columns of a terminal. */
import { cutEndpoint, type Endpoint, leastWidthOf, widthOf } from './table-endpoint.js';
import { cutInMiddle, groupedDigits, shortBytes } from './table-text.js';

/** What a row shows. Texts are printable ASCII. */
export interface TableFlow {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly type: string;
  readonly count: number;
  readonly payloadBytes: number;
  /** "" where the flow has no label. */
  readonly service: string;
}

type Column = 'type' | 'count' | 'payloadBytes' | 'service';
type Row = Pick<TableFlow, 'source' | 'target'> & Readonly<Record<Column, string>>;

const titles: Row = {
  source: { host: 'SOURCE', port: '' },
  target: { host: 'TARGET', port: '' },
  type: 'TYPE',
  count: 'PACKETS',
  payloadBytes: 'BYTES',
  service: 'SERVICE',
};

/**
 * The columns beside source and target: the first of these that leaves those two enough room. Bytes, which the flows
 * are ordered by, stay longest.
 */
const choices: readonly (readonly Column[])[] = [
  ['type', 'count', 'payloadBytes', 'service'],
  ['type', 'count', 'payloadBytes'],
  ['count', 'payloadBytes'],
  ['payloadBytes'],
  [],
];

const gap = '  ';
/** Of the room for names the service gets this part at the most. */
const servicePart = 0.25;

interface Layout {
  readonly source: number;
  readonly target: number;
  readonly others: readonly { readonly column: Column; readonly width: number }[];
}

/**
 * The titles' line and one for each flow, none longer than `columns`. Figures are never cut; names share the room that
 * those leave, and where it is too little, columns are left out. Without labels there is no column for them.
 */
export function layOut(flows: readonly TableFlow[], columns: number): string[] {
  const rows: Row[] = [
    titles,
    ...flows.map((flow) => ({
      ...flow,
      count: groupedDigits(flow.count),
      payloadBytes: shortBytes(flow.payloadBytes),
    })),
  ];
  const labelled = flows.some((flow) => flow.service !== '');
  const layouts = choices.slice(labelled ? 0 : 1).map((others) => divide(rows, columns, others));
  const least = (end: 'source' | 'target') =>
    Math.max(widthOf(titles[end]), ...flows.map((flow) => leastWidthOf(flow[end])));
  const [leastSource, leastTarget] = [least('source'), least('target')];
  const layout =
    layouts.find(({ source, target }) => source >= leastSource && target >= leastTarget) ?? layouts.at(-1)!;
  return rows.map((row) => line(row, layout));
}

/** Which column gets how many characters. */
function divide(rows: readonly Row[], columns: number, shown: readonly Column[]): Layout {
  const widest = (width: (row: Row) => number) => Math.max(...rows.map(width));
  let room = columns - gap.length;
  const others = shown.map((column) => {
    const wanted = widest((row) => row[column].length);
    const most = Math.max(titles.service.length, Math.floor(room * servicePart));
    const width = column === 'service' ? Math.min(wanted, most) : wanted;
    room -= width + gap.length;
    return { column, width };
  });
  const [source, target] = share(
    Math.max(room, 0),
    widest((row) => widthOf(row.source)),
    widest((row) => widthOf(row.target)),
  );
  return { source, target, others };
}

/** Divides room between two columns: each gets what it wants if that is at most half, or if the other leaves it. */
function share(room: number, first: number, second: number): [number, number] {
  const half = Math.floor(room / 2);
  const firstWidth = first <= half ? first : Math.min(first, room - Math.min(second, half));
  return [firstWidth, Math.min(second, room - firstWidth)];
}

function line(row: Row, { source, target, others }: Layout): string {
  const cells = others.map(({ column, width }) =>
    column === 'count' || column === 'payloadBytes'
      ? row[column].padStart(width)
      : cutInMiddle(row[column], width).padEnd(width),
  );
  return [
    cutEndpoint(row.source, source).padEnd(source),
    cutEndpoint(row.target, target).padEnd(target),
    ...cells,
  ]
    .join(gap)
    .trimEnd();
}

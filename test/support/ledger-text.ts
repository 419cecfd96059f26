/** The ledger as operators read it: the program's lines on stderr, back as numbers. */

/** One ledger of those that a run printed. */
export interface PrintedLedger {
  readonly frames: number;
  readonly packets: number;
  readonly folded: number;
  readonly notIp: number;
  readonly malformed: number;
  /** Frames by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Packets in windows that are not sent yet. */
  readonly open: number;
  readonly sources: readonly PrintedSource[];
  readonly sinks: readonly PrintedSink[];
  /** Its last line says so. */
  readonly balanced: boolean;
}

/** "unknown" is undefined. */
export interface PrintedSource {
  readonly name: string;
  readonly droppedByKernel: number | undefined;
  readonly droppedByInterface: number | undefined;
  /** How often nothing was captured for a while, and whether that is so now. */
  readonly gaps: number;
  readonly isAway: boolean;
}

export interface PrintedSink {
  readonly name: string;
  readonly records: number;
  readonly packets: number;
  /** Of the records sent; nobody acknowledges where `acknowledgedBy` is undefined. */
  readonly acknowledged: number;
  readonly acknowledgedBy: string | undefined;
  readonly recordsUnsent: number;
  readonly packetsUnsent: number;
  /** Records by reason. */
  readonly unsent: Readonly<Record<string, number>>;
  /** In memory. */
  readonly recordsWaiting: number;
  readonly packetsWaiting: number;
  readonly recordsOnDisk: number;
  readonly packetsOnDisk: number;
  readonly recordsTakenUp: number;
  readonly packetsTakenUp: number;
  /** Records that were tried more than once. */
  readonly recordsRetried: number;
  /** The reader has at most so many records more than were sent. */
  readonly duplicatesPossible: number;
  /** Records that went out in fragments. */
  readonly fragmented: number;
  /** Datagrams. */
  readonly droppedHere: number;
}

const sourceLine =
  /^(\S+): (\d+|unknown) dropped by the kernel, (\d+|unknown) dropped by the interface(?:, (\d+) gaps of [\d.]+ s together)?(, away for [\d.]+ s now)?$/;
const sinkLine = /^(\S+): (\d+) records sent \((\d+) packets\)(.*)$/;

const isLedger = /^pcap-agg: \d+ frames received$.*^pcap-agg: (NOT BALANCED|balanced)/ms;

/** All ledgers in what the program wrote, in order; one that is cut off at the end is left out. */
export function printedLedgers(stderr: string): PrintedLedger[] {
  const whole = stderr.slice(0, stderr.lastIndexOf('\n') + 1);
  const texts = whole.split(/^(?=pcap-agg: \d+ frames received$)/m);
  return texts.filter((text) => isLedger.test(text)).map(readLedger);
}

/** The last ledger: what the program printed at its end. Throws where there is none. */
export function lastLedger(stderr: string): PrintedLedger {
  const ledger = printedLedgers(stderr).at(-1);
  if (ledger === undefined) throw new Error(`no ledger was printed: ${stderr}`);
  return ledger;
}

function readLedger(text: string): PrintedLedger {
  const lines = text.split('\n').map((line) => line.replace(/^pcap-agg: /, ''));
  const count = (pattern: RegExp) => Number(lines.map((line) => pattern.exec(line)?.[1]).find(Boolean) ?? 0);
  return {
    frames: count(/^(\d+) frames received$/),
    packets: count(/^(\d+) packets aggregated/),
    folded: count(/, (\d+) of them folded into overflow records$/),
    notIp: count(/^(\d+) frames not IP$/),
    malformed: count(/^(\d+) frames malformed/),
    leftOut: readReasons(lines.find((line) => / frames left out: /.test(line)) ?? ''),
    open: count(/^(\d+) packets in windows not yet sent$/),
    sources: lines.flatMap((line) => readSource(sourceLine.exec(line))),
    sinks: lines.flatMap((line) => readSink(sinkLine.exec(line))),
    balanced: lines.includes('balanced'),
  };
}

function readSource(match: RegExpExecArray | null): PrintedSource[] {
  if (match === null) return [];
  const [, name = '', kernel = '', networkInterface = '', gaps, away] = match;
  const known = (text: string) => (text === 'unknown' ? undefined : Number(text));
  return [
    {
      name,
      droppedByKernel: known(kernel),
      droppedByInterface: known(networkInterface),
      gaps: Number(gaps ?? 0),
      isAway: away !== undefined,
    },
  ];
}

/** "refused 1, closed 2". */
function readReasons(text: string): Record<string, number> {
  const reasons = text.matchAll(/([a-z-]+) (\d+)/g);
  return Object.fromEntries([...reasons].map(([, reason, count]) => [reason!, Number(count)]));
}

/** What follows the records sent is in parts, each of which may be absent. */
function readSink(match: RegExpExecArray | null): PrintedSink[] {
  if (match === null) return [];
  const [, name = '', records = '', packets, rest = ''] = match;
  const part = (pattern: RegExp) => Number(pattern.exec(rest)?.[1] ?? 0);
  const [, acknowledged, acknowledgedBy] =
    /^ and (\S+) acknowledged by the (reader's host|reader)/.exec(rest) ?? [];
  return [
    {
      name,
      records: Number(records),
      packets: Number(packets),
      acknowledged: Number(acknowledged === 'all' ? records : (acknowledged ?? 0)),
      acknowledgedBy,
      recordsUnsent: part(/, (\d+) not sent \(/),
      packetsUnsent: part(/ not sent \((\d+) packets\)/),
      unsent: readReasons(/ not sent \(\d+ packets\): ((?:[a-z-]+ \d+(?:, )?)+)/.exec(rest)?.[1] ?? ''),
      recordsWaiting: part(/, (\d+) waiting \(/),
      packetsWaiting: part(/ waiting \((\d+) packets\)/),
      recordsOnDisk: part(/, (\d+) waiting on disk \(/),
      packetsOnDisk: part(/ waiting on disk \((\d+) packets\)/),
      recordsTakenUp: part(/, (\d+) taken up from disk \(/),
      packetsTakenUp: part(/ taken up from disk \((\d+) packets\)/),
      recordsRetried: part(/, (\d+) tried again/),
      duplicatesPossible: part(/, at most (\d+) duplicates/),
      fragmented: part(/, (\d+) sent in fragments/),
      droppedHere: part(/, at most (\d+) datagrams of those sent dropped on this host/),
    },
  ];
}

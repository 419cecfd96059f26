/**
 * The ledger: what became of every frame, from the kernel to each collector. The stages count; this file says what
 * the counts mean and which equations between them always hold.
 */
import type { TellingCounts } from '../record/drain.js';
import type { Sink, SinkCounts } from '../sink/sink.js';

/** Counts since the start. Frames, packets and records are plain counts. */
export interface Ledger {
  /** Frames that sources handed over. */
  readonly framesReceived: number;
  /** Frames that held no IP packet. */
  readonly framesNotIp: number;
  /** Frames that could not be decoded, by reason; reasons that did not occur are absent. */
  readonly framesMalformed: Readonly<Record<string, number>>;
  /** Frames that were not to be counted in any flow, by reason; reasons that did not occur are absent. */
  readonly framesLeftOut: Readonly<Record<string, number>>;
  /** Packets summed into flows. */
  readonly packetsAggregated: number;
  /** Of those, packets that found the flow table full and were folded into overflow records. */
  readonly packetsFolded: number;
  /** Windows of captures that opened again for packets that came after they had closed: a flow has two records then. */
  readonly windowsOpenedAgain: number;
  /** Windows with more new conversations than can be remembered: those may have other roles and ids in each window. */
  readonly windowsNotRemembered: number;
  /** Packets in windows that are still open, or of which nothing is told yet. */
  readonly packetsOpen: number;
  readonly sources: readonly SourceLedger[];
  /** What each enricher has done, in its own words. */
  readonly enrichers: readonly string[];
  readonly sinks: readonly SinkLedger[];
  /** How flows became records, for outputs that get the same ones. */
  readonly channels: readonly ChannelLedger[];
}

/** Frames that were lost before a live source saw them; undefined where nobody can know. */
export interface SourceLedger {
  readonly name: string;
  readonly droppedByKernel: number | undefined;
  readonly droppedByInterface: number | undefined;
  /** How often nothing was captured for a while, and for how long altogether: what passed then, nobody counted. */
  readonly gaps: number;
  readonly gapMs: number;
  /** How long that has been so now, which is in neither yet; 0 while it is captured. */
  readonly awayMs: number;
  /** Frames that the kernel offered to this capture, lost ones included, where it says so itself. */
  readonly offeredByKernel: number | undefined;
}

export interface ChannelLedger extends Readonly<TellingCounts> {
  /** Names of its outputs. */
  readonly sinks: readonly string[];
}

/** What became of the records, and of the packets they stand for, at one sink. */
export interface SinkLedger extends Readonly<SinkCounts> {
  readonly name: string;
  /** Packets of closed windows that are in none of its records yet. */
  readonly packetsOpen: number;
  readonly acknowledgedBy?: Sink['acknowledgedBy'];
}

/** The equations that do not hold, each as a sentence with its numbers; empty when the ledger balances. */
export function imbalances(ledger: Ledger): string[] {
  const wrong: string[] = [];
  const check = (name: string, left: number, right: number) => {
    if (left !== right) wrong.push(`${name}: ${left} on one side, ${right} on the other`);
  };
  check(
    'frames received = packets aggregated + not IP + malformed + left out',
    ledger.framesReceived,
    ledger.packetsAggregated +
      ledger.framesNotIp +
      total(ledger.framesMalformed) +
      total(ledger.framesLeftOut),
  );
  for (const sink of ledger.sinks) {
    check(
      `packets aggregated and taken up = packets sent + not sent + waiting + in open windows (${sink.name})`,
      ledger.packetsAggregated + sink.packetsTakenUp,
      sink.packetsSent +
        total(sink.packetsUnsent) +
        sink.packetsWaiting +
        sink.packetsOpen +
        ledger.packetsOpen,
    );
  }
  if (ledger.sources.length > 0 && ledger.sources.every((source) => source.offeredByKernel !== undefined)) {
    const sum = (count: (source: SourceLedger) => number | undefined) =>
      ledger.sources.reduce((total, source) => total + (count(source) ?? 0), 0);
    check(
      'offered by the kernel = frames received + dropped by kernel + dropped by interface',
      sum((source) => source.offeredByKernel),
      ledger.framesReceived +
        sum((source) => source.droppedByKernel) +
        sum((source) => source.droppedByInterface),
    );
  }
  return wrong;
}

/** The ledger for people, one fact a line. */
export function ledgerLines(ledger: Ledger): string[] {
  const lines = [`${ledger.framesReceived} frames received`];
  for (const source of ledger.sources) lines.push(sourceLine(source));
  lines.push(`${ledger.packetsAggregated} packets aggregated${foldedPart(ledger)}`);
  lines.push(`${ledger.framesNotIp} frames not IP`);
  lines.push(`${total(ledger.framesMalformed)} frames malformed${reasons(ledger.framesMalformed)}`);
  const leftOut = total(ledger.framesLeftOut);
  if (leftOut > 0) lines.push(`${leftOut} frames left out${reasons(ledger.framesLeftOut)}`);
  if (ledger.windowsOpenedAgain > 0)
    lines.push(`${ledger.windowsOpenedAgain} windows opened again for late packets`);
  if (ledger.windowsNotRemembered > 0)
    lines.push(`${ledger.windowsNotRemembered} windows with more new conversations than are remembered`);
  if (ledger.packetsOpen > 0) lines.push(`${ledger.packetsOpen} packets in windows not yet sent`);
  lines.push(...ledger.enrichers);
  lines.push(...ledger.channels.filter(({ flows, records }) => flows > records).map(channelLine));
  for (const sink of ledger.sinks) lines.push(sinkLine(sink));
  const wrong = imbalances(ledger);
  return wrong.length === 0
    ? [...lines, 'balanced']
    : [...lines, ...wrong.map((text) => `NOT BALANCED: ${text}`)];
}

function foldedPart({ packetsFolded }: Ledger): string {
  return packetsFolded === 0 ? '' : `, ${packetsFolded} of them folded into overflow records`;
}

function sourceLine({ name, gaps, gapMs, awayMs, ...drops }: SourceLedger): string {
  const dropped = `${known(drops.droppedByKernel)} dropped by the kernel, ${known(drops.droppedByInterface)} dropped by the interface`;
  const gap = gaps > 0 ? `, ${gaps} gaps of ${seconds(gapMs)} together` : '';
  const away = awayMs > 0 ? `, away for ${seconds(awayMs)} now` : '';
  return `${name}: ${dropped}${gap}${away}`;
}

/** A hand-over takes less than a millisecond, and must not print as 0. */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 100 ? 4 : 1)} s`;
}

function channelLine({ flows, records, sinks }: ChannelLedger): string {
  return `${flows} flows in ${records} records for ${sinks.join(', ')}`;
}

function sinkLine(sink: SinkLedger): string {
  const parts = [
    `${sink.recordsSent} records sent (${sink.packetsSent} packets)${acknowledgedPart(sink)}`,
    `${total(sink.recordsUnsent)} not sent (${total(sink.packetsUnsent)} packets)${reasons(sink.recordsUnsent)}`,
    ...waitingParts(sink),
    ...some(sink.recordsTakenUp, `taken up from disk (${sink.packetsTakenUp} packets)`),
    ...some(sink.packetsOpen, 'packets not in records yet'),
    ...some(sink.recordsRetried, 'tried again'),
    ...(sink.duplicatesPossible > 0 ? [`at most ${sink.duplicatesPossible} duplicates`] : []),
    ...some(sink.recordsFragmented, 'sent in fragments'),
    ...(sink.datagramsDroppedHere > 0
      ? [`at most ${sink.datagramsDroppedHere} datagrams of those sent dropped on this host`]
      : []),
  ];
  return `${sink.name}: ${parts.join(', ')}`;
}

const some = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);

function acknowledgedPart({ acknowledgedBy, recordsSent, recordsAcknowledged }: SinkLedger): string {
  if (acknowledgedBy === undefined || recordsSent === 0) return '';
  const what = recordsAcknowledged === recordsSent ? 'all' : recordsAcknowledged;
  return ` and ${what} acknowledged by the ${acknowledgedBy}`;
}

function waitingParts({
  recordsWaiting,
  packetsWaiting,
  recordsOnDisk,
  packetsOnDisk,
}: SinkLedger): string[] {
  return [
    ...some(recordsWaiting - recordsOnDisk, `waiting (${packetsWaiting - packetsOnDisk} packets)`),
    ...some(recordsOnDisk, `waiting on disk (${packetsOnDisk} packets)`),
  ];
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  return named.length === 0 ? '' : `: ${named.map(([reason, count]) => `${reason} ${count}`).join(', ')}`;
}

function known(count: number | undefined): string {
  return count === undefined ? 'unknown' : String(count);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

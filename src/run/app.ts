/**
 * The whole program but its process: opens every stage from the configuration, joins them, owns the timer that closes
 * windows and gives sinks their turns, and accounts for everything in the ledger.
 *
 * The edges (clocks, terminal, log) are handed in, so that tests drive it as main.ts does.
 */

import type { Enricher } from '../enrich/enricher.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import { withLimitRemedy } from '../host/file-limit.js';
import { prepareRights } from '../host/rights/rights.js';
import { type HashSeed, hashSeed } from '../packet/hash.js';
import { leftOutReasons, type OutcomeName, outcomes } from '../packet/packet.js';
import type { Config } from '../settings/config.js';
import type { Sink } from '../sink/sink.js';
import type { SourceError } from '../source/source.js';
import type { Channel } from './channel.js';
import { Delivery } from './delivery.js';
import type { Edges } from './edges.js';
import { openNetworks, prepareEnrichers } from './enrichers.js';
import type { Intake, IntakeOptions } from './intake.js';
import { openInterfaces } from './interfaces.js';
import { imbalances, type Ledger, type SinkLedger } from './ledger.js';
import { missesRecords } from './missed-records.js';
import { type Output, openOutput } from './outputs.js';
import { type OwnerKeeping, prepareOwners } from './owner-keeping.js';
import { shownNames } from './shown-names.js';
import { prepareIntake } from './sources.js';
import { openTrafficNaming, type TrafficNaming } from './traffic-naming.js';

/** How a run ended. */
export interface Ending {
  /** 0, 1, 2 or 77: see DESIGN's "What bad input gets". */
  readonly exitCode: number;
  readonly ledger: Ledger;
}

export interface App {
  /**
   * Captures, or reads what there is to read. Resolves when everything is sent and counted; rejects only where this
   * program is at fault, for what cannot be read or sent is said on the log and in the ending.
   */
  run(): Promise<Ending>;
  /** Files that are written to are opened anew. */
  reopen(): void;
  /** Ends the capture; what was captured is still sent. Called again, gives the sinks no more time. */
  stop(): void;
  ledger(): Ledger;
}

/** Milliseconds between two turns while anything waits to be sent. */
const busyTickMs = 5;
/** The last records are sent at the sinks' pace, but the process stays no longer than this once it is to end. */
const closingMs = 10_000;
const longestPatienceMs = 10_000;
/** How long a file's records wait for names and labels that are being asked for. */
const settlingMs = 5_000;

type OpenIntake = (options: IntakeOptions) => Intake;

/** Opens everything, and gives up what rights that took. Throws a UsageError or a SourceError when the configuration cannot be carried out. */
export async function openApp(config: Config, edges: Edges): Promise<App> {
  const isCapture = config.input.kind === 'live';
  const { identity, giveUp } = await prepareRights(config.user, edges.privileges, isCapture);
  const seed = hashSeed(edges.random);
  const networks = await openNetworks(config);
  const { environment } = edges.privileges;
  // Which records there are says whether owners are asked for; groups of them are told when the first window has closed.
  let owners: OwnerKeeping | undefined;
  const flowOwners = (window: ClosedWindow) => owners?.ownersIn(window);
  const output = await openOutput(config, { ...edges, environment, identity, seed, networks, flowOwners });
  owners = await prepareOwners(config, output.knowledge, edges);
  const interfaces = await openInterfaces(config.input, output.figures);
  const traffic = await openTrafficNaming(config, output.knowledge, edges.nowMs);
  const openEnrichers = await prepareEnrichers(
    config,
    edges,
    output.knowledge,
    identity,
    interfaces,
    networks,
    traffic,
    owners,
  );
  const payloads = traffic?.payloads;
  const newFlows = owners?.newFlows;
  const openIntake = await prepareIntake(config, { ...output, interfaces, payloads, newFlows }, edges);
  // Before anything that came over the network is read.
  const kept = giveUp();
  if (kept !== undefined) edges.log.line(kept);
  output.checkRights();
  return new RunningApp(config, edges, seed, output, await openEnrichers(), traffic, openIntake);
}

class RunningApp implements App {
  readonly #edges: Edges;
  readonly #channels: readonly Channel[];
  readonly #conversations: Output['conversations'];
  readonly #sinks: readonly Sink[];
  readonly #enrichers: readonly Enricher[];
  readonly #traffic: TrafficNaming | undefined;
  readonly #delivery: Delivery;
  readonly #intake: Intake;
  readonly #live: boolean;
  readonly #asksNames: boolean;
  #exitCode = 0;
  #timer: NodeJS.Timeout | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(
    config: Config,
    edges: Edges,
    seed: HashSeed,
    output: Output,
    enrichers: readonly Enricher[],
    traffic: TrafficNaming | undefined,
    openIntake: OpenIntake,
  ) {
    this.#edges = edges;
    this.#channels = output.channels;
    this.#conversations = output.conversations;
    this.#sinks = output.channels.flatMap(({ outlets }) => outlets.flatMap(({ sinks }) => sinks));
    this.#enrichers = enrichers;
    this.#traffic = traffic;
    this.#live = config.input.kind !== 'files';
    this.#asksNames = shownNames(config, output.knowledge).includes('ptr');
    this.#delivery = new Delivery({
      channels: output.channels,
      figures: output.figures,
      enrich: enrichWith(enrichers),
      maxFlows: config.maxFlows,
      seed,
      nowMs: edges.nowMs,
      patienceMs: this.#live ? Math.min(config.intervalMs / 2, longestPatienceMs) : longestPatienceMs,
      holdsBack: !this.#live,
      hurryAtMs: () => this.#deadlineMs,
    });
    this.#intake = openIntake({
      intervalUs: config.intervalMs * 1000,
      nowUs: edges.nowUs,
      nowMs: edges.nowMs,
      emptyTable: () => this.#delivery.emptyTable(),
      windowClosed: (window) => this.#windowClosed(window),
      breathe: () => this.#tick(),
      failed: (error) => this.#sourceFailed(error),
    });
  }

  async run(): Promise<Ending> {
    for (const sink of this.#sinks) sink.start?.();
    this.#tick();
    if (!this.#live) await this.#settleEnrichers();
    const intake = this.#intake.run();
    // Not before it captures: who waits for this line misses nothing that comes after it.
    if (this.#live) this.#edges.log.line(`${this.#intake.description}; sending to ${this.#sinkNames}`);
    await intake;
    await this.#delivery.drained();
    if (!this.#live) await this.#delivery.sent();
    const closing = Promise.all(this.#sinks.map((sink) => sink.close(this.#closingDeadlineMs)));
    // The timer may be asleep until a window's end that nobody waits for any more.
    this.#tick();
    await closing;
    clearTimeout(this.#timer);
    for (const enricher of this.#enrichers) enricher.close();
    const ledger = this.ledger();
    const isCutShort = this.#deadlineMs !== Number.POSITIVE_INFINITY;
    const kind = { isCapture: this.#live, isCutShort };
    // A ledger that does not balance is a defect of ours.
    const isWrong = this.#sinks.some((sink) => missesRecords(sink, kind)) || imbalances(ledger).length > 0;
    return { exitCode: this.#exitCode || (isWrong ? 1 : 0), ledger };
  }

  stop(): void {
    const isAgain = this.#deadlineMs !== Number.POSITIVE_INFINITY;
    this.#deadlineMs = isAgain ? 0 : this.#edges.nowMs() + closingMs;
    if (isAgain) for (const sink of this.#sinks) sink.hurry?.();
    this.#intake.stop();
  }

  reopen(): void {
    for (const sink of this.#sinks) sink.reopen?.();
  }

  ledger(): Ledger {
    const { framesReceived, packetsAggregated, byOutcome, packetsFolded, windowsOpenedAgain } =
      this.#intake.counts;
    const count = (name: OutcomeName) => byOutcome[outcomes.indexOf(name)]!;
    const isMalformed = (name: OutcomeName) => name !== 'not-ip' && !leftOutReasons.includes(name);
    const counted = (names: readonly OutcomeName[]) =>
      Object.fromEntries(names.filter((name) => count(name) > 0).map((name) => [name, count(name)]));
    return {
      framesReceived,
      framesNotIp: count('not-ip'),
      framesMalformed: counted(outcomes.filter(isMalformed)),
      framesLeftOut: counted(leftOutReasons),
      packetsAggregated,
      packetsFolded,
      windowsOpenedAgain,
      windowsNotRemembered: this.#conversations?.windowsFull ?? 0,
      packetsOpen: this.#intake.packetsOpen + this.#delivery.packetsOpen,
      sources: this.#intake.sources,
      enrichers: this.#enrichers.map(({ inWords }) => inWords),
      sinks: this.#sinks.map((sink) => sinkLedger(sink, this.#delivery.packetsOpenFor(sink))),
      channels: this.#channels.map(({ counts, outlets }) => ({
        ...counts,
        sinks: outlets.flatMap(({ sinks }) => sinks.map(nameForPeople)),
      })),
    };
  }

  get #sinkNames(): string {
    return this.#sinks.map(nameForPeople).join(', ');
  }

  get #closingDeadlineMs(): number {
    return Math.min(this.#deadlineMs, this.#edges.nowMs() + closingMs);
  }

  #windowClosed(window: ClosedWindow): Promise<void> | undefined {
    if (this.#live) {
      this.#delivery.acceptAndSpread(window);
      return undefined;
    }
    this.#traffic?.windowClosed(window);
    return this.#asksNames ? this.#askAndDrain(window) : this.#delivery.acceptAndDrain(window);
  }

  /** Nobody waits for the records of a file, so their names are waited for, within bounds. */
  async #askAndDrain(window: ClosedWindow): Promise<void> {
    this.#delivery.ask(window);
    await this.#settleEnrichers();
    await this.#delivery.acceptAndDrain(window);
  }

  async #settleEnrichers(): Promise<void> {
    const deadlineMs = Math.min(this.#deadlineMs, this.#edges.nowMs() + settlingMs);
    await Promise.all(this.#enrichers.map((enricher) => enricher.settle?.(deadlineMs)));
  }

  /** A live capture ends with the first source that breaks off; files go on with the next. */
  #sourceFailed(error: SourceError): void {
    this.#edges.log.line(withLimitRemedy(error));
    this.#exitCode ||= error.exitCode;
    if (this.#live) this.#intake.stop();
  }

  /** Everything that is due: closing the live window, encoding, sending. Sets the timer for the next time. */
  #tick(): void {
    clearTimeout(this.#timer);
    const startMs = this.#edges.nowMs();
    const untilWindowMs = this.#intake.closeDueWindow();
    this.#delivery.tick(startMs);
    const brokenOutput = this.#sinks.length > 0 && this.#sinks.every((sink) => sink.broken === true);
    if (brokenOutput) this.#intake.stop();
    // The work of a tick is a part of the period: sinks keep a pace that counts on it.
    const restMs = Math.max(1, startMs + busyTickMs - this.#edges.nowMs());
    this.#timer = setTimeout(() => this.#tick(), this.#delivery.busy ? restMs : untilWindowMs);
  }
}

/** One call per record, whatever the number of enrichers. */
function enrichWith(enrichers: readonly Enricher[]): Enricher['enrich'] {
  return (record, window) => {
    for (const enricher of enrichers) enricher.enrich(record, window);
  };
}

function sinkLedger(sink: Sink, packetsOpen: number): SinkLedger {
  const { recordsUnsent, packetsUnsent, ...counts } = sink.counts;
  return {
    name: nameForPeople(sink),
    packetsOpen,
    acknowledgedBy: sink.acknowledgedBy,
    ...counts,
    recordsUnsent: { ...recordsUnsent },
    packetsUnsent: { ...packetsUnsent },
  };
}

function nameForPeople({ name }: Sink): string {
  return name === '-' ? 'stdout' : name;
}

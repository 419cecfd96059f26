/** Names from the traffic: joins what looks for them in packets to what fills them in. What nobody asks for is not loaded. */
import type { Enricher } from '../enrich/enricher.js';
import type { PayloadReader } from '../flow/meter.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import { readOncePerTurn } from '../host/clock.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';
import { shownNames } from './shown-names.js';

export interface TrafficNaming {
  readonly payloads: PayloadReader;
  readonly enricher: Enricher;
  /** To be called before the records of a file's window are made. */
  windowClosed(window: Pick<ClosedWindow, 'endUs'>): void;
}

/**
 * QUIC connections that are opened each second of a live capture, so that a flood takes no more than some fiftieth of a processor:
 * see native-notes/quic.md. Nobody waits for a file.
 */
const mostInitialsPerSecond = 500;

/** Undefined where no record shows such names. `nowMs` is a steady clock. */
export async function openTrafficNaming(
  config: Config,
  knowledge: ReadonlySet<Knowledge>,
  nowMs: () => number,
): Promise<TrafficNaming | undefined> {
  const { input, intervalMs } = config;
  const shown = shownNames(config, knowledge);
  const dns = shown.includes('dns');
  const tls = shown.includes('sni');
  const quic = shown.includes('quic');
  if (!dns && !tls && !quic) return undefined;
  const { PayloadObserver } = await import('../observe/payload-observer.js');
  const { TrafficNames, trafficNamesDefaults } = await import('../enrich/names/traffic/traffic-names.js');
  const isFiles = input.kind === 'files';
  // Names of a file are as old as its packets say, and its records are of the end of their window, however much later they are
  // made: so each run has the same.
  const file = { packetUs: Number.NEGATIVE_INFINITY, windowEndUs: Number.NEGATIVE_INFINITY };
  const steadyMs = readOncePerTurn(nowMs);
  const enricher = new TrafficNames({
    packetMs: isFiles ? () => file.packetUs / 1_000 : steadyMs,
    recordMs: isFiles ? () => file.windowEndUs / 1_000 : steadyMs,
    observed: () => observer.counts,
    limits: { shortestLifeMs: Math.max(trafficNamesDefaults.shortestLifeMs, twoWindowsMs(intervalMs)) },
  });
  const observer = new PayloadObserver({
    ...{ dns, tls, quic },
    findings: enricher,
    mostInitialsPerSecond: isFiles ? Number.POSITIVE_INFINITY : mostInitialsPerSecond,
  });
  const timed: PayloadReader = {
    look(view, end, packet, timestampUs) {
      file.packetUs = timestampUs;
      observer.look(view, end, packet, timestampUs);
    },
  };
  return {
    payloads: isFiles ? timed : observer,
    enricher,
    windowClosed: ({ endUs }) => {
      file.windowEndUs = endUs;
    },
  };
}

/** However long a window is, a name from its start is in its records. Of a file without windows all are in one. */
function twoWindowsMs(intervalMs: number): number {
  return intervalMs === 0 ? Number.POSITIVE_INFINITY : 2 * intervalMs;
}

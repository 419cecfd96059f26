/** Names from the traffic: joins what looks for them in packets to what fills them in. What nobody asks for is not loaded. */
import type { Enricher } from '../enrich/enricher.js';
import type { PayloadReader } from '../flow/meter.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';

export interface TrafficNaming {
  readonly payloads: PayloadReader;
  readonly enricher: Enricher;
}

/**
 * QUIC connections that are opened each second of a live capture: some 40 microseconds each, so that a flood takes no more
 * than a fiftieth of a processor. Nobody waits for a file.
 */
const mostInitialsPerSecond = 500;

/** Undefined where no record shows such names. `nowMs` is a steady clock. */
export async function openTrafficNaming(
  { names, input }: Config,
  knowledge: ReadonlySet<Knowledge>,
  nowMs: () => number,
): Promise<TrafficNaming | undefined> {
  const dns = names.from.includes('dns') && knowledge.has('dns');
  const tls = names.from.includes('sni') && knowledge.has('sni');
  const quic = names.from.includes('quic') && knowledge.has('sni');
  if (!dns && !tls && !quic) return undefined;
  const { PayloadObserver } = await import('../observe/payload-observer.js');
  const { TrafficNames } = await import('../enrich/names/traffic-names.js');
  const isFiles = input.kind === 'files';
  // Names of a file are kept by its own clock, so that each run has the same.
  const clock = { latestUs: Number.NEGATIVE_INFINITY };
  const enricher = new TrafficNames({
    nowMs: isFiles ? () => clock.latestUs / 1_000 : nowMs,
    observed: () => observer.counts,
  });
  const observer = new PayloadObserver({
    ...{ dns, tls, quic },
    findings: enricher,
    mostInitialsPerSecond: isFiles ? Number.POSITIVE_INFINITY : mostInitialsPerSecond,
  });
  if (!isFiles) return { payloads: observer, enricher };
  const payloads: PayloadReader = {
    look(view, end, packet, timestampUs) {
      if (timestampUs > clock.latestUs) clock.latestUs = timestampUs;
      observer.look(view, end, packet, timestampUs);
    },
  };
  return { payloads, enricher };
}

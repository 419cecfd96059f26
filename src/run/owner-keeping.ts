/** Owners of flows: connects the teller of new flows to the enricher. Nothing is loaded unless somebody asks for owners. */
import { closeSync } from 'node:fs';
import type { Enricher } from '../enrich/enricher.js';
import type { OwnerSources } from '../enrich/owners/owners.js';
import type { FlowOwners } from '../flow/folding/fold.js';
import type { NewFlows } from '../flow/new-flows.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import type { Log } from '../host/log.js';
import { loadNative, type Native } from '../host/native.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';
import { openSynWatch, type SynWatch } from './syn-watch.js';

export interface OwnerKeeping {
  readonly newFlows: NewFlows;
  ownersIn(window: ClosedWindow): FlowOwners;
  /** Begins to ask. To be called after rights were given up. */
  open(): Promise<Enricher>;
}

interface OwnerEdges {
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  readonly log: Log;
}

/**
 * Undefined where no record shows an owner, and where there are none to know: only live captures have them. Opens the watch for SYNs, which
 * takes a right; throws a Failure where that cannot be opened.
 */
export async function prepareOwners(
  { input, owners, intervalMs }: Config,
  knowledge: ReadonlySet<Knowledge>,
  { nowMs, log }: OwnerEdges,
): Promise<OwnerKeeping | undefined> {
  if (input.kind !== 'live' || owners === 'off' || !knowledge.has('owners')) return undefined;
  const loaded = loadNative();
  const watch = owners === 'syn' ? openSynWatch(loaded) : undefined;
  const { Owners, ownersLifeMs } = await import('../enrich/owners/owners.js');
  const lifeMs = ownersLifeMs(intervalMs);
  const kept = new Owners({ nowMs, lifeMs });
  return {
    newFlows: kept,
    ownersIn: (window) => kept.ownersIn(window),
    async open() {
      if (loaded.native === undefined) {
        kept.giveUp(loaded.problem);
        return kept;
      }
      try {
        kept.open(await openSources(loaded.native, watch, lifeMs));
      } catch (error) {
        // This process may be forbidden to open netlink sockets.
        if (watch !== undefined) throw watch.failure(error);
        const { message } = error as Error;
        kept.giveUp(message);
        log.line(`owners of flows are not known: ${message}`);
      }
      return kept;
    },
  };
}

/** Throws what the addon throws. */
async function openSources(
  native: Native,
  watch: SynWatch | undefined,
  keepMs: number,
): Promise<OwnerSources> {
  const descriptor = native.openSocketLookUps();
  watch?.start();
  const { openOwnerCatalog } = await import('../enrich/owners/open-catalog.js');
  return {
    catalog: await openOwnerCatalog({ keepMs }),
    lookUp: (questions, count, answers) => native.lookUpSockets(descriptor, questions, count, answers),
    syns: watch,
    close() {
      closeSync(descriptor);
      watch?.close();
    },
  };
}

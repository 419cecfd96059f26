/** Owners of flows: joins what is told of new flows to what fills owners in. What nobody asks for is not loaded. */
import { closeSync } from 'node:fs';
import type { Enricher } from '../enrich/enricher.js';
import type { OwnerSources } from '../enrich/owners/owners.js';
import type { FlowOwners } from '../flow/folding/fold.js';
import type { NewFlows } from '../flow/new-flows.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import { loadNative, type Native } from '../host/native.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';

export interface OwnerKeeping {
  readonly newFlows: NewFlows;
  ownersIn(window: ClosedWindow): FlowOwners;
  /** To be called when rights were given up: from then on it asks. */
  open(): Promise<Enricher>;
}

/**
 * Undefined where no record shows an owner, and where nobody can know one: only a capture's packets are this host's now. Opens what takes
 * a right to open. `nowMs` is a steady clock.
 */
export async function prepareOwners(
  { input, owners, intervalMs }: Config,
  knowledge: ReadonlySet<Knowledge>,
  nowMs: () => number,
): Promise<OwnerKeeping | undefined> {
  if (input.kind !== 'live' || owners === 'off' || !knowledge.has('owners')) return undefined;
  const { Owners, ownersLifeMs } = await import('../enrich/owners/owners.js');
  const lifeMs = ownersLifeMs(intervalMs);
  const kept = new Owners({ nowMs, lifeMs });
  return {
    newFlows: kept,
    ownersIn: (window) => kept.ownersIn(window),
    async open() {
      const { native } = loadNative();
      if (native !== undefined) kept.open(await openSources(native, lifeMs));
      return kept;
    },
  };
}

async function openSources(native: Native, keepMs: number): Promise<OwnerSources> {
  const { openOwnerCatalog } = await import('../enrich/owners/open-catalog.js');
  const catalog = await openOwnerCatalog({ keepMs });
  const descriptor = native.openSocketLookUps();
  return {
    catalog,
    lookUp: (questions, count, answers) => native.lookUpSockets(descriptor, questions, count, answers),
    close: () => closeSync(descriptor),
  };
}

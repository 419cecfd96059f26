/** Owners of flows: joins what is told of new flows to what fills owners in. What nobody asks for is not loaded. */
import type { Enricher } from '../enrich/enricher.js';
import type { FlowOwners } from '../flow/folding/fold.js';
import type { NewFlows } from '../flow/new-flows.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';

export interface OwnerKeeping {
  readonly newFlows: NewFlows;
  readonly owners: FlowOwners;
  /** To be called when rights were given up: from then on it asks. */
  open(): Promise<Enricher>;
}

/**
 * Undefined where no record shows an owner, and where nobody can know one: only a capture's packets are this host's now. Opens what takes
 * a right to open.
 */
export async function prepareOwners(
  { input, owners }: Config,
  knowledge: ReadonlySet<Knowledge>,
): Promise<OwnerKeeping | undefined> {
  if (input.kind !== 'live' || owners === 'off' || !knowledge.has('owners')) return undefined;
  const { Owners } = await import('../enrich/owners/owners.js');
  const opened = new Owners();
  return { newFlows: opened, owners: opened, open: async () => opened };
}

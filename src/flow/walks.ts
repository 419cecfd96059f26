/** How a window's flows become records, as an output asks for it. */

import { type Fold, foldClientPort, foldNetworks, type NamedNetworks } from './folding/fold.js';
import { GroupWalk } from './folding/group-walk.js';
import { type RestLimits, RestWalk } from './folding/rest-walk.js';
import type { HashSeed } from './hash.js';
import { type FlowReader, ReaderWalk, type Walk } from './walk.js';

export interface WalkOptions extends RestLimits {
  /** Flows that differ only in this are told as one. */
  readonly groups: readonly ('clients' | 'networks')[];
  readonly networks: NamedNetworks;
  /** For look-ups by keys that strangers choose. */
  readonly seed: HashSeed;
}

export function walkOver(reader: FlowReader, options: WalkOptions): Walk {
  const grouped = groupWalk(reader, options);
  const { top, minBytes, minPackets } = options;
  const hasRest = top !== Number.POSITIVE_INFINITY || minBytes > 0 || minPackets > 0;
  return hasRest ? new RestWalk(grouped, options) : grouped;
}

function groupWalk(reader: FlowReader, { groups, networks, seed }: WalkOptions): Walk {
  const folds: Fold[] = [];
  if (groups.includes('clients')) folds.push(foldClientPort);
  if (groups.includes('networks')) folds.push(foldNetworks(networks));
  if (folds.length === 0) return new ReaderWalk(reader);
  return new GroupWalk(reader, folds, seed);
}

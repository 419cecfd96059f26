/** How a window's flows become records, as an output asks for it. */

import type { HashSeed } from '../packet/hash.js';
import { type ConversationKnowledge, conversationFigures } from './conversations/conversation-knowledge.js';
import { ConversationReader } from './conversations/conversation-reader.js';
import {
  type FlowOwners,
  type Fold,
  foldClientPort,
  foldNetworks,
  foldOwners,
  type NamedNetworks,
} from './folding/fold.js';
import { GroupWalk } from './folding/group-walk.js';
import { RestWalk } from './folding/rest-walk.js';
import { newFlowFigures } from './new-flows.js';
import type { ClosedWindow } from './open-windows.js';
import type { FigureName } from './tally.js';
import { type FlowReader, ReaderWalk, rowReader, type Walk } from './walk.js';
import { hasRest, readsConversations, type WalkSettings } from './walk-settings.js';

/** What walks need to know beyond the window. */
export interface WalkKnowledge {
  /** Undefined where no settings ask for conversations. */
  readonly conversations: ConversationKnowledge | undefined;
  /** Undefined where no settings ask for groups of networks. */
  readonly networks: NamedNetworks | undefined;
  /** Undefined where no settings ask for groups of owners, and where no owners can be known. */
  readonly owners: FlowOwners | undefined;
  /** For look-ups by keys that strangers choose. */
  readonly seed: HashSeed;
}

/** What has to be counted of flows for a walk with these settings. */
export function figuresOf(settings: WalkSettings): readonly FigureName[] {
  const ofConversations = readsConversations(settings) ? conversationFigures : [];
  return settings.groups.includes('owner') ? [...ofConversations, ...newFlowFigures] : ofConversations;
}

export function walkOf(window: ClosedWindow, settings: WalkSettings, knowledge: WalkKnowledge): Walk {
  const walk = groupsOf(readerOf(window, settings, knowledge), settings, knowledge);
  return hasRest(settings) ? new RestWalk(walk, settings) : walk;
}

function readerOf(
  window: ClosedWindow,
  settings: WalkSettings,
  { conversations }: WalkKnowledge,
): FlowReader {
  if (!readsConversations(settings)) return rowReader(window.table);
  return new ConversationReader(window, { biflow: settings.biflow, knowledge: conversations! });
}

function groupsOf(
  reader: FlowReader,
  { groups }: WalkSettings,
  { networks, owners, seed }: WalkKnowledge,
): Walk {
  const folds: Fold[] = [];
  if (groups.includes('owner')) folds.push(foldOwners);
  if (groups.includes('clients')) folds.push(foldClientPort);
  if (groups.includes('networks')) folds.push(foldNetworks(networks!));
  if (folds.length === 0) return new ReaderWalk(reader);
  return new GroupWalk(reader, folds, groups.includes('owner') ? owners : undefined, seed);
}

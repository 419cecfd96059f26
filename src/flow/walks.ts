/** How a window's flows become records, as an output asks for it. */
import { type ConversationKnowledge, conversationFigures } from './conversations/conversation-knowledge.js';
import { ConversationReader } from './conversations/conversation-reader.js';
import { type Fold, foldClientPort, foldNetworks, type NamedNetworks } from './folding/fold.js';
import { GroupWalk } from './folding/group-walk.js';
import { type RestLimits, RestWalk } from './folding/rest-walk.js';
import type { HashSeed } from './hash.js';
import type { ClosedWindow } from './open-windows.js';
import type { FigureName } from './tally.js';
import { type FlowReader, ReaderWalk, rowReader, type Walk } from './walk.js';

export interface WalkSettings extends RestLimits {
  /** Both directions of a conversation are one record. */
  readonly biflow: boolean;
  /** Who is the client is wanted, and which conversation a flow is of, also where each direction is a record of its own. */
  readonly roles: boolean;
  /** Flows that differ only in this are told as one. */
  readonly groups: readonly ('clients' | 'networks')[];
}

/** What walks need to know beyond the window. */
export interface WalkKnowledge {
  /** Undefined where no settings ask for conversations. */
  readonly conversations: ConversationKnowledge | undefined;
  /** Undefined where no settings ask for groups of networks. */
  readonly networks: NamedNetworks | undefined;
  /** For look-ups by keys that strangers choose. */
  readonly seed: HashSeed;
}

/** Whether a walk with these settings reads conversations. */
export function readsConversations({ biflow, roles, groups }: WalkSettings): boolean {
  return biflow || roles || groups.includes('clients');
}

/** What has to be counted of flows for a walk with these settings. */
export function figuresOf(settings: WalkSettings): readonly FigureName[] {
  return readsConversations(settings) ? conversationFigures : [];
}

export function walkOf(window: ClosedWindow, settings: WalkSettings, knowledge: WalkKnowledge): Walk {
  const { top, minBytes, minPackets } = settings;
  const walk = groupsOf(readerOf(window, settings, knowledge), settings, knowledge);
  const hasRest = top !== Number.POSITIVE_INFINITY || minBytes > 0 || minPackets > 0;
  return hasRest ? new RestWalk(walk, settings) : walk;
}

function readerOf(
  window: ClosedWindow,
  settings: WalkSettings,
  { conversations }: WalkKnowledge,
): FlowReader {
  if (!readsConversations(settings)) return rowReader(window.table);
  return new ConversationReader(window, { biflow: settings.biflow, knowledge: conversations! });
}

function groupsOf(reader: FlowReader, { groups }: WalkSettings, { networks, seed }: WalkKnowledge): Walk {
  const folds: Fold[] = [];
  if (groups.includes('clients')) folds.push(foldClientPort);
  if (groups.includes('networks')) folds.push(foldNetworks(networks!));
  return folds.length === 0 ? new ReaderWalk(reader) : new GroupWalk(reader, folds, seed);
}

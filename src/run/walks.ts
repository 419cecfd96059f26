/** How windows are told, as outputs ask for it. Where all of them want each flow by itself, nothing else is loaded. */
import type { ConversationKnowledge } from '../flow/conversations/conversation-knowledge.js';
import type { FlowOwners, NamedNetworks } from '../flow/folding/fold.js';
import type { ClosedWindow } from '../flow/open-windows.js';
import type { FigureName } from '../flow/tally.js';
import { ReaderWalk, rowReader } from '../flow/walk.js';
import { readsConversations, tellsEachFlow, type WalkSettings } from '../flow/walk-settings.js';
import type { HashSeed } from '../packet/hash.js';
import type { InputConfig } from '../settings/config.js';
import type { Channel } from './channel.js';
import { hostKnowledge } from './host-knowledge.js';

export interface Walks {
  /** What walks read of flows beside packets and payload bytes. */
  readonly figures: readonly FigureName[];
  /** Undefined where none of them tells conversations. */
  readonly conversations: ConversationKnowledge | undefined;
  walkFor(settings: WalkSettings): Channel['walk'];
}

export interface WalkEdges {
  readonly seed: HashSeed;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  /** Undefined where none has a name. */
  readonly networks: NamedNetworks | undefined;
  /** Of a window that has closed. Undefined where nobody knows any. */
  readonly flowOwners: (window: ClosedWindow) => FlowOwners | undefined;
}

const plainWalks: Walks = {
  figures: [],
  conversations: undefined,
  walkFor: () => (window) => new ReaderWalk(rowReader(window.table)),
};

/** For all of these settings. */
export async function openWalks(
  input: InputConfig,
  all: readonly WalkSettings[],
  { seed, nowMs, networks, flowOwners }: WalkEdges,
): Promise<Walks> {
  if (all.every(tellsEachFlow)) return plainWalks;
  const { figuresOf, walkOf } = await import('../flow/walks.js');
  const conversations = all.some(readsConversations)
    ? await openConversations(input, seed, nowMs)
    : undefined;
  const knowledge = { conversations, networks, seed };
  return {
    conversations,
    figures: all.flatMap(figuresOf),
    walkFor: (settings) => (window) => walkOf(window, settings, { ...knowledge, owners: flowOwners(window) }),
  };
}

async function openConversations(
  input: InputConfig,
  seed: HashSeed,
  nowMs: () => number,
): Promise<ConversationKnowledge> {
  const { ConversationKnowledge } = await import('../flow/conversations/conversation-knowledge.js');
  return new ConversationKnowledge(seed, await hostKnowledge(input, nowMs));
}

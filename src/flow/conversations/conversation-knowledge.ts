/**
 * What is known of conversations beyond the window that is being told: one for all walks of a run. Walks over the same window
 * are told the same, however many there are.
 *
 * Who is the client is decided, in this order, by what the packets say (a SYN, an ICMP request), by what an earlier window told, and
 * by what is likely (ports, and who spoke first): see the files that do it.
 */

import type { HashSeed } from '../../packet/hash.js';
import { TCP_FIN, TCP_RST } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import type { ClosedWindow } from '../open-windows.js';
import { type FigureName, SYN_SEEN, type Tally } from '../tally.js';
import { identify } from './conversation-id.js';
import { Conversation, ConversationMemory, OF_THIS_WINDOW, UNKNOWN } from './conversation-memory.js';
import { guessedRole, type HostKnowledge } from './guessed-roles.js';
import { Pair } from './pair.js';
import { type Role, sourceIsClient, UNDECIDED, withReason } from './role.js';
import { hasFlags, seenRole } from './seen-roles.js';

/** What has to be counted of flows, that conversations can be told. */
export const conversationFigures: readonly FigureName[] = ['tcpFlags', 'icmp', 'times'];

const SENDER_OF_ONE_WAY = sourceIsClient('one-way');
const BY_EARLIER_WINDOW = sourceIsClient('earlier-window');

/** TCP's flags that end a conversation. */
const CLOSING = TCP_FIN | TCP_RST;

export class ConversationKnowledge {
  readonly #memory: ConversationMemory;
  readonly #host: HostKnowledge;
  readonly #pair = new Pair();
  readonly #conversation = new Conversation();

  /** A memory for `most` conversations of three windows, where that is given. */
  constructor(seed: HashSeed, host: HostKnowledge, most?: number) {
    this.#memory = new ConversationMemory(seed, most);
    this.#host = host;
  }

  /** Windows with more new conversations than can be remembered: those may have other roles and ids in each window. */
  get windowsFull(): number {
    return this.#memory.windowsFull;
  }

  /** From now on conversations of `window` are looked at. */
  enter(window: ClosedWindow): void {
    if (this.#memory.enter(window)) this.#host.forget();
  }

  /**
   * The conversation of a flow with this key, that counted `there`; `back` is what came back, nothing where `isOneWay`.
   * `sourceFirst` where the first packet went from source to target. The answer is valid until the next call.
   */
  judge(
    key: Packet,
    there: Tally,
    back: Tally,
    sourceFirst: boolean,
    isOneWay: boolean,
  ): Readonly<Conversation> {
    const pair = this.#pair;
    const known = this.#conversation;
    pair.become(key, isOneWay);
    const recollection = this.#memory.recall(pair, known);
    if (recollection === OF_THIS_WINDOW) return known;
    const isNew =
      recollection === UNKNOWN || (known.isClosed && (hasFlags(there, SYN_SEEN) || hasFlags(back, SYN_SEEN)));
    const remembered = recollection === UNKNOWN ? UNDECIDED : known.role;
    known.role = isOneWay ? SENDER_OF_ONE_WAY : roleOf(key, there, back, sourceFirst, remembered, this.#host);
    if (isNew) {
      known.isClosed = false;
      known.startUs = earlier(there.firstUs, back.firstUs);
      identify(pair, known);
    }
    known.isClosed ||= hasFlags(there, CLOSING) || hasFlags(back, CLOSING);
    this.#memory.remember(known);
    return known;
  }
}

function roleOf(
  key: Packet,
  there: Tally,
  back: Tally,
  sourceFirst: boolean,
  remembered: Role,
  host: HostKnowledge,
): Role {
  const seen = seenRole(key, there, back);
  if (seen !== UNDECIDED) return seen;
  if (remembered !== UNDECIDED) return withReason(remembered, BY_EARLIER_WINDOW);
  return guessedRole(key, sourceFirst, host);
}

/** Of two times one of which may be absent. */
function earlier(oneUs: number, otherUs: number): number {
  return otherUs < oneUs || Number.isNaN(oneUs) ? otherUs : oneUs;
}

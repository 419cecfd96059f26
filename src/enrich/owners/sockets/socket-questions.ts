/** Questions about sockets for the kernel, collected and asked in one call: see host/socket-look-ups.ts. */
import { socketAnswerWords, socketQuestionWords } from '../../../host/socket-look-ups.js';
import { ipv4MappedWord2 } from '../../../packet/address.js';
import { ADDRESS_WORDS, IS_IPV6, PAIR_WORDS } from '../../tables/ends.js';

/** Fills in the answers to `count` questions. Throws where the kernel takes none. */
export type LookUpSockets = (questions: Int32Array, count: number, answers: Int32Array) => void;

/** Words of a question: protocol and IP version, ports, interface, and where the addresses begin. */
const PROTOCOL = 0;
const PORTS = 1;
const INTERFACE = 2;
const LOCAL = 4;
const REMOTE = 8;
const IPV4 = 4 << 8;
const IPV6 = 6 << 8;
/** Words of an answer: user and state. The control group's id comes first. */
const USER = 3;
const STATE = 4;
/** States of linux/tcp_states.h. An unconnected UDP socket is in CLOSE. */
const CLOSE = 7;
const LISTEN = 10;
/** Words of a key of Ends. */
const KEY_PORTS = PAIR_WORDS;
const KEY_PROTOCOL = PAIR_WORDS + 1;
const LAST = ADDRESS_WORDS - 1;

/** An answer about one socket. The object is filled anew for each. */
export class SocketAnswer {
  isFound = false;
  isListener = false;
  /** The socket is connected: it serves this flow and no other. */
  isConnected = false;
  /** 0 where it is not known. */
  cgroupId = 0;
  /** -1 where it is not known. */
  userId = -1;

  /** `ids` is the same memory as `words`. */
  read(words: Int32Array, ids: Float64Array, at: number): void {
    const state = words[at + STATE]!;
    const user = words[at + USER]!;
    this.cgroupId = ids[at / 2]!;
    this.userId = user === -1 ? -1 : user >>> 0;
    this.isListener = state === LISTEN;
    this.isConnected = state !== LISTEN && state !== CLOSE;
    this.isFound = state !== 0 && (this.userId !== -1 || this.cgroupId !== 0);
  }
}

export class SocketQuestions {
  count = 0;
  readonly #questions: Int32Array;
  readonly #answers: Int32Array;
  readonly #ids: Float64Array;

  /** `most`: how many questions it has room for. */
  constructor(most: number) {
    this.#questions = new Int32Array(most * socketQuestionWords);
    this.#answers = new Int32Array(most * socketAnswerWords);
    this.#ids = new Float64Array(this.#answers.buffer);
  }

  /** Adds a question by the key of Ends at `at`, whose first end is the local one. */
  add(key: Int32Array, at: number, interfaceIndex: number): void {
    writeQuestion(this.#questions, this.count++ * socketQuestionWords, key, at, interfaceIndex);
  }

  ask(lookUp: LookUpSockets): void {
    lookUp(this.#questions, this.count, this.#answers);
  }

  readAnswer(question: number, answer: SocketAnswer): void {
    answer.read(this.#answers, this.#ids, question * socketAnswerWords);
  }
}

function writeQuestion(
  words: Int32Array,
  to: number,
  key: Int32Array,
  at: number,
  interfaceIndex: number,
): void {
  const protocol = key[at + KEY_PROTOCOL]!;
  const isIPv6 = (protocol & IS_IPV6) !== 0;
  words[to + PROTOCOL] = (protocol & 0xff) | (isIPv6 ? IPV6 : IPV4);
  words[to + PORTS] = key[at + KEY_PORTS]!;
  words[to + INTERFACE] = interfaceIndex;
  words[to + INTERFACE + 1] = 0;
  // An IPv4 address is the last of four words in a key, and the first in a question.
  for (let word = 0; word < ADDRESS_WORDS; word++) {
    const from = isIPv6 ? word : LAST;
    const isOne = isIPv6 || word === 0;
    words[to + LOCAL + word] = isOne ? key[at + from]! : 0;
    words[to + REMOTE + word] = isOne ? key[at + ADDRESS_WORDS + from]! : 0;
  }
}

/** Fills in the key of Ends for the question at `from`. */
export function readQuestion(words: Int32Array, from: number, key: Int32Array): void {
  const protocol = words[from + PROTOCOL]!;
  const isIPv6 = (protocol & ~0xff) === IPV6;
  key[KEY_PROTOCOL] = (protocol & 0xff) | (isIPv6 ? IS_IPV6 : 0);
  key[KEY_PORTS] = words[from + PORTS]!;
  readAddress(words, from + LOCAL, key, 0, isIPv6);
  readAddress(words, from + REMOTE, key, ADDRESS_WORDS, isIPv6);
}

function readAddress(words: Int32Array, from: number, key: Int32Array, to: number, isIPv6: boolean): void {
  for (let word = 0; word < LAST; word++) key[to + word] = isIPv6 ? words[from + word]! : 0;
  if (!isIPv6) key[to + 2] = ipv4MappedWord2;
  key[to + LAST] = words[isIPv6 ? from + LAST : from]!;
}

/** Asks the kernel for sockets as the addon does it, by ends as text. */
import { readlinkSync } from 'node:fs';
import {
  type SocketLookUps,
  socketAnswerWords,
  socketQuestionWords,
} from '../../src/host/socket-look-ups.js';
import { parseAddress } from '../../src/packet/address.js';

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface SocketQuestion {
  readonly protocol: 'tcp' | 'udp';
  readonly local: End;
  readonly remote: End;
  readonly interfaceIndex?: number;
}

export interface SocketAnswer {
  readonly controlGroup: number;
  readonly inode: number;
  readonly user: number;
  readonly state: number;
}

/** linux/tcp_states.h. UDP's sockets are CLOSED, or where they are connected ESTABLISHED. */
export const states = { established: 1, synSent: 2, finWait1: 4, closed: 7, lastAck: 9, listen: 10 } as const;
export const unknownUser = 0xffff_ffff;
export const noSocket: SocketAnswer = { controlGroup: 0, inode: 0, user: 0, state: 0 };

export function questionsOf(questions: readonly SocketQuestion[]): Int32Array {
  const words = new Int32Array(questions.length * socketQuestionWords);
  questions.forEach((question, at) => {
    words.set(questionWords(question), at * socketQuestionWords);
  });
  return words;
}

function questionWords({ protocol, local, remote, interfaceIndex = 0 }: SocketQuestion): number[] {
  const { family, words: localWords } = parseAddress(local.address)!;
  const ports = swapped(local.port) | (swapped(remote.port) << 16);
  const number = { tcp: 6, udp: 17 }[protocol];
  return [
    ...[number | (family << 8), ports, interfaceIndex, 0],
    ...localWords,
    ...parseAddress(remote.address)!.words,
  ];
}

const swapped = (port: number) => ((port & 0xff) << 8) | (port >>> 8);

/** The answers in `words`, each in `stride` words from `offset` on. */
export function answersIn(
  words: Int32Array,
  count: number,
  offset = 0,
  stride = socketAnswerWords,
): SocketAnswer[] {
  const view = new DataView(words.buffer, words.byteOffset);
  return Array.from({ length: count }, (_, at) => {
    const start = offset + at * stride;
    const [inode, user, state, rest] = [2, 3, 4, 5].map((word) => words[start + word]! >>> 0);
    if (rest !== 0) throw new Error(`word 5 of answer ${at} is ${rest}`);
    return { controlGroup: view.getFloat64(4 * start, true), inode: inode!, user: user!, state: state! };
  });
}

/** Asks all at once. */
export function lookUp(
  native: SocketLookUps,
  descriptor: number,
  questions: readonly SocketQuestion[],
): SocketAnswer[] {
  const answers = new Int32Array(questions.length * socketAnswerWords).fill(-1);
  native.lookUpSockets(descriptor, questionsOf(questions), questions.length, answers);
  return answersIn(answers, questions.length);
}

/** The inode of a socket that this process has open. */
export function inodeOf(descriptor: number): number {
  return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1]);
}

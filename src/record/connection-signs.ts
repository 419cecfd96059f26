/** What a flow's packets say about their connection, as bits. */
import { SYN_ACK_SEEN, SYN_SEEN } from '../flow/tally.js';
import { PROTOCOL_TCP } from '../packet/numbers.js';

/** These packets opened it: what was known before was of another connection. */
export const IS_NEW = 1;
/** It cannot be told whether the connection is still the same: UDP, or no flags were counted. */
export const IS_VAGUE = 2;
/** The local end opened it; the other end did. */
export const IS_CLIENT = 4;
export const IS_SERVER = 8;

/** `sent` and `received`: TCP flags as a Tally has them, of the packets from the local end and from the other one; -1 where there are none. */
export function signsOf(protocol: number, sent: number, received: number): number {
  if (protocol !== PROTOCOL_TCP || (sent < 0 && received < 0)) return IS_VAGUE;
  const isClient = has(sent, SYN_SEEN) || has(received, SYN_ACK_SEEN);
  const isServer = has(received, SYN_SEEN) || has(sent, SYN_ACK_SEEN);
  return (isClient || isServer ? IS_NEW : 0) | (isClient ? IS_CLIENT : 0) | (isServer ? IS_SERVER : 0);
}

const has = (flags: number, flag: number): boolean => flags >= 0 && (flags & flag) !== 0;

/** What a flow's packets say of the connection that they belong to, as bits. */

import { SYN_ACK_SEEN, SYN_SEEN } from '../flow/tally.js';
import { PROTOCOL_TCP } from '../packet/numbers.js';

/** It was opened by these packets: what was known before is of another one. */
export const IS_NEW = 1;
/** Nobody can tell whether it is the same as before: of UDP, and where no flags are counted. */
export const IS_VAGUE = 2;
/** The local end opened it, or the other one did. */
export const IS_CLIENT = 4;
export const IS_SERVER = 8;

/** `sent` and `received` are flags of a Tally's, of the packets of the local end and of the other one; -1 where there are none. */
export function signsOf(protocol: number, sent: number, received: number): number {
  if (protocol !== PROTOCOL_TCP || (sent < 0 && received < 0)) return IS_VAGUE;
  const isClient = has(sent, SYN_SEEN) || has(received, SYN_ACK_SEEN);
  const isServer = has(received, SYN_SEEN) || has(sent, SYN_ACK_SEEN);
  return (isClient || isServer ? IS_NEW : 0) | (isClient ? IS_CLIENT : 0) | (isServer ? IS_SERVER : 0);
}

const has = (flags: number, flag: number): boolean => flags >= 0 && (flags & flag) !== 0;

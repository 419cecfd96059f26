/** Who is the client, as the packets of a window themselves say: the hand that TCP gives first, and who asks by ICMP. */
import { PROTOCOL_TCP } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { SYN_ACK_SEEN, SYN_SEEN, type Tally } from '../tally.js';
import { isIcmp, isReply, isRequest } from './one-way.js';
import { type Role, sourceIsClient, targetIsClient, UNDECIDED } from './role.js';

const SOURCE_BY_SYN = sourceIsClient('syn');
const TARGET_BY_SYN = targetIsClient('syn');
const SOURCE_BY_TYPE = sourceIsClient('icmp-type');
const TARGET_BY_TYPE = targetIsClient('icmp-type');

/** `there` is what went from the key's source to its target, `back` what came back. */
export function seenRole(key: Packet, there: Tally, back: Tally): Role {
  if (key.protocol === PROTOCOL_TCP) return synRole(there, back);
  return isIcmp(key) ? typeRole(key, there, back) : UNDECIDED;
}

/** A SYN comes from the client, and a SYN with an ACK from the server. Where both sent one, it says nothing. */
function synRole(there: Tally, back: Tally): Role {
  const opens = hasFlags(there, SYN_SEEN);
  if (opens !== hasFlags(back, SYN_SEEN)) return opens ? SOURCE_BY_SYN : TARGET_BY_SYN;
  const answers = hasFlags(there, SYN_ACK_SEEN);
  if (answers !== hasFlags(back, SYN_ACK_SEEN)) return answers ? TARGET_BY_SYN : SOURCE_BY_SYN;
  return UNDECIDED;
}

/** Two hosts that ask each other are equals. */
function typeRole(key: Packet, there: Tally, back: Tally): Role {
  const sourceAsks = isRequest(key, there.icmpType) || isReply(key, back.icmpType);
  const targetAsks = isRequest(key, back.icmpType) || isReply(key, there.icmpType);
  if (sourceAsks === targetAsks) return UNDECIDED;
  return sourceAsks ? SOURCE_BY_TYPE : TARGET_BY_TYPE;
}

/** Whether any of these flags was seen. */
export function hasFlags({ tcpFlags }: Tally, flags: number): boolean {
  return tcpFlags > 0 && (tcpFlags & flags) !== 0;
}

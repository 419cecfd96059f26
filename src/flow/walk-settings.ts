/** What an output asks of the records of a window. Apart from what carries it out, which is loaded only where something is asked. */

export interface RestLimits {
  /** So many with the most payload bytes are told by themselves, and so many with the most packets; Infinity tells all. */
  readonly top: number;
  /** Those with fewer payload bytes, or with fewer packets, are not: both directions of a conversation together. */
  readonly minBytes: number;
  readonly minPackets: number;
}

export interface WalkSettings extends RestLimits {
  /** Both directions of a conversation are one record. */
  readonly biflow: boolean;
  /** Who is the client is wanted, and which conversation a flow is of, also where each direction is a record of its own. */
  readonly roles: boolean;
  /** Flows that differ only in this are told as one. */
  readonly groups: readonly ('clients' | 'networks' | 'owner')[];
}

export function readsConversations({ biflow, roles, groups }: WalkSettings): boolean {
  return biflow || roles || groups.includes('clients') || groups.includes('owner');
}

/** Whether some flows may be told as the rest of their protocol. */
export function hasRest({ top, minBytes, minPackets }: RestLimits): boolean {
  return top !== Number.POSITIVE_INFINITY || minBytes > 0 || minPackets > 0;
}

/** Whether each flow is told by itself, and nothing more of it than what was counted. */
export function tellsEachFlow(settings: WalkSettings): boolean {
  return settings.groups.length === 0 && !readsConversations(settings) && !hasRest(settings);
}

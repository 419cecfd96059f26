/** Who is told of flows soon after they began, and not only when their window has closed. */
import type { Packet } from '../packet/packet.js';

export interface NewFlows {
  /**
   * A flow that has a row since the last time. `key` is read during the call only. `interfaceIndex` is that of the first
   * packet's interface, 0 where it is not known.
   */
  flow(key: Packet, interfaceIndex: number): void;
  /** No more come now. */
  told(): void;
}

/** So many are told of at a time; others come the next time. */
export const mostNewFlows = 4_096;

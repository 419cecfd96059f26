/** Looks up sockets in the kernel, by the addon: whose they are. */

declare const synWatchHandle: unique symbol;
/** A small capture of the SYNs that this host sends. */
export interface SynWatchHandle {
  readonly [synWatchHandle]: never;
}

/**
 * A question about a socket, in 32-bit words. Ports and addresses are as Packet has them; the local port comes first.
 *
 *     0 protocol (6, 17), and above it the IP version << 8     4-7 the local address; IPv4 in word 4
 *     1 ports                                                  8-11 the other end's
 *     2 index of the interface that the packets take, or 0     3 0
 *
 * A socket that is bound to a device, as all of link-local addresses are, is found by that device's index alone. Where nothing is found,
 * the index of the interface that has the local address is tried, if only one has it (it may be the bridge whose port captured the
 * packets).
 */
export const socketQuestionWords = 12;
/**
 * The answer:
 *
 *     0-1 id of the socket's control group, a float64; 0 where it is not known     4 state (linux/tcp_states.h); 0 where no socket was found
 *     2 inode, 0 where no process has it                                           5 0
 *     3 user id, unsigned; 0xffffffff where it is not known
 *
 * A connection that waits to be accepted has no inode yet; a closed one that still has bytes to send has none any more. Both have a
 * control group. If that is 0 as well, no socket was found.
 */
export const socketAnswerWords = 6;

/** Every function throws as the addon's others do: see Native. */
export interface SocketLookUps {
  /** Opens a socket for `lookUpSockets` (sock_diag(7)); it takes no right. Returns its descriptor, which the caller closes. */
  openSocketLookUps(): number;
  /**
   * Asks the kernel for the sockets of `count` flows of this network namespace, and fills in `answers`, each in its question's
   * place. A socket is found as the kernel finds it for a packet that arrives: the connection itself; else who listens, or is bound to
   * that port, so for a connection that is closed, in TIME_WAIT, or not yet established, too; but nobody where that may be one of
   * several, of different control groups or users, and the kernel does not tell which. Never waits: an answer that is lost
   * each time, for want of memory, is one of no socket. Throws where the kernel takes no questions.
   */
  lookUpSockets(descriptor: number, questions: Int32Array, count: number, answers: Int32Array): void;

  /**
   * Opens a packet socket that takes the SYNs which this host sends, on all interfaces, and nothing else: that takes the right to capture.
   * Its filter can be changed by nobody. Takes and looks up nothing before `startSynWatch`, which takes no right. Of IPv6 only packets
   * without extension headers are taken. A SYN that passes several interfaces (a bond and its member) is taken on each.
   */
  openSynWatch(mostPerSecond: number): SynWatchHandle;
  /**
   * Starts a thread that looks up the socket of each SYN at once. To be called when rights were given up, so that it has none; and
   * once. After `mostPerSecond` look-ups it rests until a second has passed since the first of them.
   */
  startSynWatch(watch: SynWatchHandle): void;
  /**
   * Moves what was found since to the start of `into`: a question and its answer each, the oldest first. Returns how many these are;
   * where `into` is too small for all, others come the next time; 4,096 are kept. SYNs without a socket here, such as forwarded
   * ones, are not among them.
   */
  readSynWatch(watch: SynWatchHandle, into: Int32Array): number;
  /**
   * Since it was opened: SYNs that were looked up, found or not; those that were passed over, for they waited when `mostPerSecond` was
   * reached, or nobody had read what was found before; and those that the kernel dropped. While it rests nobody counts.
   */
  synWatchCounts(watch: SynWatchHandle): { lookedUp: number; passedOver: number; dropped: number };
  /** Ends the thread, and waits for its end. Safe to call again. */
  closeSynWatch(watch: SynWatchHandle): void;
}

/** What is known of a socket, as bits of one word. */

/** How a row's owner is known. */
export const NOBODY = 0;
export const SOCKET = 1;
export const LISTENER = 2;
export type Known = typeof NOBODY | typeof SOCKET | typeof LISTENER;

/** Holds one of the three above. */
export const KNOWN = 3;
/** The connection has ended, or is another one now, by all signs. */
export const IS_ENDED = 4;
export const IS_ASKED = 8;
/** The kernel had no such socket. In a row of NOBODY, CONFIRMED says for which window. */
export const IS_MISSED = 16;
/** The socket was found by its SYN, before its flow was told: the flow's window is still to come. */
export const IS_EARLY = 32;
/** The socket is connected: it serves this flow and no other. */
export const IS_CONNECTED = 64;
/** This host forwarded the latest packets from the local end; it did not send them itself. */
export const IS_FORWARDED = 128;
/** Packets from the local end were seen. */
export const IS_SENT = 256;
/** The local end opened the connection: whoever listens at its port has come later. */
export const IS_OF_CLIENT = 512;
/** What stays, whatever the kernel answers. */
export const LASTING = IS_FORWARDED | IS_SENT | IS_OF_CLIENT;

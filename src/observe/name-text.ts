/**
 * Names as strangers send them. Shown is only what a host's name is made of (RFC 1123, with the underscore that is common):
 * whoever sends a packet chooses the name in it.
 */

/** RFC 1035, 2.3.4: 255 octets with the lengths of the first label and of the root. */
export const longestNameBytes = 253;

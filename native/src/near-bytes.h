/* How much of a frame decoding can look at. */
#ifndef NEAR_BYTES_H
#define NEAR_BYTES_H

#include <stdint.h>

#define ETHERNET_BYTES 14
#define IPV4_BYTES 20
#define IPV6_BYTES 40
/* Up to TCP's flags; no other protocol's header is looked at so far. */
#define TRANSPORT_BYTES 14
/* Of most frames: with IPv4 without options. With its header in the buffer such a frame takes 64 bytes, a line of the cache. */
#define USUAL_NEAR_BYTES (ETHERNET_BYTES + IPV4_BYTES + TRANSPORT_BYTES)

/*
 * How many of the captured bytes of an Ethernet frame decoding can look at, where that is plain to see: with IPv4, and with
 * TCP or UDP right behind IPv6; else all of them.
 */
static inline uint32_t near_bytes(const uint8_t *frame, uint32_t captured) {
  if (captured < ETHERNET_BYTES + IPV4_BYTES) return captured;
  const uint8_t *ip = frame + ETHERNET_BYTES;
  uint32_t ether_type = (uint32_t)(frame[12] << 8 | frame[13]);
  uint32_t header = ip[0] & 0xf;
  uint32_t near = captured;
  if (ether_type == 0x0800) near = ETHERNET_BYTES + 4 * (header < 5 ? 5 : header) + TRANSPORT_BYTES;
  else if (ether_type == 0x86dd && (ip[6] == 6 || ip[6] == 17)) near = ETHERNET_BYTES + IPV6_BYTES + TRANSPORT_BYTES;
  return near < captured ? near : captured;
}

#endif

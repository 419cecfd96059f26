/* How much of a frame whoever decodes it is given. */
#ifndef NEAR_BYTES_H
#define NEAR_BYTES_H

#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdbool.h>
#include <stdint.h>

#include "names/name-rule.h"

/* As native.ts has them: bits. WHOLE is none of them; NAMES and HEALTH come with HEADERS only. */
enum frame_part { WHOLE = 0, HEADERS = 1, NAMES = 2, HEALTH = 4 };

#define ETHERNET_BYTES 14
#define VLAN_TAG_BYTES 4
#define SLL_BYTES 16
#define SLL2_BYTES 20
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define ETHER_TYPE_IPV4 0x0800
#define ETHER_TYPE_IPV6 0x86dd
#define ETHER_TYPE_VLAN 0x8100
#define ETHER_TYPE_SERVICE_VLAN 0x88a8
/* Up to TCP's flags; no other protocol's header is looked at so far. */
#define TRANSPORT_BYTES 14
/* Up to TCP's window, and to the first two bytes of UDP's payload. */
#define HEALTH_TRANSPORT_BYTES 16
/* An ICMP error: its header, the longest IPv4 header that it may quote, and the quoted ports. */
#define HEALTH_ICMP_BYTES (8 + 60 + 4)
/* Of most frames: with IPv4 without options. With its header in the buffer such a frame takes 64 bytes, a line of the cache. */
#define USUAL_NEAR_BYTES (ETHERNET_BYTES + IPV4_BYTES + TRANSPORT_BYTES)
#define USUAL_HEALTH_BYTES (ETHERNET_BYTES + IPV4_BYTES + HEALTH_TRANSPORT_BYTES)

/*
 * How many of the captured bytes of an Ethernet frame decoding can look at, where that is plain to see: with IPv4, and with
 * TCP or UDP right behind IPv6; else all of them.
 */
static inline uint32_t near_bytes(const uint8_t *frame, uint32_t captured, bool health) {
  if (captured < ETHERNET_BYTES + IPV4_BYTES) return captured;
  const uint8_t *ip = frame + ETHERNET_BYTES;
  uint32_t ether_type = uint16_at(frame + 12);
  uint32_t header = ip[0] & 0xf;
  uint32_t near = captured;
  uint32_t transport = health ? HEALTH_TRANSPORT_BYTES : TRANSPORT_BYTES;
  if (ether_type == ETHER_TYPE_IPV4)
    near = ETHERNET_BYTES + 4 * (header < 5 ? 5 : header) + (health && ip[9] == IPPROTO_ICMP ? HEALTH_ICMP_BYTES : transport);
  else if (ether_type == ETHER_TYPE_IPV6 && (ip[6] == 6 || ip[6] == 17)) near = ETHERNET_BYTES + IPV6_BYTES + transport;
  return near < captured ? near : captured;
}

static inline bool is_vlan(uint32_t ether_type) {
  return ether_type == ETHER_TYPE_VLAN || ether_type == ETHER_TYPE_SERVICE_VLAN;
}

/* Where the IP header begins, behind two VLAN tags at most; -1 where there is none. At least ETHERNET_BYTES are captured. */
static inline int ip_in_ethernet(const uint8_t *frame, uint32_t captured) {
  uint32_t type_at = ETHERNET_BYTES - 2;
  for (int tags = 0; tags <= 2 && type_at + 2 <= captured; tags++) {
    uint32_t ether_type = uint16_at(frame + type_at);
    if (ether_type == ETHER_TYPE_IPV4 || ether_type == ETHER_TYPE_IPV6) return (int)type_at + 2;
    if (!is_vlan(ether_type)) break;
    type_at += VLAN_TAG_BYTES;
  }
  return -1;
}

/* Whether the Ethernet frame may carry a name; see may_carry_name(). */
static inline bool may_ethernet_carry_name(const uint8_t *frame, uint32_t captured, uint32_t wire) {
  if (captured < ETHERNET_BYTES + LEAST_NAME_PACKET) return false;
  int ip = ip_in_ethernet(frame, captured);
  return ip >= 0 && may_carry_name(frame + ip, captured - (uint32_t)ip, wire - (uint32_t)ip);
}

/* The same for a frame as libpcap hands it over, of one of the link types for which the kernel captures such frames whole. */
static inline bool may_frame_carry_name(int link_type, const uint8_t *frame, uint32_t captured, uint32_t wire) {
  if (link_type == DLT_EN10MB) return may_ethernet_carry_name(frame, captured, wire);
  uint32_t ip = link_type == DLT_LINUX_SLL ? SLL_BYTES : link_type == DLT_LINUX_SLL2 ? SLL2_BYTES : 0;
  if (link_type == DLT_LINUX_SLL && captured >= SLL_BYTES && is_vlan(uint16_at(frame + 14))) ip += VLAN_TAG_BYTES;
  return captured > ip && may_carry_name(frame + ip, captured - ip, wire - ip);
}

#endif

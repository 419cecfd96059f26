/*
 * Which packets may carry the name that somebody asked for. The rule remembers nothing: name-program.c has the kernel read it
 * as well.
 *
 * - UDP from port 53: DNS answers (RFC 1035). TCP from port 53 with payload.
 * - TCP whose payload begins with a TLS record that begins with a ClientHello (RFC 8446, 5.1 and 4): 16 03 .. .. .. 01.
 * - TCP to a port of TLS whose payload may be the last part of a ClientHello that is cut in two, since it begins with no TLS
 *   record: with PSH, and no longer than an Ethernet frame's.
 * - UDP of at least 1,200 bytes whose payload is a long header of QUIC's with type Initial, version 1 (RFC 9000, 17.2.2, and
 *   14.1) or 2 (RFC 9369, 3.2).
 *
 * IPv4 in one piece, or IPv6 without extension headers. Lengths are those of the frame, so that a short frame's padding counts
 * as payload: to look at more than is needed costs little, to look at less costs a name.
 */
#ifndef NAME_RULE_H
#define NAME_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* So much of such a packet is captured: a datagram of DNS over UDP (4,096), a hello of TLS or QUIC's (1,500 to 2,200). */
#define NAME_FRAME_BYTES 4096

/* No packet that has less, from its IP header on, carries a name: 20 bytes each of IPv4 and of UDP and DNS, or of TCP. */
#define LEAST_NAME_PACKET 40
/* UDP and DNS headers, or TCP's. */
#define LEAST_NAME_SEGMENT 20

#define PORT_DNS 53
#define PORT_HTTPS 443
#define PORT_DNS_OVER_TLS 853
#define PORT_HTTPS_ALTERNATE 8443

#define IPV4_FRAGMENT 0x3fff /* offset, or more fragments */
#define TCP_PSH 0x08

#define TLS_CHANGE_CIPHER_SPEC 0x1403 /* record type and the version's first byte */
#define TLS_ALERT 0x1503
#define TLS_HANDSHAKE 0x1603
#define TLS_APPLICATION_DATA 0x1703
#define TLS_CLIENT_HELLO 1
/* Record type, version, length; then the handshake message's type. */
#define TLS_HELLO_TYPE_AT 5
/* What an Ethernet frame carries of TCP over IPv4. */
#define MOST_HELLO_REST_BYTES 1460

#define QUIC_LEAST_DATAGRAM 1200
#define QUIC_FORM_AND_TYPE 0xf0
#define QUIC_INITIAL_1 0xc0
#define QUIC_INITIAL_2 0xd0
#define QUIC_VERSION_1 1
#define QUIC_VERSION_2 0x6b3343cf

static inline uint32_t uint16_at(const uint8_t *bytes) {
  return (uint32_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t uint32_at(const uint8_t *bytes) {
  return uint16_at(bytes) << 16 | uint16_at(bytes + 2);
}

static inline bool is_tls_port(uint32_t port) {
  return port == PORT_HTTPS || port == PORT_DNS_OVER_TLS || port == PORT_HTTPS_ALTERNATE;
}

/* `segment` is the TCP header, of which so much is there, and was on the wire; at least LEAST_NAME_SEGMENT. */
static inline bool may_tcp_carry_name(const uint8_t *segment, uint32_t captured, uint32_t wire) {
  uint32_t header = (segment[12] >> 2) & 0x3c;
  if (header >= wire) return false;
  if (uint16_at(segment) == PORT_DNS) return true;
  if (header + TLS_HELLO_TYPE_AT >= captured) return false;
  const uint8_t *payload = segment + header;
  uint32_t begin = uint16_at(payload);
  if (begin == TLS_HANDSHAKE) return payload[TLS_HELLO_TYPE_AT] == TLS_CLIENT_HELLO;
  if (begin == TLS_APPLICATION_DATA || begin == TLS_CHANGE_CIPHER_SPEC || begin == TLS_ALERT) return false;
  return (segment[13] & TCP_PSH) != 0 && is_tls_port(uint16_at(segment + 2)) && wire - header <= MOST_HELLO_REST_BYTES;
}

/* `segment` is the UDP header, of which at least LEAST_NAME_SEGMENT bytes are there. */
static inline bool may_udp_carry_name(const uint8_t *segment) {
  if (uint16_at(segment) == PORT_DNS) return true;
  if (uint16_at(segment + 4) < QUIC_LEAST_DATAGRAM) return false;
  uint32_t type = segment[8] & QUIC_FORM_AND_TYPE;
  if (type != QUIC_INITIAL_1 && type != QUIC_INITIAL_2) return false;
  return uint32_at(segment + 9) == (type == QUIC_INITIAL_1 ? QUIC_VERSION_1 : QUIC_VERSION_2);
}

/* `ip` is the IP header, with so many bytes from there on captured, and as many or more on the wire. */
static inline bool may_carry_name(const uint8_t *ip, uint32_t captured, uint32_t wire) {
  if (captured < LEAST_NAME_PACKET) return false;
  uint32_t header, protocol;
  if (ip[0] >> 4 == 4) {
    if (uint16_at(ip + 6) & IPV4_FRAGMENT) return false;
    header = 4 * (ip[0] & 0xf);
    protocol = ip[9];
  } else if (ip[0] >> 4 == 6) {
    header = 40;
    protocol = ip[6];
  } else {
    return false;
  }
  if (header + LEAST_NAME_SEGMENT > captured) return false;
  if (protocol == 6) return may_tcp_carry_name(ip + header, captured - header, wire - header);
  return protocol == 17 && may_udp_carry_name(ip + header);
}

#endif

/* A packet on its way over the link, and what its headers say. */
#ifndef LINK_PACKET_H
#define LINK_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4 };

/* Who sends to whom; all zero bytes where there are none, for it is compared as bytes. */
struct flow_key {
  uint8_t source[16];
  uint8_t target[16];
  uint16_t source_port;
  uint16_t target_port;
  uint8_t family;
  uint8_t protocol;
};

struct headers {
  struct flow_key key;
  /* Of TCP; 0 otherwise. */
  uint32_t sequence;
  uint16_t window;
  uint8_t flags;
  /* Of IPv4; 0 in IPv6. */
  uint16_t identification;
  uint32_t payload_bytes;
  uint32_t ip_bytes;
};

struct packet {
  struct headers headers;
  /* 0 from the first device to the second, 1 back. */
  int direction;
  /* Counted from 0 on in each direction, as they came in. */
  uint64_t serial;
  /* Since 1970. */
  int64_t entered_us;
  /* What is true of it: see truth.h. */
  unsigned marks;
  size_t length;
  uint8_t *bytes;
};

/* From the IP header on. False for what is no whole packet of IPv4 or IPv6. */
bool packet_read(const uint8_t *bytes, size_t length, struct headers *headers);

/* How much of the sequence it takes: payload, SYN and FIN; 0 for what is no TCP. */
uint32_t packet_sequence_length(const struct headers *headers);

#endif

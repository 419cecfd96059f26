#include "hello-rests.h"

#include <stddef.h>

#include "../near-bytes.h"

/* A segment of TCP with payload. */
struct segment {
  uint64_t connection;
  uint32_t sequence; /* of the payload's first byte */
  const uint8_t *payload;
  uint32_t captured; /* of the payload */
  uint32_t bytes;
};

#define TCP_SYN 0x02

/* Multiplication spreads the lower bits, the shift brings them back to where places are counted. */
static uint64_t mix(uint64_t hash, const uint8_t *bytes, uint32_t count) {
  for (uint32_t at = 0; at < count; at += 4) {
    hash = (hash ^ uint32_at(bytes + at)) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  }
  return hash;
}

static bool find_segment(const uint8_t *frame, uint32_t captured, uint32_t wire, struct segment *segment) {
  int at = captured < ETHERNET_BYTES + LEAST_NAME_PACKET ? -1 : ip_in_ethernet(frame, captured);
  if (at < 0 || captured - (uint32_t)at < LEAST_NAME_PACKET) return false;
  const uint8_t *ip = frame + at;
  bool is_ipv4 = ip[0] >> 4 == 4;
  if (!is_ipv4 && ip[0] >> 4 != 6) return false;
  if ((is_ipv4 ? ip[9] : ip[6]) != 6 || (is_ipv4 && (uint16_at(ip + 6) & IPV4_FRAGMENT) != 0)) return false;
  uint32_t header = is_ipv4 ? 4 * (ip[0] & 0xf) : IPV6_BYTES;
  uint32_t tcp_at = (uint32_t)at + header;
  if (tcp_at + LEAST_NAME_SEGMENT > captured) return false;
  uint32_t payload_at = tcp_at + ((frame[tcp_at + 12] >> 2) & 0x3c);
  if (payload_at >= captured) return false;
  uint64_t addresses = is_ipv4 ? mix(4, ip + 12, 8) : mix(6, ip + 8, 32);
  *segment = (struct segment){
    .connection = mix(addresses, frame + tcp_at, 4),
    /* RFC 7413: of data in a SYN, the SYN comes first. */
    .sequence = uint32_at(frame + tcp_at + 4) + ((frame[tcp_at + 13] & TCP_SYN) != 0),
    .payload = frame + payload_at,
    .captured = captured - payload_at,
    .bytes = wire - payload_at,
  };
  return true;
}

/* How many bytes of its handshake message, and of the record's header before it, are yet to come; 0 of what begins no hello. */
static uint32_t bytes_to_come(const struct segment *segment) {
  const uint8_t *payload = segment->payload;
  if (segment->captured < TLS_HELLO_TYPE_AT + 4 || uint16_at(payload) != TLS_HANDSHAKE) return 0;
  if (payload[TLS_HELLO_TYPE_AT] != TLS_CLIENT_HELLO) return 0;
  uint32_t bytes = TLS_HELLO_TYPE_AT + (uint32_at(payload + TLS_HELLO_TYPE_AT) & 0xffffff) + 4;
  return bytes > segment->bytes && bytes <= MOST_HELLO_BYTES ? bytes - segment->bytes : 0;
}

/* The place that the connection has. Else one that is free, or the last one, whatever it holds. */
static struct hello_rest *place_of(struct hello_rests *rests, uint64_t connection) {
  struct hello_rest *set = rests->places[connection % HELLO_SETS], *free = NULL;
  for (struct hello_rest *rest = set; rest < set + HELLO_PLACES; rest++) {
    if (rest->missing_bytes == 0) free = rest;
    else if (rest->connection == connection) return rest;
  }
  return free != NULL ? free : set + HELLO_PLACES - 1;
}

static void give_back(struct hello_rests *rests, struct hello_rest *rest) {
  rest->missing_bytes = 0;
  rests->count--;
}

/*
 * Whether a segment of its connection goes on with the hello. One that was sent again brings nothing new, and one behind a gap
 * does not fill it: only what comes next in the stream takes of what is missing.
 */
static bool goes_on(struct hello_rests *rests, struct hello_rest *rest, const struct segment *segment) {
  int32_t ahead = (int32_t)(segment->sequence - rest->next);
  if (ahead >= (int32_t)rest->missing_bytes) {
    /* It is behind the hello: what has not come by now went another way. */
    give_back(rests, rest);
    return false;
  }
  if (ahead > 0) return true;
  int64_t new_bytes = (int64_t)segment->bytes + ahead;
  if (new_bytes >= rest->missing_bytes) {
    give_back(rests, rest);
  } else if (new_bytes > 0) {
    rest->next += (uint32_t)new_bytes;
    rest->missing_bytes -= (uint32_t)new_bytes;
  }
  return ahead > -MOST_HELLO_BYTES;
}

bool hello_rests_see(struct hello_rests *rests, const uint8_t *frame, uint32_t captured, uint32_t wire) {
  struct segment segment;
  if (!find_segment(frame, captured, wire, &segment)) return false;
  struct hello_rest *rest = place_of(rests, segment.connection);
  uint32_t to_come = bytes_to_come(&segment);
  if (to_come > 0) {
    if (rest->missing_bytes == 0) rests->count++;
    *rest = (struct hello_rest){
      .connection = segment.connection, .next = segment.sequence + segment.bytes, .missing_bytes = to_come
    };
    return false;
  }
  if (rest->missing_bytes == 0 || rest->connection != segment.connection) return false;
  return goes_on(rests, rest, &segment);
}

/*
 * Finds the segments in which a ClientHello goes on that did not fit into its first one (RFC 8446, 4 and 5.1), on any port: for
 * whoever sees the frames of a capture in order. The kernel cannot remember, and goes by name-rule.h alone.
 */
#ifndef HELLO_RESTS_H
#define HELLO_RESTS_H

#include <stdbool.h>
#include <stdint.h>

/* So many connections at once, in sets that a connection's hash chooses; one whose place another needs is forgotten. */
#define HELLO_SETS 128
#define HELLO_PLACES 4
/* No hello is longer, nor what observers put together of one. */
#define MOST_HELLO_BYTES 16384

struct hello_rest {
  uint64_t connection; /* a hash of addresses and ports */
  uint32_t next; /* the sequence number that comes next */
  uint32_t missing_bytes; /* 0 where this place is free */
};

/* All zeros to begin with. */
struct hello_rests {
  uint32_t count;
  struct hello_rest places[HELLO_SETS][HELLO_PLACES];
};

/*
 * To be shown each Ethernet frame that may carry a name and, where `count` is not 0, all others. True where it goes on with a
 * hello. `wire` is `captured` or more.
 */
bool hello_rests_see(struct hello_rests *rests, const uint8_t *frame, uint32_t captured, uint32_t wire);

#endif

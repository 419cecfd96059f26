/* How frames lie in the buffers that JavaScript reads: a header, the frame's bytes, the next frame at a multiple of eight. */
#ifndef FRAME_BUFFER_H
#define FRAME_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "near-bytes.h"

struct frame_header {
  double timestamp_us;
  uint32_t captured_bytes;
  uint32_t wire_bytes;
};

/* What a frame of `captured` bytes takes. */
static inline size_t frame_buffer_bytes(size_t captured) {
  return sizeof(struct frame_header) + ((captured + 7) & ~(size_t)7);
}

/* JavaScript reads it as such on every machine. */
static inline struct frame_header frame_header_little_endian(struct frame_header header) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  uint64_t bits;
  memcpy(&bits, &header.timestamp_us, sizeof bits);
  bits = __builtin_bswap64(bits);
  memcpy(&header.timestamp_us, &bits, sizeof bits);
  header.captured_bytes = __builtin_bswap32(header.captured_bytes);
  header.wire_bytes = __builtin_bswap32(header.wire_bytes);
#endif
  return header;
}

/* Writes a frame at `at`; returns where the next one goes. */
static inline uint8_t *frame_buffer_put(uint8_t *at, struct frame_header header, const uint8_t *bytes) {
  struct frame_header written = frame_header_little_endian(header);
  memcpy(at, &written, sizeof written);
  /* As a constant, the usual length is copied by three instructions instead of a call: 75 ns a packet, live, for 81. */
  if (header.captured_bytes == USUAL_NEAR_BYTES) memcpy(at + sizeof written, bytes, USUAL_NEAR_BYTES);
  else if (header.captured_bytes == USUAL_HEALTH_BYTES) memcpy(at + sizeof written, bytes, USUAL_HEALTH_BYTES);
  else memcpy(at + sizeof written, bytes, header.captured_bytes);
  return at + frame_buffer_bytes(header.captured_bytes);
}

#endif

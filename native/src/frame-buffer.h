/* How frames lie in the buffers that JavaScript reads: a header, the frame's bytes, the next frame at a multiple of eight. */
#ifndef FRAME_BUFFER_H
#define FRAME_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* In the machine's byte order, as JavaScript's typed arrays have it. */
struct frame_header {
  double timestamp_us;
  uint32_t captured_bytes;
  uint32_t wire_bytes;
};

/* What a frame of `captured` bytes takes. */
static inline size_t frame_buffer_bytes(size_t captured) {
  return sizeof(struct frame_header) + ((captured + 7) & ~(size_t)7);
}

/* Writes a frame at `at`; returns where the next one goes. */
static inline uint8_t *frame_buffer_put(uint8_t *at, struct frame_header header, const uint8_t *bytes) {
  memcpy(at, &header, sizeof header);
  memcpy(at + sizeof header, bytes, header.captured_bytes);
  return at + frame_buffer_bytes(header.captured_bytes);
}

#endif

/*
 * A thread that reads a capture file ahead of whoever decodes it, and packs the frames' headers close together. Knows
 * nothing of JavaScript.
 *
 * It takes plain records of classic pcap files (pcap-savefile(5)): sixteen bytes of header in this machine's byte order,
 * lengths within the file's limits. It ends before the first record that is anything else, at the end of the file and
 * where reading fails, and says where that was: what is to be made of it is decided in one place only, pcap-file.ts.
 */
#ifndef READ_AHEAD_H
#define READ_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "near-bytes.h"

struct read_ahead_options {
  int descriptor; /* of a regular file; read_ahead_close closes it */
  int64_t offset; /* of the first record */
  uint32_t snapshot_bytes; /* no plain record has captured more */
  bool nanoseconds;
  unsigned part; /* of enum frame_part: all but WHOLE for Ethernet only; names are also those of hello-rests.h */
  uint8_t *slots; /* READ_AHEAD_SLOTS times READ_AHEAD_SLOT_BYTES, aligned to eight */
};

/* A slot holds a frame of the greatest length, and is touched no further than it is filled. */
#define READ_AHEAD_SLOTS 64
#define READ_AHEAD_SLOT_BYTES (288 * 1024)

struct read_ahead;

/* NULL where memory or threads are short; the descriptor is then still the caller's. */
struct read_ahead *read_ahead_open(const struct read_ahead_options *options);

/*
 * Gives the slot taken before back, waits for the next one and returns how many of its bytes are filled: frames as
 * frame-buffer.h has them. Slots come in turn, from the first on. 0 where no more will come.
 */
size_t read_ahead_next(struct read_ahead *reader);

/* Where in the file the first record lies that was not packed, once read_ahead_next() has returned 0. */
int64_t read_ahead_offset(struct read_ahead *reader);

/* Ends the thread, as soon as a read under way has returned, and frees everything but the slots. */
void read_ahead_close(struct read_ahead *reader);

#endif

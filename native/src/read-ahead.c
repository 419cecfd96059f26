#include "read-ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame-buffer.h"
#include "names/hello-rests.h"

/* libpcap's MAXIMUM_SNAPLEN. */
#define MAX_FRAME_BYTES 262144
/* Fits the second-level cache, with a record's rest in front of it. */
#define READ_BYTES 262144
/* A slot is handed over after so much of the file: whoever waits for it waits for no more, however slow the disk is. */
#define SLOT_FILE_BYTES (1024 * 1024)

struct record_header {
  uint32_t seconds;
  uint32_t fraction;
  uint32_t captured_bytes;
  uint32_t wire_bytes;
};

struct read_ahead {
  struct read_ahead_options options;
  pthread_t thread;
  /* Of the thread, until it is over: the file's bytes from `offset` on, of which [start, end) of `bytes` have been read. */
  uint8_t *bytes;
  size_t start;
  size_t end;
  int64_t offset;
  struct hello_rests rests;
  /* Of both, guarded by `mutex`. Slots are counted on and on; the one in use is the count's rest. */
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  size_t filled_bytes[READ_AHEAD_SLOTS];
  uint64_t filled;
  uint64_t given_back;
  bool over;
  atomic_bool closing; /* also looked at without the mutex, between two reads */
  /* Of the other side alone. */
  uint64_t taken;
};

/* Reads on behind what is left; false at the end of the file, and where nobody wants any more. */
static bool refill(struct read_ahead *reader) {
  if (atomic_load(&reader->closing)) return false;
  size_t left = reader->end - reader->start;
  memmove(reader->bytes, reader->bytes + reader->start, left);
  reader->start = 0;
  reader->end = left;
  ssize_t count;
  do {
    count = pread(reader->options.descriptor, reader->bytes + left, READ_BYTES, reader->offset + (int64_t)left);
  } while (count < 0 && errno == EINTR);
  if (count > 0) reader->end += (size_t)count;
  return count > 0;
}

/* The next record's header; false where it is not whole, or not plain. */
static bool next_record(struct read_ahead *reader, struct record_header *record) {
  if (reader->end - reader->start < sizeof *record && !refill(reader)) return false;
  if (reader->end - reader->start < sizeof *record) return false;
  memcpy(record, reader->bytes + reader->start, sizeof *record);
  if (record->captured_bytes > reader->options.snapshot_bytes || record->captured_bytes > MAX_FRAME_BYTES) return false;
  size_t needed = sizeof *record + record->captured_bytes;
  while (reader->end - reader->start < needed)
    if (!refill(reader)) return false;
  return true;
}

static bool may_carry_name_here(struct hello_rests *rests, const uint8_t *frame, const struct record_header *record) {
  uint32_t captured = record->captured_bytes;
  /* A file may say that less was on the wire than was captured. */
  uint32_t wire = record->wire_bytes < captured ? captured : record->wire_bytes;
  bool may = may_ethernet_carry_name(frame, captured, wire);
  if (!may && rests->count == 0) return false;
  return hello_rests_see(rests, frame, captured, wire) || may;
}

static uint32_t part_of(struct read_ahead *reader, const uint8_t *frame, const struct record_header *record) {
  unsigned part = reader->options.part;
  if (part == WHOLE) return record->captured_bytes;
  if ((part & NAMES) != 0 && may_carry_name_here(&reader->rests, frame, record)) return record->captured_bytes;
  return near_bytes(frame, record->captured_bytes, (part & HEALTH) != 0);
}

/* Packs records into `slot`; returns the bytes filled, 0 where there is none to pack any more. */
static size_t fill_slot(struct read_ahead *reader, uint8_t *slot) {
  const struct read_ahead_options *options = &reader->options;
  const uint8_t *slot_end = slot + READ_AHEAD_SLOT_BYTES;
  int64_t file_end = reader->offset + SLOT_FILE_BYTES;
  uint8_t *at = slot;
  struct record_header record;
  while (reader->offset < file_end && next_record(reader, &record)) {
    const uint8_t *frame = reader->bytes + reader->start + sizeof record;
    /* Before anything is remembered of it: what finds no room here is looked at again. */
    if (frame_buffer_bytes(record.captured_bytes) > (size_t)(slot_end - at)) break;
    uint32_t microseconds = options->nanoseconds ? record.fraction / 1000 : record.fraction;
    struct frame_header header = {
      .timestamp_us = (double)record.seconds * 1e6 + (double)microseconds,
      .captured_bytes = part_of(reader, frame, &record),
      .wire_bytes = record.wire_bytes,
    };
    at = frame_buffer_put(at, header, frame);
    size_t taken = sizeof record + record.captured_bytes;
    reader->start += taken;
    reader->offset += (int64_t)taken;
  }
  return (size_t)(at - slot);
}

static uint8_t *slot_of(struct read_ahead *reader, uint64_t count) {
  return reader->options.slots + count % READ_AHEAD_SLOTS * READ_AHEAD_SLOT_BYTES;
}

/* False where none will be needed any more. */
static bool wait_for_room(struct read_ahead *reader) {
  pthread_mutex_lock(&reader->mutex);
  while (!reader->closing && reader->filled - reader->given_back == READ_AHEAD_SLOTS)
    pthread_cond_wait(&reader->changed, &reader->mutex);
  bool closing = reader->closing;
  pthread_mutex_unlock(&reader->mutex);
  return !closing;
}

static void hand_over(struct read_ahead *reader, size_t bytes) {
  pthread_mutex_lock(&reader->mutex);
  if (bytes > 0) reader->filled_bytes[reader->filled++ % READ_AHEAD_SLOTS] = bytes;
  else reader->over = true;
  pthread_cond_signal(&reader->changed);
  pthread_mutex_unlock(&reader->mutex);
}

static void *run(void *data) {
  struct read_ahead *reader = data;
  size_t bytes = 1;
  while (bytes > 0 && wait_for_room(reader)) {
    bytes = fill_slot(reader, slot_of(reader, reader->filled));
    hand_over(reader, bytes);
  }
  return NULL;
}

/* The process's signals are for its other threads. */
static int start(struct read_ahead *reader) {
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  int error = pthread_create(&reader->thread, NULL, run, reader);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

struct read_ahead *read_ahead_open(const struct read_ahead_options *options) {
  struct read_ahead *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->options = *options;
  reader->offset = options->offset;
  /* What is left when more is read is less than one record. */
  reader->bytes = malloc(sizeof(struct record_header) + MAX_FRAME_BYTES + READ_BYTES);
  pthread_mutex_init(&reader->mutex, NULL);
  pthread_cond_init(&reader->changed, NULL);
  if (reader->bytes != NULL && start(reader) == 0) return reader;
  free(reader->bytes);
  free(reader);
  return NULL;
}

size_t read_ahead_next(struct read_ahead *reader) {
  pthread_mutex_lock(&reader->mutex);
  if (reader->given_back < reader->taken) {
    reader->given_back = reader->taken;
    pthread_cond_signal(&reader->changed);
  }
  while (!reader->over && reader->filled == reader->taken) pthread_cond_wait(&reader->changed, &reader->mutex);
  bool over = reader->filled == reader->taken;
  size_t bytes = over ? 0 : reader->filled_bytes[reader->taken++ % READ_AHEAD_SLOTS];
  pthread_mutex_unlock(&reader->mutex);
  return bytes;
}

int64_t read_ahead_offset(struct read_ahead *reader) {
  return reader->offset;
}

void read_ahead_close(struct read_ahead *reader) {
  pthread_mutex_lock(&reader->mutex);
  reader->closing = true;
  pthread_cond_signal(&reader->changed);
  pthread_mutex_unlock(&reader->mutex);
  pthread_join(reader->thread, NULL);
  close(reader->options.descriptor);
  free(reader->bytes);
  free(reader);
}

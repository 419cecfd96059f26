#include "syn-watch.h"

#ifdef __linux__

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../steady-clock.h"
#include "socket-look-ups.h"
#include "syn-socket.h"

/* Findings that are still to be read: as many as the reader itself asks for at a time. */
#define RING_ENTRIES 4096
#define SECOND_MS 1000
/* More than its receive buffer holds. */
#define MOST_READS_AT_REST 1024

struct syn_watch {
  uint32_t most_per_second;
  int packets;
  int look_ups;
  int closing; /* an event ends the thread */
  bool started;
  pthread_t thread;
  /* Of the thread: when the second began that is counted, and how many SYNs were looked up in it. */
  int64_t second_ms;
  uint32_t in_second;
  /* Of both, guarded by `mutex`. Entries are counted on and on; the place of one is the count's rest. */
  pthread_mutex_t mutex;
  struct syn_watch_counts counts;
  uint64_t written;
  uint64_t read;
  int32_t ring[RING_ENTRIES][SYN_WATCH_WORDS];
};

static void keep(struct syn_watch *watch, const int32_t *questions, const int32_t *answers, size_t count) {
  pthread_mutex_lock(&watch->mutex);
  for (size_t i = 0; i < count; i++) {
    const int32_t *answer = answers + i * ANSWER_WORDS;
    bool is_found = answer[4] != 0;
    bool has_room = watch->written - watch->read < RING_ENTRIES;
    if (is_found && !has_room) watch->counts.passed_over++;
    else watch->counts.looked_up++;
    if (!is_found || !has_room) continue;
    int32_t *entry = watch->ring[watch->written++ % RING_ENTRIES];
    memcpy(entry, questions + i * QUESTION_WORDS, QUESTION_WORDS * sizeof *entry);
    memcpy(entry + QUESTION_WORDS, answer, ANSWER_WORDS * sizeof *entry);
  }
  pthread_mutex_unlock(&watch->mutex);
}

static void look_up(struct syn_watch *watch, size_t most) {
  int32_t questions[SYN_SOCKET_MOST * QUESTION_WORDS], answers[SYN_SOCKET_MOST * ANSWER_WORDS];
  size_t count = syn_socket_read(watch->packets, most, questions);
  if (count == 0) return;
  /* Where the kernel does not answer, no socket was found. */
  socket_look_ups_ask(watch->look_ups, questions, count, answers);
  watch->in_second += (uint32_t)count;
  keep(watch, questions, answers, count);
}

/* Waits for `timeout_ms`, or with -1 for ever. True when `descriptor` can be read or time is over; false when the thread has to end. */
static bool wait_for(struct syn_watch *watch, int descriptor, int timeout_ms) {
  struct pollfd polled[] = { { .fd = watch->closing, .events = POLLIN }, { .fd = descriptor, .events = POLLIN } };
  while (poll(polled, 2, timeout_ms) < 0 && errno == EINTR) continue;
  return polled[0].revents == 0;
}

static void pass_over_rest(struct syn_watch *watch) {
  int32_t questions[SYN_SOCKET_MOST * QUESTION_WORDS];
  size_t count = 1, passed_over = 0;
  for (int reads = 0; reads < MOST_READS_AT_REST && count > 0; reads++) {
    count = syn_socket_read(watch->packets, SYN_SOCKET_MOST, questions);
    passed_over += count;
  }
  pthread_mutex_lock(&watch->mutex);
  watch->counts.passed_over += passed_over;
  pthread_mutex_unlock(&watch->mutex);
}

/*
 * Takes no packets for the rest of the second: those that are sent meanwhile cost nothing, and are not counted. False when the thread
 * has to end.
 */
static bool rest(struct syn_watch *watch, int64_t now_ms) {
  syn_socket_pause(watch->packets);
  pass_over_rest(watch);
  int64_t left_ms = watch->second_ms + SECOND_MS - now_ms;
  /* poll(2) heeds no negative descriptor. */
  if (left_ms > 0 && !wait_for(watch, -1, (int)left_ms)) return false;
  syn_socket_listen(watch->packets);
  return true;
}

static void *run(void *data) {
  struct syn_watch *watch = data;
  while (wait_for(watch, watch->packets, -1)) {
    int64_t now_ms = steady_ms();
    if (now_ms - watch->second_ms >= SECOND_MS) {
      watch->second_ms = now_ms;
      watch->in_second = 0;
    }
    if (watch->in_second < watch->most_per_second) look_up(watch, watch->most_per_second - watch->in_second);
    else if (!rest(watch, now_ms)) break;
  }
  return NULL;
}

struct syn_watch *syn_watch_open(uint32_t most_per_second) {
  struct syn_watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return NULL;
  watch->most_per_second = most_per_second;
  watch->look_ups = -1;
  pthread_mutex_init(&watch->mutex, NULL);
  watch->closing = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  watch->packets = watch->closing < 0 ? -1 : syn_socket_open();
  if (watch->packets >= 0) return watch;
  int error = errno;
  syn_watch_close(watch);
  errno = error;
  return NULL;
}

/* The process's signals are for its other threads. */
static int start_thread(struct syn_watch *watch) {
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  int error = pthread_create(&watch->thread, NULL, run, watch);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

int syn_watch_start(struct syn_watch *watch) {
  if (watch->started) return EALREADY;
  if (watch->look_ups < 0) watch->look_ups = socket_look_ups_open();
  if (watch->look_ups < 0) return errno;
  int error = syn_socket_listen(watch->packets);
  if (error == 0) error = start_thread(watch);
  if (error != 0) syn_socket_pause(watch->packets);
  watch->started = error == 0;
  return error;
}

size_t syn_watch_read(struct syn_watch *watch, int32_t *into, size_t most) {
  size_t count = 0;
  pthread_mutex_lock(&watch->mutex);
  for (; count < most && watch->read < watch->written; count++)
    memcpy(into + count * SYN_WATCH_WORDS, watch->ring[watch->read++ % RING_ENTRIES], sizeof *watch->ring);
  pthread_mutex_unlock(&watch->mutex);
  return count;
}

struct syn_watch_counts syn_watch_counts(struct syn_watch *watch) {
  pthread_mutex_lock(&watch->mutex);
  watch->counts.dropped += syn_socket_dropped(watch->packets);
  struct syn_watch_counts counts = watch->counts;
  pthread_mutex_unlock(&watch->mutex);
  return counts;
}

static void close_descriptor(int descriptor) {
  if (descriptor >= 0) close(descriptor);
}

void syn_watch_close(struct syn_watch *watch) {
  uint64_t one = 1;
  if (watch->started && write(watch->closing, &one, sizeof one) == sizeof one) pthread_join(watch->thread, NULL);
  close_descriptor(watch->packets);
  close_descriptor(watch->look_ups);
  close_descriptor(watch->closing);
  pthread_mutex_destroy(&watch->mutex);
  free(watch);
}

#endif

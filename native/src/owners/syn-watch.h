/*
 * A thread that looks up the socket of each SYN which this host sends, as soon as it is sent: a connection may be over before a block
 * of frames is handed over. Knows nothing of JavaScript. Linux only.
 */
#ifndef SYN_WATCH_H
#define SYN_WATCH_H

#ifdef __linux__

#include <stddef.h>
#include <stdint.h>

#include "socket-answers.h"

/* A question and its answer. */
#define SYN_WATCH_WORDS (QUESTION_WORDS + ANSWER_WORDS)

struct syn_watch;

struct syn_watch_counts {
  uint64_t looked_up;
  uint64_t passed_over;
  uint64_t dropped;
};

/* That takes the right to capture. NULL with errno set. */
struct syn_watch *syn_watch_open(uint32_t most_per_second);

/* Starts the thread, which has what rights the caller has: 0, or an error number. EALREADY where it was started before. */
int syn_watch_start(struct syn_watch *watch);

/* Moves at most so many of what was found, the oldest first, into `into`; returns how many. */
size_t syn_watch_read(struct syn_watch *watch, int32_t *into, size_t most);

struct syn_watch_counts syn_watch_counts(struct syn_watch *watch);

/* Ends the thread, closes all descriptors, and frees everything. */
void syn_watch_close(struct syn_watch *watch);

#endif

#endif

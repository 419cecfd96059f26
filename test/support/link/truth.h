/*
 * What is true of a packet, told by who sees it come in and go out: a sender's first sending of bytes comes in before any other of them,
 * for nothing on this side of the link can change the order.
 */
#ifndef LINK_TRUTH_H
#define LINK_TRUTH_H

#include "packet.h"

enum {
  /* The sender has sent all of its bytes (SYN and FIN included) before: it is a retransmission. */
  MARK_AGAIN = 1,
  /* Some of them. */
  MARK_PARTLY = 2,
  /* The link doubled it: this is the second one. */
  MARK_COPY = 4,
  /* The link let out a later one of its flow before it. */
  MARK_OVERTAKEN = 8,
  /* A retransmission of bytes that never came out of the link before. */
  MARK_ONLY = 16,
};

/* As it comes in, before anything is decided of it. Exits where there is no room for its flow. */
void truth_enter(struct packet *packet);

/* The link drops it. */
void truth_drop(const struct packet *packet);

/* It goes out now. */
void truth_leave(struct packet *packet);

#endif

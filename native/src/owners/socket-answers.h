/*
 * Turns questions about sockets as JavaScript has them (src/host/socket-look-ups.ts) into requests of sock_diag(7), and the kernel's
 * messages into answers. Asks nothing itself. Linux only.
 */
#ifndef SOCKET_ANSWERS_H
#define SOCKET_ANSWERS_H

#ifdef __linux__

#include <stdbool.h>
#include <stdint.h>

#include "../socket-diag.h"

#define QUESTION_WORDS 12
#define ANSWER_WORDS 6

/* TCP_CLOSE of linux/tcp_states.h: the state of UDP's sockets that are not connected. */
#define SOCKET_UNCONNECTED 7

/* What is still to be asked: TO_ASK with any of those below it, else 0 when all is answered, or LISTENER_FOUND. */
enum answer_step {
  TO_ASK = 1,
  FOR_LISTENER = 2, /* only what is left of a connection was found, without an owner: who listens at the local end? */
  BY_ADDRESS = 4, /* nothing was found: is it bound to the interface that has the local address? */
  LISTENER_FOUND = 8, /* as FOR_LISTENER asked: it may be one of several */
};

/* Without its sequence number. Each step but TO_ASK changes the question as it says; false where nothing is to be asked then. */
bool socket_answers_request(const int32_t *question, int step, struct socket_request *request);

/* INET_DIAG_CGROUP_ID of a message about a socket, or 0. */
uint64_t socket_answers_control_group(const struct nlmsghdr *header);

/*
 * Reads a message of so many bytes that was asked for as `step`; returns the step that is next. `answer` is filled in where it
 * tells of a socket with an owner, of one end alone, and untouched else. Any bytes will do: what is cut off changes nothing.
 */
int socket_answers_read(const struct nlmsghdr *header, size_t bytes, int step, int32_t *answer);

#endif

#endif

/*
 * Questions about sockets as JavaScript has them (src/host/native.ts: socketQuestionWords, socketAnswerWords), as requests of
 * sock_diag(7), and answers from the kernel's messages. Nothing is asked here. Linux only.
 */
#ifndef SOCKET_ANSWERS_H
#define SOCKET_ANSWERS_H

#ifdef __linux__

#include <stdint.h>

#include "../socket-diag.h"

#define QUESTION_WORDS 12
#define ANSWER_WORDS 6

/* TO_ASK: no answer yet. TO_ASK_LISTENER: only what is left of a connection was found, without an owner. */
enum answer_step { ANSWERED, TO_ASK, TO_ASK_LISTENER };

/* Without its sequence number. TO_ASK_LISTENER asks for whoever listens at the local end. */
struct socket_request socket_answers_request(const int32_t *question, enum answer_step step);

/*
 * Reads a message of so many bytes that was asked for as `step`; returns what is to be asked next. `answer` is filled in where it
 * tells of a socket with an owner, and untouched else. Any bytes will do: what is cut off stays TO_ASK.
 */
enum answer_step socket_answers_read(const struct nlmsghdr *header, size_t bytes, enum answer_step step, int32_t *answer);

#endif

#endif

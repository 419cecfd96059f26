/* Asks for sockets, many at a time. Linux only. */
#ifndef SOCKET_BATCHES_H
#define SOCKET_BATCHES_H

#ifdef __linux__

#include <stddef.h>
#include <stdint.h>

/* The word of each answer that holds its step while it is asked for, and how it was found afterwards: see answer_step. */
#define STEP_WORD 5

/*
 * Asks for the sockets of `count` questions, and fills in each one's answer: all zeros but the step where no socket was found, and where
 * the answer was lost. Never waits. 0, or an error number where the kernel takes no questions.
 */
int socket_batches_ask(int descriptor, const int32_t *questions, size_t count, int32_t *answers);

#endif

#endif

/* Looks sockets up. Knows nothing of JavaScript. Linux only. */
#ifndef SOCKET_LOOK_UPS_H
#define SOCKET_LOOK_UPS_H

#ifdef __linux__

#include <stddef.h>
#include <stdint.h>

/* A socket to ask with: its descriptor, or -1 with errno set. */
int socket_look_ups_open(void);

/*
 * Asks for the sockets of `count` questions, and fills in each one's answer: all zeros where no socket was found, and where the answer was
 * lost. Never waits. 0, or an error number where the kernel takes no questions. One thread at a time may use the descriptor.
 */
int socket_look_ups_ask(int descriptor, const int32_t *questions, size_t count, int32_t *answers);

#endif

#endif

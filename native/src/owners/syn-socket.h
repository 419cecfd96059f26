/*
 * A packet socket that takes the SYNs which this host sends, on all interfaces, and nothing else: TCP's first packet of a connection
 * in IPv4, and in IPv6 without extension headers. Linux only.
 */
#ifndef SYN_SOCKET_H
#define SYN_SOCKET_H

#ifdef __linux__

#include <stddef.h>
#include <stdint.h>

/* As many are read at a time. */
#define SYN_SOCKET_MOST 32

/* That takes the right to capture; its filter can be changed by nobody. Takes no packet yet. A descriptor, or -1 with errno set. */
int syn_socket_open(void);

/* From now on, and no more. Both take no right: 0, or an error number. What was taken before stays to be read. */
int syn_socket_listen(int descriptor);
int syn_socket_pause(int descriptor);

/* What waits, of `most` packets, as questions for their sockets (socket-answers.h). Returns how many these are; never waits. */
size_t syn_socket_read(int descriptor, size_t most, int32_t *questions);

/* Packets that passed the filter and found no room, since the last call. */
uint32_t syn_socket_dropped(int descriptor);

#endif

#endif

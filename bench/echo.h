/* What programs that make connections share: somebody to connect to. Include it after defining _GNU_SOURCE. */
#ifndef ECHO_H
#define ECHO_H

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pace.h"

#define ECHO_BYTES 100
#define ECHO_EVENTS 256
#define ECHO_MOST_PORTS 64

/* An address of either family as text, and a port. To be freed with freeaddrinfo(3). */
static inline struct addrinfo *echo_end(const char *address, int port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *end;
	char text[16];
	snprintf(text, sizeof text, "%d", port);
	if (getaddrinfo(address, text, &hints, &end) != 0) {
		errno = EINVAL;
		fail(address);
	}
	return end;
}

/* As many open files as the system lets this process have. */
static inline void echo_allow_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		fail("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		fail("setrlimit");
}

static inline void echo_watch(int epoll, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0)
		fail("epoll_ctl");
}

static inline int echo_listen(const char *address, int port)
{
	struct addrinfo *end = echo_end(address, port);
	int listener = socket(end->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, end->ai_addr, end->ai_addrlen) < 0 || listen(listener, 4096) < 0)
		fail("listen");
	freeaddrinfo(end);
	return listener;
}

/*
 * Takes connections at so many ports from `port` on, sends back what comes, and closes after the other end has. Prints `said` when
 * it listens, and runs until it is killed.
 */
static inline void echo_serve(const char *address, int port, int ports, const char *said)
{
	int epoll = epoll_create1(0), listeners[ECHO_MOST_PORTS];

	for (int i = 0; i < ports; i++)
		echo_watch(epoll, listeners[i] = echo_listen(address, port + i));
	puts(said);
	fflush(stdout);
	for (;;) {
		struct epoll_event events[ECHO_EVENTS];
		int count = epoll_wait(epoll, events, ECHO_EVENTS, -1);
		for (int i = 0; i < count; i++) {
			int ready = events[i].data.fd;
			char bytes[ECHO_BYTES];
			if (ready >= listeners[0] && ready <= listeners[ports - 1]) {
				int taken = accept4(ready, NULL, NULL, SOCK_NONBLOCK);
				if (taken >= 0)
					echo_watch(epoll, taken);
				continue;
			}
			ssize_t length = read(ready, bytes, sizeof bytes);
			if (length <= 0 || write(ready, bytes, length) < 0)
				close(ready);
		}
	}
}

#endif

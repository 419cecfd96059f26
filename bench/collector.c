/*
 * A log collector that takes its time: receives datagrams on 127.0.0.1:PORT, or a socket at PATH, with the system's
 * default receive buffer and works on each for a while before it takes the next.
 *
 *     collector PORT|PATH MICROSECONDS
 *
 * Prints "ready", then a JSON line at each SIGUSR1 and at SIGTERM, with which it ends:
 * {"datagrams":N,"bytes":N,"firstUs":N,"lastUs":N,"start":"HEX"}: times since 1970 of the first and last datagram (0 for
 * none), and the first two bytes of the first one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

static volatile sig_atomic_t asked, stopped;

static void ask(int signal_number)
{
	if (signal_number == SIGTERM)
		stopped = 1;
	asked = 1;
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void work(int64_t us)
{
	int64_t end_us = clock_us(CLOCK_MONOTONIC) + us;
	while (clock_us(CLOCK_MONOTONIC) < end_us)
		;
}

/* Returns a socket that listens there; less than 0 with errno where that is impossible. */
static int open_inbox(const char *place)
{
	struct sockaddr_un at_path = { .sun_family = AF_UNIX };
	struct sockaddr_in at_port = { .sin_family = AF_INET };
	int is_path = strchr(place, '/') != NULL;
	struct sockaddr *address = is_path ? (struct sockaddr *)&at_path : (struct sockaddr *)&at_port;
	int inbox = socket(is_path ? AF_UNIX : AF_INET, SOCK_DGRAM, 0);

	strncpy(at_path.sun_path, place, sizeof at_path.sun_path - 1);
	at_port.sin_port = htons(atoi(place));
	at_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return inbox < 0 || bind(inbox, address, is_path ? sizeof at_path : sizeof at_port) < 0 ? -1 : inbox;
}

int main(int count, char **arguments)
{
	struct sigaction action = { .sa_handler = ask }; /* Without SA_RESTART: a signal interrupts recv. */
	static char datagram[65536];
	char start[5] = "";
	int64_t datagrams = 0, bytes = 0, first_us = 0, last_us = 0;
	struct timeval limit = { .tv_usec = 50000 }; /* A signal just before recv is seen so much later. */
	int inbox;

	if (count != 3)
		return 2;
	umask(0); /* Anybody may send to a path. */
	inbox = open_inbox(arguments[1]);
	if (inbox < 0) {
		fprintf(stderr, "collector: %s\n", strerror(errno));
		return 1;
	}
	setsockopt(inbox, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("ready\n");
	fflush(stdout);
	while (!stopped) {
		ssize_t length = asked ? -1 : recv(inbox, datagram, sizeof datagram, 0);
		if (asked) {
			asked = 0;
			printf("{\"datagrams\":%lld,\"bytes\":%lld,\"firstUs\":%lld,\"lastUs\":%lld,\"start\":\"%s\"}\n",
			       (long long)datagrams, (long long)bytes, (long long)first_us, (long long)last_us, start);
			fflush(stdout);
		}
		if (length < 0)
			continue;
		last_us = clock_us(CLOCK_REALTIME);
		if (datagrams++ == 0) {
			first_us = last_us;
			if (length > 1)
				snprintf(start, sizeof start, "%02x%02x", (unsigned char)datagram[0], (unsigned char)datagram[1]);
		}
		bytes += length;
		work(atoi(arguments[2]));
	}
	return 0;
}

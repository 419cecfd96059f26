/*
 * Makes TCP connections at a steady rate, or takes them.
 *
 *     connections -l ADDRESS PORT
 *     connections [-r PER_SECOND] [-t SECONDS] [-m LIFE_MS] [-k KEPT] ADDRESS PORT
 *
 * The first takes connections at PORTS ports from PORT on, sends back what comes, and closes after the other end has. It
 * prints {"listening":N} and runs until it is killed. The second opens KEPT connections that stay, prints {"kept":N}, and
 * then PER_SECOND a second (default 0), in turn to each port; each sends a few bytes and is closed after LIFE_MS, so that its
 * end here waits for a minute as TCP's do. Prints one JSON line at the end: {"made":N,"failed":N,"latestUs":N}, where failed
 * ones were refused or not answered in time, and latestUs says how far it fell behind its schedule at worst.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "echo.h"

#define PORTS 8
#define BYTES ECHO_BYTES
/* More than are open at a time: a life of ten seconds at 10,000 a second. */
#define MOST_OPEN 131072

struct connection {
	int descriptor;
	int64_t ends_ns;
};

/* All live equally long: the oldest is the next to end. */
static struct connection open_ones[MOST_OPEN];
static uint64_t first_open;
static uint64_t last_open;
static uint64_t made;
static uint64_t failed;
static int64_t latest_ns;

static int connect_to(const char *address, int port)
{
	struct addrinfo *end = echo_end(address, port);
	int descriptor = socket(end->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		fail("socket");
	int refused = connect(descriptor, end->ai_addr, end->ai_addrlen) < 0 && errno != EINPROGRESS;
	freeaddrinfo(end);
	if (!refused)
		return descriptor;
	close(descriptor);
	return -1;
}

/* Not yet connected it takes no bytes: what is connected in a namespace beside this one is so at once. */
static void open_one(const char *address, int port, int64_t ends_ns)
{
	char bytes[BYTES] = { 0 };
	int descriptor = connect_to(address, port + made % PORTS);

	made++;
	if (descriptor < 0 || write(descriptor, bytes, sizeof bytes) != sizeof bytes) {
		failed++;
		if (descriptor >= 0)
			close(descriptor);
		return;
	}
	if (last_open - first_open == MOST_OPEN) {
		errno = ENOBUFS;
		fail("too many are open");
	}
	open_ones[last_open++ % MOST_OPEN] = (struct connection){ descriptor, ends_ns };
}

/* What was sent back is read first: an end that is closed with unread bytes is reset. */
static void close_old(int64_t now_ns)
{
	while (first_open < last_open && open_ones[first_open % MOST_OPEN].ends_ns <= now_ns) {
		int descriptor = open_ones[first_open++ % MOST_OPEN].descriptor;
		char bytes[BYTES];
		if (read(descriptor, bytes, sizeof bytes) != sizeof bytes)
			failed++;
		close(descriptor);
	}
}

static void keep(const char *address, int port, int count)
{
	for (int i = 0; i < count; i++)
		if (connect_to(address, port + i % PORTS) < 0)
			fail("connect");
	printf("{\"kept\":%d}\n", count);
	fflush(stdout);
}

static void make(const char *address, int port, double per_second, double seconds, int64_t life_ns)
{
	int64_t start_ns = monotonic_ns();
	int64_t end_ns = start_ns + (int64_t)(seconds * 1e9);
	int64_t wake_ns = start_ns;

	for (;;) {
		int64_t now_ns = monotonic_ns();
		if (now_ns >= end_ns)
			break;
		if (now_ns - wake_ns > latest_ns)
			latest_ns = now_ns - wake_ns;
		close_old(now_ns);
		uint64_t due = (now_ns - start_ns) / 1e9 * per_second;
		while (made < due)
			open_one(address, port, monotonic_ns() + life_ns);
		wake_ns = now_ns + 500000;
		sleep_until(wake_ns);
	}
	sleep_until(end_ns + life_ns);
	close_old(INT64_MAX);
}

int main(int count, char **words)
{
	double per_second = 0, seconds = 1;
	int64_t life_ns = 0;
	int kept = 0, listens = 0, option;
	char said[32];

	while ((option = getopt(count, words, "lr:t:m:k:")) != -1) {
		if (option == 'l') listens = 1;
		else if (option == 'r') per_second = atof(optarg);
		else if (option == 't') seconds = atof(optarg);
		else if (option == 'm') life_ns = atof(optarg) * 1e6;
		else if (option == 'k') kept = atoi(optarg);
		else return 2;
	}
	if (count - optind != 2)
		return 2;
	echo_allow_files();
	snprintf(said, sizeof said, "{\"listening\":%d}", PORTS);
	if (listens)
		echo_serve(words[optind], atoi(words[optind + 1]), PORTS, said);
	keep(words[optind], atoi(words[optind + 1]), kept);
	make(words[optind], atoi(words[optind + 1]), per_second, seconds, life_ns);
	printf("{\"made\":%llu,\"failed\":%llu,\"latestUs\":%lld}\n", (unsigned long long)made, (unsigned long long)failed,
	       (long long)(latest_ns / 1000));
	return 0;
}

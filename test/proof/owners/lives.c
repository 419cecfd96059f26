/*
 * Makes TCP connections that live as long as they are told, or takes them, or keeps them.
 *
 *     lives serve ADDRESS PORT PORTS
 *     lives keep ADDRESS PORT COUNT
 *     lives talk|reset ADDRESS PORT PORTS COUNT LIFE_US PER_SECOND WORKERS FIRST_PORT
 *
 * serve sends back what comes at PORTS ports from PORT on, closes after the other end has, prints "listening", and runs until
 * it is killed. keep opens COUNT connections to PORT, prints "kept", and keeps them until it is killed. talk makes COUNT
 * connections, in turn to each port, at random times (a Poisson process, the same on each run); connection N has the local port
 * FIRST_PORT + N. One of WORKERS threads connects, sends 100 bytes, reads as many, sleeps until LIFE_US after it
 * began to connect, and closes; reset leaves nothing of it. In the end it prints
 * {"made":N,"failed":N,"late":N,"lifeUs":{"p1":N,"p50":N,"p99":N}}: failed ones were refused or cut off, late ones began
 * more than 100 ms after their time, and lives are from connect(2) to close(2).
 */
#define _GNU_SOURCE
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "../../../bench/echo.h"

#define BYTES ECHO_BYTES
#define MOST_WORKERS 1024
#define LATE_NS 100000000LL

static const char *address;
static int port, ports, count, first_port;
static int64_t life_ns, *times_ns, *lives_ns;
static int next_one, failed, late, resets;

static int connect_from(int local_port, int to_port)
{
	struct addrinfo *end = echo_end(address, to_port);
	int one = socket(end->ai_family, SOCK_STREAM, 0), yes = 1;
	struct sockaddr_in6 local = { .sin6_family = end->ai_family };

	if (one < 0)
		fail("socket");
	setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	local.sin6_port = htons(local_port); /* at the same place in both families */
	if (local_port != 0 && bind(one, (struct sockaddr *)&local, end->ai_addrlen) < 0)
		fail("bind");
	int made = connect(one, end->ai_addr, end->ai_addrlen);
	freeaddrinfo(end);
	if (made == 0)
		return one;
	close(one);
	return -1;
}

static void keep(void)
{
	for (int i = 0; i < count; i++)
		if (connect_from(0, port) < 0)
			fail("connect");
	puts("kept");
	fflush(stdout);
	pause();
}

/* Whether it had an answer. */
static int talk_once(int which, int64_t start_ns)
{
	char bytes[BYTES] = { 0 };
	int one = connect_from(first_port + which, port + which % ports);
	int answered = one >= 0 && write(one, bytes, BYTES) == BYTES && recv(one, bytes, BYTES, MSG_WAITALL) == BYTES;

	sleep_until(start_ns + life_ns);
	struct linger at_once = { .l_onoff = 1 };
	if (one >= 0 && resets)
		setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	if (one >= 0)
		close(one);
	lives_ns[which] = monotonic_ns() - start_ns;
	return answered;
}

static void *work(void *nothing)
{
	for (;;) {
		int which = __atomic_fetch_add(&next_one, 1, __ATOMIC_RELAXED);
		if (which >= count)
			return nothing;
		sleep_until(times_ns[which]);
		int64_t start_ns = monotonic_ns();
		if (start_ns - times_ns[which] > LATE_NS)
			__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
		if (!talk_once(which, start_ns))
			__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	}
}

static int by_length(const void *one, const void *other)
{
	int64_t difference = *(const int64_t *)one - *(const int64_t *)other;
	return (difference > 0) - (difference < 0);
}

static void talk(double per_second, int workers)
{
	pthread_t threads[MOST_WORKERS];
	int64_t at_ns = monotonic_ns();

	times_ns = calloc(count, sizeof *times_ns);
	lives_ns = calloc(count, sizeof *lives_ns);
	srand48(count + first_port);
	for (int i = 0; i < count; i++)
		times_ns[i] = at_ns += (int64_t)(-log(1 - drand48()) / per_second * 1e9);
	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	qsort(lives_ns, count, sizeof *lives_ns, by_length);
	printf("{\"made\":%d,\"failed\":%d,\"late\":%d,\"lifeUs\":{\"p1\":%lld,\"p50\":%lld,\"p99\":%lld}}\n", count, failed, late,
	       (long long)lives_ns[count / 100] / 1000, (long long)lives_ns[count / 2] / 1000,
	       (long long)lives_ns[count * 99 / 100] / 1000);
}

int main(int words, char **word)
{
	if (words < 5)
		return 2;
	echo_allow_files();
	/* Sleeps end when they should, and not 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	address = word[2];
	port = atoi(word[3]);
	ports = count = atoi(word[4]);
	if (strcmp(word[1], "serve") == 0 && ports <= ECHO_MOST_PORTS)
		echo_serve(address, port, ports, "listening");
	else if (strcmp(word[1], "keep") == 0)
		keep();
	else if (words == 10 && atoi(word[8]) <= MOST_WORKERS) {
		resets = strcmp(word[1], "reset") == 0;
		count = atoi(word[5]);
		life_ns = atof(word[6]) * 1000;
		first_port = atoi(word[9]);
		talk(atof(word[7]), atoi(word[8]));
	} else
		return 2;
	return 0;
}

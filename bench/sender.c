/*
 * Sends the frames of a pcap file over an interface, from memory, round and round, at a steady rate.
 *
 *     sender [-p PACKETS_PER_SECOND] [-n PACKETS | -t SECONDS] FILE INTERFACE
 *
 * Without -p as fast as it goes; without -n and -t the file once. Prints one JSON line at the end (SIGTERM ends it
 * early): {"sent":N,"wallUs":N,"cpuUs":N,"retries":N,"latestUs":N}, where cpuUs is its time on a processor, in the
 * kernel and out of it, and latestUs how far it fell behind its schedule at worst. What it counts as sent, the interface
 * took.
 *
 * AF_PACKET with the queueing discipline passed by (packet(7)): a full queue is an error that is tried again, never a
 * silent loss, and on a veth pair the receiving side's taps have seen a frame when sendmmsg returns.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"

#define BATCH 32
#define FILE_HEADER 24
#define PACKET_HEADER 16

struct frames {
	const uint8_t *start; /* of the first packet header */
	const uint8_t *end;
	const uint8_t *next;
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static struct frames map_file(const char *path)
{
	struct frames frames;
	struct stat status;
	const uint8_t *bytes;
	int file = open(path, O_RDONLY);

	if (file < 0 || fstat(file, &status) < 0)
		fail(path);
	bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (bytes == MAP_FAILED || status.st_size <= FILE_HEADER + PACKET_HEADER)
		fail(path);
	frames.start = frames.next = bytes + FILE_HEADER;
	frames.end = bytes + status.st_size;
	return frames;
}

/* The next frame, the first one after the last. Returns its length. */
static uint32_t take(struct frames *frames, const uint8_t **frame)
{
	uint32_t length;

	if (frames->next + PACKET_HEADER > frames->end)
		frames->next = frames->start;
	memcpy(&length, frames->next + 8, sizeof length);
	if (length > (uint64_t)(frames->end - frames->next) - PACKET_HEADER) {
		fprintf(stderr, "sender: the file is cut off\n");
		exit(1);
	}
	*frame = frames->next + PACKET_HEADER;
	frames->next += PACKET_HEADER + length;
	return length;
}

static uint64_t count_frames(struct frames frames)
{
	const uint8_t *frame;
	uint64_t count = 0;

	do {
		take(&frames, &frame);
		count++;
	} while (frames.next + PACKET_HEADER <= frames.end);
	return count;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name) };
	int on = 1, bytes = 1 << 22;
	int interface = socket(AF_PACKET, SOCK_RAW, 0);

	if (interface < 0 || address.sll_ifindex == 0)
		fail(name);
	if (bind(interface, (struct sockaddr *)&address, sizeof address) < 0)
		fail(name);
	if (setsockopt(interface, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0)
		fail("PACKET_QDISC_BYPASS");
	setsockopt(interface, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
	return interface;
}

static int64_t cpu_us(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Sends all of a batch; returns how often the kernel had no room. */
static uint64_t send_all(int interface, struct mmsghdr *messages, unsigned count)
{
	uint64_t retries = 0;

	for (unsigned done = 0; done < count;) {
		int sent = sendmmsg(interface, messages + done, count - done, 0);
		if (sent > 0)
			done += sent;
		else if (errno == ENOBUFS || errno == EAGAIN)
			retries++;
		else if (errno != EINTR)
			fail("sendmmsg");
	}
	return retries;
}

int main(int count, char **arguments)
{
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	struct frames frames;
	double rate = 0, seconds = 0;
	uint64_t wanted = 0, sent = 0, retries = 0;
	int64_t started_ns, started_cpu_us, latest_ns = 0;
	int option, interface;

	while ((option = getopt(count, arguments, "p:n:t:")) != -1) {
		switch (option) {
		case 'p': rate = atof(optarg); break;
		case 'n': wanted = strtoull(optarg, NULL, 10); break;
		case 't': seconds = atof(optarg); break;
		default: return 2;
		}
	}
	if (count - optind != 2) {
		fprintf(stderr, "usage: sender [-p RATE] [-n PACKETS | -t SECONDS] FILE INTERFACE\n");
		return 2;
	}
	frames = map_file(arguments[optind]);
	interface = open_interface(arguments[optind + 1]);
	if (seconds > 0)
		wanted = UINT64_MAX;
	else if (wanted == 0)
		wanted = count_frames(frames);
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
	signal(SIGTERM, stop);
	signal(SIGINT, stop);

	started_ns = monotonic_ns();
	started_cpu_us = cpu_us();
	while (sent < wanted && !stopped) {
		unsigned batch = wanted - sent < BATCH ? wanted - sent : BATCH;
		int64_t now_ns = monotonic_ns();
		int64_t due_ns = rate > 0 ? started_ns + (int64_t)(sent * 1e9 / rate) : now_ns;

		if (seconds > 0 && now_ns - started_ns >= seconds * 1e9)
			break;
		if (now_ns < due_ns)
			sleep_until(due_ns);
		else if (now_ns - due_ns > latest_ns)
			latest_ns = now_ns - due_ns;
		for (unsigned i = 0; i < batch; i++) {
			const uint8_t *frame;
			pieces[i].iov_len = take(&frames, &frame);
			pieces[i].iov_base = (void *)frame;
		}
		retries += send_all(interface, messages, batch);
		sent += batch;
	}
	printf("{\"sent\":%llu,\"wallUs\":%lld,\"cpuUs\":%lld,\"retries\":%llu,\"latestUs\":%lld}\n",
	       (unsigned long long)sent, (long long)(monotonic_ns() - started_ns) / 1000,
	       (long long)(cpu_us() - started_cpu_us), (unsigned long long)retries, (long long)latest_ns / 1000);
	return 0;
}

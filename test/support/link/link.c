/*
 * A link that loses, doubles, delays and reorders packets of IPv4 and IPv6, and says what it did.
 *
 *     link LABELS DEVICE DEVICE [SETTING…]
 *
 * DEVICEs are those of devices.h, SETTINGs those of settings.h. Prints "ready" when both are open, and runs until it gets SIGTERM; then it
 * drops those packets that are on the link. Then, and at SIGUSR1, it prints how many packets {"in":N,"doubled":N,"out":N,"dropped":N,
 * "waiting":N}; the first two are as many as the others. What happens to packet N of a direction depends on the seed and N.
 *
 * LABELS gets a line for each packet that comes out and each that is dropped, in that order:
 *
 *     out|drop TIME_US ENTERED_US DIRECTION SERIAL MARKS PROTOCOL SOURCE PORT TARGET PORT SEQUENCE PAYLOAD FLAGS WINDOW ID IP_BYTES
 *
 * DIRECTION is 0 from the first device to the second; MARKS are the sum of truth.h's; FLAGS are TCP's; times are since 1970.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../../bench/pace.h"
#include "devices.h"
#include "settings.h"
#include "truth.h"
#include "waiting.h"

#define LONGEST_PACKET (70 << 10)
/* So many are read of one device before what is due goes out. */
#define MOST_AT_ONCE 32

static struct device devices[2];
static struct settings settings[2];
static FILE *labels;
static uint64_t entered[2];
static int64_t latest_due_ns[2];
static int left_to_drop[2];
static unsigned long long counts[4];
enum { IN, DOUBLED, OUT, DROPPED };
static volatile sig_atomic_t is_over, is_asked;

static void note(int signal) {
  if (signal == SIGTERM) is_over = 1;
  is_asked = 1;
}

static int64_t wall_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* From 0 up to 1, the same on each run for the same packet and question. */
static double chance(const struct packet *packet, unsigned question) {
  uint64_t mixed = (uint64_t)settings[packet->direction].seed * 2 + (uint64_t)packet->direction;
  mixed = (mixed << 40) + packet->serial * 8 + question;
  mixed += 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  return (double)((mixed ^ mixed >> 31) >> 11) / 9007199254740992.0;
}
enum { ASK_DROP, ASK_DOUBLE, ASK_JITTER, ASK_REORDER, ASK_HOLD, ASK_LAG };

static int64_t ns(double ms) {
  return (int64_t)(ms * 1e6);
}

static void tell(const char *what, const struct packet *packet) {
  const struct headers *headers = &packet->headers;
  const struct flow_key *key = &headers->key;
  char source[INET6_ADDRSTRLEN], target[INET6_ADDRSTRLEN];
  int family = key->family == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, key->source, source, sizeof source);
  inet_ntop(family, key->target, target, sizeof target);
  fprintf(labels, "%s %lld %lld %d %llu %u %u %s %u %s %u %u %u %u %u %u %u\n", what, (long long)wall_us(),
          (long long)packet->entered_us, packet->direction, (unsigned long long)packet->serial, packet->marks, key->protocol,
          source, key->source_port, target, key->target_port, headers->sequence, headers->payload_bytes, headers->flags,
          headers->window, headers->identification, headers->ip_bytes);
}

static void forget(struct packet *packet) {
  free(packet->bytes);
  free(packet);
}

static void drop(struct packet *packet) {
  truth_drop(packet);
  counts[DROPPED]++;
  tell("drop", packet);
  forget(packet);
}

static struct packet *copy_of(const struct packet *packet) {
  struct packet *copy = malloc(sizeof *copy);
  uint8_t *bytes = malloc(packet->length);
  if (copy == NULL || bytes == NULL) fail("malloc");
  *copy = *packet;
  copy->bytes = memcpy(bytes, packet->bytes, packet->length);
  return copy;
}

static bool is_dropped(const struct packet *packet) {
  int *left = &left_to_drop[packet->direction];
  const struct settings *set = &settings[packet->direction];
  if (*left == 0 && chance(packet, ASK_DROP) < set->drop) *left = set->burst < 1 ? 1 : (int)set->burst;
  return *left > 0 && (*left)-- > 0;
}

static void send_on_its_way(struct packet *packet, int64_t now_ns) {
  const struct settings *set = &settings[packet->direction];
  if (is_dropped(packet)) {
    drop(packet);
    return;
  }
  int64_t due_ns = now_ns + ns(set->delay) + ns(set->jitter * chance(packet, ASK_JITTER));
  int64_t *latest_ns = &latest_due_ns[packet->direction];
  if (due_ns < *latest_ns) due_ns = *latest_ns;
  if (chance(packet, ASK_REORDER) < set->reorder) due_ns += ns(set->hold * chance(packet, ASK_HOLD));
  else *latest_ns = due_ns;
  struct packet *copy = NULL;
  if (chance(packet, ASK_DOUBLE) < set->double_) {
    copy = copy_of(packet);
    copy->marks |= MARK_COPY;
  }
  int64_t lag_ns = copy == NULL ? 0 : ns(set->lag * chance(copy, ASK_LAG));
  if (!waiting_add(packet, due_ns)) drop(packet);
  if (copy == NULL) return;
  if (waiting_add(copy, due_ns + lag_ns)) counts[DOUBLED]++;
  else forget(copy);
}

/* An interface that is down takes nothing. */
static void write_out(int direction, const uint8_t *bytes, size_t length) {
  if (write(devices[1 - direction].fd, bytes, length) < 0 && errno != EIO && errno != ENETDOWN) fail("write");
}

/* False where there is nothing to read. */
static bool take_in(int direction) {
  static uint8_t bytes[LONGEST_PACKET];
  const struct device *device = &devices[direction];
  ssize_t length = read(device->fd, bytes, sizeof bytes);
  if (length < 0 && errno != EAGAIN && errno != EINTR && errno != EIO && errno != ENETDOWN) fail("read");
  if (length < 0) return false;
  struct packet packet = { .direction = direction, .entered_us = wall_us(), .length = (size_t)length, .bytes = bytes };
  bool is_ip = (size_t)length > device->before_ip &&
               packet_read(bytes + device->before_ip, (size_t)length - device->before_ip, &packet.headers);
  if (!is_ip) {
    /* ARP goes through as it is. */
    write_out(direction, bytes, (size_t)length);
    return true;
  }
  packet.serial = entered[direction]++;
  counts[IN]++;
  truth_enter(&packet);
  send_on_its_way(copy_of(&packet), monotonic_ns());
  return true;
}

static void let_out(struct packet *packet) {
  /* Before it is written, for whoever receives it may answer at once. */
  truth_leave(packet);
  tell("out", packet);
  counts[OUT]++;
  write_out(packet->direction, packet->bytes, packet->length);
  forget(packet);
}

static void print_counts(void) {
  is_asked = 0;
  fflush(labels);
  printf("{\"in\":%llu,\"doubled\":%llu,\"out\":%llu,\"dropped\":%llu,\"waiting\":%d}\n", counts[IN], counts[DOUBLED],
         counts[OUT], counts[DROPPED], waiting_count());
  fflush(stdout);
}

/* An interface passes packets on to the processor that wrote them, and those of one processor may pass those of another. */
static void stay_here(void) {
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(sched_getcpu(), &here);
  if (sched_setaffinity(0, sizeof here, &here) < 0) fail("sched_setaffinity");
}

/* Signals come only while it waits. */
static void run(void) {
  sigset_t none;
  sigemptyset(&none);
  bool is_idle = false;
  while (!is_over) {
    /* Not while something has come in and has not been counted. */
    if (is_asked && is_idle) print_counts();
    for (int64_t now_ns = monotonic_ns(); waiting_due_ns() <= now_ns;) let_out(waiting_take());
    int64_t due_ns = waiting_due_ns(), left_ns = due_ns - monotonic_ns();
    if (due_ns == INT64_MAX) left_ns = 1000000000;
    if (left_ns < 0 || is_asked) left_ns = 0;
    if (left_ns > 1000000) fflush(labels);
    struct timespec timeout = { left_ns / 1000000000, left_ns % 1000000000 };
    struct pollfd readable[] = { { devices[0].fd, POLLIN, 0 }, { devices[1].fd, POLLIN, 0 } };
    int ready = ppoll(readable, 2, &timeout, &none);
    if (ready < 0 && errno != EINTR) fail("ppoll");
    is_idle = ready == 0;
    if (ready <= 0) continue;
    for (int direction = 0; direction < 2; direction++)
      for (int left = MOST_AT_ONCE; left > 0 && readable[direction].revents != 0 && take_in(direction);) left--;
  }
}

int main(int words, char **word) {
  if (words < 4) return 2;
  for (int i = 4; i < words; i++)
    if (!settings_read(settings, word[i])) {
      fprintf(stderr, "link: %s: no setting\n", word[i]);
      return 2;
    }
  /* Sleeps end when they should, and not 50 us later. */
  prctl(PR_SET_TIMERSLACK, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t noted;
  sigemptyset(&noted);
  sigaddset(&noted, SIGTERM);
  sigaddset(&noted, SIGUSR1);
  sigprocmask(SIG_BLOCK, &noted, NULL);
  signal(SIGTERM, note);
  signal(SIGUSR1, note);
  labels = fopen(word[1], "we");
  if (labels == NULL) fail(word[1]);
  for (int i = 0; i < 2; i++) devices[i] = device_open(word[2 + i]);
  stay_here();
  puts("ready");
  fflush(stdout);
  run();
  while (waiting_due_ns() != INT64_MAX) drop(waiting_take());
  print_counts();
  if (fclose(labels) != 0) fail(word[1]);
  return 0;
}

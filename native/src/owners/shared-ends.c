#include "shared-ends.h"

#ifdef __linux__

#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netlink-dump.h"
#include "../socket-diag.h"
#include "../steady-clock.h"
#include "socket-answers.h"

/* Half of them are filled at the most: ends beyond that count as one socket's. */
#define SLOTS 8192
#define LIFE_MS 1000
/* All are read again after so many times as long as that took, where it is longer. */
#define REST_PER_READING 100
#define MOST_PARTS 1024

struct end {
  int32_t words[6]; /* family and port, interface, address */
  uint64_t control_group;
  uint32_t user;
  bool is_taken;
  bool is_of_one;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct end ends[SLOTS];
static int end_count;
static int64_t next_ms = INT64_MIN;

static struct end *slot_of(const struct inet_diag_msg *socket, int32_t words[6]) {
  words[0] = (int32_t)((uint32_t)socket->idiag_family << 16 | socket->id.idiag_sport);
  words[1] = (int32_t)socket->id.idiag_if;
  memset(words + 2, 0, 4 * sizeof *words);
  memcpy(words + 2, socket->id.idiag_src, (socket->idiag_family == AF_INET6 ? 4 : 1) * sizeof *words);
  uint32_t hash = 0;
  for (int word = 0; word < 6; word++) hash = (hash ^ (uint32_t)words[word]) * 0x9e3779b1u;
  for (uint32_t at = hash >> 19;; at++) {
    struct end *end = &ends[at % SLOTS];
    if (!end->is_taken || memcmp(end->words, words, sizeof end->words) == 0) return end;
  }
}

static void add(const struct inet_diag_msg *socket, uint64_t control_group) {
  int32_t words[6];
  struct end *end = slot_of(socket, words);
  if (end->is_taken) {
    if (end->control_group != control_group || end->user != socket->idiag_uid) end->is_of_one = false;
    return;
  }
  if (end_count >= SLOTS / 2) return;
  end_count++;
  *end = (struct end){
    .control_group = control_group, .user = socket->idiag_uid, .is_taken = true, .is_of_one = true
  };
  memcpy(end->words, words, sizeof end->words);
}

static void add_from(const struct nlmsghdr *message) {
  const struct inet_diag_msg *socket = socket_diag_message(message, message->nlmsg_len);
  if (socket != NULL) add(socket, socket_answers_control_group(message));
}

static void read_family(int descriptor, uint8_t family) {
  struct socket_request request = socket_diag_request(IPPROTO_UDP);
  request.header.nlmsg_flags |= NLM_F_DUMP;
  request.question.sdiag_family = family;
  request.question.idiag_states = 1u << SOCKET_UNCONNECTED;
  if (send(descriptor, &request, sizeof request, MSG_DONTWAIT) >= 0)
    netlink_dump_read(descriptor, MOST_PARTS, add_from);
}

/* With a socket for each, so that what one of them leaves unread is none of the other's. */
static void read_all(void) {
  static const uint8_t families[] = { AF_INET, AF_INET6 };
  memset(ends, 0, sizeof ends);
  end_count = 0;
  for (size_t i = 0; i < sizeof families; i++) {
    int descriptor = socket_diag_open();
    if (descriptor < 0) return;
    read_family(descriptor, families[i]);
    close(descriptor);
  }
}

bool shared_ends_are_of_one(const struct inet_diag_msg *found, uint64_t control_group) {
  int32_t words[6];
  pthread_mutex_lock(&mutex);
  int64_t now_ms = steady_ms();
  if (now_ms >= next_ms) {
    read_all();
    int64_t read_ms = steady_ms();
    int64_t rest_ms = (read_ms - now_ms) * REST_PER_READING;
    next_ms = read_ms + (rest_ms > LIFE_MS ? rest_ms : LIFE_MS);
  }
  const struct end *end = slot_of(found, words);
  bool is_its = end->control_group == control_group && end->user == found->idiag_uid;
  bool is_of_one = !end->is_taken || (end->is_of_one && is_its);
  pthread_mutex_unlock(&mutex);
  return is_of_one;
}

#endif

/*
 * Feeds what looks sockets up with answers and packets that the kernel would not give, and with too many: built with sanitizers. Prints
 * what came of it, or fails.
 *
 *     owners messages SEED ROUNDS    cut and garbled answers: none is read beyond its end
 *     owners packets SEED ROUNDS     the same of SYNs
 *     owners answers SEED ROUNDS     answers out of order, others' and garbled ones between them, and some that are lost
 *     owners room                    a receive buffer that few answers fit
 *     owners watch SEED ROUNDS       watches for SYNs that are opened, read and closed while somebody connects
 *     owners filter                  that the filter of a watch for SYNs is there before any packet, and stays
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owners/socket-answers.h"
#include "owners/socket-look-ups.h"
#include "owners/syn-socket.h"
#include "owners/syn-watch.h"

#define MUST(condition) must((condition), #condition, __LINE__)
static void must(bool condition, const char *text, int line) {
  if (condition) return;
  fprintf(stderr, "line %d: %s does not hold\n", line, text);
  exit(1);
}

static uint64_t state;
static uint32_t below(uint32_t limit) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % limit;
}

#define MOST_BYTES 256

struct told {
  uint32_t sequence;
  uint32_t inode;
  uint64_t control_group;
};

/* As the kernel writes it; returns its length. */
static size_t write_answer(char *bytes, struct told told) {
  struct nlmsghdr *header = (struct nlmsghdr *)bytes;
  memset(bytes, 0, MOST_BYTES);
  struct inet_diag_msg *message = NLMSG_DATA(header);
  message->idiag_state = 1;
  message->idiag_uid = 1000;
  message->idiag_inode = told.inode;
  char *at = bytes + NLMSG_SPACE(sizeof *message);
  struct nlattr shutdown = { .nla_len = NLA_HDRLEN + 1, .nla_type = INET_DIAG_SHUTDOWN };
  memcpy(at, &shutdown, sizeof shutdown);
  at += NLA_ALIGN(shutdown.nla_len);
  struct nlattr group = { .nla_len = NLA_HDRLEN + 8, .nla_type = 21 };
  memcpy(at, &group, sizeof group);
  memcpy(at + NLA_HDRLEN, &told.control_group, sizeof told.control_group);
  at += NLA_ALIGN(group.nla_len);
  *header = (struct nlmsghdr){ .nlmsg_len = (uint32_t)(at - bytes), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = told.sequence };
  return header->nlmsg_len;
}

static size_t write_error(char *bytes, uint32_t sequence, int error) {
  struct nlmsghdr *header = (struct nlmsghdr *)bytes;
  memset(bytes, 0, MOST_BYTES);
  *header = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(sizeof(struct nlmsgerr)), .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = sequence };
  ((struct nlmsgerr *)NLMSG_DATA(header))->error = error;
  return header->nlmsg_len;
}

static void garble(char *bytes, size_t size) {
  for (uint32_t times = below(4); times > 0 && size > 0; times--) bytes[below((uint32_t)size)] = (char)below(256);
}

static void check_messages(uint32_t rounds) {
  size_t found = 0;
  for (uint32_t round = 0; round < rounds; round++) {
    char written[MOST_BYTES];
    struct told told = { .inode = below(2) * 7, .control_group = below(2) * 9 };
    size_t size = below(4) == 0 ? write_error(written, 0, -(int)below(4)) : write_answer(written, told);
    size = below(2) == 0 ? size : below((uint32_t)size + 1);
    garble(written, size);
    /* To the byte: what reads on is found out. */
    char *bytes = malloc(size);
    memcpy(bytes, written, size);
    int32_t answer[ANSWER_WORDS] = { 0 };
    int asked = TO_ASK | (int)below(2) * FOR_LISTENER | (int)below(2) * BY_ADDRESS;
    int step = socket_answers_read((struct nlmsghdr *)bytes, size, asked, answer);
    /* It asks for something new, or for nothing. */
    MUST(step == 0 || step == LISTENER_FOUND || (step & asked) == asked);
    bool is_found = answer[0] != 0 || answer[1] != 0 || answer[2] != 0;
    MUST(!is_found || step == ((asked & FOR_LISTENER) != 0 ? LISTENER_FOUND : 0));
    found += is_found;
    free(bytes);
  }
  MUST(found > rounds / 20 && found < rounds);
  printf("%zu found\n", found);
}

static void check_packets(uint32_t rounds) {
  int pair[2];
  size_t read = 0;
  MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
  for (uint32_t round = 0; round < rounds; round++) {
    uint8_t packet[SYN_SOCKET_MOST][100];
    uint32_t count = 1 + below(SYN_SOCKET_MOST);
    for (uint32_t i = 0; i < count; i++) {
      for (size_t at = 0; at < sizeof packet[i]; at++) packet[i][at] = (uint8_t)below(256);
      packet[i][0] = (uint8_t)((below(2) ? 0x40 : 0x60) | below(16));
      MUST(send(pair[1], packet[i], 1 + below(sizeof packet[i]), 0) > 0);
    }
    int32_t *questions = malloc(count * QUESTION_WORDS * sizeof *questions);
    size_t questioned = syn_socket_read(pair[0], count, questions);
    MUST(questioned <= count);
    for (size_t i = 0; i < questioned; i++) {
      int32_t *question = questions + i * QUESTION_WORDS;
      MUST((question[0] == (6 | 4 << 8) || question[0] == (6 | 6 << 8)) && question[3] == 0);
    }
    read += questioned;
    free(questions);
    MUST(syn_socket_read(pair[0], SYN_SOCKET_MOST, NULL) == 0);
  }
  MUST(read > 0);
  printf("%zu read\n", read);
  close(pair[0]);
  close(pair[1]);
}

/* A socket in place of the kernel's: what it answers waits before it is asked. */
static void check_answers(uint32_t rounds) {
  uint32_t sequence = 0;
  size_t answered = 0;
  for (uint32_t round = 0; round < rounds; round++) {
    int pair[2];
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    uint32_t count = 1 + below(64);
    uint32_t order[64];
    bool is_told[64] = { false };
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    for (uint32_t i = count - 1; i > 0; i--) {
      uint32_t other = below(i + 1), kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    for (uint32_t i = 0; i < count; i++) {
      char bytes[MOST_BYTES];
      /* Of another question, cut off, or of another kind. */
      if (below(4) == 0) {
        size_t size = write_answer(bytes, (struct told){ .sequence = sequence + count + below(1000), .inode = 666 });
        MUST(send(pair[1], bytes, size, 0) > 0);
      }
      if (below(4) == 0) {
        size_t size = write_answer(bytes, (struct told){ .sequence = sequence + order[i], .inode = 666 });
        MUST(send(pair[1], bytes, 1 + below((uint32_t)size - 1), 0) > 0);
      }
      if (below(4) == 0) continue;
      is_told[order[i]] = true;
      size_t size = write_answer(bytes, (struct told){ .sequence = sequence + order[i], .inode = 1 + order[i], .control_group = 77 });
      MUST(send(pair[1], bytes, size, 0) > 0);
    }
    int32_t questions[64 * QUESTION_WORDS] = { 0 };
    int32_t answers[64 * ANSWER_WORDS];
    MUST(socket_look_ups_ask(pair[0], questions, count, answers) == 0);
    uint32_t lost = 0;
    for (uint32_t i = 0; i < count; i++) {
      int32_t *answer = answers + i * ANSWER_WORDS;
      MUST(answer[2] == (is_told[i] ? (int32_t)(1 + i) : 0) && answer[5] == 0);
      MUST(answer[4] == (is_told[i] ? 1 : 0));
      lost += !is_told[i];
    }
    answered += count - lost;
    /* What is lost is asked for three times more. */
    sequence += count + 3 * lost;
    close(pair[0]);
    close(pair[1]);
  }
  printf("%zu answered\n", answered);
}

static int listen_here(int32_t *question, uint32_t *inode) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in end = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof end;
  struct stat status;
  MUST(bind(listener, (struct sockaddr *)&end, size) == 0 && listen(listener, 1) == 0);
  MUST(getsockname(listener, (struct sockaddr *)&end, &size) == 0 && fstat(listener, &status) == 0);
  memset(question, 0, QUESTION_WORDS * sizeof *question);
  question[0] = 6 | 4 << 8;
  question[1] = end.sin_port;
  question[4] = question[8] = (int32_t)end.sin_addr.s_addr;
  *inode = (uint32_t)status.st_ino;
  return listener;
}

static void check_room(void) {
  int32_t questions[1000 * QUESTION_WORDS], answers[1000 * ANSWER_WORDS];
  uint32_t inode;
  int listener = listen_here(questions, &inode);
  for (int i = 1; i < 1000; i++) memcpy(questions + i * QUESTION_WORDS, questions, QUESTION_WORDS * sizeof *questions);
  int found[2] = { 0 };
  for (int is_small = 0; is_small < 2; is_small++) {
    int descriptor = socket_look_ups_open();
    int room = 1;
    if (is_small) MUST(setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    /* Answers that somebody left unread. */
    for (int i = 0; i < 10; i++) {
      struct socket_request request;
      MUST(socket_answers_request(questions, TO_ASK, &request));
      request.header.nlmsg_seq = (uint32_t)i;
      request.question.id.idiag_sport = htons(1);
      MUST(send(descriptor, &request, sizeof request, 0) > 0);
    }
    MUST(socket_look_ups_ask(descriptor, questions, 1000, answers) == 0);
    for (int i = 0; i < 1000; i++) {
      int32_t *answer = answers + i * ANSWER_WORDS;
      MUST(answer[2] == 0 || (uint32_t)answer[2] == inode);
      MUST((answer[2] == 0) == (answer[4] == 0));
      found[is_small] += answer[2] != 0;
    }
    close(descriptor);
  }
  MUST(found[0] == 1000 && found[1] > 0 && found[1] < 1000);
  printf("%d of 1000 found with room, fewer without\n", found[0]);
  close(listener);
}

static void check_filter(void) {
  struct sock_filter everything = BPF_STMT(BPF_RET | BPF_K, 65535);
  struct sock_fprog program = { .len = 1, .filter = &everything };
  int zero = 0, descriptor = syn_socket_open();
  MUST(descriptor >= 0);
  MUST(setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 && errno == EPERM);
  MUST(setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &zero, sizeof zero) < 0 && errno == EPERM);
  MUST(setsockopt(descriptor, SOL_SOCKET, SO_LOCK_FILTER, &zero, sizeof zero) < 0 && errno == EPERM);
  struct sockaddr_ll bound;
  socklen_t size = sizeof bound;
  MUST(getsockname(descriptor, (struct sockaddr *)&bound, &size) == 0 && bound.sll_protocol == 0);
  MUST(syn_socket_listen(descriptor) == 0 && syn_socket_pause(descriptor) == 0 && syn_socket_listen(descriptor) == 0);
  close(descriptor);
  printf("locked\n");
}

/* Connects to who listens, and is refused by who does not, until it is closed. */
static void *connect_on(void *data) {
  struct sockaddr_in end = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(1) };
  for (atomic_bool *ends = data; !atomic_load(ends);) {
    int client = socket(AF_INET, SOCK_STREAM, 0);
    connect(client, (struct sockaddr *)&end, sizeof end);
    close(client);
  }
  return NULL;
}

static void check_watch(uint32_t rounds) {
  atomic_bool ends = false;
  pthread_t thread;
  uint64_t looked_up = 0;
  MUST(pthread_create(&thread, NULL, connect_on, &ends) == 0);
  for (uint32_t round = 0; round < rounds; round++) {
    struct syn_watch *watch = syn_watch_open(1 + below(1000));
    MUST(watch != NULL && syn_watch_start(watch) == 0 && syn_watch_start(watch) == EALREADY);
    int32_t into[10 * SYN_WATCH_WORDS];
    for (uint32_t reads = below(10); reads > 0; reads--) {
      MUST(syn_watch_read(watch, into, 10) <= 10);
      usleep(below(2000));
    }
    looked_up += syn_watch_counts(watch).looked_up;
    syn_watch_close(watch);
  }
  atomic_store(&ends, true);
  pthread_join(thread, NULL);
  MUST(looked_up > 0);
  printf("closed\n");
}

int main(int count, char **words) {
  if (count < 2) return 2;
  state = count > 2 ? strtoull(words[2], NULL, 10) : 1;
  uint32_t rounds = count > 3 ? (uint32_t)atoi(words[3]) : 0;
  if (strcmp(words[1], "messages") == 0) check_messages(rounds);
  else if (strcmp(words[1], "packets") == 0) check_packets(rounds);
  else if (strcmp(words[1], "answers") == 0) check_answers(rounds);
  else if (strcmp(words[1], "room") == 0) check_room();
  else if (strcmp(words[1], "watch") == 0) check_watch(rounds);
  else if (strcmp(words[1], "filter") == 0) check_filter();
  else return 2;
  return 0;
}

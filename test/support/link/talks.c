/*
 * Connections of TCP that move bytes one way and then the other, and what the kernel says of each.
 *
 *     talks take ADDRESS PORT [RECEIVE_BUFFER]
 *     talks make ADDRESS PORT COUNT AT_ONCE UP DOWN WRITE PAUSE_MS IDLE_MS
 *
 * make makes COUNT connections, AT_ONCE at the same time. Each sends UP bytes in writes of WRITE bytes, which no algorithm holds
 * back, is sent DOWN bytes in the same way, waits for IDLE_MS while both ends send keep-alives, and closes; take's end then closes too.
 * Whoever receives reads nothing for PAUSE_MS after the first bytes. take prints "listening", and runs until it is killed.
 * Both print for each connection, when it is over,
 *
 *     PORT SEGMENTS_SENT_AGAIN PAYLOAD_BYTES_SENT_AGAIN
 *
 * with make's port, of what the kernel says that this end sent again; make ends with 1 where any of them failed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../bench/pace.h"

#define LONGEST_WRITE (1 << 20)
#define MOST_AT_ONCE 512
/* A connection on a link that loses much is over after so long, or has failed. */
#define LONGEST_MS 60000

/* States of a connection; <linux/tcp.h> has none, and <netinet/tcp.h>, which has, does not go with it. */
enum { TCP_FIN_WAIT2 = 5, TCP_TIME_WAIT = 6, TCP_CLOSE = 7 };

struct terms {
  uint32_t up;
  uint32_t down;
  uint32_t write;
  uint32_t pause_ms;
  uint32_t idle_ms;
};

static struct addrinfo *end;
static struct terms terms;
static int count, next_one, failures;

static void set_int(int fd, int level, int option, int value) {
  if (setsockopt(fd, level, option, &value, sizeof value) < 0) fail("setsockopt");
}

static int open_socket(void) {
  int fd = socket(end->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  struct timeval longest = { .tv_sec = LONGEST_MS / 1000 };
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  return fd;
}

static bool send_bytes(int fd, uint32_t bytes, uint32_t longest) {
  static const char nothing[LONGEST_WRITE];
  while (bytes > 0) {
    ssize_t sent = send(fd, nothing, bytes < longest ? bytes : longest, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes -= (uint32_t)sent;
  }
  return true;
}

static bool receive_bytes(int fd, uint32_t bytes, uint32_t pause_ms) {
  char received[1 << 16];
  while (bytes > 0) {
    ssize_t length = recv(fd, received, bytes < sizeof received ? bytes : sizeof received, 0);
    if (length <= 0) return false;
    bytes -= (uint32_t)length;
    if (pause_ms > 0) usleep(pause_ms * 1000);
    pause_ms = 0;
  }
  return true;
}

static bool receive_end(int fd) {
  char byte;
  return recv(fd, &byte, 1, 0) == 0;
}

/* Until the other end has acknowledged that this one is over, for what is sent again until then counts. */
static struct tcp_info last_word(int fd) {
  struct tcp_info info = { 0 };
  for (int left_ms = LONGEST_MS; left_ms > 0; left_ms -= 5) {
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) fail("TCP_INFO");
    if (info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_TIME_WAIT || info.tcpi_state == TCP_FIN_WAIT2) break;
    usleep(5000);
  }
  return info;
}

static void tell(int fd, const struct sockaddr_in6 *maker) {
  struct tcp_info info = last_word(fd);
  printf("%u %u %llu\n", ntohs(maker->sin6_port), info.tcpi_total_retrans, (unsigned long long)info.tcpi_bytes_retrans);
  fflush(stdout);
}

static bool take_one(int fd) {
  struct terms asked;
  if (recv(fd, &asked, sizeof asked, MSG_WAITALL) != sizeof asked || asked.write > LONGEST_WRITE) return false;
  if (!receive_bytes(fd, asked.up, asked.pause_ms) || !send_bytes(fd, asked.down, asked.write)) return false;
  return receive_end(fd) && shutdown(fd, SHUT_WR) == 0;
}

static void *take_in_thread(void *which) {
  int fd = (int)(intptr_t)which;
  struct sockaddr_in6 maker; /* the port is at the same place in both families */
  socklen_t length = sizeof maker;
  if (getpeername(fd, (struct sockaddr *)&maker, &length) == 0 && take_one(fd)) tell(fd, &maker);
  close(fd);
  return NULL;
}

static void take(int receive_buffer) {
  int listening = open_socket();
  if (receive_buffer > 0) set_int(listening, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (bind(listening, end->ai_addr, end->ai_addrlen) < 0 || listen(listening, MOST_AT_ONCE) < 0) fail("listen");
  puts("listening");
  fflush(stdout);
  for (;;) {
    int fd = accept(listening, NULL, NULL);
    pthread_t thread;
    if (fd < 0) continue;
    if (pthread_create(&thread, NULL, take_in_thread, (void *)(intptr_t)fd) != 0) fail("pthread_create");
    pthread_detach(thread);
  }
}

static bool make_one(int fd) {
  if (connect(fd, end->ai_addr, end->ai_addrlen) < 0) return false;
  if (send(fd, &terms, sizeof terms, MSG_NOSIGNAL) != sizeof terms) return false;
  if (!send_bytes(fd, terms.up, terms.write) || !receive_bytes(fd, terms.down, terms.pause_ms)) return false;
  usleep(terms.idle_ms * 1000);
  return shutdown(fd, SHUT_WR) == 0 && receive_end(fd);
}

static void *make_in_thread(void *nothing) {
  while (__atomic_fetch_add(&next_one, 1, __ATOMIC_RELAXED) < count) {
    int fd = open_socket();
    bool is_over = make_one(fd);
    struct sockaddr_in6 own;
    socklen_t length = sizeof own;
    if (is_over && getsockname(fd, (struct sockaddr *)&own, &length) == 0) tell(fd, &own);
    else __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    close(fd);
  }
  return nothing;
}

static void make(int at_once) {
  pthread_t threads[MOST_AT_ONCE];
  for (int i = 0; i < at_once; i++)
    if (pthread_create(&threads[i], NULL, make_in_thread, NULL) != 0) fail("pthread_create");
  for (int i = 0; i < at_once; i++) pthread_join(threads[i], NULL);
}

int main(int words, char **word) {
  if (words < 4) return 2;
  struct addrinfo numeric = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
  if (getaddrinfo(word[2], word[3], &numeric, &end) != 0) return 2;
  if (strcmp(word[1], "take") == 0) take(words > 4 ? atoi(word[4]) : 0);
  if (strcmp(word[1], "make") != 0 || words != 11 || atoi(word[5]) > MOST_AT_ONCE) return 2;
  count = atoi(word[4]);
  terms = (struct terms){ (uint32_t)atoi(word[6]), (uint32_t)atoi(word[7]), (uint32_t)atoi(word[8]), (uint32_t)atoi(word[9]),
                          (uint32_t)atoi(word[10]) };
  if (terms.write < 1 || terms.write > LONGEST_WRITE) return 2;
  make(atoi(word[5]));
  return failures == 0 ? 0 : 1;
}

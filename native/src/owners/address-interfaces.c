#include "address-interfaces.h"

#ifdef __linux__

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* At most half of them are filled; further addresses stay unknown. */
#define SLOTS 8192
#define LIFE_MS 1000
/* The kernel puts no more than this into one message of an answer (netlink_dump() in af_netlink.c). */
#define MESSAGE_BYTES (32 * 1024)
#define MOST_MESSAGES 4096

struct entry {
  int family; /* 0: the slot is free */
  uint32_t index; /* 0: several have it */
  __be32 address[4];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct entry entries[SLOTS];
static int entry_count;
static int64_t read_ms = INT64_MIN;

static struct entry *slot_of(int family, const __be32 address[4]) {
  uint32_t hash = (address[0] ^ address[1] * 3 ^ address[2] * 5 ^ address[3] * 7) * 0x9e3779b1u;
  for (uint32_t at = hash >> 19;; at++) {
    struct entry *entry = &entries[at % SLOTS];
    if (entry->family == 0) return entry;
    if (entry->family == family && memcmp(entry->address, address, sizeof entry->address) == 0) return entry;
  }
}

static void add(int family, const __be32 address[4], uint32_t index) {
  struct entry *entry = slot_of(family, address);
  if (entry->family != 0) {
    if (entry->index != index) entry->index = 0;
    return;
  }
  if (entry_count >= SLOTS / 2) return;
  entry_count++;
  entry->family = family;
  entry->index = index;
  memcpy(entry->address, address, sizeof entry->address);
}

/* IFA_LOCAL is the own address, which of a point-to-point link IFA_ADDRESS is not; IPv6 often has the latter only. */
static void add_from(const struct nlmsghdr *message) {
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifaddrmsg))) return;
  const struct ifaddrmsg *told = NLMSG_DATA(message);
  size_t size = told->ifa_family == AF_INET ? 4 : 16;
  if (told->ifa_family != AF_INET && told->ifa_family != AF_INET6) return;
  __be32 address[4] = { 0 };
  bool is_told = false, is_local = false;
  int left = (int)IFA_PAYLOAD(message);
  for (const struct rtattr *attribute = IFA_RTA(told); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    bool is_this = attribute->rta_type == IFA_LOCAL || (attribute->rta_type == IFA_ADDRESS && !is_local);
    if (!is_this || RTA_PAYLOAD(attribute) != size) continue;
    memcpy(address, RTA_DATA(attribute), size);
    is_told = true;
    is_local = attribute->rta_type == IFA_LOCAL;
  }
  if (is_told) add(told->ifa_family, address, told->ifa_index);
}

/* False at the end of the answer. */
static bool add_all(const char *bytes, size_t size) {
  uint32_t left = (uint32_t)size;
  for (const struct nlmsghdr *message = (const struct nlmsghdr *)bytes; NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) return false;
    if (message->nlmsg_type == RTM_NEWADDR) add_from(message);
  }
  return true;
}

/* Never waits: each part of the answer is there when it is asked for. Where nothing can be asked, what was known stays. */
static void read_all(void) {
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg question;
  } request = {
    .header = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
  };
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  _Alignas(struct nlmsghdr) char bytes[MESSAGE_BYTES];
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return;
  if (connect(descriptor, (struct sockaddr *)&kernel, sizeof kernel) == 0 &&
      send(descriptor, &request, sizeof request, MSG_DONTWAIT) >= 0) {
    memset(entries, 0, sizeof entries);
    entry_count = 0;
    for (int messages = 0; messages < MOST_MESSAGES; messages++) {
      ssize_t size = recv(descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
      if (size <= 0 || !add_all(bytes, (size_t)size)) break;
    }
  }
  close(descriptor);
}

static int64_t steady_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint32_t address_interfaces_find(int family, const __be32 address[4]) {
  pthread_mutex_lock(&mutex);
  int64_t now_ms = steady_ms();
  if (read_ms == INT64_MIN || now_ms - read_ms >= LIFE_MS) {
    read_all();
    read_ms = now_ms;
  }
  const struct entry *entry = slot_of(family, address);
  uint32_t index = entry->family == 0 ? 0 : entry->index;
  pthread_mutex_unlock(&mutex);
  return index;
}

#endif

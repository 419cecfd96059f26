#include "address-interfaces.h"

#ifdef __linux__

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netlink-dump.h"
#include "../steady-clock.h"

/* At most half of them are filled; further addresses stay unknown. */
#define SLOTS 8192
#define LIFE_MS 1000
#define MOST_PARTS 4096

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
  if (message->nlmsg_type != RTM_NEWADDR) return;
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

/* Where nothing can be asked, what was known stays. */
static void read_all(void) {
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg question;
  } request = {
    .header = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
  };
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return;
  if (connect(descriptor, (struct sockaddr *)&kernel, sizeof kernel) == 0 &&
      send(descriptor, &request, sizeof request, MSG_DONTWAIT) >= 0) {
    memset(entries, 0, sizeof entries);
    entry_count = 0;
    netlink_dump_read(descriptor, MOST_PARTS, add_from);
  }
  close(descriptor);
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

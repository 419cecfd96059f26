#include "socket-answers.h"

#ifdef __linux__

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "address-interfaces.h"
#include "shared-ends.h"

/* INET_DIAG_CGROUP_ID, of Linux 5.8, which older headers lack. */
#define CONTROL_GROUP_ATTRIBUTE 21
/* No user has the highest number. */
#define UNKNOWN_USER UINT32_MAX

/* One end of a question. Words hold bytes of the wire, the first one lowest. */
struct end {
  __be32 address[4];
  __be16 port;
};

static struct end end_of(const int32_t *question, int address_word, int port_shift, int family) {
  struct end end = { .address = { 0 } };
  for (int word = 0; word < (family == AF_INET6 ? 4 : 1); word++) end.address[word] = htole32((uint32_t)question[address_word + word]);
  end.port = htole16((uint16_t)((uint32_t)question[1] >> port_shift));
  return end;
}

/*
 * TCP's sockets are found by their own end as the source. UDP's are found as for a datagram that arrives: what is the source for
 * them is the other end (udp_dump_one() in udp_diag.c).
 */
bool socket_answers_request(const int32_t *question, int step, struct socket_request *request) {
  int protocol = question[0] & 0xff;
  int family = question[0] >> 8 == 6 ? AF_INET6 : AF_INET;
  struct end local = end_of(question, 4, 0, family);
  struct end remote = (step & FOR_LISTENER) != 0 ? (struct end){ 0 } : end_of(question, 8, 16, family);
  struct end source = protocol == IPPROTO_UDP ? remote : local;
  struct end target = protocol == IPPROTO_UDP ? local : remote;
  uint32_t given = (uint32_t)question[2];
  uint32_t index = (step & BY_ADDRESS) != 0 ? address_interfaces_find(family, local.address) : given;
  *request = socket_diag_request(protocol);
  request->question.sdiag_family = (uint8_t)family;
  struct inet_diag_sockid *id = &request->question.id;
  memcpy(id->idiag_src, source.address, sizeof source.address);
  memcpy(id->idiag_dst, target.address, sizeof target.address);
  id->idiag_sport = source.port;
  id->idiag_dport = target.port;
  id->idiag_if = index;
  return (step & BY_ADDRESS) == 0 || (index != 0 && index != given);
}

uint64_t socket_answers_control_group(const struct nlmsghdr *header) {
  uint64_t id = 0;
  const void *value = socket_diag_attribute(header, CONTROL_GROUP_ATTRIBUTE, sizeof id);
  if (value != NULL) memcpy(&id, value, sizeof id);
  return id;
}

/* A socket that no process has shows root as its user on kernels up to 6.16, whoever had it. */
static uint32_t user_of(const struct inet_diag_msg *message) {
  return message->idiag_inode == 0 && message->idiag_uid == 0 ? UNKNOWN_USER : message->idiag_uid;
}

static void put(int32_t *answer, double control_group, uint32_t inode, uint32_t user, uint8_t state) {
  memcpy(answer, &control_group, sizeof control_group);
  memcpy(answer + 2, &inode, sizeof inode);
  memcpy(answer + 3, &user, sizeof user);
  answer[4] = state;
}

/* Other errors pass: the kernel had no memory, or no room for the answer. */
static bool says_there_is_none(const struct nlmsghdr *header) {
  return header->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) && *(const int *)NLMSG_DATA(header) == -ENOENT;
}

/* A socket that is bound to another device than the packets took is not found the first time. */
static int step_after_none(int step) {
  return (step & (FOR_LISTENER | BY_ADDRESS)) == 0 ? step | BY_ADDRESS : 0;
}

int socket_answers_read(const struct nlmsghdr *header, size_t bytes, int step, int32_t *answer) {
  if (!NLMSG_OK(header, bytes)) return step;
  if (header->nlmsg_type == NLMSG_ERROR) return says_there_is_none(header) ? step_after_none(step) : step;
  const struct inet_diag_msg *message = socket_diag_message(header, bytes);
  if (message == NULL) return step;
  uint64_t control_group = socket_answers_control_group(header);
  /* Nobody knows which of several has sent. */
  if (message->idiag_state == SOCKET_UNCONNECTED && !shared_ends_are_of_one(message, control_group)) return 0;
  if (message->idiag_inode != 0 || control_group != 0) {
    put(answer, (double)control_group, message->idiag_inode, user_of(message), message->idiag_state);
    return (step & FOR_LISTENER) != 0 ? LISTENER_FOUND : 0;
  }
  /* TIME_WAIT and the like, or SYN_RECV: user 0 stands for nobody here. */
  return (step & FOR_LISTENER) == 0 ? step | FOR_LISTENER : 0;
}

#endif

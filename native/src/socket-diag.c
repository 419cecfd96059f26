#include "socket-diag.h"

#ifdef __linux__

#include <linux/sock_diag.h>
#include <stdint.h>
#include <sys/socket.h>

int socket_diag_open(void) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

struct socket_request socket_diag_request(int protocol) {
  return (struct socket_request){
    .header = { .nlmsg_len = sizeof(struct socket_request),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST },
    .question = { .sdiag_protocol = (uint8_t)protocol,
                  .idiag_states = UINT32_MAX,
                  .id = { .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
  };
}

const struct inet_diag_msg *socket_diag_message(const struct nlmsghdr *header, size_t bytes) {
  if (!NLMSG_OK(header, bytes) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return NULL;
  return header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)) ? NLMSG_DATA(header) : NULL;
}

const void *socket_diag_attribute(const struct nlmsghdr *header, int type, size_t least_bytes) {
  const char *next = (const char *)header + NLMSG_SPACE(sizeof(struct inet_diag_msg));
  const char *end = (const char *)header + header->nlmsg_len;
  while (end - next >= (ptrdiff_t)sizeof(struct nlattr)) {
    const struct nlattr *attribute = (const struct nlattr *)next;
    if (attribute->nla_len < sizeof *attribute || attribute->nla_len > end - next) return NULL;
    if (attribute->nla_type == type) return attribute->nla_len >= NLA_HDRLEN + least_bytes ? next + NLA_HDRLEN : NULL;
    next += NLA_ALIGN(attribute->nla_len);
  }
  return NULL;
}

#endif

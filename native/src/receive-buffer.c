#include "receive-buffer.h"

#include "values.h"

#ifdef __linux__

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket-diag.h"

/* An answer takes some 150 bytes. */
union answer {
  struct nlmsghdr header;
  char bytes[1024];
};

/* In each network namespace it is the first interface. */
#define LOOPBACK_INDEX 1

/* An address and port as sock_diag(7) wants them; returns the family that the kernel handles them by, 0 for any other socket. */
static int take_end(const struct sockaddr_storage *end, __be32 address[4], __be16 *port) {
  const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)end;
  const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)end;
  if (end->ss_family == AF_INET) {
    memcpy(address, &ipv4->sin_addr, sizeof ipv4->sin_addr);
    *port = ipv4->sin_port;
    return AF_INET;
  }
  if (end->ss_family != AF_INET6) return 0;
  *port = ipv6->sin6_port;
  bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr);
  if (is_ipv4)
    memcpy(address, &ipv6->sin6_addr.s6_addr[12], sizeof *address);
  else
    memcpy(address, &ipv6->sin6_addr, sizeof ipv6->sin6_addr);
  return is_ipv4 ? AF_INET : AF_INET6;
}

/*
 * Whether datagrams come in by loopback: those to ::1, to 127.0.0.0/8, and to any other IPv4 address of this host's, where both
 * ends have the same one. Those to another IPv6 address of its own come in by that address's interface.
 */
static bool is_by_loopback(const struct inet_diag_req_v2 *question) {
  const struct inet_diag_sockid *id = &question->id;
  if (question->sdiag_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)id->idiag_dst);
  return ntohl(id->idiag_dst[0]) >> 24 == IN_LOOPBACKNET || id->idiag_src[0] == id->idiag_dst[0];
}

/*
 * Asks for the socket that datagrams of this one go to. The kernel looks it up as it does for a datagram: by both ends,
 * the sender's as source, so of several that share a port it is the right one. It would find one that listens on all addresses
 * of this host for another host's address, too.
 */
static bool question_of(int descriptor, struct socket_request *request) {
  struct sockaddr_storage sender, receiver;
  socklen_t sender_size = sizeof sender, receiver_size = sizeof receiver;
  if (getsockname(descriptor, (struct sockaddr *)&sender, &sender_size) != 0 ||
      getpeername(descriptor, (struct sockaddr *)&receiver, &receiver_size) != 0)
    return false;
  *request = socket_diag_request(IPPROTO_UDP);
  request->question.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
  request->question.id.idiag_if = LOOPBACK_INDEX;
  struct inet_diag_sockid *id = &request->question.id;
  int family = take_end(&sender, id->idiag_src, &id->idiag_sport);
  if (family == 0 || take_end(&receiver, id->idiag_dst, &id->idiag_dport) != family) return false;
  request->question.sdiag_family = (uint8_t)family;
  return is_by_loopback(&request->question);
}

/* The kernel has answered when send returns. */
static bool ask(const struct socket_request *request, union answer *answer) {
  int netlink = socket_diag_open();
  if (netlink < 0) return false;
  ssize_t size = send(netlink, request, sizeof *request, 0);
  if (size >= 0) size = recv(netlink, answer, sizeof *answer, MSG_DONTWAIT);
  close(netlink);
  return size > 0 && socket_diag_message(&answer->header, (size_t)size) != NULL;
}

/* The socket's memory: SK_MEMINFO_VARS numbers of sock_diag.h, of which older kernels give fewer. */
static const uint32_t *memory_of(const union answer *answer) {
  return socket_diag_attribute(&answer->header, INET_DIAG_SKMEMINFO, (SK_MEMINFO_DROPS + 1) * sizeof(uint32_t));
}

napi_value receive_buffer_ask(napi_env env, napi_callback_info info) {
  napi_value argument, state;
  int descriptor;
  struct socket_request request;
  union answer answer;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  if (!question_of(descriptor, &request) || !ask(&request, &answer)) return NULL;
  const uint32_t *memory = memory_of(&answer);
  if (memory == NULL) return NULL;
  NAPI_MUST(napi_create_object(env, &state));
  const struct inet_diag_msg *message = NLMSG_DATA(&answer.header);
  values_set_number(env, state, "unreadBytes", message->idiag_rqueue);
  values_set_number(env, state, "usedBytes", memory[SK_MEMINFO_RMEM_ALLOC]);
  values_set_number(env, state, "limitBytes", memory[SK_MEMINFO_RCVBUF]);
  values_set_number(env, state, "dropped", memory[SK_MEMINFO_DROPS]);
  values_set_number(env, state, "socket", message->idiag_inode);
  return state;
}

#else

napi_value receive_buffer_ask(napi_env env, napi_callback_info info) {
  return NULL;
}

#endif

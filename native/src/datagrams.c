#include "datagrams.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "values.h"

/*
 * Whether the kernel may send what is longer than the path takes in fragments (ip(7), ipv6(7)), or refuses it with EMSGSIZE.
 * An IPv6 socket may send IPv4; an IPv4 one has no options of IPv6, and where there is no such option the system decides.
 */
static void allow_fragments(int descriptor, bool allowed) {
#if defined IP_MTU_DISCOVER && defined IPV6_MTU_DISCOVER
  int ipv4 = allowed ? IP_PMTUDISC_WANT : IP_PMTUDISC_DO, ipv6 = allowed ? IPV6_PMTUDISC_WANT : IPV6_PMTUDISC_DO;
  setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &ipv4, sizeof ipv4);
  setsockopt(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &ipv6, sizeof ipv6);
#else
  (void)descriptor, (void)allowed;
#endif
}

/* How many routers a datagram to a group may pass (ip(7), ipv6(7)); those to one host are not concerned. */
static void limit_multicast(int descriptor, int hops) {
  setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
  setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
}

/* A descriptor, or a negative error number. */
static int connected_socket(const char *address, const char *port) {
  struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM };
  struct addrinfo *found;
  if (getaddrinfo(address, port, &hints, &found) != 0) return -EINVAL;
  int error = 0;
  int descriptor = socket(found->ai_family, SOCK_DGRAM, 0);
  if (descriptor < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ||
      connect(descriptor, found->ai_addr, found->ai_addrlen) != 0)
    error = errno;
  freeaddrinfo(found);
  if (error == 0) {
    allow_fragments(descriptor, false);
    return descriptor;
  }
  if (descriptor >= 0) close(descriptor);
  return -error;
}

napi_value datagrams_connect(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  char port_text[sizeof "65535"];
  int port, multicast_hops;
  if (!values_arguments(env, info, 3, arguments) || !values_int(env, arguments[1], &port) ||
      !values_int(env, arguments[2], &multicast_hops))
    return NULL;
  /* Of any length: an IPv6 address may name an interface, and a wrong one is an error like others. */
  char *address = values_text(env, arguments[0]);
  if (address == NULL) return NULL;
  snprintf(port_text, sizeof port_text, "%hu", (unsigned short)port);
  int descriptor = connected_socket(address, port_text);
  free(address);
  if (descriptor >= 0) limit_multicast(descriptor, multicast_hops);
  return values_int_of(env, descriptor);
}

/* unix(7). A descriptor, or a negative error number. */
static int connected_unix_socket(const char *path) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (descriptor >= 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 &&
      connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0)
    return descriptor;
  int error = errno;
  if (descriptor >= 0) close(descriptor);
  return -error;
}

napi_value datagrams_connect_unix(napi_env env, napi_callback_info info) {
  napi_value argument;
  if (!values_arguments(env, info, 1, &argument)) return NULL;
  char *path = values_text(env, argument);
  if (path == NULL) return NULL;
  int descriptor = connected_unix_socket(path);
  free(path);
  return values_int_of(env, descriptor);
}

static napi_value send_one(napi_env env, napi_callback_info info, bool in_fragments) {
  napi_value arguments[4];
  int descriptor, start, end;
  size_t size;
  uint8_t *bytes;
  if (!values_arguments(env, info, 4, arguments) || !values_int(env, arguments[0], &descriptor) ||
      !values_bytes(env, arguments[1], &bytes, &size) || !values_int(env, arguments[2], &start) ||
      !values_int(env, arguments[3], &end))
    return NULL;
  if (start < 0 || end < start || (size_t)end > size) {
    napi_throw_type_error(env, "argument", "a range of the Uint8Array is expected");
    return NULL;
  }
  ssize_t sent;
  if (in_fragments) allow_fragments(descriptor, true);
  do {
    sent = send(descriptor, bytes + start, (size_t)(end - start), MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  /* As libuv has it: both mean that there is no room now. */
  int error = errno == EWOULDBLOCK || errno == ENOBUFS ? EAGAIN : errno;
  if (in_fragments) allow_fragments(descriptor, false);
  return values_int_of(env, sent < 0 ? -error : 0);
}

napi_value datagrams_send(napi_env env, napi_callback_info info) {
  return send_one(env, info, false);
}

napi_value datagrams_send_in_fragments(napi_env env, napi_callback_info info) {
  return send_one(env, info, true);
}

napi_value datagrams_path_mtu(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor, mtu = 0;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
#if defined IP_MTU && defined IPV6_MTU
  socklen_t size = sizeof mtu;
  if (getsockopt(descriptor, IPPROTO_IPV6, IPV6_MTU, &mtu, &size) != 0 &&
      getsockopt(descriptor, IPPROTO_IP, IP_MTU, &mtu, &size) != 0)
    mtu = 0;
#endif
  return values_int_of(env, mtu);
}

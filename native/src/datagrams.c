#include "datagrams.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "values.h"

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
  if (error == 0) return descriptor;
  if (descriptor >= 0) close(descriptor);
  return -error;
}

napi_value datagrams_connect(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char port_text[sizeof "65535"];
  int port;
  if (!values_arguments(env, info, 2, arguments) || !values_int(env, arguments[1], &port)) return NULL;
  /* Of any length: an IPv6 address may name an interface, and a wrong one is an error like others. */
  char *address = values_text(env, arguments[0]);
  if (address == NULL) return NULL;
  snprintf(port_text, sizeof port_text, "%hu", (unsigned short)port);
  int descriptor = connected_socket(address, port_text);
  free(address);
  return values_int_of(env, descriptor);
}

napi_value datagrams_send(napi_env env, napi_callback_info info) {
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
  do {
    sent = send(descriptor, bytes + start, (size_t)(end - start), MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  /* As libuv has it: both mean that there is no room now. */
  int error = errno == EWOULDBLOCK || errno == ENOBUFS ? EAGAIN : errno;
  return values_int_of(env, sent < 0 ? -error : 0);
}

#include "tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "values.h"

/* tcp(7), SIOCOUTQ: what was written, and the other end's kernel has not acknowledged. */
napi_value tcp_unacknowledged(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor, bytes = 0;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
#ifdef SIOCOUTQ
  return values_int_of(env, ioctl(descriptor, SIOCOUTQ, &bytes) == 0 ? bytes : -errno);
#else
  (void)descriptor, (void)bytes;
  return values_int_of(env, -ENOSYS);
#endif
}

/* tcp(7), TCP_INFO: how often in a row it sent again, or asked for room, without an answer of the other end's kernel. */
napi_value tcp_unanswered(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
#ifdef __linux__
  struct tcp_info state = { 0 };
  socklen_t size = sizeof state;
  bool told = getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &state, &size) == 0;
  return values_int_of(env, told ? state.tcpi_retransmits + state.tcpi_probes : -errno);
#else
  (void)descriptor;
  return values_int_of(env, -ENOSYS);
#endif
}

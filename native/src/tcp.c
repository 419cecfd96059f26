#include "tcp.h"

#include <errno.h>
#include <sys/ioctl.h>
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

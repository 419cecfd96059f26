#include "privileges.h"

#include "values.h"

#ifdef __linux__

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Neither Node nor V8 nor libuv uses a real-time signal. */
#define DROP_SIGNAL (SIGRTMAX - 1)
#define WAIT_ROUNDS 2000
#define WAIT_ROUND_NS 50000

static atomic_int dropped_by_signal;

/* What the kernel keeps per thread, and lets each thread change for itself only. Safe in a signal handler. */
static bool drop_here(void) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct nothing[_LINUX_CAPABILITY_U32S_3] = { 0 };
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capset, &header, nothing) == 0;
}

static void on_signal(int number) {
  int error = errno;
  if (drop_here()) atomic_fetch_add(&dropped_by_signal, 1);
  errno = error;
}

/* The handler stays: without it, a signal that is delivered late would end the process. */
static bool drop_in(int thread) {
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  int before = atomic_load(&dropped_by_signal);
  if (sigaction(DROP_SIGNAL, &action, NULL) != 0 || syscall(SYS_tgkill, getpid(), thread, DROP_SIGNAL) != 0)
    return false;
  struct timespec round = { .tv_nsec = WAIT_ROUND_NS };
  for (int i = 0; i < WAIT_ROUNDS && atomic_load(&dropped_by_signal) == before; i++) nanosleep(&round, NULL);
  return atomic_load(&dropped_by_signal) != before;
}

napi_value privileges_drop(napi_env env, napi_callback_info info) {
  napi_value argument, done;
  int thread;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &thread)) return NULL;
  bool dropped = thread == syscall(SYS_gettid) ? drop_here() : drop_in(thread);
  NAPI_MUST(napi_get_boolean(env, dropped, &done));
  return done;
}

#else

napi_value privileges_drop(napi_env env, napi_callback_info info) {
  values_throw(env, "other", "capabilities exist on Linux only");
  return NULL;
}

#endif

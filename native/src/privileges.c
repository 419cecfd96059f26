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
#define OWN_SIGNAL (SIGRTMAX - 1)

/*
 * One of the C library's own signals (nptl(7): setuid() tells the other threads by it). No thread can block it, and Node
 * has one that blocks all others. It is borrowed while one thread is told.
 */
#define SIGNAL_NOBODY_BLOCKS 33

#define WAIT_ROUNDS 20000
#define WAIT_ROUND_NS 50000

static atomic_int answers;

/* What the kernel keeps per thread, and lets each thread change for itself only. Safe in a signal handler. */
static bool drop_here(void) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct nothing[_LINUX_CAPABILITY_U32S_3] = { 0 };
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capset, &header, nothing) == 0;
}

static void on_signal(int number) {
  int error = errno;
  drop_here();
  atomic_fetch_add(&answers, 1);
  errno = error;
}

/* The kernel's struct sigaction, which the C library hides. It is only moved about here; 64 bytes are more than any has. */
struct kernel_action {
  unsigned char bytes[64];
};
#define KERNEL_SIGNAL_SET_BYTES (_NSIG / 8)

static bool exchange_action(int number, const struct kernel_action *action, struct kernel_action *old) {
  return syscall(SYS_rt_sigaction, number, action, old, KERNEL_SIGNAL_SET_BYTES) == 0;
}

/* on_signal as the kernel has to be told of it. */
static bool own_action(struct kernel_action *action) {
  struct sigaction own = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  return sigaction(OWN_SIGNAL, &own, NULL) == 0 && exchange_action(OWN_SIGNAL, NULL, action);
}

static bool drop_in(int thread) {
  struct kernel_action own, old;
  int before = atomic_load(&answers);
  if (!own_action(&own) || !exchange_action(SIGNAL_NOBODY_BLOCKS, &own, &old)) return false;
  bool told = syscall(SYS_tgkill, getpid(), thread, SIGNAL_NOBODY_BLOCKS) == 0;
  struct timespec round = { .tv_nsec = WAIT_ROUND_NS };
  for (int i = 0; told && i < WAIT_ROUNDS && atomic_load(&answers) == before; i++) nanosleep(&round, NULL);
  bool answered = atomic_load(&answers) != before;
  /* A thread that answers later than after a second must still find this handler. */
  if (answered || !told) exchange_action(SIGNAL_NOBODY_BLOCKS, &old, NULL);
  return answered;
}

napi_value privileges_drop(napi_env env, napi_callback_info info) {
  napi_value argument, done;
  int thread;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &thread)) return NULL;
  /* Nor shall another process of the same user reach into this one for what it captures. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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

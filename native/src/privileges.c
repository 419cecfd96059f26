#include "privileges.h"

#include "values.h"

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * The signal that reaches every thread: glibc (as SIGSETXID) and musl (as SIGCANCEL) keep it to themselves, and let no
 * thread block it. Node has a thread that blocks all others. It is given back when all have answered.
 */
#define SIGNAL 33
#define SIGNAL_SET_BYTES ((_NSIG - 1) / 8)

/* Node has about a dozen threads, and one more for each of the first few files. */
#define MOST_THREADS 1024
#define PATIENCE_MS 1000

struct threads {
  pid_t ids[MOST_THREADS];
  size_t count;
};

static atomic_size_t answers;

static void drop_own(void) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
  /* The ambient set follows the permitted one. */
  syscall(SYS_capset, &header, none);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void on_signal(int number) {
  int interrupted = errno;
  drop_own();
  atomic_fetch_add(&answers, 1);
  errno = interrupted;
}

/* As the kernel has it, which is not as libc has it; never looked into here. */
struct kernel_action {
  unsigned char bytes[256];
};

/*
 * libc lets nobody handle its own signals. So it prepares the action for a signal that it lets everybody handle, and the
 * kernel is given that very action for the other.
 */
static bool take_signal(struct kernel_action *libc) {
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, before;
  struct kernel_action prepared;
  return sigaction(SIGRTMAX, &action, &before) == 0 &&
         syscall(SYS_rt_sigaction, SIGRTMAX, NULL, &prepared, SIGNAL_SET_BYTES) == 0 &&
         sigaction(SIGRTMAX, &before, NULL) == 0 &&
         syscall(SYS_rt_sigaction, SIGNAL, &prepared, libc, SIGNAL_SET_BYTES) == 0;
}

/* All threads of the process, the calling one left out. False where /proc does not tell, or tells of too many. */
static bool list_others(struct threads *others) {
  DIR *folder = opendir("/proc/self/task");
  pid_t own = (pid_t)syscall(SYS_gettid);
  others->count = 0;
  if (folder == NULL) return false;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    pid_t id = (pid_t)strtol(entry->d_name, NULL, 10);
    if (id <= 0 || id == own) continue;
    if (others->count == MOST_THREADS) break;
    others->ids[others->count++] = id;
  }
  closedir(folder);
  return others->count < MOST_THREADS;
}

static bool has(const struct threads *threads, pid_t id) {
  for (size_t i = 0; i < threads->count; i++)
    if (threads->ids[i] == id) return true;
  return false;
}

/* False where somebody has not answered in time: a thread that has ended, or one that hangs inside of the kernel. */
static bool all_answer(size_t asked) {
  struct timespec moment = { .tv_nsec = 1000000 };
  for (int ms = 0; ms < PATIENCE_MS && atomic_load(&answers) < asked; ms++) nanosleep(&moment, NULL);
  return atomic_load(&answers) >= asked;
}

/*
 * Asks every thread once, until no new one is found: a thread that was not asked yet may have started another. False
 * where the threads cannot be listed.
 */
static bool ask_all(struct threads *asked, bool *answered) {
  struct threads now;
  size_t signals = 0;
  asked->count = 0;
  *answered = true;
  for (size_t before = 1; before != asked->count;) {
    before = asked->count;
    if (!list_others(&now)) return false;
    for (size_t i = 0; i < now.count; i++) {
      if (has(asked, now.ids[i])) continue;
      if (asked->count == MOST_THREADS) return false;
      asked->ids[asked->count++] = now.ids[i];
      if (syscall(SYS_tgkill, getpid(), now.ids[i], SIGNAL) == 0) signals++;
    }
    *answered = all_answer(signals);
  }
  return true;
}

static bool holds_capabilities(pid_t thread) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = thread };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
  if (syscall(SYS_capget, &header, data) != 0) return errno != ESRCH;
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
    if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0) return true;
  return false;
}

static size_t count_holders(const struct threads *others) {
  size_t count = holds_capabilities(0);
  for (size_t i = 0; i < others->count; i++) count += holds_capabilities(others->ids[i]);
  return count;
}

napi_value privileges_drop(napi_env env, napi_callback_info info) {
  struct kernel_action libc;
  struct threads others;
  bool answered;
  if (!take_signal(&libc)) {
    values_throw(env, "other", strerror(errno));
    return NULL;
  }
  /* Another process of the same user must not reach into this one, for what it captures. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  drop_own();
  if (!ask_all(&others, &answered)) {
    values_throw(env, "other", "/proc/self/task does not list the threads of this process");
    return NULL;
  }
  /* A signal that is still under way must not find libc's own handler. */
  if (answered) syscall(SYS_rt_sigaction, SIGNAL, &libc, NULL, SIGNAL_SET_BYTES);
  napi_value counts;
  NAPI_MUST(napi_create_object(env, &counts));
  values_set_number(env, counts, "threads", (double)(others.count + 1));
  values_set_number(env, counts, "kept", (double)count_holders(&others));
  return counts;
}

#else

napi_value privileges_drop(napi_env env, napi_callback_info info) {
  values_throw(env, "other", "capabilities exist on Linux only");
  return NULL;
}

#endif

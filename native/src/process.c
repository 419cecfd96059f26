#include "process.h"

#include <sys/resource.h>
#include <unistd.h>

#include "values.h"

/*
 * core(5). A limit of 0 leaves it to the program that core_pattern may name; with one of a single byte Linux writes no core
 * and starts no program.
 */
napi_value process_forbid_core(napi_env env, napi_callback_info info) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return NULL;
  limit.rlim_cur = limit.rlim_max = limit.rlim_max == 0 ? 0 : 1;
  setrlimit(RLIMIT_CORE, &limit);
  return NULL;
}

/* exit() would run libuv's destructor, which waits for the threads of its pool, and so for the resolver that holds one. */
napi_value process_exit(napi_env env, napi_callback_info info) {
  napi_value argument;
  int code;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &code)) return NULL;
  _exit(code);
}

#include "process.h"

#include <unistd.h>

#include "values.h"

/* exit() would run libuv's destructor, which waits for the threads of its pool, and so for the resolver that holds one. */
napi_value process_exit(napi_env env, napi_callback_info info) {
  napi_value argument;
  int code;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &code)) return NULL;
  _exit(code);
}

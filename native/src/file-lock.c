#include "file-lock.h"

#include <errno.h>
#include <sys/file.h>

#include "values.h"

napi_value file_lock_take(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  return values_int_of(env, flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno);
}

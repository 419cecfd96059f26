#include "syn-watch-calls.h"

#include "../values.h"

#ifdef __linux__

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syn-watch.h"

/* Closed by JavaScript, by the garbage collector or by the end of its thread, whichever is first. */
struct handle {
  napi_env env;
  struct syn_watch *watch; /* NULL once closed */
};

static napi_value throw_errno(napi_env env, const char *doing, int number) {
  char text[256];
  snprintf(text, sizeof text, "%s: %s", doing, strerror(number));
  values_throw(env, number == EPERM || number == EACCES ? "permission" : "other", text);
  return NULL;
}

static void on_thread_end(void *data) {
  struct handle *handle = data;
  syn_watch_close(handle->watch);
  handle->watch = NULL;
}

static void close_watch(struct handle *handle) {
  if (handle->watch == NULL) return;
  NAPI_MUST(napi_remove_env_cleanup_hook(handle->env, on_thread_end, handle));
  on_thread_end(handle);
}

static void on_collected(napi_env env, void *data, void *hint) {
  close_watch(data);
  free(data);
}

/* NULL after throwing. */
static struct syn_watch *open_watch_of(napi_env env, napi_value value) {
  struct handle *handle = values_external(env, value);
  if (handle == NULL) return NULL;
  if (handle->watch == NULL) values_throw(env, "closed", "the watch for SYNs is closed");
  return handle->watch;
}

static struct syn_watch *watch_argument(napi_env env, napi_callback_info info) {
  napi_value value;
  return values_arguments(env, info, 1, &value) ? open_watch_of(env, value) : NULL;
}

napi_value syn_watch_calls_open(napi_env env, napi_callback_info info) {
  napi_value argument, value;
  int most_per_second;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &most_per_second)) return NULL;
  if (most_per_second < 1) {
    napi_throw_type_error(env, "argument", "at least one SYN a second is expected");
    return NULL;
  }
  struct handle *handle = malloc(sizeof *handle);
  struct syn_watch *watch = handle == NULL ? NULL : syn_watch_open((uint32_t)most_per_second);
  if (watch == NULL) {
    int error = handle == NULL ? ENOMEM : errno;
    free(handle);
    return throw_errno(env, "opening the watch for SYNs", error);
  }
  handle->env = env;
  handle->watch = watch;
  NAPI_MUST(napi_add_env_cleanup_hook(env, on_thread_end, handle));
  NAPI_MUST(napi_create_external(env, handle, on_collected, NULL, &value));
  return value;
}

napi_value syn_watch_calls_start(napi_env env, napi_callback_info info) {
  struct syn_watch *watch = watch_argument(env, info);
  int error = watch == NULL ? 0 : syn_watch_start(watch);
  return error == 0 ? NULL : throw_errno(env, "starting the watch for SYNs", error);
}

napi_value syn_watch_calls_read(napi_env env, napi_callback_info info) {
  napi_value arguments[2], number;
  int32_t *words;
  size_t count;
  if (!values_arguments(env, info, 2, arguments)) return NULL;
  struct syn_watch *watch = open_watch_of(env, arguments[0]);
  if (watch == NULL || !values_words(env, arguments[1], &words, &count)) return NULL;
  size_t read = syn_watch_read(watch, words, count / SYN_WATCH_WORDS);
  NAPI_MUST(napi_create_uint32(env, (uint32_t)read, &number));
  return number;
}

napi_value syn_watch_calls_counts(napi_env env, napi_callback_info info) {
  struct syn_watch *watch = watch_argument(env, info);
  napi_value object;
  if (watch == NULL) return NULL;
  struct syn_watch_counts counts = syn_watch_counts(watch);
  NAPI_MUST(napi_create_object(env, &object));
  values_set_number(env, object, "lookedUp", (double)counts.looked_up);
  values_set_number(env, object, "passedOver", (double)counts.passed_over);
  values_set_number(env, object, "dropped", (double)counts.dropped);
  return object;
}

napi_value syn_watch_calls_close(napi_env env, napi_callback_info info) {
  napi_value value;
  if (!values_arguments(env, info, 1, &value)) return NULL;
  struct handle *handle = values_external(env, value);
  if (handle != NULL) close_watch(handle);
  return NULL;
}

#else

static napi_value unsupported(napi_env env) {
  values_throw(env, "other", "SYNs are watched for on Linux only");
  return NULL;
}
napi_value syn_watch_calls_open(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value syn_watch_calls_start(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value syn_watch_calls_read(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value syn_watch_calls_counts(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value syn_watch_calls_close(napi_env env, napi_callback_info info) { return NULL; }

#endif

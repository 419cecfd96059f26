#include "read-ahead-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read-ahead.h"
#include "values.h"

/* Closed by JavaScript, by the garbage collector or by the end of its thread, whichever is first. */
struct handle {
  napi_env env;
  struct read_ahead *reader; /* NULL once closed */
  napi_ref slots; /* keeps the memory that the thread writes to */
};

static void on_thread_end(void *data) {
  struct handle *handle = data;
  read_ahead_close(handle->reader);
  handle->reader = NULL;
}

static void close_reader(struct handle *handle) {
  if (handle->reader == NULL) return;
  NAPI_MUST(napi_remove_env_cleanup_hook(handle->env, on_thread_end, handle));
  on_thread_end(handle);
  NAPI_MUST(napi_delete_reference(handle->env, handle->slots));
}

static void on_collected(napi_env env, void *data, void *hint) {
  close_reader(data);
  free(data);
}

/* NULL after throwing. */
static struct handle *handle_argument(napi_env env, napi_callback_info info) {
  napi_value value;
  struct handle *handle = values_arguments(env, info, 1, &value) ? values_external(env, value) : NULL;
  if (handle == NULL || handle->reader != NULL) return handle;
  values_throw(env, "closed", "the file is closed");
  return NULL;
}

static bool read_slots(napi_env env, napi_value value, uint8_t **slots) {
  void *bytes;
  size_t size;
  if (napi_get_arraybuffer_info(env, value, &bytes, &size) == napi_ok &&
      size == (size_t)READ_AHEAD_SLOTS * READ_AHEAD_SLOT_BYTES) {
    *slots = bytes;
    return true;
  }
  napi_throw_type_error(env, "argument", "an ArrayBuffer for all slots is expected");
  return false;
}

static napi_value wrap(napi_env env, struct read_ahead *reader, napi_value slots) {
  napi_value value;
  struct handle *handle = malloc(sizeof *handle);
  if (handle == NULL) {
    read_ahead_close(reader);
    values_throw(env, "other", "out of memory");
    return NULL;
  }
  handle->env = env;
  handle->reader = reader;
  NAPI_MUST(napi_create_reference(env, slots, 1, &handle->slots));
  NAPI_MUST(napi_add_env_cleanup_hook(env, on_thread_end, handle));
  NAPI_MUST(napi_create_external(env, handle, on_collected, NULL, &value));
  return value;
}

napi_value read_ahead_calls_open(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  int descriptor, offset, snapshot_bytes, part;
  struct read_ahead_options options;
  if (!values_arguments(env, info, 6, arguments) || !values_int(env, arguments[0], &descriptor) ||
      !values_int(env, arguments[1], &offset) || !values_int(env, arguments[2], &snapshot_bytes) ||
      !values_bool(env, arguments[3], &options.nanoseconds) || !values_int(env, arguments[4], &part) ||
      !read_slots(env, arguments[5], &options.slots))
    return NULL;
  options.offset = offset;
  options.snapshot_bytes = (uint32_t)snapshot_bytes;
  options.part = (unsigned)part;
  /* The program may close its own at any time. */
  options.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (options.descriptor < 0) {
    values_throw(env, "other", strerror(errno));
    return NULL;
  }
  struct read_ahead *reader = read_ahead_open(&options);
  if (reader != NULL) return wrap(env, reader, arguments[5]);
  close(options.descriptor);
  values_throw(env, "other", "no thread can be started");
  return NULL;
}

napi_value read_ahead_calls_next(napi_env env, napi_callback_info info) {
  struct handle *handle = handle_argument(env, info);
  napi_value number;
  if (handle == NULL) return NULL;
  NAPI_MUST(napi_create_uint32(env, (uint32_t)read_ahead_next(handle->reader), &number));
  return number;
}

napi_value read_ahead_calls_offset(napi_env env, napi_callback_info info) {
  struct handle *handle = handle_argument(env, info);
  napi_value number;
  if (handle == NULL) return NULL;
  NAPI_MUST(napi_create_int64(env, read_ahead_offset(handle->reader), &number));
  return number;
}

napi_value read_ahead_calls_close(napi_env env, napi_callback_info info) {
  napi_value value;
  if (!values_arguments(env, info, 1, &value)) return NULL;
  struct handle *handle = values_external(env, value);
  if (handle != NULL) close_reader(handle);
  return NULL;
}

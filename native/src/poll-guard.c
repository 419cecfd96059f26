#include "poll-guard.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "values.h"

struct guard {
  int descriptor;
  uv_poll_t *poll; /* inside cap's object */
  uv_poll_cb guarded;
  struct listener listener;
  struct guard *next;
};

/* libuv's handle has no room for a pointer of ours. `cap` loads in the main thread only, so the list needs no lock. */
static struct guard *guards;

static struct guard *guard_of(const uv_poll_t *poll) {
  struct guard *guard = guards;
  while (guard != NULL && guard->poll != poll) guard = guard->next;
  return guard;
}

/* NULL after throwing. */
static struct guard *guard_argument(napi_env env, napi_value value) {
  int descriptor;
  if (!values_int(env, value, &descriptor)) return NULL;
  struct guard *guard = guards;
  while (guard != NULL && guard->descriptor != descriptor) guard = guard->next;
  if (guard == NULL) values_throw(env, "other", "no guard has this descriptor");
  return guard;
}

struct search {
  int descriptor;
  uv_poll_t *found;
};

static void visit(uv_handle_t *handle, void *data) {
  struct search *search = data;
  uv_os_fd_t descriptor;
  if (uv_handle_get_type(handle) == UV_POLL && uv_fileno(handle, &descriptor) == 0 &&
      descriptor == search->descriptor && uv_is_active(handle))
    search->found = (uv_poll_t *)handle;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct guard *guard = guard_of(poll);
  if (status == 0) {
    guard->guarded(poll, status, events);
    return;
  }
  /* libuv has stopped polling. With the error taken from the socket, polling goes on; so do the frames that wait. */
  int error;
  socklen_t size = sizeof error;
  getsockopt(guard->descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  uv_poll_start(poll, UV_READABLE, on_poll);
  listener_call(&guard->listener, status);
}

napi_value poll_guard_attach(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uv_loop_t *loop;
  struct search search = { 0 };
  if (!values_arguments(env, info, 2, arguments) || !values_int(env, arguments[0], &search.descriptor)) return NULL;
  NAPI_MUST(napi_get_uv_event_loop(env, &loop));
  uv_walk(loop, visit, &search);
  struct guard *guard = search.found == NULL ? NULL : calloc(1, sizeof *guard);
  if (guard == NULL) {
    values_throw(env, "other", "this descriptor is not polled");
    return NULL;
  }
  struct listener listener;
  if (!listener_create(&listener, env, arguments[1], "cap")) {
    free(guard);
    return NULL;
  }
  *guard = (struct guard){
    .descriptor = search.descriptor,
    .poll = search.found,
    .guarded = search.found->poll_cb,
    .listener = listener,
    .next = guards,
  };
  guards = guard;
  int error = uv_poll_start(guard->poll, UV_READABLE, on_poll);
  if (error != 0) values_throw(env, "other", uv_strerror(error));
  return NULL;
}

napi_value poll_guard_detach(napi_env env, napi_callback_info info) {
  napi_value descriptor;
  if (!values_arguments(env, info, 1, &descriptor)) return NULL;
  struct guard *guard = guard_argument(env, descriptor);
  if (guard == NULL) return NULL;
  struct guard **link = &guards;
  while (*link != guard) link = &(*link)->next;
  *link = guard->next;
  listener_destroy(&guard->listener);
  free(guard);
  return NULL;
}

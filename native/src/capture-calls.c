#include "capture-calls.h"

#include <net/if.h>
#include <stdlib.h>
#include <uv.h>

#include "capture.h"
#include "values.h"

/*
 * The life of a capture: opened; closed by JavaScript, by the garbage collector or by the end of its thread, whichever
 * is first; freed when libuv has let go of `poll` and the garbage collector of the handle, in either order.
 */
struct capture {
  pcap_t *pcap; /* NULL once closed */
  uv_poll_t poll;
  struct listener listener; /* called when frames wait */
  napi_async_cleanup_hook_handle cleanup;
  uint64_t offered;
  uint64_t dropped;
  struct pcap_stat last;
  uint32_t snapshot_bytes;
  bool names_pass;
  bool released_by_loop;
  bool released_by_script;
};

static void free_released(struct capture *capture) {
  if (capture->released_by_loop && capture->released_by_script) free(capture);
}

static void on_poll_closed(uv_handle_t *handle) {
  struct capture *capture = handle->data;
  listener_destroy(&capture->listener);
  napi_async_cleanup_hook_handle cleanup = capture->cleanup;
  capture->released_by_loop = true;
  free_released(capture);
  napi_remove_async_cleanup_hook(cleanup);
}

static void close_capture(struct capture *capture) {
  if (capture->pcap == NULL) return;
  /* In this order: libuv takes the descriptor out of its poll set while it is still this capture's. */
  uv_close((uv_handle_t *)&capture->poll, on_poll_closed);
  pcap_close(capture->pcap);
  capture->pcap = NULL;
}

static void on_thread_end(napi_async_cleanup_hook_handle handle, void *data) {
  close_capture(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  struct capture *capture = data;
  close_capture(capture);
  capture->released_by_script = true;
  free_released(capture);
}

/* NULL after throwing. */
static struct capture *open_capture_of(napi_env env, napi_value handle) {
  struct capture *capture = values_external(env, handle);
  if (capture == NULL || capture->pcap != NULL) return capture;
  values_throw(env, "closed", "the capture is closed");
  return NULL;
}

static struct capture *capture_argument(napi_env env, napi_callback_info info) {
  napi_value handle;
  return values_arguments(env, info, 1, &handle) ? open_capture_of(env, handle) : NULL;
}

/* Makes the handle of an opened pcap_t; closes it and throws where the event loop does not take its descriptor. */
static napi_value wrap(napi_env env, pcap_t *pcap, struct listener listener, uint32_t snapshot_bytes, bool names_pass) {
  uv_loop_t *loop;
  napi_value handle;
  struct capture *capture = calloc(1, sizeof *capture);
  NAPI_MUST(napi_get_uv_event_loop(env, &loop));
  int error = capture == NULL ? UV_ENOMEM : uv_poll_init(loop, &capture->poll, pcap_get_selectable_fd(pcap));
  if (error != 0) {
    free(capture);
    pcap_close(pcap);
    listener_destroy(&listener);
    values_throw(env, "other", uv_strerror(error));
    return NULL;
  }
  capture->pcap = pcap;
  capture->listener = listener;
  capture->snapshot_bytes = snapshot_bytes;
  capture->names_pass = names_pass;
  capture->poll.data = capture;
  NAPI_MUST(napi_add_async_cleanup_hook(env, on_thread_end, capture, &capture->cleanup));
  NAPI_MUST(napi_create_external(env, capture, on_collected, NULL, &handle));
  return handle;
}

napi_value capture_calls_open(napi_env env, napi_callback_info info) {
  napi_value arguments[8];
  char interface[IF_NAMESIZE];
  struct capture_options options = { .interface = interface };
  struct capture_error error;
  struct listener listener;
  bool names_pass;
  if (!values_arguments(env, info, 8, arguments) ||
      !values_string(env, arguments[0], interface, sizeof interface) ||
      !values_int(env, arguments[2], &options.buffer_bytes) ||
      !values_int(env, arguments[3], &options.snapshot_bytes) ||
      !values_int(env, arguments[4], &options.name_bytes) ||
      !values_int(env, arguments[5], &options.timeout_ms) ||
      !values_bool(env, arguments[6], &options.promiscuous))
    return NULL;
  char *filter = values_text(env, arguments[1]);
  if (filter == NULL) return NULL;
  options.filter = filter;
  pcap_t *pcap = capture_open(&options, &names_pass, &error);
  free(filter);
  if (pcap == NULL) {
    values_throw(env, error.code, error.text);
    return NULL;
  }
  if (listener_create(&listener, env, arguments[7], "capture"))
    return wrap(env, pcap, listener, (uint32_t)options.snapshot_bytes, names_pass);
  pcap_close(pcap);
  return NULL;
}

napi_value capture_calls_link_type(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  return capture == NULL ? NULL : values_int_of(env, pcap_datalink(capture->pcap));
}

napi_value capture_calls_names_pass(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  napi_value answer;
  if (capture == NULL) return NULL;
  NAPI_MUST(napi_get_boolean(env, capture->names_pass, &answer));
  return answer;
}

napi_value capture_calls_descriptor(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  return capture == NULL ? NULL : values_int_of(env, pcap_get_selectable_fd(capture->pcap));
}

/* After a `status` other than 0, an error of the descriptor, libuv has stopped polling. */
static void on_poll(uv_poll_t *poll, int status, int events) {
  struct capture *capture = poll->data;
  listener_call(&capture->listener, status);
}

napi_value capture_calls_poll(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  int error = capture == NULL ? 0 : uv_poll_start(&capture->poll, UV_READABLE, on_poll);
  if (error != 0) values_throw(env, "other", uv_strerror(error));
  return NULL;
}

napi_value capture_calls_rest(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  if (capture != NULL) uv_poll_stop(&capture->poll);
  return NULL;
}

napi_value capture_calls_read(napi_env env, napi_callback_info info) {
  napi_value arguments[3], number;
  uint8_t *bytes;
  size_t size;
  int part;
  struct capture_error error;
  if (!values_arguments(env, info, 3, arguments)) return NULL;
  struct capture *capture = open_capture_of(env, arguments[0]);
  if (capture == NULL) return NULL;
  if (!values_bytes(env, arguments[1], &bytes, &size) || !values_int(env, arguments[2], &part)) return NULL;
  struct capture_wish wish = { .snapshot_bytes = capture->snapshot_bytes, .part = (unsigned)part };
  long used = capture_read(capture->pcap, bytes, size, wish, &error);
  if (used < 0) {
    values_throw(env, error.code, error.text);
    return NULL;
  }
  NAPI_MUST(napi_create_uint32(env, (uint32_t)used, &number));
  return number;
}

/* libpcap's counters are 32 bits wide and wrap within the hour at a million packets a second; the sums here do not. */
napi_value capture_calls_statistics(napi_env env, napi_callback_info info) {
  struct capture *capture = capture_argument(env, info);
  struct pcap_stat now;
  napi_value counts;
  if (capture == NULL) return NULL;
  if (pcap_stats(capture->pcap, &now) != 0) {
    values_throw(env, "other", pcap_geterr(capture->pcap));
    return NULL;
  }
  capture->offered += (uint32_t)(now.ps_recv - capture->last.ps_recv);
  capture->dropped += (uint32_t)(now.ps_drop - capture->last.ps_drop);
  capture->last = now;
  NAPI_MUST(napi_create_object(env, &counts));
  values_set_number(env, counts, "offered", (double)capture->offered);
  values_set_number(env, counts, "dropped", (double)capture->dropped);
  return counts;
}

napi_value capture_calls_close(napi_env env, napi_callback_info info) {
  napi_value handle;
  if (!values_arguments(env, info, 1, &handle)) return NULL;
  struct capture *capture = values_external(env, handle);
  if (capture != NULL) close_capture(capture);
  return NULL;
}

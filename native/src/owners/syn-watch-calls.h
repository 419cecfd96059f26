/* The watch for SYNs as JavaScript calls it. */
#ifndef SYN_WATCH_CALLS_H
#define SYN_WATCH_CALLS_H

#include <node_api.h>

napi_value syn_watch_calls_open(napi_env env, napi_callback_info info);
napi_value syn_watch_calls_start(napi_env env, napi_callback_info info);
napi_value syn_watch_calls_read(napi_env env, napi_callback_info info);
napi_value syn_watch_calls_counts(napi_env env, napi_callback_info info);
napi_value syn_watch_calls_close(napi_env env, napi_callback_info info);

#endif

/* The `batch` engine's captures as JavaScript sees them: see native.ts for each function. */
#ifndef CAPTURE_CALLS_H
#define CAPTURE_CALLS_H

#include <node_api.h>

napi_value capture_calls_open(napi_env env, napi_callback_info info);
napi_value capture_calls_link_type(napi_env env, napi_callback_info info);
napi_value capture_calls_names_pass(napi_env env, napi_callback_info info);
napi_value capture_calls_descriptor(napi_env env, napi_callback_info info);
napi_value capture_calls_poll(napi_env env, napi_callback_info info);
napi_value capture_calls_rest(napi_env env, napi_callback_info info);
napi_value capture_calls_read(napi_env env, napi_callback_info info);
napi_value capture_calls_statistics(napi_env env, napi_callback_info info);
napi_value capture_calls_close(napi_env env, napi_callback_info info);

#endif

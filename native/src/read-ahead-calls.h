/* The thread that reads ahead, as JavaScript sees it: see native.ts for each function. */
#ifndef READ_AHEAD_CALLS_H
#define READ_AHEAD_CALLS_H

#include <node_api.h>

napi_value read_ahead_calls_open(napi_env env, napi_callback_info info);
napi_value read_ahead_calls_next(napi_env env, napi_callback_info info);
napi_value read_ahead_calls_offset(napi_env env, napi_callback_info info);
napi_value read_ahead_calls_close(napi_env env, napi_callback_info info);

#endif

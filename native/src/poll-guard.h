/*
 * Stands between libuv and the `cap` package's poll callback. That callback asserts that libuv reports no error, and
 * libuv reports one whenever the interface goes down: the process aborts. A guard is known by the descriptor that is
 * polled: see native.ts for each function.
 */
#ifndef POLL_GUARD_H
#define POLL_GUARD_H

#include <node_api.h>

napi_value poll_guard_attach(napi_env env, napi_callback_info info);
napi_value poll_guard_detach(napi_env env, napi_callback_info info);

#endif

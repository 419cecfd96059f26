/* Looks sockets up for JavaScript. */
#ifndef SOCKET_LOOK_UPS_CALLS_H
#define SOCKET_LOOK_UPS_CALLS_H

#include <node_api.h>

napi_value socket_look_ups_calls_open(napi_env env, napi_callback_info info);
napi_value socket_look_ups_calls_ask(napi_env env, napi_callback_info info);

#endif

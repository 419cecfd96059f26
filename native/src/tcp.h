/* What the kernel knows of a TCP connection's other end. */
#ifndef TCP_H
#define TCP_H

#include <node_api.h>

napi_value tcp_unacknowledged(napi_env env, napi_callback_info info);
napi_value tcp_unanswered(napi_env env, napi_callback_info info);

#endif

/* How full the receive buffer of another socket of this host is. */
#ifndef RECEIVE_BUFFER_H
#define RECEIVE_BUFFER_H

#include <node_api.h>

napi_value receive_buffer_ask(napi_env env, napi_callback_info info);

#endif

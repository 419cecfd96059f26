/*
 * Connected UDP sockets (udp(7)), for sending many datagrams: for each, Node's own socket makes an object, two handles of
 * V8's and a callback, a fifth of what a record costs.
 */
#ifndef DATAGRAMS_H
#define DATAGRAMS_H

#include <node_api.h>

napi_value datagrams_connect(napi_env env, napi_callback_info info);
napi_value datagrams_connect_unix(napi_env env, napi_callback_info info);
napi_value datagrams_send(napi_env env, napi_callback_info info);
napi_value datagrams_send_in_fragments(napi_env env, napi_callback_info info);
napi_value datagrams_path_mtu(napi_env env, napi_callback_info info);

#endif

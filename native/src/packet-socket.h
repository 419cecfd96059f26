/*
 * What can be done to a packet socket (packet(7)) by its descriptor alone, whoever opened it: libpcap for this addon,
 * or libpcap for the `cap` package. None of it needs a privilege; only creating the socket does. Linux only.
 */
#ifndef PACKET_SOCKET_H
#define PACKET_SOCKET_H

#include <node_api.h>
#include <stdbool.h>

/* Whether it is bound to an interface that is there and up, or to all. */
bool packet_socket_takes_frames(int descriptor);

/* See native.ts for each function. */
napi_value packet_socket_listen(napi_env env, napi_callback_info info);
napi_value packet_socket_stand_by(napi_env env, napi_callback_info info);
napi_value packet_socket_make_promiscuous(napi_env env, napi_callback_info info);
napi_value packet_socket_pause(napi_env env, napi_callback_info info);
napi_value packet_socket_take_over(napi_env env, napi_callback_info info);
napi_value packet_socket_ignore_outgoing(napi_env env, napi_callback_info info);
napi_value packet_socket_statistics(napi_env env, napi_callback_info info);
napi_value packet_socket_interface_state(napi_env env, napi_callback_info info);

#endif

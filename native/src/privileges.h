/* Giving up what the process may do, thread by thread. Linux only. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <node_api.h>

napi_value privileges_drop(napi_env env, napi_callback_info info);

#endif

/* Giving up what the process may do. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <node_api.h>

napi_value privileges_drop(napi_env env, napi_callback_info info);

#endif

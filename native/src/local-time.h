/* Local time as the C library has it. */
#ifndef LOCAL_TIME_H
#define LOCAL_TIME_H

#include <node_api.h>

napi_value local_time_at(napi_env env, napi_callback_info info);

#endif

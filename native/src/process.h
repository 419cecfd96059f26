/* The end of the process, and what it leaves behind. */
#ifndef PROCESS_H
#define PROCESS_H

#include <node_api.h>

napi_value process_forbid_core(napi_env env, napi_callback_info info);
napi_value process_exit(napi_env env, napi_callback_info info);

#endif

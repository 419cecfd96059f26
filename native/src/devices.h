/* The interfaces that libpcap can capture on. */
#ifndef DEVICES_H
#define DEVICES_H

#include <node_api.h>

napi_value devices_list(napi_env env, napi_callback_info info);

#endif

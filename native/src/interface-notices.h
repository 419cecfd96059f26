/* What the kernel tells of its interfaces: which there are, and each change as it happens (rtnetlink(7)). Linux only. */
#ifndef INTERFACE_NOTICES_H
#define INTERFACE_NOTICES_H

#include <node_api.h>

/* See native.ts for each function. */
napi_value interface_notices_open(napi_env env, napi_callback_info info);
napi_value interface_notices_read(napi_env env, napi_callback_info info);

#endif

/*
 * Giving up what the process may do, for good. Linux keeps capabilities and no_new_privs for each thread apart, and
 * capset(2) changes those of the calling thread only: a process that calls it once believes to be harmless, and is not.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <node_api.h>

/* See native.ts. */
napi_value privileges_drop(napi_env env, napi_callback_info info);

#endif

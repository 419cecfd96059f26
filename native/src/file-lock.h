/* A lock on a file that ends with whoever holds it, however that ends. */
#ifndef FILE_LOCK_H
#define FILE_LOCK_H

#include <node_api.h>

napi_value file_lock_take(napi_env env, napi_callback_info info);

#endif

/* Advice for the kernel on memory that JavaScript holds. */
#ifndef MEMORY_H
#define MEMORY_H

#include <node_api.h>

napi_value memory_advise_huge_pages(napi_env env, napi_callback_info info);

#endif

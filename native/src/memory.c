#include "memory.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "values.h"

/* Of a buffer that an allocator placed anywhere, the whole pages. Advice that the kernel does not take is no error. */
napi_value memory_advise_huge_pages(napi_env env, napi_callback_info info) {
  napi_value buffer;
  bool is_buffer;
  void *start;
  size_t bytes;
  if (!values_arguments(env, info, 1, &buffer)) return NULL;
  NAPI_MUST(napi_is_arraybuffer(env, buffer, &is_buffer));
  if (!is_buffer) {
    napi_throw_type_error(env, NULL, "an ArrayBuffer was expected");
    return NULL;
  }
  NAPI_MUST(napi_get_arraybuffer_info(env, buffer, &start, &bytes));
#ifdef MADV_HUGEPAGE
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)start + bytes) & ~(page - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
#endif
  return NULL;
}

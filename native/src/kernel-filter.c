#include "kernel-filter.h"

#ifdef __linux__

#include <errno.h>

bool kernel_filter_get(int descriptor, struct kernel_filter *filter) {
  filter->count = BPF_MAXINSNS; /* counted in instructions, not in bytes */
  return getsockopt(descriptor, SOL_SOCKET, SO_GET_FILTER, filter->instructions, &filter->count) == 0;
}

bool kernel_filter_set(int descriptor, struct kernel_filter *filter) {
  struct sock_fprog program = { .len = (unsigned short)filter->count, .filter = filter->instructions };
  if (filter->count > 0) return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
  int nothing = 0;
  return setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof nothing) == 0 || errno == ENOENT;
}

#endif

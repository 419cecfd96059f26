/* A clock that nobody sets: milliseconds since some moment before the start of this process. */
#ifndef STEADY_CLOCK_H
#define STEADY_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t steady_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif

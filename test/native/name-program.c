/*
 * Appends the program for frames with names to a filter of COUNT instructions, the last of which takes every frame, and tells what
 * came of it: name-program LINK_TYPE COUNT
 */
#include "names/name-program.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel-filter.h"

int main(int count, char **words) {
  static struct kernel_filter filter;
  if (count != 3) return 2;
  filter.count = (socklen_t)atoi(words[2]);
  for (socklen_t at = 0; at + 1 < filter.count; at++)
    filter.instructions[at] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0);
  filter.instructions[filter.count - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 262144);
  struct sock_filter *last = &filter.instructions[filter.count - 1];
  bool appended = name_program_append(&filter, atoi(words[1]), 128, 4096);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
  printf("{\"appended\":%s,\"count\":%u,\"code\":%u,\"k\":%u,\"taken\":%s}\n", appended ? "true" : "false", filter.count,
         last->code, last->k, kernel_filter_set(descriptor, &filter) ? "true" : "false");
  return 0;
}

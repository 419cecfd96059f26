/* The program of classic BPF by which the kernel filters what a socket takes (socket(7), SO_ATTACH_FILTER). Linux only. */
#ifndef KERNEL_FILTER_H
#define KERNEL_FILTER_H

#ifdef __linux__

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/socket.h>

/* A `count` of 0 stands for no program: every frame is taken, and whole. */
struct kernel_filter {
  struct sock_filter instructions[BPF_MAXINSNS];
  socklen_t count;
};

/* Both are false with errno set where the kernel says no. */
bool kernel_filter_get(int descriptor, struct kernel_filter *filter);
bool kernel_filter_set(int descriptor, struct kernel_filter *filter);

#endif

#endif

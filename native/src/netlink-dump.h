/* Reading all that the kernel answers to one request with NLM_F_DUMP (netlink(7)). Linux only. */
#ifndef NETLINK_DUMP_H
#define NETLINK_DUMP_H

#ifdef __linux__

#include <linux/netlink.h>
#include <stddef.h>
#include <sys/socket.h>

/* The kernel puts no more than this into one part of an answer (netlink_dump() in af_netlink.c). */
#define NETLINK_PART_BYTES (32 * 1024)

/* Hands on each message until the answer ends, or `most_parts` were read. Never waits: each part is there when it is asked for. */
static inline void netlink_dump_read(int descriptor, size_t most_parts, void (*take)(const struct nlmsghdr *message)) {
  _Alignas(struct nlmsghdr) char bytes[NETLINK_PART_BYTES];
  for (size_t parts = 0; parts < most_parts; parts++) {
    ssize_t size = recv(descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size <= 0) return;
    uint32_t left = (uint32_t)size;
    for (const struct nlmsghdr *message = (const struct nlmsghdr *)bytes; NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) return;
      take(message);
    }
  }
}

#endif

#endif

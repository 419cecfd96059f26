/* Asking the kernel about one socket at a time (sock_diag(7)), and reading its answers. It takes no right. Linux only. */
#ifndef SOCKET_DIAG_H
#define SOCKET_DIAG_H

#ifdef __linux__

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stddef.h>

struct socket_request {
  struct nlmsghdr header;
  struct inet_diag_req_v2 question;
};

/* A socket for requests: its descriptor, or -1 with errno set. */
int socket_diag_open(void);

/* A request for the socket of `protocol` that has both ends; the ends are still to be filled in. It has sequence number 0. */
struct socket_request socket_diag_request(int protocol);

/* What a message of so many bytes tells of a socket; NULL where it is cut off, or tells something else. */
const struct inet_diag_msg *socket_diag_message(const struct nlmsghdr *header, size_t bytes);

/* The value of the attribute of this type in such a message; NULL where there is none of at least so many bytes. Aligned to four. */
const void *socket_diag_attribute(const struct nlmsghdr *header, int type, size_t least_bytes);

#endif

#endif

/*
 * Ends of UDP that several sockets have (SO_REUSEADDR and SO_REUSEPORT of socket(7)), as those of multicast DNS. What comes in the kernel gives
 * to one of them or to all, and of what goes out it does not tell which one has sent it. Linux only.
 */
#ifndef SHARED_ENDS_H
#define SHARED_ENDS_H

#ifdef __linux__

#include <linux/inet_diag.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Whether all sockets of UDP that are not connected and have the same end as this one, which was found, are of its control group and its
 * user. May be a second old: who has come since is not known. Safe in any thread.
 */
bool shared_ends_are_of_one(const struct inet_diag_msg *found, uint64_t control_group);

#endif

#endif

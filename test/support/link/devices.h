/* The two ends of the link: TUN devices that this program makes, or interfaces that are there, of which it takes what they receive. */
#ifndef LINK_DEVICES_H
#define LINK_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

struct device {
  int fd;
  /* Bytes before the IP header: of the kernel's own header about offloading, and of Ethernet's. */
  size_t before_ip;
};

/*
 * `where` is "tun:NAMESPACE:NAME", "offloading-tun:NAMESPACE:NAME" (the kernel hands over up to 64 KiB as one segment) or
 * "interface:NAMESPACE:NAME". Exits with the reason where it cannot be had.
 */
struct device device_open(const char *where);

#endif

/*
 * Which interface has an address of this host. A socket that is bound to a device is found by that device's index alone, and packets may
 * have been captured on another one: a member of the bond or a port of the bridge that has the address. Linux only.
 */
#ifndef ADDRESS_INTERFACES_H
#define ADDRESS_INTERFACES_H

#ifdef __linux__

#include <linux/types.h>
#include <stdint.h>

/*
 * The index of the one interface of this network namespace that has this address, of AF_INET in its first word; 0 where none or several
 * have it. It may be a second old. Safe in any thread.
 */
uint32_t address_interfaces_find(int family, const __be32 address[4]);

#endif

#endif

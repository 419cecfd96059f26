/*
 * Ports that several sockets listen on (SO_REUSEPORT of socket(7)). The kernel gives a connection to one of them by both its ends. Of what is
 * left of a connection it does not tell whose it was, and a question without the other end is answered with any of them. Linux only.
 */
#ifndef SHARED_PORTS_H
#define SHARED_PORTS_H

#ifdef __linux__

#include <stdbool.h>
#include <stdint.h>

/* Whether whoever listens at the local end of this question is of one control group and user, whichever it is. May be a second old. */
bool shared_ports_are_of_one(int descriptor, const int32_t *question);

#endif

#endif

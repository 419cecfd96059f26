/* The packets that are on the link, in the order in which they are due. */
#ifndef LINK_WAITING_H
#define LINK_WAITING_H

#include "packet.h"

#define MOST_WAITING 65536

/* False where there is no room. What is due at the same time goes out as it was added. */
bool waiting_add(struct packet *packet, int64_t due_ns);

int waiting_count(void);

/* When the next one is due; INT64_MAX where there is none. */
int64_t waiting_due_ns(void);

/* The next one, which is no longer there then. */
struct packet *waiting_take(void);

#endif

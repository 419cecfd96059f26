/* What the link does to packets, each direction by itself; read from the words NAME=VALUE, there.NAME=VALUE and back.NAME=VALUE. */
#ifndef LINK_SETTINGS_H
#define LINK_SETTINGS_H

#include <stdbool.h>

struct settings {
  double seed;
  /* Chances of a packet, 0 to 1. */
  double drop;
  double double_;
  double reorder;
  /* How many are dropped, one after another, each time. */
  double burst;
  /* All take so long, and up to `jitter` more, which changes no order. In milliseconds, as those below. */
  double delay;
  double jitter;
  /* One that is held back takes up to so much longer, and later ones overtake it. */
  double hold;
  /* A double comes up to so much later; with 0, at once. */
  double lag;
};

/* False for a word that is none of theirs. */
bool settings_read(struct settings directions[2], const char *word);

#endif

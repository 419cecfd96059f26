#include "waiting.h"

struct waiting {
  int64_t due_ns;
  uint64_t order;
  struct packet *packet;
};

/* A binary heap. */
static struct waiting heap[MOST_WAITING];
static int count;
static uint64_t added;

static bool goes_before(struct waiting one, struct waiting other) {
  return one.due_ns != other.due_ns ? one.due_ns < other.due_ns : one.order < other.order;
}

bool waiting_add(struct packet *packet, int64_t due_ns) {
  if (count == MOST_WAITING) return false;
  struct waiting one = { due_ns, added++, packet };
  int at = count++;
  for (; at > 0 && goes_before(one, heap[(at - 1) / 2]); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
  heap[at] = one;
  return true;
}

int waiting_count(void) {
  return count;
}

int64_t waiting_due_ns(void) {
  return count == 0 ? INT64_MAX : heap[0].due_ns;
}

struct packet *waiting_take(void) {
  struct packet *first = heap[0].packet;
  struct waiting last = heap[--count];
  int at = 0;
  for (int next = 1; next < count; at = next, next = 2 * at + 1) {
    if (next + 1 < count && goes_before(heap[next + 1], heap[next])) next++;
    if (!goes_before(heap[next], last)) break;
    heap[at] = heap[next];
  }
  heap[at] = last;
  return first;
}

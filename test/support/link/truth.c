#define _GNU_SOURCE
#include "truth.h"

#include <string.h>

#include "../../../bench/pace.h"

#define FLOWS 65536
#define MOST_LOST 256

/* Sequence numbers from `start` on up to, and without, `end`. */
struct range {
  uint32_t start;
  uint32_t end;
};

struct flow {
  struct flow_key key;
  bool is_used;
  bool has_end;
  uint32_t first;
  /* The highest sequence number that was sent, plus one. */
  uint32_t end;
  /* One more than the highest serial number that went out; 0 before the first. */
  uint64_t out;
  /* Dropped, and never seen at the other end. */
  int lost_count;
  struct range lost[MOST_LOST];
};

static struct flow *flows[FLOWS];

static struct flow *flow_of(const struct packet *packet) {
  const uint8_t *key = (const uint8_t *)&packet->headers.key;
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < sizeof(struct flow_key); i++) hash = (hash ^ key[i]) * 16777619u;
  for (int tries = 0; tries < FLOWS; tries++) {
    struct flow **place = &flows[(hash + (uint32_t)tries) % FLOWS];
    if (*place == NULL) {
      *place = calloc(1, sizeof **place);
      if (*place == NULL) break;
      (*place)->key = packet->headers.key;
      return *place;
    }
    if (memcmp(&(*place)->key, key, sizeof(struct flow_key)) == 0) return *place;
  }
  errno = ENOSPC;
  fail("flows");
  return NULL;
}

static bool is_before(uint32_t one, uint32_t other) {
  return (int32_t)(one - other) < 0;
}

void truth_enter(struct packet *packet) {
  struct flow *flow = flow_of(packet);
  const struct headers *headers = &packet->headers;
  uint32_t length = packet_sequence_length(headers);
  if (length == 0) return;
  uint32_t end = headers->sequence + length;
  bool is_another = headers->flags & TCP_SYN && headers->sequence != flow->first;
  if (!flow->has_end || is_another) {
    flow->has_end = true;
    flow->first = headers->sequence;
    flow->end = end;
    flow->lost_count = 0;
  } else if (!is_before(flow->end, end)) {
    packet->marks |= MARK_AGAIN;
  } else {
    if (is_before(headers->sequence, flow->end)) packet->marks |= MARK_PARTLY;
    flow->end = end;
  }
}

/* What was sent again may have come out when it was sent first: it is lost only where it was lost before. */
void truth_drop(const struct packet *packet) {
  uint32_t length = packet_sequence_length(&packet->headers);
  if (length == 0 || packet->marks & (MARK_AGAIN | MARK_PARTLY)) return;
  struct flow *flow = flow_of(packet);
  if (flow->lost_count == MOST_LOST) {
    errno = ENOSPC;
    fail("lost ranges");
  }
  flow->lost[flow->lost_count++] = (struct range){ packet->headers.sequence, packet->headers.sequence + length };
}

/* Takes a range out of what is lost; true where any of it was. */
static bool find_again(struct flow *flow, struct range found) {
  bool was_lost = false;
  for (int i = flow->lost_count - 1; i >= 0; i--) {
    struct range lost = flow->lost[i];
    if (!is_before(lost.start, found.end) || !is_before(found.start, lost.end)) continue;
    was_lost = true;
    flow->lost[i] = flow->lost[--flow->lost_count];
    struct range rests[] = { { lost.start, found.start }, { found.end, lost.end } };
    for (int rest = 0; rest < 2; rest++)
      if (is_before(rests[rest].start, rests[rest].end) && flow->lost_count < MOST_LOST)
        flow->lost[flow->lost_count++] = rests[rest];
  }
  return was_lost;
}

void truth_leave(struct packet *packet) {
  struct flow *flow = flow_of(packet);
  if (packet->serial + 1 < flow->out) packet->marks |= MARK_OVERTAKEN;
  else flow->out = packet->serial + 1;
  uint32_t length = packet_sequence_length(&packet->headers);
  struct range range = { packet->headers.sequence, packet->headers.sequence + length };
  if (packet->marks & (MARK_AGAIN | MARK_PARTLY) && length > 0 && find_again(flow, range)) packet->marks |= MARK_ONLY;
}

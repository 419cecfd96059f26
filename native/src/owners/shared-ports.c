#include "shared-ports.h"

#ifdef __linux__

#include <pthread.h>
#include <string.h>

#include "../steady-clock.h"
#include "socket-answers.h"
#include "socket-batches.h"

/* Of two sockets each is found by half of the questions: one in 32,768 times all find the same. */
#define PROBES 16
/* Ports beyond these take each other's places. */
#define SLOTS 256
#define LIFE_MS 1000

struct verdict {
  int32_t end[6]; /* protocol and version, port, address */
  int64_t asked_ms; /* 0: never */
  bool is_one;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct verdict verdicts[SLOTS];

/* Of connections that there are not: from address 0. Ports in the order of the wire. */
static bool ask(int descriptor, const int32_t *question) {
  int32_t questions[PROBES * QUESTION_WORDS], answers[PROBES * ANSWER_WORDS];
  for (int i = 0; i < PROBES; i++) {
    int32_t *probe = questions + i * QUESTION_WORDS;
    memcpy(probe, question, QUESTION_WORDS * sizeof *probe);
    memset(probe + 8, 0, 4 * sizeof *probe);
    probe[1] = (int32_t)(((uint32_t)question[1] & 0xffff) | (uint32_t)(i + 1) << 24);
  }
  if (socket_batches_ask(descriptor, questions, PROBES, answers) != 0) return false;
  for (int i = 0; i < PROBES; i++) {
    const int32_t *answer = answers + i * ANSWER_WORDS;
    bool is_same = memcmp(answer, answers, 2 * sizeof *answer) == 0 && answer[3] == answers[3];
    if (!is_same || answer[4] == 0) return false;
  }
  return true;
}

static struct verdict *slot_of(const int32_t end[6]) {
  uint32_t hash = 0;
  for (int word = 0; word < 6; word++) hash = (hash ^ (uint32_t)end[word]) * 0x9e3779b1u;
  return &verdicts[(hash >> 16) % SLOTS];
}

bool shared_ports_are_of_one(int descriptor, const int32_t *question) {
  int words = question[0] >> 8 == 6 ? 4 : 1;
  int32_t end[6] = { question[0], question[1] & 0xffff };
  memcpy(end + 2, question + 4, (size_t)words * sizeof *end);
  pthread_mutex_lock(&mutex);
  struct verdict verdict = *slot_of(end);
  pthread_mutex_unlock(&mutex);
  /* Never 0, which stands for never. */
  int64_t now_ms = steady_ms() + 1;
  bool is_known = verdict.asked_ms != 0 && now_ms - verdict.asked_ms < LIFE_MS && memcmp(verdict.end, end, sizeof end) == 0;
  if (is_known) return verdict.is_one;
  verdict = (struct verdict){ .asked_ms = now_ms, .is_one = ask(descriptor, question) };
  memcpy(verdict.end, end, sizeof end);
  pthread_mutex_lock(&mutex);
  *slot_of(end) = verdict;
  pthread_mutex_unlock(&mutex);
  return verdict.is_one;
}

#endif

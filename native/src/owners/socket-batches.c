#include "socket-batches.h"

#ifdef __linux__

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "socket-answers.h"

/* The answers to this many questions fit a receive buffer of the usual size. */
#define BATCH 64
/* Questions whose answers were lost are asked again in shorter batches. */
#define BATCH_OF_LOST 16
/* The first look, one by another interface, one for listeners, and one for what was lost. */
#define MOST_PASSES 4
/* An answer takes some 150 bytes. */
#define MESSAGE_BYTES 512

struct batch {
  int descriptor;
  int32_t *answers;
  size_t count;
  uint32_t first_sequence;
  struct socket_request requests[BATCH];
  uint32_t places[BATCH]; /* of their answers */
};

/* Steps with each question of this process, so that no answer is taken for another's, whatever was left unread. */
static atomic_uint last_sequence;

/* False where it answers none of the batch. */
static bool read_message(struct batch *batch, const struct nlmsghdr *header, size_t bytes) {
  uint32_t at = bytes >= sizeof *header ? header->nlmsg_seq - batch->first_sequence : UINT32_MAX;
  if (at >= batch->count) return false;
  int32_t *answer = batch->answers + (size_t)batch->places[at] * ANSWER_WORDS;
  int asked = answer[STEP_WORD];
  answer[STEP_WORD] = socket_answers_read(header, bytes, asked, answer);
  return answer[STEP_WORD] != asked;
}

/* The kernel has answered when send() returns: what is not there by then was lost. */
static void receive(struct batch *batch) {
  _Alignas(struct nlmsghdr) char bytes[BATCH][MESSAGE_BYTES];
  struct iovec pieces[BATCH];
  struct mmsghdr messages[BATCH] = { 0 };
  for (size_t i = 0; i < batch->count; i++) {
    pieces[i] = (struct iovec){ .iov_base = bytes[i], .iov_len = MESSAGE_BYTES };
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  size_t answered = 0;
  int count = 0;
  do {
    count = recvmmsg(batch->descriptor, messages, (unsigned)batch->count, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++)
      answered += read_message(batch, (const struct nlmsghdr *)bytes[i], messages[i].msg_len);
    /* ENOBUFS tells once that answers were lost; others wait behind it. */
  } while (answered < batch->count && (count > 0 || errno == ENOBUFS || errno == EINTR));
}

/* 0 or an error number. The batch is empty then. */
static int ask(struct batch *batch) {
  if (batch->count == 0) return 0;
  batch->first_sequence = atomic_fetch_add(&last_sequence, (unsigned)batch->count);
  for (size_t i = 0; i < batch->count; i++) batch->requests[i].header.nlmsg_seq = batch->first_sequence + (uint32_t)i;
  ssize_t sent;
  do {
    sent = send(batch->descriptor, batch->requests, batch->count * sizeof *batch->requests, MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  int error = sent < 0 ? errno : 0;
  if (error == 0) receive(batch);
  batch->count = 0;
  return error;
}

/* Asks what is still to be asked. 0 or an error number. */
static int pass(struct batch *batch, const int32_t *questions, size_t count, size_t most_at_once) {
  for (size_t place = 0; place < count; place++) {
    int32_t *step = &batch->answers[place * ANSWER_WORDS + STEP_WORD];
    if ((*step & TO_ASK) == 0) continue;
    if (!socket_answers_request(questions + place * QUESTION_WORDS, *step, &batch->requests[batch->count])) {
      *step = 0;
      continue;
    }
    batch->places[batch->count++] = (uint32_t)place;
    int error = batch->count == most_at_once ? ask(batch) : 0;
    if (error != 0) return error;
  }
  return ask(batch);
}

int socket_batches_ask(int descriptor, const int32_t *questions, size_t count, int32_t *answers) {
  struct batch batch;
  if (count == 0) return 0;
  batch.descriptor = descriptor;
  batch.answers = answers;
  batch.count = 0;
  memset(answers, 0, count * ANSWER_WORDS * sizeof *answers);
  for (size_t place = 0; place < count; place++) answers[place * ANSWER_WORDS + STEP_WORD] = TO_ASK;
  int error = 0;
  for (int i = 0; i < MOST_PASSES && error == 0; i++)
    error = pass(&batch, questions, count, i == 0 ? BATCH : BATCH_OF_LOST);
  return error;
}

#endif

#include "socket-look-ups.h"

#ifdef __linux__

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared-ports.h"
#include "socket-answers.h"
#include "socket-batches.h"

/* Buffers of the kernel's are allotted before an answer is cut to its length. It gives no more than net.core.rmem_max. */
#define RECEIVE_BUFFER_BYTES (512 * 1024)

int socket_look_ups_open(void) {
  int descriptor = socket_diag_open();
  int room = RECEIVE_BUFFER_BYTES;
  /* Connected, it takes messages of the kernel's only. */
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  if (descriptor < 0) return -1;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (connect(descriptor, (struct sockaddr *)&kernel, sizeof kernel) == 0) return descriptor;
  int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

int socket_look_ups_ask(int descriptor, const int32_t *questions, size_t count, int32_t *answers) {
  int error = socket_batches_ask(descriptor, questions, count, answers);
  for (size_t place = 0; place < count; place++) {
    int32_t *answer = answers + place * ANSWER_WORDS;
    bool may_be_another = answer[STEP_WORD] == LISTENER_FOUND &&
                          !shared_ports_are_of_one(descriptor, questions + place * QUESTION_WORDS);
    if (may_be_another) memset(answer, 0, ANSWER_WORDS * sizeof *answer);
    answer[STEP_WORD] = 0;
  }
  return error;
}

#endif

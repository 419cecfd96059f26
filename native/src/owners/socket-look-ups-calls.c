#include "socket-look-ups-calls.h"

#include "../values.h"

#ifdef __linux__

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "socket-answers.h"
#include "socket-look-ups.h"

static napi_value throw_errno(napi_env env, int number) {
  char text[256];
  snprintf(text, sizeof text, "looking up sockets: %s", strerror(number));
  values_throw(env, "other", text);
  return NULL;
}

napi_value socket_look_ups_calls_open(napi_env env, napi_callback_info info) {
  int descriptor = socket_look_ups_open();
  return descriptor < 0 ? throw_errno(env, errno) : values_int_of(env, descriptor);
}

napi_value socket_look_ups_calls_ask(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int descriptor, count;
  int32_t *questions, *answers;
  size_t question_words, answer_words;
  if (!values_arguments(env, info, 4, arguments) || !values_int(env, arguments[0], &descriptor) ||
      !values_words(env, arguments[1], &questions, &question_words) || !values_int(env, arguments[2], &count) ||
      !values_words(env, arguments[3], &answers, &answer_words))
    return NULL;
  if (count < 0 || question_words / QUESTION_WORDS < (size_t)count || answer_words / ANSWER_WORDS < (size_t)count) {
    napi_throw_type_error(env, "argument", "room for all questions and answers is expected");
    return NULL;
  }
  int error = socket_look_ups_ask(descriptor, questions, (size_t)count, answers);
  return error == 0 ? NULL : throw_errno(env, error);
}

#else

static napi_value unsupported(napi_env env) {
  values_throw(env, "other", "sockets are looked up on Linux only");
  return NULL;
}
napi_value socket_look_ups_calls_open(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value socket_look_ups_calls_ask(napi_env env, napi_callback_info info) { return unsupported(env); }

#endif

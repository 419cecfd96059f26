/* Crossing between C and JavaScript: arguments in, values and errors out. */
#ifndef VALUES_H
#define VALUES_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * For Node-API calls that run no JavaScript and whose arguments this addon has checked: if one fails all the same,
 * its idea of the world is wrong, and going on would corrupt memory. Calls that run JavaScript fail in a worker that
 * is being terminated; those are made without it, for nobody is left to see the result.
 */
#define NAPI_MUST(call) values_must((call), #call)
void values_must(napi_status status, const char *call);

/* Throws a JavaScript Error. `code` is one of the words that src/host/native.ts lists. */
void values_throw(napi_env env, const char *code, const char *message);

/* Reads exactly `count` arguments; false after throwing where there are fewer. */
bool values_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);

/* Each of these reads one argument; false (or NULL) after throwing a TypeError that says what was expected. */
bool values_int(napi_env env, napi_value value, int *out);
bool values_seconds(napi_env env, napi_value value, double *out); /* whole ones, since the epoch, until the year 9999 */
bool values_bool(napi_env env, napi_value value, bool *out);
bool values_string(napi_env env, napi_value value, char *out, size_t size);
char *values_text(napi_env env, napi_value value); /* of any length up to 64 KiB; the caller frees it */
void *values_external(napi_env env, napi_value value);
bool values_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *size); /* a Uint8Array's, good during the call */
bool values_words(napi_env env, napi_value value, int32_t **words, size_t *count); /* an Int32Array's, likewise */

void values_set(napi_env env, napi_value object, const char *key, napi_value value);
void values_set_number(napi_env env, napi_value object, const char *key, double number);
void values_set_bool(napi_env env, napi_value object, const char *key, bool boolean);
void values_set_string(napi_env env, napi_value object, const char *key, const char *text);
napi_value values_string_of(napi_env env, const char *text);
napi_value values_int_of(napi_env env, int number);

/*
 * A JavaScript function that the event loop calls with one integer, from outside any JavaScript: ticks and microtasks
 * run after it, and an exception in it is an uncaught one, as in every other callback of Node's.
 */
struct listener {
  napi_env env;
  napi_async_context context;
  napi_ref function;
};
/* False after throwing where `function` is none. */
bool listener_create(struct listener *listener, napi_env env, napi_value function, const char *name);
void listener_call(struct listener *listener, int argument);
void listener_destroy(struct listener *listener);

#endif

#include "values.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT_BYTES 65536

void values_must(napi_status status, const char *call) {
  if (status != napi_ok) napi_fatal_error(call, NAPI_AUTO_LENGTH, "this call cannot fail", NAPI_AUTO_LENGTH);
}

void values_throw(napi_env env, const char *code, const char *message) {
  napi_throw_error(env, code, message);
}

static bool type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, "argument", message);
  return false;
}

bool values_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t given = count;
  NAPI_MUST(napi_get_cb_info(env, info, &given, arguments, NULL, NULL));
  return given >= count || type_error(env, "too few arguments");
}

bool values_int(napi_env env, napi_value value, int *out) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok ||
      !(number >= INT32_MIN && number <= INT32_MAX && number == (int32_t)number))
    return type_error(env, "an integer of 32 bits is expected");
  *out = (int32_t)number;
  return true;
}

#define LAST_SECOND_OF_9999 253402300799.0

bool values_seconds(napi_env env, napi_value value, double *out) {
  if (napi_get_value_double(env, value, out) == napi_ok && *out >= -LAST_SECOND_OF_9999 &&
      *out <= LAST_SECOND_OF_9999 && *out == (double)(int64_t)*out)
    return true;
  return type_error(env, "whole seconds between the years -6000 and 9999 are expected");
}

bool values_bool(napi_env env, napi_value value, bool *out) {
  return napi_get_value_bool(env, value, out) == napi_ok || type_error(env, "a boolean is expected");
}

bool values_string(napi_env env, napi_value value, char *out, size_t size) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
    return type_error(env, "a string is expected");
  if (length >= size) return type_error(env, "the string is too long");
  NAPI_MUST(napi_get_value_string_utf8(env, value, out, size, &length));
  return strlen(out) == length || type_error(env, "the string has a NUL in it");
}

char *values_text(napi_env env, napi_value value) {
  char *text = malloc(TEXT_LIMIT_BYTES);
  if (text == NULL) {
    values_throw(env, "other", "out of memory");
    return NULL;
  }
  if (values_string(env, value, text, TEXT_LIMIT_BYTES)) return text;
  free(text);
  return NULL;
}

void *values_external(napi_env env, napi_value value) {
  void *data = NULL;
  if (napi_get_value_external(env, value, &data) != napi_ok) type_error(env, "a handle is expected");
  return data;
}

bool values_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *size) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, size, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return type_error(env, "a Uint8Array is expected");
  *bytes = data;
  return true;
}

bool values_words(napi_env env, napi_value value, int32_t **words, size_t *count) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, count, &data, NULL, NULL) != napi_ok || type != napi_int32_array)
    return type_error(env, "an Int32Array is expected");
  *words = data;
  return true;
}

napi_value values_int_of(napi_env env, int number) {
  napi_value value;
  NAPI_MUST(napi_create_int32(env, number, &value));
  return value;
}

void values_set(napi_env env, napi_value object, const char *key, napi_value value) {
  napi_set_named_property(env, object, key, value);
}

void values_set_number(napi_env env, napi_value object, const char *key, double number) {
  napi_value value;
  NAPI_MUST(napi_create_double(env, number, &value));
  values_set(env, object, key, value);
}

void values_set_bool(napi_env env, napi_value object, const char *key, bool boolean) {
  napi_value value;
  NAPI_MUST(napi_get_boolean(env, boolean, &value));
  values_set(env, object, key, value);
}

void values_set_string(napi_env env, napi_value object, const char *key, const char *text) {
  values_set(env, object, key, values_string_of(env, text));
}

napi_value values_string_of(napi_env env, const char *text) {
  napi_value value;
  NAPI_MUST(napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
  return value;
}

bool listener_create(struct listener *listener, napi_env env, napi_value function, const char *name) {
  napi_valuetype type;
  NAPI_MUST(napi_typeof(env, function, &type));
  if (type != napi_function) return type_error(env, "a function is expected");
  listener->env = env;
  NAPI_MUST(napi_create_reference(env, function, 1, &listener->function));
  NAPI_MUST(napi_async_init(env, NULL, values_string_of(env, name), &listener->context));
  return true;
}

void listener_call(struct listener *listener, int argument) {
  napi_env env = listener->env;
  napi_handle_scope scope;
  napi_value function, receiver, value, error;
  NAPI_MUST(napi_open_handle_scope(env, &scope));
  NAPI_MUST(napi_get_reference_value(env, listener->function, &function));
  NAPI_MUST(napi_get_global(env, &receiver));
  NAPI_MUST(napi_create_int32(env, argument, &value));
  if (napi_make_callback(env, listener->context, receiver, function, 1, &value, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  NAPI_MUST(napi_close_handle_scope(env, scope));
}

void listener_destroy(struct listener *listener) {
  if (listener->function == NULL) return;
  NAPI_MUST(napi_delete_reference(listener->env, listener->function));
  NAPI_MUST(napi_async_destroy(listener->env, listener->context));
  listener->function = NULL;
}

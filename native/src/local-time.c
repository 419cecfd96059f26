#include "local-time.h"

#include <time.h>

#include "values.h"

/*
 * POSIX's formula for "Seconds Since the Epoch" (Base Definitions, 4.16). timegm would take off the leap seconds that
 * the zones of TZ=right/… count.
 */
static double seconds_of(const struct tm *local) {
  double years = local->tm_year;
  double leap_days = (local->tm_year - 69) / 4 - (local->tm_year - 1) / 100 + (local->tm_year + 299) / 400;
  double days = (years - 70) * 365 + leap_days + local->tm_yday;
  return ((days * 24 + local->tm_hour) * 60 + local->tm_min) * 60 + local->tm_sec;
}

napi_value local_time_at(napi_env env, napi_callback_info info) {
  napi_value argument;
  double seconds;
  if (!values_arguments(env, info, 1, &argument) || !values_seconds(env, argument, &seconds)) return NULL;
  time_t instant = (time_t)seconds;
  struct tm local;
  /* localtime_r alone need not look at TZ. */
  tzset();
  if (localtime_r(&instant, &local) == NULL) {
    values_throw(env, "other", "the C library has no local time for this instant");
    return NULL;
  }
  napi_value reading;
  NAPI_MUST(napi_create_double(env, seconds_of(&local), &reading));
  return reading;
}

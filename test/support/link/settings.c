#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  size_t at;
} rows[] = {
  { "seed", offsetof(struct settings, seed) },       { "drop", offsetof(struct settings, drop) },
  { "double", offsetof(struct settings, double_) },  { "reorder", offsetof(struct settings, reorder) },
  { "burst", offsetof(struct settings, burst) },     { "delay", offsetof(struct settings, delay) },
  { "jitter", offsetof(struct settings, jitter) },   { "hold", offsetof(struct settings, hold) },
  { "lag", offsetof(struct settings, lag) },
};

bool settings_read(struct settings directions[2], const char *word) {
  const char *dot = strchr(word, '.'), *equals = strchr(word, '=');
  if (equals == NULL) return false;
  int from = 0, to = 1;
  if (dot != NULL && dot < equals) {
    bool is_there = strncmp(word, "there.", 6) == 0;
    if (!is_there && strncmp(word, "back.", 5) != 0) return false;
    from = to = is_there ? 0 : 1;
    word = dot + 1;
  }
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    if (strlen(rows[row].name) != (size_t)(equals - word) || strncmp(rows[row].name, word, (size_t)(equals - word)) != 0)
      continue;
    for (int direction = from; direction <= to; direction++)
      *(double *)((char *)&directions[direction] + rows[row].at) = atof(equals + 1);
    return true;
  }
  return false;
}

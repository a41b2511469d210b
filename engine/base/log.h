/* log.h - one line an event to standard error: time, level, event, then key=value. Only engine/
 * outside base/ calls it. Ids yes; names, answers, identity numbers, tokens and keys never
 * (security.md S-LOG-1): as a last step runs of 11 digits are masked (also with a space, dot or
 * dash inside, URL-encoded or full-width), and so is what follows "Bearer", the name of a cookie of
 * ours or of a token in an address, and what looks like a JSON token; lines are cut at 4 KiB. */
#pragma once

#include "engine/base/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Lines below it are dropped. LOG_LEVEL_INFO at start. */
void log_set_level(enum log_level least);

/* event: a fixed word or two joined by '_', e.g. "delivery_done". format gives `key=value` pairs
 * separated by one space; control characters in the result are escaped. */
void log_event(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

/* The failure that the caller stops passing on: event, then code, file, line and text of err. */
void log_error(const char *event, const struct error *err);

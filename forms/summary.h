/* summary.h - what a form asks, as text of 80 columns for those who approve it without reading XML:
 * start page, pages, questions with their choices and conditions, what is calculated, what is sent
 * and how long it is kept. */
#pragma once

#include "engine/base/buf.h"
#include "forms/form.h"

enum { SUMMARY_COLUMNS = 80 };

/* Adds it, in the form's language nearest to that one. The same form gives the same text. */
void summary_write(const struct form *form, const char *language, struct buf *out);

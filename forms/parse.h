/* parse.h - form.xml to struct form, or findings with lines. */
#pragma once

#include "forms/finding.h"
#include "forms/form.h"

/* Reads a form. Every mistake that can be told apart is a finding, not only the first; when one is
 * an error the result is NULL, else the caller's to close. source  at most FORM_MAX_BYTES; not kept
 *   file    what to call it in findings, e.g. "hello/form.xml" */
struct form *parse_form(struct bytes source, const char *file, struct finding_list *findings);

/* parse.h - form.xml to struct form, or findings with lines. */
#pragma once

#include "forms/finding.h"
#include "forms/form.h"

/* Reads a form. Every mistake that can be told apart is a finding, not only the first; when one is
 * an error the result is NULL, else the caller's to close. source  at most FORM_MAX_BYTES; not kept
 *   file    what to call it in findings, e.g. "hello/form.xml" */
struct form *parse_form(struct bytes source, const char *file, struct finding_list *findings);

/* What lies beside a form: instances by src="jr://file/NAME", "jr://file-csv/NAME" or "NAME". */
struct parse_files {
    void *context;
    /* The content in the arena. Names hold no slash. */
    bool (*read)(void *context, struct arena *arena, const char *name, struct bytes *out,
                 struct error *err);
};

/* The same, with those files. Where one was read and `whole` is not NULL, *whole is the form with
 * them in it, in the arena of the findings: what parse_form takes alone. Else it is left as it is.
 */
struct form *parse_form_with(struct bytes source, const char *file, const struct parse_files *files,
                             struct bytes *whole, struct finding_list *findings);

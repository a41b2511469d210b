/* lint.h - what is wrong in a form that may well load: names misspelt, texts missing in a language,
 * messages that will read badly, pages nobody reaches, a start page that leaves people guessing.
 * Each finding says file, line, column and what to do. Rules: the table in README.md, from the form
 * author's checklist (ELMER 3 and Digdir's practice). */
#pragma once

#include "forms/finding.h"
#include "forms/form.h"

/* Adds to the findings that loading the same form gave, and sorts them all by place.
 *   form    NULL when it did not load: then only the names in the file are looked at
 *   source  the form.xml it was loaded from
 *   file    what to call it, e.g. "hello/form.xml" */
void lint_form(const struct form *form, struct bytes source, const char *file,
               struct finding_list *findings);

/* What loading and lint may find in a form: every code of a finding is the id of one. */
struct lint_rule {
    const char *id; /* "text.missing" */
    enum finding_severity level;
    const char *reason; /* one sentence, English */
};

/* In order of ids. */
const struct lint_rule *lint_rules(size_t *count);
const struct lint_rule *lint_rule_find(const char *id);

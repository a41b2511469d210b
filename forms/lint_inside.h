/* lint_inside.h - what the parts of lint share: lint.c (controls, pages, start page), lint_names.c
 * (names in expressions), lint_texts.c (languages), lint_words.c (elements and attributes). */
#pragma once

#include "engine/base/xml.h"
#include "forms/finding.h"
#include "forms/form_inside.h"

struct linting {
    const struct form *form;
    const char *file;
    struct arena *arena; /* gone when linting ends */
    struct finding_list *findings;
    bool *is_named; /* by field number: some expression names it */
    int model_line;
    int about_line; /* of sk:about, or of the head it should be in */
};

/* The most alike of several names: for "did you mean". Begin with only `wanted` set. */
struct lint_likeness {
    const char *wanted;
    const char *nearest; /* NULL: none is alike */
    int distance;
};

/* Takes a name into account; it must live as long as the likeness. */
void lint_compare(struct lint_likeness *likeness, const char *name);

/* ", did you mean 'x'?" or "". */
const char *lint_suggestion(struct linting *linting, const struct lint_likeness *likeness);

void lint_words(struct linting *linting, const xmlDoc *doc);
void lint_names(struct linting *linting);
void lint_texts(struct linting *linting);

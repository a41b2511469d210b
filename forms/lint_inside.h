/* lint_inside.h - what the parts of lint share: lint.c (all of it), lint_controls.c (questions),
 * lint_pages.c (pages, start page), lint_names.c (names in expressions), lint_texts.c (languages),
 * lint_phrases.c (what texts say), lint_words.c (elements and attributes). */
#pragma once

#include "engine/base/xml.h"
#include "forms/finding.h"
#include "forms/form_inside.h"
#include "forms/lint.h"
#include "forms/source.h"

struct linting {
    const struct form *form;
    const char *file;
    struct arena *arena; /* gone when linting ends */
    struct finding_list *findings;
    const xmlDoc *doc;
    const struct source *source;
    bool *is_named; /* by field number: some expression names it */
};

/* A finding of that rule, with its level. */
void lint_add(struct linting *linting, const char *rule, struct source_place at, const char *format,
              ...) PRINTF_LIKE(4, 5);

/* Where things are. Of an expression: the byte of its source. */
struct source_place lint_control_place(const struct form_control *control);
struct source_place lint_xpath_place(const struct linting *linting, const struct xpath *xpath,
                                     size_t at);

/* The element <sk:about>, else h:head; h:title; the model. */
const xmlNode *lint_about(const struct linting *linting);
const xmlNode *lint_head_child(const struct linting *linting, const char *uri, const char *name);

/* A text in one of the form's languages; "" when it is not there in that one. */
const char *lint_shown(const struct linting *linting, const struct form_text *text,
                       const char *language);

/* Where a text is written in that language: its <text>, else `otherwise`. */
struct source_place lint_text_place(const struct linting *linting, const struct form_text *text,
                                    const char *language, struct source_place otherwise);

bool lint_is_question(const struct form_control *control);
bool lint_is_never_shown(const struct linting *linting, const struct form_control *control);

/* Whether the folded text holds one of the words (folded, '|' between; '-' at the end: the
 * beginning of a word). *at, *size: where, in bytes. */
bool lint_has_word(const char *folded, const char *words, size_t *at, size_t *size);

/* The words of a language in a table; NULL when it has none for it. */
struct lint_wording {
    const char *language, *words;
};
const char *lint_wording_of(const struct lint_wording *wordings, size_t count,
                            const char *language);

void lint_words(struct linting *linting);
void lint_names(struct linting *linting);
void lint_texts(struct linting *linting);
void lint_phrases(struct linting *linting);
void lint_letter(struct linting *linting);
void lint_controls(struct linting *linting);
void lint_pages(struct linting *linting);

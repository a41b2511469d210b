/* compare.h - answers taken over to another version of their form, and what is different there: for
 * the page that asks a person to go on with it. Questions are the same when their nodes have the
 * same path below the root; rows are the same by their ids. */
#pragma once

#include "forms/answers.h"

/* The same answers in another form: values by path, rows with their ids, documents, what the
 * registers said. Places the form no longer has are left out; a choice it no longer offers, and
 * what is a document in one and typed in the other, is not answered; a text that does not fit its
 * new type stays as typed, for validate to find. Failures as answers_load. */
CHECKED bool compare_carry(struct answers *before, const struct form *after, int64_t now,
                           struct answers **out, struct error *err);

/* The place of `before` in such answers; NULL when they have none. */
struct place *compare_place(struct answers *after, const struct place *before);

enum compare_kind {
    COMPARE_ADDED,    /* asked of this person now, and not before */
    COMPARE_REWORDED, /* the question is put in other words */
    COMPARE_CHOICES,  /* there are other choices, or they are called otherwise */
    COMPARE_UNFIT,    /* an answer that does not fit any more: to be answered again */
    COMPARE_REMOVED,  /* not asked any more; answers will not be sent */
};

/* An answer of before, as people read it: of UNFIT and REMOVED. */
struct compare_answer {
    const struct place *place; /* in the answers of before */
    const char *value;
};

struct compare_change {
    enum compare_kind kind;
    const struct form_control *before, *after; /* NULL: not asked there */
    struct form_shown was, is;                 /* the labels; "" where there is none */
    struct compare_answer *answers;
    size_t answer_count;
};

/* In the order of the new form, what was removed last in the order of the old; an unfit answer is
 * told as such only. after: what compare_carry made of before. Questions that neither was nor is
 * shown to this person are left out. Places are those of `before`. */
size_t compare_list(struct arena *arena, struct answers *before, struct answers *after,
                    const char *language, struct compare_change **out);

/* cases_inside.h - what the parts of reading cases share: cases.c (lines, steps, cases) and
 * cases_words.c (what each word takes). */
#pragma once

#include "forms/cases.h"

/* One line without its indentation and without white space at its end. */
struct cases_line {
    int number, indent;
    char *text;
};

struct cases_steps {
    const struct cases_step **items;
    size_t count, capacity;
    bool has_day, lacks_day; /* a day is said; something is done before one is */
    bool expects;
};

struct cases_reading {
    struct arena *arena;
    const struct form *form;
    const char *file;
    struct finding_list *findings;
    struct cases_line *lines;
    size_t line_count, at;     /* at: the line after those taken */
    struct cases_steps common; /* before the first case: the beginning of each */
    struct cases_steps *steps; /* where the next step goes */
    struct cases_file *out;
    size_t case_capacity;
    size_t errors_before; /* the case */
    bool is_day_wrong;    /* and said: no case is asked for its day then */
};

/* Says what is wrong, and is false. */
#define CASES_REFUSE(reading, line, ...)                                                           \
    (finding_add_error((reading)->findings, (reading)->file, (line), "case", __VA_ARGS__), false)

bool cases_line_is_blank(const struct cases_line *line);
bool cases_line_is_comment(const struct cases_line *line);

/* The lines from here on that stand further in than the column; blank ones only between them. */
size_t cases_count_block(const struct cases_reading *reading, int indent, int *least);

/* The block below a step, with '\n' between its lines; "" when there is none. */
const char *cases_take_block(struct cases_reading *reading, struct cases_step *step);

/* A word that lines begin with, and how the rest of such a line is read: false when it is wrong,
 * and said. The first of all has no word: an answer. */
struct cases_rule {
    const char *word;
    enum cases_kind kind;
    bool (*read)(struct cases_reading *reading, struct cases_step *step, const char *rest);
};
const struct cases_rule *cases_rules(size_t *count);

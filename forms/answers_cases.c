/* Which case of a switch is open, in each row it stands in (XForms 1.1, 9.2). */
#include "forms/answers.h"

#include "engine/base/buf.h"
#include "forms/answers_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CASES = 10000 }; /* that are kept in a draft */

/* The row that a control stands in, seen from a place in it; 0: it stands in none. */
static int64_t row_around(const struct answers *answers, const struct form_control *control,
                          const struct place *from)
{
    while (control && control->kind != FORM_REPEAT)
        control = control->parent;
    const struct place *row = control ? answers_at(answers, control->field, from) : NULL;
    return row ? row->row_id : 0;
}

static struct chosen_case *find_case(const struct answers *answers,
                                     const struct form_control *around, int64_t row_id)
{
    for (size_t i = 0; i < answers->case_count; i++)
        if (answers->cases[i].chosen->parent == around && answers->cases[i].row_id == row_id)
            return &answers->cases[i];
    return NULL;
}

static void keep_case(struct answers *answers, const struct form_control *chosen, int64_t row_id)
{
    struct chosen_case *there = find_case(answers, chosen->parent, row_id);
    if (there) {
        there->chosen = chosen;
        return;
    }
    if (answers->case_count == MAX_CASES)
        return;
    if (answers->case_count == answers->case_capacity) {
        size_t capacity = answers->case_capacity ? answers->case_capacity * 2 : 8;
        struct chosen_case *items = ARENA_ARRAY(answers->arena, capacity, struct chosen_case);
        if (answers->case_count)
            memcpy(items, answers->cases, answers->case_count * sizeof *items);
        answers->cases = items;
        answers->case_capacity = capacity;
    }
    answers->cases[answers->case_count++] = (struct chosen_case){chosen, row_id};
}

void answers_choose_case(struct answers *answers, const struct form_control *chosen,
                         const struct place *from)
{
    keep_case(answers, chosen, row_around(answers, chosen, from));
}

bool answers_is_open(struct answers *answers, const struct form_control *control,
                     const struct place *from)
{
    if (!answers_is_shown(answers, control, from))
        return false;
    if (!control->is_case)
        return true;
    const struct chosen_case *there =
        find_case(answers, control->parent, row_around(answers, control, from));
    return there ? there->chosen == control : control->is_selected;
}

char *answers_write_cases(const struct answers *answers, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < answers->case_count; i++)
        buf_printf(&out, "%s%d.%" PRId64, i ? " " : "", answers->cases[i].chosen->number,
                   answers->cases[i].row_id);
    return buf_text(&out);
}

void answers_read_cases(struct answers *answers, const char *text)
{
    for (const char *at = text; *(at += strspn(at, " "));) {
        char *end;
        long number = strtol(at, &end, 10);
        long long row_id = *end == '.' ? strtoll(end + 1, &end, 10) : 0;
        if (number >= 0 && (size_t)number < answers->form->control_count &&
            answers->form->controls[number]->is_case)
            keep_case(answers, answers->form->controls[number], row_id);
        at += strcspn(at, " ");
    }
}

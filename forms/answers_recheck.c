/* Whether what was brought up to date piece by piece is what a calculation from the start gives. */
#include "forms/answers.h"

#include "forms/answers_inside.h"
#include "forms/recalc.h"

#include <string.h>

/* A place as it was. */
struct before {
    const struct place *place;
    const char *value;
    bool relevant;
};

struct looking {
    struct arena *arena;
    struct before *places; /* in document order */
    size_t count, seen;
    const struct form_field *other; /* the first that is otherwise now */
};

static void remember(struct looking *looking, const struct place *place)
{
    looking->places[looking->count++] =
        (struct before){place, arena_text(looking->arena, place_value(place)), place->relevant};
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = place_child(place, child); row; row = row->next_row)
            remember(looking, row);
}

static void compare(struct looking *looking, const struct place *place)
{
    if (looking->other)
        return;
    const struct before *was = &looking->places[looking->seen++];
    if (looking->seen > looking->count || was->place != place || was->relevant != place->relevant ||
        (place->relevant && strcmp(was->value, place_value(place)) != 0)) {
        looking->other = place->field;
        return;
    }
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = place_child(place, child); row; row = row->next_row)
            compare(looking, row);
}

const struct form_field *answers_recheck(struct answers *answers)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct looking looking = {.arena = arena};
    looking.places = ARENA_ARRAY(arena, answers->node_count + 1, struct before);
    remember(&looking, answers->root);
    recalc_all(answers);
    compare(&looking, answers->root);
    if (!looking.other && looking.seen < looking.count) /* a row at the end is gone */
        return looking.places[looking.seen].place->field;
    return looking.other;
}

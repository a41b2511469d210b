/* Where a place stands among others, for expressions that ask. */
#include "forms/answers_inside.h"

#include "engine/base/text.h"

#include <libxml/xpathInternals.h>

int answers_index(void *context, const char *repeat)
{
    struct answers *answers = context;
    const struct form *form = answers->form;
    for (size_t i = 0; i < form->control_count; i++) {
        const struct form_control *control = form->controls[i];
        if (control->kind != FORM_REPEAT || !text_equal(control->id, repeat))
            continue;
        const struct place *parent = answers_at(answers, control->field->parent, NULL);
        const struct place *first = parent ? place_child(parent, control->field) : NULL;
        int rows = first ? place_row_count(first) : 0;
        int start = control->start_index < 1 ? 1 : control->start_index;
        return start < rows ? start : rows;
    }
    return -1;
}

struct giving {
    void (*give)(xmlNode *node, void *to);
    void *to;
};

static void give_place(struct place *place, void *context)
{
    const struct giving *giving = context;
    giving->give(place->node, giving->to);
}

void answers_places(void *context, int number, void (*give)(xmlNode *node, void *to), void *to)
{
    const struct answers *answers = context;
    struct giving giving = {give, to};
    place_each(answers->root, answers->form->fields[number], give_place, &giving);
}

/* Counting the places of a bind's nodeset. */
struct counting {
    const struct place *self;
    int size, before;
};

static void count_place(struct place *place, void *context)
{
    struct counting *counting = context;
    counting->size++;
    counting->before +=
        place != counting->self && xmlXPathCmpNodes(place->node, counting->self->node) == 1;
}

/* Of one field, whose places are visited in order. */
static void count_in_order(struct place *place, void *context)
{
    struct counting *counting = context;
    if (place == counting->self)
        counting->before = counting->size;
    counting->size++;
}

static bool is_of_bind(const struct form_field *field, const struct xpath *xpath)
{
    return xpath == field->calculate || xpath == field->relevant || xpath == field->constraint ||
           xpath == field->required || xpath == field->readonly;
}

void answers_standing(void *context, const struct xpath *xpath, const xmlNode *at, int *position,
                      int *size, size_t *work)
{
    const struct answers *answers = context;
    if (answers->among) { /* of an action: the first of its nodes (XForms 1.1, 10.3) */
        *position = 1;
        *size = (int)answers->among;
        return;
    }
    struct place *place = at && at->doc == answers->doc ? at->_private : NULL;
    if (!place || place->node != at)
        return;
    const struct bind_nodeset *nodeset = answers->form->links[place->field->number].nodeset;
    if (!nodeset || !is_of_bind(place->field, xpath)) {
        if (!place->field->is_repeat)
            return;
        *position = place_position(place);
        *size = place_row_count(place);
    } else {
        struct counting counting = {.self = place};
        for (size_t i = 0; i < nodeset->count; i++)
            place_each(place_above(place, nodeset->depth), nodeset->fields[i],
                       nodeset->count == 1 ? count_in_order : count_place, &counting);
        *position = counting.before + 1;
        *size = counting.size;
    }
    *work = (size_t)*size;
}

#include "forms/actions.h"

#include "forms/recalc.h"

#include <string.h>

enum { MAX_FIRED = 1000 }; /* between two changes by a person: actions may set each other off */

struct firing {
    struct place *place;
    enum form_event event;
};

void actions_note(struct answers *answers, struct place *place, enum form_event event)
{
    if (!(answers->form->links[place->field->number].events & event) ||
        (event == FORM_ON_CHANGE && answers->quiet))
        return;
    struct firings *firings = &answers->firings;
    if (firings->count == firings->capacity) {
        size_t capacity = firings->capacity ? firings->capacity * 2 : 8;
        struct firing *items = ARENA_ARRAY(answers->arena, capacity, struct firing);
        if (firings->count)
            memcpy(items, firings->items, firings->count * sizeof *items);
        firings->items = items;
        firings->capacity = capacity;
    }
    firings->items[firings->count++] = (struct firing){place, event};
}

void actions_forget(struct answers *answers)
{
    answers->firings.count = 0;
}

/* ---- One action ---- */

struct targets {
    struct arena *arena;
    struct place **items;
    size_t count, capacity;
};

static void add_target(struct place *place, void *context)
{
    struct targets *targets = context;
    if (targets->count == targets->capacity) {
        size_t capacity = targets->capacity ? targets->capacity * 2 : 8;
        struct place **items = ARENA_ARRAY(targets->arena, capacity, struct place *);
        if (targets->count)
            memcpy(items, targets->items, targets->count * sizeof *items);
        targets->items = items;
        targets->capacity = capacity;
    }
    targets->items[targets->count++] = place;
}

/* The ancestor at which both part; a field without rows between is one place. */
static struct place *place_in_common(struct place *context, const struct form_field *field)
{
    const struct form_field *common = field;
    while (common->depth > context->field->depth)
        common = common->parent;
    struct place *place = place_above(context, common->depth);
    while (place->field != common) {
        place = place->parent;
        common = common->parent;
    }
    return place;
}

static void find_targets(struct answers *answers, const struct form_action *action,
                         struct place *context, struct targets *targets)
{
    if (!action->ref) {
        place_each(place_in_common(context, action->target), action->target, add_target, targets);
        return;
    }
    xmlNode **nodes;
    size_t count;
    struct error err = {0};
    if (!xpath_nodes(answers->run, targets->arena, action->ref, context->node, &nodes, &count,
                     &err)) {
        answers_note_trouble(answers, &err);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (nodes[i]->type == XML_ELEMENT_NODE && nodes[i]->_private)
            add_target(nodes[i]->_private, targets);
}

/* A calculated place stays so: its value would be written over at once. */
static void set_target(struct answers *answers, const struct form_action *action,
                       struct place *place, struct arena *arena)
{
    struct error err = {0};
    char *computed = NULL;
    if (place->removed || place->field->child_count || place->field->calculate)
        return;
    if (action->value &&
        !xpath_string(answers->run, arena, action->value, place->node, &computed, &err)) {
        answers_note_trouble(answers, &err);
        return;
    }
    const char *value = computed ? recalc_fit_type(arena, place->field, computed) : action->text;
    if (place_keep(answers, place, value)) {
        place_mirror(answers, place);
        recalc_written(answers, place);
    }
    recalc_run(answers);
}

static void perform(struct answers *answers, const struct form_action *action,
                    struct place *context)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct targets targets = {.arena = arena};
    find_targets(answers, action, context, &targets);
    for (size_t i = 0; i < targets.count; i++)
        set_target(answers, action, targets.items[i], arena);
}

/* ---- When ---- */

static void perform_all(struct answers *answers, const struct firing *firing)
{
    const struct form *form = answers->form;
    for (size_t i = 0; i < form->action_count && !firing->place->removed; i++)
        if (form->actions[i].events & firing->event &&
            form->actions[i].source == firing->place->field)
            perform(answers, &form->actions[i], firing->place);
}

void actions_run(struct answers *answers)
{
    if (answers->acting)
        return;
    answers->acting = true;
    size_t done = 0;
    while (done < answers->firings.count && done < MAX_FIRED) {
        struct firing firing = answers->firings.items[done++];
        perform_all(answers, &firing);
    }
    if (done < answers->firings.count) {
        struct error err = {0};
        (void)error_set(&err, ERROR_LIMIT, "setvalue actions set each other off without end");
        answers_note_trouble(answers, &err);
    }
    answers->firings.count = 0;
    answers->acting = false;
}

void actions_begin(struct answers *answers)
{
    const struct form *form = answers->form;
    for (size_t i = 0; i < form->action_count; i++) {
        if (!(form->actions[i].events & (FORM_ON_FIRST_LOAD | FORM_ON_LOAD)))
            continue;
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct targets contexts = {.arena = arena};
        place_each(answers->root, form->actions[i].source, add_target, &contexts);
        for (size_t c = 0; c < contexts.count; c++)
            if (!contexts.items[c]->removed)
                perform(answers, &form->actions[i], contexts.items[c]);
    }
}

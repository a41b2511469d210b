#include "forms/actions.h"

#include "forms/perform.h"
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

/* ---- When ---- */

static void perform_all(struct answers *answers, const struct firing *firing)
{
    const struct form *form = answers->form;
    for (size_t i = 0; i < form->action_count && !firing->place->removed; i++)
        if (form->actions[i].events & firing->event &&
            form->actions[i].source == firing->place->field)
            perform_action(answers, &form->actions[i], firing->place);
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

struct contexts {
    struct arena *arena;
    struct place **items;
    size_t count, capacity;
};

static void add_context(struct place *place, void *context)
{
    struct contexts *contexts = context;
    if (contexts->count == contexts->capacity) {
        size_t capacity = contexts->capacity ? contexts->capacity * 2 : 8;
        struct place **items = ARENA_ARRAY(contexts->arena, capacity, struct place *);
        if (contexts->count)
            memcpy(items, contexts->items, contexts->count * sizeof *items);
        contexts->items = items;
        contexts->capacity = capacity;
    }
    contexts->items[contexts->count++] = place;
}

void actions_begin(struct answers *answers)
{
    const struct form *form = answers->form;
    for (size_t i = 0; i < form->action_count; i++) {
        if (!(form->actions[i].events & (FORM_ON_FIRST_LOAD | FORM_ON_LOAD)))
            continue;
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct contexts contexts = {.arena = arena};
        place_each(answers->root, form->actions[i].source, add_context, &contexts);
        for (size_t c = 0; c < contexts.count; c++)
            if (!contexts.items[c]->removed)
                perform_action(answers, &form->actions[i], contexts.items[c]);
    }
}

void answers_press(struct answers *answers, const struct form_control *button, struct place *from)
{
    answers_begin(answers);
    perform_press(answers, button->actions, from ? from : answers->root);
    answers_end(answers);
}

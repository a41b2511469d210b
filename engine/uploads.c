#include "engine/uploads.h"

#include "engine/base/text.h"

#include <string.h>

struct walk {
    struct arena *arena;
    struct answers *answers;
    const char *language;
    const struct form_page *page;
    struct upload *items;
    size_t count, capacity;
};

static void add(struct walk *walk, const struct form_control *control, const struct place *from)
{
    struct place *place = answers_shown(walk->answers, control, from);
    if (!place)
        return;
    if (walk->count == walk->capacity) {
        walk->capacity = walk->capacity ? walk->capacity * 2 : 8;
        struct upload *grown = ARENA_ARRAY(walk->arena, walk->capacity, struct upload);
        if (walk->count)
            memcpy(grown, walk->items, walk->count * sizeof *grown);
        walk->items = grown;
    }
    struct form_shown label =
        answers_show(walk->answers, walk->arena, control->label, place, walk->language);
    walk->items[walk->count++] = (struct upload){
        .control = control,
        .page = walk->page,
        .place = place,
        .id = place_id(walk->arena, place),
        .path = place_path(walk->arena, place),
        .label = label.text,
        .label_language = label.language,
        .relevant = place_is_relevant(place),
    };
}

static void visit(struct walk *walk, const struct form_control *control, const struct place *from)
{
    if (control->kind == FORM_UPLOAD) {
        add(walk, control, from);
        return;
    }
    if (control->kind == FORM_REPEAT) {
        struct place **rows;
        size_t count = answers_rows(walk->answers, walk->arena, control, from, &rows);
        for (size_t i = 0; i < count; i++)
            for (const struct form_control *c = control->first_child; c; c = c->next)
                visit(walk, c, rows[i]);
        return;
    }
    for (const struct form_control *c = control->first_child; c; c = c->next)
        visit(walk, c, from);
}

size_t uploads_list(struct arena *arena, struct answers *answers, const char *language,
                    struct upload **out)
{
    struct walk walk = {.arena = arena, .answers = answers, .language = language};
    size_t count;
    const struct form_page *pages = form_pages(answers_form(answers), &count);
    for (size_t i = 0; i < count; i++) {
        walk.page = &pages[i];
        visit(&walk, pages[i].control, NULL);
    }
    *out = walk.items;
    return walk.count;
}

const struct upload *uploads_find(const struct upload *uploads, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(uploads[i].id, id))
            return &uploads[i];
    return NULL;
}

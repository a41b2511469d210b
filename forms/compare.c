#include "forms/compare.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"

#include <string.h>

/* ---- The same place, the same question ---- */

/* Without the root's name, which may change: "/navn" of "/data/navn"; "" of the root. */
static const char *below_root(const char *path)
{
    const char *slash = strchr(path + 1, '/');
    return slash ? slash : "";
}

static const struct form_field *field_in(const struct form *form, struct arena *arena,
                                         const struct form_field *field)
{
    return form_field_find(
        form, arena_printf(arena, "/%s%s", form->fields[0]->name, below_root(field->path)));
}

static struct place *row_of(struct place *parent, const struct form_field *field, int64_t row_id)
{
    struct place *row = place_child(parent, field);
    while (row && row_id && row->row_id && row->row_id != row_id)
        row = row->next_row;
    return row;
}

/* The place of before in other answers; NULL when they have none. What was a row may have become a
 * place that does not repeat: then it is the first row's. */
static struct place *place_in(struct answers *answers, const struct place *place)
{
    if (!place->parent)
        return answers->root;
    struct place *parent = place_in(answers, place->parent);
    const struct form_field *field =
        parent ? form_child(answers->form, parent->field, place->field->name) : NULL;
    if (!field || (place->field->is_repeat && !field->is_repeat &&
                   place_child(place->parent, place->field) != place))
        return NULL;
    return row_of(parent, field, place->row_id);
}

struct place *compare_place(struct answers *after, const struct place *before)
{
    return place_in(after, before);
}

static bool is_question(const struct form_control *control)
{
    return control && control->field && control->kind != FORM_GROUP &&
           control->kind != FORM_REPEAT && control->kind != FORM_OUTPUT;
}

static const struct form_control *question_of(const struct form_field *field)
{
    return field && is_question(field->control) ? field->control : NULL;
}

static bool has_choices(const struct form_control *control)
{
    return control->kind == FORM_SELECT || control->kind == FORM_SELECT1;
}

/* ---- Whether an answer fits ---- */

static bool fits_choices(struct answers *answers, struct arena *arena,
                         const struct form_control *control, const struct place *place,
                         const char *value)
{
    bool all;
    (void)answers_offered(answers, arena, control, place, value, &all);
    return all;
}

static bool is_answered(const struct place *place)
{
    return place->attachment_count || place->later || *place_value(place);
}

/* A text that holds as it is in the new question; documents fit any upload. */
static bool fits(struct answers *answers, struct arena *arena, const struct form_control *control,
                 struct place *place, const struct place *before)
{
    bool was_upload = before->attachment_count || before->later;
    if ((control->kind == FORM_UPLOAD) != was_upload)
        return false;
    if (was_upload)
        return true;
    const char *value = place_value(before);
    if (has_choices(control))
        return fits_choices(answers, arena, control, place, value);
    if (control->kind == FORM_TRIGGER)
        return strcmp(value, "OK") == 0;
    struct types_problem problem;
    enum type was = before->field->type, is = place->field->type;
    return was == is || types_check(arena, is, value, answers->form->languages[0], &problem);
}

/* ---- Taking answers over ---- */

struct carrying {
    struct answers *before, *after;
    struct arena *arena;
    struct error *err;
    bool failed;
};

/* What does not fit, and cannot be shown as typed, is not answered; nor is what is not asked. */
static bool is_to_go(struct carrying *carrying, const struct place *before, struct place *place)
{
    const struct form_control *control = question_of(place->field);
    if (!control)
        return question_of(before->field) && !place->field->calculate;
    bool typed = !has_choices(control) && control->kind != FORM_UPLOAD &&
                 control->kind != FORM_TRIGGER && !before->attachment_count && !before->later;
    return !typed && !fits(carrying->after, carrying->arena, control, place, before);
}

static void clear_unfit(struct carrying *carrying, struct place *before)
{
    struct place *place = place_in(carrying->after, before);
    if (place && !place->field->is_group && is_answered(before) &&
        is_to_go(carrying, before, place) &&
        !answers_set(carrying->after, place, "", carrying->err))
        carrying->failed = true;
}

static void each_leaf(struct place *place, void (*visit)(struct carrying *, struct place *),
                      struct carrying *carrying)
{
    if (!place->field->is_group)
        visit(carrying, place);
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            each_leaf(row, visit, carrying);
}

/* The root may be called otherwise in the other form: it is the root all the same. */
static bool name_root(struct arena *arena, struct bytes *xml, const char *name, struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(*xml, "answers", &doc, err))
        return false;
    xmlNodeSetName(xmlDocGetRootElement(doc), (const xmlChar *)name);
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemoryEnc(doc, &text, &size, "UTF-8");
    *xml = arena_bytes(arena, (struct bytes){text, (size_t)size});
    xmlFree(text);
    return true;
}

bool compare_carry(struct answers *before, const struct form *after, int64_t now,
                   struct answers **out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(answers_close) struct answers *carried = NULL;
    struct bytes xml = answers_write(before, arena, ANSWERS_DRAFT);
    const char *name = after->fields[0]->name;
    if (strcmp(name, before->form->fields[0]->name) != 0 && !name_root(arena, &xml, name, err))
        return false;
    if (!answers_load(after, now, xml, &carried, err))
        return false;
    struct carrying carrying = {.before = before, .after = carried, .arena = arena, .err = err};
    answers_begin(carried);
    each_leaf(before->root, clear_unfit, &carrying);
    answers_end(carried);
    if (carrying.failed)
        return false;
    *out = carried;
    carried = NULL;
    return true;
}

/* ---- What is different ---- */

struct comparing {
    struct arena *arena;
    struct answers *before, *after;
    const char *language;
    struct compare_change *items;
    size_t count;
};

struct places {
    struct arena *arena;
    struct place **items;
    size_t count, capacity;
};

static void add_place(struct place *place, void *context)
{
    struct places *places = context;
    if (!place->relevant)
        return;
    if (places->count == places->capacity) {
        places->capacity = places->capacity ? places->capacity * 2 : 8;
        struct place **grown = ARENA_ARRAY(places->arena, places->capacity, struct place *);
        if (places->count)
            memcpy(grown, places->items, places->count * sizeof(struct place *));
        places->items = grown;
    }
    places->items[places->count++] = place;
}

/* The places of a question that this person is asked. */
static struct places asked(struct comparing *comparing, struct answers *answers,
                           const struct form_control *control)
{
    struct places places = {.arena = comparing->arena};
    if (control)
        place_each(answers->root, control->field, add_place, &places);
    return places;
}

static const char *read_answer(struct comparing *comparing, const struct form_control *control,
                               const struct place *place)
{
    if (!place->attachment_count)
        return answers_read(comparing->before, comparing->arena, control, place,
                            comparing->language)
            .text;
    struct buf names;
    buf_init(&names, comparing->arena);
    for (size_t i = 0; i < place->attachment_count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "",
                   place->attachments[i].name ? place->attachments[i].name : "");
    return buf_text(&names);
}

static struct compare_change *add_change(struct comparing *comparing, enum compare_kind kind,
                                         const struct form_control *before,
                                         const struct form_control *after)
{
    struct compare_change *change = &comparing->items[comparing->count++];
    *change = (struct compare_change){.kind = kind, .before = before, .after = after};
    if (before)
        change->was =
            answers_show(comparing->before, comparing->arena, before->label,
                         answers_shown(comparing->before, before, NULL), comparing->language);
    if (after)
        change->is =
            answers_show(comparing->after, comparing->arena, after->label,
                         answers_shown(comparing->after, after, NULL), comparing->language);
    return change;
}

static void add_answer(struct comparing *comparing, struct compare_change *change,
                       const struct places *all, const struct place *place)
{
    if (!change->answers)
        change->answers = ARENA_ARRAY(comparing->arena, all->count, struct compare_answer);
    change->answers[change->answer_count++] =
        (struct compare_answer){place, read_answer(comparing, change->before, place)};
}

static bool tell_unfit(struct comparing *comparing, const struct form_control *before,
                       const struct form_control *after, const struct places *were)
{
    struct compare_change *change = NULL;
    for (size_t i = 0; i < were->count; i++) {
        struct place *place = place_in(comparing->after, were->items[i]);
        if (!place || !is_answered(were->items[i]) ||
            fits(comparing->after, comparing->arena, after, place, were->items[i]))
            continue;
        if (!change)
            change = add_change(comparing, COMPARE_UNFIT, before, after);
        add_answer(comparing, change, were, were->items[i]);
    }
    return change != NULL;
}

static bool same_choices(struct comparing *comparing, const struct form_control *before,
                         const struct place *was, const struct form_control *after,
                         const struct place *is)
{
    if (!has_choices(before) || !has_choices(after))
        return true;
    struct answers_choice *old = NULL, *new = NULL;
    size_t count = answers_choices(comparing->before, comparing->arena, before, was,
                                   comparing->language, &old);
    if (count !=
        answers_choices(comparing->after, comparing->arena, after, is, comparing->language, &new))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(old[i].value, new[i].value) != 0 ||
            strcmp(old[i].label.text, new[i].label.text) != 0)
            return false;
    return true;
}

/* Texts as written, without values of answers, which differ for other reasons. */
static bool same_words(struct comparing *comparing, const struct form_control *before,
                       const struct form_control *after)
{
    struct form_shown was =
        form_show(comparing->before->form, comparing->arena, before->label, comparing->language);
    struct form_shown is =
        form_show(comparing->after->form, comparing->arena, after->label, comparing->language);
    return strcmp(was.text, is.text) == 0;
}

static void compare_question(struct comparing *comparing, const struct form_control *after)
{
    struct places are = asked(comparing, comparing->after, after);
    const struct form_control *before =
        question_of(field_in(comparing->before->form, comparing->arena, after->field));
    if (!before) {
        if (are.count)
            add_change(comparing, COMPARE_ADDED, NULL, after);
        return;
    }
    struct places were = asked(comparing, comparing->before, before);
    if (tell_unfit(comparing, before, after, &were) || !are.count || !were.count)
        return;
    if (!same_words(comparing, before, after))
        add_change(comparing, COMPARE_REWORDED, before, after);
    else if (!same_choices(comparing, before, were.items[0], after, are.items[0]))
        add_change(comparing, COMPARE_CHOICES, before, after);
}

/* Also of rows that have no place in the new form any more. */
static void tell_removed(struct comparing *comparing, const struct form_control *before)
{
    struct places were = asked(comparing, comparing->before, before);
    struct compare_change *change = NULL;
    const struct form_control *after =
        question_of(field_in(comparing->after->form, comparing->arena, before->field));
    for (size_t i = 0; i < were.count; i++) {
        struct place *place = place_in(comparing->after, were.items[i]);
        if (after && place)
            continue;
        if (!change)
            change = add_change(comparing, COMPARE_REMOVED, before, NULL);
        if (is_answered(were.items[i]))
            add_answer(comparing, change, &were, were.items[i]);
    }
}

size_t compare_list(struct arena *arena, struct answers *before, struct answers *after,
                    const char *language, struct compare_change **out)
{
    size_t old_count, new_count;
    const struct form_control *const *old = form_controls(before->form, &old_count);
    const struct form_control *const *new = form_controls(after->form, &new_count);
    struct comparing comparing = {
        .arena = arena,
        .before = before,
        .after = after,
        .language = language,
        .items = ARENA_ARRAY(arena, old_count + new_count, struct compare_change),
    };
    for (size_t i = 0; i < new_count; i++)
        if (is_question(new[i]) && new[i]->field->control == new[i])
            compare_question(&comparing, new[i]);
    for (size_t i = 0; i < old_count; i++)
        if (is_question(old[i]) && old[i]->field->control == old[i])
            tell_removed(&comparing, old[i]);
    *out = comparing.items;
    return comparing.count;
}

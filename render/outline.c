#include "render/outline.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "forms/answers.h"
#include "forms/locale.h"
#include "forms/types.h"
#include "render/message.h"
#include "render/origin.h"

/* What is built, and from what. */
struct maker {
    struct arena *arena;
    struct answers *answers;
    const char *language;
    const struct outline_attached *documents;
    size_t document_count;
};

/* Where the next node is hung. */
struct tail {
    struct outline_node **next;
};

static struct outline_node *add_node(struct maker *maker, struct tail *tail, enum outline_kind kind,
                                     const char *label)
{
    struct outline_node *node = ARENA_NEW(maker->arena, struct outline_node);
    node->kind = kind;
    node->label = label ? label : "";
    node->value = "";
    *tail->next = node;
    tail->next = &node->next;
    return node;
}

static const char *other_language(struct maker *maker, struct form_shown shown)
{
    return text_is_empty(shown.text) || text_equal(shown.language, maker->language)
               ? NULL
               : arena_text(maker->arena, shown.language);
}

/* A text and, when it is not the reader's language, which it is. */
static const char *text_at(struct maker *maker, const struct form_text *text,
                           const struct place *at, const char **language)
{
    struct form_shown shown = answers_show(maker->answers, maker->arena, text, at, maker->language);
    *language = other_language(maker, shown);
    return shown.text;
}

static struct outline_node *add_labelled(struct maker *maker, struct tail *tail,
                                         enum outline_kind kind, const struct form_control *control,
                                         const struct place *at)
{
    const char *language = NULL;
    const char *label = text_at(maker, control->label, at, &language);
    if (text_is_empty(label) && control->field)
        label = control->field->name;
    struct outline_node *node = add_node(maker, tail, kind, arena_text(maker->arena, label));
    node->language = language;
    return node;
}

static void add_document(struct maker *maker, struct outline_node *node,
                         const struct attachment_info *info)
{
    struct outline_document *document = &node->documents[node->document_count];
    for (size_t i = 0; i < maker->document_count; i++)
        if (text_equal(maker->documents[i].id, info->document)) {
            *document = maker->documents[i].document;
            node->document_count++;
            return;
        }
    *document = (struct outline_document){
        .name = arena_text(maker->arena, info->name ? info->name : ""),
        .type = "",
        .issuer = "",
        .issuer_number = arena_text(maker->arena, info->issuer ? info->issuer : ""),
        .sha256_hex = arena_text(maker->arena, info->sha256 ? info->sha256 : ""),
        .origin = text_equal(info->verified, "origin")  ? OUTLINE_ORIGIN_ISSUER
                  : text_equal(info->source, "postbox") ? OUTLINE_ORIGIN_UNCONFIRMED
                                                        : OUTLINE_ORIGIN_UPLOADED,
    };
    node->document_count++;
}

static void add_upload(struct maker *maker, struct tail *tail, const struct form_control *control,
                       const struct place *place)
{
    struct outline_node *node = add_labelled(maker, tail, OUTLINE_DOCUMENTS, control, place);
    struct attachment_info *given = NULL;
    size_t count = place_attachments(place, maker->arena, &given);
    node->documents = ARENA_ARRAY(maker->arena, count, struct outline_document);
    for (size_t i = 0; i < count; i++)
        add_document(maker, node, &given[i]);
    node->path = place_path_sent(maker->arena, place);
    node->later = place_is_later(place);
    const char *by = place_expected(place);
    node->later_by = *by ? locale_date(maker->arena, by, maker->language) : "";
}

static void add_control(struct maker *maker, struct tail *tail, const struct form_control *control,
                        const struct place *from);

static void add_children(struct maker *maker, struct tail *tail, const struct form_control *control,
                         const struct place *from)
{
    for (const struct form_control *c = control->first_child; c; c = c->next)
        add_control(maker, tail, c, from);
}

static bool holds_number(const char *text, int number)
{
    char digits[16];
    size_t size = (size_t)snprintf(digits, sizeof digits, "%d", number);
    for (const char *at = text; (at = strstr(at, digits)) != NULL; at += size) {
        bool starts = at == text || at[-1] < '0' || at[-1] > '9';
        bool ends = at[size] < '0' || at[size] > '9';
        if (starts && ends)
            return true;
    }
    return false;
}

const char *outline_row_name(struct arena *arena, struct answers *answers,
                             const struct form_control *repeat, const struct place *row,
                             const char *language, const char **shown_language)
{
    struct form_shown name = answers_show(answers, arena, repeat->label, row, language);
    if (text_is_empty(name.text)) {
        name = answers_show(answers, arena, repeat->short_name, row, language);
        name.text = text_is_empty(name.text) ? message(language, "repeat.row")
                                             : text_capital(arena, name.text);
    }
    *shown_language = text_equal(name.language, language) ? NULL : name.language;
    int number = place_position(row);
    if (holds_number(name.text, number))
        return arena_text(arena, name.text);
    return arena_printf(arena, "%s %d", name.text, number);
}

static void add_rows(struct maker *maker, struct tail *tail, const struct form_control *repeat,
                     const struct place *from)
{
    struct place **rows = NULL;
    size_t count = answers_rows(maker->answers, maker->arena, repeat, from, &rows);
    for (size_t i = 0; i < count; i++) {
        const char *language = NULL;
        const char *label = outline_row_name(maker->arena, maker->answers, repeat, rows[i],
                                             maker->language, &language);
        struct outline_node *node = add_node(maker, tail, OUTLINE_GROUP, label);
        node->language = language;
        add_children(maker, &(struct tail){&node->first_child}, repeat, rows[i]);
    }
}

static void add_group(struct maker *maker, struct tail *tail, const struct form_control *group,
                      const struct place *from)
{
    const char *language = NULL;
    const char *label =
        text_at(maker, group->label, answers_shown(maker->answers, group, from), &language);
    if (text_is_empty(label)) {
        add_children(maker, tail, group, from);
        return;
    }
    struct outline_node *node =
        add_node(maker, tail, OUTLINE_GROUP, arena_text(maker->arena, label));
    node->language = language;
    add_children(maker, &(struct tail){&node->first_child}, group, from);
}

static void say_source(struct maker *maker, struct outline_node *node,
                       const struct form_control *control, const struct place *place)
{
    bool is_calculated = control->kind == FORM_OUTPUT && control->value;
    if (!place || is_calculated || !control->field)
        return;
    node->path = place_path_sent(maker->arena, place);
    node->stored = arena_text(maker->arena, place_value(place));
    bool is_label = control->kind == FORM_SELECT || control->kind == FORM_SELECT1 ||
                    control->kind == FORM_TRIGGER;
    node->type = is_label ? NULL : types_name(control->field->type);
}

/* Texts to read on a page (outputs without label) are not answers. */
static void add_answer(struct maker *maker, struct tail *tail, const struct form_control *control,
                       const struct place *place, const struct place *from)
{
    if (control->kind == FORM_OUTPUT && !control->label)
        return;
    struct form_shown value =
        control->kind == FORM_OUTPUT
            ? answers_output(maker->answers, maker->arena, control, from, maker->language)
            : answers_read(maker->answers, maker->arena, control, place, maker->language);
    struct outline_node *node =
        add_labelled(maker, tail, OUTLINE_ANSWER, control, place ? place : from);
    node->value = arena_text(maker->arena, value.text);
    node->value_language = other_language(maker, value);
    say_source(maker, node, control, place);
    node->origin = origin_text(maker->arena, place, maker->language);
}

static void add_control(struct maker *maker, struct tail *tail, const struct form_control *control,
                        const struct place *from)
{
    if (!answers_is_shown(maker->answers, control, from))
        return;
    struct place *place = answers_shown(maker->answers, control, from);
    switch (control->kind) {
    case FORM_GROUP:
        add_group(maker, tail, control, from);
        return;
    case FORM_REPEAT:
        add_rows(maker, tail, control, from);
        return;
    case FORM_UPLOAD:
        if (place)
            add_upload(maker, tail, control, place);
        return;
    case FORM_BUTTON:
        return;
    case FORM_INPUT:
    case FORM_SECRET:
    case FORM_TEXTAREA:
    case FORM_SELECT1:
    case FORM_SELECT:
    case FORM_RANGE:
    case FORM_TRIGGER:
    case FORM_OUTPUT:
        break;
    }
    if (place || control->kind == FORM_OUTPUT)
        add_answer(maker, tail, control, place, from);
}

static void add_page(struct maker *maker, struct tail *tail, const struct form_page *page)
{
    const char *language = NULL;
    const char *title = text_at(maker, page->title, NULL, &language);
    struct outline_node *section =
        add_node(maker, tail, OUTLINE_SECTION, arena_text(maker->arena, title));
    section->language = language;
    section->page = page->word;
    struct tail inside = {&section->first_child};
    if (page->control->kind == FORM_GROUP)
        add_children(maker, &inside, page->control, NULL);
    else
        add_control(maker, &inside, page->control, NULL);
}

/* A heading with nothing below it says nothing. */
static void drop_empty(struct outline_node **at)
{
    while (*at) {
        bool is_group = (*at)->kind == OUTLINE_SECTION || (*at)->kind == OUTLINE_GROUP;
        drop_empty(&(*at)->first_child);
        if (is_group && !(*at)->first_child)
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
}

struct outline *outline_make(struct arena *arena, const struct form *form, struct answers *answers,
                             const char *language, const struct outline_attached *documents,
                             size_t document_count)
{
    struct maker maker = {arena, answers, language, documents, document_count};
    struct outline *outline = ARENA_NEW(arena, struct outline);
    outline->language = language;
    outline->form_title =
        arena_text(arena, text_at(&maker, form_title(form), NULL, &outline->title_language));
    struct tail tail = {&outline->first};
    size_t count = 0;
    const struct form_page *pages = form_pages(form, &count);
    for (size_t i = 0; i < count; i++)
        if (answers_page_is_shown(answers, &pages[i]))
            add_page(&maker, &tail, &pages[i]);
    drop_empty(&outline->first);
    return outline;
}

/* The repeat that shows a field's rows. */
static const struct form_control *repeat_of(const struct form *form, const struct form_field *field)
{
    size_t count;
    const struct form_control *const *controls = form_controls(form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT && controls[i]->field == field)
            return controls[i];
    return NULL;
}

const char *outline_row_words(struct arena *arena, struct answers *answers,
                              const struct place *place, const char *language)
{
    const struct place *row = place;
    while (row && !place_field(row)->is_repeat)
        row = place_parent(row);
    const struct form_control *repeat =
        row ? repeat_of(answers_form(answers), place_field(row)) : NULL;
    const char *shown;
    return repeat
               ? arena_printf(
                     arena, "%s: ", outline_row_name(arena, answers, repeat, row, language, &shown))
               : "";
}

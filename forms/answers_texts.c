/* What answers say: texts with values in them, outputs, choices, and answers as people read them.
 */
#include "forms/answers.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/locale.h"
#include "forms/texts.h"
#include "forms/types.h"

#include <string.h>

/* ---- Values in texts ---- */

/* The value as the instance has it; a form with a start page of ours is written for people, and
 * then dates, amounts and numbers are too. */
static char *say_value(struct answers *answers, struct arena *arena, const struct xpath *xpath,
                       xmlNode *at, const char *language)
{
    struct xpath_value value;
    struct error err = {0};
    if (!xpath_value(answers->run, arena, xpath, at, &value, &err)) {
        answers_note_trouble(answers, &err);
        return "";
    }
    const struct form_about *about = &answers->form->about;
    bool for_people = *about->prefix || *about->agency_number;
    const struct place *place = value.node ? value.node->_private : NULL;
    if (place && place->node == value.node && place->field->has_type &&
        (for_people || place->field->type >= TYPE_FNR))
        return types_write(arena, place->field->type, value.text, language);
    if (value.is_number && for_people && xpath_says_nothing(value.text))
        return "";
    if (value.is_number && for_people)
        return locale_number(arena, value.text, language);
    return value.text;
}

static char *say_body(struct answers *answers, struct arena *arena, const struct text_body *body,
                      xmlNode *at, const char *language)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < body->count && out.size < ANSWERS_MAX_VALUE_BYTES; i++) {
        const struct text_part *part = &body->parts[i];
        buf_add_text(&out, part->value ? say_value(answers, arena, part->value, at, language)
                                       : part->text);
    }
    return buf_text(&out);
}

static struct form_shown say_entry(struct answers *answers, struct arena *arena,
                                   const struct text_entry *entry, xmlNode *at,
                                   const char *language)
{
    struct form_shown shown = {"", answers->form->languages[0]};
    if (!entry)
        return shown;
    const struct text_body *body = text_body_of(answers->form, entry, language, &shown.language);
    shown.text = say_body(answers, arena, body, at, shown.language);
    return shown;
}

static struct form_shown say(struct answers *answers, struct arena *arena,
                             const struct form_text *text, xmlNode *at, const char *language)
{
    struct form_shown shown = {"", answers->form->languages[0]};
    struct error err = {0};
    char *id;
    switch (text->kind) {
    case TEXT_INLINE:
        shown.text = say_body(answers, arena, &text->body, at, shown.language);
        return shown;
    case TEXT_ENTRY:
        return say_entry(answers, arena, text->entry, at, language);
    case TEXT_LOOKUP:
        if (xpath_string(answers->run, arena, text->expression, at, &id, &err))
            return say_entry(answers, arena, form_text_entry(answers->form, id), at, language);
        answers_note_trouble(answers, &err);
        return shown;
    case TEXT_VALUE:
        shown.language = form_language(answers->form, language);
        shown.text = say_value(answers, arena, text->expression, at, shown.language);
        return shown;
    }
    return shown;
}

struct form_shown answers_show(struct answers *answers, struct arena *arena,
                               const struct form_text *text, const struct place *at,
                               const char *language)
{
    if (!text)
        return (struct form_shown){"", answers->form->languages[0]};
    return say(answers, arena, text, at ? at->node : answers->root->node, language);
}

/* ---- Choices ---- */

size_t answers_words(struct arena *arena, const char *value, const char ***out)
{
    size_t count = 0;
    const char **words = ARENA_ARRAY(arena, strlen(value) / 2 + 1, const char *);
    for (const char *at = value; *(at += strspn(at, " \t\r\n"));) {
        size_t size = strcspn(at, " \t\r\n");
        words[count++] = arena_text_of(arena, (struct bytes){(const unsigned char *)at, size});
        at += size;
    }
    *out = words;
    return count;
}

static bool is_chosen(const struct form_control *control, const char *value,
                      const char *const *words, size_t word_count, const char *choice)
{
    if (control->kind == FORM_SELECT1)
        return *choice && strcmp(value, choice) == 0;
    for (size_t i = 0; i < word_count; i++)
        if (strcmp(words[i], choice) == 0)
            return true;
    return false;
}

static size_t list_choices(struct answers *answers, struct arena *arena,
                           const struct form_items *items, const struct place *place,
                           const char *language, struct answers_choice **out)
{
    if (!items->nodeset) {
        *out = ARENA_ARRAY(arena, items->count, struct answers_choice);
        for (size_t i = 0; i < items->count; i++)
            (*out)[i] = (struct answers_choice){
                .value = items->items[i].value,
                .label = answers_show(answers, arena, items->items[i].label, place, language)};
        return items->count;
    }
    xmlNode **nodes;
    size_t count, made = 0;
    struct error err = {0};
    if (!xpath_nodes(answers->run, arena, items->nodeset, place->node, &nodes, &count, &err)) {
        answers_note_trouble(answers, &err);
        return 0;
    }
    *out = ARENA_ARRAY(arena, count, struct answers_choice);
    for (size_t i = 0; i < count; i++) {
        char *value;
        if (!xpath_string(answers->run, arena, items->value, nodes[i], &value, &err)) {
            answers_note_trouble(answers, &err);
            continue;
        }
        (*out)[made++] = (struct answers_choice){
            .value = value,
            .label = items->label ? say(answers, arena, items->label, nodes[i], language)
                                  : (struct form_shown){value, answers->form->languages[0]}};
    }
    return made;
}

size_t answers_choices(struct answers *answers, struct arena *arena,
                       const struct form_control *control, const struct place *place,
                       const char *language, struct answers_choice **out)
{
    size_t count = list_choices(answers, arena, control->items, place, language, out);
    const char **words;
    size_t word_count = answers_words(arena, place_value(place), &words);
    for (size_t i = 0; i < count; i++)
        (*out)[i].chosen =
            is_chosen(control, place_value(place), words, word_count, (*out)[i].value);
    return count;
}

/* The value of every choice, without its label. */
static bool list_values(struct answers *answers, struct arena *arena,
                        const struct form_items *items, const struct place *place,
                        const char ***out, size_t *out_count)
{
    xmlNode **nodes = NULL;
    size_t count = items->count;
    struct error err = {0};
    bool good = !items->nodeset ||
                xpath_nodes(answers->run, arena, items->nodeset, place->node, &nodes, &count, &err);
    *out = ARENA_ARRAY(arena, good ? count : 0, const char *);
    for (size_t i = 0; good && i < count; i++) {
        char *value = NULL;
        good = !nodes || xpath_string(answers->run, arena, items->value, nodes[i], &value, &err);
        (*out)[i] = nodes ? value : items->items[i].value;
    }
    if (!good)
        answers_note_trouble(answers, &err);
    *out_count = count;
    return good;
}

char *answers_offered(struct answers *answers, struct arena *arena,
                      const struct form_control *control, const struct place *place,
                      const char *value, bool *all)
{
    const char **values, *whole[1] = {value}, **words = whole;
    size_t count, word_count = 1;
    *all = false;
    if (!list_values(answers, arena, control->items, place, &values, &count))
        return NULL;
    if (control->kind == FORM_SELECT)
        word_count = answers_words(arena, value, &words);
    struct buf kept;
    buf_init(&kept, arena);
    *all = true;
    for (size_t i = 0; i < word_count; i++) {
        size_t at = 0;
        while (at < count && strcmp(values[at], words[i]) != 0)
            at++;
        if (at < count)
            buf_printf(&kept, "%s%s", kept.size ? " " : "", words[i]);
        else
            *all = false;
    }
    return buf_text(&kept);
}

const char *answers_choice_label(struct answers *answers, struct arena *arena,
                                 const struct form_control *control, const struct place *place,
                                 const char *value, const char *language)
{
    struct answers_choice *choices = NULL;
    size_t count = list_choices(answers, arena, control->items, place, language, &choices);
    for (size_t i = 0; i < count; i++)
        if (strcmp(choices[i].value, value) == 0)
            return choices[i].label.text;
    return "";
}

/* ---- Answers as people read them ---- */

/* "Ja" and "Nei" are ours, and may be said in another language than the form's. */
static struct form_shown write_value(struct arena *arena, enum type type, const char *value,
                                     const char *language)
{
    struct form_shown shown = {types_write(arena, type, value, language), language};
    if (type == TYPE_BOOLEAN && *value)
        shown.language = texts_find(&texts_fields, "value.true", language).language;
    return shown;
}

struct form_shown answers_output(struct answers *answers, struct arena *arena,
                                 const struct form_control *control, const struct place *from,
                                 const char *language)
{
    struct form_shown shown = {"", form_language(answers->form, language)};
    const struct place *place = answers_shown(answers, control, from);
    if (!place)
        return shown;
    if (control->value)
        shown.text = say_value(answers, arena, control->value, place->node, shown.language);
    else if (control->field && place->relevant)
        return write_value(arena, control->field->type, place_value(place), shown.language);
    return shown;
}

static struct form_shown read_choices(struct answers *answers, struct arena *arena,
                                      const struct form_control *control, const struct place *place,
                                      const char *language)
{
    struct answers_choice *choices;
    size_t count = answers_choices(answers, arena, control, place, language, &choices);
    struct form_shown shown = {.language = language};
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < count; i++)
        if (choices[i].chosen) {
            if (out.size == 0)
                shown.language = choices[i].label.language;
            buf_printf(&out, "%s%s", out.size ? ", " : "", choices[i].label.text);
        }
    shown.text = buf_text(&out);
    return shown;
}

struct form_shown answers_read(struct answers *answers, struct arena *arena,
                               const struct form_control *control, const struct place *place,
                               const char *language)
{
    language = form_language(answers->form, language);
    switch (control->kind) {
    case FORM_OUTPUT:
        return answers_output(answers, arena, control, place, language);
    case FORM_SELECT:
    case FORM_SELECT1:
        return read_choices(answers, arena, control, place, language);
    case FORM_TRIGGER:
        return write_value(arena, TYPE_BOOLEAN, *place_value(place) ? "true" : "", language);
    case FORM_GROUP:
    case FORM_REPEAT:
        return (struct form_shown){"", language};
    default:
        return write_value(arena, place->field->type, place_value(place), language);
    }
}

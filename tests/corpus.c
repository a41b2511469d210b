/* corpus.c - forms that others wrote, filled in step by step: build/tests/corpus DIR. DIR holds
 * cases.tsv and the forms it names; subjects are paths of the answers. */
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"
#include "forms/bind.h"
#include "forms/package.h"
#include "forms/validate.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

struct walk {
    struct suite *suite;
    struct arena *arena; /* of one case */
    struct finding_list findings;
    struct form *form;
    struct answers *answers;
    const char *language;
    const char *trouble; /* why a step could not be taken, "": none */
};

/* ---- Steps ---- */

static const struct form_control *control_of(const struct walk *walk, const char *path,
                                             enum form_kind kind)
{
    const struct place *place = answers_find(walk->answers, path);
    for (size_t i = 0; place && i < walk->form->control_count; i++)
        if (walk->form->controls[i]->field == place->field && walk->form->controls[i]->kind == kind)
            return walk->form->controls[i];
    return NULL;
}

/* The repeat a path names, also when it has no row now; *parent is where its rows lie. */
static const struct form_control *repeat_of(const struct walk *walk, const char *path,
                                            struct place **parent)
{
    const char *name = strrchr(path, '/');
    *parent = NULL;
    if (!name)
        return NULL;
    char *above = arena_text_of(walk->arena,
                                (struct bytes){(const unsigned char *)path, (size_t)(name - path)});
    char *own = arena_text(walk->arena, name + 1);
    own[strcspn(own, "[")] = 0;
    *parent = answers_find(walk->answers, above);
    const struct form_field *field =
        *parent ? form_child(walk->form, (*parent)->field, xpath_tree_local(own)) : NULL;
    return field ? walk->form->links[field->number].repeat : NULL;
}

static void set_value(struct walk *walk, const char *path, const char *value)
{
    struct place *place = answers_find(walk->answers, path);
    struct error err = {0};
    if (!place)
        walk->trouble = arena_printf(walk->arena, "there is no %s", path);
    else if (!answers_set(walk->answers, place, value, &err))
        walk->trouble = arena_text(walk->arena, err.text);
}

static void add_row(struct walk *walk, const char *path)
{
    struct place *parent, *row;
    const struct form_control *repeat = repeat_of(walk, path, &parent);
    struct error err = {0};
    if (!repeat)
        walk->trouble = arena_printf(walk->arena, "there is no repeat %s", path);
    else if (!answers_add(walk->answers, repeat, parent, &row, &err))
        walk->trouble = arena_text(walk->arena, err.text);
}

static void remove_row(struct walk *walk, const char *path)
{
    struct place *row = answers_find(walk->answers, path);
    if (row && place_field(row)->is_repeat)
        answers_remove(walk->answers, row);
    else
        walk->trouble = arena_printf(walk->arena, "there is no row %s", path);
}

static bool is_step(const struct suite_line *line)
{
    static const char *const words[] = {"set", "add", "remove", "lang"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(line->fields[0], words[i]) == 0)
            return true;
    return false;
}

static void take_step(struct walk *walk, const struct suite_line *line)
{
    const char *word = line->fields[0];
    if (*walk->trouble)
        return;
    if (strcmp(word, "set") == 0)
        set_value(walk, line->fields[1], line->fields[2]);
    else if (strcmp(word, "add") == 0)
        add_row(walk, line->fields[1]);
    else if (strcmp(word, "remove") == 0)
        remove_row(walk, line->fields[1]);
    else
        answers_speak(walk->answers, walk->language = line->fields[1]);
}

/* ---- Expectations ---- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static const char *string_of(const struct walk *walk, const struct place *place)
{
    xmlChar *text = xmlNodeGetContent(place->node);
    const char *copy = arena_text(walk->arena, (const char *)text);
    xmlFree(text);
    return copy;
}

static const char *shown(const struct walk *walk, const struct form_text *text,
                         const struct place *at)
{
    return text_collapse(walk->arena,
                         answers_show(walk->answers, walk->arena, text, at, walk->language).text);
}

/* The first control of the field that says anything of that kind. */
static const char *said(const struct walk *walk, const struct place *place, const char *what)
{
    for (size_t i = 0; i < walk->form->control_count; i++) {
        const struct form_control *control = walk->form->controls[i];
        if (control->field != place->field)
            continue;
        const struct form_text *text = strcmp(what, "label") == 0 ? control->label : control->hint;
        if (text)
            return shown(walk, text, place);
    }
    return "";
}

static const char *alert(const struct walk *walk, const struct place *place)
{
    const struct form_control *control = place->field->control;
    switch (validate_place(walk->answers, place)) {
    case VALIDATE_OK:
        return "";
    case VALIDATE_REQUIRED:
        return shown(walk, place->field->required_message, place);
    default:
        return shown(walk,
                     place->field->constraint_message ? place->field->constraint_message
                     : control                        ? control->alert
                                                      : NULL,
                     place);
    }
}

static const char *choices(const struct walk *walk, const char *path, bool labels)
{
    const struct form_control *control = control_of(walk, path, FORM_SELECT);
    if (!control)
        control = control_of(walk, path, FORM_SELECT1);
    if (!control)
        return "no select there";
    struct answers_choice *list;
    size_t count = answers_choices(walk->answers, walk->arena, control,
                                   answers_find(walk->answers, path), walk->language, &list);
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(walk->arena, "%s%s%s", all, i ? "|" : "",
                           labels ? text_collapse(walk->arena, list[i].label.text) : list[i].value);
    return all;
}

static const char *count_rows(const struct walk *walk, const char *path)
{
    struct place *parent, **rows;
    const struct form_control *repeat = repeat_of(walk, path, &parent);
    if (!repeat)
        return "no repeat there";
    return arena_printf(walk->arena, "%zu",
                        answers_rows(walk->answers, walk->arena, repeat, parent, &rows));
}

/* A repeat that has no row now. */
static const char *relevant_without_rows(const struct walk *walk, const char *path)
{
    struct place *parent;
    const struct form_control *repeat = repeat_of(walk, path, &parent);
    if (!repeat)
        return NULL;
    return truth(repeat->no_add_remove ? place_is_relevant(parent)
                                       : answers_is_shown(walk->answers, repeat, parent));
}

/* What the program says of the subject; NULL when there is no such place. */
static const char *answer(const struct walk *walk, const char *word, const char *path)
{
    static const char *const reasons[] = {[VALIDATE_OK] = "",
                                          [VALIDATE_REQUIRED] = "required",
                                          [VALIDATE_TYPE] = "type",
                                          [VALIDATE_CONSTRAINT] = "constraint"};
    if (strcmp(word, "count") == 0)
        return count_rows(walk, path);
    const struct place *place = answers_find(walk->answers, path);
    if (!place && strcmp(word, "relevant") == 0)
        return relevant_without_rows(walk, path);
    if (!place)
        return NULL;
    if (strcmp(word, "value") == 0)
        return string_of(walk, place);
    if (strcmp(word, "relevant") == 0)
        return truth(place_is_relevant(place));
    if (strcmp(word, "required") == 0)
        return truth(place_is_required(walk->answers, place));
    if (strcmp(word, "readonly") == 0)
        return truth(place_is_readonly(walk->answers, place));
    if (strcmp(word, "valid") == 0)
        return truth(validate_place(walk->answers, place) == VALIDATE_OK);
    if (strcmp(word, "why") == 0)
        return reasons[validate_place(walk->answers, place)];
    if (strcmp(word, "label") == 0 || strcmp(word, "hint") == 0)
        return said(walk, place, word);
    if (strcmp(word, "alert") == 0)
        return alert(walk, place);
    if (strcmp(word, "choices") == 0 || strcmp(word, "choicelabels") == 0)
        return choices(walk, path, strcmp(word, "choicelabels") == 0);
    return "a word this program does not know";
}

static void expect(struct walk *walk, const struct suite_line *line)
{
    if (*walk->trouble) {
        suite_fail(walk->suite, line, walk->trouble);
        return;
    }
    const char *got = answer(walk, line->fields[0], line->fields[1]);
    if (got)
        suite_expect(walk->suite, line, line->fields[2], got);
    else
        suite_fail(walk->suite, line, "no such place");
}

/* ---- Cases ---- */

static void begin(struct walk *walk, const char *file)
{
    walk->arena = arena_open();
    finding_list_init(&walk->findings, walk->arena);
    walk->trouble = "";
    const char *path = arena_printf(walk->arena, "%s/%s", walk->suite->folder, file);
    walk->form = package_form(path, &walk->findings);
    if (walk->form) {
        walk->answers = answers_open(walk->form, NOW);
        walk->language = form_languages(walk->form, &(size_t){0})[0];
        return;
    }
    walk->trouble = "the form does not load";
    for (size_t i = 0; i < walk->findings.count; i++)
        if (walk->findings.items[i].severity == FINDING_ERROR) {
            walk->trouble = arena_printf(walk->arena, "line %d: %s", walk->findings.items[i].line,
                                         walk->findings.items[i].text);
            return;
        }
}

static void end(struct walk *walk)
{
    answers_close(&walk->answers);
    form_close(&walk->form);
    arena_close(&walk->arena);
}

static bool is_of_tier(const struct suite *suite, const struct suite_line *line)
{
    size_t size = suite->tier ? strlen(suite->tier) : 0;
    return !suite->tier || (strncmp(line->fields[3], suite->tier, size) == 0 &&
                            (line->fields[3][size] == ',' || !line->fields[3][size]));
}

int main(int argc, char **argv)
{
    struct suite suite;
    suite_open(&suite, argc, argv);
    xml_start();
    struct suite_line *lines;
    size_t count = suite_read(&suite, "cases.tsv", &lines);
    struct walk walk = {.suite = &suite};
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].fields[0], "case") == 0) {
            end(&walk);
            if (is_of_tier(&suite, &lines[i]))
                begin(&walk, lines[i].fields[2]);
            suite.current = lines[i].fields[1];
        } else if (walk.arena && is_step(&lines[i])) {
            take_step(&walk, &lines[i]);
        } else if (walk.arena) {
            expect(&walk, &lines[i]);
        }
    }
    end(&walk);
    return suite_close(&suite);
}

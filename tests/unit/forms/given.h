/* given.h - a small form from its instance, binds and body, for the unit tests of forms/. */
#pragma once

#include "engine/base/buf.h"
#include "engine/base/xml.h"
#include "forms/answers.h"
#include "forms/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { GIVEN_NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

struct given {
    struct arena *arena;
    struct finding_list findings;
    struct form *form;
    struct answers *answers;
};

static inline char *given_xml(struct arena *arena, const char *model, const char *body)
{
    return arena_printf(arena,
                        "<h:html xmlns='http://www.w3.org/2002/xforms' "
                        "xmlns:h='http://www.w3.org/1999/xhtml' "
                        "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1' "
                        "xmlns:orx='http://openrosa.org/xforms'>"
                        "<h:head><h:title>Prøve</h:title>\n<model>%s</model></h:head>\n"
                        "<h:body class='pages'>%s</h:body></h:html>",
                        model, body);
}

/* Loads it; form is NULL when a finding is an error. */
static inline struct given given_source(const char *xml)
{
    struct given given = {.arena = arena_open()};
    finding_list_init(&given.findings, given.arena);
    given.form = parse_form(BYTES_OF(xml), "prove/form.xml", &given.findings);
    return given;
}

static inline struct given given_form(const char *model, const char *body)
{
    struct arena *arena = arena_open();
    struct given given = given_source(given_xml(arena, model, body));
    arena_close(&arena);
    return given;
}

/* The same, and empty answers to it; fails the test when there is an error. */
static inline struct given given_answers(const char *model, const char *body)
{
    struct given given = given_form(model, body);
    for (size_t i = 0; i < given.findings.count; i++)
        if (given.findings.items[i].severity == FINDING_ERROR)
            print_error("%d: %s\n", given.findings.items[i].line, given.findings.items[i].text);
    assert_non_null(given.form);
    given.answers = answers_open(given.form, GIVEN_NOW);
    return given;
}

static inline void given_end(struct given *given)
{
    answers_close(&given->answers);
    form_close(&given->form);
    arena_close(&given->arena);
}

static inline struct place *given_place(struct given *given, const char *path)
{
    struct place *place = answers_find(given->answers, path);
    if (!place)
        fail_msg("there is no %s", path);
    return place;
}

static inline void given_set(struct given *given, const char *path, const char *value)
{
    struct error err = {0};
    if (!answers_set(given->answers, given_place(given, path), value, &err))
        fail_msg("%s: %s", path, err.text);
}

static inline const char *given_value(struct given *given, const char *path)
{
    return place_value(given_place(given, path));
}

static inline const struct form_control *given_repeat(struct given *given, const char *path)
{
    size_t count;
    const struct form_control *const *controls = form_controls(given->form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT && strcmp(controls[i]->field->path, path) == 0)
            return controls[i];
    fail_msg("no repeat shows %s", path);
    return NULL;
}

static inline struct place *given_row(struct given *given, const char *repeat)
{
    struct error err = {0};
    struct place *row = NULL;
    if (!answers_add(given->answers, given_repeat(given, repeat), NULL, &row, &err))
        fail_msg("%s: %s", repeat, err.text);
    return row;
}

static inline const char *given_sent(struct given *given)
{
    return (const char *)answers_write(given->answers, given->arena, ANSWERS_SENT).data;
}

/* The first finding with that code. */
static inline const struct finding *given_finding(const struct given *given, const char *code)
{
    for (size_t i = 0; i < given->findings.count; i++)
        if (strcmp(given->findings.items[i].code, code) == 0)
            return &given->findings.items[i];
    return NULL;
}

static inline int given_start(void **state)
{
    (void)state;
    xml_start();
    return 0;
}

/* application.h - one application for reduced parental payment
 * (examples/redusert-foreldrebetaling), filled in without its documents: two children, an income
 * each. For tests and benches. */
#pragma once

#include "forms/answers.h"

#include <stdio.h>
#include <stdlib.h>

#define APPLICATION_FOLDER "examples/redusert-foreldrebetaling"
#define APPLICATION_FORM "redusert-foreldrebetaling"
#define APPLICATION_NOW 1795435200 /* 2026-11-23T12:00:00Z */

static inline struct place *application_at(struct answers *answers, const char *path)
{
    struct place *place = answers_find(answers, path);
    if (!place) {
        fprintf(stderr, "there is no %s\n", path);
        abort();
    }
    return place;
}

static inline void application_set(struct answers *answers, const char *path, const char *value)
{
    struct error err;
    if (!answers_set(answers, application_at(answers, path), value, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        abort();
    }
}

static inline void application_add_child(struct answers *answers)
{
    const struct form *form = answers_form(answers);
    size_t count;
    const struct form_control *const *controls = form_controls(form, &count);
    for (size_t i = 0; i < count; i++) {
        struct place *row;
        struct error err;
        if (controls[i]->kind == FORM_REPEAT &&
            !answers_add(answers, controls[i], NULL, &row, &err)) {
            fprintf(stderr, "%s\n", err.text);
            abort();
        }
    }
}

static inline void application_fill(struct answers *answers)
{
    static const char *const values[][2] = {
        {"/data/barnehage/navn", "solbakken"},
        {"/data/barnehage/timer", "41"},
        {"/data/barnehage/fra", "2027-01-01"},
        {"/data/barn[1]/navn", "Nora Fjeld Berg"},
        {"/data/barn[1]/fodt", "2022-03-07"},
        {"/data/barn[2]/navn", "Emil Fjeld Berg"},
        {"/data/barn[2]/fodt", "2024-04-30"},
        {"/data/husholdning/sivil", "samboer"},
        {"/data/husholdning/partner/navn", "Jonas Lie Berg"},
        {"/data/husholdning/partner/fnr", "14838812180"},
        {"/data/husholdning/partner/inntekt", "265000"},
        {"/data/husholdning/inntekt", "425000"},
        {"/data/husholdning/endret", "nei"},
        {"/data/bekreft", "OK"},
    };
    answers_begin(answers);
    application_add_child(answers);
    for (size_t i = 0; i < COUNT(values); i++)
        application_set(answers, values[i][0], values[i][1]);
    answers_end(answers);
}

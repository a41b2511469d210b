/* Forms in process, without HTTP and database: reading a form, taking up answers, recalculating
 * after one changed answer, writing a page. Processor time of this thread, medians. */
#include "forms/answers.h"
#include "forms/finding.h"
#include "forms/package.h"
#include "forms/parse.h"
#include "render/step.h"
#include "tests/application.h"
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOADS = 5, TIMES = 301, MOST_BYTES = 2 * 1024 * 1024 };

static struct bytes read_whole(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return (struct bytes){0};
    unsigned char *data = arena_alloc(arena, MOST_BYTES);
    size_t size = fread(data, 1, MOST_BYTES, file);
    fclose(file);
    return (struct bytes){data, size};
}

/* The form of that source, and what reading it cost; NULL when it has mistakes. */
static struct form *load(struct arena *arena, struct bytes source, const char *name, double *ms)
{
    struct form *form = NULL;
    double times[LOADS];
    for (size_t i = 0; i < LOADS; i++) {
        struct finding_list findings;
        finding_list_init(&findings, arena);
        form_close(&form);
        double start = bench_thread_s();
        form = parse_form(source, name, &findings);
        times[i] = (bench_thread_s() - start) * 1e3;
        if (!form) {
            struct buf line;
            buf_init(&line, arena);
            for (size_t f = 0; f < findings.count && !line.size; f++)
                if (findings.items[f].severity == FINDING_ERROR)
                    finding_write(&findings.items[f], &line);
            fprintf(stderr, "bench: %zu mistakes, the first: %s", findings.errors, buf_text(&line));
            return NULL;
        }
    }
    *ms = bench_median(times, LOADS);
    return form;
}

static bool is_answered_by_hand(const struct form_control *control)
{
    switch (control->kind) {
    case FORM_INPUT:
    case FORM_SECRET:
    case FORM_TEXTAREA:
    case FORM_SELECT1:
    case FORM_SELECT:
    case FORM_RANGE:
    case FORM_TRIGGER:
        return control->field && !control->field->calculate;
    default:
        return false;
    }
}

static bool change(struct answers *answers, struct place *place, const char *value, double *us,
                   struct error *err)
{
    double start = bench_thread_s();
    if (!answers_set(answers, place, value, err))
        return false;
    *us = (bench_thread_s() - start) * 1e6;
    return true;
}

/* Every question in turn is answered otherwise and put back: what one change costs, the median of
 * all and the dearest. */
static bool measure_changes(struct arena *arena, const struct form *form, struct answers *answers,
                            const char *name, struct error *err)
{
    size_t count, changed = 0;
    const struct form_control *const *controls = form_controls(form, &count);
    double *us = ARENA_ARRAY(arena, 2 * count, double);
    for (size_t i = 0; i < count; i++) {
        struct place *place =
            is_answered_by_hand(controls[i]) ? answers_at(answers, controls[i]->field, NULL) : NULL;
        if (!place)
            continue;
        const char *before = arena_text(arena, place_value(place));
        if (!change(answers, place, strcmp(before, "1") == 0 ? "2" : "1", &us[changed], err) ||
            !change(answers, place, before, &us[changed + 1], err))
            return false;
        changed += 2;
    }
    size_t fields;
    form_fields(form, &fields);
    double median = changed ? bench_median(us, changed) : 0;
    bench_row(arena_printf(arena, "recalculate after one answer, %s, %zu places", name, fields),
              arena_printf(arena, "%.1f us CPU", median), "", "");
    bench_row(arena_printf(arena, "  the dearest of its %zu questions", changed / 2),
              arena_printf(arena, "%.0f us CPU", changed ? us[changed - 1] : 0), "", "");
    return true;
}

/* ---- the form people fill in ---- */

static bool measure_taking_up(struct arena *arena, const struct form *form, struct bytes xml,
                              struct error *err)
{
    double us[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        struct answers *answers;
        double start = bench_thread_s();
        if (!answers_load(form, APPLICATION_NOW, xml, &answers, err))
            return false;
        us[i] = (bench_thread_s() - start) * 1e6;
        answers_close(&answers);
    }
    bench_row(arena_printf(arena, "take up saved answers, all calculated, %zu bytes", xml.size),
              arena_printf(arena, "%.0f us CPU", bench_median(us, TIMES)), "", "");
    return true;
}

static void measure_page(struct arena *arena, const struct form *form, struct answers *answers)
{
    static const struct frame_agency agency = {"Fjordvik kommune", "310245682",
                                               "Rådhusgata 1, 9999 Fjordvik", "00 00 00 00",
                                               "post@fjordvik.example"};
    static const struct step_link links[] = {
        {"Barnehage og barn", "/utkast/x/side/barnehage", STEP_DONE, true},
        {"Husholdning og inntekt", "/utkast/x/side/husholdning", STEP_NOT_STARTED, true},
        {"Dokumentasjon", "/utkast/x/side/dokumentasjon", STEP_NOT_STARTED, false},
        {"Se over og send", "/utkast/x/oppsummering", STEP_NOT_STARTED, false},
    };
    const struct frame frame = {.language = "nb",
                                .agency = &agency,
                                .user_name = "Ingrid Fjeld",
                                .csrf = "EKhQBy1vXf0SdKW9M3w7QmZ1b0c5YWJjZGVmZ2hpamtsbW4",
                                .now = APPLICATION_NOW};
    const struct step step = {.answers = answers,
                              .page = form_page_find(form, "husholdning"),
                              .progress = {links, COUNT(links), 1},
                              .action = "/utkast/x/side/husholdning",
                              .revision = 3,
                              .saved_at = APPLICATION_NOW,
                              .file_bytes = 10485760};
    double us[TIMES];
    size_t size_bytes = 0;
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        double start = bench_thread_s();
        size_bytes = step_page(own, &frame, &step).size;
        us[i] = (bench_thread_s() - start) * 1e6;
    }
    bench_row(arena_printf(arena, "write a step as HTML, %zu bytes", size_bytes),
              arena_printf(arena, "%.0f us CPU", bench_median(us, TIMES)), "", "");
}

static bool measure_application(struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(form_close) struct form *form = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    double ms;
    struct bytes source = read_whole(arena, APPLICATION_FOLDER "/form.xml");
    form = load(arena, source, "form.xml", &ms);
    if (!form)
        return error_set(err, ERROR_INVALID, "the form has mistakes");
    answers = answers_open(form, APPLICATION_NOW);
    application_fill(answers);
    bench_row(arena_printf(arena, "read the reduced-payment form, %zu kB", source.size / 1000),
              arena_printf(arena, "%.2f ms CPU", ms), "", "");
    if (!measure_changes(arena, form, answers, "reduced payment", err) ||
        !measure_taking_up(arena, form, answers_write(answers, arena, ANSWERS_DRAFT), err))
        return false;
    measure_page(arena, form, answers);
    return true;
}

/* ---- large forms of others, from beside the repository ---- */

static bool measure_other(const char *name, const char *file_name, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(form_close) struct form *form = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    const char *shared = getenv("SKJEMA_SHARED");
    const char *path =
        arena_printf(arena, "%s/corpus/performance/%s", shared ? shared : "../shared", file_name);
    struct bytes source = read_whole(arena, path);
    if (!source.size) {
        bench_row(arena_printf(arena, "%s: skipped, %s is not here", name, path), "", "", "");
        return true;
    }
    double ms;
    form = load(arena, source, file_name, &ms);
    if (!form) {
        bench_row(arena_printf(arena, "%s: has what we do not read", name), "", "", "");
        return true;
    }
    bench_row(arena_printf(arena, "read %s, %zu kB", name, source.size / 1000),
              arena_printf(arena, "%.1f ms CPU", ms), "", "");
    answers = answers_open(form, APPLICATION_NOW);
    return measure_changes(arena, form, answers, name, err);
}

bool bench_forms(const struct bench *bench)
{
    (void)bench;
    struct error err = {0};
    return (measure_application(&err) && measure_other("SOAR", "soar.xml", &err) &&
            measure_other("WHO-VA", "who-va.xml", &err)) ||
           bench_fail("forms", &err);
}

/* Forms in process, without HTTP and database: reading a form and what it then takes of memory,
 * taking up answers, recalculating after one changed answer, writing a page. Processor time of this
 * thread, medians; the baselines are libxml2 alone. */
#include "forms/answers.h"
#include "forms/finding.h"
#include "forms/package.h"
#include "forms/parse.h"
#include "forms/validate.h"
#include "render/step.h"
#include "tests/application.h"
#include "tests/bench/bench.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOADS = 5, TIMES = 301 };

static const char *us_text(struct arena *arena, double us)
{
    return arena_printf(arena, us < 100 ? "%.1f us CPU" : "%.0f us CPU", us);
}

static const char *ratio_text(struct arena *arena, double ours, double theirs)
{
    return arena_printf(arena, ours / theirs < 10 ? "%.2f" : "%.1f", ours / theirs);
}

/* ---- Reading a form ---- */

/* NULL when it has mistakes: the first is told. */
static struct form *read_form(struct bytes source, const char *name)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct form *form = parse_form(source, name, &findings);
    struct buf line;
    buf_init(&line, arena);
    for (size_t i = 0; !form && i < findings.count && !line.size; i++)
        if (findings.items[i].severity == FINDING_ERROR)
            finding_write(&findings.items[i], &line);
    if (!form)
        fprintf(stderr, "bench: %zu mistakes, the first: %s", findings.errors, buf_text(&line));
    return form;
}

static double parse_only_ms(struct bytes source)
{
    double times[LOADS];
    for (size_t i = 0; i < LOADS; i++) {
        double start = bench_thread_s();
        xmlDoc *doc = xmlReadMemory((const char *)source.data, (int)source.size, "form.xml", NULL,
                                    XML_PARSE_NONET);
        times[i] = (bench_thread_s() - start) * 1e3;
        xmlFreeDoc(doc);
    }
    return bench_median(times, LOADS);
}

static size_t memory_taken(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The form of that source, with a row of what reading it cost and one of what it keeps. */
static struct form *measure_form(struct arena *arena, struct bytes source, const char *name)
{
    double times[LOADS];
    for (size_t i = 0; i < LOADS; i++) {
        double start = bench_thread_s();
        CLEANUP(form_close) struct form *form = read_form(source, name);
        times[i] = (bench_thread_s() - start) * 1e3;
        if (!form)
            return NULL;
    }
    double ms = bench_median(times, LOADS), alone_ms = parse_only_ms(source);
    size_t before = memory_taken();
    struct form *form = read_form(source, name);
    double kept = (double)(memory_taken() - before);
    bench_row(arena_printf(arena, "read and compile %s, %zu kB", name, source.size / 1000),
              arena_printf(arena, "%.2f ms CPU", ms),
              arena_printf(arena, "%.2f ms parsed only", alone_ms),
              ratio_text(arena, ms, alone_ms));
    bench_row("  memory it takes from then on", arena_printf(arena, "%.0f kB", kept / 1e3),
              arena_printf(arena, "%.0f kB file", (double)source.size / 1e3),
              ratio_text(arena, kept, (double)source.size));
    return form;
}

/* ---- Changing an answer ---- */

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

/* One path of the form's depth, compiled before, evaluated by libxml2 alone in these answers. */
static double xpath_alone_us(struct answers *answers)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes xml = answers_write(answers, arena, ANSWERS_DRAFT);
    xmlDoc *doc = xmlReadMemory((const char *)xml.data, (int)xml.size, "x", NULL, XML_PARSE_NONET);
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathCompExpr *path = xmlXPathCompile((const xmlChar *)"string(/*/*[1]/*[1]) = '1'");
    double us[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        double start = bench_thread_s();
        xmlXPathFreeObject(xmlXPathCompiledEval(path, context));
        us[i] = (bench_thread_s() - start) * 1e6;
    }
    xmlXPathFreeCompExpr(path);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    return bench_median(us, TIMES);
}

/* Every question in turn is answered otherwise and put back, three times over: what one change
 * costs, the median of all questions and the dearest, each by its quickest. */
static bool measure_changes(struct arena *arena, const struct form *form, struct answers *answers,
                            const char *name, struct error *err)
{
    enum { TURNS = 3 };
    size_t count, changed = 0;
    const struct form_control *const *controls = form_controls(form, &count);
    double *us = ARENA_ARRAY(arena, 2 * count, double);
    const char *dearest = "";
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        struct place *place =
            is_answered_by_hand(controls[i]) ? answers_at(answers, controls[i]->field, NULL) : NULL;
        if (!place)
            continue;
        const char *before = arena_text(arena, place_value(place));
        const char *other = strcmp(before, "1") == 0 ? "2" : "1";
        for (int turn = 0; turn < TURNS; turn++) {
            double there, back;
            if (!change(answers, place, other, &there, err) ||
                !change(answers, place, before, &back, err))
                return false;
            us[changed] = turn && us[changed] < there ? us[changed] : there;
            us[changed + 1] = turn && us[changed + 1] < back ? us[changed + 1] : back;
        }
        for (size_t k = changed; k < changed + 2; k++)
            if (us[k] > most) {
                most = us[k];
                dearest = controls[i]->field->path;
            }
        changed += 2;
    }
    double alone = xpath_alone_us(answers), median = changed ? bench_median(us, changed) : 0;
    size_t fields;
    (void)form_fields(form, &fields);
    bench_row(arena_printf(arena, "one answer changed, %s, %zu places", name, fields),
              us_text(arena, median), arena_printf(arena, "%.2f us one XPath", alone),
              ratio_text(arena, median, alone));
    bench_row(arena_printf(arena, "  the dearest of its %zu questions, %s", changed / 2,
                           strrchr(dearest, '/') ? strrchr(dearest, '/') + 1 : dearest),
              us_text(arena, most), "", ratio_text(arena, most, alone));
    return true;
}

/* Taking up what was saved, as every request does, and looking for what is missing, as every page
 * does for the steps before it. */
static bool measure_taking_up(struct arena *arena, const struct form *form, struct bytes xml,
                              const char *name, struct error *err)
{
    double load_us[TIMES], validate_us[TIMES];
    size_t count;
    const struct form_page *pages = form_pages(form, &count);
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP(answers_close) struct answers *answers = NULL;
        CLEANUP(arena_close) struct arena *own = arena_open();
        struct finding_list findings;
        finding_list_init(&findings, own);
        double start = bench_thread_s();
        if (!answers_load(form, APPLICATION_NOW, xml, &answers, err))
            return false;
        load_us[i] = (bench_thread_s() - start) * 1e6;
        start = bench_thread_s();
        for (size_t p = 0; p < count; p++)
            validate_page(answers, &pages[p], "nb", &findings);
        validate_us[i] = (bench_thread_s() - start) * 1e6;
    }
    double load = bench_median(load_us, TIMES), alone = parse_only_ms(xml) * 1e3;
    bench_row(
        arena_printf(arena, "take up saved answers, %s, %.1f kB", name, (double)xml.size / 1e3),
        us_text(arena, load), arena_printf(arena, "%.1f us parsed only", alone),
        ratio_text(arena, load, alone));
    bench_row("  and validate every page", us_text(arena, bench_median(validate_us, TIMES)), "",
              "");
    return true;
}

/* ---- the form people fill in ---- */

/* The same page as a tree, written by libxml2. */
static double page_alone_us(struct bytes page)
{
    htmlDocPtr doc = htmlReadMemory((const char *)page.data, (int)page.size, "page", "UTF-8",
                                    HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    double us[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        xmlChar *text;
        int size;
        double start = bench_thread_s();
        htmlDocDumpMemory(doc, &text, &size);
        us[i] = (bench_thread_s() - start) * 1e6;
        xmlFree(text);
    }
    xmlFreeDoc(doc);
    return bench_median(us, TIMES);
}

static void measure_page(struct arena *arena, const struct form *form, struct answers *answers)
{
    static const struct frame_agency agency = {.name = "Fjordvik kommune",
                                               .number = "310245682",
                                               .address = "Rådhusgata 1, 9999 Fjordvik",
                                               .phone = "00 00 00 00",
                                               .email = "post@fjordvik.example"};
    static const struct step_link links[] = {
        {"Barnehage og barn", "/utkast/x/side/barnehage", STEP_DONE, true, NULL},
        {"Husholdning og inntekt", "/utkast/x/side/husholdning", STEP_NOT_STARTED, true, NULL},
        {"Dokumentasjon", "/utkast/x/side/dokumentasjon", STEP_NOT_STARTED, false, NULL},
        {"Se over og send", "/utkast/x/oppsummering", STEP_NOT_STARTED, false, NULL},
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
                              .saved_at = APPLICATION_NOW};
    double us[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        double start = bench_thread_s();
        (void)step_page(own, &frame, &step);
        us[i] = (bench_thread_s() - start) * 1e6;
    }
    struct bytes page = step_page(arena, &frame, &step);
    double ours = bench_median(us, TIMES), alone = page_alone_us(page);
    bench_row(arena_printf(arena, "write a step as HTML, %zu bytes", page.size),
              us_text(arena, ours), arena_printf(arena, "%.0f us from a tree", alone),
              ratio_text(arena, ours, alone));
}

static bool measure_application(struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(form_close) struct form *form = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    form =
        measure_form(arena, bench_read(arena, APPLICATION_FOLDER "/form.xml"), "reduced payment");
    if (!form)
        return error_set(err, ERROR_INVALID, "the form has mistakes");
    answers = answers_open(form, APPLICATION_NOW);
    application_fill(answers);
    if (!measure_changes(arena, form, answers, "reduced payment", err) ||
        !measure_taking_up(arena, form, answers_write(answers, arena, ANSWERS_DRAFT),
                           "reduced payment", err))
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
    struct bytes source = bench_read(arena, path);
    if (!source.size) {
        bench_row(arena_printf(arena, "%s: skipped, %s is not here", name, path), "", "", "");
        return true;
    }
    form = measure_form(arena, source, name);
    if (!form) {
        bench_row(arena_printf(arena, "%s: has what we do not read", name), "", "", "");
        return true;
    }
    answers = answers_open(form, APPLICATION_NOW);
    return measure_changes(arena, form, answers, name, err) &&
           measure_taking_up(arena, form, answers_write(answers, arena, ANSWERS_DRAFT), name, err);
}

bool bench_forms(const struct bench *bench)
{
    (void)bench;
    struct error err = {0};
    return (measure_application(&err) && measure_other("SOAR", "soar.xml", &err) &&
            measure_other("WHO-VA", "who-va.xml", &err)) ||
           bench_fail("forms", &err);
}

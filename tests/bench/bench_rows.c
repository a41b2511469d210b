/* How cost grows with rows: a repeat with sums over it, and in each row a calculation, a condition,
 * and a constraint. One answer is changed in the middle row, by the processor time of this thread;
 * the baseline is libxml2 alone, summing as many rows once. */
#include "forms/answers.h"
#include "forms/finding.h"
#include "forms/parse.h"
#include "forms/validate.h"
#include "tests/application.h"
#include "tests/bench/bench.h"

#include <libxml/xpath.h>

#include <string.h>

enum { TIMES = 101 };

/* Each row also takes its part of the sum of all: one change then concerns every row. */
static const char *form_source(struct arena *arena, bool parts)
{
    return arena_printf(
        arena,
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1'><h:head><h:title>Rader"
        "</h:title><model><instance><data id='rader'><maks>1000</maks>"
        "<rad jr:template=''><antall/><pris/><sum/><hvorfor/><del/></rad><sum/><fylt/></data>"
        "</instance>"
        "<bind nodeset='/data/rad/antall' type='int' constraint='. &lt;= /data/maks'/>"
        "<bind nodeset='/data/rad/sum' type='decimal' calculate='../antall * ../pris'/>"
        "<bind nodeset='/data/rad/hvorfor' relevant='../antall &gt; 100' required='../antall &gt; "
        "200'/>%s"
        "<bind nodeset='/data/sum' type='decimal' calculate='sum(/data/rad/sum)'/>"
        "<bind nodeset='/data/fylt' calculate=\"count(/data/rad[antall != ''])\"/></model></h:head>"
        "<h:body><repeat nodeset='/data/rad' sk:max='5000'>"
        "<input ref='/data/rad/antall'><label>Antall</label></input>"
        "<input ref='/data/rad/pris'><label>Pris</label></input>"
        "<input ref='/data/rad/hvorfor'><label>Hvorfor</label></input>"
        "</repeat></h:body></h:html>",
        parts ? "<bind nodeset='/data/rad/del' calculate='../sum div /data/sum'/>" : "");
}

static bool add_rows(struct arena *arena, struct answers *answers, int rows, struct error *err)
{
    size_t count;
    const struct form_control *repeat = form_controls(answers_form(answers), &count)[0];
    while (repeat->kind != FORM_REPEAT)
        repeat = repeat->first_child;
    answers_begin(answers);
    for (int i = 1; i <= rows; i++) {
        struct place *row;
        if (!answers_add(answers, repeat, NULL, &row, err))
            return false;
        const struct form_field *antall = place_field(row)->first_child;
        if (!answers_set(answers, answers_at(answers, antall, row),
                         arena_printf(arena, "%d", i % 300), err) ||
            !answers_set(answers, answers_at(answers, antall->next, row), "12.50", err))
            return false;
    }
    answers_end(answers);
    return true;
}

static double sum_alone_us(struct bytes answers)
{
    xmlDoc *doc =
        xmlReadMemory((const char *)answers.data, (int)answers.size, "x", NULL, XML_PARSE_NONET);
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathCompExpr *sum = xmlXPathCompile((const xmlChar *)"sum(/data/rad/sum)");
    double us[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        double start = bench_thread_s();
        xmlXPathFreeObject(xmlXPathCompiledEval(sum, context));
        us[i] = (bench_thread_s() - start) * 1e6;
    }
    xmlXPathFreeCompExpr(sum);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    return bench_median(us, TIMES);
}

static const char *us_text(struct arena *arena, double us)
{
    return arena_printf(arena, us < 100 ? "%.1f us CPU" : "%.0f us CPU", us);
}

static bool measure(const struct form *form, int rows, const char *what, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(answers_close) struct answers *answers = answers_open(form, APPLICATION_NOW);
    if (!add_rows(arena, answers, rows, err))
        return false;
    struct place *middle =
        answers_find(answers, arena_printf(arena, "/data/rad[%d]/antall", rows > 1 ? rows / 2 : 1));
    double change_us[TIMES], validate_us[TIMES];
    int times = rows > 1000 ? TIMES / 5 : TIMES;
    for (int i = 0; i < times; i++) {
        struct finding_list findings;
        CLEANUP(arena_close) struct arena *own = arena_open();
        finding_list_init(&findings, own);
        double start = bench_thread_s();
        if (!answers_set(answers, middle, i % 2 ? "7" : "150", err))
            return false;
        change_us[i] = (bench_thread_s() - start) * 1e6;
        size_t pages;
        start = bench_thread_s();
        validate_page(answers, form_pages(form, &pages), "nb", &findings);
        validate_us[i] = (bench_thread_s() - start) * 1e6;
    }
    double change = bench_median(change_us, (size_t)times);
    double alone = sum_alone_us(answers_write(answers, arena, ANSWERS_DRAFT));
    bench_row(arena_printf(arena, "one answer changed in %d rows%s", rows, what),
              us_text(arena, change), arena_printf(arena, "%.1f us one sum()", alone),
              arena_printf(arena, "%.2f", change / alone));
    if (!*what)
        bench_row("  and validate all of them",
                  us_text(arena, bench_median(validate_us, (size_t)times)), "", "");
    return true;
}

bool bench_rows(const struct bench *bench)
{
    (void)bench;
    static const int counts[] = {10, 100, 500, 5000};
    struct error err = {0};
    for (int parts = 0; parts < 2; parts++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct finding_list findings;
        finding_list_init(&findings, arena);
        CLEANUP(form_close)
        struct form *form = parse_form(BYTES_OF(form_source(arena, parts)), "rader", &findings);
        if (!form)
            return error_set(&err, ERROR_INVALID, "the form of rows has mistakes: %s",
                             findings.count ? findings.items[0].text : "") ||
                   bench_fail("rows", &err);
        for (size_t i = 0; i < COUNT(counts); i++)
            if (!measure(form, counts[i], parts ? ", each a part of the sum" : "", &err))
                return bench_fail("rows", &err);
    }
    return true;
}

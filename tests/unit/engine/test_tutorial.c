/* forms/tutorial.md: what it lets people write is a form, and its steps are that form's. */
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/try_case.h"
#include "forms/lint.h"
#include "forms/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char tutorial[] = "forms/tutorial.md";

/* What stands between fences of that kind, in order. */
struct fences {
    struct arena *arena;
    const char *items[100];
    size_t count;
};

static struct fences fences_of(const char *kind)
{
    enum { MOST = 256 * 1024 };
    struct fences fences = {.arena = arena_open()};
    FILE *file = fopen(tutorial, "re");
    assert_non_null(file);
    char *text = arena_alloc(fences.arena, MOST);
    assert_true(fread(text, 1, MOST - 1, file) < MOST - 1);
    fclose(file);
    const char *opening = arena_printf(fences.arena, "\n```%s\n", kind);
    for (const char *at = text; (at = strstr(at, opening)) && fences.count < COUNT(fences.items);) {
        at += strlen(opening);
        const char *end = strstr(at, "```");
        assert_non_null(end);
        fences.items[fences.count++] = arena_text_of(
            fences.arena, (struct bytes){(const unsigned char *)at, (size_t)(end - at)});
        at = end;
    }
    assert_true(fences.count > 0);
    return fences;
}

static void print_findings(const struct finding_list *findings)
{
    struct buf out;
    buf_init(&out, findings->arena);
    for (size_t i = 0; i < findings->count; i++)
        finding_write(&findings->items[i], &out);
    print_error("%s", buf_text(&out));
}

static struct form *load(struct fences *fences, const char *source, struct finding_list *findings)
{
    finding_list_init(findings, fences->arena);
    return parse_form(BYTES_OF(source), "kulturskole/form.xml", findings);
}

static void the_first_form_loads(void **state)
{
    (void)state;
    struct fences fences = fences_of("xml");
    struct finding_list findings;
    struct form *form = load(&fences, fences.items[0], &findings);
    print_findings(&findings);
    assert_non_null(form);
    form_close(&form);
    arena_close(&fences.arena);
}

/* Lines but for how far in they stand. */
static void every_line_of_the_steps_is_in_the_whole_form(void **state)
{
    (void)state;
    struct fences fences = fences_of("xml");
    const char *whole = fences.items[fences.count - 1];
    for (size_t i = 1; i + 1 < fences.count; i++) {
        char *rest = arena_text(fences.arena, fences.items[i]);
        for (char *line; (line = strsep(&rest, "\n"));) {
            const char *trimmed = text_trim(fences.arena, line);
            if (!strstr(whole, trimmed))
                fail_msg("%s: the whole form has no %s", tutorial, trimmed);
        }
    }
    arena_close(&fences.arena);
}

static void lint_has_nothing_against_the_whole_form(void **state)
{
    (void)state;
    struct fences fences = fences_of("xml");
    const char *whole = fences.items[fences.count - 1];
    struct finding_list findings;
    struct form *form = load(&fences, whole, &findings);
    lint_form(form, BYTES_OF(whole), "kulturskole/form.xml", &findings);
    print_findings(&findings);
    assert_int_equal(findings.count, 0);
    form_close(&form);
    arena_close(&fences.arena);
}

static void its_cases_hold(void **state)
{
    (void)state;
    struct fences fences = fences_of("xml"), written = fences_of("case");
    struct finding_list findings;
    struct form *form = load(&fences, fences.items[fences.count - 1], &findings);
    assert_non_null(form);
    struct cases_file cases = {0};
    cases_parse(BYTES_OF(written.items[0]), "kulturskole/cases/soknad.case", form, fences.arena,
                &cases, &findings);
    print_findings(&findings);
    assert_int_equal(findings.count, 0);
    assert_int_equal(cases.case_count, 3);
    const struct frame_agency agency = {
        .name = "Fjordvik kommune", .number = "310245682", .address = "", .phone = "", .email = ""};
    for (size_t i = 0; i < cases.case_count; i++) {
        struct try_result result = {0};
        try_case(fences.arena, form, &agency, &cases, &cases.cases[i], &result);
        for (size_t k = 0; k < result.count; k++)
            print_error("%s: expected %s, got %s\n", cases.cases[i].title,
                        result.items[k].expected ? result.items[k].expected : "",
                        result.items[k].got ? result.items[k].got : result.items[k].why);
        assert_int_equal(result.count, 0);
    }
    form_close(&form);
    arena_close(&written.arena);
    arena_close(&fences.arena);
}

static int start(void **state)
{
    (void)state;
    xml_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_form_loads),
        cmocka_unit_test(every_line_of_the_steps_is_in_the_whole_form),
        cmocka_unit_test(lint_has_nothing_against_the_whole_form),
        cmocka_unit_test(its_cases_hold),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}

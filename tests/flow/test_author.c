/* What an author does with a form: new, lint, test, outline, render, each as people run it. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BROKEN_FORMS "tests/cases/broken_forms"

struct desk {
    struct arena *arena;
    char folder[512];
    const char *form; /* made by `new` */
    const char *said;
};

static int run(struct desk *desk, const char *const *words)
{
    return server_run(desk->arena, scene_program(), words, &desk->said);
}
#define RUN(desk, ...) run(desk, (const char *const[]){__VA_ARGS__, NULL})

static int sit_down(void **state)
{
    static struct desk desk;
    desk = (struct desk){.arena = arena_open()};
    server_make_folder(desk.folder, sizeof desk.folder);
    desk.form = arena_printf(desk.arena, "%s/min-soknad", desk.folder);
    *state = &desk;
    return 0;
}

static int stand_up(void **state)
{
    struct desk *desk = *state;
    server_remove_folder(desk->folder);
    arena_close(&desk->arena);
    return 0;
}

static void must_say(const struct desk *desk, const char *text)
{
    if (!strstr(desk->said, text))
        fail_msg("\"%s\" is not in:\n%s", text, desk->said);
}

static void a_new_form_is_clean_and_passes_its_cases(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(RUN(desk, "new", desk->form), 0);

    assert_int_equal(RUN(desk, "lint", desk->form), 0);
    assert_string_equal(desk->said, "");
    assert_int_equal(RUN(desk, "test", desk->form), 0);
    must_say(desk, " 0 failed");
    assert_int_equal(RUN(desk, "outline", desk->form), 0);
    must_say(desk, "Skjema: min-soknad, versjon 1");
    assert_int_equal(RUN(desk, "render", desk->form, "--today", "2026-11-23"), 0);
    must_say(desk, "Hva slags arrangement er det?");
}

static void new_writes_nothing_over_and_says_which_names_will_do(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(RUN(desk, "new", desk->form), 0);

    assert_int_equal(RUN(desk, "new", desk->form), 1);
    must_say(desk, "is there already, and is left as it is");
    assert_int_equal(RUN(desk, "new", "Søknad om støtte"), 2);
    must_say(desk, "because of \"S\": use small letters a-z, digits and -");
    assert_int_equal(RUN(desk, "new", "søknad"), 2);
    must_say(desk, "because of \"ø\"");
    assert_int_equal(RUN(desk, "new"), 2);
    assert_int_equal(RUN(desk, "new", arena_printf(desk->arena, "%s/no/such/form", desk->folder)),
                     1);
}

static void lint_ends_by_the_worst_it_found(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(RUN(desk, "lint", "examples"), 0);
    assert_int_equal(RUN(desk, "lint", "tests/cases/lint/instanser"), 2);
    assert_int_equal(RUN(desk, "lint", BROKEN_FORMS), 2);
    assert_int_equal(RUN(desk, "lint", "no/such/form"), 2);
    must_say(desk, "[package.file]");
    assert_int_equal(RUN(desk, "lint", "--no-such-word", "examples"), 64);
    assert_int_equal(RUN(desk, "lint", "--agency-kind", "state", "examples"), 0);
    assert_int_equal(RUN(desk, "lint", "--agency-kind", "private", "examples"), 64);
    assert_int_equal(RUN(desk, "lint", "examples/hello/", "examples/hello/form.xml"), 0);

    assert_int_equal(RUN(desk, "new", desk->form), 0);
    char *path = arena_printf(desk->arena, "%s/form.xml", desk->form);
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    char *content = arena_alloc(desk->arena, 32768);
    content[fread(content, 1, 32767, file)] = 0;
    char *at = strstr(content, "retention=\"P1Y\"");
    assert_non_null(at);
    memcpy(at, "               ", strlen("retention=\"P1Y\""));
    rewind(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(RUN(desk, "lint", desk->form), 1); /* a warning only */
    must_say(desk, arena_printf(desk->arena, "%s:", path));
    must_say(desk, "[retention.missing]");
}

static void lint_gives_editors_json(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(RUN(desk, "lint", "--json", BROKEN_FORMS), 2);

    json_error_t error;
    json_t *all = json_loads(desk->said, 0, &error);
    assert_true(json_is_array(all));
    assert_int_equal(json_array_size(all), 4);
    const char *file, *level, *rule, *text;
    int line, column;
    assert_int_equal(json_unpack(json_array_get(all, 2), "{s:s, s:i, s:i, s:s, s:s, s:s}", "file",
                                 &file, "line", &line, "column", &column, "level", &level, "rule",
                                 &rule, "text", &text),
                     0);
    assert_string_equal(file, BROKEN_FORMS "/ukjent-element/form.xml");
    assert_int_equal(line, 17);
    assert_int_equal(column, 5);
    assert_string_equal(level, "error");
    assert_string_equal(rule, "element.unknown");
    json_decref(all);

    assert_int_equal(RUN(desk, "lint", "--json", "examples"), 0);
    assert_string_equal(desk->said, "[]\n");
}

static void a_page_is_rendered_by_number_word_language_and_day(void **state)
{
    struct desk *desk = *state;
    const char *form = "examples/redusert-foreldrebetaling";

    assert_int_equal(RUN(desk, "render", form, "--page", "2", "--today", "2026-11-23"), 0);
    const char *by_number = desk->said;
    must_say(desk, "Husholdning og inntekt");
    assert_int_equal(RUN(desk, "render", form, "--page", "husholdning", "--today=2026-11-23"), 0);
    assert_string_equal(desk->said, by_number);
    assert_int_equal(RUN(desk, "render", form, "--page", "2", "--language", "nn"), 0);
    must_say(desk, "Hushald og inntekt");
    assert_int_equal(RUN(desk, "render", form, "--page", "receipt"), 0);
    assert_true(text_starts_with(desk->said, "%PDF-"));
    assert_int_equal(RUN(desk, "render", form, "--page", "9"), 1);
    must_say(desk, "it has: barnehage, husholdning, soker, dokumentasjon, receipt");
    assert_int_equal(RUN(desk, "render", form, "--today", "23.11.2026"), 2);
    assert_int_equal(RUN(desk, "render"), 2);
    assert_int_equal(RUN(desk, "render", BROKEN_FORMS "/uttrykk"), 1);
    must_say(desk, "skjema lint tells which");
}

static void answers_are_rendered_from_a_file(void **state)
{
    struct desk *desk = *state;
    char *path = arena_printf(desk->arena, "%s/answers.xml", desk->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("<data id=\"hello\" version=\"2026-1\"><navn>Kari</navn><melding>Hei</melding></data>",
          file);
    fclose(file);

    assert_int_equal(RUN(desk, "render", "examples/hello", "--answers", path), 0);

    must_say(desk, "value=\"Kari\"");
}

static void every_command_tells_its_own_words(void **state)
{
    struct desk *desk = *state;
    static const char *const commands[] = {"serve",   "new",    "lint",   "test",
                                           "outline", "render", "sandbox"};
    for (size_t i = 0; i < COUNT(commands); i++) {
        assert_int_equal(RUN(desk, commands[i], "--help"), 0);
        must_say(desk, arena_printf(desk->arena, "usage: skjema %s", commands[i]));
    }
    assert_int_equal(RUN(desk, "outline"), 2);
    must_say(desk, "skjema outline --help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_form_is_clean_and_passes_its_cases, sit_down,
                                        stand_up),
        cmocka_unit_test_setup_teardown(new_writes_nothing_over_and_says_which_names_will_do,
                                        sit_down, stand_up),
        cmocka_unit_test_setup_teardown(lint_ends_by_the_worst_it_found, sit_down, stand_up),
        cmocka_unit_test_setup_teardown(lint_gives_editors_json, sit_down, stand_up),
        cmocka_unit_test_setup_teardown(a_page_is_rendered_by_number_word_language_and_day,
                                        sit_down, stand_up),
        cmocka_unit_test_setup_teardown(answers_are_rendered_from_a_file, sit_down, stand_up),
        cmocka_unit_test_setup_teardown(every_command_tells_its_own_words, sit_down, stand_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

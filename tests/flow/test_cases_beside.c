/* The command `skjema test`, as a form author runs it: tests/cases/try holds a form with cases that
 * hold, cases that do not, and a file that is not understood. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LANE "tests/cases/try/lane"
#define GOLDEN "tests/golden/cases/try.txt"

/* What the command says and, in *status, its exit status. */
static char *run(struct arena *arena, const char *words, int *status)
{
    const char *command = arena_printf(arena, "%s test %s 2>&1", scene_program(), words);
    FILE *said = popen(command, "r");
    assert_non_null(said);
    struct buf out;
    buf_init(&out, arena);
    for (int c; (c = fgetc(said)) != EOF;)
        buf_add_byte(&out, (unsigned char)c);
    *status = WEXITSTATUS(pclose(said));
    return buf_text(&out);
}

static char *read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing: run with UPDATE_GOLDEN=1 and read it", path);
    struct buf out;
    buf_init(&out, arena);
    for (int c; (c = fgetc(file)) != EOF;)
        buf_add_byte(&out, (unsigned char)c);
    fclose(file);
    return buf_text(&out);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void what_does_not_hold_is_told_the_same_each_time(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    int status, again;
    const char *said = run(arena, "tests/cases/try", &status);
    const char *repeated = run(arena, "tests/cases/try/", &again);

    assert_string_equal(said, repeated);
    assert_int_equal(status, 1);
    assert_int_equal(again, 1);
    if (getenv("UPDATE_GOLDEN"))
        write_file(GOLDEN, said);
    assert_string_equal(said, read_file(arena, GOLDEN));
    arena_close(&arena);
}

/* A copy of a form with one file of cases, in FOLDER/lane; the folder goes when the test ends. */
static const char *copy_form(struct arena *arena, const char *folder, const char *form,
                             const char *text)
{
    const char *copy = arena_printf(arena, "mkdir -p %s/lane/cases && cp %s/form.xml %s/lane/",
                                    folder, form, folder);
    assert_int_equal(system(copy), 0);
    const char *path = arena_printf(arena, "%s/lane/cases/a.case", folder);
    write_file(path, text);
    return path;
}

static void update_writes_what_the_form_does_and_nothing_else(void **state)
{
    struct arena *arena = arena_open();
    const struct scene *scene = *state;
    const char *folder = scene->server.data;
    const char *path = copy_form(arena, folder, LANE,
                                 "# kept\r\ntoday 2026-03-01\r\n\r\ncase A\r\n"
                                 "\thva = telt\r\n\thidden: hva, kano\r\n"
                                 "\tvalue hva: kano\r\n\trows folk: 1\r\n\r\n"
                                 "\terrors kano:\r\n\t    bevis: Legg ved\r\n\tchoices hva:\r\n"
                                 "# kept\r\ncase B\r\n  errors hva:\r\n    fra: Skriv fra dag\r\n"
                                 "  shown: enig");
    int status;

    const char *said = run(arena, arena_printf(arena, "--update %s/lane", folder), &status);

    assert_int_equal(status, 0);
    assert_non_null(strstr(said, "renewed "));
    assert_string_equal(
        read_file(arena, path),
        "# kept\r\ntoday 2026-03-01\r\n\r\ncase A\r\n"
        "\thva = telt\r\n\thidden: kano\r\n\tshown: hva\r\n"
        "\tvalue hva: telt\r\n\trows folk: 1\r\n\r\n"
        "\terrors kano: none\r\n\tchoices hva:\r\n\t    telt: Et telt, med stenger\r\n"
        "\t    kano: En kano\r\n"
        "# kept\r\ncase B\r\n  errors hva:\r\n      hva: Velg minst ett alternativ: hva du vil "
        "låne\r\n"
        "      fra: Skriv fra dag med dag, måned og år\r\n"
        "      til: Skriv til dag med dag, måned og år\r\n      navn: Skriv navn\r\n"
        "  shown: enig");
    said = run(arena, arena_printf(arena, "%s/lane", folder), &status);
    assert_int_equal(status, 0);
    assert_true(text_ends_with(said, "2 passed, 0 failed\n"));
    arena_close(&arena);
}

static void a_form_with_errors_and_a_folder_without_cases_do_not_pass(void **state)
{
    struct arena *arena = arena_open();
    const struct scene *scene = *state;
    int status;
    const char *said = run(arena, "tests/cases/try/uten-case", &status);
    assert_string_equal(said, "no cases: tests/cases/try/uten-case/cases has no file named *.case\n"
                              "0 passed, 0 failed\n");
    assert_int_equal(status, 1);

    (void)copy_form(arena, scene->server.data, LANE, "case A\n");
    write_file(arena_printf(arena, "%s/lane/form.xml", scene->server.data), "<no/>");
    said = run(arena, scene->server.data, &status);
    assert_non_null(strstr(said, "the form has errors"));
    assert_int_equal(status, 1);

    said = run(arena, "tests/no-such-folder", &status);
    assert_non_null(strstr(said, "FAILED "));
    assert_int_equal(status, 1);
    arena_close(&arena);
}

static void the_example_of_the_readme_holds(void **state)
{
    struct arena *arena = arena_open();
    const struct scene *scene = *state;
    char *example = strstr(read_file(arena, "forms/README.md"), "```case\n");
    assert_non_null(example);
    example += strlen("```case\n");
    *strstr(example, "```") = '\0';
    (void)copy_form(arena, scene->server.data, "examples/redusert-foreldrebetaling", example);

    int status;
    const char *said = run(arena, scene->server.data, &status);

    if (status != 0)
        fail_msg("%s", said);
    assert_true(text_ends_with(said, "3 passed, 0 failed\n"));
    arena_close(&arena);
}

static void help_tells_the_whole_format(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    int status;
    const char *said = run(arena, "--help", &status);
    assert_int_equal(status, 0);
    static const char *const words[] = {
        "case",   "today", "language", "citizen", "tick",     "untick",    "add",       "remove",
        "attach", "later", "cannot",   "pages:",  "shown:",   "hidden:",   "required:", "optional:",
        "rows",   "value", "reads",    "choices", "error",    "errors",    "sent:",     "receipt:",
        "from",   "dated", "known",    "press",   "--update", "readonly:", "writable:"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (!strstr(said, words[i]))
            fail_msg("help does not tell of %s", words[i]);
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_hold_is_told_the_same_each_time),
        cmocka_unit_test_setup_teardown(update_writes_what_the_form_does_and_nothing_else,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_form_with_errors_and_a_folder_without_cases_do_not_pass,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(the_example_of_the_readme_holds, scene_set_up_folder,
                                        scene_tear_down),
        cmocka_unit_test(help_tells_the_whole_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

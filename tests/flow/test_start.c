/* Starting: forms with mistakes beside good ones, and what keeps the program from starting. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BROKEN_FORMS "tests/cases/broken_forms"

/* Where each mistake is, and what is said of it. */
static const char *const mistakes[] = {
    "manglende-tekst/form.xml:22:32: error: there is no text 'melding' in itext: add <text id=",
    "sirkel/form.xml:8:59: error: expressions depend on each other in a circle: ",
    "ukjent-element/form.xml:17:5: error: unknown element <inptu>",
    "uttrykk/form.xml:8:102: error: the expression ends where ')' is expected in: ",
};

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void lint_names_file_line_and_what_is_wrong(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *words[] = {"lint", BROKEN_FORMS, NULL};

    int status = server_run(arena, scene_program(), words, &said);

    assert_int_equal(status, 2);
    for (size_t i = 0; i < COUNT(mistakes); i++)
        if (!strstr(said, mistakes[i]))
            fail_msg("\"%s\" is not in:\n%s", mistakes[i], said);
    assert_null(strstr(said, "god/form.xml"));
}

static void lint_has_nothing_to_say_of_the_examples(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *words[] = {"lint", "examples", NULL};

    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);
    assert_null(strstr(said, "error:"));
}

static void serve_logs_the_mistakes_and_serves_the_others(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene->forms = BROKEN_FORMS;
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);

    scene_start_again(scene);

    struct browser *browser = scene->walk.browser;
    browser_visit(browser, arena_printf(arena, "%s/", scene->server.site));
    scene_must_see(browser, "Et skjema uten feil");
    scene_must_not_see(browser, "Et ukjent element");
    browser_visit(browser, "/skjema/god");
    assert_int_equal(browser_status(browser), 200);
    browser_visit(browser, "/skjema/sirkel");
    assert_int_equal(browser_status(browser), 404);
    FILE *log = fopen(scene->server.log, "re");
    assert_non_null(log);
    char text[16384] = {0};
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    fclose(log);
    for (size_t i = 0; i < COUNT(mistakes); i++)
        if (!strstr(text, mistakes[i]))
            fail_msg("\"%s\" is not in:\n%s", mistakes[i], text);
}

/* Without the lines about the key that a first start with --sandbox makes, and what it signs with.
 */
static const char *after_key(const char *said)
{
    static const char *const told[] = {" master_key_made ", " receipts_signed "};
    for (size_t i = 0; i < COUNT(told); i++) {
        const char *end = strchr(said, '\n'), *made = strstr(said, told[i]);
        if (end && made && made < end)
            said = end + 1;
    }
    return said;
}

/* Ends by itself with that status, after one line that says so. */
static void must_refuse(const char *const *words, int status, const char *sentence)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    assert_int_equal(server_run(arena, scene_program(), words, &said), status);
    said = after_key(said);
    if (!strstr(said, sentence) || count_lines(said) != 1)
        fail_msg("not one line with \"%s\" but:\n%s", sentence, said);
}

static void a_port_that_is_taken_is_told_in_one_line(void **state)
{
    struct scene *scene = *state;
    char other[512], port[8], sentence[64];
    scene_start_again(scene);
    server_make_folder(other, sizeof other);
    snprintf(port, sizeof port, "%s", strrchr(scene->server.site, ':') + 1);
    snprintf(sentence, sizeof sentence, "port %s on 127.0.0.1 is taken by another program", port);
    const char *words[] = {"serve",
                           "--sandbox",
                           "--data",
                           other,
                           "--listen_port",
                           port,
                           "--sandbox_api_port",
                           "0",
                           "--sandbox_mailbox_port",
                           "0",
                           NULL};

    must_refuse(words, 1, sentence);
    server_remove_folder(other);
}

static void a_data_folder_that_cannot_be_used_is_told_in_one_line(void **state)
{
    struct scene *scene = *state;
    char path[600];
    const char *words[] = {"serve",
                           "--sandbox",
                           "--listen_port",
                           "0",
                           "--sandbox_api_port",
                           "0",
                           "--sandbox_mailbox_port",
                           "0",
                           "--data",
                           scene->server.data,
                           NULL};

    assert_int_equal(chmod(scene->server.data, 0755), 0);
    must_refuse(words, 1, "is open to others than its owner: chmod 700");
    if (geteuid() != 0) { /* for root every folder can be written in */
        assert_int_equal(chmod(scene->server.data, 0500), 0);
        must_refuse(words, 1, "the folder cannot be written in");
    }
    assert_int_equal(chmod(scene->server.data, 0700), 0);
    snprintf(path, sizeof path, "%s/file", scene->server.data);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fclose(file);
    words[9] = path;
    must_refuse(words, 1, "there is a file where a folder must be");
    snprintf(path, sizeof path, "%s/no/such", scene->server.data);
    must_refuse(words, 1, "the folder cannot be made");
}

static void a_setting_that_is_unknown_or_out_of_range_is_told_in_one_line(void **state)
{
    (void)state;
    must_refuse((const char *const[]){"serve", "--colour", "red", NULL}, 2,
                "there is no setting named \"colour\"");
    must_refuse((const char *const[]){"serve", "--listen_port", "99999", NULL}, 2,
                "listen_port is \"99999\"");
    must_refuse((const char *const[]){"serve", "--data", NULL}, 2, "--data needs a value");
    must_refuse((const char *const[]){"serve", "--sandbox", "surplus", NULL}, 2,
                "what is \"surplus\"?");
    must_refuse((const char *const[]){"serve", "--sandbox", "--forms", "no/such/forms", NULL}, 1,
                "no/such/forms");
}

static void sec_2_the_sandbox_is_served_on_loopback_only(void **state)
{
    struct scene *scene = *state;
    const char *words[] = {
        "serve", "--sandbox", "--listen_address", "0.0.0.0", "--data", scene->server.data, NULL};

    must_refuse(words, 1, "with --sandbox the site listens on 127.0.0.1 or ::1 only");
}

static bool is_watched(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#endif
#endif
    return false;
}

static const char *read_about(struct arena *arena, const char *path)
{
    enum { MOST = 8192 };
    char *text = arena_alloc(arena, MOST);
    FILE *file = fopen(path, "re");
    text[file ? fread(text, 1, MOST - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    return text;
}

/* As the kernel tells of each. Under a sanitizer it is not confined, and says so. */
static void b_3_every_thread_of_a_running_site_is_confined(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    if (is_watched()) {
        assert_non_null(strstr(read_about(arena, scene->server.log), "not_confined"));
        return;
    }
    const char *path = arena_printf(arena, "/proc/%d/task", (int)scene->server.process);
    DIR *threads = opendir(path);
    assert_non_null(threads);
    int count = 0;
    for (const struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        if (*thread->d_name == '.')
            continue;
        const char *about =
            read_about(arena, arena_printf(arena, "%s/%s/status", path, thread->d_name));
        if (!*about) /* it has ended meanwhile */
            continue;
        assert_non_null(strstr(about, "NoNewPrivs:\t1\n"));
        assert_non_null(strstr(about, "Seccomp:\t2\n"));
        count++;
    }
    closedir(threads);
    assert_true(count > 4);
    assert_non_null(strstr(read_about(arena, scene->server.log), "confined calls=on"));
}

/* No part of its memory becomes a file (S-SEC-1). */
static void sec_1_a_running_site_leaves_no_core(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_start_again(scene);
    const char *limits =
        read_about(arena, arena_printf(arena, "/proc/%d/limits", (int)scene->server.process));
    const char *core = strstr(limits, "Max core file size");
    assert_non_null(core);
    assert_int_equal(strtol(core + strlen("Max core file size"), NULL, 10), 0);
}

static const char *key_of_sandbox(struct scene *scene, struct arena *arena)
{
    scene_start_again(scene);
    return read_about(arena, arena_printf(arena, "%s/sandbox/server.key.pem", scene->server.data));
}

/* Confined or not: each start would take seven times as long. */
static void a_sandbox_in_a_new_folder_has_the_keys_that_tests_used_before(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_non_null(getenv("SKJEMA_SPARE_KEYS"));
    void *other;
    scene_set_up_folder(&other);

    const char *key = key_of_sandbox(scene, arena), *again = key_of_sandbox(other, arena);

    assert_int_equal(scene_tear_down(&other), 0);
    assert_non_null(strstr(key, "PRIVATE KEY"));
    assert_string_equal(key, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lint_names_file_line_and_what_is_wrong),
        cmocka_unit_test(lint_has_nothing_to_say_of_the_examples),
        cmocka_unit_test_setup_teardown(serve_logs_the_mistakes_and_serves_the_others,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_told_in_one_line,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_data_folder_that_cannot_be_used_is_told_in_one_line,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test(a_setting_that_is_unknown_or_out_of_range_is_told_in_one_line),
        cmocka_unit_test_setup_teardown(sec_2_the_sandbox_is_served_on_loopback_only,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(b_3_every_thread_of_a_running_site_is_confined,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(sec_1_a_running_site_leaves_no_core, scene_set_up_folder,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_sandbox_in_a_new_folder_has_the_keys_that_tests_used_before, scene_set_up_folder,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A backup made while people send, put back in a new folder: it opens, and nobody gets a letter
 * twice, at a postbox that takes the same message as often as it comes. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *run(struct arena *arena, int status, const char *const *words)
{
    const char *said;
    int ended = server_run(arena, scene_program(), words, &said);
    if (ended != status)
        fail_msg("%s ended with %d: %s", words[0], ended, said);
    return said;
}

/* Copies a file of a folder into another; both by name. */
static void copy_file(struct arena *arena, const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    char *bytes = arena_alloc(arena, 1 << 20);
    for (size_t size; (size = fread(bytes, 1, 1 << 20, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* As somebody does who has read the README: the database in place of the one that was. */
static void put_back(struct arena *arena, const struct scene *scene, const char *backup)
{
    static const char *const gone[] = {"skjema.db", "skjema.db-wal", "skjema.db-shm"};
    for (size_t i = 0; i < COUNT(gone); i++)
        unlink(arena_printf(arena, "%s/%s", scene->server.data, gone[i]));
    char *to = arena_printf(arena, "%s/skjema.db", scene->server.data);
    copy_file(arena, arena_printf(arena, "%s/skjema.db", backup), to);
    assert_int_equal(chmod(to, 0600), 0);
}

static void d_15_what_went_out_after_a_backup_is_not_sent_again_when_it_is_put_back(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *backup = arena_printf(arena, "%s/backup", scene->server.data);
    CLEANUP(browser_close) struct browser *control = scene_browser();
    char url[256];
    snprintf(url, sizeof url, "%s/control/dedupe", scene->server.postbox);
    browser_send(control, "POST", url, NULL, "application/x-www-form-urlencoded",
                 BYTES_OF("value=no"));
    assert_int_equal(browser_status(control), 200);

    scene_fault(scene, "gateway", NULL, 1000); /* the letter waits while the backup is made */
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *make[] = {"backup", backup, "--data", scene->server.data, NULL};
    run(arena, 0, make);
    run(arena, 1, make); /* nothing is written over */
    scene_fault(scene, "none", NULL, 0);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 60);
    const char *check[] = {"restore-check",    backup, "--sandbox", "--data",
                           scene->server.data, NULL};
    const char *said = run(arena, 0, check);
    assert_non_null(strstr(said, "1 were under way"));
    assert_non_null(strstr(said, "it can be put back"));

    assert_int_equal(server_stop(&scene->server), 0);
    put_back(arena, scene, backup);
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    walk_wait_for(&scene->walk, "Levert i postkassen", 60);

    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 1);
    char log[4096] = "";
    FILE *file = fopen(scene->server.log, "r");
    assert_non_null(file);
    assert_true(fread(log, 1, sizeof log - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(log, "backup_put_back letters_to_ask_about=1"));
}

static void d_15_a_backup_that_was_changed_or_lacks_its_keys_is_told_of(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *backup = arena_printf(arena, "%s/backup", scene->server.data);
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *make[] = {"backup", backup, "--data", scene->server.data, NULL};
    run(arena, 0, make);

    char *empty = arena_printf(arena, "%s/no-keys", scene->server.data);
    const char *keyless[] = {"restore-check", backup,   "--sandbox",        "--keys",
                             empty,           "--data", scene->server.data, NULL};
    run(arena, 1, keyless);

    char *file = arena_printf(arena, "%s/skjema.db", backup);
    FILE *pages = fopen(file, "r+b");
    assert_non_null(pages);
    assert_int_equal(fseek(pages, 5 * 4096 + 8, SEEK_SET), 0);
    for (int i = 0; i < 64; i++)
        fputc(0xA5, pages);
    fclose(pages);
    const char *check[] = {"restore-check",    backup, "--sandbox", "--data",
                           scene->server.data, NULL};
    run(arena, 1, check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            d_15_what_went_out_after_a_backup_is_not_sent_again_when_it_is_put_back, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(d_15_a_backup_that_was_changed_or_lacks_its_keys_is_told_of,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Master keys as an operator meets them: `skjema keys` while the site runs, starts that are refused
 * with one clear line, and a backup that is put back. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_S = 30 };

static const char *in_data(const struct scene *scene, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", scene->server.data, name);
}

static struct bytes read_file(struct arena *arena, const char *path)
{
    struct buf buf;
    unsigned char piece[16384];
    buf_init(&buf, arena);
    FILE *file = fopen(path, "re");
    for (size_t size; file && (size = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(&buf, (struct bytes){piece, size});
    if (file)
        fclose(file);
    buf_text(&buf);
    return buf_bytes(&buf);
}

static void write_file(const char *path, struct bytes bytes)
{
    unlink(path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The only key of the folder, without ".key"; fails when there are more. */
static const char *only_key(const struct scene *scene, struct arena *arena)
{
    const char *id = NULL;
    DIR *folder = opendir(in_data(scene, arena, "keys"));
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (text_ends_with(entry->d_name, ".key")) {
            assert_null(id);
            id = arena_printf(arena, "%.16s", entry->d_name);
        }
    closedir(folder);
    assert_non_null(id);
    return id;
}

static const char *path_of(const struct scene *scene, struct arena *arena, const char *id)
{
    return in_data(scene, arena, arena_printf(arena, "keys/%s.key", id));
}

/* `skjema keys` with one or two words, as for the sandbox; what it said. */
static const char *keys(struct scene *scene, struct arena *arena, int status, const char *act,
                        const char *id)
{
    const char *said;
    const char *words[] = {"keys", "--sandbox", "--data", scene->server.data, act, id, NULL};
    int ended = server_run(arena, scene_program(), words, &said);
    if (ended != status)
        fail_msg("`skjema keys %s %s` ended with %d: %s", act, id ? id : "", ended, said);
    return said;
}

static void must_say(const char *said, const char *text)
{
    if (!strstr(said, text))
        fail_msg("\"%s\" is not in:\n%s", text, said);
}

/* Keys while the site runs ------------------------------------------------------------------ */

static void log_in_new(struct scene *scene, const char *name)
{
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = browser;
    walk_log_in(&walk, name);
}

static void must_have_draft(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    browser_visit(browser, "/min-side");
    browser_press(browser, "Fortsett");
    if (browser_has_button(browser, "Send søknaden"))
        browser_press(browser, "Forrige steg");
    scene_must_see(browser, "Lyset ved skolen er borte.");
}

static void key_5_a_master_key_is_changed_while_the_site_runs(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *old = only_key(scene, arena);
    scene_fill_hello(scene, "Ingrid Fjeld");
    must_say(keys(scene, arena, 0, "check", NULL), "  active\nall 4 keys open\n");
    must_say(keys(scene, arena, 1, "remove", old),
             arena_printf(arena, "%s is the active one", old));

    const char *said = keys(scene, arena, 0, "create", NULL);
    must_say(said, "made master key ");
    const char *anew = arena_printf(arena, "%.16s", strstr(said, "made master key ") + 16);
    said = keys(scene, arena, 0, "check", NULL);
    must_say(said, arena_printf(arena, "%s  made ", old));
    must_say(said, "wraps 3 keys  for the sandbox  rotate\n");
    must_say(said, "wraps 0 keys  for the sandbox  active\n");
    must_say(keys(scene, arena, 1, "remove", old),
             arena_printf(arena, "%s still wraps 3 keys: `skjema keys rotate` first", old));
    log_in_new(scene, "Jonas Lie Berg"); /* under the new one already */
    must_have_draft(scene);

    must_say(keys(scene, arena, 0, "rotate", NULL),
             arena_printf(arena, "3 keys were wrapped anew; all are under %s\n", anew));
    must_have_draft(scene);
    must_say(keys(scene, arena, 0, "check", NULL), "  may be removed\n");
    must_say(keys(scene, arena, 0, "remove", old), arena_printf(arena, "removed %s", old));
    log_in_new(scene, "Oddny Hauge");
    must_have_draft(scene);
    assert_string_equal(only_key(scene, arena), anew);

    server_kill(&scene->server);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    must_have_draft(scene);
    must_say(keys(scene, arena, 0, "check", NULL), "  active\nall 6 keys open\n");
}

static void keys_that_are_said_wrong_are_told_so(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    must_say(keys(scene, arena, 2, "destroy", NULL), "say create, rotate, check or remove ID");
    must_say(keys(scene, arena, 2, "remove", NULL), "say create, rotate, check or remove ID");
    must_say(keys(scene, arena, 2, "check", "all"), "say create, rotate, check or remove ID");
    keys(scene, arena, 0, "create", NULL);
    must_say(keys(scene, arena, 1, "remove", "../../skjema"), "there is no master key");
    must_say(keys(scene, arena, 1, "remove", "0123456789abcdef"), "there is no master key");
}

/* Starting ---------------------------------------------------------------------------------- */

static void sec_2_development_makes_its_own_key_on_first_start_and_says_so(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct stat about;
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);

    const char *key = only_key(scene, arena);
    const char *log = (const char *)read_file(arena, scene->server.log).data;
    must_say(log, arena_printf(arena, " warning master_key_made id=%s for=sandbox folder=", key));
    assert_int_equal(stat(path_of(scene, arena, key), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(in_data(scene, arena, "keys"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    const char *secret =
        strstr((const char *)read_file(arena, path_of(scene, arena, key)).data, "secret ");
    assert_null(strstr(log, arena_printf(arena, "%.64s", secret + strlen("secret "))));

    assert_int_equal(server_stop(&scene->server), 0);
    scene_start_again(scene); /* with the same, and without a word */
    assert_string_equal(only_key(scene, arena), key);
    log = (const char *)read_file(arena, scene->server.log).data;
    assert_null(strstr(strstr(log, "master_key_made") + 1, "master_key_made"));
}

/* Under AddressSanitizer the memory stays open to its leak checker (main.c). */
#ifdef __SANITIZE_ADDRESS__
#define OPEN_TO_CHECKER true
#else
#define OPEN_TO_CHECKER false
#endif

/* Keys are in it. Root may look into any process, so others' right is asked for by the owner that
 * the system gives the process's files: root's, when it is not to be looked into. */
static void sec_1_the_process_leaves_no_core_and_is_not_looked_into(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *process = arena_printf(arena, "/proc/%d", (int)scene->server.process);
    const char *limits =
        (const char *)read_file(arena, arena_printf(arena, "%s/limits", process)).data;
    const char *core = strstr(limits, "Max core file size");
    assert_non_null(core);
    core += strlen("Max core file size");
    assert_memory_equal(core + strspn(core, " "), "0 ", 2);

    if (geteuid() == 0 || OPEN_TO_CHECKER)
        return;
    struct stat about;
    assert_int_equal(stat(arena_printf(arena, "%s/mem", process), &about), 0);
    assert_int_equal(about.st_uid, 0);
    assert_null(fopen(arena_printf(arena, "%s/mem", process), "re"));
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* In production, with letters into a folder; ends by itself with one line that says so. */
static void must_refuse(struct scene *scene, bool sandbox, const char *sentence)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *words[] = {"serve",
                           "--config",
                           "tests/cases/agency.conf",
                           "--channels",
                           "folder",
                           "--listen_port",
                           "0",
                           "--data",
                           scene->server.data,
                           "--sandbox_api_port",
                           "0",
                           "--sandbox_mailbox_port",
                           "0",
                           sandbox ? "--sandbox" : NULL,
                           NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 1);
    if (!strstr(said, sentence) || count_lines(said) != 1)
        fail_msg("not one line with \"%s\" but:\n%s", sentence, said);
}

static void sec_1_a_start_without_the_right_master_key_is_refused_in_one_line(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    must_refuse(scene, false, "keys: there is no master key: `skjema keys create` makes one");

    scene_start_again(scene);
    assert_int_equal(server_stop(&scene->server), 0);
    const char *key = only_key(scene, arena), *path = path_of(scene, arena, key);
    const struct bytes good = read_file(arena, path);
    must_refuse(scene, false, ".key: was made for the sandbox: it protects nobody");

    assert_int_equal(chmod(path, 0644), 0);
    must_refuse(scene, true, ".key: others may read this key: its mode must be 0600");

    write_file(path, BYTES_OF("skjema master key 1\nid 1234\n"));
    must_refuse(scene, true, ".key: is not a master key as `skjema keys create` makes it");

    unlink(path); /* and another one in its place */
    keys(scene, arena, 0, "create", NULL);
    must_refuse(scene, true,
                arena_printf(arena, "wrapped under master key %s, which is not among", key));
    must_say(keys(scene, arena, 1, "check", NULL),
             arena_printf(arena, "wrapped under master key %s, which is not among", key));

    const char *other = only_key(scene, arena); /* whose name says what it is not */
    const char *text = (const char *)read_file(arena, path_of(scene, arena, other)).data;
    const char *secret = strstr(text, "secret ");
    const char *made = strstr((const char *)good.data, "secret ");
    unlink(path_of(scene, arena, other));
    write_file(path, BYTES_OF(arena_printf(arena, "%.*s%s", (int)(made - (const char *)good.data),
                                           (const char *)good.data, secret)));
    must_refuse(scene, true, "is not what was wrapped for it");

    write_file(path, good);
    scene_start_again(scene);
}

/* A backup put back --------------------------------------------------------------------------- */

static void wait_for_ledger(const struct scene *scene, struct arena *arena)
{
    int64_t until = clock_monotonic_ms() + (int64_t)WAIT_S * 1000;
    while (!read_file(arena, in_data(scene, arena, "deletions")).size) {
        assert_true(clock_monotonic_ms() < until);
        nanosleep(&(struct timespec){.tv_nsec = 50000000L}, NULL);
    }
}

static void key_6_what_was_discarded_does_not_come_back_with_a_backup(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *database = in_data(scene, arena, "skjema.db");
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    scene_fill_hello(scene, "Ingrid Fjeld");
    assert_int_equal(server_stop(&scene->server), 0);
    const struct bytes backup = read_file(arena, database);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    must_have_draft(scene);

    browser_visit(scene->walk.browser, "/min-side");
    browser_press(scene->walk.browser, "Slett");
    browser_press(scene->walk.browser, "Slett utkastet");
    wait_for_ledger(scene, arena); /* at once, not within the hour */
    server_kill(&scene->server);
    write_file(database, backup);
    unlink(in_data(scene, arena, "skjema.db-wal"));
    unlink(in_data(scene, arena, "skjema.db-shm"));
    scene_start_again(scene);

    must_say((const char *)read_file(arena, scene->server.log).data,
             " warning deleted_again count=1");
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(scene->walk.browser, "/min-side");
    scene_must_not_see(scene->walk.browser, "Fortsett");

    assert_int_equal(server_stop(&scene->server), 0);
    unlink(in_data(scene, arena, "deletions"));
    must_refuse(scene, true, "deletions: the ledger of deletions is shorter than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(key_5_a_master_key_is_changed_while_the_site_runs,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(keys_that_are_said_wrong_are_told_so, scene_set_up_folder,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            sec_2_development_makes_its_own_key_on_first_start_and_says_so, scene_set_up_folder,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(sec_1_the_process_leaves_no_core_and_is_not_looked_into,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            sec_1_a_start_without_the_right_master_key_is_refused_in_one_line, scene_set_up_folder,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(key_6_what_was_discarded_does_not_come_back_with_a_backup,
                                        scene_set_up_folder, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

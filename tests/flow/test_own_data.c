/* test_own_data.c - everything that is held about a person, as a file that others' programs open;
 * deleting what may be deleted; and the places where the person is logged in. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"
#include "storage/drafts.h"
#include "storage/sessions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void visit(struct scene *scene, struct browser *browser, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, arena_printf(arena, "%s%s", scene->server.site, path));
}

static struct bytes copy(struct arena *arena, const struct browser *browser)
{
    return arena_bytes(arena, browser_content(browser));
}

static void write_file(const char *path, struct bytes bytes)
{
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

/* A command of others' tools in the folder where the zip was opened; it must end well. */
static void must(struct scene *scene, struct arena *arena, const char *command)
{
    const char *whole = arena_printf(arena, "cd '%s/hjem' && %s >&2", scene->server.data, command);
    if (system(whole) != 0)
        fail_msg("%s", whole);
}

/* Downloads it and opens it into data/hjem. */
static struct bytes take_home(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    visit(scene, browser, "/min-side/data");
    browser_press(browser, "Last ned alt");
    assert_int_equal(browser_status(browser), 200);
    assert_string_equal(browser_header(browser, "Content-Type"), "application/zip");
    assert_non_null(strstr(browser_header(browser, "Content-Disposition"), "mine-data-"));
    assert_null(browser_header(browser, "Accept-Ranges"));
    struct bytes zip = copy(arena, browser);
    const char *folder = arena_printf(arena, "%s/hjem", scene->server.data);
    assert_int_equal(system(arena_printf(arena, "mkdir -p '%s'", folder)), 0);
    write_file(arena_printf(arena, "%s/alt.zip", folder), zip);
    must(scene, arena, "unzip -tq alt.zip && unzip -oq alt.zip");
    return zip;
}

/* Each file that is named is there, and no other; documents are what their digests say. By Python's
 * own reader of zips. */
static const char check[] =
    "import hashlib, zipfile, xml.etree.ElementTree as tree\n"
    "zip = zipfile.ZipFile('alt.zip')\n"
    "list = tree.fromstring(zip.read('own-data.xml'))\n"
    "named = [e.get(k) for e in list.iter() for k in ('file', 'answers', 'receipt') if e.get(k)]\n"
    "there = [n for n in zip.namelist() if '/' in n]\n"
    "assert sorted(named) == sorted(there), (named, there)\n"
    "for e in list.iter():\n"
    "    if e.get('sha256'):\n"
    "        assert hashlib.sha256(zip.read(e.get('file'))).hexdigest() == e.get('sha256')\n";

static void all_that_is_held_is_taken_home_and_is_as_its_schema_says(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_review(&scene->walk); /* with two documents from the postbox */
    walk_send(&scene->walk);
    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);
    scene_fill_hello(scene, "Ingrid Fjeld"); /* and a draft */
    take_home(scene, arena);

    must(scene, arena, "xmllint --noout --nonet --schema own-data.xsd own-data.xml");
    must(scene, arena, "xmllint --noout utkast/01/svar.xml soknader/*/soknad.xml");
    must(scene, arena, "test -s les-meg.txt && test $(ls soknader/*/vedlegg | wc -l) = 2");
    must(scene, arena, "grep -q 'number=\"02878520281\"' own-data.xml");
    must(scene, arena, "grep -q 'action=\"submitted\"' own-data.xml");
    setenv("CHECK", check, 1);
    must(scene, arena, "python3 -c \"$CHECK\"");
    write_file(arena_printf(arena, "%s/hjem/kvittering.pdf", scene->server.data), receipt);
    must(scene, arena, "cmp kvittering.pdf soknader/*/kvittering.pdf");

    visit(scene, browser, "/min-side/innsynslogg");
    scene_must_see(browser, "Alt som er lagret om deg, ble lastet ned");
}

static void nobody_takes_another_home(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    struct walk second = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    visit(scene, second.browser, "/min-side");
    walk_log_in(&second, "Oddny Hauge");
    struct browser *ingrids = scene->walk.browser;
    scene->walk.browser = second.browser;
    take_home(scene, arena);
    must(scene, arena, "grep -q 'Oddny Hauge' own-data.xml");
    must(scene, arena, "! grep -rq 'Ingrid' own-data.xml && test ! -e utkast");
    scene->walk.browser = ingrids;
    browser_close(&second.browser);
}

static void all_drafts_are_deleted_at_once_and_what_was_sent_stays(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    scene_fill_hello(scene, "Ingrid Fjeld");
    visit(scene, browser, "/min-side/data");
    browser_press(browser, "Slett utkastene mine");
    scene_must_see(browser, "1 utkast blir slettet");
    browser_press(browser, "Behold utkastene");
    browser_press(browser, "Slett utkastene mine");
    browser_press(browser, "Slett alle utkastene");
    scene_must_see(browser, "Utkastene er slettet");
    scene_must_see(browser, "Du har ingen utkast å slette nå");
    take_home(scene, arena);
    must(scene, arena, "test ! -e utkast && ls soknader/*/soknad.xml");
    must(scene, arena, "grep -q 'action=\"draft_deleted\"' own-data.xml");
}

static int set_up_for_many(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->more[0] = "--drafts_an_hour=1000";
    scene->more[1] = "--logins_a_minute=1000";
    scene_start_again(scene);
    return 0;
}

/* More than any page lists. */
static void drafts_are_taken_home_and_deleted_however_many(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    const char *start = arena_printf(arena, "%s/skjema/hello/start", scene->server.site);
    const char *body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf"));
    for (int i = 0; i < DRAFTS_LIST_MAX; i++) {
        browser_send(browser, "POST", start, NULL, "application/x-www-form-urlencoded",
                     BYTES_OF(body));
        assert_int_equal(browser_status(browser), 303);
    }
    take_home(scene, arena);
    must(scene, arena, "test $(ls utkast | wc -l) = 101");
    visit(scene, browser, "/min-side/data");
    browser_press(browser, "Slett utkastene mine");
    scene_must_see(browser, "101 utkast blir slettet");
    browser_press(browser, "Slett alle utkastene");
    scene_must_see(browser, "Du har ingen utkast å slette nå");
}

static void log_in_elsewhere(struct scene *scene)
{
    struct walk other = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    visit(scene, other.browser, "/min-side");
    walk_log_in(&other, "Ingrid Fjeld");
    browser_close(&other.browser);
}

static void ses_5_all_other_logins_are_ended_however_many(void **state)
{
    struct scene *scene = *state;
    struct browser *here = scene->walk.browser;
    visit(scene, here, "/min-side");
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    for (int i = 0; i < SESSIONS_SHOWN; i++)
        log_in_elsewhere(scene);
    visit(scene, here, "/min-side/innlogginger");
    browser_press(here, "Logg ut alle andre");
    scene_must_see(here, "Denne innloggingen");
    assert_false(browser_has_button(here, "Logg ut alle andre"));
}

static void ses_5_a_citizen_sees_and_ends_their_own_logins(void **state)
{
    struct scene *scene = *state;
    struct browser *here = scene->walk.browser;
    struct walk phone = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    visit(scene, here, "/min-side");
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    visit(scene, phone.browser, "/min-side");
    walk_log_in(&phone, "Ingrid Fjeld");

    visit(scene, here, "/min-side/innlogginger");
    scene_must_see(here, "Denne innloggingen");
    browser_press(here, "Logg ut alle andre");
    scene_must_see(here, "Innloggingen er avsluttet");
    assert_false(browser_has_button(here, "Logg ut alle andre"));
    visit(scene, phone.browser, "/min-side/data"); /* asked to log in again */
    scene_must_not_see(phone.browser, "Dette har vi om deg");
    visit(scene, here, "/min-side/data");
    scene_must_see(here, "Dette har vi om deg");
    browser_close(&phone.browser);
}

#define AT_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_SCENE(all_that_is_held_is_taken_home_and_is_as_its_schema_says),
        AT_SCENE(nobody_takes_another_home),
        AT_SCENE(all_drafts_are_deleted_at_once_and_what_was_sent_stays),
        cmocka_unit_test_setup_teardown(drafts_are_taken_home_and_deleted_however_many,
                                        set_up_for_many, scene_tear_down),
        cmocka_unit_test_setup_teardown(ses_5_all_other_logins_are_ended_however_many,
                                        set_up_for_many, scene_tear_down),
        AT_SCENE(ses_5_a_citizen_sees_and_ends_their_own_logins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

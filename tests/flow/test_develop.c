/* serve --develop: a form is changed, broken and mended while somebody fills it in; and without it,
 * when the site is told to read its forms again (SIGHUP). */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

static const char *const developing[] = {"--develop", NULL};

/* A new form in a folder of its own, served from there. */
static void start(struct scene *scene, const char *const *more)
{
    static char forms[600];
    snprintf(forms, sizeof forms, "%s/forms", scene->server.data);
    assert_int_equal(mkdir(forms, 0700), 0);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *words[] = {"new", arena_printf(arena, "%s/min-soknad", forms), NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);

    scene->forms = forms;
    assert_true(server_start(&scene->server, scene_program(), forms, more));
    scene->walk = (struct walk){.server = &scene->server, .browser = scene_browser()};
}

/* The first `before` in form.xml becomes `after`, as an editor saves it. */
static void change(struct scene *scene, const char *before, const char *after)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *path = arena_printf(arena, "%s/min-soknad/form.xml", scene->forms);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *content = arena_alloc(arena, 16384);
    content[fread(content, 1, 16383, file)] = 0;
    fclose(file);
    struct buf out;
    buf_init(&out, arena);
    const char *at = strstr(content, before);
    assert_non_null(at);
    buf_add(&out, (struct bytes){(const unsigned char *)content, (size_t)(at - content)});
    buf_add_text(&out, after);
    buf_add_text(&out, at + strlen(before));
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(buf_text(&out), file);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void visit(struct scene *scene, const char *path)
{
    char url[300];
    snprintf(url, sizeof url, "%s%s", scene->server.site, path);
    browser_visit(scene->walk.browser, url);
}

static void a_form_that_is_changed_is_seen_at_the_next_request(void **state)
{
    struct scene *scene = *state;
    start(scene, developing);
    struct browser *browser = scene->walk.browser;
    visit(scene, "/skjema/min-soknad");
    scene_must_see(browser, "Søknad om støtte til arrangement");

    change(scene, "Søknad om støtte til arrangement", "Støtte til arrangement i gata");

    visit(scene, "/skjema/min-soknad");
    scene_must_see(browser, "Støtte til arrangement i gata");
    visit(scene, "/");
    scene_must_see(browser, "Støtte til arrangement i gata");
}

static void a_broken_form_shows_its_mistakes_until_it_is_mended(void **state)
{
    struct scene *scene = *state;
    start(scene, developing);
    struct browser *browser = scene->walk.browser;
    visit(scene, "/skjema/min-soknad");

    change(scene, "type=\"int\" required=\"true()\"", "type=\"int\" required=\"ture()\"");

    visit(scene, "/skjema/min-soknad");
    assert_int_equal(browser_status(browser), 503);
    scene_must_see(browser, "min-soknad/form.xml:81:72: error: there is no function 'ture', did "
                            "you mean 'true'");
    const char *content = (const char *)browser_content(browser).data;
    const char *line = strstr(content, "nodeset=&quot;/data/arrangement/deltakere");
    assert_non_null(line); /* cut: 60 characters before the caret */
    assert_non_null(
        strstr(line, "\n                                                            ^"));

    change(scene, "required=\"ture()\"", "required=\"true()\"");

    visit(scene, "/skjema/min-soknad");
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Søknad om støtte til arrangement");
}

static void a_draft_goes_on_in_the_version_it_began_with(void **state)
{
    struct scene *scene = *state;
    start(scene, developing);
    struct browser *browser = scene->walk.browser;
    visit(scene, "/skjema/min-soknad");
    browser_press(browser, "Logg inn og start");
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(browser, browser_address(browser));
    if (browser_has_button(browser, "Start søknaden"))
        browser_press(browser, "Start søknaden");
    scene_must_see(browser, "Antall deltakere");
    char draft[300];
    snprintf(draft, sizeof draft, "%s", browser_address(browser));

    change(scene, "<text id=\"deltakere\"><value>Antall deltakere",
           "<text id=\"deltakere\"><value>Hvor mange kommer?");
    browser_visit(browser, draft);

    scene_must_see(browser, "Antall deltakere");
    scene_must_not_see(browser, "Hvor mange kommer?");
    visit(scene, "/skjema/min-soknad");
    assert_int_equal(browser_status(browser), 200);
}

static void without_develop_nothing_changes_under_peoples_hands(void **state)
{
    struct scene *scene = *state;
    start(scene, NULL);
    visit(scene, "/skjema/min-soknad");

    change(scene, "Søknad om støtte til arrangement", "Støtte til arrangement i gata");

    visit(scene, "/skjema/min-soknad");
    scene_must_see(scene->walk.browser, "Søknad om støtte til arrangement");
}

/* Tells it to read its forms again, and waits until the log says that it has, so many times since
 * it was started. What it logged. */
static const char *tell_to_reload(struct scene *scene, struct arena *arena, int times)
{
    enum { MOST = 65536, TRIES = 20000 };
    char *log = arena_alloc(arena, MOST);
    assert_int_equal(kill(scene->server.process, SIGHUP), 0);
    for (int i = 0; i < TRIES; i++) {
        FILE *file = fopen(scene->server.log, "re");
        log[file ? fread(log, 1, MOST - 1, file) : 0] = '\0';
        if (file)
            fclose(file);
        int told = 0;
        for (const char *at = log; (at = strstr(at, "issuers_")); at++)
            told++;
        if (told == times)
            return log;
        nanosleep(&(struct timespec){.tv_nsec = 1000000L}, NULL);
    }
    fail_msg("not read again:\n%s", log);
    return log;
}

static void forms_are_read_again_when_it_is_told_and_drafts_stay_where_they_began(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    start(scene, NULL);
    struct browser *browser = scene->walk.browser;
    visit(scene, "/skjema/min-soknad");
    browser_press(browser, "Logg inn og start");
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(browser, browser_address(browser));
    if (browser_has_button(browser, "Start søknaden"))
        browser_press(browser, "Start søknaden");
    scene_must_see(browser, "Antall deltakere");
    const char *draft = arena_text(arena, browser_address(browser));
    change(scene, "Søknad om støtte til arrangement", "Støtte til arrangement i gata");
    change(scene, "<text id=\"deltakere\"><value>Antall deltakere",
           "<text id=\"deltakere\"><value>Hvor mange kommer?");

    const char *log = tell_to_reload(scene, arena, 1);

    assert_non_null(strstr(log, "forms_reloaded changed=1 added=0 gone=0 broken=0"));
    visit(scene, "/skjema/min-soknad");
    scene_must_see(browser, "Støtte til arrangement i gata");
    browser_visit(browser, draft);
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Antall deltakere");
    scene_must_not_see(browser, "Hvor mange kommer?");
}

static void a_form_that_is_broken_when_it_is_read_again_leaves_the_one_before(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    start(scene, NULL);
    const char *said, *words[] = {"new", arena_printf(arena, "%s/en-til", scene->forms), NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);
    change(scene, "<h:title", "<h:tittel");

    const char *log = tell_to_reload(scene, arena, 1);

    assert_non_null(strstr(log, "forms_reloaded changed=0 added=1 gone=0 broken=1"));
    assert_non_null(strstr(log, "min-soknad/form.xml:"));
    visit(scene, "/skjema/min-soknad");
    assert_int_equal(browser_status(scene->walk.browser), 200);
    visit(scene, "/skjema/en-til");
    assert_int_equal(browser_status(scene->walk.browser), 200);
    log = tell_to_reload(scene, arena, 2);
    assert_non_null(strstr(log, "forms_reloaded changed=0 added=0 gone=0 broken=0"));
    change(scene, "<h:tittel", "<h:title");
    server_remove_folder(arena_printf(arena, "%s/en-til", scene->forms));
    log = tell_to_reload(scene, arena, 3);
    assert_non_null(strstr(log, "forms_reloaded changed=1 added=0 gone=1 broken=0"));
    visit(scene, "/skjema/en-til");
    assert_int_equal(browser_status(scene->walk.browser), 404);
    assert_int_equal(server_stop(&scene->server), 0);
}

static void issuers_with_a_mistake_leave_those_before(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *path = arena_printf(arena, "%s/issuers", scene->server.data);
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    const char *more[] = {"--issuers", path, NULL};
    write_file(path, "974761076 = Skatteetaten\n");
    start(scene, more);

    write_file(path, "974761076 = Skatteetaten\n974761077 = Ingen\n");
    assert_non_null(strstr(tell_to_reload(scene, arena, 1), "issuers_not_reloaded"));
    write_file(path, "974761076 = Skatteetaten\n889640782 = Arbeids- og velferdsetaten\n");
    const char *log = tell_to_reload(scene, arena, 2);

    assert_non_null(strstr(log, "issuers:2"));
    assert_non_null(strstr(log, "issuers_reloaded count="));
    assert_non_null(strstr(log, "changed=yes"));
    log = tell_to_reload(scene, arena, 3); /* nothing is kept of what is as it was */
    assert_non_null(strstr(log, "changed=no"));
    visit(scene, "/");
    assert_int_equal(browser_status(scene->walk.browser), 200);
    assert_int_equal(server_stop(&scene->server), 0);
}

/* The stylesheet with the agency's colours, as the front page names it. */
static const char *colours_of(struct scene *scene, struct arena *arena)
{
    visit(scene, "/");
    const char *at =
        strstr(arena_text_of(arena, browser_content(scene->walk.browser)), "/statisk/etat.");
    assert_non_null(at);
    return arena_printf(arena, "%.*s", (int)strcspn(at, "\""), at);
}

static void a_look_with_a_mistake_leaves_the_one_before(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *folder = arena_printf(arena, "%s/look", scene->server.data);
    const char *colours = arena_printf(arena, "%s/colours", folder);
    const char *more[] = {"--agency_look", folder, NULL};
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_file(colours, "accent = #0b6a53\n");
    start(scene, more);
    const char *first = colours_of(scene, arena);

    write_file(colours, "accent = green\n");
    const char *log = tell_to_reload(scene, arena, 1);
    assert_non_null(strstr(log, "look_not_reloaded"));
    assert_non_null(strstr(log, "look/colours:1"));
    assert_string_equal(colours_of(scene, arena), first);

    write_file(colours, "accent = #5b2a86\n");
    assert_non_null(strstr(tell_to_reload(scene, arena, 2), "look_reloaded changed=yes"));
    assert_string_not_equal(colours_of(scene, arena), first);
    visit(scene, first); /* a page from before asks for it still */
    assert_int_equal(browser_status(scene->walk.browser), 200);
    assert_int_equal(server_stop(&scene->server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_form_that_is_changed_is_seen_at_the_next_request,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_broken_form_shows_its_mistakes_until_it_is_mended,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_draft_goes_on_in_the_version_it_began_with,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(without_develop_nothing_changes_under_peoples_hands,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            forms_are_read_again_when_it_is_told_and_drafts_stay_where_they_began,
            scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_form_that_is_broken_when_it_is_read_again_leaves_the_one_before, scene_set_up_folder,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(issuers_with_a_mistake_leave_those_before,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_look_with_a_mistake_leaves_the_one_before,
                                        scene_set_up_folder, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

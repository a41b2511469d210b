/* serve --develop: a form is changed, broken and mended while somebody fills it in. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

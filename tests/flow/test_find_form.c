/* Finding a form: the list for everybody, and on Min side with the drafts that were begun. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void visit(struct scene *scene, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(scene->walk.browser, arena_printf(arena, "%s%s", scene->server.site, path));
    assert_int_equal(browser_status(scene->walk.browser), 200);
}

static void a_form_is_found_by_any_of_its_words_in_any_language(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    static const struct {
        const char *query, *form;
    } cases[] = {
        {"FORELDREBETALING", "/skjema/redusert-foreldrebetaling"},
        {"barnehage", "/skjema/redusert-foreldrebetaling"},
        {"Neighbourhood light", "/skjema/hello"},                 /* English */
        {"hushaldet", "/skjema/redusert-foreldrebetaling"},       /* nynorsk */
        {"redusert soknad", "/skjema/redusert-foreldrebetaling"}, /* another order, no ø */
        {"  Servering  bevilling ", "/skjema/serveringsbevilling"},
        {"serveringsl\xC3\xB8yve", "/skjema/serveringsbevilling"}, /* nynorsk */
    };
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(cases); i++) {
        visit(scene, "/");
        browser_fill(browser, "Søk etter skjema", cases[i].query);
        browser_press(browser, "Søk");
        scene_must_see(browser, "passer til «");
        if (!strstr(arena_text_of(arena, browser_content(browser)), cases[i].form))
            fail_msg("\"%s\" does not find %s", cases[i].query, cases[i].form);
    }
}

static void who_finds_nothing_is_told_what_to_try(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    visit(scene, "/?q=%3Cscript%3Eromferd");
    scene_must_see(browser, "Ingen skjema passer til «<script>romferd»");
    scene_must_see(browser, "Prøv et kortere ord");
    browser_press(browser, "Vis alle skjema");
    scene_must_see(browser, "Søknad om serveringsbevilling");
    visit(scene, "/?q=%20&fra=99999999999999999999");
    scene_must_see(browser, "Søknad om serveringsbevilling");
}

static void a_form_on_min_side_leads_back_to_its_draft(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_visit(browser, "/min-side");
    browser_press(browser, "Skjema");
    assert_true(text_ends_with(browser_address(browser), "/min-side/skjema"));
    scene_must_see(browser, "Du har et utkast som ble lagret");
    browser_press(browser, "Fortsett utkast");
    scene_must_see(browser, "Dokumentasjon");
}

static void an_installation_without_forms_says_so(void **state)
{
    struct scene *scene = *state;
    static char forms[700];
    snprintf(forms, sizeof forms, "%.500s/ingen", scene->server.data);
    server_make_folder(forms, sizeof forms);
    scene->forms = forms;
    scene_start_again(scene);
    visit(scene, "/");
    scene_must_see(scene->walk.browser, "Det er ingen skjemaer her akkurat nå.");
    assert_false(browser_has_button(scene->walk.browser, "Søk"));
    server_remove_folder(forms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_form_is_found_by_any_of_its_words_in_any_language,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(who_finds_nothing_is_told_what_to_try, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(a_form_on_min_side_leads_back_to_its_draft, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(an_installation_without_forms_says_so, scene_set_up_folder,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

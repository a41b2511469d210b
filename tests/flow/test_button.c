/* Buttons of a form's own: pressed in a browser without script. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PRESS " ev:event='DOMActivate'"

static const char form[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'"
    " xmlns:ev='http://www.w3.org/2001/xml-events' xmlns:sk='urn:skjema:1'><h:head>"
    "<h:title>Utstyr</h:title><model>"
    "<instance><data id='utstyr' version='1'><navn/><sum/><rad><hva/></rad></data></instance>"
    "<bind nodeset='/data/sum' type='int' calculate='count(/data/rad)'/>"
    "</model><sk:about prefix='UT'/></h:head><h:body class='pages'>"
    "<group appearance='field-list'><label>Utstyr</label>"
    "<input ref='/data/navn'><label>Navn</label></input>"
    "<repeat nodeset='/data/rad'><label>Ting</label><input ref='hva'><label>Hva</label></input>"
    "<trigger><label>En til som denne</label><insert" PRESS " nodeset='/data/rad' "
    "at='position(context())' origin='.'/></trigger></repeat>"
    "<trigger><label>Bruk navnet</label><setvalue" PRESS " ref='/data/rad/hva' "
    "value='/data/navn'/></trigger>"
    "<output ref='/data/sum'><label>Antall ting</label></output>"
    "<switch><case id='kort'><trigger><label>Vis mer</label><toggle" PRESS
    " case='lang'/></trigger>"
    "</case><case id='lang'><output value=\"'Mer om utstyr.'\"/></case></switch>"
    "</group></h:body></h:html>";

static void tell_why(const char *why)
{
    fail_msg("%s", why);
}

static int set_up(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    static char forms[600];
    char path[700];
    snprintf(forms, sizeof forms, "%s/forms", scene->server.data);
    snprintf(path, sizeof path, "%s/utstyr", forms);
    if (mkdir(forms, 0700) != 0 || mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/utstyr/form.xml", forms);
    FILE *file = fopen(path, "we");
    if (!file || fputs(form, file) < 0 || fclose(file) != 0)
        return -1;
    scene->forms = forms;
    scene_start_again(scene);
    return 0;
}

static void a_press_saves_what_was_typed_and_shows_the_page_again_at_the_button(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene->walk.failed = tell_why;
    walk_start(&scene->walk, "utstyr", "Ingrid Fjeld");
    browser_fill(browser, "Navn", "Telt");

    browser_press_only(browser, "Bruk navnet");

    assert_int_equal(browser_status(browser), 303);
    const char *back = browser_header(browser, "Location");
    const char *fragment = strchr(back, '#');
    assert_non_null(fragment);
    assert_true(text_starts_with(fragment, "#trykk-"));
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *id = arena_printf(arena, "id=\"%s\"", fragment + 1);
    browser_visit(browser, arena_printf(arena, "%s%s", scene->server.site, back));
    assert_non_null(strstr((const char *)browser_content(browser).data, id));
    assert_string_equal(browser_value(browser, "navn"), "Telt");
    assert_string_equal(browser_value(browser, "rad-1-hva"), "Telt");
}

static void rows_and_cases_that_a_press_opened_are_there_the_next_day(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene->walk.failed = tell_why;
    walk_start(&scene->walk, "utstyr", "Ingrid Fjeld");
    browser_fill(browser, "Hva", "Sovepose");
    scene_must_not_see(browser, "Mer om utstyr.");

    browser_press(browser, "En til som denne");
    browser_press(browser, "Vis mer");
    browser_press(browser, "Lagre og fortsett senere");
    browser_press(browser, "Fortsett");

    assert_string_equal(browser_value(browser, "rad-1-hva"), "Sovepose");
    assert_string_equal(browser_value(browser, "rad-2-hva"), "Sovepose");
    scene_must_see(browser, "Mer om utstyr.");
    assert_false(browser_has_button(browser, "Vis mer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_press_saves_what_was_typed_and_shows_the_page_again_at_the_button, set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(rows_and_cases_that_a_press_opened_are_there_the_next_day,
                                        set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

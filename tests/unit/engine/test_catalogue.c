#include "engine/catalogue.h"

#include "engine/base/text.h"

#include "folder.h"

struct shelf {
    struct arena *arena;
    char *folder;
    enum form_agency agency;
    struct catalogue *catalogue;
    struct finding_list told;
    struct error err;
};

static int set_up(void **state)
{
    struct shelf *shelf = calloc(1, sizeof *shelf);
    assert_non_null(shelf);
    shelf->arena = arena_open();
    shelf->folder = folder_make(shelf->arena);
    finding_list_init(&shelf->told, shelf->arena);
    *state = shelf;
    return 0;
}

static int tear_down(void **state)
{
    struct shelf *shelf = *state;
    catalogue_close(&shelf->catalogue);
    folder_remove(shelf->folder);
    arena_close(&shelf->arena);
    free(shelf);
    return 0;
}

static void put_form(struct shelf *shelf, const char *id, const char *calculate)
{
    char *folder = arena_printf(shelf->arena, "%s/%s", shelf->folder, id);
    assert_int_equal(mkdir(folder, 0700), 0);
    folder_write(
        shelf->arena, folder, "form.xml",
        arena_printf(shelf->arena,
                     "<h:html xmlns='http://www.w3.org/2002/xforms' "
                     "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><h:title>Skjema</h:title>"
                     "<model>\n<instance><data id='%s'><navn/></data></instance>\n"
                     "<bind nodeset='/data/navn' calculate=\"%s\"/></model></h:head>"
                     "<h:body><input ref='/data/navn'><label>Navn</label></input></h:body>"
                     "</h:html>",
                     id, calculate));
}

static void tell(void *context, const struct finding *finding)
{
    struct shelf *shelf = context;
    finding_add(&shelf->told, finding);
}

static bool opens(struct shelf *shelf)
{
    return catalogue_open(shelf->folder, shelf->agency, tell, shelf, &shelf->catalogue,
                          &shelf->err);
}

static void forms_are_listed_in_order_and_found_by_the_folder_they_lie_in(void **state)
{
    struct shelf *shelf = *state;
    put_form(shelf, "b-skjema", "'b'");
    put_form(shelf, "a-skjema", "'a'");
    folder_write(shelf->arena, shelf->folder, "README", "not a form");

    assert_true(opens(shelf));
    size_t count;
    const struct package *const *forms = catalogue_forms(shelf->catalogue, &count);

    assert_int_equal(count, 2);
    assert_string_equal(forms[0]->id, "a-skjema");
    assert_string_equal(forms[1]->id, "b-skjema");
    assert_ptr_equal(catalogue_find(shelf->catalogue, "b-skjema"), forms[1]);
    assert_null(catalogue_find(shelf->catalogue, "c-skjema"));
    assert_null(catalogue_find(shelf->catalogue, ".."));
}

static void a_form_with_a_mistake_is_told_with_its_line_and_the_others_are_served(void **state)
{
    struct shelf *shelf = *state;
    put_form(shelf, "god", "'x'");
    put_form(shelf, "gal", "1 +");

    assert_true(opens(shelf));

    assert_non_null(catalogue_find(shelf->catalogue, "god"));
    assert_null(catalogue_find(shelf->catalogue, "gal"));
    assert_true(shelf->told.errors >= 1);
    assert_non_null(strstr(shelf->told.items[0].file, "gal/form.xml"));
    assert_int_equal(shelf->told.items[0].line, 3);
}

/* ---- Forms that change ---- */

static void what_is_changed_is_read_anew_when_one_looks_again(void **state)
{
    struct shelf *shelf = *state;
    put_form(shelf, "en", "'x'");
    put_form(shelf, "to", "'x'");
    assert_true(opens(shelf));
    catalogue_refresh(shelf->catalogue);
    const struct package *one = catalogue_find(shelf->catalogue, "en");
    const struct package *two = catalogue_find(shelf->catalogue, "to");
    char *folder = arena_printf(shelf->arena, "%s/en", shelf->folder);
    char *changed = arena_text_of(shelf->arena, one->file);
    *strstr(changed, "Skjema") = 's';

    folder_write(shelf->arena, folder, "form.xml", changed);

    assert_ptr_equal(catalogue_find(shelf->catalogue, "en"), one); /* nobody has looked */
    catalogue_refresh(shelf->catalogue);
    const struct package *newer = catalogue_find(shelf->catalogue, "en");
    assert_ptr_not_equal(newer, one);
    assert_string_not_equal(newer->digest, one->digest);
    assert_ptr_equal(catalogue_find(shelf->catalogue, "to"), two);
    assert_string_equal(form_show(one->form, shelf->arena, form_title(one->form), "nb").text,
                        "Skjema"); /* for who still has it */
}

static void forms_come_and_go(void **state)
{
    struct shelf *shelf = *state;
    size_t count;
    put_form(shelf, "en", "'x'");
    assert_true(opens(shelf));
    catalogue_refresh(shelf->catalogue);
    catalogue_forms(shelf->catalogue, &count);
    assert_int_equal(count, 1);

    put_form(shelf, "to", "'x'");
    folder_remove(arena_printf(shelf->arena, "%s/en", shelf->folder));
    catalogue_refresh(shelf->catalogue);

    const struct package *const *forms = catalogue_forms(shelf->catalogue, &count);
    assert_int_equal(count, 1);
    assert_string_equal(forms[0]->id, "to");
    assert_null(catalogue_find(shelf->catalogue, "en"));
}

static void what_is_read_again_is_kept_so_it_is_bounded(void **state)
{
    struct shelf *shelf = *state;
    struct catalogue_reloaded found;
    struct error err;
    put_form(shelf, "en", "'x'");
    assert_true(opens(shelf));
    const struct package *one = catalogue_find(shelf->catalogue, "en");
    char *folder = arena_printf(shelf->arena, "%s/en", shelf->folder);
    for (int i = 0; i < CATALOGUE_REPLACED_MOST; i++) {
        folder_write(shelf->arena, folder, "form.xml", i % 2 ? "<a" : "<ab");
        assert_true(catalogue_reload(shelf->catalogue, &found, &err));
        assert_int_equal(found.broken, 1);
        assert_false(found.is_full);
    }

    folder_write(shelf->arena, folder, "form.xml", "<abc");
    assert_true(catalogue_reload(shelf->catalogue, &found, &err));

    assert_true(found.is_full);
    assert_int_equal(found.broken, 0);
    assert_ptr_equal(catalogue_find(shelf->catalogue, "en"), one);
}

static void a_broken_form_is_listed_with_its_findings_until_it_is_mended(void **state)
{
    struct shelf *shelf = *state;
    size_t count;
    put_form(shelf, "gal", "1 +");
    put_form(shelf, "god", "'x'");
    assert_true(opens(shelf));
    catalogue_refresh(shelf->catalogue);

    const struct package *const *broken = catalogue_broken(shelf->arena, shelf->catalogue, &count);

    assert_int_equal(count, 1);
    assert_string_equal(broken[0]->id, "gal");
    assert_true(broken[0]->findings.errors > 0);
    folder_remove(arena_printf(shelf->arena, "%s/gal", shelf->folder));
    put_form(shelf, "gal", "'x'");
    catalogue_refresh(shelf->catalogue);
    catalogue_broken(shelf->arena, shelf->catalogue, &count);
    assert_int_equal(count, 0);
    assert_non_null(catalogue_find(shelf->catalogue, "gal"));
}

static void put_languages(struct shelf *shelf, const char *id, const char *kind, const char *nn)
{
    char *folder = arena_printf(shelf->arena, "%s/%s", shelf->folder, id);
    assert_int_equal(mkdir(folder, 0700), 0);
    folder_write(shelf->arena, folder, "form.xml",
                 arena_printf(shelf->arena,
                              "<h:html xmlns='http://www.w3.org/2002/xforms' "
                              "xmlns:h='http://www.w3.org/1999/xhtml' xmlns:sk='urn:skjema:1'>"
                              "<h:head><h:title ref=\"jr:itext('t')\"/><model>\n<itext>"
                              "<translation lang='nb'><text id='t'><value>Tittel</value></text>"
                              "<text id='n'><value>Navn</value></text></translation>"
                              "<translation lang='nn'><text id='t'><value>Tittel</value></text>"
                              "%s</translation></itext>"
                              "<instance><data id='%s'><navn/></data></instance></model>"
                              "<sk:about %s/></h:head><h:body><input ref='/data/navn'>"
                              "<label ref=\"jr:itext('n')\"/></input></h:body></h:html>",
                              nn, id, kind));
}

static const char *told(const struct shelf *shelf, const char *code)
{
    for (size_t i = 0; i < shelf->told.count; i++)
        if (text_equal(shelf->told.items[i].code, code))
            return shelf->told.items[i].text;
    return "";
}

static void a_state_agencys_form_without_both_norwegian_languages_is_not_offered(void **state)
{
    static const char name_in_nn[] = "<text id='n'><value>Namn</value></text>";
    struct shelf *shelf = *state;
    put_languages(shelf, "begge", "", name_in_nn);
    put_languages(shelf, "mangler", "", "");
    put_languages(shelf, "kommunalt", "agency-kind='municipal'", "");
    shelf->agency = FORM_AGENCY_STATE;

    assert_true(opens(shelf));

    assert_non_null(catalogue_find(shelf->catalogue, "begge"));
    assert_null(catalogue_find(shelf->catalogue, "mangler"));
    assert_non_null(catalogue_find(shelf->catalogue, "kommunalt"));
    assert_string_equal(told(shelf, "language.required"),
                        "a state agency's form is not published without both bokmål and nynorsk: "
                        "text 'n' is missing in nn");
}

static void a_municipal_form_with_a_text_missing_is_offered_and_told_of(void **state)
{
    struct shelf *shelf = *state;
    put_languages(shelf, "mangler", "", "");
    put_languages(shelf, "statlig", "agency-kind='state'", "");
    shelf->agency = FORM_AGENCY_MUNICIPAL;

    assert_true(opens(shelf));

    assert_non_null(catalogue_find(shelf->catalogue, "mangler"));
    assert_null(catalogue_find(shelf->catalogue, "statlig"));
    assert_string_equal(told(shelf, "text.missing"), "text 'n' is missing in nn");
}

static void an_empty_folder_is_a_catalogue_without_forms(void **state)
{
    struct shelf *shelf = *state;

    assert_true(opens(shelf));
    size_t count = 1;
    catalogue_forms(shelf->catalogue, &count);

    assert_int_equal(count, 0);
}

static void a_folder_that_is_not_there_is_a_failure(void **state)
{
    struct shelf *shelf = *state;
    folder_remove(shelf->folder);

    assert_false(opens(shelf));

    assert_null(shelf->catalogue);
    assert_string_not_equal(shelf->err.text, "");
}

#define WITH_SHELF(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SHELF(forms_are_listed_in_order_and_found_by_the_folder_they_lie_in),
        WITH_SHELF(a_form_with_a_mistake_is_told_with_its_line_and_the_others_are_served),
        WITH_SHELF(a_state_agencys_form_without_both_norwegian_languages_is_not_offered),
        WITH_SHELF(a_municipal_form_with_a_text_missing_is_offered_and_told_of),
        WITH_SHELF(what_is_changed_is_read_anew_when_one_looks_again),
        WITH_SHELF(forms_come_and_go),
        WITH_SHELF(what_is_read_again_is_kept_so_it_is_bounded),
        WITH_SHELF(a_broken_form_is_listed_with_its_findings_until_it_is_mended),
        WITH_SHELF(an_empty_folder_is_a_catalogue_without_forms),
        WITH_SHELF(a_folder_that_is_not_there_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

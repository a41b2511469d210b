#include "given.h"

#include "forms/package.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void the_example_forms_load(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *const *folders;
    size_t count;
    struct error err = {0};
    assert_true(package_list(arena, "examples", &folders, &count, &err));
    assert_true(count >= 3);
    assert_string_equal(folders[0], "examples/hello");
    for (size_t i = 0; i < count; i++) {
        struct package *package = NULL;
        assert_true(package_open(folders[i], &package, &err));
        assert_non_null(package->form);
        assert_int_equal(strlen(package->digest), 64);
        package_close(&package);
    }
    arena_close(&arena);
}

static void the_version_is_a_digest_of_the_content(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *model = "<instance><data id='x'><a/></data></instance>";
    char *one = given_xml(arena, model, "<input ref='/data/a'><label>A</label></input>");
    char *two = given_xml(arena, model, "<input ref='/data/a'><label>B</label></input>");
    struct package *first = package_of("prove", BYTES_OF(one));
    struct package *same = package_of("prove", BYTES_OF(one));
    struct package *other = package_of("prove", BYTES_OF(two));
    assert_non_null(first->form);
    assert_string_equal(first->digest, same->digest);
    assert_string_not_equal(first->digest, other->digest);
    assert_int_equal(first->source.size, strlen(one));
    package_close(&first);
    package_close(&same);
    package_close(&other);
    arena_close(&arena);
}

static void a_form_with_mistakes_is_a_package_with_findings(void **state)
{
    (void)state;
    struct package *package = package_of("prove", BYTES_OF("<feil/>"));
    assert_null(package->form);
    assert_int_equal(package->findings.errors, 1);
    assert_string_equal(package->findings.items[0].file, "prove/form.xml");
    package_close(&package);
}

static void a_folder_name_must_do_as_an_address(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    char *xml = given_xml(arena, "<instance><data id='x'><a/></data></instance>",
                          "<input ref='/data/a'><label>A</label></input>");
    struct package *package = package_of("Mitt skjema", BYTES_OF(xml));
    assert_null(package->form);
    assert_string_equal(package->findings.items[0].code, "package.id");
    package_close(&package);
    arena_close(&arena);
}

static void what_is_no_folder_is_an_error(void **state)
{
    (void)state;
    struct package *package = NULL;
    struct error err = {0};
    assert_false(package_open("examples/finnes-ikke", &package, &err));
    assert_int_equal(err.code, ERROR_MISSING);
    assert_null(package);

    char folder[] = "/tmp/test_package_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/form.xml", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(package_open(folder, &package, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    rmdir(path);
    rmdir(folder);
}

static void write_file(struct arena *arena, const char *folder, const char *name,
                       const char *content)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void remove_folder(struct arena *arena, const char *folder)
{
    static const char *const names[] = {"form.xml", "steder.xml", "priser.csv", "nn.xml", "se.xml"};
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(arena_printf(arena, "%s/%s", folder, names[i]));
    rmdir(folder);
}

static const char beside[] =
    "<instance><data id='x'><a/><pris/></data></instance>"
    "<instance id='steder' src='jr://file/steder.xml'/>"
    "<instance id='priser' src='jr://file-csv/priser.csv'/>"
    "<bind nodeset='/data/a' calculate=\"instance('steder')/root/sted[2]\"/>"
    "<bind nodeset='/data/pris' calculate=\"instance('priser')/root/item[navn = 'Vik, "
    "nord']/kr\"/>";

static void instances_beside_the_form_are_read_and_kept_with_it(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    char folder[] = "/tmp/skjema-package-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_file(arena, folder, "form.xml",
               given_xml(arena, beside, "<input ref='/data/a'><label>A</label></input>"));
    write_file(arena, folder, "steder.xml", "<root><sted>Fjord</sted><sted>Vik</sted></root>");
    write_file(arena, folder, "priser.csv",
               "\xEF\xBB\xBFnavn,kr\r\nFjord,10\r\n\"Vik, nord\",\"2\"\"0\"\n");
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct form *form = package_form(arena_printf(arena, "%s/form.xml", folder), &findings);
    assert_non_null(form);

    struct answers *answers = answers_open(form, GIVEN_NOW);
    assert_string_equal(place_value(answers_find(answers, "/data/a")), "Vik");
    assert_string_equal(place_value(answers_find(answers, "/data/pris")), "2\"0");
    answers_close(&answers);
    form_close(&form);
    remove_folder(arena, folder);
    arena_close(&arena);
}

static void a_language_may_lie_in_a_file_of_its_own(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    char folder[] = "/tmp/skjema_package-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_file(arena, folder, "form.xml",
               given_xml(arena,
                         "<itext><translation lang='nb'><text id='n'><value>Navn</value></text>"
                         "<text id='a'><value>Alder</value></text></translation>"
                         "<translation lang='nn' src='nn.xml'><text id='a'><value>Alder</value>"
                         "</text></translation><translation lang='se' src='jr://file/se.xml'/>"
                         "</itext><instance><data id='x'><n/></data></instance>",
                         "<input ref='/data/n'><label ref=\"jr:itext('n')\"/></input>"));
    write_file(arena, folder, "nn.xml",
               "<translation xmlns='http://www.w3.org/2002/xforms'>"
               "<text id='n'><value>Namn</value></text></translation>");
    write_file(arena, folder, "se.xml",
               "<x:itext xmlns:x='http://www.w3.org/2002/xforms'><x:translation lang='en'/>"
               "<x:translation lang='se'><x:text id='n'><x:value>Namma</x:value></x:text>"
               "</x:translation></x:itext>");
    struct package *package = NULL;
    struct error err = {0};
    assert_true(package_open(folder, &package, &err));
    assert_null(package->form); /* its folder has no name for an address */
    struct package *kept = package_of("prove", package->source);

    const struct form *form = kept->form;
    assert_non_null(form);
    size_t count;
    const struct form_text *label = form_controls(form, &count)[0]->label;
    assert_string_equal(form_show(form, arena, label, "nn").text, "Namn");
    assert_string_equal(form_show(form, arena, label, "se").text, "Namma");
    form_languages(form, &count);
    assert_int_equal(count, 3);
    bool told = false;
    for (size_t i = 0; i < kept->findings.count; i++)
        told = told || strcmp(kept->findings.items[i].text, "text 'a' is missing in se") == 0;
    assert_true(told);

    package_close(&kept);
    package_close(&package);
    remove_folder(arena, folder);
    arena_close(&arena);
}

static bool read_beside(void *context, struct arena *arena, const char *name, struct bytes *out,
                        struct error *err)
{
    (void)context;
    (void)arena;
    if (strcmp(name, "steder.xml") != 0)
        return error_set(err, ERROR_MISSING, "there is no such file");
    *out = BYTES_OF("<root><sted>Fjord</sted><sted>Vik</sted></root>");
    return true;
}

static void what_is_kept_of_a_form_is_enough_to_load_it_again(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    char *xml = given_xml(arena,
                          "<instance><data id='x'><a/></data></instance>"
                          "<instance id='steder' src='jr://file/steder.xml'/>"
                          "<bind nodeset='/data/a' calculate=\"instance('steder')/root/sted[1]\"/>",
                          "<input ref='/data/a'><label>A</label></input>");
    const struct parse_files files = {NULL, read_beside};
    struct bytes whole = {0};
    struct form *form = parse_form_with(BYTES_OF(xml), "x", &files, &whole, &findings);
    assert_non_null(form);
    form_close(&form);

    form = parse_form(whole, "x", &findings);

    assert_non_null(form);
    struct answers *answers = answers_open(form, GIVEN_NOW);
    assert_string_equal(place_value(answers_find(answers, "/data/a")), "Fjord");
    answers_close(&answers);
    form_close(&form);
    arena_close(&arena);
}

static void an_instance_that_is_not_there_is_a_finding(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    char *xml = given_xml(arena,
                          "<instance><data id='x'><a/></data></instance>"
                          "<instance id='priser' src='jr://file/priser.xml'/>",
                          "<input ref='/data/a'><label>A</label></input>");
    const struct parse_files files = {NULL, read_beside};
    assert_null(parse_form_with(BYTES_OF(xml), "x", &files, NULL, &findings));
    assert_string_equal(findings.items[0].code, "instance.file");
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_forms_load),
        cmocka_unit_test(the_version_is_a_digest_of_the_content),
        cmocka_unit_test(a_form_with_mistakes_is_a_package_with_findings),
        cmocka_unit_test(a_folder_name_must_do_as_an_address),
        cmocka_unit_test(what_is_no_folder_is_an_error),
        cmocka_unit_test(instances_beside_the_form_are_read_and_kept_with_it),
        cmocka_unit_test(a_language_may_lie_in_a_file_of_its_own),
        cmocka_unit_test(what_is_kept_of_a_form_is_enough_to_load_it_again),
        cmocka_unit_test(an_instance_that_is_not_there_is_a_finding),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

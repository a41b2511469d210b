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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_forms_load),
        cmocka_unit_test(the_version_is_a_digest_of_the_content),
        cmocka_unit_test(a_form_with_mistakes_is_a_package_with_findings),
        cmocka_unit_test(a_folder_name_must_do_as_an_address),
        cmocka_unit_test(what_is_no_folder_is_an_error),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

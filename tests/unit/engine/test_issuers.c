#include "engine/issuers.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "forms/mod11.h"
#include "folder.h"

struct fixture {
    struct arena *arena;
    char *folder;
    struct issuers issuers;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    fixture->folder = folder_make(fixture->arena);
    issuers_init(&fixture->issuers, fixture->arena);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    issuers_finish(&fixture->issuers);
    folder_remove(fixture->folder);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static bool reads(struct fixture *fixture, const char *text)
{
    fixture->err = (struct error){0};
    return issuers_parse(&fixture->issuers, BYTES_OF(text), "issuers", fixture->folder,
                         &fixture->err);
}

static void write_certificate(struct fixture *fixture, const char *name)
{
    struct bytes key, certificate;
    crypto_make_certificate(fixture->arena, name, &key, &certificate);
    folder_write(fixture->arena, fixture->folder, name, arena_text_of(fixture->arena, certificate));
}

static void an_organisation_is_found_by_its_number(void **state)
{
    struct fixture *fixture = *state;

    assert_true(reads(fixture, "# those we know\n\n314400801 = Fjordvik Breiband AS\n"
                               "310123021=Nordlys Regnskap AS # pay slips\n"));

    assert_string_equal(issuers_find(&fixture->issuers, "310123021")->name, "Nordlys Regnskap AS");
    assert_string_equal(issuers_find(&fixture->issuers, "314400801")->name, "Fjordvik Breiband AS");
    assert_null(issuers_find(&fixture->issuers, "974761076"));
    assert_null(issuers_find(&fixture->issuers, NULL));
}

static void an_organisation_is_shown_by_name_and_number(void **state)
{
    struct fixture *fixture = *state;
    const struct issuers *issuers = &fixture->issuers;
    assert_true(reads(fixture, "974761076 = Skatteetaten\n"));

    assert_string_equal(issuers_show(fixture->arena, issuers, "974761076", "Skatt"),
                        "Skatteetaten (974\u00A0761\u00A0076)");
    assert_string_equal(issuers_show(fixture->arena, issuers, "310123021", "Nordlys"),
                        "Nordlys (310\u00A0123\u00A0021)");
    assert_string_equal(issuers_show(fixture->arena, issuers, "310123021", NULL),
                        "310\u00A0123\u00A0021");
    assert_string_equal(issuers_name(issuers, "310123021", NULL), "");
}

static void certificates_lie_beside_the_file(void **state)
{
    struct fixture *fixture = *state;
    write_certificate(fixture, "one.pem");
    write_certificate(fixture, "two.pem");
    char *path = folder_write(fixture->arena, fixture->folder, "issuers",
                              "974761076 = Skatteetaten | one.pem  two.pem\n");

    assert_true(issuers_read(&fixture->issuers, path, &fixture->err));

    assert_int_equal(issuers_find(&fixture->issuers, "974761076")->certificate_count, 2);
}

static void a_second_file_adds_certificates_and_keeps_the_name(void **state)
{
    struct fixture *fixture = *state;
    write_certificate(fixture, "one.pem");
    assert_true(reads(fixture, "974761076 = Skatteetaten\n"));

    assert_true(reads(fixture, "974761076 = Skatt | one.pem\n310123021 = Nordlys\n"));

    const struct issuer *issuer = issuers_find(&fixture->issuers, "974761076");
    assert_string_equal(issuer->name, "Skatteetaten");
    assert_int_equal(issuer->certificate_count, 1);
    assert_int_equal(fixture->issuers.count, 2);
}

static void a_line_that_is_wrong_is_told_by_file_and_line_and_nothing_is_taken(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"974761076 = Skatteetaten\nSkatteetaten\n", "a line without '='"},
        {"#\n974761077 = Skatteetaten\n", "\"974761077\" is no organisation number"},
        {"#\n974761076 = | a.pem\n", "974761076 has no name"},
        {"974761076 = Skatteetaten\n974761076 = Skatt\n", "974761076 stands here twice"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(reads(fixture, wrong[i].text));

        assert_int_equal(fixture->err.code, ERROR_INVALID);
        assert_string_equal(fixture->err.file, "issuers");
        assert_int_equal(fixture->err.line, 2);
        assert_string_equal(fixture->err.text, wrong[i].why);
        assert_int_equal(fixture->issuers.count, 0);
    }
}

static void a_certificate_that_cannot_be_read_is_told_by_its_line(void **state)
{
    struct fixture *fixture = *state;
    folder_write(fixture->arena, fixture->folder, "not.pem", "no certificate");

    assert_false(reads(fixture, "974761076 = Skatteetaten | gone.pem\n"));
    assert_int_equal(fixture->err.line, 1);
    assert_non_null(strstr(fixture->err.text, "gone.pem"));

    assert_false(reads(fixture, "974761076 = Skatteetaten | not.pem\n"));
    assert_int_equal(fixture->err.line, 1);
    assert_non_null(strstr(fixture->err.text, "not.pem"));
}

static void there_is_a_limit_to_certificates_and_organisations(void **state)
{
    struct fixture *fixture = *state;
    write_certificate(fixture, "a");
    assert_true(reads(fixture, "974761076 = Skatteetaten | a a a a a a a a\n"));
    assert_false(reads(fixture, "974761076 = Skatteetaten | a\n"));
    assert_string_equal(fixture->err.text, "974761076 has more than 8 certificates");

    struct buf many;
    buf_init(&many, fixture->arena);
    size_t count = 1;
    for (int base = 31000000; count < ISSUERS_MAX; base++)
        for (int check = 0; check < 10 && count < ISSUERS_MAX; check++) {
            char *number = arena_printf(fixture->arena, "%d%d", base, check);
            if (!mod11_is_orgnr(number))
                continue;
            buf_printf(&many, "%s = A\n", number);
            count++;
        }
    assert_true(reads(fixture, buf_text(&many)));
    assert_int_equal(fixture->issuers.count, ISSUERS_MAX);
    assert_false(reads(fixture, "889640782 = Nav\n"));
    assert_string_equal(fixture->err.text, "more than 2000 organisations");
}

/* What is read again counts as a change only when it is one (reload.h). */
static void two_registers_are_the_same_when_they_know_the_same(void **state)
{
    static const struct {
        const char *text;
        bool same;
    } cases[] = {
        {"310123021 = Nordlys Regnskap AS | a\n314400801 = Fjordvik Breiband AS\n", true},
        {"# another order\n314400801 = Fjordvik Breiband AS\n310123021=Nordlys Regnskap AS|a",
         true},
        {"310123021 = Nordlys AS | a\n314400801 = Fjordvik Breiband AS\n", false},
        {"310123021 = Nordlys Regnskap AS | b\n314400801 = Fjordvik Breiband AS\n", false},
        {"310123021 = Nordlys Regnskap AS\n314400801 = Fjordvik Breiband AS\n", false},
        {"310123021 = Nordlys Regnskap AS | a\n889640782 = Fjordvik Breiband AS\n", false},
        {"310123021 = Nordlys Regnskap AS | a\n", false},
    };
    struct fixture *fixture = *state;
    write_certificate(fixture, "a");
    write_certificate(fixture, "b");
    assert_true(reads(fixture, cases[0].text));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct issuers other;
        issuers_init(&other, fixture->arena);
        assert_true(issuers_parse(&other, BYTES_OF(cases[i].text), "issuers", fixture->folder,
                                  &fixture->err));
        assert_int_equal(issuers_are_same(&fixture->issuers, &other), cases[i].same);
        assert_int_equal(issuers_are_same(&other, &fixture->issuers), cases[i].same);
        issuers_finish(&other);
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(an_organisation_is_found_by_its_number),
        IN_FOLDER(an_organisation_is_shown_by_name_and_number),
        IN_FOLDER(certificates_lie_beside_the_file),
        IN_FOLDER(a_second_file_adds_certificates_and_keeps_the_name),
        IN_FOLDER(a_line_that_is_wrong_is_told_by_file_and_line_and_nothing_is_taken),
        IN_FOLDER(a_certificate_that_cannot_be_read_is_told_by_its_line),
        IN_FOLDER(two_registers_are_the_same_when_they_know_the_same),
        IN_FOLDER(there_is_a_limit_to_certificates_and_organisations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "forms/texts.h"

#include "engine/base/text.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char *const some_languages[] = {"nb", "nn", "se"};
static const char *const some_ids[] = {"barn.1", "barn.n", "kun.nb", "sitat"};
static const char *const some_cells[] = {
    "{n} barn", "eitt barn", "",          /* barn.1 */
    "{n} barn", "{n} born",  "",          /* barn.n */
    "Bare her", "",          "",          /* kun.nb */
    "«{felt}»", "«{Felt}»",  "{felt} {x", /* sitat */
};
static const struct texts_table some = {some_languages, 3, some_ids, 4, some_cells};

static void a_missing_text_falls_back_and_says_in_which_language_it_is(void **state)
{
    (void)state;
    assert_string_equal(texts_find(&some, "barn.1", "nn").language, "nn");

    struct texts_text fallen = texts_find(&some, "kun.nb", "nn");
    assert_string_equal(fallen.text, "Bare her");
    assert_string_equal(fallen.language, "nb");
    assert_string_equal(texts_find(&some, "barn.1", "se").language, "nb");
    assert_null(texts_find(&some, "finnes.ikke", "nb").text);
}

/* tests/cases/languages.tsv: offered, wanted, what is read. */
static void a_language_falls_back_to_what_its_readers_read(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/languages.tsv");
    while (cases_next(&cases)) {
        const char *offered[8];
        size_t count = 0;
        char *rest = arena_text(cases.arena, cases.fields[0]);
        for (char *word; (word = strsep(&rest, " ")) != NULL;)
            offered[count++] = word;

        const char *got = offered[texts_language(offered, count, cases.fields[1])];

        if (!text_equal(got, cases.fields[2]))
            cases_complain(&cases, got);
        assert_string_equal(got, cases.fields[2]);
    }
    cases_close(&cases);
}

static void only_what_could_be_a_language_is_a_tag(void **state)
{
    (void)state;
    static const char *const good[] = {"nb", "smj", "nn-NO", "sr-Latn-RS", "de-1996"};
    static const char *const bad[] = {"",
                                      "n",
                                      "1b",
                                      "nb-",
                                      "-nb",
                                      "nb_NO",
                                      "n b",
                                      "nb;q=1",
                                      "abcdefghi",
                                      "nb--NO",
                                      "nå",
                                      "nb\n",
                                      "nb-toolongsub",
                                      "nb-aaaaaaaa-bbbbbbbb-cccccccc-ddddddd"};

    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(texts_is_tag(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(texts_is_tag(bad[i]));
}

static void languages_have_their_own_name_and_direction(void **state)
{
    (void)state;
    assert_string_equal(texts_language_name("nn-NO"), "Nynorsk");
    assert_string_equal(texts_language_name("uk"), "Українська");
    assert_string_equal(texts_language_name("tlh"), "tlh");
    assert_string_equal(texts_direction("ar-EG"), "rtl");
    assert_null(texts_direction("uk"));
    assert_null(texts_direction("ku"));
    assert_string_equal(texts_direction("ku-Arab"), "rtl");
}

static void placeholders_are_filled_in_as_written_or_with_a_capital(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct texts_arg args[] = {{"felt", "årslønn"}, {"feltB", "sluttdato"}, {"måned", "mars"}};

    assert_string_equal(texts_fill(arena, "Skriv {felt}", args, 3), "Skriv årslønn");
    assert_string_equal(texts_fill(arena, "{Felt} og {FeltB}", args, 3), "Årslønn og Sluttdato");
    assert_string_equal(texts_fill(arena, "{Måned}{måned}", args, 3), "Marsmars");
}

static void what_is_no_known_placeholder_stays_as_it_is(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct texts_arg args[] = {{"felt", "{felt}"}};

    assert_string_equal(texts_fill(arena, "{annet} {felt", args, 1), "{annet} {felt");
    assert_string_equal(texts_fill(arena, "{{felt}}", args, 1), "{{felt}}");
    assert_string_equal(texts_fill(arena, "{", args, 1), "{");
    assert_string_equal(texts_fill(arena, "", args, 1), "");
}

static void counting_chooses_between_one_and_many_and_writes_the_number(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    assert_string_equal(texts_count(arena, &some, "barn", "nn", 1, NULL, 0).text, "eitt barn");
    assert_string_equal(texts_count(arena, &some, "barn", "nn", 2, NULL, 0).text, "2 born");
    assert_string_equal(texts_count(arena, &some, "barn", "nb", 0, NULL, 0).text, "0 barn");
    assert_string_equal(texts_count(arena, &some, "barn", "nb", 1234, NULL, 0).text,
                        "1\u00a0234 barn");
}

static void the_compiled_table_is_complete_and_in_order(void **state)
{
    (void)state;
    assert_true(texts_fields.id_count > 50);
    assert_string_equal(texts_fields.languages[0], "nb");
    for (size_t i = 0; i < texts_fields.id_count; i++) {
        if (i > 0)
            assert_true(strcmp(texts_fields.ids[i - 1], texts_fields.ids[i]) < 0);
        for (size_t l = 0; l < texts_fields.language_count; l++) {
            const char *language = texts_fields.languages[l];
            struct texts_text found = texts_find(&texts_fields, texts_fields.ids[i], language);
            if (strcmp(found.language, language) != 0)
                fprintf(stderr, "%s is missing in %s\n", texts_fields.ids[i], language);
            assert_string_equal(found.language, language);
        }
    }
}

static void every_language_uses_the_same_placeholders(void **state)
{
    (void)state;
    for (size_t i = 0; i < texts_fields.id_count; i++) {
        const char *const *row = texts_fields.cells + i * texts_fields.language_count;
        for (const char *at = row[0]; (at = strchr(at, '{')) != NULL; at++) {
            char rest_of_name[64];
            snprintf(rest_of_name, sizeof rest_of_name, "%.*s", (int)strcspn(at + 2, "}") + 1,
                     at + 2); /* the first letter may be a capital in one of them */
            for (size_t l = 1; l < texts_fields.language_count; l++)
                if (!strstr(row[l], rest_of_name)) {
                    fprintf(stderr, "%s: %s\n", texts_fields.ids[i], rest_of_name);
                    fail();
                }
        }
    }
}

static void message_rules_hold_no_exclamation_no_please(void **state)
{
    (void)state;
    static const char *const unwanted[] = {"!", "ennligst", "gyldig", "lease", "bligatorisk"};
    size_t cells = texts_fields.id_count * texts_fields.language_count;
    for (size_t i = 0; i < cells; i++)
        for (size_t u = 0; u < COUNT(unwanted); u++)
            assert_null(strstr(texts_fields.cells[i], unwanted[u]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_text_falls_back_and_says_in_which_language_it_is),
        cmocka_unit_test(a_language_falls_back_to_what_its_readers_read),
        cmocka_unit_test(only_what_could_be_a_language_is_a_tag),
        cmocka_unit_test(languages_have_their_own_name_and_direction),
        cmocka_unit_test(placeholders_are_filled_in_as_written_or_with_a_capital),
        cmocka_unit_test(what_is_no_known_placeholder_stays_as_it_is),
        cmocka_unit_test(counting_chooses_between_one_and_many_and_writes_the_number),
        cmocka_unit_test(the_compiled_table_is_complete_and_in_order),
        cmocka_unit_test(every_language_uses_the_same_placeholders),
        cmocka_unit_test(message_rules_hold_no_exclamation_no_please),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

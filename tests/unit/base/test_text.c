#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_close(&arena);
    return 0;
}

static void well_formed_utf8_is_told_from_the_rest(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "a",
        "blåbærsyltetøy",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x9F\xBF",
        "\xE0\xA0",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
        "a\xE2\x82",
        "\xE2\x28\xA1",
    };
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_is_utf8(BYTES_OF(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_is_utf8(BYTES_OF(bad[i])));
    assert_true(text_is_utf8((struct bytes){(const unsigned char *)"a\0b", 3}));
}

static void reading_a_broken_text_goes_on_byte_by_byte_to_its_end(void **state)
{
    (void)state;
    const char *at = "a\xC3\xA5\xE2\x82z\xF0\x9F";
    static const uint32_t expected[] = {'a', 0xE5, 0xFFFD, 0xFFFD, 'z', 0xFFFD, 0xFFFD, 0, 0};
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_int_equal(text_next(&at), expected[i]);
    assert_int_equal(*at, '\0');
}

/* found by fuzz_xpath */
static void half_a_character_is_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *whole;
    } cases[] = {
        {"", ""},
        {"søk", "søk"},
        {"s\xC3", "s"},
        {"a\xC3\xC3\xB8\xE2\x82", "aø"},
        {"\xEF\xBF\xBD\xFF", "\xEF\xBF\xBD"}, /* U+FFFD itself is a character */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", cases[i].text);
        text_drop_broken(text);
        assert_string_equal(text, cases[i].whole);
    }
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("åæø"), 3);
    assert_int_equal(text_length("\xF0\x9F\x98\x80"), 1);
}

static void white_space_of_unicode_is_trimmed_at_both_ends(void **state)
{
    static const struct {
        const char *text, *trimmed;
    } cases[] = {
        {"", ""},
        {"  \t\r\n ", ""},
        {"a", "a"},
        {" a b ", "a b"},
        {"\xC2\xA0"
         "12 345\xC2\xA0",
         "12 345"},
        {"\xEF\xBB\xBFKari\xE2\x80\xA8", "Kari"},
        {"\xE3\x80\x80ø\xE2\x80\x89", "ø"},
        {"\xE2\x80\x8B"
         "a",
         "\xE2\x80\x8B"
         "a"}, /* zero width space is not White_Space */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(text_trim(*state, cases[i].text), cases[i].trimmed);
}

static void collapsing_leaves_one_space_between_words(void **state)
{
    assert_string_equal(text_collapse(*state, " \n a \t b\r\nc "), "a b c");
    assert_string_equal(text_collapse(*state, " \n"), "");
    assert_string_equal(text_collapse(*state, "\xC2\xA0"
                                              "a"),
                        "\xC2\xA0"
                        "a"); /* not XML's */
}

static void a_list_has_whole_words(void **state)
{
    (void)state;
    assert_true(text_has_word("a bb\tc", "bb"));
    assert_true(text_has_word(" c", "c"));
    assert_false(text_has_word("a bb c", "b"));
    assert_false(text_has_word("", "a"));
    assert_false(text_has_word("a b", "a b"));
    assert_false(text_has_word("a b", ""));
}

static void cut_text_is_never_longer_than_asked(void **state)
{
    assert_string_equal(text_cut(*state, "blåbær", 6), "blåbær");
    assert_string_equal(text_cut(*state, "blåbær", 5), "blåb…");
    assert_string_equal(text_cut(*state, "blåbær", 1), "…");
    assert_string_equal(text_cut(*state, "", 1), "");
    for (size_t most = 1; most < 10; most++)
        assert_true(text_length(text_cut(*state, "åæøåæøåæø", most)) <= most);
}

static void folding_lowers_norwegian_and_sami_letters(void **state)
{
    assert_string_equal(text_fold(*state, "ÆØÅ ÁČĐŊŠŦŽ ÄÖÜß×÷"), "æøå áčđŋšŧž äöüß×÷");
    assert_string_equal(text_fold(*state, "ŸĲŁŐŒŻ"), "ÿĳłőœż");
    assert_string_equal(text_fold(*state, "İıĸŉſ"), "İıĸŉſ");
    assert_string_equal(text_fold(*state, "abc-123"), "abc-123");
}

/* Every capital has one small letter, and the way back leads to it. */
static void a_copy_for_searching_has_neither_capitals_nor_marks(void **state)
{
    assert_string_equal(text_plain(*state, "Søknad om ÆRE, Åsgård"), "soknad om aere, asgard");
    assert_string_equal(text_plain(*state, "Čále ŊÁDJU đŧž"), "cale nadju dtz");
    assert_string_equal(text_plain(*state, "A\u030A e\u0301"), "a e"); /* not composed */
    assert_string_equal(text_plain(*state, "ø€日"), "o€日");
    assert_string_equal(text_plain(*state, ""), "");
}

static void folding_and_capitals_are_each_others_inverse(void **state)
{
    static const char capitals[] = "AZÀÖØÞĀĂĐĦĶĹŁŇŊŐŒŖŠŦŲŶŸŹŻŽ";
    for (const char *at = capitals; *at;) {
        const char *start = at;
        text_next(&at);
        char *capital = arena_text_of(
            *state, (struct bytes){(const unsigned char *)start, (size_t)(at - start)});
        char *small = text_fold(*state, capital);
        assert_string_not_equal(small, capital);
        assert_string_equal(text_capital(*state, small), capital);
        assert_string_equal(text_capital(*state, capital), capital);
    }
}

static void only_the_first_letter_becomes_a_capital(void **state)
{
    assert_string_equal(text_capital(*state, "ønsket plass"), "Ønsket plass");
    assert_string_equal(text_capital(*state, "čáhci"), "Čáhci");
    assert_string_equal(text_capital(*state, ""), "");
    assert_string_equal(text_capital(*state, "1 barn"), "1 barn");
    assert_string_equal(text_capital(*state, "ßa"), "ßa");
    assert_string_equal(text_capital(*state, "÷a"), "÷a");
}

static void composed_letters_are_one_code_point_however_they_were_typed(void **state)
{
    assert_string_equal(text_composed(*state, "pa\xCC\x8A ba\xCC\x8At.pdf"),
                        "p\xC3\xA5 b\xC3\xA5t.pdf");
    assert_string_equal(text_composed(*state, "c\xCC\x8C\xC3\xA1hci"),
                        "\xC4\x8D\xC3\xA1hci"); /* Sámi */
    assert_string_equal(text_composed(*state, "lønn.pdf"), "lønn.pdf");
    assert_string_equal(text_composed(*state, ""), "");
    assert_string_equal(text_composed(*state, "a\xFF"
                                              "a\xCC\x8A"),
                        "a\xFF"
                        "a\xCC\x8A"); /* no UTF-8 */
}

static void comparing_takes_null(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("", NULL));
    assert_true(text_equal("a", "a"));
    assert_true(text_is_empty(NULL));
    assert_true(text_is_empty(""));
    assert_false(text_is_empty(" "));
    assert_true(text_starts_with("abc", "ab"));
    assert_true(text_starts_with("abc", ""));
    assert_false(text_starts_with("ab", "abc"));
    assert_true(text_ends_with("abc", "bc"));
    assert_true(text_ends_with("abc", ""));
    assert_false(text_ends_with("bc", "abc"));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(well_formed_utf8_is_told_from_the_rest),
        WITH_ARENA(reading_a_broken_text_goes_on_byte_by_byte_to_its_end),
        cmocka_unit_test(half_a_character_is_dropped),
        WITH_ARENA(length_counts_code_points),
        WITH_ARENA(white_space_of_unicode_is_trimmed_at_both_ends),
        WITH_ARENA(collapsing_leaves_one_space_between_words),
        WITH_ARENA(a_list_has_whole_words),
        WITH_ARENA(cut_text_is_never_longer_than_asked),
        WITH_ARENA(folding_lowers_norwegian_and_sami_letters),
        WITH_ARENA(a_copy_for_searching_has_neither_capitals_nor_marks),
        WITH_ARENA(folding_and_capitals_are_each_others_inverse),
        WITH_ARENA(only_the_first_letter_becomes_a_capital),
        WITH_ARENA(composed_letters_are_one_code_point_however_they_were_typed),
        WITH_ARENA(comparing_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

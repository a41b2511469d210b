#include "forms/summary.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/package.h"
#include "forms/plain_words.h"
#include "given.h"

#include <stdio.h>
#include <stdlib.h>

static const char *summary_of(struct arena *arena, const struct form *form, const char *language)
{
    struct buf out;
    buf_init(&out, arena);
    summary_write(form, language, &out);
    return buf_text(&out);
}

/* ---- Golden files: tests/golden/outline/NAME.LANGUAGE.txt ---- */

static const char *read_text(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return "";
    struct buf content;
    buf_init(&content, arena);
    unsigned char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        buf_add(&content, (struct bytes){block, n});
    fclose(file);
    return buf_text(&content);
}

static void assert_golden(struct arena *arena, const char *name, const char *text)
{
    const char *path = arena_printf(arena, "tests/golden/outline/%s.txt", name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    if (strcmp(read_text(arena, path), text) != 0)
        fail_msg("%s is otherwise: UPDATE_GOLDEN=1 writes it anew", path);
}

static void the_examples_read_as_they_were_approved(void **state)
{
    (void)state;
    static const char *const names[] = {"hello", "redusert-foreldrebetaling",
                                        "serveringsbevilling"};
    static const char *const languages[] = {"nb", "nn"};
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        CLEANUP(package_close) struct package *package = NULL;
        struct error err;
        assert_true(package_open(arena_printf(arena, "examples/%s", names[i]), &package, &err));
        for (size_t l = 0; l < COUNT(languages); l++)
            assert_golden(arena, arena_printf(arena, "%s.%s", names[i], languages[l]),
                          summary_of(arena, package->form, languages[l]));
    }
}

static void no_line_is_longer_than_eighty_columns_but_for_one_long_word(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(package_close) struct package *package = NULL;
    struct error err;
    assert_true(package_open("examples/serveringsbevilling", &package, &err));
    char *text = arena_text(arena, summary_of(arena, package->form, "en"));

    for (char *line; (line = strsep(&text, "\n"));) {
        bool one_word = !strchr(line + strspn(line, " "), ' ');
        assert_true(text_length(line) <= SUMMARY_COLUMNS || one_word);
        assert_false(text_ends_with(line, " "));
    }
}

static void every_question_hint_and_choice_is_in_it(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x'><a/><b/><r><c/></r></data></instance>"
        "<bind nodeset='/data/a' required='true()'/>"
        "<bind nodeset='/data/b' type='int' relevant=\"/data/a = 'j'\" constraint='. &lt; 9' "
        "jr:constraintMsg='Skriv et tall under 9'/>"
        "<setvalue event='odk-instance-first-load' ref='/data/r/c'>Stue</setvalue>",
        "<group><label>Alt</label>"
        "<select1 ref='/data/a'><label>Vil du?</label><hint>Tenk etter.</hint>"
        "<item><label>Ja takk</label><value>j</value></item>"
        "<item><label>Nei takk</label><value>n</value></item></select1>"
        "<input ref='/data/b' sk:max='8'><label>Antall</label><help>Regn med alle.</help></input>"
        "<repeat nodeset='/data/r' sk:min='1' sk:max='3'><sk:name>rom</sk:name>"
        "<input ref='/data/r/c'><label>Navn på rommet</label></input></repeat></group>");
    assert_non_null(given.form);

    const char *text = summary_of(given.arena, given.form, "nb");

    static const char *const said[] = {
        "Side 1 av 1: Alt",
        "1. Vil du?\n    Tenk etter.\n    Svares med: ett av\n      ( ) Ja takk\n      ( ) Nei "
        "takk\n"
        "    Må besvares.\n",
        "2. Antall\n    Mer hjelp: Regn med alle.\n    Svares med: helt tall, høyst 8\n"
        "    Vises når svaret på «Vil du?» er «Ja takk».\n    Kan stå tomt.\n"
        "    Godtas når svaret er mindre enn 9.\n    Melding: Skriv et tall under 9\n",
        "Gjentas for hver rad (rom). Minst 1. Høyst 3.\n\n3. Navn på rommet\n",
        "    Svares med: tekst\n    Står først til: Stue\n",
        "Oppbevares i 1 år etter innsending."};
    for (size_t i = 0; i < COUNT(said); i++)
        if (!strstr(text, said[i]))
            fail_msg("\"%s\" is not in:\n%s", said[i], text);
    given_end(&given);
}

/* ---- Expressions in plain words ---- */

static void expressions_are_said_in_plain_words_as_far_as_there_are_any(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *words; /* NULL: none */
    } cases[] = {
        {"../sivil = 'gift'", "Sivilstand er «Gift eller samboer»"},
        {"../sivil != 'gift'", "Sivilstand ikke er «Gift eller samboer»"},
        {"'ugift' = /data/sivil", "Sivilstand er «Bor alene»"},
        {"../sivil = 'gift' or ../sivil = 'ugift'",
         "Sivilstand er «Gift eller samboer» eller «Bor alene»"},
        {"../alder &gt;= 18", "svaret på «Hvor gammel er du?» er minst 18"},
        {". != '' and ../alder &lt; 18",
         "svaret er besvart og svaret på «Hvor gammel er du?» er mindre enn 18"},
        {"../alder = '' and (../sivil = 'gift' or ../fodt &lt; today())",
         "svaret på «Hvor gammel er du?» ikke er besvart og (Sivilstand er «Gift eller samboer» "
         "eller Fødselsdato er før dagens dato)"},
        {"selected(../farger, 'b')", "«Blå» er valgt i Farger"},
        {"not(selected(../farger, 'b'))", "«Blå» ikke er valgt i Farger"},
        {"if(../alder &gt; 5, 100, 50)",
         "100 hvis svaret på «Hvor gammel er du?» er mer enn 5, ellers 50"},
        {"round(../alder * 2.5)", "svaret på «Hvor gammel er du?» × 2,5, avrundet"},
        {"../alder * instance('satser')/root/pris",
         "svaret på «Hvor gammel er du?» × pris (1\u00A0200)"},
        {"string-length(.) = 4", "lengden på svaret er 4"},
        {"regex(., '[0-9]')", NULL},
        {"/data/*[1] = 'x'", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena *arena = arena_open();
        struct given given = given_form(
            arena_printf(arena,
                         "<instance><data id='x'><sivil/><alder/><fodt/><farger/><a/></data>"
                         "</instance><instance id='satser'><root><pris>1200</pris></root>"
                         "</instance><bind nodeset='/data/fodt' type='date'/>"
                         "<bind nodeset='/data/a' constraint=\"%s\"/>",
                         cases[i].expression),
            "<select1 ref='/data/sivil'><label>Sivilstand</label>"
            "<item><label>Gift eller samboer</label><value>gift</value></item>"
            "<item><label>Bor alene</label><value>ugift</value></item></select1>"
            "<input ref='/data/alder'><label>Hvor gammel er du?</label></input>"
            "<input ref='/data/fodt'><label>Fødselsdato</label></input>"
            "<select ref='/data/farger'><label>Farger</label>"
            "<item><label>Blå</label><value>b</value></item></select>"
            "<input ref='/data/a'><label>A</label></input>");
        const struct form_field *field = form_field_find(given.form, "/data/a");
        const char *words = plain_words(given.arena, given.form, field->constraint, field, "nb");
        if (!words || !cases[i].words)
            assert_true(!words && !cases[i].words);
        else
            assert_string_equal(words, cases[i].words);
        given_end(&given);
        arena_close(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_read_as_they_were_approved),
        cmocka_unit_test(no_line_is_longer_than_eighty_columns_but_for_one_long_word),
        cmocka_unit_test(every_question_hint_and_choice_is_in_it),
        cmocka_unit_test(expressions_are_said_in_plain_words_as_far_as_there_are_any),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

#include "forms/cases.h"

#include "engine/base/text.h"
#include "tests/unit/forms/given.h"

/* A form with rows in rows, a name that several fields have, a box and an upload. */
static struct given given_camp(void)
{
    return given_form("<instance><data id='leir'><navn/><dato/><enig/><bevis/>"
                      "<gruppe><navn/><barn><navn/><alder/><sykdom><slag/></sykdom></barn></gruppe>"
                      "<sum/></data></instance>"
                      "<bind nodeset='/data/dato' type='date'/>"
                      "<bind nodeset='/data/sum' calculate='1'/>",
                      "<group><label>En</label><input ref='/data/navn'><label>Navn</label></input>"
                      "<input ref='/data/dato'><label>Dato</label></input>"
                      "<trigger ref='/data/enig'><label>Enig</label></trigger>"
                      "<upload ref='/data/bevis'><label>Bevis</label></upload></group>"
                      "<group ref='/data/gruppe'><label>To</label>"
                      "<input ref='/data/gruppe/navn'><label>Navn</label></input>"
                      "<repeat nodeset='/data/gruppe/barn'>"
                      "<input ref='/data/gruppe/barn/navn'><label>Navn</label></input>"
                      "<input ref='/data/gruppe/barn/alder'><label>Alder</label></input>"
                      "<repeat nodeset='/data/gruppe/barn/sykdom'>"
                      "<input ref='/data/gruppe/barn/sykdom/slag'><label>Slag</label></input>"
                      "</repeat></repeat></group>");
}

struct read {
    struct given given;
    struct finding_list findings;
    struct cases_file file;
};

static struct read read_bytes(struct bytes text)
{
    struct read read = {.given = given_camp()};
    finding_list_init(&read.findings, read.given.arena);
    cases_parse(text, "leir/cases/a.case", read.given.form, read.given.arena, &read.file,
                &read.findings);
    return read;
}

static struct read read_text(const char *text)
{
    return read_bytes(BYTES_OF(text));
}

/* Read without a finding. */
static struct read read_good(const char *text)
{
    struct read read = read_text(text);
    for (size_t i = 0; i < read.findings.count; i++)
        print_error("%d: %s\n", read.findings.items[i].line, read.findings.items[i].text);
    assert_int_equal(read.findings.count, 0);
    return read;
}

static const struct cases_step *step_of(const struct read *read, size_t of_case, size_t step)
{
    assert_true(of_case < read->file.case_count);
    assert_true(step < read->file.cases[of_case].step_count);
    return read->file.cases[of_case].steps[step];
}

static void assert_refused(const char *text, int line, const char *part)
{
    struct read read = read_text(text);
    if (!read.findings.count)
        fail_msg("not refused: %s", text);
    assert_int_equal(read.findings.items[0].line, line);
    assert_string_equal(read.findings.items[0].file, "leir/cases/a.case");
    if (!strstr(read.findings.items[0].text, part))
        fail_msg("'%s' does not say '%s'", read.findings.items[0].text, part);
    given_end(&read.given);
}

static void a_case_begins_with_what_stands_before_the_first(void **state)
{
    (void)state;
    struct read read = read_good("today 2026-11-23\nnavn = Kari\n\ncase  One \nerrors: none\n"
                                 "# a comment\ncase Two\n  tick enig\n  errors: none\n");

    assert_int_equal(read.file.case_count, 2);
    assert_string_equal(read.file.cases[0].title, "One");
    assert_int_equal(read.file.cases[0].line, 4);
    assert_int_equal(read.file.common_count, 2);
    assert_int_equal(read.file.common[0]->kind, CASES_TODAY);
    assert_string_equal(read.file.common[1]->text, "Kari");
    assert_int_equal(read.file.cases[0].step_count, 1);
    assert_int_equal(read.file.cases[1].step_count, 2);
    assert_int_equal(step_of(&read, 1, 0)->kind, CASES_TICK);
    assert_int_equal(step_of(&read, 1, 0)->line, 8);
    assert_int_equal(step_of(&read, 1, 0)->indent, 2);
    given_end(&read.given);
}

static void a_day_is_noon_in_norway_unless_it_says_when(void **state)
{
    (void)state;
    struct read read = read_good("case A\ntoday 2026-11-23\ntoday 23.7.2026\n"
                                 "today 2026-07-23 kl. 8.05\nerrors: none\n");

    assert_int_equal(step_of(&read, 0, 0)->moment, 1795431600); /* 11:00Z */
    assert_int_equal(step_of(&read, 0, 1)->moment, 1784800800); /* 10:00Z */
    assert_int_equal(step_of(&read, 0, 2)->moment, 1784786700); /* 06:05Z */
    given_end(&read.given);
}

static void a_text_of_several_lines_stands_further_in(void **state)
{
    (void)state;
    struct read read = read_good("case A\ntoday 2026-11-23\nnavn =\n\n    Kari\n\n      Solvang  \n"
                                 "\nvalue navn:\n\t\tKari # not a comment\n\t\nerrors: none\n");

    assert_string_equal(step_of(&read, 0, 1)->text, "\nKari\n\n  Solvang");
    assert_int_equal(step_of(&read, 0, 1)->line, 3);
    assert_int_equal(step_of(&read, 0, 1)->last_line, 7);
    assert_string_equal(step_of(&read, 0, 2)->text, "Kari # not a comment");
    assert_int_equal(step_of(&read, 0, 3)->kind, CASES_ERRORS);
    given_end(&read.given);
}

static void files_as_windows_writes_them_are_read(void **state)
{
    (void)state;
    struct read read = read_good("\xEF\xBB\xBF"
                                 "case A\r\ntoday 2026-11-23\r\nnavn =\r\n  Kari\r\n  Ola\r\n"
                                 "errors: none\r\n");

    assert_string_equal(read.file.cases[0].title, "A");
    assert_string_equal(step_of(&read, 0, 1)->text, "Kari\nOla");
    given_end(&read.given);
}

static void a_word_before_an_equals_sign_is_a_field(void **state)
{
    (void)state;
    struct read read = read_text("case A\ntoday 2026-11-23\nerror = x\ncannot = x\nerrors: none\n");

    assert_int_equal(read.findings.count, 2);
    assert_non_null(strstr(read.findings.items[0].text, "no field 'error'"));
    assert_non_null(strstr(read.findings.items[1].text, "no field 'cannot'"));
    given_end(&read.given);
}

static void errors_are_lines_of_field_and_message(void **state)
{
    (void)state;
    struct read read = read_good("case A\ntoday 2026-11-23\nerrors gruppe:\n"
                                 "  barn 2/navn: Skriv navn: for- og etternavn\n\n  alder: Nei\n"
                                 "errors:\n");

    const struct cases_step *step = step_of(&read, 0, 1);
    assert_string_equal(step->page->word, "gruppe");
    assert_int_equal(step->error_count, 2);
    assert_string_equal(step->errors[0].place.field->path, "/data/gruppe/barn/navn");
    assert_int_equal(step->errors[0].place.rows[2], 2);
    assert_string_equal(step->errors[0].text, "Skriv navn: for- og etternavn");
    assert_int_equal(step_of(&read, 0, 2)->error_count, 0);
    given_end(&read.given);
}

static void what_shall_not_be_possible_is_a_step_and_enough_for_a_case(void **state)
{
    (void)state;
    struct read read = read_good("case A\ntoday 2026-11-23\ncannot  add barn\n");

    assert_true(step_of(&read, 0, 1)->cannot);
    assert_int_equal(step_of(&read, 0, 1)->kind, CASES_ADD);
    given_end(&read.given);
}

static void a_document_says_from_whom_and_when(void **state)
{
    (void)state;
    struct read read = read_good("case A\n  today 2026-11-23\n  attach bevis = Attest, to sider\n"
                                 "    # from the tax administration\n"
                                 "    from 974761076  Skatteetaten  Oslo\n    dated 23.5.2026\n"
                                 "  attach bevis = a.pdf\n  errors: none\n");

    const struct cases_document *document = &step_of(&read, 0, 1)->document;
    assert_string_equal(document->name, "Attest, to sider");
    assert_true(document->from_postbox);
    assert_string_equal(document->issuer_number, "974761076");
    assert_string_equal(document->issuer, "Skatteetaten  Oslo");
    assert_string_equal(document->issued, "2026-05-23");
    assert_int_equal(step_of(&read, 0, 1)->last_line, 6);
    assert_false(step_of(&read, 0, 2)->document.from_postbox);
    given_end(&read.given);
}

static void what_is_wrong_is_told_with_line_and_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } wrong[] = {
        {"nav = Kari", "did you mean 'navn'?"},
        {"gruppe/bern/navn = Kari", "did you mean 'gruppe/barn/navn'?"},
        {"gruppe = Kari", "is a group"},
        {"sum = 2", "is calculated"},
        {"enig = ja", "tick enig"},
        {"bevis = a.pdf", "attach bevis"},
        {"navn 2 = Kari", "leave out the number 2"},
        {"barn 501/navn = Kari", "no name of a field"},
        {"barn x/navn = Kari", "no line begins with 'barn'"},
        {"barn//navn = Kari", "no name of a field"},
        {"/data/barn/navn = Kari", "no field '/data/barn/navn'"},
        {"tikk enig", "did you mean 'tick'?"},
        {"tick navn", "is no box"},
        {"tick", "say which field"},
        {"add navn", "is no repeat"},
        {"add barn 2", "leave out its number"},
        {"remove barn", "say which row"},
        {"remove navn", "is no row"},
        {"later navn", "does not ask for a document"},
        {"attach bevis", "write 'attach"},
        {"attach bevis = a.pdf\n  from Skatteetaten", "no organisation number"},
        {"attach bevis = a.pdf\n  fra 974761076", "it can be said"},
        {"attach bevis = a.pdf\n  dated 2026-01-01", "from whom"},
        {"today tomorrow", "'tomorrow' is no date"},
        {"today 2026-02-29", "is no date"},
        {"today 1969-01-01", "no day that can be today"},
        {"today 2026-01-01 25.00", "no time of day"},
        {"language en", "it is in: nb"},
        {"citizen", "say who"},
        {"citizen Kari, 123", "no national identity number"},
        {"known krr.emial = a@b.no", "it is one of: person.address"},
        {"known person.name = Kari", "write 'citizen'"},
        {"known org.name = AS", "say of which organisation"},
        {"known krr.email 310245682 = a@b.no", "write 'known krr.email = "},
        {"known krr.email", "write 'known krr.email = "},
        {"cannot known krr.email = a@b.no", "'cannot' stands before"},
        {"press", "write what stands on it"},
        {"press barn 2 =", "write what stands on it"},
        {"press barm 2 = Kopier", "did you mean 'barn'?"},
        {"pages: en", "the form has no page 'en'"},
        {"pages: gruppe: navn", "the form has no page"},
        {"errors to: none", "the form has no page 'to'; it has: "},
        {"errors:\n  navn Skriv", "write field and message"},
        {"value: Kari", "say which field"},
        {"value navn", "there is no colon"},
        {"shown:", "say which fields"},
        {"shown navn: x", "write 'shown:' alone"},
        {"rows navn: 2", "has no rows"},
        {"choices navn: none", "offers no choices"},
        {"cannot value navn: Kari", "'cannot' stands before"},
        {"cannot today 2026-01-01", "'cannot' stands before"},
        {"navn = Kari\n  Solvang", "takes nothing below it"},
        {"Kari", "no line begins with 'Kari'"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct read read = read_text("case A\ntoday 2026-11-23\nerrors: none\n");
        const char *text = arena_printf(
            read.given.arena, "case A\ntoday 2026-11-23\nerrors: none\n%s\n", wrong[i].line);
        bool below = strstr(wrong[i].line, "\n  ") && !strstr(wrong[i].line, "dated");
        assert_refused(text, below ? 5 : 4, wrong[i].part);
        given_end(&read.given);
    }
}

static void a_name_that_several_fields_have_must_say_which(void **state)
{
    (void)state;
    assert_refused("case A\ntoday 2026-11-23\nerrors: none\nbarn/nav = x\n", 4,
                   "did you mean 'barn/navn'?");
    struct read read = read_good("case A\ntoday 2026-11-23\nnavn = at the top\nerrors: none\n");
    assert_string_equal(step_of(&read, 0, 1)->places->field->path, "/data/navn");
    given_end(&read.given);
}

static void a_case_that_cannot_be_tried_is_refused(void **state)
{
    (void)state;
    assert_refused("", 0, "has no case");
    assert_refused("# nothing\n", 0, "has no case");
    assert_refused("today 2026-11-23\ncase\nerrors: none\n", 2, "give the case a title");
    assert_refused("case A\nnavn = Kari\nerrors: none\n", 1, "which day it is");
    assert_refused("case A\ntoday 2026-11-23\nnavn = Kari\n", 1, "nothing that shall be");
    assert_refused("today 2026-11-23\nerrors: none\ncase A\nerrors: none\n", 2,
                   "before the first case");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const unsigned char zero[] = "case A\0", broken[] = "case \xC3(";
    struct read read = read_bytes((struct bytes){zero, sizeof zero});
    assert_non_null(strstr(read.findings.items[0].text, "zero byte"));
    given_end(&read.given);
    read = read_bytes((struct bytes){broken, sizeof broken - 1});
    assert_non_null(strstr(read.findings.items[0].text, "not UTF-8"));
    given_end(&read.given);

    struct arena *arena = arena_open();
    unsigned char *large = arena_alloc(arena, CASES_MAX_BYTES + 1);
    memset(large, '#', CASES_MAX_BYTES + 1);
    read = read_bytes((struct bytes){large, CASES_MAX_BYTES + 1});
    assert_non_null(strstr(read.findings.items[0].text, "larger than"));
    given_end(&read.given);
    read = read_bytes((struct bytes){large, CASES_MAX_BYTES});
    assert_non_null(strstr(read.findings.items[0].text, "has no case"));
    given_end(&read.given);
    arena_close(&arena);
}

static void a_name_is_the_shortest_that_means_one_field(void **state)
{
    (void)state;
    struct given given = given_camp();
    static const char *const names[][2] = {
        {"/data", "data"},
        {"/data/navn", "navn"},
        {"/data/gruppe/navn", "gruppe/navn"},
        {"/data/gruppe/barn/navn", "barn/navn"},
        {"/data/gruppe/barn/alder", "alder"},
        {"/data/gruppe/barn/sykdom/slag", "slag"},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct form_field *field = form_field_find(given.form, names[i][0]);
        assert_string_equal(cases_short_name(given.form, field), names[i][1]);
        struct cases_place place;
        const char *why;
        assert_true(cases_find(given.arena, given.form, names[i][1], &place, &why));
        assert_ptr_equal(place.field, field);
        assert_true(cases_find(given.arena, given.form, names[i][0], &place, &why));
        assert_ptr_equal(place.field, field);
    }
    given_end(&given);
}

static void rows_are_named_where_there_are_several(void **state)
{
    (void)state;
    struct given given = given_camp();
    given.answers = answers_open(given.form, GIVEN_NOW);
    struct place *slag = given_place(&given, "/data/gruppe/barn[1]/sykdom[1]/slag");
    assert_string_equal(cases_place_name(given.arena, given.form, slag), "slag");

    struct error err;
    struct place *row;
    assert_true(
        answers_add(given.answers, given_repeat(&given, "/data/gruppe/barn"), NULL, &row, &err));
    assert_string_equal(cases_place_name(given.arena, given.form, slag), "barn 1/sykdom/slag");

    struct cases_place place;
    const char *why;
    assert_true(cases_find(given.arena, given.form, "barn[2] / sykdom 13 / slag", &place, &why));
    assert_int_equal(place.rows[2], 2);
    assert_int_equal(place.rows[3], 13);
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_begins_with_what_stands_before_the_first),
        cmocka_unit_test(a_day_is_noon_in_norway_unless_it_says_when),
        cmocka_unit_test(a_text_of_several_lines_stands_further_in),
        cmocka_unit_test(files_as_windows_writes_them_are_read),
        cmocka_unit_test(a_word_before_an_equals_sign_is_a_field),
        cmocka_unit_test(errors_are_lines_of_field_and_message),
        cmocka_unit_test(what_shall_not_be_possible_is_a_step_and_enough_for_a_case),
        cmocka_unit_test(a_document_says_from_whom_and_when),
        cmocka_unit_test(what_is_wrong_is_told_with_line_and_what_to_do),
        cmocka_unit_test(a_name_that_several_fields_have_must_say_which),
        cmocka_unit_test(a_case_that_cannot_be_tried_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_name_is_the_shortest_that_means_one_field),
        cmocka_unit_test(rows_are_named_where_there_are_several),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

#include "given.h"

#include "engine/base/clock.h"
#include "forms/locale.h"
#include "forms/posted.h"
#include "forms/match.h"
#include "forms/validate.h"

static const char model[] =
    "<itext><translation lang='nb' default='true()'><text id='alder'><value>Barnet må være under "
    "seks år</value></text></translation><translation lang='nn'><text id='alder'><value>Barnet må "
    "vere under seks år</value></text></translation></itext>"
    "<instance><data id='x'><navn/><inntekt/><fodt/><alder/><sivil/><tekst/><enig/><vedlegg/>"
    "<skjult/><uten/></data></instance>"
    "<bind nodeset='/data/navn' required='true()'/>"
    "<bind nodeset='/data/inntekt' type='int' required='true()'/>"
    "<bind nodeset='/data/fodt' type='date' constraint='. &lt;= today()'/>"
    "<bind nodeset='/data/alder' type='int' constraint='. &lt; 6' "
    "jr:constraintMsg=\"jr:itext('alder')\"/>"
    "<bind nodeset='/data/sivil' required='true()' jr:requiredMsg='Velg hvordan du bor'/>"
    "<bind nodeset='/data/enig' type='boolean' required='true()'/>"
    "<bind nodeset='/data/vedlegg' type='binary' required='true()'/>"
    "<bind nodeset='/data/skjult' required='true()' relevant='false()'/>"
    "<bind nodeset='/data/uten' type='int'/>";
static const char body[] =
    "<group><label>Side</label><input ref='/data/navn'><label>Hva heter du?</label></input>"
    "<input ref='/data/inntekt' sk:max='10000000'><label>Hva tjener du?</label>"
    "<sk:name>din inntekt</sk:name></input>"
    "<input ref='/data/fodt'><label>Fødselsdato</label></input>"
    "<input ref='/data/alder'><label>Alder</label></input>"
    "<select1 ref='/data/sivil'><label>Sivilstand</label><item><label>A</label><value>a</value>"
    "</item></select1><textarea ref='/data/tekst' sk:max='5'><label>Begrunnelse</label></textarea>"
    "<input ref='/data/enig'><label>Opplysningene er riktige</label></input>"
    "<upload ref='/data/vedlegg' sk:sources='postbox disk later'><label>Skatteattest</label>"
    "<sk:match type='tax-certificate' issuer='974761076' max-age='P6M'/></upload>"
    "<input ref='/data/skjult'><label>Skjult</label></input></group>";

/* What is said about a place, or "". */
static const char *said(struct given *given, const char *path, const char *language)
{
    struct finding_list findings;
    finding_list_init(&findings, given->arena);
    size_t count;
    validate_page(given->answers, &form_pages(given->form, &count)[0], language, &findings);
    const struct finding *finding = finding_find(&findings, path);
    return finding ? finding->text : "";
}

static void what_is_missing_is_said_by_its_name_or_its_question(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    assert_string_equal(said(&given, "/data/navn", "nb"), "Svar på spørsmålet «Hva heter du?»");
    assert_string_equal(said(&given, "/data/inntekt", "nb"), "Skriv din inntekt");
    assert_string_equal(said(&given, "/data/sivil", "nb"), "Velg hvordan du bor");
    assert_string_equal(said(&given, "/data/enig", "nb"),
                        "Kryss av for at opplysningene er riktige");
    assert_string_equal(said(&given, "/data/vedlegg", "nb"), "Legg ved skatteattest");
    assert_string_equal(said(&given, "/data/fodt", "nb"), "");
    assert_string_equal(said(&given, "/data/skjult", "nb"), "");
    given_end(&given);
}

static const char three_languages[] =
    "<itext><translation lang='nb' default='true()'>"
    "<text id='l'><value>Inntekt i kroner</value></text>"
    "<text id='n'><value>din inntekt</value></text>"
    "<text id='f'><value>Fødselsdato</value></text></translation>"
    "<translation lang='en'><text id='l'><value>Income in kroner</value></text>"
    "<text id='n'><value>your income</value></text></translation>"
    "<translation lang='uk'><text id='l'><value>Дохід у кронах</value></text>"
    "<text id='n'><value>ваш дохід</value></text></translation></itext>"
    "<instance><data id='x'><inntekt/><fodt/></data></instance>"
    "<bind nodeset='/data/inntekt' type='int' required='true()'/>"
    "<bind nodeset='/data/fodt' type='date' required='true()'/>";
static const char named[] =
    "<group><label>Side</label><input ref='/data/inntekt' sk:max='100000'>"
    "<label ref=\"jr:itext('l')\"/><sk:name ref=\"jr:itext('n')\"/></input>"
    "<input ref='/data/fodt'><label ref=\"jr:itext('f')\"/></input></group>";

static void a_message_and_the_name_in_it_are_of_one_language(void **state)
{
    (void)state;
    struct given given = given_answers(three_languages, named);
    assert_string_equal(said(&given, "/data/inntekt", "en"), "Enter your income");
    assert_string_equal(said(&given, "/data/fodt", "en"), "Skriv fødselsdato med dag, måned og år");
    assert_string_equal(said(&given, "/data/inntekt", "uk"), "Enter your income");
    assert_string_equal(said(&given, "/data/inntekt", "se"), "Skriv din inntekt");
    given_set(&given, "/data/inntekt", "100001");
    assert_string_equal(said(&given, "/data/inntekt", "en"), "Your income must be 100,000 or less");

    struct finding_list findings;
    finding_list_init(&findings, given.arena);
    size_t count;
    validate_page(given.answers, &form_pages(given.form, &count)[0], "en", &findings);
    assert_string_equal(finding_find(&findings, "/data/fodt")->language, "nb");
    assert_string_equal(finding_find(&findings, "/data/inntekt")->language, "en");
    given_end(&given);
}

static void what_is_no_number_or_date_is_said_with_what_is_wrong(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/inntekt", "ca 420000");
    assert_non_null(
        strstr(said(&given, "/data/inntekt", "nb"), "Din inntekt må være et helt tall"));
    given_set(&given, "/data/inntekt", "10000001");
    assert_string_equal(said(&given, "/data/inntekt", "nb"),
                        "Din inntekt må være 10\u00a0000\u00a0000 eller mindre");

    given_set(&given, "/data/fodt", "31.2.2022");
    assert_string_equal(said(&given, "/data/fodt", "nb"),
                        "Fødselsdato må være en dato som finnes. Februar har 28 dager.");
    given_set(&given, "/data/fodt", "3..2022");
    assert_string_equal(said(&given, "/data/fodt", "nb"), "Fødselsdato mangler måned");
    given_set(&given, "/data/fodt", "2026-11-24");
    assert_string_equal(said(&given, "/data/fodt", "nb"), "Sjekk fødselsdato");
    given_set(&given, "/data/fodt", "2026-11-23");
    assert_string_equal(said(&given, "/data/fodt", "nb"), "");
    given_end(&given);
}

static void the_authors_message_comes_in_the_readers_language(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/alder", "7");
    assert_string_equal(said(&given, "/data/alder", "nn"), "Barnet må vere under seks år");
    given_set(&given, "/data/alder", "5");
    assert_string_equal(said(&given, "/data/alder", "nn"), "");
    given_end(&given);
}

static void lengths_and_choices_are_checked(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/tekst", "blåbær");
    assert_string_equal(said(&given, "/data/tekst", "nb"),
                        "Begrunnelse kan ha høyst 5 tegn. Fjern 1.");
    given_set(&given, "/data/tekst", "bærøy");
    assert_string_equal(said(&given, "/data/tekst", "nb"), "");
    given_set(&given, "/data/sivil", "b");
    assert_string_equal(said(&given, "/data/sivil", "nb"), "Velg sivilstand fra listen");
    given_end(&given);
}

static void a_document_must_be_what_was_asked_for(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *upload = given_place(&given, "/data/vedlegg");
    struct attachment_info info = {.source = "postbox",
                                   .document = "d",
                                   .name = "Skatteattest",
                                   .issuer = "974761076",
                                   .type = "tax-certificate",
                                   .issued = "2026-05-23"};
    assert_true(answers_attach(given.answers, upload, &info, NULL));
    assert_string_equal(said(&given, "/data/vedlegg", "nb"), "");

    info.issued = "2026-05-22";
    assert_true(answers_attach(given.answers, upload, &info, NULL));
    assert_string_equal(said(&given, "/data/vedlegg", "nb"),
                        arena_printf(given.arena,
                                     "Skatteattest er eldre enn 6 måneder. Legg ved "
                                     "skatteattest fra %s eller senere.",
                                     locale_date(given.arena, "2026-05-23", "nb")));

    const struct form_upload *rules = place_field(upload)->control->upload;
    int64_t today = answers_today(given.answers);
    assert_int_equal(today, clock_days(2026, 11, 23));
    info.issuer = "1";
    assert_string_equal(match_document(rules, &info, today, NULL), "match.issuer");
    info.type = "annet";
    assert_string_equal(match_document(rules, &info, today, NULL), "match.type");
    info.source = "disk"; /* nobody vouches for it: not judged */
    assert_null(match_document(rules, &info, today, NULL));

    answers_send_later(given.answers, upload, true);
    assert_string_equal(said(&given, "/data/vedlegg", "nb"), "");
    given_end(&given);
}

static void a_document_may_have_to_be_confirmed_and_valid_for_a_month_yet(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><bevis/></data></instance>"
        "<bind nodeset='/data/bevis' type='binary' jr:constraintMsg='Bekreftet, takk' "
        "constraint=\"@sk:source = 'later' or (@sk:verdict = 'issuer' and @sk:signer != '' and "
        "@sk:valid-until &gt; today() + 30)\"/>",
        "<upload ref='/data/bevis' sk:sources='postbox disk later'><label>Bevis</label>"
        "<sk:purpose>Vi trenger det</sk:purpose></upload>");
    struct place *upload = given_place(&given, "/data/bevis");
    struct attachment_info info = {.source = "disk",
                                   .document = "d",
                                   .name = "bevis.pdf",
                                   .verdict = "issuer",
                                   .signer = "Skatteetaten",
                                   .valid_until = "2026-12-31"};
    assert_true(answers_attach(given.answers, upload, &info, NULL));
    assert_string_equal(said(&given, "/data/bevis", "nb"), "");

    info.verdict = "uploaded";
    assert_true(answers_attach(given.answers, upload, &info, NULL));
    assert_string_equal(said(&given, "/data/bevis", "nb"), "Bekreftet, takk");

    info.verdict = "issuer", info.valid_until = "2026-11-30";
    assert_true(answers_attach(given.answers, upload, &info, NULL));
    assert_string_equal(said(&given, "/data/bevis", "nb"), "Bekreftet, takk");

    answers_send_later(given.answers, upload, true);
    assert_string_equal(said(&given, "/data/bevis", "nb"), "");
    given_end(&given);
}

static void val_1_the_whole_form_is_checked_also_what_no_page_shows(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/uten", "x");
    struct finding_list findings;
    finding_list_init(&findings, given.arena);
    validate_all(given.answers, "nb", &findings);
    assert_non_null(finding_find(&findings, "/data/navn"));
    assert_non_null(finding_find(&findings, "/data/uten"));
    assert_null(finding_find(&findings, "/data/skjult"));
    given_end(&given);
}

static void a_reason_comes_with_each_place(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/navn")),
                     VALIDATE_REQUIRED);
    given_set(&given, "/data/alder", "x");
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/alder")),
                     VALIDATE_TYPE);
    given_set(&given, "/data/alder", "6");
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/alder")),
                     VALIDATE_CONSTRAINT);
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/skjult")),
                     VALIDATE_OK);
    given_end(&given);
}

static void rows_are_found_by_their_numbers_and_counted(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><barn jr:template=''><navn/></barn></data></instance>"
        "<bind nodeset='/data/barn/navn' required='true()'/>",
        "<group ref='/data/barn'><label>Barn</label><repeat nodeset='/data/barn' sk:max='2'>"
        "<label>Barn</label><input ref='/data/barn/navn'><label>Navn</label></input></repeat>"
        "</group>");
    given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");
    given_set(&given, "/data/barn[1]/navn", "Nora");
    assert_string_equal(said(&given, "/data/barn[1]/navn", "nb"), "");
    assert_string_equal(said(&given, "/data/barn[2]/navn", "nb"), "Skriv navn");
    size_t count;
    assert_ptr_equal(validate_page_of(given.form, form_field_find(given.form, "/data/barn/navn")),
                     &form_pages(given.form, &count)[0]);
    given_end(&given);
}

static void an_expression_that_cannot_be_evaluated_stops_the_sending(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><a>1</a></data></instance>"
                      "<bind nodeset='/data/a' constraint=\"regex(., concat('(', ''))\"/>",
                      "<input ref='/data/a'><label>A</label></input>");
    struct finding_list findings;
    finding_list_init(&findings, given.arena);
    validate_all(given.answers, "nb", &findings);
    assert_int_equal(findings.errors, 2); /* the constraint does not hold; and why */
    given_end(&given);
}

static void a_page_is_done_when_nothing_on_it_is_wrong(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><navn/><alder/></data></instance>"
        "<bind nodeset='/data/navn' required='true()'/>"
        "<bind nodeset='/data/alder' constraint='. &lt; 6'/>",
        "<group><label>Side</label><input ref='/data/navn'><label>Navn</label></input>"
        "<input ref='/data/alder'><label>Alder</label></input></group>");
    size_t count;
    const struct form_page *page = form_pages(given.form, &count);
    assert_false(validate_page_is_done(given.answers, page));
    given_set(&given, "/data/navn", "Kari");
    assert_true(validate_page_is_done(given.answers, page));
    given_set(&given, "/data/alder", "7");
    assert_false(validate_page_is_done(given.answers, page));
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_said_by_its_name_or_its_question),
        cmocka_unit_test(a_message_and_the_name_in_it_are_of_one_language),
        cmocka_unit_test(what_is_no_number_or_date_is_said_with_what_is_wrong),
        cmocka_unit_test(the_authors_message_comes_in_the_readers_language),
        cmocka_unit_test(lengths_and_choices_are_checked),
        cmocka_unit_test(a_document_must_be_what_was_asked_for),
        cmocka_unit_test(a_document_may_have_to_be_confirmed_and_valid_for_a_month_yet),
        cmocka_unit_test(val_1_the_whole_form_is_checked_also_what_no_page_shows),
        cmocka_unit_test(a_reason_comes_with_each_place),
        cmocka_unit_test(rows_are_found_by_their_numbers_and_counted),
        cmocka_unit_test(an_expression_that_cannot_be_evaluated_stops_the_sending),
        cmocka_unit_test(a_page_is_done_when_nothing_on_it_is_wrong),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

#include "given.h"

#include <pthread.h>

static const char model[] =
    "<instance><data id='x'><sivil/><partner><navn/></partner>"
    "<barn jr:template=''><navn/><fodt/></barn><antall/><vedlegg/><flere/></data></instance>"
    "<bind nodeset='/data/partner' relevant=\"/data/sivil = 'gift'\"/>"
    "<bind nodeset='/data/barn/fodt' type='date'/>"
    "<bind nodeset='/data/antall' calculate='count(/data/barn)'/>"
    "<bind nodeset='/data/vedlegg' type='binary' required='true()'/>"
    "<bind nodeset='/data/flere' type='binary'/>";
static const char body[] =
    "<select1 ref='/data/sivil'><label>Sivilstand</label>"
    "<item><label>Gift</label><value>gift</value></item>"
    "<item><label>Alene</label><value>alene</value></item></select1>"
    "<group ref='/data/partner'><label>Partner</label>"
    "<input ref='/data/partner/navn'><label>Navn</label></input></group>"
    "<group ref='/data/barn'><label>Barn</label><repeat nodeset='/data/barn' sk:max='4'>"
    "<input ref='/data/barn/navn'><label>Navn på barn <output value='position(..)'/></label>"
    "</input><input ref='/data/barn/fodt'><label>Født</label></input></repeat></group>"
    "<upload ref='/data/vedlegg'><label>Vedlegg</label></upload>"
    "<upload ref='/data/flere' sk:max-files='2'><label>Flere</label></upload>";

static struct attachment_info document(const char *id, const char *name)
{
    return (struct attachment_info){.source = "postbox",
                                    .document = id,
                                    .name = name,
                                    .issuer = "974760673",
                                    .issued = "2026-04-03",
                                    .type = "tax-return",
                                    .sha256 = "00ff",
                                    .verified = "origin",
                                    .verdict = "issuer",
                                    .issuer_name = "Skatteetaten & co",
                                    .delivered = "2026-04-03T08:12:00+02:00",
                                    .fetched = "2026-04-04T09:00:00+02:00",
                                    .consent = "c1",
                                    .signer = "SKATTEETATEN",
                                    .signed_at = "2026-04-02T12:00:00+02:00",
                                    .valid_until = "2026-12-31"};
}

static const char *draft(struct given *given)
{
    return (const char *)answers_write(given->answers, given->arena, ANSWERS_DRAFT).data;
}

static void what_is_hidden_is_kept_in_the_draft_and_not_sent(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/sivil", "gift");
    given_set(&given, "/data/partner/navn", "Kari & <Ola>");
    assert_non_null(strstr(given_sent(&given), "<navn>Kari &amp; &lt;Ola&gt;</navn>"));

    given_set(&given, "/data/sivil", "alene");
    assert_null(strstr(given_sent(&given), "partner"));
    assert_non_null(strstr(draft(&given), "<navn>Kari &amp; &lt;Ola&gt;</navn>"));
    assert_string_equal(given_value(&given, "/data/partner/navn"), "Kari & <Ola>");

    given_set(&given, "/data/sivil", "gift");
    assert_non_null(strstr(given_sent(&given), "Kari &amp;"));
    given_end(&given);
}

static void a_draft_that_is_loaded_is_the_same(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/sivil", "alene");
    given_set(&given, "/data/partner/navn", "linje 1\r\nlinje 2\t\"\x01");
    given_row(&given, "/data/barn");
    struct place *middle = given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");
    given_set(&given, "/data/barn[3]/navn", "Nora");
    answers_remove(given.answers, middle);
    struct error err = {0};
    struct attachment_info one = document("d1", "skatt.pdf"), two = document("d2", "lønn.pdf");
    assert_true(answers_attach(given.answers, given_place(&given, "/data/vedlegg"), &one, &err));
    assert_true(answers_attach(given.answers, given_place(&given, "/data/flere"), &one, &err));
    assert_true(answers_attach(given.answers, given_place(&given, "/data/flere"), &two, &err));
    assert_non_null(strstr(given_sent(&given), "sk:verdict=\"issuer\""));
    assert_non_null(strstr(given_sent(&given), "sk:signer=\"SKATTEETATEN\""));
    assert_non_null(strstr(given_sent(&given), "sk:valid-until=\"2026-12-31\""));
    struct bytes stored = answers_write(given.answers, given.arena, ANSWERS_DRAFT);

    struct answers *again = NULL;
    assert_true(answers_load(given.form, GIVEN_NOW, stored, &again, &err));

    struct bytes twice = answers_write(again, given.arena, ANSWERS_DRAFT);
    assert_string_equal((const char *)twice.data, (const char *)stored.data);
    assert_string_equal(place_value(answers_find(again, "/data/partner/navn")),
                        "linje 1\nlinje 2\t\"");
    assert_string_equal(place_id(given.arena, answers_find(again, "/data/barn[2]/navn")),
                        "barn-3-navn");
    struct attachment_info *infos;
    assert_int_equal(place_attachments(answers_find(again, "/data/flere"), given.arena, &infos), 2);
    assert_string_equal(infos[1].name, "lønn.pdf");
    assert_string_equal(infos[1].verified, "origin");
    assert_string_equal(infos[1].verdict, "issuer");
    assert_string_equal(infos[1].issuer_name, "Skatteetaten & co");
    assert_string_equal(infos[1].delivered, "2026-04-03T08:12:00+02:00");
    assert_string_equal(infos[1].fetched, "2026-04-04T09:00:00+02:00");
    assert_string_equal(infos[1].consent, "c1");
    assert_string_equal(infos[1].signer, "SKATTEETATEN");
    assert_string_equal(infos[1].signed_at, "2026-04-02T12:00:00+02:00");
    assert_string_equal(infos[1].valid_until, "2026-12-31");
    answers_close(&again);
    given_end(&given);
}

static void an_answer_in_another_namespace_is_read_again(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><jr:a>1</jr:a><orx:b>2</orx:b><c jr:template=''/></data></instance>"
        "<bind nodeset='/data/c' type='string'/>",
        "<input ref='/data/c'><label>C</label></input>");
    struct bytes stored = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    struct answers *again = NULL;
    struct error err = {0};

    if (!answers_load(given.form, GIVEN_NOW, stored, &again, &err))
        fail_msg("%s in %s", err.text, (const char *)stored.data);

    struct bytes twice = answers_write(again, given.arena, ANSWERS_DRAFT);
    assert_string_equal((const char *)twice.data, (const char *)stored.data);
    assert_string_equal(place_value(answers_find(again, "/data/jr:a")), "1");
    answers_close(&again);
    given_end(&given);
}

static void texts_in_calculations_follow_the_language(void **state)
{
    (void)state;
    static const char in_two_languages[] =
        "<itext><translation lang='nb' default='true()'><text id='a'><value>Alene</value></text>"
        "<text id='hei'><value>Hei</value></text></translation>"
        "<translation lang='se'><text id='a'><value>Okto</value></text>"
        "<text id='hei'><value>Bures</value></text></translation></itext>"
        "<instance><data "
        "id='x'><sivil>a</sivil><hilsen/><valg/><antall/><forst/><nar/></data></instance>"
        "<bind nodeset='/data/hilsen' calculate=\"jr:itext('hei')\"/>"
        "<bind nodeset='/data/valg' calculate=\"jr:choice-name(/data/sivil, '/data/sivil')\"/>"
        "<bind nodeset='/data/nar' calculate=\"format-date('2026-05-17', '%a %e. %b')\"/>"
        "<setvalue event='odk-instance-first-load' ref='/data/forst' value=\"jr:itext('hei')\"/>";
    static const char one_select[] =
        "<group><label>S</label><select1 ref='/data/sivil'><label>Sivil</label><item>"
        "<label ref=\"jr:itext('a')\"/><value>a</value></item></select1>"
        "<input ref='/data/hilsen'><label>Hilsen</label>"
        "<setvalue event='xforms-value-changed' ref='/data/antall' value='/data/antall + 1'/>"
        "</input></group>";
    struct given given = given_answers(in_two_languages, one_select);
    assert_string_equal(given_value(&given, "/data/hilsen"), "Hei");
    assert_string_equal(given_value(&given, "/data/valg"), "Alene");
    assert_string_equal(given_value(&given, "/data/nar"), "søn. 17. mai");

    answers_speak(given.answers, "se-NO");

    assert_string_equal(given_value(&given, "/data/hilsen"), "Bures");
    assert_string_equal(given_value(&given, "/data/valg"), "Okto");
    assert_string_equal(given_value(&given, "/data/nar"), "sotn 17. mies");
    assert_string_equal(given_value(&given, "/data/antall"), ""); /* it was no event */
    assert_string_equal(given_value(&given, "/data/forst"), "Hei");
    struct bytes sent = answers_write(given.answers, given.arena, ANSWERS_SENT);
    assert_non_null(strstr((const char *)sent.data, "<hilsen>Bures</hilsen>"));

    struct answers *se = answers_open_in(given.form, GIVEN_NOW, "se");
    assert_string_equal(place_value(answers_find(se, "/data/forst")), "Bures");
    answers_close(&se);
    given_end(&given);
}

static void a_row_has_its_id_for_good(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *first = given_row(&given, "/data/barn");
    struct place *second = given_row(&given, "/data/barn");
    assert_string_equal(place_id(given.arena, second), "barn-2");
    assert_string_equal(place_path(given.arena, second), "/data/barn[2]");

    answers_remove(given.answers, first);
    assert_string_equal(place_id(given.arena, second), "barn-2");
    assert_string_equal(place_path(given.arena, second), "/data/barn[1]");
    assert_null(answers_row_find(given.answers, "barn-1"));
    assert_ptr_equal(answers_row_find(given.answers, "barn-2"), second);
    assert_null(answers_row_find(given.answers, "barn-2-navn"));

    answers_remove(given.answers, second);
    assert_string_equal(place_id(given.arena, given_row(&given, "/data/barn")), "barn-3");
    given_end(&given);
}

static void rows_have_a_greatest_number(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    const struct form_control *repeat = given_repeat(&given, "/data/barn");
    for (int i = 0; i < 4; i++) {
        assert_true(answers_can_add(given.answers, repeat, NULL));
        given_row(&given, "/data/barn");
    }
    assert_false(answers_can_add(given.answers, repeat, NULL));
    struct place *row;
    struct error err = {0};
    assert_false(answers_add(given.answers, repeat, NULL, &row, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_string_equal(given_value(&given, "/data/antall"), "4");
    given_end(&given);
}

static void the_least_number_of_rows_is_there_from_the_start(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><r jr:template=''><a>1</a></r></data></instance>",
        "<repeat nodeset='/data/r' sk:min='2'><input ref='/data/r/a'><label>A</label></input>"
        "</repeat>");
    const struct form_control *repeat = given_repeat(&given, "/data/r");
    struct place **rows;
    assert_int_equal(answers_rows(given.answers, given.arena, repeat, NULL, &rows), 2);
    assert_string_equal(given_value(&given, "/data/r[2]/a"), "1");
    assert_false(answers_can_remove(given.answers, repeat, rows[0]));
    given_row(&given, "/data/r");
    assert_true(answers_can_remove(given.answers, repeat, rows[0]));
    given_end(&given);
}

static void a_text_says_the_values_of_its_row(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");
    struct place *name = given_place(&given, "/data/barn[2]/navn");
    const struct form_control *control = place_field(name)->control;
    assert_string_equal(answers_show(given.answers, given.arena, control->label, name, "nb").text,
                        "Navn på barn 2");
    given_end(&given);
}

static void choices_come_with_what_is_chosen(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    given_set(&given, "/data/sivil", "alene");
    struct place *place = given_place(&given, "/data/sivil");
    const struct form_control *control = place_field(place)->control;
    struct answers_choice *choices;
    assert_int_equal(answers_choices(given.answers, given.arena, control, place, "nb", &choices),
                     2);
    assert_string_equal(choices[1].label.text, "Alene");
    assert_true(choices[1].chosen);
    assert_false(choices[0].chosen);
    assert_string_equal(answers_read(given.answers, given.arena, control, place, "nb").text,
                        "Alene");
    given_end(&given);
}

static void expressions_read_where_a_document_comes_from(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><v/><fra/><dag/><spor/></data></instance>"
                      "<bind nodeset='/data/v' type='binary'/>"
                      "<bind nodeset='/data/dag' calculate='/data/v/@sk:expected'/>"
                      "<bind nodeset='/data/fra' calculate='/data/v/@sk:source'/>"
                      "<bind nodeset='/data/spor' relevant=\"/data/v/@sk:source = 'later'\"/>",
                      "<upload ref='/data/v' sk:sources='postbox later'><label>V</label></upload>"
                      "<input ref='/data/spor'><label>Når?</label></input>");
    struct place *upload = given_place(&given, "/data/v");
    struct attachment_info info = document("d1", "a.pdf");
    struct error err = {0};

    assert_true(answers_attach(given.answers, upload, &info, &err));
    assert_string_equal(given_value(&given, "/data/fra"), "postbox");

    answers_send_later(given.answers, upload, true);
    assert_string_equal(given_value(&given, "/data/fra"), "later");
    assert_true(place_is_later(upload));
    assert_true(place_is_relevant(given_place(&given, "/data/spor")));
    answers_expect(given.answers, upload, "2026-12-14");
    assert_string_equal(place_expected(upload), "2026-12-14");
    assert_string_equal(given_value(&given, "/data/dag"), "2026-12-14");

    answers_send_later(given.answers, upload, false);
    assert_string_equal(given_value(&given, "/data/fra"), "");
    assert_string_equal(place_expected(upload), "");
    assert_string_equal(given_value(&given, "/data/dag"), "");
    given_end(&given);
}

static void documents_are_counted_and_known_by_id(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *upload = given_place(&given, "/data/flere");
    struct error err = {0};
    struct attachment_info one = document("d1", "a.pdf"), two = document("d2", "b.pdf"),
                           three = document("d3", "c.pdf");
    assert_true(answers_attach(given.answers, upload, &one, &err));
    assert_true(answers_attach(given.answers, upload, &two, &err));
    assert_true(answers_attach(given.answers, upload, &two, &err)); /* the same again */
    assert_false(answers_attach(given.answers, upload, &three, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_true(answers_detach(given.answers, upload, "d1"));
    assert_false(answers_detach(given.answers, upload, "d1"));
    struct attachment_info *infos;
    assert_int_equal(place_attachments(upload, given.arena, &infos), 1);
    assert_string_equal(infos[0].document, "d2");
    given_end(&given);
}

static void a_value_has_a_greatest_size_and_is_utf8(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *place = given_place(&given, "/data/partner/navn");
    struct error err = {0};
    char *big = arena_alloc(given.arena, ANSWERS_MAX_VALUE_BYTES + 2);
    memset(big, 'x', ANSWERS_MAX_VALUE_BYTES);
    assert_true(answers_set(given.answers, place, big, &err));
    big[ANSWERS_MAX_VALUE_BYTES] = 'x';
    assert_false(answers_set(given.answers, place, big, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(answers_set(given.answers, place, "\xff", &err));
    assert_int_equal(err.code, ERROR_INVALID);
    given_end(&given);
}

static void answers_to_another_form_are_refused_and_to_an_older_one_fitted(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct answers *loaded = NULL;
    struct error err = {0};
    assert_false(answers_load(given.form, GIVEN_NOW, BYTES_OF("<annet/>"), &loaded, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(answers_load(given.form, GIVEN_NOW, BYTES_OF("<data><sivil>"), &loaded, &err));

    assert_true(
        answers_load(given.form, GIVEN_NOW,
                     BYTES_OF("<data><borte/><sivil>gift</sivil>"
                              "<barn><navn>A</navn></barn><barn/><antall>9</antall></data>"),
                     &loaded, &err));
    assert_string_equal(place_value(answers_find(loaded, "/data/sivil")), "gift");
    assert_string_equal(place_value(answers_find(loaded, "/data/barn[1]/navn")), "A");
    assert_string_equal(place_value(answers_find(loaded, "/data/antall")), "2");
    assert_null(answers_find(loaded, "/data/borte"));
    answers_close(&loaded);
    given_end(&given);
}

static void too_many_rows_in_a_draft_are_refused(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct buf xml;
    buf_init(&xml, given.arena);
    buf_add_text(&xml, "<data>");
    for (int i = 0; i <= FORM_MAX_ROWS; i++)
        buf_add_text(&xml, "<barn/>");
    buf_add_text(&xml, "</data>");
    struct answers *loaded = NULL;
    struct error err = {0};
    assert_false(answers_load(given.form, GIVEN_NOW, buf_bytes(&xml), &loaded, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    given_end(&given);
}

static void a_form_may_ask_for_more_rows_and_no_more_than_there_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *max;
        int rows;
    } cases[] = {{"600", 600}, {"1000000", FORM_MOST_ROWS}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct given given = given_answers(
            "<instance><data id='x'><barn jr:template=''><navn/></barn></data></instance>",
            arena_printf(arena,
                         "<repeat nodeset='/data/barn' sk:max='%s'><input ref='/data/barn/navn'>"
                         "<label>N</label></input></repeat>",
                         cases[i].max));
        const struct form_control *repeat = given_repeat(&given, "/data/barn");
        struct place *row;
        struct error err = {0};
        for (int n = 0; n < cases[i].rows; n++)
            given_row(&given, "/data/barn");
        assert_false(answers_can_add(given.answers, repeat, NULL));
        assert_false(answers_add(given.answers, repeat, NULL, &row, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
        given_end(&given);
    }
}

static void a_group_with_nothing_to_show_is_not_shown(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><a/><g><b/></g></data></instance>"
        "<bind nodeset='/data/g/b' relevant=\"/data/a = '1'\"/>",
        "<input ref='/data/a'><label>A</label></input>"
        "<group ref='/data/g'><input ref='/data/g/b'><label>B</label></input></group>");
    const struct form_page *page = form_page_find(given.form, "g");
    assert_false(answers_page_is_shown(given.answers, page));
    given_set(&given, "/data/a", "1");
    assert_true(answers_page_is_shown(given.answers, page));
    given_end(&given);
}

static void an_expression_that_fails_is_remembered(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><a/><b/></data></instance>"
                      "<bind nodeset='/data/b' relevant=\"regex(/data/a, concat('(', ''))\"/>",
                      "<input ref='/data/a'><label>A</label></input><input "
                      "ref='/data/b'><label>B</label></input>");
    assert_non_null(answers_trouble(given.answers));
    assert_true(place_is_relevant(given_place(&given, "/data/b"))); /* asked, not hidden */
    given_end(&given);
}

static void *answer_often(void *form)
{
    for (int i = 0; i < 50; i++) {
        struct answers *answers = answers_open(form, GIVEN_NOW);
        struct error err = {0};
        struct place *row = NULL;
        size_t count;
        const struct form_control *const *controls = form_controls(form, &count);
        for (size_t c = 0; c < count; c++)
            if (controls[c]->kind == FORM_REPEAT &&
                !answers_add(answers, controls[c], NULL, &row, &err))
                return "a row could not be added";
        if (!answers_set(answers, answers_find(answers, "/data/sivil"), "gift", &err))
            return "an answer could not be given";
        bool good = strcmp(place_value(answers_find(answers, "/data/antall")), "1") == 0 &&
                    place_is_relevant(answers_find(answers, "/data/partner"));
        answers_close(&answers);
        if (!good)
            return "another thread's answers were seen";
    }
    return NULL;
}

static void a_form_is_shared_by_threads(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_often, given.form), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        if (wrong)
            fail_msg("%s", (const char *)wrong);
    }
    given_end(&given);
}

/* found by fuzz_answers */
static void rows_that_a_draft_gives_one_id_get_ids_of_their_own(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><r><a/></r></data></instance>",
                      "<repeat nodeset='/data/r'><input ref='/data/r/a'><label>A</label></input>"
                      "</repeat>");
    struct answers *loaded = NULL;
    struct error err = {0};
    assert_true(answers_load(given.form, GIVEN_NOW,
                             BYTES_OF("<data xmlns:sk='urn:skjema:1' id='x'><r sk:row='2'/>"
                                      "<r sk:row='2'/><r sk:row='5'/></data>"),
                             &loaded, &err));
    static const char *const ids[] = {"r-2", "r-6", "r-5"};
    for (int i = 0; i < 3; i++) {
        const char *path = arena_printf(given.arena, "/data/r[%d]", i + 1);
        assert_string_equal(place_id(given.arena, answers_find(loaded, path)), ids[i]);
    }
    answers_close(&loaded);
    given_end(&given);
}

/* found by fuzz_form */
static void rows_that_are_counted_are_counted_wherever_they_are_shown(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><n>2</n><r jr:template=''><a/></r></data></instance>",
        "<repeat nodeset='/data/r' jr:count='/data/n'><input ref='/data/r/a'><label>A</label>"
        "</input></repeat><repeat nodeset='/data/r' id='igjen'><output ref='/data/r/a'/></repeat>");
    size_t count;
    const struct form_control *const *controls = form_controls(given.form, &count);
    struct place *row = given_place(&given, "/data/r[1]");
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT) {
            assert_false(answers_can_add(given.answers, controls[i], NULL));
            assert_false(answers_can_remove(given.answers, controls[i], row));
        }
    given_end(&given);
}

/* Also where a function takes a text that means something: a pattern, a path. */
static void xp_1_an_answer_that_looks_like_an_expression_is_a_text(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "' or '1'='1",
        "\"] | //* | /data[\"",
        "count(/data/*)",
        "/data/fasit",
        "concat('a', 'b')",
        "{/data/fasit}",
        "$fasit",
        "instance('secret')",
        "](",
        "&fasit;",
        "true()",
    };
    struct given given = given_answers(
        "<instance><data id='x'><svar/><fasit>hemmelig</fasit><lik/><samme/><lengde/><rad/></data>"
        "</instance><bind nodeset='/data/lik' calculate=\"/data/svar = /data/fasit\"/>"
        "<bind nodeset='/data/samme' calculate=\"concat(/data/svar, '')\"/>"
        "<bind nodeset='/data/lengde' calculate='string-length(/data/svar)'/>"
        "<bind nodeset='/data/rad' calculate='count(/data/*[. = /data/svar])'/>",
        "<input ref='/data/svar'><label>Svar</label></input>");
    for (size_t i = 0; i < COUNT(answers); i++) {
        given_set(&given, "/data/svar", answers[i]);
        assert_string_equal(given_value(&given, "/data/svar"), answers[i]);
        assert_string_equal(given_value(&given, "/data/samme"), answers[i]);
        assert_string_equal(given_value(&given, "/data/lik"), "false");
        assert_int_equal(atoi(given_value(&given, "/data/lengde")), strlen(answers[i]));
        assert_string_equal(given_value(&given, "/data/rad"), "2"); /* itself and its copy */
    }
    given_set(&given, "/data/svar", "hemmelig"); /* it can be true */
    assert_string_equal(given_value(&given, "/data/lik"), "true");
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hidden_is_kept_in_the_draft_and_not_sent),
        cmocka_unit_test(a_draft_that_is_loaded_is_the_same),
        cmocka_unit_test(an_answer_in_another_namespace_is_read_again),
        cmocka_unit_test(texts_in_calculations_follow_the_language),
        cmocka_unit_test(a_row_has_its_id_for_good),
        cmocka_unit_test(rows_have_a_greatest_number),
        cmocka_unit_test(the_least_number_of_rows_is_there_from_the_start),
        cmocka_unit_test(a_text_says_the_values_of_its_row),
        cmocka_unit_test(choices_come_with_what_is_chosen),
        cmocka_unit_test(expressions_read_where_a_document_comes_from),
        cmocka_unit_test(documents_are_counted_and_known_by_id),
        cmocka_unit_test(a_value_has_a_greatest_size_and_is_utf8),
        cmocka_unit_test(answers_to_another_form_are_refused_and_to_an_older_one_fitted),
        cmocka_unit_test(too_many_rows_in_a_draft_are_refused),
        cmocka_unit_test(a_form_may_ask_for_more_rows_and_no_more_than_there_can_be),
        cmocka_unit_test(a_group_with_nothing_to_show_is_not_shown),
        cmocka_unit_test(an_expression_that_fails_is_remembered),
        cmocka_unit_test(xp_1_an_answer_that_looks_like_an_expression_is_a_text),
        cmocka_unit_test(a_form_is_shared_by_threads),
        cmocka_unit_test(rows_that_a_draft_gives_one_id_get_ids_of_their_own),
        cmocka_unit_test(rows_that_are_counted_are_counted_wherever_they_are_shown),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

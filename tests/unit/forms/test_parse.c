#include "engine/base/text.h"
#include "given.h"

#include "forms/form_inside.h"

#include <stdio.h>
#include <stdlib.h>

static const char instance[] =
    "<instance><data id='prove' version='7'><navn/><alder/></data></instance>";

/* The finding with that code, its line and text. */
static void expect(const char *model, const char *body, const char *code, int line,
                   const char *text)
{
    struct given given = given_form(model, body);
    const struct finding *finding = given_finding(&given, code);
    if (!finding)
        fail_msg("no finding %s", code);
    if (!text_starts_with(finding->text, text)) /* what to do about it comes after */
        assert_string_equal(finding->text, text);
    assert_string_equal(finding->file, "prove/form.xml");
    assert_int_equal(finding->line, line);
    if (finding->severity == FINDING_ERROR)
        assert_null(given.form);
    given_end(&given);
}

static char *model_of(const char *more)
{
    static char text[2000];
    snprintf(text, sizeof text, "%s\n%s", instance, more);
    return text;
}

static void a_form_says_who_it_is(void **state)
{
    (void)state;
    struct given given =
        given_form(instance, "<input ref='/data/navn'><label>Navn</label></input>");
    assert_non_null(given.form);
    assert_string_equal(form_id(given.form), "prove");
    assert_string_equal(form_version(given.form), "7");
    assert_string_equal(form_show(given.form, given.arena, form_title(given.form), "nb").text,
                        "Prøve");
    size_t count;
    assert_string_equal(form_languages(given.form, &count)[0], "nb");
    assert_int_equal(count, 1);
    given_end(&given);
}

static void mistakes_are_found_with_their_lines(void **state)
{
    (void)state;
    const char *body = "<input ref='/data/navn'><label>Navn</label></input>";
    expect(model_of("<bnid nodeset='/data/navn'/>"), body, "element.unknown", 3,
           "unknown element <bnid> in the model");
    expect(model_of("<bind nodeset='/data/navn' requird='true()'/>"), body, "attribute.unknown", 3,
           "unknown attribute 'requird' on bind");
    expect(model_of("<bind nodeset='/data/navn' relevant='../alder &lt;'/>"), body, "expression", 3,
           "the expression ends where a value or a path is expected in: ../alder <");
    expect(model_of("<bind nodeset='/data/nvan' type='string'/>"), body, "bind.nodeset", 3,
           "bind to /data/nvan, but the instance has no such element");
    expect(model_of("<bind nodeset='/data/navn' type='sk:hest'/>"), body, "type.unknown", 3,
           "there is no type sk:hest");
    expect(instance, "<inptu ref='/data/navn'/>", "element.unknown", 3,
           "unknown element <inptu> among the controls");
    expect(instance, "<input ref='/data/nvan'><label>Navn</label></input>", "control.ref", 3,
           "the instance has no element /data/nvan");
    expect(instance, "<input><label>Navn</label></input>", "control.ref", 3,
           "<input> does not say what it is about: ref");
    expect(instance, "<input ref='/data/navn'><label ref=\"jr:itext('x')\"/></input>",
           "text.unknown", 3,
           "there is no text 'x' in itext: add <text id=\"x\"> to every translation");
    expect(instance, "<select1 ref='/data/navn'><label>Navn</label></select1>", "choices", 3,
           "there is nothing to choose: no item, no itemset");
    expect(instance, "", "body.empty", 3, "the body has no controls");
    expect("", body, "instance.missing", 2,
           "the model has no instance with an element in it: the answers");
}

static void every_mistake_is_told_not_only_the_first(void **state)
{
    (void)state;
    struct given given = given_form(
        model_of("<bind nodeset='/data/navn' relevant='('/>\n<bind nodeset='/data/alder' "
                 "required='feil()'/>"),
        "<inptu/>");
    assert_null(given.form);
    assert_int_equal(given.findings.errors, 3); /* that the body became empty is no news */
    given_end(&given);
}

static void what_is_no_form_is_a_finding_too(void **state)
{
    (void)state;
    static const struct {
        const char *source, *code;
    } cases[] = {
        {"", "xml"},
        {"<a>", "xml"},
        {"<!DOCTYPE a><a/>", "xml"},
        {"<a/>", "form.shape"},
        {"<html xmlns='http://www.w3.org/1999/xhtml'><head/><body/></html>", "form.shape"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct given given = given_source(cases[i].source);
        assert_null(given.form);
        assert_non_null(given_finding(&given, cases[i].code));
        given_end(&given);
    }
}

static void xml_1_a_form_has_a_greatest_size(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    unsigned char *big = arena_alloc(arena, FORM_MAX_BYTES + 1);
    memset(big, ' ', FORM_MAX_BYTES + 1);
    struct form *form =
        parse_form((struct bytes){big, FORM_MAX_BYTES + 1}, "stor/form.xml", &findings);
    assert_null(form);
    assert_string_equal(findings.items[0].code, "form.size");
    arena_close(&arena);
}

static void circles_name_the_binds_in_them(void **state)
{
    (void)state;
    expect("<instance><data id='x'><a/><b/><c/></data></instance>\n"
           "<bind nodeset='/data/a' calculate='../b + 1'/>\n"
           "<bind nodeset='/data/b' calculate='../c + 1'/>\n"
           "<bind nodeset='/data/c' calculate='../a + 1'/>",
           "<input ref='/data/a'><label>A</label></input>", "cycle", 3,
           "expressions depend on each other in a circle: calculate of /data/a reads calculate of "
           "/data/b reads calculate of /data/c reads calculate of /data/a");
    expect("<instance><data id='x'><g><a/></g></data></instance>\n"
           "<bind nodeset='/data/g' relevant=\"/data/g/a = '1'\"/>",
           "<input ref='/data/g/a'><label>A</label></input>", "cycle", 3,
           "relevant of /data/g depends on itself: it reads /data/g/a");
}

static void what_refers_to_itself_or_to_other_rows_is_no_circle(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x'><rad><sum/><n/></rad><a/></data></instance>"
        "<bind nodeset='/data/rad/sum' "
        "calculate='../n + sum(../preceding-sibling::rad[1]/sum)'/>"
        "<bind nodeset='/data/a' calculate=\"if(. = '', 1, . + 1)\"/>",
        "<repeat nodeset='/data/rad'><input ref='/data/rad/n'><label>N</label></input></repeat>");
    assert_non_null(given.form);
    given_end(&given);
}

static void pages_are_the_groups_and_single_controls_of_the_body(void **state)
{
    (void)state;
    struct given given =
        given_form("<instance><data id='x'><g><a/></g><b/><g2><a/></g2></data></instance>",
                   "<group ref='/data/g' sk:id='om-deg'><label>Om deg</label>"
                   "<input ref='/data/g/a'><label>A</label></input></group>"
                   "<input ref='/data/b'><label>B</label></input>"
                   "<group ref='/data/g2'><label>Andre</label>"
                   "<input ref='a'><label>A</label></input></group>");
    assert_non_null(given.form);
    size_t count;
    const struct form_page *pages = form_pages(given.form, &count);
    assert_int_equal(count, 3);
    assert_string_equal(pages[0].word, "om-deg");
    assert_string_equal(pages[1].word, "b");
    assert_string_equal(pages[2].word, "g2");
    assert_string_equal(form_show(given.form, given.arena, pages[2].title, "nb").text, "Andre");
    assert_ptr_equal(form_page_find(given.form, "b"), &pages[1]);
    assert_null(form_page_find(given.form, "c"));
    given_end(&given);
}

static void two_pages_never_have_the_same_word(void **state)
{
    (void)state;
    struct given given = given_form("<instance><data id='x'><g><a/></g><a/></data></instance>",
                                    "<group><input ref='/data/g/a'><label>A</label></input></group>"
                                    "<input ref='/data/a'><label>B</label></input>");
    size_t count;
    const struct form_page *pages = form_pages(given.form, &count);
    assert_string_equal(pages[0].word, "a");
    assert_string_equal(pages[1].word, "a-2");
    given_end(&given);
}

static void the_start_page_is_read(void **state)
{
    (void)state;
    struct given given = given_source(
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:sk='urn:skjema:1'><h:head><h:title>T</h:title><model><instance><data id='x'><a/>"
        "</data></instance></model>"
        "<sk:about agency-number='310245682' prefix='FB' security-level='3' retention='P5Y'>"
        "<sk:lead>Du kan søke.</sk:lead>"
        "<sk:time><sk:title>10 minutter</sk:title><sk:detail>Vi lagrer.</sk:detail></sk:time>"
        "<sk:need>Skattemelding</sk:need><sk:need>Lønnsslipp</sk:need>"
        "<sk:privacy href='https://x.example/p'>Personvern</sk:privacy>"
        "<sk:contact phone='00 00 00 00'><sk:name>Torget</sk:name></sk:contact>"
        "<sk:next>Vi svarer</sk:next></sk:about></h:head>"
        "<h:body><input ref='/data/a'><label>A</label></input></h:body></h:html>");
    assert_non_null(given.form);
    const struct form_about *about = form_about(given.form);
    assert_string_equal(about->agency_number, "310245682");
    assert_string_equal(about->prefix, "FB");
    assert_int_equal(about->security_level, 3);
    assert_int_equal(about->retention.months, 60);
    assert_int_equal(about->draft_retention.days, 30);
    assert_int_equal(about->need_count, 2);
    assert_int_equal(about->next_count, 1);
    assert_string_equal(about->privacy.href, "https://x.example/p");
    assert_string_equal(about->contacts[0].phone, "00 00 00 00");
    assert_string_equal(form_show(given.form, given.arena, about->time.detail, "nb").text,
                        "Vi lagrer.");
    assert_null(about->law.title);
    given_end(&given);
}

static void the_letter_is_read(void **state)
{
    (void)state;
    struct given given = given_source(
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:sk='urn:skjema:1'><h:head><h:title>T</h:title><model><instance><data id='x'><a/>"
        "</data></instance></model><sk:about security-level='4'/>"
        "<sk:letter security-level='3' opening-receipt='true' attachments='listed' "
        "visible-after='PT2H'><sk:title>Brev fra kommunen</sk:title>"
        "<sk:email repeat='7 0 25'>Du har brev.</sk:email><sk:sms>Brev.</sk:sms></sk:letter>"
        "</h:head><h:body><input ref='/data/a'><label>A</label></input></h:body></h:html>");
    assert_non_null(given.form);
    const struct form_letter *letter = form_letter(given.form);
    assert_int_equal(letter->security_level, 3);
    assert_true(letter->wants_opening_receipt);
    assert_true(letter->lists_attachments);
    assert_int_equal(letter->visible_after.seconds, 7200);
    assert_string_equal(form_show(given.form, given.arena, letter->title, "nb").text,
                        "Brev fra kommunen");
    assert_int_equal(letter->email.day_count, 3);
    assert_int_equal(letter->email.days[0], 7);
    assert_int_equal(letter->email.days[2], 25);
    assert_int_equal(letter->sms.day_count, 1);
    assert_int_equal(letter->sms.days[0], 0);
    given_end(&given);
}

static void a_form_without_a_letter_has_the_usual_one(void **state)
{
    (void)state;
    struct given given = given_source(
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:sk='urn:skjema:1'><h:head><h:title>T</h:title><model><instance><data id='x'><a/>"
        "</data></instance></model><sk:about security-level='3'/></h:head>"
        "<h:body><input ref='/data/a'><label>A</label></input></h:body></h:html>");
    const struct form_letter *letter = form_letter(given.form);
    assert_int_equal(letter->security_level, 3);
    assert_null(letter->title);
    assert_null(letter->email.text);
    assert_false(letter->lists_attachments);
    given_end(&given);
}

static void an_upload_says_what_will_do(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x'><v/></data></instance><bind nodeset='/data/v' type='binary'/>",
        "<upload ref='/data/v' accept='application/pdf' sk:sources='postbox disk later' "
        "sk:files='2' sk:max-files='3' sk:share='PT2H'><label>V</label>"
        "<sk:match type='tax-certificate' issuer='974761076 974760673' max-age='P6M'/>"
        "<sk:purpose>For å se.</sk:purpose></upload>");
    const struct form_upload *upload = form_field_find(given.form, "/data/v")->control->upload;
    assert_int_equal(upload->source_count, 3);
    assert_int_equal(upload->sources[2], FORM_SOURCE_LATER);
    assert_int_equal(upload->files, 2);
    assert_int_equal(upload->max_files, 3);
    assert_int_equal(upload->share.seconds, 7200);
    assert_int_equal(upload->match_count, 1);
    assert_int_equal(upload->matches[0].issuer_count, 2);
    assert_string_equal(upload->matches[0].issuers[1], "974760673");
    assert_int_equal(upload->matches[0].max_age.months, 6);
    assert_false(upload->matches[0].has_min_age);
    given_end(&given);
}

static void html_ids_differ_even_when_paths_would_not(void **state)
{
    (void)state;
    struct given given =
        given_form("<instance><data id='x'><a><b-c/></a><a-b><c/></a-b></data></instance>",
                   "<input ref='/data/a/b-c'><label>1</label></input>"
                   "<input ref='/data/a-b/c'><label>2</label></input>");
    assert_string_equal(form_field_find(given.form, "/data/a/b-c")->word, "b-c");
    assert_string_equal(form_field_find(given.form, "/data/a-b/c")->word, "c_2");
    given_end(&given);
}

static void what_nothing_reads_need_not_post_on_change(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x'><a/><b/><c/></data></instance>"
        "<bind nodeset='/data/b' relevant=\"/data/a = '1'\" constraint='. > 3'/>",
        "<input ref='/data/a'><label>A</label></input><input ref='/data/b'><label>B</label></input>"
        "<input ref='/data/c'><label>C <output value='/data/b'/></label></input>");
    assert_true(form_field_find(given.form, "/data/a")->is_read);
    assert_true(form_field_find(given.form, "/data/b")->is_read);
    assert_false(form_field_find(given.form, "/data/c")->is_read);
    given_end(&given);
}

static void limits_of_a_range_of_dates_are_left_out_with_a_warning(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='d'><a/></data></instance><bind nodeset='/data/a' type='date'/>",
        "<range ref='/data/a' start='2026-01-01' end='2026-12-31' "
        "step='1'><label>A</label></range>");

    assert_non_null(given.form);
    assert_non_null(given_finding(&given, "later"));
    size_t count;
    assert_false(form_controls(given.form, &count)[0]->has_min);
    given_end(&given);
}

/* There is no rich text: of XHTML in a text only its words are read, and other elements are
 * mistakes. What is written as text stays text (render/html.h escapes it). */
static void out_2_a_text_of_a_form_holds_no_elements(void **state)
{
    (void)state;
    static const struct {
        const char *inside, *read; /* NULL: refused */
    } cases[] = {
        {"<b>nå</b>", NULL},
        {"<a href='javascript:alert(1)'>her</a>", NULL},
        {"<img src='x' onerror='y'/>", NULL},
        {"<h:b onclick='alert(1)'>nå</h:b>", "Navn nå"},
        {"<h:script>alert(1)</h:script>", "Navn alert(1)"},
        {"&lt;b&gt;nå&lt;/b&gt;", "Navn <b>nå</b>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[300];
        snprintf(body, sizeof body, "<input ref='/data/navn'><label>Navn %s</label></input>",
                 cases[i].inside);
        struct given given = given_form(instance, body);
        size_t count;
        if (!cases[i].read)
            assert_null(given.form);
        else
            assert_string_equal(form_show(given.form, given.arena,
                                          form_controls(given.form, &count)[0]->label, "nb")
                                    .text,
                                cases[i].read);
        given_end(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_a_range_of_dates_are_left_out_with_a_warning),
        cmocka_unit_test(a_form_says_who_it_is),
        cmocka_unit_test(mistakes_are_found_with_their_lines),
        cmocka_unit_test(every_mistake_is_told_not_only_the_first),
        cmocka_unit_test(what_is_no_form_is_a_finding_too),
        cmocka_unit_test(out_2_a_text_of_a_form_holds_no_elements),
        cmocka_unit_test(xml_1_a_form_has_a_greatest_size),
        cmocka_unit_test(circles_name_the_binds_in_them),
        cmocka_unit_test(what_refers_to_itself_or_to_other_rows_is_no_circle),
        cmocka_unit_test(pages_are_the_groups_and_single_controls_of_the_body),
        cmocka_unit_test(two_pages_never_have_the_same_word),
        cmocka_unit_test(the_start_page_is_read),
        cmocka_unit_test(the_letter_is_read),
        cmocka_unit_test(a_form_without_a_letter_has_the_usual_one),
        cmocka_unit_test(an_upload_says_what_will_do),
        cmocka_unit_test(html_ids_differ_even_when_paths_would_not),
        cmocka_unit_test(what_nothing_reads_need_not_post_on_change),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

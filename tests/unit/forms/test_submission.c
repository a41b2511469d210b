#include "forms/submission.h"

#include "given.h"

#include <stdio.h>

#define CAR                                                                                        \
    "<instance><bil xmlns=''><eier>René &amp; "                                                   \
    "co</eier><merke>Ford</merke><farge/></bil></instance>"
#define BODY "<input ref='/bil/merke'><label>M</label></input>"

/* A form with one submission; the request it makes, as text. */
static const char *sent(struct given *given, const char *binds, const char *submission)
{
    static char text[4000], model[3000];
    snprintf(model, sizeof model, CAR "%s<submission %s</submission>", binds, submission);
    *given = given_answers(model, BODY);
    struct submission_request request;
    enum submission_error error =
        submission_make(given->answers, given->arena, submission_find(given->form, ""), &request);
    if (error)
        return submission_error_word(error);
    int size = snprintf(text, sizeof text, "%s %s\n", request.method, request.address);
    for (size_t i = 0; i < request.header_count; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "%s: %s\n",
                         request.headers[i].name, request.headers[i].value);
    snprintf(text + size, sizeof text - (size_t)size, "\n%.*s", (int)request.body.size,
             (const char *)request.body.data);
    return text;
}

struct said {
    const char *submission, *expected;
};

static void assert_said(const struct said *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct given given;
        const char *text = sent(&given, "", cases[i].submission);
        if (!strstr(text, cases[i].expected))
            fail_msg("%s: no '%s' in: %s", cases[i].submission, cases[i].expected, text);
        given_end(&given);
    }
}

/* XForms 1.1, 11.9: the table of methods. */
static void the_method_says_how_it_is_sent_and_written(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {"action='/a' method='post'>",
         "POST /a\nContent-Type: application/xml; charset=UTF-8\n\n<?"},
        {"action='/a'>", "<bil xmlns:h=\"http://www.w3.org/1999/xhtml\""},
        {"action='/a' method='put'>", "PUT /a\n"},
        {"action='/a' method='get'>", "GET /a?eier=Ren%C3%A9+%26+co&merke=Ford&farge=\n\n"},
        {"action='/a?x=1#y' method='get' separator=';'>",
         "GET /a?x=1;eier=Ren%C3%A9+%26+co;merke=Ford;farge=#y\n"},
        {"action='/a' method='delete' ref='/bil/merke'>", "DELETE /a?merke=Ford\n"},
        {"action='/a' method='urlencoded-post'>",
         "Content-Type: application/x-www-form-urlencoded\n\neier=Ren%C3%A9"},
        {"action='/a' method='form-data-post'>", "form-data; name=\"merke\"\r\n"},
        {"action='/a' method='multipart-post'>", "multipart/related; boundary=\"----skjema-0\""},
        {"action='/a' method='multipart-post'>", "<merke>Ford</merke>"},
        {"action='/a' method='post' serialization='none'>", "POST /a\n\n"},
        {"action='/a' method='get' serialization='none'>", "GET /a\n\n"},
        {"action='/a' method='get'><method>put</method>", "PUT /a\n"},
        {"action='/a' method='post' serialization='application/x-www-form-urlencoded'>",
         "merke=Ford"},
    };
    assert_said(cases, COUNT(cases));
}

static void a_part_of_the_answers_can_be_sent(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {"action='/a' ref='/bil/merke' includenamespaceprefixes=''>", "?>\n<merke>Ford</merke>\n"},
        {"action='/a' ref='/bil/ingen'>", "no-data"},
        {"ref='/bil/merke'>", "resource-error"},
    };
    assert_said(cases, COUNT(cases));
}

static void the_document_is_written_as_its_attributes_say(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {"action='/a' encoding='ISO-8859-1'>", "encoding=\"ISO-8859-1\"?>"},
        {"action='/a' encoding='ISO-8859-1'>", "Ren\xe9 &amp; co"},
        {"action='/a' encoding='ISO-8859-1'>", "application/xml; charset=ISO-8859-1"},
        {"action='/a' encoding='finnes-ikke'>", "encoding=\"UTF-8\"?>"},
        {"action='/a' version='1.1'>", "<?xml version=\"1.1\""},
        {"action='/a' standalone='true'>", "standalone=\"yes\"?>"},
        {"action='/a' standalone='false'>", "standalone=\"no\"?>"},
        {"action='/a'>", "encoding=\"UTF-8\"?>"},
        {"action='/a' omit-xml-declaration='true'>", "charset=UTF-8\n\n<bil"},
        {"action='/a' indent='true'>", "\n  <merke>Ford</merke>\n"},
        {"action='/a' cdata-section-elements='eier'>", "<eier><![CDATA[René & co]]></eier>"},
        {"action='/a' includenamespaceprefixes='orx'>",
         "<bil xmlns:orx=\"http://openrosa.org/xforms\">"},
        {"action='/a' includenamespaceprefixes=''>", "<bil><eier>"},
        {"action='/a' mediatype='application/bil+xml'>", "application/bil+xml; charset=UTF-8\n"},
    };
    assert_said(cases, COUNT(cases));
}

/* XForms 1.1, 11.6.1 and 11.8. */
static void children_go_before_attributes_and_add_headers(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {"action='/a' resource='/b'>", "POST /b\n"},
        {"resource='/b'><resource value=\"concat('/', merke)\"/>", "POST /Ford\n"},
        {"action='/a'><header><name>X-A</name><value>1</value></header>", "X-A: 1\n"},
        {"action='/a'><header nodeset='merke|eier'><name>X-B</name><value value='.'/></header>",
         "X-B: René & co,Ford\n"},
        {"action='/a'><header><name>A</name><value>1</value></header><header combine='prepend'>"
         "<name>A</name><value>2</value></header>",
         "A: 2,1\n"},
        {"action='/a'><header><name>A</name><value>1</value></header><header combine='replace'>"
         "<name>a</name><value>2\n3</value></header>",
         "A: 2 3\n"},
    };
    assert_said(cases, COUNT(cases));
}

/* XForms 1.1, 11.11.3. */
static void soap_has_media_types_and_headers_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *method, *name, *value;
    } cases[] = {
        {"http://schemas.xmlsoap.org/soap/envelope/", "post", "Content-Type",
         "text/xml; charset=ASCII"},
        {"http://schemas.xmlsoap.org/soap/envelope/", "post", "SOAPAction", "http://x.example/do"},
        {"http://www.w3.org/2003/05/soap-envelope", "post", "Content-Type",
         "application/soap+xml; charset=ASCII; action=http://x.example/do"},
        {"http://www.w3.org/2003/05/soap-envelope", "get", "Accept",
         "application/soap+xml; charset=ASCII"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char model[1000];
        snprintf(
            model, sizeof model,
            "<instance><e:Envelope xmlns:e='%s'><e:Body/></e:Envelope></instance>"
            "<submission action='/a' method='%s' mediatype='application/soap+xml; charset=ASCII; "
            "action=http://x.example/do'/>",
            cases[i].uri, cases[i].method);
        struct given given = given_answers(model, "<output value='1'><label>T</label></output>");
        struct submission_request request;

        assert_int_equal(
            submission_make(given.answers, given.arena, submission_find(given.form, ""), &request),
            SUBMISSION_OK);

        const char *found = "";
        for (size_t h = 0; h < request.header_count; h++)
            if (strcmp(request.headers[h].name, cases[i].name) == 0)
                found = request.headers[h].value;
        assert_string_equal(found, cases[i].value);
        given_end(&given);
    }
}

static void what_is_not_relevant_is_not_sent_unless_the_form_says_so(void **state)
{
    (void)state;
    struct given given;
    const char *hidden = "<bind nodeset='/bil/merke' relevant='false()'/>";

    assert_null(strstr(sent(&given, hidden, "action='/a'>"), "merke"));
    given_end(&given);
    assert_non_null(strstr(sent(&given, hidden, "action='/a' relevant='false'>"), "<merke/>"));
    given_end(&given);
    assert_string_equal(sent(&given, hidden, "action='/a' ref='/bil/merke'>"), "no-data");
    given_end(&given);
    assert_string_equal(sent(&given, "<bind nodeset='/bil' relevant='false()'/>", "action='/a'>"),
                        "no-data");
    given_end(&given);
}

static void what_is_not_valid_is_not_sent_unless_the_form_says_so(void **state)
{
    (void)state;
    struct given given;
    const char *missing = "<bind nodeset='/bil/farge' required='true()'/>";

    assert_string_equal(sent(&given, missing, "action='/a'>"), "validation-error");
    given_end(&given);
    assert_non_null(strstr(sent(&given, missing, "action='/a' validate='false'>"), "POST /a"));
    given_end(&given);
    assert_non_null(strstr(sent(&given, missing, "action='/a' serialization='none'>"), "POST /a"));
    given_end(&given);
    assert_non_null(strstr(sent(&given, missing, "action='/a' ref='/bil/merke'>"), "POST /a"));
    given_end(&given);
}

static void a_submission_is_found_by_its_id_and_says_what_it_replaces(void **state)
{
    (void)state;
    struct given given = given_answers(
        CAR "<submission action='/a'/><submission id='to' action='/b' replace='instance' "
            "instance='x'/>",
        BODY);
    const char *instance;

    assert_int_equal(submission_replaces(submission_find(given.form, ""), &instance),
                     SUBMISSION_REPLACE_ALL);
    assert_int_equal(submission_replaces(submission_find(given.form, "to"), &instance),
                     SUBMISSION_REPLACE_INSTANCE);
    assert_string_equal(instance, "x");
    assert_null(submission_find(given.form, "tre"));
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_method_says_how_it_is_sent_and_written),
        cmocka_unit_test(a_part_of_the_answers_can_be_sent),
        cmocka_unit_test(the_document_is_written_as_its_attributes_say),
        cmocka_unit_test(children_go_before_attributes_and_add_headers),
        cmocka_unit_test(soap_has_media_types_and_headers_of_its_own),
        cmocka_unit_test(what_is_not_relevant_is_not_sent_unless_the_form_says_so),
        cmocka_unit_test(what_is_not_valid_is_not_sent_unless_the_form_says_so),
        cmocka_unit_test(a_submission_is_found_by_its_id_and_says_what_it_replaces),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

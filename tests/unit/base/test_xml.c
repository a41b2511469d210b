#include "engine/base/buf.h"
#include "engine/base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
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

static void assert_refused(struct bytes input, enum error_code code, const char *why)
{
    xmlDoc *doc = NULL;
    struct error err = {0};
    bool parsed = xml_parse(input, "test.xml", &doc, &err);
    if (parsed || err.code != code || !strstr(err.text, why))
        print_message("%.*s\ngave: %s\n", (int)(input.size < 300 ? input.size : 300), input.data,
                      err.text);
    assert_false(parsed);
    assert_null(doc);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, why));
    assert_string_equal(err.file, "test.xml");
}

static xmlDoc *parse(const char *text)
{
    xmlDoc *doc = NULL;
    struct error err = {0};
    if (!xml_parse(BYTES_OF(text), "test.xml", &doc, &err))
        fail_msg("%s", err.text);
    return doc;
}

static void what_is_written_parses_to_the_same(void **state)
{
    CLEANUP(xml_close)
    xmlDoc *doc = parse("<a xmlns:b='urn:b' c=\"&lt;&amp;æ\">1<b:d/><!-- e --><![CDATA[<&]]></a>");
    struct bytes first = xml_write(*state, doc);
    CLEANUP(xml_close) xmlDoc *again = parse((const char *)first.data);
    struct bytes second = xml_write(*state, again);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    assert_non_null(strstr((const char *)first.data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
}

static void elements_are_found_by_namespace_and_name(void **state)
{
    CLEANUP(xml_close)
    xmlDoc *doc =
        parse("<r xmlns:p='urn:p'>\n t <a/><p:a n='1'/><b/><!-- --><p:a n='2' p:n='3'/></r>");
    const xmlNode *root = xmlDocGetRootElement(doc);
    assert_true(xml_is(root, NULL, "r"));
    assert_false(xml_is(root, "urn:p", "r"));
    assert_false(xml_is(NULL, NULL, "r"));
    assert_true(xml_is(xml_child(root, NULL, NULL), NULL, "a"));
    const xmlNode *first = xml_child(root, "urn:p", "a");
    const xmlNode *second = xml_next(first, "urn:p", "a");
    assert_string_equal(xml_attribute(*state, first, NULL, "n"), "1");
    assert_string_equal(xml_attribute(*state, second, NULL, "n"), "2");
    assert_string_equal(xml_attribute(*state, second, "urn:p", "n"), "3");
    assert_null(xml_attribute(*state, first, "urn:p", "n"));
    assert_null(xml_next(second, "urn:p", "a"));
    assert_true(xml_is(xml_next(first, "*", NULL), NULL, "b"));
    assert_null(xml_child(root, NULL, "missing"));
    assert_int_equal(xml_line(first), 2);
}

static void text_is_that_of_all_descendants(void **state)
{
    CLEANUP(xml_close) xmlDoc *doc = parse("<a>Fjord<b>vik</b><![CDATA[ & ]]><!-- no -->k</a>");
    assert_string_equal(xml_text(*state, xmlDocGetRootElement(doc)), "Fjordvik & k");
    CLEANUP(xml_close) xmlDoc *empty = parse("<a/>");
    assert_string_equal(xml_text(*state, xmlDocGetRootElement(empty)), "");
}

static void a_mistake_is_told_with_its_line(void **state)
{
    (void)state;
    xmlDoc *doc = NULL;
    struct error err = {0};
    assert_false(xml_parse(BYTES_OF("<a>\n<b>\n</a>"), "test.xml", &doc, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(err.line, 3);
    assert_null(strchr(err.text, '\n'));
}

static void what_is_not_xml_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "a",
                                      "<a",
                                      "<a></b>",
                                      "<a/><b/>",
                                      "<a b=c/>",
                                      "<a b='1' b='2'/>",
                                      "<a>&unknown;</a>",
                                      "<p:a/>",
                                      "<a>\x01</a>"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_refused(BYTES_OF(bad[i]), ERROR_INVALID, "not XML");
}

static void xml_2_a_doctype_is_refused_whatever_it_holds(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1:1/x'><a/>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a b='&e;'/>",
        "<?xml version='1.0'?>\n<!-- c -->\n<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
        "<!DOCTYPE a [<!ENTITY a '0'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///dev/zero'> %p;]><a/>",
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_refused(BYTES_OF(bad[i]), ERROR_INVALID, "DOCTYPE is not allowed");
}

static void xml_1_nothing_is_included(void **state)
{
    CLEANUP(xml_close)
    xmlDoc *doc = parse("<a xmlns:x='http://www.w3.org/2001/XInclude'>"
                        "<x:include href='/etc/passwd' parse='text'/></a>");
    assert_string_equal(xml_text(*state, xmlDocGetRootElement(doc)), "");
}

/* The piece so many times; '#' in it is the number of the turn. */
static struct bytes repeated(struct arena *arena, const char *before, const char *piece, int times,
                             const char *after)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, before);
    const char *hole = strchr(piece, '#');
    for (int i = 0; i < times; i++) {
        if (hole)
            buf_printf(&buf, "%.*s%d%s", (int)(hole - piece), piece, i, hole + 1);
        else
            buf_add_text(&buf, piece);
    }
    buf_add_text(&buf, after);
    buf_text(&buf); /* with a NUL behind */
    return buf_bytes(&buf);
}

static void xml_2_limits_hold_to_the_one(void **state)
{
    xmlDoc *doc = NULL;
    struct error err;
    struct bytes deep = repeated(*state, "", "<a>", XML_MAX_DEPTH, "");
    struct bytes close = repeated(*state, "", "</a>", XML_MAX_DEPTH, "");
    const char *fits = arena_printf(*state, "%s%s", deep.data, close.data);
    assert_true(xml_parse(BYTES_OF(fits), "test.xml", &doc, &err));
    xml_close(&doc);
    const char *deeper = arena_printf(*state, "<b>%s</b>", fits);
    assert_refused(BYTES_OF(deeper), ERROR_LIMIT, "elements inside elements");

    assert_true(xml_parse(repeated(*state, "<a ", "b#='' ", XML_MAX_ATTRIBUTES, "/>"), "test.xml",
                          &doc, &err));
    xml_close(&doc);
    assert_refused(repeated(*state, "<a ", "b#='' ", XML_MAX_ATTRIBUTES + 1, "/>"), ERROR_LIMIT,
                   "attributes on an element");

    assert_true(xml_parse(repeated(*state, "<a>", "<b/>", XML_MAX_NODES - 1, "</a>"), "test.xml",
                          &doc, &err));
    xml_close(&doc);
    static const char *const pieces[] = {"<b/>", "<!---->", "<?b?>", "<![CDATA[b]]>"};
    for (size_t i = 0; i < COUNT(pieces); i++)
        assert_refused(repeated(*state, "<a>", pieces[i], XML_MAX_NODES, "</a>"), ERROR_LIMIT,
                       "too many");
    assert_refused(repeated(*state, "<a>", "<b c=''/>", XML_MAX_NODES / 2, "</a>"), ERROR_LIMIT,
                   "too many");
}

static void xml_1_size_is_looked_at_before_the_bytes(void **state)
{
    struct bytes large = {arena_alloc(*state, XML_MAX_BYTES + 1), XML_MAX_BYTES + 1};
    assert_refused(large, ERROR_LIMIT, "bytes");
}

/* In libxml2 the time grows with the square of the attributes of one element (40,000: 12 s): if
 * these were parsed, the test would not end before its runner gives up. */
static void xml_2_many_attributes_are_counted_before_parsing(void **state)
{
    assert_refused(repeated(*state, "<a>\n<c ", "b#='' ", 300000, "/></a>"), ERROR_LIMIT,
                   "attributes on an element");
    assert_refused(
        repeated(*state, "<!-- <x ' --><?x \"?><a><![CDATA[<\"]]><c ", "b#='' ", 300000, "/></a>"),
        ERROR_LIMIT, "attributes on an element");
    assert_refused(repeated(*state, "<a x='>'><c d=\"'\" ", "b#='' ", 300000, "/></a>"),
                   ERROR_LIMIT, "attributes on an element");
}

static void equals_signs_in_text_comments_and_values_are_no_attributes(void **state)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    struct bytes text = repeated(*state, "<a b='", "c=", 200, "'><!--");
    struct bytes comment = repeated(*state, "", "= ", 200, "--><?p ");
    struct bytes pi = repeated(*state, "", "= ", 200, "?>");
    struct bytes rest = repeated(*state, "", "= ", 200, "</a>");
    const char *all = arena_printf(*state, "%s%s%s%s", text.data, comment.data, pi.data, rest.data);
    assert_true(xml_parse(BYTES_OF(all), "test.xml", &doc, &err));
}

/* Encodings in which the bytes that are counted are not the characters that are parsed. */
static void xml_3_only_utf8_is_read(void **state)
{
    (void)state;
    static const struct bytes bad[] = {
        {(const unsigned char *)"\xFF\xFE<\0a\0/\0>\0", 10},
        {(const unsigned char *)"\0<\0a\0/\0>", 8},
        {(const unsigned char *)"\x4C\x6F\xA7\x94\x93\x40", 6},
        {(const unsigned char *)"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE6</a>", 51},
        {(const unsigned char *)"<a>\xED\xA0\x80</a>", 10},
        {(const unsigned char *)"<a>\0</a>", 8},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_refused(bad[i], ERROR_INVALID, "not XML in UTF-8");

    CLEANUP(xml_close)
    xmlDoc *doc = parse("<?xml version='1.0' encoding='UTF-7'?><a>+ADw-b/+AD4-</a>");
    assert_string_equal(xml_text(*state, xmlDocGetRootElement(doc)), "+ADw-b/+AD4-");
    CLEANUP(xml_close) xmlDoc *marked = parse("\xEF\xBB\xBF<a>ø</a>");
    assert_string_equal(xml_text(*state, xmlDocGetRootElement(marked)), "ø");
}

static int start(void **state)
{
    (void)state;
    xml_start();
    return 0;
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(what_is_written_parses_to_the_same),
        WITH_ARENA(elements_are_found_by_namespace_and_name),
        WITH_ARENA(text_is_that_of_all_descendants),
        WITH_ARENA(a_mistake_is_told_with_its_line),
        WITH_ARENA(what_is_not_xml_is_refused),
        WITH_ARENA(xml_2_a_doctype_is_refused_whatever_it_holds),
        WITH_ARENA(xml_1_nothing_is_included),
        WITH_ARENA(xml_2_limits_hold_to_the_one),
        WITH_ARENA(xml_1_size_is_looked_at_before_the_bytes),
        WITH_ARENA(xml_2_many_attributes_are_counted_before_parsing),
        WITH_ARENA(equals_signs_in_text_comments_and_values_are_no_attributes),
        WITH_ARENA(xml_3_only_utf8_is_read),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}

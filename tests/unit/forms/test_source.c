#include "forms/source.h"

#include "engine/base/xml.h"
#include "forms/likeness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

struct text {
    struct arena *arena;
    xmlDoc *doc;
    struct source *source;
};

static struct text read_text(const char *xml)
{
    struct text text = {.arena = arena_open()};
    struct error err;
    assert_true(xml_parse(BYTES_OF(xml), "a.xml", &text.doc, &err));
    text.source = source_open(text.arena, BYTES_OF(xml), text.doc);
    return text;
}

static void close_text(struct text *text)
{
    xml_close(&text->doc);
    arena_close(&text->arena);
}

/* The element of that name anywhere in the document. */
static xmlNode *named(xmlNode *at, const char *name)
{
    if (xml_is(at, "*", name))
        return at;
    for (xmlNode *child = xml_child(at, "*", NULL); child; child = xml_next(child, "*", NULL)) {
        xmlNode *found = named(child, name);
        if (found)
            return found;
    }
    return NULL;
}

static xmlNode *element(const struct text *text, const char *name)
{
    return named(xmlDocGetRootElement(text->doc), name);
}

static void assert_place(struct source_place place, int line, int column)
{
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void an_element_is_where_its_tag_begins_whatever_stands_before(void **state)
{
    (void)state;
    struct text text = read_text("<?xml version='1.0'?><!-- <x> -->\n"
                                 "<a>\n"
                                 "  <b c='>' d=\"'>\"\n"
                                 "     e='f'/><![CDATA[<x>]]><?x <y?>\n"
                                 "\tå<g/></a>");
    assert_place(source_element(text.source, element(&text, "a")), 2, 1);
    assert_place(source_element(text.source, element(&text, "b")), 3, 3);
    assert_place(source_element(text.source, element(&text, "g")), 5, 3); /* tab and å are one */
    close_text(&text);
}

static void what_came_into_the_document_later_is_not_in_the_file(void **state)
{
    (void)state;
    struct text text = read_text("<a/>");
    xmlNode *added = xmlNewChild(element(&text, "a"), NULL, (const xmlChar *)"b", NULL);
    assert_place(source_element(text.source, added), 0, 0);
    xmlNode *copy = xmlDocCopyNode(element(&text, "a"), text.doc, 1);
    assert_place(source_element(text.source, copy), 0, 0);
    xmlFreeNode(copy);
    close_text(&text);
}

static void an_attribute_is_found_by_name_and_namespace(void **state)
{
    (void)state;
    struct text text = read_text("<a xmlns:p='urn:p' xmlns:q='urn:q'\n"
                                 "   p:max = 'x' max='y'/>");
    const xmlNode *a = element(&text, "a");
    assert_place(source_attribute(text.source, a, "urn:p", "max"), 2, 4);
    assert_place(source_attribute(text.source, a, NULL, "max"), 2, 16);
    assert_place(source_attribute(text.source, a, "urn:q", "max"), 1, 1);
    close_text(&text);
}

static void a_place_in_a_value_counts_references_as_what_they_are(void **state)
{
    (void)state;
    struct text text = read_text("<a b='other' c='  x &lt; y and\n"
                                 "  &#229;lder &gt; 3 '/>");
    const char *value = "x < y and   ålder > 3";
    const xmlNode *a = element(&text, "a");
    assert_place(source_within(text.source, a, value, 0), 1, 19);
    assert_place(source_within(text.source, a, value, strlen("x < ")), 1, 26);
    assert_place(source_within(text.source, a, value, strlen("x < y and   ")), 2, 3);
    assert_place(source_within(text.source, a, value, strlen("x < y and   ålder > ")), 2, 19);
    assert_place(source_within(text.source, a, "y and", 2), 1, 28); /* a part of one */
    assert_place(source_within(text.source, a, "z", 0), 1, 1);
    struct source_place start = source_within(text.source, a, value, 0);
    assert_place(source_along(text.source, start, strlen("x < y and   ")), 2, 3);
    close_text(&text);
}

static void words_are_found_in_what_stands_between_the_tags(void **state)
{
    (void)state;
    struct text text = read_text("<a><b>Klikk her</b>\n<c>Hei. <d/>Klikk her nå</c></a>");
    assert_place(source_words(text.source, element(&text, "c"), "Klikk her"), 2, 13);
    assert_place(source_words(text.source, element(&text, "b"), "Klikk her"), 1, 7);
    assert_place(source_words(text.source, element(&text, "b"), "her nå"), 1, 4);
    close_text(&text);
}

static void a_line_is_given_as_it_is(void **state)
{
    (void)state;
    struct text text = read_text("<a>\r\n  <b/>\n\n</a>");
    struct bytes line = source_line_text(text.source, 1);
    assert_int_equal(line.size, 3);
    assert_place(source_line(text.source, 2), 2, 3);
    assert_place(source_line(text.source, 3), 3, 1);
    assert_place(source_line(text.source, 9), 0, 0);
    assert_int_equal(source_line_text(text.source, 0).size, 0);
    close_text(&text);
}

static const char *nearest(const char *wanted)
{
    static const char *const names[] = {"navn", "alder", "adresse", "ab"};
    struct likeness likeness = {.wanted = wanted};
    for (size_t i = 0; i < COUNT(names); i++)
        likeness_compare(&likeness, names[i]);
    return likeness.nearest;
}

static void the_most_alike_name_is_the_one_that_was_meant(void **state)
{
    (void)state;
    assert_string_equal(nearest("nvan"), "navn"); /* two letters swapped are one mistake */
    assert_string_equal(nearest("adrese"), "adresse");
    assert_string_equal(nearest("addrese"), "adresse");
    assert_null(nearest("inntekt"));
    assert_null(nearest("nv")); /* of so short a name too little would be left */
    static char endless[400];
    memset(endless, 'n', sizeof endless - 1);
    assert_null(nearest(endless));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_where_its_tag_begins_whatever_stands_before),
        cmocka_unit_test(what_came_into_the_document_later_is_not_in_the_file),
        cmocka_unit_test(an_attribute_is_found_by_name_and_namespace),
        cmocka_unit_test(a_place_in_a_value_counts_references_as_what_they_are),
        cmocka_unit_test(words_are_found_in_what_stands_between_the_tags),
        cmocka_unit_test(a_line_is_given_as_it_is),
        cmocka_unit_test(the_most_alike_name_is_the_one_that_was_meant),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

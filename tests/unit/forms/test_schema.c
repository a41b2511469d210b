#include "forms/schema.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/form.h"
#include "forms/validate.h"
#include "tests/cases.h"
#include "tests/unit/forms/given.h"

struct world {
    struct arena *arena;
    xmlDoc *doc;
    struct schema *schema;
};

static char *file_text(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *text = arena_alloc(arena, 64 * 1024);
    size_t size = fread(text, 1, 64 * 1024 - 1, file);
    text[size] = 0;
    fclose(file);
    return text;
}

static int set_up(void **state)
{
    static struct world world;
    world = (struct world){.arena = arena_open()};
    char *text = file_text(world.arena, "tests/cases/schema.xsd");
    assert_true(xml_parse(BYTES_OF(text), "schema.xsd", &world.doc, NULL));
    world.schema = schema_new(world.arena);
    schema_add(world.schema, xmlDocGetRootElement(world.doc), "schema.xsd");
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    xml_close(&world->doc);
    arena_close(&world->arena);
    return 0;
}

static const struct schema_type *type_of(struct world *world, const char *name)
{
    const char *uri = text_starts_with(name, "xs:")  ? SCHEMA_NAMESPACE
                      : text_starts_with(name, "f:") ? FORM_NAMESPACE
                                                     : "urn:test";
    const struct schema_type *type;
    struct error err = {0};
    if (!schema_find(world->schema, uri, strchr(name, ':') + 1, &type, &err))
        fail_msg("%s: %s", name, err.text);
    if (!type)
        fail_msg("there is no %s", name);
    return type;
}

static void every_value_of_the_table_is_judged_so(void **state)
{
    struct world *world = *state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_schema.tsv");
    int wrong = 0;
    while (cases_next(&cases)) {
        struct types_problem problem = {0};
        const struct schema_type *type = type_of(world, cases.fields[0]);
        bool good = schema_check(cases.arena, type, cases.fields[1], "nb", &problem);
        const char *got = good ? "yes" : problem.id;
        if (strcmp(got, cases.fields[2]) != 0) {
            cases_complain(&cases, got);
            wrong++;
        }
    }
    cases_close(&cases);
    assert_int_equal(wrong, 0);
}

static void no_answer_is_of_every_type(void **state)
{
    struct world *world = *state;
    assert_true(schema_check(world->arena, type_of(world, "f:ID-card-number"), "", "nb", NULL));
    assert_true(schema_check(world->arena, type_of(world, "t:farge"), "", "nb", NULL));
}

static const char *said(struct world *world, const char *type, const char *value)
{
    struct types_problem problem;
    assert_false(schema_check(world->arena, type_of(world, type), value, "nb", &problem));
    problem.args[problem.arg_count++] = (struct texts_arg){"felt", "svaret"};
    return texts_say(world->arena, &texts_fields, problem.id, "nb", problem.args, problem.arg_count)
        .text;
}

static void what_is_wrong_is_said_in_the_words_of_people(void **state)
{
    struct world *world = *state;
    assert_string_equal(said(world, "t:prosent", "101"), "Svaret må være mellom 0 og 100");
    assert_string_equal(said(world, "t:prosent", "1.005"),
                        "Svaret må være et tall med høyst 2 desimaler, for eksempel 12,34");
    assert_string_equal(said(world, "t:iÅr", "2025-01-01"),
                        "Svaret må være 1. januar 2026 eller senere");
    assert_string_equal(said(world, "t:navn", "Ingrid"), "Svaret kan ha høyst 5 tegn. Fjern 1.");
    assert_string_equal(said(world, "xs:gYearMonth", "i fjor"), "Svaret må skrives som 2026-11");
}

static void people_type_a_type_as_its_base(void **state)
{
    struct world *world = *state;
    assert_int_equal(schema_base(type_of(world, "xs:byte")), TYPE_INT);
    assert_int_equal(schema_base(type_of(world, "t:lavPris")), TYPE_DECIMAL);
    assert_int_equal(schema_base(type_of(world, "t:iÅr")), TYPE_DATE);
    assert_int_equal(schema_base(type_of(world, "t:tallEllerIngen")), TYPE_STRING);
    assert_true(schema_is_plain(type_of(world, "xs:integer")));
    assert_false(schema_is_plain(type_of(world, "xs:int")));
    assert_true(schema_is_id(type_of(world, "f:ID")));
    assert_false(schema_is_id(type_of(world, "xs:NCName")));
}

static void what_a_type_cannot_be_made_of_is_told_with_its_line(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *type, *text;
    } cases[] = {
        {"sirkel", "a type made of itself: 'sirkel'"},
        {"mangler", "there is no type 't:finnesIkke'"},
        {"feilMønster", "the pattern has a ( that is not closed at character 3"},
        {"utenOrden", "values of this type have no order, so there is no 'minInclusive'"},
        {"feilGrense", "a bound that is no value of the type itself: 'a'"},
        {"fremmed", "a facet without value, or one that is not known: 'assertion'"},
        {"varighet", "values of this type have no order, so there is no 'maxInclusive'"},
        {"elementer", "a type with elements in it, where a text is wanted: 'elementer'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema_type *type;
        struct error err = {0};
        assert_false(schema_find(world->schema, "urn:test", cases[i].type, &type, &err));
        assert_string_equal(err.text, cases[i].text);
        assert_string_equal(err.file, "schema.xsd");
        assert_int_equal(err.line, 75 + (int)i); /* each on a line of its own */
    }
}

static void a_type_that_is_not_there_is_no_error(void **state)
{
    struct world *world = *state;
    const struct schema_type *type;
    assert_true(schema_find(world->schema, "urn:test", "ukjent", &type, NULL));
    assert_null(type);
    assert_true(schema_find(world->schema, SCHEMA_NAMESPACE, "listItem", &type, NULL));
    assert_null(type);
    assert_true(schema_find(world->schema, NULL, "farge", &type, NULL));
    assert_null(type);
}

static void types_made_of_types_come_to_an_end(void **state)
{
    struct world *world = *state;
    struct buf text;
    buf_init(&text, world->arena);
    buf_add_text(&text,
                 "<xs:schema xmlns:xs='" SCHEMA_NAMESPACE "'>"
                 "<xs:simpleType name='t0'><xs:restriction base='xs:string'/></xs:simpleType>");
    for (int i = 1; i <= 40; i++)
        buf_printf(&text, "<xs:simpleType name='t%d'><xs:restriction base='t%d'/></xs:simpleType>",
                   i, i - 1);
    buf_add_text(&text, "</xs:schema>");
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    assert_true(xml_parse(buf_bytes(&text), "lang.xsd", &doc, NULL));
    struct schema *schema = schema_new(world->arena);
    schema_add(schema, xmlDocGetRootElement(doc), "lang.xsd");
    const struct schema_type *type;
    assert_true(schema_find(schema, "", "t30", &type, NULL));
    struct schema *fresh = schema_new(world->arena);
    schema_add(fresh, xmlDocGetRootElement(doc), "lang.xsd");
    struct error err = {0};
    assert_false(schema_find(fresh, "", "t40", &type, &err));
    assert_string_equal(err.text, "types made of types too many times in 'simpleType'");
}

static void unions_of_unions_come_to_an_end(void **state)
{
    struct world *world = *state;
    struct buf text;
    buf_init(&text, world->arena);
    buf_add_text(&text, "<xs:schema xmlns:xs='" SCHEMA_NAMESPACE "'>"
                        "<xs:simpleType name='t0'><xs:restriction base='xs:int'/></xs:simpleType>");
    for (int i = 1; i <= 28; i++)
        buf_printf(&text,
                   "<xs:simpleType name='t%d'><xs:union memberTypes='t%d t%d'/></xs:simpleType>", i,
                   i - 1, i - 1);
    buf_add_text(&text, "</xs:schema>");
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    assert_true(xml_parse(buf_bytes(&text), "lang.xsd", &doc, NULL));
    struct schema *schema = schema_new(world->arena);
    schema_add(schema, xmlDocGetRootElement(doc), "lang.xsd");
    const struct schema_type *type;
    assert_true(schema_find(schema, "", "t28", &type, NULL));
    assert_true(schema_check(world->arena, type, "1", "nb", NULL));
    assert_false(schema_check(world->arena, type, "a", "nb", NULL));
}

/* ---- In a form ---- */

#define XSD "<xs:schema xmlns:xs='" SCHEMA_NAMESPACE "' targetNamespace='urn:s'>"

static void a_form_may_bring_its_types_in_the_model(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><data id='x'>"
        "<by/><kort xsi:type='my:kort'/></data></instance>"
        "<bind nodeset='/data/by' type='my:by' xmlns:my='urn:s'/>" XSD
        "<xs:simpleType name='by'><xs:restriction base='xs:string'>"
        "<xs:enumeration value='oslo'/></xs:restriction></xs:simpleType>"
        "<xs:simpleType name='kort'><xs:restriction base='xs:int'>"
        "<xs:maxInclusive value='9'/></xs:restriction></xs:simpleType></xs:schema>",
        "<input ref='/data/by'><label>By</label></input>"
        "<input ref='/data/kort'><label>Kort</label></input>");
    assert_int_equal(form_field_find(given.form, "/data/kort")->type, TYPE_INT);
    given_set(&given, "/data/by", "bergen");
    given_set(&given, "/data/kort", "10");
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/by")), VALIDATE_TYPE);
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/kort")),
                     VALIDATE_TYPE);
    given_set(&given, "/data/by", "oslo");
    given_set(&given, "/data/kort", "9");
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/by")), VALIDATE_OK);
    assert_int_equal(validate_place(given.answers, given_place(&given, "/data/kort")), VALIDATE_OK);
    given_end(&given);
}

static enum type type_at(const struct given *given, const char *path)
{
    return form_field_find(given->form, path)->type;
}

static void elements_have_the_types_that_a_schema_declares(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x' xmlns=''><antall/><sted><by/><nr/></sted><pris/><navn/></data>"
        "</instance><bind nodeset='/data/navn' type='date'/>"
        "<xs:schema xmlns:xs='" SCHEMA_NAMESPACE "'>"
        "<xs:element name='data'><xs:complexType><xs:sequence>"
        "<xs:element ref='antall'/><xs:choice><xs:element name='sted' type='bosted'/></xs:choice>"
        "<xs:element name='pris'><xs:complexType><xs:simpleContent>"
        "<xs:extension base='xs:decimal'/></xs:simpleContent></xs:complexType></xs:element>"
        "<xs:element name='navn' type='xs:int'/><xs:element name='annet' type='mangler'/>"
        "</xs:sequence></xs:complexType></xs:element>"
        "<xs:element name='antall' type='xs:positiveInteger'/>"
        "<xs:complexType name='grunn'><xs:all><xs:element name='nr'><xs:simpleType>"
        "<xs:restriction base='xs:short'/></xs:simpleType></xs:element></xs:all></xs:complexType>"
        "<xs:complexType name='bosted'><xs:complexContent><xs:extension base='grunn'>"
        "<xs:sequence><xs:group ref='byer'/></xs:sequence>"
        "</xs:extension></xs:complexContent></xs:complexType>"
        "<xs:group name='byer'><xs:sequence><xs:element name='by' type='xs:token'/></xs:sequence>"
        "</xs:group></xs:schema>",
        "<input ref='/data/antall'><label>Antall</label></input>");
    assert_non_null(given.form);
    assert_int_equal(type_at(&given, "/data/antall"), TYPE_INT);
    assert_int_equal(type_at(&given, "/data/sted/nr"), TYPE_INT);
    assert_int_equal(type_at(&given, "/data/pris"), TYPE_DECIMAL);
    assert_int_equal(type_at(&given, "/data/navn"), TYPE_DATE); /* the bind goes before */
    assert_non_null(form_field_find(given.form, "/data/sted/by")->schema);
    given_end(&given);
}

static void schemas_of_elements_in_themselves_come_to_an_end(void **state)
{
    (void)state;
    struct given given = given_form(
        "<instance><data id='x'><a><a/></a></data></instance>"
        "<xs:schema xmlns:xs='" SCHEMA_NAMESPACE "'>"
        "<xs:element name='data' type='t'/>"
        "<xs:complexType name='t'><xs:complexContent><xs:extension base='t'><xs:sequence>"
        "<xs:element name='a' type='t'/><xs:group ref='g'/></xs:sequence></xs:extension>"
        "</xs:complexContent></xs:complexType>"
        "<xs:group name='g'><xs:sequence><xs:group ref='g'/></xs:sequence></xs:group></xs:schema>",
        "<input ref='/data/a/a'><label>A</label></input>");
    assert_non_null(given.form);
    given_end(&given);
}

static void a_type_that_cannot_be_made_is_a_finding_at_its_bind(void **state)
{
    (void)state;
    struct given given =
        given_form("<instance><data id='x'><by/></data></instance>"
                   "<bind nodeset='/data/by' type='my:by' xmlns:my='urn:s'/>" XSD
                   "<xs:simpleType name='by'><xs:restriction base='xs:strng'/></xs:simpleType>"
                   "</xs:schema>",
                   "<input ref='/data/by'><label>By</label></input>");
    assert_null(given.form);
    assert_string_equal(given.findings.items[0].code, "schema.type");
    assert_string_equal(given.findings.items[0].text, "line 2: there is no type 'xs:strng'");
    given_end(&given);
}

static bool read_beside(void *context, struct arena *arena, const char *name, struct bytes *out,
                        struct error *err)
{
    const char *content = context;
    if (strcmp(name, "typer.xsd") != 0)
        return error_set(err, ERROR_MISSING, "not there");
    *out = BYTES_OF(arena_text(arena, content));
    return true;
}

static struct form *form_with(struct arena *arena, const char *schema, const char *xsd,
                              struct bytes *whole, struct finding_list *findings)
{
    const char *xml = given_xml(arena,
                                "<instance><data id='x'><by/></data></instance>"
                                "<bind nodeset='/data/by' type='my:by' xmlns:my='urn:s'/>",
                                "<input ref='/data/by'><label>By</label></input>");
    char *copy = arena_text(arena, xml);
    char *model = strstr(copy, "<model>");
    *model = 0;
    xml = arena_printf(arena, "%s<model schema='%s'>%s", copy, schema, model + strlen("<model>"));
    const struct parse_files files = {(void *)(uintptr_t)xsd, read_beside};
    finding_list_init(findings, arena);
    return parse_form_with(BYTES_OF(xml), "prove/form.xml", &files, whole, findings);
}

static void a_schema_lies_in_the_folder_of_the_form_and_is_kept_with_it(void **state)
{
    struct world *world = *state;
    static const char xsd[] =
        XSD "<xs:simpleType name='by'><xs:restriction base='xs:string'>"
            "<xs:length value='4'/></xs:restriction></xs:simpleType></xs:schema>";
    struct finding_list findings;
    struct bytes whole = {0};
    struct form *form = form_with(world->arena, "typer.xsd #inne", xsd, &whole, &findings);
    assert_non_null(form);
    assert_non_null(form_field_find(form, "/data/by")->schema);
    form_close(&form);

    struct form *again = parse_form(whole, "kept", &findings); /* without the folder */
    assert_non_null(again);
    assert_non_null(form_field_find(again, "/data/by")->schema);
    form_close(&again);
}

static void a_schema_elsewhere_is_never_read(void **state)
{
    struct world *world = *state;
    static const char *const elsewhere[] = {"http://example.com/typer.xsd", "../typer.xsd",
                                            "/etc/passwd"};
    for (size_t i = 0; i < COUNT(elsewhere); i++) {
        struct finding_list findings;
        struct form *form = form_with(world->arena, elsewhere[i], "", NULL, &findings);
        assert_non_null(form);
        assert_string_equal(findings.items[0].code, "schema.src");
        assert_int_equal(findings.items[0].severity, FINDING_WARNING);
        form_close(&form);
    }
    struct finding_list findings;
    assert_null(form_with(world->arena, "andre.xsd", "", NULL, &findings));
    assert_string_equal(findings.items[0].text, "andre.xsd: not there");
}

int main(void)
{
    xml_start();
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_WORLD(every_value_of_the_table_is_judged_so),
        IN_WORLD(no_answer_is_of_every_type),
        IN_WORLD(what_is_wrong_is_said_in_the_words_of_people),
        IN_WORLD(people_type_a_type_as_its_base),
        IN_WORLD(what_a_type_cannot_be_made_of_is_told_with_its_line),
        IN_WORLD(a_type_that_is_not_there_is_no_error),
        IN_WORLD(types_made_of_types_come_to_an_end),
        IN_WORLD(unions_of_unions_come_to_an_end),
        cmocka_unit_test(a_form_may_bring_its_types_in_the_model),
        cmocka_unit_test(elements_have_the_types_that_a_schema_declares),
        cmocka_unit_test(schemas_of_elements_in_themselves_come_to_an_end),
        cmocka_unit_test(a_type_that_cannot_be_made_is_a_finding_at_its_bind),
        IN_WORLD(a_schema_lies_in_the_folder_of_the_form_and_is_kept_with_it),
        IN_WORLD(a_schema_elsewhere_is_never_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

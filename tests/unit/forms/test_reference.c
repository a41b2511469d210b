/* forms/reference.md and its like: every example is tried, and nothing of the language is left out
 * of the reference. An example is a fence of "xml": a whole form, or pieces that are put where they
 * belong in the form that the reference begins with. Words after "xml" are the rules that lint is
 * to name; without words nothing may be wrong. */
#include "given.h"

#include "engine/base/text.h"
#include "forms/lint.h"
#include "forms/prefill.h"
#include "forms/xpath_functions.h"

#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>

static const char reference[] = "forms/reference.md";

static char *read_file(struct arena *arena, const char *path)
{
    enum { MOST = 1024 * 1024 };
    FILE *file = fopen(path, "re");
    if (!file)
        fail_msg("%s cannot be read", path);
    char *text = arena_alloc(arena, MOST);
    text[fread(text, 1, MOST - 1, file)] = 0;
    fclose(file);
    return text;
}

/* ---- Examples ---- */

struct fence {
    const char *path, *info, *text; /* info: what stands after the backticks */
    int line;
};

/* The next fence of a document, whose text is changed; false at the end. */
static bool next_fence(char **at, int *line, struct fence *out)
{
    bool inside = false;
    char *text = NULL;
    for (char *start; (start = *at) && *start;) {
        *at = strchr(start, '\n');
        char *end = *at ? *at : start + strlen(start);
        *at = *at ? *at + 1 : NULL;
        ++*line;
        if (!text_starts_with(start, "```"))
            continue;
        if (inside) {
            start[0] = '\0';
            out->text = text;
            return true;
        }
        inside = true;
        *end = '\0';
        out->info = start + 3;
        out->line = *line;
        text = *at;
    }
    return false;
}

/* The pieces of an example by where they belong. */
struct pieces {
    struct buf head, model, body;
    bool has_answers, has_controls, has_about, has_texts;
};

static bool is_any(const xmlNode *node, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (xml_is(node, FORM_NAMESPACE, names[i]))
            return true;
    return false;
}

static void sort_piece(struct pieces *pieces, xmlNode *node)
{
    static const char *const of_model[] = {"instance", "itext", "bind", "setvalue", "submission"};
    xmlBuffer *written = xmlBufferCreate();
    xmlNodeDump(written, node->doc, node, 0, 0);
    bool answers = xml_is(node, FORM_NAMESPACE, "instance") && !xmlHasProp(node, BAD_CAST "id");
    struct buf *out = is_any(node, of_model, COUNT(of_model)) ? &pieces->model
                      : node->ns && text_equal((const char *)node->ns->href, FORM_NAMESPACE_SK)
                          ? &pieces->head
                          : &pieces->body;
    pieces->has_answers |= answers;
    pieces->has_texts |= xml_is(node, FORM_NAMESPACE, "itext");
    pieces->has_about |= out == &pieces->head;
    pieces->has_controls |= out == &pieces->body;
    buf_add_text(out, (const char *)xmlBufferContent(written));
    xmlBufferFree(written);
}

#define NAMESPACES                                                                                 \
    "xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "                \
    "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1' "                             \
    "xmlns:orx='http://openrosa.org/xforms' xmlns:odk='http://www.opendatakit.org/xforms' "        \
    "xmlns:xsd='http://www.w3.org/2001/XMLSchema'"

static const char *between(struct arena *arena, const char *text, const char *start,
                           const char *end)
{
    const char *from = strstr(text, start);
    const char *to = from ? strstr(from, end) : NULL;
    assert_non_null(to);
    to += strlen(end);
    return arena_text_of(arena, (struct bytes){(const unsigned char *)from, (size_t)(to - from)});
}

/* The example as a whole form. base: the form that the reference begins with. */
static const char *whole_form(struct arena *arena, const char *base, const struct fence *fence)
{
    if (strstr(fence->text, "<h:html"))
        return fence->text;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err = {0};
    if (!xml_parse(BYTES_OF(arena_printf(arena, "<h:html " NAMESPACES ">%s</h:html>", fence->text)),
                   fence->path, &doc, &err))
        fail_msg("%s:%d: %s", fence->path, fence->line + err.line, err.text);
    struct pieces pieces = {0};
    buf_init(&pieces.head, arena);
    buf_init(&pieces.model, arena);
    buf_init(&pieces.body, arena);
    for (xmlNode *node = xml_child(xmlDocGetRootElement(doc), "*", NULL); node;
         node = xml_next(node, "*", NULL))
        sort_piece(&pieces, node);
    return arena_printf(
        arena,
        "<h:html " NAMESPACES "><h:head><h:title>Eksempel</h:title><model>%s%s%s</model>%s"
        "</h:head><h:body class='pages'>%s</h:body></h:html>",
        pieces.has_answers ? "" : between(arena, base, "<instance>", "</instance>"),
        buf_text(&pieces.model), between(arena, base, "<instance id=\"kommuner\"", "</instance>"),
        pieces.has_about ? buf_text(&pieces.head)
                         : between(arena, base, "<sk:about", "</sk:about>"),
        pieces.has_controls ? buf_text(&pieces.body)
                            : "<input ref='/data/navn'><label>Navn</label></input>");
}

/* What a form of pieces lacks, and what a start page of an example need not say. */
static bool is_of_the_frame(const struct finding *finding)
{
    return text_starts_with(finding->code, "about.missing") ||
           text_starts_with(finding->code, "page.title");
}

static bool found(const struct finding_list *findings, const char *code)
{
    for (size_t i = 0; i < findings->count; i++)
        if (text_equal(findings->items[i].code, code))
            return true;
    return false;
}

static bool names(const char *info, const char *code)
{
    size_t size = strlen(code);
    for (const char *at = info; (at = strstr(at, code)); at += size)
        if ((at == info || at[-1] == ' ') && (!at[size] || at[size] == ' '))
            return true;
    return false;
}

/* Whether the example does what its fence says; tells what does not. */
static bool example_holds(struct arena *arena, const char *base, const struct fence *fence)
{
    const char *xml = whole_form(arena, base, fence);
    struct given given = given_source(xml);
    lint_form(given.form, BYTES_OF(xml), "form.xml", &given.findings);
    bool holds = true;
    for (size_t i = 0; i < given.findings.count; i++) {
        const struct finding *finding = &given.findings.items[i];
        if (finding->severity != FINDING_ERROR || is_of_the_frame(finding) ||
            names(fence->info, finding->code))
            continue;
        print_error("%s:%d: %s [%s]\n", fence->path, fence->line, finding->text, finding->code);
        holds = false;
    }
    char *info = arena_text(arena, fence->info + strlen("xml"));
    for (char *word; (word = strsep(&info, " "));) {
        if (!*word || found(&given.findings, word))
            continue;
        print_error("%s:%d: lint does not say %s\n", fence->path, fence->line, word);
        holds = false;
    }
    given_end(&given);
    return holds;
}

static char *base_form(struct arena *arena)
{
    char *text = read_file(arena, reference), *at = text;
    int line = 0;
    struct fence fence;
    while (next_fence(&at, &line, &fence))
        if (text_starts_with(fence.info, "xml"))
            return arena_text(arena, fence.text);
    fail_msg("%s begins with no form", reference);
    return NULL;
}

static void check_document(const char *path)
{
    struct arena *arena = arena_open();
    const char *base = base_form(arena);
    char *at = read_file(arena, path);
    int line = 0, count = 0, wrong = 0;
    struct fence fence = {.path = path};
    while (next_fence(&at, &line, &fence)) {
        if (!text_equal(fence.info, "xml") && !text_starts_with(fence.info, "xml "))
            continue;
        count++;
        wrong += !example_holds(arena, base, &fence);
    }
    print_message("%s: %d examples\n", path, count);
    assert_true(count > 0);
    assert_int_equal(wrong, 0);
    arena_close(&arena);
}

static void every_example_of_the_reference_is_a_form_that_lint_has_nothing_against(void **state)
{
    (void)state;
    check_document(reference);
}

static void every_example_of_what_comes_from_others_is_as_it_says(void **state)
{
    (void)state;
    check_document("forms/from_others.md");
}

/* ---- Functions ---- */

/* The cells of "| a | b | c | d |", trimmed, with `` and \| taken away; false when it is no row of
 * four. */
static bool read_row(struct arena *arena, const char *line, size_t size, const char *cells[4])
{
    struct buf cell;
    buf_init(&cell, arena);
    int count = 0;
    for (size_t i = 1; i < size && count < 4; i++) {
        if (line[i] == '\\' && line[i + 1] == '|') {
            buf_add_byte(&cell, (unsigned char)line[++i]);
        } else if (line[i] == '|') {
            cells[count++] = text_trim(arena, buf_text(&cell));
            buf_init(&cell, arena);
        } else {
            buf_add_byte(&cell, (unsigned char)line[i]);
        }
    }
    return count == 4 && line[0] == '|';
}

static bool is_code(const char *cell)
{
    return cell[0] == '`' && strlen(cell) > 2 && text_ends_with(cell, "`");
}

static char *uncode(struct arena *arena, const char *cell)
{
    return arena_text_of(arena, (struct bytes){(const unsigned char *)cell + 1, strlen(cell) - 2});
}

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (strchr("&<\"", *text))
            buf_printf(out, "&#%d;", *text);
        else
            buf_add_byte(out, (unsigned char)*text);
}

/* What the base form calculates at /data/her. */
static const char *calculated(struct arena *arena, const char *base, const char *expression)
{
    const char *end = strstr(base, "</model>");
    struct buf xml;
    buf_init(&xml, arena);
    buf_add(&xml, (struct bytes){(const unsigned char *)base, (size_t)(end - base)});
    buf_add_text(&xml, "<bind nodeset=\"/data/her\" calculate=\"");
    add_escaped(&xml, expression);
    buf_printf(&xml, "\"/>%s", end);
    struct given given = given_source(buf_text(&xml));
    const char *value = NULL;
    if (given.form) {
        given.answers = answers_open(given.form, GIVEN_NOW);
        value = arena_text(arena, given_value(&given, "/data/her"));
    } else {
        print_error("%s: %s\n", expression, given.findings.items[0].text);
    }
    given_end(&given);
    return value;
}

/* The result as the table says it: code, "(empty)", or "…" for what is never the same. */
static bool is_result(struct arena *arena, const char *cell, const char *value)
{
    if (!value)
        return false;
    if (text_equal(cell, "(empty)"))
        return !*value;
    if (text_equal(cell, "…"))
        return *value;
    return is_code(cell) && text_equal(uncode(arena, cell), value);
}

static void every_example_of_a_function_gives_what_the_table_says(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *base = base_form(arena), *at = read_file(arena, reference), *cells[4];
    int count = 0, wrong = 0;
    for (size_t size; *at; at += size + (at[size] == '\n')) {
        size = strcspn(at, "\n");
        if (!read_row(arena, at, size, cells) || !is_code(cells[0]) || !is_code(cells[2]) ||
            !strchr(cells[0], '('))
            continue;
        const char *value = calculated(arena, base, uncode(arena, cells[2]));
        count++;
        if (is_result(arena, cells[3], value))
            continue;
        print_error("%s gives '%s', not %s\n", cells[2], value ? value : "(nothing)", cells[3]);
        wrong++;
    }
    print_message("%d examples\n", count);
    assert_true(count > 100);
    assert_int_equal(wrong, 0);
    arena_close(&arena);
}

static int count_missing(struct arena *arena, const char *text,
                         const struct xpath_function_list *list)
{
    int missing = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct xpath_function *function = &list->items[i];
        const char *prefix = !function->uri                        ? ""
                             : text_equal(function->uri, XPATH_JR) ? "jr:"
                                                                   : "sk:";
        if (*function->name == '_' || /* what expressions are rewritten to */
            strstr(text, arena_printf(arena, "| `%s%s(", prefix, function->name)))
            continue;
        print_error("%s%s()\n", prefix, function->name);
        missing++;
    }
    return missing;
}

static void every_function_has_its_line(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *text = read_file(arena, reference);
    const struct xpath_function_list *const lists[] = {&xpath_nodes_list,   &xpath_choices_list,
                                                       &xpath_texts_list,   &xpath_dates_list,
                                                       &xpath_numbers_list, &xpath_geo_list};
    int missing = 0;
    for (size_t i = 0; i < COUNT(lists); i++)
        missing += count_missing(arena, text, lists[i]);
    assert_int_equal(missing, 0);
    arena_close(&arena);
}

/* ---- Elements, attributes, words ---- */

static int count_unnamed(struct arena *arena, const char *text, const xmlNode *grammar)
{
    int missing = 0;
    for (const xmlNode *node = xml_child(grammar, "*", NULL); node;
         node = xml_next(node, "*", NULL)) {
        const char *name = xml_attribute(arena, node, NULL, "name");
        bool element = text_equal((const char *)node->name, "element");
        if (name && element && !strstr(text, arena_printf(arena, "`<%s>`", name))) {
            print_error("<%s>\n", name);
            missing++;
        }
        if (name && text_equal((const char *)node->name, "attribute") &&
            !strstr(text, arena_printf(arena, "`%s`", name))) {
            print_error("%s=\"\"\n", name);
            missing++;
        }
        missing += count_unnamed(arena, text, node);
    }
    return missing;
}

static void every_element_and_attribute_of_the_grammar_is_explained(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *text = read_file(arena, reference);
    CLEANUP(xml_close) xmlDoc *grammar = NULL;
    assert_true(
        xml_parse(BYTES_OF(read_file(arena, "forms/form.rng")), "form.rng", &grammar, NULL));
    assert_int_equal(count_unnamed(arena, text, xmlDocGetRootElement(grammar)), 0);
    arena_close(&arena);
}

static void every_type_and_every_fact_is_explained(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const char *text = read_file(arena, reference);
    for (enum type type = TYPE_STRING; type <= TYPE_POSTNR; type++)
        if (!strstr(text, arena_printf(arena, "| `%s`", types_name(type))))
            fail_msg("type %s", types_name(type));
    size_t count;
    const struct prefill_fact *facts = prefill_facts(&count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(text, arena_printf(arena, "`%s`", facts[i].word)))
            fail_msg("sk:prefill=\"%s\"", facts[i].word);
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_of_the_reference_is_a_form_that_lint_has_nothing_against),
        cmocka_unit_test(every_example_of_what_comes_from_others_is_as_it_says),
        cmocka_unit_test(every_example_of_a_function_gives_what_the_table_says),
        cmocka_unit_test(every_function_has_its_line),
        cmocka_unit_test(every_element_and_attribute_of_the_grammar_is_explained),
        cmocka_unit_test(every_type_and_every_fact_is_explained),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

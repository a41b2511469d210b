#include "forms/lint.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/parse.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/relaxng.h>

static struct bytes read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct buf content;
    buf_init(&content, arena);
    unsigned char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        buf_add(&content, (struct bytes){block, n});
    fclose(file);
    return buf_bytes(&content);
}

/* What loading and lint find in a form, one line each. */
static struct finding_list findings_of(struct arena *arena, const char *path)
{
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct bytes source = read_file(arena, path);
    CLEANUP(form_close) struct form *form = parse_form(source, path, &findings);
    lint_form(form, source, path, &findings);
    return findings;
}

static const char *as_text(struct arena *arena, const struct finding_list *findings)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < findings->count; i++)
        finding_write(&findings->items[i], &out);
    return buf_text(&out);
}

/* "7 text.missing\n" for each word after "finds:" in the file. */
static const char *expected_of(struct arena *arena, const char *path)
{
    struct buf out;
    buf_init(&out, arena);
    const char *rest = arena_text_of(arena, read_file(arena, path));
    for (int line = 1; *rest; line++) {
        char *text = arena_printf(arena, "%.*s", (int)strcspn(rest, "\n"), rest);
        char *codes = strstr(text, "<!-- finds:");
        char *next = codes ? strchr(codes, ':') + 1 : NULL;
        for (char *code; codes && (code = strsep(&next, " ")) && strcmp(code, "-->") != 0;)
            if (*code)
                buf_printf(&out, "%d %s\n", line, code);
        rest += strcspn(rest, "\n");
        rest += *rest == '\n';
    }
    return buf_text(&out);
}

static void assert_finds_what_it_says(struct arena *arena, const char *path)
{
    struct finding_list findings = findings_of(arena, path);

    struct buf found;
    buf_init(&found, arena);
    for (size_t i = 0; i < findings.count; i++)
        buf_printf(&found, "%d %s\n", findings.items[i].line, findings.items[i].code);
    const char *expected = expected_of(arena, path);
    if (strcmp(buf_text(&found), expected) != 0)
        fprintf(stderr, "%s", as_text(arena, &findings));
    assert_string_equal(buf_text(&found), expected);
}

/* Calls check for each .xml in a folder, or for each folder's form.xml. */
static size_t for_each_form(const char *folder, const char *inside,
                            void (*check)(struct arena *arena, const char *path))
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        char *path = arena_printf(arena, "%s/%s%s", folder, entry->d_name, inside);
        FILE *file = text_ends_with(path, ".xml") ? fopen(path, "re") : NULL;
        if (!file)
            continue;
        fclose(file);
        check(arena, path);
        count++;
    }
    closedir(entries);
    return count;
}

static void every_mistake_is_found_on_its_line_and_nothing_else(void **state)
{
    (void)state;
    assert_true(for_each_form("tests/cases/lint", "", assert_finds_what_it_says) >= 8);
}

static void assert_clean(struct arena *arena, const char *path)
{
    struct finding_list findings = findings_of(arena, path);
    assert_string_equal(as_text(arena, &findings), "");
}

static void the_examples_load_without_a_finding(void **state)
{
    (void)state;
    assert_true(for_each_form("examples", "/form.xml", assert_clean) >= 3);
}

static xmlRelaxNG *grammar;

static int valid_by_grammar(struct arena *arena, const char *path)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    assert_true(xml_parse(read_file(arena, path), path, &doc, &err));
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(grammar);
    int result = xmlRelaxNGValidateDoc(context, doc);
    xmlRelaxNGFreeValidCtxt(context);
    return result;
}

static void assert_valid(struct arena *arena, const char *path)
{
    assert_int_equal(valid_by_grammar(arena, path), 0);
}

static void the_grammar_takes_the_examples_and_refuses_misspelt_words(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes source = read_file(arena, "forms/form.rng");
    xmlRelaxNGParserCtxt *parser =
        xmlRelaxNGNewMemParserCtxt((const char *)source.data, (int)source.size);
    grammar = xmlRelaxNGParse(parser);
    assert_non_null(grammar);

    assert_true(for_each_form("examples", "/form.xml", assert_valid) >= 3);
    assert_int_equal(valid_by_grammar(arena, "tests/cases/lint/clean.xml"), 0);
    assert_true(valid_by_grammar(arena, "tests/cases/lint/words.xml") > 0);

    xmlRelaxNGFree(grammar);
    xmlRelaxNGFreeParserCtxt(parser);
}

static void a_misspelt_name_is_told_with_the_one_that_was_meant(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct finding_list words = findings_of(arena, "tests/cases/lint/words.xml");
    struct finding_list names = findings_of(arena, "tests/cases/lint/names.xml");

    assert_non_null(strstr(as_text(arena, &words), "did you mean 'max-files'?"));
    assert_non_null(strstr(as_text(arena, &words), "did you mean 'hint'?"));
    assert_non_null(
        strstr(as_text(arena, &names), "there is no 'sivl' in /data, did you mean 'sivil'?"));
}

static void what_is_not_xml_is_told_once(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct bytes source = BYTES_OF("<h:html>");

    struct form *form = parse_form(source, "form.xml", &findings);
    lint_form(form, source, "form.xml", &findings);

    assert_null(form);
    assert_int_equal(findings.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_found_on_its_line_and_nothing_else),
        cmocka_unit_test(the_examples_load_without_a_finding),
        cmocka_unit_test(the_grammar_takes_the_examples_and_refuses_misspelt_words),
        cmocka_unit_test(a_misspelt_name_is_told_with_the_one_that_was_meant),
        cmocka_unit_test(what_is_not_xml_is_told_once),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "forms/lint.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/package.h"
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

/* What loading and lint find in a form, or in a folder with one. */
static struct finding_list findings_of(struct arena *arena, const char *path)
{
    struct finding_list findings;
    finding_list_init(&findings, arena);
    CLEANUP(package_close) struct package *package = NULL;
    struct error err;
    if (text_ends_with(path, "/form.xml")) {
        char *folder = arena_text(arena, path);
        *strrchr(folder, '/') = 0;
        assert_true(package_open(folder, &package, &err));
        for (size_t i = 0; i < package->findings.count; i++)
            finding_add(&findings, &package->findings.items[i]);
        lint_form(package->form, package->file, arena_printf(arena, "%s/form.xml", package->id),
                  &findings);
        return findings;
    }
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

static char seen[200 * 32]; /* codes met so far, each with a space on both sides */

static void note(const struct finding *finding)
{
    const struct lint_rule *rule = lint_rule_find(finding->code);
    if (!rule)
        fail_msg("%s is no rule", finding->code);
    if (rule->level != finding->severity)
        fail_msg("%s has another level in the table", finding->code);
    char word[40];
    snprintf(word, sizeof word, " %s ", finding->code);
    if (!strstr(seen, word))
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s", word);
}

static void assert_finds_what_it_says(struct arena *arena, const char *path)
{
    struct finding_list findings = findings_of(arena, path);
    for (size_t i = 0; i < findings.count; i++) {
        note(&findings.items[i]);
        assert_true(findings.items[i].column > 0);
    }

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
    assert_true(for_each_form("tests/cases/lint", "", assert_finds_what_it_says) >= 18);
    assert_true(for_each_form("tests/cases/lint", "/form.xml", assert_finds_what_it_says) >= 2);
}

/* What cannot lie in a file of the cases. */
static void note_what_is_made_here(struct arena *arena)
{
    struct finding_list findings;
    finding_list_init(&findings, arena);
    unsigned char *big = arena_alloc(arena, FORM_MAX_BYTES + 1);
    memset(big, ' ', FORM_MAX_BYTES + 1);
    assert_null(parse_form((struct bytes){big, FORM_MAX_BYTES + 1}, "form.xml", &findings));
    assert_null(package_form("tests/cases/lint/there-is-none.xml", &findings));
    for (size_t i = 0; i < findings.count; i++)
        note(&findings.items[i]);
}

static void every_rule_has_a_case_that_breaks_it(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for_each_form("tests/cases/lint", "", assert_finds_what_it_says);
    for_each_form("tests/cases/lint", "/form.xml", assert_finds_what_it_says);
    note_what_is_made_here(arena);
    size_t count;
    const struct lint_rule *rules = lint_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(seen, arena_printf(arena, " %s ", rules[i].id)))
            fail_msg("no case breaks %s", rules[i].id);
}

/* The first text in quotes after a call that reports, in one of our own sources. */
static void check_codes_of(struct arena *arena, const char *path)
{
    static const char *const calls[] = {
        "parse_error(",    "parse_error_in(",    "parse_warning(",       "parse_warning_in(",
        "finding_add_at(", "finding_add_error(", "finding_add_warning(", "lint_add("};
    const char *text = arena_text_of(arena, read_file(arena, path));
    for (size_t i = 0; i < COUNT(calls); i++)
        for (const char *at = text; (at = strstr(at, calls[i])) != NULL; at++) {
            const char *code = at + strcspn(at, "\"{;");
            if (*code != '"')
                continue; /* a declaration, or the code is a variable */
            code++;
            char *id = arena_printf(arena, "%.*s", (int)strcspn(code, "\""), code);
            if (strspn(id, "abcdefghijklmnopqrstuvwxyz.-") == strlen(id) && !lint_rule_find(id))
                fail_msg("%s reports %s, which is no rule", path, id);
        }
}

static void every_code_that_loading_and_lint_report_is_a_rule(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    DIR *entries = opendir("forms");
    assert_non_null(entries);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        bool reports =
            text_starts_with(entry->d_name, "parse") || text_starts_with(entry->d_name, "lint") ||
            text_starts_with(entry->d_name, "recalc") || text_starts_with(entry->d_name, "package");
        if (!reports || !text_ends_with(entry->d_name, ".c"))
            continue;
        check_codes_of(arena, arena_printf(arena, "forms/%s", entry->d_name));
        count++;
    }
    closedir(entries);
    assert_true(count >= 15);
}

/* The lines "| `id` | level | reason | example |" of the table. */
static void the_readme_has_every_rule_with_its_level_reason_and_an_example(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *readme = arena_text_of(arena, read_file(arena, "forms/README.md"));
    size_t count, told = 0;
    const struct lint_rule *rules = lint_rules(&count);
    for (size_t i = 0; i < count; i++) {
        const char *level = rules[i].level == FINDING_ERROR ? "error" : "warning";
        char *row =
            arena_printf(arena, "\n| `%s` | %s | %s | ", rules[i].id, level, rules[i].reason);
        const char *found = strstr(readme, row);
        if (!found || found[strlen(row)] == '|' || found[strlen(row)] == '\n')
            fail_msg("forms/README.md has no row%s and an example", row);
    }
    const char *table = strstr(readme, "| Rule | Level | Reason | Example |");
    assert_non_null(table);
    for (const char *at = table; (at = strstr(at, "\n| `")) && at < strstr(table, "\n\n"); at++)
        told++;
    assert_int_equal(told, count);
}

static void rules_stand_in_order_of_their_ids(void **state)
{
    (void)state;
    size_t count;
    const struct lint_rule *rules = lint_rules(&count);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(rules[i - 1].id, rules[i].id) < 0);
    assert_null(lint_rule_find("no.such"));
}

/* What stands between quotes in a finding about a name stands at its place in the file too. */
static void a_finding_about_a_name_points_at_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *path, *code, *before;
    } cases[] = {
        {"tests/cases/lint/names.xml", "name.unknown", "there is no '"},
        {"tests/cases/lint/values.xml", "choice.unknown", "nobody can choose '"},
        {"tests/cases/lint/words.xml", "attribute.unknown", "takes no attribute '"},
        {"tests/cases/lint/phrases.xml", "words.click", "\""},
        {"tests/cases/lint/phrases.xml", "words.required", "\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct finding_list findings = findings_of(arena, cases[i].path);
        const char *source = arena_text_of(arena, read_file(arena, cases[i].path));
        size_t found = 0;
        for (size_t f = 0; f < findings.count; f++) {
            const struct finding *finding = &findings.items[f];
            const char *name = strstr(finding->text, cases[i].before);
            if (strcmp(finding->code, cases[i].code) != 0 || !name)
                continue;
            name += strlen(cases[i].before);
            const char *at = source;
            for (int line = 1; line < finding->line; line++)
                at = strchr(at, '\n') + 1;
            for (int column = 1; column < finding->column; column++)
                (void)text_next(&at);
            at += *at == '\''; /* of a literal */
            size_t size = strcspn(name, "'\"");
            if (strncmp(at, name, size) != 0)
                fail_msg("%d:%d is not at %.*s", finding->line, finding->column, (int)size, name);
            found++;
        }
        assert_true(found > 0);
    }
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
        cmocka_unit_test(every_rule_has_a_case_that_breaks_it),
        cmocka_unit_test(every_code_that_loading_and_lint_report_is_a_rule),
        cmocka_unit_test(the_readme_has_every_rule_with_its_level_reason_and_an_example),
        cmocka_unit_test(rules_stand_in_order_of_their_ids),
        cmocka_unit_test(a_finding_about_a_name_points_at_the_name),
        cmocka_unit_test(the_examples_load_without_a_finding),
        cmocka_unit_test(the_grammar_takes_the_examples_and_refuses_misspelt_words),
        cmocka_unit_test(a_misspelt_name_is_told_with_the_one_that_was_meant),
        cmocka_unit_test(what_is_not_xml_is_told_once),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

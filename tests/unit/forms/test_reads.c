#include "given.h"

#include "forms/reads.h"

#include <stdio.h>
#include <stdlib.h>

/* "b@1 c@0 r!@0": what is read, its depth; ! for presence only. In the order of paths. */
static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *read_by(struct given *given, const char *source, const char *from)
{
    struct reads *reads = reads_new(given->arena, given->form);
    struct xpath_tree *tree;
    struct error err = {0};
    if (!xpath_tree_parse(given->arena, source, &tree, &err))
        fail_msg("%s", err.text);
    size_t count;
    const struct read *list = reads_find(reads, tree, form_field_find(given->form, from), &count);
    char **words = ARENA_ARRAY(given->arena, count, char *);
    for (size_t i = 0; i < count; i++)
        words[i] = arena_printf(given->arena, "%s%s@%d", list[i].field->name,
                                list[i].value ? "" : "!", list[i].depth);
    qsort(words, count, sizeof *words, compare_words);
    struct buf out;
    buf_init(&out, given->arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%s%s", i ? " " : "", words[i]);
    return buf_text(&out);
}

static void an_expression_reads_what_its_paths_name(void **state)
{
    (void)state;
    static const struct {
        const char *source, *from, *reads;
    } cases[] = {
        {"/data/a", "/data/b", "a@0"},
        {"../a", "/data/b", "a@0"},
        {". + 1", "/data/a", "a@1"},
        {"../x", "/data/r/y", "x@1"},      /* of the same row */
        {"/data/r/x", "/data/r/y", "x@0"}, /* of every row */
        {"sum(/data/r/x)", "/data/a", "x@0"},
        {"count(/data/r)", "/data/a", "r!@0"},
        {"count(/data/r[x = 1])", "/data/a", "r!@0 x@0"},
        {"position(..)", "/data/r/x", "r!@1"},
        {"../../r[position() = 1]/x", "/data/r/y", "x@0"},
        {"current()/../x", "/data/r/y", "x@1"},
        {"context() = /data/r/x", "/data/r/y", "x@0 y@2"},
        {"/data/r[x = current()/y]/x", "/data/r", "x@0 y@1"},
        {"instance('s')/i[k = /data/a]/n", "/data/b", "a@0"},
        {"instance('s')/i[k = current()/../y]/n", "/data/r/x", "y@1"},
        {"if(/data/a, /data/b, ../x)", "/data/r/y", "a@0 b@0 x@1"},
        {"if(true(), /data/r, /data/r)/x", "/data/a", "r@0 x@0 y@0"},
        {"/data/r", "/data/a", "r@0 x@0 y@0"}, /* the text of all that is in it */
        {"//x", "/data/a", "x@0"},
        {"/data/*", "/data/a", "a@0 b@0 r@0 x@0 y@0"},
        {"../preceding-sibling::r[1]/x", "/data/r/y", "x@0"},
        {"/data/a/@sk:source", "/data/b", "a@0"},
        {"/data/a | ../x", "/data/r/y", "a@0 x@1"},
        {"indexed-repeat(/data/r/x, /data/r, /data/a)", "/data/b", "a@0 r!@0 x@0"},
        {"string-length()", "/data/a", "a@1"},
        {"'a' = 1", "/data/a", ""},
        {"/data/mangler", "/data/a", ""},
    };
    struct given given =
        given_form("<instance><data id='x'><a/><b/><r><x/><y/></r></data></instance>"
                   "<instance id='s'><root><i><k/><n/></i></root></instance>",
                   "<input ref='/data/a'><label>A</label></input>"
                   "<repeat nodeset='/data/r'><input ref='/data/r/x'>"
                   "<label>X</label></input></repeat>");
    assert_non_null(given.form);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *reads = read_by(&given, cases[i].source, cases[i].from);
        if (strcmp(reads, cases[i].reads) != 0)
            fail_msg("%s from %s reads '%s', not '%s'", cases[i].source, cases[i].from, reads,
                     cases[i].reads);
    }
    given_end(&given);
}

/* found by fuzz_xpath */
static void choices_that_ask_for_their_own_names_come_to_an_end(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><v>1</v></data></instance>"
        "<instance id='s'><root><i><k>1</k></i></root></instance>",
        "<select1 ref='/data/v'><label>V</label>"
        "<itemset nodeset=\"instance('s')/root/i[jr:choice-name(k, '/data/v') = '']\">"
        "<value ref='k'/><label ref='k'/></itemset></select1>");
    assert_string_equal(given_value(&given, "/data/v"), "");
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expression_reads_what_its_paths_name),
        cmocka_unit_test(choices_that_ask_for_their_own_names_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}

#include "forms/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void a_finding_is_one_line_that_editors_can_jump_to(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list list;
    struct buf out;
    finding_list_init(&list, arena);
    buf_init(&out, arena);

    finding_add_error(&list, "hello/form.xml", 12, "text.missing", "text '%s' is missing in %s",
                      "t.navn", "nn");
    finding_write(&list.items[0], &out);

    assert_string_equal(buf_text(&out), "hello/form.xml:12: error: text 't.navn' is missing in nn "
                                        "[text.missing]\n");
    assert_string_equal(list.items[0].language, "en");
}

static void a_persons_mistake_is_written_with_its_place(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding finding = {.place = "/data/navn", .code = "req.text", .text = "Skriv navn"};
    struct buf out;
    buf_init(&out, arena);

    finding_write(&finding, &out);

    assert_string_equal(buf_text(&out), "/data/navn: error: Skriv navn [req.text]\n");
}

static void the_list_keeps_copies_and_counts_errors(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list list;
    finding_list_init(&list, arena);
    char place[] = "/data/a";

    for (int i = 0; i < 100; i++) {
        struct finding finding = {.severity = i % 2 ? FINDING_WARNING : FINDING_ERROR,
                                  .place = place};
        finding_add(&list, &finding);
    }
    place[6] = 'b';

    assert_int_equal(list.count, 100);
    assert_int_equal(list.errors, 50);
    assert_ptr_equal(finding_find(&list, "/data/a"), &list.items[0]);
    assert_null(finding_find(&list, "/data/b"));
    assert_string_equal(list.items[99].text, "");
}

static void findings_are_in_order_of_lines_and_else_as_they_came(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list list;
    finding_list_init(&list, arena);
    finding_add_error(&list, "b.xml", 1, "d", "x");
    finding_add_warning(&list, "a.xml", 7, "b", "x");
    finding_add_error(&list, "a.xml", 7, "c", "x");
    finding_add_error(&list, "a.xml", 2, "a", "x");

    finding_sort(&list);

    char codes[8] = "";
    for (size_t i = 0; i < list.count; i++)
        codes[i] = list.items[i].code[0];
    assert_string_equal(codes, "abcd");
}

static void a_failed_parse_becomes_a_finding_with_its_line(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list list;
    finding_list_init(&list, arena);
    struct error err;
    assert_false(error_at(&err, ERROR_INVALID, "form.xml", 3, "DOCTYPE is not allowed"));

    finding_add_failure(&list, "xml", &err);

    assert_int_equal(list.items[0].line, 3);
    assert_string_equal(list.items[0].file, "form.xml");
    assert_string_equal(list.items[0].text, "DOCTYPE is not allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_is_one_line_that_editors_can_jump_to),
        cmocka_unit_test(a_persons_mistake_is_written_with_its_place),
        cmocka_unit_test(the_list_keeps_copies_and_counts_errors),
        cmocka_unit_test(findings_are_in_order_of_lines_and_else_as_they_came),
        cmocka_unit_test(a_failed_parse_becomes_a_finding_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

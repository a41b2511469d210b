#include "engine/pages/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

static const struct note *there_and_back(struct arena *arena, const struct note *note)
{
    return note_read(arena, note_write(arena, note), note->page);
}

static void what_was_written_is_read(void **state)
{
    struct arena *arena = *state;
    struct note note = {.page = "barn",
                        .at = "barn",
                        .text = "Barn 2 er fjernet",
                        .answers = "<data>\n <barn/>\n</data>\n"};

    const struct note *read = there_and_back(arena, &note);

    assert_string_equal(read->page, note.page);
    assert_string_equal(read->at, note.at);
    assert_string_equal(read->text, note.text);
    assert_string_equal(read->answers, note.answers);
}

static void what_is_not_there_is_null_again(void **state)
{
    struct arena *arena = *state;

    const struct note *read =
        there_and_back(arena, &(struct note){.page = "barn", .text = "Lagret"});

    assert_null(read->at);
    assert_null(read->answers);
    assert_string_equal(read->text, "Lagret");
}

static void a_note_is_told_on_its_own_page_only(void **state)
{
    struct arena *arena = *state;
    char *text = note_write(arena, &(struct note){.page = "barn", .text = "Lagret"});

    assert_non_null(note_read(arena, text, "barn"));
    assert_null(note_read(arena, text, "bar"));
    assert_null(note_read(arena, text, ""));
}

static void a_line_feed_in_a_name_does_not_become_answers(void **state)
{
    struct arena *arena = *state;

    const struct note *read =
        there_and_back(arena, &(struct note){.page = "barn", .text = "a\n<data/>.pdf er lagt til"});

    assert_string_equal(read->text, "a <data/>.pdf er lagt til");
    assert_null(read->answers);
}

static void a_draft_without_note_and_one_that_is_cut_off_have_none(void **state)
{
    struct arena *arena = *state;
    static const char *const texts[] = {NULL, "", "barn", "barn\n", "barn\nat", "barn\nat\ntext"};

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_null(note_read(arena, texts[i], "barn"));
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(what_was_written_is_read),
        WITH_ARENA(what_is_not_there_is_null_again),
        WITH_ARENA(a_note_is_told_on_its_own_page_only),
        WITH_ARENA(a_line_feed_in_a_name_does_not_become_answers),
        WITH_ARENA(a_draft_without_note_and_one_that_is_cut_off_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

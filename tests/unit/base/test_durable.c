#include "engine/base/durable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static int lost;

static void note(const char *why)
{
    assert_non_null(why);
    lost++;
}

static void what_is_on_disk_is_so_without_a_word(void **state)
{
    (void)state;
    char folder[] = "/tmp/skjema-durable-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    fputs("bytes", file);
    fflush(file);
    durable_on_loss(note);

    assert_true(durable_file(fileno(file)));
    assert_true(durable_folder(folder));
    assert_true(durable_folder_of(path));
    assert_true(durable_folder_of("here"));

    fclose(file);
    unlink(path);
    rmdir(folder);
    assert_int_equal(lost, 0);
}

static void what_cannot_be_opened_or_has_nothing_to_sync_is_no_loss(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    durable_on_loss(note);

    assert_false(durable_file(ends[1]));
    assert_false(durable_folder("/nowhere"));
    assert_false(durable_folder_of("/nowhere/file"));

    close(ends[0]);
    close(ends[1]);
    assert_int_equal(lost, 0);
}

static void d_6_a_sync_that_fails_is_told_to_the_whole_process(void **state)
{
    (void)state;
    durable_on_loss(note);
    assert_false(durable_file(-1));
    assert_int_equal(lost, 1);
    durable_on_loss(NULL);
    assert_false(durable_file(-1));
    assert_int_equal(lost, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_on_disk_is_so_without_a_word),
        cmocka_unit_test(what_cannot_be_opened_or_has_nothing_to_sync_is_no_loss),
        cmocka_unit_test(d_6_a_sync_that_fails_is_told_to_the_whole_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

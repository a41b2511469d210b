#include "engine/files.h"

#include "folder.h"

struct place {
    struct arena *arena;
    char *folder;
    struct error err;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    place->arena = arena_open();
    place->folder = folder_make(place->arena);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    folder_remove(place->folder);
    arena_close(&place->arena);
    free(place);
    return 0;
}

static void a_file_is_read_whole_up_to_its_limit(void **state)
{
    struct place *place = *state;
    char *content = arena_printf(place->arena, "%040000d", 0);
    char *path = folder_write(place->arena, place->folder, "a", content);
    struct bytes read = {0}, untouched = {0};

    assert_true(files_read(place->arena, path, 40000, &read, &place->err));
    assert_int_equal(read.size, 40000);
    assert_memory_equal(read.data, content, 40000);

    assert_false(files_read(place->arena, path, 39999, &untouched, &place->err));
    assert_int_equal(place->err.code, ERROR_LIMIT);
    assert_string_equal(place->err.file, path);
    assert_null(untouched.data);
}

static void an_empty_file_is_no_bytes(void **state)
{
    struct place *place = *state;
    char *path = folder_write(place->arena, place->folder, "a", "");
    struct bytes read = {NULL, 1};

    assert_true(files_read(place->arena, path, 0, &read, &place->err));

    assert_int_equal(read.size, 0);
}

static void a_file_that_is_not_there_is_missing_and_a_folder_is_no_file(void **state)
{
    struct place *place = *state;
    struct bytes read;

    assert_false(files_read(place->arena, arena_printf(place->arena, "%s/no", place->folder), 10,
                            &read, &place->err));
    assert_int_equal(place->err.code, ERROR_MISSING);

    assert_false(files_read(place->arena, place->folder, 10, &read, &place->err));
    assert_int_equal(place->err.code, ERROR_BROKEN);
}

static void a_folder_is_made_for_its_owner_only_and_may_be_there_already(void **state)
{
    struct place *place = *state;
    char *path = arena_printf(place->arena, "%s/data", place->folder);
    struct stat about;

    assert_true(files_make_folder(path, &place->err));
    assert_true(files_make_folder(path, &place->err));

    assert_int_equal(stat(path, &about), 0);
    assert_true(S_ISDIR(about.st_mode));
    assert_int_equal(about.st_mode & 0777, 0700);
}

static void a_folder_without_parent_or_in_place_of_a_file_is_told(void **state)
{
    struct place *place = *state;
    char *file = folder_write(place->arena, place->folder, "file", "x");

    assert_false(
        files_make_folder(arena_printf(place->arena, "%s/a/b", place->folder), &place->err));
    assert_int_equal(place->err.code, ERROR_BROKEN);

    chmod(file, 0700);
    assert_false(files_make_folder(file, &place->err));
    assert_string_equal(place->err.file, file);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_read_whole_up_to_its_limit),
        IN_FOLDER(an_empty_file_is_no_bytes),
        IN_FOLDER(a_file_that_is_not_there_is_missing_and_a_folder_is_no_file),
        IN_FOLDER(a_folder_is_made_for_its_owner_only_and_may_be_there_already),
        IN_FOLDER(a_folder_without_parent_or_in_place_of_a_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

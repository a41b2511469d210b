/* test_keyring.c - master keys: files that nobody else may read. */
#include "store.h"

#include "engine/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(struct store *store, const char *id)
{
    return arena_printf(store->arena, "%s/%s.key", store->keys_folder, id);
}

static const char *active_id(struct store *store)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(store->keys, masters);
    return arena_text(store->arena, masters[count - 1].id);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0 && fclose(file) == 0, true);
    assert_int_equal(chmod(path, 0600), 0);
}

static const char *read_file(struct store *store, const char *path)
{
    char *text = arena_alloc(store->arena, 1024);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, 1023, file)] = '\0';
    fclose(file);
    return text;
}

/* Opening the folder anew fails with that code, names the file and says so. */
static void must_not_open(struct store *store, enum error_code code, const char *file,
                          const char *says)
{
    const struct keyring_options options = {.folder = store->keys_folder};
    struct keyring *none = NULL;
    FAILS(store, keyring_open(&options, &none, &store->err), code);
    assert_null(none);
    if (!strstr(store->err.file, file) || !strstr(store->err.text, says))
        fail_msg("not \"%s\" of %s but %s: %s", says, file, store->err.file, store->err.text);
}

static void sec_1_a_key_that_others_may_read_is_refused(void **state)
{
    struct store *store = *state;
    const char *path = path_of(store, active_id(store));
    static const mode_t open_modes[] = {0640, 0604, 0644, 0620, 0601};
    for (size_t i = 0; i < COUNT(open_modes); i++) {
        assert_int_equal(chmod(path, open_modes[i]), 0);
        must_not_open(store, ERROR_INVALID, path, "others may read this key");
    }
    const struct keyring_options options = {.folder = store->keys_folder};
    CLEANUP(keyring_close) struct keyring *again = NULL;
    assert_int_equal(chmod(path, 0400), 0);
    WORKS(store, keyring_open(&options, &again, &store->err));
}

static void sec_1_a_credential_of_systemd_may_show_its_mask_but_nothing_else(void **state)
{
    struct store *store = *state;
    const char *path = path_of(store, active_id(store));
    const struct keyring_options options = {.folder = store->keys_folder};
    setenv("CREDENTIALS_DIRECTORY", store->folder, 1);
    assert_int_equal(chmod(path, 0440), 0);
    CLEANUP(keyring_close) struct keyring *again = NULL;
    WORKS(store, keyring_open(&options, &again, &store->err));
    assert_int_equal(chmod(path, 0444), 0);
    must_not_open(store, ERROR_INVALID, path, "others may read this key");

    /* a folder beside it whose name begins the same is another */
    assert_int_equal(chmod(path, 0440), 0);
    setenv("CREDENTIALS_DIRECTORY",
           arena_printf(store->arena, "%.*s", (int)strlen(store->folder) - 1, store->folder), 1);
    must_not_open(store, ERROR_INVALID, path, "others may read this key");
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void sec_1_a_link_to_a_key_is_refused(void **state)
{
    struct store *store = *state;
    const char *path = path_of(store, "0000000000000000");
    assert_int_equal(symlink(path_of(store, active_id(store)), path), 0);
    must_not_open(store, ERROR_BROKEN, path, "cannot be read");
}

static void a_file_that_is_no_master_key_is_named(void **state)
{
    struct store *store = *state;
    const char *path = path_of(store, active_id(store)), *good = read_file(store, path);
    const char *secret = strstr(good, "secret ");
    assert_non_null(secret);
    const int before = (int)(secret - good);
    const char *const bad[] = {
        "",
        "skjema master key 2\n",
        arena_printf(store->arena, "%.*s", before, good),                /* no secret */
        arena_printf(store->arena, "%.*s", (int)strlen(good) - 1, good), /* no end of line */
        arena_printf(store->arena, "%s\n", good),
        arena_printf(store->arena, "%.*ssecret %064d\n", before - 2, good, 0), /* "for productio" */
        arena_printf(store->arena, "%.*ssecret %063dg\n", before, good, 0),
        arena_printf(store->arena, "%.*ssecret %066d\n", before, good, 0),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        write_file(path, bad[i]);
        must_not_open(store, ERROR_INVALID, path, "is not a master key");
    }
}

static void a_folder_without_keys_or_none_at_all_says_what_to_do(void **state)
{
    struct store *store = *state;
    unlink(path_of(store, active_id(store)));
    must_not_open(store, ERROR_MISSING, store->keys_folder, "`skjema keys create` makes one");
    rmdir(store->keys_folder);
    must_not_open(store, ERROR_MISSING, store->keys_folder, "`skjema keys create` makes one");
}

static void two_files_with_one_id_are_refused(void **state)
{
    struct store *store = *state;
    const char *copy = path_of(store, "copy");
    write_file(copy, read_file(store, path_of(store, active_id(store))));
    must_not_open(store, ERROR_INVALID, ".key", "has the id of another key here");
}

static void sec_2_a_key_made_for_the_sandbox_is_refused_in_production(void **state)
{
    struct store *store = *state;
    char id[KEYRING_ID_MAX];
    WORKS(store, keyring_make(store->keys_folder, true, id, &store->err));
    must_not_open(store, ERROR_INVALID, path_of(store, id), "was made for the sandbox");
    const struct keyring_options options = {.folder = store->keys_folder, .sandbox = true};
    CLEANUP(keyring_close) struct keyring *again = NULL;
    WORKS(store, keyring_open(&options, &again, &store->err));
}

static void a_new_key_is_a_file_of_its_owners_and_the_active_one(void **state)
{
    struct store *store = *state;
    char id[KEYRING_ID_MAX];
    struct stat about;
    clock_set(1000); /* long before the one that is there was made */
    WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
    clock_set(0);
    WORKS(store, keyring_refresh(store->keys, &store->err));

    assert_string_equal(active_id(store), id);
    assert_int_equal(stat(path_of(store, id), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    for (int i = 0; i < 5; i++) { /* several in a second */
        WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
        WORKS(store, keyring_refresh(store->keys, &store->err));
        assert_string_equal(active_id(store), id);
    }
}

static void there_are_never_more_keys_than_can_be_opened(void **state)
{
    struct store *store = *state;
    char id[KEYRING_ID_MAX];
    for (int i = 1; i < KEYRING_MAX; i++)
        WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
    FAILS(store, keyring_make(store->keys_folder, false, id, &store->err), ERROR_INVALID);
    WORKS(store, keyring_refresh(store->keys, &store->err));
}

static void a_key_put_there_wrong_while_we_run_leaves_those_that_were_known(void **state)
{
    struct store *store = *state;
    const char *active = active_id(store);
    write_file(path_of(store, "ffffffffffffffff"), "something else\n");
    FAILS(store, keyring_refresh(store->keys, &store->err), ERROR_BROKEN);
    assert_string_equal(active_id(store), active);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(sec_1_a_key_that_others_may_read_is_refused),
        WITH_STORE(sec_1_a_credential_of_systemd_may_show_its_mask_but_nothing_else),
        WITH_STORE(sec_1_a_link_to_a_key_is_refused),
        WITH_STORE(a_file_that_is_no_master_key_is_named),
        WITH_STORE(a_folder_without_keys_or_none_at_all_says_what_to_do),
        WITH_STORE(two_files_with_one_id_are_refused),
        WITH_STORE(sec_2_a_key_made_for_the_sandbox_is_refused_in_production),
        WITH_STORE(a_new_key_is_a_file_of_its_owners_and_the_active_one),
        WITH_STORE(there_are_never_more_keys_than_can_be_opened),
        WITH_STORE(a_key_put_there_wrong_while_we_run_leaves_those_that_were_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store.h"

#include "storage/kept_posts.h"

#include <stdlib.h>
#include <string.h>

static const struct kept_post_field fields[] = {{"navn", "Kari"}, {"melding", ""}, {"navn", "æøå"}};

static struct kept_post post_to(const char *draft_id)
{
    return (struct kept_post){.draft_id = draft_id,
                              .page = "om-deg",
                              .reason = KEPT_POST_OTHER_WINDOW,
                              .files = 2,
                              .fields = fields,
                              .field_count = COUNT(fields)};
}

static void keep(struct store *store, const char *draft_id)
{
    struct kept_post post = post_to(draft_id);
    WORKS(store, kept_posts_add(store->arena, store->db, &post, &store->err));
}

static bool first(struct store *store, const char *citizen_id, const char *draft_id,
                  struct kept_post *out)
{
    bool found = false;
    WORKS(store, kept_posts_first(store->arena, store->db, citizen_id, draft_id, out, &found,
                                  &store->err));
    return found;
}

static int64_t count(struct store *store)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT COUNT(*) FROM kept_posts"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static void what_was_posted_comes_back_as_it_was(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    keep(store, draft.id);

    struct kept_post post;
    assert_true(first(store, kari, draft.id, &post));

    assert_string_equal(post.page, "om-deg");
    assert_int_equal(post.reason, KEPT_POST_OTHER_WINDOW);
    assert_int_equal(post.files, 2);
    assert_int_equal(post.field_count, COUNT(fields));
    for (size_t i = 0; i < COUNT(fields); i++) {
        assert_string_equal(post.fields[i].name, fields[i].name);
        assert_string_equal(post.fields[i].value, fields[i].value);
    }
    WORKS(store, kept_posts_remove(store->db, kari, post.id, &store->err));
    assert_false(first(store, kari, draft.id, &post));
    FAILS(store, kept_posts_remove(store->db, kari, post.id, &store->err), ERROR_MISSING);
}

static void sql_3_somebody_else_neither_sees_nor_removes_it(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    keep(store, draft.id);
    struct kept_post post;

    assert_false(first(store, ola, draft.id, &post));
    assert_true(first(store, kari, draft.id, &post));
    FAILS(store, kept_posts_remove(store->db, ola, post.id, &store->err), ERROR_MISSING);
}

static void only_an_open_draft_has_any(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct kept_post post = post_to("nobodys");
    FAILS(store, kept_posts_add(store->arena, store->db, &post, &store->err), ERROR_MISSING);

    keep(store, draft.id);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, draft.revision, &store->err));
    assert_int_equal(count(store), 0);
    post.draft_id = draft.id;
    FAILS(store, kept_posts_add(store->arena, store->db, &post, &store->err), ERROR_MISSING);

    struct draft other = store_draft(store, kari);
    keep(store, other.id);
    WORKS(store, drafts_delete(store->db, kari, other.id, &store->err));
    assert_int_equal(count(store), 0);
}

static void http_4_one_has_a_size_and_a_draft_a_number_of_them(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    char *large = arena_alloc(store->arena, KEPT_POSTS_MAX_BYTES + 1);
    memset(large, 'x', KEPT_POSTS_MAX_BYTES);
    large[KEPT_POSTS_MAX_BYTES] = '\0';
    struct kept_post_field field = {"n", large};
    struct kept_post post = post_to(draft.id);
    post.fields = &field;
    post.field_count = 1;
    FAILS(store, kept_posts_add(store->arena, store->db, &post, &store->err), ERROR_LIMIT);
    field.value = large + 1;
    WORKS(store, kept_posts_add(store->arena, store->db, &post, &store->err));

    for (int i = 0; i < KEPT_POSTS_MAX + 3; i++)
        keep(store, draft.id);
    assert_int_equal(count(store), KEPT_POSTS_MAX);
}

static void key_3_what_was_changed_at_rest_is_not_given(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    keep(store, draft.id);
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT sealed FROM kept_posts"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    struct bytes good = arena_bytes(store->arena, db_bytes(rows, 0));

    assert_null(memmem(good.data, good.size, "Kari", 4));
    for (size_t i = 0; i < good.size; i++) {
        struct bytes bad = arena_bytes(store->arena, good);
        ((unsigned char *)(uintptr_t)bad.data)[i] ^= 1;
        WORKS(store, db_exec(store->db, DB_SQL("UPDATE kept_posts SET sealed = $1"),
                             DB_VALUES(DB_BYTES(bad)), NULL, &store->err));
        struct kept_post post;
        bool found;
        FAILS(store,
              kept_posts_first(store->arena, store->db, kari, draft.id, &post, &found, &store->err),
              ERROR_BROKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_was_posted_comes_back_as_it_was),
        WITH_STORE(sql_3_somebody_else_neither_sees_nor_removes_it),
        WITH_STORE(only_an_open_draft_has_any),
        WITH_STORE(http_4_one_has_a_size_and_a_draft_a_number_of_them),
        WITH_STORE(key_3_what_was_changed_at_rest_is_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

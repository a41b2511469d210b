#include "store.h"

#include "engine/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A citizen and a draft that have keys, without rows of their own. */
static const struct keys_owner kari = {"kari", NULL}, ola = {"ola", NULL};
static const struct keys_owner draft = {"kari", "draft-1"}, other = {"kari", "draft-2"};

static int with_keys(void **state)
{
    int failed = store_setup(state);
    struct store *store = *state;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_make(store->db, kari, &store->err));
    WORKS(store, keys_make(store->db, ola, &store->err));
    WORKS(store, keys_make(store->db, draft, &store->err));
    WORKS(store, keys_make(store->db, other, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return failed;
}

static struct bytes sealed(struct store *store, struct keys_owner owner, const char *text)
{
    struct bytes out;
    WORKS(store, keys_seal(store->arena, store->db, owner, "drafts.answers", "row", BYTES_OF(text),
                           &out, &store->err));
    return out;
}

static bool open_as(struct store *store, struct keys_owner owner, const char *what, const char *row,
                    struct bytes from)
{
    struct bytes out = {(const unsigned char *)"untouched", 9};
    store->err = (struct error){0};
    bool opened = keys_open(store->arena, store->db, owner, what, row, from, &out, &store->err);
    assert_true(opened || (store->err.code == ERROR_BROKEN && out.size == 9));
    return opened;
}

static void another_connection(struct store *store)
{
    db_return(&store->db); /* forgets opened keys */
    WORKS(store, db_borrow(store->pool, &store->db, &store->err));
}

static void key_2_what_a_citizen_or_draft_sealed_opens_again(void **state)
{
    struct store *store = *state;
    const struct keys_owner owners[] = {kari, draft, KEYS_SITE};
    for (size_t i = 0; i < COUNT(owners); i++) {
        struct bytes from = sealed(store, owners[i], "1234 kroner"), out;
        for (int turn = 0; turn < 2; turn++) { /* with the key at hand, then read anew */
            WORKS(store, keys_open(store->arena, store->db, owners[i], "drafts.answers", "row",
                                   from, &out, &store->err));
            assert_string_equal((const char *)out.data, "1234 kroner");
            another_connection(store);
        }
    }
}

static void key_3_a_value_copied_to_another_owner_row_or_column_does_not_open(void **state)
{
    struct store *store = *state;
    struct bytes from = sealed(store, draft, "1234 kroner");
    assert_true(open_as(store, draft, "drafts.answers", "row", from));
    for (int turn = 0; turn < 2; turn++) {
        assert_false(open_as(store, other, "drafts.answers", "row", from));
        assert_false(open_as(store, kari, "drafts.answers", "row", from));
        assert_false(open_as(store, ola, "drafts.answers", "row", from));
        assert_false(open_as(store, KEYS_SITE, "drafts.answers", "row", from));
        assert_false(
            open_as(store, (struct keys_owner){"ola", "draft-1"}, "drafts.answers", "row", from));
        assert_false(open_as(store, draft, "drafts.note", "row", from));
        assert_false(open_as(store, draft, "drafts.answers", "wor", from));
        another_connection(store);
    }
}

static void key_2_a_wrapped_key_that_was_moved_to_another_row_opens_nothing(void **state)
{
    struct store *store = *state;
    struct bytes of_draft = sealed(store, draft, "a"), of_kari = sealed(store, kari, "b");
    another_connection(store);
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE keys SET wrapped = (SELECT k.wrapped FROM keys k WHERE "
                                "k.owner = CASE keys.owner WHEN 'kari' THEN 'ola' ELSE 'draft-2' "
                                "END) WHERE owner IN ('kari', 'draft-1')"),
                         DB_NO_VALUES, NULL, &store->err));
    assert_false(open_as(store, draft, "drafts.answers", "row", of_draft));
    assert_false(open_as(store, kari, "drafts.answers", "row", of_kari));
}

static void key_2_opened_keys_that_move_open_where_they_are_and_nowhere_else(void **state)
{
    static const struct keys_kept none;
    struct store *store = *state;
    struct bytes from = sealed(store, kari, "1234 kroner");
    struct keys_kept carried;
    keys_move(db_kept_keys(store->db), &carried);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE keys SET wrapped = x'00' WHERE owner = 'kari'"),
                         DB_NO_VALUES, NULL, &store->err));
    assert_false(open_as(store, kari, "drafts.answers", "row", from));
    another_connection(store);
    keys_move(&carried, db_kept_keys(store->db));
    assert_memory_equal(&carried, &none, sizeof none);
    assert_true(open_as(store, kari, "drafts.answers", "row", from));
    another_connection(store);
    assert_false(open_as(store, kari, "drafts.answers", "row", from));
}

static void several_texts_of_a_row_are_one_value_and_null_stays_null(void **state)
{
    struct store *store = *state;
    const char *const texts[] = {"15838530181", NULL, "", "Kari\nNordmann æøå"};
    struct bytes from;
    WORKS(store, keys_seal_texts(store->arena, store->db, kari, "citizens.private", "kari", texts,
                                 COUNT(texts), &from, &store->err));
    const char *again[COUNT(texts)] = {"x", "x", "x", "x"};
    WORKS(store, keys_open_texts(store->arena, store->db, kari, "citizens.private", "kari", from,
                                 again, COUNT(again), &store->err));
    assert_string_equal(again[0], texts[0]);
    assert_null(again[1]);
    assert_string_equal(again[2], "");
    assert_string_equal(again[3], texts[3]);

    for (size_t count = 0; count < 6; count++)
        if (count != COUNT(texts)) {
            const char *others[6];
            FAILS(store,
                  keys_open_texts(store->arena, store->db, kari, "citizens.private", "kari", from,
                                  others, count, &store->err),
                  ERROR_BROKEN);
        }
}

static void key_4_a_lookup_is_a_mac_that_differs_by_column_and_installation(void **state)
{
    struct store *store = *state;
    struct crypto_sha256 pid = keys_lookup(store->db, "citizens.pid", KARI);
    struct crypto_sha256 same = keys_lookup(store->db, "citizens.pid", KARI);
    struct crypto_sha256 column = keys_lookup(store->db, "other", KARI);
    struct crypto_sha256 value = keys_lookup(store->db, "citizens.pid", OLA);
    struct crypto_sha256 plain = crypto_sha256(BYTES_OF(KARI));
    assert_memory_equal(&pid, &same, sizeof pid);
    assert_memory_not_equal(&pid, &column, sizeof pid);
    assert_memory_not_equal(&pid, &value, sizeof pid);
    assert_memory_not_equal(&pid, &plain, sizeof pid);

    void *another = NULL;
    assert_int_equal(store_setup(&another), 0);
    struct crypto_sha256 elsewhere =
        keys_lookup(((struct store *)another)->db, "citizens.pid", KARI);
    assert_memory_not_equal(&pid, &elsewhere, sizeof pid);
    store_teardown(&another);
}

static void aud_4_a_pseudonym_is_the_citizens_until_the_key_is_destroyed(void **state)
{
    struct store *store = *state;
    const char *first, *again, *of_ola;
    WORKS(store, keys_pseudonym(store->arena, store->db, "kari", &first, &store->err));
    another_connection(store);
    WORKS(store, keys_pseudonym(store->arena, store->db, "kari", &again, &store->err));
    WORKS(store, keys_pseudonym(store->arena, store->db, "ola", &of_ola, &store->err));
    assert_string_equal(first, again);
    assert_string_not_equal(first, of_ola);
    assert_int_equal(strlen(first), 22);

    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_shred(store->db, kari, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    FAILS(store, keys_pseudonym(store->arena, store->db, "kari", &again, &store->err),
          ERROR_BROKEN);
}

static void shred(struct store *store, struct keys_owner owner)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_shred(store->db, owner, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
}

static void key_6_what_a_destroyed_key_sealed_is_not_read_even_from_a_copy(void **state)
{
    struct store *store = *state;
    struct bytes of_draft = sealed(store, draft, "a"), of_other = sealed(store, other, "b");
    struct bytes of_kari = sealed(store, kari, "c");

    shred(store, draft);
    assert_false(open_as(store, draft, "drafts.answers", "row", of_draft));
    assert_true(open_as(store, other, "drafts.answers", "row", of_other));

    shred(store, kari); /* with every draft */
    assert_false(open_as(store, kari, "drafts.answers", "row", of_kari));
    assert_false(open_as(store, other, "drafts.answers", "row", of_other));
    shred(store, kari); /* again is no error */

    /* a new key of the same name is another key */
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_make(store->db, kari, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    assert_false(open_as(store, kari, "drafts.answers", "row", of_kari));
}

static void key_6_somebody_elses_key_is_not_destroyed(void **state)
{
    struct store *store = *state;
    struct bytes of_draft = sealed(store, draft, "a"), of_kari = sealed(store, kari, "b");
    shred(store, (struct keys_owner){"ola", "draft-1"});
    shred(store, (struct keys_owner){"ola", "kari"}); /* a citizen's id where a draft's stands */
    shred(store, (struct keys_owner){"kari", "kari"});
    assert_true(open_as(store, draft, "drafts.answers", "row", of_draft));
    assert_true(open_as(store, kari, "drafts.answers", "row", of_kari));
}

static void a_key_made_in_a_transaction_that_was_rolled_back_is_not_used(void **state)
{
    struct store *store = *state;
    static const struct keys_owner never = {"kari", "never"};
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, keys_make(store->db, never, &store->err));
    struct bytes from = sealed(store, never, "a");
    db_end(&transaction);
    assert_false(open_as(store, never, "drafts.answers", "row", from));
}

/* A document in chunks, as a table has them. */
struct rows {
    struct arena *arena;
    struct bytes at[4];
    size_t count;
};

static bool put(void *context, uint32_t number, struct bytes chunk, struct error *err)
{
    struct rows *rows = context;
    (void)number, (void)err;
    rows->at[rows->count++] = arena_bytes(rows->arena, chunk);
    return true;
}

static bool get(void *context, uint32_t number, unsigned char *to, size_t size, struct error *err)
{
    struct rows *rows = context;
    if (number >= rows->count || rows->at[number].size != size)
        return error_set(err, ERROR_BROKEN, "there is no such chunk");
    memcpy(to, rows->at[number].data, size);
    return true;
}

static void key_3_a_document_in_chunks_opens_for_its_draft_only(void **state)
{
    struct store *store = *state;
    enum { SIZE = SEAL_CHUNK_BYTES + 1000 };
    struct buf document;
    buf_init(&document, store->arena);
    while (document.size < SIZE)
        buf_add_text(&document, "%PDF");
    struct rows rows = {.arena = store->arena};
    CLEANUP(seal_writer_close) struct seal_writer *writer = NULL;
    WORKS(store, keys_writer_open(store->db, draft, "attachments.content", "a-1", put, &rows,
                                  &writer, &store->err));
    WORKS(store, seal_write(writer, buf_bytes(&document), &store->err));
    WORKS(store, seal_writer_finish(writer, &store->err));

    CLEANUP(seal_reader_close) struct seal_reader *reader = NULL;
    WORKS(store,
          keys_reader_open(store->db, draft, "attachments.content", "a-1", seal_writer_head(writer),
                           (int64_t)document.size, get, &rows, &reader, &store->err));
    struct content content = seal_reader_content(reader);
    struct bytes whole;
    WORKS(store, content_whole(store->arena, &content, 1 << 20, &whole, &store->err));
    assert_int_equal(whole.size, document.size);
    assert_memory_equal(whole.data, document.data, whole.size);

    struct seal_reader *none = NULL;
    FAILS(store,
          keys_reader_open(store->db, draft, "attachments.content", "a-2", seal_writer_head(writer),
                           (int64_t)document.size, get, &rows, &none, &store->err),
          ERROR_BROKEN);
    FAILS(store,
          keys_reader_open(store->db, other, "attachments.content", "a-1", seal_writer_head(writer),
                           (int64_t)document.size, get, &rows, &none, &store->err),
          ERROR_BROKEN);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, with_keys, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEYS(key_2_what_a_citizen_or_draft_sealed_opens_again),
        WITH_KEYS(key_2_a_wrapped_key_that_was_moved_to_another_row_opens_nothing),
        WITH_KEYS(key_3_a_value_copied_to_another_owner_row_or_column_does_not_open),
        WITH_KEYS(key_3_a_document_in_chunks_opens_for_its_draft_only),
        WITH_KEYS(key_2_opened_keys_that_move_open_where_they_are_and_nowhere_else),
        WITH_KEYS(several_texts_of_a_row_are_one_value_and_null_stays_null),
        WITH_KEYS(key_4_a_lookup_is_a_mac_that_differs_by_column_and_installation),
        WITH_KEYS(aud_4_a_pseudonym_is_the_citizens_until_the_key_is_destroyed),
        WITH_KEYS(key_6_what_a_destroyed_key_sealed_is_not_read_even_from_a_copy),
        WITH_KEYS(key_6_somebody_elses_key_is_not_destroyed),
        WITH_KEYS(a_key_made_in_a_transaction_that_was_rolled_back_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

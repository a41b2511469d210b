#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/seal_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SEALED_CHUNK = SEAL_CHUNK_BYTES + SEAL_TAG_BYTES };

static const struct seal_about answers = {"drafts.answers", "draft-1", "draft-1"};

struct world {
    struct arena *arena;
    struct seal_key key, other;
    struct error err;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    seal_key_make(&world->key);
    seal_key_make(&world->other);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    arena_close(&world->arena);
    free(world);
    return 0;
}

/* Bytes that are not all alike, so that two chunks differ. */
static struct bytes make(struct world *world, size_t size)
{
    unsigned char *bytes = arena_alloc(world->arena, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    return (struct bytes){bytes, size};
}

static bool equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static void does_not_open(struct world *world, const struct seal_key *key,
                          const struct seal_about *about, struct bytes sealed)
{
    struct bytes out = {(const unsigned char *)"untouched", 9};
    world->err = (struct error){0};
    assert_false(seal_open_whole(world->arena, key, about, sealed, &out, &world->err));
    assert_int_equal(world->err.code, ERROR_BROKEN);
    assert_int_equal(out.size, 9);
}

/* The same bytes with one changed. */
static struct bytes flipped(struct world *world, struct bytes bytes, size_t at)
{
    unsigned char *copy = arena_alloc(world->arena, bytes.size);
    memcpy(copy, bytes.data, bytes.size);
    copy[at] ^= 1;
    return (struct bytes){copy, bytes.size};
}

static void what_is_sealed_opens_whatever_its_size(void **state)
{
    struct world *world = *state;
    const size_t sizes[] = {0,
                            1,
                            11,
                            SEAL_CHUNK_BYTES - 1,
                            SEAL_CHUNK_BYTES,
                            SEAL_CHUNK_BYTES + 1,
                            3 * SEAL_CHUNK_BYTES,
                            3 * SEAL_CHUNK_BYTES + 17};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct bytes plain = make(world, sizes[i]), again;
        struct bytes sealed = seal_whole(world->arena, &world->key, &answers, plain);
        assert_true(seal_open_whole(world->arena, &world->key, &answers, sealed, &again, NULL));
        assert_true(equal(again, plain));
    }
}

static void key_1_a_sealed_thing_begins_with_its_format_and_the_id_of_its_key(void **state)
{
    struct world *world = *state;
    struct bytes sealed = seal_whole(world->arena, &world->key, &answers, BYTES_OF("Kari"));
    assert_int_equal(sealed.size, SEAL_HEAD_BYTES + 4 + SEAL_TAG_BYTES);
    assert_int_equal(sealed.data[0], 1);
    assert_memory_equal(sealed.data + 1, world->key.id, SEAL_ID_BYTES);

    does_not_open(world, &world->key, &answers, flipped(world, sealed, 0));
    assert_non_null(strstr(world->err.text, "format 0"));
    does_not_open(world, &world->other, &answers, sealed);
    assert_non_null(strstr(world->err.text, "another key"));
}

/* Made from the description in seal.h with Python's `cryptography`, so that what is sealed today
 * opens with the program of tomorrow: "Kari" with key a0..a7, 00..1f and salt 40..4f; and that key
 * wrapped under its own secret for "citizen-1". */
static const char sealed_hex[] =
    "01a0a1a2a3a4a5a6a7404142434445464748494a4b4c4d4e4fe1b52049ededf7aeb83b0667468651"
    "25958074ce";
static const char wrapped_hex[] =
    "2b5157a188ca147032dbd448f12cde2b9913f1c83885a3d58e10f51fbd01c123671d219ab2865e91"
    "43b73d7d78ab0caa";

static void key_1_the_format_is_the_one_that_is_written_down(void **state)
{
    struct world *world = *state;
    struct seal_key key;
    for (unsigned char i = 0; i < SEAL_ID_BYTES; i++)
        key.id[i] = (unsigned char)(0xa0 + i);
    for (unsigned char i = 0; i < SEAL_SECRET_BYTES; i++)
        key.secret[i] = i;
    struct bytes sealed, plain;
    assert_true(codec_unhex(world->arena, sealed_hex, &sealed));
    assert_true(seal_open_whole(world->arena, &key, &answers, sealed, &plain, &world->err));
    assert_true(equal(plain, BYTES_OF("Kari")));

    struct bytes wrapped;
    struct seal_key inner;
    assert_true(codec_unhex(world->arena, wrapped_hex, &wrapped));
    assert_true(seal_unwrap(key.secret, "citizen-1", wrapped, &inner));
    assert_memory_equal(inner.id, key.id, sizeof key.id);
    assert_memory_equal(inner.secret, key.secret, sizeof key.secret);
}

static void key_1_the_same_thing_sealed_twice_looks_different(void **state)
{
    struct world *world = *state;
    struct bytes a = seal_whole(world->arena, &world->key, &answers, BYTES_OF("Kari"));
    struct bytes b = seal_whole(world->arena, &world->key, &answers, BYTES_OF("Kari"));
    assert_memory_not_equal(a.data + SEAL_HEAD_BYTES, b.data + SEAL_HEAD_BYTES, 4);
}

static void key_3_a_changed_byte_anywhere_does_not_open(void **state)
{
    struct world *world = *state;
    struct bytes sealed = seal_whole(world->arena, &world->key, &answers, make(world, 300));
    for (size_t at = 0; at < sealed.size; at++)
        does_not_open(world, &world->key, &answers, flipped(world, sealed, at));
}

static void key_3_a_thing_cut_short_or_made_longer_does_not_open(void **state)
{
    struct world *world = *state;
    struct bytes sealed =
        seal_whole(world->arena, &world->key, &answers, make(world, 2 * SEAL_CHUNK_BYTES + 5));
    const size_t sizes[] = {0,
                            1,
                            SEAL_HEAD_BYTES,
                            SEAL_HEAD_BYTES + SEAL_TAG_BYTES - 1,
                            SEAL_HEAD_BYTES + SEALED_CHUNK,     /* whole chunks are left */
                            SEAL_HEAD_BYTES + 2 * SEALED_CHUNK, /* all but the last */
                            sealed.size - 1};
    for (size_t i = 0; i < COUNT(sizes); i++)
        does_not_open(world, &world->key, &answers, (struct bytes){sealed.data, sizes[i]});

    struct buf longer;
    buf_init(&longer, world->arena);
    buf_add(&longer, sealed);
    buf_add(&longer, (struct bytes){sealed.data + SEAL_HEAD_BYTES, SEALED_CHUNK});
    does_not_open(world, &world->key, &answers, buf_bytes(&longer));
}

static void key_3_chunks_in_another_order_do_not_open(void **state)
{
    struct world *world = *state;
    struct bytes sealed =
        seal_whole(world->arena, &world->key, &answers, make(world, 3 * SEAL_CHUNK_BYTES));
    unsigned char *swapped = arena_alloc(world->arena, sealed.size);
    memcpy(swapped, sealed.data, sealed.size);
    memcpy(swapped + SEAL_HEAD_BYTES, sealed.data + SEAL_HEAD_BYTES + SEALED_CHUNK, SEALED_CHUNK);
    memcpy(swapped + SEAL_HEAD_BYTES + SEALED_CHUNK, sealed.data + SEAL_HEAD_BYTES, SEALED_CHUNK);
    does_not_open(world, &world->key, &answers, (struct bytes){swapped, sealed.size});
}

static void key_3_a_chunk_of_another_thing_does_not_open(void **state)
{
    struct world *world = *state;
    struct bytes plain = make(world, 2 * SEAL_CHUNK_BYTES);
    struct bytes a = seal_whole(world->arena, &world->key, &answers, plain);
    struct bytes b = seal_whole(world->arena, &world->key, &answers, plain);
    unsigned char *mixed = arena_alloc(world->arena, a.size);
    memcpy(mixed, a.data, a.size);
    memcpy(mixed + SEAL_HEAD_BYTES, b.data + SEAL_HEAD_BYTES, SEALED_CHUNK);
    does_not_open(world, &world->key, &answers, (struct bytes){mixed, a.size});
}

static void key_3_copied_to_another_column_row_or_owner_it_does_not_open(void **state)
{
    struct world *world = *state;
    struct bytes sealed = seal_whole(world->arena, &world->key, &answers, BYTES_OF("Kari"));
    const struct seal_about others[] = {{"drafts.note", "draft-1", "draft-1"},
                                        {"drafts.answers", "draft-2", "draft-1"},
                                        {"drafts.answers", "draft-1", "draft-2"},
                                        {"drafts.answersd", "raft-1", "draft-1"},
                                        {"", "", ""}};
    for (size_t i = 0; i < COUNT(others); i++)
        does_not_open(world, &world->key, &others[i], sealed);
}

static void key_1_a_wrapped_key_opens_for_its_owner_under_the_key_above_it_only(void **state)
{
    struct world *world = *state;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    seal_wrap(world->other.secret, "citizen-1", &world->key, wrapped);
    struct bytes bytes = {wrapped, sizeof wrapped};

    struct seal_key again;
    assert_true(seal_unwrap(world->other.secret, "citizen-1", bytes, &again));
    assert_memory_equal(&again, &world->key, sizeof again);

    assert_false(seal_unwrap(world->other.secret, "citizen-2", bytes, &again));
    assert_false(seal_unwrap(world->key.secret, "citizen-1", bytes, &again));
    assert_false(seal_unwrap(world->other.secret, "citizen-1",
                             (struct bytes){wrapped, sizeof wrapped - 8}, &again));
    for (size_t i = 0; i < sizeof wrapped; i++)
        assert_false(
            seal_unwrap(world->other.secret, "citizen-1", flipped(world, bytes, i), &again));
}

/* Streams ----------------------------------------------------------------------------------- */

/* Chunks as a table has them: rows with a number. */
struct rows {
    struct world *world;
    struct bytes at[8];
    size_t count;
};

static bool put(void *context, uint32_t number, struct bytes sealed, struct error *err)
{
    struct rows *rows = context;
    (void)err;
    assert_int_equal(number, rows->count);
    rows->at[rows->count++] = arena_bytes(rows->world->arena, sealed);
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

/* Written in pieces of odd sizes; the head, in the arena. */
static struct bytes write_rows(struct world *world, struct bytes plain, struct rows *rows)
{
    *rows = (struct rows){.world = world};
    CLEANUP(seal_writer_close) struct seal_writer *writer = NULL;
    seal_writer_open(&world->key, &answers, put, rows, &writer);
    for (size_t at = 0, size = 1; at < plain.size; at += size, size = size * 3 + 1) {
        size = size < plain.size - at ? size : plain.size - at;
        assert_true(seal_write(writer, (struct bytes){plain.data + at, size}, NULL));
    }
    assert_true(seal_writer_finish(writer, NULL));
    assert_int_equal(seal_writer_size_bytes(writer), plain.size);
    return arena_bytes(world->arena, seal_writer_head(writer));
}

static void a_stream_gives_any_run_of_what_was_written(void **state)
{
    struct world *world = *state;
    const size_t sizes[] = {0, 1, SEAL_CHUNK_BYTES, 2 * SEAL_CHUNK_BYTES, 200000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct bytes plain = make(world, sizes[i]), whole;
        struct rows rows;
        struct bytes head = write_rows(world, plain, &rows);
        assert_int_equal(rows.count, seal_chunks((int64_t)sizes[i]));
        CLEANUP(seal_reader_close) struct seal_reader *reader = NULL;
        assert_true(seal_reader_open(&world->key, &answers, head, (int64_t)sizes[i], get, &rows,
                                     &reader, NULL));
        struct content content = seal_reader_content(reader);
        assert_true(content_whole(world->arena, &content, 1 << 20, &whole, NULL));
        assert_true(equal(whole, plain));
        unsigned char run[100];
        for (size_t at = 0; at + sizeof run <= sizes[i]; at += 30011) {
            assert_true(content_read(&content, (int64_t)at, run, sizeof run, NULL));
            assert_memory_equal(run, plain.data + at, sizeof run);
        }
    }
}

static void a_stream_is_in_the_same_format_as_a_whole_thing(void **state)
{
    struct world *world = *state;
    struct bytes plain = make(world, 150000), again;
    struct rows rows;
    struct buf sealed;
    buf_init(&sealed, world->arena);
    buf_add(&sealed, write_rows(world, plain, &rows));
    for (size_t i = 0; i < rows.count; i++)
        buf_add(&sealed, rows.at[i]);
    assert_true(
        seal_open_whole(world->arena, &world->key, &answers, buf_bytes(&sealed), &again, NULL));
    assert_true(equal(again, plain));
}

static bool opens(struct world *world, struct bytes head, size_t size, struct rows *rows)
{
    struct seal_reader *reader = NULL;
    world->err = (struct error){0};
    bool opened = seal_reader_open(&world->key, &answers, head, (int64_t)size, get, rows, &reader,
                                   &world->err);
    assert_true(opened || (!reader && world->err.code == ERROR_BROKEN));
    seal_reader_close(&reader);
    return opened;
}

static void key_3_a_stream_cut_short_fails_before_a_byte_is_given(void **state)
{
    struct world *world = *state;
    struct rows rows;
    const size_t size = 3 * SEAL_CHUNK_BYTES;
    struct bytes head = write_rows(world, make(world, size), &rows);
    assert_true(opens(world, head, size, &rows));

    /* the row that says how long it is was changed with it */
    rows.count--;
    assert_false(opens(world, head, size, &rows));
    assert_false(opens(world, head, 2 * SEAL_CHUNK_BYTES, &rows));
    rows.count++;
    assert_false(opens(world, head, size + 1, &rows));
    assert_false(opens(world, head, size - 1, &rows));
}

static void key_3_a_stream_never_gives_a_byte_of_a_chunk_that_was_moved(void **state)
{
    struct world *world = *state;
    struct rows rows;
    const size_t size = 3 * SEAL_CHUNK_BYTES + 9;
    struct bytes head = write_rows(world, make(world, size), &rows);
    struct bytes first = rows.at[0];
    rows.at[0] = rows.at[1];
    rows.at[1] = first;
    struct seal_reader *reader = NULL;
    assert_true(
        seal_reader_open(&world->key, &answers, head, (int64_t)size, get, &rows, &reader, NULL));
    struct content content = seal_reader_content(reader);
    unsigned char run[10] = "untouched";
    for (int64_t at = 0; at < 2 * SEAL_CHUNK_BYTES; at += SEAL_CHUNK_BYTES) {
        assert_false(content_read(&content, at, run, sizeof run, &world->err));
        assert_int_equal(world->err.code, ERROR_BROKEN);
        assert_string_equal((const char *)run, "untouched");
    }
    assert_true(content_read(&content, 2 * SEAL_CHUNK_BYTES, run, sizeof run, &world->err));
    seal_reader_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_sealed_opens_whatever_its_size),
        TEST(key_1_a_sealed_thing_begins_with_its_format_and_the_id_of_its_key),
        TEST(key_1_the_format_is_the_one_that_is_written_down),
        TEST(key_1_the_same_thing_sealed_twice_looks_different),
        TEST(key_1_a_wrapped_key_opens_for_its_owner_under_the_key_above_it_only),
        TEST(key_3_a_changed_byte_anywhere_does_not_open),
        TEST(key_3_a_thing_cut_short_or_made_longer_does_not_open),
        TEST(key_3_chunks_in_another_order_do_not_open),
        TEST(key_3_a_chunk_of_another_thing_does_not_open),
        TEST(key_3_copied_to_another_column_row_or_owner_it_does_not_open),
        TEST(a_stream_gives_any_run_of_what_was_written),
        TEST(a_stream_is_in_the_same_format_as_a_whole_thing),
        TEST(key_3_a_stream_cut_short_fails_before_a_byte_is_given),
        TEST(key_3_a_stream_never_gives_a_byte_of_a_chunk_that_was_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

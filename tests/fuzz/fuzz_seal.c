/* What was sealed, as a hand in the database may have changed it: opened whole, in chunks, and as a
 * wrapped key. Sealing is random, so an input says what to seal and what to do to it, not what came
 * of it; or it is itself what lies there, after a head that is right. */
#include "fuzz.h"

#include "engine/base/buf.h"
#include "engine/base/seal_stream.h"

#include <string.h>

enum { MOST_PLAIN = 2 * SEAL_CHUNK_BYTES + 100, MOST_CHUNKS = 4 };

static const struct seal_key key = {.id = "keyed-by", .secret = "thirty-two bytes that are known"};
static const struct seal_about about = {"drafts.answers", "row", "owner"};

static size_t take_size(struct bytes *left)
{
    size_t high = fuzz_take_byte(left);
    return high << 8 | fuzz_take_byte(left);
}

/* So long, of the bytes that are left, again and again: a few bytes of input are several chunks. */
static struct bytes take_plain(struct arena *arena, struct bytes *left)
{
    size_t size = take_size(left) * 3, from = take_size(left) % 64;
    struct bytes seed = {left->data, from < left->size ? from : left->size};
    unsigned char *plain = arena_alloc(arena, size + 1);
    size = size < MOST_PLAIN ? size : MOST_PLAIN;
    memset(plain, 'x', size);
    for (size_t at = 0; seed.size && at + seed.size <= size; at += seed.size)
        memcpy(plain + at, seed.data, seed.size);
    *left = (struct bytes){left->data + seed.size, left->size - seed.size};
    return (struct bytes){plain, size};
}

static bool same(struct bytes a, struct bytes b)
{
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

/* Cut, with bytes changed, or with a run of it elsewhere: as the input says. */
static struct bytes damaged(struct arena *arena, struct bytes good, struct bytes *left)
{
    struct bytes bad = arena_bytes(arena, good);
    unsigned char *bytes = (unsigned char *)(uintptr_t)bad.data;
    while (left->size && bad.size) {
        unsigned char what = fuzz_take_byte(left);
        size_t at = take_size(left) * 5 % bad.size, size = take_size(left) % (bad.size - at);
        if (what % 3 == 0)
            bad.size = at;
        else if (what % 3 == 1)
            bytes[at] ^= fuzz_take_byte(left);
        else
            memmove(bytes, bytes + at, size);
    }
    return bad;
}

static void open_whole(struct arena *arena, struct bytes sealed, bool good, struct bytes plain)
{
    static const struct bytes untouched = {(const unsigned char *)"untouched", 9};
    struct bytes out = untouched;
    struct error err = {0};
    bool opened = seal_open_whole(arena, &key, &about, sealed, &out, &err);
    fuzz_promise(opened == good, "what was sealed opens, and nothing else", err.text);
    if (opened)
        fuzz_promise_same(out, plain, "what was sealed comes back");
    else
        fuzz_promise(err.code == ERROR_BROKEN && out.data == untouched.data,
                     "nothing is given of what does not open", err.text);
}

static void try_whole(struct arena *arena, struct bytes left)
{
    struct bytes plain = take_plain(arena, &left);
    struct bytes sealed = seal_whole(arena, &key, &about, plain);
    struct bytes bad = damaged(arena, sealed, &left);
    open_whole(arena, bad, same(bad, sealed), plain);
}

/* No run of bytes that somebody thought of is what this key sealed. */
static void try_found(struct arena *arena, struct bytes left)
{
    struct buf buf;
    buf_init(&buf, arena);
    if (fuzz_take_byte(&left) % 2) {
        buf_add_byte(&buf, 1);
        buf_add(&buf, (struct bytes){key.id, sizeof key.id});
    }
    buf_add(&buf, left);
    open_whole(arena, buf_bytes(&buf), false, (struct bytes){0});
}

/* Chunks as a table has them. */
struct table {
    struct arena *arena;
    struct bytes at[MOST_CHUNKS];
    size_t count;
};

static bool put(void *context, uint32_t number, struct bytes chunk, struct error *err)
{
    struct table *table = context;
    (void)err;
    fuzz_promise(number == table->count && number < MOST_CHUNKS, "chunks come in order", NULL);
    table->at[table->count++] = arena_bytes(table->arena, chunk);
    return true;
}

static bool get(void *context, uint32_t number, unsigned char *to, size_t size, struct error *err)
{
    const struct table *table = context;
    if (number >= table->count || table->at[number].size != size)
        return error_set(err, ERROR_BROKEN, "there is no such chunk");
    memcpy(to, table->at[number].data, size);
    return true;
}

static struct bytes write_stream(struct seal_writer *writer, struct bytes plain, size_t piece)
{
    struct error err;
    for (size_t at = 0, size; at < plain.size; at += size) {
        size = plain.size - at < piece ? plain.size - at : piece;
        fuzz_promise(seal_write(writer, (struct bytes){plain.data + at, size}, &err),
                     "what is given is sealed", NULL);
    }
    fuzz_promise(seal_writer_finish(writer, &err), "what was given is sealed", NULL);
    return seal_writer_head(writer);
}

/* Swaps chunks, changes some, forgets the last ones. True: they are as they were. */
static bool change_table(struct table *table, struct bytes *left)
{
    struct table before = *table;
    while (left->size) {
        unsigned char what = fuzz_take_byte(left);
        size_t one = fuzz_take_byte(left) % table->count, other = fuzz_take_byte(left);
        struct bytes held = table->at[one];
        if (what % 3 == 0) {
            table->at[one] = table->at[other % table->count];
            table->at[other % table->count] = held;
        } else if (what % 3 == 1) {
            struct bytes few = {left->data, left->size < 5 ? left->size : 5};
            table->at[one] = damaged(table->arena, held, &few);
        } else if (table->count > 1) {
            table->count--;
        }
    }
    bool as_it_was = table->count == before.count;
    for (size_t i = 0; as_it_was && i < table->count; i++)
        as_it_was = same(table->at[i], before.at[i]);
    return as_it_was;
}

static void try_stream(struct arena *arena, struct bytes left)
{
    struct bytes plain = take_plain(arena, &left);
    size_t piece = take_size(&left) + 100;
    int64_t said = (int64_t)plain.size + (signed char)fuzz_take_byte(&left);
    bool right_head = fuzz_take_byte(&left) % 4 != 0;
    struct table table = {.arena = arena};
    CLEANUP(seal_writer_close) struct seal_writer *writer = NULL;
    CLEANUP(seal_reader_close) struct seal_reader *reader = NULL;
    seal_writer_open(&key, &about, put, &table, &writer);
    struct bytes kept = write_stream(writer, plain, piece), head = kept;
    if (!right_head)
        head = damaged(arena, kept, &left);
    bool good = change_table(&table, &left) && same(head, kept) && said == (int64_t)plain.size;
    struct error err = {0};
    struct bytes out = {0};
    bool opened = seal_reader_open(&key, &about, head, said, get, &table, &reader, &err);
    if (opened) {
        struct content content = seal_reader_content(reader);
        opened = content_whole(arena, &content, MOST_PLAIN + 200, &out, &err);
    }
    fuzz_promise(opened == good, "a stream opens as it was sealed, and not otherwise", err.text);
    fuzz_promise(opened || err.code == ERROR_BROKEN, "what does not open is broken", err.text);
    if (opened)
        fuzz_promise_same(out, plain, "what was sealed comes back");
}

static void try_wrapped(struct arena *arena, struct bytes left)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct seal_key out = {.id = "before"};
    seal_wrap(key.secret, "owner", &key, wrapped);
    struct bytes good = {wrapped, sizeof wrapped}, bad = damaged(arena, good, &left);
    bool opened = seal_unwrap(key.secret, "owner", bad, &out);
    fuzz_promise(opened == same(bad, good), "a key unwraps as it was wrapped", NULL);
    fuzz_promise(opened ? memcmp(&out, &key, sizeof out) == 0 : !strcmp((char *)out.id, "before"),
                 "it is that key, or none", NULL);
    fuzz_promise(!seal_unwrap(key.secret, "owner", left, &out), "bytes that were found are no key",
                 NULL);
}

void fuzz_one(struct bytes input)
{
    static void (*const ways[])(struct arena *, struct bytes) = {try_whole, try_found, try_stream,
                                                                 try_wrapped};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char way = fuzz_take_byte(&input);
    ways[way % COUNT(ways)](arena, input);
}

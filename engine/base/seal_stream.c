#include "engine/base/seal_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SEALED_CHUNK_BYTES = SEAL_CHUNK_BYTES + SEAL_TAG_BYTES };

struct seal_writer {
    struct seal *seal;
    seal_put *put;
    void *context;
    int64_t size_bytes;
    uint32_t next;
    bool finished;
    size_t held; /* of plain */
    unsigned char head[SEAL_HEAD_BYTES];
    unsigned char plain[SEAL_CHUNK_BYTES], sealed[SEALED_CHUNK_BYTES];
};

struct seal_reader {
    struct seal *seal;
    seal_get *get;
    void *context;
    int64_t size_bytes;
    uint32_t chunks;
    int64_t held; /* which chunk is in plain; -1: none */
    unsigned char plain[SEAL_CHUNK_BYTES], sealed[SEALED_CHUNK_BYTES];
};

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

/* Writing ----------------------------------------------------------------------------------- */

void seal_writer_open(const struct seal_key *key, const struct seal_about *about, seal_put *put,
                      void *context, struct seal_writer **out)
{
    struct seal_writer *writer = take(sizeof *writer);
    writer->put = put;
    writer->context = context;
    seal_begin(key, about, writer->head, &writer->seal);
    *out = writer;
}

void seal_writer_close(struct seal_writer **writer)
{
    if (!*writer)
        return;
    seal_close(&(*writer)->seal);
    seal_wipe((*writer)->plain, sizeof(*writer)->plain);
    free(*writer);
    *writer = NULL;
}

struct bytes seal_writer_head(const struct seal_writer *writer)
{
    return (struct bytes){writer->head, sizeof writer->head};
}

int64_t seal_writer_size_bytes(const struct seal_writer *writer)
{
    return writer->size_bytes;
}

static bool put_held(struct seal_writer *writer, bool last, struct error *err)
{
    if (writer->next == SEAL_MOST_CHUNKS)
        return error_set(err, ERROR_LIMIT, "more than can be sealed as one thing");
    struct bytes sealed = {writer->sealed, writer->held + SEAL_TAG_BYTES};
    seal_chunk(writer->seal, writer->next, last, (struct bytes){writer->plain, writer->held},
               writer->sealed);
    writer->held = 0;
    return writer->put(writer->context, writer->next++, sealed, err);
}

bool seal_write(struct seal_writer *writer, struct bytes plain, struct error *err)
{
    assert(!writer->finished);
    while (plain.size) {
        /* A full one waits until more comes: it may be the last. */
        if (writer->held == SEAL_CHUNK_BYTES && !put_held(writer, false, err))
            return false;
        size_t room = SEAL_CHUNK_BYTES - writer->held;
        size_t size = plain.size < room ? plain.size : room;
        memcpy(writer->plain + writer->held, plain.data, size);
        writer->held += size;
        writer->size_bytes += (int64_t)size;
        plain = (struct bytes){plain.data + size, plain.size - size};
    }
    return true;
}

bool seal_writer_finish(struct seal_writer *writer, struct error *err)
{
    assert(!writer->finished);
    writer->finished = true;
    return put_held(writer, true, err);
}

/* Reading ----------------------------------------------------------------------------------- */

uint32_t seal_chunks(int64_t size_bytes)
{
    assert(size_bytes >= 0 && size_bytes <= (int64_t)SEAL_MOST_CHUNKS * SEAL_CHUNK_BYTES);
    return size_bytes ? (uint32_t)((size_bytes + SEAL_CHUNK_BYTES - 1) / SEAL_CHUNK_BYTES) : 1;
}

static size_t size_of(const struct seal_reader *reader, uint32_t number)
{
    bool last = number + 1 == reader->chunks;
    return last ? (size_t)(reader->size_bytes - (int64_t)number * SEAL_CHUNK_BYTES)
                : SEAL_CHUNK_BYTES;
}

static bool hold(struct seal_reader *reader, uint32_t number, struct error *err)
{
    if (reader->held == number)
        return true;
    size_t size = size_of(reader, number) + SEAL_TAG_BYTES;
    reader->held = -1;
    if (!reader->get(reader->context, number, reader->sealed, size, err) ||
        !seal_chunk_open(reader->seal, number, number + 1 == reader->chunks,
                         (struct bytes){reader->sealed, size}, reader->plain, err))
        return false;
    reader->held = number;
    return true;
}

bool seal_reader_open(const struct seal_key *key, const struct seal_about *about, struct bytes head,
                      int64_t size_bytes, seal_get *get, void *context, struct seal_reader **out,
                      struct error *err)
{
    if (size_bytes < 0 || size_bytes > (int64_t)SEAL_MOST_CHUNKS * SEAL_CHUNK_BYTES)
        return error_set(err, ERROR_BROKEN, "%s of %s has a size that nothing sealed has",
                         about->what, about->object_id);
    CLEANUP(seal_reader_close) struct seal_reader *reader = take(sizeof *reader);
    reader->get = get;
    reader->context = context;
    reader->size_bytes = size_bytes;
    reader->chunks = seal_chunks(size_bytes);
    reader->held = -1;
    if (!seal_again(key, about, head, &reader->seal, err) || !hold(reader, reader->chunks - 1, err))
        return false;
    *out = reader;
    reader = NULL;
    return true;
}

void seal_reader_close(struct seal_reader **reader)
{
    if (!*reader)
        return;
    seal_close(&(*reader)->seal);
    seal_wipe((*reader)->plain, sizeof(*reader)->plain);
    free(*reader);
    *reader = NULL;
}

static bool read_run(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    struct seal_reader *reader = context;
    while (size) {
        uint32_t number = (uint32_t)(at / SEAL_CHUNK_BYTES);
        size_t from = (size_t)(at % SEAL_CHUNK_BYTES);
        if (!hold(reader, number, err))
            return false;
        size_t run = size_of(reader, number) - from;
        run = run < size ? run : size;
        memcpy(to, reader->plain + from, run);
        to += run;
        at += (int64_t)run;
        size -= run;
    }
    return true;
}

struct content seal_reader_content(struct seal_reader *reader)
{
    return (struct content){.size_bytes = reader->size_bytes, .read = read_run, .context = reader};
}

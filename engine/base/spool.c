#include "engine/base/spool.h"

#include "engine/base/seal_stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEALED_CHUNK_BYTES = SEAL_CHUNK_BYTES + SEAL_TAG_BYTES, FIRST_BYTES = 4096 };

struct spools {
    char *folder;
    int64_t most_bytes;
    atomic_int_fast64_t held_bytes;
};

struct spool {
    struct spools *owner;
    int64_t size_bytes, most_bytes;
    bool finished;
    struct crypto_running *digest;

    /* as long as it is small */
    unsigned char *memory;
    size_t memory_size, capacity;

    /* then */
    int file; /* -1: none */
    struct seal_key key;
    struct seal_writer *writer;
    unsigned char head[SEAL_HEAD_BYTES];
    struct seal_reader *reader; /* opened by the first who reads */
};

/* The key is of this spool and nothing else, so what it is bound to says nothing. */
static const struct seal_about about = {"spool", "spool", "spool"};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* All of them ------------------------------------------------------------------------------- */

void spools_open(const char *folder, int64_t most_bytes, struct spools **out)
{
    struct spools *spools = must(calloc(1, sizeof *spools));
    spools->folder = folder ? must(strdup(folder)) : NULL;
    spools->most_bytes = most_bytes;
    *out = spools;
}

void spools_close(struct spools **spools)
{
    if (!*spools)
        return;
    assert(spools_held_bytes(*spools) == 0);
    free((*spools)->folder);
    free(*spools);
    *spools = NULL;
}

int64_t spools_held_bytes(const struct spools *spools)
{
    return atomic_load(&spools->held_bytes);
}

static bool take_room(struct spools *spools, int64_t size)
{
    if (atomic_fetch_add(&spools->held_bytes, size) + size <= spools->most_bytes)
        return true;
    atomic_fetch_sub(&spools->held_bytes, size);
    return false;
}

/* The file ---------------------------------------------------------------------------------- */

static bool disk_failed(struct error *err)
{
    bool full =
        errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EMFILE || errno == ENFILE;
    return error_set(err, full ? ERROR_UNAVAILABLE : ERROR_BROKEN,
                     "what comes in cannot be put aside: %s", strerror(errno));
}

/* A file that has no name, or not for longer than it takes to remove it. */
static int open_nameless(const char *folder)
{
    int file = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return file;
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/spool-XXXXXX", folder) >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

static bool put_chunk(void *context, uint32_t number, struct bytes sealed, struct error *err)
{
    const struct spool *spool = context;
    off_t at = (off_t)number * SEALED_CHUNK_BYTES;
    while (sealed.size) {
        ssize_t written = pwrite(spool->file, sealed.data, sealed.size, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return disk_failed(err);
        sealed = (struct bytes){sealed.data + written, sealed.size - (size_t)written};
        at += written;
    }
    return true;
}

static bool get_chunk(void *context, uint32_t number, unsigned char *to, size_t size,
                      struct error *err)
{
    const struct spool *spool = context;
    off_t at = (off_t)number * SEALED_CHUNK_BYTES;
    while (size) {
        ssize_t count = pread(spool->file, to, size, at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return error_set(err, ERROR_BROKEN, "what came in cannot be read again: %s",
                             count ? strerror(errno) : "it is cut off");
        to += count;
        size -= (size_t)count;
        at += count;
    }
    return true;
}

/* From memory to a file, when it has become too large for memory. */
static bool move_out(struct spool *spool, struct error *err)
{
    spool->file = open_nameless(spool->owner->folder);
    if (spool->file < 0)
        return disk_failed(err);
    seal_key_make(&spool->key);
    seal_writer_open(&spool->key, &about, put_chunk, spool, &spool->writer);
    memcpy(spool->head, seal_writer_head(spool->writer).data, sizeof spool->head);
    bool moved = seal_write(spool->writer, (struct bytes){spool->memory, spool->memory_size}, err);
    if (spool->memory)
        seal_wipe(spool->memory, spool->memory_size);
    free(spool->memory);
    spool->memory = NULL;
    spool->memory_size = spool->capacity = 0;
    return moved;
}

/* One spool --------------------------------------------------------------------------------- */

void spool_open(struct spools *spools, int64_t most_bytes, struct spool **out)
{
    struct spool *spool = must(calloc(1, sizeof *spool));
    spool->owner = spools;
    spool->most_bytes = most_bytes;
    spool->file = -1;
    spool->digest = crypto_running_open();
    *out = spool;
}

void spool_close(struct spool **spool)
{
    struct spool *gone = *spool;
    if (!gone)
        return;
    *spool = NULL;
    seal_writer_close(&gone->writer);
    seal_reader_close(&gone->reader);
    seal_key_wipe(&gone->key);
    if (gone->file >= 0)
        close(gone->file);
    if (gone->memory)
        seal_wipe(gone->memory, gone->memory_size);
    free(gone->memory);
    crypto_running_close(&gone->digest);
    atomic_fetch_sub(&gone->owner->held_bytes, gone->size_bytes);
    free(gone);
}

static void keep_in_memory(struct spool *spool, struct bytes piece)
{
    if (!piece.size)
        return;
    size_t wanted = spool->memory_size + piece.size;
    if (wanted > spool->capacity) {
        size_t capacity = spool->capacity ? spool->capacity * 2 : FIRST_BYTES;
        capacity = capacity < wanted ? wanted : capacity;
        unsigned char *grown = must(malloc(capacity));
        if (spool->memory_size) {
            memcpy(grown, spool->memory, spool->memory_size);
            seal_wipe(spool->memory, spool->memory_size);
        }
        free(spool->memory);
        spool->memory = grown;
        spool->capacity = capacity;
    }
    memcpy(spool->memory + spool->memory_size, piece.data, piece.size);
    spool->memory_size = wanted;
}

bool spool_write(struct spool *spool, struct bytes piece, struct error *err)
{
    assert(!spool->finished);
    if ((int64_t)piece.size > spool->most_bytes - spool->size_bytes)
        return error_set(err, ERROR_LIMIT, "a document of more than %lld bytes",
                         (long long)spool->most_bytes);
    if (!take_room(spool->owner, (int64_t)piece.size))
        return error_set(err, ERROR_UNAVAILABLE,
                         "what is coming in now is more than %lld bytes together",
                         (long long)spool->owner->most_bytes);
    spool->size_bytes += (int64_t)piece.size;
    crypto_running_add(spool->digest, piece);

    bool small = spool->size_bytes <= SPOOL_MEMORY_BYTES || !spool->owner->folder;
    if (small) {
        keep_in_memory(spool, piece);
        return true;
    }
    return (spool->writer || move_out(spool, err)) && seal_write(spool->writer, piece, err);
}

bool spool_finish(struct spool *spool, struct error *err)
{
    assert(!spool->finished);
    spool->finished = true;
    if (!spool->writer)
        return true;
    bool finished = seal_writer_finish(spool->writer, err);
    seal_writer_close(&spool->writer);
    return finished;
}

int64_t spool_size_bytes(const struct spool *spool)
{
    return spool->size_bytes;
}

struct crypto_sha256 spool_sha256(const struct spool *spool)
{
    return crypto_running_now(spool->digest);
}

static bool read_run(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    struct spool *spool = context;
    const struct bytes head = {spool->head, sizeof spool->head};
    if (!spool->reader && !seal_reader_open(&spool->key, &about, head, spool->size_bytes, get_chunk,
                                            spool, &spool->reader, err))
        return false;
    struct content content = seal_reader_content(spool->reader);
    return content_read(&content, at, to, size, err);
}

struct content spool_content(struct spool *spool)
{
    assert(spool->finished);
    if (spool->file < 0)
        return content_of((struct bytes){spool->memory, spool->memory_size});
    return (struct content){.size_bytes = spool->size_bytes, .read = read_run, .context = spool};
}

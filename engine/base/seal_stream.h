/* seal_stream.h - a sealed thing that is never in memory at once: written as it comes, read from
 * any place. Where its chunks lie (rows of a table, a file) is the caller's: two functions.
 * Each holds up to two chunks of memory; neither is shared by threads. */
#pragma once

#include "engine/base/content.h"
#include "engine/base/seal.h"

/* Keeps chunk `number`; they come in order. Fails as the place where they lie does. */
typedef bool seal_put(void *context, uint32_t number, struct bytes sealed, struct error *err);

struct seal_writer;
void seal_writer_open(const struct seal_key *key, const struct seal_about *about, seal_put *put,
                      void *context, struct seal_writer **out);
void seal_writer_close(struct seal_writer **writer);

/* What must be kept beside the chunks to open them again: SEAL_HEAD_BYTES, the writer's. */
struct bytes seal_writer_head(const struct seal_writer *writer);

CHECKED bool seal_write(struct seal_writer *writer, struct bytes plain, struct error *err);

/* Puts the last chunk, after which nothing more is written. */
CHECKED bool seal_writer_finish(struct seal_writer *writer, struct error *err);

int64_t seal_writer_size_bytes(const struct seal_writer *writer); /* of plain, until now */

/* How many chunks a thing of so many bytes has. */
uint32_t seal_chunks(int64_t size_bytes);

/* Reads sealed chunk `number`, which is `size` bytes, to `to`. ERROR_BROKEN when there is none, or
 * one of another size. */
typedef bool seal_get(void *context, uint32_t number, unsigned char *to, size_t size,
                      struct error *err);

/* size_bytes: of plain, as kept. The last chunk is opened before anything is read, so that a thing
 * cut short, or longer than it was, fails here: ERROR_BROKEN. */
struct seal_reader;
CHECKED bool seal_reader_open(const struct seal_key *key, const struct seal_about *about,
                              struct bytes head, int64_t size_bytes, seal_get *get, void *context,
                              struct seal_reader **out, struct error *err);
void seal_reader_close(struct seal_reader **reader);

/* Valid as long as the reader. A chunk is checked before any of its bytes are given. */
struct content seal_reader_content(struct seal_reader *reader);

/* spool.h - a document on its way in, until it is kept or let go: written as it comes, then read as
 * content. What is small stays in memory; the rest lies in a file without a name, sealed with a key
 * that lies in memory only (security.md S-FILE-2, D-2). So nothing is left of it when it is closed,
 * the connection cut or the process killed.
 *
 *     CLEANUP(spool_close) struct spool *spool = NULL;
 *     spool_open(spools, most_bytes, &spool);
 *     while (more)
 *         if (!spool_write(spool, piece, err)) return false;
 *     if (!spool_finish(spool, err)) return false;
 *     struct content content = spool_content(spool); */
#pragma once

#include "engine/base/content.h"
#include "engine/base/crypto.h"

/* Where spools lie, and how much all of them together may be; shared by threads. */
struct spools;

enum { SPOOL_MEMORY_BYTES = 64 * 1024 }; /* what stays in memory */

/* folder: there, and nobody else's; NULL: all stay in memory, for what has no folder (tests, the
 * sandbox). most_bytes: of all spools that are open (the staging quota). */
void spools_open(const char *folder, int64_t most_bytes, struct spools **out);
/* After every spool. NULL is taken. */
void spools_close(struct spools **spools);

/* Bytes of all spools that are open. */
int64_t spools_held_bytes(const struct spools *spools);

struct spool; /* used by one thread at a time */

/* most_bytes: of this one. */
void spool_open(struct spools *spools, int64_t most_bytes, struct spool **out);

/* Gives back its place; NULL is taken. */
void spool_close(struct spool **spool);

/* ERROR_LIMIT: this one would be more than its most_bytes. ERROR_UNAVAILABLE: all together would be
 * too much, or the disk is full. ERROR_BROKEN: the disk. After a failure it can only be closed. */
CHECKED bool spool_write(struct spool *spool, struct bytes piece, struct error *err);

/* No more comes; fails as spool_write does. */
CHECKED bool spool_finish(struct spool *spool, struct error *err);

/* What was written until now. */
int64_t spool_size_bytes(const struct spool *spool);
struct crypto_sha256 spool_sha256(const struct spool *spool);

/* Once finished; valid until it is closed. Bytes that the disk did not keep: ERROR_BROKEN. */
struct content spool_content(struct spool *spool);

/* seal.h - what is kept about people, sealed: AES-256-GCM in chunks under a key of its own for each
 * thing, bound to what it is, which row it belongs to and whose it is (security.md S-KEY-1,
 * S-KEY-3).
 *
 *   sealed thing:  head | chunk 0 | chunk 1 | ... | last chunk
 *   head:          version (1 byte) | id of the key (8) | salt (16)
 *   chunk:         64 KiB of it, of the last one what is left (also nothing), | tag (16)
 *   its key:       HKDF-SHA-256 of the key, the salt, and what it is about
 *   nonce:         0 (7 bytes) | number of the chunk (4) | 1 in the last chunk, else 0 (1)
 *   bound to it:   head, what, object, owner, number of the chunk, last or not
 *
 * So nothing opens that was swapped, shortened, put in another order, or copied to another row,
 * column or owner. A new version of the format gets another first byte. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum {
    SEAL_SECRET_BYTES = 32,
    SEAL_ID_BYTES = 8,
    SEAL_HEAD_BYTES = 25,
    SEAL_CHUNK_BYTES = 64 * 1024,
    SEAL_TAG_BYTES = 16,
    SEAL_WRAPPED_BYTES = 48,
    SEAL_MOST_CHUNKS = 1 << 20, /* 64 GiB, far under what one key may seal with GCM */
};

/* A key and its id, which is no secret: it tells one sealed under another key from a damaged one.
 */
struct seal_key {
    unsigned char id[SEAL_ID_BYTES];
    unsigned char secret[SEAL_SECRET_BYTES];
};

/* What is sealed: the place it is kept ("drafts.answers"), the row, and who owns its key. At most
 * SEAL_ABOUT_MAX bytes each. */
enum { SEAL_ABOUT_MAX = 200 };
struct seal_about {
    const char *what;
    const char *object_id;
    const char *owner_id;
};

void seal_key_make(struct seal_key *out);
void seal_key_wipe(struct seal_key *key);

/* Overwrites a secret so that no compiler leaves it out. */
void seal_wipe(void *secret, size_t size);

/* A key under the one above it: AES-256-KWP (RFC 5649) with a key derived from that one for this
 * owner only. unwrap: false when it is not what was wrapped under that key for that owner. */
void seal_wrap(const unsigned char above[SEAL_SECRET_BYTES], const char *owner_id,
               const struct seal_key *key, unsigned char out[SEAL_WRAPPED_BYTES]);
CHECKED bool seal_unwrap(const unsigned char above[SEAL_SECRET_BYTES], const char *owner_id,
                         struct bytes wrapped, struct seal_key *out);

/* A secret for one purpose other than sealing, made from another (HKDF-SHA-256). */
void seal_derive(const unsigned char from[SEAL_SECRET_BYTES], const char *purpose,
                 unsigned char out[SEAL_SECRET_BYTES]);

/* A thing that is in memory at once. Opening: all of it is checked before any of it is given;
 * ERROR_BROKEN when it is not what was sealed for this. */
struct bytes seal_whole(struct arena *arena, const struct seal_key *key,
                        const struct seal_about *about, struct bytes plain);
CHECKED bool seal_open_whole(struct arena *arena, const struct seal_key *key,
                             const struct seal_about *about, struct bytes sealed, struct bytes *out,
                             struct error *err);

/* A chunk at a time, for what is never in memory at once (seal_stream.h stands on this). begin
 * makes a new head and seals; again takes the head that was kept, and opens. Neither is shared by
 * threads.
 */
struct seal;
void seal_begin(const struct seal_key *key, const struct seal_about *about,
                unsigned char head[SEAL_HEAD_BYTES], struct seal **out);
CHECKED bool seal_again(const struct seal_key *key, const struct seal_about *about,
                        struct bytes head, struct seal **out, struct error *err);
void seal_close(struct seal **seal);

/* out: plain.size + SEAL_TAG_BYTES. All but the last chunk are SEAL_CHUNK_BYTES of plain, each
 * number is used once: else our mistake. */
void seal_chunk(struct seal *seal, uint32_t number, bool last, struct bytes plain,
                unsigned char *out);

/* out: sealed.size - SEAL_TAG_BYTES, of which nothing may be used when it fails (it is zeroed). */
CHECKED bool seal_chunk_open(struct seal *seal, uint32_t number, bool last, struct bytes sealed,
                             unsigned char *out, struct error *err);

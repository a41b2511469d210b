#include "engine/base/seal.h"

#include "engine/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 1,
    SALT_BYTES = SEAL_HEAD_BYTES - 1 - SEAL_ID_BYTES,
    NONCE_BYTES = 12,
    /* three texts with their sizes, the number of the chunk, last or not */
    BOUND_BYTES = SEAL_HEAD_BYTES + 3 * (1 + SEAL_ABOUT_MAX) + 4 + 1,
};

struct seal {
    EVP_CIPHER_CTX *context;
    uint32_t next; /* of a thing being sealed: no number twice */
    size_t bound_size;
    unsigned char bound[BOUND_BYTES]; /* without the chunk's own */
};

/* What OpenSSL looks up by name is looked up once: it costs more than sealing a name. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *gcm, *kwp;

static void look_up(void)
{
    gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    kwp = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
    if (!gcm || !kwp)
        abort(); /* a broken installation */
}

static void must(bool worked)
{
    if (!worked)
        abort(); /* only out of memory or a broken installation */
}

void seal_wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}

/* Keys -------------------------------------------------------------------------------------- */

void seal_key_make(struct seal_key *out)
{
    crypto_random(out->id, sizeof out->id);
    crypto_random(out->secret, sizeof out->secret);
}

void seal_key_wipe(struct seal_key *key)
{
    seal_wipe(key, sizeof *key);
}

static void derive(const unsigned char from[SEAL_SECRET_BYTES], struct bytes salt,
                   struct bytes purpose, unsigned char out[SEAL_SECRET_BYTES])
{
    struct crypto_sha256 key = crypto_hkdf((struct bytes){from, SEAL_SECRET_BYTES}, salt, purpose);
    memcpy(out, key.bytes, SEAL_SECRET_BYTES);
    seal_wipe(&key, sizeof key);
}
_Static_assert(SEAL_SECRET_BYTES == sizeof(struct crypto_sha256), "a secret is one digest");

void seal_derive(const unsigned char from[SEAL_SECRET_BYTES], const char *purpose,
                 unsigned char out[SEAL_SECRET_BYTES])
{
    derive(from, (struct bytes){NULL, 0}, BYTES_OF(purpose), out);
}

/* The key that wraps the key of one owner and nothing else. */
static void derive_wrapping(const unsigned char above[SEAL_SECRET_BYTES], const char *owner_id,
                            unsigned char out[SEAL_SECRET_BYTES])
{
    static const char purpose[] = "skjema wrap 1:";
    unsigned char text[sizeof purpose + SEAL_ABOUT_MAX];
    size_t size = strlen(owner_id);
    assert(size && size <= SEAL_ABOUT_MAX);
    memcpy(text, purpose, sizeof purpose - 1);
    memcpy(text + sizeof purpose - 1, owner_id, size);
    derive(above, (struct bytes){NULL, 0}, (struct bytes){text, sizeof purpose - 1 + size}, out);
}

static EVP_CIPHER_CTX *start_wrap(const unsigned char above[SEAL_SECRET_BYTES],
                                  const char *owner_id, int encrypt)
{
    unsigned char wrapping[SEAL_SECRET_BYTES];
    pthread_once(&once, look_up);
    derive_wrapping(above, owner_id, wrapping);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context);
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    must(EVP_CipherInit_ex2(context, kwp, wrapping, NULL, encrypt, NULL) == 1);
    seal_wipe(wrapping, sizeof wrapping);
    return context;
}

void seal_wrap(const unsigned char above[SEAL_SECRET_BYTES], const char *owner_id,
               const struct seal_key *key, unsigned char out[SEAL_WRAPPED_BYTES])
{
    unsigned char plain[SEAL_ID_BYTES + SEAL_SECRET_BYTES];
    memcpy(plain, key->id, SEAL_ID_BYTES);
    memcpy(plain + SEAL_ID_BYTES, key->secret, SEAL_SECRET_BYTES);
    EVP_CIPHER_CTX *context = start_wrap(above, owner_id, 1);
    int size = 0;
    must(EVP_CipherUpdate(context, out, &size, plain, sizeof plain) == 1 &&
         size == SEAL_WRAPPED_BYTES);
    EVP_CIPHER_CTX_free(context);
    seal_wipe(plain, sizeof plain);
}

bool seal_unwrap(const unsigned char above[SEAL_SECRET_BYTES], const char *owner_id,
                 struct bytes wrapped, struct seal_key *out)
{
    if (wrapped.size != SEAL_WRAPPED_BYTES)
        return false;
    unsigned char plain[SEAL_WRAPPED_BYTES];
    EVP_CIPHER_CTX *context = start_wrap(above, owner_id, 0);
    int size = 0;
    bool good = EVP_CipherUpdate(context, plain, &size, wrapped.data, SEAL_WRAPPED_BYTES) == 1 &&
                size == SEAL_ID_BYTES + SEAL_SECRET_BYTES;
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    if (good) {
        memcpy(out->id, plain, SEAL_ID_BYTES);
        memcpy(out->secret, plain + SEAL_ID_BYTES, SEAL_SECRET_BYTES);
    }
    seal_wipe(plain, sizeof plain);
    return good;
}

/* Things ------------------------------------------------------------------------------------ */

static void bind_text(struct seal *seal, const char *text)
{
    size_t size = strlen(text);
    assert(size <= SEAL_ABOUT_MAX);
    seal->bound[seal->bound_size++] = (unsigned char)size;
    memcpy(seal->bound + seal->bound_size, text, size);
    seal->bound_size += size;
}
_Static_assert(SEAL_ABOUT_MAX <= UINT8_MAX, "a text's size is one byte");

static struct seal *open_seal(const struct seal_key *key, const struct seal_about *about,
                              const unsigned char head[SEAL_HEAD_BYTES], int encrypt)
{
    struct seal *seal = calloc(1, sizeof *seal);
    must(seal);
    pthread_once(&once, look_up);
    memcpy(seal->bound, head, SEAL_HEAD_BYTES);
    seal->bound_size = SEAL_HEAD_BYTES;
    bind_text(seal, about->what);
    bind_text(seal, about->object_id);
    bind_text(seal, about->owner_id);

    unsigned char own[SEAL_SECRET_BYTES];
    const struct bytes salt = {head + 1 + SEAL_ID_BYTES, SALT_BYTES};
    derive(key->secret, salt, (struct bytes){seal->bound, seal->bound_size}, own);
    seal->context = EVP_CIPHER_CTX_new();
    must(seal->context && EVP_CipherInit_ex2(seal->context, gcm, own, NULL, encrypt, NULL) == 1);
    seal_wipe(own, sizeof own);
    return seal;
}

void seal_begin(const struct seal_key *key, const struct seal_about *about,
                unsigned char head[SEAL_HEAD_BYTES], struct seal **out)
{
    head[0] = VERSION;
    memcpy(head + 1, key->id, SEAL_ID_BYTES);
    crypto_random(head + 1 + SEAL_ID_BYTES, SALT_BYTES);
    *out = open_seal(key, about, head, 1);
}

bool seal_again(const struct seal_key *key, const struct seal_about *about, struct bytes head,
                struct seal **out, struct error *err)
{
    if (head.size < SEAL_HEAD_BYTES)
        return error_set(err, ERROR_BROKEN, "%s is too short to be sealed", about->what);
    if (head.data[0] != VERSION)
        return error_set(err, ERROR_BROKEN, "%s is sealed in format %d, which is not known here",
                         about->what, head.data[0]);
    if (memcmp(head.data + 1, key->id, SEAL_ID_BYTES) != 0)
        return error_set(err, ERROR_BROKEN, "%s of %s is sealed with another key than its owner's",
                         about->what, about->object_id);
    *out = open_seal(key, about, head.data, 0);
    return true;
}

void seal_close(struct seal **seal)
{
    if (!*seal)
        return;
    EVP_CIPHER_CTX_free((*seal)->context); /* wipes its key */
    free(*seal);
    *seal = NULL;
}

/* Nonce and what the chunk is bound to; the next thing OpenSSL sees is the chunk. */
static bool start_chunk(struct seal *seal, uint32_t number, bool last)
{
    assert(number < SEAL_MOST_CHUNKS);
    unsigned char own[5] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                            (unsigned char)(number >> 8), (unsigned char)number, last};
    unsigned char nonce[NONCE_BYTES] = {0};
    memcpy(nonce + sizeof nonce - sizeof own, own, sizeof own);
    memcpy(seal->bound + seal->bound_size, own, sizeof own);
    int size = 0;
    return EVP_CipherInit_ex2(seal->context, NULL, NULL, nonce, -1, NULL) == 1 &&
           EVP_CipherUpdate(seal->context, NULL, &size, seal->bound,
                            (int)(seal->bound_size + sizeof own)) == 1;
}

void seal_chunk(struct seal *seal, uint32_t number, bool last, struct bytes plain,
                unsigned char *out)
{
    assert(number == seal->next);
    seal->next++;
    assert(last ? plain.size <= SEAL_CHUNK_BYTES : plain.size == SEAL_CHUNK_BYTES);
    int size = 0, rest = 0;
    must(start_chunk(seal, number, last));
    if (plain.size)
        must(EVP_CipherUpdate(seal->context, out, &size, plain.data, (int)plain.size) == 1);
    must(EVP_CipherFinal_ex(seal->context, out + size, &rest) == 1 &&
         EVP_CIPHER_CTX_ctrl(seal->context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES,
                             out + plain.size) == 1);
}

/* Names what it is and its row, as they lie in what is bound. */
static bool not_sealed_here(const struct seal *seal, uint32_t number, struct error *err)
{
    const unsigned char *what = seal->bound + SEAL_HEAD_BYTES, *object = what + 1 + *what;
    return error_set(err, ERROR_BROKEN, "chunk %u of %.*s of %.*s is not what was sealed for it",
                     number, *what, (const char *)what + 1, *object, (const char *)object + 1);
}

bool seal_chunk_open(struct seal *seal, uint32_t number, bool last, struct bytes sealed,
                     unsigned char *out, struct error *err)
{
    if (sealed.size < SEAL_TAG_BYTES || sealed.size > SEAL_CHUNK_BYTES + SEAL_TAG_BYTES)
        return not_sealed_here(seal, number, err);
    size_t plain = sealed.size - SEAL_TAG_BYTES;
    unsigned char tag[SEAL_TAG_BYTES];
    memcpy(tag, sealed.data + plain, sizeof tag);
    int size = 0, rest = 0;
    bool good =
        start_chunk(seal, number, last) &&
        (!plain || EVP_CipherUpdate(seal->context, out, &size, sealed.data, (int)plain) == 1) &&
        EVP_CIPHER_CTX_ctrl(seal->context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
        EVP_CipherFinal_ex(seal->context, out + size, &rest) == 1;
    if (good)
        return true;
    ERR_clear_error();
    if (plain)
        memset(out, 0, plain);
    return not_sealed_here(seal, number, err);
}

struct bytes seal_whole(struct arena *arena, const struct seal_key *key,
                        const struct seal_about *about, struct bytes plain)
{
    size_t chunks = plain.size ? (plain.size + SEAL_CHUNK_BYTES - 1) / SEAL_CHUNK_BYTES : 1;
    assert(chunks <= SEAL_MOST_CHUNKS);
    size_t size = SEAL_HEAD_BYTES + plain.size + chunks * SEAL_TAG_BYTES;
    unsigned char *sealed = ARENA_ARRAY(arena, size, unsigned char), *to = sealed + SEAL_HEAD_BYTES;
    CLEANUP(seal_close) struct seal *seal = NULL;
    seal_begin(key, about, sealed, &seal);
    for (size_t i = 0; i < chunks; i++) {
        bool last = i + 1 == chunks;
        struct bytes piece = {plain.size ? plain.data + i * SEAL_CHUNK_BYTES : NULL,
                              last ? plain.size - i * SEAL_CHUNK_BYTES : SEAL_CHUNK_BYTES};
        seal_chunk(seal, (uint32_t)i, last, piece, to);
        to += piece.size + SEAL_TAG_BYTES;
    }
    return (struct bytes){sealed, size};
}

bool seal_open_whole(struct arena *arena, const struct seal_key *key,
                     const struct seal_about *about, struct bytes sealed, struct bytes *out,
                     struct error *err)
{
    enum { WHOLE = SEAL_CHUNK_BYTES + SEAL_TAG_BYTES };
    CLEANUP(seal_close) struct seal *seal = NULL;
    if (!seal_again(key, about, sealed, &seal, err))
        return false;
    struct bytes left = {sealed.data + SEAL_HEAD_BYTES, sealed.size - SEAL_HEAD_BYTES};
    size_t chunks = left.size ? (left.size + WHOLE - 1) / WHOLE : 1;
    if (chunks > SEAL_MOST_CHUNKS || left.size < chunks * SEAL_TAG_BYTES)
        return error_set(err, ERROR_BROKEN, "%s of %s has a size that nothing sealed has",
                         about->what, about->object_id);
    size_t size = left.size - chunks * SEAL_TAG_BYTES;
    unsigned char *plain = arena_alloc(arena, size + 1); /* a NUL after it, as arena_bytes */
    for (size_t i = 0; i < chunks; i++) {
        struct bytes piece = {left.data + i * WHOLE,
                              i + 1 < chunks ? WHOLE : left.size - i * WHOLE};
        if (!seal_chunk_open(seal, (uint32_t)i, i + 1 == chunks, piece,
                             plain + i * SEAL_CHUNK_BYTES, NULL)) {
            seal_wipe(plain, size);
            return error_set(err, ERROR_BROKEN, "%s of %s is not what was sealed for it",
                             about->what, about->object_id);
        }
    }
    *out = (struct bytes){plain, size};
    return true;
}

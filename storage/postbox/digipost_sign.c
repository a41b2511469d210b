#include "storage/postbox/digipost_sign.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <string.h>

/* Lower case in the signed copy only, never on the wire (2.2, rule 1). */
static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_text(arena, text);
    for (char *at = copy; *at; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return copy;
}

static bool goes_as_it_is(const char *url)
{
    for (const char *at = url; *at; at++) {
        if (*at <= ' ' || *at > '~' || strchr("\"#<>\\^`{|}", *at))
            return false;
    }
    return true;
}

bool digipost_sign_path(struct arena *arena, const char *url, const char **path, const char **query)
{
    if (!goes_as_it_is(url) ||
        (!text_starts_with(url, "https://") && !text_starts_with(url, "http://")))
        return false;
    const char *authority = strstr(url, "://") + 3;
    size_t authority_size = strcspn(authority, "/?");
    if (authority_size == 0 || memchr(authority, '@', authority_size))
        return false;

    const char *start = authority + authority_size;
    size_t path_size = strcspn(start, "?");
    *path = path_size
                ? arena_text_of(arena, (struct bytes){(const unsigned char *)start, path_size})
                : "/";
    *query = start[path_size] == '?' ? arena_text(arena, start + path_size + 1) : "";
    return true;
}

static const char *hash_text(struct arena *arena, const struct crypto_sha256 *digest)
{
    return codec_base64(arena, (struct bytes){digest->bytes, sizeof digest->bytes});
}

static const char *hash_of(struct arena *arena, struct bytes body)
{
    struct crypto_sha256 digest = crypto_sha256(body);
    return hash_text(arena, &digest);
}

/* Also of a body that went by without being kept in memory. */
static const char *hash_of_answer(struct arena *arena, const struct fetch_answer *answer)
{
    return answer->is_streamed ? hash_text(arena, &answer->body_sha256)
                               : hash_of(arena, answer->body);
}

static const char *hash_line(struct arena *arena, const char *content_hash)
{
    return content_hash ? arena_printf(arena, "x-content-sha256: %s\n", content_hash) : "";
}

static bool not_plain(struct error *err)
{
    return error_set(err, ERROR_INVALID, "an address that cannot be signed as it is sent");
}

bool digipost_sign_request_text(struct arena *arena, const char *method, const char *url,
                                const struct digipost_signature *signature, const char **out,
                                struct error *err)
{
    const char *path, *query;
    if (!digipost_sign_path(arena, url, &path, &query))
        return not_plain(err);
    *out =
        arena_printf(arena, "%s\n%s\ndate: %s\n%sx-digipost-userid: %s\n%s\n", method,
                     lower(arena, path), signature->date, hash_line(arena, signature->content_hash),
                     signature->user_id, lower(arena, query));
    return true;
}

bool digipost_sign_request(struct arena *arena, const struct crypto_key *key, const char *method,
                           const char *url, const struct bytes *body, int64_t broker_id, int64_t at,
                           struct digipost_signature *out, struct error *err)
{
    struct digipost_signature made = {
        .user_id = arena_printf(arena, "%" PRId64, broker_id),
        .date = clock_rfc1123(arena, at),
        .content_hash = body ? hash_of(arena, *body) : NULL,
    };
    const char *text;
    struct bytes signature;
    if (!digipost_sign_request_text(arena, method, url, &made, &text, err) ||
        !crypto_sign_rs256(arena, key, BYTES_OF(text), &signature, err))
        return false;
    made.signature = codec_base64(arena, signature);
    *out = made;
    return true;
}

bool digipost_sign_answer_text(struct arena *arena, int status, const char *url, const char *date,
                               const char *content_hash, const char **out, struct error *err)
{
    const char *path, *query;
    if (!digipost_sign_path(arena, url, &path, &query))
        return not_plain(err);
    *out = arena_printf(arena, "%d\n%s\ndate: %s\n%s", status, lower(arena, path), date,
                        hash_line(arena, content_hash));
    return true;
}

static bool date_is_near(const char *date, int64_t now)
{
    int64_t at;
    return date && clock_parse_rfc1123(date, &at) && at >= now - DIGIPOST_SIGN_CLOCK_S &&
           at <= now + DIGIPOST_SIGN_CLOCK_S;
}

enum digipost_sign_verdict digipost_sign_verify(struct arena *arena,
                                                const struct crypto_key *certificate,
                                                const char *url, const struct fetch_answer *answer,
                                                int64_t now)
{
    const char *date = fetch_header(answer, "Date");
    const char *content_hash = fetch_header(answer, "X-Content-SHA256");
    const char *signature = fetch_header(answer, "X-Digipost-Signature");

    bool has_body = answer->is_streamed ? answer->body_bytes > 0 : answer->body.size > 0;
    if (content_hash && !text_equal(content_hash, hash_of_answer(arena, answer)))
        return DIGIPOST_SIGN_BAD_HASH;
    if (!text_is_empty(fetch_header(answer, "Content-Encoding")))
        return DIGIPOST_SIGN_ENCODED;
    if (!signature)
        return DIGIPOST_SIGN_UNSIGNED;
    if (!date_is_near(date, now))
        return DIGIPOST_SIGN_BAD_DATE;
    if (has_body && !content_hash)
        return DIGIPOST_SIGN_BAD_HASH;

    const char *text;
    struct bytes raw;
    bool good =
        certificate &&
        digipost_sign_answer_text(arena, answer->status, url, date, content_hash, &text, NULL) &&
        codec_unbase64(arena, signature, &raw) &&
        crypto_verify_rs256(certificate, BYTES_OF(text), raw);
    return good ? DIGIPOST_SIGN_GOOD : DIGIPOST_SIGN_BAD_SIGNATURE;
}

const char *digipost_sign_verdict_text(enum digipost_sign_verdict verdict)
{
    static const char *const texts[] = {
        [DIGIPOST_SIGN_GOOD] = "is as it was signed",
        [DIGIPOST_SIGN_UNSIGNED] = "is not signed",
        [DIGIPOST_SIGN_BAD_DATE] = "has no date, or one more than five minutes from ours",
        [DIGIPOST_SIGN_BAD_HASH] = "has another body than its hash says",
        [DIGIPOST_SIGN_ENCODED] = "is encoded in a way that was not asked for",
        [DIGIPOST_SIGN_BAD_SIGNATURE] = "has a signature that is not by the trusted certificate",
    };
    return texts[verdict];
}

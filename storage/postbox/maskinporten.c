#include "storage/postbox/maskinporten.h"

#include "engine/base/clock.h"
#include "engine/base/fetch.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "storage/db.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

enum {
    GRANT_S = 120,      /* the longest that is taken */
    KEEP_MOST_S = 90,   /* as the integrasjonspunkt does */
    KEEP_MARGIN_S = 10, /* before it expires */
    ANSWER_MAX_BYTES = 16 * 1024,
    KEPT = 8,
};

struct kept {
    char *scope, *consumer, *token; /* NULL: a free place */
    int64_t until_ms;               /* by db_now_ms */
};

struct maskinporten {
    struct arena *arena;
    struct maskinporten_settings settings;
    struct crypto_key *key;
    pthread_mutex_t lock; /* held while one is asked for, so that it is asked for once */
    struct kept kept[KEPT];
    size_t next; /* the place that is used next */
};

bool maskinporten_open(const struct maskinporten_settings *settings, struct maskinporten **out,
                       struct error *err)
{
    if (!settings->kid == !settings->chain_pem.size)
        return error_set(err, ERROR_INVALID,
                         "Maskinporten: either the key's name or a certificate must be given");
    struct crypto_key *key;
    if (!crypto_private_key_open(settings->private_key_pem, "Maskinporten's key", &key, err))
        return false;
    struct arena *arena = arena_open();
    struct maskinporten *maskinporten = ARENA_NEW(arena, struct maskinporten);
    *maskinporten = (struct maskinporten){
        .arena = arena,
        .settings = {.url = arena_text(arena, settings->url),
                     .client_id = arena_text(arena, settings->client_id),
                     .kid = arena_text(arena, settings->kid),
                     .chain_pem = arena_bytes(arena, settings->chain_pem),
                     .ca_file = arena_text(arena, settings->ca_file),
                     .allow_private = settings->allow_private,
                     .timeout_ms = settings->timeout_ms},
        .key = key,
    };
    pthread_mutex_init(&maskinporten->lock, NULL);
    *out = maskinporten;
    return true;
}

static void drop(struct kept *kept)
{
    free(kept->scope);
    free(kept->consumer);
    free(kept->token);
    *kept = (struct kept){.scope = NULL};
}

void maskinporten_close(struct maskinporten **maskinporten)
{
    if (!*maskinporten)
        return;
    for (size_t i = 0; i < KEPT; i++)
        drop(&(*maskinporten)->kept[i]);
    crypto_key_close(&(*maskinporten)->key);
    pthread_mutex_destroy(&(*maskinporten)->lock);
    struct arena *arena = (*maskinporten)->arena;
    *maskinporten = NULL;
    arena_close(&arena);
}

/* ---- asking ---- */

static bool write_grant(struct maskinporten *maskinporten, struct arena *arena, const char *scope,
                        const char *consumer, char **out, struct error *err)
{
    const struct maskinporten_settings *settings = &maskinporten->settings;
    int64_t now = clock_now();
    CLEANUP(jws_close)
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s*, s:I, s:I, s:s}", "aud", settings->url, "iss",
                  settings->client_id, "scope", scope, "consumer_org", consumer, "iat",
                  (json_int_t)now, "exp", (json_int_t)(now + GRANT_S), "jti", crypto_uuid(arena));
    const struct jws_signer signer = {.key = maskinporten->key,
                                      .scheme = CRYPTO_RS256,
                                      .kid = settings->kid,
                                      .chain_pem = settings->chain_pem};
    return jws_write(arena, claims, &signer, out, err);
}

static bool ask(struct maskinporten *maskinporten, struct arena *arena, const char *grant,
                struct fetch_answer *out, struct error *err)
{
    static const char form[] =
        "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&assertion=%s";
    const struct maskinporten_settings *settings = &maskinporten->settings;
    const struct fetch_header headers[] = {
        {"Accept", "application/json"},
        {"Content-Type", "application/x-www-form-urlencoded"},
    };
    const struct fetch_destination destination = {.base_url = settings->url,
                                                  .ca_file = settings->ca_file,
                                                  .allow_private = settings->allow_private};
    const char *body = arena_printf(arena, form, grant);
    const struct fetch_request request = {
        .method = "POST",
        .url = arena_printf(arena, "%stoken", settings->url),
        .headers = headers,
        .header_count = COUNT(headers),
        .body = BYTES_OF(body),
        .has_body = true,
        .max_bytes = ANSWER_MAX_BYTES,
        .timeout_ms = settings->timeout_ms,
    };
    return fetch_send(arena, &destination, &request, out, err);
}

/* "invalid_grant", "MP-124": letters, digits, '_' and '-' of what was said, so that nothing else of
 * it comes into a log. */
static const char *word_of(struct arena *arena, const json_t *answer, const char *name)
{
    const char *text = jws_text(answer, name);
    size_t size = text ? strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-")
                       : 0;
    return arena_printf(arena, "%.*s", (int)(size < 40 ? size : 40), text ? text : "");
}

/* RFC 6750 2.1: what may stand in a header. */
static bool is_token(const char *text)
{
    return text && strlen(text) <= JWS_MAX_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=") ==
               strlen(text);
}

static bool read_answer(struct arena *arena, const struct fetch_answer *answer, const char **token,
                        int64_t *seconds, struct error *err)
{
    CLEANUP(jws_close)
    json_t *json = json_loadb((const char *)answer->body.data, answer->body.size,
                              JSON_REJECT_DUPLICATES, NULL);
    if (answer->status >= 400 && answer->status < 500)
        return error_set(err, ERROR_REFUSED, "Maskinporten gives no token: %d %s %s",
                         answer->status, word_of(arena, json, "error"),
                         word_of(arena, json, "error_description"));
    const char *text = jws_text(json, "access_token"), *type = jws_text(json, "token_type");
    const json_t *lives = json_object_get(json, "expires_in");
    if (answer->status != 200 || !is_token(text) || !type || strcasecmp(type, "Bearer") != 0 ||
        !json_is_integer(lives) || json_integer_value(lives) <= 0)
        return error_set(err, ERROR_UNAVAILABLE, "Maskinporten answered %d%s", answer->status,
                         answer->status == 200 ? " with something that is no token" : "");
    *token = arena_text(arena, text);
    *seconds = json_integer_value(lives);
    return true;
}

/* ---- keeping ---- */

static struct kept *find(struct maskinporten *maskinporten, const char *scope, const char *consumer)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct kept *kept = &maskinporten->kept[i];
        if (kept->token && text_equal(kept->scope, scope) && text_equal(kept->consumer, consumer))
            return kept;
    }
    return NULL;
}

static char *copy(const char *text)
{
    char *copied = text ? strdup(text) : NULL;
    if (text && !copied)
        abort();
    return copied;
}

static void keep(struct maskinporten *maskinporten, const char *scope, const char *consumer,
                 const char *token, int64_t seconds)
{
    struct kept *place = find(maskinporten, scope, consumer);
    if (!place)
        place = &maskinporten->kept[maskinporten->next++ % KEPT];
    int64_t left = seconds - KEEP_MARGIN_S < KEEP_MOST_S ? seconds - KEEP_MARGIN_S : KEEP_MOST_S;
    drop(place);
    *place = (struct kept){.scope = copy(scope),
                           .consumer = copy(consumer),
                           .token = copy(token),
                           .until_ms = db_now_ms() + left * 1000};
}

static bool find_or_ask(struct maskinporten *maskinporten, struct arena *arena, const char *scope,
                        const char *consumer, const char **out, struct error *err)
{
    const struct kept *kept = find(maskinporten, scope, consumer);
    if (kept && db_now_ms() < kept->until_ms) {
        *out = arena_text(arena, kept->token);
        return true;
    }
    char *grant;
    struct fetch_answer answer;
    int64_t seconds;
    if (!write_grant(maskinporten, arena, scope, consumer, &grant, err) ||
        !ask(maskinporten, arena, grant, &answer, err) ||
        !read_answer(arena, &answer, out, &seconds, err))
        return false;
    keep(maskinporten, scope, consumer, *out, seconds);
    return true;
}

bool maskinporten_token(struct maskinporten *maskinporten, struct arena *arena, const char *scope,
                        const char *consumer, const char **out, struct error *err)
{
    pthread_mutex_lock(&maskinporten->lock);
    bool done = find_or_ask(maskinporten, arena, scope, consumer, out, err);
    pthread_mutex_unlock(&maskinporten->lock);
    return done;
}

void maskinporten_forget(struct maskinporten *maskinporten, const char *token)
{
    pthread_mutex_lock(&maskinporten->lock);
    for (size_t i = 0; i < KEPT; i++)
        if (text_equal(maskinporten->kept[i].token, token))
            drop(&maskinporten->kept[i]);
    pthread_mutex_unlock(&maskinporten->lock);
}

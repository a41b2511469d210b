#include "engine/login/discovery.h"

#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "storage/db.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DOCUMENT_MAX_BYTES = 64 * 1024,
    ADDRESS_MAX_BYTES = 1024,
    AGAIN_MS = 10 * 1000,        /* between two looks that fail */
    FRESH_MS = 24 * 3600 * 1000, /* then it is fetched again */
    STALE_MS = 2 * FRESH_MS,     /* then it is not used any more */
};

/* ---- addresses ---- */

/* Where the host of an address begins and how long it is with its port; 0: it is none that may be
 * called. What stands in it goes into a header, so its letters are few (RFC 3986 without quotes).
 */
static size_t host_of(const char *url, const char **host, bool *secure)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    *secure = text_starts_with(url, "https://");
    if ((!*secure && !text_starts_with(url, "http://")) || strlen(url) > ADDRESS_MAX_BYTES)
        return 0;
    *host = strstr(url, "//") + 2;
    size_t size = strcspn(*host, "/?");
    const char *rest = *host + size;
    for (size_t i = 0; i < size; i++)
        if (!strchr(letters, (*host)[i]) && !strchr(".-:[]", (*host)[i]))
            return 0;
    for (; *rest; rest++)
        if (!strchr(letters, *rest) && !strchr("/?&=.-_~%+:@!$*,", *rest))
            return 0;
    return *secure || fetch_is_here(url) ? size : 0;
}

const char *discovery_origin(struct arena *arena, const char *url)
{
    const char *host;
    bool secure;
    size_t size = host_of(url, &host, &secure);
    return size ? arena_printf(arena, "%s://%.*s", secure ? "https" : "http", (int)size, host)
                : NULL;
}

/* The next of a list with commas between; NULL after the last. */
static const char *next_host(struct arena *arena, const char **at)
{
    while (**at) {
        size_t size = strcspn(*at, ",");
        const char *host = text_trim(arena, arena_printf(arena, "%.*s", (int)size, *at));
        *at += size;
        *at += **at == ',';
        if (*host)
            return host;
    }
    return NULL;
}

bool discovery_origins(struct arena *arena, const struct discovery_settings *settings,
                       const char **out, struct error *err)
{
    const char *origin = discovery_origin(arena, settings->issuer);
    if (!origin || (!settings->allow_http && !text_starts_with(origin, "https://")))
        return error_set(err, ERROR_INVALID,
                         "idporten_issuer is \"%s\": it must be as https://idporten.no",
                         settings->issuer);
    const char *text = arena_printf(arena, " %s", origin);
    const char *at = settings->hosts, *host;
    while ((host = next_host(arena, &at))) {
        origin = discovery_origin(arena, arena_printf(arena, "https://%s", host));
        if (!origin || strchr(host, '/'))
            return error_set(err, ERROR_INVALID, "idporten_hosts: \"%s\" is no host", host);
        text = arena_printf(arena, "%s %s", text, origin);
    }
    *out = text;
    return true;
}

/* ---- the document ---- */

static bool is_allowed(struct arena *arena, const char *url,
                       const struct discovery_settings *settings)
{
    const char *origin = discovery_origin(arena, url);
    if (!origin)
        return false;
    const char *own = discovery_origin(arena, settings->issuer);
    if (own && strcasecmp(origin, own) == 0)
        return settings->allow_http || text_starts_with(origin, "https://");
    const char *at = settings->hosts, *host;
    while ((host = next_host(arena, &at)))
        if (strcasecmp(origin, arena_printf(arena, "https://%s", host)) == 0)
            return true;
    return false;
}

/* *out is "" for one that may be missing and is. */
static bool read_endpoint(struct arena *arena, const json_t *document, const char *name,
                          bool may_lack, const struct discovery_settings *settings,
                          const char **out, struct error *err)
{
    const char *url = jws_text(document, name);
    if (!url && may_lack && !json_object_get(document, name)) {
        *out = "";
        return true;
    }
    if (!url || !is_allowed(arena, url, settings))
        return error_set(err, ERROR_REFUSED,
                         "the OpenID provider's %s is missing, or not on a host that "
                         "idporten_hosts allows",
                         name);
    *out = arena_text(arena, url);
    return true;
}

static bool read_algorithms(const json_t *document, unsigned *out, struct error *err)
{
    static const struct {
        const char *name;
        unsigned algorithm;
    } known[] = {{"RS256", JWS_RS256}, {"PS256", JWS_PS256}, {"ES256", JWS_ES256}};
    const json_t *listed = json_object_get(document, "id_token_signing_alg_values_supported");
    const json_t *one;
    size_t at;
    unsigned found = 0;
    json_array_foreach(listed, at, one)
    {
        for (size_t i = 0; i < COUNT(known); i++)
            if (text_equal(json_string_value(one), known[i].name))
                found |= known[i].algorithm;
    }
    *out = found;
    return found ||
           error_set(err, ERROR_REFUSED,
                     "the OpenID provider signs id tokens with none of RS256, PS256 and ES256");
}

bool discovery_read(struct arena *arena, struct bytes json,
                    const struct discovery_settings *settings, struct discovery *out,
                    const char **jwks_uri, struct error *err)
{
    CLEANUP(jws_close)
    json_t *document = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(document))
        return error_set(err, ERROR_REFUSED, "the OpenID provider's metadata is not JSON");
    if (!text_equal(jws_text(document, "issuer"), settings->issuer))
        return error_set(err, ERROR_REFUSED,
                         "the OpenID provider's metadata is of another issuer than "
                         "idporten_issuer");
    struct discovery found = {.says_issuer = json_is_true(json_object_get(
                                  document, "authorization_response_iss_parameter_supported"))};
    if (!read_endpoint(arena, document, "authorization_endpoint", false, settings,
                       &found.authorization, err) ||
        !read_endpoint(arena, document, "token_endpoint", false, settings, &found.token, err) ||
        !read_endpoint(arena, document, "jwks_uri", false, settings, jwks_uri, err) ||
        !read_endpoint(arena, document, "end_session_endpoint", true, settings, &found.end_session,
                       err) ||
        !read_endpoint(arena, document, "pushed_authorization_request_endpoint", true, settings,
                       &found.pushed, err) ||
        !read_algorithms(document, &found.algorithms, err))
        return false;
    *out = found;
    return true;
}

/* ---- kept ---- */

/* What some thread may still be using when newer has come. */
struct discovery_lease {
    struct discoveries *of;
    struct arena *arena;
    struct discovery discovery;
    struct crypto_sha256 document; /* that says so */
    int64_t fetched_at_ms;         /* under lock */
    int users;                     /* under lock; with one for being the newest */
};

struct discoveries {
    struct discovery_settings settings;
    pthread_mutex_t lock;
    struct discovery_lease *newest; /* NULL: none yet */
    pthread_mutex_t asking;         /* held by the one that fetches */
    int64_t failed_at_ms;           /* under asking; 0: did not fail last */
    struct error failure;           /* how it did */
};

void discoveries_open(const struct discovery_settings *settings, struct discoveries **out)
{
    struct discoveries *discoveries = calloc(1, sizeof *discoveries);
    if (!discoveries)
        abort();
    discoveries->settings = *settings;
    pthread_mutex_init(&discoveries->lock, NULL);
    pthread_mutex_init(&discoveries->asking, NULL);
    *out = discoveries;
}

/* Under lock. */
static void let_go(struct discovery_lease *lease)
{
    if (!lease || --lease->users)
        return;
    jwks_close(&lease->discovery.keys);
    struct arena *arena = lease->arena;
    arena_close(&arena);
}

void discoveries_close(struct discoveries **discoveries)
{
    if (!*discoveries)
        return;
    let_go((*discoveries)->newest);
    pthread_mutex_destroy(&(*discoveries)->lock);
    pthread_mutex_destroy(&(*discoveries)->asking);
    free(*discoveries);
    *discoveries = NULL;
}

/* OpenID Connect Discovery 1.0, 4.1: a '/' at the issuer's end is not doubled. */
static const char *document_address(struct arena *arena, const char *issuer)
{
    int size = (int)strlen(issuer);
    if (text_ends_with(issuer, "/"))
        size--;
    return arena_printf(arena, "%.*s/.well-known/openid-configuration", size, issuer);
}

static bool fetch_document(struct arena *arena, const struct discovery_settings *settings,
                           struct bytes *out, struct error *err)
{
    const char *url = document_address(arena, settings->issuer);
    const struct fetch_destination destination = {
        .base_url = url, .ca_file = settings->ca_file, .allow_private = settings->allow_http};
    const struct fetch_request request = {.method = "GET",
                                          .url = url,
                                          .max_bytes = DOCUMENT_MAX_BYTES,
                                          .timeout_ms = settings->timeout_ms};
    struct fetch_answer answer;
    if (!fetch_send(arena, &destination, &request, &answer, err))
        return false;
    if (answer.status != 200)
        return error_set(err, ERROR_UNAVAILABLE, "the OpenID provider's metadata: %d",
                         answer.status);
    *out = answer.body;
    return true;
}

/* When the provider says what it said before, its keys stay too: they are used while those that it
 * publishes are not to be had (S-JWT-2). */
static bool is_said_again(struct discoveries *discoveries, const struct crypto_sha256 *document)
{
    pthread_mutex_lock(&discoveries->lock);
    struct discovery_lease *newest = discoveries->newest;
    bool again = newest && memcmp(&newest->document, document, sizeof *document) == 0;
    if (again)
        newest->fetched_at_ms = db_now_ms();
    pthread_mutex_unlock(&discoveries->lock);
    return again;
}

static void keep(struct discoveries *discoveries, struct discovery_lease *lease,
                 const char *jwks_uri)
{
    const struct discovery_settings *settings = &discoveries->settings;
    const struct jwks_settings keys = {.url = jwks_uri,
                                       .ca_file = settings->ca_file,
                                       .allow_private = settings->allow_http,
                                       .timeout_ms = settings->timeout_ms};
    jwks_open(&keys, &lease->discovery.keys);
    lease->fetched_at_ms = db_now_ms();
    pthread_mutex_lock(&discoveries->lock);
    let_go(discoveries->newest);
    discoveries->newest = lease;
    pthread_mutex_unlock(&discoveries->lock);
}

static bool fetch_new(struct discoveries *discoveries, struct error *err)
{
    const struct discovery_settings *settings = &discoveries->settings;
    struct arena *arena = arena_open();
    struct discovery_lease *lease = ARENA_NEW(arena, struct discovery_lease);
    struct bytes document;
    const char *jwks_uri;
    *lease = (struct discovery_lease){.of = discoveries, .arena = arena, .users = 1};
    if (!fetch_document(arena, settings, &document, err) ||
        !discovery_read(arena, document, settings, &lease->discovery, &jwks_uri, err)) {
        arena_close(&arena);
        return false;
    }
    lease->document = crypto_sha256(document);
    if (is_said_again(discoveries, &lease->document))
        arena_close(&arena);
    else
        keep(discoveries, lease, jwks_uri);
    return true;
}

/* What is known, if it is not older than that; for let_go. */
static struct discovery_lease *borrow_known(struct discoveries *discoveries, int64_t most_ms)
{
    pthread_mutex_lock(&discoveries->lock);
    struct discovery_lease *lease = discoveries->newest;
    if (lease && db_now_ms() - lease->fetched_at_ms >= most_ms)
        lease = NULL;
    if (lease)
        lease->users++;
    pthread_mutex_unlock(&discoveries->lock);
    return lease;
}

/* With `asking` held. A provider that has just failed is not asked again by each in the queue. */
static bool ask(struct discoveries *discoveries, struct error *err)
{
    int64_t now = db_now_ms();
    if (discoveries->failed_at_ms && now - discoveries->failed_at_ms < AGAIN_MS) {
        *err = discoveries->failure;
        return false;
    }
    if (fetch_new(discoveries, err)) {
        discoveries->failed_at_ms = 0;
        return true;
    }
    discoveries->failed_at_ms = now;
    discoveries->failure = *err;
    return false;
}

struct discovery_lease *discoveries_known(struct discoveries *discoveries)
{
    return borrow_known(discoveries, STALE_MS);
}

/* Whoever can go on with what is known does not wait for another who asks. */
static bool may_ask(struct discoveries *discoveries, bool waits)
{
    return (waits ? pthread_mutex_lock(&discoveries->asking)
                  : pthread_mutex_trylock(&discoveries->asking)) == 0;
}

bool discoveries_borrow(struct discoveries *discoveries, struct discovery_lease **lease,
                        struct error *err)
{
    struct error why = {.code = ERROR_UNAVAILABLE};
    struct discovery_lease *found = borrow_known(discoveries, FRESH_MS);
    struct discovery_lease *old = found ? NULL : discoveries_known(discoveries);
    if (!found && may_ask(discoveries, !old)) {
        found = borrow_known(discoveries, FRESH_MS); /* somebody else may have asked meanwhile */
        if (!found && ask(discoveries, &why))
            found = borrow_known(discoveries, FRESH_MS);
        pthread_mutex_unlock(&discoveries->asking);
    }
    if (found)
        discoveries_return(&old);
    else
        found = old;
    if (!found)
        return error_set(err, why.code, "%s", why.text);
    *lease = found;
    return true;
}

const struct discovery *discovery_of(const struct discovery_lease *lease)
{
    return &lease->discovery;
}

void discoveries_return(struct discovery_lease **lease)
{
    if (!*lease)
        return;
    struct discoveries *of = (*lease)->of;
    pthread_mutex_lock(&of->lock);
    let_go(*lease);
    pthread_mutex_unlock(&of->lock);
    *lease = NULL;
}

#include "engine/login/jwks.h"

#include "engine/base/fetch.h"
#include "storage/db.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    AGAIN_MS = 60 * 1000,     /* between two looks, at least */
    HURRY_MS = 10 * 1000,     /* the same while there are no keys, and nobody comes in */
    FRESH_MS = 3600 * 1000,   /* then they are fetched again */
    STALE_MS = 24 * FRESH_MS, /* then they are not used any more */
};

/* Keys that some thread may still be reading when newer ones have come. */
struct shared_keys {
    struct jws_keys *keys;
    int64_t fetched_at_ms;
    int readers; /* under lock; with one for being the newest */
};

struct jwks {
    struct jwks_settings settings;
    pthread_mutex_t lock;
    struct shared_keys *newest; /* NULL: none yet */
    int64_t asked_at_ms;        /* under lock */
    bool has_asked;             /* under lock */
    pthread_mutex_t asking;     /* held by the one that fetches */
};

void jwks_open(const struct jwks_settings *settings, struct jwks **out)
{
    struct jwks *jwks = calloc(1, sizeof *jwks);
    if (!jwks)
        abort();
    jwks->settings = *settings;
    pthread_mutex_init(&jwks->lock, NULL);
    pthread_mutex_init(&jwks->asking, NULL);
    *out = jwks;
}

/* Under lock. */
static void let_go(struct shared_keys *keys)
{
    if (!keys || --keys->readers)
        return;
    jws_keys_close(&keys->keys);
    free(keys);
}

void jwks_close(struct jwks **jwks)
{
    if (!*jwks)
        return;
    let_go((*jwks)->newest);
    pthread_mutex_destroy(&(*jwks)->lock);
    pthread_mutex_destroy(&(*jwks)->asking);
    free(*jwks);
    *jwks = NULL;
}

static bool fetch_keys(struct jwks *jwks, struct jws_keys **out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct fetch_destination destination = {.base_url = jwks->settings.url,
                                                  .ca_file = jwks->settings.ca_file,
                                                  .allow_private = jwks->settings.allow_private};
    const struct fetch_request request = {.method = "GET",
                                          .url = jwks->settings.url,
                                          .max_bytes = JWS_KEYS_MAX_BYTES,
                                          .timeout_ms = jwks->settings.timeout_ms};
    struct fetch_answer answer;
    if (!fetch_send(arena, &destination, &request, &answer, err))
        return false;
    if (answer.status != 200)
        return error_set(err, ERROR_UNAVAILABLE, "the JWKS was answered with %d", answer.status);
    return jws_keys_parse(answer.body, out, err);
}

static void keep(struct jwks *jwks, struct jws_keys *keys)
{
    struct shared_keys *newest = calloc(1, sizeof *newest);
    if (!newest)
        abort();
    *newest = (struct shared_keys){.keys = keys, .fetched_at_ms = db_now_ms(), .readers = 1};
    pthread_mutex_lock(&jwks->lock);
    let_go(jwks->newest);
    jwks->newest = newest;
    pthread_mutex_unlock(&jwks->lock);
}

/* Whether the issuer may be asked again now; if so, this is it. */
static bool take_turn(struct jwks *jwks)
{
    pthread_mutex_lock(&jwks->lock);
    int64_t now = db_now_ms();
    bool has_keys = jwks->newest && now - jwks->newest->fetched_at_ms < STALE_MS;
    int64_t pause_ms = has_keys ? AGAIN_MS : HURRY_MS;
    bool may = !jwks->has_asked || now - jwks->asked_at_ms >= pause_ms;
    if (may) {
        jwks->has_asked = true;
        jwks->asked_at_ms = now;
    }
    pthread_mutex_unlock(&jwks->lock);
    return may;
}

/* With `asking` held. What fails is told next time somebody finds no keys. */
static void ask(struct jwks *jwks)
{
    struct jws_keys *keys = NULL;
    struct error err;
    if (take_turn(jwks) && fetch_keys(jwks, &keys, &err))
        keep(jwks, keys);
}

/* The newest keys, for let_go; NULL when there are none that may be used. */
static struct shared_keys *borrow(struct jwks *jwks, int64_t *age_ms)
{
    pthread_mutex_lock(&jwks->lock);
    struct shared_keys *keys = jwks->newest;
    *age_ms = keys ? db_now_ms() - keys->fetched_at_ms : 0;
    if (keys && *age_ms >= STALE_MS)
        keys = NULL;
    if (keys)
        keys->readers++;
    pthread_mutex_unlock(&jwks->lock);
    return keys;
}

static void give_back(struct jwks *jwks, struct shared_keys *keys)
{
    pthread_mutex_lock(&jwks->lock);
    let_go(keys);
    pthread_mutex_unlock(&jwks->lock);
}

/* Old keys do, so only one goes for new ones and nobody waits for it. */
static void refresh(struct jwks *jwks)
{
    if (pthread_mutex_trylock(&jwks->asking) != 0)
        return;
    ask(jwks);
    pthread_mutex_unlock(&jwks->asking);
}

static void wait_for_new(struct jwks *jwks)
{
    pthread_mutex_lock(&jwks->asking);
    ask(jwks);
    pthread_mutex_unlock(&jwks->asking);
}

/* ERROR_MISSING: newer keys may help. */
static bool try(struct jwks *jwks, struct arena *arena, const char *token,
                const struct jws_rules *rules, json_t **claims, struct error *err)
{
    int64_t age_ms;
    struct shared_keys *keys = borrow(jwks, &age_ms);
    if (!keys)
        return error_set(err, ERROR_UNAVAILABLE, "the keys of the tokens' issuer are not there");
    bool good = jws_read(arena, token, keys->keys, rules, claims, err);
    give_back(jwks, keys);
    if (age_ms >= FRESH_MS)
        refresh(jwks);
    return good;
}

bool jwks_read_token(struct jwks *jwks, struct arena *arena, const char *token,
                     const struct jws_rules *rules, json_t **claims, struct error *err)
{
    struct error why;
    if (try(jwks, arena, token, rules, claims, &why))
        return true;
    if (why.code == ERROR_MISSING || why.code == ERROR_UNAVAILABLE) {
        wait_for_new(jwks);
        if (try(jwks, arena, token, rules, claims, &why))
            return true;
    }
    if (why.code == ERROR_MISSING)
        why.code = ERROR_DENIED;
    return error_set(err, why.code, "%s", why.text);
}

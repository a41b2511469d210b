#include "engine/limits.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/visitor.h"
#include "storage/drafts.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

/* ---- the table ---- */

static const struct {
    const char *name;
    size_t most; /* where in struct config: in so long */
    int64_t within_ms;
    int64_t at_once; /* so many times that, for those behind one address; 1: a person */
} rules[LIMITS_KINDS] = {
    [LIMITS_LOGIN] = {"login", offsetof(struct config, logins_a_minute), MINUTE_MS, 6},
    [LIMITS_LOGOUT] = {"logout", offsetof(struct config, logouts_a_minute), MINUTE_MS, 6},
    [LIMITS_DETOUR] = {"detour", offsetof(struct config, detours_a_minute), MINUTE_MS, 6},
    [LIMITS_DRAFT] = {"draft", offsetof(struct config, drafts_an_hour), HOUR_MS, 1},
    [LIMITS_UPLOAD] = {"upload", offsetof(struct config, uploads_an_hour), HOUR_MS, 1},
    [LIMITS_SUBMIT] = {"submit", offsetof(struct config, submits_an_hour), HOUR_MS, 1},
    [LIMITS_CONSENT] = {"consent", offsetof(struct config, consents_an_hour), HOUR_MS, 1},
    [LIMITS_EXPORT] = {"export", offsetof(struct config, exports_an_hour), HOUR_MS, 1},
};

/* All others are counted by who does them: what is sent twice is sent once, and the login service
 * is never told that it is too often. */
static const struct {
    const char *method, *pattern;
    enum limits_kind kind;
} counted[] = {
    {"GET", "/logg-inn/idporten", LIMITS_LOGIN},
    {"POST", "/utkast/:id/samtykke", LIMITS_CONSENT},
};

const char *limits_name(enum limits_kind kind)
{
    return rules[kind].name;
}

enum limits_kind limits_of(const struct router_route *route)
{
    for (size_t i = 0; i < COUNT(counted); i++)
        if (text_equal(counted[i].method, route->method) &&
            text_equal(counted[i].pattern, route->pattern))
            return counted[i].kind;
    return LIMITS_NONE;
}

/* ---- counting ---- */

/* Of each only when all of its number will be there again: what was used comes back evenly, so that
 * tells how much there is. It is then as if nobody had come, and the place is free. */
struct slot {
    uint64_t who; /* of kind and key, under a secret of ours: nobody aims at another's */
    int64_t whole_at_ms;
};

enum { SETS = 8192, WAYS = 8, SECRET_BYTES = 32 };

struct limits {
    pthread_mutex_t lock;
    const struct config *config;
    unsigned char secret[SECRET_BYTES];
    struct slot slots[SETS][WAYS];
};

void limits_open(const struct config *config, struct limits **out)
{
    struct limits *limits = calloc(1, sizeof *limits);
    if (!limits)
        abort();
    pthread_mutex_init(&limits->lock, NULL);
    limits->config = config;
    crypto_random(limits->secret, sizeof limits->secret);
    *out = limits;
}

void limits_close(struct limits **limits)
{
    if (!*limits)
        return;
    pthread_mutex_destroy(&(*limits)->lock);
    free(*limits);
    *limits = NULL;
}

static int64_t most_of(const struct limits *limits, enum limits_kind kind)
{
    return *(const int64_t *)((const char *)limits->config + rules[kind].most);
}

static uint64_t digest(const struct limits *limits, enum limits_kind kind, const char *who)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *text = arena_printf(arena, "%d:%s", (int)kind, who);
    struct crypto_sha256 hash =
        crypto_hmac((struct bytes){limits->secret, sizeof limits->secret}, BYTES_OF(text));
    uint64_t number;
    memcpy(&number, hash.bytes, sizeof number);
    return number;
}

/* Its own, else the one whose holder needs it the shortest. A full set forgets somebody who has
 * used the least: so many at once can only ever be too mild. */
static struct slot *find_slot(struct limits *limits, uint64_t who)
{
    struct slot *set = limits->slots[who % SETS], *found = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].who == who)
            return &set[i];
        if (set[i].whole_at_ms < found->whole_at_ms)
            found = &set[i];
    }
    return found;
}

/* With the lock held. *whole_at_ms: when all is there again after one more. */
static int64_t wait_of(const struct limits *limits, enum limits_kind kind, const struct slot *slot,
                       uint64_t who, int64_t now_ms, int64_t *whole_at_ms)
{
    int64_t most = most_of(limits, kind), within_ms = rules[kind].within_ms;
    int64_t before_ms = slot->who == who && slot->whole_at_ms > now_ms ? slot->whole_at_ms : now_ms;
    *whole_at_ms = before_ms + (within_ms > most ? within_ms / most : 1);
    int64_t wait_ms = *whole_at_ms - now_ms - within_ms * rules[kind].at_once;
    return wait_ms > 0 ? wait_ms : 0;
}

bool limits_take(struct limits *limits, enum limits_kind kind, const char *who, int64_t now_ms,
                 int64_t *wait_ms)
{
    uint64_t number = digest(limits, kind, who);
    pthread_mutex_lock(&limits->lock);
    struct slot *slot = find_slot(limits, number);
    int64_t whole_at_ms, wait = wait_of(limits, kind, slot, number, now_ms, &whole_at_ms);
    if (!wait)
        *slot = (struct slot){number, whole_at_ms};
    pthread_mutex_unlock(&limits->lock);
    *wait_ms = wait;
    return !wait;
}

int64_t limits_wait_ms(struct limits *limits, enum limits_kind kind, const char *who,
                       int64_t now_ms)
{
    uint64_t number = digest(limits, kind, who);
    int64_t whole_at_ms;
    pthread_mutex_lock(&limits->lock);
    int64_t wait_ms =
        wait_of(limits, kind, find_slot(limits, number), number, now_ms, &whole_at_ms);
    pthread_mutex_unlock(&limits->lock);
    return wait_ms;
}

/* ---- who ---- */

const char *limits_address(struct arena *arena, const char *client)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, client, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return client;
    memset(address.s6_addr + 8, 0, 8);
    inet_ntop(AF_INET6, &address, text, sizeof text);
    return arena_printf(arena, "%s/64", text);
}

static const char *who_asks(const struct visitor *visitor, const struct request *request)
{
    return visitor->is_known
               ? arena_printf(request->arena, "citizen %s", visitor->session.citizen.id)
               : arena_printf(request->arena, "address %s",
                              limits_address(request->arena, request->client));
}

static int64_t seconds(int64_t wait_ms)
{
    return (wait_ms + 999) / 1000;
}

static void note(const struct visitor *visitor, const struct request *request,
                 enum limits_kind kind)
{
    log_event(LOG_LEVEL_WARNING, "limited", "request=%s kind=%s by=%s wait_s=%lld", request->id,
              limits_name(kind), visitor->is_known ? "citizen" : "address",
              (long long)visitor->wait_s);
}

bool limits_refuse(struct visitor *visitor, const struct request *request, enum limits_kind kind,
                   struct error *err)
{
    note(visitor, request, kind);
    return error_set(err, ERROR_TOO_OFTEN, "more than %lld: %s",
                     (long long)most_of(visitor->app->limits, kind), limits_name(kind));
}

bool limits_allow(struct visitor *visitor, const struct request *request, enum limits_kind kind,
                  struct error *err)
{
    int64_t wait_ms;
    if (limits_take(visitor->app->limits, kind, who_asks(visitor, request), clock_monotonic_ms(),
                    &wait_ms))
        return true;
    visitor->wait_s = seconds(wait_ms);
    return limits_refuse(visitor, request, kind, err);
}

bool limits_is_reached(struct visitor *visitor, const struct request *request,
                       enum limits_kind kind)
{
    int64_t wait_ms = limits_wait_ms(visitor->app->limits, kind, who_asks(visitor, request),
                                     clock_monotonic_ms());
    if (wait_ms)
        visitor->wait_s = seconds(wait_ms);
    return wait_ms > 0;
}

void limits_count(const struct visitor *visitor, const struct request *request,
                  enum limits_kind kind)
{
    int64_t wait_ms;
    if (!limits_take(visitor->app->limits, kind, who_asks(visitor, request), clock_monotonic_ms(),
                     &wait_ms))
        note(visitor, request, kind); /* others took the last meanwhile: so many at once */
}

bool limits_allow_draft(struct visitor *visitor, struct db *db, const struct request *request,
                        struct error *err)
{
    int64_t recent, most = visitor->app->config->drafts_an_hour;
    if (!drafts_count_since(request->arena, db, visitor->session.citizen.id,
                            clock_now() - HOUR_MS / 1000, &recent, err))
        return false;
    if (recent < most)
        return true;
    visitor->wait_s = seconds(HOUR_MS / most);
    note(visitor, request, LIMITS_DRAFT);
    return error_set(err, ERROR_TOO_OFTEN, "more than %lld drafts in an hour", (long long)most);
}

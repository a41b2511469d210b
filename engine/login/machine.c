#include "engine/login/machine.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/mod11.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct machines {
    struct machine_settings settings;
    struct jwks *keys;
};

void machines_open(const struct machine_settings *settings, struct machines **out)
{
    struct machines *machines = calloc(1, sizeof *machines);
    if (!machines)
        abort();
    machines->settings = *settings;
    jwks_open(&settings->keys, &machines->keys);
    *out = machines;
}

void machines_close(struct machines **machines)
{
    if (!*machines)
        return;
    jwks_close(&(*machines)->keys);
    free(*machines);
    *machines = NULL;
}

/* RFC 6750 2.1; NULL when there is none, or several headers. */
static const char *bearer_token(const struct request *request)
{
    const char *value = NULL;
    for (size_t i = 0; i < request->headers.count; i++) {
        if (strcasecmp(request->headers.items[i].name, "Authorization") != 0)
            continue;
        if (value)
            return NULL;
        value = request->headers.items[i].value;
    }
    if (!value || strncasecmp(value, "Bearer ", 7) != 0)
        return NULL;
    value += 7;
    return value + strspn(value, " ");
}

/* {"authority": "iso6523-actorid-upis", "ID": "0192:991825827"}; NULL when it is something else. */
static const char *organisation_of(const json_t *claims, const char *name)
{
    static const char norwegian[] = "0192:";
    const json_t *claim = json_object_get(claims, name);
    const char *id = jws_text(claim, "ID");
    if (!text_equal(jws_text(claim, "authority"), "iso6523-actorid-upis") || !id ||
        !text_starts_with(id, norwegian))
        return NULL;
    id += strlen(norwegian);
    return mod11_is_orgnr(id) ? id : NULL;
}

/* What only tokens about a person who logged in have. */
static bool is_of_a_login(const json_t *claims)
{
    static const char *const names[] = {"nonce", "acr", "amr", "auth_time", "at_hash", "sid"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (json_object_get(claims, names[i]))
            return true;
    const json_t *type = json_object_get(claims, "token_type");
    return type && !text_equal(json_string_value(type), "Bearer");
}

static char *text_of(struct arena *arena, const json_t *claims, const char *name)
{
    const char *text = jws_text(claims, name);
    return arena_text(arena, text ? text : "");
}

static bool read_claims(struct arena *arena, const json_t *claims, struct machine *out,
                        struct error *err)
{
    const char *consumer = organisation_of(claims, "consumer");
    const char *supplier = organisation_of(claims, "supplier");
    if (is_of_a_login(claims))
        return error_set(err, ERROR_DENIED, "a token of another kind than an access token");
    if (!consumer || (!supplier && json_object_get(claims, "supplier")))
        return error_set(err, ERROR_DENIED, "a token that does not say which organisation it is");
    if (!jws_text(claims, "scope") || !jws_text(claims, "client_id"))
        return error_set(err, ERROR_DENIED, "a token without scope or client_id");
    *out = (struct machine){
        .organisation_number = arena_text(arena, consumer),
        .supplier = arena_text(arena, supplier ? supplier : ""),
        .scope = text_of(arena, claims, "scope"),
        .client_id = text_of(arena, claims, "client_id"),
        .token_id = text_of(arena, claims, "jti"),
    };
    return true;
}

bool machine_read(struct machines *machines, const struct request *request, struct machine *out,
                  struct error *err)
{
    const char *token = bearer_token(request);
    if (!token)
        return error_set(err, ERROR_MISSING, "no bearer token");
    const struct jws_rules rules = {
        .algorithms = JWS_RS256 | JWS_PS256 | JWS_ES256,
        .types = "JWT at+jwt",
        .issuer = machines->settings.issuer,
        .audience = machines->settings.audience,
        .now = clock_now(),
    };
    CLEANUP(jws_close) json_t *claims = NULL;
    return jwks_read_token(machines->keys, request->arena, token, &rules, &claims, err) &&
           read_claims(request->arena, claims, out, err);
}

bool machine_may(const struct machine *machine, const char *scope)
{
    return *scope && !strchr(scope, ' ') && text_has_word(machine->scope, scope);
}

#include "engine/sandbox/sandbox_idporten_clients.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_json.h"
#include "engine/sandbox/sandbox_jws.h"

#include <string.h>

/* Not said by the sources: what Maskinporten asks for, which ID-porten shares its clients with. */
enum { ASSERTION_MOST_S = 120, CLOCK_APART_S = 10 };

#define BY_JWT "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static const struct sandbox_idporten_client clients[] = {
    {.id = SANDBOX_IDPORTEN_CLIENT,
     .name = "Søknader og skjema",
     .kid = SANDBOX_IDPORTEN_KID,
     .redirect = "/logg-inn/tilbake",
     .front_channel = "/logg-ut/idporten",
     .after_logout = "/logget-ut"},
    {.id = SANDBOX_IDPORTEN_OTHER_CLIENT,
     .name = "En annen tjeneste",
     .secret = SANDBOX_IDPORTEN_OTHER_SECRET,
     .redirect = "/annen-tjeneste/tilbake",
     .front_channel = "/annen-tjeneste/logg-ut",
     .after_logout = "/annen-tjeneste/ute"},
};

const struct sandbox_idporten_client *sandbox_idporten_client_find(const char *id)
{
    for (size_t i = 0; i < COUNT(clients); i++)
        if (text_equal(clients[i].id, id))
            return &clients[i];
    return NULL;
}

/* ---- addresses ---- */

/* How long "http://localhost:8080" is at the beginning of the address; 0: another machine's. */
static size_t local_site(const char *address)
{
    static const char *const hosts[] = {"http://127.0.0.1",  "http://localhost",  "http://[::1]",
                                        "https://127.0.0.1", "https://localhost", "https://[::1]"};
    for (size_t i = 0; i < COUNT(hosts); i++) {
        if (!text_starts_with(address, hosts[i]))
            continue;
        size_t size = strlen(hosts[i]);
        size_t digits = address[size] == ':' ? strspn(address + size + 1, "0123456789") : 0;
        return digits ? size + 1 + digits : size;
    }
    return 0;
}

bool sandbox_idporten_is_registered(const struct sandbox_world *world, const char *address,
                                    const char *path, char *site, size_t site_size)
{
    const char *named = world->idporten.site;
    size_t size = *named && text_starts_with(address, named) ? strlen(named) : local_site(address);
    if (size == 0 || !text_equal(address + size, path) || (site && size >= site_size))
        return false;
    if (site) {
        memcpy(site, address, size);
        site[size] = '\0';
    }
    return true;
}

/* ---- who asks ---- */

void sandbox_idporten_error(struct request *request, struct response *response, int status,
                            const char *error, const char *description)
{
    sandbox_json(request, response, status,
                 json_pack("{s:s, s:s}", "error", error, "error_description", description));
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool is_for(const json_t *audience, const char *wanted)
{
    if (text_equal(json_string_value(audience), wanted))
        return true;
    for (size_t i = 0; i < json_array_size(audience); i++)
        if (text_equal(json_string_value(json_array_get(audience, i)), wanted))
            return true;
    return false;
}

/* The issuer, the token endpoint, or (RFC 9126 2) the endpoint that was asked. */
static bool is_for_us(const struct sandbox_world *world, struct arena *arena, const json_t *aud,
                      const char *endpoint)
{
    const char *issuer = sandbox_idporten_issuer_of(world, arena);
    return is_for(aud, issuer) || is_for(aud, arena_printf(arena, "%s/token", issuer)) ||
           is_for(aud, endpoint);
}

static const char *check_times(const json_t *claims)
{
    const json_t *iat = json_object_get(claims, "iat"), *exp = json_object_get(claims, "exp");
    if (!json_is_integer(iat) || !json_is_integer(exp))
        return "iat and exp must be numbers";
    int64_t issued = json_integer_value(iat), expires = json_integer_value(exp), now = clock_now();
    if (issued > now + CLOCK_APART_S)
        return "iat lies in the future";
    if (expires <= now)
        return "the assertion has expired";
    if (expires - issued > ASSERTION_MOST_S)
        return "exp must be at most 120 seconds after iat";
    return NULL;
}

static const char *use_up(struct sandbox_idporten *idporten, struct arena *arena,
                          const json_t *claims)
{
    const char *jti = text_of(claims, "jti");
    if (!*jti)
        return "jti is missing";
    const char *text = arena_printf(arena, "%s %s", text_of(claims, "iss"), jti);
    struct crypto_sha256 mark = crypto_sha256(BYTES_OF(text));
    for (size_t i = 0; i < SANDBOX_IDPORTEN_KEPT; i++)
        if (memcmp(&idporten->used[i], &mark, sizeof mark) == 0)
            return "the assertion was used before";
    idporten->used[idporten->next_used++ % SANDBOX_IDPORTEN_KEPT] = mark;
    return NULL;
}

/* NULL: it is that client's assertion, for us, now, for the first time; else what is wrong. */
static const char *check_assertion(struct sandbox_world *world, struct arena *arena,
                                   const struct sandbox_idporten_client *client,
                                   const struct sandbox_jws *jws, const char *endpoint)
{
    const json_t *claims = jws->payload;
    if (!text_equal(text_of(jws->header, "alg"), "RS256"))
        return "alg must be RS256";
    if (!text_equal(text_of(jws->header, "kid"), client->kid))
        return "kid is not one of the client's keys";
    if (!crypto_verify_rs256(world->idporten.client_key, jws->signed_part, jws->signature))
        return "the signature does not verify";
    if (!text_equal(text_of(claims, "iss"), client->id) ||
        !text_equal(text_of(claims, "sub"), client->id))
        return "iss and sub must be client_id";
    if (!is_for_us(world, arena, json_object_get(claims, "aud"), endpoint))
        return "aud must be the issuer or the token endpoint";
    const char *wrong = check_times(claims);
    return wrong ? wrong : use_up(&world->idporten, arena, claims);
}

static const char *check_signed(struct sandbox_world *world, struct request *request,
                                const struct sandbox_idporten_client *client, const char *endpoint)
{
    const char *assertion = request_field(request, "client_assertion");
    if (!text_equal(request_field(request, "client_assertion_type"), BY_JWT) || !assertion)
        return "the client is registered with private_key_jwt";
    struct sandbox_jws jws;
    const char *wrong = sandbox_jws_read(request->arena, assertion, &jws);
    if (wrong)
        return wrong;
    wrong = check_assertion(world, request->arena, client, &jws, endpoint);
    sandbox_jws_close(&jws);
    return wrong;
}

static const char *check_secret(struct request *request,
                                const struct sandbox_idporten_client *client)
{
    const char *secret = request_field(request, "client_secret");
    if (!secret)
        return "the client is registered with client_secret_post";
    return crypto_equal(BYTES_OF(secret), BYTES_OF(client->secret)) ? NULL : "wrong client_secret";
}

const struct sandbox_idporten_client *sandbox_idporten_authenticate(struct sandbox_world *world,
                                                                    struct request *request,
                                                                    const char *endpoint,
                                                                    struct response *response)
{
    const char *id = request_field(request, "client_id");
    const struct sandbox_idporten_client *client = sandbox_idporten_client_find(id);
    const char *wrong = !id           ? "client_id is missing"
                        : !client     ? "no such client"
                        : client->kid ? check_signed(world, request, client, endpoint)
                                      : check_secret(request, client);
    if (!wrong)
        return client;
    sandbox_idporten_error(request, response, 401, "invalid_client", wrong);
    return NULL;
}

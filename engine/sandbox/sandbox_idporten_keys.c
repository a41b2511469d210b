#include "engine/sandbox/sandbox_idporten_keys.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_json.h"
#include "engine/sandbox/sandbox_jws.h"

#include <stdlib.h>
#include <string.h>

#define KEY_FILE SANDBOX_IDPORTEN_FOLDER "/server.key.pem"
#define CERTIFICATE_FILE SANDBOX_IDPORTEN_FOLDER "/server.certificate.pem"

/* ---- keys ---- */

static void close_last(struct sandbox_idporten *idporten)
{
    struct sandbox_idporten_key *last = &idporten->keys[--idporten->key_count];
    crypto_key_close(&last->key);
    crypto_key_close(&last->certificate);
}

void sandbox_idporten_finish(struct sandbox_idporten *idporten)
{
    while (idporten->key_count)
        close_last(idporten);
    crypto_key_close(&idporten->client_key);
}

/* Puts one first, named by its certificate's digest. */
static bool put_key(struct sandbox_idporten *idporten, struct arena *arena, struct bytes key_pem,
                    struct bytes certificate_pem)
{
    struct sandbox_idporten_key key = {.key = NULL};
    if (!crypto_private_key_open(key_pem, KEY_FILE, &key.key, NULL))
        return false;
    if (!crypto_certificate_open(certificate_pem, CERTIFICATE_FILE, &key.certificate, NULL)) {
        crypto_key_close(&key.key);
        return false;
    }
    struct crypto_sha256 digest = crypto_certificate_fingerprint(key.certificate);
    const char *kid = codec_base64url(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    memcpy(key.kid, kid, strlen(kid) + 1);
    if (idporten->key_count == SANDBOX_IDPORTEN_KEYS)
        close_last(idporten);
    memmove(idporten->keys + 1, idporten->keys, idporten->key_count * sizeof key);
    idporten->keys[0] = key;
    idporten->key_count++;
    return true;
}

/* The newest stays in the folder, so that who has fetched the keys knows it after a new start. */
static bool keep_key(struct sandbox_world *world, struct bytes key_pem,
                     struct bytes certificate_pem, struct error *err)
{
    return sandbox_ledger_write_file(world->ledger, CERTIFICATE_FILE, certificate_pem, err) &&
           sandbox_ledger_write_file(world->ledger, KEY_FILE, key_pem, err);
}

void sandbox_idporten_rotate(struct sandbox_world *world)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes key_pem, certificate_pem;
    crypto_make_certificate(arena, "Sandkasse: ID-porten", &key_pem, &certificate_pem);
    struct error err;
    if (!put_key(&world->idporten, arena, key_pem, certificate_pem) ||
        !keep_key(world, key_pem, certificate_pem, &err))
        abort(); /* it was made just now, in a folder of ours */
}

void sandbox_idporten_forget(struct sandbox_world *world)
{
    while (world->idporten.key_count > 1)
        close_last(&world->idporten);
}

const struct sandbox_idporten_key *sandbox_idporten_key(const struct sandbox_world *world)
{
    return &world->idporten.keys[0];
}

/* The first is the one that signs Digipost's answers: to make another takes long, and nobody here
 * asks who has which. */
bool sandbox_idporten_read_key(struct sandbox_world *world, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct sandbox_ledger *ledger = world->ledger;
    struct bytes key_pem, certificate_pem;
    struct error missing;
    bool is_there =
        sandbox_ledger_read_file(ledger, arena, KEY_FILE, &key_pem, &missing) &&
        sandbox_ledger_read_file(ledger, arena, CERTIFICATE_FILE, &certificate_pem, &missing);
    if (!is_there) {
        certificate_pem = BYTES_OF(world->certificate_pem);
        if (!sandbox_ledger_read_file(ledger, arena, SANDBOX_WORLD_KEY_FILE, &key_pem, err) ||
            !keep_key(world, key_pem, certificate_pem, err))
            return false;
    }
    return put_key(&world->idporten, arena, key_pem, certificate_pem) ||
           error_set(err, ERROR_BROKEN, KEY_FILE " is no key, or not the certificate's");
}

/* ---- tokens ---- */

static char *encode(struct arena *arena, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    char *encoded = codec_base64url(arena, BYTES_OF(text));
    free(text);
    return encoded;
}

char *sandbox_idporten_sign(struct arena *arena, const struct crypto_key *key, json_t *header,
                            json_t *claims)
{
    const char *first = encode(arena, header);
    char *message = arena_printf(arena, "%s.%s", first, encode(arena, claims));
    struct bytes signature;
    if (!crypto_sign_rs256(arena, key, BYTES_OF(message), &signature, NULL))
        abort(); /* it was made as an RSA key */
    return arena_printf(arena, "%s.%s", message, codec_base64url(arena, signature));
}

static bool is_signed_here(const struct sandbox_idporten *idporten, const struct sandbox_jws *jws)
{
    const char *kid = json_string_value(json_object_get(jws->header, "kid"));
    for (size_t i = 0; i < idporten->key_count; i++)
        if (text_equal(idporten->keys[i].kid, kid))
            return crypto_verify_rs256(idporten->keys[i].certificate, jws->signed_part,
                                       jws->signature);
    return false;
}

json_t *sandbox_idporten_read_token(struct sandbox_world *world, struct arena *arena,
                                    const char *token)
{
    struct sandbox_jws jws;
    if (sandbox_jws_read(arena, token, &jws))
        return NULL;
    json_t *claims = is_signed_here(&world->idporten, &jws) ? json_incref(jws.payload) : NULL;
    sandbox_jws_close(&jws);
    return claims;
}

/* ---- what it publishes ---- */

static json_t *at(const char *base, const char *path)
{
    return json_sprintf("%s%s", base, path);
}

void sandbox_idporten_metadata(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const char *issuer = sandbox_idporten_issuer_of(world, request->arena), *elsewhere = issuer;
    if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_METADATA_DOWN)) {
        response_text(response, 503, "503\n");
        return;
    }
    if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_METADATA_FOREIGN))
        elsewhere = "https://idporten.example";
    const char *says = sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_METADATA_ISSUER)
                           ? "https://idporten.example"
                           : issuer;
    json_t *document = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "issuer", says, "authorization_endpoint",
        at(issuer, "/authorize"), "token_endpoint", at(elsewhere, "/token"), "jwks_uri",
        at(elsewhere, "/jwk"), "userinfo_endpoint", at(issuer, "/userinfo"), "end_session_endpoint",
        at(issuer, "/endsession"), "pushed_authorization_request_endpoint", at(issuer, "/par"));
    json_t *can = json_pack(
        "{s:[s], s:[s, s], s:[s], s:[s, s], s:[s], s:[s], s:[s], s:[s, s], s:[s, s, s],"
        " s:[s, s, s, s], s:[s, s, s], s:b, s:b, s:b, s:b, s:b, s:b}",
        "response_types_supported", "code", "response_modes_supported", "query", "form_post",
        "grant_types_supported", "authorization_code", "scopes_supported", "openid", "profile",
        "subject_types_supported", "pairwise", "code_challenge_methods_supported", "S256",
        "id_token_signing_alg_values_supported", "RS256", "token_endpoint_auth_methods_supported",
        "private_key_jwt", "client_secret_post", "acr_values_supported", "idporten-loa-low",
        "idporten-loa-substantial", "idporten-loa-high", "ui_locales_supported", "nb", "nn", "en",
        "se", "prompt_values_supported", "login", "none", "consent",
        "frontchannel_logout_supported", 1, "frontchannel_logout_session_supported", 1,
        "backchannel_logout_supported", 0, "request_parameter_supported", 0,
        "require_pushed_authorization_requests", 0,
        "authorization_response_iss_parameter_supported", 1);
    json_object_set_new(can, "token_endpoint_auth_signing_alg_values_supported",
                        json_pack("[s]", "RS256"));
    json_object_update_new(document, can);
    sandbox_json(request, response, 200, document);
}

static json_t *describe(struct arena *arena, const struct sandbox_idporten_key *key)
{
    struct bytes n, e;
    if (!crypto_rsa_numbers(arena, key->certificate, &n, &e))
        abort(); /* it was made as an RSA key */
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "use", "sig", "alg", "RS256",
                     "kid", key->kid, "n", codec_base64url(arena, n), "e",
                     codec_base64url(arena, e));
}

/* The key under its name, but 1024 bits of it. */
static json_t *describe_weak(struct arena *arena, const struct sandbox_idporten_key *key)
{
    struct bytes n, e;
    if (!crypto_rsa_numbers(arena, key->certificate, &n, &e))
        abort();
    n.size = 128;
    json_t *description = describe(arena, key);
    json_object_set_new(description, "n", json_string(codec_base64url(arena, n)));
    return description;
}

void sandbox_idporten_jwks(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_JWKS_DOWN)) {
        response_text(response, 503, "503\n");
        return;
    }
    bool empty = sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_JWKS_EMPTY);
    bool weak = !empty && sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_JWKS_WEAK);
    json_t *keys = json_array();
    for (size_t i = 0; !empty && i < world->idporten.key_count; i++) {
        const struct sandbox_idporten_key *key = &world->idporten.keys[i];
        json_array_append_new(keys, weak ? describe_weak(request->arena, key)
                                         : describe(request->arena, key));
    }
    sandbox_json(request, response, 200, json_pack("{s:o}", "keys", keys));
}

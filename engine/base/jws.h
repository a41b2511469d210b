/* jws.h - signed JSON tokens in compact form (RFC 7515, RFC 7519), written and checked, and the
 * keys that issuers publish for them (JWKS, RFC 7517). Rules: security.md S-JWT-1 to S-JWT-3; RFC
 * 8725. */
#pragma once

#include "engine/base/x509.h"

typedef struct json_t json_t;

enum {
    JWS_MAX_BYTES = 8 * 1024,       /* of a token */
    JWS_KEYS_MAX_BYTES = 64 * 1024, /* of a JWKS */
    JWS_MAX_KEYS = 32,              /* in a JWKS */
    JWS_SKEW_S = 60,                /* how far two clocks may be apart */
};

/* ---- the keys of an issuer ---- */

struct jws_keys;

/* Reads a JWKS: {"keys":[...]}. Keys that cannot check such tokens are left out, as issuers publish
 * others too: of another kind or curve, for encryption, without kid, RSA under 2048 bits or with a
 * small exponent. *out may be shared by threads; jws_keys_close.
 * ERROR_LIMIT: too large; ERROR_INVALID: not a JWKS, or two keys of one name. */
CHECKED bool jws_keys_parse(struct bytes json, struct jws_keys **out, struct error *err);
void jws_keys_close(struct jws_keys **keys);
size_t jws_keys_count(const struct jws_keys *keys);

/* ---- reading ---- */

#define JWS_RS256 (1u << CRYPTO_RS256)
#define JWS_PS256 (1u << CRYPTO_PS256)
#define JWS_ES256 (1u << CRYPTO_ES256)

struct jws_rules {
    unsigned algorithms;  /* JWS_RS256 | ... */
    const char *types;    /* what typ may be, words with a space between, any case, without
                           * "application/"; it may be left out: "JWT at+jwt" */
    const char *issuer;   /* iss, letter for letter */
    const char *audience; /* aud; of several in a list azp must be this too */
    int64_t now;          /* clock_now() */
};

/* Checks a token and gives its claims, closed by jws_close. In this order: three parts of strict
 * base64url, at most JWS_MAX_BYTES; JSON objects without a name twice; alg allowed, no crit, zip,
 * enc, cty or b64; the key by its kid alone, whatever jku, x5u, jwk or x5c say; signature; iss;
 * aud; exp (must be there), iat (must be there), nbf, each a whole number, within JWS_SKEW_S.
 *
 * ERROR_MISSING: the kid is not among the keys (the issuer may have a new one); else ERROR_DENIED.
 * The text says which rule, and nothing of the token. */
CHECKED bool jws_read(struct arena *arena, const char *token, const struct jws_keys *keys,
                      const struct jws_rules *rules, json_t **claims, struct error *err);
void jws_close(json_t **claims);

/* A claim that is a text and not empty, else NULL. Borrowed. */
const char *jws_text(const json_t *claims, const char *name);

/* A signed document (no claims), with the certificate of who signed it inside. In the arena. */
struct jws_document {
    struct bytes payload;
    struct x509_certificate *chain; /* x5c; the first one's key made the signature */
    size_t count;
};

/* Reads a document of at most so many bytes: strict base64url, a header that is a JSON object
 * without a name twice, alg RS256, no crit, zip, enc, cty or b64, x5c with 1 to X509_MAX_CHAIN
 * certificates, and a signature that fits x5c[0]. Whether that certificate is to be believed is
 * for the caller to ask (x509_vouched). ERROR_LIMIT: too large; else ERROR_DENIED. */
CHECKED bool jws_read_document(struct arena *arena, const char *token, size_t most,
                               struct jws_document *out, struct error *err);

/* ---- writing ---- */

/* Who signs: kid, or the chain of certificates that becomes x5c (RFC 7515 4.1.6), first the
 * signer's. Exactly one is set. */
struct jws_signer {
    const struct crypto_key *key; /* private */
    enum crypto_scheme scheme;    /* that the key is for */
    const char *kid;
    struct bytes chain_pem;
};

/* *out is in the arena. ERROR_INVALID: a key of another kind, no certificate in the chain. */
CHECKED bool jws_write(struct arena *arena, const json_t *claims, const struct jws_signer *signer,
                       char **out, struct error *err);

/* The same around bytes that are there already. */
CHECKED bool jws_write_document(struct arena *arena, struct bytes payload,
                                const struct jws_signer *signer, char **out, struct error *err);

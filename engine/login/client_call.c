#include "engine/login/client_call.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/fetch.h"
#include "engine/base/jws.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASSERTION_S = 60, /* nobody needs it longer */
    ANSWER_MAX_BYTES = 64 * 1024,
    JTI_BITS = 256,
};

struct client_calls {
    struct client_call_settings settings;
    struct crypto_key *key; /* NULL with a secret */
};

bool client_calls_open(const struct client_call_settings *settings, struct client_calls **out,
                       struct error *err)
{
    struct crypto_key *key = NULL;
    if (!settings->secret && (!settings->kid || !*settings->kid))
        return error_set(err, ERROR_INVALID, "idporten_key is set, but not idporten_kid");
    if (!settings->secret && !crypto_private_key_open(settings->key_pem, "idporten_key", &key, err))
        return false;
    struct client_calls *calls = calloc(1, sizeof *calls);
    if (!calls)
        abort();
    calls->settings = *settings;
    calls->key = key;
    *out = calls;
    return true;
}

void client_calls_close(struct client_calls **calls)
{
    if (!*calls)
        return;
    crypto_key_close(&(*calls)->key);
    free(*calls);
    *calls = NULL;
}

char *client_call_form(struct arena *arena, const struct client_field *fields, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        if (fields[i].value)
            buf_printf(&buf, "%s%s=%s", buf.size ? "&" : "", fields[i].name,
                       codec_percent(arena, fields[i].value));
    return buf_text(&buf);
}

/* RFC 7523 3: for the issuer alone, once, and for a minute. */
static bool write_assertion(const struct client_calls *calls, struct arena *arena, char **out,
                            struct error *err)
{
    const struct client_call_settings *settings = &calls->settings;
    int64_t now = clock_now();
    CLEANUP(jws_close)
    json_t *claims = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", settings->client_id, "sub",
                               settings->client_id, "aud", settings->issuer, "jti",
                               crypto_random_id(arena, JTI_BITS), "iat", (json_int_t)now, "exp",
                               (json_int_t)(now + ASSERTION_S));
    const struct jws_signer signer = {
        .key = calls->key, .scheme = CRYPTO_RS256, .kid = settings->kid};
    return jws_write(arena, claims, &signer, out, err);
}

/* The fields with the proof after them. */
static bool write_form(const struct client_calls *calls, struct arena *arena,
                       const struct client_field *fields, size_t count, const char **out,
                       struct error *err)
{
    char *assertion = NULL;
    if (!calls->settings.secret && !write_assertion(calls, arena, &assertion, err))
        return false;
    const struct client_field proof[] = {
        {"client_id", calls->settings.client_id},
        {"client_secret", calls->settings.secret},
        {"client_assertion_type",
         assertion ? "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" : NULL},
        {"client_assertion", assertion},
    };
    const char *form = client_call_form(arena, fields, count);
    *out = arena_printf(arena, "%s&%s", form, client_call_form(arena, proof, COUNT(proof)));
    return true;
}

static bool send(const struct client_calls *calls, struct arena *arena, const char *url,
                 const char *form, struct fetch_answer *out, struct error *err)
{
    static const struct fetch_header headers[] = {
        {"Accept", "application/json"},
        {"Content-Type", "application/x-www-form-urlencoded"},
    };
    const struct fetch_destination destination = {.base_url = url,
                                                  .ca_file = calls->settings.ca_file,
                                                  .allow_private = calls->settings.allow_private};
    const struct fetch_request request = {.method = "POST",
                                          .url = url,
                                          .headers = headers,
                                          .header_count = COUNT(headers),
                                          .body = BYTES_OF(form),
                                          .has_body = true,
                                          .max_bytes = ANSWER_MAX_BYTES,
                                          .timeout_ms = calls->settings.timeout_ms};
    return fetch_send(arena, &destination, &request, out, err);
}

/* "invalid_grant": letters and '_' of what was said, so that nothing else of it comes into a log.
 */
static const char *word_of(struct arena *arena, const json_t *answer)
{
    const char *text = jws_text(answer, "error");
    size_t size = text ? strspn(text, "abcdefghijklmnopqrstuvwxyz_") : 0;
    return arena_printf(arena, "%.*s", (int)(size < 40 ? size : 40), text ? text : "");
}

bool client_call_post(struct client_calls *calls, struct arena *arena, const char *url,
                      const struct client_field *fields, size_t count, json_t **out,
                      struct error *err)
{
    const char *form;
    struct fetch_answer answer;
    if (!write_form(calls, arena, fields, count, &form, err) ||
        !send(calls, arena, url, form, &answer, err))
        return false;
    CLEANUP(jws_close)
    json_t *json =
        json_loadb((const char *)answer.body.data, answer.body.size, JSON_REJECT_DUPLICATES, NULL);
    if (answer.status >= 400 && answer.status < 500)
        return error_set(err, ERROR_REFUSED, "the OpenID provider says no: %d %s", answer.status,
                         word_of(arena, json));
    if ((answer.status != 200 && answer.status != 201) || !json_is_object(json))
        return error_set(err, ERROR_UNAVAILABLE, "the OpenID provider answered %d%s", answer.status,
                         answer.status >= 300 ? "" : " with something else than JSON");
    *out = json;
    json = NULL;
    return true;
}

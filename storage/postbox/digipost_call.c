#include "storage/postbox/digipost_call.h"

#include "storage/postbox/digipost_sign.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RETRY_AFTER_MAX_S = 3600 }; /* security.md D-10 */

const char *digipost_call_under(struct digipost *digipost, struct arena *arena, const char *path)
{
    const char *base = digipost->api.base_url;
    size_t size = strlen(base);
    while (size && base[size - 1] == '/')
        size--;
    return arena_printf(arena, "%.*s%s", (int)size, base, path);
}

/* ---- the exchange itself, not yet believed ---- */

/* An answer that says that they are out of order themselves is no answer to the breaker. */
static bool send_through(struct digipost *digipost, struct arena *arena, struct breaker *breaker,
                         const struct fetch_destination *destination,
                         const struct fetch_request *request, struct fetch_answer *out,
                         struct error *err)
{
    if (!breaker_enter(breaker, digipost->timeout_ms, err))
        return false;
    struct error why = {0};
    bool answered = fetch_send(arena, destination, request, out, &why);
    breaker_leave(breaker, answered ? out->status < 500 : why.code != ERROR_UNAVAILABLE);
    if (!answered && err)
        *err = why;
    return answered;
}

static bool send_signed(struct digipost *digipost, struct arena *arena,
                        const struct digipost_request *request, struct fetch_answer *out,
                        struct error *err)
{
    struct digipost_signature signature;
    if (!digipost_sign_request(arena, digipost->key, request->method, request->url,
                               request->content_type ? &request->body : NULL, digipost->broker_id,
                               clock_now(), &signature, err))
        return false;

    struct fetch_header headers[6];
    size_t count = 0;
    headers[count++] =
        (struct fetch_header){"Accept", request->accept ? request->accept : DIGIPOST_XML};
    if (request->content_type) {
        headers[count++] = (struct fetch_header){"Content-Type", request->content_type};
        headers[count++] = (struct fetch_header){"X-Content-SHA256", signature.content_hash};
    }
    headers[count++] = (struct fetch_header){"Date", signature.date};
    headers[count++] = (struct fetch_header){"X-Digipost-UserId", signature.user_id};
    headers[count++] = (struct fetch_header){"X-Digipost-Signature", signature.signature};

    struct fetch_request fetch = {
        .method = request->method,
        .url = request->url,
        .headers = headers,
        .header_count = count,
        .body = request->body,
        .has_body = request->content_type != NULL,
        .max_bytes = request->max_bytes ? request->max_bytes : DIGIPOST_XML_MAX_BYTES,
        .timeout_ms = request->timeout_ms ? request->timeout_ms : digipost->timeout_ms,
        .stream = request->stream,
    };
    return send_through(digipost, arena, digipost->api_breaker, &digipost->api, &fetch, out, err);
}

/* We never ask for compression, and what is compressed all the same is not what was meant to be
 * signed or stored. */
static bool is_plain(const struct fetch_answer *answer, struct error *err)
{
    const char *encoding = fetch_header(answer, "Content-Encoding");
    if (encoding && strcasecmp(encoding, "identity") != 0)
        return error_set(err, ERROR_UNAVAILABLE, "Digipost's answer is compressed");
    return true;
}

static bool not_believed(int status, enum digipost_sign_verdict verdict, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "an answer (%d) %s", status,
                     digipost_sign_verdict_text(verdict));
}

/* ---- entry points and whom to believe ---- */

static void forget(struct digipost *digipost)
{
    pthread_mutex_lock(&digipost->kept_lock);
    for (int i = 0; i < DIGIPOST_PARTIES; i++)
        arena_close(&digipost->kept[i].arena);
    pthread_mutex_unlock(&digipost->kept_lock);
}

static void keep(struct digipost *digipost, enum digipost_party party, struct arena **arena,
                 struct digipost_entry entry)
{
    struct digipost_kept *kept = &digipost->kept[party];
    pthread_mutex_lock(&digipost->kept_lock);
    arena_close(&kept->arena);
    *kept = (struct digipost_kept){*arena, clock_now(), entry};
    pthread_mutex_unlock(&digipost->kept_lock);
    *arena = NULL;
}

/* With the lock held. */
static bool is_fresh(const struct digipost_kept *kept)
{
    int64_t age_s = clock_now() - kept->read_at;
    return kept->arena && age_s >= 0 && age_s < DIGIPOST_ENTRY_KEPT_S;
}

static bool is_trusted(const struct digipost *digipost, const struct crypto_key *certificate)
{
    if (digipost->pin_count == 0)
        return true; /* digipost_open saw trust_entry_point */
    struct crypto_sha256 found = crypto_certificate_fingerprint(certificate);
    for (size_t i = 0; i < digipost->pin_count; i++) {
        if (crypto_equal((struct bytes){digipost->pins[i].bytes, CRYPTO_SHA256_BYTES},
                         (struct bytes){found.bytes, CRYPTO_SHA256_BYTES}))
            return true;
    }
    return false;
}

static bool open_trusted(const struct digipost *digipost, const char *pem, struct crypto_key **out,
                         struct error *err)
{
    CLEANUP(crypto_key_close) struct crypto_key *certificate = NULL;
    struct error why = {0};
    if (!crypto_certificate_open(BYTES_OF(pem), "entry point", &certificate, &why))
        return error_set(err, ERROR_UNAVAILABLE, "the entry point has no usable certificate");
    if (!is_trusted(digipost, certificate))
        return error_set(err, ERROR_UNAVAILABLE,
                         "the entry point's certificate is not one of those in the settings");
    *out = certificate;
    certificate = NULL;
    return true;
}

/* The broker's entry point tells the certificate that answers are signed with, so its own signature
 * proves nothing beyond TLS and the pins; one that is there must be right all the same. */
static bool verify_entry(const struct digipost *digipost, struct arena *arena, const char *url,
                         const struct fetch_answer *answer, const struct digipost_entry *entry,
                         struct error *err)
{
    CLEANUP(crypto_key_close) struct crypto_key *certificate = NULL;
    if (!open_trusted(digipost, entry->certificate_pem, &certificate, err))
        return false;
    enum digipost_sign_verdict verdict =
        digipost_sign_verify(arena, certificate, url, answer, clock_now());
    if (verdict != DIGIPOST_SIGN_GOOD && verdict != DIGIPOST_SIGN_UNSIGNED)
        return not_believed(answer->status, verdict, err);
    return true;
}

static bool read_broker_entry(struct digipost *digipost, struct arena *arena, struct error *err)
{
    struct digipost_request request = {.method = "GET",
                                       .url = digipost_call_under(digipost, arena, "/")};
    struct fetch_answer answer;
    if (!send_signed(digipost, arena, &request, &answer, err) || !is_plain(&answer, err))
        return false;
    if (answer.status != 200) {
        struct digipost_refusal refusal = {0};
        bool told = digipost_answer_refusal(arena, answer.body, &refusal);
        return error_set(err, ERROR_UNAVAILABLE, "the entry point answers %d %s", answer.status,
                         told ? refusal.code : "");
    }
    CLEANUP(arena_close) struct arena *own = arena_open();
    struct digipost_entry entry;
    if (!digipost_answer_entry(own, answer.body, &entry, err) ||
        !verify_entry(digipost, arena, request.url, &answer, &entry, err))
        return false;
    keep(digipost, DIGIPOST_BROKER, &own, entry);
    return true;
}

static bool read_sender_entry(struct digipost *digipost, struct arena *arena, struct error *err)
{
    const char *path = arena_printf(arena, "/%" PRId64, digipost->sender_id);
    struct digipost_request request = {
        .method = "GET",
        .url = digipost_call_under(digipost, arena, path),
        .may_be_unsigned = true, /* as the broker's */
    };
    struct digipost_reply reply;
    CLEANUP(arena_close) struct arena *own = arena_open();
    struct digipost_entry entry;
    if (!digipost_call(digipost, arena, &request, &reply, err) ||
        !digipost_call_succeeded(digipost, arena, &reply, err) ||
        !digipost_answer_entry(own, reply.body, &entry, err))
        return false;
    keep(digipost, DIGIPOST_SENDER, &own, entry);
    return true;
}

static bool read_entry(struct digipost *digipost, struct arena *arena, enum digipost_party party,
                       struct error *err)
{
    return party == DIGIPOST_BROKER ? read_broker_entry(digipost, arena, err)
                                    : read_sender_entry(digipost, arena, err);
}

/* Copies out of the entry point kept: the link, or with relation NULL the certificate. False when
 * there is none or it is too old. */
static bool take(struct digipost *digipost, struct arena *arena, enum digipost_party party,
                 const char *relation, const char **out)
{
    pthread_mutex_lock(&digipost->kept_lock);
    const struct digipost_kept *kept = &digipost->kept[party];
    bool fresh = is_fresh(kept);
    if (fresh)
        *out = arena_text(arena, relation ? digipost_answer_link(&kept->entry.links, relation)
                                          : kept->entry.certificate_pem);
    pthread_mutex_unlock(&digipost->kept_lock);
    return fresh;
}

bool digipost_call_find(struct digipost *digipost, struct arena *arena, enum digipost_party party,
                        const char *relation, const char **out, struct error *err)
{
    if (take(digipost, arena, party, relation, out))
        return true;
    if (!read_entry(digipost, arena, party, err))
        return false;
    if (take(digipost, arena, party, relation, out))
        return true;
    return error_set(err, ERROR_UNAVAILABLE, "the entry point was forgotten while it was read");
}

bool digipost_call_link(struct digipost *digipost, struct arena *arena, enum digipost_party party,
                        const char *relation, const char **out, struct error *err)
{
    const char *url;
    if (!digipost_call_find(digipost, arena, party, relation, &url, err))
        return false;
    if (!url)
        return error_set(err, ERROR_UNAVAILABLE, "the entry point does not offer %s", relation);
    *out = url;
    return true;
}

/* ---- answers that are believed ---- */

static enum digipost_sign_verdict verify(struct digipost *digipost, struct arena *arena,
                                         const char *url, const struct fetch_answer *answer)
{
    const char *pem = NULL;
    CLEANUP(crypto_key_close) struct crypto_key *certificate = NULL;
    if (take(digipost, arena, DIGIPOST_BROKER, NULL, &pem) &&
        !open_trusted(digipost, pem, &certificate, NULL))
        certificate = NULL;
    return digipost_sign_verify(arena, certificate, url, answer, clock_now());
}

static bool believe(struct digipost *digipost, struct arena *arena,
                    const struct digipost_request *request, const struct fetch_answer *answer,
                    bool *is_signed, struct error *err)
{
    enum digipost_sign_verdict verdict = verify(digipost, arena, request->url, answer);
    if (verdict == DIGIPOST_SIGN_BAD_SIGNATURE) {
        /* The certificate may have been changed since we read it (10). Why it could not be read is
         * not passed on: the request is out already, and ERROR_DENIED would say that it is not. */
        forget(digipost);
        if (read_broker_entry(digipost, arena, NULL))
            verdict = verify(digipost, arena, request->url, answer);
    }
    if (verdict != DIGIPOST_SIGN_GOOD &&
        !(verdict == DIGIPOST_SIGN_UNSIGNED && request->may_be_unsigned && answer->status < 400))
        return not_believed(answer->status, verdict, err);
    *is_signed = verdict == DIGIPOST_SIGN_GOOD;
    return true;
}

static int retry_after_of(const struct fetch_answer *answer)
{
    const char *value = fetch_header(answer, "Retry-After");
    if (!value || !*value || strspn(value, "0123456789") != strlen(value))
        return 0;
    long seconds = strtol(value, NULL, 10);
    return seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)seconds;
}

bool digipost_call(struct digipost *digipost, struct arena *arena,
                   const struct digipost_request *request, struct digipost_reply *out,
                   struct error *err)
{
    /* a link that leads elsewhere is stopped here, before it is signed for (S-OUTB-1) */
    if (!fetch_is_under(&digipost->api, request->url))
        return error_set(err, ERROR_DENIED, "Digipost gave an address outside of Digipost");
    const char *certificate;
    if (!digipost_call_find(digipost, arena, DIGIPOST_BROKER, NULL, &certificate, err))
        return false;

    struct fetch_answer answer;
    struct digipost_reply reply = {0};
    if (!send_signed(digipost, arena, request, &answer, err) || !is_plain(&answer, err) ||
        !believe(digipost, arena, request, &answer, &reply.is_signed, err))
        return false;
    reply.status = answer.status;
    reply.body = answer.body;
    reply.location = fetch_header(&answer, "Location");
    reply.retry_after_s = retry_after_of(&answer);
    *out = reply;
    return true;
}

bool digipost_call_content(struct digipost *digipost, struct arena *arena,
                           const struct digipost_request *request, struct error *err)
{
    struct fetch_header accept = {"Accept", "*/*"};
    struct fetch_request fetch = {
        .method = "GET",
        .url = request->url,
        .headers = &accept,
        .header_count = 1,
        .max_bytes = request->max_bytes,
        .timeout_ms = request->timeout_ms,
        .stream = request->stream,
    };
    if (!digipost->content.base_url || !fetch_is_under(&digipost->content, request->url))
        return error_set(err, ERROR_DENIED,
                         "Digipost sent us on to an address not in the settings");
    struct fetch_answer answer;
    if (!send_through(digipost, arena, digipost->content_breaker, &digipost->content, &fetch,
                      &answer, err) ||
        !is_plain(&answer, err))
        return false;
    return answer.status == 200 ||
           error_set(err, ERROR_UNAVAILABLE, "Digipost's content address answers %d",
                     answer.status);
}

/* ---- what kind of no ---- */

/* Codes that mean something else than their type does. */
static const struct {
    const char *word;
    enum error_code code;
    bool not_done;
} words[] = {
    {"API_UNAVAILABLE", ERROR_UNAVAILABLE, false},
    {"SERVER_ERROR", ERROR_UNAVAILABLE, false},
    {"DATE_HEADER_OUTSIDE_ACCEPTED_INTERVAL", ERROR_BROKEN, true},
    {"UNKNOWN_RECIPIENT", ERROR_MISSING, false},
    {"DOCUMENT_NOT_FOUND", ERROR_MISSING, false},
    {"MESSAGE_NOT_FOUND", ERROR_MISSING, false},
    {"ILLEGAL_ACCESS", ERROR_DENIED, false},
    {"DUPLICATE_MESSAGE", ERROR_CONFLICT, false},
    {"DUPLICATE_DOCUMENT_ID", ERROR_CONFLICT, false},
    {"DUPLICATE_DOCUMENT_ID_FOR_BATCH", ERROR_CONFLICT, false},
    {"MESSAGE_ALREADY_SENT", ERROR_CONFLICT, false},
    {"CONTENT_ALREADY_UPLOADED", ERROR_CONFLICT, false},
    {"DIGIPOST_MESSAGE_ALREADY_DELIVERED", ERROR_CONFLICT, false},
    {"PRINT_MESSAGE_ALREADY_DELIVERED", ERROR_CONFLICT, false},
    {"INVALID_TRANSACTION", ERROR_CONFLICT, false},
};

static enum error_code code_of_type(const char *type)
{
    if (text_equal(type, "SERVER"))
        return ERROR_UNAVAILABLE;
    return text_equal(type, "CLIENT_DATA") ? ERROR_INVALID : ERROR_REFUSED;
}

static bool is_about_the_address(int status, const char *word)
{
    return (status == 404 || status == 405) &&
           (text_is_empty(word) || text_equal(word, "PROBLEM_WITH_REQUEST"));
}

/* The codes are decided on before the status (9); the status alone only where it is all there is.
 */
static struct digipost_no no_of(int status, bool told, const struct digipost_refusal *refusal)
{
    struct digipost_no no = {.code = ERROR_UNAVAILABLE};
    snprintf(no.word, sizeof no.word, "%s", refusal->code);
    if (status == 429) {
        no.code = ERROR_LIMIT;
        no.not_done = true;
    } else if (status == 409 && (!told || !*refusal->code)) {
        no.code = ERROR_CONFLICT; /* as it was before 2017: 409 and Location */
    } else if (is_about_the_address(status, refusal->code)) {
        no.not_done = told;
    } else if (status >= 400 && status < 500 && told) {
        no.code = code_of_type(refusal->type);
        for (size_t i = 0; i < COUNT(words); i++) {
            if (text_equal(words[i].word, refusal->code)) {
                no.code = words[i].code;
                no.not_done = words[i].not_done;
            }
        }
    }
    return no;
}

struct digipost_no digipost_call_no(struct digipost *digipost, struct arena *arena,
                                    const struct digipost_reply *reply)
{
    if (reply->status >= 200 && reply->status < 300)
        return (struct digipost_no){.code = ERROR_NONE};
    struct digipost_refusal refusal = {0};
    bool told = digipost_answer_refusal(arena, reply->body, &refusal);
    if (is_about_the_address(reply->status, refusal.code))
        forget(digipost);
    return no_of(reply->status, told, &refusal);
}

bool digipost_call_succeeded(struct digipost *digipost, struct arena *arena,
                             const struct digipost_reply *reply, struct error *err)
{
    struct digipost_no no = digipost_call_no(digipost, arena, reply);
    if (no.code == ERROR_NONE)
        return true;
    return error_set(err, no.code, "Digipost answers %d %s", reply->status, no.word);
}

bool digipost_call_get(struct digipost *digipost, struct arena *arena, const char *url,
                       struct bytes *out, struct error *err)
{
    struct digipost_request request = {.method = "GET", .url = url};
    struct digipost_reply reply;
    if (!digipost_call(digipost, arena, &request, &reply, err) ||
        !digipost_call_succeeded(digipost, arena, &reply, err))
        return false;
    *out = reply.body;
    return true;
}

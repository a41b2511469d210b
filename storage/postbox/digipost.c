#include "storage/postbox/digipost.h"

#include "storage/postbox/digipost_call.h"
#include "storage/postbox/digipost_message.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static bool wrong(struct error *err, const char *what)
{
    return error_set(err, ERROR_INVALID, "settings for Digipost: %s", what);
}

static bool read_pins(struct digipost *digipost, const char *pins, struct error *err)
{
    char *rest = arena_text(digipost->arena, pins ? pins : ""), *pin;
    while ((pin = strsep(&rest, ","))) {
        pin = text_trim(digipost->arena, pin);
        struct bytes digest;
        if (!*pin)
            continue;
        if (!codec_unhex(digipost->arena, pin, &digest) || digest.size != CRYPTO_SHA256_BYTES)
            return wrong(err, "a certificate pin is not 64 hexadecimal digits");
        if (digipost->pin_count == DIGIPOST_MAX_PINS)
            return wrong(err, "too many certificate pins");
        memcpy(digipost->pins[digipost->pin_count++].bytes, digest.data, CRYPTO_SHA256_BYTES);
    }
    return true;
}

static bool read_settings(struct digipost *digipost, const struct digipost_settings *settings,
                          struct error *err)
{
    if (text_is_empty(settings->base_url))
        return wrong(err, "no address");
    if (settings->broker_id <= 0 || settings->sender_id <= 0)
        return wrong(err, "broker and sender must be numbers above zero");
    const char *ca_file = arena_text(digipost->arena, settings->ca_file);
    digipost->api = (struct fetch_destination){
        .base_url = arena_text(digipost->arena, settings->base_url),
        .ca_file = ca_file,
        .allow_private = settings->allow_private,
    };
    digipost->content = (struct fetch_destination){
        .base_url = arena_text(digipost->arena, settings->content_base_url),
        .ca_file = ca_file,
        .allow_private = settings->allow_private,
    };
    digipost->broker_id = settings->broker_id;
    digipost->sender_id = settings->sender_id;
    digipost->unsigned_streams = settings->unsigned_streams;
    digipost->timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms : DIGIPOST_TIMEOUT_MS;
    digipost->document_ms =
        settings->document_ms > digipost->timeout_ms ? settings->document_ms : digipost->timeout_ms;
    if (!read_pins(digipost, settings->certificate_pins, err))
        return false;
    if (digipost->pin_count == 0 && !settings->trust_entry_point)
        return wrong(err, "name the certificates to trust, or trust the entry point");
    return crypto_private_key_open(settings->private_key_pem, "Digipost key", &digipost->key, err);
}

/* ---- a letter ---- */

static const struct postbox_document *document_at(const struct postbox_letter *letter, size_t i)
{
    return i == 0 ? &letter->main : &letter->attachments[i - 1];
}

static const struct digipost_stored *stored_as(const struct digipost_delivery *delivery, size_t i,
                                               const char *id)
{
    if (i == 0)
        return text_equal(delivery->main.id, id) ? &delivery->main : NULL;
    for (size_t j = 0; j < delivery->attachment_count; j++) {
        if (text_equal(delivery->attachments[j].id, id))
            return &delivery->attachments[j];
    }
    return NULL;
}

enum likeness { OURS, ANOTHER, CANNOT_TELL };

/* What they have under our ids: is it what we sent? (security.md D-8) */
static enum likeness compare(struct arena *arena, const struct digipost *digipost,
                             const struct postbox_letter *letter,
                             const struct digipost_delivery *delivery)
{
    if (delivery->sender_id && delivery->sender_id != digipost->sender_id)
        return CANNOT_TELL;
    if (*delivery->message_id && !text_equal(delivery->message_id, letter->message_id))
        return CANNOT_TELL;
    enum likeness likeness = OURS;
    for (size_t i = 0; i <= letter->attachment_count; i++) {
        const struct postbox_document *document = document_at(letter, i);
        const struct digipost_stored *stored = stored_as(delivery, i, document->id);
        struct crypto_sha256 digest = crypto_sha256(document->content);
        const char *hash = codec_base64(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
        if (!stored || !*stored->content_hash)
            likeness = CANNOT_TELL;
        else if (!text_equal(stored->content_hash, hash))
            return ANOTHER;
    }
    return likeness;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return text_equal(word, a) || text_equal(word, b);
}

static struct postbox_outcome unknown(const char *why)
{
    struct postbox_outcome outcome = {.result = POSTBOX_UNKNOWN};
    (void)error_set(&outcome.error, ERROR_UNAVAILABLE, "%s", why);
    return outcome;
}

static struct postbox_outcome outcome_of(struct arena *arena, const struct digipost *digipost,
                                         const struct postbox_letter *letter,
                                         const struct digipost_delivery *delivery)
{
    /* COMPLETE: taken, waiting for its time or for the recipient; NOT_DELIVERED: the same, in a
     * status. Without content there may be no hash yet. */
    if (is_one_of(delivery->status, "COMPLETE", "NOT_DELIVERED") &&
        text_equal(delivery->main.id, letter->main.id))
        return (struct postbox_outcome){.result = POSTBOX_ACCEPTED};
    if (!is_one_of(delivery->status, "DELIVERED", "DELIVERED_TO_PRINT"))
        return unknown("Digipost gives a status that says nothing of delivery");

    enum likeness likeness = compare(arena, digipost, letter, delivery);
    if (likeness == CANNOT_TELL)
        return unknown("Digipost has delivered something, but its answer does not show that it is "
                       "this letter");
    if (likeness == ANOTHER) {
        struct postbox_outcome refused = {.result = POSTBOX_REFUSED};
        (void)error_set(&refused.error, ERROR_CONFLICT,
                        "Digipost has other content under this letter's ids");
        return refused;
    }
    return (struct postbox_outcome){.result = POSTBOX_DELIVERED,
                                    .delivered_at = delivery->delivered_at};
}

static struct postbox_outcome failed(enum postbox_result result, const struct error *err)
{
    return (struct postbox_outcome){.result = result, .error = *err};
}

static struct postbox_outcome told_no(enum postbox_result result,
                                      const struct digipost_reply *reply,
                                      const struct digipost_no *no)
{
    struct postbox_outcome outcome = {.result = result, .retry_after_s = reply->retry_after_s};
    snprintf(outcome.code, sizeof outcome.code, "%s", no->word);
    (void)error_set(&outcome.error, no->code, "Digipost answers %d %s", reply->status, no->word);
    return outcome;
}

static bool status_url(struct digipost *digipost, struct arena *arena, const char *id,
                       const char **out, struct error *err)
{
    const char *link;
    if (!digipost_call_find(digipost, arena, DIGIPOST_SENDER, "DOCUMENT_STATUS", &link, err))
        return false;
    if (!link) {
        /* the one path that Digipost's own client knows by heart (12) */
        const char *path =
            arena_printf(arena, "/documents/%" PRId64 "/%s/status", digipost->sender_id, id);
        *out = digipost_call_under(digipost, arena, path);
    } else {
        *out = arena_printf(arena, "%s%s%s", link, text_ends_with(link, "/") ? "" : "/", id);
    }
    return true;
}

static struct postbox_outcome status(void *self, struct arena *arena,
                                     const struct postbox_letter *letter)
{
    struct digipost *digipost = self;
    struct digipost_request request = {.method = "GET"};
    struct digipost_reply reply;
    struct error err = {0};
    if (!status_url(digipost, arena, letter->main.id, &request.url, &err) ||
        !digipost_call(digipost, arena, &request, &reply, &err))
        return failed(POSTBOX_UNKNOWN, &err);

    struct digipost_no no = digipost_call_no(digipost, arena, &reply);
    if (no.code != ERROR_NONE)
        return told_no(no.code == ERROR_MISSING ? POSTBOX_NOT_SENT : POSTBOX_UNKNOWN, &reply, &no);
    struct digipost_delivery delivery;
    if (!digipost_answer_status(arena, reply.body, &delivery, &err))
        return failed(POSTBOX_UNKNOWN, &err);
    return outcome_of(arena, digipost, letter, &delivery);
}

/* They say that they have it already: ours, if the status says so; else somebody used our ids. */
static struct postbox_outcome already_there(struct digipost *digipost, struct arena *arena,
                                            const struct postbox_letter *letter)
{
    struct postbox_outcome outcome = status(digipost, arena, letter);
    if (outcome.result != POSTBOX_NOT_SENT)
        return outcome;
    outcome.result = POSTBOX_REFUSED;
    (void)error_set(&outcome.error, ERROR_CONFLICT,
                    "Digipost has another letter with this message id");
    return outcome;
}

static struct postbox_outcome not_accepted(struct digipost *digipost, struct arena *arena,
                                           const struct postbox_letter *letter,
                                           const struct digipost_reply *reply)
{
    struct digipost_no no = digipost_call_no(digipost, arena, reply);
    if (no.code == ERROR_CONFLICT)
        return already_there(digipost, arena, letter);
    if (no.not_done)
        return told_no(POSTBOX_NOT_SENT, reply, &no);
    return told_no(no.code == ERROR_UNAVAILABLE ? POSTBOX_UNKNOWN : POSTBOX_REFUSED, reply, &no);
}

static struct digipost_request request_for(struct arena *arena, const char *url, int64_t sender_id,
                                           const struct postbox_letter *letter)
{
    struct bytes message = digipost_message_write(arena, sender_id, letter);
    const char *boundary = digipost_message_boundary(arena, message, letter);
    return (struct digipost_request){
        .method = "POST",
        .url = url,
        .content_type = arena_printf(arena, "multipart/vnd.digipost-v8+xml; boundary=%s", boundary),
        .body = digipost_message_multipart(arena, message, letter, boundary),
    };
}

static struct postbox_outcome send(void *self, struct arena *arena,
                                   const struct postbox_letter *letter)
{
    struct digipost *digipost = self;
    struct error err = {0};
    const char *url;
    if (!digipost_call_link(digipost, arena, DIGIPOST_BROKER, "CREATE_MESSAGE", &url, &err))
        return failed(POSTBOX_NOT_SENT, &err);

    if (breaker_is_resting(
            digipost->api_breaker)) { /* certainly not sent, and nothing to ask about */
        (void)error_set(&err, ERROR_UNAVAILABLE, "Digipost is left alone for a while");
        return failed(POSTBOX_NOT_SENT, &err);
    }
    struct digipost_request request = request_for(arena, url, digipost->sender_id, letter);
    struct digipost_reply reply;
    if (!digipost_call(digipost, arena, &request, &reply, &err)) {
        bool stayed_here = err.code == ERROR_DENIED || err.code == ERROR_INVALID;
        return failed(stayed_here ? POSTBOX_NOT_SENT : POSTBOX_UNKNOWN, &err);
    }
    if (reply.status < 200 || reply.status >= 300)
        return not_accepted(digipost, arena, letter, &reply);
    struct digipost_delivery delivery;
    if (!digipost_answer_delivery(arena, reply.body, &delivery, &err))
        return failed(POSTBOX_UNKNOWN, &err);
    return outcome_of(arena, digipost, letter, &delivery);
}

/* ---- a recipient ---- */

bool digipost_identify(struct digipost *digipost, struct arena *arena,
                       const struct postbox_recipient *recipient, enum digipost_identity *out,
                       struct error *err)
{
    struct digipost_request request = {
        .method = "POST",
        .content_type = DIGIPOST_XML,
        .body = digipost_message_identification(arena, recipient),
    };
    struct digipost_reply reply;
    return digipost_call_link(digipost, arena, DIGIPOST_BROKER, "IDENTIFY_RECIPIENT", &request.url,
                              err) &&
           digipost_call(digipost, arena, &request, &reply, err) &&
           digipost_call_succeeded(digipost, arena, &reply, err) &&
           digipost_answer_identity(arena, reply.body, out, err);
}

static bool reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err)
{
    enum digipost_identity identity;
    if (!digipost_identify(self, arena, recipient, &identity, err))
        return false;
    *out = identity == DIGIPOST_HAS_POSTBOX;
    return true;
}

/* ---- the handle ---- */

bool digipost_open(const struct digipost_settings *settings, struct digipost **out,
                   struct error *err)
{
    struct arena *arena = arena_open();
    CLEANUP(digipost_close) struct digipost *digipost = ARENA_NEW(arena, struct digipost);
    digipost->arena = arena;
    pthread_mutex_init(&digipost->kept_lock, NULL);
    int rest_ms = settings->rest_ms ? settings->rest_ms : BREAKER_REST_MS;
    breaker_open(rest_ms, &digipost->api_breaker);
    breaker_open(rest_ms, &digipost->content_breaker);
    digipost->postbox = (struct postbox){
        .name = "digipost",
        .takes_share_requests = true,
        .self = digipost,
        .send = send,
        .status = status,
        .reaches = reaches,
    };
    if (!read_settings(digipost, settings, err))
        return false;
    *out = digipost;
    digipost = NULL;
    return true;
}

bool digipost_is_resting(const struct digipost *digipost)
{
    return breaker_is_resting(digipost->api_breaker);
}

void digipost_close(struct digipost **handle)
{
    struct digipost *digipost = *handle;
    if (!digipost)
        return;
    for (int i = 0; i < DIGIPOST_PARTIES; i++)
        arena_close(&digipost->kept[i].arena);
    crypto_key_close(&digipost->key);
    breaker_close(&digipost->api_breaker);
    breaker_close(&digipost->content_breaker);
    pthread_mutex_destroy(&digipost->kept_lock);
    struct arena *arena = digipost->arena;
    arena_close(&arena); /* the handle itself lies in it */
    *handle = NULL;
}

const struct postbox *digipost_postbox(struct digipost *digipost)
{
    return &digipost->postbox;
}

#include "storage/postbox/dpi.h"

#include "storage/postbox/dpi_answer.h"
#include "storage/postbox/dpi_parcel.h"
#include "storage/registers/krr_mailbox.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    ANSWER_MAX_BYTES = 64 * 1024,
    STATUSES_MAX_BYTES = 256 * 1024,
    BYTES_PER_MS = 1250,  /* a slow line out: 10 Mbit/s */
    MORE_MS_MOST = 30000, /* with all other calls less than half a lease (D-7) */
};

/* ---- outcomes ---- */

static struct postbox_outcome failed(enum postbox_result result, const struct error *err)
{
    return (struct postbox_outcome){.result = result, .error = *err};
}

static struct postbox_outcome unknown(const struct dpi_reply *reply)
{
    struct postbox_outcome outcome = {.result = POSTBOX_UNKNOWN,
                                      .retry_after_s = reply->retry_after_s};
    (void)error_set(&outcome.error, ERROR_UNAVAILABLE,
                    "the access point answers %d with something that says nothing of the letter",
                    reply->status);
    return outcome;
}

static struct postbox_outcome told_no(enum postbox_result result, enum error_code code,
                                      const struct dpi_reply *reply,
                                      const struct dpi_problem *problem)
{
    struct postbox_outcome outcome = {.result = result, .retry_after_s = reply->retry_after_s};
    snprintf(outcome.code, sizeof outcome.code, "%s", problem->type);
    (void)error_set(&outcome.error, code, "the access point answers %d %s", reply->status,
                    problem->title);
    return outcome;
}

/* ---- status ---- */

static struct postbox_outcome not_known_there(void)
{
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    (void)error_set(&outcome.error, ERROR_MISSING, "the access point does not know the letter");
    return outcome;
}

/* What they say of an id that they do not know is not determined: an empty list or a 404 is taken
 * for that. Nothing can go wrong by it, since a letter that is sent again with its id is refused
 * when it was there after all. */
static struct postbox_outcome read_statuses(struct arena *arena, const struct dpi_reply *reply)
{
    if (reply->status == 404 && (reply->is_problem || reply->is_json))
        return not_known_there();
    if (reply->status != 200 || !reply->is_json)
        return unknown(reply);
    struct postbox_outcome given_up = {.result = POSTBOX_REFUSED, .code = "FEILET"};
    const char *why;
    switch (dpi_answer_statuses(arena, reply->body, &why)) {
    case DPI_NONE:
        return not_known_there();
    case DPI_TAKEN:
        return (struct postbox_outcome){.result = POSTBOX_ACCEPTED};
    case DPI_GIVEN_UP:
        (void)error_set(&given_up.error, ERROR_REFUSED, "the access point gave the letter up: %s",
                        why);
        return given_up;
    case DPI_UNCLEAR:
        break;
    }
    return unknown(reply);
}

static struct postbox_outcome status(void *self, struct arena *arena,
                                     const struct postbox_letter *letter)
{
    struct error err = {0};
    if (!postbox_is_uuid(letter->message_id))
        return not_known_there(); /* we cannot have sent it */
    const struct dpi_request request = {
        .method = "GET",
        .path = arena_printf(arena, "/messages/out/%s/statuses", letter->message_id),
        .max_bytes = STATUSES_MAX_BYTES,
    };
    struct dpi_reply reply;
    bool sent;
    if (!dpi_call(self, arena, &request, &reply, &sent, &err))
        return failed(POSTBOX_UNKNOWN, &err);
    return read_statuses(arena, &reply);
}

/* ---- before it goes out ---- */

static struct postbox_outcome not_now(enum error_code code, const char *word, const char *why)
{
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    snprintf(outcome.code, sizeof outcome.code, "%s", word);
    (void)error_set(&outcome.error, code, "%s", why);
    return outcome;
}

static bool is_for_good(const struct error *err)
{
    return err->code == ERROR_INVALID || err->code == ERROR_LIMIT;
}

/* ---- what they answered ---- */

/* Whether the problem's words say that the id was used before. What they are is not determined,
 * only that such a letter is refused. */
static bool says_used_before(const struct dpi_problem *problem)
{
    static const char *const words[] = {"used", "duplic", "already", "brukt", "finnes", "unik"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcasestr(problem->type, words[i]) || strcasestr(problem->title, words[i]))
            return true;
    return false;
}

/* 201 says it by itself, and its body is ignored (API). By Digdir's prose it may be another 2xx;
 * that is believed when what comes with it is what it says it is, since it may as well be something
 * in between that answers everything with 200. */
static bool says_yes(const struct dpi_reply *reply)
{
    if (reply->status == 201)
        return true;
    return reply->status >= 200 && reply->status < 300 &&
           (!reply->body.size || (reply->is_json && dpi_answer_is_json(reply->body)));
}

/* A no that may be about an earlier attempt of ours: whatever is there under our id is this letter,
 * since ids are 122 random bits and only we are let in with them. */
static struct postbox_outcome refused_or_there(struct dpi *dpi, struct arena *arena,
                                               const struct postbox_letter *letter,
                                               const struct dpi_reply *reply,
                                               const struct dpi_problem *problem)
{
    struct postbox_outcome there = status(dpi, arena, letter);
    if (there.result != POSTBOX_NOT_SENT)
        return there;
    if (says_used_before(problem))
        return (struct postbox_outcome){.result = POSTBOX_ACCEPTED};
    if (reply->status == 409) /* not in the API: a conflict with what, and for how long? */
        return told_no(POSTBOX_UNKNOWN, ERROR_CONFLICT, reply, problem);
    return told_no(POSTBOX_REFUSED, ERROR_REFUSED, reply, problem);
}

static struct postbox_outcome outcome_of(struct dpi *dpi, struct arena *arena,
                                         const struct postbox_letter *letter,
                                         const struct dpi_reply *reply)
{
    struct dpi_problem problem = {0};
    bool told = reply->is_problem && dpi_answer_problem(arena, reply->body, &problem);
    if (says_yes(reply))
        return (struct postbox_outcome){.result = POSTBOX_ACCEPTED};
    if (reply->status == 401 || reply->status == 429)
        return told_no(POSTBOX_NOT_SENT, reply->status == 429 ? ERROR_TOO_OFTEN : ERROR_UNAVAILABLE,
                       reply, &problem);
    bool is_no = told && reply->status >= 400 && reply->status < 500;
    if (!is_no || reply->status == 404 || reply->status == 408)
        return unknown(reply);
    if (reply->status == 400 || reply->status == 409)
        return refused_or_there(dpi, arena, letter, reply, &problem);
    return told_no(POSTBOX_REFUSED, reply->status == 403 ? ERROR_DENIED : ERROR_REFUSED, reply,
                   &problem);
}

/* ---- sending ---- */

static struct postbox_outcome post(struct dpi *dpi, struct arena *arena, struct dpi_parcel *parcel)
{
    const char *channel = dpi->settings.channel;
    size_t more_ms = parcel->package.size / BYTES_PER_MS;
    const struct dpi_request request = {
        .method = "POST",
        .more_ms = more_ms < MORE_MS_MOST ? (int)more_ms : MORE_MS_MOST,
        .path = arena_printf(arena, "/messages/out%s%s", *channel ? "?kanal=" : "", channel),
        .for_the_agency = true,
        .max_bytes = ANSWER_MAX_BYTES,
        .write = dpi_parcel_write,
        .context = parcel,
    };
    struct dpi_reply reply;
    struct error err = {0};
    bool sent;
    if (dpi_call(dpi, arena, &request, &reply, &sent, &err))
        return outcome_of(dpi, arena, parcel->letter, &reply);
    if (sent)
        return failed(POSTBOX_UNKNOWN, &err);
    return failed(is_for_good(&err) ? POSTBOX_REFUSED : POSTBOX_NOT_SENT, &err);
}

static struct postbox_outcome pack_and_post(struct dpi *dpi, struct arena *arena,
                                            const struct postbox_letter *letter,
                                            const struct krr_mailbox *mailbox)
{
    struct dpi_parcel parcel;
    struct error err = {0};
    if (dpi_parcel_make(dpi, arena, letter, mailbox, &parcel, &err))
        return post(dpi, arena, &parcel);
    if (err.code == ERROR_UNAVAILABLE)
        return not_now(err.code, "MAILBOX_CERTIFICATE", err.text);
    return failed(is_for_good(&err) ? POSTBOX_REFUSED : POSTBOX_NOT_SENT, &err);
}

static struct postbox_outcome send(void *self, struct arena *arena,
                                   const struct postbox_letter *letter)
{
    struct dpi *dpi = self;
    struct error err = {0};
    if (!letter->recipient.pid || letter->share || !postbox_is_uuid(letter->message_id)) {
        (void)error_set(&err, ERROR_INVALID,
                        "Digital post takes letters to people, with a UUID for a message id");
        return failed(POSTBOX_REFUSED, &err);
    }
    if (breaker_is_resting(dpi->breaker)) /* certainly not sent, and nothing to ask about */
        return not_now(ERROR_UNAVAILABLE, "", "the access point is left alone for a while");
    struct krr_mailbox mailbox;
    krr_mailbox(arena, dpi->settings.krr, letter->recipient.pid, &mailbox);
    if (mailbox.outcome == REGISTER_UNAVAILABLE)
        return not_now(ERROR_UNAVAILABLE, "KRR",
                       arena_printf(arena, "the contact register: %s", mailbox.reason));
    if (mailbox.outcome == REGISTER_NOTHING)
        return not_now(ERROR_MISSING, "NO_MAILBOX", "the person has no mailbox to send to");
    return pack_and_post(dpi, arena, letter, &mailbox);
}

static bool reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err)
{
    struct dpi *dpi = self;
    *out = false;
    if (!recipient->pid)
        return true;
    struct krr_mailbox mailbox;
    krr_mailbox(arena, dpi->settings.krr, recipient->pid, &mailbox);
    if (mailbox.outcome == REGISTER_UNAVAILABLE)
        return error_set(err, ERROR_UNAVAILABLE, "the contact register: %s", mailbox.reason);
    *out = mailbox.outcome == REGISTER_FOUND;
    return true;
}

/* ---- settings ---- */

static bool wrong(struct error *err, const char *what)
{
    return error_set(err, ERROR_INVALID, "settings for Digital post: %s", what);
}

static bool is_organisation_number(const char *text)
{
    return strlen(text) == 9 && strspn(text, "0123456789") == 9;
}

static bool is_channel(const char *text)
{
    return strlen(text) <= DPI_MAX_CHANNEL &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               strlen(text);
}

static bool belongs_to(struct arena *arena, const struct crypto_key *key,
                       const struct x509_certificate *certificate)
{
    CLEANUP(crypto_key_close) struct crypto_key *public_key = NULL;
    struct bytes probe = BYTES_OF("do they belong together?"), signature;
    return x509_key(certificate, &public_key, NULL) &&
           crypto_sign_rs256(arena, key, probe, &signature, NULL) &&
           crypto_verify_rs256(public_key, probe, signature);
}

/* One clear line about what would only show when the first letter is refused. */
static bool check_signer(struct dpi *dpi, struct error *err)
{
    const struct dpi_settings *settings = &dpi->settings;
    struct x509_certificate *chain;
    size_t count;
    int64_t now = clock_now();
    if (!x509_read_pem(dpi->arena, settings->chain_pem, "dpi_certificate", &chain, &count, err))
        return false;
    if (!belongs_to(dpi->arena, dpi->key, &chain[0]))
        return wrong(err, "dpi_key and the first certificate of dpi_certificate do not belong "
                          "together");
    if (now < chain[0].valid_from || now > chain[0].expires)
        return wrong(err, now > chain[0].expires ? "dpi_certificate has expired"
                                                 : "dpi_certificate is not valid yet");
    if (!chain[0].may_sign)
        return wrong(err, "dpi_certificate is not for signing");
    if (!text_equal(chain[0].organisation, dpi->sender))
        return error_set(err, ERROR_INVALID,
                         "settings for Digital post: dpi_certificate is of organisation %s, but %s "
                         "sends (agency_number, or dpi_sender when another sends for it)",
                         *chain[0].organisation ? chain[0].organisation : "without a number",
                         dpi->sender);
    return true;
}

static bool check_settings(struct dpi *dpi, struct error *err)
{
    const struct dpi_settings *settings = &dpi->settings;
    if (text_is_empty(settings->base_url))
        return wrong(err, "dpi_url is not set");
    if (!is_channel(settings->channel))
        return wrong(err, "dpi_channel may have letters, digits, '_' and '-', at most 28");
    if (strlen(settings->agency_unit) > DPI_MAX_UNIT)
        return wrong(err, "dpi_sender_unit is too long");
    if (!is_organisation_number(settings->agency) || !is_organisation_number(dpi->sender))
        return wrong(err, "agency_number and dpi_sender must be organisation numbers");
    if (!settings->maskinporten)
        return wrong(err, "maskinporten_client is not set: there are no access tokens");
    if (!settings->krr)
        return wrong(err, "krr_url is not set: nobody knows who has which mailbox");
    return crypto_private_key_open(settings->private_key_pem, "dpi_key", &dpi->key, err) &&
           check_signer(dpi, err);
}

static const char *copy(struct arena *arena, const char *text)
{
    return arena_text(arena, text ? text : "");
}

bool dpi_open(const struct dpi_settings *settings, struct dpi **out, struct error *err)
{
    struct arena *arena = arena_open();
    CLEANUP(dpi_close) struct dpi *dpi = ARENA_NEW(arena, struct dpi);
    dpi->arena = arena;
    dpi->settings = *settings;
    dpi->settings.base_url = copy(arena, settings->base_url);
    dpi->settings.ca_file = arena_text(arena, settings->ca_file);
    dpi->settings.channel = copy(arena, settings->channel);
    dpi->settings.agency = copy(arena, settings->agency);
    dpi->settings.agency_unit = copy(arena, settings->agency_unit);
    dpi->settings.private_key_pem = arena_bytes(arena, settings->private_key_pem);
    dpi->settings.chain_pem = arena_bytes(arena, settings->chain_pem);
    dpi->sender =
        text_is_empty(settings->sender) ? dpi->settings.agency : copy(arena, settings->sender);
    dpi->destination = (struct fetch_destination){.base_url = dpi->settings.base_url,
                                                  .ca_file = dpi->settings.ca_file,
                                                  .allow_private = settings->allow_private};
    breaker_open(settings->rest_ms ? settings->rest_ms : BREAKER_REST_MS, &dpi->breaker);
    dpi->postbox = (struct postbox){
        .name = "dpi",
        .tells_by_receipt = true,
        .takes_ids_once = true,
        .self = dpi,
        .send = send,
        .status = status,
        .reaches = reaches,
    };
    if (!check_settings(dpi, err))
        return false;
    *out = dpi;
    dpi = NULL;
    return true;
}

void dpi_close(struct dpi **handle)
{
    struct dpi *dpi = *handle;
    if (!dpi)
        return;
    *handle = NULL;
    crypto_key_close(&dpi->key);
    breaker_close(&dpi->breaker);
    struct arena *arena = dpi->arena;
    arena_close(&arena); /* the handle itself lies in it */
}

const struct postbox *dpi_postbox(struct dpi *dpi)
{
    return &dpi->postbox;
}

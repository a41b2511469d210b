#include "engine/sandbox/sandbox_mailboxes.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_contacts.h"
#include "engine/sandbox/sandbox_envelope.h"
#include "engine/sandbox/sandbox_jws.h"
#include "engine/sandbox/sandbox_manifest.h"
#include "engine/sandbox/sandbox_sbd.h"
#include "engine/sandbox/sandbox_xades.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000, YEAR_S = 366 * 24 * 3600, RECEIPTS = 4 };

static bool find_provider(const char *number, enum sandbox_authority_who *out)
{
    *out = SANDBOX_AUTHORITY_DIGIPOST;
    if (text_equal(number, SANDBOX_AUTHORITY_DIGIPOST_NUMBER))
        return true;
    *out = SANDBOX_AUTHORITY_EBOKS;
    return text_equal(number, SANDBOX_AUTHORITY_EBOKS_NUMBER);
}

/* ---- one package, opened and judged ---- */

struct judging {
    struct sandbox_world *world;
    struct arena *arena;
    const struct sandbox_post_message *message;
    const struct sandbox_authority_pair *mailbox;
    struct sandbox_jws jws;
    struct sandbox_sbd sbd;
    struct bytes sealed;
    struct sandbox_package package;
    struct sandbox_manifest manifest;
    struct sandbox_post_letter letter;
};

static const char *read_jws(struct judging *judging)
{
    struct bytes text;
    struct error err;
    if (!sandbox_ledger_content(judging->world->ledger, judging->arena, judging->message->jws,
                                &text, &err) ||
        !sandbox_ledger_content(judging->world->ledger, judging->arena, judging->message->package,
                                &judging->sealed, &err))
        return arena_printf(judging->arena, "jws: %s", err.text);
    const char *wrong =
        sandbox_jws_read(judging->arena, arena_text_of(judging->arena, text), &judging->jws);
    if (wrong)
        return arena_printf(judging->arena, "jws: %s", wrong);
    sandbox_sbd_read(judging->arena, judging->jws.payload, &judging->sbd);
    return NULL;
}

/* The supplier's or the consumer's business certificate, as the token has it. */
static const char *check_signer(struct judging *judging, struct bytes certificate,
                                const struct bytes *others, size_t count, const char *rule)
{
    char *number;
    const char *why;
    if (!sandbox_authority_knows(judging->world->authority, judging->arena, certificate, others,
                                 count, clock_now(), &number, &why))
        return arena_printf(judging->arena, "%scertificate: %s", rule, why);
    if (!text_equal(number, judging->message->sender))
        return arena_printf(judging->arena, "%ssigner: %s has signed, not %s", rule, number,
                            judging->message->sender);
    return NULL;
}

static const char *check_jws(struct judging *judging)
{
    struct bytes certificate;
    const char *wrong = sandbox_jws_check(judging->arena, &judging->jws, &certificate);
    if (wrong)
        return arena_printf(judging->arena, "jws: %s", wrong);
    return check_signer(judging, certificate, NULL, 0, "");
}

static const char *check_message(struct judging *judging)
{
    const char *wrong = sandbox_sbd_check(judging->arena, judging->jws.payload);
    if (wrong)
        return arena_printf(judging->arena, "schema: %s", wrong);
    if (!text_equal(judging->sbd.sender, judging->message->sender))
        return "sender: the SBDH's sender is not who has signed";
    sandbox_sbd_describe(judging->arena, judging->jws.payload, &judging->letter);
    judging->letter.person = sandbox_contacts_at(judging->message->provider, judging->sbd.mailbox);
    if (!judging->letter.person)
        return "recipient: nobody here has that postkasseadresse";
    if (judging->letter.visible_from > clock_now() + YEAR_S)
        return "visible-from: more than a year ahead";
    return NULL;
}

static const char *check_digest(struct judging *judging)
{
    struct crypto_sha256 digest = crypto_sha256(judging->sealed);
    const char *is =
        codec_base64(judging->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    return text_equal(judging->sbd.digest, is) ? NULL : "digest: the package is another";
}

static const char *open_package(struct judging *judging)
{
    struct bytes zip;
    const char *wrong =
        sandbox_envelope_open(judging->arena, judging->sealed, judging->mailbox->key_pem,
                              judging->mailbox->certificate, &zip);
    return wrong ? wrong : sandbox_package_open(judging->arena, zip, &judging->package);
}

static const char *check_manifest(struct judging *judging)
{
    const struct sandbox_sbd *sbd = &judging->sbd;
    const char *wrong = sandbox_manifest_read(judging->arena, &judging->package,
                                              judging->world->schemas, &judging->manifest);
    if (wrong)
        return wrong;
    const char *sender = arena_printf(judging->arena, "0192:%s", judging->message->consumer);
    if (!text_equal(judging->manifest.sender, sender) ||
        !text_equal(judging->manifest.sender_identifier, sbd->sender_identifier))
        return "manifest-sender: not the message's avsender";
    return text_equal(judging->manifest.mailbox, sbd->mailbox)
               ? NULL
               : "manifest-recipient: not the message's postkasseadresse";
}

static const char *check_signature(struct judging *judging)
{
    struct sandbox_xades_signer signer;
    const char *wrong = sandbox_xades_check(judging->arena, &judging->package, &judging->manifest,
                                            judging->world->schemas, clock_now(), &signer);
    return wrong ? wrong
                 : check_signer(judging, signer.certificate, signer.others, signer.other_count,
                                "xades-");
}

/* The documents' bytes go where the ledger keeps such. */
static const char *keep_documents(struct judging *judging)
{
    struct sandbox_post_letter *letter = &judging->letter;
    letter->documents = judging->manifest.documents;
    letter->document_count = judging->manifest.document_count;
    if (judging->message->fault != SANDBOX_FAULT_LINK_DROPPED)
        letter->link = judging->manifest.link;
    for (size_t i = 0; i < letter->document_count; i++) {
        struct error err;
        char *sha256;
        const struct sandbox_package_file *file =
            sandbox_package_find(&judging->package, letter->documents[i].file_name);
        if (!sandbox_ledger_keep(judging->world->ledger, judging->arena, file->content, &sha256,
                                 &err))
            return arena_printf(judging->arena, "disk: %s", err.text);
        letter->documents[i].sha256 = sha256;
    }
    return NULL;
}

/* NULL: it is a letter. */
static const char *judge(struct judging *judging)
{
    static const char *(*const steps[])(struct judging *) = {
        read_jws,     check_jws,      check_message,   check_digest,
        open_package, check_manifest, check_signature, keep_documents};
    const char *wrong = NULL;
    for (size_t i = 0; !wrong && i < COUNT(steps); i++)
        wrong = steps[i](judging);
    return wrong;
}

/* ---- receipts ---- */

/* Receipts on their way to the ledger. */
struct outgoing {
    struct sandbox_world *world;
    struct arena *arena;
    const struct sandbox_post_message *message;
    int64_t now_ms;
    struct sandbox_post_receipt receipts[RECEIPTS];
    size_t count;
};

static void close_key(struct crypto_key **key)
{
    crypto_key_close(key);
}

/* Takes the document over. NULL: our own keys fail. */
static char *sign(struct outgoing *out, json_t *document)
{
    struct sandbox_world *world = out->world;
    enum sandbox_authority_who who;
    const struct sandbox_authority_pair *pair;
    CLEANUP(close_key) struct crypto_key *key = NULL;
    if (!find_provider(out->message->provider, &who) ||
        !sandbox_authority_find(world->authority, who, &pair, NULL) ||
        !crypto_private_key_open(pair->key_pem, "mailbox", &key, NULL)) {
        json_decref(document);
        return NULL;
    }
    bool stranger = out->message->fault == SANDBOX_FAULT_RECEIPT_STRANGER;
    struct bytes certificate =
        stranger ? sandbox_authority_der(out->arena, BYTES_OF(world->certificate_pem))
                 : pair->certificate;
    char *jws = sandbox_jws_write(out->arena, document, stranger ? world->key : key, certificate);
    if (jws && out->message->fault == SANDBOX_FAULT_RECEIPT_SIGNATURE) {
        char *first = strrchr(jws, '.') + 1;
        *first = *first == 'A' ? 'B' : 'A';
    }
    return jws;
}

/* more: members for the body, taken over; NULL: none. */
static void add_receipt(struct outgoing *out, const struct sandbox_post_message *about,
                        const char *kind, json_t *more)
{
    enum sandbox_fault fault = out->message->fault;
    const char *id = crypto_uuid(out->arena);
    json_t *document = sandbox_sbd_receipt(out->arena, about, kind, id, out->now_ms);
    json_object_update(sandbox_sbd_body(document, kind), more);
    json_decref(more);
    if (fault == SANDBOX_FAULT_RECEIPT_SCHEMA)
        json_object_set_new(sandbox_sbd_body(document, kind), "maskinportentoken",
                            json_string("eyJhbGciOiJSUzI1NiJ9.e30.c2FtcGxl"));
    char *jws = sign(out, document);
    if (!jws || out->count == RECEIPTS || fault == SANDBOX_FAULT_RECEIPT_LOST)
        return;
    bool late = fault == SANDBOX_FAULT_RECEIPT_LATE, twice = fault == SANDBOX_FAULT_RECEIPT_TWICE;
    out->receipts[out->count++] = (struct sandbox_post_receipt){
        .id = id,
        .kind = kind,
        .jws = jws,
        .from_ms = out->now_ms + (late ? HOUR_MS : 0),
        .left = twice ? 2 : 1,
    };
}

static void add_delivered(struct outgoing *out, const struct sandbox_post_letter *letter)
{
    enum sandbox_fault fault = out->message->fault;
    struct sandbox_post_message other = *out->message;
    other.conversation_id = crypto_uuid(out->arena);
    if (fault == SANDBOX_FAULT_RECEIPT_UNKNOWN)
        add_receipt(out, &other, "leveringskvittering", NULL);
    if (fault == SANDBOX_FAULT_RECEIPT_ORDER && letter->wants_receipt)
        add_receipt(out, out->message, "aapningskvittering", NULL);
    add_receipt(out, out->message, "leveringskvittering", NULL);
    bool sms = fault == SANDBOX_FAULT_NO_SMS;
    if (sms || fault == SANDBOX_FAULT_NO_EMAIL)
        add_receipt(out, out->message, "varslingfeiletkvittering",
                    json_pack("{s:s, s:s}", "varslingskanal", sms ? "sms" : "epost", "beskrivelse",
                              "Varselet kunne ikke leveres"));
}

static void add_failure(struct outgoing *out, const char *type, const char *details)
{
    add_receipt(out, out->message, "feil",
                json_pack("{s:s, s:s}", "feiltype", type, "detaljer", details));
}

/* ---- one message ---- */

static void take_verdict(struct judging *judging, struct outgoing *out,
                         struct sandbox_post_message *verdict)
{
    enum sandbox_authority_who who;
    if (judging->message->fault == SANDBOX_FAULT_NOT_SENT) {
        verdict->failure = "The recipient's access point does not answer";
    } else if (!find_provider(judging->message->provider, &who)) {
        verdict->failure = "No mailbox is registered with the receiver's number";
    } else if (judging->message->fault == SANDBOX_FAULT_MAILBOX_BROKEN) {
        verdict->refusal = "server: the mailbox is out of order";
        add_failure(out, "SERVER", "Intern feil hos postkassen");
    } else if (!sandbox_authority_find(judging->world->authority, who, &judging->mailbox, NULL)) {
        verdict->failure = "The mailbox has no key";
    } else if ((verdict->refusal = judge(judging))) {
        add_failure(out, "KLIENT", verdict->refusal);
    } else {
        verdict->letter = &judging->letter;
        add_delivered(out, verdict->letter);
    }
}

static bool settle(struct sandbox_world *world, const struct sandbox_post_message *message,
                   struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct judging judging = {.world = world, .arena = arena, .message = message};
    struct outgoing out = {.world = world,
                           .arena = arena,
                           .message = message,
                           .now_ms = sandbox_mail_now_ms(world->mail)};
    struct sandbox_post_message verdict = {0};
    take_verdict(&judging, &out, &verdict);
    bool ok = sandbox_post_settle(world->post, message, &verdict, out.receipts, out.count, err);
    sandbox_jws_close(&judging.jws);
    return ok;
}

void sandbox_mailboxes_settle(struct sandbox_world *world)
{
    size_t count;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    while (world->settled < count && messages[world->settled]->is_settled)
        world->settled++;
    int64_t now = sandbox_mail_now_ms(world->mail);
    struct error err;
    for (size_t i = world->settled; i < count; i++)
        if (!messages[i]->is_settled && messages[i]->sent_at_ms <= now &&
            !settle(world, messages[i], &err)) {
            log_error("sandbox_mailbox", &err);
            return;
        }
}

/* ---- the citizen ---- */

bool sandbox_mailboxes_shows(const struct sandbox_world *world,
                             const struct sandbox_post_message *message)
{
    return message->letter &&
           message->letter->visible_from * 1000 <= sandbox_mail_now_ms(world->mail);
}

bool sandbox_mailboxes_open(struct sandbox_world *world, int64_t number, struct error *err)
{
    const struct sandbox_post_message *message = sandbox_post_find_number(world->post, number);
    if (!message || !sandbox_mailboxes_shows(world, message))
        return error_set(err, ERROR_MISSING, "there is no such letter to open");
    if (message->opened_at_ms)
        return true;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outgoing out = {.world = world,
                           .arena = arena,
                           .message = message,
                           .now_ms = sandbox_mail_now_ms(world->mail)};
    if (message->letter->wants_receipt)
        add_receipt(&out, message, "aapningskvittering", NULL);
    return sandbox_post_opened(world->post, message, out.now_ms, out.receipts, out.count, err);
}

#include "engine/open/open_look.h"

#include "engine/base/clock.h"
#include "engine/base/cms_envelope.h"
#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "engine/open/open_package.h"

#include <string.h>

/* ---- the standard business document ---- */

static const char *time_text(struct open_report *report, int64_t at)
{
    return clock_iso_oslo(report->arena, at);
}

static const char *days_text(struct open_report *report, const struct sbd_notice *notice)
{
    const char *text = "";
    for (size_t i = 0; i < notice->repeat_count; i++)
        text = arena_printf(report->arena, "%s%s%d", text, i ? ", " : "", notice->repeat_days[i]);
    return text;
}

static const char *base64_text(struct open_report *report, const struct crypto_sha256 *digest)
{
    return codec_base64(report->arena, (struct bytes){digest->bytes, sizeof digest->bytes});
}

static void tell_letter(struct open_report *report, const struct sbd_digital *letter)
{
    open_fact(report, "a letter, message %s, conversation %s, written %s", letter->message_id,
              letter->conversation_id, time_text(report, letter->created_at));
    open_fact(report, "from agency: %s%s%s", letter->agency, letter->agency_unit ? ", unit " : "",
              letter->agency_unit ? letter->agency_unit : "");
    if (letter->invoice)
        open_fact(report, "invoice reference: %s", letter->invoice);
    open_fact(report, "sent by: %s, to the mailbox provider %s", letter->sender, letter->receiver);
    open_fact(report, "to mailbox: %s", letter->mailbox);
    open_fact(report, "title: \"%s\", language %s, security level %d", letter->title,
              letter->language, letter->level);
    if (letter->visible_from)
        open_fact(report, "visible from: %s", time_text(report, letter->visible_from));
    if (letter->wants_opening_receipt)
        open_fact(report, "it asks for a receipt when it is opened");
    if (letter->email.address)
        open_fact(report, "e-mail after days %s: \"%s\"", days_text(report, &letter->email),
                  letter->email.text);
    if (letter->sms.address)
        open_fact(report, "SMS after days %s: \"%s\"", days_text(report, &letter->sms),
                  letter->sms.text);
    open_fact(report, "its package has the SHA-256 %s", base64_text(report, &letter->package));
}

static const char *meaning_of(const struct sbd_receipt *receipt)
{
    switch (receipt->type) {
    case SBD_DELIVERED:
        return "the mailbox guarantees that the letter is delivered";
    case SBD_OPENED:
        return "the letter was opened";
    case SBD_RECEIVED:
        return "the letter is taken in, to be printed";
    case SBD_RETURNED:
        return "the printed letter came back";
    case SBD_NOTICE_FAILED:
        return "a notification failed; the letter itself may be delivered";
    case SBD_ERROR:
        return receipt->is_our_fault ? "the letter is refused, by the sender's fault"
                                     : "the letter failed, by the provider's fault";
    case SBD_DIGITAL:
        break;
    }
    return "";
}

static void tell_receipt(struct open_report *report, const struct sbd_receipt *receipt)
{
    open_fact(report, "a receipt (%s), message %s, conversation %s, written %s",
              sbd_type_name(receipt->type), receipt->message_id, receipt->conversation_id,
              time_text(report, receipt->created_at));
    open_fact(report, "%s", meaning_of(receipt));
    open_fact(report, "happened at: %s", time_text(report, receipt->happened_at));
    open_fact(report, "from: %s, to %s, about a letter of the agency %s", receipt->sender,
              receipt->receiver, receipt->agency);
    if (*receipt->channel)
        open_fact(report, "channel: %s", receipt->channel);
    if (*receipt->description)
        open_fact(report, "in their words: \"%s\"", receipt->description);
}

/* The organisation that it says it is from; "" when it cannot be read. */
static const char *look_at_document(struct open_report *report, struct bytes document,
                                    struct open_seen *seen)
{
    struct sbd_digital letter;
    struct sbd_receipt receipt;
    enum sbd_type type;
    struct error err;
    open_keep(report, "sbd.json", document);
    if (!sbd_check(document, &type, &err)) {
        open_wrong_error(report, "document", &err);
    } else if (type == SBD_DIGITAL && sbd_digital_parse(report->arena, document, &letter, &err)) {
        tell_letter(report, &letter);
        seen->has_letter = true;
        seen->letter = letter;
        return letter.sender;
    } else if (type != SBD_DIGITAL && sbd_receipt_parse(report->arena, document, &receipt, &err)) {
        tell_receipt(report, &receipt);
        return receipt.sender;
    } else {
        open_wrong_error(report, "document", &err);
    }
    return "";
}

/* ---- JWS ---- */

/* What a document says whose signature is not to be believed. */
static void look_at_unsigned(struct open_report *report, const char *token, struct open_seen *seen)
{
    char *text = arena_text(report->arena, token);
    char *second = strchr(text, '.'), *third = second ? strchr(second + 1, '.') : NULL;
    struct bytes payload;
    if (!third)
        return;
    *third = '\0';
    if (codec_unbase64url(report->arena, second + 1, &payload) && payload.size)
        look_at_document(report, payload, seen);
}

static void look_at_jws(struct open_report *report, const struct open_rules *rules,
                        const char *token, struct open_seen *seen)
{
    struct jws_document document;
    struct error err;
    open_fact(report, "a signed document (JWS)");
    if (!jws_read_document(report->arena, token, SBD_MAX_BYTES, &document, &err)) {
        open_wrong_error(report, "signature", &err);
        look_at_unsigned(report, token, seen);
        return;
    }
    if (document.count != 1)
        open_warn(report, "signature", "x5c has %zu certificates, where one is usual",
                  document.count);
    open_signer_tell(report, "signature", rules, document.chain, document.count);
    const char *sender = look_at_document(report, document.payload, seen);
    if (*sender && !text_equal(sender, document.chain[0].organisation))
        open_wrong(report, "signature", "signed by another organisation than the sender, %s",
                   sender);
}

/* ---- CMS ---- */

static void look_at_envelope(struct open_report *report, const struct open_rules *rules,
                             struct bytes file, struct open_seen *seen)
{
    struct cms_envelope facts;
    struct bytes plain;
    struct error err;
    seen->has_envelope = true;
    seen->envelope = crypto_sha256(file);
    open_fact(report, "an encrypted package (CMS), %zu bytes, SHA-256 %s", file.size,
              base64_text(report, &seen->envelope));
    bool opened = cms_envelope_open(report->arena, file, rules->key_pem, &facts, &plain, &err);
    if (*facts.serial)
        open_fact(report, "encrypted for: certificate %s by %s", facts.serial, facts.issuer);
    if (*facts.oaep_digest &&
        !(text_equal(facts.oaep_digest, "SHA256") && text_equal(facts.mask_digest, "SHA256")))
        open_warn(report, "envelope",
                  "its key is sent with OAEP and %s, MGF1 and %s, where clients use SHA256",
                  facts.oaep_digest, facts.mask_digest);
    if (!opened && !rules->key_pem.size)
        open_wrong(report, "envelope", "it cannot be opened without a key: see --key");
    else if (!opened)
        open_wrong_error(report, "envelope", &err);
    else if (plain.size < 4 || memcmp(plain.data, "PK\x03\x04", 4) != 0)
        open_wrong(report, "envelope", "what is in it is no zip");
    else {
        seen->has_package = true;
        open_keep(report, "package.asice", plain);
        open_package(report, rules, plain, &seen->parties);
    }
}

/* ---- which it is ---- */

static bool begins(struct bytes file, const char *with)
{
    return file.size >= strlen(with) && memcmp(file.data, with, strlen(with)) == 0;
}

static struct bytes trimmed(struct bytes file)
{
    if (begins(file, "\xEF\xBB\xBF"))
        file = (struct bytes){file.data + 3, file.size - 3};
    while (file.size && strchr(" \t\r\n", file.data[0]) && file.data[0])
        file = (struct bytes){file.data + 1, file.size - 1};
    while (file.size && strchr(" \t\r\n", file.data[file.size - 1]) && file.data[file.size - 1])
        file.size--;
    return file;
}

static bool is_jws(struct bytes text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.')
            return false;
        dots += c == '.';
    }
    return dots == 2;
}

void open_look(struct open_report *report, const struct open_rules *rules, struct bytes file,
               struct open_seen *seen)
{
    struct bytes text = trimmed(file);
    if (begins(file, "PK\x03\x04") || begins(file, "PK\x05\x06")) {
        seen->has_package = true;
        open_package(report, rules, file, &seen->parties);
    } else if (begins(file, "%PDF-")) {
        open_wrong(report, "file", "this is a PDF: `skjema verify` reads our receipts");
    } else if (file.size && file.data[0] == 0x30 && !is_jws(text)) {
        look_at_envelope(report, rules, file, seen);
    } else if (text.size && text.data[0] == '{') {
        open_fact(report, "a standard business document (JSON)");
        open_warn(report, "document", "nothing signs it: it is not in a JWS");
        look_at_document(report, text, seen);
    } else if (is_jws(text)) {
        look_at_jws(report, rules, arena_text_of(report->arena, text), seen);
    } else if (begins(text, "-----BEGIN ")) {
        open_wrong(report, "file", "this is PEM: give what is in it, in DER form");
    } else {
        open_wrong(report, "file",
                   "it begins like nothing of Digital post: no CMS, zip, JWS or JSON");
    }
}

void open_compare(struct open_report *report, const struct open_seen *seen)
{
    if (seen->has_letter && seen->has_envelope &&
        memcmp(&seen->letter.package, &seen->envelope, sizeof seen->envelope) != 0)
        open_wrong(report, "letter and package",
                   "the package is not the one that the letter was signed with");
    if (!seen->has_letter || !seen->has_package)
        return;
    const char *agency = strchr(seen->parties.agency, ':');
    if (!agency || !text_equal(agency + 1, seen->letter.agency))
        open_wrong(report, "letter and package", "they name different agencies");
    if (!text_equal(seen->parties.mailbox, seen->letter.mailbox))
        open_wrong(report, "letter and package", "they name different mailboxes");
}

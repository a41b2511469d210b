#include "storage/postbox/sbd.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "storage/postbox/sbd_shape.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void close_json(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* ---- writing ---- */

/* NULL text: left out. One that is no UTF-8 becomes null, which no rule lets pass. */
static void put(json_t *object, const char *name, const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    if (text)
        json_object_set_new(object, name, value ? value : json_null());
}

static json_t *identifier_of(const char *organisation)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    json_t *identifier = json_object();
    put(identifier, "authority", "iso6523-actorid-upis");
    put(identifier, "value", arena_printf(arena, "0192:%s", organisation));
    return identifier;
}

static json_t *actors_of(const char *organisation)
{
    return json_pack("[{s:o}]", "identifier", identifier_of(organisation));
}

/* With milliseconds, as Digdir's client writes them. */
static const char *time_text(struct arena *arena, int64_t at)
{
    const char *text = clock_iso_oslo(arena, at);
    enum { BEFORE_ZONE = 19 };
    return arena_printf(arena, "%.*s.000%s", BEFORE_ZONE, text, text + BEFORE_ZONE);
}

static json_t *header_of(struct arena *arena, const struct sbd_digital *digital)
{
    json_t *identification = json_object(), *scope = json_object(), *header = json_object();
    put(identification, "standard",
        "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##"
        "urn:fdc:digdir.no:2020:innbyggerpost:schema:digital::1.0");
    put(identification, "typeVersion", "1.0");
    put(identification, "instanceIdentifier", digital->message_id);
    put(identification, "type", sbd_type_name(SBD_DIGITAL));
    put(identification, "creationDateAndTime", time_text(arena, digital->created_at));
    put(scope, "type", "ConversationId");
    put(scope, "instanceIdentifier", digital->conversation_id);
    put(scope, "identifier",
        "urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:digital:ver1.0");
    put(header, "headerVersion", "1.0");
    json_object_set_new(header, "sender", actors_of(digital->sender));
    json_object_set_new(header, "receiver", actors_of(digital->receiver));
    json_object_set_new(header, "documentIdentification", identification);
    json_object_set_new(header, "businessScope", json_pack("{s:[o]}", "scope", scope));
    return header;
}

static json_t *sender_of(const struct sbd_digital *digital)
{
    json_t *sender = json_pack("{s:o}", "virksomhetsidentifikator", identifier_of(digital->agency));
    put(sender, "avsenderidentifikator", digital->agency_unit);
    put(sender, "fakturaReferanse", digital->invoice);
    return sender;
}

static void put_notice(json_t *notices, const char *name, const char *address_name,
                       const struct sbd_notice *notice)
{
    if (!notice->address)
        return;
    json_t *object = json_object(), *days = json_array();
    put(object, address_name, notice->address);
    put(object, "varslingstekst", notice->text);
    for (size_t i = 0; i < notice->repeat_count; i++)
        json_array_append_new(days, json_integer(notice->repeat_days[i]));
    json_object_set_new(object, "repetisjoner", days);
    json_object_set_new(notices, name, object);
}

static json_t *message_of(struct arena *arena, const struct sbd_digital *digital)
{
    json_t *message = json_object(), *mailbox = json_object(), *fingerprint = json_object(),
           *notices = json_object();
    json_object_set_new(message, "avsender", sender_of(digital));
    put(mailbox, "postkasseadresse", digital->mailbox);
    json_object_set_new(message, "mottaker", mailbox);
    put(fingerprint, "digestMethod", "http://www.w3.org/2001/04/xmlenc#sha256");
    put(fingerprint, "digestValue",
        codec_base64(arena, (struct bytes){digital->package.bytes, CRYPTO_SHA256_BYTES}));
    json_object_set_new(message, "dokumentpakkefingeravtrykk", fingerprint);
    put(message, "maskinportentoken", digital->token);
    json_object_set_new(message, "sikkerhetsnivaa", json_integer(digital->level));
    if (digital->visible_from)
        put(message, "virkningstidspunkt", time_text(arena, digital->visible_from));
    json_object_set_new(message, "aapningskvittering",
                        json_boolean(digital->wants_opening_receipt));
    put(message, "ikkesensitivtittel", digital->title);
    put(message, "spraak", digital->language);
    put_notice(notices, "epostvarsel", "epostadresse", &digital->email);
    put_notice(notices, "smsvarsel", "mobiltelefonnummer", &digital->sms);
    json_object_set_new(message, "varsler", notices);
    return message;
}

bool sbd_write(struct arena *arena, const struct sbd_digital *digital, struct bytes *out,
               struct error *err)
{
    CLEANUP(close_json)
    json_t *document = json_pack("{s:{s:o, s:o}}", "standardBusinessDocument",
                                 "standardBusinessDocumentHeader", header_of(arena, digital),
                                 sbd_type_name(SBD_DIGITAL), message_of(arena, digital));
    char *text = json_dumps(document, JSON_COMPACT);
    if (!text)
        abort(); /* only out of memory */
    struct bytes written = arena_bytes(arena, BYTES_OF(text));
    free(text);
    struct sbd_digital read; /* as who receives it does, by all the rules */
    if (!sbd_digital_parse(arena, written, &read, err))
        return false;
    *out = written;
    return true;
}

bool sbd_sign(struct arena *arena, struct bytes document, const struct crypto_key *key,
              struct bytes chain_pem, char **out, struct error *err)
{
    struct x509_certificate *chain;
    size_t count;
    char *jws;
    if (!x509_read_pem(arena, chain_pem, "the sender's certificate", &chain, &count, err))
        return false;
    const char *pem = x509_pem(arena, &chain[0]);
    struct jws_signer signer = {.key = key, .scheme = CRYPTO_RS256, .chain_pem = BYTES_OF(pem)};
    if (!jws_write_document(arena, document, &signer, &jws, err))
        return false;
    if (strlen(jws) > SBD_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "a document of more than %d bytes", SBD_MAX_BYTES);
    *out = jws;
    return true;
}

/* ---- reading; the shapes have been checked, so that what is asked for is there ---- */

static const char *text_at(struct arena *arena, const json_t *object, const char *name)
{
    return arena_text(arena, json_string_value(json_object_get(object, name)));
}

static const char *lower(struct arena *arena, const char *uuid)
{
    return text_fold(arena, uuid);
}

static int64_t time_at(const json_t *object, const char *name)
{
    int64_t at = 0;
    const char *text = json_string_value(json_object_get(object, name));
    return text && clock_parse_iso(text, &at) ? at : 0;
}

/* What follows "0192:". */
static const char *number_of(struct arena *arena, const json_t *identifier)
{
    const char *value = text_at(arena, identifier, "value");
    return strchr(value, ':') + 1;
}

static const char *actor_at(struct arena *arena, const json_t *header, const char *name)
{
    const json_t *actor = json_array_get(json_object_get(header, name), 0);
    return number_of(arena, json_object_get(actor, "identifier"));
}

static const char *agency_of(struct arena *arena, const json_t *message)
{
    return number_of(
        arena, json_object_get(json_object_get(message, "avsender"), "virksomhetsidentifikator"));
}

/* The one scope that names a conversation, or NULL. */
static const char *conversation_of(struct arena *arena, const json_t *header)
{
    const json_t *scopes = json_object_get(json_object_get(header, "businessScope"), "scope");
    const char *found = NULL;
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const json_t *scope = json_array_get(scopes, i);
        const char *type = json_string_value(json_object_get(scope, "type"));
        const char *id = text_at(arena, scope, "instanceIdentifier");
        if (!text_equal(type, "ConversationId"))
            continue;
        if (found || !id)
            return NULL;
        found = id;
    }
    return found ? lower(arena, found) : NULL;
}

struct sbd_heading {
    const char *message_id, *conversation_id, *sender, *receiver;
    int64_t created_at;
};

static bool read_heading(struct arena *arena, const json_t *header, struct sbd_heading *out,
                         struct error *err)
{
    const json_t *identification = json_object_get(header, "documentIdentification");
    const char *conversation_id = conversation_of(arena, header);
    if (!conversation_id)
        return error_set(err, ERROR_INVALID,
                         "a document whose businessScope does not name one conversation");
    *out = (struct sbd_heading){
        .message_id = lower(arena, text_at(arena, identification, "instanceIdentifier")),
        .conversation_id = conversation_id,
        .sender = actor_at(arena, header, "sender"),
        .receiver = actor_at(arena, header, "receiver"),
        .created_at = time_at(identification, "creationDateAndTime"),
    };
    return true;
}

static json_t *parse_json(struct bytes document, struct error *err)
{
    json_t *json = NULL;
    if (document.size <= SBD_MAX_BYTES)
        json = json_loadb((const char *)document.data, document.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        error_set(err, ERROR_INVALID, "a document that is not JSON");
    return json;
}

bool sbd_check(struct bytes document, enum sbd_type *out, struct error *err)
{
    CLEANUP(close_json) json_t *json = parse_json(document, err);
    struct sbd_parts parts;
    if (!json || !sbd_shape_check(json, &parts, err))
        return false;
    *out = parts.type;
    return true;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void read_receipt(struct arena *arena, const struct sbd_parts *parts,
                         const struct sbd_heading *heading, struct sbd_receipt *out)
{
    const json_t *message = parts->message;
    const char *words = parts->type == SBD_ERROR ? "detaljer" : "beskrivelse";
    *out = (struct sbd_receipt){
        .type = parts->type,
        .message_id = heading->message_id,
        .conversation_id = heading->conversation_id,
        .sender = heading->sender,
        .receiver = heading->receiver,
        .agency = agency_of(arena, message),
        .created_at = heading->created_at,
        .happened_at = time_at(message, "tidspunkt"),
        .channel = or_empty(text_at(arena, message, "varslingskanal")),
        .description = or_empty(text_at(arena, message, words)),
        .is_our_fault = text_equal(text_at(arena, message, "feiltype"), "KLIENT"),
    };
}

bool sbd_receipt_parse(struct arena *arena, struct bytes document, struct sbd_receipt *out,
                       struct error *err)
{
    CLEANUP(close_json) json_t *json = parse_json(document, err);
    struct sbd_parts parts;
    struct sbd_heading heading;
    if (!json || !sbd_shape_check(json, &parts, err) ||
        !read_heading(arena, parts.header, &heading, err))
        return false;
    if (parts.type == SBD_DIGITAL)
        return error_set(err, ERROR_INVALID, "a letter where a receipt is expected");
    read_receipt(arena, &parts, &heading, out);
    return true;
}

bool sbd_receipt_read(struct arena *arena, const char *jws, const struct x509_trust *trust,
                      int64_t at, struct sbd_receipt *out, struct error *err)
{
    struct jws_document document;
    struct sbd_receipt receipt;
    if (!jws_read_document(arena, jws, SBD_MAX_BYTES, &document, err))
        return false;
    const struct x509_certificate *signer = &document.chain[0];
    if (!signer->may_sign)
        return error_set(err, ERROR_DENIED, "a receipt signed with a key that is not for signing");
    if (!x509_vouched(trust, signer, document.chain + 1, document.count - 1, at, err) ||
        !sbd_receipt_parse(arena, document.payload, &receipt, err))
        return false;
    if (!text_equal(signer->organisation, receipt.sender))
        return error_set(err, ERROR_DENIED,
                         "a receipt signed by another organisation than its sender");
    *out = receipt;
    return true;
}

static struct sbd_notice read_notice(struct arena *arena, const json_t *notice,
                                     const char *address_name)
{
    if (!notice)
        return (struct sbd_notice){.address = NULL};
    const json_t *list = json_object_get(notice, "repetisjoner");
    size_t count = json_array_size(list);
    int *days = ARENA_ARRAY(arena, count, int);
    for (size_t i = 0; i < count; i++)
        days[i] = (int)json_integer_value(json_array_get(list, i));
    return (struct sbd_notice){text_at(arena, notice, address_name),
                               text_at(arena, notice, "varslingstekst"), days, count};
}

static struct crypto_sha256 read_digest(struct arena *arena, const json_t *message)
{
    struct crypto_sha256 digest = {{0}};
    struct bytes bytes;
    const json_t *fingerprint = json_object_get(message, "dokumentpakkefingeravtrykk");
    if (codec_unbase64(arena, text_at(arena, fingerprint, "digestValue"), &bytes) &&
        bytes.size == sizeof digest.bytes)
        memcpy(digest.bytes, bytes.data, sizeof digest.bytes);
    return digest;
}

static void read_digital(struct arena *arena, const json_t *message,
                         const struct sbd_heading *heading, struct sbd_digital *out)
{
    const json_t *sender = json_object_get(message, "avsender");
    const json_t *notices = json_object_get(message, "varsler");
    *out = (struct sbd_digital){
        .message_id = heading->message_id,
        .conversation_id = heading->conversation_id,
        .created_at = heading->created_at,
        .sender = heading->sender,
        .receiver = heading->receiver,
        .agency = agency_of(arena, message),
        .agency_unit = text_at(arena, sender, "avsenderidentifikator"),
        .invoice = text_at(arena, sender, "fakturaReferanse"),
        .mailbox = text_at(arena, json_object_get(message, "mottaker"), "postkasseadresse"),
        .package = read_digest(arena, message),
        .token = text_at(arena, message, "maskinportentoken"),
        .level = (int)json_integer_value(json_object_get(message, "sikkerhetsnivaa")),
        .visible_from = time_at(message, "virkningstidspunkt"),
        .wants_opening_receipt = json_is_true(json_object_get(message, "aapningskvittering")),
        .title = text_at(arena, message, "ikkesensitivtittel"),
        .language = text_at(arena, message, "spraak"),
        .email = read_notice(arena, json_object_get(notices, "epostvarsel"), "epostadresse"),
        .sms = read_notice(arena, json_object_get(notices, "smsvarsel"), "mobiltelefonnummer"),
    };
}

bool sbd_digital_parse(struct arena *arena, struct bytes document, struct sbd_digital *out,
                       struct error *err)
{
    CLEANUP(close_json) json_t *json = parse_json(document, err);
    struct sbd_parts parts;
    struct sbd_heading heading;
    if (!json || !sbd_shape_check(json, &parts, err) ||
        !read_heading(arena, parts.header, &heading, err))
        return false;
    if (parts.type != SBD_DIGITAL)
        return error_set(err, ERROR_INVALID, "a document that is no letter");
    read_digital(arena, parts.message, &heading, out);
    return true;
}

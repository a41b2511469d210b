#include "engine/letter.h"

#include "engine/base/codec.h"
#include "storage/citizens.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

enum { OWN_LEVEL = 4, SHARE_LEVEL = 3 };

/* The payload is JSON; takes over the value. */
static struct bytes write_payload(struct arena *arena, json_t *payload)
{
    char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(payload);
    if (!text)
        abort(); /* out of memory, or text of ours that is not UTF-8 */
    struct bytes bytes = arena_bytes(arena, BYTES_OF(text));
    free(text);
    return bytes;
}

static json_t *write_link(const struct postbox_link *link)
{
    return json_pack("{s:s, s:s*, s:s*, s:I}", "url", link->url, "description", link->description,
                     "button", link->button, "deadline", (json_int_t)link->deadline);
}

/* NULL when there is none. */
static json_t *write_notice(const struct postbox_notice *notice)
{
    if (!notice->text)
        return NULL;
    json_t *days = json_array();
    for (size_t i = 0; i < notice->count; i++)
        json_array_append_new(days, json_integer(notice->repeat_days[i]));
    return json_pack("{s:s, s:o}", "text", notice->text, "days", days);
}

static struct bytes write_receipt(struct arena *arena, const struct letter_receipt *receipt)
{
    return write_payload(arena, json_pack("{s:i, s:s*, s:b, s:I, s:o*, s:o*, s:o*}", "level",
                                          receipt->security_level, "language", receipt->language,
                                          "opening_receipt", receipt->wants_opening_receipt,
                                          "visible_from", (json_int_t)receipt->visible_from,
                                          "email", write_notice(&receipt->email_notice), "sms",
                                          write_notice(&receipt->sms_notice), "link",
                                          receipt->link ? write_link(receipt->link) : NULL));
}

struct delivery letter_order_receipt(struct arena *arena, const struct letter_receipt *receipt)
{
    size_t count = receipt->attachment_count + 1;
    struct outbox_document *documents = ARENA_ARRAY(arena, count, struct outbox_document);
    documents[0] = (struct outbox_document){
        .uuid = crypto_uuid(arena),
        .subject = receipt->subject,
        .file_type = "pdf",
        .sha256 = crypto_sha256(receipt->pdf),
        .size_bytes = (int64_t)receipt->pdf.size,
        .content = receipt->is_supplement ? OUTBOX_OWN_BYTES : OUTBOX_RECEIPT_PDF,
        .bytes = receipt->pdf,
    };
    for (size_t i = 0; i < receipt->attachment_count; i++) {
        const struct letter_attachment *attachment = &receipt->attachments[i];
        documents[i + 1] = (struct outbox_document){
            .uuid = crypto_uuid(arena),
            .subject = attachment->subject,
            .file_type = attachment->file_type,
            .sha256 = attachment->sha256,
            .size_bytes = attachment->size_bytes,
            .content = OUTBOX_ATTACHMENT,
            .attachment_id = attachment->id,
        };
    }
    return (struct delivery){
        .kind = receipt->is_supplement ? OUTBOX_SUPPLEMENT : OUTBOX_RECEIPT,
        .citizen_id = receipt->submission->citizen_id,
        .submission_id = receipt->submission->id,
        .message_id = crypto_uuid(arena), /* Digital post takes nothing else */
        .payload = write_receipt(arena, receipt),
        .documents = documents,
        .document_count = count,
    };
}

struct delivery letter_order_share(struct arena *arena, const struct consent *consent,
                                   struct bytes pdf, const char *subject,
                                   const char *const *organisation_numbers, size_t count)
{
    json_t *organisations = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(organisations, json_string(organisation_numbers[i]));
    struct outbox_document *document = ARENA_NEW(arena, struct outbox_document);
    *document = (struct outbox_document){
        .uuid = consent->request_uuid,
        .subject = subject,
        .file_type = "pdf",
        .content = OUTBOX_OWN_BYTES,
        .bytes = pdf,
    };
    return (struct delivery){
        .kind = OUTBOX_SHARE_REQUEST,
        .citizen_id = consent->citizen_id,
        .consent_id = consent->id,
        .message_id = crypto_uuid(arena),
        .payload = write_payload(arena, json_pack("{s:i, s:s*, s:s, s:I, s:o}", "level",
                                                  SHARE_LEVEL, "language", consent->language,
                                                  "purpose", consent->purpose, "duration_s",
                                                  (json_int_t)consent->duration_seconds,
                                                  "organisations", organisations)),
        .documents = document,
        .document_count = 1,
    };
}

static struct outbox_document *own_document(struct arena *arena, const struct letter_own *own)
{
    struct outbox_document *document = ARENA_NEW(arena, struct outbox_document);
    *document = (struct outbox_document){
        .uuid = crypto_uuid(arena),
        .subject = own->subject,
        .file_type = "pdf",
        .content = OUTBOX_OWN_BYTES,
        .bytes = own->pdf,
    };
    return document;
}

struct delivery letter_order_evidence(struct arena *arena, const struct letter_own *own,
                                      const char *request_id, const struct postbox_link *link)
{
    json_t *payload = json_pack("{s:i, s:s*, s:o}", "level", OWN_LEVEL, "language", own->language,
                                "link", write_link(link));
    return (struct delivery){
        .kind = OUTBOX_EVIDENCE_REQUEST,
        .citizen_id = own->citizen_id,
        .evidence_request_id = request_id,
        .message_id = crypto_uuid(arena),
        .payload = write_payload(arena, payload),
        .documents = own_document(arena, own),
        .document_count = 1,
    };
}

struct delivery letter_order_certificate(struct arena *arena, const struct letter_own *own,
                                         const char *submission_id,
                                         const struct postbox_proof *proof)
{
    json_t *payload = json_pack(
        "{s:i, s:s*, s:{s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s*, s:s*}}", "level", OWN_LEVEL,
        "language", own->language, "proof", "authorizer", proof->authorizer, "title", proof->title,
        "issued_at", (json_int_t)proof->issued_at, "valid_from", (json_int_t)proof->valid_from,
        "valid_until", (json_int_t)proof->valid_until, "first_name", proof->first_name, "surname",
        proof->surname, "number_name", proof->number_name, "number", proof->number);
    return (struct delivery){
        .kind = OUTBOX_CERTIFICATE,
        .citizen_id = own->citizen_id,
        .submission_id = submission_id,
        .message_id = crypto_uuid(arena),
        .payload = write_payload(arena, payload),
        .documents = own_document(arena, own),
        .document_count = 1,
    };
}

struct delivery letter_order_about(struct arena *arena, enum outbox_kind kind,
                                   const struct letter_own *own, const char *submission_id,
                                   const struct postbox_link *link)
{
    int level = own->security_level ? own->security_level : OWN_LEVEL;
    json_t *payload = json_pack("{s:i, s:s*, s:o}", "level", level, "language", own->language,
                                "link", write_link(link));
    return (struct delivery){
        .kind = kind,
        .citizen_id = own->citizen_id,
        .submission_id = submission_id,
        .message_id = crypto_uuid(arena),
        .payload = write_payload(arena, payload),
        .documents = own_document(arena, own),
        .document_count = 1,
    };
}

struct delivery letter_order_stop(struct arena *arena, const struct consent *consent)
{
    return (struct delivery){
        .kind = OUTBOX_STOP_SHARING,
        .citizen_id = consent->citizen_id,
        .consent_id = consent->id,
        .message_id = crypto_uuid(arena),
        .payload = write_payload(arena, json_pack("{s:s}", "request", consent->request_uuid)),
    };
}

static bool read_documents(struct arena *arena, struct db *db, const struct delivery *delivery,
                           struct postbox_letter *letter, struct error *err)
{
    struct postbox_document *documents =
        ARENA_ARRAY(arena, delivery->document_count, struct postbox_document);
    for (size_t i = 0; i < delivery->document_count; i++) {
        const struct outbox_document *row = &delivery->documents[i];
        documents[i] = (struct postbox_document){
            .id = row->uuid, .title = row->subject, .file_type = row->file_type};
        if (!outbox_document_bytes(arena, db, delivery, i, &documents[i].content, err))
            return false;
    }
    letter->main = documents[0];
    letter->attachments = documents + 1;
    letter->attachment_count = delivery->document_count - 1;
    return true;
}

static const struct postbox_share_request *read_share(struct arena *arena, const json_t *payload)
{
    struct postbox_share_request *share = ARENA_NEW(arena, struct postbox_share_request);
    share->purpose = arena_text(arena, json_string_value(json_object_get(payload, "purpose")));
    share->duration_s = json_integer_value(json_object_get(payload, "duration_s"));
    const json_t *organisations = json_object_get(payload, "organisations");
    share->organisation_number_count = json_array_size(organisations);
    const char **numbers = ARENA_ARRAY(arena, share->organisation_number_count, const char *);
    for (size_t i = 0; i < share->organisation_number_count; i++)
        numbers[i] = arena_text(arena, json_string_value(json_array_get(organisations, i)));
    share->organisation_numbers = numbers;
    return share;
}

static const char *text_in(struct arena *arena, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? arena_text(arena, text) : NULL;
}

static int64_t number_in(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const struct postbox_link *read_link(struct arena *arena, const json_t *from)
{
    struct postbox_link *link = ARENA_NEW(arena, struct postbox_link);
    *link = (struct postbox_link){
        .url = text_in(arena, from, "url"),
        .description = text_in(arena, from, "description"),
        .button = text_in(arena, from, "button"),
        .deadline = number_in(from, "deadline"),
    };
    return link;
}

static const struct postbox_proof *read_proof(struct arena *arena, const json_t *from)
{
    struct postbox_proof *proof = ARENA_NEW(arena, struct postbox_proof);
    *proof = (struct postbox_proof){
        .authorizer = text_in(arena, from, "authorizer"),
        .title = text_in(arena, from, "title"),
        .issued_at = number_in(from, "issued_at"),
        .valid_from = number_in(from, "valid_from"),
        .valid_until = number_in(from, "valid_until"),
        .first_name = text_in(arena, from, "first_name"),
        .surname = text_in(arena, from, "surname"),
        .number_name = text_in(arena, from, "number_name"),
        .number = text_in(arena, from, "number"),
    };
    return proof;
}

static struct postbox_notice read_notice(struct arena *arena, const json_t *from)
{
    const json_t *days = json_object_get(from, "days");
    size_t count = json_array_size(days);
    int *repeat_days = ARENA_ARRAY(arena, count, int);
    for (size_t i = 0; i < count; i++)
        repeat_days[i] = (int)json_integer_value(json_array_get(days, i));
    return (struct postbox_notice){text_in(arena, from, "text"), repeat_days, count};
}

/* Without one the letter is kept as close as can be. */
static int read_level(const json_t *payload)
{
    int64_t level = number_in(payload, "level");
    return level ? (int)level : OWN_LEVEL;
}

/* How it goes; what the payload does not say is the usual. */
static void read_manner(struct arena *arena, const json_t *payload, struct postbox_letter *letter)
{
    const char *language = text_in(arena, payload, "language"); /* a form may have "nb-NO" */
    bool is_code = language && strlen(language) == 2;
    letter->language = is_code ? language : "nb";
    letter->level = read_level(payload);
    letter->wants_opening_receipt = json_is_true(json_object_get(payload, "opening_receipt"));
    letter->visible_from = number_in(payload, "visible_from");
    letter->email_notice = read_notice(arena, json_object_get(payload, "email"));
    letter->sms_notice = read_notice(arena, json_object_get(payload, "sms"));
}

bool letter_of_delivery(struct arena *arena, struct db *db, const struct delivery *delivery,
                        struct postbox_letter *out, struct error *err)
{
    if (!delivery->document_count)
        return error_set(err, ERROR_BROKEN, "a letter without a document in the outbox");
    json_t *payload = json_loadb((const char *)delivery->payload.data, delivery->payload.size,
                                 JSON_REJECT_DUPLICATES, NULL);
    if (!payload)
        return error_set(err, ERROR_BROKEN, "a payload in the outbox that is not JSON");
    struct postbox_letter letter = {
        .message_id = delivery->message_id,
        .recipient.pid = delivery->recipient_pid,
        .title = delivery->documents[0].subject,
    };
    read_manner(arena, payload, &letter);
    if (delivery->kind == OUTBOX_SHARE_REQUEST)
        letter.share = read_share(arena, payload);
    const json_t *link = json_object_get(payload, "link");
    if (link)
        letter.link = read_link(arena, link);
    if (delivery->kind == OUTBOX_CERTIFICATE)
        letter.proof = read_proof(arena, json_object_get(payload, "proof"));
    json_decref(payload);
    struct citizen citizen;
    if (!read_documents(arena, db, delivery, &letter, err) ||
        !citizens_read(arena, db, delivery->citizen_id, &citizen, err))
        return false;
    letter.recipient.name = citizen.name;
    *out = letter;
    return true;
}

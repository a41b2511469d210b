#include "storage/postbox/digipost_message.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "storage/postbox/writing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char api[] = "http://api.digipost.no/schema/v8";
static const char data_types[] = "http://api.digipost.no/schema/datatypes";

static struct writing begin_in(const char *root, const char *space)
{
    struct writing w = writing_begin();
    xmlTextWriterStartElementNS(w.xml, NULL, BAD_CAST root, BAD_CAST space);
    return w;
}

static struct writing begin(const char *root)
{
    return begin_in(root, api);
}

static void open_element(struct writing w, const char *name)
{
    xmlTextWriterStartElement(w.xml, BAD_CAST name);
}

static void close_element(struct writing w)
{
    xmlTextWriterEndElement(w.xml);
}

static void add(struct writing w, const char *name, const char *text)
{
    xmlTextWriterWriteElement(w.xml, BAD_CAST name, BAD_CAST text);
}

static void add_number(struct writing w, const char *name, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    add(w, name, text);
}

static void add_recipient(struct writing w, const struct postbox_recipient *recipient)
{
    if (recipient->pid)
        add(w, "personal-identification-number", recipient->pid);
    else
        add(w, "organisation-number", recipient->organisation_number);
}

static void open_data(struct writing w, const char *name)
{
    xmlTextWriterStartElementNS(w.xml, NULL, BAD_CAST name, BAD_CAST data_types);
}

static void add_share_request(struct writing w, const struct postbox_share_request *share)
{
    open_data(w, "share-documents-request");
    add_number(w, "max-share-duration-seconds", share->duration_s);
    add(w, "purpose", share->purpose);
    for (size_t i = 0; i < share->organisation_number_count; i++)
        add(w, "allowed-origin-organisation-numbers", share->organisation_numbers[i]);
    close_element(w);
}

static void add_link(struct writing w, const struct postbox_link *link)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_data(w, "externalLink");
    add(w, "url", link->url);
    if (link->deadline)
        add(w, "deadline", clock_iso_oslo(arena, link->deadline));
    if (link->description)
        add(w, "description", link->description);
    if (link->button)
        add(w, "button-text", link->button);
    close_element(w);
}

/* Times of a validity stand without a zone (Digipost API, 8). */
static void add_local_time(struct writing w, const char *name, int64_t at)
{
    struct clock_time time = clock_oslo(at);
    char text[80];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", time.year, time.month, time.day,
             time.hour, time.minute, time.second);
    add(w, name, text);
}

static void add_proof_parts(struct writing w, const struct postbox_proof *proof)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    add(w, "authorizer-name", proof->authorizer);
    add(w, "issued-time", clock_iso_oslo(arena, proof->issued_at));
    open_element(w, "valid-period");
    open_element(w, "period");
    add_local_time(w, "from", proof->valid_from);
    if (proof->valid_until)
        add_local_time(w, "to", proof->valid_until);
    close_element(w);
    close_element(w);
    open_element(w, "proof-holder");
    add(w, "firstname", proof->first_name);
    add(w, "surname", proof->surname);
    close_element(w);
    add(w, "title", proof->title);
    if (proof->number) {
        add(w, "proof-id-name", proof->number_name);
        add(w, "proof-id-value", proof->number);
    }
}

static void add_proof(struct writing w, const struct postbox_proof *proof)
{
    open_data(w, "proof");
    add_proof_parts(w, proof);
    close_element(w);
}

static void add_data_type(struct writing w, const struct postbox_letter *letter)
{
    if (!letter->share && !letter->link && !letter->proof)
        return;
    open_element(w, "data-type");
    if (letter->share)
        add_share_request(w, letter->share);
    else if (letter->link)
        add_link(w, letter->link);
    else
        add_proof(w, letter->proof);
    close_element(w);
}

/* In Digipost's own words: a text of ours takes a permission besides (Digipost API, 7.8), and so
 * does an e-mail, which the recipient gets as the account says. */
static void add_sms(struct writing w, const struct postbox_notice *notice)
{
    enum { HOURS_A_DAY = 24 };
    open_element(w, "sms-notification");
    for (size_t i = 0; i < notice->count; i++)
        add_number(w, "after-hours", (int64_t)notice->repeat_days[i] * HOURS_A_DAY);
    close_element(w);
}

/* The main document carries what concerns the whole letter: text message and data type. */
static void add_document(struct writing w, const struct postbox_letter *letter,
                         const struct postbox_document *document)
{
    bool main = document == &letter->main;
    open_element(w, main ? "primary-document" : "attachment");
    add(w, "uuid", document->id);
    add(w, "subject", document->title);
    add(w, "file-type", document->file_type);
    if (main && letter->sms_notice.text)
        add_sms(w, &letter->sms_notice);
    add(w, "authentication-level", letter->level > POSTBOX_LEAST_LEVEL ? "TWO_FACTOR" : "PASSWORD");
    add(w, "sensitivity-level", letter->sensitive ? "SENSITIVE" : "NORMAL");
    if (main)
        add_data_type(w, letter);
    close_element(w);
}

/* One that has passed meanwhile is refused (Digipost API, 7.1), and asks for nothing any more. */
static void add_delivery_time(struct writing w, const struct postbox_letter *letter)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    if (letter->visible_from > clock_now())
        add(w, "delivery-time", clock_iso_oslo(arena, letter->visible_from));
}

struct bytes digipost_message_write(struct arena *arena, int64_t sender_id,
                                    const struct postbox_letter *letter)
{
    struct writing w = begin("message");
    add(w, "message-id", letter->message_id);
    add_number(w, "sender-id", sender_id);
    open_element(w, "recipient");
    add_recipient(w, &letter->recipient);
    close_element(w);
    add_delivery_time(w, letter);
    add_document(w, letter, &letter->main);
    for (size_t i = 0; i < letter->attachment_count; i++)
        add_document(w, letter, &letter->attachments[i]);
    return writing_finish(w, arena);
}

struct bytes digipost_message_proof(struct arena *arena, const struct postbox_proof *proof)
{
    struct writing w = begin_in("proof", data_types);
    add_proof_parts(w, proof);
    return writing_finish(w, arena);
}

struct bytes digipost_message_identification(struct arena *arena,
                                             const struct postbox_recipient *recipient)
{
    struct writing w = begin("identification");
    add_recipient(w, recipient);
    return writing_finish(w, arena);
}

struct bytes digipost_message_stop_sharing(struct arena *arena, int64_t sender_id)
{
    struct writing w = begin("additional-data");
    open_element(w, "data-type");
    open_data(w, "share-documents-request-sharing-stopped");
    close_element(w);
    close_element(w);
    add_number(w, "sender-id", sender_id);
    return writing_finish(w, arena);
}

static void add_part(struct buf *body, const char *boundary, const char *name, const char *type,
                     struct bytes content)
{
    buf_printf(
        body,
        "--%s\r\nContent-Disposition: attachment; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
        boundary, name, type);
    buf_add(body, content);
    buf_add_text(body, "\r\n");
}

static void add_document_part(struct buf *body, const char *boundary,
                              const struct postbox_document *document)
{
    const char *type = arena_printf(body->arena, "application/%s", document->file_type);
    add_part(body, boundary, document->id, type, document->content);
}

/* Room for all, so that the letter is in memory once and not once for each doubling. */
static size_t size_of(struct bytes message, const struct postbox_letter *letter)
{
    enum { ROUND_EACH_PART = 400 };
    size_t size = message.size + letter->main.content.size + 3 * ROUND_EACH_PART;
    for (size_t i = 0; i < letter->attachment_count; i++)
        size += letter->attachments[i].content.size + ROUND_EACH_PART;
    return size;
}

struct bytes digipost_message_multipart(struct arena *arena, struct bytes message,
                                        const struct postbox_letter *letter, const char *boundary)
{
    struct buf body;
    buf_init(&body, arena);
    buf_reserve(&body, size_of(message, letter));
    add_part(&body, boundary, "message", "application/vnd.digipost-v8+xml; charset=UTF-8", message);
    add_document_part(&body, boundary, &letter->main);
    for (size_t i = 0; i < letter->attachment_count; i++)
        add_document_part(&body, boundary, &letter->attachments[i]);
    buf_printf(&body, "--%s--\r\n", boundary);
    return buf_bytes(&body);
}

static bool occurs(const char *boundary, struct bytes in)
{
    return in.size && memmem(in.data, in.size, boundary, strlen(boundary));
}

static bool occurs_somewhere(const char *boundary, struct bytes message,
                             const struct postbox_letter *letter)
{
    bool found = occurs(boundary, message) || occurs(boundary, letter->main.content);
    for (size_t i = 0; !found && i < letter->attachment_count; i++)
        found = occurs(boundary, letter->attachments[i].content);
    return found;
}

const char *digipost_message_boundary(struct arena *arena, struct bytes message,
                                      const struct postbox_letter *letter)
{
    for (int attempt = 0;; attempt++) {
        const char *seed = arena_printf(arena, "%s %d", letter->message_id, attempt);
        const char *digest = crypto_sha256_hex(arena, BYTES_OF(seed));
        const char *boundary = arena_printf(arena, "part-%.32s", digest);
        if (!occurs_somewhere(boundary, message, letter))
            return boundary;
    }
}

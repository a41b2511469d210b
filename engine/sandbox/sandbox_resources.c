#include "engine/sandbox/sandbox_resources.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- people (7.1) ---- */

/* Check digits of an identity number (Skatteetaten's rule: weights, modulus 11). */
static bool is_identity_number(const char *pid)
{
    static const int first[] = {3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
    static const int second[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    if (strlen(pid) != 11 || strspn(pid, "0123456789") != 11)
        return false;
    int a = 0, b = 0;
    for (size_t i = 0; i < COUNT(first); i++)
        a += first[i] * (pid[i] - '0');
    for (size_t i = 0; i < COUNT(second); i++)
        b += second[i] * (pid[i] - '0');
    return a % 11 == 0 && b % 11 == 0;
}

static const struct sandbox_person *person_at(struct arena *arena, const xmlNode *address)
{
    const char *name = sandbox_exchange_child_text(arena, address, "fullname");
    const char *line = sandbox_exchange_child_text(arena, address, "addressline1");
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    for (size_t i = 0; i < count; i++)
        if (text_equal(text_fold(arena, people[i].name), text_fold(arena, name)) &&
            text_equal(text_fold(arena, people[i].address), text_fold(arena, line)))
            return &people[i];
    return NULL;
}

const struct sandbox_person *sandbox_resources_person(struct sandbox_exchange *exchange,
                                                      const xmlNode *recipient, bool *invalid)
{
    *invalid = false;
    const char *pid =
        sandbox_exchange_child_text(exchange->arena, recipient, "personal-identification-number");
    if (pid) {
        *invalid = !is_identity_number(pid);
        return sandbox_people_find_pid(pid);
    }
    const xmlNode *address = xml_child(recipient, SANDBOX_SCHEMA_API, "name-and-address");
    return address ? person_at(exchange->arena, address) : NULL;
}

static void write_alias(struct sandbox_exchange *exchange, struct buf *xml,
                        const struct sandbox_person *person)
{
    const char *digest = crypto_sha256_hex(exchange->arena, BYTES_OF(person->pid));
    sandbox_exchange_element(xml, "person-alias",
                             arena_printf(exchange->arena, "%.18s#0SBX", digest));
}

static void write_result(struct sandbox_exchange *exchange, struct buf *xml, const xmlNode *asked)
{
    bool invalid;
    const struct sandbox_person *person = sandbox_resources_person(exchange, asked, &invalid);
    const char *alias =
        xml_attribute(exchange->arena, asked, NULL, "include-personalias-for-digipost-user");
    if (person && person->has_mailbox) {
        buf_add_text(xml, "<result>DIGIPOST</result>");
        if (text_equal(alias, "true") || text_equal(alias, "1"))
            write_alias(exchange, xml, person);
    } else if (person) {
        buf_add_text(xml, "<result>IDENTIFIED</result>");
        write_alias(exchange, xml, person);
    } else if (invalid) {
        buf_add_text(xml, "<result>INVALID</result><invalid-reason>"
                          "INVALID_PERSONAL_IDENTIFICATION_NUMBER</invalid-reason>");
    } else {
        buf_add_text(xml, "<result>UNIDENTIFIED</result>"
                          "<unidentified-reason>NOT_FOUND</unidentified-reason>");
    }
}

static bool identify(struct sandbox_exchange *exchange, const char *root, const char *inner)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    char *limit;
    if (!sandbox_exchange_read_xml(exchange, "identification", &doc, &limit))
        return false;
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, root);
    buf_printf(&xml, ">%s%s%s", inner ? "<" : "", inner ? inner : "", inner ? ">" : "");
    write_result(exchange, &xml, xmlDocGetRootElement(doc));
    buf_printf(&xml, "%s%s%s</%s>\n", inner ? "</" : "", inner ? inner : "", inner ? ">" : "",
               root);
    return sandbox_exchange_answer(exchange, 200, &xml);
}

bool sandbox_resources_identify(struct sandbox_exchange *exchange)
{
    return identify(exchange, "identification-result", NULL);
}

bool sandbox_resources_identify_with_key(struct sandbox_exchange *exchange)
{
    return identify(exchange, "identification-result-with-encryption-key", "identification-result");
}

/* ---- senders (7.2): whether unknown or not granted is not told ---- */

static int64_t asked_sender(const struct sandbox_exchange *exchange)
{
    if (exchange->in_path.sender)
        return exchange->in_path.sender;
    const char *organisation = request_query(exchange->request, "org_id");
    const struct sandbox_world *world = exchange->world;
    for (size_t i = 0; i < world->broker_count; i++)
        if (text_equal(world->brokers[i].organisation_number, organisation))
            return world->brokers[i].id;
    return 0;
}

static void write_features(const struct sandbox_exchange *exchange, struct buf *xml)
{
    buf_add_text(xml, "<supported-features>"
                      "<feature>no.digipost.feature.delivery.digipost</feature>");
    if (exchange->broker->may_print)
        buf_add_text(xml, "<feature>no.digipost.feature.delivery.digipost-with-print-fallback"
                          "</feature>");
    if (exchange->broker->may_direct_print)
        buf_add_text(xml, "<feature>no.digipost.feature.delivery.direct-to-print</feature>");
    buf_printf(xml,
               "<feature param=\"%zu\">no.digipost.feature.validation.digipost.file-size</feature>"
               "<feature param=\"pdf,png,jpg,jpeg,gif,xml\">"
               "no.digipost.feature.validation.digipost.allowed-file-types</feature>"
               "</supported-features>",
               exchange->world->max_file_bytes);
}

bool sandbox_resources_sender(struct sandbox_exchange *exchange)
{
    int64_t sender_id = asked_sender(exchange);
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "sender-information");
    if (sender_id && sandbox_exchange_is_granted(exchange->broker, sender_id)) {
        buf_printf(&xml, "><sender-id>%lld</sender-id><status>VALID_SENDER</status>",
                   (long long)sender_id);
        write_features(exchange, &xml);
    } else {
        buf_add_text(&xml, "><status>NO_INFO_AVAILABLE</status>");
    }
    buf_add_text(&xml, "</sender-information>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

/* ---- events (7.5) ---- */

struct asked_events {
    int64_t from, to, offset, max, sender;
};

static bool read_count(struct sandbox_exchange *exchange, const char *name, int64_t most,
                       int64_t *out)
{
    const char *text = request_query(exchange->request, name);
    if (text_is_empty(text) || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text) ||
        strtoll(text, NULL, 10) > most)
        return sandbox_exchange_refuse(exchange, 400, "INVALID_QUERY_PARAMETER",
                                       "%s must be a number.", name);
    *out = strtoll(text, NULL, 10);
    return true;
}

static bool read_time(struct sandbox_exchange *exchange, const char *name, int64_t *out)
{
    const char *text = request_query(exchange->request, name);
    if (text_is_empty(text))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_QUERY_PARAMETER", "%s is missing.",
                                       name);
    if (!clock_parse_iso(text, out))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_DATE",
                                       "%s must be a time with its zone.", name);
    return true;
}

static bool read_asked(struct sandbox_exchange *exchange, struct asked_events *asked)
{
    const char *organisation = request_query(exchange->request, "org");
    asked->sender = exchange->broker->id;
    if (!read_time(exchange, "from", &asked->from) || !read_time(exchange, "to", &asked->to) ||
        !read_count(exchange, "offset", 1000000, &asked->offset) ||
        !read_count(exchange, "maxResults", 1000, &asked->max))
        return false;
    if (asked->from > asked->to)
        return sandbox_exchange_refuse(exchange, 400, "INVALID_DATE_RANGE", "from is after to.");
    if (request_query(exchange->request, "sender"))
        return read_count(exchange, "sender", INT32_MAX, &asked->sender) &&
               sandbox_exchange_may_act_for(exchange, asked->sender);
    return !organisation || text_equal(organisation, exchange->broker->organisation_number) ||
           sandbox_exchange_refuse(exchange, 403, "UNKNOWN_SENDER", "No such organisation.");
}

/* Share events are filed on the broker, others on the sender. The interval's seconds count whole.
 */
static bool is_asked_for(const struct asked_events *asked, const struct sandbox_event *event)
{
    const struct sandbox_message *message = event->document->message;
    int64_t filed_on = text_starts_with(event->type, "SHARE_DOCUMENTS_REQUEST_")
                           ? message->broker_id
                           : message->sender_id;
    int64_t at = event->created_at_ms / 1000;
    return message->sender_id &&
           (filed_on == asked->sender || message->sender_id == asked->sender) &&
           at >= asked->from && at <= asked->to;
}

static void write_event(struct sandbox_exchange *exchange, struct buf *xml, const char *type,
                        const char *uuid, int64_t created_at_ms, int64_t document_created_at_ms)
{
    buf_add_text(xml, "<event");
    sandbox_exchange_attribute(xml, "uuid", uuid);
    sandbox_exchange_attribute(xml, "type", type);
    sandbox_exchange_attribute(xml, "created",
                               sandbox_exchange_time(exchange->arena, created_at_ms));
    sandbox_exchange_attribute(xml, "document-created",
                               sandbox_exchange_time(exchange->arena, document_created_at_ms));
    buf_add_text(xml, "/>");
}

bool sandbox_resources_events(struct sandbox_exchange *exchange)
{
    struct asked_events asked;
    if (!read_asked(exchange, &asked))
        return false;
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "document-events");
    buf_add_text(&xml, ">");
    if (exchange->fault == SANDBOX_FAULT_UNKNOWN_EVENT)
        write_event(exchange, &xml, "SOMETHING_NEW", "00000000-0000-4000-8000-000000000000",
                    asked.from * 1000, asked.from * 1000);
    size_t count;
    const struct sandbox_event *events = sandbox_mail_events(exchange->world->mail, &count);
    bool twice = exchange->fault == SANDBOX_FAULT_TWICE;
    for (size_t i = 0; i < (twice ? 2 * count : count) && asked.max > 0; i++) {
        const struct sandbox_event *event = &events[twice ? count - 1 - i / 2 : i];
        if (!is_asked_for(&asked, event) || asked.offset-- > 0)
            continue;
        write_event(exchange, &xml, event->type, event->document->uuid, event->created_at_ms,
                    event->document->message->created_at_ms);
        asked.max--;
    }
    buf_add_text(&xml, "</document-events>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

/* ---- status (7.6) ---- */

static void write_status(struct sandbox_exchange *exchange, struct buf *xml,
                         const struct sandbox_document *document)
{
    const struct sandbox_message *message = document->message;
    bool delivered = sandbox_mail_is_delivered(exchange->world->mail, message) ||
                     text_equal(message->channel, "PRINT");
    sandbox_exchange_attribute(xml, "uuid", document->uuid);
    buf_printf(xml, " sender-id=\"%lld\"", (long long)message->sender_id);
    sandbox_exchange_attribute(xml, "status", delivered ? "DELIVERED" : "NOT_DELIVERED");
    sandbox_exchange_attribute(xml, "created",
                               sandbox_exchange_time(exchange->arena, message->created_at_ms));
    if (delivered)
        sandbox_exchange_attribute(
            xml, "delivered", sandbox_exchange_time(exchange->arena, message->delivered_at_ms));
    if (document->wants_receipt)
        sandbox_exchange_attribute(xml, "read", document->opened_at_ms ? "Y" : "N");
    sandbox_exchange_attribute(xml, "channel", message->channel);
    sandbox_exchange_attribute(xml, "is-primary-document",
                               document->is_attachment ? "false" : "true");
    sandbox_exchange_attribute(xml, "content-hash",
                               sandbox_exchange_hash(exchange->arena, document->sha256));
    sandbox_exchange_attribute(xml, "content-hash-algorithm", "SHA256");
}

bool sandbox_resources_status(struct sandbox_exchange *exchange)
{
    if (!sandbox_exchange_may_act_for(exchange, exchange->in_path.sender))
        return false;
    const struct sandbox_document *document = sandbox_mail_find_document(
        exchange->world->mail, exchange->in_path.sender, exchange->in_path.uuid);
    if (!document)
        return sandbox_exchange_refuse(exchange, 404, "DOCUMENT_NOT_FOUND",
                                       "This sender has no such document.");
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "document-status");
    write_status(exchange, &xml, document);
    buf_add_text(&xml, ">");
    const struct sandbox_message *message = document->message;
    for (size_t i = 1; i < message->document_count && !document->is_attachment; i++) {
        buf_add_text(&xml, "<attachments");
        write_status(exchange, &xml, &message->documents[i]);
        buf_add_text(&xml, "/>");
    }
    buf_add_text(&xml, "</document-status>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

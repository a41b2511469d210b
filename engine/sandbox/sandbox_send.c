#include "engine/sandbox/sandbox_send.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox_multipart.h"
#include "engine/sandbox/sandbox_resources.h"

#include <stdlib.h>
#include <string.h>

/* A message on its way in. */
struct incoming {
    struct sandbox_exchange *exchange;
    struct sandbox_part *parts;
    size_t part_count;
    xmlDoc *doc;
    const xmlNode *root;       /* the <message>; NULL: there is none */
    const xmlNode **documents; /* the primary one first */
    size_t document_count;
    struct sandbox_schema_verdict verdict;
    bool print, direct_print; /* goes out on paper: as a fallback, or from the start */
    struct sandbox_message message;
};

static char *text_of(const struct incoming *in, const xmlNode *parent, const char *name)
{
    return sandbox_exchange_child_text(in->exchange->arena, parent, name);
}

static const xmlNode *child_of(const xmlNode *parent, const char *name)
{
    return parent ? xml_child(parent, SANDBOX_SCHEMA_API, name) : NULL;
}

/* ---- 10: the type; the parts and the XML are taken apart here, judged later ---- */

static struct sandbox_part *find_part(const struct incoming *in, const char *file_name)
{
    for (size_t i = 0; i < in->part_count; i++)
        if (text_equal(in->parts[i].file_name, file_name))
            return &in->parts[i];
    return NULL;
}

static void find_documents(struct incoming *in)
{
    in->documents = ARENA_ARRAY(in->exchange->arena, SANDBOX_MULTIPART_MAX_PARTS, const xmlNode *);
    const xmlNode *primary = child_of(in->root, "primary-document");
    if (primary)
        in->documents[in->document_count++] = primary;
    for (const xmlNode *at = child_of(in->root, "attachment");
         at && in->document_count < SANDBOX_MULTIPART_MAX_PARTS;
         at = xml_next(at, SANDBOX_SCHEMA_API, "attachment"))
        in->documents[in->document_count++] = at;
}

static bool read_body(struct incoming *in)
{
    struct sandbox_exchange *exchange = in->exchange;
    const struct request *request = exchange->request;
    if (!text_equal(request_content_type(request), SANDBOX_EXCHANGE_MULTIPART))
        return sandbox_exchange_refuse(exchange, 415, "ILLEGAL_CONTENT_TYPE",
                                       "The body must be %s.", SANDBOX_EXCHANGE_MULTIPART);
    struct error err;
    if (!sandbox_multipart_parse(exchange->arena, request_header(request, "Content-Type"),
                                 request->body, &in->parts, &in->part_count, &err))
        return sandbox_exchange_refuse(exchange, 400, "PROBLEM_WITH_REQUEST", "%s", err.text);
    const struct sandbox_part *message = find_part(in, "message");
    if (!message || !xml_parse(message->body, "message", &in->doc, &err))
        return true; /* told by check 12 or 13 */
    const xmlNode *root = xmlDocGetRootElement(in->doc);
    if (xml_is(root, SANDBOX_SCHEMA_API, "message")) {
        in->root = root;
        find_documents(in);
    }
    return true;
}

/* ---- 11: the sender ---- */

static bool check_sender(struct incoming *in)
{
    if (!in->root)
        return true;
    in->message.sender_id = sandbox_exchange_sender(in->exchange, in->root);
    return sandbox_exchange_may_act_for(in->exchange, in->message.sender_id);
}

/* ---- 12: the parts ---- */

static bool mismatch(struct incoming *in, const char *what)
{
    return sandbox_exchange_refuse(in->exchange, 400, "DOCUMENTS_AND_FILES_MISMATCH", "%s", what);
}

static bool is_document(const struct incoming *in, const char *file_name)
{
    for (size_t i = 0; i < in->document_count; i++)
        if (text_equal(text_of(in, in->documents[i], "uuid"), file_name))
            return true;
    return false;
}

static bool check_files(struct incoming *in)
{
    size_t messages = 0;
    for (size_t i = 0; i < in->part_count; i++) {
        messages += text_equal(in->parts[i].file_name, "message");
        for (size_t k = 0; k < i; k++)
            if (text_equal(in->parts[i].file_name, in->parts[k].file_name))
                return mismatch(in, "Two files with one name.");
        if (in->root && !text_equal(in->parts[i].file_name, "message") &&
            !is_document(in, in->parts[i].file_name))
            return mismatch(in, "A file without a document.");
    }
    if (messages != 1)
        return mismatch(in, "There must be one part with the file name \"message\".");
    for (size_t i = 0; i < in->document_count; i++)
        if (!find_part(in, text_of(in, in->documents[i], "uuid")))
            return mismatch(in, "A document without a file.");
    return true;
}

static bool check_parts(struct incoming *in)
{
    for (size_t i = 0; i < in->part_count; i++) {
        if (!in->parts[i].has_disposition)
            return sandbox_exchange_refuse(in->exchange, 400,
                                           "MISSING_BODYPART_CONTENT_DISPOSITION",
                                           "Part %zu is without Content-Disposition.", i + 1);
        if (text_is_empty(in->parts[i].file_name))
            return sandbox_exchange_refuse(in->exchange, 400, "MISSING_BODYPART_FILENAME",
                                           "Part %zu is without a file name.", i + 1);
    }
    return check_files(in);
}

/* ---- 13: the schema ---- */

static bool check_schema(struct incoming *in)
{
    if (!in->doc)
        return sandbox_exchange_refuse(in->exchange, 400, "SCHEMA_VALIDATION_ERROR",
                                       "The message is not well-formed XML.");
    sandbox_schema_check(in->exchange->world->schema, in->doc, "message", &in->verdict);
    return !*in->verdict.broken ||
           sandbox_exchange_refuse(in->exchange, 400, "SCHEMA_VALIDATION_ERROR", "%s",
                                   in->verdict.broken);
}

/* ---- 14: the recipient ---- */

static bool check_recipient(struct incoming *in)
{
    const xmlNode *recipient = child_of(in->root, "recipient");
    const xmlNode *who = xml_child(recipient, SANDBOX_SCHEMA_API, NULL);
    bool has_print = child_of(recipient, "print-details") != NULL;
    if (!who)
        return sandbox_exchange_refuse(in->exchange, 400, "MISSING_RECIPIENT",
                                       "The recipient is missing.");
    bool invalid;
    const struct sandbox_person *person =
        sandbox_resources_person(in->exchange, recipient, &invalid);
    in->message.person = person;
    in->message.channel = "DIGIPOST";
    in->message.status = "DELIVERED";
    if (person && person->has_mailbox)
        return true;
    in->direct_print = has_print && who == child_of(recipient, "print-details");
    in->print = has_print && !in->direct_print;
    if (has_print) {
        in->message.channel = "PRINT";
        in->message.status = "DELIVERED_TO_PRINT";
    } else if (person && child_of(in->root, "request-for-registration")) {
        in->message.channel = "PENDING";
        in->message.status = "NOT_COMPLETE";
    } else {
        return sandbox_exchange_refuse(in->exchange, 404, "UNKNOWN_RECIPIENT",
                                       "The recipient has no mailbox.");
    }
    return true;
}

/* ---- 15: subject, data types ---- */

static const xmlNode *data_of(const xmlNode *document, const char *name)
{
    const xmlNode *data_type = child_of(document, "data-type");
    return data_type ? xml_child(data_type, SANDBOX_SCHEMA_DATA, name) : NULL;
}

static bool is_web_address(const char *url)
{
    return text_starts_with(url, "https://") || text_starts_with(url, "http://");
}

static bool invalid(struct incoming *in, const char *what)
{
    return sandbox_exchange_refuse(in->exchange, 400, "VALIDATION_FAILED", "%s", what);
}

static bool check_data_type(struct incoming *in, const xmlNode *document)
{
    const xmlNode *link = data_of(document, "externalLink");
    if (link && !is_web_address(text_of(in, link, "url")))
        return invalid(in, "url must begin with http:// or https://.");
    const xmlNode *share = data_of(document, "share-documents-request");
    if (share && document != in->documents[0])
        return invalid(in, "share-documents-request belongs on the primary document.");
    if (share && strtoll(text_of(in, share, "max-share-duration-seconds"), NULL, 10) <= 0)
        return invalid(in, "max-share-duration-seconds must be more than 0.");
    if (data_of(document, "share-documents-request-sharing-stopped") ||
        data_of(document, "share-documents-request-documents-shared"))
        return invalid(in, "That data type is not sent with a message.");
    return true;
}

static bool check_documents(struct incoming *in)
{
    if (*in->verdict.limit)
        return invalid(in, in->verdict.limit);
    for (size_t i = 0; i < in->document_count; i++) {
        if (text_is_empty(text_of(in, in->documents[i], "subject")))
            return sandbox_exchange_refuse(in->exchange, 400, "MISSING_SUBJECT",
                                           "A document is without a subject.");
        if (!check_data_type(in, in->documents[i]))
            return false;
    }
    return true;
}

/* ---- 16, 17: the files ---- */

static bool is_type_allowed(const char *file_type)
{
    static const char *const allowed[] = {"pdf", "png", "jpg", "jpeg", "gif", "xml"};
    for (size_t i = 0; i < COUNT(allowed); i++)
        if (text_equal(allowed[i], file_type))
            return true;
    return false;
}

static bool is_pdf(struct bytes content)
{
    size_t end = content.size < 1024 ? content.size : 1024;
    return content.size > 8 && memcmp(content.data, "%PDF-", 5) == 0 &&
           memmem(content.data + content.size - end, end, "%%EOF", 5);
}

static bool check_file(struct incoming *in, const char *file_type, struct bytes content)
{
    struct sandbox_exchange *exchange = in->exchange;
    bool on_paper = in->print || in->direct_print;
    if (!is_type_allowed(file_type))
        return sandbox_exchange_refuse(exchange, 400, "ILLEGAL_CONTENT_TYPE",
                                       "Files of that type are not allowed.");
    if (content.size == 0)
        return sandbox_exchange_refuse(exchange, 400, "MISSING_CONTENT", "A file is empty.");
    if (content.size > exchange->world->max_file_bytes)
        return sandbox_exchange_refuse(exchange, 413, "FILE_TOO_LARGE",
                                       "A file is larger than %zu bytes.",
                                       exchange->world->max_file_bytes);
    if (text_equal(file_type, "pdf") && !is_pdf(content))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_PDF_CONTENT",
                                       "A file is not a PDF.");
    if (on_paper && !text_equal(file_type, "pdf"))
        return sandbox_exchange_refuse(exchange, 400, "CONTENT_OF_PRINT_MESSAGE_MUST_BE_PDF",
                                       "What is printed must be PDF.");
    return true;
}

static struct bytes file_of(const struct incoming *in, const xmlNode *document)
{
    return find_part(in, text_of(in, document, "uuid"))->body;
}

static bool check_contents(struct incoming *in)
{
    struct arena *arena = in->exchange->arena;
    for (size_t i = 0; i < in->document_count; i++)
        if (!check_file(in, text_fold(arena, text_of(in, in->documents[i], "file-type")),
                        file_of(in, in->documents[i])))
            return false;
    for (size_t i = 0; i < in->document_count; i++) {
        const char *given = text_of(in, in->documents[i], "content-hash");
        const char *is =
            sandbox_exchange_hash(arena, crypto_sha256_hex(arena, file_of(in, in->documents[i])));
        if (given && !text_equal(given, is))
            return sandbox_exchange_refuse(in->exchange, 400, "BAD_CONTENT",
                                           "content-hash is not the file's.");
    }
    return true;
}

/* ---- 18: what the broker may ---- */

static bool denied(struct incoming *in, const char *code, const char *what)
{
    return sandbox_exchange_refuse(in->exchange, 403, code, "%s", what);
}

static bool check_permissions(struct incoming *in)
{
    const struct sandbox_broker *broker = in->exchange->broker;
    for (size_t i = 0; i < in->document_count; i++) {
        const char *level = text_of(in, in->documents[i], "authentication-level");
        const xmlNode *sms = child_of(in->documents[i], "sms-notification");
        if (level && text_starts_with(level, "IDPORTEN_") && !broker->may_idporten)
            return denied(in, "NOT_APPROVED_FOR_IDPORTEN", "That level needs permission.");
        if ((child_of(sms, "overrides") || child_of(in->documents[i], "email-notification")) &&
            !broker->may_override_notifications)
            return denied(in, "NOTIFICATION_ADDRESSES_NOT_ALLOWED",
                          "Addresses for notifications need permission.");
    }
    if (in->print && !broker->may_print)
        return denied(in, "NOT_APPROVED_FOR_PRINT", "Print needs permission.");
    if (in->direct_print && !broker->may_direct_print)
        return denied(in, "NOT_APPROVED_FOR_DIRECT_PRINT", "Direct print needs permission.");
    if (child_of(in->root, "delivery-time") && !broker->may_delay)
        return denied(in, "ILLEGAL_ACCESS", "delivery-time needs permission.");
    return true;
}

/* ---- 19: times and addresses of notifications ---- */

/* xsd:dateTime may lack the zone; then it is Norwegian time, here read as UTC. */
static int64_t time_of(struct incoming *in, const char *text)
{
    int64_t at = 0;
    bool has_zone = clock_parse_iso(text, &at);
    return has_zone || clock_parse_iso(arena_printf(in->exchange->arena, "%sZ", text), &at) ? at
                                                                                            : 0;
}

static bool has_past_time(struct incoming *in, const xmlNode *notification)
{
    for (const xmlNode *at = child_of(notification, "at"); at;
         at = xml_next(at, SANDBOX_SCHEMA_API, "at")) {
        const char *time = xml_attribute(in->exchange->arena, at, NULL, "time");
        if (time && time_of(in, time) < clock_now())
            return true;
    }
    return false;
}

/* Eight digits, or a country code in front (7.7). */
static bool is_phone(const char *number)
{
    size_t prefix = strspn(number, "+");
    size_t digits = strspn(number + prefix, "0123456789 ");
    if (number[prefix + digits])
        return false;
    return prefix == 1 || text_starts_with(number, "00") || text_starts_with(number, "011") ||
           (prefix == 0 && digits == 8);
}

static bool is_email(const char *address)
{
    const char *at = strchr(address, '@');
    return at && at > address && strchr(at, '.') && strcspn(address, " \t\r\n") == strlen(address);
}

static bool check_sms(struct incoming *in, const xmlNode *sms)
{
    if (has_past_time(in, sms))
        return sandbox_exchange_refuse(in->exchange, 400, "INVALID_SMS_NOTIFICATION_TIME",
                                       "A time for SMS is past.");
    const xmlNode *overrides = child_of(sms, "overrides");
    if (overrides && !is_phone(text_of(in, overrides, "sms-mobile-number")))
        return sandbox_exchange_refuse(in->exchange, 400, "INVALID_PHONE_NUMBER",
                                       "That is not a phone number.");
    return true;
}

static bool check_email(struct incoming *in, const xmlNode *email)
{
    if (has_past_time(in, email))
        return sandbox_exchange_refuse(in->exchange, 400, "INVALID_EMAIL_NOTIFICATION_TIME",
                                       "A time for e-mail is past.");
    if (email && !is_email(text_of(in, email, "email-address")))
        return sandbox_exchange_refuse(in->exchange, 400, "INVALID_EMAIL_ADDRESS",
                                       "That is not an e-mail address.");
    return true;
}

static bool check_times(struct incoming *in)
{
    const char *delivery_time = text_of(in, in->root, "delivery-time");
    if (delivery_time && time_of(in, delivery_time) < clock_now())
        return sandbox_exchange_refuse(in->exchange, 400, "DELIVERY_DATE_HISTORICAL",
                                       "delivery-time is past.");
    for (size_t i = 0; i < in->document_count; i++)
        if (!check_sms(in, child_of(in->documents[i], "sms-notification")) ||
            !check_email(in, child_of(in->documents[i], "email-notification")))
            return false;
    const xmlNode *registration = child_of(in->root, "request-for-registration");
    const char *phone = registration ? text_of(in, registration, "phone-number") : NULL;
    return !phone || is_phone(phone) ||
           sandbox_exchange_refuse(in->exchange, 400, "INVALID_PHONE_NUMBER",
                                   "That is not a phone number.");
}

/* ---- 20, 21: again? ---- */

static bool duplicate(struct incoming *in, const struct sandbox_message *before)
{
    struct sandbox_exchange *exchange = in->exchange;
    struct sandbox_layout_values values = {.numbers = {before->number}};
    if (exchange->fault == SANDBOX_FAULT_DUPLICATE_LOCATION)
        response_header(
            exchange->response, "Location",
            arena_printf(exchange->arena, "%s%s", exchange->world->api_url,
                         sandbox_layout_path(exchange->arena, exchange->world->path_seed,
                                             SANDBOX_SEND_MESSAGE, &values)));
    const char *code = exchange->fault == SANDBOX_FAULT_DUPLICATE_DELIVERED
                           ? "DIGIPOST_MESSAGE_ALREADY_DELIVERED"
                           : "DUPLICATE_MESSAGE";
    return sandbox_exchange_refuse(exchange, 409, code,
                                   "A message with that id has been delivered.");
}

static bool check_duplicates(struct incoming *in)
{
    const struct sandbox_mail *mail = in->exchange->world->mail;
    if (in->exchange->world->takes_twice)
        return true;
    const struct sandbox_message *before =
        sandbox_mail_find_message(mail, in->message.sender_id, in->message.id);
    if (before)
        return duplicate(in, before);
    for (size_t i = 0; i < in->document_count; i++) {
        const char *uuid = text_of(in, in->documents[i], "uuid");
        bool twice = sandbox_mail_find_document(mail, in->message.sender_id, uuid) != NULL;
        for (size_t k = 0; k < i; k++)
            twice |= text_equal(uuid, text_of(in, in->documents[k], "uuid"));
        if (twice)
            return sandbox_exchange_refuse(in->exchange, 409, "DUPLICATE_DOCUMENT_ID",
                                           "The uuid %s has been used.", uuid);
    }
    return true;
}

/* ---- into the mailbox ---- */

static struct sandbox_share *read_share(struct incoming *in, const xmlNode *from)
{
    static const char origins[] = "allowed-origin-organisation-numbers";
    struct arena *arena = in->exchange->arena;
    struct sandbox_share *share = ARENA_NEW(arena, struct sandbox_share);
    share->max_seconds = strtoll(text_of(in, from, "max-share-duration-seconds"), NULL, 10);
    share->purpose = text_of(in, from, "purpose");
    const xmlNode *first = xml_child(from, SANDBOX_SCHEMA_DATA, origins);
    size_t count = 0;
    for (const xmlNode *at = first; at; at = xml_next(at, SANDBOX_SCHEMA_DATA, origins))
        count++;
    share->allowed = ARENA_ARRAY(arena, count, const char *);
    for (const xmlNode *at = first; at; at = xml_next(at, SANDBOX_SCHEMA_DATA, origins))
        share->allowed[share->allowed_count++] = text_trim(arena, xml_text(arena, at));
    return share;
}

static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

static bool read_document(struct incoming *in, const xmlNode *from, struct sandbox_document *out,
                          struct error *err)
{
    struct bytes content = file_of(in, from);
    char *sha256;
    if (!sandbox_ledger_keep(in->exchange->world->ledger, in->exchange->arena, content, &sha256,
                             err))
        return false;
    const xmlNode *share = data_of(from, "share-documents-request");
    const xmlNode *link = data_of(from, "externalLink");
    *out = (struct sandbox_document){
        .uuid = text_of(in, from, "uuid"),
        .subject = text_of(in, from, "subject"),
        .file_type = text_fold(in->exchange->arena, text_of(in, from, "file-type")),
        .sha256 = sha256,
        .size_bytes = content.size,
        .authentication_level = text_or(text_of(in, from, "authentication-level"), "PASSWORD"),
        .sensitivity_level = text_or(text_of(in, from, "sensitivity-level"), "NORMAL"),
        .link_url = link ? text_of(in, link, "url") : NULL,
        .link_text = link ? text_of(in, link, "button-text") : NULL,
        .wants_receipt = child_of(from, "opening-receipt") || data_of(from, "opening-receipt"),
        .share = share ? read_share(in, share) : NULL,
    };
    return true;
}

static bool deliver(struct incoming *in, const struct sandbox_message **out, struct error *err)
{
    const struct sandbox_broker *broker = in->exchange->broker;
    struct sandbox_message *message = &in->message;
    const char *delivery_time = text_of(in, in->root, "delivery-time");
    message->broker_id = broker->id;
    message->sender_name = broker->name;
    message->origin_number = broker->organisation_number;
    message->created_at_ms = clock_now_ms();
    message->delivered_at_ms =
        delivery_time ? time_of(in, delivery_time) * 1000 : message->created_at_ms;
    message->document_count = in->document_count;
    message->documents =
        ARENA_ARRAY(in->exchange->arena, in->document_count, struct sandbox_document);
    for (size_t i = 0; i < in->document_count; i++)
        if (!read_document(in, in->documents[i], &message->documents[i], err))
            return false;
    return sandbox_mail_deliver(in->exchange->world->mail, message, out, err);
}

/* ---- the answer ---- */

static void write_document(struct sandbox_exchange *exchange, struct buf *xml,
                           const struct sandbox_document *document)
{
    const char *element = document->is_attachment ? "attachment" : "primary-document";
    struct sandbox_layout_values values = {.numbers = {document->number}};
    buf_printf(xml, "<%s>", element);
    sandbox_exchange_element(xml, "uuid", document->uuid);
    sandbox_exchange_element(xml, "subject", document->subject);
    sandbox_exchange_element(xml, "file-type", document->file_type);
    sandbox_exchange_element(xml, "authentication-level", document->authentication_level);
    sandbox_exchange_element(xml, "sensitivity-level", document->sensitivity_level);
    buf_printf(xml, "<content-hash hash-algorithm=\"SHA256\">%s</content-hash>",
               sandbox_exchange_hash(exchange->arena, document->sha256));
    sandbox_exchange_link(exchange, xml, "add_data", SANDBOX_SEND_DATA, &values,
                          SANDBOX_EXCHANGE_XML);
    buf_printf(xml, "</%s>", element);
}

static bool answer(struct sandbox_exchange *exchange, int status,
                   const struct sandbox_message *message)
{
    struct sandbox_layout_values values = {.numbers = {message->number}};
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "message-delivery");
    buf_add_text(&xml, ">");
    if (*message->id)
        sandbox_exchange_element(&xml, "message-id", message->id);
    sandbox_exchange_element(&xml, "delivery-method", message->channel);
    buf_printf(&xml, "<sender-id>%lld</sender-id>", (long long)message->sender_id);
    sandbox_exchange_element(&xml, "status", message->status);
    if (!text_equal(message->channel, "PENDING"))
        sandbox_exchange_element(&xml, "delivery-time",
                                 sandbox_exchange_time(exchange->arena, message->delivered_at_ms));
    for (size_t i = 0; i < message->document_count; i++)
        write_document(exchange, &xml, &message->documents[i]);
    sandbox_exchange_link(exchange, &xml, "self", SANDBOX_SEND_MESSAGE, &values,
                          SANDBOX_EXCHANGE_XML);
    buf_add_text(&xml, "</message-delivery>\n");
    if (status == 201)
        response_header(
            exchange->response, "Location",
            arena_printf(exchange->arena, "%s%s", exchange->world->api_url,
                         sandbox_layout_path(exchange->arena, exchange->world->path_seed,
                                             SANDBOX_SEND_MESSAGE, &values)));
    return sandbox_exchange_answer(exchange, status, &xml);
}

static bool check_all(struct incoming *in)
{
    return read_body(in) && check_sender(in) && check_parts(in) && check_schema(in) &&
           check_recipient(in) && check_documents(in) && check_contents(in) &&
           check_permissions(in) && check_times(in);
}

bool sandbox_send(struct sandbox_exchange *exchange)
{
    struct incoming in = {.exchange = exchange};
    bool good = check_all(&in);
    if (good) {
        in.message.id = text_or(text_of(&in, in.root, "message-id"), "");
        good = check_duplicates(&in);
    }
    struct error err;
    const struct sandbox_message *message = NULL;
    if (good && deliver(&in, &message, &err))
        good = answer(exchange, 201, message);
    else if (good)
        good = sandbox_exchange_broken(exchange, &err);
    xml_close(&in.doc);
    return good;
}

bool sandbox_send_look(struct sandbox_exchange *exchange)
{
    size_t count;
    struct sandbox_message *const *messages = sandbox_mail_messages(exchange->world->mail, &count);
    for (size_t i = 0; i < count; i++)
        if (messages[i]->number == exchange->in_path.numbers[0] && messages[i]->sender_id)
            return sandbox_exchange_may_act_for(exchange, messages[i]->sender_id) &&
                   answer(exchange, 200, messages[i]);
    return sandbox_exchange_refuse(exchange, 404, "MESSAGE_NOT_FOUND", "No such message.");
}

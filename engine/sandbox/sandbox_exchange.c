#include "engine/sandbox/sandbox_exchange.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Codes that are not CLIENT_TECHNICAL (Digipost API, 9). */
static const struct {
    const char *code, *type;
} types[] = {
    {"SERVER_ERROR", "SERVER"},
    {"API_UNAVAILABLE", "SERVER"},
    {"NOT_APPROVED_FOR_REST_API_USAGE", "CONFIGURATION"},
    {"NOT_APPROVED_FOR_PRINT", "CONFIGURATION"},
    {"NOT_APPROVED_FOR_IDPORTEN", "CONFIGURATION"},
    {"NOT_APPROVED_FOR_DIRECT_PRINT", "CONFIGURATION"},
    {"MISSING_CERTIFICATE", "CONFIGURATION"},
    {"REVOKED_CERTIFICATE", "CONFIGURATION"},
    {"BROKER_NOT_AUTHORIZED", "CONFIGURATION"},
    {"NOTIFICATION_ADDRESSES_NOT_ALLOWED", "CONFIGURATION"},
    {"DELIVERY_DATE_HISTORICAL", "CONFIGURATION"},
    {"ACCOUNT_DEACTIVATED", "CONFIGURATION"},
    {"UNKNOWN_RECIPIENT", "CLIENT_DATA"},
    {"MISSING_RECIPIENT", "CLIENT_DATA"},
    {"UNKNOWN_SENDER", "CLIENT_DATA"},
    {"DUPLICATE_MESSAGE", "CLIENT_DATA"},
    {"DUPLICATE_DOCUMENT_ID", "CLIENT_DATA"},
    {"REQUEST_TOO_LARGE", "CLIENT_DATA"},
    {"FILE_TOO_LARGE", "CLIENT_DATA"},
    {"ILLEGAL_CONTENT_TYPE", "CLIENT_DATA"},
    {"BAD_CONTENT", "CLIENT_DATA"},
    {"MISSING_CONTENT", "CLIENT_DATA"},
    {"MISSING_SUBJECT", "CLIENT_DATA"},
    {"VALIDATION_FAILED", "CLIENT_DATA"},
    {"INVALID_PDF_CONTENT", "CLIENT_DATA"},
    {"CONTENT_OF_PRINT_MESSAGE_MUST_BE_PDF", "CLIENT_DATA"},
    {"INVALID_EMAIL_ADDRESS", "CLIENT_DATA"},
    {"INVALID_PHONE_NUMBER", "CLIENT_DATA"},
    {"INVALID_EMAIL_NOTIFICATION_TIME", "CLIENT_DATA"},
    {"INVALID_SMS_NOTIFICATION_TIME", "CLIENT_DATA"},
};

static const char *type_of(const char *code)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equal(types[i].code, code))
            return types[i].type;
    return "CLIENT_TECHNICAL";
}

bool sandbox_exchange_error(struct sandbox_exchange *exchange, int status, const char *code,
                            const char *type, const char *message)
{
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "error");
    buf_add_text(&xml, ">");
    sandbox_exchange_element(&xml, "error-code", code);
    sandbox_exchange_element(&xml, "error-message", message);
    if (type)
        sandbox_exchange_element(&xml, "error-type", type);
    buf_add_text(&xml, "</error>\n");
    sandbox_exchange_answer(exchange, status, &xml);
    exchange->code = code;
    return false;
}

bool sandbox_exchange_refuse(struct sandbox_exchange *exchange, int status, const char *code,
                             const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return sandbox_exchange_error(exchange, status, code, type_of(code), message);
}

bool sandbox_exchange_broken(struct sandbox_exchange *exchange, const struct error *err)
{
    return sandbox_exchange_refuse(exchange, 500, "SERVER_ERROR", "Unexpected error: %s",
                                   err->text);
}

/* ---- who ---- */

bool sandbox_exchange_is_granted(const struct sandbox_broker *broker, int64_t sender_id)
{
    for (size_t i = 0; i < broker->sender_count; i++)
        if (broker->senders[i] == sender_id)
            return true;
    return broker->id == sender_id;
}

bool sandbox_exchange_may_act_for(struct sandbox_exchange *exchange, int64_t sender_id)
{
    if (sandbox_exchange_is_granted(exchange->broker, sender_id))
        return true;
    const struct sandbox_world *world = exchange->world;
    for (size_t i = 0; i < world->broker_count; i++)
        if (sandbox_exchange_is_granted(&world->brokers[i], sender_id))
            return sandbox_exchange_refuse(exchange, 403, "BROKER_NOT_AUTHORIZED",
                                           "The broker may not act for this sender.");
    return sandbox_exchange_refuse(exchange, 403, "UNKNOWN_SENDER", "The sender is not known.");
}

int64_t sandbox_exchange_sender(const struct sandbox_exchange *exchange, const xmlNode *parent)
{
    const char *id = sandbox_exchange_child_text(exchange->arena, parent, "sender-id");
    if (id)
        return strtoll(id, NULL, 10);
    const xmlNode *organisation = xml_child(parent, SANDBOX_SCHEMA_API, "sender-organization");
    if (!organisation)
        return exchange->broker->id;
    const char *number =
        sandbox_exchange_child_text(exchange->arena, organisation, "organization-id");
    const struct sandbox_world *world = exchange->world;
    for (size_t i = 0; i < world->broker_count; i++)
        if (text_equal(world->brokers[i].organisation_number, number))
            return world->brokers[i].id;
    return 0;
}

/* ---- reading ---- */

bool sandbox_exchange_read_xml(struct sandbox_exchange *exchange, const char *root, xmlDoc **out,
                               char **limit)
{
    if (!text_equal(request_content_type(exchange->request), SANDBOX_EXCHANGE_XML))
        return sandbox_exchange_refuse(exchange, 415, "ILLEGAL_CONTENT_TYPE",
                                       "The body must be %s.", SANDBOX_EXCHANGE_XML);
    struct error err;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(exchange->request->body, "body", &doc, &err))
        return sandbox_exchange_refuse(exchange, 400, "SCHEMA_VALIDATION_ERROR", "%s", err.text);
    struct sandbox_schema_verdict verdict;
    sandbox_schema_check(exchange->world->schema, doc, root, &verdict);
    if (*verdict.broken)
        return sandbox_exchange_refuse(exchange, 400, "SCHEMA_VALIDATION_ERROR", "%s",
                                       verdict.broken);
    *limit = arena_text(exchange->arena, verdict.limit);
    *out = doc;
    doc = NULL; /* now the caller's */
    return true;
}

char *sandbox_exchange_child_text(struct arena *arena, const xmlNode *parent, const char *name)
{
    const xmlNode *child = xml_child(parent, "*", name);
    return child ? text_trim(arena, xml_text(arena, child)) : NULL;
}

/* ---- writing ---- */

void sandbox_exchange_begin(struct sandbox_exchange *exchange, struct buf *xml, const char *root)
{
    buf_init(xml, exchange->arena);
    buf_printf(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"%s\"", root,
               SANDBOX_SCHEMA_API);
}

void sandbox_exchange_escape(struct buf *xml, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            buf_add_text(xml, "&amp;");
            break;
        case '<':
            buf_add_text(xml, "&lt;");
            break;
        case '>':
            buf_add_text(xml, "&gt;");
            break;
        case '"':
            buf_add_text(xml, "&quot;");
            break;
        default:
            buf_add_byte(xml, (unsigned char)*text);
        }
}

void sandbox_exchange_element(struct buf *xml, const char *name, const char *text)
{
    buf_printf(xml, "<%s>", name);
    sandbox_exchange_escape(xml, text);
    buf_printf(xml, "</%s>", name);
}

void sandbox_exchange_attribute(struct buf *xml, const char *name, const char *text)
{
    buf_printf(xml, " %s=\"", name);
    sandbox_exchange_escape(xml, text);
    buf_add_text(xml, "\"");
}

void sandbox_exchange_link(struct sandbox_exchange *exchange, struct buf *xml, const char *relation,
                           const char *pattern, const struct sandbox_layout_values *values,
                           const char *media_type)
{
    const struct sandbox_world *world = exchange->world;
    bool elsewhere = exchange->fault == SANDBOX_FAULT_ELSEWHERE;
    buf_printf(xml, "<link rel=\"%s/relations/%s\" uri=\"%s%s\" media-type=\"%s\"/>",
               world->api_url, relation, elsewhere ? "http://127.0.0.1:9" : world->api_url,
               sandbox_layout_path(exchange->arena, world->path_seed, pattern, values), media_type);
}

bool sandbox_exchange_answer(struct sandbox_exchange *exchange, int status, struct buf *xml)
{
    exchange->response->status = status;
    exchange->response->body = buf_bytes(xml);
    response_header(exchange->response, "Content-Type", SANDBOX_EXCHANGE_XML);
    return true;
}

char *sandbox_exchange_time(struct arena *arena, int64_t at_ms)
{
    int64_t at = at_ms / 1000;
    struct clock_time time = clock_oslo(at);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+%02d:%02d", time.year,
                        time.month, time.day, time.hour, time.minute, time.second,
                        (int)(at_ms % 1000), time.offset_minutes / 60, time.offset_minutes % 60);
}

char *sandbox_exchange_hash(struct arena *arena, const char *sha256_hex)
{
    struct bytes digest;
    bool ok = codec_unhex(arena, sha256_hex, &digest);
    return ok ? codec_base64(arena, digest) : arena_text(arena, "");
}

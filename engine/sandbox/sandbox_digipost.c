#include "engine/sandbox/sandbox_digipost.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_exchange.h"
#include "engine/sandbox/sandbox_resources.h"
#include "engine/sandbox/sandbox_send.h"
#include "engine/sandbox/sandbox_shares.h"
#include "engine/sandbox/sandbox_signature.h"

#include <stdlib.h>
#include <string.h>

enum { DATE_WINDOW_S = 300, WRONG_DATE_S = 600, SLOW_MS = 2000, HANG_MS = 60000 };

static bool answer_entry_point(struct sandbox_exchange *exchange);

/* Where a link is told of: entry points (base, for those a client completes), or in other answers.
 */
enum told { NOWHERE, ON_ENTRY, ON_ENTRY_BASE };

static const struct route {
    const char *relation, *method, *pattern;
    bool (*answer)(struct sandbox_exchange *exchange);
    enum told told;
    const char *media_type;
    bool is_fixed; /* the path is the same under every layout */
} routes[] = {
    {"ENTRY_POINT", "GET", "/", answer_entry_point, NOWHERE, NULL, true},
    {"ENTRY_POINT", "GET", "/{sender}", answer_entry_point, NOWHERE, NULL, true},
    {"CREATE_MESSAGE", "POST", "/messages", sandbox_send, ON_ENTRY, SANDBOX_EXCHANGE_MULTIPART,
     false},
    {"SELF", "GET", SANDBOX_SEND_MESSAGE, sandbox_send_look, NOWHERE, NULL, false},
    {"IDENTIFY_RECIPIENT", "POST", "/identification", sandbox_resources_identify, ON_ENTRY,
     SANDBOX_EXCHANGE_XML, false},
    {"IDENTIFY_RECIPIENT_WITH_ENCRYPTION_KEY", "POST", "/identification/encryption-key",
     sandbox_resources_identify_with_key, ON_ENTRY, SANDBOX_EXCHANGE_XML, false},
    {"GET_SENDER_INFORMATION", "GET", "/sender-information", sandbox_resources_sender, ON_ENTRY,
     SANDBOX_EXCHANGE_XML, false},
    {"GET_SENDER_INFORMATION", "GET", "/sender-information/{sender}", sandbox_resources_sender,
     NOWHERE, NULL, false},
    {"DOCUMENT_EVENTS", "GET", "/documents/events", sandbox_resources_events, ON_ENTRY,
     SANDBOX_EXCHANGE_XML, false},
    {"DOCUMENT_STATUS", "GET", "/{sender}/documents/status/{uuid}", sandbox_resources_status,
     ON_ENTRY_BASE, SANDBOX_EXCHANGE_XML, false},
    {"DOCUMENT_STATUS", "GET", "/documents/{sender}/{uuid}/status", sandbox_resources_status,
     NOWHERE, NULL, true}, /* hard-coded in the Java client */
    {"GET_SHARE_DOCUMENTS_REQUEST_STATE", "GET", "/{sender}/share-documents-requests/{uuid}",
     sandbox_shares_state, ON_ENTRY_BASE, SANDBOX_EXCHANGE_XML, false},
    {"GET_SHARED_DOCUMENT_CONTENT", "GET", SANDBOX_SHARES_VIEW, sandbox_shares_view, NOWHERE, NULL,
     false},
    {"GET_SHARED_DOCUMENT_CONTENT_STREAM", "GET", SANDBOX_SHARES_STREAM, sandbox_shares_stream,
     NOWHERE, NULL, false},
    {"STOP_SHARING", "POST", SANDBOX_SEND_DATA, sandbox_shares_stop, NOWHERE, NULL, false},
};

static uint64_t seed_for(const struct sandbox_world *world, const struct route *route)
{
    return route->is_fixed ? SANDBOX_PLAIN_PATHS : world->path_seed;
}

/* *path_known: the path is there, if with another method. */
static const struct route *find_route(struct sandbox_exchange *exchange, bool *path_known)
{
    for (size_t i = 0; i < COUNT(routes); i++) {
        struct sandbox_layout_values values;
        if (!sandbox_layout_match(exchange->arena, seed_for(exchange->world, &routes[i]),
                                  routes[i].pattern, exchange->request->path, &values))
            continue;
        *path_known = true;
        if (!text_equal(routes[i].method, exchange->request->method))
            continue;
        exchange->in_path = values;
        return &routes[i];
    }
    return NULL;
}

/* ---- the entry point (5) ---- */

static void write_odd_links(const struct sandbox_exchange *exchange, struct buf *xml)
{
    buf_printf(xml,
               "<link rel=\"%s/relations/brew_coffee\" uri=\"%s/coffee\"/>"
               "<link uri=\"%s/nameless\"/>",
               exchange->world->api_url, exchange->world->api_url, exchange->world->api_url);
}

static const char *relation_name(struct sandbox_exchange *exchange, const char *relation)
{
    bool odd = exchange->fault == SANDBOX_FAULT_ODD_LINKS;
    char *name = arena_text(exchange->arena, relation);
    for (size_t i = 0; name[i]; i++)
        if (name[i] >= 'A' && name[i] <= 'Z' && !(odd && i % 2))
            name[i] = (char)(name[i] - 'A' + 'a');
    return name;
}

static bool answer_entry_point(struct sandbox_exchange *exchange)
{
    struct sandbox_layout_values values = {.sender = exchange->in_path.sender};
    if (!values.sender)
        values.sender = exchange->broker->id;
    if (!sandbox_exchange_may_act_for(exchange, values.sender))
        return false;
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "entrypoint");
    buf_add_text(&xml, ">");
    sandbox_exchange_element(&xml, "certificate", exchange->world->certificate_pem);
    if (exchange->fault == SANDBOX_FAULT_ODD_LINKS)
        write_odd_links(exchange, &xml);
    for (size_t i = 0; i < COUNT(routes); i++)
        if (routes[i].told != NOWHERE)
            sandbox_exchange_link(exchange, &xml, relation_name(exchange, routes[i].relation),
                                  routes[i].pattern, &values, routes[i].media_type);
    buf_add_text(&xml, "</entrypoint>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

/* ---- checks 1 to 9: the request itself ---- */

static bool check_broker(struct sandbox_exchange *exchange, const struct crypto_key **certificate)
{
    const struct sandbox_world *world = exchange->world;
    const char *id = request_header(exchange->request, "X-Digipost-UserId");
    if (text_is_empty(id) || strlen(id) > 18 || strspn(id, "0123456789") != strlen(id))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_USER_ID_HEADER",
                                       "X-Digipost-UserId must be digits.");
    for (size_t i = 0; i < world->broker_count; i++)
        if (world->brokers[i].id == strtoll(id, NULL, 10)) {
            exchange->broker = &world->brokers[i];
            *certificate = world->broker_certificates[i];
        }
    const struct sandbox_broker *broker = exchange->broker;
    if (!broker)
        return sandbox_exchange_refuse(exchange, 403, "UNKNOWN_USER_ID", "No such broker.");
    if (broker->deactivated)
        return sandbox_exchange_refuse(exchange, 403, "ACCOUNT_DEACTIVATED",
                                       "The account is not active.");
    if (broker->not_approved)
        return sandbox_exchange_refuse(exchange, 403, "NOT_APPROVED_FOR_REST_API_USAGE",
                                       "The account may not use the API.");
    if (!*certificate)
        return sandbox_exchange_refuse(exchange, 403, "MISSING_CERTIFICATE",
                                       "No certificate is registered.");
    if (broker->revoked)
        return sandbox_exchange_refuse(exchange, 403, "REVOKED_CERTIFICATE",
                                       "The certificate is revoked.");
    return true;
}

static bool check_date(struct sandbox_exchange *exchange)
{
    const char *date = request_header(exchange->request, "Date");
    int64_t at;
    if (text_is_empty(date))
        return sandbox_exchange_refuse(exchange, 400, "MISSING_DATE_HEADER", "Date is missing.");
    if (!clock_parse_rfc1123(date, &at))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_DATE_HEADER",
                                       "Date must be as in RFC 1123, in GMT.");
    if (llabs(at - clock_now()) > DATE_WINDOW_S)
        return sandbox_exchange_refuse(exchange, 400, "DATE_HEADER_OUTSIDE_ACCEPTED_INTERVAL",
                                       "Date is more than five minutes off.");
    return true;
}

static bool check_body(struct sandbox_exchange *exchange)
{
    struct bytes body = exchange->request->body;
    if (body.size > SANDBOX_DIGIPOST_MAX_BYTES)
        return sandbox_exchange_refuse(exchange, 413, "REQUEST_TOO_LARGE",
                                       "The request is larger than %d bytes.",
                                       SANDBOX_DIGIPOST_MAX_BYTES);
    if (body.size == 0)
        return true;
    const char *given = request_header(exchange->request, "X-Content-SHA256");
    if (text_is_empty(given))
        return sandbox_exchange_refuse(exchange, 400, "MISSING_SHA256",
                                       "X-Content-SHA256 is missing.");
    struct crypto_sha256 digest = crypto_sha256(body);
    const char *is =
        codec_base64(exchange->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    if (!text_equal(given, is))
        return sandbox_exchange_refuse(exchange, 400, "INVALID_SHA256",
                                       "X-Content-SHA256 is not the body's: %s.", is);
    return true;
}

static bool check_signature(struct sandbox_exchange *exchange, const struct crypto_key *certificate)
{
    const char *signature = request_header(exchange->request, "X-Digipost-Signature");
    if (text_is_empty(signature))
        return sandbox_exchange_refuse(exchange, 403, "MISSING_SIGNATURE",
                                       "X-Digipost-Signature is missing.");
    if (sandbox_signature_verifies(exchange->arena, exchange->request, certificate, signature))
        return true;
    const char *code = exchange->fault == SANDBOX_FAULT_OLD_SIGNATURE_ERROR ? "GENERAL_ERROR"
                                                                            : "INVALID_SIGNATURE";
    return sandbox_exchange_refuse(
        exchange, 403, code, "The signature is not that of the broker's certificate over: %s",
        sandbox_signature_of_request(exchange->arena, exchange->request, false));
}

static bool check_request(struct sandbox_exchange *exchange)
{
    const struct crypto_key *certificate = NULL;
    return check_broker(exchange, &certificate) && check_date(exchange) && check_body(exchange) &&
           check_signature(exchange, certificate);
}

static void answer(struct sandbox_exchange *exchange, const struct route *route, bool path_known)
{
    if (!check_request(exchange))
        return;
    if (route)
        (void)route->answer(exchange); /* false: it has written the refusal */
    else
        (void)sandbox_exchange_refuse(exchange, path_known ? 405 : 404, "PROBLEM_WITH_REQUEST",
                                      path_known ? "Not with this method." : "No such address.");
}

/* ---- misbehaving ---- */

static void answer_gateway(struct response *response)
{
    response_plain(response);
    response_bytes(response, 503, "text/html",
                   BYTES_OF("<html><body><h1>503 Service Unavailable</h1></body></html>\n"));
}

/* True when the fault was all there is: nothing is done for the request. */
static bool fault_before(struct sandbox_exchange *exchange)
{
    switch (exchange->fault) {
    case SANDBOX_FAULT_DOWN:
    case SANDBOX_FAULT_HANG:
        response_drop(exchange->response);
        return true;
    case SANDBOX_FAULT_REFUSE:
        return !sandbox_exchange_refuse(exchange, 403, "BROKER_NOT_AUTHORIZED",
                                        "The broker may not act for this sender.");
    case SANDBOX_FAULT_ERROR_BEFORE:
        return !sandbox_exchange_refuse(exchange, 500, "SERVER_ERROR", "Unexpected error.");
    case SANDBOX_FAULT_GATEWAY:
        answer_gateway(exchange->response);
        return true;
    case SANDBOX_FAULT_UNKNOWN_CODE:
        return !sandbox_exchange_refuse(exchange, 400, "TEAPOT_IS_EMPTY", "Something new.");
    case SANDBOX_FAULT_NO_ERROR_TYPE:
        return !sandbox_exchange_error(exchange, 400, "GENERAL_ERROR", NULL, "As in 2019.");
    case SANDBOX_FAULT_UNKNOWN_USER:
        return !sandbox_exchange_refuse(exchange, 401, "UNKNOWN_USER_ID", "Who is asking?");
    case SANDBOX_FAULT_NOT_FOUND:
        return !sandbox_exchange_refuse(exchange, 404, "DOCUMENT_NOT_FOUND", "No such document.");
    case SANDBOX_FAULT_CONFLICT:
        return !sandbox_exchange_refuse(exchange, 409, "INVALID_TRANSACTION", "Not just now.");
    case SANDBOX_FAULT_TOO_MANY:
        response_header(exchange->response, "Retry-After", "1");
        return !sandbox_exchange_refuse(exchange, 429, "GENERAL_ERROR", "Too many requests.");
    case SANDBOX_FAULT_EMPTY_ERROR:
        exchange->response->status = 400;
        return true;
    case SANDBOX_FAULT_GARBAGE:
        response_header(exchange->response, "Content-Type", SANDBOX_EXCHANGE_XML);
        exchange->response->body = BYTES_OF("this is not what was asked for");
        return true;
    default:
        return false;
    }
}

static void add_spaces(struct sandbox_exchange *exchange)
{
    enum { SPACES = 16 * 1024 * 1024 };
    size_t size = exchange->response->body.size;
    unsigned char *longer = arena_alloc(exchange->arena, size + SPACES);
    if (size)
        memcpy(longer, exchange->response->body.data, size);
    memset(longer + size, ' ', SPACES);
    exchange->response->body = (struct bytes){longer, size + SPACES};
}

static void add_little_endian(struct buf *out, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_add_byte(out, (unsigned char)(number >> 8 * i));
}

static uint32_t crc32_of(struct bytes bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

/* RFC 1952, in blocks that are only stored (RFC 1951, 3.2.4): what it is called matters here, not
 * how small it gets. */
static void write_as_gzip(struct sandbox_exchange *exchange)
{
    enum { BLOCK = 65535 };
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    struct bytes body = exchange->response->body;
    struct buf out;
    buf_init(&out, exchange->arena);
    buf_add(&out, (struct bytes){head, sizeof head});
    for (size_t at = 0, size; at < body.size; at += size) {
        size = body.size - at < BLOCK ? body.size - at : BLOCK;
        buf_add_byte(&out, at + size == body.size);
        add_little_endian(&out, (uint32_t)size, 2);
        add_little_endian(&out, ~(uint32_t)size, 2);
        buf_add(&out, (struct bytes){body.data + at, size});
    }
    add_little_endian(&out, crc32_of(body), 4);
    add_little_endian(&out, (uint32_t)body.size, 4);
    exchange->response->body = buf_bytes(&out);
    response_header(exchange->response, "Content-Encoding", "gzip");
}

static void fault_after(struct sandbox_exchange *exchange)
{
    if (exchange->fault == SANDBOX_FAULT_GZIP && exchange->response->body.size)
        write_as_gzip(exchange);
    if (exchange->fault == SANDBOX_FAULT_LONGER)
        add_spaces(exchange);
    if (exchange->fault == SANDBOX_FAULT_ANSWER_LOST)
        response_drop(exchange->response);
    else if (exchange->fault == SANDBOX_FAULT_ERROR_AFTER)
        (void)sandbox_exchange_refuse(exchange, 500, "SERVER_ERROR", "Unexpected error.");
    exchange->response->is_chunked |= exchange->fault == SANDBOX_FAULT_CHUNKED;
}

/* ---- signing the answer (3) ---- */

static const char *hash_of(struct sandbox_exchange *exchange, struct bytes body)
{
    struct crypto_sha256 digest = crypto_sha256(
        exchange->fault == SANDBOX_FAULT_WRONG_HASH ? BYTES_OF("another body") : body);
    return codec_base64(exchange->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

static void sign(struct sandbox_exchange *exchange)
{
    struct response *response = exchange->response;
    enum sandbox_fault fault = exchange->fault;
    int64_t now = clock_now() + (fault == SANDBOX_FAULT_WRONG_DATE ? WRONG_DATE_S : 0);
    const char *date = clock_rfc1123(exchange->arena, now);
    const char *hash = response->body.size ? hash_of(exchange, response->body) : NULL;
    const char *canonical = sandbox_signature_of_answer(
        exchange->arena, fault == SANDBOX_FAULT_WRONG_SIGNATURE ? 299 : response->status,
        exchange->request->target, date, hash);
    response_header(response, "Date", date);
    if (hash)
        response_header(response, "X-Content-SHA256", hash);
    struct bytes signature;
    if (fault != SANDBOX_FAULT_NO_SIGNATURE &&
        crypto_sign_rs256(exchange->arena, exchange->world->key, BYTES_OF(canonical), &signature,
                          NULL))
        response_header(response, "X-Digipost-Signature", codec_base64(exchange->arena, signature));
}

/* ---- one request ---- */

static void close_entry(json_t **entry)
{
    json_decref(*entry);
}

/* The request's line in the ledger: before the answer leaves. */
static void keep_record(const struct sandbox_exchange *exchange)
{
    const struct request *request = exchange->request;
    const char *user = request_header(request, "X-Digipost-UserId");
    CLEANUP(close_entry)
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s*, s:s, s:i, s:s*, s:s*}", "what", "request", "at",
        clock_iso_utc(exchange->arena, clock_now()), "method", request->method, "target",
        request->target, "relation", exchange->relation ? exchange->relation : "", "user",
        text_is_empty(user) ? NULL : user, "body_sha256",
        crypto_sha256_hex(exchange->arena, request->body), "status",
        exchange->response->is_dropped ? 0 : exchange->response->status, "code", exchange->code,
        "fault", exchange->fault ? sandbox_fault_name(exchange->fault) : NULL);
    struct error err;
    if (entry && !sandbox_ledger_append(exchange->world->ledger, entry, &err))
        log_error("sandbox_ledger", &err);
}

static void answer_locked(struct sandbox_exchange *exchange, const struct route *route,
                          bool path_known)
{
    struct error err;
    if (exchange->fault == SANDBOX_FAULT_ROTATED && !sandbox_world_new_key(exchange->world, &err))
        log_error("sandbox_key", &err);
    if (!fault_before(exchange))
        answer(exchange, route, path_known);
    fault_after(exchange);
    if (exchange->fault != SANDBOX_FAULT_GATEWAY)
        sign(exchange);
    keep_record(exchange);
}

void sandbox_digipost_handle(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct sandbox_exchange exchange = {
        .world = world, .arena = request->arena, .request = request, .response = response};
    response_plain(response);
    bool path_known = false;
    const struct route *route = find_route(&exchange, &path_known);
    exchange.relation = route ? route->relation : NULL;

    pthread_mutex_lock(&world->lock);
    exchange.fault = sandbox_world_take_fault(world, exchange.relation);
    answer_locked(&exchange, route, path_known);
    pthread_mutex_unlock(&world->lock);

    if (exchange.fault == SANDBOX_FAULT_SLOW || exchange.fault == SANDBOX_FAULT_HANG)
        sandbox_world_pause(world, exchange.fault == SANDBOX_FAULT_SLOW ? SLOW_MS : HANG_MS);
}

size_t sandbox_digipost_body_limit(void *world, const struct request *request)
{
    (void)world, (void)request;
    return (size_t)SANDBOX_DIGIPOST_MAX_BYTES + 1024 * 1024; /* so that we are the ones to refuse */
}

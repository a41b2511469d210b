#include "engine/sandbox/sandbox_corner2.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/http/router.h"
#include "engine/sandbox/sandbox_contacts.h"
#include "engine/sandbox/sandbox_json.h"
#include "engine/sandbox/sandbox_jws.h"
#include "engine/sandbox/sandbox_mailboxes.h"
#include "engine/sandbox/sandbox_sbd.h"
#include "engine/sandbox/sandbox_world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "digitalpostinnbygger:send"
#define PROBLEM_TYPE "application/problem+json"

enum { CHANNEL_MOST = 28, PAGE_MOST = 1000, PAGE = 100, SLOW_MS = 2000, HANG_MS = 60000 };

/* Who asks, by their token. */
struct caller {
    const char *token;
    const char *consumer; /* on whose behalf */
    const char *own;      /* whose system it is: the supplier when there is one */
};

/* ---- answers ---- */

static bool problem(struct request *request, struct response *response, int status,
                    const char *name, const char *detail)
{
    sandbox_json(request, response, status,
                 json_pack("{s:o, s:s, s:i, s:s}", "type",
                           json_sprintf(SANDBOX_CORNER2_PROBLEM "%s", name), "title", name,
                           "status", status, "detail", detail));
    response_header(response, "Content-Type", PROBLEM_TYPE);
    return false;
}

static bool broken(struct request *request, struct response *response, const struct error *err)
{
    return problem(request, response, 500, "broken", err->text);
}

static void refuse(void *context, int status, struct request *request, struct response *response)
{
    (void)context;
    problem(request, response, status, status == 404 ? "no-route" : "not-so", "See the API.");
}

static void close_json(json_t **value)
{
    json_decref(*value);
}

/* ---- who asks ---- */

/* "310245682" of the claim {"authority": ..., "ID": "0192:310245682"}; NULL: it does not say. */
static const char *number_in(struct arena *arena, const json_t *claims, const char *name)
{
    const char *id = json_string_value(json_object_get(json_object_get(claims, name), "ID"));
    return id && text_starts_with(id, "0192:") ? arena_text(arena, id + strlen("0192:")) : NULL;
}

static bool admit(struct sandbox_world *world, struct request *request, struct response *response,
                  struct caller *out)
{
    const char *authorization = request_header(request, "Authorization");
    CLEANUP(close_json)
    json_t *claims = sandbox_login_claims(world, request->arena, authorization);
    if (!claims)
        return problem(request, response, 401, "no-token", "A token from Maskinporten is needed.");
    if (json_integer_value(json_object_get(claims, "exp")) <= clock_now())
        return problem(request, response, 401, "token-expired", "The token has expired.");
    const char *audience = json_string_value(json_object_get(claims, "aud"));
    if (audience && !text_equal(audience, world->dpi_url))
        return problem(request, response, 401, "wrong-audience", "The token is for somebody else.");
    const char *scopes = json_string_value(json_object_get(claims, "scope"));
    if (!scopes || !text_has_word(scopes, SCOPE))
        return problem(request, response, 403, "missing-scope", SCOPE " is needed.");
    const char *consumer = number_in(request->arena, claims, "consumer");
    const char *supplier = number_in(request->arena, claims, "supplier");
    if (!consumer)
        return problem(request, response, 403, "no-agreement", "The token names no consumer.");
    *out = (struct caller){
        .token = arena_text(request->arena, authorization + strlen("Bearer ")),
        .consumer = consumer,
        .own = supplier ? supplier : consumer,
    };
    return true;
}

/* In lower case; "" when there is none. */
static bool read_channel(struct request *request, struct response *response, const char **out)
{
    const char *given = request_query(request, "kanal");
    char *channel = arena_text(request->arena, given ? given : "");
    bool good = strlen(channel) <= CHANNEL_MOST && (!given || *given);
    for (char *at = channel; *at; at++) {
        good = good && (isalnum((unsigned char)*at) || *at == '_' || *at == '-');
        *at = (char)tolower((unsigned char)*at);
    }
    *out = channel;
    return good || problem(request, response, 400, "wrong-channel",
                           "kanal is 1 to 28 of a-z, A-Z, 0-9, _ and -.");
}

/* ---- POST /messages/out ---- */

/* A message while it is looked at. */
struct incoming {
    struct sandbox_world *world;
    struct request *request;
    struct response *response;
    struct caller caller;
    const char *channel;
    struct bytes jws, package;
    struct sandbox_sbd sbd;
};

static bool refuse_message(struct incoming *in, const char *name, const char *detail)
{
    return problem(in->request, in->response, 400, name, detail);
}

static bool is_part(const struct request_file *file, const char *field, const char *name)
{
    return text_equal(file->field, field) && text_equal(file->name, name);
}

static bool read_parts(struct incoming *in)
{
    const struct request *request = in->request;
    const struct request_file *files = request->files;
    if (!text_equal(request_content_type(request), "multipart/form-data"))
        return refuse_message(in, "not-multipart", "The body must be multipart/form-data.");
    if (request->file_count != 2 || request->fields.count ||
        !is_part(&files[0], "forretningsmelding", "sbd.jwt") ||
        !is_part(&files[1], "dokumentpakke", "asic.cms"))
        return refuse_message(in, "wrong-parts",
                              "Two parts, in order: forretningsmelding (sbd.jwt), dokumentpakke "
                              "(asic.cms).");
    if (!text_equal(files[0].type, "application/jwt") ||
        !text_equal(files[1].type, "application/cms"))
        return refuse_message(in, "wrong-part-type",
                              "The parts are application/jwt and application/cms.");
    struct error err;
    if (files[0].state != REQUEST_FILE_WHOLE || files[1].state != REQUEST_FILE_WHOLE ||
        !content_whole(request->arena, &files[0].content, REQUEST_BODY_BYTES, &in->jws, &err) ||
        !content_whole(request->arena, &files[1].content, SANDBOX_CORNER2_MAX_BYTES, &in->package,
                       &err))
        return refuse_message(in, "too-large", "A package may have 50 MB.");
    return true;
}

static bool read_message(struct incoming *in)
{
    struct arena *arena = in->request->arena;
    struct sandbox_jws jws;
    const char *wrong = sandbox_jws_read(arena, arena_text_of(arena, in->jws), &jws);
    if (wrong)
        return refuse_message(in, "not-a-message", wrong);
    sandbox_sbd_read(arena, jws.payload, &in->sbd);
    sandbox_jws_close(&jws);
    const struct sandbox_sbd *sbd = &in->sbd;
    if (!text_equal(sbd->type, "digital") || !sandbox_sbd_is_uuid(sbd->message_id) ||
        !sandbox_sbd_is_uuid(sbd->conversation_id) || !*sbd->receiver)
        return refuse_message(in, "not-a-message",
                              "There is no message of type digital with its ids in it.");
    return true;
}

static bool check_message(struct incoming *in)
{
    const struct sandbox_sbd *sbd = &in->sbd;
    if (!text_equal(sbd->token, in->caller.token))
        return refuse_message(in, "other-token", "maskinportentoken is not the token sent.");
    if (!text_equal(sbd->consumer, in->caller.consumer))
        return problem(in->request, in->response, 403, "wrong-consumer",
                       "avsender is not the token's consumer.");
    if (!in->world->takes_twice && sandbox_post_find(in->world->post, sbd->message_id))
        return refuse_message(in, "message-id-used", "That message id has come before.");
    return true;
}

static bool take(struct incoming *in, struct error *err)
{
    struct sandbox_world *world = in->world;
    struct arena *arena = in->request->arena;
    const struct sandbox_sbd *sbd = &in->sbd;
    const struct sandbox_person *recipient = sandbox_contacts_at(sbd->receiver, sbd->mailbox);
    int64_t now = sandbox_mail_now_ms(world->mail);
    char *jws, *package;
    if (!sandbox_ledger_keep(world->ledger, arena, in->jws, &jws, err) ||
        !sandbox_ledger_keep(world->ledger, arena, in->package, &package, err))
        return false;
    const struct sandbox_post_message message = {
        .message_id = sbd->message_id,
        .conversation_id = sbd->conversation_id,
        .process = sbd->process,
        .channel = in->channel,
        .sender = in->caller.own,
        .consumer = in->caller.consumer,
        .sender_identifier = sbd->sender_identifier,
        .provider = sbd->receiver,
        .recipient = recipient ? recipient->key : "",
        .jws = jws,
        .package = package,
        .accepted_at_ms = now,
        .sent_at_ms = now + world->delay_ms,
        .fault = sandbox_world_take_letter_fault(world),
    };
    return sandbox_post_take(world->post, &message, err);
}

static void send(void *context, struct request *request, struct response *response)
{
    struct incoming in = {.world = context, .request = request, .response = response};
    struct error err;
    if (!admit(context, request, response, &in.caller) ||
        !read_channel(request, response, &in.channel) || !read_parts(&in) || !read_message(&in) ||
        !check_message(&in))
        return;
    if (take(&in, &err))
        response->status = 201;
    else
        broken(request, response, &err);
}

/* ---- GET /messages/out/:id/statuses ---- */

static json_t *describe_status(struct arena *arena, const char *status, const char *why,
                               int64_t at_ms)
{
    return json_pack("{s:s, s:s*, s:s}", "status", status, "beskrivelse", why, "timestamp",
                     clock_iso_oslo(arena, at_ms / 1000));
}

static void statuses(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct caller caller;
    if (!admit(world, request, response, &caller))
        return;
    const struct sandbox_post_message *message =
        sandbox_post_find(world->post, request_parameter(request, "id"));
    if (!message || !text_equal(message->sender, caller.own)) {
        problem(request, response, 404, "no-message", "Nothing was sent with that id.");
        return;
    }
    json_t *list = json_array();
    json_array_append_new(
        list, describe_status(request->arena, "OPPRETTET", NULL, message->accepted_at_ms));
    if (message->is_settled)
        json_array_append_new(list,
                              describe_status(request->arena, message->failure ? "FEILET" : "SENDT",
                                              message->failure, message->sent_at_ms));
    sandbox_json(request, response, 200, list);
}

/* ---- GET /messages/in ---- */

static bool is_for(const struct sandbox_world *world, const struct sandbox_post_receipt *receipt,
                   const struct caller *caller)
{
    return receipt->left > 0 && receipt->from_ms <= sandbox_mail_now_ms(world->mail) &&
           text_equal(receipt->message->sender, caller->own);
}

/* A number from least to most; absent: otherwise. */
static bool read_number(struct request *request, struct response *response, const char *name,
                        long least, long otherwise, size_t *out)
{
    const char *text = request_query(request, name);
    bool good = !text || (*text && strlen(text) <= 4 && strspn(text, "0123456789") == strlen(text));
    long number = text && good ? strtol(text, NULL, 10) : otherwise;
    if (!good || number < least || number > PAGE_MOST)
        return problem(request, response, 400, "wrong-page",
                       "page_size is 1 to 1000, page from 0.");
    *out = (size_t)number;
    return true;
}

static void receipts(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct caller caller;
    const char *channel;
    size_t count, page, size, seen = 0;
    if (!admit(world, request, response, &caller) || !read_channel(request, response, &channel) ||
        !read_number(request, response, "page_size", 1, PAGE, &size) ||
        !read_number(request, response, "page", 0, 0, &page))
        return;
    const char *identifier = request_query(request, "avsenderidentifikator");
    struct sandbox_post_receipt *const *all = sandbox_post_receipts(world->post, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct sandbox_post_message *message = all[i]->message;
        if (!is_for(world, all[i], &caller) ||
            (*channel && !text_equal(channel, message->channel)) ||
            (identifier && !text_equal(identifier, message->sender_identifier)))
            continue;
        if (seen >= page * size && seen < (page + 1) * size)
            json_array_append_new(list, json_pack("{s:s}", "forretningsmelding", all[i]->jws));
        seen++;
    }
    if (json_array_size(list)) {
        sandbox_json(request, response, 200, list);
        return;
    }
    json_decref(list);
    response->status = 204;
}

/* ---- GET /messages/in/:id and POST .../read ---- */

static const struct sandbox_post_receipt *
find_receipt(struct sandbox_world *world, struct request *request, const struct caller *caller)
{
    size_t count;
    struct sandbox_post_receipt *const *all = sandbox_post_receipts(world->post, &count);
    const char *id = request_parameter(request, "id");
    for (size_t i = 0; i < count; i++)
        if (is_for(world, all[i], caller) && text_equal(all[i]->id, id))
            return all[i];
    return NULL;
}

/* Receipts have no package (API 1.0.0). */
static void package(void *context, struct request *request, struct response *response)
{
    struct caller caller;
    if (admit(context, request, response, &caller))
        problem(request, response, 404, "no-message", "No package has come with that id.");
}

static void read_receipt(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct caller caller;
    struct error err;
    if (!admit(world, request, response, &caller))
        return;
    const struct sandbox_post_receipt *receipt = find_receipt(world, request, &caller);
    if (!receipt)
        problem(request, response, 404, "no-message", "Nothing unread has that id.");
    else if (!sandbox_post_read(world->post, receipt, &err))
        broken(request, response, &err);
}

/* ---- faults ---- */

/* True when the fault was all there is: nothing is done for the request. */
static bool fault_before(enum sandbox_fault fault, struct request *request,
                         struct response *response)
{
    switch (fault) {
    case SANDBOX_FAULT_DOWN:
    case SANDBOX_FAULT_HANG:
        response_drop(response);
        return true;
    case SANDBOX_FAULT_REFUSE:
        return !problem(request, response, 403, "no-agreement", "There is no agreement any more.");
    case SANDBOX_FAULT_ERROR_BEFORE:
        return !problem(request, response, 500, "broken", "Unexpected error.");
    case SANDBOX_FAULT_GATEWAY:
        response_bytes(response, 503, "text/html",
                       BYTES_OF("<html><body><h1>503 Service Unavailable</h1></body></html>\n"));
        return true;
    case SANDBOX_FAULT_UNKNOWN_CODE:
        return !problem(request, response, 400, "teapot-is-empty", "Something new.");
    case SANDBOX_FAULT_UNKNOWN_USER:
        return !problem(request, response, 401, "no-token", "Who is asking?");
    case SANDBOX_FAULT_NOT_FOUND:
        return !problem(request, response, 404, "no-message", "There is no such message.");
    case SANDBOX_FAULT_CONFLICT:
        return !problem(request, response, 409, "not-now", "Not just now.");
    case SANDBOX_FAULT_TOO_MANY:
        response_header(response, "Retry-After", "1");
        return !problem(request, response, 429, "too-many", "Too many requests.");
    case SANDBOX_FAULT_EMPTY_ERROR:
        response->status = 400;
        return true;
    case SANDBOX_FAULT_GARBAGE:
        response_bytes(response, 200, "application/json", BYTES_OF("[{\"status\": \"SEN"));
        return true;
    default:
        return false;
    }
}

static void add_spaces(struct response *response)
{
    enum { SPACES = 16 * 1024 * 1024 };
    size_t size = response->body.size;
    unsigned char *longer = arena_alloc(response->arena, size + SPACES);
    if (size)
        memcpy(longer, response->body.data, size);
    memset(longer + size, ' ', SPACES);
    response->body = (struct bytes){longer, size + SPACES};
}

/* Each twice, the newest first. */
static void list_twice(struct request *request, struct response *response)
{
    CLEANUP(close_json)
    json_t *once = json_loadb((const char *)response->body.data, response->body.size, 0, NULL);
    json_t *twice = json_array();
    for (size_t i = json_array_size(once); i-- > 0;) {
        json_array_append(twice, json_array_get(once, i));
        json_array_append(twice, json_array_get(once, i));
    }
    sandbox_json(request, response, 200, twice);
}

static void fault_after(enum sandbox_fault fault, struct request *request,
                        struct response *response)
{
    if (fault == SANDBOX_FAULT_TWICE && response->status == 200 && response->body.size)
        list_twice(request, response);
    if (fault == SANDBOX_FAULT_LONGER)
        add_spaces(response);
    if (fault == SANDBOX_FAULT_ANSWER_LOST)
        response_drop(response);
    else if (fault == SANDBOX_FAULT_ERROR_AFTER)
        problem(request, response, 500, "broken", "Unexpected error.");
    response->is_chunked |= fault == SANDBOX_FAULT_CHUNKED;
}

/* ---- one request ---- */

#define OUT SANDBOX_WORLD_DPI_PATH "/messages/out"
#define IN SANDBOX_WORLD_DPI_PATH "/messages/in"

static const struct router_route routes[] = {
    {.method = "POST", .pattern = OUT, .handle = send, .may_repeat = "*"},
    {.method = "GET", .pattern = OUT "/:id/statuses", .handle = statuses},
    {.method = "GET", .pattern = IN, .handle = receipts},
    {.method = "GET", .pattern = IN "/:id", .handle = package},
    {.method = "POST", .pattern = IN "/:id/read", .handle = read_receipt},
};

/* What faults are asked for by; the same order. */
static const char *const relations[COUNT(routes)] = {"DPI_SEND", "DPI_STATUSES", "DPI_RECEIPTS",
                                                     "DPI_PACKAGE", "DPI_READ"};

/* The request's line in the ledger, before the answer leaves; those that change nothing have none.
 */
static void keep_record(struct sandbox_world *world, const struct request *request,
                        const struct response *response, const char *relation,
                        enum sandbox_fault fault)
{
    if (request_is_safe(request) && !fault)
        return;
    CLEANUP(close_json)
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s*}", "what", "request", "at",
                              clock_iso_utc(request->arena, clock_now()), "method", request->method,
                              "target", request->target, "relation", relation, "status",
                              response->is_dropped ? 0 : response->status, "fault",
                              fault ? sandbox_fault_name(fault) : NULL);
    struct error err;
    if (entry && !sandbox_ledger_append(world->ledger, entry, &err))
        log_error("sandbox_ledger", &err);
}

void sandbox_corner2_handle(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const struct router router = {.routes = routes, .route_count = COUNT(routes)};
    const char *allow = NULL;
    response_plain(response);
    const struct router_route *route = router_find(&router, request->arena, request->method,
                                                   request->path, &request->parameters, &allow);
    const char *relation = route ? relations[route - routes] : "";

    pthread_mutex_lock(&world->lock);
    sandbox_mailboxes_settle(world);
    enum sandbox_fault fault = sandbox_world_take_fault(world, relation);
    if (!fault_before(fault, request, response)) {
        if (route)
            route->handle(world, request, response);
        else
            refuse(world, allow ? 405 : 404, request, response);
    }
    fault_after(fault, request, response);
    keep_record(world, request, response, relation, fault);
    pthread_mutex_unlock(&world->lock);

    if (fault == SANDBOX_FAULT_SLOW || fault == SANDBOX_FAULT_HANG)
        sandbox_world_pause(world, fault == SANDBOX_FAULT_SLOW ? SLOW_MS : HANG_MS);
}

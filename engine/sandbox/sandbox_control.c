#include "engine/sandbox/sandbox_control.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_mailboxes.h"
#include "engine/sandbox/sandbox_world.h"

#include <stdlib.h>
#include <string.h>

/* Takes the value over. */
static void answer_json(struct request *request, struct response *response, int status,
                        json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(1));
    json_decref(value);
    struct bytes body = arena_bytes(request->arena, BYTES_OF(text));
    free(text);
    response_bytes(response, status, "application/json", body);
}

static void answer(struct request *request, struct response *response, bool ok,
                   const struct error *err)
{
    if (ok)
        answer_json(request, response, 200, json_pack("{s:b}", "ok", 1));
    else
        answer_json(request, response, error_http_status(err->code),
                    json_pack("{s:s}", "error", err->text));
}

void sandbox_control_people(void *context, struct request *request, struct response *response)
{
    (void)context;
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:b}", "key", people[i].key, "name",
                                        people[i].name, "pid", people[i].pid, "language",
                                        people[i].language, "has_mailbox", people[i].has_mailbox));
    answer_json(request, response, 200, list);
}

static json_t *write_letter(struct arena *arena, const struct sandbox_letter *letter)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s, s:b, s:b, s:b, s:I, s:s}", "uuid",
                     letter->uuid, "subject", letter->subject, "file_type", letter->file_type,
                     "message_id", letter->message_id, "sender_name", letter->sender_name,
                     "origin_number", letter->origin_number, "delivered_at",
                     clock_iso_utc(arena, letter->delivered_at), "opened", letter->opened,
                     "is_attachment", letter->is_attachment, "is_share_request",
                     letter->is_share_request, "size_bytes", (json_int_t)letter->size_bytes,
                     "sha256", letter->sha256);
}

void sandbox_control_letters(void *context, struct request *request, struct response *response)
{
    struct sandbox_letter *letters;
    size_t count;
    sandbox_world_letters(context, request->arena, request_parameter(request, "person"), &letters,
                          &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, write_letter(request->arena, &letters[i]));
    answer_json(request, response, 200, list);
}

void sandbox_control_document(void *context, struct request *request, struct response *response)
{
    const struct sandbox_world *world = context;
    const struct sandbox_document *document =
        sandbox_mail_find_document(world->mail, 0, request_parameter(request, "uuid"));
    struct error err;
    struct bytes content;
    bool found = document ? sandbox_ledger_content(world->ledger, request->arena, document->sha256,
                                                   &content, &err)
                          : error_set(&err, ERROR_MISSING, "no such document");
    if (found)
        response_bytes(response, 200, "application/octet-stream", content);
    else
        answer(request, response, false, &err);
}

static const char *field(const struct request *request, const char *name)
{
    const char *value = request_field(request, name);
    return value ? value : "";
}

void sandbox_control_share(void *context, struct request *request, struct response *response)
{
    const char **uuids = ARENA_ARRAY(request->arena, request->fields.count, const char *);
    size_t count = 0;
    for (size_t i = 0; i < request->fields.count; i++)
        if (text_equal(request->fields.items[i].name, "document"))
            uuids[count++] = request->fields.items[i].value;
    struct error err;
    bool ok = sandbox_world_share(context, field(request, "request"), uuids, count, &err);
    answer(request, response, ok, &err);
}

void sandbox_control_withdraw(void *context, struct request *request, struct response *response)
{
    struct error err;
    bool ok = sandbox_world_withdraw(context, field(request, "request"), &err);
    answer(request, response, ok, &err);
}

void sandbox_control_open(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    const char *id = field(request, "message");
    const struct sandbox_post_message *message = sandbox_post_find(world->post, id);
    bool ok = *id ? sandbox_mailboxes_open(world, message ? message->number : 0, &err)
                  : sandbox_world_open_letter(world, field(request, "document"), &err);
    answer(request, response, ok, &err);
}

/* A whole number of at most nine digits. */
static bool read_number(const struct request *request, const char *name, int *out,
                        struct error *err)
{
    const char *text = field(request, name);
    if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
        return error_set(err, ERROR_INVALID, "%s must be a number", name);
    *out = (int)strtol(text, NULL, 10);
    return true;
}

void sandbox_control_advance(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    int seconds;
    bool ok = read_number(request, "seconds", &seconds, &err);
    if (ok) {
        sandbox_mail_advance(world->mail, seconds);
        world->idporten.advanced_s += seconds;
    }
    answer(request, response, ok, &err);
}

void sandbox_control_delay(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    int seconds;
    bool ok = read_number(request, "seconds", &seconds, &err);
    if (ok)
        world->delay_ms = (int64_t)seconds * 1000;
    answer(request, response, ok, &err);
}

static json_t *write_message(const struct sandbox_post_message *message)
{
    const struct sandbox_post_letter *letter = message->letter;
    const char *state = letter             ? "delivered"
                        : message->failure ? "failed"
                        : message->refusal ? "refused"
                                           : "waiting";
    const char *why = message->failure ? message->failure : message->refusal;
    json_t *digests = json_array();
    for (size_t i = 0; letter && i < letter->document_count; i++)
        json_array_append_new(digests, json_string(letter->documents[i].sha256));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:b, s:s*, s:o}", "message_id",
                     message->message_id, "recipient", message->recipient, "provider",
                     message->provider, "channel", message->channel, "state", state, "why", why,
                     "opened", message->opened_at_ms != 0, "link", letter ? letter->link.url : NULL,
                     "documents", digests);
}

void sandbox_control_dpi(void *context, struct request *request, struct response *response)
{
    const struct sandbox_world *world = context;
    size_t count;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, write_message(messages[i]));
    answer_json(request, response, 200, list);
}

void sandbox_control_fault(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    enum sandbox_fault fault;
    enum sandbox_idporten_fault login_fault;
    int count;
    const char *name = field(request, "fault"), *on = field(request, "on");
    bool of_login = sandbox_idporten_fault_parse(name, &login_fault);
    bool ok = of_login || sandbox_fault_parse(name, &fault)
                  ? read_number(request, "count", &count, &err)
                  : error_set(&err, ERROR_INVALID, "no such fault");
    if (ok && of_login)
        world->idporten.faults[login_fault] = count;
    else if (ok)
        sandbox_world_set_fault(world, fault, *on ? on : NULL, count);
    answer(request, response, ok, &err);
}

void sandbox_control_idporten(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    bool rotates = text_equal(field(request, "do"), "rotate");
    bool ok = rotates || text_equal(field(request, "do"), "forget") ||
              error_set(&err, ERROR_INVALID, "do must be rotate or forget");
    if (ok && rotates)
        sandbox_idporten_rotate(world);
    else if (ok)
        sandbox_idporten_forget(world);
    answer(request, response, ok, &err);
}

void sandbox_control_mix(void *context, struct request *request, struct response *response)
{
    struct error err;
    int percent, seed;
    bool ok = read_number(request, "percent", &percent, &err) &&
              read_number(request, "seed", &seed, &err);
    if (ok)
        sandbox_world_mix_faults(context, percent, (uint64_t)seed);
    answer(request, response, ok, &err);
}

void sandbox_control_dedupe(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct error err;
    const char *value = field(request, "value");
    bool ok = text_equal(value, "yes") || text_equal(value, "no") ||
              error_set(&err, ERROR_INVALID, "value must be yes or no");
    if (ok)
        world->takes_twice = text_equal(value, "no");
    answer(request, response, ok, &err);
}

#include "engine/sandbox/sandbox_mail.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_MESSAGE = 500001, FIRST_DOCUMENT = 900001 };

struct sandbox_mail {
    struct arena *arena;
    struct sandbox_ledger *ledger;
    int64_t advanced_ms;
    struct sandbox_message **messages;
    size_t message_count, message_room;
    struct sandbox_event *events;
    size_t event_count, event_room;
    int64_t next_document;
    bool damaged; /* an entry of the ledger that is not one of ours */
};

/* ---- looking ---- */

struct sandbox_message *const *sandbox_mail_messages(const struct sandbox_mail *mail, size_t *count)
{
    *count = mail->message_count;
    return mail->messages;
}

const struct sandbox_event *sandbox_mail_events(const struct sandbox_mail *mail, size_t *count)
{
    *count = mail->event_count;
    return mail->events;
}

const struct sandbox_message *sandbox_mail_find_message(const struct sandbox_mail *mail,
                                                        int64_t sender_id, const char *message_id)
{
    for (size_t i = 0; i < mail->message_count; i++)
        if ((!sender_id || mail->messages[i]->sender_id == sender_id) && *message_id &&
            text_equal(mail->messages[i]->id, message_id))
            return mail->messages[i];
    return NULL;
}

struct sandbox_document *sandbox_mail_find_document(const struct sandbox_mail *mail,
                                                    int64_t sender_id, const char *uuid)
{
    for (size_t i = 0; i < mail->message_count; i++) {
        const struct sandbox_message *message = mail->messages[i];
        if (sender_id && message->sender_id != sender_id)
            continue;
        for (size_t k = 0; k < message->document_count; k++)
            if (text_equal(message->documents[k].uuid, uuid))
                return &message->documents[k];
    }
    return NULL;
}

struct sandbox_document *sandbox_mail_find_number(const struct sandbox_mail *mail, int64_t number)
{
    for (size_t i = 0; i < mail->message_count; i++)
        for (size_t k = 0; k < mail->messages[i]->document_count; k++)
            if (mail->messages[i]->documents[k].number == number)
                return &mail->messages[i]->documents[k];
    return NULL;
}

void sandbox_mail_advance(struct sandbox_mail *mail, int64_t seconds)
{
    mail->advanced_ms += seconds * 1000;
}

int64_t sandbox_mail_now_ms(const struct sandbox_mail *mail)
{
    return clock_now_ms() + mail->advanced_ms;
}

bool sandbox_mail_is_delivered(const struct sandbox_mail *mail,
                               const struct sandbox_message *message)
{
    return text_equal(message->channel, "DIGIPOST") &&
           message->delivered_at_ms <= sandbox_mail_now_ms(mail);
}

bool sandbox_mail_is_shared(const struct sandbox_mail *mail, const struct sandbox_share *share)
{
    return share->state == SANDBOX_SHARE_GIVEN && sandbox_mail_now_ms(mail) < share->expires_at_ms;
}

bool sandbox_mail_may_share(const struct sandbox_mail *mail, const struct sandbox_document *request,
                            const struct sandbox_document *document)
{
    const struct sandbox_share *share = request->share;
    if (document->message->person != request->message->person || document->share ||
        !sandbox_mail_is_delivered(mail, document->message))
        return false;
    for (size_t i = 0; i < share->allowed_count; i++)
        if (text_equal(share->allowed[i], document->message->origin_number))
            return true;
    return share->allowed_count == 0;
}

/* ---- entries of the ledger, read ---- */

static const char *text_in(struct sandbox_mail *mail, const json_t *object, const char *key)
{
    return arena_text(mail->arena, json_string_value(json_object_get(object, key)));
}

static int64_t number_in(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void add_event(struct sandbox_mail *mail, const char *type,
                      const struct sandbox_document *document, int64_t at_ms)
{
    if (mail->event_count == mail->event_room) {
        size_t room = mail->event_room ? mail->event_room * 2 : 64;
        struct sandbox_event *more = ARENA_ARRAY(mail->arena, room, struct sandbox_event);
        if (mail->event_count)
            memcpy(more, mail->events, mail->event_count * sizeof *more);
        mail->events = more;
        mail->event_room = room;
    }
    mail->events[mail->event_count++] = (struct sandbox_event){type, document, at_ms};
}

static void add_message(struct sandbox_mail *mail, struct sandbox_message *message)
{
    if (mail->message_count == mail->message_room) {
        size_t room = mail->message_room ? mail->message_room * 2 : 64;
        struct sandbox_message **more = ARENA_ARRAY(mail->arena, room, struct sandbox_message *);
        if (mail->message_count)
            memcpy(more, mail->messages, mail->message_count * sizeof(struct sandbox_message *));
        mail->messages = more;
        mail->message_room = room;
    }
    mail->messages[mail->message_count++] = message;
}

static struct sandbox_share *read_share(struct sandbox_mail *mail, const json_t *from)
{
    if (!from)
        return NULL;
    struct sandbox_share *share = ARENA_NEW(mail->arena, struct sandbox_share);
    share->max_seconds = number_in(from, "max_seconds");
    share->purpose = text_in(mail, from, "purpose");
    const json_t *allowed = json_object_get(from, "allowed");
    share->allowed_count = json_array_size(allowed);
    share->allowed = ARENA_ARRAY(mail->arena, share->allowed_count, const char *);
    for (size_t i = 0; i < share->allowed_count; i++)
        share->allowed[i] = arena_text(mail->arena, json_string_value(json_array_get(allowed, i)));
    return share;
}

static void read_document(struct sandbox_mail *mail, const json_t *from,
                          struct sandbox_document *document)
{
    document->uuid = text_in(mail, from, "uuid");
    document->subject = text_in(mail, from, "subject");
    document->file_type = text_in(mail, from, "file_type");
    document->sha256 = text_in(mail, from, "sha256");
    document->size_bytes = (size_t)number_in(from, "size");
    document->authentication_level = text_in(mail, from, "authentication_level");
    document->sensitivity_level = text_in(mail, from, "sensitivity_level");
    document->link_url = text_in(mail, from, "link_url");
    document->link_text = text_in(mail, from, "link_text");
    document->wants_receipt = json_is_true(json_object_get(from, "wants_receipt"));
    document->share = read_share(mail, json_object_get(from, "share"));
    document->number = mail->next_document++;
}

static void apply_message(struct sandbox_mail *mail, const json_t *entry)
{
    struct sandbox_message *message = ARENA_NEW(mail->arena, struct sandbox_message);
    const json_t *documents = json_object_get(entry, "documents");
    const char *pid = json_string_value(json_object_get(entry, "recipient"));
    message->id = text_in(mail, entry, "message_id");
    message->person = pid ? sandbox_people_find_pid(pid) : NULL;
    message->broker_id = number_in(entry, "broker");
    message->sender_id = number_in(entry, "sender");
    message->sender_name = text_in(mail, entry, "sender_name");
    message->origin_number = text_in(mail, entry, "origin_number");
    message->channel = text_in(mail, entry, "channel");
    message->status = text_in(mail, entry, "status");
    message->created_at_ms = number_in(entry, "created_at_ms");
    message->delivered_at_ms = number_in(entry, "delivered_at_ms");
    message->document_count = json_array_size(documents);
    message->documents = ARENA_ARRAY(mail->arena, message->document_count, struct sandbox_document);
    message->number = FIRST_MESSAGE + (int64_t)mail->message_count;
    for (size_t i = 0; i < message->document_count; i++) {
        read_document(mail, json_array_get(documents, i), &message->documents[i]);
        message->documents[i].is_attachment = i > 0;
        message->documents[i].message = message;
    }
    add_message(mail, message);
}

static void apply_shared(struct sandbox_mail *mail, const json_t *entry,
                         struct sandbox_document *request, int64_t at_ms)
{
    const json_t *numbers = json_object_get(entry, "documents");
    struct sandbox_share *share = request->share;
    size_t count = json_array_size(numbers);
    share->documents = ARENA_ARRAY(mail->arena, count, struct sandbox_document *);
    for (size_t i = 0; i < count; i++) {
        struct sandbox_document *document =
            sandbox_mail_find_number(mail, json_integer_value(json_array_get(numbers, i)));
        if (document)
            share->documents[share->document_count++] = document;
    }
    share->state = SANDBOX_SHARE_GIVEN;
    share->shared_at_ms = at_ms;
    share->expires_at_ms = at_ms + share->max_seconds * 1000;
    add_event(mail, "SHARE_DOCUMENTS_REQUEST_DOCUMENTS_SHARED", request, at_ms);
}

/* withdrawn by the citizen, stopped by the organisation: the same event (Digipost API 7.4.6). */
static void apply_end(struct sandbox_mail *mail, struct sandbox_document *request,
                      enum sandbox_share_state state, int64_t at_ms)
{
    request->share->state = state;
    request->share->ended_at_ms = at_ms;
    add_event(mail, "SHARE_DOCUMENTS_REQUEST_SHARING_WITHDRAWN", request, at_ms);
}

/* What happened to one document. */
static void apply_to_document(struct sandbox_mail *mail, const json_t *entry, const char *what)
{
    struct sandbox_document *document =
        sandbox_mail_find_number(mail, number_in(entry, "document"));
    int64_t at_ms = number_in(entry, "at_ms");
    if (!document || (!document->share && !text_equal(what, "opened"))) {
        mail->damaged = true;
    } else if (text_equal(what, "opened")) {
        document->opened_at_ms = at_ms;
        add_event(mail, "OPENED", document, at_ms);
    } else if (text_equal(what, "shared")) {
        apply_shared(mail, entry, document, at_ms);
    } else if (text_equal(what, "refused")) {
        document->share->state = SANDBOX_SHARE_REFUSED;
    } else {
        apply_end(mail, document,
                  text_equal(what, "withdrawn") ? SANDBOX_SHARE_WITHDRAWN : SANDBOX_SHARE_STOPPED,
                  at_ms);
    }
}

static void apply(void *context, const json_t *entry)
{
    static const char *const about_documents[] = {"opened", "shared", "refused", "withdrawn",
                                                  "stopped"};
    struct sandbox_mail *mail = context;
    const char *what = json_string_value(json_object_get(entry, "what"));
    if (text_equal(what, "message"))
        apply_message(mail, entry);
    for (size_t i = 0; i < COUNT(about_documents); i++)
        if (text_equal(what, about_documents[i]))
            apply_to_document(mail, entry, what);
}

bool sandbox_mail_open(struct sandbox_ledger *ledger, struct sandbox_mail **out, struct error *err)
{
    struct sandbox_mail *mail = calloc(1, sizeof *mail);
    if (!mail)
        abort();
    mail->arena = arena_open();
    mail->ledger = ledger;
    mail->next_document = FIRST_DOCUMENT;
    bool ok = sandbox_ledger_replay(ledger, apply, mail, err) &&
              (!mail->damaged ||
               error_set(err, ERROR_BROKEN, "the ledger tells of documents it does not have"));
    if (!ok) {
        sandbox_mail_close(&mail);
        return false;
    }
    *out = mail;
    return true;
}

void sandbox_mail_close(struct sandbox_mail **mail)
{
    if (*mail)
        arena_close(&(*mail)->arena);
    free(*mail);
    *mail = NULL;
}

/* ---- entries of the ledger, written ---- */

static void close_entry(json_t **entry)
{
    json_decref(*entry);
}

/* On disk first, then in the mailbox. */
static bool happen(struct sandbox_mail *mail, const json_t *entry, struct error *err)
{
    if (!sandbox_ledger_append(mail->ledger, entry, err))
        return false;
    apply(mail, entry);
    return true;
}

static json_t *write_share(const struct sandbox_share *share)
{
    json_t *allowed = json_array();
    for (size_t i = 0; i < share->allowed_count; i++)
        json_array_append_new(allowed, json_string(share->allowed[i]));
    return json_pack("{s:I, s:s, s:o}", "max_seconds", (json_int_t)share->max_seconds, "purpose",
                     share->purpose, "allowed", allowed);
}

static json_t *write_document(const struct sandbox_document *document)
{
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s*, s:s*, s:b}", "uuid", document->uuid, "subject",
        document->subject, "file_type", document->file_type, "sha256", document->sha256, "size",
        (json_int_t)document->size_bytes, "authentication_level", document->authentication_level,
        "sensitivity_level", document->sensitivity_level, "link_url", document->link_url,
        "link_text", document->link_text, "wants_receipt", document->wants_receipt);
    if (entry && document->share)
        json_object_set_new(entry, "share", write_share(document->share));
    return entry;
}

bool sandbox_mail_deliver(struct sandbox_mail *mail, const struct sandbox_message *message,
                          const struct sandbox_message **out, struct error *err)
{
    json_t *documents = json_array();
    for (size_t i = 0; i < message->document_count; i++)
        json_array_append_new(documents, write_document(&message->documents[i]));
    CLEANUP(close_entry)
    json_t *entry = json_pack(
        "{s:s, s:s, s:s*, s:I, s:I, s:s, s:s*, s:s, s:s, s:I, s:I, s:o}", "what", "message",
        "message_id", message->id, "recipient", message->person ? message->person->pid : NULL,
        "broker", (json_int_t)message->broker_id, "sender", (json_int_t)message->sender_id,
        "sender_name", message->sender_name, "origin_number", message->origin_number, "channel",
        message->channel, "status", message->status, "created_at_ms",
        (json_int_t)message->created_at_ms, "delivered_at_ms", (json_int_t)message->delivered_at_ms,
        "documents", documents);
    if (!entry || json_array_size(json_object_get(entry, "documents")) != message->document_count)
        return error_set(err, ERROR_INVALID, "a message with text that is not UTF-8");
    if (!happen(mail, entry, err))
        return false;
    if (out)
        *out = mail->messages[mail->message_count - 1];
    return true;
}

static bool happen_to(struct sandbox_mail *mail, const char *what,
                      const struct sandbox_document *document, struct error *err)
{
    CLEANUP(close_entry)
    json_t *entry =
        json_pack("{s:s, s:I, s:s, s:I}", "what", what, "document", (json_int_t)document->number,
                  "uuid", document->uuid, "at_ms", (json_int_t)clock_now_ms());
    return happen(mail, entry, err);
}

static bool conflict(struct error *err)
{
    return error_set(err, ERROR_CONFLICT, "the request is not in a state for that");
}

bool sandbox_mail_share(struct sandbox_mail *mail, struct sandbox_document *request,
                        struct sandbox_document *const *documents, size_t count, struct error *err)
{
    if (request->share->state != SANDBOX_SHARE_ASKED)
        return conflict(err);
    if (count == 0)
        return error_set(err, ERROR_INVALID, "no document is chosen");
    json_t *numbers = json_array();
    CLEANUP(close_entry)
    json_t *entry = json_pack("{s:s, s:I, s:s, s:I, s:o}", "what", "shared", "document",
                              (json_int_t)request->number, "uuid", request->uuid, "at_ms",
                              (json_int_t)clock_now_ms(), "documents", numbers);
    for (size_t i = 0; i < count; i++) {
        if (!sandbox_mail_may_share(mail, request, documents[i]))
            return error_set(err, ERROR_DENIED, "a document that the request does not ask for");
        json_array_append_new(numbers, json_integer((json_int_t)documents[i]->number));
    }
    return happen(mail, entry, err);
}

bool sandbox_mail_refuse(struct sandbox_mail *mail, struct sandbox_document *request,
                         struct error *err)
{
    if (request->share->state != SANDBOX_SHARE_ASKED)
        return conflict(err);
    return happen_to(mail, "refused", request, err);
}

bool sandbox_mail_withdraw(struct sandbox_mail *mail, struct sandbox_document *request,
                           struct error *err)
{
    if (request->share->state != SANDBOX_SHARE_GIVEN)
        return conflict(err);
    return happen_to(mail, "withdrawn", request, err);
}

bool sandbox_mail_stop(struct sandbox_mail *mail, struct sandbox_document *request,
                       struct error *err)
{
    if (request->share->state != SANDBOX_SHARE_ASKED &&
        !sandbox_mail_is_shared(mail, request->share))
        return conflict(err);
    return happen_to(mail, "stopped", request, err);
}

bool sandbox_mail_opened(struct sandbox_mail *mail, struct sandbox_document *document,
                         struct error *err)
{
    return document->opened_at_ms || happen_to(mail, "opened", document, err);
}

#include "engine/sandbox/sandbox_post.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

struct sandbox_post {
    struct arena *arena;
    struct sandbox_ledger *ledger;
    struct sandbox_post_message **messages;
    size_t message_count, message_room;
    struct sandbox_post_receipt **receipts;
    size_t receipt_count, receipt_room;
    bool damaged; /* the ledger tells of what it does not have */
};

/* ---- looking ---- */

struct sandbox_post_message *const *sandbox_post_messages(const struct sandbox_post *post,
                                                          size_t *count)
{
    *count = post->message_count;
    return post->messages;
}

struct sandbox_post_receipt *const *sandbox_post_receipts(const struct sandbox_post *post,
                                                          size_t *count)
{
    *count = post->receipt_count;
    return post->receipts;
}

const struct sandbox_post_message *sandbox_post_find(const struct sandbox_post *post,
                                                     const char *message_id)
{
    for (size_t i = 0; i < post->message_count; i++)
        if (text_equal(post->messages[i]->message_id, message_id))
            return post->messages[i];
    return NULL;
}

static struct sandbox_post_message *find_number(const struct sandbox_post *post, int64_t number)
{
    return number >= 1 && (size_t)number <= post->message_count ? post->messages[(size_t)number - 1]
                                                                : NULL;
}

const struct sandbox_post_message *sandbox_post_find_number(const struct sandbox_post *post,
                                                            int64_t number)
{
    return find_number(post, number);
}

/* ---- entries of the ledger, read ---- */

static const char *text_in(struct sandbox_post *post, const json_t *object, const char *key)
{
    return arena_text(post->arena, json_string_value(json_object_get(object, key)));
}

static int64_t number_in(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Room for one more of a list of pointers. */
static void *grow(struct arena *arena, void *list, size_t count, size_t *room)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 64;
    void **more = ARENA_ARRAY(arena, *room, void *);
    if (count)
        memcpy(more, list, count * sizeof *more);
    return more;
}

static void apply_message(struct sandbox_post *post, const json_t *entry)
{
    struct sandbox_post_message *message = ARENA_NEW(post->arena, struct sandbox_post_message);
    message->message_id = text_in(post, entry, "message_id");
    message->conversation_id = text_in(post, entry, "conversation_id");
    message->process = text_in(post, entry, "process");
    message->channel = text_in(post, entry, "channel");
    message->sender = text_in(post, entry, "sender");
    message->consumer = text_in(post, entry, "consumer");
    message->sender_identifier = text_in(post, entry, "sender_identifier");
    message->provider = text_in(post, entry, "provider");
    message->recipient = text_in(post, entry, "recipient");
    message->jws = text_in(post, entry, "jws");
    message->package = text_in(post, entry, "package");
    message->accepted_at_ms = number_in(entry, "at_ms");
    message->sent_at_ms = number_in(entry, "sent_at_ms");
    const char *fault = json_string_value(json_object_get(entry, "fault"));
    if (!fault || !sandbox_fault_parse(fault, &message->fault))
        message->fault = SANDBOX_FAULT_NONE;
    post->messages = grow(post->arena, post->messages, post->message_count, &post->message_room);
    post->messages[post->message_count++] = message;
    message->number = (int64_t)post->message_count;
}

static void apply_receipts(struct sandbox_post *post, const json_t *list,
                           const struct sandbox_post_message *message)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *from = json_array_get(list, i);
        struct sandbox_post_receipt *receipt = ARENA_NEW(post->arena, struct sandbox_post_receipt);
        receipt->message = message;
        receipt->id = text_in(post, from, "id");
        receipt->kind = text_in(post, from, "kind");
        receipt->jws = text_in(post, from, "jws");
        receipt->from_ms = number_in(from, "from_ms");
        receipt->left = (int)number_in(from, "times");
        post->receipts =
            grow(post->arena, post->receipts, post->receipt_count, &post->receipt_room);
        post->receipts[post->receipt_count++] = receipt;
    }
}

static struct sandbox_post_notice read_notice(struct sandbox_post *post, const json_t *from)
{
    struct sandbox_post_notice notice = {.address = text_in(post, from, "address"),
                                         .text = text_in(post, from, "text")};
    const json_t *days = json_object_get(from, "days");
    for (size_t i = 0; i < json_array_size(days) && i < SANDBOX_POST_DAYS; i++)
        notice.days[notice.count++] = (int)json_integer_value(json_array_get(days, i));
    return notice;
}

static struct sandbox_post_link read_link(struct sandbox_post *post, const json_t *from)
{
    return (struct sandbox_post_link){.url = text_in(post, from, "url"),
                                      .description = text_in(post, from, "description"),
                                      .button = text_in(post, from, "button"),
                                      .deadline = number_in(from, "deadline")};
}

static struct sandbox_post_letter *read_letter(struct sandbox_post *post, const json_t *from)
{
    if (!from)
        return NULL;
    struct sandbox_post_letter *letter = ARENA_NEW(post->arena, struct sandbox_post_letter);
    const char *person = json_string_value(json_object_get(from, "person"));
    letter->person = person ? sandbox_people_find(person) : NULL;
    letter->title = text_in(post, from, "title");
    letter->language = text_in(post, from, "language");
    letter->level = (int)number_in(from, "level");
    letter->wants_receipt = json_is_true(json_object_get(from, "wants_receipt"));
    letter->visible_from = number_in(from, "visible_from");
    letter->email = read_notice(post, json_object_get(from, "email"));
    letter->sms = read_notice(post, json_object_get(from, "sms"));
    letter->link = read_link(post, json_object_get(from, "link"));
    const json_t *documents = json_object_get(from, "documents");
    letter->document_count = json_array_size(documents);
    letter->documents =
        ARENA_ARRAY(post->arena, letter->document_count, struct sandbox_post_document);
    for (size_t i = 0; i < letter->document_count; i++) {
        const json_t *document = json_array_get(documents, i);
        letter->documents[i] = (struct sandbox_post_document){
            .file_name = text_in(post, document, "file_name"),
            .title = text_in(post, document, "title"),
            .type = text_in(post, document, "type"),
            .sha256 = text_in(post, document, "sha256"),
            .size_bytes = (size_t)number_in(document, "size"),
        };
    }
    return letter;
}

static void apply_read(struct sandbox_post *post, const json_t *entry)
{
    const char *id = json_string_value(json_object_get(entry, "id"));
    for (size_t i = 0; i < post->receipt_count; i++)
        if (post->receipts[i]->left && text_equal(post->receipts[i]->id, id)) {
            post->receipts[i]->left--;
            return;
        }
}

static void apply(void *context, const json_t *entry)
{
    struct sandbox_post *post = context;
    const char *what = json_string_value(json_object_get(entry, "what"));
    if (!what || !text_starts_with(what, "dpi_"))
        return;
    if (text_equal(what, "dpi_message")) {
        apply_message(post, entry);
        return;
    }
    if (text_equal(what, "dpi_read")) {
        apply_read(post, entry);
        return;
    }
    struct sandbox_post_message *message = find_number(post, number_in(entry, "number"));
    if (!message) {
        post->damaged = true;
        return;
    }
    if (text_equal(what, "dpi_verdict")) {
        message->is_settled = true;
        message->failure = text_in(post, entry, "failure");
        message->refusal = text_in(post, entry, "refusal");
        message->letter = read_letter(post, json_object_get(entry, "letter"));
    } else if (text_equal(what, "dpi_opened")) {
        message->opened_at_ms = number_in(entry, "at_ms");
    }
    apply_receipts(post, json_object_get(entry, "receipts"), message);
}

bool sandbox_post_open(struct sandbox_ledger *ledger, struct sandbox_post **out, struct error *err)
{
    struct sandbox_post *post = calloc(1, sizeof *post);
    if (!post)
        abort();
    post->arena = arena_open();
    post->ledger = ledger;
    bool ok = sandbox_ledger_replay(ledger, apply, post, err) &&
              (!post->damaged ||
               error_set(err, ERROR_BROKEN, "the ledger tells of messages it does not have"));
    if (!ok) {
        sandbox_post_close(&post);
        return false;
    }
    *out = post;
    return true;
}

void sandbox_post_close(struct sandbox_post **post)
{
    if (*post)
        arena_close(&(*post)->arena);
    free(*post);
    *post = NULL;
}

/* ---- entries of the ledger, written ---- */

static void close_entry(json_t **entry)
{
    json_decref(*entry);
}

/* On disk first, then here. */
static bool happen(struct sandbox_post *post, const json_t *entry, struct error *err)
{
    if (!entry)
        return error_set(err, ERROR_INVALID, "an entry with text that is not UTF-8");
    if (!sandbox_ledger_append(post->ledger, entry, err))
        return false;
    apply(post, entry);
    return true;
}

bool sandbox_post_take(struct sandbox_post *post, const struct sandbox_post_message *message,
                       struct error *err)
{
    const char *fault = message->fault ? sandbox_fault_name(message->fault) : NULL;
    CLEANUP(close_entry)
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s*}",
                  "what", "dpi_message", "message_id", message->message_id, "conversation_id",
                  message->conversation_id, "process", message->process, "channel",
                  message->channel, "sender", message->sender, "consumer", message->consumer,
                  "sender_identifier", message->sender_identifier, "provider", message->provider,
                  "recipient", message->recipient, "jws", message->jws, "package", message->package,
                  "at_ms", (json_int_t)message->accepted_at_ms, "sent_at_ms",
                  (json_int_t)message->sent_at_ms, "fault", fault);
    return happen(post, entry, err);
}

static json_t *write_receipts(const struct sandbox_post_receipt *receipts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:i}", "id", receipts[i].id,
                                              "kind", receipts[i].kind, "jws", receipts[i].jws,
                                              "from_ms", (json_int_t)receipts[i].from_ms, "times",
                                              receipts[i].left));
    return list;
}

static json_t *write_notice(const struct sandbox_post_notice *notice)
{
    if (!notice->address)
        return NULL;
    json_t *days = json_array();
    for (size_t i = 0; i < notice->count; i++)
        json_array_append_new(days, json_integer(notice->days[i]));
    return json_pack("{s:s, s:s, s:o}", "address", notice->address, "text", notice->text, "days",
                     days);
}

static json_t *write_link(const struct sandbox_post_link *link)
{
    return link->url ? json_pack("{s:s, s:s*, s:s*, s:I}", "url", link->url, "description",
                                 link->description, "button", link->button, "deadline",
                                 (json_int_t)link->deadline)
                     : NULL;
}

static json_t *write_letter(const struct sandbox_post_letter *letter)
{
    if (!letter)
        return NULL;
    json_t *documents = json_array();
    for (size_t i = 0; i < letter->document_count; i++) {
        const struct sandbox_post_document *document = &letter->documents[i];
        json_array_append_new(
            documents, json_pack("{s:s, s:s, s:s, s:s, s:I}", "file_name", document->file_name,
                                 "title", document->title, "type", document->type, "sha256",
                                 document->sha256, "size", (json_int_t)document->size_bytes));
    }
    return json_pack("{s:s, s:s, s:s, s:i, s:b, s:I, s:o*, s:o*, s:o*, s:o}", "person",
                     letter->person->key, "title", letter->title, "language", letter->language,
                     "level", letter->level, "wants_receipt", letter->wants_receipt, "visible_from",
                     (json_int_t)letter->visible_from, "email", write_notice(&letter->email), "sms",
                     write_notice(&letter->sms), "link", write_link(&letter->link), "documents",
                     documents);
}

bool sandbox_post_settle(struct sandbox_post *post, const struct sandbox_post_message *message,
                         const struct sandbox_post_message *verdict,
                         const struct sandbox_post_receipt *receipts, size_t count,
                         struct error *err)
{
    CLEANUP(close_entry)
    json_t *entry =
        json_pack("{s:s, s:I, s:s, s:s*, s:s*, s:o*, s:o}", "what", "dpi_verdict", "number",
                  (json_int_t)message->number, "message_id", message->message_id, "failure",
                  verdict->failure, "refusal", verdict->refusal, "letter",
                  write_letter(verdict->letter), "receipts", write_receipts(receipts, count));
    return happen(post, entry, err);
}

bool sandbox_post_opened(struct sandbox_post *post, const struct sandbox_post_message *message,
                         int64_t at_ms, const struct sandbox_post_receipt *receipts, size_t count,
                         struct error *err)
{
    CLEANUP(close_entry)
    json_t *entry =
        json_pack("{s:s, s:I, s:s, s:I, s:o}", "what", "dpi_opened", "number",
                  (json_int_t)message->number, "message_id", message->message_id, "at_ms",
                  (json_int_t)at_ms, "receipts", write_receipts(receipts, count));
    return happen(post, entry, err);
}

bool sandbox_post_read(struct sandbox_post *post, const struct sandbox_post_receipt *receipt,
                       struct error *err)
{
    CLEANUP(close_entry)
    json_t *entry = json_pack("{s:s, s:s}", "what", "dpi_read", "id", receipt->id);
    return happen(post, entry, err);
}

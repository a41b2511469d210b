#include "engine/sandbox/sandbox_world.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CERTIFICATE_FILE "server.certificate.pem"

/* Knuth's MMIX: a next number for the same seed is the same everywhere. */
static uint32_t next_chance(struct sandbox_world *world)
{
    world->mix_seed = world->mix_seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(world->mix_seed >> 33);
}

/* One of those from first up to end. */
static enum sandbox_fault mixed_fault(struct sandbox_world *world, int first, int end)
{
    if (next_chance(world) % 100 >= (uint32_t)world->mix_percent)
        return SANDBOX_FAULT_NONE;
    enum sandbox_fault fault =
        (enum sandbox_fault)(first + (int)(next_chance(world) % (uint32_t)(end - first)));
    bool takes_time = fault == SANDBOX_FAULT_SLOW || fault == SANDBOX_FAULT_HANG;
    bool lies = fault == SANDBOX_FAULT_NOT_FOUND && world->takes_twice;
    return takes_time || lies ? SANDBOX_FAULT_ANSWER_LOST : fault;
}

void sandbox_world_mix_faults(struct sandbox_world *world, int percent, uint64_t seed)
{
    world->mix_percent = percent;
    world->mix_seed = seed;
}

static enum sandbox_fault take_between(struct sandbox_world *world, int first, int end,
                                       const char *relation)
{
    for (int fault = first; fault < end; fault++) {
        struct sandbox_fault_left *left = &world->faults[fault];
        if (left->count <= 0 || (left->on && !text_equal(left->on, relation)))
            continue;
        left->count--;
        return (enum sandbox_fault)fault;
    }
    return SANDBOX_FAULT_NONE;
}

enum sandbox_fault sandbox_world_take_fault(struct sandbox_world *world, const char *relation)
{
    const int first = SANDBOX_FAULT_NONE + 1, end = SANDBOX_FAULT_OF_LETTERS;
    enum sandbox_fault fault = take_between(world, first, end, relation);
    return fault || !world->mix_percent ? fault : mixed_fault(world, first, end);
}

enum sandbox_fault sandbox_world_take_letter_fault(struct sandbox_world *world)
{
    const int first = SANDBOX_FAULT_OF_LETTERS, end = SANDBOX_FAULT_LETTER_LOST;
    enum sandbox_fault fault = take_between(world, first, SANDBOX_FAULT_COUNT, NULL);
    return fault || !world->mix_percent ? fault : mixed_fault(world, first, end);
}

void sandbox_world_pause(struct sandbox_world *world, int ms)
{
    enum { STEP_MS = 20 };
    for (int done = 0; done < ms && !atomic_load(&world->is_closing); done += STEP_MS)
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

char *sandbox_world_view_url(struct sandbox_world *world, struct arena *arena, int64_t document)
{
    struct sandbox_token *token = &world->tokens[world->next_token++ % SANDBOX_WORLD_TOKENS];
    snprintf(token->text, sizeof token->text, "%s", crypto_random_id(arena, 256));
    token->document = document;
    token->until_ms = clock_monotonic_ms() + SANDBOX_WORLD_TOKEN_MS;
    return arena_printf(arena, "%s/data/%s?download=false", world->mailbox_url, token->text);
}

int64_t sandbox_world_use_token(struct sandbox_world *world, const char *token)
{
    for (size_t i = 0; i < SANDBOX_WORLD_TOKENS; i++) {
        if (!world->tokens[i].document || !text_equal(world->tokens[i].text, token))
            continue;
        int64_t document = world->tokens[i].document;
        world->tokens[i].document = 0;
        return clock_monotonic_ms() <= world->tokens[i].until_ms ? document : 0;
    }
    return 0;
}

bool sandbox_world_new_key(struct sandbox_world *world, struct error *err)
{
    struct bytes key_pem, certificate_pem;
    struct crypto_key *key = NULL;
    crypto_make_certificate(world->arena, "Sandkasse: signerer svar", &key_pem, &certificate_pem);
    if (!crypto_private_key_open(key_pem, SANDBOX_WORLD_KEY_FILE, &key, err))
        return false;
    if (!sandbox_ledger_write_file(world->ledger, CERTIFICATE_FILE, certificate_pem, err) ||
        !sandbox_ledger_write_file(world->ledger, SANDBOX_WORLD_KEY_FILE, key_pem, err)) {
        crypto_key_close(&key);
        return false;
    }
    crypto_key_close(&world->key);
    world->key = key;
    world->certificate_pem = arena_text_of(world->arena, certificate_pem);
    return true;
}

bool sandbox_world_read_key(struct sandbox_world *world, struct error *err)
{
    struct error missing;
    struct bytes key_pem, certificate_pem;
    if (!sandbox_ledger_read_file(world->ledger, world->arena, SANDBOX_WORLD_KEY_FILE, &key_pem,
                                  &missing) ||
        !sandbox_ledger_read_file(world->ledger, world->arena, CERTIFICATE_FILE, &certificate_pem,
                                  &missing))
        return sandbox_world_new_key(world, err);
    world->certificate_pem = arena_text_of(world->arena, certificate_pem);
    return crypto_private_key_open(key_pem, SANDBOX_WORLD_KEY_FILE, &world->key, err);
}

void sandbox_world_set_fault(struct sandbox_world *world, enum sandbox_fault fault, const char *on,
                             int count)
{
    struct sandbox_fault_left left = {count, arena_text(world->arena, on)};
    if (fault == SANDBOX_FAULT_NONE)
        memset(world->faults, 0, sizeof world->faults);
    else
        world->faults[fault] = left;
}

static struct sandbox_letter letter_of(struct arena *arena, const struct sandbox_document *document)
{
    const struct sandbox_message *message = document->message;
    return (struct sandbox_letter){
        .uuid = arena_text(arena, document->uuid),
        .subject = arena_text(arena, document->subject),
        .file_type = arena_text(arena, document->file_type),
        .message_id = arena_text(arena, message->id),
        .sender_name = arena_text(arena, message->sender_name),
        .origin_number = arena_text(arena, message->origin_number),
        .delivered_at = message->delivered_at_ms / 1000,
        .opened = document->opened_at_ms != 0,
        .is_attachment = document->is_attachment,
        .is_share_request = document->share != NULL,
        .size_bytes = document->size_bytes,
        .sha256 = arena_text(arena, document->sha256),
    };
}

/* Of Digital post: a document is named by its message and its place in it. */
static struct sandbox_letter post_letter_of(struct arena *arena, const struct sandbox_world *world,
                                            const struct sandbox_post_message *message,
                                            size_t index)
{
    const struct sandbox_post_document *document = &message->letter->documents[index];
    const char *end = strrchr(document->file_name, '.');
    bool own = text_equal(message->consumer, world->brokers[0].organisation_number);
    return (struct sandbox_letter){
        .uuid = arena_printf(arena, "%s/%zu", message->message_id, index),
        .subject = arena_text(arena, document->title),
        .file_type = arena_text(arena, end ? end + 1 : ""),
        .message_id = arena_text(arena, message->message_id),
        .sender_name = arena_text(arena, own ? world->brokers[0].name : message->consumer),
        .origin_number = arena_text(arena, message->consumer),
        .delivered_at = message->sent_at_ms / 1000,
        .opened = message->opened_at_ms != 0,
        .is_attachment = index > 0,
        .size_bytes = document->size_bytes,
        .sha256 = arena_text(arena, document->sha256),
    };
}

/* Behind those that are there. */
static size_t add_post(struct arena *arena, const struct sandbox_world *world,
                       const char *person_key, struct sandbox_letter *letters, size_t found)
{
    size_t count;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    for (size_t i = 0; i < count; i++) {
        const struct sandbox_post_letter *letter = messages[i]->letter;
        bool theirs = letter && text_equal(letter->person->key, person_key);
        for (size_t k = 0; theirs && k < letter->document_count; k++)
            letters[found++] = post_letter_of(arena, world, messages[i], k);
    }
    return found;
}

static size_t count_post(const struct sandbox_world *world)
{
    size_t count, documents = 0;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    for (size_t i = 0; i < count; i++)
        documents += messages[i]->letter ? messages[i]->letter->document_count : 0;
    return documents;
}

void sandbox_world_letters(struct sandbox_world *world, struct arena *arena, const char *person_key,
                           struct sandbox_letter **out, size_t *count)
{
    size_t message_count, document_count = 0, found = 0;
    struct sandbox_message *const *messages = sandbox_mail_messages(world->mail, &message_count);
    for (size_t i = 0; i < message_count; i++)
        document_count += messages[i]->document_count;
    document_count += count_post(world);
    struct sandbox_letter *letters = ARENA_ARRAY(arena, document_count, struct sandbox_letter);
    for (size_t i = 0; i < message_count; i++) {
        const struct sandbox_message *message = messages[i];
        if (!message->person || !text_equal(message->person->key, person_key) ||
            !sandbox_mail_is_delivered(world->mail, message))
            continue;
        for (size_t k = 0; k < message->document_count; k++)
            letters[found++] = letter_of(arena, &message->documents[k]);
    }
    *out = letters;
    *count = add_post(arena, world, person_key, letters, found);
}

static bool find_document(struct sandbox_world *world, const char *uuid,
                          struct sandbox_document **out, struct error *err)
{
    *out = sandbox_mail_find_document(world->mail, 0, uuid);
    return *out || error_set(err, ERROR_MISSING, "no document has the uuid %s", uuid);
}

static bool find_request(struct sandbox_world *world, const char *uuid,
                         struct sandbox_document **out, struct error *err)
{
    return find_document(world, uuid, out, err) &&
           ((*out)->share || error_set(err, ERROR_MISSING, "%s is not a share request", uuid));
}

bool sandbox_world_share(struct sandbox_world *world, const char *request_uuid,
                         const char *const *document_uuids, size_t count, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct sandbox_document *request,
        **documents = ARENA_ARRAY(arena, count, struct sandbox_document *);
    if (!find_request(world, request_uuid, &request, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!find_document(world, document_uuids[i], &documents[i], err))
            return false;
    return sandbox_mail_share(world->mail, request, documents, count, err);
}

bool sandbox_world_withdraw(struct sandbox_world *world, const char *request_uuid,
                            struct error *err)
{
    struct sandbox_document *request;
    return find_request(world, request_uuid, &request, err) &&
           sandbox_mail_withdraw(world->mail, request, err);
}

bool sandbox_world_open_letter(struct sandbox_world *world, const char *uuid, struct error *err)
{
    struct sandbox_document *document;
    return find_document(world, uuid, &document, err) &&
           sandbox_mail_opened(world->mail, document, err);
}

const char *sandbox_world_media_type(const char *file_type)
{
    static const char *const types[][2] = {{"pdf", "application/pdf"}, {"png", "image/png"},
                                           {"jpg", "image/jpeg"},      {"jpeg", "image/jpeg"},
                                           {"gif", "image/gif"},       {"xml", "application/xml"}};
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equal(types[i][0], file_type))
            return types[i][1];
    return "application/octet-stream";
}

#include "storage/postbox/print_orders.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "storage/postbox/letter_folder.h"
#include "storage/registers/register.h"

#include <jansson.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ORDER "ordre.json"

struct print_orders {
    struct postbox postbox;
    struct arena *arena;
    const char *path;
    const struct register_source *population;
};

/* What the files are ------------------------------------------------------------------------ */

/* Everything but the order: the same bytes at every attempt. */
static struct letter_file *documents_of(struct arena *arena, const struct postbox_letter *letter)
{
    size_t count = letter->attachment_count + 1;
    struct letter_file *files = ARENA_ARRAY(arena, count + 1, struct letter_file);
    files[0] = (struct letter_file){arena_printf(arena, "brev.%s", letter->main.file_type),
                                    letter->main.content};
    for (size_t i = 1; i < count; i++) {
        const struct postbox_document *attachment = &letter->attachments[i - 1];
        files[i] = (struct letter_file){
            arena_printf(arena, "vedlegg-%02zu.%s", i, attachment->file_type), attachment->content};
    }
    return files;
}

static const char *title_of(const struct postbox_letter *letter, size_t i)
{
    return i == 0 ? letter->main.title : letter->attachments[i - 1].title;
}

/* Who it is for ----------------------------------------------------------------------------- */

struct address {
    const char *name;                     /* as the register says it; or NULL */
    const char *street, *postcode, *city; /* all, or none */
    const char *missing;                  /* why there is none */
};

static const char *fact(const struct register_answer *answer, const char *word)
{
    for (size_t i = 0; i < answer->fact_count; i++)
        if (text_equal(answer->facts[i].word, word))
            return answer->facts[i].value;
    return NULL;
}

/* False: it may be known in a while. */
static bool find_address(const struct print_orders *orders, struct arena *arena,
                         const struct postbox_letter *letter, struct address *out,
                         struct error *err)
{
    *out = (struct address){0};
    if (!orders->population || !letter->recipient.pid) {
        out->missing = "there is no population register to ask";
        return true;
    }
    const struct register_subject person = {.pid = letter->recipient.pid};
    struct register_answer answer;
    orders->population->ask(orders->population, arena, &person, &answer);
    if (answer.outcome == REGISTER_UNAVAILABLE)
        return error_set(err, ERROR_UNAVAILABLE, "the population register %s", answer.reason);
    if (!fact(&answer, "person.street"))
        out->missing = "the population register gives none: there is none, or it is protected";
    out->name = fact(&answer, "person.name");
    out->street = fact(&answer, "person.street");
    out->postcode = fact(&answer, "person.postcode");
    out->city = fact(&answer, "person.city");
    return true;
}

/* The order ---------------------------------------------------------------------------------- */

static json_t *describe_address(const struct address *address)
{
    if (address->missing)
        return json_null();
    return json_pack("{s:s, s:s, s:s}", "street", address->street, "postcode", address->postcode,
                     "city", address->city);
}

static json_t *describe_files(struct arena *arena, const struct postbox_letter *letter,
                              const struct letter_file *files)
{
    json_t *list = json_array();
    for (size_t i = 0; i <= letter->attachment_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "file", files[i].name, "title",
                                              title_of(letter, i), "sha256",
                                              crypto_sha256_hex(arena, files[i].content)));
    return list;
}

static struct bytes describe(struct arena *arena, const struct postbox_letter *letter,
                             const struct letter_file *files, const struct address *address)
{
    const char *known = letter->recipient.name;
    json_t *order =
        json_pack("{s:s, s:s, s:s*, s:s?, s:o, s:s*, s:s*, s:o}", "message_id", letter->message_id,
                  "ordered_at", clock_iso_utc(arena, clock_now()), "why", letter->why_on_paper,
                  "name", text_is_empty(known) ? address->name : known, "address",
                  describe_address(address), "address_missing", address->missing, "person",
                  address->missing ? letter->recipient.pid : NULL, "files",
                  describe_files(arena, letter, files));
    char *text = json_dumps(order, JSON_INDENT(2));
    json_decref(order);
    if (!text)
        abort(); /* out of memory, or text of ours that is not UTF-8 */
    struct bytes bytes = arena_bytes(arena, BYTES_OF(arena_printf(arena, "%s\n", text)));
    free(text);
    return bytes;
}

/* As a postbox ------------------------------------------------------------------------------- */

static struct postbox_outcome status(void *self, struct arena *arena,
                                     const struct postbox_letter *letter)
{
    const struct print_orders *orders = self;
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    int64_t made_at = 0;
    switch (letter_folder_compare(arena, orders->path, letter->message_id,
                                  documents_of(arena, letter), letter->attachment_count + 1,
                                  &made_at, &outcome.error)) {
    case LETTER_FOLDER_ABSENT:
        return outcome;
    case LETTER_FOLDER_UNREADABLE:
        outcome.result = POSTBOX_UNKNOWN;
        return outcome;
    case LETTER_FOLDER_SAME:
        return (struct postbox_outcome){.result = POSTBOX_DELIVERED, .delivered_at = made_at};
    case LETTER_FOLDER_ANOTHER:
        break;
    }
    outcome.result = POSTBOX_REFUSED;
    (void)error_set(&outcome.error, ERROR_CONFLICT,
                    "another print order lies under this message id");
    return outcome;
}

static struct postbox_outcome send(void *self, struct arena *arena,
                                   const struct postbox_letter *letter)
{
    const struct print_orders *orders = self;
    struct postbox_outcome outcome = status(self, arena, letter);
    if (outcome.result != POSTBOX_NOT_SENT)
        return outcome;
    struct address address;
    if (!find_address(orders, arena, letter, &address, &outcome.error))
        return outcome;
    size_t count = letter->attachment_count + 2;
    struct letter_file *files = documents_of(arena, letter);
    files[count - 1] = (struct letter_file){ORDER, describe(arena, letter, files, &address)};
    if (!letter_folder_write(arena, orders->path, letter->message_id, files, count, &outcome.error))
        return outcome;
    return status(self, arena, letter);
}

static bool reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err)
{
    (void)self, (void)arena, (void)recipient, (void)err;
    *out = true;
    return true;
}

bool print_orders_open(const struct print_orders_settings *settings, struct print_orders **out,
                       struct error *err)
{
    if (access(settings->path, R_OK | W_OK | X_OK) != 0)
        return error_at(err, ERROR_BROKEN, settings->path, 0,
                        "print orders cannot be written there: %s", strerror(errno));
    struct arena *arena = arena_open();
    struct print_orders *orders = ARENA_NEW(arena, struct print_orders);
    *orders = (struct print_orders){
        .postbox = {.name = PRINT_ORDERS_NAME,
                    .self = orders,
                    .send = send,
                    .status = status,
                    .reaches = reaches},
        .arena = arena,
        .path = arena_text(arena, settings->path),
        .population = settings->population,
    };
    *out = orders;
    return true;
}

void print_orders_close(struct print_orders **orders)
{
    if (!*orders)
        return;
    struct arena *arena = (*orders)->arena;
    arena_close(&arena); /* the handle itself lies in it */
    *orders = NULL;
}

const struct postbox *print_orders_postbox(struct print_orders *orders)
{
    return &orders->postbox;
}

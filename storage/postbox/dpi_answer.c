#include "storage/postbox/dpi_answer.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "storage/postbox/postbox.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FIGURES = 5, WORDS_MOST = 120 };

static void close_json(json_t **json)
{
    json_decref(*json);
}

static json_t *parse(struct bytes json)
{
    return json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
}

bool dpi_answer_is_json(struct bytes json)
{
    CLEANUP(close_json) json_t *value = parse(json);
    return value != NULL;
}

/* ---- words ---- */

/* Whether a word may tell of somebody. */
static bool is_private(const char *word, size_t size)
{
    size_t figures = 0;
    for (size_t i = 0; i < size; i++) {
        figures += word[i] >= '0' && word[i] <= '9';
        if (word[i] == '#' || word[i] == '@' || figures >= FIGURES)
            return true;
    }
    return false;
}

static void drop_controls(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f || *text == '"')
            *text = ' ';
}

const char *dpi_answer_words(struct arena *arena, const char *text, size_t most)
{
    char *line = arena_text(arena, text ? text : "");
    drop_controls(line);
    struct buf words;
    buf_init(&words, arena);
    for (const char *at = line + strspn(line, " "); *at; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        if (words.size)
            buf_add_byte(&words, ' ');
        if (is_private(at, size))
            buf_add_text(&words, "…");
        else
            buf_add(&words, (struct bytes){(const unsigned char *)at, size});
        at += size;
    }
    return text_cut(arena, buf_text(&words), most);
}

/* ---- problems ---- */

static void put(char *to, size_t size, const char *words)
{
    snprintf(to, size, "%s", words);
    text_drop_broken(to);
}

bool dpi_answer_problem(struct arena *arena, struct bytes json, struct dpi_problem *out)
{
    CLEANUP(close_json) json_t *problem = parse(json);
    if (!json_is_object(problem))
        return false;
    const char *type = json_string_value(json_object_get(problem, "type"));
    const char *title = json_string_value(json_object_get(problem, "title"));
    const char *last = type ? strrchr(type, '/') : NULL;
    type = last ? last + 1 : type;
    struct dpi_problem read = {0};
    put(read.type, sizeof read.type, dpi_answer_words(arena, type, 60));
    if (text_equal(read.type, "about:blank"))
        read.type[0] = '\0';
    put(read.title, sizeof read.title, dpi_answer_words(arena, title, 100));
    *out = read;
    return true;
}

/* ---- statuses ---- */

/* It is a history in no stated order, and times may be missing,
 * so the latest is known only when all have one; else what was sent on counts for more than an
 * attempt that failed, since a receipt tells in the end. */
struct history {
    bool created, sent, failed;
    bool all_timed;
    int64_t sent_at, failed_at;
    const char *why; /* of the failure; NULL: not told */
};

static void add_status(struct history *history, const json_t *item)
{
    const char *status = json_string_value(json_object_get(item, "status"));
    const char *timestamp = json_string_value(json_object_get(item, "timestamp"));
    int64_t at = 0;
    if (!timestamp || !clock_parse_iso(timestamp, &at))
        history->all_timed = false;
    if (text_equal(status, "OPPRETTET"))
        history->created = true;
    if (text_equal(status, "SENDT")) {
        history->sent = true;
        history->sent_at = at > history->sent_at ? at : history->sent_at;
    }
    if (text_equal(status, "FEILET")) {
        history->failed = true;
        history->failed_at = at > history->failed_at ? at : history->failed_at;
        history->why = json_string_value(json_object_get(item, "beskrivelse"));
    }
}

static bool has_failed(const struct history *history)
{
    return history->failed &&
           (!history->sent || (history->all_timed && history->failed_at > history->sent_at));
}

enum dpi_standing dpi_answer_statuses(struct arena *arena, struct bytes json, const char **why)
{
    CLEANUP(close_json) json_t *list = parse(json);
    *why = "";
    if (!json_is_array(list))
        return DPI_UNCLEAR;
    if (!json_array_size(list))
        return DPI_NONE;
    struct history history = {.all_timed = true};
    for (size_t i = 0; i < json_array_size(list); i++)
        add_status(&history, json_array_get(list, i));
    if (has_failed(&history)) {
        *why = dpi_answer_words(arena, history.why, WORDS_MOST);
        return DPI_GIVEN_UP;
    }
    return history.sent || history.created ? DPI_TAKEN : DPI_UNCLEAR;
}

/* ---- messages ---- */

bool dpi_answer_messages(struct arena *arena, struct bytes json, const char *const **out,
                         size_t *count, struct error *err)
{
    CLEANUP(close_json) json_t *list = parse(json);
    if (!json_is_array(list))
        return error_set(err, ERROR_UNAVAILABLE, "the access point's receipts are no list");
    size_t size = json_array_size(list);
    const char **messages = ARENA_ARRAY(arena, size, const char *);
    size_t found = 0;
    for (size_t i = 0; i < size; i++) {
        const json_t *message = json_array_get(list, i);
        const char *jws = json_string_value(json_object_get(message, "forretningsmelding"));
        if (!text_is_empty(jws))
            messages[found++] = arena_text(arena, jws);
    }
    *out = messages;
    *count = found;
    return true;
}

const char *dpi_answer_claimed_id(struct arena *arena, const char *jws)
{
    const char *first = strchr(jws, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    struct bytes payload;
    if (!second)
        return NULL;
    struct bytes middle = {(const unsigned char *)first + 1, (size_t)(second - first - 1)};
    if (!codec_unbase64url(arena, arena_text_of(arena, middle), &payload))
        return NULL;
    CLEANUP(close_json) json_t *root = parse(payload);
    const json_t *at = json_object_get(root, "standardBusinessDocument");
    at = json_object_get(at, "standardBusinessDocumentHeader");
    at = json_object_get(at, "documentIdentification");
    const char *id = json_string_value(json_object_get(at, "instanceIdentifier"));
    return id && postbox_is_uuid(id) ? arena_text(arena, id) : NULL;
}

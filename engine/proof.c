#include "engine/proof.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BYTES = 64 * 1024,
    BEFORE_BYTES = 512, /* of the element's start before its namespace */
    LOOKS_MAX = 16,     /* at places where one could begin */
    TEXT_MAX = 120,
};

/* The same things by two names. */
struct dialect {
    const char *space, *root, *issuer, *title, *issued, *validity, *period, *yearly, *from, *to,
        *end_year, *month, *day, *hour, *minute;
};

static const struct dialect dialects[] = {
    {PROOF_DIGIPOST, "proof", "authorizer-name", "title", "issued-time", "valid-period", "period",
     "yearly-repeating-period", "from", "to", "end-year", "month", "day", "hour", "min"},
    {PROOF_DPI, "bevis", "utsteder-visningsnavn", "tittel", "utstedt-tidspunkt",
     "gyldighetsperiode", "periode", "aarlig-repeterende-periode", "fra", "til", "slutt-aar",
     "maaned", "dag", "time", "minutt"},
};

/* ---- reading ---- */

struct reading {
    struct arena *arena;
    const struct dialect *words;
};

/* The text of a child element; "" when it is not there. */
static char *text_in(const struct reading *reading, const xmlNode *parent, const char *name)
{
    const xmlNode *child = parent ? xml_child(parent, reading->words->space, name) : NULL;
    return child ? text_collapse(reading->arena, xml_text(reading->arena, child))
                 : arena_text(reading->arena, "");
}

/* What a clock on a wall in Norway shows, as a moment. */
static int64_t in_norway(int64_t as_utc)
{
    int64_t guess = as_utc - clock_oslo(as_utc).offset_minutes * 60;
    return as_utc - clock_oslo(guess).offset_minutes * 60;
}

/* With a zone, or local to Norway (Digipost API, 8); a date alone is all of that day. "": 0. */
static bool read_moment(const struct reading *reading, const char *text, bool is_end, int64_t *out)
{
    struct arena *arena = reading->arena;
    int64_t at;
    if (!*text) {
        *out = 0;
        return true;
    }
    if (strlen(text) == 10)
        text = arena_printf(arena, "%sT%s", text, is_end ? "23:59:59" : "00:00:00");
    else if (strlen(text) == 16)
        text = arena_printf(arena, "%s:00", text);
    if (clock_parse_iso(text, out))
        return true;
    if (!clock_parse_iso(arena_printf(arena, "%sZ", text), &at))
        return false;
    *out = in_norway(at);
    return true;
}

static int number_in(const struct reading *reading, const xmlNode *parent, const char *name,
                     int fallback)
{
    const char *text = text_in(reading, parent, name);
    size_t length = strlen(text);
    return length && length <= 4 && strspn(text, "0123456789") == length ? atoi(text) : fallback;
}

/* A day of each year until one; without a last year it goes on. */
static bool read_yearly(const struct reading *reading, const xmlNode *yearly, struct proof *out)
{
    const struct dialect *words = reading->words;
    const xmlNode *from = xml_child(yearly, words->space, words->from);
    const xmlNode *to = xml_child(yearly, words->space, words->to);
    int year = number_in(reading, yearly, words->end_year, 0);
    int month = number_in(reading, to, words->month, 0),
        day = number_in(reading, to, words->day, 1);
    if (!year)
        return true;
    if (month < number_in(reading, from, words->month, 0))
        year++; /* over new year */
    struct clock_time end = {.year = year,
                             .month = month,
                             .day = day,
                             .hour = number_in(reading, to, words->hour, 0),
                             .minute = number_in(reading, to, words->minute, 0)};
    if (!clock_is_date(year, month, day) || end.hour > 24 || end.minute > 59)
        return false;
    bool whole_day = !end.hour && !end.minute;
    out->valid_until = in_norway(clock_seconds(end)) + (whole_day ? 86400 : 0) - 1;
    return true;
}

static bool read_validity(const struct reading *reading, const xmlNode *root, struct proof *out)
{
    const struct dialect *words = reading->words;
    const xmlNode *validity = xml_child(root, words->space, words->validity);
    const xmlNode *period = validity ? xml_child(validity, words->space, words->period) : NULL;
    const xmlNode *yearly = validity ? xml_child(validity, words->space, words->yearly) : NULL;
    if (yearly)
        return read_yearly(reading, yearly, out);
    const char *to = text_in(reading, period, words->to);
    if (!read_moment(reading, text_in(reading, period, words->from), false, &out->valid_from) ||
        !read_moment(reading, to, true, &out->valid_until))
        return false;
    if (out->valid_until && strlen(to) > 10)
        out->valid_until--; /* the moment itself is past it */
    return true;
}

bool proof_read(struct arena *arena, struct bytes xml, struct proof *out, struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(xml, "proof", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct reading reading = {arena, NULL};
    for (size_t i = 0; i < COUNT(dialects); i++)
        if (xml_is(root, dialects[i].space, dialects[i].root))
            reading.words = &dialects[i];
    if (!reading.words)
        return error_set(err, ERROR_INVALID, "neither proof nor bevis");
    struct proof proof = {
        .issuer = text_cut(arena, text_in(&reading, root, reading.words->issuer), TEXT_MAX),
        .title = text_cut(arena, text_in(&reading, root, reading.words->title), TEXT_MAX),
    };
    if (!read_moment(&reading, text_in(&reading, root, reading.words->issued), false,
                     &proof.issued_at) ||
        !read_validity(&reading, root, &proof))
        return error_set(err, ERROR_INVALID, "a time in it is none");
    *out = proof;
    return true;
}

/* ---- finding ---- */

static bool has_namespace(const char *text, size_t size, size_t *at)
{
    const char *first = NULL;
    for (size_t i = 0; i < COUNT(dialects); i++) {
        const char *space = dialects[i].space;
        const char *found = memmem(text, size, space, strlen(space));
        if (found && (!first || found < first))
            first = found;
    }
    if (first)
        *at = (size_t)(first - text);
    return first != NULL;
}

/* "proof" or "ns:bevis", when such an element begins there; the name is in the arena. */
static const char *name_at(struct arena *arena, const char *begin)
{
    size_t length = strcspn(begin + 1, " \t\r\n/>");
    const char *name = arena_printf(arena, "%.*s", (int)length, begin + 1);
    const char *colon = strrchr(name, ':'), *local = colon ? colon + 1 : name;
    for (size_t i = 0; i < COUNT(dialects); i++)
        if (text_equal(local, dialects[i].root))
            return name;
    return NULL;
}

/* A proof whose root element has its namespace there. Nothing of it may be NUL. */
static bool look_at(struct arena *arena, const struct content *content, int64_t at,
                    struct proof *out, bool *found, struct error *err)
{
    int64_t from = at > BEFORE_BYTES ? at - BEFORE_BYTES : 0;
    int64_t left = content->size_bytes - from;
    size_t size = left < PROOF_MAX_BYTES ? (size_t)left : PROOF_MAX_BYTES;
    char *text = arena_alloc(arena, size + 1);
    if (!content_read(content, from, (unsigned char *)text, size, err))
        return false;
    text[size] = '\0';
    const char *begin = memrchr(text, '<', (size_t)(at - from));
    const char *name = begin ? name_at(arena, begin) : NULL;
    const char *close = name ? arena_printf(arena, "</%s>", name) : "";
    const char *end = name ? strstr(begin, close) : NULL;
    struct error ignored;
    *found = end && proof_read(arena,
                               (struct bytes){(const unsigned char *)begin,
                                              (size_t)(end - begin) + strlen(close)},
                               out, &ignored);
    return true;
}

bool proof_find(struct arena *arena, const struct content *content, struct proof *out, bool *found,
                struct error *err)
{
    char *window = arena_alloc(arena, WINDOW_BYTES);
    const int64_t overlap = (int64_t)strlen(PROOF_DPI);
    int looks = 0;
    *found = false;
    for (int64_t at = 0; at < content->size_bytes && looks < LOOKS_MAX;) {
        int64_t left = content->size_bytes - at;
        size_t size = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES, place;
        if (!content_read(content, at, (unsigned char *)window, size, err))
            return false;
        if (has_namespace(window, size, &place)) {
            looks++;
            at += (int64_t)place;
            if (!look_at(arena, content, at, out, found, err))
                return false;
            if (*found)
                return true;
            at += overlap;
        } else {
            at += left <= WINDOW_BYTES ? left : WINDOW_BYTES - overlap;
        }
    }
    return true;
}

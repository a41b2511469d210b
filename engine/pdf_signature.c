#include "engine/pdf_signature.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BYTES = 64 * 1024,
    ROOM_BYTES = 16, /* after a place in a window: the longest word and a sign */
    LEAD_BYTES = 64, /* of a window before the place that is looked at */
    HOLE_MAX_BYTES = 2 * CMS_MAX_BYTES + 2,
    BETWEEN_MAX_BYTES = 16 * 1024, /* of a dictionary between /ByteRange and /Contents */
    NEAR_BYTES = 2048,             /* of it round the signature, where the rest is looked for */
    SKEW_S = 300,
};

#define BYTE_RANGE "/ByteRange"
#define CONTENTS "/Contents"

/* ---- looking through the file ---- */

struct scan {
    struct arena *arena;
    const struct content *content;
    unsigned char *window;
    int64_t at; /* of the window */
    size_t size;
};

static bool move_window(struct scan *scan, int64_t to, struct error *err)
{
    int64_t at = to > LEAD_BYTES ? to - LEAD_BYTES : 0;
    int64_t left = scan->content->size_bytes - at;
    size_t size = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
    if (!content_read(scan->content, at, scan->window, size, err))
        return false;
    scan->at = at;
    scan->size = size;
    return true;
}

/* The first of the words in the window from there on, with room behind it for what is looked at;
 * -1: none. NULL may stand for the second word. */
static int64_t find_here(const struct scan *scan, int64_t from, const char *one, const char *other,
                         bool *is_other)
{
    const unsigned char *start = scan->window + (from - scan->at);
    size_t size = scan->size - (size_t)(from - scan->at);
    const unsigned char *a = memmem(start, size, one, strlen(one));
    const unsigned char *b =
        other ? memmem(start, a ? (size_t)(a - start) : size, other, strlen(other)) : NULL;
    int64_t end = scan->at + (int64_t)scan->size;
    int64_t found = a || b ? scan->at + ((b ? b : a) - scan->window) : -1;
    *is_other = b != NULL;
    return end < scan->content->size_bytes && found > end - ROOM_BYTES ? -1 : found;
}

/* The same in the whole file. */
static bool find(struct scan *scan, int64_t from, const char *one, const char *other,
                 int64_t *found, bool *is_other, struct error *err)
{
    *found = -1;
    while (from < scan->content->size_bytes) {
        int64_t end = scan->at + (int64_t)scan->size;
        bool inside = from >= scan->at && from < end;
        if (!inside && !move_window(scan, from, err))
            return false;
        *found = find_here(scan, from, one, other, is_other);
        end = scan->at + (int64_t)scan->size;
        if (*found >= 0 || end == scan->content->size_bytes)
            return true;
        from = end - ROOM_BYTES > from ? end - ROOM_BYTES : from;
        if (!move_window(scan, from, err))
            return false;
    }
    return true;
}

static bool is_space(unsigned char c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

/* "stream" after a dictionary, with the end of its line behind it. */
static bool begins_stream(const struct scan *scan, int64_t at)
{
    const unsigned char *word = scan->window + (at - scan->at), *before = word;
    const unsigned char *end = scan->window + scan->size;
    while (before > scan->window && is_space(before[-1]))
        before--;
    bool after_dictionary = before - scan->window >= 2 && before[-1] == '>' && before[-2] == '>';
    return after_dictionary && end - word > 6 && (word[6] == '\r' || word[6] == '\n');
}

/* ---- one signature ---- */

struct found {
    int64_t hole, after; /* where <...> begins, and what follows it */
    int64_t end;         /* of what it covers */
    struct bytes der;
    bool is_cms;
    int64_t written_at; /* /M; 0: none */
};

static bool read_text(struct scan *scan, int64_t from, int64_t to, char **out, struct error *err)
{
    from = from < 0 ? 0 : from;
    to = to > scan->content->size_bytes ? scan->content->size_bytes : to;
    size_t size = to > from ? (size_t)(to - from) : 0;
    char *text = arena_alloc(scan->arena, size + 1);
    if (!content_read(scan->content, size ? from : 0, (unsigned char *)text, size, err))
        return false;
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] ? text[i] : ' '; /* NUL is white space in PDF */
    text[size] = '\0';
    *out = text;
    return true;
}

static const char *skip_space(const char *text)
{
    while (*text && is_space((unsigned char)*text))
        text++;
    return text;
}

/* A number of the file's size at most. */
static bool read_number(const char **at, int64_t most, int64_t *out)
{
    const char *digit = skip_space(*at);
    int64_t number = 0;
    if (*digit < '0' || *digit > '9')
        return false;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        number = number * 10 + (*digit - '0');
        if (number > most)
            return false;
    }
    *at = digit;
    *out = number;
    return true;
}

/* "[0 840 960 240]": what follows the word; two ranges that begin with the file. */
static bool read_ranges(const char *text, int64_t size, struct found *out)
{
    int64_t start, after_size;
    text = skip_space(text);
    if (*text++ != '[' || !read_number(&text, size, &start) || start != 0 ||
        !read_number(&text, size, &out->hole) || !read_number(&text, size, &out->after) ||
        !read_number(&text, size, &after_size) || *skip_space(text) != ']')
        return false;
    out->end = out->after + after_size;
    int64_t hole_size = out->after - out->hole;
    return out->end <= size && hole_size >= 4 && hole_size <= HOLE_MAX_BYTES;
}

/* The hole is <hex> and nothing more. */
static bool read_hole(struct scan *scan, struct found *found, bool *good, struct error *err)
{
    char *hex;
    *good = false;
    if (!read_text(scan, found->hole, found->after, &hex, err))
        return false;
    size_t size = (size_t)(found->after - found->hole);
    if (hex[0] != '<' || hex[size - 1] != '>')
        return true;
    hex[size - 1] = '\0';
    for (char *c = hex + 1; *c; c++)
        *c = *c >= 'A' && *c <= 'F' ? (char)(*c - 'A' + 'a') : *c;
    *good = codec_unhex(scan->arena, hex + 1, &found->der);
    return true;
}

/* Whether the hole is the /Contents of the dictionary with this /ByteRange. */
static bool is_contents(struct scan *scan, int64_t word, const struct found *found, bool *good,
                        struct error *err)
{
    char *before, *between;
    int64_t from = word < found->hole ? word : found->after;
    int64_t to = word < found->hole ? found->hole : word;
    *good = false;
    if (to - from > BETWEEN_MAX_BYTES)
        return true;
    if (!read_text(scan, found->hole - LEAD_BYTES, found->hole, &before, err) ||
        !read_text(scan, from, to, &between, err))
        return false;
    size_t size = strlen(before);
    while (size && is_space((unsigned char)before[size - 1]))
        before[--size] = '\0';
    *good = text_ends_with(before, CONTENTS) && !strstr(between, "endobj");
    return true;
}

/* The value of a name in the dictionary round the signature, "" when it is not there. */
static const char *value_of(const char *dictionary, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = dictionary; (at = strstr(at, name)) != NULL; at += length)
        if (is_space((unsigned char)at[length]) || strchr("/(<[", at[length]))
            return skip_space(at + length);
    return "";
}

static bool is_name(const char *value, const char *name)
{
    size_t length = strlen(name);
    return strncmp(value, name, length) == 0 &&
           (is_space((unsigned char)value[length]) || !value[length] ||
            strchr("/()<>[]", value[length]));
}

static int two_digits(const char **at)
{
    if ((*at)[0] < '0' || (*at)[0] > '9' || (*at)[1] < '0' || (*at)[1] > '9')
        return -1;
    int number = 10 * ((*at)[0] - '0') + ((*at)[1] - '0');
    *at += 2;
    return number;
}

/* "(D:20261123120000+01'00')"; 0 when it is no whole date and time (ISO 32000-2 7.9.4). */
static int64_t read_date(const char *value)
{
    if (strncmp(value, "(D:", 3) != 0)
        return 0;
    const char *at = value + 3;
    int parts[7];
    for (size_t i = 0; i < COUNT(parts); i++)
        if ((parts[i] = two_digits(&at)) < 0)
            return 0;
    struct clock_time time = {.year = 100 * parts[0] + parts[1],
                              .month = parts[2],
                              .day = parts[3],
                              .hour = parts[4],
                              .minute = parts[5],
                              .second = parts[6]};
    bool real = time.month >= 1 && time.month <= 12 && time.day >= 1 &&
                time.day <= clock_days_in_month(time.year, time.month) && time.hour < 24 &&
                time.minute < 60 && time.second < 60;
    if (real && (*at == '+' || *at == '-')) {
        bool east = *at++ == '+';
        int hours = two_digits(&at);
        int minutes = *at == '\'' ? (at++, two_digits(&at)) : 0;
        int offset = 60 * (hours > 0 ? hours : 0) + (minutes > 0 ? minutes : 0);
        time.offset_minutes = east ? offset : -offset;
    }
    return real ? clock_seconds(time) : 0;
}

/* What kind it is and when it was written, from the dictionary before and behind the hole. */
static bool read_rest(struct scan *scan, struct found *found, struct error *err)
{
    char *before, *behind;
    if (!read_text(scan, found->hole - NEAR_BYTES, found->hole, &before, err) ||
        !read_text(scan, found->after, found->after + NEAR_BYTES, &behind, err))
        return false;
    for (const char *object; (object = strstr(before, " obj")) != NULL;)
        before = (char *)object + 4;
    char *end = strstr(behind, "endobj");
    if (end)
        *end = '\0';
    const char *dictionary = arena_printf(scan->arena, "%s %s", before, behind);
    const char *kind = value_of(dictionary, "/SubFilter");
    found->is_cms = is_name(kind, "/ETSI.CAdES.detached") || is_name(kind, "/adbe.pkcs7.detached");
    found->written_at = read_date(value_of(dictionary, "/M"));
    return true;
}

/* ---- all of them ---- */

struct all {
    struct found list[PDF_SIGNATURES_MAX];
    size_t count;
    const char *why; /* BROKEN already; NULL: not */
};

/* Where "/ByteRange" stands. */
static bool take(struct scan *scan, int64_t word, struct all *all, struct error *err)
{
    char *ranges;
    struct found found = {0};
    bool is_whole, is_its_own;
    int64_t behind = word + (int64_t)strlen(BYTE_RANGE);
    if (!read_text(scan, behind, behind + 256, &ranges, err))
        return false;
    const char *value = skip_space(ranges);
    if (!*value || !strchr("[0123456789", *value))
        return true; /* about signatures, but none */
    if (all->count == PDF_SIGNATURES_MAX) {
        all->why = "too many signatures";
        return true;
    }
    if (!read_ranges(ranges, scan->content->size_bytes, &found)) {
        all->why = "/ByteRange is not two ranges with a hole between them";
        return true;
    }
    if (!read_hole(scan, &found, &is_whole, err) ||
        !is_contents(scan, word, &found, &is_its_own, err) || !read_rest(scan, &found, err))
        return false;
    if (!is_whole || !is_its_own) {
        all->why = "what is left out is not the signature alone";
        return true;
    }
    all->list[all->count++] = found;
    return true;
}

/* Streams are passed over: what is embedded in the file may have signatures of its own. */
static bool find_all(struct scan *scan, struct all *all, struct error *err)
{
    int64_t at = 0, found;
    bool is_stream;
    while (!all->why) {
        if (!find(scan, at, BYTE_RANGE, "stream", &found, &is_stream, err))
            return false;
        if (found < 0)
            return true;
        at = found + 1;
        if (!is_stream && !take(scan, found, all, err))
            return false;
        if (!is_stream || !begins_stream(scan, found))
            continue;
        if (!find(scan, at, "endstream", NULL, &found, &is_stream, err))
            return false;
        if (found < 0)
            return true;
        at = found + (int64_t)strlen("endstream");
    }
    return true;
}

static struct pdf_signature broken(const char *why)
{
    return (struct pdf_signature){.outcome = PDF_SIGNATURE_BROKEN, .signer = "", .why = why};
}

static struct pdf_signature judge(const struct found *found, const struct cms_signature *signature,
                                  const struct issuers *issuers, int64_t existed_at)
{
    struct pdf_signature judged = {
        .outcome = PDF_SIGNATURE_UNKNOWN,
        .signer = signature->name,
        .signed_at = signature->signed_at ? signature->signed_at : found->written_at,
        .why = signature->why,
    };
    if (signature->verdict == CMS_BROKEN)
        return broken(signature->why);
    if (signature->verdict == CMS_UNKNOWN)
        return judged;
    judged.issuer = issuers_signed_by(issuers, signature);
    if (judged.signed_at > existed_at + SKEW_S)
        judged.issuer = NULL;
    judged.why = judged.issuer ? "" : "nobody of the register, or not at that time";
    judged.outcome = judged.issuer ? PDF_SIGNATURE_ISSUER : PDF_SIGNATURE_UNKNOWN;
    return judged;
}

static bool check_one(struct scan *scan, const struct found *found, const struct issuers *issuers,
                      int64_t existed_at, struct pdf_signature *out, struct error *err)
{
    const struct cms_part parts[] = {{0, found->hole}, {found->after, found->end - found->after}};
    struct cms_signature signature;
    *out = (struct pdf_signature){
        .outcome = PDF_SIGNATURE_UNKNOWN,
        .signer = "",
        .why = "a kind of signature that is not read",
    };
    if (!found->is_cms)
        return true;
    if (!cms_verify(scan->arena, found->der, scan->content, parts, COUNT(parts),
                    issuers ? issuers_now(issuers)->trust : NULL, existed_at, &signature, err))
        return false;
    *out = judge(found, &signature, issuers, existed_at);
    return true;
}

bool pdf_signature_check(struct arena *arena, const struct content *content,
                         const struct issuers *issuers, int64_t existed_at,
                         struct pdf_signature *out, struct error *err)
{
    struct scan scan = {arena, content, arena_alloc(arena, WINDOW_BYTES), 0, 0};
    struct all all = {0};
    struct pdf_signature whole = {.outcome = PDF_SIGNATURE_NONE, .signer = "", .why = ""};
    if (!find_all(&scan, &all, err))
        return false;
    bool covered = all.count == 0;
    for (size_t i = 0; i < all.count && !all.why; i++) {
        struct pdf_signature one;
        if (!check_one(&scan, &all.list[i], issuers, existed_at, &one, err))
            return false;
        if (one.outcome == PDF_SIGNATURE_BROKEN)
            all.why = one.why;
        if (all.list[i].end == content->size_bytes) {
            covered = true;
            whole = one;
        }
    }
    if (!all.why && !covered)
        all.why = "the file goes on after what was signed";
    *out = all.why ? broken(all.why) : whole;
    return true;
}

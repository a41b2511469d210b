#include "engine/base/text.h"

#include "engine/base/buf.h"

#include <stdlib.h>
#include <string.h>

#include <uninorm.h>

/* Length of the well-formed sequence at p, 0 when it is broken (RFC 3629 4). */
static size_t sequence_length(const unsigned char *p, size_t left)
{
    unsigned char first = p[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > left)
        return 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool text_is_utf8(struct bytes bytes)
{
    for (size_t at = 0; at < bytes.size;) {
        size_t length = sequence_length(bytes.data + at, bytes.size - at);
        if (!length)
            return false;
        at += length;
    }
    return true;
}

uint32_t text_next(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    if (!*p)
        return 0;
    size_t left = 1; /* never past the NUL */
    while (left < 4 && p[left])
        left++;
    size_t length = sequence_length(p, left);
    *at += length ? length : 1;
    switch (length) {
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3:
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    case 4:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    default:
        return 0xFFFD;
    }
}

void text_drop_broken(char *text)
{
    char *end = text;
    for (const char *at = text; *at;) {
        const char *start = at;
        if (text_next(&at) == 0xFFFD && at - start == 1)
            continue;
        memmove(end, start, (size_t)(at - start));
        end += at - start;
    }
    *end = '\0';
}

size_t text_length(const char *text)
{
    size_t count = 0;
    while (text_next(&text))
        count++;
    return count;
}

static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

char *text_trim(struct arena *arena, const char *text)
{
    const char *start = text, *end = text;
    bool begun = false;
    for (const char *at = text; *at;) {
        const char *here = at;
        if (is_space(text_next(&at)))
            continue;
        if (!begun)
            start = here;
        begun = true;
        end = at;
    }
    if (!begun)
        return arena_text(arena, "");
    return arena_text_of(arena,
                         (struct bytes){(const unsigned char *)start, (size_t)(end - start)});
}

char *text_collapse(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    bool space = false;
    for (; *text; text++) {
        if (strchr(" \t\r\n", *text)) {
            space = true;
            continue;
        }
        if (space && buf.size)
            buf_add_byte(&buf, ' ');
        space = false;
        buf_add_byte(&buf, (unsigned char)*text);
    }
    return buf_text(&buf);
}

char *text_cut(struct arena *arena, const char *text, size_t max_code_points)
{
    const char *at = text, *before_last = text;
    for (size_t count = 0; count < max_code_points && *at; count++) {
        before_last = at;
        text_next(&at);
    }
    if (!*at)
        return arena_text(arena, text);
    return arena_printf(arena, "%.*s…", (int)(before_last - text), text);
}

/* Latin Extended-A pairs upper and lower case side by side, but for a few places. */
static uint32_t lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
        return c + 32;
    if (c == 0x178)
        return 0xFF;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return c % 2 ? c + 1 : c;
    if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149)
        return c % 2 ? c : c + 1;
    return c;
}

static uint32_t upper(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7))
        return c - 32;
    if (c == 0xFF)
        return 0x178;
    return c > 0x100 && lower(c - 1) == c && c - 1 != c ? c - 1 : c;
}

/* Letters in lower case with a mark, in runs by what they are without it. */
static const struct plain_letters {
    uint16_t first, last;
    char plain[3];
} plain_letters[] = {
    {0xDF, 0xDF, "ss"},  {0xE0, 0xE5, "a"},    {0xE6, 0xE6, "ae"},  {0xE7, 0xE7, "c"},
    {0xE8, 0xEB, "e"},   {0xEC, 0xEF, "i"},    {0xF0, 0xF0, "d"},   {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},    {0xF9, 0xFC, "u"},   {0xFD, 0xFD, "y"},
    {0xFE, 0xFE, "th"},  {0xFF, 0xFF, "y"},    {0x101, 0x105, "a"}, {0x107, 0x10D, "c"},
    {0x10F, 0x111, "d"}, {0x113, 0x11B, "e"},  {0x11D, 0x123, "g"}, {0x125, 0x127, "h"},
    {0x129, 0x131, "i"}, {0x133, 0x133, "ij"}, {0x135, 0x135, "j"}, {0x137, 0x138, "k"},
    {0x13A, 0x142, "l"}, {0x144, 0x14B, "n"},  {0x14D, 0x151, "o"}, {0x153, 0x153, "oe"},
    {0x155, 0x159, "r"}, {0x15B, 0x161, "s"},  {0x163, 0x167, "t"}, {0x169, 0x173, "u"},
    {0x175, 0x175, "w"}, {0x177, 0x177, "y"},  {0x17A, 0x17E, "z"}, {0x300, 0x36F, ""},
};

static void add_plain(struct buf *buf, uint32_t c)
{
    for (size_t i = 0; i < COUNT(plain_letters); i++)
        if (c >= plain_letters[i].first && c <= plain_letters[i].last) {
            buf_add_text(buf, plain_letters[i].plain);
            return;
        }
    buf_add_utf8(buf, c);
}

char *text_plain(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    while (*text) {
        uint32_t c = lower(text_next(&text));
        if (c < 0x80)
            buf_add_byte(&buf, (unsigned char)c);
        else
            add_plain(&buf, c);
    }
    return buf_text(&buf);
}

char *text_fold(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    while (*text)
        buf_add_utf8(&buf, lower(text_next(&text)));
    return buf_text(&buf);
}

char *text_capital(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    if (*text)
        buf_add_utf8(&buf, upper(text_next(&text)));
    buf_add_text(&buf, text);
    return buf_text(&buf);
}

char *text_composed(struct arena *arena, const char *text)
{
    if (!*text || !text_is_utf8(BYTES_OF(text)))
        return arena_text(arena, text);
    size_t size = 0;
    uint8_t *composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text, strlen(text), NULL, &size);
    if (!composed)
        abort(); /* no memory: as the arena does */
    char *copy = arena_text_of(arena, (struct bytes){composed, size});
    free(composed);
    return copy;
}

bool text_has_word(const char *list, const char *word)
{
    static const char space[] = " \t\r\n";
    size_t wanted = strlen(word);
    for (const char *at = list + strspn(list, space); *at; at += strspn(at, space)) {
        size_t size = strcspn(at, space);
        if (size == wanted && memcmp(at, word, size) == 0)
            return true;
        at += size;
    }
    return false;
}

bool text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_is_empty(const char *text)
{
    return !text || !*text;
}

bool text_starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool text_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

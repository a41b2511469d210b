#include "engine/intake_pdf.h"

#include "engine/base/text.h"

#include <string.h>

enum {
    WINDOW = 64 * 1024,
    LONGEST_NAME = 16,            /* that is asked for, and one more */
    REACH = 3 * LONGEST_NAME + 1, /* of its bytes, each written #xx */
};

/* What a name is a sign of. An action is one only when the document does it on being opened. */
enum sign { ENCRYPTED = 1, ACTIVE = 2, OPENS = 4, ACTION = 8 };

static const struct {
    const char *name;
    unsigned sign;
} names[] = {
    {"Encrypt", ENCRYPTED},   {"JavaScript", ACTIVE},    {"JS", ACTIVE},         {"Launch", ACTIVE},
    {"EmbeddedFile", ACTIVE}, {"EmbeddedFiles", ACTIVE}, {"RichMedia", ACTIVE},  {"XFA", ACTIVE},
    {"OpenAction", OPENS},    {"SubmitForm", ACTION},    {"ImportData", ACTION}, {"GoToR", ACTION},
    {"GoToE", ACTION},        {"Rendition", ACTION},
};

static int hex(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool ends_name(unsigned char c)
{
    return c <= ' ' || strchr("/<>[](){}%", c);
}

/* The sign of the name that begins at `at`, after its '/'. */
static unsigned sign_at(const unsigned char *at, const unsigned char *end)
{
    char name[LONGEST_NAME + 1];
    size_t size = 0;
    while (at < end && !ends_name(*at) && size < LONGEST_NAME) {
        int high = at + 2 < end && *at == '#' ? hex(at[1]) : -1, low = high < 0 ? -1 : hex(at[2]);
        name[size++] = (char)(low < 0 ? *at : high << 4 | low);
        at += low < 0 ? 1 : 3;
    }
    name[size] = '\0';
    for (size_t i = 0; i < COUNT(names); i++)
        if (strlen(names[i].name) == size && text_equal(name, names[i].name))
            return names[i].sign;
    return 0;
}

/* Of the names that begin within the first `begin` bytes. */
static unsigned signs_of(const unsigned char *window, size_t begin, size_t size)
{
    const unsigned char *last = window + begin, *at = window;
    unsigned signs = 0;
    while (at < last && (at = memchr(at, '/', (size_t)(last - at))))
        signs |= sign_at(++at, window + size);
    return signs;
}

bool intake_pdf_look(const struct content *content, struct intake_pdf *out, struct error *err)
{
    unsigned char window[WINDOW];
    struct intake_pdf seen = {0};
    unsigned signs = 0;
    for (int64_t at = 0; at < content->size_bytes; at += WINDOW - REACH) {
        int64_t left = content->size_bytes - at;
        size_t size = left < WINDOW ? (size_t)left : WINDOW;
        if (!content_read(content, at, window, size, err))
            return false;
        if (at == 0)
            seen.is_pdf = size >= 5 && memcmp(window, "%PDF-", 5) == 0;
        if (!seen.is_pdf)
            break;
        if (left <= WINDOW) {
            signs |= signs_of(window, size, size);
            break;
        }
        signs |= signs_of(window, WINDOW - REACH, size); /* the rest once more, with what follows */
    }
    seen.encrypted = signs & ENCRYPTED;
    seen.active = (signs & ACTIVE) || ((signs & OPENS) && (signs & ACTION));
    *out = seen;
    return true;
}

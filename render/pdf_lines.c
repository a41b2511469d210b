#include "render/pdf_lines.h"

#include "engine/base/text.h"

#include <string.h>

#define ROUNDING 0.01 /* sums of widths are not exact */

static bool is_digit(const char *at)
{
    return *at >= '0' && *at <= '9';
}

/* "far-/morforeldre" may go on in a new line after the hyphen and the slash; "-5", "2025–2026" and
 * "1/2" may not. */
static bool breaks_after(uint32_t sign, bool in_word, const char *next)
{
    bool joins = sign == '-' || sign == '/' || sign == 0x2010 || sign == 0x2013;
    return joins && in_word && *next && !is_digit(next);
}

struct bytes pdf_lines_next(struct pdf *pdf, enum pdf_weight weight, double size, double width,
                            const char **at)
{
    const char *start = *at, *end = NULL, *next = NULL; /* end, next: the last place to break */
    const char *p = start;
    double used = 0;
    bool in_word = false;
    for (;;) {
        const char *here = p;
        uint32_t sign = text_next(&p);
        if (!sign || sign == '\n' || sign == '\r') {
            end = here;
            next = sign == '\r' && *p == '\n' ? p + 1 : p;
            break;
        }
        struct bytes one = {(const unsigned char *)here, (size_t)(p - here)};
        double wider = used + pdf_text_width(pdf, weight, size, one);
        if (sign == ' ' || sign == '\t') {
            if (in_word)
                end = here;
            if (end)
                next = p;
            in_word = false;
        } else if (wider > width + ROUNDING) {
            if (!end && here > start)
                end = next = here; /* a word wider than the column */
            if (end)
                break;
        } else {
            in_word = true;
        }
        used = wider;
        if (breaks_after(sign, in_word, p))
            end = next = p;
    }
    *at = next;
    return (struct bytes){(const unsigned char *)start, (size_t)(end - start)};
}

size_t pdf_lines_count(struct pdf *pdf, enum pdf_weight weight, double size, double width,
                       const char *text)
{
    size_t count = 0;
    while (*text) {
        (void)pdf_lines_next(pdf, weight, size, width, &text);
        count++;
    }
    return count;
}

struct bytes pdf_lines_only(const char **text)
{
    struct bytes line = BYTES_OF(*text);
    *text += line.size;
    while (line.size && strchr(" \t\r\n", line.data[line.size - 1]))
        line.size--;
    return line;
}

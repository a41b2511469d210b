#include "render/html.h"

#include <assert.h>
#include <string.h>

#include "engine/base/text.h"
#include "forms/texts.h"

/* Mostly told by the first letter: thousands of words are compared for a page. */
static bool is(const char *word, const char *other)
{
    return word[0] == other[0] && strcmp(word, other) == 0;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is(word, words[i]))
            return true;
    return false;
}

/* HTML Standard 13.1.2, as far as we write them. */
static bool is_void(const char *element)
{
    static const char *const words[] = {"br", "hr", "img", "input", "link", "meta", "source"};
    return is_one_of(element, words, COUNT(words));
}

/* Elements inside a line: a line feed before one would be seen as a space. */
static bool is_inline(const char *element)
{
    static const char *const words[] = {"a",    "br",  "option", "output", "path",
                                        "span", "svg", "strong", "use",    "textarea"};
    return is_one_of(element, words, COUNT(words));
}

/* By hand: strspn makes a table for each call, and every name on a page comes here. */
static bool is_name(const char *name)
{
    const char *at = name;
    while ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
           *at == '-')
        at++;
    return at > name && !*at;
}

/* No script and no style may come in through an attribute; the policy header stops them too. Of
 * htmx's names only those for one status have a ':'. By the first letter: few begin so. */
static bool is_attribute_name(const char *name)
{
    switch (name[0]) {
    case 'h':
        if (text_starts_with(name, "hx-status:"))
            return is_name(name + strlen("hx-status:"));
        return is_name(name) && !text_starts_with(name, "hx-on") &&
               !text_starts_with(name, "hx-live");
    case 'o':
        return is_name(name) && name[1] != 'n';
    case 's':
        return is_name(name) && !is(name, "style") && !is(name, "srcdoc");
    default:
        return is_name(name);
    }
}

static bool is_address(const char *attribute)
{
    static const char *const words[] = {"action", "formaction", "href", "src", "srcset"};
    return is_one_of(attribute, words, COUNT(words));
}

/* Characters that are invisible and change how what follows is read (security.md S-OUT-4), and
 * those that HTML does not allow as text. */
static bool is_hazardous(uint32_t c)
{
    bool control = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c <= 0x9F);
    bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    bool separator = c == 0x2028 || c == 0x2029;
    return control || direction || separator || (c & 0xFFFE) == 0xFFFE;
}

static const char *reference_of(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Plain bytes are copied in runs: most of a page is. The end of the text is not one. */
static size_t plain_run(const char *text)
{
    static const bool is_special[256] = {[0 ... '\t' - 1] = true,
                                         ['\n' + 1 ... 0x1F] = true,
                                         ['"'] = true,
                                         ['&'] = true,
                                         ['\''] = true,
                                         ['<'] = true,
                                         ['>'] = true,
                                         [0x7F ... 0xFF] = true};
    size_t n = 0;
    while (!is_special[(unsigned char)text[n]])
        n++;
    return n;
}

static void add_escaped(struct buf *out, const char *text)
{
    while (*text) {
        size_t run = plain_run(text);
        buf_add(out, (struct bytes){(const unsigned char *)text, run});
        text += run;
        if (!*text)
            break;
        const char *reference = reference_of((unsigned char)*text);
        if (reference) {
            buf_add_text(out, reference);
            text++;
        } else if (text[0] == '\r' && text[1] == '\n') {
            text++; /* browsers send line ends so; one is enough */
        } else {
            uint32_t c = text_next(&text);
            buf_add_utf8(out, is_hazardous(c) ? 0xFFFD : c);
        }
    }
}

/* Path, query, fragment, or one of the schemes a page may lead to. "//host" and "/\host" are
 * another host to a browser, and it drops tabs and line feeds before it looks (URL Standard 4.4).
 */
static bool is_safe_address(const char *address)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", "tel:"};
    for (const char *c = address; *c; c++)
        if ((unsigned char)*c <= ' ')
            return false;
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (text_starts_with(address, schemes[i]))
            return true;
    if (address[0] == '/')
        return address[1] != '/' && address[1] != '\\';
    return address[0] == '?' || address[0] == '#';
}

void html_init(struct html *html, struct arena *arena)
{
    *html = (struct html){.arena = arena};
    buf_init(&html->out, arena);
    buf_reserve(&html->out, 32 * 1024 - 1); /* most pages are not longer */
}

struct bytes html_bytes(const struct html *html)
{
    assert(html->depth == 0);
    return buf_bytes(&html->out);
}

void html_doctype(struct html *html)
{
    assert(html->out.size == 0);
    buf_add_text(&html->out, "<!DOCTYPE html>");
}

static void add_attribute(struct html *html, const char *name, const char *value)
{
    assert(is_attribute_name(name));
    if (!value)
        return;
    buf_add_byte(&html->out, ' ');
    buf_add_text(&html->out, name);
    if (!*value)
        return;
    buf_add_text(&html->out, "=\"");
    add_escaped(&html->out, is_address(name) && !is_safe_address(value) ? "#" : value);
    buf_add_byte(&html->out, '"');
}

static void add_start(struct html *html, const char *const *words, size_t count)
{
    assert(count % 2 == 1 && is_name(words[0]));
    if (!is_inline(words[0]))
        buf_add_byte(&html->out, '\n');
    buf_add_byte(&html->out, '<');
    buf_add_text(&html->out, words[0]);
    for (size_t i = 1; i < count; i += 2) {
        add_attribute(html, words[i], words[i + 1]);
        if (words[i + 1] && is(words[i], "lang"))
            add_attribute(html, "dir", texts_direction(words[i + 1]));
        if (html->focus && words[i + 1] && is(words[i], "id") && is(words[i + 1], html->focus))
            add_attribute(html, "autofocus", "");
    }
    buf_add_byte(&html->out, '>');
}

void html_open_words(struct html *html, const char *const *words, size_t count)
{
    assert(!is_void(words[0]) && html->depth < HTML_MAX_DEPTH);
    assert(!is(words[0], "script") && !is(words[0], "style"));
    add_start(html, words, count);
    html->open[html->depth++] = words[0];
}

void html_void_words(struct html *html, const char *const *words, size_t count)
{
    assert(is_void(words[0]));
    add_start(html, words, count);
}

void html_leaf_words(struct html *html, const char *text, const char *const *words, size_t count)
{
    if (!text)
        return;
    html_open_words(html, words, count);
    html_text(html, text);
    html_close(html);
}

void html_script(struct html *html, const char *address)
{
    add_start(html, HTML_WORDS("script", "src", address, "defer", ""));
    buf_add_text(&html->out, "</script>");
}

void html_close(struct html *html)
{
    assert(html->depth > 0);
    buf_add_text(&html->out, "</");
    buf_add_text(&html->out, html->open[--html->depth]);
    buf_add_byte(&html->out, '>');
}

void html_close_to(struct html *html, size_t depth)
{
    assert(depth <= html->depth);
    while (html->depth > depth)
        html_close(html);
}

void html_text(struct html *html, const char *text)
{
    /* the parser drops the first line feed of a textarea: give it one to drop */
    if (html->depth > 0 && text[0] == '\n' && text_equal(html->open[html->depth - 1], "textarea"))
        buf_add_byte(&html->out, '\n');
    add_escaped(&html->out, text);
}

static char *copy_of(struct html *html, const char *from, const char *to)
{
    return arena_text_of(html->arena,
                         (struct bytes){(const unsigned char *)from, (size_t)(to - from)});
}

void html_lines(struct html *html, const char *text)
{
    for (;;) {
        size_t size = strcspn(text, "\n");
        char *line = copy_of(html, text, text + size);
        if (size > 0 && line[size - 1] == '\r')
            line[size - 1] = '\0';
        html_text(html, line);
        if (text[size] == '\0')
            return;
        html_void(html, "br");
        text += size + 1;
    }
}

void html_message(struct html *html, const char *message)
{
    for (;;) {
        const char *start = strstr(message, "**");
        const char *end = start ? strstr(start + 2, "**") : NULL;
        if (!end)
            break;
        html_text(html, copy_of(html, message, start));
        html_leaf(html, copy_of(html, start + 2, end), "strong");
        message = end + 2;
    }
    html_text(html, message);
}

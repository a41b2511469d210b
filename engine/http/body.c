#include "engine/http/body.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <string.h>
#include <strings.h>

enum { MAX_BOUNDARY_BYTES = 70, MAX_PART_HEADER_BYTES = 4096 };

/* What has been read so far; the lists have room for REQUEST_MAX_FIELDS each. */
struct form {
    struct request *request;
    struct request_pairs fields;
    struct request_file *files;
    size_t file_count;
    const char *first;
};

static bool is_field_text(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = bytes.data[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F)
            return false;
    }
    return text_is_utf8(bytes);
}

static int check_name(const struct form *form, struct bytes name)
{
    if (form->fields.count + form->file_count == REQUEST_MAX_FIELDS)
        return 413;
    if (name.size > REQUEST_MAX_NAME_BYTES)
        return 413;
    if (!name.size || !is_field_text(name) || memchr(name.data, '\r', name.size) ||
        memchr(name.data, '\n', name.size) || memchr(name.data, '\t', name.size))
        return 400;
    return 0;
}

static int add_field(struct form *form, struct bytes name, struct bytes value)
{
    int refused = check_name(form, name);
    if (refused)
        return refused;
    if (value.size > REQUEST_MAX_VALUE_BYTES)
        return 413;
    if (!is_field_text(value))
        return 400;
    struct arena *arena = form->request->arena;
    const char *name_text = arena_text_of(arena, name);
    if (!form->first)
        form->first = name_text;
    form->fields.items[form->fields.count++] =
        (struct request_pair){name_text, arena_text_of(arena, value)};
    return 0;
}

static int add_file(struct form *form, struct bytes field, struct bytes name, struct bytes type,
                    struct bytes content)
{
    int refused = check_name(form, field);
    if (refused)
        return refused;
    if (!is_field_text(name) || !is_field_text(type))
        return 400;
    struct arena *arena = form->request->arena;
    const char *field_text = arena_text_of(arena, field);
    if (!form->first)
        form->first = field_text;
    if (name.size || content.size) /* else an input that was left empty */
        form->files[form->file_count++] = (struct request_file){
            field_text, arena_text_of(arena, name), arena_text_of(arena, type), content};
    return 0;
}

/* ---- application/x-www-form-urlencoded ---- */

static int read_pair(struct form *form, struct bytes pair)
{
    const unsigned char *equals = memchr(pair.data, '=', pair.size);
    struct bytes name = {pair.data, equals ? (size_t)(equals - pair.data) : pair.size};
    struct bytes value = {NULL, 0};
    if (equals)
        value = (struct bytes){equals + 1, pair.size - name.size - 1};
    /* three bytes may become one: what is longer encoded than that is too long decoded */
    if (name.size > 3 * REQUEST_MAX_NAME_BYTES || value.size > 3 * REQUEST_MAX_VALUE_BYTES)
        return 413;
    struct arena *arena = form->request->arena;
    if (!codec_unpercent(arena, name, true, &name) || !codec_unpercent(arena, value, true, &value))
        return 400;
    return add_field(form, name, value);
}

static int read_urlencoded(struct form *form)
{
    struct bytes body = form->request->body;
    for (size_t at = 0; at < body.size;) {
        const unsigned char *start = body.data + at;
        const unsigned char *amp = memchr(start, '&', body.size - at);
        size_t size = amp ? (size_t)(amp - start) : body.size - at;
        int refused = size ? read_pair(form, (struct bytes){start, size}) : 0;
        if (refused)
            return refused;
        at += size + 1;
    }
    return 0;
}

/* ---- multipart/form-data ---- */

/* One `; name=value` of a header: a token, or text between '"'. Moves *at past it. True when there
 * was one; *broken when what is there is something else. A '"' in a value comes as %22, as browsers
 * write it. */
static bool next_parameter(const char **at, struct bytes *name, struct bytes *value, bool *broken)
{
    const char *p = *at + strspn(*at, " \t");
    if (!*p)
        return false;
    *broken = true;
    if (*p != ';')
        return false;
    p += 1 + strspn(p + 1, " \t");
    size_t name_size = strcspn(p, "=; \t\"");
    if (!name_size || p[name_size] != '=')
        return false;
    *name = (struct bytes){(const unsigned char *)p, name_size};
    p += name_size + 1;
    bool quoted = *p == '"';
    p += quoted;
    size_t value_size = strcspn(p, quoted ? "\"" : "; \t\"");
    if (quoted && p[value_size] != '"')
        return false;
    *value = (struct bytes){(const unsigned char *)p, value_size};
    *at = p + value_size + quoted;
    *broken = false;
    return true;
}

static bool is_word(struct bytes bytes, const char *word)
{
    return bytes.size == strlen(word) &&
           strncasecmp((const char *)bytes.data, word, bytes.size) == 0;
}

/* RFC 2046 5.1.1. NULL when there is none or it is not one. */
static const char *find_boundary(const struct request *request)
{
    const char *at = request_header(request, "Content-Type");
    at += strcspn(at, ";");
    const char *boundary = NULL;
    struct bytes name, value;
    bool broken = false;
    while (next_parameter(&at, &name, &value, &broken)) {
        if (!is_word(name, "boundary"))
            continue;
        if (boundary || !value.size || value.size > MAX_BOUNDARY_BYTES)
            return NULL;
        boundary = arena_text_of(request->arena, value);
    }
    if (broken || !boundary)
        return NULL;
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "'()+_,-./:=? ";
    size_t length = strlen(boundary);
    return strspn(boundary, allowed) == length && boundary[length - 1] != ' ' ? boundary : NULL;
}

struct part {
    bool has_disposition, is_file;
    struct bytes name, file_name, type;
};

static struct bytes unescape_quotes(struct arena *arena, struct bytes text)
{
    unsigned char *plain = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool escape = text.size - i >= 3 && memcmp(text.data + i, "%22", 3) == 0;
        plain[size++] = escape ? '"' : text.data[i];
        i += escape ? 2 : 0;
    }
    return (struct bytes){plain, size};
}

static bool read_disposition(struct arena *arena, const char *value, struct part *part)
{
    size_t kind = strcspn(value, "; \t");
    if (part->has_disposition ||
        !is_word((struct bytes){(const unsigned char *)value, kind}, "form-data"))
        return false;
    part->has_disposition = true;
    const char *at = value + kind;
    struct bytes name, text;
    bool broken = false;
    while (next_parameter(&at, &name, &text, &broken)) {
        if (is_word(name, "name")) {
            if (part->name.data)
                return false;
            part->name = unescape_quotes(arena, text);
        } else if (is_word(name, "filename")) {
            if (part->is_file)
                return false;
            part->is_file = true;
            part->file_name = unescape_quotes(arena, text);
        }
    }
    return !broken && part->name.data;
}

static bool read_part_header(struct arena *arena, char *line, struct part *part)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return false;
    *colon = '\0';
    const char *value = text_trim(arena, colon + 1);
    if (strcasecmp(line, "Content-Disposition") == 0)
        return read_disposition(arena, value, part);
    if (strcasecmp(line, "Content-Type") == 0) {
        if (part->type.data)
            return false;
        part->type = BYTES_OF(value);
        return true;
    }
    /* Content-Length is harmless and sent by some; an encoding would change the bytes */
    return strcasecmp(line, "Content-Length") == 0;
}

/* Lines that each end in CRLF. */
static bool read_part_headers(struct arena *arena, struct bytes block, struct part *part)
{
    if (!is_field_text(block))
        return false;
    char *line = arena_text_of(arena, block);
    while (*line) {
        char *end = strstr(line, "\r\n");
        if (!end || strcspn(line, "\r\n") != (size_t)(end - line))
            return false;
        *end = '\0';
        if (!read_part_header(arena, line, part))
            return false;
        line = end + 2;
    }
    return part->has_disposition;
}

static bool take(struct bytes *left, const char *literal)
{
    size_t size = strlen(literal);
    if (left->size < size || memcmp(left->data, literal, size) != 0)
        return false;
    left->data += size;
    left->size -= size;
    return true;
}

/* What stands before the literal; *left goes on after it. */
static bool take_until(struct bytes *left, const char *literal, size_t most, struct bytes *out)
{
    size_t size = strlen(literal);
    size_t within = most && left->size > most ? most : left->size;
    const unsigned char *found = within ? memmem(left->data, within, literal, size) : NULL;
    if (!found)
        return false;
    *out = (struct bytes){left->data, (size_t)(found - left->data)};
    left->data = found + size;
    left->size -= out->size + size;
    return true;
}

static int read_part(struct form *form, struct bytes *left, const char *delimiter)
{
    struct arena *arena = form->request->arena;
    struct bytes headers, content;
    if (!take_until(left, "\r\n\r\n", MAX_PART_HEADER_BYTES, &headers))
        return 400;
    headers.size += 2; /* the last line's CRLF */
    struct part part = {0};
    if (!read_part_headers(arena, headers, &part) || !take_until(left, delimiter, 0, &content))
        return 400;
    return part.is_file ? add_file(form, part.name, part.file_name, part.type, content)
                        : add_field(form, part.name, content);
}

static int read_multipart(struct form *form)
{
    const char *boundary = find_boundary(form->request);
    if (!boundary)
        return 400;
    const char *delimiter = arena_printf(form->request->arena, "\r\n--%s", boundary);
    struct bytes left = form->request->body;
    if (!take(&left, delimiter + 2))
        return 400;
    while (!take(&left, "--")) {
        if (!take(&left, "\r\n"))
            return 400;
        int refused = read_part(form, &left, delimiter);
        if (refused)
            return refused;
    }
    return left.size == 0 || (take(&left, "\r\n") && left.size == 0) ? 0 : 400;
}

static bool is_also_in_query(const struct form *form)
{
    struct request_pairs query = form->request->query;
    for (size_t i = 0; i < query.count; i++) {
        for (size_t j = 0; j < form->fields.count; j++)
            if (strcmp(query.items[i].name, form->fields.items[j].name) == 0)
                return true;
        for (size_t j = 0; j < form->file_count; j++)
            if (strcmp(query.items[i].name, form->files[j].field) == 0)
                return true;
    }
    return false;
}

int body_read_form(struct request *request)
{
    const char *type = request_content_type(request);
    bool urlencoded = text_equal(type, "application/x-www-form-urlencoded");
    if (!urlencoded && !text_equal(type, "multipart/form-data"))
        return 0;
    struct arena *arena = request->arena;
    struct form form = {
        .request = request,
        .fields.items = ARENA_ARRAY(arena, REQUEST_MAX_FIELDS, struct request_pair),
        .files = ARENA_ARRAY(arena, REQUEST_MAX_FIELDS, struct request_file),
    };
    int refused = urlencoded ? read_urlencoded(&form) : read_multipart(&form);
    if (refused)
        return refused;
    if (is_also_in_query(&form))
        return 400;
    request->fields = form.fields;
    request->files = form.files;
    request->file_count = form.file_count;
    request->first_field = form.first;
    return 0;
}

#include "engine/sandbox/sandbox_multipart.h"

#include "engine/base/text.h"

#include <string.h>
#include <strings.h>

/* Reads one `name=value` at *at, where value may be in quotes; moves *at past it. */
static char *take_parameter(struct arena *arena, const char **at, const char *name)
{
    const char *start = *at;
    size_t name_size = strcspn(start, "=; \t");
    const char *value = start + name_size;
    value += strspn(value, " \t");
    if (*value != '=') {
        *at = start + strcspn(start, ";");
        return NULL;
    }
    value++;
    value += strspn(value, " \t");
    bool quoted = *value == '"';
    value += quoted;
    size_t size = quoted ? strcspn(value, "\"") : strcspn(value, "; \t");
    *at = value + size + (quoted && value[size] == '"');
    *at += strcspn(*at, ";");
    if (name_size != strlen(name) || strncasecmp(start, name, name_size) != 0)
        return NULL;
    return arena_text_of(arena, (struct bytes){(const unsigned char *)value, size});
}

char *sandbox_multipart_parameter(struct arena *arena, const char *header, const char *name)
{
    const char *at = header + strcspn(header, ";");
    while (*at == ';') {
        at++;
        at += strspn(at, " \t");
        char *value = take_parameter(arena, &at, name);
        if (value)
            return value;
    }
    return NULL;
}

struct reader {
    struct arena *arena;
    const unsigned char *at, *end;
    const char *delimiter; /* "\r\n--boundary" */
    size_t delimiter_size;
};

static bool starts_with(const struct reader *reader, const char *text)
{
    size_t size = strlen(text);
    return (size_t)(reader->end - reader->at) >= size && memcmp(reader->at, text, size) == 0;
}

static const unsigned char *find(const struct reader *reader, const char *text, size_t size)
{
    return memmem(reader->at, (size_t)(reader->end - reader->at), text, size);
}

/* Stands after a delimiter: past its line. *last: it was the closing one. */
static bool end_delimiter(struct reader *reader, bool *last, struct error *err)
{
    if (starts_with(reader, "--")) {
        *last = true;
        return true;
    }
    while (starts_with(reader, " ") || starts_with(reader, "\t"))
        reader->at++;
    if (!starts_with(reader, "\r\n"))
        return error_set(err, ERROR_INVALID, "a delimiter that does not end its line");
    reader->at += 2;
    *last = false;
    return true;
}

static bool read_header(struct reader *reader, struct sandbox_part *part, struct error *err)
{
    const unsigned char *end = find(reader, "\r\n", 2);
    if (!end)
        return error_set(err, ERROR_INVALID, "a part without an end to its headers");
    char *line =
        arena_text_of(reader->arena, (struct bytes){reader->at, (size_t)(end - reader->at)});
    reader->at = end + 2;
    char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return error_set(err, ERROR_INVALID, "a line in a part's headers that is no header");
    *colon = '\0';
    const char *value = text_trim(reader->arena, colon + 1);
    if (strcasecmp(line, "Content-Disposition") == 0) {
        part->has_disposition = true;
        part->file_name = sandbox_multipart_parameter(reader->arena, value, "filename");
    } else if (strcasecmp(line, "Content-Type") == 0) {
        part->content_type = value;
    }
    return true;
}

/* Stands at a part's first header; leaves the reader after the next delimiter. */
static bool read_part(struct reader *reader, struct sandbox_part *part, struct error *err)
{
    while (!starts_with(reader, "\r\n"))
        if (!read_header(reader, part, err))
            return false;
    /* an empty part's blank line is also the line end that belongs to the delimiter */
    const unsigned char *body = reader->at + 2;
    const unsigned char *end = find(reader, reader->delimiter, reader->delimiter_size);
    if (!end)
        return error_set(err, ERROR_INVALID, "a part that is not ended by a delimiter");
    part->body = (struct bytes){body, end > body ? (size_t)(end - body) : 0};
    reader->at = end + reader->delimiter_size;
    return true;
}

/* The first delimiter may begin the body or follow a preamble. */
static bool find_first(struct reader *reader, struct error *err)
{
    if (starts_with(reader, reader->delimiter + 2)) {
        reader->at += reader->delimiter_size - 2;
        return true;
    }
    const unsigned char *first = find(reader, reader->delimiter, reader->delimiter_size);
    if (!first)
        return error_set(err, ERROR_INVALID, "the boundary does not occur in the body");
    reader->at = first + reader->delimiter_size;
    return true;
}

bool sandbox_multipart_parse(struct arena *arena, const char *content_type, struct bytes body,
                             struct sandbox_part **out, size_t *count, struct error *err)
{
    char *boundary = sandbox_multipart_parameter(arena, content_type, "boundary");
    if (text_is_empty(boundary) || strlen(boundary) > 70)
        return error_set(err, ERROR_INVALID, "no boundary of 1 to 70 characters in Content-Type");
    char *delimiter = arena_printf(arena, "\r\n--%s", boundary);
    struct reader reader = {arena, body.data, body.data + body.size, delimiter, strlen(delimiter)};

    struct sandbox_part *parts =
        ARENA_ARRAY(arena, SANDBOX_MULTIPART_MAX_PARTS, struct sandbox_part);
    size_t found = 0;
    bool last;
    if (!find_first(&reader, err) || !end_delimiter(&reader, &last, err))
        return false;
    while (!last) {
        if (found == SANDBOX_MULTIPART_MAX_PARTS)
            return error_set(err, ERROR_INVALID, "more than %d parts", SANDBOX_MULTIPART_MAX_PARTS);
        if (!read_part(&reader, &parts[found], err) || !end_delimiter(&reader, &last, err))
            return false;
        found++;
    }
    *out = parts;
    *count = found;
    return true;
}

#include "engine/http/multipart.h"

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/http/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_BOUNDARY_BYTES = 70,
    MAX_PART_HEADER_BYTES = 4096,
    MAX_DELIMITER_BYTES = 4 + MAX_BOUNDARY_BYTES, /* CRLF "--" boundary */
    NOT_YET = -2,                                 /* more must come first */
};

/* What stands next. */
enum place { AT_START, AT_DELIMITER, AT_HEADERS, AT_FIELD, AT_FILE, AT_END };

/* A spool that a file of the request reads from. */
struct kept {
    struct kept *next;
    struct spool *spool;
};

struct multipart {
    struct multipart_rules rules;
    struct body_form form;
    char delimiter[MAX_DELIMITER_BYTES + 1]; /* "" when the content type names none */
    enum place place;
    size_t text_bytes; /* of headers and fields, all parts together */
    bool is_admitted;

    struct bytes name; /* of the field that comes */
    struct request_file file;
    struct spool *spool; /* of the file that comes; NULL until its first byte, or not kept */
    struct kept *kept;
};

/* ---- the content type ---- */

bool multipart_is(const struct request *request)
{
    return text_equal(request_content_type(request), "multipart/form-data");
}

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

/* ---- headers of a part ---- */

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
    if (!body_is_text(block))
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

/* ---- the beginning ---- */

void multipart_open(struct request *request, const struct multipart_rules *rules,
                    struct multipart **out)
{
    struct multipart *multipart = ARENA_NEW(request->arena, struct multipart);
    multipart->rules = *rules;
    body_begin(&multipart->form, request);
    const char *boundary = find_boundary(request);
    if (boundary) {
        memcpy(multipart->delimiter, "\r\n--", 4);
        memcpy(multipart->delimiter + 4, boundary, strlen(boundary) + 1);
    }
    *out = multipart;
}

void multipart_close(struct multipart **multipart)
{
    struct multipart *gone = *multipart;
    if (!gone)
        return;
    *multipart = NULL;
    spool_close(&gone->spool);
    for (struct kept *kept = gone->kept; kept; kept = kept->next)
        spool_close(&kept->spool);
}

/* The first part has come; only that one is told. */
static bool admit(struct multipart *multipart)
{
    if (multipart->is_admitted || !multipart->rules.admit)
        return true;
    multipart->is_admitted = true;
    struct request *request = multipart->form.request;
    request->fields = multipart->form.fields;
    request->first_field = multipart->form.first;
    return multipart->rules.admit(multipart->rules.context);
}

/* ---- files ---- */

/* A header may hold tabs; what a handler sees of it does not. */
static char *without_tabs(struct arena *arena, struct bytes value)
{
    char *text = arena_text_of(arena, value);
    for (char *at = text; (at = strchr(at, '\t'));)
        *at = ' ';
    return text;
}

static int begin_file(struct multipart *multipart, const struct part *part)
{
    struct arena *arena = multipart->form.request->arena;
    int refused = body_check_name(&multipart->form, part->name);
    if (refused)
        return refused;
    if (!body_is_text(part->file_name) || !body_is_text(part->type))
        return 400;
    multipart->file = (struct request_file){
        .field = arena_text_of(arena, part->name),
        .name = without_tabs(arena, part->file_name),
        .type = without_tabs(arena, part->type),
    };
    if (multipart->form.file_count >= multipart->rules.files)
        multipart->file.state = REQUEST_FILE_TOO_MANY;
    if (!multipart->form.first)
        multipart->form.first = multipart->file.field;
    multipart->place = AT_FILE;
    if (!admit(multipart))
        return MULTIPART_DENIED;
    if (multipart->form.request->drops_files)
        multipart->file.state = REQUEST_FILE_NO_ROOM;
    return 0;
}

/* What the rest of the form is not lost for. */
static int not_kept(struct multipart *multipart, const struct error *why)
{
    spool_close(&multipart->spool);
    switch (why->code) {
    case ERROR_LIMIT:
        multipart->file.state = REQUEST_FILE_TOO_LARGE;
        return 0;
    case ERROR_UNAVAILABLE:
        multipart->file.state = REQUEST_FILE_NO_ROOM;
        return 0;
    default:
        log_error("upload_not_kept", why);
        return 503;
    }
}

static int take_run(struct multipart *multipart, struct bytes run)
{
    multipart->file.size_bytes += (int64_t)run.size;
    if (!run.size || multipart->file.state != REQUEST_FILE_WHOLE)
        return 0;
    struct error why;
    if (!multipart->spool)
        spool_open(multipart->rules.spools, multipart->rules.file_bytes, &multipart->spool);
    return spool_write(multipart->spool, run, &why) ? 0 : not_kept(multipart, &why);
}

static void keep_spool(struct multipart *multipart)
{
    struct kept *kept = ARENA_NEW(multipart->form.request->arena, struct kept);
    *kept = (struct kept){multipart->kept, multipart->spool};
    multipart->kept = kept;
    multipart->file.content = spool_content(multipart->spool);
    multipart->file.sha256 = spool_sha256(multipart->spool);
    multipart->spool = NULL;
}

static int end_file(struct multipart *multipart)
{
    struct error why;
    struct request_file *file = &multipart->file;
    bool fits = file->size_bytes <= multipart->rules.file_bytes;
    if (file->state == REQUEST_FILE_NO_ROOM && !fits) /* coming again would not help */
        file->state = REQUEST_FILE_TOO_LARGE;
    if (multipart->spool && !spool_finish(multipart->spool, &why)) {
        int refused = not_kept(multipart, &why);
        if (refused)
            return refused;
    }
    if (multipart->spool)
        keep_spool(multipart);
    else if (file->state == REQUEST_FILE_WHOLE)
        file->sha256 = crypto_sha256((struct bytes){NULL, 0});
    if (*file->name || file->size_bytes) /* else an input that was left empty */
        body_add_file(&multipart->form, file);
    return 0;
}

/* ---- reading ---- */

static void use(struct bytes *left, size_t size)
{
    left->data += size;
    left->size -= size;
}

/* The literal must stand here; NOT_YET when what has come of it is right so far. */
static int take(struct bytes *left, const char *literal)
{
    size_t size = strlen(literal), come = left->size < size ? left->size : size;
    if (come && memcmp(left->data, literal, come) != 0)
        return 400;
    if (come < size)
        return NOT_YET;
    use(left, size);
    return 0;
}

static int read_start(struct multipart *multipart, struct bytes *left)
{
    int refused = *multipart->delimiter ? take(left, multipart->delimiter + 2) : 400;
    if (!refused)
        multipart->place = AT_DELIMITER;
    return refused;
}

/* After a delimiter: the last one, or a part comes. */
static int read_delimiter(struct multipart *multipart, struct bytes *left)
{
    bool last = left->size && left->data[0] == '-';
    int refused = take(left, last ? "--" : "\r\n");
    if (!refused)
        multipart->place = last ? AT_END : AT_HEADERS;
    return refused;
}

static int count_text(struct multipart *multipart, size_t size)
{
    multipart->text_bytes += size;
    return multipart->text_bytes > REQUEST_BODY_BYTES ? 413 : 0;
}

static int read_headers(struct multipart *multipart, struct bytes *left)
{
    size_t within = left->size < MAX_PART_HEADER_BYTES ? left->size : MAX_PART_HEADER_BYTES;
    const unsigned char *end = within ? memmem(left->data, within, "\r\n\r\n", 4) : NULL;
    if (!end)
        return within == MAX_PART_HEADER_BYTES ? 400 : NOT_YET;
    struct bytes block = {left->data, (size_t)(end - left->data) + 2}; /* with the last CRLF */
    use(left, block.size + 2);
    struct part part = {0};
    int refused = count_text(multipart, block.size);
    if (refused)
        return refused;
    if (!read_part_headers(multipart->form.request->arena, block, &part))
        return 400;
    if (part.is_file)
        return begin_file(multipart, &part);
    multipart->name = part.name;
    multipart->place = AT_FIELD;
    return 0;
}

static const unsigned char *find_delimiter(const struct multipart *multipart, struct bytes left)
{
    return left.size
               ? memmem(left.data, left.size, multipart->delimiter, strlen(multipart->delimiter))
               : NULL;
}

static int read_field(struct multipart *multipart, struct bytes *left)
{
    const unsigned char *end = find_delimiter(multipart, *left);
    if (!end)
        return left->size > REQUEST_MAX_VALUE_BYTES + MAX_DELIMITER_BYTES ? 413 : NOT_YET;
    struct bytes value = {left->data, (size_t)(end - left->data)};
    use(left, value.size + strlen(multipart->delimiter));
    multipart->place = AT_DELIMITER;
    int refused = count_text(multipart, value.size);
    if (!refused)
        refused = body_add_field(&multipart->form, multipart->name, value);
    if (refused)
        return refused;
    return admit(multipart) ? 0 : MULTIPART_DENIED;
}

/* As much as is certainly not the beginning of a delimiter. */
static int read_file(struct multipart *multipart, struct bytes *left)
{
    size_t delimiter = strlen(multipart->delimiter);
    const unsigned char *end = find_delimiter(multipart, *left);
    size_t size = end ? (size_t)(end - left->data) : 0;
    if (!end && left->size >= delimiter)
        size = left->size - (delimiter - 1);
    int refused = take_run(multipart, (struct bytes){left->data, size});
    use(left, size + (end ? delimiter : 0));
    if (refused)
        return refused;
    if (!end)
        return NOT_YET;
    multipart->place = AT_DELIMITER;
    return end_file(multipart);
}

static int read_next(struct multipart *multipart, struct bytes *left)
{
    switch (multipart->place) {
    case AT_START:
        return read_start(multipart, left);
    case AT_DELIMITER:
        return read_delimiter(multipart, left);
    case AT_HEADERS:
        return read_headers(multipart, left);
    case AT_FIELD:
        return read_field(multipart, left);
    case AT_FILE:
        return read_file(multipart, left);
    case AT_END:
        break;
    }
    return left->size > 2 ? 400 : NOT_YET;
}

int multipart_read(struct multipart *multipart, struct bytes window, size_t *used)
{
    struct bytes left = window;
    int result = 0;
    while (!result)
        result = read_next(multipart, &left);
    *used = window.size - left.size;
    assert(result != NOT_YET || left.size < MULTIPART_WINDOW_BYTES);
    return result == NOT_YET ? 0 : result;
}

int multipart_end(struct multipart *multipart, struct bytes window)
{
    size_t used = 0;
    int refused = multipart_read(multipart, window, &used);
    if (refused)
        return refused;
    struct bytes left = {window.data + used, window.size - used};
    bool whole = multipart->place == AT_END &&
                 (!left.size || (left.size == 2 && memcmp(left.data, "\r\n", 2) == 0));
    return whole ? body_finish(&multipart->form) : 400;
}

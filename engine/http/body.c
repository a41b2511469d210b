#include "engine/http/body.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <string.h>

bool body_is_text(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = bytes.data[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F)
            return false;
    }
    return text_is_utf8(bytes);
}

void body_begin(struct body_form *form, struct request *request)
{
    *form = (struct body_form){.request = request};
    form->fields.items = ARENA_ARRAY(request->arena, REQUEST_MAX_FIELDS, struct request_pair);
}

int body_check_name(const struct body_form *form, struct bytes name)
{
    if (form->fields.count + form->file_count == REQUEST_MAX_FIELDS)
        return 413;
    if (name.size > REQUEST_MAX_NAME_BYTES)
        return 413;
    if (!name.size || !body_is_text(name) || memchr(name.data, '\r', name.size) ||
        memchr(name.data, '\n', name.size) || memchr(name.data, '\t', name.size))
        return 400;
    return 0;
}

int body_add_field(struct body_form *form, struct bytes name, struct bytes value)
{
    int refused = body_check_name(form, name);
    if (refused)
        return refused;
    if (value.size > REQUEST_MAX_VALUE_BYTES)
        return 413;
    if (!body_is_text(value))
        return 400;
    struct arena *arena = form->request->arena;
    const char *name_text = arena_text_of(arena, name);
    if (!form->first)
        form->first = name_text;
    form->fields.items[form->fields.count++] =
        (struct request_pair){name_text, arena_text_of(arena, value)};
    return 0;
}

void body_add_file(struct body_form *form, const struct request_file *file)
{
    if (form->file_count == form->file_capacity) {
        size_t capacity = form->file_capacity ? form->file_capacity * 2 : 4;
        struct request_file *grown =
            ARENA_ARRAY(form->request->arena, capacity, struct request_file);
        if (form->file_count)
            memcpy(grown, form->files, form->file_count * sizeof *grown);
        form->files = grown;
        form->file_capacity = capacity;
    }
    form->files[form->file_count++] = *file;
}

static bool is_also_in_query(const struct body_form *form)
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

int body_finish(struct body_form *form)
{
    if (is_also_in_query(form))
        return 400;
    struct request *request = form->request;
    request->fields = form->fields;
    request->files = form->files;
    request->file_count = form->file_count;
    request->first_field = form->first;
    return 0;
}

/* ---- application/x-www-form-urlencoded ---- */

static int read_pair(struct body_form *form, struct bytes pair)
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
    return body_add_field(form, name, value);
}

int body_read_form(struct request *request)
{
    if (!text_equal(request_content_type(request), "application/x-www-form-urlencoded"))
        return 0;
    struct body_form form;
    body_begin(&form, request);
    struct bytes body = request->body;
    for (size_t at = 0; at < body.size;) {
        const unsigned char *start = body.data + at;
        const unsigned char *amp = memchr(start, '&', body.size - at);
        size_t size = amp ? (size_t)(amp - start) : body.size - at;
        int refused = size ? read_pair(&form, (struct bytes){start, size}) : 0;
        if (refused)
            return refused;
        at += size + 1;
    }
    return body_finish(&form);
}

#include "forms/texts.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/locale.h"

#include <assert.h>
#include <string.h>

static bool is_listed(const char *const *languages, size_t count, struct bytes tag, size_t *place)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(languages[i]) == tag.size && memcmp(languages[i], tag.data, tag.size) == 0) {
            *place = i;
            return true;
        }
    return false;
}

size_t texts_language(const char *const *languages, size_t count, const char *wanted)
{
    size_t place = 0;
    struct bytes tag = {(const unsigned char *)wanted, strlen(wanted)};
    if (is_listed(languages, count, tag, &place))
        return place;
    tag.size = strcspn(wanted, "-");
    if (is_listed(languages, count, tag, &place))
        return place;
    if (tag.size == 2 && memcmp(wanted, "no", 2) == 0) /* the macrolanguage (ISO 639-3) */
        is_listed(languages, count, BYTES_OF("nb"), &place);
    return place;
}

static bool find_row(const struct texts_table *table, const char *id, size_t *row)
{
    size_t from = 0, to = table->id_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(table->ids[middle], id);
        if (order == 0) {
            *row = middle;
            return true;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

struct texts_text texts_find(const struct texts_table *table, const char *id, const char *language)
{
    size_t row = 0;
    if (!find_row(table, id, &row))
        return (struct texts_text){NULL, NULL};
    size_t column = texts_language(table->languages, table->language_count, language);
    const char *const *cells = table->cells + row * table->language_count;
    if (text_is_empty(cells[column]))
        column = 0;
    return (struct texts_text){cells[column], table->languages[column]};
}

/* Adds the value of the placeholder whose name is there; false when there is none. */
static bool add_value(struct buf *out, struct bytes name, const struct texts_arg *args,
                      size_t arg_count)
{
    const char *wanted = arena_text_of(out->arena, name);
    for (size_t i = 0; i < arg_count; i++) {
        if (strcmp(args[i].name, wanted) == 0) {
            buf_add_text(out, args[i].value);
            return true;
        }
        if (strcmp(text_capital(out->arena, args[i].name), wanted) == 0) {
            buf_add_text(out, text_capital(out->arena, args[i].value));
            return true;
        }
    }
    return false;
}

char *texts_fill(struct arena *arena, const char *text, const struct texts_arg *args,
                 size_t arg_count)
{
    struct buf out;
    buf_init(&out, arena);
    while (*text) {
        size_t plain = strcspn(text, "{");
        buf_add(&out, (struct bytes){(const unsigned char *)text, plain});
        text += plain;
        if (!*text)
            break;
        size_t name = strcspn(text + 1, "{}");
        bool closed = text[1 + name] == '}';
        if (closed && add_value(&out, (struct bytes){(const unsigned char *)text + 1, name}, args,
                                arg_count)) {
            text += name + 2;
        } else {
            buf_add_byte(&out, '{');
            text++;
        }
    }
    return buf_text(&out);
}

struct texts_text texts_say(struct arena *arena, const struct texts_table *table, const char *id,
                            const char *language, const struct texts_arg *args, size_t arg_count)
{
    struct texts_text found = texts_find(table, id, language);
    assert(found.text);
    found.text = texts_fill(arena, found.text, args, arg_count);
    return found;
}

struct texts_text texts_count(struct arena *arena, const struct texts_table *table, const char *id,
                              const char *language, int64_t n, const struct texts_arg *args,
                              size_t arg_count)
{
    const char *row = arena_printf(arena, n == 1 ? "%s.1" : "%s.n", id);
    struct texts_text found = texts_find(table, row, language);
    assert(found.text);
    struct texts_arg *all = ARENA_ARRAY(arena, arg_count + 1, struct texts_arg);
    all[0] = (struct texts_arg){"n", locale_integer(arena, n, found.language)};
    if (arg_count > 0)
        memcpy(all + 1, args, arg_count * sizeof *args);
    found.text = texts_fill(arena, found.text, all, arg_count + 1);
    return found;
}

const char *texts_language_name(const char *language)
{
    static const char *const names[][2] = {
        {"nb", "Bokmål"}, {"nn", "Nynorsk"}, {"en", "English"}, {"se", "Davvisámegiella"}};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i][0], language) == 0)
            return names[i][1];
    return language;
}

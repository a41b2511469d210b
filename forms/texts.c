#include "forms/texts.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/locale.h"

#include <assert.h>
#include <string.h>

/* ---- Which language ---- */

/* What people read who asked for the first, likeliest first. The last row is for all others. */
static const struct readers {
    const char *languages; /* with a space on both sides */
    const char *read[4];
} readers[] = {
    {" nb nn no ", {"nb", "nn", "da", "sv"}},
    {" se smj sma sms smn sju sje ", {"nb", "nn", "no", "se"}},
    {" fkv da sv fo ", {"nb", "nn", "no", "en"}},
    {" ", {"en", "nb", "nn", "no"}},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* How many bytes are alike from the start, up to the end of a subtag in both. */
static size_t common_subtags(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0;; i++) {
        bool ends_a = !a[i] || a[i] == '-', ends_b = !b[i] || b[i] == '-';
        if (ends_a && ends_b)
            common = i;
        if (!a[i] || lower(a[i]) != lower(b[i]))
            return common;
    }
}

static int count_subtags(const char *tag)
{
    int count = 0;
    for (; *tag; tag++)
        count += *tag == '-';
    return count;
}

static const struct readers *readers_of(const char *tag)
{
    char word[8] = " "; /* " smj " */
    size_t size = strcspn(tag, "-");
    size_t last = COUNT(readers) - 1;
    if (size < 2 || size > 3)
        return &readers[last];
    for (size_t i = 0; i < size; i++)
        word[i + 1] = lower(tag[i]);
    word[size + 1] = ' ';
    for (size_t i = 0; i < last; i++)
        if (strstr(readers[i].languages, word))
            return &readers[i];
    return &readers[last];
}

/* "no" is both bokmål and nynorsk (ISO 639-3: a macrolanguage). */
static bool is_norwegian(const char *a, const char *b)
{
    return common_subtags("no", a) > 0 &&
           (common_subtags("nb", b) > 0 || common_subtags("nn", b) > 0);
}

int texts_distance(const char *wanted, const char *language)
{
    size_t common = common_subtags(wanted, language);
    if (!wanted[common] && !language[common])
        return 0;
    if (common > 0)
        return 1 + count_subtags(wanted + common) + count_subtags(language + common);
    if (is_norwegian(wanted, language) || is_norwegian(language, wanted))
        return TEXTS_ANOTHER - 2 + (common_subtags("nn", language) > 0);
    const struct readers *who = readers_of(wanted);
    for (size_t i = 0; i < COUNT(who->read); i++)
        if (common_subtags(who->read[i], language) > 0)
            return TEXTS_ANOTHER + (int)i;
    return TEXTS_FAR;
}

size_t texts_language(const char *const *languages, size_t count, const char *wanted)
{
    size_t best = 0;
    int least = TEXTS_FAR + 1;
    for (size_t i = 0; i < count && least > 0; i++) {
        int distance = texts_distance(wanted, languages[i]);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool texts_is_tag(const char *tag)
{
    enum { MAX_TAG_BYTES = 35, MAX_SUBTAG_BYTES = 8 };
    const char *at = tag;
    if (strspn(tag, LETTERS) < 2)
        return false;
    for (;; at++) {
        size_t size = strspn(at, LETTERS "0123456789");
        if (size == 0 || size > MAX_SUBTAG_BYTES)
            return false;
        at += size;
        if (*at != '-')
            break;
    }
    return !*at && at - tag <= MAX_TAG_BYTES;
}

const char *texts_direction(const char *language)
{
    static const char *const tags[] = {"ar",      "ckb",     "dv", "fa", "he", "ps", "sd",
                                       "ku-arab", "pa-arab", "ug", "ur", "yi", "prs"};
    for (size_t i = 0; i < COUNT(tags); i++)
        if (common_subtags(tags[i], language) == strlen(tags[i]))
            return "rtl";
    return NULL;
}

/* ---- Tables ---- */

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
    const char *const *cells = table->cells + row * table->language_count;
    size_t column = 0; /* never empty: texts.cmake */
    int least = TEXTS_FAR + 1;
    for (size_t i = 0; i < table->language_count && least > 0; i++) {
        int distance = texts_distance(language, table->languages[i]);
        if (distance < least && *cells[i]) {
            least = distance;
            column = i;
        }
    }
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
        {"nb", "Bokmål"},
        {"nn", "Nynorsk"},
        {"no", "Norsk"},
        {"se", "Davvisámegiella"},
        {"smj", "Julevsámegiella"},
        {"sma", "Åarjelsaemien gïele"},
        {"sms", "Sääʹmǩiõll"},
        {"smn", "Anarâškielâ"},
        {"fkv", "Kvääni"},
        {"en", "English"},
        {"ar", "العربية"},
        {"da", "Dansk"},
        {"de", "Deutsch"},
        {"es", "Español"},
        {"et", "Eesti"},
        {"fa", "فارسی"},
        {"fi", "Suomi"},
        {"fr", "Français"},
        {"is", "Íslenska"},
        {"ku", "Kurdî"},
        {"lt", "Lietuvių"},
        {"lv", "Latviešu"},
        {"pl", "Polski"},
        {"prs", "دری"},
        {"ro", "Română"},
        {"ru", "Русский"},
        {"so", "Soomaali"},
        {"sv", "Svenska"},
        {"th", "ไทย"},
        {"ti", "ትግርኛ"},
        {"tr", "Türkçe"},
        {"uk", "Українська"},
        {"ur", "اردو"},
        {"vi", "Tiếng Việt"},
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (texts_distance(language, names[i][0]) < TEXTS_ANOTHER)
            return names[i][1];
    return language;
}

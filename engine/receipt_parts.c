#include "engine/receipt_parts.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "render/pdf_update.h"

#include <stdlib.h>
#include <string.h>

enum {
    SECTIONS_MAX = 4, /* of cross-references: what is written, and updates of it */
    REFERENCE_BYTES = 20,
};

#define TITLE "skjema parts\n"

/* ---- what there is ---- */

struct object {
    size_t at;
    long number;
    const char *entries; /* of its dictionary, or NULL */
    bool is_stream;
    const char *name;
};

struct listing {
    struct arena *arena;
    const char *text; /* the PDF, with a NUL behind it */
    size_t size;
    struct object *objects; /* in the order of the file; cross-references are some of number 0 */
    size_t count, capacity;
    size_t pages;
};

static bool add_object(struct listing *listing, size_t at, long number)
{
    if (listing->count == listing->capacity || at >= listing->size)
        return false;
    listing->objects[listing->count++] = (struct object){.at = at, .number = number};
    return true;
}

/* "xref", then runs: the first number and how many, then their places (ISO 32000-2 7.5.4). */
static bool read_section(struct listing *listing, size_t at, const char **trailer)
{
    const char *line = listing->text + at;
    if (strncmp(line, "xref\n", 5) != 0 || !add_object(listing, at, 0))
        return false;
    for (line += 5; *line >= '0' && *line <= '9';) {
        char *end;
        long first = strtol(line, &end, 10), count = strtol(end, &end, 10);
        line = end + strcspn(end, "\n") + (*end != '\0');
        for (long i = 0; i < count; i++, line += REFERENCE_BYTES) {
            if (strnlen(line, REFERENCE_BYTES) < REFERENCE_BYTES)
                return false;
            if (line[17] == 'n' && !add_object(listing, (size_t)strtol(line, NULL, 10), first + i))
                return false;
        }
    }
    *trailer = line;
    return strncmp(line, "trailer\n", 8) == 0;
}

static bool read_sections(struct listing *listing)
{
    const char *start = NULL;
    for (const char *at = listing->text;
         (at = memmem(at, listing->size - (size_t)(at - listing->text), "startxref\n", 10)); at++)
        start = at;
    size_t at = start ? (size_t)strtol(start + 10, NULL, 10) : 0;
    for (int i = 0; i < SECTIONS_MAX && at && at < listing->size; i++) {
        const char *trailer = NULL;
        if (!read_section(listing, at, &trailer))
            return false;
        const char *end = strstr(trailer, "startxref"), *before = strstr(trailer, "/Prev ");
        at = before && end && before < end ? (size_t)strtol(before + 6, NULL, 10) : 0;
    }
    return listing->count > 0 && at == 0;
}

static int by_place(const void *a, const void *b)
{
    const struct object *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

/* ---- what it is ---- */

static void name_object(struct listing *listing, long number, const char *name)
{
    for (size_t i = 0; number && i < listing->count; i++)
        if (listing->objects[i].number == number)
            listing->objects[i].name = name;
}

static void name_referred(struct listing *listing, const struct object *object, const char *key,
                          const char *name)
{
    name_object(listing, pdf_update_reference(object->entries, key), name);
}

static bool is_type(const struct object *object, const char *type)
{
    const char *at = strstr(object->entries, type);
    return at && strchr("\n /<>[", at[strlen(type)]);
}

/* "soknad.xml", in "/F (soknad.xml)". */
static const char *file_name(struct listing *listing, const struct object *object)
{
    const char *at = strstr(object->entries, "/F (");
    size_t size = at ? strcspn(at + 4, ")\\\n") : 0;
    return size ? arena_printf(listing->arena, "%.*s", (int)size, at + 4) : "a file inside";
}

/* As render/pdf_tags.c writes them: their kind comes first. */
static bool is_structure(const struct object *object)
{
    static const char *const starts[] = {"/S/", "/Type/StructTreeRoot", "/Nums["};
    for (size_t i = 0; i < COUNT(starts); i++)
        if (text_starts_with(object->entries + strlen(" obj\n<<\n"), starts[i]))
            return true;
    return false;
}

static void judge(struct listing *listing, struct object *object)
{
    static const char *const of_fonts[] = {"/FontFile2", "/ToUnicode", "/CIDToGIDMap"};
    if (is_type(object, "/Type /Page")) {
        object->name = arena_printf(listing->arena, "page %zu", ++listing->pages);
        name_referred(listing, object, "/Contents", object->name);
        name_referred(listing, object, "/Font", "fonts");
    } else if (is_type(object, "/Type /Font") || is_type(object, "/Type /FontDescriptor")) {
        object->name = "fonts";
        for (size_t i = 0; i < COUNT(of_fonts); i++)
            name_referred(listing, object, of_fonts[i], "fonts");
    } else if (is_type(object, "/Type /Filespec")) {
        object->name = file_name(listing, object);
        name_referred(listing, object, "/F", object->name);
    } else if (is_type(object, "/Type /Catalog")) {
        object->name = "catalog";
        name_referred(listing, object, "/Metadata", "metadata");
    } else if (is_type(object, "/Type /Pages")) {
        object->name = "page tree";
    } else if (is_structure(object)) {
        object->name = "structure";
    } else if (strstr(object->entries, "/CreationDate")) {
        object->name = "metadata";
    }
}

/* Up to the stream, when there is one. */
static void read_entries(const struct listing *listing, struct object *object)
{
    const char *start = listing->text + object->at;
    size_t left = listing->size - object->at;
    const char *end = memmem(start, left, "endobj", 6);
    const char *dictionary = end ? memmem(start, (size_t)(end - start), " obj\n<<", 7) : NULL;
    if (!dictionary)
        return;
    const char *stream = memmem(dictionary, (size_t)(end - dictionary), ">>\nstream", 9);
    object->is_stream = stream != NULL;
    object->entries = arena_printf(listing->arena, "%.*s",
                                   (int)((stream ? stream : end) - dictionary), dictionary);
}

static void name_all(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        struct object *object = &listing->objects[i];
        if (object->number)
            read_entries(listing, object);
        else
            object->name = "cross-references";
    }
    for (size_t i = 0; i < listing->count; i++)
        if (listing->objects[i].entries)
            judge(listing, &listing->objects[i]);
    for (size_t i = 0; i < listing->count; i++) { /* a stream and its length are one */
        struct object *object = &listing->objects[i];
        object->name = object->name ? object->name : "other objects";
        if (object->is_stream)
            name_referred(listing, object, "/Length", object->name);
    }
}

bool receipt_parts_list(struct arena *arena, struct bytes pdf, struct receipt_part **out,
                        size_t *count, struct error *err)
{
    struct listing listing = {.arena = arena, .text = arena_text_of(arena, pdf), .size = pdf.size};
    listing.capacity = pdf.size / REFERENCE_BYTES;
    listing.objects = ARENA_ARRAY(arena, listing.capacity, struct object);
    if (!read_sections(&listing))
        return error_set(err, ERROR_INVALID, "no PDF of the kind that is written here");
    qsort(listing.objects, listing.count, sizeof listing.objects[0], by_place);
    name_all(&listing);

    struct receipt_part *parts = ARENA_ARRAY(arena, listing.count + 1, struct receipt_part);
    size_t last = 0;
    parts[0].name = "header";
    for (size_t i = 0; i < listing.count; i++)
        if (!text_equal(parts[last].name, listing.objects[i].name))
            parts[++last] =
                (struct receipt_part){.at = listing.objects[i].at, .name = listing.objects[i].name};
    for (size_t i = 0; i <= last; i++) {
        parts[i].size = (i < last ? parts[i + 1].at : pdf.size) - parts[i].at;
        parts[i].sha256 = crypto_sha256((struct bytes){pdf.data + parts[i].at, parts[i].size});
    }
    *out = parts;
    *count = last + 1;
    return true;
}

/* ---- as text ---- */

static const char *hex_of(struct arena *arena, struct crypto_sha256 digest)
{
    return codec_hex(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

const char *receipt_parts_write(struct arena *arena, const struct receipt_part *parts, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, TITLE);
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "%zu %zu %s %s\n", parts[i].at, parts[i].size,
                   hex_of(arena, parts[i].sha256), parts[i].name);
    buf_printf(&buf, "%s\n", crypto_sha256_hex(arena, buf_bytes(&buf)));
    return buf_text(&buf);
}

static bool read_size(const char **at, size_t *out)
{
    size_t size = 0;
    const char *digit = *at;
    for (; *digit >= '0' && *digit <= '9' && digit - *at < 10; digit++)
        size = size * 10 + (size_t)(*digit - '0');
    if (digit == *at || *digit != ' ')
        return false;
    *at = digit + 1;
    *out = size;
    return true;
}

static bool read_line(struct arena *arena, const char *line, struct receipt_part *out)
{
    struct bytes digest;
    if (!read_size(&line, &out->at) || !read_size(&line, &out->size) || strlen(line) < 66 ||
        line[64] != ' ' || !codec_unhex(arena, arena_printf(arena, "%.64s", line), &digest))
        return false;
    memcpy(out->sha256.bytes, digest.data, sizeof out->sha256.bytes);
    out->name = line + 65;
    for (const char *at = out->name; *at; at++)
        if (*at < ' ' || *at > '~')
            return false;
    return true;
}

bool receipt_parts_read(struct arena *arena, struct bytes pdf, struct receipt_part **out,
                        size_t *count)
{
    const unsigned char *start = NULL, *end = pdf.data + pdf.size;
    for (const unsigned char *at = pdf.data;
         at && (at = memmem(at, (size_t)(end - at), TITLE, strlen(TITLE))); at++)
        start = at;
    if (!start)
        return false;
    struct receipt_part *parts = ARENA_ARRAY(arena, RECEIPT_PARTS_MAX, struct receipt_part);
    size_t found = 0, covered = 0;
    for (const unsigned char *at = start + strlen(TITLE), *eol;
         (eol = memchr(at, '\n', (size_t)(end - at))) && found < RECEIPT_PARTS_MAX; at = eol + 1) {
        const char *line = arena_text_of(arena, (struct bytes){at, (size_t)(eol - at)});
        struct bytes above = {start, (size_t)(at - start)};
        if (strlen(line) == 64) {
            *out = parts;
            *count = found;
            return text_equal(line, crypto_sha256_hex(arena, above)) && found > 0;
        }
        struct receipt_part *part = &parts[found++];
        if (!read_line(arena, line, part) || part->at != covered || part->size > pdf.size - covered)
            return false;
        covered += part->size;
    }
    return false;
}

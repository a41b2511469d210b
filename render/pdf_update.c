#include "render/pdf_update.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The last place where the words stand; NULL: nowhere. */
static const char *last(const char *text, size_t size, const char *words)
{
    const char *found = NULL;
    for (const char *at = text; (at = memmem(at, size - (size_t)(at - text), words, strlen(words)));
         at++)
        found = at;
    return found;
}

static bool number_after(const char *text, size_t size, const char *words, long *out)
{
    const char *at = last(text, size, words);
    if (!at)
        return false;
    *out = strtol(at + strlen(words), NULL, 10);
    return *out > 0;
}

/* What stands in "NUMBER 0 obj\n<<...>>\nendobj", the last one of that number. */
static const char *entries_of(struct arena *arena, const char *text, size_t size, long number)
{
    const char *head = arena_printf(arena, "\n%ld 0 obj\n<<", number);
    const char *entries = last(text, size, head);
    static const char tail[] = ">>\nendobj";
    size_t left = entries ? size - (size_t)(entries - text) : 0;
    const char *end = entries ? memmem(entries, left, tail, strlen(tail)) : NULL;
    if (!end)
        return NULL;
    entries += strlen(head);
    return arena_printf(arena, "%.*s", (int)(end - entries), entries);
}

/* Those entries of the last trailer that an update has in common with it: a line each. */
static const char *trailer_of(struct arena *arena, const char *text, size_t size)
{
    const char *at = last(text, size, "trailer\n<<\n"), *kept = "";
    const char *end = at ? strstr(at, ">>\nstartxref") : NULL;
    if (!end)
        return NULL;
    for (at += strlen("trailer\n<<\n"); at < end; at += strcspn(at, "\n") + 1) {
        int length = (int)strcspn(at, "\n");
        bool own = strncmp(at, "/Root", 5) == 0 || strncmp(at, "/Size", 5) == 0 ||
                   strncmp(at, "/Prev", 5) == 0;
        kept = own ? kept : arena_printf(arena, "%s%.*s\n", kept, length, at);
    }
    return kept;
}

bool pdf_update_begin(struct arena *arena, struct bytes pdf, size_t room, struct pdf_update *out,
                      struct error *err)
{
    struct pdf_update update = {.arena = arena};
    const char *text = arena_text_of(arena, pdf); /* ends in NUL for strtol */
    long before = 0;
    bool good = number_after(text, pdf.size, "startxref\n", &before) &&
                number_after(text, pdf.size, "/Root ", &update.root) &&
                number_after(text, pdf.size, "/Size ", &update.size);
    update.catalog = good ? entries_of(arena, text, pdf.size, update.root) : NULL;
    update.trailer = good ? trailer_of(arena, text, pdf.size) : NULL;
    if (!update.catalog || !update.trailer)
        return error_set(err, ERROR_INVALID, "no PDF of the kind that is written here");
    update.before = (size_t)before;
    buf_init(&update.out, arena);
    buf_reserve(&update.out, pdf.size + room + 2048);
    buf_add(&update.out, pdf);
    *out = update;
    return true;
}

void pdf_update_replace(struct pdf_update *update, long number)
{
    assert(update->count < PDF_UPDATE_OBJECTS_MAX || number == update->root);
    update->places[update->count].number = number;
    update->places[update->count++].at = update->out.size;
    buf_printf(&update->out, "%ld 0 obj\n", number);
}

long pdf_update_object(struct pdf_update *update)
{
    pdf_update_replace(update, update->size);
    return update->size++;
}

const char *pdf_update_entries(const struct pdf_update *update, long number)
{
    const char *text = (const char *)update->out.data;
    return entries_of(update->arena, text, update->out.size, number);
}

long pdf_update_reference(const char *entries, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = entries; (at = strstr(at, name)) != NULL; at += length) {
        char *end;
        long number = strtol(at + length, &end, 10);
        if (at[length] == ' ' && number > 0 && strncmp(end, " 0 R", 4) == 0)
            return number;
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    long left = *(const long *)a, right = *(const long *)b; /* the first member */
    return (left > right) - (left < right);
}

/* In runs of numbers that follow one another (7.5.4). */
static void write_references(struct pdf_update *update)
{
    struct buf *out = &update->out;
    qsort(update->places, update->count, sizeof update->places[0], by_number);
    buf_add_text(out, "xref\n");
    for (size_t i = 0, end; i < update->count; i = end) {
        for (end = i + 1; end < update->count &&
                          update->places[end].number == update->places[end - 1].number + 1;)
            end++;
        buf_printf(out, "%ld %zu\n", update->places[i].number, end - i);
        for (size_t k = i; k < end; k++)
            buf_printf(out, "%010zu 00000 n \n", update->places[k].at);
    }
}

void pdf_update_finish(struct pdf_update *update, const char *catalog)
{
    struct buf *out = &update->out;
    pdf_update_replace(update, update->root);
    buf_printf(out, "<<%s>>\nendobj\n", catalog);
    size_t start = out->size;
    write_references(update);
    buf_printf(out,
               "trailer\n<<\n/Root %ld 0 R\n/Size %ld\n/Prev %zu\n%s>>\nstartxref\n%zu\n%%%%EOF\n",
               update->root, update->size, update->before, update->trailer, start);
}

bool pdf_update_embed(struct arena *arena, struct bytes pdf, const char *file_name,
                      const char *media_type, struct bytes content, struct bytes *out,
                      struct error *err)
{
    struct pdf_update update;
    if (!pdf_update_begin(arena, pdf, content.size, &update, err))
        return false;
    if (strstr(update.catalog, "/EmbeddedFiles"))
        return error_set(err, ERROR_INVALID, "the PDF has an embedded file");
    const char *slash = strchr(media_type, '/'); /* "#2F" within a name (7.3.5) */
    assert(slash);
    long stream = pdf_update_object(&update);
    buf_printf(&update.out,
               "<</Type/EmbeddedFile/Subtype/%.*s#2F%s/Length %zu/Params<</Size %zu>>>>\nstream\n",
               (int)(slash - media_type), media_type, slash + 1, content.size, content.size);
    buf_add(&update.out, content);
    buf_add_text(&update.out, "\nendstream\nendobj\n");
    long file = pdf_update_object(&update);
    buf_printf(&update.out,
               "<</Type/Filespec/F(%s)/UF(%s)/AFRelationship/Data/EF<</F %ld 0 R/UF %ld 0 R>>>>"
               "\nendobj\n",
               file_name, file_name, stream, stream);
    pdf_update_finish(&update,
                      arena_printf(arena,
                                   "%s/AF[%ld 0 R]/Names<</EmbeddedFiles<</Names[(%s)%ld 0 R]>>>>",
                                   update.catalog, file, file_name, file));
    *out = buf_bytes(&update.out);
    return true;
}

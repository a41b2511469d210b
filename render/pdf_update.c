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

bool pdf_update_begin(struct arena *arena, struct bytes pdf, size_t room, struct pdf_update *out,
                      struct error *err)
{
    struct pdf_update update = {.arena = arena};
    const char *text = arena_text_of(arena, pdf); /* ends in NUL for strtol */
    long before = 0;
    bool good = number_after(text, pdf.size, "startxref\n", &before) &&
                number_after(text, pdf.size, "/Root ", &update.root) &&
                number_after(text, pdf.size, "/Size ", &update.size);
    const char *head = arena_printf(arena, "\n%ld 0 obj\n<<", update.root);
    const char *catalog = good ? last(text, pdf.size, head) : NULL;
    const char *end = catalog ? strstr(catalog, ">>\nendobj") : NULL;
    if (!end)
        return error_set(err, ERROR_INVALID, "no PDF of the kind that is written here");
    catalog += strlen(head);
    update.before = (size_t)before;
    update.catalog = arena_printf(arena, "%.*s", (int)(end - catalog), catalog);
    buf_init(&update.out, arena);
    buf_reserve(&update.out, pdf.size + room + 1024);
    buf_add(&update.out, pdf);
    *out = update;
    return true;
}

long pdf_update_object(struct pdf_update *update)
{
    assert(update->count + 1 < (long)COUNT(update->places));
    long number = update->size + update->count++;
    update->places[update->count] = update->out.size;
    buf_printf(&update->out, "%ld 0 obj\n", number);
    return number;
}

void pdf_update_finish(struct pdf_update *update, const char *catalog)
{
    struct buf *out = &update->out;
    update->places[0] = out->size;
    buf_printf(out, "%ld 0 obj\n<<%s>>\nendobj\n", update->root, catalog);
    size_t start = out->size;
    buf_printf(out, "xref\n%ld 1\n%010zu 00000 n \n%ld %ld\n", update->root, update->places[0],
               update->size, update->count);
    for (long i = 1; i <= update->count; i++)
        buf_printf(out, "%010zu 00000 n \n", update->places[i]);
    buf_printf(out,
               "trailer\n<<\n/Root %ld 0 R\n/Size %ld\n/Prev %zu\n>>\nstartxref\n%zu\n%%%%EOF\n",
               update->root, update->size + update->count, update->before, start);
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

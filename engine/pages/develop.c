#include "engine/pages/develop.h"

#include "engine/base/text.h"
#include "render/mistakes.h"

#include <string.h>

enum {
    MOST_CHARACTERS = 100, /* of a line: minified XML has one line */
    BEFORE_CARET = 60,
};

void develop_refresh(struct app *app)
{
    if (app->config->develop)
        catalogue_refresh(app->forms);
}

/* ---- Items ---- */

/* The part of a line round a column, so many characters at most. */
static void cut_line(struct arena *arena, struct bytes line, int column, struct mistakes_item *item)
{
    const char *text = arena_text_of(arena, line), *start = text;
    int skipped = column - 1 > BEFORE_CARET ? column - 1 - BEFORE_CARET : 0;
    for (int i = 0; i < skipped; i++)
        (void)text_next(&start);
    const char *end = start;
    for (int i = 0; i < MOST_CHARACTERS && *end; i++)
        (void)text_next(&end);
    item->source =
        arena_text_of(arena, (struct bytes){(const unsigned char *)start, (size_t)(end - start)});
    item->caret = column > 0 ? column - 1 - skipped : 0;
}

/* The line's bytes; size 0 when there is none. */
static struct bytes line_of(struct bytes file, int line)
{
    const unsigned char *at = file.data, *end = file.data + file.size;
    for (int i = 1; i < line && at; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at || line < 1)
        return (struct bytes){0};
    const unsigned char *stop = memchr(at, '\n', (size_t)(end - at));
    return (struct bytes){at, (size_t)((stop ? stop : end) - at)};
}

static struct mistakes_item item_of(struct arena *arena, const struct package *package,
                                    const struct finding *finding)
{
    struct mistakes_item item = {.file = finding->file,
                                 .line = finding->line,
                                 .column = finding->column,
                                 .is_error = finding->severity == FINDING_ERROR,
                                 .text = finding->text,
                                 .rule = finding->code,
                                 .source = ""};
    struct bytes line = line_of(package->file, finding->line);
    if (line.size && text_is_utf8(line))
        cut_line(arena, line, finding->column, &item);
    return item;
}

/* ---- The page ---- */

bool develop_answers(const struct visitor *visitor, const struct request *request,
                     struct response *response)
{
    if (!visitor->app->config->develop)
        return false;
    struct arena *arena = request->arena;
    size_t broken_count, count = 0;
    const struct package *const *broken =
        catalogue_broken(arena, visitor->app->forms, &broken_count);
    for (size_t i = 0; i < broken_count; i++)
        count += broken[i]->findings.count;
    if (!count)
        return false;
    struct mistakes_item *items = ARENA_ARRAY(arena, count, struct mistakes_item);
    count = 0;
    for (size_t i = 0; i < broken_count; i++)
        for (size_t f = 0; f < broken[i]->findings.count; f++)
            items[count++] = item_of(arena, broken[i], &broken[i]->findings.items[f]);
    struct frame frame = visitor_frame(visitor);
    frame.language = "en";
    response_remove_header(response, "Location");
    response_html(response, 503, mistakes_page(arena, &frame, items, count));
    return true;
}

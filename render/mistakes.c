#include "render/mistakes.h"

#include "engine/base/text.h"

/* A line with '^' under the character: tabs are kept, so that it stands there whatever their width.
 */
static const char *caret_line(struct arena *arena, const struct mistakes_item *item)
{
    struct buf out;
    buf_init(&out, arena);
    const char *at = item->source;
    for (int i = 0; i < item->caret && *at; i++)
        buf_add_byte(&out, text_next(&at) == '\t' ? '\t' : ' ');
    buf_add_byte(&out, '^');
    return buf_text(&out);
}

static void write_item(struct html *html, const struct mistakes_item *item)
{
    const char *place =
        item->line ? arena_printf(html->arena, "%s:%d:%d", item->file, item->line, item->column)
                   : item->file;
    html_open(html, "li", "class", "app-stack");
    html_open(html, "p");
    html_leaf(html, place, "strong");
    html_text(html, item->is_error ? ": error: " : ": warning: ");
    html_text(html, item->text);
    html_text(html, " ");
    html_leaf(html, item->rule, "code");
    html_close(html);
    if (*item->source)
        html_leaf(html,
                  arena_printf(html->arena, "%s\n%s", item->source, caret_line(html->arena, item)),
                  "pre", "class", "app-source", "tabindex", "0");
    html_close(html);
}

struct bytes mistakes_page(struct arena *arena, const struct frame *frame,
                           const struct mistakes_item *items, size_t count)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = {.title = "The form has mistakes", .wide = true};
    frame_begin(&html, frame, &around);
    html_leaf(&html, "The form has mistakes", "h1", "class", "app-h1");
    html_leaf(
        &html,
        "It is not served until they are mended. Mend them, save the file, and load this page "
        "again. Drafts are kept; they go on in the version they began with.",
        "p", "class", "app-lead");
    html_open(&html, "ul", "class", "app-sheet app-stack app-mistakes");
    for (size_t i = 0; i < count; i++)
        write_item(&html, &items[i]);
    html_close(&html);
    html_leaf(&html,
              "The rules, with reasons and examples, are in forms/README.md. "
              "The same list, with warnings: skjema lint",
              "p", "class", "app-small app-muted");
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

#include "render/my_documents.h"

#include "engine/base/text.h"
#include "render/document.h"
#include "render/message.h"
#include "render/overview.h"

const char *const my_documents_words[MY_DOCUMENTS_KINDS] = {
    [MY_DOCUMENTS_ALL] = "",
    [MY_DOCUMENTS_RECEIVED] = "mottatt",
    [MY_DOCUMENTS_FETCHED] = "hentet",
    [MY_DOCUMENTS_UPLOADED] = "lastet-opp",
};

static const char *const kind_ids[MY_DOCUMENTS_KINDS] = {
    [MY_DOCUMENTS_ALL] = "my.documents.all",
    [MY_DOCUMENTS_RECEIVED] = "my.documents.received",
    [MY_DOCUMENTS_FETCHED] = "my.documents.fetched",
    [MY_DOCUMENTS_UPLOADED] = "my.documents.uploaded",
};

static const char *address_of(struct arena *arena, enum my_documents_kind kind, size_t from)
{
    const char *path = OVERVIEW_PATH_DOCUMENTS;
    if (kind != MY_DOCUMENTS_ALL)
        path = arena_printf(arena, "%s?" MY_DOCUMENTS_QUERY_KIND "=%s", path,
                            my_documents_words[kind]);
    if (from == 0)
        return path;
    return arena_printf(arena, "%s%c" MY_DOCUMENTS_QUERY_FROM "=%zu", path,
                        kind == MY_DOCUMENTS_ALL ? '?' : '&', from);
}

/* The kinds as links, with how many there are of each. */
static void write_kinds(struct html *html, const struct frame *frame,
                        const struct my_documents *page)
{
    const char *language = frame->language;
    html_open(html, "nav", "class", "app-kinds", "aria-label",
              message(language, "my.documents.kinds"));
    html_open(html, "ul");
    for (int kind = 0; kind < MY_DOCUMENTS_KINDS; kind++) {
        html_open(html, "li");
        html_leaf(html,
                  arena_printf(html->arena, "%s (%zu)", message(language, kind_ids[kind]),
                               page->counts[kind]),
                  "a", "href", address_of(html->arena, (enum my_documents_kind)kind, 0),
                  "aria-current", page->shown == (enum my_documents_kind)kind ? "page" : NULL);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

static void write_download(struct html *html, const struct frame *frame,
                           const struct my_document *document)
{
    html_open(html, "a", "class", "ds-button", "data-variant", "tertiary", "href",
              document->address);
    frame_icon(html, "download");
    html_open(html, "span");
    html_text(html, message(frame->language, "my.download"));
    html_leaf(html, arena_printf(html->arena, " %s", document->document.name), "span", "class",
              "ds-sr-only");
    html_close_to(html, html->depth - 2);
}

/* To where it is sent, or taken back. */
static void write_later(struct html *html, const struct frame *frame,
                        const struct my_document *document)
{
    html_open(html, "a", "class", "ds-button", "data-variant", "tertiary", "href", document->later);
    frame_icon(html, "pencil");
    html_open(html, "span");
    html_text(html, message(frame->language, "my.laid.up.link"));
    html_leaf(html, arena_printf(html->arena, " %s", document->document.name), "span", "class",
              "ds-sr-only");
    html_close_to(html, html->depth - 2);
}

static void write_remove(struct html *html, const struct frame *frame,
                         const struct my_document *document)
{
    frame_button(html, &(struct frame_button){
                           .address = document->remove,
                           .variant = "tertiary",
                           .color = "danger",
                           .icon = "trash",
                           .text = message(frame->language, "upload.remove"),
                           .hidden = arena_printf(html->arena, " %s", document->document.name),
                           .once = true,
                       });
}

static void write_actions(struct html *html, const struct frame *frame,
                          const struct my_document *document)
{
    if (!document->address && !document->remove && !document->later)
        return;
    html_open(html, "div", "class", "app-docs__action");
    if (document->address)
        write_download(html, frame, document);
    if (document->later)
        write_later(html, frame, document);
    if (document->remove)
        write_remove(html, frame, document);
    html_close(html);
}

static void write_item(struct html *html, const struct frame *frame,
                       const struct my_document *document)
{
    struct arena *arena = html->arena;
    document_begin_about(html, &document->document);
    html_text(html,
              arena_printf(arena, "%s · ", document_about(arena, frame, &document->document)));
    if (document->reference)
        html_leaf(html,
                  message_with(arena, frame->language, document->later ? "my.laid.up" : "my.used",
                               "referanse", document->reference),
                  "span", "class", "app-nowrap");
    else
        frame_message_in(html, frame, "my.in.draft", "skjema", document->form.text,
                         document->form.language);
    document_end_about(html, frame, &document->document);
    write_actions(html, frame, document);
    html_close(html);
}

static bool is_any_in_a_draft(const struct my_documents *page)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].remove)
            return true;
    return false;
}

static void write_items(struct html *html, const struct frame *frame,
                        const struct my_documents *page)
{
    size_t listed = page->from + page->count;
    overview_begin_section(html, frame, "dokumenter", "my.documents.title");
    overview_write_none(html, frame, page->count > 0 ? "my.documents.text" : "my.documents.none");
    if (page->count > 0) {
        size_t depth = html->depth;
        if (is_any_in_a_draft(page)) /* one form for all "Remove" */
            frame_form(html, frame, OVERVIEW_PATH_DOCUMENTS, NULL, false);
        html_open(html, "ul", "class", "app-docs");
        for (size_t i = 0; i < page->count; i++)
            write_item(html, frame, &page->items[i]);
        html_close_to(html, depth);
    }
    if (listed < page->counts[page->shown]) {
        html_open(html, "p");
        html_leaf(html, message(frame->language, "my.documents.more"), "a", "class", "ds-link",
                  "href", address_of(html->arena, page->shown, listed));
        html_close(html);
    }
    html_close(html);
}

struct bytes my_documents_page(struct arena *arena, const struct frame *frame,
                               const struct my_documents *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around =
        overview_begin(&html, frame, OVERVIEW_PATH_DOCUMENTS, "my.documents");
    if (page->notice)
        frame_message(&html, FRAME_SUCCESS, NULL, page->notice, true);
    if (page->counts[MY_DOCUMENTS_ALL] > 0)
        write_kinds(&html, frame, page);
    evidence_write_certificates(&html, frame, page->certificates, page->certificate_count);
    if (page->count > 0 || page->certificate_count == 0)
        write_items(&html, frame, page);
    return overview_end(&html, frame, &around);
}

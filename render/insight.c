#include "render/insight.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/overview.h"

#include <string.h>

static const char *who_text(struct arena *arena, const struct frame *frame,
                            const struct insight_row *row)
{
    const char *language = frame->language, *agency = frame->agency->name;
    switch (row->who) {
    case INSIGHT_YOU:
        return message(language, "log.you");
    case INSIGHT_FOR_YOU:
        return message_with(arena, language, "log.for.you", "navn", agency);
    case INSIGHT_STAFF:
        return message_with(arena, language, "log.staff", "navn", agency);
    case INSIGHT_OTHER:
        return row->who_name;
    case INSIGHT_AGENCY:
        break;
    }
    return agency;
}

/* "24.11.2026 kl. 08.17" */
static const char *time_text(struct arena *arena, const char *language, int64_t at)
{
    const char *iso = clock_iso_oslo(arena, at);
    return arena_printf(arena, "%s %s",
                        locale_date_compact(arena, arena_printf(arena, "%.10s", iso)),
                        frame_clock(arena, at, language));
}

static const char *why_text(struct arena *arena, const char *language,
                            const struct insight_row *row)
{
    switch (row->why) {
    case INSIGHT_OWN:
        return message(language, "log.why.own");
    case INSIGHT_KEPT:
        return message(language, "log.why.kept");
    case INSIGHT_VIRUS:
        return message(language, "log.why.virus");
    case INSIGHT_FAILED:
        return message(language, "log.why.failed");
    case INSIGHT_CONSENT:
        return message_with(arena, language, "log.why.consent", "tid",
                            time_text(arena, language, row->why_at));
    case INSIGHT_SAID:
        return row->why_text;
    case INSIGHT_NOT_SAID:
        break;
    }
    return message(language, "log.why.not.said");
}

static void write_why(struct html *html, const struct frame *frame, const struct insight_row *row)
{
    const char *text = why_text(html->arena, frame->language, row);
    html_open(html, "td", "data-label", message(frame->language, "log.why"));
    if (row->why_address)
        html_leaf(html, text, "a", "class", "ds-link", "href", row->why_address, "lang",
                  frame_lang(frame, row->why_language));
    else
        frame_text_in(html, frame, text, row->why_language);
    html_close(html);
}

static void write_row(struct html *html, const struct frame *frame, const struct insight_row *row)
{
    const char *language = frame->language;
    html_open(html, "tr");
    html_leaf(html, time_text(html->arena, language, row->at), "th", "scope", "row");
    html_open(html, "td", "data-label", message(language, "log.what"));
    html_text(html, message(language, row->event));
    if (row->subject) {
        html_text(html, ": ");
        frame_text_in(html, frame, row->subject, row->subject_language);
    }
    html_close(html);
    html_leaf(html, who_text(html->arena, frame, row), "td", "data-label",
              message(language, "log.who"));
    write_why(html, frame, row);
    html_close(html);
}

static const char *const heads[] = {"log.when", "log.what", "log.who", "log.why"};

static void write_table(struct html *html, const struct frame *frame, const struct insight *page)
{
    html_open(html, "table", "class", "app-log");
    html_leaf(html, message(frame->language, "log.caption"), "caption");
    html_open(html, "thead");
    html_open(html, "tr");
    for (size_t i = 0; i < COUNT(heads); i++)
        html_leaf(html, message(frame->language, heads[i]), "th", "scope", "col");
    html_close_to(html, html->depth - 2);
    html_open(html, "tbody");
    for (size_t i = 0; i < page->count; i++)
        write_row(html, frame, &page->rows[i]);
    html_close_to(html, html->depth - 2);
}

/* "2026-11-24 08:17:05", in Norway: what sorts, and is a time in any spreadsheet. */
static const char *sortable_time(struct arena *arena, int64_t at)
{
    const char *iso = clock_iso_oslo(arena, at);
    return arena_printf(arena, "%.10s %.8s", iso, iso + 11);
}

static void add_cell(struct buf *out, const char *text, bool is_last)
{
    buf_add_text(out, *text && strchr("=+-@\t\r", *text) ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            buf_add_byte(out, '"');
        buf_add_byte(out, (unsigned char)*text);
    }
    buf_add_text(out, is_last ? "\"\r\n" : "\",");
}

static const char *what_text(struct arena *arena, const char *language,
                             const struct insight_row *row)
{
    const char *event = message(language, row->event);
    return row->subject ? arena_printf(arena, "%s: %s", event, row->subject) : event;
}

struct bytes insight_csv(struct arena *arena, const struct frame *frame, const struct insight *page)
{
    struct buf out;
    const char *language = frame->language;
    buf_init(&out, arena);
    buf_add_text(&out, "\uFEFF");
    for (size_t i = 0; i < COUNT(heads); i++)
        add_cell(&out, message(language, heads[i]), i + 1 == COUNT(heads));
    for (size_t i = 0; i < page->count; i++) {
        const struct insight_row *row = &page->rows[i];
        add_cell(&out, sortable_time(arena, row->at), false);
        add_cell(&out, what_text(arena, language, row), false);
        add_cell(&out, who_text(arena, frame, row), false);
        add_cell(&out, why_text(arena, language, row), true);
    }
    if (page->older) {
        add_cell(&out, "", false);
        add_cell(&out, message(language, "log.older"), false);
        add_cell(&out, "", false);
        add_cell(&out, page->older, true);
    }
    return buf_bytes(&out);
}

static void write_pages(struct html *html, const char *language, const struct insight *page)
{
    if (page->count == 0 && !page->newest)
        return;
    html_open(html, "div", "class", "app-actions");
    if (page->older)
        frame_link_button(html, page->older, "secondary", NULL, message(language, "log.older"));
    if (page->newest)
        frame_link_button(html, page->newest, "tertiary", NULL, message(language, "log.newest"));
    frame_link_button(html, page->csv, "secondary", "download", message(language, "log.csv"));
    html_close(html);
}

/* Somebody looked who should not have: to whom it is said. */
static void write_report(struct html *html, const struct frame *frame)
{
    html_open(html, "p");
    html_leaf(html, message(frame->language, "log.report"), "a", "class", "ds-link", "href",
              arena_printf(html->arena, "mailto:%s", frame->agency->email));
    html_close(html);
}

struct bytes insight_page(struct arena *arena, const struct frame *frame,
                          const struct insight *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around = overview_begin(&html, frame, INSIGHT_PATH, "log.title");
    html_open(&html, "section", "aria-label", message(language, "log.title"));
    html_leaf(&html, message(language, "log.lead"), "p", "class", "app-text");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (page->count)
        write_table(&html, frame, page);
    else
        overview_write_none(&html, frame, "log.none");
    write_pages(&html, language, page);
    html_close(&html);
    write_report(&html, frame);
    html_close(&html);
    return overview_end(&html, frame, &around);
}

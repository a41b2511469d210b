#include "render/operation.h"

#include "engine/base/text.h"
#include "render/static.h"

static void begin(struct html *html, const char *title)
{
    html_doctype(html);
    html_open(html, "html", "lang", "en", "data-color-scheme", "auto", "data-size", "sm");
    html_open(html, "head");
    html_void(html, "meta", "charset", "utf-8");
    html_void(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html_leaf(html, title, "title");
    html_void(html, "link", "rel", "stylesheet", "href", static_path("app.css"));
    html_void(html, "link", "rel", "stylesheet", "href", static_path("operation.css"));
    html_void(html, "link", "rel", "icon", "href", static_path("icon.svg"), "type",
              "image/svg+xml");
    html_close(html);
    html_open(html, "body", "data-color", "accent");
    html_open(html, "main", "id", "innhold", "class", "app-main");
    html_open(html, "div", "class", "app-inner app-stack app-operation");
    html_leaf(html, title, "h1", "class", "app-h1");
}

static struct bytes end(struct html *html)
{
    html_close_to(html, 0);
    return html_bytes(html);
}

char *operation_span(struct arena *arena, int64_t ms)
{
    long long minutes = ms / 60000;
    if (minutes < 1)
        return arena_printf(arena, "%lld s", (long long)ms / 1000);
    if (minutes < 60)
        return arena_printf(arena, "%lld min", minutes);
    if (minutes < 24 * 60)
        return arena_printf(arena, "%lld h %02lld min", minutes / 60, minutes % 60);
    return arena_printf(arena, "%lld d %lld h", minutes / (24 * 60), minutes / 60 % 24);
}

/* A table can be wider than a phone: it scrolls by itself, also by keyboard. */
static void begin_table(struct html *html, const char *name, const char *const *heads, size_t count)
{
    html_open(html, "div", "class", "app-operation-scroll", "tabindex", "0", "role", "region",
              "aria-label", name);
    html_open(html, "table", "class", "ds-table", "data-border", "true");
    html_open(html, "thead");
    html_open(html, "tr");
    for (size_t i = 0; i < count; i++)
        html_leaf(html, heads[i], "th", "scope", "col");
    html_close(html);
    html_close(html);
    html_open(html, "tbody");
}

static void end_table(struct html *html)
{
    for (int i = 0; i < 3; i++)
        html_close(html);
}

static void number(struct html *html, int64_t value)
{
    html_leaf(html, arena_printf(html->arena, "%lld", (long long)value), "td", "class",
              "app-number");
}

/* hidden: what only a screen reader hears, so that twenty buttons are not all the same. */
static void button(struct html *html, const char *token, const char *field, const char *value,
                   const char *text, const char *hidden)
{
    html_open(html, "form", "method", "post", "action", OPERATION_RETRY);
    html_void(html, "input", "type", "hidden", "name", OPERATION_FIELD_TOKEN, "value", token);
    html_void(html, "input", "type", "hidden", "name", field, "value", value);
    html_open(html, "button", "class", "ds-button", "data-variant", "secondary", "data-size", "sm",
              "type", "submit");
    html_text(html, text);
    html_leaf(html, arena_printf(html->arena, " %s", hidden), "span", "class", "ds-sr-only");
    html_close(html);
    html_close(html);
}

static void write_row(struct html *html, const struct operation_row *row, const char *token)
{
    html_open(html, "tr");
    html_leaf(html, operation_span(html->arena, row->age_ms), "td");
    html_leaf(html, row->state, "td");
    html_leaf(html, row->kind, "td");
    html_leaf(html, *row->channel ? row->channel : "none yet", "td");
    number(html, row->attempts);
    html_leaf(html, row->reason, "td");
    html_open(html, "td");
    html_leaf(html, row->id, "code");
    html_close(html);
    if (token) {
        html_open(html, "td");
        if (row->can_retry)
            button(html, token, OPERATION_FIELD_ID, row->id, "Try again", row->id);
        html_close(html);
    }
    html_close(html);
}

static void write_rows(struct html *html, const char *title, const char *none,
                       const struct operation_rows *rows, const char *token)
{
    static const char *const heads[] = {"Age",      "State",  "Kind", "Channel",
                                        "Attempts", "Reason", "Id",   "Try again"};
    html_leaf(html, title, "h2");
    if (!rows->count) {
        html_leaf(html, none, "p");
        return;
    }
    begin_table(html, title, heads, token ? COUNT(heads) : COUNT(heads) - 1);
    for (size_t i = 0; i < rows->count; i++)
        write_row(html, &rows->at[i], token);
    end_table(html);
    if (rows->has_more)
        html_leaf(html, "There are more; these are the oldest. See: skjema outbox list", "p");
}

static void write_prints(struct html *html, const struct operation_rows *rows)
{
    static const char *const heads[] = {"Age", "State", "Kind", "Folder"};
    html_leaf(html, "Print orders", "h2");
    if (!rows->count) {
        html_leaf(html, "None.", "p");
        return;
    }
    html_leaf(html,
              "For people without a digital mailbox. Letter and address are in these folders of "
              "the data folder; print them, post them, and take the folder away.",
              "p");
    begin_table(html, "Print orders", heads, COUNT(heads));
    for (size_t i = 0; i < rows->count; i++) {
        const struct operation_row *row = &rows->at[i];
        html_open(html, "tr");
        html_leaf(html, operation_span(html->arena, row->age_ms), "td");
        html_leaf(html, row->state, "td");
        html_leaf(html, row->kind, "td");
        html_open(html, "td");
        html_leaf(html, arena_printf(html->arena, "print/%s", row->message_id), "code");
        html_close(html);
        html_close(html);
    }
    end_table(html);
    if (rows->has_more)
        html_leaf(html, "There are more; these are the newest.", "p");
}

static void write_reasons(struct html *html, const struct operation *operation)
{
    static const char *const heads[] = {"Given up", "Reason", "Try again"};
    if (!operation->reason_count)
        return;
    html_leaf(html, "Given up, by reason", "h2");
    begin_table(html, "Given up, by reason", heads, COUNT(heads));
    for (size_t i = 0; i < operation->reason_count; i++) {
        const struct operation_reason *reason = &operation->reasons[i];
        html_open(html, "tr");
        number(html, reason->count);
        html_leaf(html, reason->reason, "td");
        html_open(html, "td");
        button(html, operation->token, OPERATION_FIELD_REASON, reason->reason, "Try all again",
               reason->reason);
        html_close(html);
        html_close(html);
    }
    end_table(html);
}

static void write_tallies(struct html *html, const struct operation *operation)
{
    static const char *const heads[] = {"State", "Channel", "Deliveries", "Attempts", "Oldest"};
    html_leaf(html, "All deliveries", "h2");
    begin_table(html, "All deliveries", heads, COUNT(heads));
    for (size_t i = 0; i < operation->tally_count; i++) {
        const struct operation_tally *tally = &operation->tallies[i];
        html_open(html, "tr");
        html_leaf(html, tally->state, "td");
        html_leaf(html, *tally->channel ? tally->channel : "none yet", "td");
        number(html, tally->count);
        number(html, tally->attempts);
        html_leaf(html, operation_span(html->arena, tally->oldest_ms), "td");
        html_close(html);
    }
    end_table(html);
}

static void write_message(struct html *html, const char *color, const char *text)
{
    html_open(html, "div", "class", "ds-alert", "data-color", color, "role", "status");
    html_leaf(html, text, "p");
    html_close(html);
}

static void write_state(struct html *html, const struct operation *operation)
{
    if (operation->retried)
        write_message(
            html, "success",
            arena_printf(html->arena, "Taken up again: %lld.", (long long)operation->retried));
    if (operation->trouble)
        write_message(html, "danger",
                      arena_printf(html->arena, "Not ready: %s", operation->trouble));
    else
        write_message(html, "success", "Ready.");
    html_leaf(html,
              arena_printf(html->arena, "%lld requests wait for a thread, of %lld that may.",
                           (long long)operation->waiting, (long long)operation->room),
              "p");
}

struct bytes operation_page(struct arena *arena, const struct operation *operation)
{
    struct html html;
    html_init(&html, arena);
    begin(&html, arena_printf(arena, "Deliveries of %s", operation->agency));
    write_state(&html, operation);
    write_rows(&html, "Stuck", "Nothing is stuck.", &operation->stuck, operation->token);
    write_reasons(&html, operation);
    write_rows(&html, "Otherwise at the postbox",
               "What was delivered in the last day is so at the postbox too, as far as it has been "
               "asked.",
               &operation->different, NULL);
    write_prints(&html, &operation->prints);
    write_tallies(&html, operation);
    html_open(&html, "p");
    html_leaf(&html, "Numbers for Prometheus", "a", "class", "ds-link", "href", "/metrics");
    html_close(&html);
    return end(&html);
}

struct bytes operation_trouble(struct arena *arena, const char *title, const char *text)
{
    struct html html;
    html_init(&html, arena);
    begin(&html, title);
    html_leaf(&html, text, "p");
    html_open(&html, "p");
    html_leaf(&html, "To the deliveries", "a", "class", "ds-link", "href", "/");
    html_close(&html);
    return end(&html);
}

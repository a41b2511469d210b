#include "render/overview.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/insight.h"
#include "render/message.h"

/* ---- what all of Min side has ---- */

/* In the order they are shown. A page of Min side that has a line here has a row in routes.c
 * (test_my_page.c), and begins with overview_begin and the same address. */
static const struct overview_tab tabs[] = {
    {FRAME_PATH_MY_PAGE, "my.overview"}, {OVERVIEW_PATH_DOCUMENTS, "my.documents"},
    {OVERVIEW_PATH_FORMS, "find.title"}, {OVERVIEW_PATH_CONSENTS, "my.consents"},
    {INSIGHT_PATH, "log.title"},         {OVERVIEW_PATH_DATA, "data.title"},
};

const struct overview_tab *overview_tabs(size_t *count)
{
    *count = COUNT(tabs);
    return tabs;
}

/* All of them are links, the current one too: from a page below it leads back to it. */
static void write_tabs(struct html *html, const char *language, const char *address)
{
    html_open(html, "nav", "aria-label", message(language, "frame.mypage"));
    html_open(html, "ul", "class", "app-tabs");
    for (size_t i = 0; i < COUNT(tabs); i++) {
        bool current = text_equal(address, tabs[i].address);
        html_open(html, "li");
        html_leaf(html, message(language, tabs[i].title_id), "a", "href", tabs[i].address,
                  "aria-current", current ? "page" : NULL);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

struct frame_page overview_begin(struct html *html, const struct frame *frame, const char *address,
                                 const char *title_id)
{
    const char *language = frame->language;
    const char *title = message(language, title_id);
    bool front = text_equal(address, FRAME_PATH_MY_PAGE);
    struct frame_page around = {
        .title =
            front ? title
                  : arena_printf(html->arena, "%s – %s", title, message(language, "frame.mypage")),
        .wide = true,
        .my_page = true,
    };
    frame_begin(html, frame, &around);
    html_leaf(html, title, "h1", "class", "app-h1");
    write_tabs(html, language, address);
    html_open(html, "div", "class", "app-stack app-stack--loose");
    return around;
}

struct bytes overview_end(struct html *html, const struct frame *frame,
                          const struct frame_page *around)
{
    html_close(html);
    frame_end(html, frame, around);
    return html_bytes(html);
}

void overview_begin_section(struct html *html, const struct frame *frame, const char *id,
                            const char *title_id)
{
    html_open(html, "section", "aria-labelledby", id);
    html_leaf(html, message(frame->language, title_id), "h2", "class", "app-h2", "id", id);
}

void overview_write_none(struct html *html, const struct frame *frame, const char *id)
{
    html_leaf(html, message(frame->language, id), "p", "class", "app-muted");
}

/* A link that looks like a button, with words for those who hear links alone. */
static void write_link_button(struct html *html, const char *address, const char *variant,
                              const char *color, const char *icon, const char *text,
                              const char *hidden, const char *hidden_lang)
{
    html_open(html, "a", "class", "ds-button", "data-variant", variant, "data-color", color, "href",
              address);
    if (icon)
        frame_icon(html, icon);
    html_open(html, "span");
    html_text(html, text);
    html_leaf(html, hidden, "span", "class", "ds-sr-only", "lang", hidden_lang);
    html_close_to(html, html->depth - 2);
}

/* ---- overview ---- */

/* Past its day a task can still be done, and that is said without blame. */
static void write_due(struct html *html, const struct frame *frame, int64_t due_at)
{
    if (due_at == 0)
        return;
    const char *language = frame->language;
    bool late = due_at < frame->now;
    html_leaf(html, late ? message(language, "my.task.still") : NULL, "p");
    html_open(html, "p", "class", "app-docs__badges");
    frame_tag(html, late ? "warning" : "info", "clock",
              message_with(html->arena, language, late ? "my.task.late" : "my.task.due", "dato",
                           locale_date_at(html->arena, due_at, language)));
    html_close(html);
}

static void write_task(struct html *html, const struct frame *frame,
                       const struct overview_task *task)
{
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_leaf(html, task->title, "h3", "class", "app-h3");
    const char *lang = frame_lang(frame, task->about_language);
    html_leaf(html, task->about, "p", "class", "app-muted", "lang", lang);
    html_leaf(html, task->text, "p");
    write_due(html, frame, task->due_at);
    html_close(html);
    html_open(html, "div", "class", "app-actions");
    write_link_button(
        html, task->address, NULL, NULL, NULL, task->link,
        arena_printf(html->arena, ": %s", task->more_of_it ? task->more_of_it : task->title),
        task->more_of_it ? lang : NULL);
    html_close_to(html, html->depth - 2);
}

static void write_tasks(struct html *html, const struct frame *frame, const char *id,
                        const char *title_id, const struct overview_task *tasks, size_t count)
{
    if (count == 0)
        return;
    overview_begin_section(html, frame, id, title_id);
    html_open(html, "ul", "class", "app-cards");
    for (size_t i = 0; i < count; i++)
        write_task(html, frame, &tasks[i]);
    html_close_to(html, html->depth - 2);
}

static void write_reached(struct html *html, const struct frame *frame,
                          const struct overview_draft *draft)
{
    struct form_shown where = draft->reached;
    if (draft->at_review)
        where = (struct form_shown){message(frame->language, "review.step"), frame->language};
    if (text_is_empty(where.text))
        return;
    html_open(html, "p");
    html_text(html, message(frame->language, "my.reached"));
    html_text(html, " ");
    html_leaf(html, where.text, "span", "lang", frame_lang(frame, where.language));
    html_close(html);
}

static void write_draft(struct html *html, const struct frame *frame,
                        const struct overview_draft *draft)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    const char *saved = message_with(arena, language, "my.saved", "tid",
                                     locale_moment_at(arena, draft->saved_at, language));
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_leaf(html, draft->title.text, "h3", "class", "app-h3", "lang",
              frame_lang(frame, draft->title.language));
    write_reached(html, frame, draft);
    html_leaf(html, saved, "p", "class", "app-muted");
    if (draft->expires_at > 0)
        html_leaf(html,
                  message_with(arena, language, "my.expires", "dato",
                               locale_date_at(arena, draft->expires_at, language)),
                  "p");
    html_leaf(html, draft->missing, "p");
    if (!draft->address)
        html_leaf(html, message(language, "my.not.offered"), "p");
    html_close(html);
    html_open(html, "div", "class", "app-actions");
    if (draft->address)
        write_link_button(html, draft->address, NULL, NULL, NULL, message(language, "my.resume"),
                          arena_printf(arena, ": %s", draft->title.text),
                          frame_lang(frame, draft->title.language));
    write_link_button(
        html, draft->remove, "tertiary", "danger", "trash", message(language, "my.delete"),
        arena_printf(arena, ": %s", draft->title.text), frame_lang(frame, draft->title.language));
    html_close_to(html, html->depth - 2);
}

static void write_drafts(struct html *html, const struct frame *frame, const struct overview *page)
{
    overview_begin_section(html, frame, "utkast", "my.drafts");
    if (page->draft_count == 0)
        overview_write_none(html, frame, "my.drafts.none");
    if (page->draft_count > 0) {
        html_open(html, "ul", "class", "app-cards");
        for (size_t i = 0; i < page->draft_count; i++)
            write_draft(html, frame, &page->drafts[i]);
        html_close(html);
    }
    html_close(html);
}

static void write_waits(struct html *html, const struct frame *frame, int64_t due_at)
{
    const char *language = frame->language;
    frame_tag(html, "warning", NULL, message(language, "my.waits"));
    if (due_at >= frame->now)
        html_text(html, arena_printf(html->arena, " %s",
                                     message_with(html->arena, language, "my.task.due", "dato",
                                                  locale_date_at(html->arena, due_at, language))));
}

static void write_supplement(struct html *html, const struct frame *frame,
                             const struct overview_supplement *supplement)
{
    const char *language = frame->language;
    html_open(html, "p");
    html_leaf(html,
              message_with(html->arena, language, "my.supplement", "dokument", supplement->label),
              "a", "class", "ds-link", "href", supplement->address);
    html_text(html,
              arena_printf(html->arena, " · %s · %s",
                           message_with(html->arena, language, "my.sent.at", "tid",
                                        locale_date_at(html->arena, supplement->sent_at, language)),
                           sending_delivery_in(html->arena, language, supplement->delivery,
                                               supplement->mailbox)));
    html_close(html);
}

/* What became of it stands before where its letter is. */
static void write_outcome(struct html *html, const struct frame *frame,
                          const struct overview_sent *sent)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    if (sent->withdrawn_at) {
        html_open(html, "p", "class", "app-docs__badges");
        frame_tag(html, "neutral", NULL,
                  message_with(arena, language, "my.withdrawn", "dato",
                               locale_date_at(arena, sent->withdrawn_at, language)));
        html_close(html);
    }
    for (size_t i = 0; i < sent->decision_count; i++) {
        const struct outcome_decision *decision = &sent->decisions[i];
        html_open(html, "p");
        outcome_write_tag(html, frame, decision->kind);
        html_text(html, " ");
        html_leaf(html, decision->title, "a", "class", "ds-link", "href", decision->address, "lang",
                  frame_lang(frame, decision->language));
        html_text(html, arena_printf(arena, " · %s",
                                     locale_date_at(arena, decision->decided_at, language)));
        html_close(html);
    }
}

static void write_one_sent(struct html *html, const struct frame *frame,
                           const struct overview_sent *sent)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_open(html, "h3", "class", "app-h3");
    html_leaf(html, sent->title.text, "a", "class", "ds-link", "href", sent->address, "lang",
              frame_lang(frame, sent->title.language));
    html_close(html);
    html_leaf(html,
              arena_printf(arena, "%s · %s", sent->reference,
                           message_with(arena, language, "my.sent.at", "tid",
                                        locale_date_at(arena, sent->sent_at, language))),
              "p", "class", "app-muted");
    write_outcome(html, frame, sent);
    html_open(html, "p", "class", "app-docs__badges");
    frame_tag(html, sending_delivery_color(sent->delivery),
              sent->delivery == SENDING_DELIVERED || sent->delivery == SENDING_OPENED ? "check"
                                                                                      : NULL,
              sending_delivery_in(arena, language, sent->delivery, sent->mailbox));
    if (sent->waits_for_documents)
        write_waits(html, frame, sent->due_at);
    html_close(html);
    for (size_t i = 0; i < sent->supplement_count; i++)
        write_supplement(html, frame, &sent->supplements[i]);
    html_close(html);
    if (sent->pdf) {
        html_open(html, "div", "class", "app-actions");
        write_link_button(
            html, sent->pdf, "secondary", NULL, "download", message(language, "my.pdf"),
            arena_printf(arena, ": %s", sent->title.text), frame_lang(frame, sent->title.language));
        html_close(html);
    }
    html_close(html);
}

static void write_sent(struct html *html, const struct frame *frame, const struct overview *page)
{
    overview_begin_section(html, frame, "sendt", "my.sent");
    if (page->sent_count == 0)
        overview_write_none(html, frame, "my.sent.none");
    if (page->sent_count > 0) {
        html_open(html, "ul", "class", "app-cards");
        for (size_t i = 0; i < page->sent_count; i++)
            write_one_sent(html, frame, &page->sent[i]);
        html_close(html);
    }
    html_close(html);
}

/* Who has nothing here yet: what the page is for, and where to begin. */
static void write_welcome(struct html *html, const struct frame *frame)
{
    const char *language = frame->language;
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "velkommen");
    html_leaf(html, message(language, "my.welcome"), "h2", "class", "app-h2", "id", "velkommen");
    html_leaf(html, message(language, "my.welcome.text"), "p", "class", "app-text");
    html_open(html, "div", "class", "app-actions");
    frame_link_button(html, OVERVIEW_PATH_FORMS, NULL, NULL, message(language, "my.welcome.link"));
    html_close_to(html, html->depth - 2);
}

struct bytes overview_page(struct arena *arena, const struct frame *frame,
                           const struct overview *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = overview_begin(&html, frame, FRAME_PATH_MY_PAGE, "frame.mypage");
    if (page->notice)
        frame_message(&html, FRAME_SUCCESS, NULL, page->notice, true);
    write_tasks(&html, frame, "nytt", "my.news", page->news, page->news_count);
    write_tasks(&html, frame, "oppgaver", "my.tasks", page->tasks, page->task_count);
    if (page->draft_count + page->sent_count == 0)
        write_welcome(&html, frame);
    write_drafts(&html, frame, page);
    write_sent(&html, frame, page);
    html_open(&html, "p");
    html_leaf(&html, message(frame->language, "trouble.front"), "a", "class", "ds-link", "href",
              FRAME_PATH_FRONT);
    html_close(&html);
    return overview_end(&html, frame, &around);
}

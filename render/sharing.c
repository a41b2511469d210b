#include "render/sharing.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/document.h"
#include "render/message.h"
#include "render/overview.h"

const char *sharing_nothing_text(const char *language)
{
    return message(language, "share.nothing");
}

static void begin_page(struct html *html, const struct frame *frame,
                       const struct frame_page *around)
{
    frame_begin(html, frame, around);
    html_leaf(html, message(frame->language, "share.kicker"), "p", "class", "app-kicker");
    html_leaf(html, around->title, "h1", "class", "app-h1");
}

/* ---- waiting ---- */

static const char *const state_ids[][2] = {
    [SHARING_ASKING] = {"wait.asking", "wait.asking.text"},
    [SHARING_CHOOSING] = {"wait.choosing", "wait.choosing.text"},
    [SHARING_FETCHING] = {"wait.fetching", "wait.fetching.text"},
    [SHARING_UNKNOWN_PERSON] = {"wait.unknown", "wait.unknown.text"},
    [SHARING_TROUBLE] = {"wait.trouble", "wait.trouble.text"},
};

static int fetched_count(const struct sharing_wait *page)
{
    int count = 0;
    for (size_t i = 0; i < page->document_count; i++)
        count += page->fetched[i];
    return count;
}

/* What is going on, in a role=status with a still or a turning ring; the words carry it. */
static void write_going_on(struct html *html, const struct frame *frame,
                           const struct sharing_wait *page)
{
    const char *language = frame->language;
    html_open(html, "div", "class", "app-wait", "role", "status");
    html_leaf(html, "", "span", "class", "app-spinner", "aria-hidden", "true");
    html_open(html, "div");
    html_open(html, "p");
    html_leaf(html, message(language, state_ids[page->state][0]), "strong");
    html_close(html);
    if (page->document_count > 0)
        html_leaf(
            html,
            message_with(html->arena, language, "wait.count", "n",
                         locale_integer(html->arena, fetched_count(page), language), "m",
                         locale_integer(html->arena, (int64_t)page->document_count, language)),
            "p");
    html_leaf(html, message(language, state_ids[page->state][1]), "p");
    html_close_to(html, html->depth - 2);
}

static void write_coming(struct html *html, const struct frame *frame,
                         const struct sharing_wait *page)
{
    if (page->document_count == 0)
        return;
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < page->document_count; i++) {
        document_begin_row(html, frame, &page->documents[i], NULL);
        html_open(html, "div", "class", "app-docs__action");
        frame_tag(html, page->fetched[i] ? "success" : "info", NULL,
                  message(frame->language, page->fetched[i] ? "wait.fetched" : "wait.waiting"));
        html_close_to(html, html->depth - 2);
    }
    html_close(html);
}

static void write_wait_actions(struct html *html, const struct frame *frame,
                               const struct sharing_wait *page)
{
    const char *language = frame->language;
    bool has_some = fetched_count(page) > 0;
    bool choosing = page->state == SHARING_CHOOSING && page->mailbox_url;
    html_open(html, "div", "class", "app-actions");
    if (page->state == SHARING_UNKNOWN_PERSON) {
        frame_link_button(html, page->back, NULL, NULL, message(language, "consent.back"));
    } else {
        if (choosing)
            frame_link_button(html, page->mailbox_url, NULL, "mail",
                              message(language, "wait.open"));
        if (has_some)
            frame_link_button(html, page->choose, choosing ? "secondary" : NULL, NULL,
                              message(language, "wait.choose"));
        frame_link_button(html, page->address, choosing || has_some ? "secondary" : NULL, NULL,
                          message(language, "wait.check"));
        frame_link_button(html, page->back, choosing || has_some ? "tertiary" : "secondary", NULL,
                          message(language, "wait.go.on"));
    }
    html_close(html);
}

/* The status stays the same element, so that it is read out, and what has the focus keeps it. */
static void write_look(struct html *html, const struct sharing_wait *page)
{
    html_leaf(
        html, "", "div", "id", "_sett", "hidden", "", "hx-get",
        arena_printf(html->arena, "%s?" SHARING_QUERY_LOOKS "=%d", page->address, page->looks + 1),
        "hx-trigger", "every 2s", "hx-select", "#innhold", "hx-target", "#innhold", "hx-swap",
        "outerMorph", "hx-status:4xx", "swap:none", "hx-status:5xx", "swap:none");
}

struct bytes sharing_wait_page(struct arena *arena, const struct frame *frame,
                               const struct sharing_wait *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    bool over = page->state == SHARING_UNKNOWN_PERSON;
    struct frame_page around = {
        .title =
            message(language, page->state == SHARING_CHOOSING ? "wait.title.choose" : "wait.title"),
        .about = page->form_title,
        .refresh = page->address,
        .refresh_s = over ? 0 : page->refresh_s,
        .is_live = !over && !frame->refreshes,
    };
    begin_page(&html, frame, &around);
    html_open(&html, "div", "class", "app-sheet app-stack", "aria-busy", over ? NULL : "true");
    if (over)
        frame_message(&html, FRAME_WARNING, message(language, state_ids[page->state][0]),
                      message(language, state_ids[page->state][1]), true);
    else
        write_going_on(&html, frame, page);
    write_coming(&html, frame, page);
    write_wait_actions(&html, frame, page);
    if (!over)
        html_leaf(&html, message(language, "wait.later"), "p", "class", "app-small app-muted");
    frame_refresh_link(&html, frame, &around);
    if (around.is_live && page->looks < SHARING_LOOKS)
        write_look(&html, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- choosing ---- */

static const char *choice_about(struct arena *arena, const struct frame *frame,
                                const struct sharing_choice *choice)
{
    const char *about = document_about(arena, frame, &choice->document);
    if (choice->sent)
        about = arena_printf(arena, "%s · %s", about, choice->sent);
    return about;
}

static void write_meta(struct html *html, const struct frame *frame,
                       const struct sharing_choice *choice)
{
    html_open(html, "p", "class", "app-docs__meta");
    html_text(html, choice_about(html->arena, frame, choice));
    if (choice->box_count) {
        html_text(html, " · ");
        frame_message_in(html, frame, "choose.fits", "krav", choice->boxes[0].fits,
                         choice->boxes[0].fits_language);
    }
    html_close(html);
    html_open(html, "p", "class", "app-docs__badges");
    document_write_badge(html, frame->language, choice->document.origin);
    html_close(html);
}

/* What cannot be attached is shown with the reason, and without a box to tick. */
static void write_refused(struct html *html, const struct frame *frame,
                          const struct sharing_choice *choice)
{
    html_open(html, "div", "class", "app-refused");
    html_leaf(html, choice->document.name, "p", "class", "app-docs__title");
    write_meta(html, frame, choice);
    html_leaf(html, choice->refusal, "p", "class", "ds-validation-message", "data-field",
              "validation");
    html_close(html);
}

/* Up to its label, which follows. */
static void begin_box(struct html *html, const char *id, const struct sharing_box *box,
                      const char *about_id)
{
    html_void(html, "input", "class", "ds-input", "type", "checkbox", "id", id, "name",
              SHARING_FIELD_DOCUMENT, "value", box->value, "checked", box->chosen ? "" : NULL,
              "aria-describedby", about_id);
    html_open(html, "label", "class", "ds-label", "for", id);
}

/* The other uploads that it may serve too: never ticked by us. */
static void write_also(struct html *html, const struct frame *frame,
                       const struct sharing_choice *choice, const char *id)
{
    const struct texts_arg document = {"dokument", choice->document.name};
    for (size_t i = 1; i < choice->box_count; i++) {
        const struct sharing_box *box = &choice->boxes[i];
        html_open(html, "div", "class", "ds-field app-pick__also");
        begin_box(html, arena_printf(html->arena, "%s-%zu", id, i + 1), box, NULL);
        frame_message_in_with(html, frame, "choose.also", "krav", box->fits, box->fits_language,
                              &document, 1);
        html_close_to(html, html->depth - 2);
    }
}

static void write_choice(struct html *html, const struct frame *frame,
                         const struct sharing_choice *choice, size_t at)
{
    char *id = arena_printf(html->arena, "dok-%zu", at + 1);
    char *about_id = arena_printf(html->arena, "%s-om", id);
    html_open(html, "div", "class", "ds-field", "data-variant", "outline");
    begin_box(html, id, &choice->boxes[0], about_id);
    html_text(html, choice->document.name);
    html_close(html);
    html_open(html, "div", "data-field", "description", "id", about_id);
    write_meta(html, frame, choice);
    html_close_to(html, html->depth - 2);
    write_also(html, frame, choice, id);
}

/* Of what was sent before the verdicts; of what is not fetched there is none yet. */
static void write_badge_meanings(struct html *html, const char *language, bool earlier)
{
    const char *const ids[] = {earlier ? "badge.issuer.means" : "badge.told.means",
                               "badge.unconfirmed.means",
                               earlier ? "badge.failed.means" : "badge.later.means"};
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, message(language, "badge.meaning"), "summary");
    html_open(html, "div");
    for (size_t i = 0; i < COUNT(ids); i++) {
        html_open(html, "p");
        html_message(html, message(language, ids[i]));
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

/* "Du har delt 3 dokumenter fra postkassen din. 2 av dem kom digitalt fra avsenderen." */
static const char *result_text(struct arena *arena, const char *language,
                               const struct sharing_choose *page)
{
    int told = 0;
    for (size_t i = 0; i < page->count; i++)
        told += page->choices[i].document.origin == OUTLINE_ORIGIN_TOLD;
    return arena_printf(arena, "%s %s",
                        message_count(arena, language, "choose.shared", (int64_t)page->count),
                        message_count(arena, language, "choose.told", told));
}

/* Above the list: what is wrong, or what was shared. */
static void write_choose_result(struct html *html, const struct frame *frame,
                                const struct sharing_choose *page)
{
    if (page->problem)
        frame_message(html, FRAME_DANGER, NULL, page->problem, true);
    else if (!page->earlier)
        frame_message(html, FRAME_SUCCESS, NULL, result_text(html->arena, frame->language, page),
                      true);
}

static void write_choices(struct html *html, const struct frame *frame,
                          const struct sharing_choose *page)
{
    const char *language = frame->language;
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, message(language, page->earlier ? "earlier.legend" : "choose.legend"), "legend",
              "class", "app-legend-h");
    html_leaf(html, message(language, page->earlier ? "earlier.hint" : "choose.hint"), "p",
              "data-field", "description");
    html_open(html, "div", "class", "app-pick");
    for (size_t i = 0; i < page->count; i++)
        if (!page->choices[i].box_count)
            write_refused(html, frame, &page->choices[i]);
        else
            write_choice(html, frame, &page->choices[i], i);
    html_close_to(html, html->depth - 2);
}

static void write_choose_actions(struct html *html, const struct frame *frame,
                                 const struct sharing_choose *page)
{
    const char *language = frame->language;
    html_open(html, "div", "class", "app-actions");
    frame_button(html, &(struct frame_button){.text = message(language, "choose.attach")});
    if (!page->earlier)
        frame_button(html, &(struct frame_button){.name = SHARING_FIELD_NOTHING,
                                                  .value = "ja",
                                                  .variant = "secondary",
                                                  .text = message(language, "choose.none")});
    frame_link_button(html, page->back, page->earlier ? "secondary" : "tertiary", NULL,
                      message(language, page->earlier ? "earlier.back" : "choose.later"));
    html_close(html);
}

static void write_choose_consent(struct html *html, const struct frame *frame,
                                 const struct sharing_choose *page)
{
    const char *language = frame->language;
    html_open(html, "p", "class", "app-small app-muted");
    if (page->ends_at > 0)
        html_text(html, message_with(html->arena, language, "choose.ends", "tid",
                                     locale_moment_at(html->arena, page->ends_at, language)));
    html_leaf(html, message(language, "choose.consent"), "a", "class", "ds-link", "href",
              OVERVIEW_PATH_CONSENTS);
    html_close(html);
}

static void write_choose_form(struct html *html, const struct frame *frame,
                              const struct sharing_choose *page)
{
    frame_main_form(html, page->action, "app-form", false);
    write_choose_result(html, frame, page);
    write_choices(html, frame, page);
    write_badge_meanings(html, frame->language, page->earlier);
    write_choose_actions(html, frame, page);
    if (!page->earlier)
        write_choose_consent(html, frame, page);
    html_close(html);
}

static void write_nothing_to_choose(struct html *html, const struct frame *frame,
                                    const struct sharing_choose *page)
{
    html_leaf(html, message(frame->language, "earlier.none"), "p", "class", "app-text");
    html_open(html, "div", "class", "app-actions");
    frame_link_button(html, page->back, "secondary", NULL,
                      message(frame->language, "earlier.back"));
    html_close(html);
}

struct bytes sharing_choose_page(struct arena *arena, const struct frame *frame,
                                 const struct sharing_choose *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    bool nothing = page->earlier && page->count == 0;
    struct frame_page around = {
        .title = message(language, page->earlier ? "earlier.title" : "choose.title"),
        .about = page->form_title,
        .posts = !nothing};
    begin_page(&html, frame, &around);
    if (!page->earlier)
        html_leaf(&html, message_with(arena, language, "choose.lead", "navn", frame->agency->name),
                  "p", "class", "app-lead");
    html_open(&html, "div", "class", nothing ? "app-sheet app-stack" : "app-sheet");
    (nothing ? write_nothing_to_choose : write_choose_form)(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

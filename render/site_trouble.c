#include "render/site.h"

#include "forms/locale.h"
#include "render/message.h"

/* The words of each kind in messages.tsv: trouble.<word>.title, .lead, and what can be tried. */
static const struct {
    const char *title, *lead;
    const char *lost;  /* whether anything was lost, when no draft is known; or NULL */
    const char *again; /* what the link to go on says, or NULL */
} kinds[] = {
    [SITE_SESSION_EXPIRED] = {"trouble.expired.title", "trouble.expired.lead", NULL, NULL},
    [SITE_LOGIN_NEEDED] = {"trouble.login.title", "trouble.login.lead", NULL, NULL},
    [SITE_LOGIN_STOPPED] = {"trouble.stopped.title", "trouble.stopped.lead", "trouble.not.in",
                            NULL},
    [SITE_LOGIN_OLD] = {"trouble.old.title", "trouble.old.lead", "trouble.not.in", NULL},
    [SITE_LOGIN_FAILED] = {"trouble.failed.title", "trouble.failed.lead", "trouble.not.in", NULL},
    [SITE_LOGIN_NO_NUMBER] = {"trouble.no.number.title", "trouble.no.number.lead", "trouble.not.in",
                              NULL},
    [SITE_LOGIN_TOO_LOW] = {"trouble.low.title", "trouble.low.lead", "trouble.not.in", NULL},
    [SITE_DENIED] = {"trouble.denied.title", "trouble.denied.lead", "trouble.unchanged", NULL},
    [SITE_FORGED] = {"trouble.forged.title", "trouble.forged.lead", "trouble.not.saved",
                     "trouble.again"},
    [SITE_NOT_FOUND] = {"trouble.missing.title", "trouble.missing.lead", NULL, NULL},
    [SITE_BAD_REQUEST] = {"trouble.bad.title", "trouble.bad.lead", "trouble.not.saved",
                          "trouble.again"},
    [SITE_TOO_LARGE] = {"trouble.large.title", "trouble.large.lead", "trouble.not.saved",
                        "trouble.again"},
    [SITE_CONFLICT] = {"trouble.conflict.title", "trouble.conflict.lead", "trouble.not.saved",
                       "trouble.newest"},
    [SITE_ALREADY_SENT] = {"trouble.sent.title", "trouble.sent.lead", NULL, "trouble.receipt"},
    [SITE_UNPROCESSABLE] = {"trouble.unprocessable.title", "trouble.unprocessable.lead",
                            "trouble.not.saved", "trouble.again"},
    [SITE_TOO_MANY] = {"trouble.many.title", "trouble.many.lead", "trouble.many.lost",
                       "trouble.again"},
    [SITE_BROKEN] = {"trouble.broken.title", "trouble.broken.lead", NULL, "trouble.again"},
    [SITE_BUSY] = {"trouble.busy.title", "trouble.busy.lead", "trouble.not.saved", "trouble.again"},
};

static void write_lost(struct html *html, const struct frame *frame,
                       const struct site_trouble *page)
{
    if (page->kept_at > 0) {
        const char *when = locale_moment_at(html->arena, page->kept_at, frame->language);
        frame_message(html, FRAME_SUCCESS, NULL,
                      message_with(html->arena, frame->language, "trouble.kept", "tid", when),
                      false);
    } else if (page->draft_saved_at > 0) {
        const char *when = locale_moment_at(html->arena, page->draft_saved_at, frame->language);
        frame_message(html, page->kind == SITE_SESSION_EXPIRED ? FRAME_SUCCESS : FRAME_INFO, NULL,
                      message_with(html->arena, frame->language, "trouble.draft", "tid", when),
                      false);
    } else if (kinds[page->kind].lost) {
        frame_message(html, FRAME_INFO, NULL, message(frame->language, kinds[page->kind].lost),
                      false);
    }
}

static void write_item(struct html *html, const char *address, const char *text)
{
    html_open(html, "li");
    html_leaf(html, text, "a", "class", "ds-link", "href", address);
    html_close(html);
}

/* What one calls about. */
static const char *why_call(const struct site_trouble *page)
{
    if (!page->id)
        return "trouble.call.end";
    return page->kind == SITE_NOT_FOUND ? "trouble.call.missing" : "trouble.call.id";
}

static void write_contact(struct html *html, const struct frame *frame,
                          const struct site_trouble *page)
{
    const char *language = frame->language, *phone = frame->agency->phone;
    html_open(html, "li");
    html_text(html, message(language, "trouble.call"));
    html_leaf(html, phone, "a", "class", "ds-link app-nowrap", "href",
              frame_phone_address(html->arena, phone));
    html_text(html, message(language, why_call(page)));
    if (page->id) {
        html_leaf(html, page->id, "strong", "class", "app-nowrap");
        html_text(html, ".");
    }
    html_close(html);
}

static void write_ways_on(struct html *html, const struct frame *frame,
                          const struct site_trouble *page)
{
    const char *language = frame->language;
    html_leaf(html, message(language, "trouble.try"), "h2", "class", "app-h2");
    html_open(html, "ul", "class", "app-list");
    if (page->try_at)
        html_leaf(html,
                  message_with(html->arena, language, "trouble.many.at", "tid",
                               locale_moment_at(html->arena, page->try_at, language)),
                  "li");
    else if (page->kind == SITE_BROKEN || page->kind == SITE_BUSY || page->kind == SITE_TOO_MANY)
        html_leaf(html, message(language, "trouble.wait"), "li");
    if (page->again && kinds[page->kind].again)
        write_item(html, page->again, message(language, kinds[page->kind].again));
    if (page->kind == SITE_NOT_FOUND || page->kind == SITE_DENIED)
        write_item(html, FRAME_PATH_FRONT, message(language, "trouble.front"));
    write_item(html, FRAME_PATH_MY_PAGE, message(language, "trouble.mypage"));
    if (frame->agency->phone && *frame->agency->phone)
        write_contact(html, frame, page);
    html_close(html);
}

static void write_login(struct html *html, const struct frame *frame,
                        const struct site_trouble *page)
{
    const char *language = frame->language;
    html_open(html, "div", "class", "app-actions");
    bool again = page->kind >= SITE_LOGIN_STOPPED && page->kind <= SITE_LOGIN_TOO_LOW;
    frame_link_button(html, page->login, NULL, "lock",
                      message(language, again ? "trouble.login.again" : "trouble.login"));
    frame_link_button(html, FRAME_PATH_FRONT, "secondary", NULL,
                      message(language, "trouble.front"));
    html_close(html);
    html_leaf(html, message(language, "trouble.shared.machine"), "p", "class",
              "app-small app-muted");
}

struct bytes site_trouble_page(struct arena *arena, const struct frame *frame,
                               const struct site_trouble *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    bool safe = page->kind == SITE_SESSION_EXPIRED && (page->draft_saved_at || page->kept_at);
    const char *title =
        message(language, safe ? "trouble.expired.saved.title" : kinds[page->kind].title);
    struct frame_page around = {.title = title};
    frame_begin(&html, frame, &around);
    html_leaf(&html,
              page->kind == SITE_SESSION_EXPIRED
                  ? message(language, "trouble.logged.out")
                  : message_with(arena, language, "trouble.code", "kode",
                                 arena_printf(arena, "%d", page->status)),
              "p", "class", "app-error-code");
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, message(language, kinds[page->kind].lead), "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    write_lost(&html, frame, page);
    if (page->login)
        write_login(&html, frame, page);
    else
        write_ways_on(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

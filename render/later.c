#include "render/later.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/document.h"
#include "render/message.h"
#include "render/upload.h"

static const char *day(struct html *html, const struct frame *frame, int64_t at)
{
    return locale_date_at(html->arena, at, frame->language);
}

static void write_title(struct html *html, const struct frame *frame,
                        const struct later_about *about, const char *title)
{
    html_leaf(html, arena_printf(html->arena, "%s · %s", about->form.text, about->reference), "p",
              "class", "app-kicker", "lang", frame_lang(frame, about->form.language));
    html_leaf(html, title, "h1", "class", "app-h1");
}

/* ---- sending it ---- */

/* What is in the way, on top; the file input is where most of it is put right. */
static size_t list_mistakes(struct html *html, const struct frame *frame,
                            const struct later_page *page, struct step_mistake **out)
{
    struct arena *arena = html->arena;
    size_t found = page->findings ? page->findings->count : 0, count = 0;
    struct step_mistake *mistakes = ARENA_ARRAY(arena, found + 2, struct step_mistake);
    const char *box = arena_printf(arena, "#" STEP_UPLOAD_ID "%s", place_id(arena, page->place));
    const char *file = arena_printf(arena, "#" STEP_FILE_PREFIX "%s", place_id(arena, page->place));
    for (size_t i = 0; i < found; i++)
        mistakes[count++] = (struct step_mistake){
            .text = page->findings->items[i].text,
            .address = file,
            .language = frame_lang(frame, page->findings->items[i].language),
        };
    if (page->nothing)
        mistakes[count++] = (struct step_mistake){
            .text = message(frame->language, "later.nothing"),
            .address = file,
        };
    if (page->obstacle)
        mistakes[count++] = (struct step_mistake){.text = page->obstacle, .address = box};
    *out = mistakes;
    return count;
}

static void write_lead(struct html *html, const struct frame *frame, const struct later_page *page)
{
    const struct later_about *about = &page->about;
    bool late = about->due_at < frame->now;
    html_leaf(html,
              message_with(html->arena, frame->language, "later.lead", "dato",
                           day(html, frame, about->sent_at)),
              "p", "class", "app-text");
    if (late) {
        frame_message(html, FRAME_INFO, NULL,
                      message_with(html->arena, frame->language, "later.late", "dato",
                                   day(html, frame, about->due_at)),
                      false);
        return;
    }
    html_open(html, "p", "class", "app-text");
    html_message(html, message_with(html->arena, frame->language, "later.due", "dato",
                                    day(html, frame, about->due_at)));
    html_close(html);
}

static void write_box(struct html *html, const struct frame *frame, const struct later_page *page)
{
    struct control_view control = {
        .html = html,
        .answers = page->answers,
        .language = frame->language,
        .reading = frame_reading(frame),
        .findings = page->findings,
    };
    struct upload_view view = {
        .control = &control,
        .frame = frame,
        .documents = page->documents,
        .document_count = page->document_count,
        .room = &page->room,
        .promised = true,
    };
    html_open(html, "section", "class", "app-stack app-stack--tight", "aria-labelledby",
              "dokument");
    html_leaf(html, message(frame->language, "later.document"), "h2", "class", "app-h2", "id",
              "dokument");
    upload_write_room(&view);
    upload_write(&view, page->control, page->place, page->notice);
    html_close(html);
}

static void write_form(struct html *html, const struct frame *frame, const struct later_page *page)
{
    frame_main_form(html, page->action, "app-form", true);
    html_void(html, "input", "type", "hidden", "name", SENDING_FIELD_SHOWN, "value", page->shown);
    write_lead(html, frame, page);
    write_box(html, frame, page);
    html_open(html, "div");
    html_leaf(html, message(frame->language, "later.final"), "p", "class", "app-text");
    html_open(html, "div", "class", "app-actions");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = LATER_SEND,
                           .text = message(frame->language, "later.send"),
                           .hidden = arena_printf(html->arena, ": %s", page->about.label.text),
                       });
    frame_link_button(html, FRAME_PATH_MY_PAGE, "secondary", NULL,
                      message(frame->language, "receipt.mypage"));
    html_close_to(html, html->depth - 3);
}

struct bytes later_page(struct arena *arena, const struct frame *frame,
                        const struct later_page *page)
{
    struct html html;
    html_init(&html, arena);
    const char *title =
        message_with(arena, frame->language, "later.title", "dokument", page->about.label.text);
    struct step_mistake *mistakes;
    size_t count = list_mistakes(&html, frame, page, &mistakes);
    struct frame_page around = {
        .title = arena_printf(arena, "%s – %s", title, page->about.form.text),
        .error_count = (int)count,
        .posts = true,
        .press_name = STEP_FIELD_ACTION,
        .press_value = LATER_SEND,
        .has_uploads = true,
    };
    frame_begin(&html, frame, &around);
    write_title(&html, frame, &page->about, title);
    html_open(&html, "div", "class", "app-sheet app-stack");
    step_write_summary(&html, frame, mistakes, count);
    write_form(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- the receipt ---- */

static void write_documents(struct html *html, const struct frame *frame,
                            const struct later_about *about,
                            const struct outline_attached *documents, size_t count)
{
    html_open(html, "section", "aria-labelledby", "dokumenter");
    html_leaf(html, about->label.text, "h2", "class", "app-h2", "id", "dokumenter", "lang",
              frame_lang(frame, about->label.language));
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < count; i++) {
        document_begin_row(html, frame, &documents[i].document, NULL);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

struct bytes later_receipt_page(struct arena *arena, const struct frame *frame,
                                const struct later_about *about,
                                const struct sending_receipt *receipt,
                                const struct outline_attached *documents, size_t document_count)
{
    struct html html;
    html_init(&html, arena);
    const char *title = message(frame->language, "later.sent.title");
    struct frame_page around = {
        .title = arena_printf(arena, "%s – %s", title, about->form.text),
        .refresh = receipt->address,
        .refresh_s = receipt->refresh_s,
    };
    frame_begin(&html, frame, &around);
    write_title(&html, frame, about, title);
    html_open(&html, "div", "class", "app-sheet app-stack");
    sending_write_received(&html, frame, receipt);
    if (about->due_at < receipt->received_at)
        html_leaf(&html,
                  message_with(arena, frame->language, "later.sent.late", "dato",
                               day(&html, frame, about->due_at)),
                  "p", "class", "app-text");
    write_documents(&html, frame, about, documents, document_count);
    sending_write_copy(&html, frame, receipt);
    sending_write_delivery(&html, frame, receipt);
    frame_refresh_link(&html, frame, &around);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

#include "render/upload.h"

#include <string.h>

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/document.h"
#include "render/message.h"
#include "render/step.h"

bool upload_takes(const struct form_control *control, enum form_source source)
{
    for (size_t i = 0; i < control->upload->source_count; i++)
        if (control->upload->sources[i] == source)
            return true;
    return false;
}

static size_t given_count(const struct control_view *view, const struct place *place)
{
    struct attachment_info *given = NULL;
    return place_attachments(place, view->html->arena, &given);
}

bool upload_is_given(const struct control_view *view, const struct place *place)
{
    return place_is_later(place) || given_count(view, place) > 0;
}

/* ---- what was given ---- */

/* A document as it is known from the database, or, should it not be there, from the answers. */
static struct outline_document document_of(const struct upload_view *view,
                                           const struct attachment_info *info)
{
    for (size_t i = 0; i < view->document_count; i++)
        if (text_equal(view->documents[i].id, info->document))
            return view->documents[i].document;
    enum outline_origin origin = OUTLINE_ORIGIN_UPLOADED;
    if (text_equal(info->source, "postbox"))
        origin = text_equal(info->verified, "origin") ? OUTLINE_ORIGIN_ISSUER
                                                      : OUTLINE_ORIGIN_UNCONFIRMED;
    return (struct outline_document){
        .name = info->name ? info->name : "", .type = "", .origin = origin};
}

static void write_given(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    struct attachment_info *given = NULL;
    size_t count = place_attachments(place, html->arena, &given);
    if (count == 0)
        return;
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < count; i++) {
        struct outline_document document = document_of(view, &given[i]);
        document_begin_row(html, view->frame, &document, NULL);
        html_open(html, "div", "class", "app-docs__action");
        frame_button(
            html, &(struct frame_button){
                      .name = STEP_FIELD_ACTION,
                      .value = arena_printf(html->arena, STEP_REMOVE_FILE "%s", given[i].document),
                      .variant = "tertiary",
                      .color = "danger",
                      .icon = "trash",
                      .text = message(view->frame->language, "upload.remove"),
                      .hidden = arena_printf(html->arena, " %s", document.name),
                      .no_validate = true,
                  });
        html_close_to(html, html->depth - 2);
    }
    html_close(html);
}

static void write_state(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    if (place_is_later(place))
        frame_tag(html, "info", "clock", message(language, "upload.state.later"));
    else if (given_count(view->control, place) > 0)
        frame_tag(html, "success", "check", message(language, "upload.state.given"));
    else if (place_is_required(view->control->answers, place))
        frame_tag(html, "warning", NULL, message(language, "upload.state.missing"));
    else
        frame_tag(html, "info", NULL, message(language, "ui.optional"));
}

/* ---- giving more ---- */

/* The kinds of file that the server takes (security.md S-UP) and how people call them. */
static const struct {
    const char *media_type, *word, *accept;
} kinds[] = {
    {"application/pdf", "PDF", ".pdf,application/pdf"},
    {"image/jpeg", "JPG", ".jpg,.jpeg,image/jpeg"},
    {"image/png", "PNG", ".png,image/png"},
};

static bool is_taken(const struct form_upload *upload, size_t kind)
{
    if (text_is_empty(upload->accept) || strstr(upload->accept, kinds[kind].media_type))
        return true;
    return text_starts_with(kinds[kind].media_type, "image/") && strstr(upload->accept, "image/*");
}

bool upload_takes_type(const struct form_control *control, const char *media_type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kinds[i].media_type, media_type))
            return is_taken(control->upload, i);
    return false;
}

char *upload_types(struct arena *arena, const char *language, const struct form_control *control)
{
    struct buf words;
    buf_init(&words, arena);
    size_t left = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        left += is_taken(control->upload, i);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!is_taken(control->upload, i))
            continue;
        if (words.size > 0)
            buf_add_text(&words, left == 1 ? message(language, "upload.or") : ", ");
        left--;
        buf_add_text(&words, kinds[i].word);
    }
    return buf_text(&words);
}

/* What the browser's own dialog should offer. */
static char *accepted(struct arena *arena, const struct form_upload *upload)
{
    struct buf list;
    buf_init(&list, arena);
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (is_taken(upload, i))
            buf_printf(&list, "%s%s", list.size > 0 ? "," : "", kinds[i].accept);
    return buf_text(&list);
}

static const char *file_hint(const struct upload_view *view, const struct form_control *control,
                             int more)
{
    struct arena *arena = view->control->html->arena;
    const char *language = view->frame->language;
    const struct form_upload *upload = control->upload;
    int64_t bytes = view->file_bytes;
    if (upload->max_bytes > 0 && upload->max_bytes < bytes)
        bytes = upload->max_bytes;
    char *kind = upload_types(arena, language, control);
    const char *limits = message_with(arena, language, "upload.limits", "typer", kind, "maks",
                                      locale_size(arena, (uint64_t)bytes, language));
    if (more == 1)
        return limits;
    return arena_printf(arena, "%s %s", limits,
                        message_with(arena, language, "upload.several", "n",
                                     locale_integer(arena, more, language)));
}

static void write_file_input(const struct upload_view *view, const struct form_control *control,
                             const struct place *place, int more)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    char *id = arena_printf(html->arena, STEP_FILE_PREFIX "%s", place_id(html->arena, place));
    char *hint_id = arena_printf(html->arena, "%s-hjelp", id);
    const char *hint = file_hint(view, control, more);
    const struct finding *finding = control_finding(view->control, place);
    const char *error_id = finding ? arena_printf(html->arena, "%s-feil", id) : NULL;
    const char *name = control_text(view->control, control->short_name, place, NULL);

    html_open(html, "div", "class", "ds-field app-file");
    html_leaf(html,
              name ? message_with(html->arena, language, "upload.label.about", "felt", name)
                   : message(language, "upload.label"),
              "label", "class", "ds-label", "for", id);
    html_leaf(html, hint, "p", "data-field", "description", "id", hint_id);
    html_void(html, "input", "type", "file", "id", id, "name", id, "multiple", more > 1 ? "" : NULL,
              "accept", accepted(html->arena, control->upload), "aria-describedby",
              control_described_by(html->arena, error_id, hint_id), "aria-invalid",
              finding ? "true" : NULL);
    control_write_finding(view->control, finding, error_id);
    html_close(html);
    html_open(html, "div", "class", "app-nojs");
    frame_button(
        html,
        &(struct frame_button){
            .name = STEP_FIELD_ACTION,
            .value = arena_printf(html->arena, STEP_UPLOAD "%s", place_id(html->arena, place)),
            .variant = "secondary",
            .text = message(language, more > 1 ? "upload.send.files" : "upload.send"),
            .no_validate = true,
        });
    html_close(html);
}

static void write_later(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    bool later = place_is_later(place);
    if (later) {
        html_leaf(html, message(language, "upload.later.is"), "p");
    } else {
        html_open(html, "details", "class", "app-readmore");
        html_leaf(html, message(language, "upload.later.question"), "summary");
        html_open(html, "div");
        html_leaf(html, message(language, "upload.later.text"), "p");
    }
    frame_button(html,
                 &(struct frame_button){
                     .name = STEP_FIELD_ACTION,
                     .value = arena_printf(html->arena, "%s%s", later ? STEP_NOT_LATER : STEP_LATER,
                                           place_id(html->arena, place)),
                     .variant = "secondary",
                     .size = "sm",
                     .text = message(language, later ? "upload.not.later" : "upload.later"),
                     .no_validate = true,
                 });
    if (!later)
        html_close_to(html, html->depth - 2);
}

/* What can only come from the postbox has no file input to carry the message. */
static void write_lone_finding(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    char *id = arena_printf(html->arena, STEP_FILE_PREFIX "%s", place_id(html->arena, place));
    const struct finding *finding = control_finding(view->control, place);
    if (!finding)
        return;
    html_open(html, "div", "id", id, "tabindex", "-1");
    control_write_finding(view->control, finding, arena_printf(html->arena, "%s-feil", id));
    html_close(html);
}

void upload_write(const struct upload_view *view, const struct form_control *control,
                  const struct place *place, const char *notice)
{
    struct html *html = view->control->html;
    char *box_id = arena_printf(html->arena, STEP_UPLOAD_ID "%s", place_id(html->arena, place));
    char *title_id = arena_printf(html->arena, "%s-tittel", box_id);
    const char *lang = NULL;
    const char *label = control_text(view->control, control->label, place, &lang);

    html_open(html, "div", "class", "app-req", "role", "group", "id", box_id, "tabindex", "-1",
              "aria-labelledby", title_id);
    html_open(html, "div", "class", "app-req__head");
    html_leaf(html, label ? label : control->field->name, "h3", "class", "app-h3", "id", title_id,
              "lang", lang);
    write_state(view, place);
    html_close(html);
    if (notice)
        frame_message(html, FRAME_SUCCESS, NULL, notice, true);
    const char *hint = control_text(view->control, control->hint, place, &lang);
    html_leaf(html, hint, "p", "class", "app-muted app-small", "lang", hint ? lang : NULL);
    control_write_help(view->control, control, place);
    write_given(view, place);

    int more = control->upload->max_files - (int)given_count(view->control, place);
    bool from_disk = upload_takes(control, FORM_SOURCE_DISK) && more > 0 && !place_is_later(place);
    if (from_disk)
        write_file_input(view, control, place, more);
    else
        write_lone_finding(view, place);
    if (upload_takes(control, FORM_SOURCE_LATER) && given_count(view->control, place) == 0)
        write_later(view, place);
    html_close(html);
}

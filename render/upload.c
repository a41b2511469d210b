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

/* How many are not there of those that are asked for. */
static int missing_count(const struct control_view *view, const struct place *place)
{
    int missing = place_field(place)->control->upload->files - (int)given_count(view, place);
    bool asked = place_is_required(view->answers, place) && !place_is_later(place);
    return asked && missing > 0 ? missing : 0;
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

static void write_row(const struct upload_view *view, const char *id,
                      const struct outline_document *document)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    document_begin_row(html, view->frame, document, NULL);
    html_open(html, "div", "class", "app-docs__action");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = arena_printf(html->arena, STEP_REMOVE_FILE "%s", id),
                           .variant = "tertiary",
                           .color = "danger",
                           .icon = "trash",
                           .text = message(language, "upload.remove"),
                           .hidden = arena_printf(html->arena, " %s", document->name),
                           .no_validate = true,
                       });
    html_close_to(html, html->depth - 2);
}

static bool is_here(const struct outline_attached *attached, const char *upload_id)
{
    return text_equal(attached->upload_id, upload_id);
}

/* Those that count, and below them those that were refused, which the answers know nothing of. */
static void write_given(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    const char *upload_id = place_id(html->arena, place);
    struct attachment_info *given = NULL;
    size_t count = place_attachments(place, html->arena, &given), refused = 0;
    for (size_t i = 0; i < view->document_count; i++)
        refused += is_here(&view->documents[i], upload_id) &&
                   view->documents[i].document.check == OUTLINE_REFUSED;
    if (count + refused == 0)
        return;
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < count; i++) {
        struct outline_document document = document_of(view, &given[i]);
        write_row(view, given[i].document, &document);
    }
    for (size_t i = 0; i < view->document_count; i++)
        if (is_here(&view->documents[i], upload_id) &&
            view->documents[i].document.check == OUTLINE_REFUSED)
            write_row(view, view->documents[i].id, &view->documents[i].document);
    html_close(html);
}

/* The one furthest from done. */
static enum outline_check check_of(const struct upload_view *view, const struct place *place)
{
    const char *upload_id = place_id(view->control->html->arena, place);
    enum outline_check worst = OUTLINE_CHECKED;
    for (size_t i = 0; i < view->document_count; i++) {
        enum outline_check check = view->documents[i].document.check;
        if (is_here(&view->documents[i], upload_id) && check != OUTLINE_REFUSED && check > worst)
            worst = check;
    }
    return worst;
}

/* "Mangler 1 av 3"; "Mangler" when one is asked for. */
static void write_missing(const struct upload_view *view, const struct place *place)
{
    struct arena *arena = view->control->html->arena;
    const char *language = view->frame->language;
    int asked = place_field(place)->control->upload->files;
    int missing = missing_count(view->control, place);
    frame_tag(view->control->html, "warning", NULL,
              asked == 1 ? message(language, "upload.state.missing")
                         : message_with(arena, language, "upload.state.partly", "n",
                                        locale_integer(arena, missing, language), "m",
                                        locale_integer(arena, asked, language)));
}

static void write_state(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    enum outline_check check = check_of(view, place);
    if (check != OUTLINE_CHECKED)
        frame_tag(html, check == OUTLINE_HELD ? "warning" : "info", "clock",
                  message(language,
                          check == OUTLINE_HELD ? "upload.state.held" : "upload.state.checking"));
    else if (place_is_later(place))
        frame_tag(html, "info", "clock", message(language, "upload.state.later"));
    else if (missing_count(view->control, place) > 0)
        write_missing(view, place);
    else if (given_count(view->control, place) > 0)
        frame_tag(html, "success", "check", message(language, "upload.state.given"));
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

static int64_t most_bytes(const struct upload_view *view, const struct form_upload *upload)
{
    int64_t bytes = view->room->file_bytes;
    return upload->max_bytes > 0 && upload->max_bytes < bytes ? upload->max_bytes : bytes;
}

static const char *file_hint(const struct upload_view *view, const struct form_control *control,
                             int more)
{
    struct arena *arena = view->control->html->arena;
    const char *language = view->frame->language;
    int64_t bytes = most_bytes(view, control->upload);
    char *kind = upload_types(arena, language, control);
    const char *limits = message_with(arena, language, "upload.limits", "typer", kind, "maks",
                                      locale_size(arena, (uint64_t)bytes, language));
    if (more == 1)
        return limits;
    return arena_printf(arena, "%s %s", limits,
                        message_with(arena, language, "upload.several", "n",
                                     locale_integer(arena, more, language)));
}

static int64_t bytes_left(const struct step_room *room)
{
    return room->used_bytes < room->total_bytes ? room->total_bytes - room->used_bytes : 0;
}

/* What the script shows while a file is on its way: a row like those of the list. */
static void write_progress(const struct upload_view *view)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    html_open(html, "template");
    html_open(html, "ul", "class", "app-docs");
    html_open(html, "li");
    frame_icon(html, "doc");
    html_open(html, "div");
    html_leaf(html, "", "p", "class", "app-docs__title");
    html_leaf(html, "", "progress", "max", "100", "value", "0", "aria-label",
              message(language, "upload.progress.label"));
    html_leaf(html, "", "p", "class", "app-docs__meta");
    html_close(html);
    html_open(html, "div", "class", "app-docs__action");
    html_leaf(html, message(language, "upload.progress.cancel"), "button", "type", "button",
              "class", "ds-button", "data-variant", "tertiary");
    html_close_to(html, html->depth - 4);
}

/* The sentences that the script fills in, and the numbers it looks at before it sends. */
static void begin_file(const struct upload_view *view, const struct form_control *control)
{
    struct html *html = view->control->html;
    struct arena *arena = html->arena;
    const char *language = view->frame->language;
    const struct step_room *room = view->room;
    int64_t most = most_bytes(view, control->upload), left = bytes_left(room);
    const char *too_large = message_with(arena, language, "upload.progress.large", "maks",
                                         locale_size(arena, (uint64_t)most, language), "igjen",
                                         locale_size(arena, (uint64_t)left, language));
    html_open(html, "div", "class", "ds-field app-file", "data-app-upload",
              message(language, room->checks ? "upload.progress.checked" : "upload.progress"),
              "data-done", message(language, "upload.progress.done"), "data-failed",
              message(language, "upload.progress.failed"), "data-large", too_large, "data-most",
              arena_printf(arena, "%lld", (long long)most), "data-left",
              arena_printf(arena, "%lld", (long long)left));
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
    const char *lang = NULL;
    const char *name = control_text(view->control, control->short_name, place, &lang);

    begin_file(view, control);
    html_open(html, "label", "class", "ds-label", "for", id);
    if (name)
        frame_message_in(html, view->frame, "upload.label.about", "felt", name, lang);
    else
        html_text(html, message(language, "upload.label"));
    html_close(html);
    html_leaf(html, hint, "p", "data-field", "description", "id", hint_id);
    html_void(html, "input", "type", "file", "id", id, "name", id, "multiple", more > 1 ? "" : NULL,
              "accept", accepted(html->arena, control->upload), "aria-describedby",
              control_described_by(html->arena, error_id, hint_id), "aria-invalid",
              finding ? "true" : NULL);
    control_write_finding(view->control, finding, error_id);
    write_progress(view);
    html_close(html);
    html_open(html, "div", "class", "app-upload__send");
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

/* One file often holds several of what is asked for; unless the form counts them. */
static void write_fewer(const struct upload_view *view, const struct place *place)
{
    if (given_count(view->control, place) > 0 && missing_count(view->control, place) > 0 &&
        !place_field(place)->constraint)
        html_leaf(view->control->html, message(view->frame->language, "upload.fewer"), "p", "class",
                  "app-muted app-small");
}

/* What may be done while files are checked, and a look at whether they have been. */
static void write_check(const struct upload_view *view, const struct place *place)
{
    struct html *html = view->control->html;
    const char *language = view->frame->language;
    enum outline_check check = check_of(view, place);
    if (check == OUTLINE_CHECKED)
        return;
    html_leaf(html, message(language, check == OUTLINE_HELD ? "upload.held" : "upload.checking"),
              "p");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = arena_printf(html->arena, STEP_UPLOAD "%s",
                                                 place_id(html->arena, place)),
                           .variant = "secondary",
                           .size = "sm",
                           .text = message(language, "upload.look"),
                           .no_validate = true,
                       });
}

static void write_earlier(const struct upload_view *view, const char *label, const char *lang)
{
    struct html *html = view->control->html;
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = STEP_EARLIER,
                           .variant = "secondary",
                           .size = "sm",
                           .icon = "doc",
                           .text = message(view->frame->language, "upload.earlier"),
                           .hidden = label ? arena_printf(html->arena, ": %s", label) : NULL,
                           .hidden_language = lang,
                           .no_validate = true,
                       });
}

void upload_write_room(const struct upload_view *view)
{
    struct html *html = view->control->html;
    struct arena *arena = html->arena;
    const char *language = view->frame->language;
    const struct step_room *room = view->room;
    html_leaf(html,
              message_with(arena, language,
                           room->postbox_limits ? "upload.room.postbox" : "upload.room", "maks",
                           locale_size(arena, (uint64_t)room->total_bytes, language), "brukt",
                           locale_size(arena, (uint64_t)room->used_bytes, language)),
              "p", "class", "app-muted app-small", "id", "vedlegg-plass");
    html_leaf(html, "", "p", "class", "ds-sr-only", "role", "status", "id", "vedlegg-status");
}

void upload_write(const struct upload_view *view, const struct form_control *control,
                  const struct place *place, const char *notice)
{
    struct html *html = view->control->html;
    char *box_id = arena_printf(html->arena, STEP_UPLOAD_ID "%s", place_id(html->arena, place));
    char *title_id = arena_printf(html->arena, "%s-tittel", box_id);
    const char *lang = NULL, *label_lang = NULL;
    const char *label = control_text(view->control, control->label, place, &label_lang);

    html_open(html, "div", "class", "app-req", "role", "group", "id", box_id, "tabindex", "-1",
              "aria-labelledby", title_id, "data-app-waits",
              check_of(view, place) == OUTLINE_CHECKED ? NULL : "");
    html_open(html, "div", "class", "app-req__head");
    html_leaf(html, label ? label : control->field->name, "h3", "class", "app-h3", "id", title_id,
              "lang", label_lang);
    write_state(view, place);
    html_close(html);
    if (notice)
        frame_message(html, FRAME_SUCCESS, NULL, notice, true);
    const char *hint = control_text(view->control, control->hint, place, &lang);
    html_leaf(html, hint, "p", "class", "app-muted app-small", "lang", hint ? lang : NULL);
    control_write_help(view->control, control, place);
    write_given(view, place);
    write_fewer(view, place);
    write_check(view, place);

    int more = control->upload->max_files - (int)given_count(view->control, place);
    bool from_disk = upload_takes(control, FORM_SOURCE_DISK) && more > 0 && !place_is_later(place);
    if (from_disk)
        write_file_input(view, control, place, more);
    else
        write_lone_finding(view, place);
    if (view->earlier && more > 0 && upload_takes(control, FORM_SOURCE_EARLIER) &&
        !place_is_later(place))
        write_earlier(view, label, label_lang);
    if (upload_takes(control, FORM_SOURCE_LATER) && !view->promised &&
        given_count(view->control, place) == 0)
        write_later(view, place);
    html_close(html);
}

#include "render/section_inside.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/upload.h"

/* The way to the postbox stands once, before the first document that may come from there. */
static void write_fetch(struct section *section)
{
    struct html *html = section->html;
    const char *language = section->view.language;
    section->fetch_told = true;
    html_open(html, "section", "class", "app-stack app-stack--tight", "aria-labelledby", "hent");
    bool top = section->level == 0;
    html_leaf(html, message(language, "fetch.title"), top ? "h2" : "h3", "class",
              top ? "app-h2" : "app-h3", "id", "hent");
    html_leaf(html, message(language, "fetch.text"), "p", "class", "app-text");
    bool arrived = section->step->arrived;
    if (section->step->waiting) {
        frame_message_begin(html, FRAME_INFO, true);
        html_leaf(html, message(language, arrived ? "fetch.arrived" : "fetch.waiting"), "p");
        html_open(html, "p");
        html_leaf(html, message(language, arrived ? "fetch.arrived.link" : "fetch.waiting.link"),
                  "a", "class", "ds-link", "href", section->step->waiting);
        html_close_to(html, html->depth - 2);
    }
    html_open(html, "div", "class", "app-row");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = STEP_FETCH,
                           .variant = "secondary",
                           .icon = "mail",
                           .text = message(language, "fetch.button"),
                           .no_validate = true,
                       });
    html_close_to(html, html->depth - 2);
}

static bool some_from_postbox(const struct section *section, const struct form_control *first,
                              const struct place *from)
{
    for (const struct form_control *c = first; c && c->kind == FORM_UPLOAD; c = c->next)
        if (answers_is_open(section->step->answers, c, from) &&
            upload_takes(c, FORM_SOURCE_POSTBOX))
            return true;
    return false;
}

static const char *notice_text(const struct step *step, const char *at)
{
    for (size_t i = 0; i < step->notice_count; i++)
        if (text_equal(step->notices[i].at, at))
            return step->notices[i].text;
    return NULL;
}

/* "2 av 3 krav er oppfylt", for those who cannot see the tags. */
static void write_given_count(const struct section *section, const struct form_control *first,
                              const struct place *from)
{
    struct arena *arena = section->html->arena;
    const char *language = section->view.language;
    int asked = 0, given = 0;
    for (const struct form_control *c = first; c && c->kind == FORM_UPLOAD; c = c->next) {
        if (!answers_is_open(section->step->answers, c, from))
            continue;
        asked++;
        given += upload_is_given(&section->view, section_place(section, c, from));
    }
    html_leaf(section->html,
              message_with(arena, language, "upload.count", "n",
                           locale_integer(arena, given, language), "m",
                           locale_integer(arena, asked, language)),
              "p", "class", "ds-sr-only", "role", "status", "id", "vedlegg-antall");
}

/* The uploads that stand together, from this one on; gives the last. */
const struct form_control *section_write_documents(struct section *section,
                                                   const struct form_control *first,
                                                   const struct place *from)
{
    struct html *html = section->html;
    if (section->step->postbox && !section->fetch_told && some_from_postbox(section, first, from))
        write_fetch(section);
    bool top = section->level == 0; /* deeper, the group's heading stands for all below it */
    char *id = top ? section_heading_id(section, first, from) : NULL;
    html_open(html, top ? "section" : "div", "aria-labelledby", id);
    html_leaf(html, top ? message(section->view.language, "upload.title") : NULL, "h2", "class",
              "app-h2", "id", id);
    write_given_count(section, first, from);
    struct upload_view view = {
        .control = &section->view,
        .frame = section->frame,
        .documents = section->step->documents,
        .document_count = section->step->document_count,
        .room = &section->step->room,
        .earlier = section->step->earlier,
    };
    if (!section->room_told)
        upload_write_room(&view);
    section->room_told = true;
    html_open(html, "div", "class", "app-stack app-stack--tight");
    const struct form_control *last = first;
    for (const struct form_control *c = first; c && c->kind == FORM_UPLOAD; last = c, c = c->next) {
        struct place *place = section_place(section, c, from);
        if (place && answers_is_open(section->step->answers, c, from))
            upload_write(&view, c, place, notice_text(section->step, place_id(html->arena, place)));
    }
    html_close_to(html, html->depth - 2);
    return last;
}

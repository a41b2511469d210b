#include "render/section_inside.h"

#include <string.h>

#include "engine/base/text.h"
#include "forms/posted.h"
#include "render/message.h"

/* In running text: "Fjern barn 2", but "Fjern BPA-ordning 2". */
static const char *in_running_text(struct arena *arena, const char *name)
{
    const char *rest = name;
    text_next(&rest);
    size_t first = (size_t)(rest - name);
    char *folded = text_fold(arena, name);
    if (strlen(folded) != strlen(name) || folded[first] != name[first])
        return name;
    char *out = arena_text(arena, name);
    memcpy(out, folded, first);
    return out;
}

static void write_row(struct section *section, const struct form_control *repeat,
                      const struct place *row)
{
    struct html *html = section->html;
    const char *lang = NULL;
    const char *name = outline_row_name(html->arena, section->step->answers, repeat, row,
                                        section->view.reading, &lang);
    char *id = place_id(html->arena, row);
    html_open(html, "li");
    html_open(html, "fieldset", "class", "app-repeat__item ds-fieldset", "id", id, "tabindex",
              "-1");
    html_leaf(html, name, "legend", "class", "app-h3", "lang", lang);
    section_write_children(section, repeat, row);
    if (answers_can_remove(section->step->answers, repeat, row)) {
        html_open(html, "div");
        frame_button(html,
                     &(struct frame_button){
                         .name = STEP_FIELD_ACTION,
                         .value = arena_printf(html->arena, STEP_REMOVE "%s", id),
                         .variant = "tertiary",
                         .color = "danger",
                         .icon = "trash",
                         .text = message_with(html->arena, section->view.language, "repeat.remove",
                                              "rad", in_running_text(html->arena, name)),
                         .no_validate = true,
                     });
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

void section_write_notice(const struct section *section, const struct step_notice *notice,
                          const char *at)
{
    struct html *html = section->html;
    frame_message_begin(html, notice->tone, true);
    html_leaf(html, notice->text, "p");
    if (notice->undo && at) {
        html_open(html, "div", "class", "app-row");
        frame_button(html, &(struct frame_button){
                               .name = STEP_FIELD_ACTION,
                               .value = arena_printf(html->arena, STEP_UNDO "%s", at),
                               .variant = "secondary",
                               .size = "sm",
                               .text = message(section->view.language, "repeat.undo"),
                               .no_validate = true,
                           });
        html_close(html);
    }
    html_close(html);
}

static void write_notices_at(const struct section *section, const char *at)
{
    for (size_t i = 0; i < section->step->notice_count; i++)
        if (text_equal(section->step->notices[i].at, at))
            section_write_notice(section, &section->step->notices[i], at);
}

static void write_add(const struct section *section, const struct form_control *repeat,
                      const struct place *from, const char *id)
{
    struct html *html = section->html;
    const char *language = section->view.language;
    if (repeat->no_add_remove)
        return;
    if (!answers_can_add(section->step->answers, repeat, from)) {
        html_leaf(html, message(language, "repeat.full"), "p", "class", "app-muted");
        return;
    }
    const char *name = control_text(&section->view, repeat->short_name, from, NULL);
    html_open(html, "div", "class", "app-row app-actions");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = arena_printf(html->arena, STEP_ADD "%s", id),
                           .variant = "secondary",
                           .icon = "plus",
                           .text = name ? message_with(html->arena, language, "repeat.add.name",
                                                       "navn", name)
                                        : message(language, "repeat.add"),
                           .no_validate = true,
                       });
    html_close(html);
}

/* "Legg til minst 1 barn" stands where rows are added. */
static void write_repeat_finding(const struct section *section, const struct form_control *repeat,
                                 const char *id)
{
    const struct finding_list *findings = section->step->findings;
    for (size_t i = 0; findings && i < findings->count; i++)
        if (section_field_of(section->step, &findings->items[i]) == repeat->field) {
            control_write_finding(&section->view, &findings->items[i],
                                  arena_printf(section->html->arena, "%s-feil", id));
            return;
        }
}

void section_write_rows(struct section *section, const struct form_control *repeat,
                        const struct place *from)
{
    struct html *html = section->html;
    char *id = posted_repeat_id(html->arena, repeat, from);
    html_open(html, "div", "class", "app-rows", "id", id, "tabindex", "-1");
    section_write_lead(section, repeat, from);

    struct section inner = *section;
    inner.level = 2;
    struct section_tally page = {0}, rows = {0};
    section_count(section, repeat, from, true, &page, &rows);
    if (section->view.marks && rows.asked > 0 && rows.asked == rows.must) {
        inner.view.marks = false;
        html_leaf(html, message(section->view.language, "repeat.allrequired"), "p", "class",
                  "app-muted");
    }
    write_notices_at(section, id);
    struct place **row = NULL;
    size_t count = answers_rows(section->step->answers, html->arena, repeat, from, &row);
    if (count > 0) {
        html_open(html, "ul", "class", "app-repeat");
        for (size_t i = 0; i < count; i++)
            write_row(&inner, repeat, row[i]);
        html_close(html);
        section->fetch_told = inner.fetch_told;
    }
    write_repeat_finding(section, repeat, id);
    write_add(section, repeat, from, id);
    html_close(html);
}

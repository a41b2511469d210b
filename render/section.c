#include "render/section.h"

#include <string.h>

#include "engine/base/text.h"
#include "forms/locale.h"
#include "forms/posted.h"
#include "render/control.h"
#include "render/message.h"
#include "render/upload.h"

/* What is written, and where we are in it. */
struct section {
    struct html *html;
    const struct frame *frame;
    const struct step *step;
    struct control_view view;
    int level; /* 0: straight below the page; headings are h2 there, else h3 */
    bool fetch_told;
};

/* What stands together in the page. */
enum run { RUN_NOTHING, RUN_QUESTION, RUN_CONDITIONAL, RUN_VALUE, RUN_TEXT, RUN_UPLOAD, RUN_BLOCK };

static void write_children(struct section *section, const struct form_control *parent,
                           const struct place *from);

static struct place *shown_place(const struct section *section, const struct form_control *control,
                                 const struct place *from)
{
    return answers_shown(section->step->answers, control, from);
}

/* ---- must or may ---- */

/* How many questions are asked, and must be answered; rows of repeats apart from the rest. */
struct tally {
    int asked, must;
};

static void count_below(const struct section *section, const struct form_control *control,
                        const struct place *from, bool in_rows, struct tally *page,
                        struct tally *rows)
{
    struct answers *answers = section->step->answers;
    if (!answers_is_shown(answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **row = NULL;
        size_t count = answers_rows(answers, section->html->arena, control, from, &row);
        for (size_t i = 0; i < count; i++)
            for (const struct form_control *c = control->first_child; c; c = c->next)
                count_below(section, c, row[i], true, page, rows);
        return;
    }
    for (const struct form_control *c = control->first_child; c; c = c->next)
        count_below(section, c, from, in_rows, page, rows);
    struct place *place = shown_place(section, control, from);
    if (control->kind == FORM_UPLOAD || !control_is_asked(&section->view, control, place))
        return;
    struct tally *tally = in_rows ? rows : page;
    tally->asked++;
    tally->must += place_is_required(answers, place);
}

/* ---- questions and values ---- */

static bool is_conditional(const struct form_control *control)
{
    return control->field && control->field->relevant;
}

static bool has_label(const struct section *section, const struct form_control *control,
                      const struct place *from)
{
    struct place *place = shown_place(section, control, from);
    return control_text(&section->view, control->label, place ? place : from, NULL) != NULL;
}

static enum run run_of(const struct section *section, const struct form_control *control,
                       const struct place *from)
{
    switch (control->kind) {
    case FORM_GROUP:
        return is_conditional(control) && !has_label(section, control, from) ? RUN_CONDITIONAL
                                                                             : RUN_BLOCK;
    case FORM_REPEAT:
        return RUN_BLOCK;
    case FORM_UPLOAD:
        return RUN_UPLOAD;
    case FORM_OUTPUT:
        return has_label(section, control, from) ? RUN_VALUE : RUN_TEXT;
    default:
        break;
    }
    struct place *place = shown_place(section, control, from);
    if (!control_is_asked(&section->view, control, place))
        return RUN_VALUE;
    return is_conditional(control) ? RUN_CONDITIONAL : RUN_QUESTION;
}

/* What an author writes to be read: an output without label. */
static void write_text(const struct section *section, const struct form_control *control,
                       const struct place *from)
{
    html_open(section->html, "p", "class", "app-text");
    html_lines(section->html, answers_output(section->step->answers, section->html->arena, control,
                                             from, section->view.language));
    html_close(section->html);
}

/* ---- calculations ---- */

/* A group of nothing but values with labels is a calculation: rows, and the last one is the result.
 */
static bool is_calculation(const struct section *section, const struct form_control *group,
                           const struct place *from)
{
    if (group->kind != FORM_GROUP || !group->first_child || !has_label(section, group, from))
        return false;
    for (const struct form_control *c = group->first_child; c; c = c->next)
        if (c->kind != FORM_OUTPUT || !c->label)
            return false;
    return true;
}

/* Label and value together: only what is inside output is read out when it changes. */
static void write_result(const struct section *section, const struct form_control *control,
                         const struct place *from)
{
    struct html *html = section->html;
    struct place *place = shown_place(section, control, from);
    const char *lang = NULL;
    const char *label = control_text(&section->view, control->label, place ? place : from, &lang);
    const char *value =
        answers_output(section->step->answers, html->arena, control, from, section->view.language);
    html_open(html, "output", "class", "app-calc__total", "id",
              arena_printf(html->arena, "sum-%d", control->number));
    html_leaf(html, arena_printf(html->arena, "%s: ", label ? label : ""), "span", "lang", lang);
    html_leaf(html, text_is_empty(value) ? "–" : value, "strong");
    html_close(html);
}

static const struct form_control *last_shown(const struct section *section,
                                             const struct form_control *group,
                                             const struct place *from)
{
    const struct form_control *last = NULL;
    for (const struct form_control *c = group->first_child; c; c = c->next)
        if (answers_is_shown(section->step->answers, c, from))
            last = c;
    return last;
}

static char *heading_id(const struct section *section, const struct form_control *control,
                        const struct place *from)
{
    struct arena *arena = section->html->arena;
    if (from)
        return arena_printf(arena, "del-%d-%s", control->number, place_id(arena, from));
    return arena_printf(arena, "del-%d", control->number);
}

static void write_heading(const struct section *section, const struct form_control *control,
                          const struct place *at, const char *id)
{
    const char *lang = NULL;
    const char *label = control_text(&section->view, control->label, at, &lang);
    bool top = section->level == 0;
    html_leaf(section->html, label, top ? "h2" : "h3", "class", top ? "app-h2" : "app-h3", "id", id,
              "tabindex", "-1", "lang", lang);
}

static void write_lead(const struct section *section, const struct form_control *control,
                       const struct place *at)
{
    const char *lang = NULL;
    const char *hint = control_text(&section->view, control->hint, at, &lang);
    if (hint) {
        html_open(section->html, "p", "class", "app-muted", "lang", lang);
        html_lines(section->html, hint);
        html_close(section->html);
    }
    control_write_help(&section->view, control, at);
}

static void write_calculation(const struct section *section, const struct form_control *group,
                              const struct place *from)
{
    struct html *html = section->html;
    char *id = heading_id(section, group, from);
    const struct form_control *result = last_shown(section, group, from);
    html_open(html, "section", "class", "app-calc", "aria-labelledby", id);
    struct section inner = *section;
    inner.level = 1;
    write_heading(&inner, group, shown_place(section, group, from), id);
    write_lead(section, group, shown_place(section, group, from));
    if (result != group->first_child) {
        html_open(html, "dl");
        for (const struct form_control *c = group->first_child; c && c != result; c = c->next)
            if (answers_is_shown(section->step->answers, c, from))
                control_write_value(&section->view, c, shown_place(section, c, from), from);
        html_close(html);
    }
    if (result)
        write_result(section, result, from);
    html_open(html, "div", "class", "app-nojs");
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = STEP_CALCULATE,
                           .variant = "secondary",
                           .size = "sm",
                           .text = message(section->view.language, "step.calculate"),
                           .no_validate = true,
                       });
    html_close_to(html, html->depth - 2);
}

/* ---- repeats ---- */

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
                                        section->view.language, &lang);
    char *id = place_id(html->arena, row);
    html_open(html, "li");
    html_open(html, "fieldset", "class", "app-repeat__item ds-fieldset", "id", id, "tabindex",
              "-1");
    html_leaf(html, name, "legend", "class", "app-h3", "lang", lang);
    write_children(section, repeat, row);
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

static void write_notice(const struct section *section, const struct step_notice *notice,
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
            write_notice(section, &section->step->notices[i], at);
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

/* The field of a finding's place, rows or no rows. */
static const struct form_field *field_of(const struct step *step, const struct finding *finding)
{
    struct place *place = answers_find(step->answers, finding->place);
    if (place)
        return place_field(place);
    return form_field_find(answers_form(step->answers), finding->place);
}

/* "Legg til minst 1 barn" stands where rows are added. */
static void write_repeat_finding(const struct section *section, const struct form_control *repeat,
                                 const char *id)
{
    const struct finding_list *findings = section->step->findings;
    for (size_t i = 0; findings && i < findings->count; i++)
        if (field_of(section->step, &findings->items[i]) == repeat->field) {
            control_write_finding(&section->view, &findings->items[i],
                                  arena_printf(section->html->arena, "%s-feil", id));
            return;
        }
}

static void write_repeat(struct section *section, const struct form_control *repeat,
                         const struct place *from)
{
    struct html *html = section->html;
    char *id = posted_repeat_id(html->arena, repeat, from);
    html_open(html, "div", "id", id, "tabindex", "-1");
    write_lead(section, repeat, from);

    struct section inner = *section;
    inner.level = 2;
    struct tally page = {0}, rows = {0};
    count_below(section, repeat, from, true, &page, &rows);
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
    }
    write_repeat_finding(section, repeat, id);
    write_add(section, repeat, from, id);
    html_close(html);
}

/* ---- documents ---- */

/* The way to the postbox stands once, before the first document that may come from there. */
static void write_fetch(struct section *section)
{
    struct html *html = section->html;
    const char *language = section->view.language;
    section->fetch_told = true;
    html_open(html, "section", "class", "app-stack app-stack--tight", "aria-labelledby", "hent");
    html_leaf(html, message(language, "fetch.title"), "h2", "class", "app-h2", "id", "hent");
    html_leaf(html, message(language, "fetch.text"), "p", "class", "app-text");
    if (section->step->waiting) {
        frame_message_begin(html, FRAME_INFO, true);
        html_leaf(html, message(language, "fetch.waiting"), "p");
        html_open(html, "p");
        html_leaf(html, message(language, "fetch.waiting.link"), "a", "class", "ds-link", "href",
                  section->step->waiting);
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
        if (answers_is_shown(section->step->answers, c, from) &&
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
        if (!answers_is_shown(section->step->answers, c, from))
            continue;
        asked++;
        given += upload_is_given(&section->view, shown_place(section, c, from));
    }
    html_leaf(section->html,
              message_with(arena, language, "upload.count", "n",
                           locale_integer(arena, given, language), "m",
                           locale_integer(arena, asked, language)),
              "p", "class", "ds-sr-only", "role", "status");
}

/* The uploads that stand together, from this one on; gives the last. */
static const struct form_control *
write_uploads(struct section *section, const struct form_control *first, const struct place *from)
{
    struct html *html = section->html;
    if (section->step->postbox && !section->fetch_told && some_from_postbox(section, first, from))
        write_fetch(section);
    char *id = heading_id(section, first, from);
    html_open(html, "section", "aria-labelledby", id);
    html_leaf(html, message(section->view.language, "upload.title"), "h2", "class", "app-h2", "id",
              id);
    write_given_count(section, first, from);
    html_open(html, "div", "class", "app-stack app-stack--tight");
    struct upload_view view = {
        .control = &section->view,
        .frame = section->frame,
        .documents = section->step->documents,
        .document_count = section->step->document_count,
        .file_bytes = section->step->file_bytes,
    };
    const struct form_control *last = first;
    for (const struct form_control *c = first; c && c->kind == FORM_UPLOAD; last = c, c = c->next) {
        struct place *place = shown_place(section, c, from);
        if (place && answers_is_shown(section->step->answers, c, from))
            upload_write(&view, c, place, notice_text(section->step, place_id(html->arena, place)));
    }
    html_close_to(html, html->depth - 2);
    return last;
}

/* ---- all of it ---- */

static void write_group(struct section *section, const struct form_control *group,
                        const struct place *from)
{
    struct html *html = section->html;
    struct place *place = shown_place(section, group, from);
    if (is_calculation(section, group, from)) {
        write_calculation(section, group, from);
        return;
    }
    if (!has_label(section, group, from)) {
        write_lead(section, group, place);
        write_children(section, group, from);
        return;
    }
    char *id = heading_id(section, group, from);
    html_open(html, section->level == 0 ? "section" : "div", "class", "app-stack", "role",
              section->level == 0 ? NULL : "group", "aria-labelledby", id);
    write_heading(section, group, place, id);
    write_lead(section, group, place);
    struct section inner = *section;
    inner.level++;
    write_children(&inner, group, from);
    section->fetch_told = inner.fetch_told;
    html_close(html);
}

static bool is_loose(enum run run)
{
    return run == RUN_QUESTION || run == RUN_CONDITIONAL || run == RUN_VALUE || run == RUN_TEXT;
}

/* Opens and closes what holds things of one kind. Straight below the page, what is loose stands in
 * a box together; what has a box of its own stands beside it. */
static void change_run(struct section *section, enum run *current, enum run next, size_t depth)
{
    struct html *html = section->html;
    if (*current == next)
        return;
    bool goes_on = is_loose(*current) && is_loose(next);
    html_close_to(html, goes_on && section->level == 0 ? depth + 1 : depth);
    if (is_loose(next) && section->level == 0 && !goes_on)
        html_open(html, "div", "class", "app-stack");
    if (next == RUN_CONDITIONAL)
        html_open(html, "div", "class", "app-conditional app-stack");
    if (next == RUN_VALUE)
        html_open(html, "dl", "class", "app-dl");
    *current = next;
}

static void write_one(struct section *section, const struct form_control *control,
                      const struct place *from, enum run run)
{
    if (run == RUN_VALUE)
        control_write_value(&section->view, control, shown_place(section, control, from), from);
    else if (run == RUN_TEXT)
        write_text(section, control, from);
    else if (control->kind == FORM_GROUP)
        write_group(section, control, from);
    else if (control->kind == FORM_REPEAT)
        write_repeat(section, control, from);
    else
        control_write(&section->view, control, shown_place(section, control, from));
}

static void write_list(struct section *section, const struct form_control *first, bool siblings,
                       const struct place *from)
{
    size_t depth = section->html->depth;
    enum run current = RUN_NOTHING;
    for (const struct form_control *c = first; c; c = siblings ? c->next : NULL) {
        if (!answers_is_shown(section->step->answers, c, from))
            continue;
        enum run next = run_of(section, c, from);
        if (next == RUN_CONDITIONAL && current == RUN_NOTHING)
            next =
                c->kind == FORM_GROUP ? RUN_BLOCK : RUN_QUESTION; /* nothing above it to hang on */
        change_run(section, &current, next, depth);
        if (next == RUN_UPLOAD) {
            const struct form_control *last = write_uploads(section, c, from);
            c = siblings ? last : c;
        } else {
            write_one(section, c, from, next);
        }
    }
    html_close_to(section->html, depth);
}

static void write_children(struct section *section, const struct form_control *parent,
                           const struct place *from)
{
    write_list(section, parent->first_child, true, from);
}

static bool has_conditions(const struct form_control *top)
{
    for (const struct form_control *c = top; c; c = form_control_after(c, top))
        if (c != top && is_conditional(c))
            return true;
    return false;
}

static struct section section_of(struct html *html, const struct frame *frame,
                                 const struct step *step)
{
    return (struct section){
        .html = html,
        .frame = frame,
        .step = step,
        .view =
            {
                .html = html,
                .answers = step->answers,
                .language = frame->language,
                .findings = step->findings,
                .refreshes = has_conditions(step->page->control),
            },
    };
}

void section_write(struct html *html, const struct frame *frame, const struct step *step)
{
    struct section section = section_of(html, frame, step);
    const struct form_control *top = step->page->control;
    struct tally page = {0}, rows = {0};
    count_below(&section, top, NULL, false, &page, &rows);
    int asked = page.asked + rows.asked;
    section.view.marks = asked > 0 && asked != page.must + rows.must;

    for (size_t i = 0; i < step->notice_count; i++)
        if (!step->notices[i].at)
            write_notice(&section, &step->notices[i], NULL);
    if (asked > 0 && !section.view.marks) {
        html_open(html, "p");
        frame_tag(html, "warning", NULL, message(frame->language, "ui.allrequired"));
        html_close(html);
    }
    if (top->kind == FORM_GROUP) {
        write_lead(&section, top, shown_place(&section, top, NULL));
        write_children(&section, top, NULL);
    } else {
        write_list(&section, top, false, NULL);
    }
}

char *section_target(struct arena *arena, const struct frame *frame, const struct step *step,
                     const struct finding *finding)
{
    struct html html;
    html_init(&html, arena);
    struct section section = section_of(&html, frame, step);
    struct place *place = answers_find(step->answers, finding->place);
    const struct form_field *field = field_of(step, finding);
    if (!field || !field->control)
        return arena_text(arena, "#innhold");
    if (field->control->kind == FORM_REPEAT)
        return arena_printf(
            arena, "#%s",
            posted_repeat_id(arena, field->control, place ? place_parent(place) : NULL));
    if (!place)
        return arena_text(arena, "#innhold");
    return arena_printf(arena, "#%s", control_target(&section.view, arena, field->control, place));
}

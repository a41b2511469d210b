#include "render/section.h"

#include "engine/base/text.h"
#include "forms/posted.h"
#include "render/message.h"
#include "render/section_inside.h"

/* What stands together in the page. */
enum run {
    RUN_NOTHING,
    RUN_QUESTION,
    RUN_CONDITIONAL,
    RUN_VALUE,
    RUN_TEXT,
    RUN_BUTTON,
    RUN_UPLOAD,
    RUN_BLOCK
};

struct place *section_place(const struct section *section, const struct form_control *control,
                            const struct place *from)
{
    return answers_shown(section->step->answers, control, from);
}

/* ---- must or may ---- */

void section_count(const struct section *section, const struct form_control *control,
                   const struct place *from, bool in_rows, struct section_tally *page,
                   struct section_tally *rows)
{
    struct answers *answers = section->step->answers;
    if (!answers_is_open(answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **row = NULL;
        size_t count = answers_rows(answers, section->html->arena, control, from, &row);
        for (size_t i = 0; i < count; i++)
            for (const struct form_control *c = control->first_child; c; c = c->next)
                section_count(section, c, row[i], true, page, rows);
        return;
    }
    for (const struct form_control *c = control->first_child; c; c = c->next)
        section_count(section, c, from, in_rows, page, rows);
    struct place *place = section_place(section, control, from);
    if (!control_is_asked(&section->view, control, place))
        return;
    struct section_tally *tally = in_rows ? rows : page;
    tally->asked++;
    tally->uploads += control->kind == FORM_UPLOAD;
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
    struct place *place = section_place(section, control, from);
    return control_text(&section->view, control->label, place ? place : from, NULL) != NULL;
}

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

static enum run run_of(const struct section *section, const struct form_control *control,
                       const struct place *from)
{
    switch (control->kind) {
    case FORM_GROUP:
        return is_conditional(control) && !is_calculation(section, control, from) ? RUN_CONDITIONAL
                                                                                  : RUN_BLOCK;
    case FORM_REPEAT:
        return RUN_BLOCK;
    case FORM_UPLOAD:
        return RUN_UPLOAD;
    case FORM_BUTTON:
        return RUN_BUTTON;
    case FORM_OUTPUT:
        return has_label(section, control, from) ? RUN_VALUE : RUN_TEXT;
    default:
        break;
    }
    struct place *place = section_place(section, control, from);
    if (!control_is_asked(&section->view, control, place))
        return RUN_VALUE;
    return is_conditional(control) ? RUN_CONDITIONAL : RUN_QUESTION;
}

/* What an author writes to be read: an output without label. */
static void write_text(const struct section *section, const struct form_control *control,
                       const struct place *from)
{
    struct form_shown text = answers_output(section->step->answers, section->html->arena, control,
                                            from, section->view.reading);
    html_open(section->html, "p", "class", "app-text", "lang",
              control_lang(&section->view, text.language));
    html_lines(section->html, text.text);
    html_close(section->html);
}

/* What the author's buttons do is done on the server, and the page shown again here. */
static void write_button(const struct section *section, const struct form_control *button,
                         const struct place *from)
{
    struct html *html = section->html;
    struct place *place = section_place(section, button, from);
    char *id = posted_button_id(html->arena, button, from);
    const char *text = control_text(&section->view, button->label, place, NULL);
    const char *hint = control_text(&section->view, button->hint, place, NULL);
    frame_button(html, &(struct frame_button){
                           .id = arena_printf(html->arena, STEP_PRESS_ID "%s", id),
                           .name = STEP_FIELD_ACTION,
                           .value = arena_printf(html->arena, STEP_PRESS "%s", id),
                           .variant = "secondary",
                           .text = text         ? text
                                   : button->id ? button->id
                                                : "OK",
                           .hidden = hint,
                           .no_validate = true,
                       });
}

/* ---- calculations ---- */

/* Label and value together: only what is inside output is read out when it changes. */
static void write_result(const struct section *section, const struct form_control *control,
                         const struct place *from)
{
    struct html *html = section->html;
    struct place *place = section_place(section, control, from);
    const char *lang = NULL;
    const char *label = control_text(&section->view, control->label, place ? place : from, &lang);
    struct form_shown value =
        answers_output(section->step->answers, html->arena, control, from, section->view.reading);
    bool empty = text_is_empty(value.text);
    html_open(html, "output", "class", "app-calc__total", "id",
              arena_printf(html->arena, "sum-%d", control->number));
    html_leaf(html, arena_printf(html->arena, "%s: ", label ? label : ""), "span", "lang", lang);
    html_leaf(html, empty ? message(section->view.language, "step.calculate.missing") : value.text,
              "strong", "lang", empty ? NULL : control_lang(&section->view, value.language));
    html_close(html);
}

/* The last of the values, when it is shown: without it there are rows and no result yet. */
static const struct form_control *
result_of(const struct section *section, const struct form_control *group, const struct place *from)
{
    const struct form_control *last = group->first_child;
    while (last->next)
        last = last->next;
    return answers_is_open(section->step->answers, last, from) ? last : NULL;
}

char *section_heading_id(const struct section *section, const struct form_control *control,
                         const struct place *from)
{
    struct arena *arena = section->html->arena;
    if (from)
        return arena_printf(arena, "del-%d-%s", control->number, place_id(arena, from));
    return arena_printf(arena, "del-%d", control->number);
}

/* small: the heading of a box among questions, which looks less than it ranks. */
static void write_heading(const struct section *section, const struct form_control *control,
                          const struct place *at, const char *id, bool small)
{
    const char *lang = NULL;
    const char *label = control_text(&section->view, control->label, at, &lang);
    bool top = section->level == 0;
    html_leaf(section->html, label, top ? "h2" : "h3", "class", top && !small ? "app-h2" : "app-h3",
              "id", id, "tabindex", "-1", "lang", lang);
}

void section_write_lead(const struct section *section, const struct form_control *control,
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
    char *id = section_heading_id(section, group, from);
    const struct form_control *result = result_of(section, group, from);
    html_open(html, "section", "class", "app-calc", "aria-labelledby", id);
    write_heading(section, group, section_place(section, group, from), id, true);
    section_write_lead(section, group, section_place(section, group, from));
    if (result != group->first_child) {
        html_open(html, "dl");
        for (const struct form_control *c = group->first_child; c && c != result; c = c->next)
            if (answers_is_open(section->step->answers, c, from))
                control_write_value(&section->view, c, section_place(section, c, from), from);
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

/* ---- all of it ---- */

/* hangs: on the question above it, in a box that shows so. */
static void write_group(struct section *section, const struct form_control *group,
                        const struct place *from, bool hangs)
{
    struct html *html = section->html;
    struct place *place = section_place(section, group, from);
    if (is_calculation(section, group, from)) {
        write_calculation(section, group, from);
        return;
    }
    if (!has_label(section, group, from)) {
        section_write_lead(section, group, place);
        section_write_children(section, group, from);
        return;
    }
    char *id = section_heading_id(section, group, from);
    bool apart = section->level == 0 && !hangs;
    html_open(html, apart ? "section" : "div", "class", "app-stack", "role", apart ? NULL : "group",
              "aria-labelledby", id);
    write_heading(section, group, place, id, hangs);
    section_write_lead(section, group, place);
    struct section inner = *section;
    inner.level++;
    section_write_children(&inner, group, from);
    section->fetch_told = inner.fetch_told;
    html_close(html);
}

static bool is_loose(enum run run)
{
    return run == RUN_QUESTION || run == RUN_CONDITIONAL || run == RUN_VALUE || run == RUN_TEXT ||
           run == RUN_BUTTON;
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
    if (next == RUN_BUTTON)
        html_open(html, "div", "class", "app-row");
    *current = next;
}

static void write_one(struct section *section, const struct form_control *control,
                      const struct place *from, enum run run)
{
    if (run == RUN_VALUE)
        control_write_value(&section->view, control, section_place(section, control, from), from);
    else if (run == RUN_TEXT)
        write_text(section, control, from);
    else if (run == RUN_BUTTON)
        write_button(section, control, from);
    else if (control->kind == FORM_GROUP)
        write_group(section, control, from, run == RUN_CONDITIONAL);
    else if (control->kind == FORM_REPEAT)
        section_write_rows(section, control, from);
    else
        control_write(&section->view, control, section_place(section, control, from));
}

static void write_list(struct section *section, const struct form_control *first, bool siblings,
                       const struct place *from)
{
    size_t depth = section->html->depth;
    enum run current = RUN_NOTHING;
    for (const struct form_control *c = first; c; c = siblings ? c->next : NULL) {
        if (!answers_is_open(section->step->answers, c, from))
            continue;
        enum run next = run_of(section, c, from);
        if (next == RUN_CONDITIONAL && !is_loose(current)) /* nothing above it to hang on */
            next = c->kind == FORM_GROUP ? RUN_BLOCK : RUN_QUESTION;
        change_run(section, &current, next, depth);
        if (next == RUN_UPLOAD) {
            const struct form_control *last = section_write_documents(section, c, from);
            c = siblings ? last : c;
        } else {
            write_one(section, c, from, next);
        }
    }
    html_close_to(section->html, depth);
}

void section_write_children(struct section *section, const struct form_control *parent,
                            const struct place *from)
{
    write_list(section, parent->first_child, true, from);
}

const struct form_field *section_field_of(const struct step *step, const struct finding *finding)
{
    struct place *place = answers_find(step->answers, finding->place);
    if (place)
        return place_field(place);
    return form_field_find(answers_form(step->answers), finding->place);
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
                .reading = frame_reading(frame),
                .findings = step->findings,
                .refreshes = has_conditions(step->page->control),
                .unavailable = step->unavailable,
                .unavailable_count = step->unavailable_count,
            },
    };
}

void section_write(struct html *html, const struct frame *frame, const struct step *step)
{
    struct section section = section_of(html, frame, step);
    const struct form_control *top = step->page->control;
    struct section_tally page = {0}, rows = {0};
    section_count(&section, top, NULL, false, &page, &rows);
    int asked = page.asked + rows.asked;
    section.view.marks = asked > 0 && asked != page.must + rows.must;

    for (size_t i = 0; i < step->notice_count; i++)
        if (!step->notices[i].at)
            section_write_notice(&section, &step->notices[i], NULL);
    if (asked > page.uploads + rows.uploads && !section.view.marks) {
        html_open(html, "p");
        frame_tag(html, "warning", NULL, message(frame->language, "ui.allrequired"));
        html_close(html);
    }
    if (top->kind == FORM_GROUP) {
        section_write_lead(&section, top, section_place(&section, top, NULL));
        section_write_children(&section, top, NULL);
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
    const struct form_field *field = section_field_of(step, finding);
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

#include "render/control.h"

#include <assert.h>

#include "engine/base/text.h"
#include "forms/locale.h"
#include "forms/posted.h"
#include "forms/texts.h"
#include "render/frame.h"
#include "render/message.h"
#include "render/origin.h"
#include "render/step.h"

enum { MOST_RADIO_BUTTONS = 7 }; /* design.md section 4: from eight on, a list to open */

/* ---- parts ---- */

const char *control_lang(const struct control_view *view, const char *language)
{
    return text_is_empty(language) || text_equal(language, view->language) ? NULL : language;
}

const char *control_text(const struct control_view *view, const struct form_text *text,
                         const struct place *at, const char **language)
{
    struct form_shown shown =
        answers_show(view->answers, view->html->arena, text, at, view->reading);
    if (text_is_empty(shown.text))
        return NULL;
    if (language)
        *language = control_lang(view, shown.language);
    return shown.text;
}

const char *control_described_by(struct arena *arena, const char *error_id, const char *hint_id)
{
    if (error_id && hint_id)
        return arena_printf(arena, "%s %s", error_id, hint_id);
    return error_id ? error_id : hint_id;
}

const struct finding *control_finding(const struct control_view *view, const struct place *place)
{
    if (!view->findings || !place)
        return NULL;
    return finding_find(view->findings, place_path(view->html->arena, place));
}

void control_write_finding(const struct control_view *view, const struct finding *finding,
                           const char *id)
{
    if (finding)
        html_leaf(view->html, finding->text, "p", "class", "ds-validation-message", "data-field",
                  "validation", "id", id, "lang", control_lang(view, finding->language));
}

void control_write_mark(const struct control_view *view, const struct place *place)
{
    if (!view->marks || !place)
        return;
    bool required = place_is_required(view->answers, place);
    html_text(view->html, " ");
    frame_tag(view->html, required ? "warning" : "info", NULL,
              message(view->language, required ? "ui.required" : "ui.optional"));
}

static const char *limit_hint(const struct control_view *view, const struct form_control *control)
{
    if (control->kind != FORM_TEXTAREA || !control->has_max)
        return NULL;
    return message_with(view->html->arena, view->language, "control.limit", "n",
                        arena_printf(view->html->arena, "%.0f", control->max));
}

/* Beside a field: that it was fetched and may be changed, or that it could not be. */
static const char *fetched_words(const struct control_view *view, const struct place *place)
{
    const char *origin = origin_text(view->html->arena, place, view->language);
    if (origin)
        return message_with(view->html->arena, view->language, "origin.editable", "kilde", origin);
    for (size_t i = 0; i < view->unavailable_count; i++)
        if (place && text_equal(view->unavailable[i], place_id(view->html->arena, place)))
            return message(view->language, "origin.unavailable");
    return NULL;
}

const char *control_write_hint(const struct control_view *view, const struct form_control *control,
                               const struct place *place, const char *id)
{
    const char *language = NULL;
    const char *hint = control_text(view, control->hint, place, &language);
    if (!hint)
        hint = limit_hint(view, control);
    const char *fetched = fetched_words(view, place);
    if (!hint && !fetched)
        return NULL;
    html_open(view->html, "p", "data-field", "description", "id", id, "lang",
              hint ? language : NULL);
    if (hint)
        html_lines(view->html, hint);
    if (hint && fetched)
        html_void(view->html, "br");
    html_leaf(view->html, fetched, "span");
    html_close(view->html);
    return id;
}

void control_write_help(const struct control_view *view, const struct form_control *control,
                        const struct place *place)
{
    const char *language = NULL;
    const char *help = control_text(view, control->help, place, &language);
    if (!help)
        return;
    struct html *html = view->html;
    const char *label = control_text(view, control->short_name, place, NULL);
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html,
              label ? message_with(html->arena, view->language, "control.help.about", "felt", label)
                    : message(view->language, "control.help"),
              "summary");
    html_open(html, "div", "lang", language);
    html_open(html, "p");
    html_lines(html, help);
    html_close_to(html, html->depth - 3);
}

/* A label or legend's content: the text in its language, and the mark. */
static void write_label_text(const struct control_view *view, const struct form_control *control,
                             const struct place *place, const char *fallback)
{
    const char *language = NULL;
    const char *label = control_text(view, control->label, place, &language);
    if (language)
        html_leaf(view->html, label, "span", "lang", language);
    else
        html_text(view->html, label ? label : fallback);
    control_write_mark(view, place);
}

static const char *own_name(const struct form_control *control)
{
    return control->field ? control->field->name : control->word;
}

/* ---- what kind of input ---- */

bool control_is_question(const struct form_control *control)
{
    return control->field && control->kind != FORM_GROUP && control->kind != FORM_REPEAT &&
           control->kind != FORM_OUTPUT && control->kind != FORM_BUTTON;
}

bool control_is_asked(const struct control_view *view, const struct form_control *control,
                      const struct place *place)
{
    return control_is_question(control) && place && !place_is_readonly(view->answers, place);
}

static bool is_tick(const struct form_control *control)
{
    return control->kind == FORM_TRIGGER ||
           (control->kind == FORM_INPUT && control->field->type == TYPE_BOOLEAN);
}

static bool is_open_list(const struct form_control *control, size_t choice_count)
{
    return control->kind == FORM_SELECT1 &&
           (choice_count > MOST_RADIO_BUTTONS || (control->appearance & FORM_MINIMAL) != 0);
}

/* How a one-line field looks to the browser. */
struct field_kind {
    const char *type, *input_mode, *width, *unit;
    bool is_code; /* no spelling, no capitals */
};

static const char *width_for(const struct form_control *control)
{
    if (control->has_max && control->max <= 5)
        return "app-w-xs";
    if (control->has_max && control->max <= 12)
        return "app-w-s";
    return control->has_max && control->max <= 30 ? "app-w-m" : "app-w-l";
}

static const char *number_width(const struct form_control *control)
{
    return control->has_max && control->max < 10000 ? "app-w-xs" : "app-w-s";
}

static struct field_kind kind_of(const struct form_control *control)
{
    if (control->kind == FORM_SECRET)
        return (struct field_kind){"password", NULL, "app-w-m", NULL, true};
    switch (control->field->type) {
    case TYPE_INT:
        return (struct field_kind){"text", "numeric", number_width(control), NULL, false};
    case TYPE_DECIMAL:
        return (struct field_kind){"text", "decimal", number_width(control), NULL, false};
    case TYPE_BELOP:
        return (struct field_kind){"text", "numeric", "app-w-m", "kr", false};
    case TYPE_POSTNR:
        return (struct field_kind){"text", "numeric", "app-w-xs", NULL, false};
    case TYPE_FNR:
    case TYPE_ORGNR:
    case TYPE_KONTO:
        return (struct field_kind){"text", "numeric", "app-w-s", NULL, true};
    case TYPE_TELEFON:
        return (struct field_kind){"tel", NULL, "app-w-s", NULL, true};
    case TYPE_EMAIL:
        return (struct field_kind){"email", NULL, "app-w-l", NULL, true};
    case TYPE_URI:
        return (struct field_kind){"url", NULL, "app-w-l", NULL, true};
    case TYPE_TIME:
        return (struct field_kind){"text", NULL, "app-w-xs", NULL, true};
    case TYPE_DATE:
        if (control->appearance & FORM_CALENDAR)
            return (struct field_kind){"date", NULL, "app-w-s", NULL, false};
        return (struct field_kind){"text", NULL, "app-w-s", NULL, true};
    case TYPE_DATETIME:
        return (struct field_kind){"text", NULL, "app-w-m", NULL, true};
    case TYPE_STRING:
    case TYPE_BOOLEAN:
    case TYPE_BINARY:
        break;
    }
    bool digits = (control->appearance & FORM_NUMBERS) != 0;
    return (struct field_kind){"text", digits ? "numeric" : NULL, width_for(control), NULL, digits};
}

/* ---- one line, many lines, open list ---- */

/* What all controls of one field share. */
struct wiring {
    const char *id, *error_id, *hint_id, *described_by, *invalid;
};

/* Other questions, or sums, hang on the answer: the script has the step shown again. */
static const char *is_live(const struct form_control *control)
{
    return control->field->is_read ? "" : NULL;
}

static void write_hints(const struct control_view *view, const struct form_control *control,
                        const struct place *place, struct wiring *wiring)
{
    struct arena *arena = view->html->arena;
    wiring->hint_id =
        control_write_hint(view, control, place, arena_printf(arena, "%s-hjelp", wiring->id));
    control_write_help(view, control, place);
    if (control_finding(view, place)) {
        wiring->error_id = arena_printf(arena, "%s-feil", wiring->id);
        wiring->invalid = "true";
    }
}

/* The label, hint and explanation of a single field; what the input must point back to. */
static struct wiring begin_field(const struct control_view *view,
                                 const struct form_control *control, const struct place *place)
{
    struct html *html = view->html;
    struct wiring wiring = {.id = place_id(html->arena, place)};
    html_open(html, "div", "class", "ds-field", "data-app-live", is_live(control));
    html_open(html, "label", "class", "ds-label", "for", wiring.id);
    write_label_text(view, control, place, own_name(control));
    html_close(html);
    write_hints(view, control, place, &wiring);
    wiring.described_by = control_described_by(html->arena, wiring.error_id, wiring.hint_id);
    return wiring;
}

static void end_field(const struct control_view *view, const struct place *place,
                      const struct wiring *wiring)
{
    control_write_finding(view, control_finding(view, place), wiring->error_id);
    html_close(view->html);
}

/* What is typed goes the way its letters do, where the form is read from right to left. */
static const char *typing_direction(const struct control_view *view)
{
    return texts_direction(view->reading) ? "auto" : NULL;
}

static void write_line(const struct control_view *view, const struct form_control *control,
                       const struct place *place)
{
    struct html *html = view->html;
    struct field_kind kind = kind_of(control);
    struct wiring wiring = begin_field(view, control, place);
    bool calendar = text_equal(kind.type, "date");
    const char *value =
        calendar ? place_value(place) : posted_text(html->arena, place, view->reading);
    if (kind.unit)
        html_open(html, "div", "class",
                  arena_printf(html->arena, "ds-field-affixes %s", kind.width));
    html_void(html, "input", "class",
              kind.unit ? "ds-input" : arena_printf(html->arena, "ds-input %s", kind.width), "type",
              kind.type, "inputmode", kind.input_mode, "id", wiring.id, "name", wiring.id, "value",
              value, "dir", typing_direction(view), "autocomplete",
              text_is_empty(control->autocomplete) ? "off" : control->autocomplete, "spellcheck",
              kind.is_code ? "false" : NULL, "autocapitalize", kind.is_code ? "none" : NULL,
              "aria-describedby", wiring.described_by, "aria-invalid", wiring.invalid);
    if (kind.unit) {
        html_leaf(html, kind.unit, "span", "class", "ds-field-affix", "aria-hidden", "true");
        html_close(html);
    }
    end_field(view, place, &wiring);
}

/* How much more may be written, for those with script (design.md section 4, long text). It is said
 * when somebody pauses, in an element that is there from the start. */
static void write_counter(const struct control_view *view, const struct form_control *control,
                          const struct place *place, const char *id)
{
    struct html *html = view->html;
    if (!control->has_max)
        return;
    int64_t left = (int64_t)control->max - (int64_t)text_length(place_value(place));
    const char *words =
        message_with(html->arena, view->language, left < 0 ? "control.over" : "control.left", "n",
                     locale_integer(html->arena, left < 0 ? -left : left, view->language));
    html_leaf(html, words, "p", "class", "app-small app-muted app-jsonly", "data-app-counter", id,
              "data-most", arena_printf(html->arena, "%lld", (long long)control->max), "data-left",
              message(view->language, "control.left"), "data-over",
              message(view->language, "control.over"));
    html_leaf(html, "", "p", "class", "ds-sr-only", "role", "status");
}

static void write_lines(const struct control_view *view, const struct form_control *control,
                        const struct place *place)
{
    struct html *html = view->html;
    struct wiring wiring = begin_field(view, control, place);
    int rows = control->rows > 0 ? control->rows : 4;
    html_leaf(html, place_value(place), "textarea", "class", "ds-input", "id", wiring.id, "name",
              wiring.id, "rows", arena_printf(html->arena, "%d", rows), "dir",
              typing_direction(view), "autocomplete",
              text_is_empty(control->autocomplete) ? NULL : control->autocomplete,
              "aria-describedby", wiring.described_by, "aria-invalid", wiring.invalid);
    write_counter(view, control, place, wiring.id);
    end_field(view, place, &wiring);
}

/* ---- choices ---- */

/* The button that brings the questions which hang on an answer, for browsers without script. */
static void write_refresh(const struct control_view *view, const struct form_control *control)
{
    if (!view->refreshes || !control->field->is_read)
        return;
    html_open(view->html, "div", "class", "app-nojs");
    frame_button(view->html, &(struct frame_button){
                                 .name = STEP_FIELD_ACTION,
                                 .value = STEP_REFRESH,
                                 .variant = "secondary",
                                 .size = "sm",
                                 .text = message(view->language, "control.refresh"),
                                 .no_validate = true,
                             });
    html_close(view->html);
}

static void write_open_list(const struct control_view *view, const struct form_control *control,
                            const struct place *place, const struct answers_choice *choices,
                            size_t count)
{
    struct html *html = view->html;
    struct wiring wiring = begin_field(view, control, place);
    html_open(html, "select", "class", "ds-input app-w-l", "id", wiring.id, "name", wiring.id,
              "autocomplete", text_is_empty(control->autocomplete) ? NULL : control->autocomplete,
              "aria-describedby", wiring.described_by, "aria-invalid", wiring.invalid);
    html_leaf(html, message(view->language, "control.choose"), "option", "value", "");
    for (size_t i = 0; i < count; i++)
        html_leaf(html, choices[i].label.text, "option", "value", choices[i].value, "selected",
                  choices[i].chosen ? "" : NULL, "lang",
                  control_lang(view, choices[i].label.language));
    html_close(html);
    end_field(view, place, &wiring);
    write_refresh(view, control);
}

/* A fieldset's legend, hint and explanation. The hint is not tied to each choice (section 4). */
static struct wiring begin_group(const struct control_view *view,
                                 const struct form_control *control, const struct place *place,
                                 const char *legend)
{
    struct html *html = view->html;
    struct wiring wiring = {.id = place_id(html->arena, place)};
    html_open(html, "fieldset", "class", "ds-fieldset", "id", wiring.id, "data-app-live",
              is_live(control));
    html_open(html, "legend", "class", "ds-label");
    if (legend) {
        html_text(html, legend);
        control_write_mark(view, place);
    } else {
        write_label_text(view, control, place, own_name(control));
    }
    html_close(html);
    write_hints(view, control, place, &wiring);
    return wiring;
}

static void write_button(const struct control_view *view, const struct wiring *wiring,
                         const char *type, const char *id, const char *value, bool chosen)
{
    html_void(view->html, "input", "class", "ds-input", "type", type, "id", id, "name", wiring->id,
              "value", value, "checked", chosen ? "" : NULL, "aria-describedby", wiring->error_id,
              "aria-invalid", wiring->invalid);
}

static void write_buttons(const struct control_view *view, const struct form_control *control,
                          const struct place *place, const struct answers_choice *choices,
                          size_t count)
{
    struct html *html = view->html;
    struct wiring wiring = begin_group(view, control, place, NULL);
    const char *type = control->kind == FORM_SELECT ? "checkbox" : "radio";
    for (size_t i = 0; i < count; i++) {
        char *id = arena_printf(html->arena, "%s-%zu", wiring.id, i + 1);
        html_open(html, "div", "class", "ds-field");
        write_button(view, &wiring, type, id, choices[i].value, choices[i].chosen);
        html_leaf(html, choices[i].label.text, "label", "class", "ds-label", "for", id, "lang",
                  control_lang(view, choices[i].label.language));
        html_close(html);
    }
    control_write_finding(view, control_finding(view, place), wiring.error_id);
    write_refresh(view, control);
    html_close(html);
}

static void write_choices(const struct control_view *view, const struct form_control *control,
                          const struct place *place)
{
    struct answers_choice *choices = NULL;
    size_t count =
        answers_choices(view->answers, view->html->arena, control, place, view->reading, &choices);
    if (is_open_list(control, count))
        write_open_list(view, control, place, choices, count);
    else
        write_buttons(view, control, place, choices, count);
}

/* One box to tick stands in a fieldset too: the legend names the matter, the label is what the
 * person says (section 4). */
static void write_tick(const struct control_view *view, const struct form_control *control,
                       const struct place *place)
{
    struct html *html = view->html;
    bool confirms = control->kind == FORM_TRIGGER;
    const char *legend_language = NULL;
    const char *name = control_text(view, control->short_name, place, &legend_language);
    const char *legend = message(view->language, confirms ? "control.confirm" : "control.tick");
    if (name && !confirms)
        legend = text_capital(html->arena, name);
    struct wiring wiring = begin_group(view, control, place, legend);
    char *id = arena_printf(html->arena, "%s-1", wiring.id);
    const char *value = confirms ? "OK" : "true";
    const char *stored = place_value(place);
    bool chosen = text_equal(stored, value) || text_equal(stored, "1");
    const char *language = NULL;
    const char *label = control_text(view, control->label, place, &language);
    html_open(html, "div", "class", "ds-field");
    write_button(view, &wiring, "checkbox", id, value, chosen);
    html_leaf(html, label ? label : own_name(control), "label", "class", "ds-label", "for", id,
              "lang", language);
    html_close(html);
    control_write_finding(view, control_finding(view, place), wiring.error_id);
    write_refresh(view, control);
    html_close(html);
}

/* ---- a date in three fields ---- */

static enum types_part wrong_part(const struct control_view *view, const struct place *place)
{
    const char *day, *month, *year, *stored;
    posted_date(view->html->arena, place, &day, &month, &year);
    struct types_problem problem = {0};
    if (types_parse_date(view->html->arena, day, month, year, view->reading, &stored, &problem))
        return TYPES_WHOLE;
    return problem.part;
}

static void write_date_part(const struct control_view *view, const struct wiring *wiring,
                            const char *autocomplete, const char *part, const char *ending,
                            const char *label, const char *value)
{
    struct html *html = view->html;
    char *id = arena_printf(html->arena, "%s%s", wiring->id, ending);
    const char *token = "off";
    if (text_equal(autocomplete, "bday"))
        token = part[0] == 'd' ? "bday-day" : part[0] == 'm' ? "bday-month" : "bday-year";
    html_open(html, "div", "class", "ds-field", "data-part", part);
    html_leaf(html, message(view->language, label), "label", "class", "ds-label", "for", id);
    html_void(html, "input", "class", "ds-input", "type", "text", "inputmode",
              part[0] == 'm' ? NULL : "numeric", "id", id, "name", id, "value", value,
              "autocomplete", token, "aria-describedby",
              part[0] == 'd' ? wiring->described_by : wiring->error_id, "aria-invalid",
              wiring->invalid);
    html_close(html);
}

static void write_date(const struct control_view *view, const struct form_control *control,
                       const struct place *place)
{
    struct html *html = view->html;
    struct wiring wiring = begin_group(view, control, place, NULL);
    wiring.described_by = control_described_by(html->arena, wiring.error_id, wiring.hint_id);
    control_write_finding(view, control_finding(view, place), wiring.error_id);
    const char *day, *month, *year;
    posted_date(html->arena, place, &day, &month, &year);
    html_open(html, "div", "class", "app-date");
    write_date_part(view, &wiring, control->autocomplete, "d", POSTED_DAY, "control.day", day);
    write_date_part(view, &wiring, control->autocomplete, "m", POSTED_MONTH, "control.month",
                    month);
    write_date_part(view, &wiring, control->autocomplete, "y", POSTED_YEAR, "control.year", year);
    html_close_to(html, html->depth - 2);
}

/* ---- all of them ---- */

void control_write(const struct control_view *view, const struct form_control *control,
                   const struct place *place)
{
    assert(control_is_question(control) && place);
    if (is_tick(control))
        write_tick(view, control, place);
    else if (control->kind == FORM_SELECT1 || control->kind == FORM_SELECT)
        write_choices(view, control, place);
    else if (control->kind == FORM_TEXTAREA)
        write_lines(view, control, place);
    else if (posted_is_date(control))
        write_date(view, control, place);
    else
        write_line(view, control, place);
}

void control_write_value(const struct control_view *view, const struct form_control *control,
                         const struct place *place, const struct place *from)
{
    struct html *html = view->html;
    const char *language = NULL;
    const char *label = control_text(view, control->label, place ? place : from, &language);
    struct form_shown value =
        control->kind == FORM_OUTPUT
            ? answers_output(view->answers, html->arena, control, from, view->reading)
            : answers_read(view->answers, html->arena, control, place, view->reading);
    html_open(html, "div");
    html_leaf(html, label ? label : own_name(control), "dt", "lang", language);
    bool empty = text_is_empty(value.text);
    html_open(html, "dd", "lang", empty ? NULL : control_lang(view, value.language));
    html_text(html, empty ? "–" : value.text);
    const char *hint = control_text(view, control->hint, place ? place : from, &language);
    html_leaf(html, hint, "span", "class", "app-dl__note", "lang", language);
    const char *origin = origin_text(html->arena, place, view->language);
    html_text(html, origin ? " " : "");
    html_leaf(html, origin, "span", "class", "app-dl__note");
    html_close_to(html, html->depth - 2);
}

char *control_target(const struct control_view *view, struct arena *arena,
                     const struct form_control *control, const struct place *place)
{
    char *id = place_id(arena, place);
    if (control->kind == FORM_UPLOAD)
        return arena_printf(arena, "%s%s", STEP_FILE_PREFIX, id);
    if (control->kind == FORM_REPEAT || !control_is_question(control))
        return id;
    if (is_tick(control) || control->kind == FORM_SELECT)
        return arena_printf(arena, "%s-1", id);
    if (control->kind == FORM_SELECT1) {
        struct answers_choice *choices = NULL;
        size_t count =
            answers_choices(view->answers, arena, control, place, view->reading, &choices);
        return is_open_list(control, count) ? id : arena_printf(arena, "%s-1", id);
    }
    if (control->kind != FORM_TEXTAREA && posted_is_date(control)) {
        enum types_part part = wrong_part(view, place);
        return arena_printf(arena, "%s%s", id,
                            part == TYPES_MONTH  ? POSTED_MONTH
                            : part == TYPES_YEAR ? POSTED_YEAR
                                                 : POSTED_DAY);
    }
    return id;
}

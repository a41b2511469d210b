#include "forms/validate.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/bind.h"
#include "forms/locale.h"
#include "forms/match.h"
#include "forms/posted.h"
#include "forms/schema.h"
#include "forms/types.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is being looked at: one place, shown by one control (NULL: by none). */
struct validation {
    struct answers *answers;
    struct arena *arena;
    const char *language; /* of our own messages and of what is put into them */
    const char *reading;  /* of the author's */
    const struct form_control *control;
    const struct place *place;
    const char *label; /* of the control, or NULL: not asked for yet */
};

static struct validation validation_of(struct answers *answers, struct arena *arena,
                                       const char *reading, const struct form_control *control,
                                       const struct place *place)
{
    return (struct validation){.answers = answers,
                               .arena = arena,
                               .language = form_site_language(answers->form, reading),
                               .reading = reading,
                               .control = control,
                               .place = place};
}

/* A message still to be said: of the fields' table, with what is to be filled in. */
struct message {
    const char *id;
    struct texts_arg args[8];
    size_t arg_count;
};

static void add_arg(struct message *message, const char *name, const char *value)
{
    assert(message->arg_count < COUNT(message->args));
    message->args[message->arg_count++] = (struct texts_arg){name, value};
}

static struct message message_of(const char *id)
{
    return (struct message){.id = id};
}

/* ---- Names of fields in messages ---- */

static const char *shown_text(const struct validation *at, const struct form_text *text)
{
    return answers_show(at->answers, at->arena, text, at->place, at->language).text;
}

static const char *label_of(const struct validation *at)
{
    if (at->label)
        return at->label;
    const char *label = at->control ? shown_text(at, at->control->label) : "";
    return *label ? label : at->place->field->name;
}

static bool is_question(const char *label)
{
    return text_ends_with(label, "?");
}

/* "Din inntekt" is "din inntekt" in running text; "IBAN" and "NAV-kontor" stay. */
static const char *in_running_text(struct arena *arena, const char *label)
{
    char *copy = arena_text(arena, label);
    size_t size = strlen(copy);
    if (size && copy[size - 1] == ':')
        copy[size - 1] = 0;
    char *folded = text_fold(arena, copy);
    const char *second = copy;
    (void)text_next(&second);
    if (!*second || strncmp(second, folded + (second - copy), 1) != 0)
        return copy; /* a second capital: an abbreviation */
    memcpy(copy, folded, (size_t)(second - copy));
    return copy;
}

/* The author's short name; else the label, unless it is a question. */
static const char *name_of(const struct validation *at)
{
    if (at->control && at->control->short_name)
        return shown_text(at, at->control->short_name);
    const char *label = label_of(at);
    if (is_question(label))
        return texts_find(&texts_fields, "name.answer", at->language).text;
    return in_running_text(at->arena, label);
}

static bool has_name(const struct validation *at)
{
    return (at->control && at->control->short_name) || !is_question(label_of(at));
}

/* A name that is missing in the reader's language brings its own sentence: "Enter din inntekt" is
 * none. */
static const char *language_of_name(const struct validation *at)
{
    const struct form_text *name = at->control ? at->control->short_name : NULL;
    if (!name && at->control)
        name = at->control->label;
    if (!name)
        return at->language;
    const char *found =
        answers_show(at->answers, at->arena, name, at->place, at->language).language;
    return texts_distance(at->language, found) < TEXTS_ANOTHER
               ? at->language
               : form_site_language(at->answers->form, found);
}

/* ---- Saying it ---- */

static void add_finding(const struct validation *at, const char *code, const char *text,
                        const char *language, struct finding_list *findings)
{
    finding_add(findings, &(struct finding){.severity = FINDING_ERROR,
                                            .place = place_path(at->arena, at->place),
                                            .code = code,
                                            .text = text,
                                            .language = language});
}

static void add_message(const struct validation *at, struct message message,
                        struct finding_list *findings)
{
    const char *name = name_of(at);
    add_arg(&message, "felt", name);
    struct texts_text said = texts_say(at->arena, &texts_fields, message.id, at->language,
                                       message.args, message.arg_count);
    add_finding(at, message.id, said.text, said.language, findings);
}

/* The author's own words, when there are any. */
static bool add_author_text(const struct validation *at, const char *code,
                            const struct form_text *text, struct finding_list *findings)
{
    if (!text)
        return false;
    struct form_shown shown = answers_show(at->answers, at->arena, text, at->place, at->reading);
    if (!*shown.text)
        return false;
    add_finding(at, code, shown.text, shown.language, findings);
    return true;
}

/* ---- Required ---- */

static bool is_missing(const struct validation *at)
{
    const struct place *place = at->place;
    if (!bind_is_required(at->answers, place) || place->field->is_group)
        return false;
    if (at->control && at->control->kind == FORM_INPUT && place->field->type == TYPE_BOOLEAN)
        return strcmp(place_value(place), "true") != 0 && strcmp(place_value(place), "1") != 0;
    return !place_is_filled(place);
}

static const char *required_id(const struct validation *at)
{
    const struct form_control *control = at->control;
    enum form_kind kind = control ? control->kind : FORM_INPUT;
    bool boolean = at->place->field->type == TYPE_BOOLEAN && kind == FORM_INPUT;
    if (kind == FORM_TRIGGER || boolean)
        return "req.confirm";
    if (kind == FORM_UPLOAD)
        return "req.file";
    if (!has_name(at))
        return "req.question";
    if (kind == FORM_SELECT)
        return "req.multi";
    if (kind == FORM_SELECT1)
        return "req.choice";
    return at->place->field->type == TYPE_DATE ? "req.date" : "req.text";
}

static void say_required(const struct validation *at, struct finding_list *findings)
{
    struct message message = message_of(required_id(at));
    if (add_author_text(at, message.id, at->place->field->required_message, findings))
        return;
    add_arg(&message, "ledetekst", label_of(at));
    add_arg(&message, "utsagn",
            at->control && at->control->short_name ? shown_text(at, at->control->short_name)
                                                   : in_running_text(at->arena, label_of(at)));
    add_message(at, message, findings);
}

/* ---- Type ---- */

static bool type_is_wrong(const struct validation *at, struct types_problem *problem)
{
    const struct place *place = at->place;
    if (place->field->is_group || !*place_value(place) || place->field->type == TYPE_BINARY ||
        (place->field->control && place->field->control->kind == FORM_UPLOAD)) /* a file's name */
        return false;
    if (place->field->schema)
        return !schema_check(at->arena, place->field->schema, place_value(place), at->language,
                             problem);
    if (types_check(at->arena, place->field->type, place_value(place), at->language, problem))
        return false;
    if (!problem || place->field->type != TYPE_DATE)
        return true;

    /* three fields as they were typed, joined by posted_apply: tell which of them is wrong */
    const char *day, *month, *year, *stored;
    posted_date(at->arena, place, &day, &month, &year);
    struct types_problem parts;
    if ((*day || *month || *year) &&
        !types_parse_date(at->arena, day, month, year, at->language, &stored, &parts))
        *problem = parts;
    return true;
}

static void say_type(const struct validation *at, const struct types_problem *problem,
                     struct finding_list *findings)
{
    struct message message = message_of(problem->id);
    for (size_t i = 0; i < problem->arg_count; i++)
        add_arg(&message, problem->args[i].name, problem->args[i].value);
    add_message(at, message, findings);
}

/* ---- sk:min and sk:max ---- */

static const char *number_for_people(const struct validation *at, double number)
{
    char *decimal = xpath_number_text(at->arena, number);
    return at->place->field->type == TYPE_BELOP ? locale_amount(at->arena, decimal, at->language)
                                                : locale_number(at->arena, decimal, at->language);
}

static bool number_is_out(const struct validation *at, struct message *out)
{
    const struct form_control *control = at->control;
    double number = strtod(place_value(at->place), NULL);
    bool low = control->has_min && number < control->min;
    bool high = control->has_max && number > control->max;
    if (!low && !high)
        return false;
    *out = message_of(control->has_min && control->has_max ? "num.range"
                      : low                                ? "num.min"
                                                           : "num.max");
    if (control->has_min)
        add_arg(out, "min", number_for_people(at, control->min));
    if (control->has_max)
        add_arg(out, "maks", number_for_people(at, control->max));
    return true;
}

static bool length_is_out(const struct validation *at, struct message *out)
{
    const struct form_control *control = at->control;
    double length = (double)text_length(place_value(at->place));
    if (control->has_min && length < control->min) {
        *out = message_of("len.min");
        add_arg(out, "n", locale_integer(at->arena, (int64_t)control->min, at->language));
        return true;
    }
    if (control->has_max && length > control->max) {
        *out = message_of("len.max");
        add_arg(out, "n", locale_integer(at->arena, (int64_t)control->max, at->language));
        add_arg(out, "over",
                locale_integer(at->arena, (int64_t)(length - control->max), at->language));
        return true;
    }
    return false;
}

static bool limits_are_passed(const struct validation *at, struct message *out)
{
    const struct form_control *control = at->control;
    if (!control || (!control->has_min && !control->has_max) || !*place_value(at->place))
        return false;
    switch (control->kind) {
    case FORM_INPUT:
    case FORM_SECRET:
    case FORM_TEXTAREA:
    case FORM_RANGE:
        return types_is_number(at->place->field->type) ? number_is_out(at, out)
                                                       : length_is_out(at, out);
    default:
        return false;
    }
}

/* ---- Choices ---- */

static bool choice_is_unknown(const struct validation *at)
{
    const struct form_control *control = at->control;
    const char *value = place_value(at->place);
    bool all = true;
    if (control && control->items && *value)
        (void)answers_offered(at->answers, at->arena, control, at->place, value, &all);
    return !all;
}

/* ---- Documents ---- */

static const char *date_for_people(const struct validation *at, int64_t days)
{
    int year, month, day;
    clock_date(days, &year, &month, &day);
    return locale_date(at->arena, arena_printf(at->arena, "%04d-%02d-%02d", year, month, day),
                       at->language);
}

static bool document_is_wrong(const struct validation *at, struct message *out)
{
    const struct form_upload *upload = at->control ? at->control->upload : NULL;
    int64_t today = answers_today(at->answers);
    for (size_t i = 0; upload && i < at->place->attachment_count; i++) {
        const struct attachment_info *info = &at->place->attachments[i];
        const struct form_match *match;
        const char *code = match_document(upload, info, today, &match);
        if (!code)
            continue;
        struct form_duration age = text_equal(code, "match.new") ? match->min_age : match->max_age;
        *out = message_of(code);
        add_arg(out, "fil", info->name ? info->name : "");
        add_arg(out, "utsteder", match_issuers(at->answers, at->arena, match));
        add_arg(out, "alder", match_age(at->arena, age, at->language));
        add_arg(out, "dato", date_for_people(at, form_duration_add(today, age, -1)));
        return true;
    }
    return false;
}

/* ---- One place ---- */

/* Says what is wrong, when anybody listens. */
static enum validate_reason judge(const struct validation *at, struct finding_list *findings)
{
    if (!at->place->relevant)
        return VALIDATE_OK;
    if (is_missing(at)) {
        if (findings)
            say_required(at, findings);
        return VALIDATE_REQUIRED;
    }
    struct types_problem problem = {0};
    if (type_is_wrong(at, &problem)) {
        if (findings)
            say_type(at, &problem, findings);
        return VALIDATE_TYPE;
    }
    struct message message;
    if (limits_are_passed(at, &message) || document_is_wrong(at, &message)) {
        if (findings)
            add_message(at, message, findings);
        return VALIDATE_CONSTRAINT;
    }
    bool unknown = choice_is_unknown(at);
    if (!unknown && bind_holds(at->answers, at->place))
        return VALIDATE_OK;
    const char *code = unknown ? "choice.unknown" : "constraint";
    const struct form_text *alert = at->control ? at->control->alert : NULL;
    if (findings &&
        !(!unknown && (add_author_text(at, code, at->place->field->constraint_message, findings) ||
                       add_author_text(at, code, alert, findings))))
        add_message(at, message_of(code), findings);
    return VALIDATE_CONSTRAINT;
}

enum validate_reason validate_place(struct answers *answers, const struct place *place)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct validation at =
        validation_of(answers, arena, answers->language, place->field->control, place);
    return judge(&at, NULL);
}

/* ---- Pages and the whole ---- */

struct round {
    struct answers *answers;
    const char *language;
    struct finding_list *findings;
    bool *seen; /* by field number: shown by a control; NULL: not asked */
    bool quiet; /* only whether something is wrong */
    bool wrong;
};

static void check_place(struct round *round, const struct form_control *control,
                        const struct place *place)
{
    struct validation at =
        validation_of(round->answers, round->findings->arena, round->language, control, place);
    if (judge(&at, NULL) == VALIDATE_OK)
        return; /* as most are: a path and a label cost more than this */
    round->wrong = true;
    if (round->quiet || finding_find(round->findings, place_path(at.arena, place)))
        return;
    at.language = language_of_name(&at);
    at.label = label_of(&at);
    (void)judge(&at, round->findings);
}

static void check_control(struct round *round, const struct form_control *control,
                          const struct place *from);

static void check_children(struct round *round, const struct form_control *control,
                           const struct place *from)
{
    for (const struct form_control *child = control->first_child; child; child = child->next)
        if (!round->quiet || !round->wrong)
            check_control(round, child, from);
}

static void check_row_count(struct round *round, const struct form_control *repeat,
                            const struct place *parent, size_t count)
{
    bool few = repeat->has_min && (double)count < repeat->min;
    bool many = repeat->has_max && (double)count > repeat->max;
    if (!few && !many)
        return;
    round->wrong = true;
    if (round->quiet)
        return;
    struct validation at =
        validation_of(round->answers, round->findings->arena, round->language, repeat, parent);
    at.language = language_of_name(&at);
    struct message message = message_of(few ? "group.min" : "group.max");
    add_arg(&message, "n",
            locale_integer(at.arena, (int64_t)(few ? repeat->min : repeat->max), at.language));
    add_arg(&message, "navn", name_of(&at));
    add_message(&at, message, round->findings);
}

static void check_control(struct round *round, const struct form_control *control,
                          const struct place *from)
{
    if (round->seen && control->field)
        round->seen[control->field->number] = true;
    bool is_page = !round->seen; /* what is closed there is checked when all is */
    if (is_page ? !answers_is_open(round->answers, control, from)
                : !answers_is_shown(round->answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **rows;
        size_t count = answers_rows(round->answers, round->findings->arena, control, from, &rows);
        check_row_count(round, control, answers_at(round->answers, control->field->parent, from),
                        count);
        for (size_t i = 0; i < count; i++)
            if (rows[i]->relevant)
                check_children(round, control, rows[i]);
        return;
    }
    const struct place *place = answers_shown(round->answers, control, from);
    if (control->field && control->kind != FORM_OUTPUT && control->kind != FORM_BUTTON)
        check_place(round, control, place);
    check_children(round, control, place);
}

void validate_page(struct answers *answers, const struct form_page *page, const char *language,
                   struct finding_list *findings)
{
    struct round round = {.answers = answers, .language = language, .findings = findings};
    check_control(&round, page->control, NULL);
}

bool validate_page_is_done(struct answers *answers, const struct form_page *page)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list none;
    finding_list_init(&none, arena);
    struct round round = {
        .answers = answers, .language = answers->language, .findings = &none, .quiet = true};
    check_control(&round, page->control, NULL);
    return !round.wrong;
}

static void check_unseen(struct place *place, void *context)
{
    check_place(context, NULL, place);
}

void validate_all(struct answers *answers, const char *language, struct finding_list *findings)
{
    const struct form *form = answers->form;
    struct round round = {.answers = answers,
                          .language = language,
                          .findings = findings,
                          .seen = ARENA_ARRAY(findings->arena, form->field_count, bool)};
    answers_recalculate(answers);
    for (size_t i = 0; i < form->page_count; i++)
        check_control(&round, form->pages[i].control, NULL);
    for (size_t i = 0; i < form->control_count; i++) /* what lies in a hidden page is not unseen */
        if (form->controls[i]->field)
            round.seen[form->controls[i]->field->number] = true;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = form->fields[i];
        bool bound = field->required || field->constraint || field->has_type;
        if (bound && !round.seen[i])
            place_each(answers->root, field, check_unseen, &round);
    }
    if (!answers_trouble(answers))
        return;
    struct texts_text said =
        texts_find(&texts_fields, "not.calculated", form_site_language(form, language));
    finding_add(findings, &(struct finding){.severity = FINDING_ERROR,
                                            .code = "expression",
                                            .text = said.text,
                                            .language = said.language});
}

const struct form_page *validate_page_of(const struct form *form, const struct form_field *field)
{
    for (const struct form_control *at = field->control; at; at = at->parent)
        for (size_t i = 0; i < form->page_count; i++)
            if (form->pages[i].control == at)
                return &form->pages[i];
    return NULL;
}

#include "engine/try_case.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/prefill.h"
#include "engine/try_see.h"
#include "forms/likeness.h"

#include <assert.h>
#include <string.h>

enum {
    DOCUMENT_BYTES = 100000, /* a case has names of documents, no files */
};

static void add_difference(struct try_result *out, struct arena *arena,
                           struct try_difference difference)
{
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? out->capacity * 2 : 8;
        struct try_difference *grown = ARENA_ARRAY(arena, out->capacity, struct try_difference);
        if (out->count)
            memcpy(grown, out->items, out->count * sizeof *grown);
        out->items = grown;
    }
    out->items[out->count++] = difference;
}

/* ---- Places ---- */

/* "/data/barn[2]" of the place's field at that depth; false: no such row, or it is not said which.
 */
static bool find_path(struct trial *trial, const struct cases_place *named,
                      const struct form_field *field, struct buf *path)
{
    if (field->parent && !find_path(trial, named, field->parent, path))
        return false;
    buf_add_text(path, strrchr(field->path, '/'));
    if (!field->is_repeat)
        return true;
    const struct place *first = answers_find(trial->answers, buf_text(path));
    int count = first ? place_row_count(first) : 0, row = named->rows[field->depth];
    if (row ? row <= count : count == 1) {
        buf_printf(path, "[%d]", row ? row : 1);
        return true;
    }
    if (!count)
        trial->why = arena_printf(trial->arena, "there is no %s; 'add %s' comes first", field->name,
                                  field->name);
    else if (!row)
        trial->why = arena_printf(trial->arena, "there are %d %s; say which: '%s 1'", count,
                                  field->name, field->name);
    else
        trial->why = arena_printf(trial->arena, "there is no %s %d, only %d; 'add %s' comes first",
                                  field->name, row, count, field->name);
    return false;
}

struct place *try_place(struct trial *trial, const struct cases_place *named)
{
    struct buf path;
    buf_init(&path, trial->arena);
    if (!find_path(trial, named, named->field, &path))
        return NULL;
    struct place *place = answers_find(trial->answers, buf_text(&path));
    if (!place)
        trial->why = arena_printf(trial->arena, "there is no %s", named->written);
    return place;
}

struct place *try_around(struct trial *trial, const struct cases_place *named)
{
    struct buf path;
    buf_init(&path, trial->arena);
    const struct form_field *parent = named->field->parent;
    return parent && find_path(trial, named, parent, &path)
               ? answers_find(trial->answers, buf_text(&path))
               : NULL;
}

bool try_is_shown(struct trial *trial, const struct form_control *control,
                  const struct place *place)
{
    if (!place_is_relevant(place))
        return false;
    for (; control; control = control->parent)
        if (!answers_is_open(trial->answers, control, place))
            return false;
    return true;
}

/* ---- What happens ---- */

/* Says why the form does not let the citizen do something, and is false. */
#define FORBID(trial, ...)                                                                         \
    ((trial)->is_forbidden = true, (trial)->why = arena_printf((trial)->arena, __VA_ARGS__), false)

static bool worked(struct trial *trial, bool good, const struct error *err)
{
    return good || FORBID(trial, "%s", err->text);
}

/* The citizen begins, or takes the draft up again on another day. */
static bool begin_day(struct trial *trial, int64_t moment)
{
    trial->now = moment;
    if (!trial->answers)
        return true;
    struct error err = {0};
    struct answers *again;
    struct bytes draft = answers_write(trial->answers, trial->arena, ANSWERS_DRAFT);
    if (!answers_load(trial->form, moment, draft, &again, &err))
        return worked(trial, false, &err);
    answers_close(&trial->answers);
    trial->answers = again;
    return true;
}

/* What the control asks now, or NULL: it is not asked. */
static struct place *asked_place(struct trial *trial, const struct cases_step *step,
                                 const struct form_control **control)
{
    *control = cases_control(trial->form, step->places->field);
    assert(*control); /* cases_parse looked */
    struct place *place = try_place(trial, step->places);
    if (!place)
        return NULL;
    if (try_is_shown(trial, *control, place) && !place_is_readonly(trial->answers, place))
        return place;
    (void)FORBID(trial, "the citizen cannot answer '%s' here: it is %s", step->places->written,
                 try_is_shown(trial, *control, place) ? "only to be read" : "hidden");
    return NULL;
}

/* The value of the choice that is meant by its value or by the words the citizen sees. */
static const char *choice_of(struct trial *trial, const struct answers_choice *choices,
                             size_t count, const char *written)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(choices[i].value, written))
            return choices[i].value;
    for (size_t i = 0; i < count; i++)
        if (text_equal(try_plain(trial->arena, choices[i].label.text), written))
            return choices[i].value;
    struct likeness likeness = {.wanted = written};
    struct buf offered;
    buf_init(&offered, trial->arena);
    for (size_t i = 0; i < count; i++) {
        likeness_compare(&likeness, choices[i].value);
        buf_printf(&offered, "%s%s", i ? ", " : "", choices[i].value);
    }
    (void)FORBID(
        trial, "'%s' is not offered%s It is one of: %s", text_cut(trial->arena, written, 60),
        likeness.nearest ? likeness_suggestion(trial->arena, &likeness) : ".", buf_text(&offered));
    return NULL;
}

static bool choose(struct trial *trial, const struct form_control *control, struct place *place,
                   const char *written, const char **value)
{
    struct answers_choice *choices;
    size_t count =
        answers_choices(trial->answers, trial->arena, control, place, trial->language, &choices);
    struct buf chosen;
    buf_init(&chosen, trial->arena);
    for (const char *at = written; *at;) {
        size_t size = control->kind == FORM_SELECT ? strcspn(at, ",\n") : strlen(at);
        const char *one =
            text_trim(trial->arena, arena_printf(trial->arena, "%.*s", (int)size, at));
        at += size + (at[size] != 0);
        const char *found = choice_of(trial, choices, count, one);
        if (!found)
            return false;
        buf_printf(&chosen, "%s%s", chosen.size ? " " : "", found);
    }
    *value = buf_text(&chosen);
    return true;
}

static bool answer(struct trial *trial, const struct cases_step *step)
{
    const struct form_control *control;
    struct place *place = asked_place(trial, step, &control);
    if (!place)
        return false;
    const char *value = step->text;
    struct types_problem problem;
    if (control->items) {
        if (!choose(trial, control, place, step->text, &value))
            return false;
    } else if (!types_parse(trial->arena, place_field(place)->type, step->text, trial->language,
                            &value, &problem)) {
        value = step->text; /* kept as typed, for validation to find */
    }
    struct error err = {0};
    return worked(trial, answers_set(trial->answers, place, value, &err), &err);
}

static bool tick(struct trial *trial, const struct cases_step *step)
{
    const struct form_control *control;
    struct place *place = asked_place(trial, step, &control);
    if (!place)
        return false;
    bool ticked = step->kind == CASES_TICK;
    const char *value = ticked ? "true" : place_is_required(trial->answers, place) ? "" : "false";
    if (control->kind == FORM_TRIGGER)
        value = ticked ? "OK" : "";
    struct error err = {0};
    return worked(trial, answers_set(trial->answers, place, value, &err), &err);
}

static bool add_row(struct trial *trial, const struct cases_step *step)
{
    const struct form_field *field = step->places->field;
    const struct form_control *repeat = cases_control(trial->form, field);
    struct place *around = try_around(trial, step->places), *row;
    if (!around)
        return false;
    if (!repeat || !try_is_shown(trial, repeat, around) ||
        !answers_can_add(trial->answers, repeat, around))
        return FORBID(trial, "the citizen cannot add %s here", field->name);
    struct error err = {0};
    return worked(trial, answers_add(trial->answers, repeat, around, &row, &err), &err);
}

static bool remove_row(struct trial *trial, const struct cases_step *step)
{
    const struct form_control *repeat = cases_control(trial->form, step->places->field);
    struct place *row = try_place(trial, step->places);
    if (!row)
        return false;
    if (!repeat || !try_is_shown(trial, repeat, row) ||
        !answers_can_remove(trial->answers, repeat, row))
        return FORBID(trial, "the citizen cannot remove %s here", step->places->written);
    answers_remove(trial->answers, row);
    return true;
}

static bool remove_document(struct trial *trial, const struct cases_step *step)
{
    const struct form_control *control;
    struct place *place = asked_place(trial, step, &control);
    if (!place)
        return false;
    struct attachment_info *given;
    size_t count = place_attachments(place, trial->arena, &given);
    for (size_t i = 0; i < count; i++)
        if (text_equal(given[i].name, step->text))
            return answers_detach(trial->answers, place,
                                  arena_text(trial->arena, given[i].document));
    return FORBID(trial, "'%s' was not attached", text_cut(trial->arena, step->text, 60));
}

/* ---- Buttons of the form's own ---- */

struct search {
    struct trial *trial;
    const struct cases_step *step;
    const struct place *row;           /* the button is in it; NULL: anywhere */
    const struct form_control *button; /* found */
    struct place *at;                  /* where it stands, or NULL */
    size_t count;
};

static void find_buttons(struct search *search, const struct form_control *control,
                         struct place *from, bool is_there)
{
    struct trial *trial = search->trial;
    if (!answers_is_open(trial->answers, control, from))
        return;
    struct place *place = answers_shown(trial->answers, control, from), **rows = &place;
    if (control->kind == FORM_BUTTON && is_there) {
        const char *words =
            answers_show(trial->answers, trial->arena, control->label, place, trial->language).text;
        if (text_equal(try_plain(trial->arena, words), search->step->text)) {
            search->button = control;
            search->at = place;
            search->count++;
        }
        return;
    }
    size_t count = control->kind == FORM_REPEAT
                       ? answers_rows(trial->answers, trial->arena, control, from, &rows)
                       : 1;
    for (size_t i = 0; i < count; i++)
        for (const struct form_control *c = control->first_child; c; c = c->next)
            find_buttons(search, c, rows[i],
                         is_there || (control->kind == FORM_REPEAT && rows[i] == search->row));
}

static bool press(struct trial *trial, const struct cases_step *step)
{
    struct search search = {.trial = trial, .step = step};
    if (step->place_count && !(search.row = try_place(trial, step->places)))
        return false;
    size_t count;
    const struct form_page *pages = form_pages(trial->form, &count);
    for (size_t i = 0; i < count; i++)
        find_buttons(&search, pages[i].control, NULL, !search.row);
    if (!search.count)
        return FORBID(trial, "there is no button '%s'", text_cut(trial->arena, step->text, 60));
    if (search.count > 1) {
        trial->why = arena_printf(trial->arena,
                                  "there are %zu buttons '%s'; say in which row: 'press barn 2 = "
                                  "%s'",
                                  search.count, step->text, step->text);
        return false;
    }
    answers_press(trial->answers, search.button, search.at);
    return true;
}

/* ---- Documents ---- */

static const char *file_type(const char *name)
{
    if (text_ends_with(name, ".jpg") || text_ends_with(name, ".jpeg"))
        return "JPG";
    return text_ends_with(name, ".png") ? "PNG" : "PDF";
}

static bool offers(const struct form_upload *upload, enum form_source source)
{
    for (size_t i = 0; i < upload->source_count; i++)
        if (upload->sources[i] == source)
            return true;
    return false;
}

/* As the receipt tells of it. */
static void remember_document(struct trial *trial, const char *id,
                              const struct cases_document *document)
{
    struct outline_attached *grown =
        ARENA_ARRAY(trial->arena, trial->document_count + 1, struct outline_attached);
    if (trial->document_count)
        memcpy(grown, trial->documents, trial->document_count * sizeof *grown);
    trial->documents = grown;
    grown[trial->document_count++] = (struct outline_attached){
        .id = id,
        .document = {.name = document->name,
                     .type = file_type(document->name),
                     .size_bytes = DOCUMENT_BYTES,
                     .origin =
                         document->from_postbox ? OUTLINE_ORIGIN_ISSUER : OUTLINE_ORIGIN_UPLOADED,
                     .issuer = document->issuer,
                     .issuer_number = document->issuer_number,
                     .attached_at = trial->now,
                     .sha256_hex = ""}};
}

static bool attach(struct trial *trial, const struct cases_step *step)
{
    const struct cases_document *document = &step->document;
    const struct form_control *control;
    struct place *place = asked_place(trial, step, &control);
    if (!place)
        return false;
    if (!offers(control->upload, document->from_postbox ? FORM_SOURCE_POSTBOX : FORM_SOURCE_DISK))
        return FORBID(trial, "'%s' takes no document %s (sk:sources)", step->places->written,
                      document->from_postbox ? "from the postbox" : "that is uploaded");
    const char *id = arena_printf(trial->arena, "%zu", trial->document_count + 1);
    const struct attachment_info info = {
        .source = document->from_postbox ? "postbox" : "disk",
        .document = id,
        .name = document->name,
        .issuer = document->issuer_number,
        .issued = document->issued,
        .verified = document->from_postbox ? "origin" : "",
        .verdict = document->from_postbox ? "issuer" : "uploaded",
    };
    struct error err = {0};
    if (!answers_attach(trial->answers, place, &info, &err))
        return worked(trial, false, &err);
    remember_document(trial, id, document);
    return true;
}

static bool promise(struct trial *trial, const struct cases_step *step)
{
    const struct form_control *control;
    struct place *place = asked_place(trial, step, &control);
    if (!place)
        return false;
    if (!offers(control->upload, FORM_SOURCE_LATER))
        return FORBID(trial, "'%s' cannot be sent later (sk:sources)", step->places->written);
    answers_send_later(trial->answers, place, true);
    return true;
}

/* ---- What is known already ---- */

static struct prefills_question *question_of(struct trial *trial, const struct cases_step *step)
{
    for (size_t i = 0; i < trial->known_count; i++)
        if (text_equal(trial->known[i].source, step->fact->source) &&
            text_equal(trial->known[i].about, step->number))
            return &trial->known[i];
    struct prefills_question *grown =
        ARENA_ARRAY(trial->arena, trial->known_count + 1, struct prefills_question);
    if (trial->known_count)
        memcpy(grown, trial->known, trial->known_count * sizeof *grown);
    trial->known = grown;
    grown[trial->known_count] =
        (struct prefills_question){.source = step->fact->source, .about = step->number};
    return &grown[trial->known_count++];
}

/* A register says it, perhaps otherwise than before. */
static void hear(struct trial *trial, const struct cases_step *step)
{
    struct prefills_question *question = question_of(trial, step);
    struct prefills_fact *facts =
        ARENA_ARRAY(trial->arena, question->fact_count + 1, struct prefills_fact);
    size_t count = 0;
    for (size_t i = 0; i < question->fact_count; i++)
        if (!text_equal(question->facts[i].word, step->fact->word))
            facts[count++] = question->facts[i];
    if (*step->text)
        facts[count++] = (struct prefills_fact){step->fact->word, step->text};
    question->facts = facts;
    question->fact_count = count;
    question->state = count ? PREFILLS_FOUND : PREFILLS_NOTHING;
    question->answered_at = trial->now;
}

/* As each opening of a draft does. */
static bool take_in(struct trial *trial)
{
    struct error err = {0};
    return !trial->answers || worked(trial,
                                     prefill_take_in(trial->arena, trial->answers, trial->known,
                                                     trial->known_count, &err),
                                     &err);
}

static bool take_in_citizen(struct trial *trial)
{
    if (!trial->citizen)
        return true;
    struct error err = {0};
    const struct citizen citizen = {.pid = trial->citizen->number, .name = trial->citizen->text};
    clock_set(trial->now); /* the day it was fetched */
    return worked(trial, prefill_from_login(trial->arena, trial->answers, &citizen, &err), &err);
}

static bool begin_answers(struct trial *trial)
{
    if (trial->answers)
        return true;
    trial->answers = answers_open(trial->form, trial->now);
    return take_in_citizen(trial) && take_in(trial);
}

/* ---- The case ---- */

/* What the citizen does; false: see trial->why. */
static bool act(struct trial *trial, const struct cases_step *step)
{
    switch (step->kind) {
    case CASES_ANSWER:
        return answer(trial, step);
    case CASES_TICK:
    case CASES_UNTICK:
        return tick(trial, step);
    case CASES_ADD:
        return add_row(trial, step);
    case CASES_REMOVE:
        return step->places->field->is_repeat ? remove_row(trial, step)
                                              : remove_document(trial, step);
    case CASES_ATTACH:
        return attach(trial, step);
    case CASES_LATER:
        return promise(trial, step);
    case CASES_PRESS:
        return press(trial, step);
    default:
        assert(false && "an expectation is seen, not acted");
        return false;
    }
}

/* The same, or that it is forbidden when the step says so. */
static bool act_as_said(struct trial *trial, const struct cases_step *step)
{
    trial->is_forbidden = false;
    if (!act(trial, step))
        return step->cannot && trial->is_forbidden;
    trial->why = "the citizen can do this";
    return !step->cannot;
}

static bool take_step(struct trial *trial, const struct cases_step *step, struct try_result *out)
{
    if (step->kind == CASES_TODAY)
        return begin_day(trial, step->moment);
    if (step->kind == CASES_LANGUAGE) {
        trial->language = step->text;
        return true;
    }
    if (step->kind == CASES_CITIZEN) {
        trial->citizen = step;
        return true;
    }
    if (step->kind == CASES_KNOWN) {
        hear(trial, step);
        return take_in(trial);
    }
    if (!begin_answers(trial))
        return false;
    if (!cases_is_expectation(step->kind))
        return act_as_said(trial, step) && take_in(trial);
    struct try_difference seen = {.step = step};
    if (!try_see(trial, step, &seen.expected, &seen.got))
        return false;
    if (strcmp(seen.expected, seen.got) != 0)
        add_difference(out, trial->arena, seen);
    return true;
}

static void close_trial(struct trial *trial)
{
    answers_close(&trial->answers);
}

/* False when the case is over. */
static bool take_steps(struct trial *trial, const struct cases_step *const *steps, size_t count,
                       struct try_result *out)
{
    for (size_t i = 0; i < count; i++)
        if (!take_step(trial, steps[i], out)) {
            add_difference(out, trial->arena,
                           (struct try_difference){.step = steps[i], .why = trial->why});
            return false;
        }
    return true;
}

void try_case(struct arena *arena, const struct form *form, const struct frame_agency *agency,
              const struct cases_file *file, const struct cases_case *what, struct try_result *out)
{
    *out = (struct try_result){0};
    CLEANUP(close_trial)
    struct trial trial = {
        .arena = arena, .form = form, .agency = agency, .language = form_language(form, "nb")};
    if (take_steps(&trial, file->common, file->common_count, out))
        (void)take_steps(&trial, what->steps, what->step_count, out);
}

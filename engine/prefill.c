#include "engine/prefill.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/prefills.h"

#include <string.h>

static char *today(struct arena *arena, int64_t at)
{
    struct clock_time t = clock_oslo(at);
    return arena_printf(arena, "%04d-%02d-%02d", t.year, t.month, t.day);
}

/* ---- the fields that can be filled in ---- */

struct spot {
    struct place *place;
    const struct form_prefill *prefill;
    const char *about; /* the organisation number answered; "": the citizen; NULL: not answered */
};

struct spots {
    struct arena *arena;
    struct answers *answers;
    struct spot *items;
    size_t count, capacity;
};

/* Nothing is asked of a register before the number is one. */
static const char *number_for(struct spots *spots, const struct place *place)
{
    const struct form_prefill *prefill = place_field(place)->prefill;
    const struct place *by = prefill->by ? answers_at(spots->answers, prefill->by, place) : NULL;
    const char *stored;
    struct types_problem problem;
    if (!by || !place_is_relevant(by) ||
        !types_parse(spots->arena, TYPE_ORGNR, place_value(by), "nb", &stored, &problem) ||
        !*stored)
        return NULL;
    return stored;
}

static void add_spot(struct place *place, void *context)
{
    struct spots *spots = context;
    if (spots->count == spots->capacity) {
        spots->capacity = spots->capacity ? spots->capacity * 2 : 8;
        struct spot *grown = ARENA_ARRAY(spots->arena, spots->capacity, struct spot);
        if (spots->count)
            memcpy(grown, spots->items, spots->count * sizeof *grown);
        spots->items = grown;
    }
    const struct form_prefill *prefill = place_field(place)->prefill;
    spots->items[spots->count++] = (struct spot){
        .place = place,
        .prefill = prefill,
        .about = prefill->fact->by_number ? number_for(spots, place) : "",
    };
}

static struct spots find_spots(struct arena *arena, struct answers *answers)
{
    struct spots spots = {.arena = arena, .answers = answers};
    size_t count;
    const struct form_field *const *fields = form_fields(answers_form(answers), &count);
    for (size_t i = 0; i < count; i++)
        if (fields[i]->prefill)
            answers_each(answers, fields[i], add_spot, &spots);
    return spots;
}

/* ---- the login ---- */

bool prefill_from_login(struct arena *arena, struct answers *answers, const struct citizen *citizen,
                        struct error *err)
{
    struct spots spots = find_spots(arena, answers);
    const struct place_origin origin = {PREFILL_LOGIN, today(arena, clock_now())};
    for (size_t i = 0; i < spots.count; i++) {
        const struct spot *spot = &spots.items[i];
        bool is_name = text_equal(spot->prefill->fact->word, "person.name");
        const char *value = is_name ? citizen->name : citizen->pid;
        if (!text_equal(spot->prefill->fact->source, PREFILL_LOGIN) || *place_value(spot->place) ||
            !*value)
            continue;
        if (!answers_prefill(answers, spot->place, value, &origin, err))
            return false;
    }
    return true;
}

/* ---- asking ---- */

static bool is_set_up(const struct deliver_registers *registers, const char *source)
{
    for (size_t i = 0; i < registers->count; i++)
        if (text_equal(registers->sources[i].name, source))
            return true;
    return false;
}

static const struct prefills_question *
question_of(const struct spot *spot, const struct prefills_question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(questions[i].source, spot->prefill->fact->source) &&
            text_equal(questions[i].about, spot->about))
            return &questions[i];
    return NULL;
}

bool prefill_ask(struct arena *arena, struct db *db, const struct deliver_registers *registers,
                 struct answers *answers, const char *citizen_id, const char *draft_id,
                 const struct prefills_question *before, size_t count, bool *asked,
                 struct error *err)
{
    struct spots spots = find_spots(arena, answers);
    *asked = false;
    for (size_t i = 0; i < spots.count; i++) {
        const struct spot *spot = &spots.items[i];
        const char *source = spot->prefill->fact->source;
        if (!spot->about || !is_set_up(registers, source) || question_of(spot, before, count))
            continue;
        struct error why;
        if (!prefills_ask(db, citizen_id, draft_id, source, spot->about, &why)) {
            if (why.code == ERROR_LIMIT) /* somebody tries out numbers: they type the name */
                continue;
            *err = why;
            return false;
        }
        *asked = true;
    }
    return true;
}

/* ---- taking in ---- */

static const char *fact_of(const struct prefills_question *question, const char *word)
{
    for (size_t i = 0; question && i < question->fact_count; i++)
        if (text_equal(question->facts[i].word, word))
            return question->facts[i].value;
    return NULL;
}

/* Empty and untouched, or from the same register as it was. */
static bool may_take(const struct spot *spot)
{
    const struct place_origin *origin = place_origin(spot->place);
    return origin ? text_equal(origin->source, spot->prefill->fact->source)
                  : !*place_value(spot->place);
}

static bool take_in(struct arena *arena, struct answers *answers, const struct spot *spot,
                    const struct prefills_question *question, struct error *err)
{
    const char *value = fact_of(question, spot->prefill->fact->word), *stored;
    const struct place_origin *now = place_origin(spot->place);
    struct types_problem problem;
    if (!value && now && spot->prefill->fact->by_number) /* of another number than the one there */
        return answers_prefill(answers, spot->place, "", NULL, err);
    if (!value ||
        !types_parse(arena, place_field(spot->place)->type, value, "nb", &stored, &problem))
        return true; /* asked for instead */
    const struct place_origin origin = {spot->prefill->fact->source,
                                        today(arena, question->answered_at)};
    if (now && text_equal(now->date, origin.date) && text_equal(place_value(spot->place), stored))
        return true;
    return answers_prefill(answers, spot->place, stored, &origin, err);
}

bool prefill_take_in(struct arena *arena, struct answers *answers,
                     const struct prefills_question *questions, size_t count, struct error *err)
{
    struct spots spots = find_spots(arena, answers);
    answers_begin(answers);
    bool good = true;
    for (size_t i = 0; good && i < spots.count; i++) {
        const struct spot *spot = &spots.items[i];
        if (text_equal(spot->prefill->fact->source, PREFILL_LOGIN) || !may_take(spot))
            continue;
        const struct prefills_question *question =
            spot->about ? question_of(spot, questions, count) : NULL;
        good = take_in(arena, answers, spot, question, err);
    }
    answers_end(answers);
    return good;
}

bool prefill_is_stale(const struct prefills_question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (questions[i].state != PREFILLS_WAITING &&
            questions[i].answered_at < clock_now() - PREFILL_FRESH_DAYS * 86400)
            return true;
    return false;
}

/* ---- pages ---- */

static bool is_on(const struct form_page *page, const struct form_field *field)
{
    for (const struct form_control *c = page->control; c; c = form_control_after(c, page->control))
        if (c->field == field && c->kind != FORM_GROUP && c->kind != FORM_REPEAT)
            return true;
    return false;
}

void prefill_look(struct arena *arena, struct answers *answers, const struct form_page *page,
                  const struct prefills_question *questions, size_t count, struct prefill_page *out)
{
    struct spots spots = find_spots(arena, answers);
    *out = (struct prefill_page){.unavailable = ARENA_ARRAY(arena, spots.count, const char *)};
    for (size_t i = 0; i < spots.count; i++) {
        const struct spot *spot = &spots.items[i];
        const struct prefills_question *question =
            spot->about ? question_of(spot, questions, count) : NULL;
        if (!question || *place_value(spot->place) || place_origin(spot->place) ||
            !place_is_relevant(spot->place) || !is_on(page, place_field(spot->place)))
            continue;
        bool fresh = question->state == PREFILLS_WAITING && !*question->reason &&
                     question->waited_ms < PREFILL_WAIT_MS;
        out->waits = out->waits || fresh;
        if (!fresh &&
            (question->state == PREFILLS_WAITING || question->state == PREFILLS_UNAVAILABLE))
            out->unavailable[out->unavailable_count++] = place_id(arena, spot->place);
    }
}

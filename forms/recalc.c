#include "forms/recalc.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "forms/actions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROUNDS = 100 }; /* of a rule that reads its own field in other rows */

/* ---- What waits ---- */

/* Where a rule's expression is evaluated: jr:count has no row to stand at. */
static const struct form_field *home_of(const struct rule *rule)
{
    return rule->kind == RULE_COUNT ? rule->field->parent : rule->field;
}

static void set_waiting(struct answers *answers, int rule)
{
    answers->waiting[rule / 64] |= (uint64_t)1 << (rule % 64);
}

static void wait_for_place(struct answers *answers, int rule, struct place *place)
{
    struct pending *pending = &answers->pending[rule];
    unsigned bit = 1u << answers->form->rules[rule].kind;
    if (pending->all || place->pending & bit)
        return;
    if (pending->count == pending->capacity) {
        size_t capacity = pending->capacity ? pending->capacity * 2 : 4;
        struct place **items = ARENA_ARRAY(answers->arena, capacity, struct place *);
        if (pending->count)
            memcpy(items, pending->items, pending->count * sizeof *items);
        pending->items = items;
        pending->capacity = capacity;
    }
    pending->items[pending->count++] = place;
    place->pending |= (unsigned char)bit;
    set_waiting(answers, rule);
}

struct waiting_for {
    struct answers *answers;
    int rule;
};

static void wait_for_each(struct place *place, void *context)
{
    const struct waiting_for *waiting = context;
    wait_for_place(waiting->answers, waiting->rule, place);
}

static void forget_places(struct answers *answers, int rule)
{
    struct pending *pending = &answers->pending[rule];
    for (size_t i = 0; i < pending->count; i++)
        pending->items[i]->pending &= (unsigned char)~(1u << answers->form->rules[rule].kind);
    pending->count = 0;
}

static void wait_for_all(struct answers *answers, int rule)
{
    forget_places(answers, rule);
    answers->pending[rule].all = true;
    set_waiting(answers, rule);
}

/* The places of the rule below an ancestor that both share. */
static void wait_below(struct answers *answers, int rule, struct place *ancestor)
{
    struct pending *pending = &answers->pending[rule];
    if (pending->all)
        return;
    if (!ancestor->parent) {
        wait_for_all(answers, rule);
        return;
    }
    struct waiting_for waiting = {answers, rule};
    place_each(ancestor, home_of(&answers->form->rules[rule]), wait_for_each, &waiting);
}

void recalc_changed(struct answers *answers, struct place *place)
{
    const struct field_links *links = &answers->form->links[place->field->number];
    for (size_t i = 0; i < links->reader_count; i++)
        wait_below(answers, links->readers[i].rule, place_above(place, links->readers[i].depth));
}

static void wait_for_own(struct answers *answers, struct place *place, enum rule_kind kind)
{
    int rule = answers->form->links[place->field->number].rules[kind];
    if (rule >= 0)
        wait_for_place(answers, rule, place);
}

void recalc_written(struct answers *answers, struct place *place)
{
    wait_for_own(answers, place, RULE_CALCULATE);
    wait_for_own(answers, place, RULE_ITEMS);
    recalc_changed(answers, place);
    actions_note(answers, place, FORM_ON_CHANGE);
}

/* Readers of anything in the row, among all rows beside it. */
static void row_changed(struct answers *answers, const struct form_field *field,
                        struct place *parent)
{
    const struct field_links *links = &answers->form->links[field->number];
    for (size_t i = 0; i < links->reader_count; i++) {
        int depth = links->readers[i].depth;
        wait_below(
            answers, links->readers[i].rule,
            place_above(parent, depth < parent->field->depth ? depth : parent->field->depth));
    }
    for (const struct form_field *child = field->first_child; child; child = child->next)
        row_changed(answers, child, parent);
}

static void wait_for_new(struct answers *answers, struct place *place)
{
    for (int kind = RULE_RELEVANT; kind < RULE_KINDS; kind++)
        wait_for_own(answers, place, (enum rule_kind)kind);
    for (const struct form_field *child = place->field->first_child; child; child = child->next) {
        int rule = answers->form->links[child->number].rules[RULE_COUNT];
        if (rule >= 0)
            wait_for_place(answers, rule, place);
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            wait_for_new(answers, row);
    }
}

void recalc_row(struct answers *answers, struct place *row, bool added)
{
    if (added)
        wait_for_new(answers, row);
    row_changed(answers, row->field, row->parent);
}

/* ---- Outcomes ---- */

/* Relevance goes down to everything below (XForms 1.1, 6.1.4); texts go and come back. */
static void spread_relevance(struct answers *answers, struct place *place)
{
    bool relevant = place->own_relevant && (!place->parent || place->parent->relevant);
    if (relevant == place->relevant)
        return;
    place->relevant = relevant;
    if (place_is_filled(place)) {
        place_mirror(answers, place);
        recalc_changed(answers, place);
    }
    if (relevant) {
        wait_for_own(answers, place, RULE_CALCULATE);
        wait_for_own(answers, place, RULE_ITEMS);
    }
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            spread_relevance(answers, row);
}

static void store(struct answers *answers, struct place *place, const char *value)
{
    if (!place_keep(answers, place, value))
        return;
    place_mirror(answers, place);
    recalc_changed(answers, place);
    actions_note(answers, place, FORM_ON_CHANGE);
}

static void evaluate_relevant(struct answers *answers, const struct rule *rule, struct place *place)
{
    struct error err = {0};
    bool relevant = true; /* when it cannot be known, the question is asked */
    if (!xpath_boolean(answers->run, rule->xpath, place->node, &relevant, &err))
        answers_note_trouble(answers, &err);
    place->own_relevant = relevant;
    spread_relevance(answers, place);
}

const char *recalc_fit_type(struct arena *arena, const struct form_field *field, const char *text)
{
    if (xpath_says_nothing(text))
        return "";
    if (field->type == TYPE_INT && strspn(text, "-0123456789.") == strlen(text))
        return arena_printf(arena, "%.*s", (int)strcspn(text, "."), text);
    if (field->type != TYPE_DATE || !*text)
        return text;
    if (strcspn(text, "T") == strlen("2026-11-23"))
        return arena_printf(arena, "%.10s", text);
    char *end;
    int year, month, day;
    double number = strtod(text, &end);
    if (*end || !xpath_number_date(number, clock_oslo, &year, &month, &day))
        return text;
    return arena_printf(arena, "%04d-%02d-%02d", year, month, day);
}

static void evaluate_calculate(struct answers *answers, const struct rule *rule,
                               struct place *place)
{
    if (!place->relevant || place->field->is_group)
        return;
    if (rule->draws && answers->quiet && *place_value(place))
        return; /* an id stays what it is from one request to the next */
    struct error err = {0};
    char *text = "";
    if (!xpath_string(answers->run, answers->scratch, rule->xpath, place->node, &text, &err))
        answers_note_trouble(answers, &err);
    store(answers, place, recalc_fit_type(answers->scratch, place->field, text));
}

static void evaluate_items(struct answers *answers, const struct rule *rule, struct place *place)
{
    if (!place->relevant || !*place_value(place))
        return;
    bool all;
    const char *kept =
        answers_offered(answers, answers->scratch, rule->select, place, place_value(place), &all);
    if (kept && !all)
        store(answers, place, kept);
}

static void evaluate_count(struct answers *answers, const struct rule *rule, struct place *parent)
{
    struct error err = {0};
    double wanted = 0;
    if (!xpath_number(answers->run, rule->xpath, parent->node, &wanted, &err)) {
        answers_note_trouble(answers, &err);
        return;
    }
    if (!(wanted > 0)) /* also NaN */
        wanted = 0;
    int count = wanted > FORM_MOST_ROWS ? FORM_MOST_ROWS : (int)wanted;
    const struct place_rows *rows = place_rows_of(parent, rule->field);
    while (rows->count < count) {
        struct place *row = answers_add_row(answers, rule->field, parent);
        if (!row)
            break;
        answers_copy_given(answers, row);
    }
    if (rows->count <= count)
        return;
    struct place *last = NULL; /* of those that stay */
    for (int i = 0; i < count; i++)
        last = last ? last->next_row : rows->first;
    while (rows->count > count)
        answers_remove_row(answers, last ? last->next_row : rows->first);
}

/* ---- Running ---- */

struct evaluation {
    struct answers *answers;
    const struct rule *rule;
};

static void evaluate(struct place *place, void *context)
{
    const struct evaluation *evaluation = context;
    if (place->removed)
        return;
    switch (evaluation->rule->kind) {
    case RULE_COUNT:
        evaluate_count(evaluation->answers, evaluation->rule, place);
        return;
    case RULE_RELEVANT:
        evaluate_relevant(evaluation->answers, evaluation->rule, place);
        return;
    case RULE_CALCULATE:
        evaluate_calculate(evaluation->answers, evaluation->rule, place);
        return;
    case RULE_ITEMS:
        evaluate_items(evaluation->answers, evaluation->rule, place);
        return;
    }
}

static void show(struct place *place, void *context)
{
    const struct evaluation *evaluation = context;
    place->own_relevant = true;
    spread_relevance(evaluation->answers, place);
}

/* All its places until nothing changes any more: rows may build on rows before or after. Which rows
 * are hidden begins with all shown, as from scratch: a hidden row that reads its own answer would
 * stay hidden for no other reason than that it was. */
static void evaluate_until_still(struct answers *answers, int rule)
{
    struct evaluation evaluation = {answers, &answers->form->rules[rule]};
    struct pending *pending = &answers->pending[rule];
    if (evaluation.rule->kind == RULE_RELEVANT)
        place_each(answers->root, home_of(evaluation.rule), show, &evaluation);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        forget_places(answers, rule);
        pending->all = false;
        place_each(answers->root, home_of(evaluation.rule), evaluate, &evaluation);
        if (!pending->all && pending->count == 0)
            return;
    }
}

static void evaluate_rule(struct answers *answers, int rule)
{
    struct evaluation evaluation = {answers, &answers->form->rules[rule]};
    struct pending *pending = &answers->pending[rule];
    if (evaluation.rule->reads_itself)
        evaluate_until_still(answers, rule);
    else if (pending->all)
        place_each(answers->root, home_of(evaluation.rule), evaluate, &evaluation);
    else
        for (size_t i = 0; i < pending->count; i++)
            evaluate(pending->items[i], &evaluation);
    forget_places(answers, rule); /* its own value is no reason to calculate it again */
    pending->all = false;
    answers->waiting[rule / 64] &= ~((uint64_t)1 << (rule % 64));
}

void recalc_run(struct answers *answers)
{
    if (answers->nesting || answers->running)
        return;
    answers->running = true;
    xpath_run_refresh(answers->run);
    size_t words = (answers->form->rule_count + 63) / 64;
    for (size_t word = 0; word < words; word++)
        while (answers->waiting[word])
            evaluate_rule(answers, (int)(word * 64) + __builtin_ctzll(answers->waiting[word]));
    arena_reset(answers->scratch);
    answers->running = false;
    actions_run(answers);
}

static void make_relevant(struct answers *answers, struct place *place)
{
    bool was_hidden = !place->relevant;
    place->own_relevant = place->relevant = true;
    if (was_hidden && place_is_filled(place))
        place_mirror(answers, place);
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            make_relevant(answers, row);
}

void recalc_all(struct answers *answers)
{
    make_relevant(answers, answers->root);
    for (size_t i = 0; i < answers->form->rule_count; i++)
        wait_for_all(answers, (int)i);
    answers->quiet = true;
    recalc_run(answers);
    answers->quiet = false;
}

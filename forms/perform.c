#include "forms/perform.h"

#include "forms/bind.h"
#include "forms/recalc.h"

#include <math.h>
#include <string.h>

/* One action and those in it, or all of a button. */
struct performing {
    struct answers *answers;
    struct arena *arena;
    struct place *context; /* where they are written; an ancestor of it, once it is gone */
    bool is_press;
    int rounds;
    bool stopped; /* too many rounds */
};

/* Places that were found, and then are changed. */
struct targets {
    struct arena *arena;
    struct place **items;
    size_t count, capacity;
};

static void add_target(struct place *place, void *context)
{
    struct targets *targets = context;
    if (targets->count == targets->capacity) {
        size_t capacity = targets->capacity ? targets->capacity * 2 : 8;
        struct place **items = ARENA_ARRAY(targets->arena, capacity, struct place *);
        if (targets->count)
            memcpy(items, targets->items, targets->count * sizeof *items);
        targets->items = items;
        targets->capacity = capacity;
    }
    targets->items[targets->count++] = place;
}

/* ---- Finding ---- */

/* The ancestor at which both part; a field without rows between is one place. */
static struct place *place_in_common(struct place *context, const struct form_field *field)
{
    const struct form_field *common = field;
    while (common->depth > context->field->depth)
        common = common->parent;
    struct place *place = place_above(context, common->depth);
    while (place->field != common) {
        place = place->parent;
        common = common->parent;
    }
    return place;
}

static struct place *place_of(const struct answers *answers, const xmlNode *node)
{
    bool may_be = node->type == XML_ELEMENT_NODE || node->type == XML_ATTRIBUTE_NODE;
    return may_be && node->doc == answers->doc ? node->_private : NULL;
}

static bool find_nodes(struct performing *performing, const struct xpath *xpath,
                       struct place *context, xmlNode ***nodes, size_t *count)
{
    struct error err = {0};
    *count = 0;
    if (xpath_nodes(performing->answers->run, performing->arena, xpath, context->node, nodes, count,
                    &err))
        return true;
    answers_note_trouble(performing->answers, &err);
    return false;
}

/* The places among the nodes that an expression finds. */
static struct targets find_places(struct performing *performing, const struct xpath *xpath,
                                  struct place *context)
{
    struct targets targets = {.arena = performing->arena};
    xmlNode **nodes;
    size_t count;
    if (find_nodes(performing, xpath, context, &nodes, &count))
        for (size_t i = 0; i < count; i++)
            if (place_of(performing->answers, nodes[i]))
                add_target(place_of(performing->answers, nodes[i]), &targets);
    return targets;
}

/* A press sets the first node (XForms 1.1, 7.2: the first-node rule); an event sets all that its
 * path means. */
static struct targets find_targets(struct performing *performing, const struct form_action *action)
{
    struct targets targets = {.arena = performing->arena};
    struct place *context = performing->context;
    if (action->ref)
        targets = find_places(performing, action->ref, context);
    else
        place_each(place_in_common(context, action->target), action->target, add_target, &targets);
    if (performing->is_press && targets.count > 1)
        targets.count = 1;
    return targets;
}

/* Where an action stands: the row may be gone, or everything been begun anew. */
static struct place *live_context(struct performing *performing)
{
    struct place *place = performing->context;
    while (place->removed && place->parent)
        place = place->parent;
    if (place->removed)
        place = answers_at(performing->answers, performing->context->field, NULL);
    performing->context = place ? place : performing->answers->root;
    return performing->context;
}

static bool is_true(struct performing *performing, const struct xpath *xpath)
{
    struct error err = {0};
    bool result = false;
    if (!xpath)
        return true;
    if (!xpath_boolean(performing->answers->run, xpath, live_context(performing)->node, &result,
                       &err))
        answers_note_trouble(performing->answers, &err);
    return result;
}

/* ---- setvalue ---- */

/* A calculated place stays so: its value would be written over at once. A press leaves what is
 * readonly too (XForms 1.1, 10.2); forms of ODK set readonly answers at load. */
static bool can_be_set(struct performing *performing, const struct place *place)
{
    return !place->removed && !place->field->is_group && !place->field->calculate &&
           !(performing->is_press && bind_is_readonly(performing->answers, place));
}

static void set_target(struct performing *performing, const struct form_action *action,
                       struct place *place)
{
    struct answers *answers = performing->answers;
    struct error err = {0};
    char *computed = NULL;
    if (!can_be_set(performing, place))
        return;
    xpath_run_around(answers->run, live_context(performing)->node);
    bool good = !action->value || xpath_string(answers->run, performing->arena, action->value,
                                               place->node, &computed, &err);
    xpath_run_around(answers->run, NULL);
    if (!good) {
        answers_note_trouble(answers, &err);
        return;
    }
    const char *value =
        computed ? recalc_fit_type(performing->arena, place->field, computed) : action->text;
    if (place_keep(answers, place, value)) {
        place_mirror(answers, place);
        recalc_written(answers, place);
    }
    recalc_run(answers);
}

static void set_values(struct performing *performing, const struct form_action *action)
{
    struct targets targets = find_targets(performing, action);
    for (size_t i = 0; i < targets.count; i++)
        set_target(performing, action, targets.items[i]);
}

/* ---- insert ---- */

/* What the action's expressions are seen from: context names it from where the action stands. */
static struct place *inner_context(struct performing *performing, const struct form_action *action)
{
    struct place *context = live_context(performing);
    if (!action->context)
        return context;
    struct targets found = find_places(performing, action->context, context);
    return found.count ? found.items[0] : NULL;
}

/* Which of the rows `at` says, from 0 (XForms 1.1, 10.3, step 4). */
static size_t find_location(struct performing *performing, const struct form_action *action,
                            const struct targets *rows)
{
    struct error err = {0};
    double at = NAN;
    if (!action->at)
        return rows->count - 1;
    performing->answers->among = rows->count;
    if (!xpath_number(performing->answers->run, action->at, rows->items[0]->node, &at, &err))
        answers_note_trouble(performing->answers, &err);
    performing->answers->among = 0;
    at = floor(at + 0.5);
    if (isnan(at) || at > (double)rows->count)
        return rows->count - 1;
    return at < 1 ? 0 : (size_t)at - 1;
}

/* The field that a copy of the node would be a row of, below that parent; NULL: none. */
static const struct form_field *row_field(const struct answers *answers, const struct place *parent,
                                          const xmlNode *origin)
{
    const struct form_field *hint = NULL;
    const struct form_field *field =
        origin->type == XML_ELEMENT_NODE
            ? answers_match_child(answers->form, parent->field, origin, &hint)
            : NULL;
    return field && field->is_repeat ? field : NULL;
}

static bool has_room(struct performing *performing, const struct form_field *field,
                     const struct place *parent)
{
    const struct field_links *links = &performing->answers->form->links[field->number];
    const struct place *first = place_child(parent, field);
    int count = first ? place_row_count(first) : 0;
    bool full = links->repeat && links->repeat->has_max && count >= (int)links->repeat->max;
    return !full && !links->count && !bind_is_readonly(performing->answers, parent);
}

static struct place *row_before(const struct place *row)
{
    struct place *before = place_child(row->parent, row->field);
    while (before != row && before->next_row != row)
        before = before->next_row;
    return before == row ? NULL : before;
}

static void insert(struct performing *performing, const struct form_action *action)
{
    struct answers *answers = performing->answers;
    struct place *context = inner_context(performing, action);
    if (!context)
        return;
    struct targets rows = {.arena = performing->arena};
    if (action->ref)
        rows = find_places(performing, action->ref, context);
    xmlNode **origins = rows.count ? &rows.items[rows.count - 1]->node : NULL;
    size_t count = rows.count ? 1 : 0;
    if (action->origin && !find_nodes(performing, action->origin, context, &origins, &count))
        return;
    if (rows.count == 0 && !action->context)
        return;
    struct place *beside = rows.count ? rows.items[find_location(performing, action, &rows)] : NULL;
    struct place *parent = beside ? beside->parent : context;
    if (beside && action->is_before)
        beside = row_before(beside);
    for (size_t i = 0; parent && i < count; i++) {
        const struct form_field *field = row_field(answers, parent, origins[i]);
        if (!field || !has_room(performing, field, parent))
            continue;
        struct place *after = beside && beside->field == field ? beside : NULL;
        struct place *row = answers_insert_row(answers, field, parent, origins[i], after);
        beside = row ? row : beside;
    }
}

/* ---- delete ---- */

static bool can_be_deleted(struct performing *performing, const struct place *place)
{
    return !place->removed && place->parent && place->field->is_repeat &&
           !performing->answers->form->links[place->field->number].count &&
           !bind_is_readonly(performing->answers, place->parent);
}

static void delete_rows(struct performing *performing, const struct form_action *action)
{
    struct place *context = inner_context(performing, action);
    if (!context)
        return;
    struct targets rows = find_places(performing, action->ref, context);
    if (rows.count == 0)
        return;
    size_t first = action->at ? find_location(performing, action, &rows) : 0;
    size_t end = action->at ? first + 1 : rows.count;
    for (size_t i = first; i < end; i++)
        if (can_be_deleted(performing, rows.items[i]))
            answers_remove_row(performing->answers, rows.items[i]);
}

/* ---- The rest ---- */

static void toggle(struct performing *performing, const struct form_action *action)
{
    struct answers *answers = performing->answers;
    struct place *context = live_context(performing);
    struct error err = {0};
    const char *id = action->text;
    char *computed;
    if (action->case_name) {
        if (!xpath_string(answers->run, performing->arena, action->case_name, context->node,
                          &computed, &err)) {
            answers_note_trouble(answers, &err);
            return;
        }
        id = computed;
    }
    for (size_t i = 0; i < answers->form->control_count; i++) {
        const struct form_control *control = answers->form->controls[i];
        if (control->is_case && control->id && strcmp(control->id, id) == 0) {
            answers_choose_case(answers, control, context);
            return;
        }
    }
}

/* Now, though more is to be done: as at the end of all (XForms 1.1, 10.1.1). */
static void recalculate(struct answers *answers)
{
    int nesting = answers->nesting;
    answers->nesting = 0;
    recalc_run(answers);
    answers->nesting = nesting;
}

static void perform(struct performing *performing, const struct form_action *action);

static void perform_list(struct performing *performing, const struct form_action *first)
{
    for (; first && !performing->stopped; first = first->next)
        perform(performing, first);
}

static void perform_once(struct performing *performing, const struct form_action *action)
{
    live_context(performing);
    switch (action->kind) {
    case FORM_SETVALUE:
        set_values(performing, action);
        return;
    case FORM_ACTIONS:
        perform_list(performing, action->first);
        return;
    case FORM_RECALCULATE:
        recalculate(performing->answers);
        return;
    case FORM_RESET:
        answers_reset(performing->answers);
        return;
    case FORM_INSERT:
        insert(performing, action);
        return;
    case FORM_DELETE:
        delete_rows(performing, action);
        return;
    case FORM_TOGGLE:
        toggle(performing, action);
        return;
    }
}

static bool may_go_on(struct performing *performing)
{
    if (performing->rounds++ < PERFORM_MAX_ROUNDS)
        return true;
    struct error err = {0};
    (void)error_set(&err, ERROR_LIMIT, "actions go on for more than %d rounds", PERFORM_MAX_ROUNDS);
    answers_note_trouble(performing->answers, &err);
    performing->stopped = true;
    return false;
}

/* Both `while` and `if` must hold for each round, and `while` is asked again (XForms 1.1, 10.18).
 */
static void perform(struct performing *performing, const struct form_action *action)
{
    if (!action->loop) {
        if (is_true(performing, action->condition))
            perform_once(performing, action);
        return;
    }
    while (!performing->stopped && is_true(performing, action->loop) &&
           is_true(performing, action->condition) && may_go_on(performing))
        perform_once(performing, action);
}

void perform_action(struct answers *answers, const struct form_action *action,
                    struct place *context)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct performing performing = {.answers = answers, .arena = arena, .context = context};
    perform(&performing, action);
}

void perform_press(struct answers *answers, const struct form_action *first, struct place *context)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct performing performing = {
        .answers = answers, .arena = arena, .context = context, .is_press = true};
    perform_list(&performing, first);
}

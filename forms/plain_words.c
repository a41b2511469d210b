#include "forms/plain_words.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/locale.h"

#include <string.h>

enum { LONGEST_UNQUOTED = 30 }; /* characters: where a longer label ends, would not be seen */

struct saying {
    struct arena *arena;
    const struct form *form;
    const struct form_field *at;
    const char *language;
};

static const char *say(const struct saying *saying, const char *id, const char *a, const char *b,
                       const char *c)
{
    const struct texts_arg args[] = {{"a", a}, {"b", b}, {"c", c}, {"navn", a}};
    return texts_say(saying->arena, &texts_summary, id, saying->language, args, COUNT(args)).text;
}

/* ---- Fields ---- */

/* The one field a path of plain steps names, or NULL. */
static const struct form_field *field_of(const struct saying *saying, const struct xpath_tree *path)
{
    if (path->kind != XPATH_PATH || (path->start && strcmp(path->start->text, "current") != 0) ||
        (!path->absolute && !saying->at))
        return NULL;
    const struct form_field *field = path->absolute ? NULL : saying->at;
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        if (step->predicates)
            return NULL;
        if (step->axis == XPATH_PARENT)
            field = field ? field->parent : NULL;
        else if (step->axis == XPATH_CHILD)
            field = form_child(saying->form, field, xpath_tree_local(step->test));
        else if (step->axis != XPATH_SELF)
            return NULL;
        if (!field)
            return NULL;
    }
    return field;
}

const char *plain_words_field(struct arena *arena, const struct form *form,
                              const struct form_field *field, const char *language)
{
    struct saying saying = {arena, form, NULL, language};
    const struct form_control *control = field->control;
    if (!control || !control->label)
        return field->name;
    const char *label = form_show(form, arena, control->label, language).text;
    if (text_ends_with(label, "?"))
        return say(&saying, "x.question", label, NULL, NULL);
    bool is_short = text_length(label) <= LONGEST_UNQUOTED && !strchr(label, ',');
    return is_short ? label : say(&saying, "x.quoted", label, NULL, NULL);
}

static const char *field_words(const struct saying *saying, const struct form_field *field)
{
    if (field == saying->at)
        return say(saying, "x.self", NULL, NULL, NULL);
    return plain_words_field(saying->arena, saying->form, field, saying->language);
}

/* "barn" of the rows of a repeat: its short name. */
static const char *rows_words(const struct saying *saying, const struct form_field *field)
{
    const struct form_control *repeat = saying->form->links[field->number].repeat;
    if (!repeat || !repeat->short_name)
        return field_words(saying, field);
    return form_show(saying->form, saying->arena, repeat->short_name, saying->language).text;
}

/* ---- Values ---- */

static const char *words_of(const struct saying *saying, const struct xpath_tree *tree);
static const char *operand_words(const struct saying *saying, const struct xpath_tree *tree);

/* A value of a field: of choices, what people read. */
static const char *value_words(const struct saying *saying, const struct form_field *field,
                               const char *value)
{
    const struct form_control *control = field ? field->control : NULL;
    const struct form_items *items = control ? control->items : NULL;
    const char *shown = value;
    for (size_t i = 0; items && i < items->count; i++)
        if (text_equal(items->items[i].value, value))
            shown = form_show(saying->form, saying->arena, items->items[i].label, saying->language)
                        .text;
    return say(saying, "x.quoted", shown, NULL, NULL);
}

static bool is_date(const struct saying *saying, const struct xpath_tree *tree)
{
    const struct form_field *field = field_of(saying, tree);
    return (field && field->type == TYPE_DATE) ||
           (tree->kind == XPATH_CALL && strcmp(tree->text, "today") == 0);
}

/* ---- Comparing ---- */

static const char *attribute_words(const struct saying *saying, const struct xpath_tree *path,
                                   const struct xpath_tree *literal)
{
    struct xpath_tree holder = *path;
    struct xpath_step *steps[8];
    size_t count = 0;
    for (struct xpath_step *step = path->steps; step && count < COUNT(steps); step = step->next)
        steps[count++] = step;
    if (path->kind != XPATH_PATH || count < 2 || count == COUNT(steps) ||
        steps[count - 1]->axis != XPATH_ATTRIBUTE || strcmp(literal->text, "later") != 0 ||
        strcmp(xpath_tree_local(steps[count - 1]->test), "source") != 0)
        return NULL;
    struct xpath_step copies[8];
    for (size_t i = 0; i + 1 < count; i++) {
        copies[i] = *steps[i];
        copies[i].next = i + 2 < count ? &copies[i + 1] : NULL;
    }
    holder.steps = copies;
    const struct form_field *field = field_of(saying, &holder);
    return field ? say(saying, "x.later", field_words(saying, field), NULL, NULL) : NULL;
}

/* path = 'x' and path != 'x'. */
static const char *literal_words(const struct saying *saying, const struct xpath_tree *path,
                                 const struct xpath_tree *literal, bool equal)
{
    const struct form_field *field = field_of(saying, path);
    if (!field)
        return equal ? attribute_words(saying, path, literal) : NULL;
    const char *name = field_words(saying, field);
    if (!*literal->text)
        return say(saying, equal ? "x.unanswered" : "x.answered", name, NULL, NULL);
    if (field->type == TYPE_BOOLEAN || text_equal(literal->text, "OK"))
        return say(saying, equal == !text_equal(literal->text, "false") ? "x.ticked" : "x.unticked",
                   name, NULL, NULL);
    return say(saying, equal ? "x.equal" : "x.not-equal", name,
               value_words(saying, field, literal->text), NULL);
}

static const char *compare_words(const struct saying *saying, const struct xpath_tree *tree)
{
    static const struct {
        const char *number, *date;
    } ids[] = {
        [XPATH_EQUAL] = {"x.equal", "x.equal"},
        [XPATH_NOT_EQUAL] = {"x.not-equal", "x.not-equal"},
        [XPATH_LESS] = {"x.less", "x.before"},
        [XPATH_LESS_EQUAL] = {"x.less-equal", "x.not-after"},
        [XPATH_GREATER] = {"x.greater", "x.after"},
        [XPATH_GREATER_EQUAL] = {"x.greater-equal", "x.not-before"},
    };
    const struct xpath_tree *left = tree->first, *right = left->next;
    bool equality = tree->kind == XPATH_EQUAL || tree->kind == XPATH_NOT_EQUAL;
    if (equality && right->kind == XPATH_LITERAL)
        return literal_words(saying, left, right, tree->kind == XPATH_EQUAL);
    if (equality && left->kind == XPATH_LITERAL)
        return literal_words(saying, right, left, tree->kind == XPATH_EQUAL);
    const char *a = words_of(saying, left), *b = words_of(saying, right);
    bool dates = is_date(saying, left) || is_date(saying, right);
    return a && b ? say(saying, dates ? ids[tree->kind].date : ids[tree->kind].number, a, b, NULL)
                  : NULL;
}

/* ---- Calls ---- */

static const char *chosen_words(const struct saying *saying, const struct xpath_tree *call,
                                const char *id)
{
    const struct form_field *field = field_of(saying, call->first);
    const struct xpath_tree *value = call->first->next;
    if (!field || value->kind != XPATH_LITERAL)
        return NULL;
    return say(saying, id, field_words(saying, field), value_words(saying, field, value->text),
               NULL);
}

/* if(a, b, ''): "b when a". */
static const char *if_words(const struct saying *saying, const struct xpath_tree *call)
{
    const struct xpath_tree *when = call->first, *then = when->next, *otherwise = then->next;
    bool nothing_else = otherwise->kind == XPATH_LITERAL && !*otherwise->text;
    const char *a = operand_words(saying, then), *b = words_of(saying, when);
    const char *c = operand_words(saying, otherwise);
    if (!a || !b || !c)
        return NULL;
    return nothing_else ? say(saying, "x.if.only", a, b, NULL) : say(saying, "x.if", a, b, c);
}

static const char *call_words(const struct saying *saying, const struct xpath_tree *call)
{
    static const struct {
        const char *name, *id;
    } plain[] = {
        {"today", "x.today"}, {"now", "x.now"}, {"true", "x.always"}, {"false", "x.never"}};
    static const struct {
        const char *name, *id;
    } of_one[] = {{"sum", "x.sum"},
                  {"round", "x.round"},
                  {"int", "x.int"},
                  {"string-length", "x.length"},
                  {"sk:age", "x.age"},
                  {"sk:fnr-valid", "x.fnr-valid"},
                  {"sk:orgnr-valid", "x.orgnr-valid"}};
    const struct xpath_tree *first = call->first;
    for (size_t i = 0; !first && i < COUNT(plain); i++)
        if (strcmp(call->text, plain[i].name) == 0)
            return say(saying, plain[i].id, NULL, NULL, NULL);
    if (!first)
        return NULL;
    if (strcmp(call->text, "selected") == 0 && first->next)
        return chosen_words(saying, call, "x.chosen");
    if (strcmp(call->text, "not") == 0 && first->kind == XPATH_CALL &&
        strcmp(first->text, "selected") == 0 && first->first && first->first->next)
        return chosen_words(saying, first, "x.not-chosen");
    if (strcmp(call->text, "if") == 0 && first->next && first->next->next)
        return if_words(saying, call);
    if (strcmp(call->text, "count") == 0) {
        const struct form_field *field = field_of(saying, first);
        return field ? say(saying, "x.count", rows_words(saying, field), NULL, NULL) : NULL;
    }
    for (size_t i = 0; !first->next && i < COUNT(of_one); i++)
        if (strcmp(call->text, of_one[i].name) == 0) {
            const char *a = words_of(saying, first);
            return a ? say(saying, of_one[i].id, a, NULL, NULL) : NULL;
        }
    return NULL;
}

/* ---- Expressions ---- */

/* Of `a = 'x' or a = 'y' or ...` the field a, else NULL; the values are added to out. */
static const struct form_field *one_of_field(const struct saying *saying,
                                             const struct xpath_tree *tree, struct buf *out)
{
    while (tree->kind == XPATH_GROUP)
        tree = tree->first;
    const struct xpath_tree *left = tree->first, *right = left ? left->next : NULL;
    if (tree->kind == XPATH_OR) {
        const struct form_field *a = one_of_field(saying, left, out);
        const struct form_field *b = a ? one_of_field(saying, right, out) : NULL;
        return a == b ? a : NULL;
    }
    const struct form_field *field = tree->kind == XPATH_EQUAL ? field_of(saying, left) : NULL;
    if (!field || right->kind != XPATH_LITERAL || !*right->text || !field->control ||
        !field->control->items)
        return NULL;
    buf_printf(out, "%s%s%s%s", out->size ? " " : "",
               out->size ? say(saying, "or", NULL, NULL, NULL) : "", out->size ? " " : "",
               value_words(saying, field, right->text));
    return field;
}

/* "a og b": what binds looser inside stands in brackets. */
static const char *joined_words(const struct saying *saying, const struct xpath_tree *tree)
{
    bool both = tree->kind == XPATH_AND;
    const char *parts[2];
    const struct xpath_tree *operand = tree->first;
    for (size_t i = 0; i < 2; i++, operand = operand->next) {
        const struct xpath_tree *inner = operand;
        while (inner->kind == XPATH_GROUP)
            inner = inner->first;
        parts[i] = words_of(saying, inner);
        if (!parts[i])
            return NULL;
        if ((inner->kind == XPATH_OR && both) || (inner->kind == XPATH_AND && !both))
            parts[i] = arena_printf(saying->arena, "(%s)", parts[i]);
    }
    return arena_printf(saying->arena, "%s %s %s", parts[0],
                        say(saying, both ? "and" : "or", NULL, NULL, NULL), parts[1]);
}

/* What is said in several parts stands in brackets inside something larger. */
static const char *operand_words(const struct saying *saying, const struct xpath_tree *tree)
{
    const char *words = words_of(saying, tree);
    bool is_if = tree->kind == XPATH_CALL && strcmp(tree->text, "if") == 0;
    return words && (is_if || tree->kind < XPATH_ADD) ? arena_printf(saying->arena, "(%s)", words)
                                                      : words;
}

static const char *counted_words(const struct saying *saying, const struct xpath_tree *tree)
{
    static const char *const ids[] = {[XPATH_ADD] = "x.plus",
                                      [XPATH_SUBTRACT] = "x.minus",
                                      [XPATH_MULTIPLY] = "x.times",
                                      [XPATH_DIVIDE] = "x.divided"};
    const char *a = operand_words(saying, tree->first);
    const char *b = operand_words(saying, tree->first->next);
    return a && b ? say(saying, ids[tree->kind], a, b, NULL) : NULL;
}

/* instance('satser')/root/makspris: "makspris (1 200)", when there is one of it. */
static const char *rate_words(const struct saying *saying, const struct xpath_tree *path)
{
    const struct xpath_tree *id = path->start ? path->start->first : NULL;
    if (!id || strcmp(path->start->text, "instance") != 0 || id->kind != XPATH_LITERAL)
        return NULL;
    const xmlNode *node = NULL;
    for (size_t i = 0; i < saying->form->world.instance_count; i++)
        if (text_equal(saying->form->world.instances[i].id, id->text) &&
            saying->form->world.instances[i].doc)
            node = xmlDocGetRootElement(saying->form->world.instances[i].doc);
    const struct xpath_step *step = path->steps;
    if (!node || !step || strcmp(step->test, (const char *)node->name) != 0)
        return NULL;
    for (step = step->next; step; step = step->next) {
        const xmlNode *found = NULL;
        for (const xmlNode *child = node->children; child; child = child->next)
            if (child->type == XML_ELEMENT_NODE &&
                strcmp((const char *)child->name, step->test) == 0) {
                if (found)
                    return NULL;
                found = child;
            }
        if (!found || step->axis != XPATH_CHILD || step->predicates)
            return NULL;
        node = found;
    }
    xmlChar *value = xmlNodeGetContent(node);
    const char *words =
        arena_printf(saying->arena, "%s (%s)", (const char *)node->name,
                     locale_number(saying->arena, (const char *)value, saying->language));
    xmlFree(value);
    return words;
}

static const char *words_of(const struct saying *saying, const struct xpath_tree *tree)
{
    switch (tree->kind) {
    case XPATH_GROUP: {
        const char *inner = words_of(saying, tree->first);
        return inner ? arena_printf(saying->arena, "(%s)", inner) : NULL;
    }
    case XPATH_OR: {
        struct buf values;
        buf_init(&values, saying->arena);
        const struct form_field *field = one_of_field(saying, tree, &values);
        if (field)
            return say(saying, "x.equal", field_words(saying, field), buf_text(&values), NULL);
        return joined_words(saying, tree);
    }
    case XPATH_AND:
        return joined_words(saying, tree);
    case XPATH_EQUAL:
    case XPATH_NOT_EQUAL:
    case XPATH_LESS:
    case XPATH_LESS_EQUAL:
    case XPATH_GREATER:
    case XPATH_GREATER_EQUAL:
        return compare_words(saying, tree);
    case XPATH_ADD:
    case XPATH_SUBTRACT:
    case XPATH_MULTIPLY:
    case XPATH_DIVIDE:
        return counted_words(saying, tree);
    case XPATH_LITERAL:
        return *tree->text ? say(saying, "x.quoted", tree->text, NULL, NULL)
                           : say(saying, "x.nothing", NULL, NULL, NULL);
    case XPATH_NUMERAL:
        return locale_number(saying->arena, tree->text, saying->language);
    case XPATH_CALL:
        return call_words(saying, tree);
    case XPATH_PATH: {
        const struct form_field *field = field_of(saying, tree);
        return field ? field_words(saying, field) : rate_words(saying, tree);
    }
    default:
        return NULL;
    }
}

const char *plain_words(struct arena *arena, const struct form *form, const struct xpath *xpath,
                        const struct form_field *at, const char *language)
{
    struct xpath_tree *tree;
    struct saying saying = {arena, form, at, language};
    return xpath_tree_parse(arena, xpath->source, &tree, NULL) ? words_of(&saying, tree) : NULL;
}

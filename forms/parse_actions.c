/* Actions: setvalue and action at events, what the press of a button does; jr:preload, which is a
 * setvalue of its own. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <string.h>

#define NAMESPACE_EVENTS "http://www.w3.org/2001/xml-events"

/* Where an action is written. */
struct setting {
    const struct form_field *from;
    bool is_pressed; /* it is a button's; else it happens at an event */
};

/* ---- Events ---- */

static const struct {
    const char *name;
    unsigned event;
} events[] = {{"odk-instance-first-load", FORM_ON_FIRST_LOAD},
              {"odk-instance-load", FORM_ON_LOAD},
              {"xforms-ready", FORM_ON_LOAD},
              {"xforms-value-changed", FORM_ON_CHANGE},
              {"odk-new-repeat", FORM_ON_NEW_REPEAT},
              {"jr-insert", FORM_ON_NEW_REPEAT},
              {"DOMActivate", FORM_ON_PRESS}};

static const char *event_attribute(struct parsing *parsing, const xmlNode *element)
{
    const char *text = parse_attribute(parsing, element, "event");
    return text ? text : xml_attribute(parsing->arena, element, NAMESPACE_EVENTS, "event");
}

/* The events of a list of words; 0 with a finding when one is not known. */
static unsigned read_events(struct parsing *parsing, const xmlNode *element)
{
    const char *text = event_attribute(parsing, element);
    if (!text) {
        parse_error(parsing, element, "action.event", "%s does not say when: event",
                    (const char *)element->name);
        return 0;
    }
    unsigned all = 0;
    for (const char *at = text; *(at += strspn(at, " \t\r\n"));) {
        size_t size = strcspn(at, " \t\r\n"), i = 0;
        while (i < COUNT(events) &&
               (strlen(events[i].name) != size || strncmp(events[i].name, at, size) != 0))
            i++;
        if (i == COUNT(events)) {
            parse_error(parsing, element, "action.event",
                        "there is no event %.*s here; setvalue takes odk-instance-first-load, "
                        "odk-instance-load, xforms-value-changed and odk-new-repeat, and a "
                        "trigger's actions DOMActivate",
                        (int)size, at);
            return 0;
        }
        all |= events[i].event;
        at += size;
    }
    return all;
}

bool parse_is_button(struct parsing *parsing, const xmlNode *element)
{
    if (!xml_is(element, FORM_NAMESPACE, "trigger"))
        return false;
    if (!xmlHasProp(element, (const xmlChar *)"ref") &&
        !xmlHasProp(element, (const xmlChar *)"bind"))
        return true;
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE, NULL); at;
         at = xml_next(at, FORM_NAMESPACE, NULL))
        if (text_equal(event_attribute(parsing, at), "DOMActivate"))
            return true;
    return false;
}

/* ---- Kinds ---- */

static const struct {
    const char *name;
    enum form_action_kind kind;
} kinds[] = {{"setvalue", FORM_SETVALUE},
             {"action", FORM_ACTIONS},
             {"rebuild", FORM_RECALCULATE},
             {"recalculate", FORM_RECALCULATE},
             {"revalidate", FORM_RECALCULATE},
             {"refresh", FORM_RECALCULATE},
             {"reset", FORM_RESET},
             {"insert", FORM_INSERT},
             {"delete", FORM_DELETE},
             {"toggle", FORM_TOGGLE}};

/* Actions of a browser: none of them has a place on a server. */
static const char *const foreign[] = {"message",  "load",     "send",   "dispatch",
                                      "setfocus", "setindex", "prompt", "script"};

static bool find_kind(const xmlNode *element, enum form_action_kind *out)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strcmp((const char *)element->name, kinds[i].name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    return false;
}

bool parse_is_action(const xmlNode *element)
{
    enum form_action_kind kind;
    if (!xml_is(element, FORM_NAMESPACE, NULL))
        return false;
    for (size_t i = 0; i < COUNT(foreign); i++)
        if (strcmp((const char *)element->name, foreign[i]) == 0)
            return true;
    return find_kind(element, &kind);
}

/* ---- Parts of actions ---- */

static const struct xpath *read_expression(struct parsing *parsing, const xmlNode *element,
                                           const char *name)
{
    const char *source = parse_attribute(parsing, element, name);
    return source && *source ? parse_xpath(parsing, element, source) : NULL;
}

/* What ref or nodeset says, or the bind's path; NULL when none is there. */
static const char *read_path(struct parsing *parsing, const xmlNode *element)
{
    const char *bind = parse_attribute(parsing, element, "bind");
    for (size_t i = 0; bind && i < parsing->bind_id_count; i++)
        if (strcmp(parsing->bind_ids[i].id, bind) == 0)
            return parsing->bind_ids[i].field->path;
    const char *path = parse_attribute(parsing, element, "nodeset");
    path = path ? path : parse_attribute(parsing, element, "ref");
    return path && *path ? path : NULL;
}

/* ---- setvalue ---- */

/* At an event, a path without predicates means the row it is written for; others are asked where
 * they stand. A press asks always. */
static bool read_target(struct parsing *parsing, const xmlNode *element, const char *path,
                        const struct setting *setting, struct form_action *action)
{
    size_t errors = parsing->findings->errors;
    const struct form_field *target = parse_field(parsing, element, path, setting->from);
    if (parsing->findings->errors > errors)
        return false;
    const struct xpath *ref = parse_xpath(parsing, element, path);
    if (!target || !ref)
        return parse_error(parsing, element, "action.ref", "the instance has no element %s", path);
    if (setting->is_pressed || strchr(path, '['))
        action->ref = ref;
    if (!setting->is_pressed)
        action->target = target;
    return true;
}

static bool read_setvalue(struct parsing *parsing, const xmlNode *element,
                          const struct setting *setting, struct form_action *action)
{
    const char *path = read_path(parsing, element);
    const char *value = parse_attribute(parsing, element, "value");
    if (!path)
        return parse_error(parsing, element, "action.ref",
                           "setvalue does not say what it sets: ref");
    if (!read_target(parsing, element, path, setting, action))
        return false;
    if (value && *value)
        action->value = parse_xpath(parsing, element, value);
    else if (!value)
        action->text = text_trim(parsing->arena, xml_text(parsing->scratch, element));
    return true;
}

/* ---- insert, delete ---- */

/* What comes and goes is a row, also when no repeat shows it. */
static bool mark_rows(struct parsing *parsing, const xmlNode *element, const char *path,
                      const struct form_field *from)
{
    struct form_field **fields;
    size_t errors = parsing->findings->errors;
    size_t count = parse_fields(parsing, element, path, from, &fields);
    if (parsing->findings->errors > errors)
        return false;
    if (count == 0)
        return parse_error(parsing, element, "action.ref",
                           "the instance has no element %s: write one, marked jr:template when "
                           "none is there at first",
                           path);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i]->parent)
            return parse_error(parsing, element, "action.ref", "%s is the whole of the answers",
                               path);
        fields[i]->is_repeat = true;
    }
    return true;
}

/* Without nodeset, an insert puts the origin into the context: its rows are named alike. */
static bool mark_origin(struct parsing *parsing, const xmlNode *element,
                        const struct form_field *context, const struct xpath *origin)
{
    const struct xpath_step *step =
        origin && origin->tree->kind == XPATH_PATH ? origin->tree->steps : NULL;
    while (step && step->next)
        step = step->next;
    const struct form_field *child =
        step && context ? form_child(parsing->form, context, xpath_tree_local(step->test)) : NULL;
    if (!child)
        return parse_error(parsing, element, "action.ref",
                           "insert says neither nodeset, nor a context and an origin that is one "
                           "of its children");
    parsing->form->fields[child->number]->is_repeat = true;
    return true;
}

static bool read_rows(struct parsing *parsing, const xmlNode *element,
                      const struct setting *setting, struct form_action *action)
{
    const struct form_field *from = setting->from;
    const char *context = parse_attribute(parsing, element, "context");
    const char *path = read_path(parsing, element);
    action->context = read_expression(parsing, element, "context");
    action->origin = read_expression(parsing, element, "origin");
    action->at = read_expression(parsing, element, "at");
    action->is_before = text_equal(parse_attribute(parsing, element, "position"), "before");
    if (context)
        from = parse_field(parsing, element, context, from);
    if (path)
        action->ref = parse_xpath(parsing, element, path);
    if (!path && action->kind == FORM_DELETE)
        return parse_error(parsing, element, "action.ref",
                           "delete does not say what goes: nodeset");
    return path ? action->ref && mark_rows(parsing, element, path, from)
                : mark_origin(parsing, element, context ? from : NULL, action->origin);
}

/* ---- toggle ---- */

/* The element's child says which case before its attribute does (XForms 1.1, 9.2.3). */
static bool read_toggle(struct parsing *parsing, const xmlNode *element, struct form_action *action)
{
    const xmlNode *child = xml_child(element, FORM_NAMESPACE, "case");
    if (child) {
        action->case_name = read_expression(parsing, child, "value");
        action->text = text_trim(parsing->arena, xml_text(parsing->scratch, child));
    } else {
        const char *name = parse_attribute(parsing, element, "case");
        action->text = name ? name : "";
    }
    if (!action->case_name && !*action->text)
        return parse_error(parsing, element, "action.case", "toggle does not say which case: case");
    return true;
}

/* ---- Any action ---- */

static void warn_of_profile(struct parsing *parsing, const xmlNode *element)
{
    parse_warning(parsing, element, "profile",
                  "<%s> at the press of a button is XForms 1.1, and not in the ODK profile: other "
                  "engines will not know it",
                  (const char *)element->name);
}

static const struct form_action *read_list(struct parsing *parsing, const xmlNode *parent,
                                           const struct setting *setting);

static bool read_action(struct parsing *parsing, const xmlNode *element,
                        const struct setting *setting, struct form_action *action)
{
    *action = (struct form_action){.source = setting->from, .text = ""};
    if (!find_kind(element, &action->kind))
        return parse_error(parsing, element, "action.unknown",
                           "<%s> is an action of a browser, and not known here: actions are "
                           "setvalue, and under a trigger action, insert, delete, reset and toggle",
                           (const char *)element->name);
    if (!setting->is_pressed && action->kind > FORM_RECALCULATE)
        return parse_error(parsing, element, "action.event",
                           "<%s> is done at the press of a trigger only: event=\"DOMActivate\"",
                           (const char *)element->name);
    action->condition = read_expression(parsing, element, "if");
    action->loop = read_expression(parsing, element, "while");
    switch (action->kind) {
    case FORM_SETVALUE:
        return read_setvalue(parsing, element, setting, action);
    case FORM_ACTIONS:
        action->first = read_list(parsing, element, setting);
        return true;
    case FORM_INSERT:
    case FORM_DELETE:
        return read_rows(parsing, element, setting, action);
    case FORM_TOGGLE:
        return read_toggle(parsing, element, action);
    case FORM_RECALCULATE:
    case FORM_RESET:
        return true;
    }
    return false;
}

/* Adds one to the end of a list, in the form's arena. */
static void append(struct parsing *parsing, const struct form_action **first,
                   const struct form_action *action)
{
    struct form_action *kept = ARENA_NEW(parsing->arena, struct form_action);
    *kept = *action;
    while (*first)
        first = (const struct form_action **)(uintptr_t) & (*first)->next;
    *first = kept;
}

static const struct form_action *read_list(struct parsing *parsing, const xmlNode *parent,
                                           const struct setting *setting)
{
    const struct form_action *first = NULL;
    struct form_action action;
    for (const xmlNode *at = xml_child(parent, FORM_NAMESPACE, NULL); at;
         at = xml_next(at, FORM_NAMESPACE, NULL))
        if (read_action(parsing, at, setting, &action))
            append(parsing, &first, &action);
    return first;
}

/* ---- Who does them ---- */

static void keep(struct parsing *parsing, struct form_action action)
{
    parsing->actions = parse_grow(parsing, parsing->actions, parsing->action_count,
                                  &parsing->action_capacity, sizeof *parsing->actions);
    parsing->actions[parsing->action_count++] = action;
}

void parse_action(struct parsing *parsing, const xmlNode *element, const struct form_field *from,
                  struct form_control *button)
{
    unsigned when = read_events(parsing, element);
    struct setting setting = {from ? from : parsing->form->fields[0], when == FORM_ON_PRESS};
    struct form_action action;
    if (!when)
        return;
    if (when & FORM_ON_PRESS && (!button || when != FORM_ON_PRESS)) {
        parse_error(parsing, element, "action.event",
                    "DOMActivate is the press of a trigger, and of nothing else");
        return;
    }
    if (!read_action(parsing, element, &setting, &action))
        return;
    if (when == FORM_ON_PRESS)
        warn_of_profile(parsing, element);
    action.events = when;
    if (when == FORM_ON_PRESS)
        append(parsing, &button->actions, &action);
    else
        keep(parsing, action);
}

void parse_actions(struct parsing *parsing, const xmlNode *parent, const struct form_field *from,
                   struct form_control *button)
{
    for (const xmlNode *at = xml_child(parent, FORM_NAMESPACE, NULL); at;
         at = xml_next(at, FORM_NAMESPACE, NULL))
        if (parse_is_action(at))
            parse_action(parsing, at, from, button);
}

/* ---- jr:preload (ODK XForms, Preload Attributes) ---- */

void parse_preload(struct parsing *parsing, const xmlNode *bind, const struct form_field *field)
{
    static const struct {
        const char *kind, *parameter, *value;
    } known[] = {{"uid", "", "concat('uuid:', uuid())"},
                 {"date", "today", "today()"},
                 {"timestamp", "start", "now()"}};
    const char *kind = xml_attribute(parsing->arena, bind, FORM_NAMESPACE_JR, "preload");
    const char *parameter = xml_attribute(parsing->arena, bind, FORM_NAMESPACE_JR, "preloadParams");
    for (size_t i = 0; kind && i < COUNT(known); i++)
        if (strcmp(kind, known[i].kind) == 0 &&
            (!*known[i].parameter || text_equal(parameter, known[i].parameter))) {
            keep(parsing, (struct form_action){.events = FORM_ON_FIRST_LOAD,
                                               .source = parsing->form->fields[0],
                                               .target = field,
                                               .value = parse_xpath(parsing, bind, known[i].value),
                                               .text = ""});
            return;
        }
    if (kind)
        parse_warning(parsing, bind, "later", "jr:preload=\"%s\" is left out: %s", kind,
                      field->path);
}

/* ---- The form's ---- */

void parse_keep_actions(struct parsing *parsing)
{
    struct form *form = parsing->form;
    form->actions = ARENA_ARRAY(parsing->arena, parsing->action_count, struct form_action);
    if (parsing->action_count)
        memcpy(form->actions, parsing->actions, parsing->action_count * sizeof *form->actions);
    form->action_count = parsing->action_count;
    for (size_t i = 0; i < form->action_count; i++) {
        const struct form_action *action = &form->actions[i];
        form->links[action->source->number].events |= action->events;
        if (action->events & FORM_ON_CHANGE)
            form->fields[action->source->number]->is_read = true;
    }
}

/* setvalue, in the model and in controls; jr:preload, which is a setvalue of its own. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <string.h>

#define NAMESPACE_EVENTS "http://www.w3.org/2001/xml-events"

/* ---- Events ---- */

static const struct {
    const char *name;
    unsigned event;
} events[] = {{"odk-instance-first-load", FORM_ON_FIRST_LOAD},
              {"odk-instance-load", FORM_ON_LOAD},
              {"xforms-ready", FORM_ON_LOAD},
              {"xforms-value-changed", FORM_ON_CHANGE},
              {"odk-new-repeat", FORM_ON_NEW_REPEAT},
              {"jr-insert", FORM_ON_NEW_REPEAT}};

/* The events of a list of words; 0 with a finding when one is not known. */
static unsigned read_events(struct parsing *parsing, const xmlNode *element)
{
    const char *text = parse_attribute(parsing, element, "event");
    if (!text)
        text = xml_attribute(parsing->arena, element, NAMESPACE_EVENTS, "event");
    if (!text) {
        parse_error(parsing, element, "action.event", "setvalue does not say when: event");
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
                        "odk-instance-load, xforms-value-changed and odk-new-repeat",
                        (int)size, at);
            return 0;
        }
        all |= events[i].event;
        at += size;
    }
    return all;
}

/* ---- Actions ---- */

static void keep(struct parsing *parsing, struct form_action action)
{
    parsing->actions = parse_grow(parsing, parsing->actions, parsing->action_count,
                                  &parsing->action_capacity, sizeof *parsing->actions);
    parsing->actions[parsing->action_count++] = action;
}

static bool ends_in_attribute(const struct xpath_tree *tree)
{
    const struct xpath_step *step = tree->kind == XPATH_PATH ? tree->steps : NULL;
    while (step && step->next)
        step = step->next;
    return step && step->axis == XPATH_ATTRIBUTE;
}

/* A path without predicates means the row it is written for; others are asked where they stand. */
static bool read_target(struct parsing *parsing, const xmlNode *element, const char *path,
                        struct form_action *action)
{
    size_t errors = parsing->findings->errors;
    action->target = parse_field(parsing, element, path, action->source);
    if (parsing->findings->errors > errors)
        return false;
    const struct xpath *ref = parse_xpath(parsing, element, path);
    if (!action->target || !ref)
        return parse_error(parsing, element, "action.ref", "the instance has no element %s", path);
    if (ends_in_attribute(ref->tree)) {
        parse_warning(parsing, element, "later", "setvalue to an attribute is left out: %s", path);
        return false;
    }
    if (strchr(path, '['))
        action->ref = ref;
    return true;
}

void parse_setvalue(struct parsing *parsing, const xmlNode *element, const struct form_field *from)
{
    struct form_action action = {.events = read_events(parsing, element),
                                 .source = from ? from : parsing->form->fields[0],
                                 .text = ""};
    const char *path = parse_attribute(parsing, element, "ref");
    const char *bind = parse_attribute(parsing, element, "bind");
    const char *value = parse_attribute(parsing, element, "value");
    for (size_t i = 0; bind && i < parsing->bind_id_count; i++)
        if (strcmp(parsing->bind_ids[i].id, bind) == 0)
            path = parsing->bind_ids[i].field->path;
    if (!action.events)
        return;
    if (!path) {
        parse_error(parsing, element, "action.ref", "setvalue does not say what it sets: ref");
        return;
    }
    if (!read_target(parsing, element, path, &action))
        return;
    if (value && *value)
        action.value = parse_xpath(parsing, element, value);
    else if (!value)
        action.text = text_trim(parsing->arena, xml_text(parsing->scratch, element));
    keep(parsing, action);
}

void parse_setvalues(struct parsing *parsing, const xmlNode *parent, const struct form_field *from)
{
    for (const xmlNode *at = xml_child(parent, FORM_NAMESPACE, "setvalue"); at;
         at = xml_next(at, FORM_NAMESPACE, "setvalue"))
        parse_setvalue(parsing, at, from);
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

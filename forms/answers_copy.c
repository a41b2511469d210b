/* Answers of one element taken over by another place: rows that are inserted as copies. */
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"

#include <string.h>

/* Ours, and marks of templates, are never taken over. */
static bool is_given(const xmlAttr *attribute)
{
    const char *uri = attribute->ns ? (const char *)attribute->ns->href : "";
    return strcmp(uri, FORM_NAMESPACE_SK) != 0 && strcmp(uri, FORM_NAMESPACE_JR) != 0;
}

static xmlAttr *same_attribute(const xmlNode *node, const xmlAttr *attribute)
{
    return attribute->ns ? xmlHasNsProp(node, attribute->name, attribute->ns->href)
                         : xmlHasNsProp(node, attribute->name, NULL);
}

void answers_copy_attributes(xmlNode *to, const xmlNode *from)
{
    for (xmlAttr *attribute = to->properties; attribute; attribute = attribute->next)
        if (is_given(attribute) && !same_attribute(from, attribute))
            xmlSetNsProp(to, attribute->ns, attribute->name, (const xmlChar *)"");
    for (const xmlAttr *attribute = from->properties; attribute; attribute = attribute->next) {
        if (!is_given(attribute))
            continue;
        xmlNs *ns = attribute->ns ? xmlSearchNsByHref(to->doc, to, attribute->ns->href) : NULL;
        xmlChar *value = xmlNodeListGetString(from->doc, attribute->children, 1);
        if (ns || !attribute->ns)
            xmlSetNsProp(to, ns, attribute->name, value ? value : (const xmlChar *)"");
        xmlFree(value);
    }
}

/* The text of a hidden place is not in its node. */
static void copy_value(struct answers *answers, struct place *to, const xmlNode *from)
{
    const struct form_control *control = to->field->control;
    const struct place *place = from->doc == answers->doc ? from->_private : NULL;
    const char *value = place ? place_value(place) : xml_text(answers->scratch, from);
    if (control && control->kind == FORM_UPLOAD)
        value = "";
    (void)place_keep(answers, to, value);
    place_mirror(answers, to);
}

/* Those that are places, hidden ones too; what the element has not is empty. */
static void copy_bound_attributes(struct answers *answers, struct place *to, const xmlNode *from)
{
    for (const struct form_field *child = to->field->first_child; child; child = child->next) {
        if (!child->is_attribute)
            continue;
        const xmlAttr *given = xmlHasNsProp(from, (const xmlChar *)child->name + 1, NULL);
        struct place *attribute = place_child(to, child);
        if (given)
            copy_value(answers, attribute, (const xmlNode *)given);
        else
            (void)place_keep(answers, attribute, "");
        place_mirror(answers, attribute);
    }
}

static struct place *place_for(struct answers *answers, struct place *parent,
                               const struct form_field *field, struct place *before)
{
    struct place *there = before ? before->next_row : place_child(parent, field);
    return there || !field->is_repeat ? there : answers_new_row(answers, field, parent, before);
}

static void remove_rows_after(struct answers *answers, struct place *parent,
                              const struct form_field *field, struct place *last)
{
    struct place *extra;
    while ((extra = last ? last->next_row : place_child(parent, field)) != NULL)
        answers_remove_row(answers, extra);
}

void answers_copy(struct answers *answers, struct place *to, const xmlNode *from)
{
    answers_copy_attributes(to->node, from);
    copy_bound_attributes(answers, to, from);
    if (!to->field->is_group) {
        copy_value(answers, to, from);
        return;
    }
    const struct form_field *hint = NULL;
    struct place **last =
        ARENA_ARRAY(answers->scratch, (size_t)to->field->child_count, struct place *);
    for (const xmlNode *child = xml_child(from, "*", NULL); child;
         child = xml_next(child, "*", NULL)) {
        const struct form_field *field =
            answers_match_child(answers->form, to->field, child, &hint);
        struct place *place = field ? place_for(answers, to, field, last[field->slot]) : NULL;
        if (!place)
            continue; /* no such field, or no room */
        answers_copy(answers, place, child);
        last[field->slot] = place;
    }
    for (const struct form_field *field = to->field->first_child; field; field = field->next)
        if (field->is_repeat)
            remove_rows_after(answers, to, field, last[field->slot]);
}

/* The element of the form's own instance at the same positions; NULL when it has fewer rows. */
static xmlNode *given_node(const struct answers *answers, const struct place *place)
{
    if (!place->parent)
        return xmlDocGetRootElement(answers->form->instance);
    const xmlNode *parent = given_node(answers, place->parent);
    int position = place_position(place);
    const struct form_field *hint = NULL;
    for (xmlNode *at = parent ? xml_child(parent, "*", NULL) : NULL; at;
         at = xml_next(at, "*", NULL))
        if (answers_match_child(answers->form, place->parent->field, at, &hint) == place->field &&
            --position == 0)
            return at;
    return NULL;
}

void answers_copy_given(struct answers *answers, struct place *row)
{
    const xmlNode *given = given_node(answers, row);
    if (given)
        answers_copy(answers, row, given);
}

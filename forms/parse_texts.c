/* Languages and texts: <itext>, and what label, hint and their like say. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"
#include "forms/likeness.h"
#include "forms/texts.h"

#include <stdlib.h>
#include <string.h>

/* ---- Parts ---- */

struct parts {
    struct text_part *items;
    size_t count, capacity;
};

static void add_part(struct parsing *parsing, struct parts *parts, struct text_part part)
{
    parts->items =
        parse_grow(parsing, parts->items, parts->count, &parts->capacity, sizeof *parts->items);
    parts->items[parts->count++] = part;
}

/* Runs of white space are one space; those at the ends go when the whole is known. */
static void add_literal(struct parsing *parsing, struct parts *parts, const char *text)
{
    char *out = arena_text(parsing->scratch, text), *end = out;
    for (; *text; text++) {
        bool space = *text == ' ' || *text == '\t' || *text == '\n' || *text == '\r';
        if (!space)
            *end++ = *text;
        else if (end == out || end[-1] != ' ')
            *end++ = ' ';
    }
    *end = 0;
    if (*out)
        add_part(parsing, parts, (struct text_part){.text = out});
}

static void add_output(struct parsing *parsing, struct parts *parts, const xmlNode *output)
{
    const char *source = parse_attribute(parsing, output, "value");
    if (!source)
        source = parse_attribute(parsing, output, "ref");
    if (!source) {
        parse_error(parsing, output, "output.value", "output has neither value nor ref");
        return;
    }
    const struct xpath *value = parse_xpath(parsing, output, source);
    if (value)
        add_part(parsing, parts, (struct text_part){.value = value});
}

static void read_parts(struct parsing *parsing, const xmlNode *element, struct parts *parts)
{
    for (const xmlNode *node = element->children; node; node = node->next) {
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
            add_literal(parsing, parts, (const char *)node->content);
        else if (xml_is(node, FORM_NAMESPACE, "output"))
            add_output(parsing, parts, node);
        else if (xml_is(node, FORM_NAMESPACE_HTML, NULL))
            read_parts(parsing, node, parts);
        else if (node->type == XML_ELEMENT_NODE && !xml_is(node, FORM_NAMESPACE_SK, NULL))
            parse_error(parsing, node, "element.unknown", "unknown element <%s> in a text",
                        (const char *)node->name);
    }
}

/* The element's text, kept in the form. Parts NULL when there is nothing. */
static struct text_body read_body(struct parsing *parsing, const xmlNode *element)
{
    struct parts parts = {0};
    read_parts(parsing, element, &parts);
    struct text_body body = {0};
    struct text_part *kept = ARENA_ARRAY(parsing->arena, parts.count, struct text_part);
    for (size_t i = 0; i < parts.count; i++) {
        kept[body.count] = parts.items[i];
        const char *text = parts.items[i].text;
        if (text) {
            if (i == 0 && *text == ' ')
                text++;
            size_t size = strlen(text);
            if (i + 1 == parts.count && size && text[size - 1] == ' ')
                size--;
            if (!size)
                continue;
            kept[body.count].text =
                arena_text_of(parsing->arena, (struct bytes){(const unsigned char *)text, size});
        }
        body.count++;
    }
    body.parts = body.count ? kept : NULL;
    return body;
}

/* ---- itext ---- */

static bool is_default(struct parsing *parsing, const xmlNode *translation)
{
    return parse_attribute(parsing, translation, "default") != NULL;
}

/* The languages are those of itext, the default first; without itext the document's, or bokmål. */
void parse_languages(struct parsing *parsing, const xmlNode *root, const xmlNode *model)
{
    struct form *form = parsing->form;
    const xmlNode *itext = xml_child(model, FORM_NAMESPACE, "itext");
    size_t count = 0, first = 0;
    const xmlNode *at = itext ? xml_child(itext, FORM_NAMESPACE, "translation") : NULL;
    for (const xmlNode *each = at; each; each = xml_next(each, FORM_NAMESPACE, "translation")) {
        if (is_default(parsing, each))
            first = count;
        count++;
    }
    form->languages = ARENA_ARRAY(parsing->arena, count + 1, const char *);
    for (size_t i = 0; at; at = xml_next(at, FORM_NAMESPACE, "translation"), i++) {
        const char *language = parse_attribute(parsing, at, "lang");
        if (!language)
            parse_error(parsing, at, "itext.lang", "translation has no lang");
        size_t place = i == first ? 0 : i < first ? i + 1 : i;
        form->languages[place] = language ? language : "";
    }
    form->language_count = count;
    if (count == 0) {
        const char *own =
            xml_attribute(parsing->arena, root, (const char *)XML_XML_NAMESPACE, "lang");
        form->languages[0] = own ? own : "nb";
        form->language_count = 1;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct text_entry *first = a, *second = b;
    int ids = strcmp(first->id, second->id);
    return ids ? ids : first->line - second->line;
}

/* <value> without form, or form="long". Others (short, guidance, image, audio) are for later. */
static const xmlNode *plain_value(struct parsing *parsing, const xmlNode *text)
{
    const xmlNode *found = NULL;
    for (const xmlNode *value = xml_child(text, FORM_NAMESPACE, "value"); value;
         value = xml_next(value, FORM_NAMESPACE, "value")) {
        const char *kind = parse_attribute(parsing, value, "form");
        if (!kind || (strcmp(kind, "long") == 0 && !found))
            found = value;
    }
    return found;
}

static size_t language_index(const struct form *form, const char *language)
{
    for (size_t i = 0; i < form->language_count; i++)
        if (text_equal(form->languages[i], language))
            return i;
    return 0;
}

/* Every <text> of every translation in one array, one entry each: then sorted and merged by id. */
static size_t collect_entries(struct parsing *parsing, const xmlNode *itext,
                              struct text_entry **out)
{
    size_t capacity = 0, count = 0;
    struct text_entry *entries = NULL;
    for (const xmlNode *translation = xml_child(itext, FORM_NAMESPACE, "translation"); translation;
         translation = xml_next(translation, FORM_NAMESPACE, "translation")) {
        size_t language =
            language_index(parsing->form, parse_attribute(parsing, translation, "lang"));
        for (const xmlNode *text = xml_child(translation, FORM_NAMESPACE, NULL); text;
             text = xml_next(text, FORM_NAMESPACE, NULL)) {
            const char *id = parse_attribute(parsing, text, "id");
            const xmlNode *value = plain_value(parsing, text);
            if (!xml_is(text, FORM_NAMESPACE, "text") || !id) {
                parse_error(parsing, text, "itext.text", "a translation holds <text id=\"...\">");
                continue;
            }
            struct source_place place = parse_place(parsing, text);
            entries = parse_grow(parsing, entries, count, &capacity, sizeof *entries);
            entries[count] = (struct text_entry){
                .id = id,
                .bodies =
                    ARENA_ARRAY(parsing->arena, parsing->form->language_count, struct text_body),
                .line = place.line,
                .column = place.column};
            if (value)
                entries[count].bodies[language] = read_body(parsing, value);
            count++;
        }
    }
    *out = entries;
    return count;
}

static void warn_of_missing(struct parsing *parsing, const struct text_entry *entry)
{
    const struct form *form = parsing->form;
    bool any = false;
    for (size_t i = 0; i < form->language_count; i++)
        any = any || entry->bodies[i].parts;
    for (size_t i = 0; any && i < form->language_count; i++)
        if (!entry->bodies[i].parts)
            finding_add_at(parsing->findings, FINDING_WARNING, parsing->file, entry->line,
                           entry->column, "text.missing", "text '%s' is missing in %s", entry->id,
                           form->languages[i]);
}

void parse_itext(struct parsing *parsing, const xmlNode *model)
{
    struct form *form = parsing->form;
    const xmlNode *itext = xml_child(model, FORM_NAMESPACE, "itext");
    if (!itext)
        return;
    struct text_entry *entries;
    size_t count = collect_entries(parsing, itext, &entries);
    if (count == 0)
        return;
    qsort(entries, count, sizeof *entries, compare_entries);
    form->entries = ARENA_ARRAY(parsing->arena, count, struct text_entry);
    for (size_t i = 0; i < count; i++) {
        struct text_entry *last = form->entry_count ? &form->entries[form->entry_count - 1] : NULL;
        if (!last || strcmp(last->id, entries[i].id) != 0) {
            form->entries[form->entry_count++] = entries[i];
            continue;
        }
        if (entries[i].line < last->line)
            last->line = entries[i].line;
        for (size_t l = 0; l < form->language_count; l++)
            if (entries[i].bodies[l].parts)
                last->bodies[l] = entries[i].bodies[l];
    }
    for (size_t i = 0; i < form->entry_count; i++)
        warn_of_missing(parsing, &form->entries[i]);
}

/* ---- What elements say ---- */

static const struct form_text *keep(struct parsing *parsing, struct form_text text)
{
    struct form_text *kept = ARENA_NEW(parsing->arena, struct form_text);
    *kept = text;
    return kept;
}

/* The argument when the whole expression is one call of jr:itext; NULL else. */
static const struct xpath_tree *itext_argument(const struct xpath_tree *tree)
{
    return tree->kind == XPATH_CALL && strcmp(xpath_tree_local(tree->text), "itext") == 0
               ? tree->first
               : NULL;
}

const struct form_text *parse_text_ref(struct parsing *parsing, const xmlNode *element,
                                       const char *ref)
{
    const struct xpath *xpath = parse_xpath(parsing, element, ref);
    if (!xpath)
        return NULL;
    const struct xpath_tree *argument = itext_argument(xpath->tree);
    if (!argument)
        return keep(parsing, (struct form_text){.kind = TEXT_VALUE, .expression = xpath});
    if (argument->kind != XPATH_LITERAL) {
        struct buf source;
        buf_init(&source, parsing->scratch);
        xpath_tree_write(argument, &source);
        xpath = parse_xpath(parsing, element, buf_text(&source));
        return keep(parsing, (struct form_text){.kind = TEXT_LOOKUP, .expression = xpath});
    }
    const struct text_entry *entry = form_text_entry(parsing->form, argument->text);
    if (!entry) {
        struct likeness likeness = {.wanted = argument->text};
        for (size_t i = 0; i < parsing->form->entry_count; i++)
            likeness_compare(&likeness, parsing->form->entries[i].id);
        if (likeness.nearest)
            parse_error(parsing, element, "text.unknown",
                        "there is no text '%s' in itext, did you mean '%s'?", argument->text,
                        likeness.nearest);
        else
            parse_error(parsing, element, "text.unknown",
                        "there is no text '%s' in itext: add <text id=\"%s\"> to every translation",
                        argument->text, argument->text);
        return NULL;
    }
    return keep(parsing, (struct form_text){.kind = TEXT_ENTRY, .entry = entry});
}

const struct form_text *parse_text(struct parsing *parsing, const xmlNode *element)
{
    const char *ref = parse_attribute(parsing, element, "ref");
    if (ref)
        return parse_text_ref(parsing, element, ref);
    struct text_body body = read_body(parsing, element);
    return body.parts ? keep(parsing, (struct form_text){.kind = TEXT_INLINE, .body = body}) : NULL;
}

const struct form_text *parse_message(struct parsing *parsing, const xmlNode *element,
                                      const char *value)
{
    if (!value || !*value)
        return NULL;
    if (text_starts_with(value, "jr:itext("))
        return parse_text_ref(parsing, element, value);
    struct text_part *part = ARENA_NEW(parsing->arena, struct text_part);
    part->text = text_collapse(parsing->arena, value);
    return keep(parsing, (struct form_text){.kind = TEXT_INLINE, .body = {part, 1}});
}

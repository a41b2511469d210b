/* The body: controls, and which of them are pages. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Attributes ---- */

bool parse_has_word(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += size)
        if ((at == list || at[-1] == ' ') && (at[size] == 0 || at[size] == ' '))
            return true;
    return false;
}

static unsigned read_appearance(const char *text)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {{"field-list", FORM_FIELD_LIST},     {"minimal", FORM_MINIMAL},
                 {"multiline", FORM_MULTILINE},       {"compact", FORM_COLUMNS},
                 {"columns", FORM_COLUMNS},           {"horizontal", FORM_COLUMNS},
                 {"autocomplete", FORM_AUTOCOMPLETE}, {"numbers", FORM_NUMBERS},
                 {"month-year", FORM_MONTH_YEAR},     {"year", FORM_YEAR},
                 {"calendar", FORM_CALENDAR},         {"single", FORM_SINGLE}};
    unsigned bits = 0;
    for (size_t i = 0; text && i < COUNT(words); i++)
        if (parse_has_word(text, words[i].word))
            bits |= words[i].bit;
    return bits;
}

static bool read_number(struct parsing *parsing, const xmlNode *element, const char *text,
                        double *out)
{
    if (!text)
        return false;
    char *end;
    double number = strtod(text, &end);
    if (!*text || *end) {
        parse_error_in(parsing, element, text, "attribute.value", "'%s' is no number", text);
        return false;
    }
    *out = number;
    return true;
}

static void read_duration(struct parsing *parsing, const xmlNode *element, const char *name,
                          const char *text, struct form_duration *out)
{
    if (text && !form_duration_parse(text, out))
        parse_error_in(parsing, element, text, "attribute.value",
                       "%s=\"%s\" is no duration such as P6M, P90D or PT1H", name, text);
}

/* A range of dates has dates here: it is asked as a date without them. */
static const char *range_attribute(struct parsing *parsing, const xmlNode *element,
                                   const char *name)
{
    const char *text = parse_attribute(parsing, element, name);
    char *end;
    if (!text || (strtod(text, &end), *text && !*end))
        return text;
    parse_warning(parsing, element, "later", "%s=\"%s\" is no number and left out", name, text);
    return NULL;
}

static void read_limits(struct parsing *parsing, const xmlNode *element,
                        struct form_control *control)
{
    const char *min = parse_sk_attribute(parsing, element, "min");
    const char *max = parse_sk_attribute(parsing, element, "max");
    if (control->kind == FORM_RANGE) {
        min = min ? min : range_attribute(parsing, element, "start");
        max = max ? max : range_attribute(parsing, element, "end");
        (void)read_number(parsing, element, range_attribute(parsing, element, "step"),
                          &control->step);
    }
    control->has_min = read_number(parsing, element, min, &control->min);
    control->has_max = read_number(parsing, element, max, &control->max);
    double rows;
    if (read_number(parsing, element, parse_attribute(parsing, element, "rows"), &rows) &&
        rows >= 1 && rows <= 100)
        control->rows = (int)rows;
}

/* ---- Upload ---- */

/* Words with white space between, each in the form's arena. */
static size_t read_words(struct parsing *parsing, const char *text, const char *const **out)
{
    size_t count = 0;
    const char **words = ARENA_ARRAY(parsing->arena, strlen(text) / 2 + 1, const char *);
    for (const char *at = text; *(at += strspn(at, " \t\r\n"));) {
        size_t size = strcspn(at, " \t\r\n");
        words[count++] =
            arena_text_of(parsing->arena, (struct bytes){(const unsigned char *)at, size});
        at += size;
    }
    *out = words;
    return count;
}

static void read_sources(struct parsing *parsing, const xmlNode *element,
                         struct form_upload *upload)
{
    static const char *const names[] = {[FORM_SOURCE_POSTBOX] = "postbox",
                                        [FORM_SOURCE_DISK] = "disk",
                                        [FORM_SOURCE_EARLIER] = "earlier",
                                        [FORM_SOURCE_LATER] = "later"};
    const char *text = parse_sk_attribute(parsing, element, "sources");
    const char *const *words;
    size_t count = read_words(parsing, text && *text ? text : "disk", &words);
    for (size_t i = 0; i < count; i++) {
        size_t source = 0;
        while (source < COUNT(names) && strcmp(names[source], words[i]) != 0)
            source++;
        if (source == COUNT(names) || upload->source_count == COUNT(upload->sources))
            parse_error_in(parsing, element, words[i], "attribute.value",
                           "sk:sources holds '%s'; it takes postbox, disk, earlier and later, once",
                           words[i]);
        else
            upload->sources[upload->source_count++] = (enum form_source)source;
    }
}

static struct form_match read_match(struct parsing *parsing, const xmlNode *element)
{
    struct form_match match = {.type = parse_attribute(parsing, element, "type"),
                               .subject = parse_attribute(parsing, element, "subject")};
    match.type = match.type ? match.type : "";
    match.subject = match.subject ? match.subject : "";
    const char *issuers = parse_attribute(parsing, element, "issuer");
    if (issuers)
        match.issuer_count = read_words(parsing, issuers, &match.issuers);
    const char *age = parse_attribute(parsing, element, "max-age");
    match.has_max_age = age != NULL;
    read_duration(parsing, element, "max-age", age, &match.max_age);
    age = parse_attribute(parsing, element, "min-age");
    match.has_min_age = age != NULL;
    read_duration(parsing, element, "min-age", age, &match.min_age);
    return match;
}

static void read_matches(struct parsing *parsing, const xmlNode *element,
                         struct form_upload *upload)
{
    size_t count = 0;
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE_SK, "match"); at;
         at = xml_next(at, FORM_NAMESPACE_SK, "match"))
        count++;
    struct form_match *matches = ARENA_ARRAY(parsing->arena, count, struct form_match);
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE_SK, "match"); at;
         at = xml_next(at, FORM_NAMESPACE_SK, "match"))
        matches[upload->match_count++] = read_match(parsing, at);
    upload->matches = matches;
}

static int read_file_count(struct parsing *parsing, const xmlNode *element, const char *name,
                           int most)
{
    double number;
    if (!read_number(parsing, element, parse_sk_attribute(parsing, element, name), &number))
        return 1;
    if (number >= 1 && number <= most)
        return (int)number;
    parse_error(parsing, element, "attribute.value", "sk:%s is from 1 to %d", name, most);
    return 1;
}

static const struct form_upload *read_upload(struct parsing *parsing, const xmlNode *element)
{
    struct form_upload *upload = ARENA_NEW(parsing->arena, struct form_upload);
    *upload = (struct form_upload){.share = {.seconds = 3600}};
    read_sources(parsing, element, upload);
    read_matches(parsing, element, upload);
    const xmlNode *purpose = xml_child(element, FORM_NAMESPACE_SK, "purpose");
    if (purpose)
        upload->purpose = parse_text(parsing, purpose);
    read_duration(parsing, element, "sk:share", parse_sk_attribute(parsing, element, "share"),
                  &upload->share);
    const char *later = parse_sk_attribute(parsing, element, "later");
    upload->has_later = later != NULL;
    read_duration(parsing, element, "sk:later", later, &upload->later);
    upload->max_files = read_file_count(parsing, element, "max-files", FORM_MAX_FILES);
    upload->files = read_file_count(parsing, element, "files", upload->max_files);
    double number;
    if (read_number(parsing, element, parse_sk_attribute(parsing, element, "max-bytes"), &number) &&
        number >= 1 && number < 1e12)
        upload->max_bytes = (int64_t)number;
    upload->accept = parse_attribute(parsing, element, "accept");
    if (!upload->accept)
        upload->accept = parse_attribute(parsing, element, "mediatype");
    if (!upload->accept)
        upload->accept = "";
    upload->offer_reuse = text_equal(parse_sk_attribute(parsing, element, "reuse"), "offer");
    upload->refuse_active =
        text_equal(parse_sk_attribute(parsing, element, "refuse"), "active-content");
    return upload;
}

/* ---- Choices ---- */

static const char *read_value(struct parsing *parsing, const xmlNode *item)
{
    const xmlNode *value = xml_child(item, FORM_NAMESPACE, "value");
    return value ? text_trim(parsing->arena, xml_text(parsing->scratch, value)) : NULL;
}

/* <item>, also inside <choices>. */
static void read_items(struct parsing *parsing, const xmlNode *element, struct form_items *items,
                       struct form_item **list, size_t *capacity)
{
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE, NULL); at;
         at = xml_next(at, FORM_NAMESPACE, NULL)) {
        if (xml_is(at, FORM_NAMESPACE, "choices")) {
            read_items(parsing, at, items, list, capacity);
        } else if (xml_is(at, FORM_NAMESPACE, "item")) {
            const xmlNode *label = xml_child(at, FORM_NAMESPACE, "label");
            const char *value = read_value(parsing, at);
            if (!value || !label) {
                parse_error(parsing, at, "item", "an item needs a label and a value");
                continue;
            }
            *list = parse_grow(parsing, *list, items->count, capacity, sizeof **list);
            (*list)[items->count++] =
                (struct form_item){.value = value, .label = parse_text(parsing, label)};
        }
    }
}

static void read_itemset(struct parsing *parsing, const xmlNode *itemset, struct form_items *items)
{
    const char *nodeset = parse_attribute(parsing, itemset, "nodeset");
    if (!nodeset)
        nodeset = parse_attribute(parsing, itemset, "ref");
    const xmlNode *value = xml_child(itemset, FORM_NAMESPACE, "value");
    const xmlNode *label = xml_child(itemset, FORM_NAMESPACE, "label");
    const char *value_ref = value ? parse_attribute(parsing, value, "ref") : NULL;
    if (value && !value_ref)
        value_ref = parse_attribute(parsing, value, "value");
    if (!nodeset || !value_ref || !label) {
        parse_error(parsing, itemset, "itemset",
                    "an itemset needs nodeset, <value ref> and <label ref>");
        return;
    }
    items->nodeset = parse_xpath(parsing, itemset, nodeset);
    if (items->nodeset && items->nodeset->is_shuffled && !items->nodeset->tree->first->next)
        parse_warning(parsing, itemset, "choices.order",
                      "randomize() without a seed gives another order each time the page is shown: "
                      "give it one that stays, such as a place calculated as once(random())");
    items->value = parse_xpath(parsing, value, value_ref);
    items->label = parse_text(parsing, label);
}

static const struct form_items *read_choices(struct parsing *parsing, const xmlNode *element)
{
    struct form_items *items = ARENA_NEW(parsing->arena, struct form_items);
    const xmlNode *itemset = xml_child(element, FORM_NAMESPACE, "itemset");
    const xmlNode *choices = xml_child(element, FORM_NAMESPACE, "choices");
    if (!itemset && choices)
        itemset = xml_child(choices, FORM_NAMESPACE, "itemset");
    if (itemset) {
        read_itemset(parsing, itemset, items);
        return items;
    }
    struct form_item *list = NULL;
    size_t capacity = 0;
    read_items(parsing, element, items, &list, &capacity);
    if (items->count == 0)
        parse_error(parsing, element, "choices", "there is nothing to choose: no item, no itemset");
    struct form_item *kept = ARENA_ARRAY(parsing->arena, items->count, struct form_item);
    if (items->count)
        memcpy(kept, list, items->count * sizeof *kept);
    items->items = kept;
    return items;
}

/* ---- Controls ---- */

static const struct {
    const char *name;
    enum form_kind kind;
} kinds[] = {{"group", FORM_GROUP},   {"repeat", FORM_REPEAT},     {"input", FORM_INPUT},
             {"secret", FORM_SECRET}, {"textarea", FORM_TEXTAREA}, {"select1", FORM_SELECT1},
             {"select", FORM_SELECT}, {"range", FORM_RANGE},       {"trigger", FORM_TRIGGER},
             {"upload", FORM_UPLOAD}, {"output", FORM_OUTPUT},     {"switch", FORM_GROUP},
             {"case", FORM_GROUP}};

static bool find_kind(const xmlNode *element, enum form_kind *out)
{
    for (size_t i = 0; xml_is(element, FORM_NAMESPACE, NULL) && i < COUNT(kinds); i++)
        if (strcmp((const char *)element->name, kinds[i].name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    return false;
}

static bool is_part_of_control(const xmlNode *element)
{
    static const char *const names[] = {"label",    "hint",      "help",     "alert",
                                        "item",     "itemset",   "choices",  "value",
                                        "filename", "mediatype", "extension"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp((const char *)element->name, names[i]) == 0)
            return true;
    return false;
}

static bool is_for_later(const xmlNode *element)
{
    static const char *const names[] = {"submit", "odk:rank", "rank", "setgeopoint", "recordaudio"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp((const char *)element->name, names[i]) == 0)
            return true;
    return false;
}

/* One of the groups in a switch is on the page (XForms 1.1, 9.2). */
static bool is_switch_or_case(const xmlNode *element)
{
    return xml_is(element, FORM_NAMESPACE, "switch") || xml_is(element, FORM_NAMESPACE, "case");
}

static const struct form_text *child_text(struct parsing *parsing, const xmlNode *element,
                                          const char *uri, const char *name)
{
    const xmlNode *child = xml_child(element, uri, name);
    return child ? parse_text(parsing, child) : NULL;
}

/* The field by bind, nodeset or ref; NULL when the control names none, or a wrong one (a finding).
 */
static const struct form_field *read_field(struct parsing *parsing, const xmlNode *element,
                                           const struct form_field *from)
{
    const char *bind = parse_attribute(parsing, element, "bind");
    for (size_t i = 0; bind && i < parsing->bind_id_count; i++)
        if (strcmp(parsing->bind_ids[i].id, bind) == 0)
            return parsing->bind_ids[i].field;
    if (bind) {
        parse_error_in(parsing, element, bind, "control.bind", "there is no bind with id '%s'",
                       bind);
        return NULL;
    }
    const char *path = parse_attribute(parsing, element, "nodeset");
    if (!path)
        path = parse_attribute(parsing, element, "ref");
    if (!path || !*path)
        return NULL;
    size_t errors = parsing->findings->errors;
    const struct form_field *field =
        parse_field(parsing, element, path, from ? from : parsing->form->fields[0]);
    if (!field && parsing->findings->errors == errors)
        parse_error_in(parsing, element, path, "control.ref", "the instance has no element %s%s",
                       path, parse_meant(parsing, path));
    return field;
}

/* An output may show anything a path finds: another row, another instance, an attribute. Only a
 * plain path to a field is that field. */
static const struct form_field *read_output_field(struct parsing *parsing, const xmlNode *element,
                                                  const struct form_field *from)
{
    const char *path = parse_attribute(parsing, element, "ref");
    if (path && strpbrk(path, "[(@|*"))
        return NULL;
    size_t errors = parsing->findings->errors;
    const struct form_field *field =
        path && *path ? parse_field(parsing, element, path, from ? from : parsing->form->fields[0])
                      : NULL;
    if (path && *path && !field && parsing->findings->errors == errors)
        parse_warning_in(parsing, element, path, "output.ref", "the instance has no element %s%s",
                         path, parse_meant(parsing, path));
    return field;
}

struct form_control *parse_new_control(struct parsing *parsing, enum form_kind kind,
                                       struct source_place place)
{
    struct form_control *control = ARENA_NEW(parsing->arena, struct form_control);
    *control = (struct form_control){.kind = kind,
                                     .word = "",
                                     .autocomplete = "",
                                     .number = (int)parsing->control_count,
                                     .line = place.line,
                                     .column = place.column};
    parsing->controls = parse_grow(parsing, parsing->controls, parsing->control_count,
                                   &parsing->control_capacity, sizeof *parsing->controls);
    parsing->controls[parsing->control_count++] = control;
    return control;
}

/* Where controls below stand, when this one names no field. */
static const struct form_field *field_around(const struct form_control *control)
{
    while (control && !control->field)
        control = control->parent;
    return control ? control->field : NULL;
}

static void read_repeat(struct parsing *parsing, const xmlNode *element,
                        struct form_control *control)
{
    if (!control->field) {
        parse_error(parsing, element, "repeat.nodeset", "a repeat needs a nodeset");
        return;
    }
    if (!control->field->parent) {
        parse_error(parsing, element, "repeat.nodeset",
                    "%s is the whole of the answers, which is there once: repeat what lies in it",
                    control->field->path);
        return;
    }
    parsing->form->fields[control->field->number]->is_repeat = true;
    struct field_links *links = &parsing->form->links[control->field->number];
    links->repeat = control;
    const char *start = parse_attribute(parsing, element, "startindex");
    control->start_index = start ? (int)strtol(start, NULL, 10) : 1;
    const char *count = xml_attribute(parsing->scratch, element, FORM_NAMESPACE_JR, "count");
    const char *fixed = xml_attribute(parsing->scratch, element, FORM_NAMESPACE_JR, "noAddRemove");
    control->no_add_remove = count || text_starts_with(fixed ? fixed : "", "true");
    if (count) /* seen from where the rows lie: ../n beside a row is n */
        links->count =
            parse_xpath(parsing, element, text_starts_with(count, "../") ? count + 3 : count);
}

static void read_output(struct parsing *parsing, const xmlNode *element,
                        struct form_control *control)
{
    const char *value = parse_attribute(parsing, element, "value");
    const char *ref = parse_attribute(parsing, element, "ref");
    control->is_bound = !control->field && ref;
    if (control->is_bound)
        control->value = parse_xpath(parsing, element, ref);
    else if (!control->field && value)
        control->value = parse_xpath(parsing, element, value);
    if (!control->field && !control->value)
        parse_error(parsing, element, "output.value", "output has neither value nor ref");
}

static void read_parts(struct parsing *parsing, const xmlNode *element,
                       struct form_control *control)
{
    const char *word = parse_sk_attribute(parsing, element, "id");
    control->word = word             ? word
                    : control->field ? control->field->name + control->field->is_attribute
                                     : "";
    control->id = parse_attribute(parsing, element, "id");
    control->appearance = read_appearance(parse_attribute(parsing, element, "appearance"));
    control->label = child_text(parsing, element, FORM_NAMESPACE, "label");
    control->hint = child_text(parsing, element, FORM_NAMESPACE, "hint");
    control->help = child_text(parsing, element, FORM_NAMESPACE, "help");
    control->alert = child_text(parsing, element, FORM_NAMESPACE, "alert");
    control->short_name = child_text(parsing, element, FORM_NAMESPACE_SK, "name");
    const char *autocomplete = parse_sk_attribute(parsing, element, "autocomplete");
    if (autocomplete)
        control->autocomplete = autocomplete;
    read_limits(parsing, element, control);

    if (control->kind == FORM_INPUT && (control->appearance & FORM_MULTILINE || control->rows > 1))
        control->kind = FORM_TEXTAREA;
    if (control->kind == FORM_SELECT1 || control->kind == FORM_SELECT)
        control->items = read_choices(parsing, element);
    if (control->kind == FORM_UPLOAD)
        control->upload = read_upload(parsing, element);
    if (control->kind == FORM_REPEAT)
        read_repeat(parsing, element, control);
    if (control->kind == FORM_OUTPUT)
        read_output(parsing, element, control);
}

struct family {
    struct form_control *parent; /* NULL: the body */
    struct form_control *first, *last;
};

static void read_children(struct parsing *parsing, const xmlNode *element, struct family *family);

/* The first of those that say so, else the first of all (XForms 1.1, 9.2.2). */
static void select_case(struct form_control *first)
{
    struct form_control *chosen = NULL;
    for (struct form_control *at = first; at; at = (struct form_control *)(uintptr_t)at->next)
        if (at->is_case && (!chosen || (at->is_selected && !chosen->is_selected)))
            chosen = at;
    for (struct form_control *at = first; at; at = (struct form_control *)(uintptr_t)at->next)
        at->is_selected = at == chosen;
}

static void read_switch(struct parsing *parsing, const xmlNode *element,
                        struct form_control *control)
{
    control->is_switch = xml_is(element, FORM_NAMESPACE, "switch");
    control->is_case = !control->is_switch;
    control->is_selected = text_equal(parse_attribute(parsing, element, "selected"), "true");
    if (control->is_switch)
        parse_warning(parsing, element, "profile",
                      "<switch> is XForms 1.1, and not in the ODK profile: other engines will not "
                      "know it");
    else if (!control->parent || !control->parent->is_switch)
        parse_error(parsing, element, "action.case", "a case stands in a switch");
}

static void read_control(struct parsing *parsing, const xmlNode *element, enum form_kind kind,
                         struct family *family)
{
    struct form_control *control = parse_new_control(parsing, kind, parse_place(parsing, element));
    control->parent = family->parent;
    if (family->last)
        family->last->next = control;
    else
        family->first = control;
    family->last = control;

    size_t errors = parsing->findings->errors;
    control->field = kind == FORM_OUTPUT && !parse_attribute(parsing, element, "bind")
                         ? read_output_field(parsing, element, field_around(family->parent))
                         : read_field(parsing, element, field_around(family->parent));
    const char *ref = parse_attribute(parsing, element, "ref");
    if (control->field && kind != FORM_OUTPUT && ref && strchr(ref, '['))
        control->when = parse_xpath(parsing, element, ref);
    bool needs_field =
        kind != FORM_GROUP && kind != FORM_OUTPUT && kind != FORM_REPEAT && kind != FORM_BUTTON;
    if (needs_field && !control->field && parsing->findings->errors == errors)
        parse_error(parsing, element, "control.ref", "<%s> does not say what it is about: ref",
                    (const char *)element->name);
    read_parts(parsing, element, control);
    if (is_switch_or_case(element))
        read_switch(parsing, element, control);
    if (control->field && !control->field->control && kind != FORM_BUTTON)
        parsing->form->fields[control->field->number]->control = control;
    if (kind == FORM_GROUP || kind == FORM_REPEAT) {
        struct family below = {.parent = control};
        read_children(parsing, element, &below);
        control->first_child = below.first;
        if (control->is_switch)
            select_case(below.first);
    } else {
        parse_actions(parsing, element, field_around(control),
                      kind == FORM_BUTTON ? control : NULL);
    }
    if (kind == FORM_BUTTON && !control->actions && parsing->findings->errors == errors)
        parse_warning(parsing, element, "action.none",
                      "nothing happens at the press of this trigger: it has no actions, and no ref "
                      "that it would confirm");
}

static void read_children(struct parsing *parsing, const xmlNode *element, struct family *family)
{
    for (const xmlNode *at = xml_child(element, "*", NULL); at; at = xml_next(at, "*", NULL)) {
        enum form_kind kind;
        if (find_kind(at, &kind))
            read_control(parsing, at, parse_is_button(parsing, at) ? FORM_BUTTON : kind, family);
        else if (xml_is(at, FORM_NAMESPACE_HTML, NULL))
            read_children(parsing, at, family);
        else if (parse_is_action(at))
            parse_action(parsing, at, field_around(family->parent), NULL);
        else if (xml_is(at, FORM_NAMESPACE_ODK, NULL) || is_for_later(at))
            parse_warning(parsing, at, "later", "<%s> is not supported yet and left out",
                          (const char *)at->name);
        else if (xml_is(at, FORM_NAMESPACE, NULL) && !is_part_of_control(at))
            parse_error(
                parsing, at, "element.unknown",
                "unknown element <%s> among the controls: write input, textarea, select1, select, "
                "range, trigger, secret, upload, output, group or repeat",
                (const char *)at->name);
    }
}

void parse_body(struct parsing *parsing, const xmlNode *body)
{
    struct family family = {0};
    read_children(parsing, body, &family);
    if (!family.first && !parsing->findings->errors) /* else it was told what is wrong with them */
        parse_error(
            parsing, body, "body.empty",
            "the body has no controls: write at least one, e.g. <input ref=\"/data/name\">");
    parsing->first_control = family.first;
}

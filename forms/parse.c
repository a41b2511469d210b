#include "forms/parse.h"

#include "engine/base/text.h"
#include "forms/parse_inside.h"
#include "forms/recalc_order.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- What the parts share ---- */

struct source_place parse_place(const struct parsing *parsing, const xmlNode *element)
{
    struct source_place place = source_element(parsing->source, element);
    return place.line ? place : (struct source_place){xml_line(element), 0};
}

static PRINTF_LIKE(5, 0) void add_finding(struct parsing *parsing, enum finding_severity severity,
                                          struct source_place place, const char *code,
                                          const char *format, va_list arguments)
{
    char text[400];
    vsnprintf(text, sizeof text, format, arguments);
    finding_add(parsing->findings, &(struct finding){.severity = severity,
                                                     .file = parsing->file,
                                                     .line = place.line,
                                                     .column = place.column,
                                                     .code = code,
                                                     .text = text,
                                                     .language = "en"});
}

bool parse_error(struct parsing *parsing, const xmlNode *at, const char *code, const char *format,
                 ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_finding(parsing, FINDING_ERROR, parse_place(parsing, at), code, format, arguments);
    va_end(arguments);
    return false;
}

void parse_warning(struct parsing *parsing, const xmlNode *at, const char *code, const char *format,
                   ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_finding(parsing, FINDING_WARNING, parse_place(parsing, at), code, format, arguments);
    va_end(arguments);
}

static struct source_place place_in(const struct parsing *parsing, const xmlNode *element,
                                    const char *value)
{
    struct source_place place = source_within(parsing->source, element, value, 0);
    return place.line ? place : parse_place(parsing, element);
}

bool parse_error_in(struct parsing *parsing, const xmlNode *element, const char *value,
                    const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_finding(parsing, FINDING_ERROR, place_in(parsing, element, value), code, format, arguments);
    va_end(arguments);
    return false;
}

void parse_warning_in(struct parsing *parsing, const xmlNode *element, const char *value,
                      const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_finding(parsing, FINDING_WARNING, place_in(parsing, element, value), code, format,
                arguments);
    va_end(arguments);
}

const char *parse_attribute(struct parsing *parsing, const xmlNode *element, const char *name)
{
    const char *value = xml_attribute(parsing->scratch, element, NULL, name);
    return value ? text_trim(parsing->arena, value) : NULL;
}

const char *parse_sk_attribute(struct parsing *parsing, const xmlNode *element, const char *name)
{
    const char *value = xml_attribute(parsing->scratch, element, FORM_NAMESPACE_SK, name);
    return value ? text_trim(parsing->arena, value) : NULL;
}

const struct xpath *parse_xpath(struct parsing *parsing, const xmlNode *element, const char *source)
{
    struct xpath *xpath = NULL;
    struct error err = {0};
    struct source_place place = place_in(parsing, element, source);
    if (xpath_new(parsing->arena, parsing->scratch, &parsing->form->world, source, place.line,
                  &xpath, &err)) {
        xpath->column = place.column;
        return xpath;
    }
    if (err.column)
        place = source_along(parsing->source, place, (size_t)err.column - 1);
    finding_add_at(
        parsing->findings, FINDING_ERROR, parsing->file, place.line, place.column, "expression",
        "%s in: %.120s. Mend it there; names, operators and functions are in forms/README.md",
        err.text, source);
    return NULL;
}

void *parse_grow(struct parsing *parsing, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = arena_alloc_array(parsing->scratch, wanted, size);
    if (count)
        memcpy(grown, items, count * size);
    *capacity = wanted;
    return grown;
}

/* ---- The start page: <sk:about> ---- */

static void read_fact(struct parsing *parsing, const xmlNode *element, struct form_fact *out)
{
    const xmlNode *title = xml_child(element, FORM_NAMESPACE_SK, "title");
    const xmlNode *detail = xml_child(element, FORM_NAMESPACE_SK, "detail");
    out->title = parse_text(parsing, title ? title : element);
    out->detail = detail ? parse_text(parsing, detail) : NULL;
    out->href = parse_attribute(parsing, element, "href");
    if (!out->href)
        out->href = "";
}

static const struct form_fact *read_facts(struct parsing *parsing, const xmlNode *about,
                                          const char *name, size_t *count)
{
    const xmlNode *first = xml_child(about, FORM_NAMESPACE_SK, name);
    *count = 0;
    for (const xmlNode *at = first; at; at = xml_next(at, FORM_NAMESPACE_SK, name))
        ++*count;
    struct form_fact *facts = ARENA_ARRAY(parsing->arena, *count, struct form_fact);
    struct form_fact *fact = facts;
    for (const xmlNode *at = first; at; at = xml_next(at, FORM_NAMESPACE_SK, name))
        read_fact(parsing, at, fact++);
    return facts;
}

static void read_contacts(struct parsing *parsing, const xmlNode *about, struct form_about *out)
{
    const xmlNode *first = xml_child(about, FORM_NAMESPACE_SK, "contact");
    size_t count = 0;
    for (const xmlNode *at = first; at; at = xml_next(at, FORM_NAMESPACE_SK, "contact"))
        count++;
    struct form_contact *contacts = ARENA_ARRAY(parsing->arena, count, struct form_contact);
    for (const xmlNode *at = first; at; at = xml_next(at, FORM_NAMESPACE_SK, "contact")) {
        struct form_contact *contact = &contacts[out->contact_count++];
        const xmlNode *name = xml_child(at, FORM_NAMESPACE_SK, "name");
        const xmlNode *address = xml_child(at, FORM_NAMESPACE_SK, "address");
        contact->name = name ? parse_text(parsing, name) : NULL;
        contact->address = address ? parse_text(parsing, address) : NULL;
        contact->phone = parse_attribute(parsing, at, "phone");
        contact->email = parse_attribute(parsing, at, "email");
        contact->phone = contact->phone ? contact->phone : "";
        contact->email = contact->email ? contact->email : "";
    }
    out->contacts = contacts;
}

static void check_about(struct parsing *parsing, const xmlNode *about)
{
    static const char *const known[] = {"agency",     "category", "lead", "time",    "who",
                                        "answer",     "need",     "law",  "privacy", "contact",
                                        "other-ways", "deadline", "next"};
    for (const xmlNode *at = xml_child(about, "*", NULL); at; at = xml_next(at, "*", NULL)) {
        bool good = false;
        for (size_t i = 0; i < COUNT(known); i++)
            good = good || xml_is(at, FORM_NAMESPACE_SK, known[i]);
        if (!good)
            parse_error(
                parsing, at, "element.unknown",
                "unknown element <%s> in sk:about: forms/README.md has what may stand there",
                (const char *)at->name);
    }
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void read_about_attributes(struct parsing *parsing, const xmlNode *about,
                                  struct form_about *out)
{
    out->agency_number = or_empty(parse_attribute(parsing, about, "agency-number"));
    out->prefix = or_empty(parse_attribute(parsing, about, "prefix"));
    if (strspn(out->prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(out->prefix) ||
        strlen(out->prefix) > 4)
        parse_error_in(parsing, about, out->prefix, "about.prefix",
                       "prefix=\"%s\" must be one to four capital letters", out->prefix);
    const char *level = parse_attribute(parsing, about, "security-level");
    if (level && strcmp(level, "3") != 0 && strcmp(level, "4") != 0)
        parse_error_in(parsing, about, level, "about.security-level", "security-level is 3 or 4");
    else if (level)
        out->security_level = level[0] - '0';
    const char *kind = parse_attribute(parsing, about, "agency-kind");
    if (kind && strcmp(kind, "state") != 0 && strcmp(kind, "municipal") != 0)
        parse_error_in(parsing, about, kind, "about.agency-kind",
                       "agency-kind is state or municipal");
    else if (kind)
        out->agency_kind = *kind == 's' ? FORM_AGENCY_STATE : FORM_AGENCY_MUNICIPAL;
    const char *kept = parse_attribute(parsing, about, "retention");
    const char *drafts = parse_attribute(parsing, about, "draft-retention");
    bool good = !kept || form_duration_parse(kept, &out->retention);
    if (!good || (drafts && !form_duration_parse(drafts, &out->draft_retention)))
        parse_error_in(parsing, about, good ? drafts : kept, "about.retention",
                       "retention and draft-retention are durations such as P5Y or P30D");
    const char *earlier = parse_attribute(parsing, about, "earlier-drafts");
    out->moves_drafts = text_equal(earlier, "move");
    if (earlier && !out->moves_drafts && !text_equal(earlier, "stay"))
        parse_error_in(parsing, about, earlier, "about.earlier-drafts",
                       "earlier-drafts is \"stay\" or \"move\"");
}

static void read_about(struct parsing *parsing, const xmlNode *head)
{
    struct form_about *out = &parsing->form->about;
    *out = (struct form_about){.agency_number = "",
                               .prefix = "",
                               .security_level = 4,
                               .retention = {.months = 12},
                               .draft_retention = {.days = 30}};
    const xmlNode *about = xml_child(head, FORM_NAMESPACE_SK, "about");
    struct source_place place = parse_place(parsing, about ? about : head);
    out->line = place.line;
    out->column = place.column;
    if (!about)
        return;
    check_about(parsing, about);
    read_about_attributes(parsing, about, out);

    const struct {
        const char *name;
        const struct form_text **text;
    } texts[] = {{"agency", &out->agency}, {"category", &out->category}, {"lead", &out->lead}};
    for (size_t i = 0; i < COUNT(texts); i++) {
        const xmlNode *element = xml_child(about, FORM_NAMESPACE_SK, texts[i].name);
        *texts[i].text = element ? parse_text(parsing, element) : NULL;
    }
    const struct {
        const char *name;
        struct form_fact *fact;
    } facts[] = {{"time", &out->time},        {"who", &out->who},
                 {"answer", &out->answer},    {"law", &out->law},
                 {"privacy", &out->privacy},  {"other-ways", &out->other_ways},
                 {"deadline", &out->deadline}};
    for (size_t i = 0; i < COUNT(facts); i++) {
        const xmlNode *element = xml_child(about, FORM_NAMESPACE_SK, facts[i].name);
        if (element)
            read_fact(parsing, element, facts[i].fact);
    }
    out->needs = read_facts(parsing, about, "need", &out->need_count);
    out->next = read_facts(parsing, about, "next", &out->next_count);
    read_contacts(parsing, about, out);
}

/* ---- The whole ---- */

static void read_title(struct parsing *parsing, const xmlNode *head)
{
    const xmlNode *title = xml_child(head, FORM_NAMESPACE_HTML, "title");
    parsing->form->title = title ? parse_text(parsing, title) : NULL;
    if (!parsing->form->title)
        parse_error(parsing, title ? title : head, "title.missing", "the form has no h:title");
}

static void check_model(struct parsing *parsing, const xmlNode *model)
{
    static const char *const known[] = {"instance", "bind", "itext"};
    static const char *const later[] = {"submission", "schema"};
    for (const xmlNode *at = xml_child(model, FORM_NAMESPACE, NULL); at;
         at = xml_next(at, FORM_NAMESPACE, NULL)) {
        bool good = parse_is_action(at), waits = false;
        for (size_t i = 0; i < COUNT(known); i++)
            good = good || xml_is(at, FORM_NAMESPACE, known[i]);
        for (size_t i = 0; i < COUNT(later); i++)
            waits = waits || xml_is(at, FORM_NAMESPACE, later[i]);
        if (waits)
            parse_warning(parsing, at, "later", "<%s> is not supported yet and left out",
                          (const char *)at->name);
        else if (!good)
            parse_error(
                parsing, at, "element.unknown",
                "unknown element <%s> in the model: take it out, or write instance, bind, itext or "
                "setvalue",
                (const char *)at->name);
    }
}

static void keep_controls(struct parsing *parsing)
{
    struct form *form = parsing->form;
    form->controls =
        ARENA_ARRAY(parsing->arena, parsing->control_count, const struct form_control *);
    for (size_t i = 0; i < parsing->control_count; i++)
        form->controls[i] = parsing->controls[i];
    form->control_count = parsing->control_count;
}

/* Reads the parts in the order they need each other; stops early only where the next could not. */
static void read_form(struct parsing *parsing)
{
    xmlNode *root = xmlDocGetRootElement(parsing->doc);
    xmlNode *head = xml_child(root, FORM_NAMESPACE_HTML, "head");
    xmlNode *body = xml_child(root, FORM_NAMESPACE_HTML, "body");
    xmlNode *model = head ? xml_child(head, FORM_NAMESPACE, "model") : NULL;
    if (!xml_is(root, FORM_NAMESPACE_HTML, "html") || !model || !body) {
        parse_error(parsing, root, "form.shape",
                    "a form is h:html with a model in h:head, and h:body (namespaces %s and %s)",
                    FORM_NAMESPACE_HTML, FORM_NAMESPACE);
        return;
    }
    parse_shape(parsing, model, body);
    check_model(parsing, model);
    parse_prefixes(parsing, root);
    parse_languages(parsing, root, model);
    parse_schemas(parsing, model);
    if (!parse_instances(parsing, model))
        return;
    parse_declared_types(parsing, model);
    parse_itext(parsing, model);
    read_title(parsing, head);
    read_about(parsing, head);
    parse_letter(parsing, head);
    parse_binds(parsing, model);
    parse_actions(parsing, model, NULL, NULL);
    parse_submissions(parsing, model);
    parse_body(parsing, body);
    if (parsing->first_control)
        parse_pages(parsing, body);
    keep_controls(parsing);
    parse_keep_actions(parsing);
    parse_templates(parsing);
    if (!parsing->findings->errors)
        recalc_order(parsing->form, parsing->scratch, parsing->file, parsing->findings);
}

/* First of all, so that what is kept is the form as its author wrote it, but for these. */
static void read_files(struct parsing *parsing, const struct parse_files *files,
                       struct bytes *whole)
{
    xmlNode *head = xml_child(xmlDocGetRootElement(parsing->doc), FORM_NAMESPACE_HTML, "head");
    xmlNode *model = head ? xml_child(head, FORM_NAMESPACE, "model") : NULL;
    bool instances = false;
    for (const xmlNode *at = model; at; at = xml_next(at, FORM_NAMESPACE, "model"))
        instances = parse_instance_files(parsing, at, files) || instances;
    bool schemas = model && parse_schema_files(parsing, model, files);
    bool texts = model && parse_text_files(parsing, model, files);
    if ((instances || schemas || texts) && whole)
        *whole = xml_write(parsing->findings->arena, parsing->doc);
}

static struct form *new_form(void)
{
    struct arena *arena = arena_open();
    struct form *form = ARENA_NEW(arena, struct form);
    form->arena = arena;
    form->runs = ARENA_NEW(arena, struct form_runs);
    pthread_mutex_init(&form->runs->lock, NULL);
    return form;
}

struct form *parse_form(struct bytes source, const char *file, struct finding_list *findings)
{
    return parse_form_with(source, file, NULL, NULL, findings);
}

struct form *parse_form_with(struct bytes source, const char *file, const struct parse_files *files,
                             struct bytes *whole, struct finding_list *findings)
{
    size_t errors_before = findings->errors;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err = {0};
    if (source.size > FORM_MAX_BYTES) {
        finding_add_at(findings, FINDING_ERROR, file, 1, 1, "form.size",
                       "a form is at most %d bytes", FORM_MAX_BYTES);
        return NULL;
    }
    if (!xml_parse(source, file, &doc, &err)) {
        finding_add_at(findings, FINDING_ERROR, err.file, err.line ? err.line : 1,
                       err.column ? err.column : 1, "xml", "%s", err.text);
        return NULL;
    }
    CLEANUP(form_close) struct form *form = new_form();
    CLEANUP(arena_close) struct arena *scratch = arena_open();
    struct finding_list own; /* errors of this form only decide */
    finding_list_init(&own, findings->arena);
    struct parsing parsing = {.form = form,
                              .arena = form->arena,
                              .scratch = scratch,
                              .findings = &own,
                              .file = arena_text(form->arena, file),
                              .doc = doc,
                              .source = source_open(scratch, source, doc)};
    read_files(&parsing, files, whole);
    read_form(&parsing);
    for (size_t i = 0; i < own.count; i++) { /* those that only know their line */
        struct finding *finding = &own.items[i];
        if (!finding->column)
            finding->column = source_line(parsing.source, finding->line).column;
    }
    finding_sort(&own);
    for (size_t i = 0; i < own.count; i++)
        finding_add(findings, &own.items[i]);
    if (findings->errors > errors_before)
        return NULL;
    struct form *result = form;
    form = NULL;
    return result;
}

/* submission: read for submission.h. What our own delivery does is none of its business, so all of
 * it is taken as it is, and what is not known of it is as if it was not there. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"
#include "forms/submission_inside.h"

#include <libxml/encoding.h>

#include <string.h>

/* XForms 1.1, 11.9, table of methods and what each serializes as. */
static const struct {
    const char *name, *method;
    enum submission_serialization serialization;
} methods[] = {{"get", "GET", SUBMISSION_URLENCODED},
               {"delete", "DELETE", SUBMISSION_URLENCODED},
               {"put", "PUT", SUBMISSION_XML},
               {"post", "POST", SUBMISSION_XML},
               {"multipart-post", "POST", SUBMISSION_RELATED},
               {"form-data-post", "POST", SUBMISSION_FORM_DATA},
               {"urlencoded-post", "POST", SUBMISSION_URLENCODED}};

static const struct {
    const char *name;
    enum submission_serialization serialization;
} serializations[] = {{"none", SUBMISSION_NONE},
                      {"application/xml", SUBMISSION_XML},
                      {"application/x-www-form-urlencoded", SUBMISSION_URLENCODED},
                      {"multipart/form-data", SUBMISSION_FORM_DATA},
                      {"multipart/related", SUBMISSION_RELATED}};

static bool read_truth(struct parsing *parsing, const xmlNode *element, const char *name,
                       bool otherwise)
{
    const char *text = parse_attribute(parsing, element, name);
    if (!text)
        return otherwise;
    return strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

static const char *read_or(struct parsing *parsing, const xmlNode *element, const char *name,
                           const char *otherwise)
{
    const char *text = parse_attribute(parsing, element, name);
    return text && *text ? text : otherwise;
}

/* An expression in `value`, else what stands between the tags. */
static struct submission_value read_value(struct parsing *parsing, const xmlNode *element)
{
    const char *value = parse_attribute(parsing, element, "value");
    if (value && *value)
        return (struct submission_value){.xpath = parse_xpath(parsing, element, value)};
    return (struct submission_value){
        .text = text_trim(parsing->arena, xml_text(parsing->scratch, element))};
}

/* The child goes before the attribute, and `resource` before `action` (XForms 1.1, 11.6.1). */
static struct submission_value read_resource(struct parsing *parsing, const xmlNode *element)
{
    const xmlNode *child = xml_child(element, FORM_NAMESPACE, "resource");
    if (child)
        return read_value(parsing, child);
    const char *action = read_or(parsing, element, "action", NULL);
    return (struct submission_value){.text = read_or(parsing, element, "resource", action)};
}

/* The child <method> is the same in other words (XForms 1.1, 11.7.1). */
static void read_method(struct parsing *parsing, const xmlNode *element, struct submission *out)
{
    const xmlNode *child = xml_child(element, FORM_NAMESPACE, "method");
    const char *name = child ? text_trim(parsing->arena, xml_text(parsing->scratch, child))
                             : read_or(parsing, element, "method", "post");
    out->method = name;
    out->serialization = SUBMISSION_XML;
    for (size_t i = 0; i < COUNT(methods); i++)
        if (strcmp(methods[i].name, name) == 0) {
            out->method = methods[i].method;
            out->serialization = methods[i].serialization;
        }
    const char *serialization = read_or(parsing, element, "serialization", "");
    for (size_t i = 0; i < COUNT(serializations); i++)
        if (strcmp(serializations[i].name, serialization) == 0)
            out->serialization = serializations[i].serialization;
}

static const struct xpath *read_ref(struct parsing *parsing, const xmlNode *element)
{
    const char *bind = parse_attribute(parsing, element, "bind");
    const char *path = read_or(parsing, element, "ref", NULL);
    for (size_t i = 0; bind && i < parsing->bind_id_count; i++)
        if (strcmp(parsing->bind_ids[i].id, bind) == 0)
            path = parsing->bind_ids[i].field->path;
    return path ? parse_xpath(parsing, element, path) : NULL;
}

static const char *const *read_words(struct parsing *parsing, const xmlNode *element,
                                     const char *name, size_t *count)
{
    const char *text = parse_attribute(parsing, element, name);
    if (!text)
        return NULL;
    const char **words = ARENA_ARRAY(parsing->arena, strlen(text) / 2 + 1, const char *);
    for (const char *at = text; *(at += strspn(at, " \t\r\n"));) {
        size_t size = strcspn(at, " \t\r\n");
        words[(*count)++] =
            arena_text_of(parsing->arena, (struct bytes){(const unsigned char *)at, size});
        at += size;
    }
    return words;
}

static void read_writing(struct parsing *parsing, const xmlNode *element, struct submission *out)
{
    const char *encoding = read_or(parsing, element, "encoding", NULL);
    xmlCharEncodingHandler *handler = encoding ? xmlFindCharEncodingHandler(encoding) : NULL;
    if (handler)
        xmlCharEncCloseFunc(handler);
    out->has_encoding = handler != NULL;
    out->encoding = handler ? encoding : "UTF-8";
    out->mediatype = read_or(parsing, element, "mediatype", NULL);
    out->version = read_or(parsing, element, "version", "1.0");
    out->indent = read_truth(parsing, element, "indent", false);
    out->omits_declaration = read_truth(parsing, element, "omit-xml-declaration", false);
    out->standalone = parse_attribute(parsing, element, "standalone")
                          ? read_truth(parsing, element, "standalone", false)
                          : -1;
    out->cdata_elements = read_words(parsing, element, "cdata-section-elements", &out->cdata_count);
    out->prefixes = read_words(parsing, element, "includenamespaceprefixes", &out->prefix_count);
    out->separator = text_equal(parse_attribute(parsing, element, "separator"), ";") ? ";" : "&";
}

static size_t count_children(const xmlNode *element, const char *name)
{
    size_t count = 0;
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE, name); at;
         at = xml_next(at, FORM_NAMESPACE, name))
        count++;
    return count;
}

static struct submission_header_rule read_header(struct parsing *parsing, const xmlNode *element)
{
    struct submission_header_rule rule = {.name = {.text = ""}};
    const char *nodeset = read_or(parsing, element, "nodeset", NULL);
    const char *combine = read_or(parsing, element, "combine", "append");
    const xmlNode *name = xml_child(element, FORM_NAMESPACE, "name");
    struct submission_value *values =
        ARENA_ARRAY(parsing->arena, count_children(element, "value"), struct submission_value);
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE, "value"); at;
         at = xml_next(at, FORM_NAMESPACE, "value"))
        values[rule.value_count++] = read_value(parsing, at);
    rule.values = values;
    rule.nodeset = nodeset ? parse_xpath(parsing, element, nodeset) : NULL;
    if (name)
        rule.name = read_value(parsing, name);
    rule.combine = strcmp(combine, "replace") == 0   ? SUBMISSION_REPLACE
                   : strcmp(combine, "prepend") == 0 ? SUBMISSION_PREPEND
                                                     : SUBMISSION_APPEND;
    return rule;
}

static void read_headers(struct parsing *parsing, const xmlNode *element, struct submission *out)
{
    struct submission_header_rule *rules = ARENA_ARRAY(
        parsing->arena, count_children(element, "header"), struct submission_header_rule);
    for (const xmlNode *at = xml_child(element, FORM_NAMESPACE, "header"); at;
         at = xml_next(at, FORM_NAMESPACE, "header"))
        rules[out->header_count++] = read_header(parsing, at);
    out->headers = rules;
}

static struct submission read_submission(struct parsing *parsing, const xmlNode *element)
{
    struct submission out = {.id = read_or(parsing, element, "id", "")};
    const char *replace = read_or(parsing, element, "replace", "all");
    read_method(parsing, element, &out);
    out.ref = read_ref(parsing, element);
    out.resource = read_resource(parsing, element);
    out.prunes = read_truth(parsing, element, "relevant", out.serialization != SUBMISSION_NONE);
    out.validates = read_truth(parsing, element, "validate", out.serialization != SUBMISSION_NONE);
    read_writing(parsing, element, &out);
    read_headers(parsing, element, &out);
    out.replace = strcmp(replace, "all") == 0        ? SUBMISSION_REPLACE_ALL
                  : strcmp(replace, "instance") == 0 ? SUBMISSION_REPLACE_INSTANCE
                                                     : SUBMISSION_REPLACE_NOTHING;
    out.instance = read_or(parsing, element, "instance", "");
    return out;
}

void parse_submissions(struct parsing *parsing, const xmlNode *model)
{
    struct form *form = parsing->form;
    struct submission *submissions =
        ARENA_ARRAY(parsing->arena, count_children(model, "submission"), struct submission);
    for (const xmlNode *at = xml_child(model, FORM_NAMESPACE, "submission"); at;
         at = xml_next(at, FORM_NAMESPACE, "submission"))
        submissions[form->submission_count++] = read_submission(parsing, at);
    form->submissions = submissions;
}

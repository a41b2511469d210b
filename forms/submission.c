#include "forms/submission.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"
#include "forms/submission_inside.h"
#include "forms/validate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAMESPACE_SOAP_1_1 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_TYPE "application/soap+xml"

const struct submission *submission_find(const struct form *form, const char *id)
{
    for (size_t i = 0; i < form->submission_count; i++)
        if (!*id || strcmp(form->submissions[i].id, id) == 0)
            return &form->submissions[i];
    return NULL;
}

enum submission_replace submission_replaces(const struct submission *submission,
                                            const char **instance)
{
    *instance = submission->instance;
    return submission->replace;
}

const char *submission_error_word(enum submission_error error)
{
    static const char *const words[] = {[SUBMISSION_OK] = "",
                                        [SUBMISSION_NO_DATA] = "no-data",
                                        [SUBMISSION_VALIDATION_ERROR] = "validation-error",
                                        [SUBMISSION_RESOURCE_ERROR] = "resource-error"};
    return words[error];
}

struct making {
    struct answers *answers;
    struct arena *arena;
    const struct submission *submission;
    struct submission_header *headers;
    size_t header_count, header_capacity;
};

/* ---- What is sent (XForms 1.1, 11.2) ---- */

static const struct place *place_of(const struct making *making, const xmlNode *node)
{
    return node->doc == making->answers->doc && node->type == XML_ELEMENT_NODE ? node->_private
                                                                               : NULL;
}

/* The element that ref names, or all of the answers. */
static const xmlNode *find_data(struct making *making)
{
    struct answers *answers = making->answers;
    xmlNode **nodes;
    size_t count;
    struct error err = {0};
    if (!making->submission->ref)
        return answers->root->node;
    if (!xpath_nodes(answers->run, making->arena, making->submission->ref, answers->root->node,
                     &nodes, &count, &err)) {
        answers_note_trouble(answers, &err);
        return NULL;
    }
    if (count == 0)
        return NULL;
    if (nodes[0]->type == XML_DOCUMENT_NODE)
        return xmlDocGetRootElement((xmlDoc *)nodes[0]);
    return nodes[0]->type == XML_ELEMENT_NODE ? nodes[0] : NULL;
}

/* Each place is judged, and those that are not relevant are not. */
static bool is_valid(struct making *making, const struct place *place)
{
    if (validate_place(making->answers, place) != VALIDATE_OK)
        return false;
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = place_child(place, child); row; row = row->next_row)
            if (row->relevant && !is_valid(making, row))
                return false;
    return true;
}

/* ---- Headers ---- */

static void add_header(struct making *making, const char *name, const char *value)
{
    if (making->header_count == making->header_capacity) {
        size_t capacity = making->header_capacity ? making->header_capacity * 2 : 8;
        struct submission_header *items =
            ARENA_ARRAY(making->arena, capacity, struct submission_header);
        if (making->header_count)
            memcpy(items, making->headers, making->header_count * sizeof *items);
        making->headers = items;
        making->header_capacity = capacity;
    }
    making->headers[making->header_count++] = (struct submission_header){name, value};
}

static struct submission_header *find_header(const struct making *making, const char *name)
{
    for (size_t i = 0; i < making->header_count; i++)
        if (strcasecmp(making->headers[i].name, name) == 0)
            return &making->headers[i];
    return NULL;
}

/* As one line: what the form or an answer says ends no header (RFC 9110, 5.5). */
static const char *say(struct making *making, const struct submission_value *value, xmlNode *at)
{
    char *text = "";
    struct error err = {0};
    if (!value->xpath)
        return text_collapse(making->arena, value->text ? value->text : "");
    if (!xpath_string(making->answers->run, making->arena, value->xpath, at, &text, &err))
        answers_note_trouble(making->answers, &err);
    return text_collapse(making->arena, text);
}

static void combine_header(struct making *making, enum submission_combine combine, const char *name,
                           const char *value)
{
    struct submission_header *there = find_header(making, name);
    if (!there)
        add_header(making, name, value);
    else if (combine == SUBMISSION_REPLACE)
        there->value = value;
    else if (combine == SUBMISSION_APPEND)
        there->value = arena_printf(making->arena, "%s,%s", there->value, value);
    else
        there->value = arena_printf(making->arena, "%s,%s", value, there->value);
}

static void write_header(struct making *making, const struct submission_header_rule *rule,
                         xmlNode *at)
{
    const char *name = say(making, &rule->name, at);
    struct buf values;
    buf_init(&values, making->arena);
    for (size_t i = 0; i < rule->value_count; i++)
        buf_printf(&values, "%s%s", i ? "," : "", say(making, &rule->values[i], at));
    if (*name && rule->value_count)
        combine_header(making, rule->combine, name, buf_text(&values));
}

static void write_headers(struct making *making)
{
    struct answers *answers = making->answers;
    for (size_t i = 0; i < making->submission->header_count; i++) {
        const struct submission_header_rule *rule = &making->submission->headers[i];
        xmlNode *once = answers->root->node, **nodes = &once;
        size_t count = 1;
        struct error err = {0};
        if (rule->nodeset &&
            !xpath_nodes(answers->run, making->arena, rule->nodeset, once, &nodes, &count, &err)) {
            answers_note_trouble(answers, &err);
            continue;
        }
        for (size_t n = 0; n < count; n++)
            write_header(making, rule, nodes[n]);
    }
}

/* ---- Media types ---- */

/* "; charset=ASCII" of a media type: its value, or NULL. */
static const char *parameter_of(struct arena *arena, const char *mediatype, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = mediatype; (at = strchr(at, ';')) != NULL;) {
        at += 1 + strspn(at + 1, " \t");
        if (strncasecmp(at, name, size) == 0 && at[size] == '=')
            return text_trim(arena, arena_printf(arena, "%.*s", (int)strcspn(at + size + 1, ";"),
                                                 at + size + 1));
    }
    return NULL;
}

static const char *with_charset(struct making *making, const char *mediatype)
{
    if (parameter_of(making->arena, mediatype, "charset"))
        return mediatype;
    return arena_printf(making->arena, "%s; charset=%s", mediatype, making->submission->encoding);
}

static bool is_soap(const struct submission *submission)
{
    return submission->mediatype && text_starts_with(submission->mediatype, SOAP_TYPE);
}

/* SOAP 1.2 is asked for; what is sent is the query alone (XForms 1.1, 11.11.3). */
static void accept_soap(struct making *making)
{
    const struct submission *submission = making->submission;
    const char *charset = parameter_of(making->arena, submission->mediatype, "charset");
    if (!charset && submission->has_encoding)
        charset = submission->encoding;
    add_header(making, "Accept",
               charset ? arena_printf(making->arena, SOAP_TYPE "; charset=%s", charset)
                       : SOAP_TYPE);
}

/* SOAP 1.1 has a media type and a header of its own (XForms 1.1, 11.11.3). */
static const char *soap_type(struct making *making, const xmlDoc *doc)
{
    const struct submission *submission = making->submission;
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!root->ns || strcmp((const char *)root->ns->href, NAMESPACE_SOAP_1_1) != 0)
        return with_charset(making, submission->mediatype);
    const char *action = parameter_of(making->arena, submission->mediatype, "action");
    const char *charset = parameter_of(making->arena, submission->mediatype, "charset");
    if (action)
        add_header(making, "SOAPAction", action);
    return arena_printf(making->arena, "text/xml; charset=%s",
                        charset ? charset : submission->encoding);
}

static const char *xml_type(struct making *making, const xmlDoc *doc)
{
    const struct submission *submission = making->submission;
    if (is_soap(submission) && strcmp(submission->method, "POST") == 0)
        return soap_type(making, doc);
    return with_charset(making, submission->mediatype ? submission->mediatype : "application/xml");
}

/* ---- The request ---- */

/* A line that the body does not have. */
static char *boundary_for(struct arena *arena, struct bytes content)
{
    for (unsigned i = 0;; i++) {
        char *boundary = arena_printf(arena, "----skjema-%u", i);
        if (!memmem(content.data, content.size, boundary, strlen(boundary)))
            return boundary;
    }
}

static void write_body(struct making *making, xmlDoc *doc, struct submission_request *out)
{
    const struct submission *submission = making->submission;
    struct arena *arena = making->arena;
    struct bytes xml = submission_xml(arena, submission, doc);
    char *boundary = boundary_for(arena, xml);
    const char *type = NULL;
    switch (submission->serialization) {
    case SUBMISSION_NONE:
        return;
    case SUBMISSION_XML:
        type = xml_type(making, doc);
        out->body = xml;
        break;
    case SUBMISSION_URLENCODED:
        type = "application/x-www-form-urlencoded";
        out->body = BYTES_OF(submission_urlencoded(arena, submission->separator, doc));
        break;
    case SUBMISSION_FORM_DATA:
        type = arena_printf(arena, "multipart/form-data; boundary=\"%s\"", boundary);
        out->body = submission_form_data(arena, doc, boundary);
        break;
    case SUBMISSION_RELATED:
        type = arena_printf(arena,
                            "multipart/related; boundary=\"%s\"; type=\"application/xml\"; "
                            "start=\"<svar@skjema>\"",
                            boundary);
        out->body = submission_related(arena, xml, xml_type(making, doc), boundary);
        break;
    }
    add_header(making, "Content-Type", type);
}

/* Answers of get and delete are in the address (XForms 1.1, 11.9.2, 11.9.4). */
static bool has_query(const struct submission *submission)
{
    return strcmp(submission->method, "GET") == 0 || strcmp(submission->method, "DELETE") == 0;
}

static const char *address_with(struct arena *arena, const char *address, const char *separator,
                                const char *query)
{
    if (!*query)
        return address;
    size_t size = strcspn(address, "#");
    const char *mark = memchr(address, '?', size) ? separator : "?";
    return arena_printf(arena, "%.*s%s%s%s", (int)size, address, mark, query, address + size);
}

enum submission_error submission_make(struct answers *answers, struct arena *arena,
                                      const struct submission *submission,
                                      struct submission_request *out)
{
    struct making making = {.answers = answers, .arena = arena, .submission = submission};
    const xmlNode *data = find_data(&making);
    const struct place *place = data ? place_of(&making, data) : NULL;
    if (!data || (place && submission->prunes && !place->relevant))
        return SUBMISSION_NO_DATA;
    if (submission->validates && place && !is_valid(&making, place))
        return SUBMISSION_VALIDATION_ERROR;
    const char *address = say(&making, &submission->resource, answers->root->node);
    if (!*address)
        return SUBMISSION_RESOURCE_ERROR;

    CLEANUP(xml_close) xmlDoc *doc = submission_copy(answers, submission, data);
    struct submission_request request = {.method = submission->method, .address = address};
    write_headers(&making);
    if (is_soap(submission) && strcmp(submission->method, "GET") == 0)
        accept_soap(&making);
    if (!has_query(submission))
        write_body(&making, doc, &request);
    else if (submission->serialization != SUBMISSION_NONE)
        request.address = address_with(arena, address, submission->separator,
                                       submission_urlencoded(arena, submission->separator, doc));
    request.headers = making.headers;
    request.header_count = making.header_count;
    *out = request;
    return SUBMISSION_OK;
}

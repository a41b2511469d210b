#include "engine/sandbox/sandbox_schema.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An element's content: text of a kind, or children in order. */
struct model {
    bool (*text)(const char *);       /* what the text must be; NULL: any */
    size_t least_length, most_length; /* code points; most 0: any */
    size_t limit;                     /* the same, but a data type's annotation */
    const char *const *values;        /* the text is one of these; NULL: any */
    const struct child *children;     /* NULL: text only */
    const struct attribute *attributes;
    bool any_data; /* one element of the datatypes namespace */
};

enum { MANY = 1000000 };

/* A row of a sequence. Rows after each other with the same choice number exclude each other; the
 * first one's `least` says whether one of them must be there. */
struct child {
    const char *name;
    const struct model *model;
    int least, most;
    int choice;
    int limit; /* more than so many: against a data type's annotation */
};

struct attribute {
    const char *name;
    const struct model *model;
};

/* ---- simple types ---- */

static bool is_long(const char *text)
{
    char *end;
    errno = 0;
    (void)strtoll(text, &end, 10);
    return end != text && *end == '\0' && !errno;
}

static bool is_hours(const char *text)
{
    return is_long(text) && strtoll(text, NULL, 10) >= 0 && strtoll(text, NULL, 10) <= INT32_MAX;
}

/* xsd:dateTime may be without a zone. */
static bool is_date_time(const char *text)
{
    int64_t at;
    char with_zone[80];
    snprintf(with_zone, sizeof with_zone, "%.70sZ", text);
    return clock_parse_iso(text, &at) || clock_parse_iso(with_zone, &at);
}

static bool is_date(const char *text)
{
    char with_time[64];
    snprintf(with_time, sizeof with_time, "%.10sT00:00:00Z", text);
    return strlen(text) >= 10 && is_date_time(with_time);
}

static bool is_boolean(const char *text)
{
    return text_equal(text, "true") || text_equal(text, "false") || text_equal(text, "0") ||
           text_equal(text, "1");
}

static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
            return false;
    return true;
}

static bool is_organisation_id(const char *text)
{
    size_t length = text_length(text);
    return length >= 1 && length <= 35 && strcspn(text, " \t\r\n.,;:/-") == strlen(text);
}

static bool is_uri(const char *text)
{
    return strcspn(text, " \t\r\n<>\"{}|\\^`") == strlen(text);
}

static const char *const levels[] = {"PASSWORD", "TWO_FACTOR", "IDPORTEN_3", "IDPORTEN_4", NULL};
static const char *const sensitivities[] = {"NORMAL", "SENSITIVE", NULL};
static const char *const colours[] = {"MONOCHROME", "COLORS", NULL};
static const char *const handlings[] = {"SHRED", "RETURN_TO_SENDER", NULL};
static const char *const languages[] = {"NB", "NN", "EN", NULL};

static const struct child no_children[1];
static const struct model any_text = {0}, empty = {.children = no_children};
static const struct model long_number = {.text = is_long}, date_time = {.text = is_date_time};
static const struct model date = {.text = is_date}, boolean = {.text = is_boolean};
static const struct model uri = {.text = is_uri}, uuid = {.text = is_uuid};
static const struct model hours = {.text = is_hours};
static const struct model eleven = {.least_length = 11, .most_length = 11};
static const struct model nine = {.least_length = 9, .most_length = 9};
static const struct model name = {.most_length = 130}, line = {.most_length = 100};
static const struct model zip = {.most_length = 10}, city = {.most_length = 80};
static const struct model code = {.most_length = 20}, subject = {.most_length = 255};
static const struct model level = {.values = levels}, sensitivity = {.values = sensitivities};

static const struct model colour = {.values = colours}, handling = {.values = handlings};
static const struct model organisation_id = {.text = is_organisation_id};
static const struct model sms_text = {.least_length = 1, .most_length = 160};
static const struct model email_subject = {.least_length = 1, .most_length = 100};
static const struct model email_text = {.least_length = 1, .most_length = 500};

#define CHILDREN(...)                                                                              \
    (const struct child[])                                                                         \
    {                                                                                              \
        __VA_ARGS__, ROW(NULL, NULL, 0, 0, 0, 0)                                                   \
    }
#define ROW(name, model, least, most, choice, limit)                                               \
    {                                                                                              \
        name, model, least, most, choice, limit                                                    \
    }
#define ONE(name, model) ROW(name, model, 1, 1, 0, 0)
#define MAYBE(name, model) ROW(name, model, 0, 1, 0, 0)
#define ANY(name, model) ROW(name, model, 0, MANY, 0, 0)
#define ANY_LIMITED(name, model, limit) ROW(name, model, 0, MANY, 0, limit)
#define SOME(name, model) ROW(name, model, 1, MANY, 0, 0)
#define UP_TO(most, name, model) ROW(name, model, 0, most, 0, 0)
#define SOME_TO(most, name, model) ROW(name, model, 1, most, 0, 0)
#define EITHER(name, model) ROW(name, model, 1, 1, 1, 0)  /* one of those beside each other */
#define PERHAPS(name, model) ROW(name, model, 0, 1, 1, 0) /* at most one of them */
#define ATTRIBUTES(...)                                                                            \
    (const struct attribute[])                                                                     \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

/* ---- the API's own namespace ---- */

static const struct model norwegian_address = {
    .children = CHILDREN(MAYBE("addressline1", &line), MAYBE("addressline2", &line),
                         MAYBE("addressline3", &line), ONE("zip-code", &zip), ONE("city", &city))};
static const struct model foreign_address = {
    .children = CHILDREN(ONE("addressline1", &line), MAYBE("addressline2", &line),
                         MAYBE("addressline3", &line), MAYBE("addressline4", &line),
                         EITHER("country", &city), EITHER("country-code", &code))};
static const struct model print_recipient = {
    .children = CHILDREN(ONE("name", &name), EITHER("norwegian-address", &norwegian_address),
                         EITHER("foreign-address", &foreign_address))};
static const struct model print_instruction = {
    .children = CHILDREN(ONE("key", &any_text), ONE("value", &any_text))};
static const struct model print_instructions = {
    .children = CHILDREN(SOME("print-instruction", &print_instruction))};
static const struct model print_details = {
    .children =
        CHILDREN(ONE("recipient", &print_recipient), ONE("return-address", &print_recipient),
                 MAYBE("color", &colour), MAYBE("nondeliverable-handling", &handling),
                 MAYBE("print-instructions", &print_instructions))};
static const struct model name_and_address = {
    .children =
        CHILDREN(ONE("fullname", &name), ONE("addressline1", &line), MAYBE("addressline2", &line),
                 ONE("postalcode", &zip), ONE("city", &city), MAYBE("birth-date", &date),
                 MAYBE("phone-number", &any_text), MAYBE("email-address", &any_text))};
static const struct model identification = {
    .children = CHILDREN(
        PERHAPS("personal-identification-number", &eleven), PERHAPS("organisation-number", &nine),
        PERHAPS("digipost-address", &any_text), PERHAPS("name-and-address", &name_and_address),
        PERHAPS("bank-account-number", &eleven)),
    .attributes = ATTRIBUTES({"include-personalias-for-digipost-user", &boolean})};

static const struct model email_details = {.children =
                                               CHILDREN(SOME_TO(50, "email-address", &any_text))};
static const struct model peppol_address = {
    .children = CHILDREN(ONE("schemeID", &any_text), ONE("endpointID", &any_text))};
static const struct model peppol_addresses = {
    .children = CHILDREN(ONE("receiver", &peppol_address), ONE("sender", &peppol_address))};
static const struct model recipient = {
    .children = CHILDREN(
        PERHAPS("personal-identification-number", &eleven), PERHAPS("organisation-number", &nine),
        PERHAPS("digipost-address", &any_text), PERHAPS("email-details", &email_details),
        PERHAPS("peppol-addresses", &peppol_addresses),
        PERHAPS("name-and-address", &name_and_address), PERHAPS("bank-account-number", &eleven),
        MAYBE("print-details", &print_details))};
static const struct model sender_organization = {
    .children = CHILDREN(ONE("organization-id", &organisation_id), MAYBE("part-id", &line))};

static const struct model listed_time = {.children = no_children,
                                         .attributes = ATTRIBUTES({"time", &date_time})};
static const struct model sms_overrides = {
    .children = CHILDREN(ONE("sms-mobile-number", &any_text), ONE("text", &sms_text))};
static const struct model sms_notification = {
    .children = CHILDREN(MAYBE("overrides", &sms_overrides), ANY("at", &listed_time),
                         ANY("after-hours", &hours))};
static const struct model email_notification = {
    .children = CHILDREN(ONE("email-address", &any_text), ONE("subject", &email_subject),
                         ONE("text", &email_text), SOME("at", &listed_time))};
static const struct model encrypted = {.children = no_children,
                                       .attributes = ATTRIBUTES({"number-of-pages", &long_number})};
static const struct model content_hash = {.attributes = ATTRIBUTES({"hash-algorithm", &any_text})};
static const struct model link = {
    .children = no_children,
    .attributes = ATTRIBUTES({"rel", &any_text}, {"uri", &any_text}, {"media-type", &any_text})};
static const struct model data_type = {.any_data = true};
static const struct model document = {
    .children = CHILDREN(
        MAYBE("uuid", &uuid), MAYBE("subject", &subject), ONE("file-type", &any_text),
        PERHAPS("opening-receipt", &any_text), PERHAPS("opened", &boolean),
        MAYBE("sms-notification", &sms_notification),
        MAYBE("email-notification", &email_notification), MAYBE("authentication-level", &level),
        MAYBE("sensitivity-level", &sensitivity), MAYBE("encrypted", &encrypted),
        MAYBE("content-hash", &content_hash), ANY("link", &link), MAYBE("data-type", &data_type)),
    .attributes = ATTRIBUTES({"technical-type", &any_text})};
static const struct model print_if_unread = {
    .children =
        CHILDREN(ONE("print-if-unread-after", &date_time), ONE("print-details", &print_details))};
static const struct model request_for_registration = {
    .children =
        CHILDREN(ONE("registration-deadline", &date_time), MAYBE("phone-number", &any_text),
                 MAYBE("email-address", &any_text), MAYBE("print-details", &print_details))};
static const struct model batch = {.children = CHILDREN(ONE("uuid", &uuid))};
static const struct model message = {
    .children = CHILDREN(
        MAYBE("message-id", &any_text), PERHAPS("sender-id", &long_number),
        PERHAPS("sender-organization", &sender_organization), ONE("recipient", &recipient),
        MAYBE("delivery-time", &date_time), MAYBE("invoice-reference", &line),
        ONE("primary-document", &document), UP_TO(201, "attachment", &document),
        MAYBE("print-if-unread", &print_if_unread),
        MAYBE("request-for-registration", &request_for_registration), MAYBE("batch", &batch))};
static const struct model additional_data = {
    .children = CHILDREN(ONE("data-type", &data_type), PERHAPS("sender-id", &long_number),
                         PERHAPS("sender-organization", &sender_organization))};

static const struct child roots[] = {ONE("message", &message),
                                     ONE("identification", &identification),
                                     ONE("additional-data", &additional_data)};

/* ---- data types ---- */

static const struct model text_7 = {.limit = 7}, text_11 = {.limit = 11};
static const struct model text_30 = {.limit = 30}, text_70 = {.limit = 70};
static const struct model text_100 = {.limit = 100}, text_120 = {.limit = 120};
static const struct model text_150 = {.limit = 150}, text_250 = {.limit = 250};
static const struct model text_255 = {.limit = 255}, text_300 = {.limit = 300};
static const struct model postal_code = {.limit = 10}, language = {.values = languages};

static const struct model share_documents_request = {
    .children = CHILDREN(ONE("max-share-duration-seconds", &long_number), ONE("purpose", &any_text),
                         ANY("allowed-origin-organisation-numbers", &any_text))};
static const struct model external_link = {
    .children = CHILDREN(ONE("url", &uri), MAYBE("deadline", &date_time),
                         MAYBE("description", &text_300), MAYBE("button-text", &text_30))};
static const struct model address = {
    .children = CHILDREN(MAYBE("street-address", &text_100), MAYBE("street-address-2", &text_100),
                         MAYBE("postal-code", &postal_code), MAYBE("city", &text_100),
                         MAYBE("country", &text_100))};
static const struct model info = {
    .children = CHILDREN(MAYBE("title", &text_150), MAYBE("text", &any_text))};
static const struct model appointment = {
    .children = CHILDREN(ONE("start-time", &any_text), MAYBE("end-time", &any_text),
                         MAYBE("arrival-time", &text_150), MAYBE("place", &text_150),
                         MAYBE("address", &address), MAYBE("sub-title", &text_150),
                         ANY_LIMITED("info", &info, 2), MAYBE("language", &language),
                         MAYBE("link", &external_link))};
static const struct model period = {.children =
                                        CHILDREN(MAYBE("from", &any_text), MAYBE("to", &any_text))};
static const struct model calendar_date = {
    .children =
        CHILDREN(ONE("month", &long_number), ONE("day", &long_number), MAYBE("hour", &long_number),
                 MAYBE("min", &long_number), MAYBE("time-zone", &any_text))};
static const struct model yearly_period = {
    .children = CHILDREN(MAYBE("start-year", &long_number), MAYBE("end-year", &long_number),
                         ONE("from", &calendar_date), ONE("to", &calendar_date))};
static const struct model valid_period = {
    .children =
        CHILDREN(MAYBE("period", &period), MAYBE("yearly-repeating-period", &yearly_period))};
static const struct model proof_holder = {
    .children = CHILDREN(ONE("firstname", &text_150), ONE("surname", &text_150),
                         MAYBE("social-security-number", &text_11), MAYBE("address", &address))};
static const struct model proof = {
    .children = CHILDREN(MAYBE("authorizer-name", &text_30), MAYBE("background-color", &text_7),
                         MAYBE("issued-time", &any_text), ONE("valid-period", &valid_period),
                         ONE("proof-holder", &proof_holder), ONE("title", &text_255),
                         MAYBE("proof-id-name", &text_100), MAYBE("proof-id-value", &text_250),
                         ANY_LIMITED("attribute", &info, 5), ANY_LIMITED("info", &info, 3),
                         MAYBE("language", &language))};
static const struct model interval = {
    .children = CHILDREN(ONE("start-time", &any_text), ONE("end-time", &any_text))};
static const struct model event_link = {
    .children = CHILDREN(ONE("url", &uri), ONE("description", &text_70))};
static const struct model barcode = {
    .children =
        CHILDREN(MAYBE("barcode-value", &any_text), MAYBE("barcode-type", &any_text),
                 MAYBE("barcode-text", &any_text), MAYBE("show-value-in-barcode", &boolean))};
static const struct model event = {
    .children = CHILDREN(MAYBE("sub-title", &text_100), SOME("start-time", &interval),
                         MAYBE("timeLabel", &text_100), MAYBE("description", &text_120),
                         MAYBE("place", &text_100), MAYBE("placeLabel", &text_100),
                         MAYBE("address", &address), ANY_LIMITED("info", &info, 10),
                         MAYBE("barcodeLabel", &text_100), MAYBE("barcode", &barcode),
                         ANY("links", &event_link), MAYBE("language", &language))};
static const struct model opening_receipt = {.children = CHILDREN(ONE("group", &text_100))};
static const struct model signed_document = {
    .children = CHILDREN(ONE("document-issuer", &any_text), ONE("document-subject", &any_text),
                         ONE("signing-time", &any_text))};

/* A NULL model: the name is known, the content is left to the schema file. */
static const struct child data_types[] = {
    ONE("share-documents-request", &share_documents_request),
    ONE("share-documents-request-sharing-stopped", &empty),
    ONE("share-documents-request-documents-shared", NULL),
    ONE("externalLink", &external_link),
    ONE("appointment", &appointment),
    ONE("proof", &proof),
    ONE("event", &event),
    ONE("opening-receipt", &opening_receipt),
    ONE("opening-receipt-accepted", &empty),
    ONE("signedDocument", &signed_document),
    ONE("receipt", NULL),
    ONE("invoice", NULL),
    ONE("invoice-payment", NULL),
    ONE("inkasso", NULL),
    ONE("payslip", NULL),
    ONE("pickup-notice", NULL),
    ONE("pickup-notice-status", NULL),
    ONE("residence", NULL),
    ONE("boligdetaljer", NULL),
    ONE("verifiable-credential-notice", NULL),
    ONE("verifiable-presentation-notice", NULL),
};

/* ---- the walk ---- */

struct walk {
    struct arena *arena;
    struct sandbox_schema_verdict *verdict;
};

static void broken(struct walk *walk, const xmlNode *node, const char *what)
{
    if (!*walk->verdict->broken)
        snprintf(walk->verdict->broken, sizeof walk->verdict->broken, "line %d, %.80s: %s",
                 xml_line(node), (const char *)node->name, what);
}

static void over_limit(struct walk *walk, const xmlNode *node, const char *what)
{
    if (!*walk->verdict->limit)
        snprintf(walk->verdict->limit, sizeof walk->verdict->limit, "%.80s: %s",
                 (const char *)node->name, what);
}

static void check_text(struct walk *walk, const xmlNode *node, const struct model *model,
                       const char *text)
{
    size_t length = text_length(text);
    if (model->text && !model->text(text_collapse(walk->arena, text)))
        broken(walk, node, "not what the type allows");
    if (length < model->least_length || (model->most_length && length > model->most_length))
        broken(walk, node, "too short or too long");
    if (model->limit && length > model->limit)
        over_limit(walk, node, "longer than the data type allows");
    if (!model->values)
        return;
    for (const char *const *value = model->values; *value; value++)
        if (text_equal(*value, text))
            return;
    broken(walk, node, "not one of the values allowed");
}

static void check_attributes(struct walk *walk, const xmlNode *node, const struct model *model)
{
    for (const xmlAttr *is = node->properties; is; is = is->next) {
        if (is->ns &&
            text_equal((const char *)is->ns->href, "http://www.w3.org/2001/XMLSchema-instance"))
            continue;
        const struct attribute *known = model->attributes;
        while (known && known->name && !text_equal(known->name, (const char *)is->name))
            known++;
        if (is->ns || !known || !known->name) {
            broken(walk, node, "an attribute that does not belong there");
            continue;
        }
        check_text(walk, node, known->model,
                   xml_attribute(walk->arena, node, NULL, (const char *)is->name));
    }
}

static bool holds_text(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            !xmlIsBlankNode(child))
            return true;
    return false;
}

static void check_element(struct walk *walk, const xmlNode *node, const struct model *model,
                          const char *namespace);

static void check_data(struct walk *walk, const xmlNode *node)
{
    const xmlNode *data = xml_child(node, "*", NULL);
    if (!data || xml_next(data, "*", NULL)) {
        broken(walk, node, "must hold exactly one data type");
        return;
    }
    for (size_t i = 0; i < COUNT(data_types); i++)
        if (xml_is(data, SANDBOX_SCHEMA_DATA, data_types[i].name)) {
            if (data_types[i].model)
                check_element(walk, data, data_types[i].model, SANDBOX_SCHEMA_DATA);
            return;
        }
    broken(walk, data, "not a data type of Digipost");
}

/* Takes as many of this row's elements as are there, and says how many. */
static int take(struct walk *walk, const xmlNode **at, const struct child *row,
                const char *namespace)
{
    int count = 0;
    while (*at && xml_is(*at, namespace, row->name)) {
        check_element(walk, *at, row->model, namespace);
        if (++count > row->most)
            broken(walk, *at, "more often than allowed");
        if (row->limit && count > row->limit)
            over_limit(walk, *at, "more often than the data type allows");
        *at = xml_next(*at, "*", NULL);
    }
    return count;
}

static void check_children(struct walk *walk, const xmlNode *node, const struct model *model,
                           const char *namespace)
{
    const xmlNode *at = xml_child(node, "*", NULL);
    for (const struct child *row = model->children; row->name;) {
        const struct child *first = row;
        int kinds = 0;
        do {
            kinds += take(walk, &at, row, namespace) > 0;
            row++;
        } while (row->name && row->choice && row->choice == first->choice);
        char what[100];
        snprintf(what, sizeof what, "without %.60s", first->name);
        if (kinds == 0 && first->least > 0)
            broken(walk, node, what);
        if (kinds > 1)
            broken(walk, node, "two elements that exclude each other");
    }
    if (at)
        broken(walk, at, "not expected here");
    if (holds_text(node))
        broken(walk, node, "text between elements");
}

static void check_element(struct walk *walk, const xmlNode *node, const struct model *model,
                          const char *namespace)
{
    check_attributes(walk, node, model);
    if (model->any_data)
        check_data(walk, node);
    else if (model->children)
        check_children(walk, node, model, namespace);
    else if (xml_child(node, "*", NULL))
        broken(walk, node, "an element inside text");
    else
        check_text(walk, node, model, xml_text(walk->arena, node));
}

/* ---- the schema files ---- */

struct sandbox_schema {
    xmlSchema *schema;
};

static xmlParserInput *load_file(const char *url, const char *id, xmlParserCtxt *parser)
{
    (void)id;
    return url ? xmlNewInputFromFile(parser, url) : NULL;
}

static void close_parser(xmlSchemaParserCtxt **parser)
{
    xmlSchemaFreeParserCtxt(*parser);
}

bool sandbox_schema_open(const char *file, struct sandbox_schema **out, struct error *err)
{
    struct sandbox_schema *schema = calloc(1, sizeof *schema);
    if (!schema)
        abort();
    if (file) {
        xmlExternalEntityLoader before = xmlGetExternalEntityLoader();
        xmlSetExternalEntityLoader(load_file);
        CLEANUP(close_parser) xmlSchemaParserCtxt *parser = xmlSchemaNewParserCtxt(file);
        schema->schema = xmlSchemaParse(parser);
        xmlSetExternalEntityLoader(before);
        if (!schema->schema) {
            sandbox_schema_close(&schema);
            return error_at(err, ERROR_INVALID, file, 0, "not a schema that can be read");
        }
    }
    *out = schema;
    return true;
}

void sandbox_schema_close(struct sandbox_schema **schema)
{
    if (*schema)
        xmlSchemaFree((*schema)->schema);
    free(*schema);
    *schema = NULL;
}

static void keep_first(void *context, xmlError *error)
{
    struct sandbox_schema_verdict *verdict = context;
    if (!*verdict->broken && error->message)
        snprintf(verdict->broken, sizeof verdict->broken, "line %d: %.*s", error->line,
                 (int)strcspn(error->message, "\n") > 160 ? 160
                                                          : (int)strcspn(error->message, "\n"),
                 error->message);
}

static void close_validator(xmlSchemaValidCtxt **validator)
{
    xmlSchemaFreeValidCtxt(*validator);
}

void sandbox_schema_check(struct sandbox_schema *schema, xmlDoc *doc, const char *root,
                          struct sandbox_schema_verdict *out)
{
    *out = (struct sandbox_schema_verdict){0};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct walk walk = {arena, out};
    const xmlNode *top = xmlDocGetRootElement(doc);
    if (!xml_is(top, SANDBOX_SCHEMA_API, root)) {
        broken(&walk, top, "not the element that belongs at the top");
        return;
    }
    for (size_t i = 0; i < COUNT(roots); i++)
        if (text_equal(roots[i].name, root))
            check_element(&walk, top, roots[i].model, SANDBOX_SCHEMA_API);
    if (!schema->schema || *out->broken)
        return;
    CLEANUP(close_validator) xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(schema->schema);
    xmlSchemaSetValidStructuredErrors(validator, keep_first, out);
    if (xmlSchemaValidateDoc(validator, doc) != 0 && !*out->broken)
        snprintf(out->broken, sizeof out->broken, "against the schema");
}

/* Instances that lie beside the form: read into the document before anything else looks at it, so
 * that the rest of parsing knows of one kind only, and the whole can be kept as one file. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <string.h>

/* ---- CSV (RFC 4180): rows become <item> with an element a column ---- */

struct csv {
    const char *at;
    struct arena *arena;
};

/* One field, quotes off; *last: it was the row's last. */
static char *csv_field(struct csv *csv, bool *last)
{
    struct buf out;
    buf_init(&out, csv->arena);
    bool quoted = *csv->at == '"';
    csv->at += quoted;
    for (; *csv->at; csv->at++) {
        if (quoted && *csv->at == '"') {
            if (csv->at[1] != '"') {
                quoted = false;
                continue;
            }
            csv->at++;
        } else if (!quoted && (*csv->at == ',' || *csv->at == '\n' || *csv->at == '\r')) {
            break;
        }
        buf_add_byte(&out, (unsigned char)*csv->at);
    }
    *last = *csv->at != ',';
    csv->at += *csv->at == '\r';
    csv->at += *csv->at == '\n' || *csv->at == ',';
    return buf_text(&out);
}

enum { CSV_MAX_COLUMNS = 200 };

static bool csv_header(struct csv *csv, char **names, size_t *count)
{
    bool last = false;
    while (!last) {
        if (*count == CSV_MAX_COLUMNS)
            return false;
        names[*count] = text_trim(csv->arena, csv_field(csv, &last));
        if (xmlValidateNCName((const xmlChar *)names[(*count)++], 0) != 0)
            return false;
    }
    return true;
}

static bool read_csv(struct parsing *parsing, xmlNode *instance, struct bytes content)
{
    struct csv csv = {arena_text_of(parsing->scratch, content), parsing->scratch};
    if (text_starts_with(csv.at, "\xEF\xBB\xBF"))
        csv.at += 3;
    char *names[CSV_MAX_COLUMNS];
    size_t count = 0;
    if (!text_is_utf8(content) || !csv_header(&csv, names, &count))
        return parse_error(parsing, instance, "instance.file",
                           "the first line of a CSV file holds at most %d names without spaces, "
                           "and the file is UTF-8",
                           CSV_MAX_COLUMNS);
    xmlNode *root = xmlNewChild(instance, NULL, (const xmlChar *)"root", NULL);
    while (*csv.at) {
        xmlNode *item = xmlNewChild(root, NULL, (const xmlChar *)"item", NULL);
        bool last = false;
        for (size_t i = 0; !last; i++) {
            char *value = csv_field(&csv, &last);
            if (i < count)
                xmlNewTextChild(item, NULL, (const xmlChar *)names[i], (const xmlChar *)value);
        }
    }
    return true;
}

/* ---- XML ---- */

static bool read_xml(struct parsing *parsing, xmlNode *instance, const char *name,
                     struct bytes content)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err = {0};
    if (!xml_parse(content, name, &doc, &err))
        return parse_error(parsing, instance, "instance.file", "%s line %d: %s", name, err.line,
                           err.text);
    xmlNode *copy = xmlDocCopyNode(xmlDocGetRootElement(doc), parsing->doc, 1);
    xmlAddChild(instance, copy);
    return true;
}

/* ---- Which file ---- */

const char *parse_file_name(const char *address)
{
    static const char *const starts[] = {"jr://file/", "jr://file-csv/"};
    for (size_t i = 0; i < COUNT(starts); i++)
        if (text_starts_with(address, starts[i])) {
            address += strlen(starts[i]);
            break;
        }
    return *address && *address != '.' && !strpbrk(address, "/\\:") ? address : NULL;
}

/* By src, which goes before what is inside; else by resource, when nothing is (XForms 1.1, 3.3.2).
 */
static const char *address_of(struct parsing *parsing, const xmlNode *instance)
{
    const char *src = parse_attribute(parsing, instance, "src");
    if (src && *src)
        return src;
    const char *resource = parse_attribute(parsing, instance, "resource");
    return resource && *resource && !xml_child(instance, "*", NULL) ? resource : NULL;
}

static bool read_instance(struct parsing *parsing, xmlNode *instance, const char *address,
                          const struct parse_files *files)
{
    const char *name = parse_file_name(address);
    if (!name) {
        parse_warning(parsing, instance, "instance.src",
                      "instances are read from the form's own folder: '%s' is left empty", address);
        return false;
    }
    struct bytes content;
    struct error err = {0};
    if (!files->read(files->context, parsing->scratch, name, &content, &err))
        return parse_error(parsing, instance, "instance.file", "%s: %s", name, err.text);
    for (xmlNode *old; (old = instance->children) != NULL;) {
        xmlUnlinkNode(old);
        xmlFreeNode(old);
    }
    if (text_ends_with(name, ".csv") ? !read_csv(parsing, instance, content)
                                     : !read_xml(parsing, instance, name, content))
        return false;
    xmlUnsetProp(instance, (const xmlChar *)"src");
    xmlUnsetProp(instance, (const xmlChar *)"resource");
    return true;
}

/* ---- Schemas ---- */

static bool read_schema(struct parsing *parsing, xmlNode *model, const char *name,
                        const struct parse_files *files)
{
    struct bytes content;
    struct error err = {0};
    if (!files->read(files->context, parsing->scratch, name, &content, &err))
        return parse_error(parsing, model, "schema.file", "%s: %s", name, err.text);
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(content, name, &doc, &err))
        return parse_error(parsing, model, "schema.file", "%s line %d: %s", name, err.line,
                           err.text);
    xmlNode *copy = xmlDocCopyNode(xmlDocGetRootElement(doc), parsing->doc, 1);
    xmlNs *sk = xmlNewNs(copy, (const xmlChar *)FORM_NAMESPACE_SK, (const xmlChar *)"sk");
    if (!sk) /* the file means something else by the prefix */
        sk = xmlNewNs(copy, (const xmlChar *)FORM_NAMESPACE_SK, (const xmlChar *)"skjema-sk");
    xmlSetNsProp(copy, sk, (const xmlChar *)"file", (const xmlChar *)name);
    xmlAddChild(model, copy);
    return true;
}

/* schema="a.xsd b.xsd #inside": a # names one that is in the model (XForms 1.1, 3.3.1). */
bool parse_schema_files(struct parsing *parsing, xmlNode *model, const struct parse_files *files)
{
    bool any = false;
    char *rest = xml_attribute(parsing->scratch, model, NULL, "schema");
    for (char *word; rest && (word = strsep(&rest, " \t\r\n")) != NULL;) {
        const char *name = parse_file_name(word);
        if (!*word || *word == '#')
            continue;
        if (!files || !name)
            parse_warning(parsing, model, "schema.src",
                          "schemas are read from the form's own folder: '%s' is left out", word);
        else if (read_schema(parsing, model, name, files))
            any = true;
    }
    if (any)
        xmlUnsetProp(model, (const xmlChar *)"schema");
    return any;
}

bool parse_instance_files(struct parsing *parsing, const xmlNode *model,
                          const struct parse_files *files)
{
    bool any = false;
    for (xmlNode *at = xml_child(model, FORM_NAMESPACE, "instance"); at;
         at = xml_next(at, FORM_NAMESPACE, "instance")) {
        const char *address = address_of(parsing, at);
        if (address && files && read_instance(parsing, at, address, files))
            any = true;
    }
    return any;
}

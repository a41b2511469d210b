#include "engine/sandbox/sandbox_schemas.h"

#include "engine/base/arena.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include <stdlib.h>

struct sandbox_schemas {
    xmlSchema *all[SANDBOX_SCHEMAS_COUNT];
};

static const char *const files[SANDBOX_SCHEMAS_COUNT] = {
    [SANDBOX_SCHEMAS_MANIFEST] = "sdp-manifest.xsd",
    [SANDBOX_SCHEMAS_LINK] = "utvidelser/lenke.xsd",
    [SANDBOX_SCHEMAS_SIGNATURES] = "asic-e/ts_102918v010201_2.xsd",
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

static xmlSchema *read_schema(const char *file)
{
    CLEANUP(close_parser) xmlSchemaParserCtxt *parser = xmlSchemaNewParserCtxt(file);
    return xmlSchemaParse(parser);
}

static bool read_all(struct sandbox_schemas *schemas, const char *folder, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < SANDBOX_SCHEMAS_COUNT; i++) {
        const char *file = arena_printf(arena, "%s/%s", folder, files[i]);
        schemas->all[i] = read_schema(file);
        if (!schemas->all[i])
            return error_at(err, ERROR_INVALID, file, 0, "not a schema that can be read");
    }
    return true;
}

bool sandbox_schemas_open(const char *folder, struct sandbox_schemas **out, struct error *err)
{
    struct sandbox_schemas *schemas = calloc(1, sizeof *schemas);
    if (!schemas)
        abort();
    xmlExternalEntityLoader before = xmlGetExternalEntityLoader();
    xmlSetExternalEntityLoader(load_file);
    bool ok = !folder || read_all(schemas, folder, err);
    xmlSetExternalEntityLoader(before);
    if (!ok) {
        sandbox_schemas_close(&schemas);
        return false;
    }
    *out = schemas;
    return true;
}

void sandbox_schemas_close(struct sandbox_schemas **schemas)
{
    for (size_t i = 0; *schemas && i < SANDBOX_SCHEMAS_COUNT; i++)
        xmlSchemaFree((*schemas)->all[i]);
    free(*schemas);
    *schemas = NULL;
}

static void close_validator(xmlSchemaValidCtxt **validator)
{
    xmlSchemaFreeValidCtxt(*validator);
}

bool sandbox_schemas_accept(const struct sandbox_schemas *schemas, enum sandbox_schemas_which which,
                            xmlDoc *doc)
{
    if (!schemas->all[which])
        return true;
    CLEANUP(close_validator)
    xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(schemas->all[which]);
    return xmlSchemaValidateDoc(validator, doc) == 0;
}

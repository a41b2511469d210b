/* XML from anybody: read, written, read again. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <string.h>

static void check_tree(const xmlNode *node, int depth)
{
    fuzz_promise(depth <= XML_MAX_DEPTH, "no document is deeper than its limit", NULL);
    fuzz_promise(node->type != XML_ENTITY_REF_NODE && node->type != XML_DTD_NODE &&
                     node->type != XML_ENTITY_DECL,
                 "a document has no entities", (const char *)node->name);
    if (node->type != XML_ELEMENT_NODE)
        return;
    fuzz_promise(xml_line(node) >= 1, "a node has a line", (const char *)node->name);
    for (const xmlNode *child = node->children; child; child = child->next)
        check_tree(child, depth + 1);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(xml_close) xmlDoc *doc = NULL, *again = NULL;
    struct error err = {0};
    if (!xml_parse(input, "some.xml", &doc, &err)) {
        fuzz_promise(err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                     "XML is refused as wrong or as too much", err.text);
        fuzz_promise(*err.text && text_is_utf8(BYTES_OF(err.text)), "a refusal is a sentence",
                     err.text);
        return;
    }
    const xmlNode *root = xmlDocGetRootElement(doc);
    check_tree(root, 1);
    fuzz_promise(text_is_utf8(BYTES_OF(xml_text(arena, root))), "text of a document is UTF-8",
                 NULL);
    struct bytes written = xml_write(arena, doc);
    if (!xml_parse(written, "some.xml", &again, &err)) {
        fuzz_promise(err.code == ERROR_LIMIT, "what was written can be read again",
                     (const char *)written.data);
        return;
    }
    fuzz_promise_same(written, xml_write(arena, again), "a document that is written is the same");
}

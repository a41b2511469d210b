#include "render/logo.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <stdlib.h>
#include <string.h>

#define SVG "http://www.w3.org/2000/svg"
#define XLINK "http://www.w3.org/1999/xlink"

static const char *const elements[] = {"circle",  "clipPath", "defs",           "desc", "ellipse",
                                       "g",       "line",     "linearGradient", "mask", "path",
                                       "polygon", "polyline", "radialGradient", "rect", "stop",
                                       "svg",     "title"};

/* Geometry and paint. Neither class nor style, since there is no stylesheet; no event. */
static const char *const attributes[] = {"aria-hidden",
                                         "clip-path",
                                         "clip-rule",
                                         "clipPathUnits",
                                         "color",
                                         "cx",
                                         "cy",
                                         "d",
                                         "fill",
                                         "fill-opacity",
                                         "fill-rule",
                                         "focusable",
                                         "fr",
                                         "fx",
                                         "fy",
                                         "gradientTransform",
                                         "gradientUnits",
                                         "height",
                                         "id",
                                         "lang",
                                         "mask",
                                         "maskContentUnits",
                                         "maskUnits",
                                         "offset",
                                         "opacity",
                                         "pathLength",
                                         "points",
                                         "preserveAspectRatio",
                                         "r",
                                         "role",
                                         "rx",
                                         "ry",
                                         "spreadMethod",
                                         "stop-color",
                                         "stop-opacity",
                                         "stroke",
                                         "stroke-dasharray",
                                         "stroke-dashoffset",
                                         "stroke-linecap",
                                         "stroke-linejoin",
                                         "stroke-miterlimit",
                                         "stroke-opacity",
                                         "stroke-width",
                                         "transform",
                                         "version",
                                         "viewBox",
                                         "width",
                                         "x",
                                         "x1",
                                         "x2",
                                         "y",
                                         "y1",
                                         "y2"};

static bool is_one_of(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(words[i], word))
            return true;
    return false;
}

static bool has_only(const char *text, size_t size, const char *bytes)
{
    return strspn(text, bytes) >= size;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* "#id", with nothing that could end a url(). */
static bool is_own_id(const char *reference, size_t size)
{
    return size > 1 && reference[0] == '#' &&
           has_only(reference + 1, size - 1, LETTERS DIGITS "_.-");
}

/* A value leads somewhere by a function only: of those paint, clip-path and mask may have url() of
 * an id here and rgb(), and a transform its own, which take numbers. An escape could hide one. */
static bool is_tame(const char *attribute, const char *value)
{
    size_t size = strlen(value);
    if (strchr(value, '\\'))
        return false;
    if (!strchr(value, '('))
        return true;
    if (text_equal(attribute, "transform") || text_equal(attribute, "gradientTransform"))
        return has_only(value, size, LETTERS DIGITS "(),.+- \t\n");
    if (text_starts_with(value, "rgb("))
        return has_only(value + 4, size - 4, DIGITS "),.% ");
    return text_starts_with(value, "url(") && value[size - 1] == ')' &&
           is_own_id(value + 4, size - 5);
}

static bool check_attribute(struct arena *arena, const xmlNode *element, const xmlAttr *attribute,
                            const char *name, struct error *err)
{
    const char *word = (const char *)attribute->name;
    int line = xml_line(element);
    const char *space = attribute->ns ? (const char *)attribute->ns->href : NULL;
    const char *value = xml_attribute(arena, element, space, word);
    bool is_reference = text_equal(word, "href") && (!space || text_equal(space, XLINK));
    if (is_reference) {
        const char *own = (const char *)element->name;
        if (text_ends_with(own, "Gradient") && is_own_id(value, strlen(value)))
            return true;
        return error_at(err, ERROR_INVALID, name, line,
                        "href may only be in a gradient and lead to an id of this file");
    }
    if (text_equal(space, (const char *)XML_XML_NAMESPACE) &&
        (text_equal(word, "space") || text_equal(word, "lang"))) /* not base: it moves every id */
        return true;
    if (space || !is_one_of(attributes, COUNT(attributes), word))
        return error_at(err, ERROR_INVALID, name, line,
                        "the attribute %s is not allowed (save the picture as plain SVG, with "
                        "colours as attributes)",
                        word);
    if (!is_tame(word, value))
        return error_at(err, ERROR_INVALID, name, line, "%s may only lead to an id of this file",
                        word);
    return true;
}

static bool check_element(struct arena *arena, const xmlNode *node, const char *name,
                          struct error *err)
{
    const char *word = (const char *)node->name;
    if (!node->ns || !text_equal((const char *)node->ns->href, SVG) ||
        !is_one_of(elements, COUNT(elements), word))
        return error_at(err, ERROR_INVALID, name, xml_line(node),
                        "the element %s is not allowed: shapes, gradients, clips and masks are",
                        word);
    for (const xmlAttr *at = node->properties; at; at = at->next)
        if (!check_attribute(arena, node, at, name, err))
            return false;
    return true;
}

/* Words may stand in title and desc; between shapes only space does. */
static bool is_place_for_text(const xmlNode *text)
{
    return xml_is(text->parent, SVG, "title") || xml_is(text->parent, SVG, "desc") ||
           xmlIsBlankNode(text);
}

static bool check_node(struct arena *arena, const xmlNode *node, const char *name,
                       struct error *err)
{
    switch (node->type) {
    case XML_ELEMENT_NODE:
        return check_element(arena, node, name, err);
    case XML_TEXT_NODE:
        return is_place_for_text(node) || error_at(err, ERROR_INVALID, name, xml_line(node->parent),
                                                   "words are not allowed in %s: make them shapes",
                                                   (const char *)node->parent->name);
    case XML_COMMENT_NODE:
        return true;
    default:
        return error_at(err, ERROR_INVALID, name, xml_line(node), "%s is not allowed",
                        node->type == XML_PI_NODE ? "a processing instruction" : "this");
    }
}

/* The next node of the document, parents first; xml_parse has limited how many there are. */
static const xmlNode *following(const xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->children)
        return node->children;
    while (node && !node->next) {
        node = node->parent;
        if (!node || node->type == XML_DOCUMENT_NODE)
            return NULL;
    }
    return node ? node->next : NULL;
}

static bool read_view(struct arena *arena, const xmlNode *root, const char *name, struct logo *logo,
                      struct error *err)
{
    const char *view = xml_attribute(arena, root, NULL, "viewBox");
    double numbers[4] = {0};
    size_t count = 0;
    for (const char *at = view ? view : ""; count < COUNT(numbers); count++) {
        char *end;
        at += strspn(at, " ,\t\n");
        numbers[count] = strtod(at, &end);
        if (end == at)
            break;
        at = end;
    }
    logo->width = numbers[2];
    logo->height = numbers[3];
    bool good = count == COUNT(numbers) && logo->width > 0 && logo->height > 0 &&
                logo->width <= LOGO_MAX_RATIO * logo->height &&
                logo->height <= LOGO_MAX_RATIO * logo->width;
    return good || error_at(err, ERROR_INVALID, name, xml_line(root),
                            "the svg must have a viewBox of four numbers, at most %d times as wide "
                            "as high",
                            LOGO_MAX_RATIO);
}

bool logo_check(struct arena *arena, struct bytes file, const char *name, struct logo *out,
                struct error *err)
{
    if (file.size > LOGO_MAX_BYTES)
        return error_at(err, ERROR_LIMIT, name, 0, "more than %d bytes", LOGO_MAX_BYTES);
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(file, name, &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!xml_is(root, SVG, "svg"))
        return error_at(err, ERROR_INVALID, name, xml_line(root), "the root is not svg of " SVG);
    for (const xmlNode *node = doc->children; node; node = following(node))
        if (!check_node(arena, node, name, err))
            return false;
    struct logo logo;
    if (!read_view(arena, root, name, &logo, err))
        return false;
    logo.svg = xml_write(arena, doc);
    *out = logo;
    return true;
}

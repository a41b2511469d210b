#include "engine/sandbox/sandbox_html.h"

#include "engine/base/text.h"

#include <libxml/HTMLparser.h>

#include <limits.h>
#include <string.h>
#include <strings.h>

static bool is_element(const xmlNode *node, const char *name)
{
    return strcasecmp((const char *)node->name, name) == 0;
}

static const char *check_attribute(const xmlNode *node, const char *name, const char *value)
{
    if (strncasecmp(name, "on", 2) == 0)
        return "a handler of events";
    bool leads_out = strcasecmp(name, "src") == 0 || strcasecmp(name, "background") == 0 ||
                     strcasecmp(name, "srcset") == 0 || strcasecmp(name, "action") == 0;
    if (leads_out && strncasecmp(value, "data:", 5) != 0)
        return "a picture or something else from elsewhere: only data: may be";
    if (strcasecmp(name, "style") == 0 && strcasestr(value, "url("))
        return "a style that fetches something";
    if (strcasecmp(name, "href") == 0 && strncasecmp(value, "javascript:", 11) == 0)
        return "a link that runs something";
    if (is_element(node, "hr") && strcasecmp(name, "align") == 0)
        return "hr with align";
    return NULL;
}

static const char *check_attributes(const xmlNode *node)
{
    bool has_href = false, opens_anew = false;
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        const char *value = attribute->children ? (const char *)attribute->children->content : NULL;
        const char *wrong = check_attribute(node, name, value ? value : "");
        if (wrong)
            return wrong;
        has_href |= strcasecmp(name, "href") == 0;
        opens_anew |= strcasecmp(name, "target") == 0 && text_equal(value, "_blank");
    }
    return is_element(node, "a") && has_href && !opens_anew ? "a link without target=\"_blank\""
                                                            : NULL;
}

static const char *check_element(const xmlNode *node)
{
    static const char *const forbidden[] = {"script", "form",   "iframe", "object", "embed",
                                            "applet", "link",   "base",   "frame",  "input",
                                            "button", "select", "video",  "audio",  "textarea"};
    for (size_t i = 0; i < COUNT(forbidden); i++)
        if (is_element(node, forbidden[i]))
            return "a script, a form, a plug-in or a reference to elsewhere";
    if (is_element(node, "td") && !node->children)
        return "an empty td";
    if (is_element(node, "style") && node->children && node->children->content &&
        (strcasestr((const char *)node->children->content, "url(") ||
         strcasestr((const char *)node->children->content, "@import")))
        return "a style that fetches something";
    return check_attributes(node);
}

/* In the order of the document, without recursion. */
static const char *check_all(const xmlNode *root)
{
    const xmlNode *node = root;
    while (node) {
        const char *wrong = node->type == XML_ELEMENT_NODE ? check_element(node) : NULL;
        if (wrong)
            return wrong;
        if (node->children) {
            node = node->children;
            continue;
        }
        while (node && node != root && !node->next)
            node = node->parent;
        node = !node || node == root ? NULL : node->next;
    }
    return NULL;
}

const char *sandbox_html_check(struct bytes html)
{
    if (html.size == 0 || html.size > INT_MAX || !text_is_utf8(html))
        return "it is empty or not UTF-8";
    htmlDocPtr doc = htmlReadMemory((const char *)html.data, (int)html.size, NULL, "UTF-8",
                                    HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const char *wrong = root ? check_all(root) : "it is no HTML";
    xmlFreeDoc(doc);
    return wrong;
}

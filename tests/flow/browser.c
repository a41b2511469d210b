#include "tests/flow/browser.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <curl/curl.h>
#include <libxml/HTMLparser.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REDIRECTS_MAX = 10, TIMEOUT_S = 60 };

struct chosen_file {
    char *field, *name, *type;
    struct bytes content;
    struct chosen_file *next;
};

struct browser {
    void (*failed)(const char *why);
    CURL *curl;
    struct arena *arena; /* of the page */
    struct arena *spare; /* of the page before, until the new one is read */
    xmlDoc *page;
    int status;
    char *address;
    struct buf content, headers;
    char *text;
    struct chosen_file *files;
    bool bears;  /* a connection that breaks off */
    bool trusts; /* some certificate */
    struct posted {
        struct arena *arena;
        const char *url, *type, *headers[3];
        struct bytes body;
    } posted; /* by the last button */
};

static void fail(const struct browser *browser, const char *what, const char *which)
{
    char why[600];
    snprintf(why, sizeof why, "%s \"%s\" on %s (%d)", what, which,
             browser->address ? browser->address : "no page", browser->status);
    browser->failed(why);
    abort();
}

struct browser *browser_open(void (*failed)(const char *why))
{
    struct browser *browser = calloc(1, sizeof *browser);
    if (!browser)
        abort();
    browser->failed = failed;
    browser->arena = arena_open();
    browser->spare = arena_open();
    browser->posted.arena = arena_open();
    browser->curl = curl_easy_init();
    curl_easy_setopt(browser->curl, CURLOPT_COOKIEFILE, "");
    return browser;
}

void browser_trust(struct browser *browser, const char *ca_file)
{
    browser->trusts = true;
    curl_easy_setopt(browser->curl, CURLOPT_CAINFO, ca_file);
}

static void close_page(struct browser *browser)
{
    if (browser->page)
        xmlFreeDoc(browser->page);
    browser->page = NULL;
    browser->files = NULL;
}

void browser_close(struct browser **browser)
{
    if (!*browser)
        return;
    close_page(*browser);
    curl_easy_cleanup((*browser)->curl);
    arena_close(&(*browser)->arena);
    arena_close(&(*browser)->spare);
    arena_close(&(*browser)->posted.arena);
    free(*browser);
    *browser = NULL;
}

/* ---- the tree ---- */

static const char *attribute(const struct browser *browser, const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    if (!value)
        return NULL;
    char *copy = arena_text(browser->arena, (const char *)value);
    xmlFree(value);
    return copy;
}

static const char *text_of(const struct browser *browser, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    char *copy = text_collapse(browser->arena, text ? (const char *)text : "");
    xmlFree(text);
    return copy;
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* The node after this one in document order, within top. */
static xmlNode *following(const xmlNode *node, const xmlNode *top)
{
    if (node->children && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static xmlNode *root(const struct browser *browser)
{
    return browser->page ? xmlDocGetRootElement(browser->page) : NULL;
}

/* What only a script would show is not there for this person. */
static bool is_hidden(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE &&
           (xmlHasProp(node, (const xmlChar *)"hidden") ||
            (is_element(node, "dialog") && !xmlHasProp(node, (const xmlChar *)"open")));
}

static void remove_hidden(const struct browser *browser)
{
    xmlNode *top = root(browser), *before = NULL;
    for (xmlNode *node = top; node; before = node, node = following(node, top))
        if (is_hidden(node) && before) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
            node = before;
        }
}

static xmlNode *by_id(const struct browser *browser, const char *id)
{
    xmlNode *top = root(browser);
    for (xmlNode *node = top; node; node = following(node, top))
        if (node->type == XML_ELEMENT_NODE && text_equal(attribute(browser, node, "id"), id))
            return node;
    return NULL;
}

/* The element with that name whose text begins so. Exact before beginning. */
static xmlNode *by_text(const struct browser *browser, const char *element, const char *text)
{
    xmlNode *top = root(browser), *begins = NULL;
    for (xmlNode *node = top; node; node = following(node, top)) {
        if (!is_element(node, element))
            continue;
        const char *found = text_of(browser, node);
        if (strcmp(found, text) == 0)
            return node;
        if (!begins && text_starts_with(found, text))
            begins = node;
    }
    return begins;
}

static xmlNode *control(const struct browser *browser, const char *label)
{
    xmlNode *node = NULL;
    if (*label == '#') {
        node = by_id(browser, label + 1);
    } else {
        xmlNode *found = by_text(browser, "label", label);
        const char *target = found ? attribute(browser, found, "for") : NULL;
        node = target ? by_id(browser, target) : NULL;
    }
    if (!node)
        fail(browser, "no field with label", label);
    return node;
}

static void set_attribute(xmlNode *node, const char *name, const char *value)
{
    xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
}

static void drop_attribute(xmlNode *node, const char *name)
{
    xmlUnsetProp(node, (const xmlChar *)name);
}

/* By its form attribute, else the one it lies in (HTML, 4.10.17.3). */
static xmlNode *form_of(const struct browser *browser, xmlNode *node)
{
    const char *id = attribute(browser, node, "form");
    if (id)
        return by_id(browser, id);
    while (node && !is_element(node, "form"))
        node = node->parent;
    return node;
}

/* ---- loading ---- */

static size_t keep(char *data, size_t size, size_t count, void *into)
{
    buf_add(into, (struct bytes){(unsigned char *)data, size * count});
    return size * count;
}

static void load(struct browser *browser, const char *method, const char *url, const char *type,
                 struct bytes body, const char *const *headers)
{
    CURL *curl = browser->curl;
    struct arena *fresh = browser->spare;
    arena_reset(fresh);
    struct buf content, received;
    buf_init(&content, fresh);
    buf_init(&received, fresh);
    char *address = arena_text(fresh, url);
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    if (type)
        list = curl_slist_append(list, arena_printf(fresh, "Content-Type: %s", type));
    for (size_t i = 0; headers && headers[i]; i++)
        list = curl_slist_append(list, headers[i]);
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data ? (const char *)body.data : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &content);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &received);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, browser->trusts ? "http,https" : "http");
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(list);

    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    close_page(browser);
    browser->spare = browser->arena;
    browser->arena = fresh;
    browser->address = address;
    browser->status = (int)status;
    browser->content = content;
    browser->headers = received;
    browser->text = NULL;
    if (code != CURLE_OK && !browser->bears)
        fail(browser, curl_easy_strerror(code), address);
    if (code != CURLE_OK) {
        browser->status = 0;
        return;
    }
    const char *answered = browser_header(browser, "Content-Type");
    if (content.size && answered && strstr(answered, "html"))
        browser->page = htmlReadMemory(
            (const char *)content.data, (int)content.size, address, "UTF-8",
            HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_RECOVER);
    remove_hidden(browser);
}

/* A reference against the page's address; fragments are cut off. */
static char *resolve(const struct browser *browser, const char *reference)
{
    CURLU *url = curl_url();
    char *whole = NULL;
    if (browser->address)
        curl_url_set(url, CURLUPART_URL, browser->address, 0);
    if (curl_url_set(url, CURLUPART_URL, reference, 0) != CURLUE_OK)
        fail(browser, "not an address:", reference);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    curl_url_get(url, CURLUPART_URL, &whole, 0);
    char *copy = arena_text(browser->arena, whole);
    curl_free(whole);
    curl_url_cleanup(url);
    return copy;
}

/* What stands in a frame is loaded as it is from another site: without cookies. */
static void load_frame(struct browser *browser, const char *url)
{
    struct buf content;
    buf_init(&content, browser->arena);
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &content);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    (void)curl_easy_perform(curl); /* one that is not there leaves its frame empty */
    curl_easy_cleanup(curl);
}

static void load_frames(struct browser *browser)
{
    xmlNode *top = root(browser);
    for (xmlNode *node = top; node; node = following(node, top))
        if (is_element(node, "iframe"))
            load_frame(browser, resolve(browser, attribute(browser, node, "src")));
}

/* Where the page leads by itself: at once, or when it has been looked at; NULL: nowhere. */
static const char *leads_to(const struct browser *browser)
{
    if (browser->status >= 300 && browser->status <= 399)
        return browser_header(browser, "Location");
    const char *refresh = browser_header(browser, "Refresh");
    const char *url = refresh ? strstr(refresh, "url=") : NULL;
    return url ? url + strlen("url=") : NULL;
}

static void follow(struct browser *browser)
{
    for (int i = 0; i < REDIRECTS_MAX; i++) {
        load_frames(browser);
        const char *to = leads_to(browser);
        if (!to)
            return;
        load(browser, "GET", resolve(browser, to), NULL, (struct bytes){0}, NULL);
    }
    fail(browser, "too many redirects to", browser->address);
}

void browser_visit(struct browser *browser, const char *url)
{
    load(browser, "GET", resolve(browser, url), NULL, (struct bytes){0}, NULL);
    follow(browser);
}

void browser_send(struct browser *browser, const char *method, const char *url,
                  const char *const *headers, const char *type, struct bytes body)
{
    load(browser, method, resolve(browser, url), type, body, headers);
}

/* ---- reading ---- */

int browser_status(const struct browser *browser)
{
    return browser->status;
}

const char *browser_address(const struct browser *browser)
{
    return browser->address;
}

struct bytes browser_content(const struct browser *browser)
{
    return buf_bytes(&browser->content);
}

const char *browser_text(const struct browser *browser)
{
    xmlNode *top = root(browser);
    return top ? text_of(browser, top) : "";
}

const char *browser_header(const struct browser *browser, const char *name)
{
    size_t length = strlen(name);
    const char *found = NULL;
    char *copy = arena_text_of(browser->arena, buf_bytes(&browser->headers));
    for (char *line = copy; line && *line;) {
        char *end = strstr(line, "\r\n");
        if (end)
            *end = '\0';
        if (strncasecmp(line, name, length) == 0 && line[length] == ':')
            found = text_trim(browser->arena, line + length + 1);
        line = end ? end + 2 : NULL;
    }
    return found;
}

bool browser_sees(const struct browser *browser, const char *text)
{
    return strstr(browser_text(browser), text) != NULL;
}

static xmlNode *pressable(const struct browser *browser, const char *text)
{
    if (*text == '#')
        return by_id(browser, text + 1);
    xmlNode *node = by_text(browser, "button", text);
    return node ? node : by_text(browser, "a", text);
}

bool browser_has_button(const struct browser *browser, const char *text)
{
    return pressable(browser, text) != NULL;
}

const char *browser_link(const struct browser *browser, const char *text)
{
    xmlNode *node = by_text(browser, "a", text);
    const char *href = node ? attribute(browser, node, "href") : NULL;
    return href ? resolve(browser, href) : NULL;
}

const char *browser_value(const struct browser *browser, const char *name)
{
    xmlNode *top = root(browser);
    for (xmlNode *node = top; node; node = following(node, top))
        if (is_element(node, "input") && text_equal(attribute(browser, node, "name"), name))
            return attribute(browser, node, "value");
    return NULL;
}

const char *browser_cookies(const struct browser *browser, struct arena *arena)
{
    struct curl_slist *list = NULL;
    curl_easy_getinfo(browser->curl, CURLINFO_COOKIELIST, &list);
    struct buf all;
    buf_init(&all, arena);
    for (const struct curl_slist *at = list; at; at = at->next) {
        const char *value =
            strrchr(at->data, '\t'); /* Netscape's format: name and value are last */
        const char *name = value;
        while (name && name > at->data && name[-1] != '\t')
            name--;
        if (name)
            buf_printf(&all, "%s%.*s=%s", all.size ? "; " : "", (int)(value - name), name,
                       value + 1);
    }
    curl_slist_free_all(list);
    return buf_text(&all);
}

/* ---- filling in ---- */

void browser_fill(struct browser *browser, const char *label, const char *value)
{
    xmlNode *node = control(browser, label);
    if (is_element(node, "textarea"))
        xmlNodeSetContent(node, (const xmlChar *)value);
    else
        set_attribute(node, "value", value);
}

void browser_tick(struct browser *browser, const char *label)
{
    xmlNode *node = control(browser, label), *top = form_of(browser, node);
    const char *name = attribute(browser, node, "name");
    if (text_equal(attribute(browser, node, "type"), "radio"))
        for (xmlNode *other = top; other; other = following(other, top))
            if (is_element(other, "input") && text_equal(attribute(browser, other, "name"), name))
                drop_attribute(other, "checked");
    set_attribute(node, "checked", "checked");
}

void browser_tick_described(struct browser *browser, const char *label, const char *description)
{
    xmlNode *top = root(browser);
    for (xmlNode *node = top; node; node = following(node, top)) {
        if (!is_element(node, "label") || !text_starts_with(text_of(browser, node), label))
            continue;
        const char *target = attribute(browser, node, "for");
        xmlNode *box = target ? by_id(browser, target) : NULL;
        const char *about_id = box ? attribute(browser, box, "aria-describedby") : NULL;
        xmlNode *about = about_id ? by_id(browser, about_id) : NULL;
        if (about && strstr(text_of(browser, about), description)) {
            set_attribute(box, "checked", "checked");
            return;
        }
    }
    fail(browser, "no box described as", description);
}

void browser_untick(struct browser *browser, const char *label)
{
    drop_attribute(control(browser, label), "checked");
}

void browser_select(struct browser *browser, const char *label, const char *option)
{
    xmlNode *select = control(browser, label), *found = NULL;
    for (xmlNode *node = select; node; node = following(node, select)) {
        if (!is_element(node, "option"))
            continue;
        drop_attribute(node, "selected");
        if (text_starts_with(text_of(browser, node), option))
            found = node;
    }
    if (!found)
        fail(browser, "no option", option);
    else
        set_attribute(found, "selected", "selected");
}

void browser_choose_file(struct browser *browser, const char *label, const char *name,
                         const char *type, struct bytes content)
{
    xmlNode *node = control(browser, label);
    struct chosen_file *file = ARENA_NEW(browser->arena, struct chosen_file);
    *file = (struct chosen_file){
        .field = arena_text(browser->arena, attribute(browser, node, "name")),
        .name = arena_text(browser->arena, name),
        .type = arena_text(browser->arena, type),
        .content = arena_bytes(browser->arena, content),
        .next = browser->files,
    };
    browser->files = file;
}

/* ---- pressing ---- */

/* The fields of a form as they would be sent, one after another. */
struct sending {
    struct browser *browser;
    struct buf body;
    const char *boundary; /* NULL: urlencoded */
};

static void send_field(struct sending *sending, const char *name, const char *value)
{
    struct arena *arena = sending->browser->arena;
    if (sending->boundary)
        buf_printf(&sending->body,
                   "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n",
                   sending->boundary, name, value);
    else
        buf_printf(&sending->body, "%s%s=%s", sending->body.size ? "&" : "",
                   codec_percent(arena, name), codec_percent(arena, value));
}

static void send_file(struct sending *sending, const char *name, const char *file_name,
                      const char *type, struct bytes content)
{
    buf_printf(&sending->body,
               "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
               "Content-Type: %s\r\n\r\n",
               sending->boundary, name, file_name, type);
    buf_add(&sending->body, content);
    buf_add_text(&sending->body, "\r\n");
}

static const char *line_ends(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; *text; text++) {
        if (*text == '\n')
            buf_add_byte(&buf, '\r');
        buf_add_byte(&buf, (unsigned char)*text);
    }
    return buf_text(&buf);
}

static void send_files_of(struct sending *sending, const char *name)
{
    bool any = false;
    for (struct chosen_file *file = sending->browser->files; file; file = file->next)
        if (text_equal(file->field, name)) {
            send_file(sending, name, file->name, file->type, file->content);
            any = true;
        }
    if (!any)
        send_file(sending, name, "", "application/octet-stream", (struct bytes){0});
}

static void send_select(struct sending *sending, xmlNode *select, const char *name)
{
    struct browser *browser = sending->browser;
    const char *value = NULL, *first = NULL;
    for (xmlNode *node = select; node; node = following(node, select)) {
        if (!is_element(node, "option"))
            continue;
        const char *own = attribute(browser, node, "value");
        own = own ? own : text_of(browser, node);
        first = first ? first : own;
        if (xmlHasProp(node, (const xmlChar *)"selected"))
            value = own;
    }
    if (value || first)
        send_field(sending, name, value ? value : first);
}

/* HTML standard 4.10.22.4, as far as our pages need it. */
static void send_control(struct sending *sending, xmlNode *node, const xmlNode *pressed)
{
    struct browser *browser = sending->browser;
    const char *name = attribute(browser, node, "name");
    if (!name || xmlHasProp(node, (const xmlChar *)"disabled"))
        return;
    const char *value = attribute(browser, node, "value");
    if (is_element(node, "button")) {
        if (node == pressed)
            send_field(sending, name, value ? value : "");
    } else if (is_element(node, "textarea")) {
        xmlChar *text = xmlNodeGetContent(node);
        send_field(sending, name, line_ends(browser->arena, (const char *)text));
        xmlFree(text);
    } else if (is_element(node, "select")) {
        send_select(sending, node, name);
    } else if (is_element(node, "input")) {
        const char *type = attribute(browser, node, "type");
        bool tickable = text_equal(type, "radio") || text_equal(type, "checkbox");
        if (text_equal(type, "file")) {
            if (sending->boundary)
                send_files_of(sending, name);
        } else if (!tickable || xmlHasProp(node, (const xmlChar *)"checked")) {
            send_field(sending, name, value ? value : tickable ? "on" : "");
        }
    }
}

static void submit_form(struct browser *browser, xmlNode *form, xmlNode *pressed)
{
    struct sending sending = {.browser = browser};
    buf_init(&sending.body, browser->arena);
    bool multipart = text_equal(attribute(browser, form, "enctype"), "multipart/form-data");
    if (multipart)
        sending.boundary = "----flowbrowser7d1f";
    xmlNode *root = xmlDocGetRootElement(browser->page);
    for (xmlNode *node = root; node; node = following(node, root))
        if (node->type == XML_ELEMENT_NODE && form_of(browser, node) == form)
            send_control(&sending, node, pressed);
    if (multipart)
        buf_printf(&sending.body, "--%s--\r\n", sending.boundary);
    const char *action = pressed ? attribute(browser, pressed, "formaction") : NULL;
    if (!action)
        action = attribute(browser, form, "action");
    if (!action)
        action = browser->address;
    if (text_equal(attribute(browser, form, "method"), "get")) { /* a search: a page to look at */
        const char *query = buf_text(&sending.body);
        load(browser, "GET", resolve(browser, arena_printf(browser->arena, "%s?%s", action, query)),
             NULL, (struct bytes){0}, NULL);
        return;
    }
    const char *type = multipart ? arena_printf(browser->arena, "multipart/form-data; boundary=%s",
                                                sending.boundary)
                                 : "application/x-www-form-urlencoded";
    char *origin = arena_text(browser->arena, browser->address);
    char *slash = strchr(strstr(origin, "//") + 2, '/');
    if (slash)
        *slash = '\0';
    struct posted *posted = &browser->posted;
    arena_reset(posted->arena);
    posted->url = arena_text(posted->arena, resolve(browser, action));
    posted->type = arena_text(posted->arena, type);
    posted->body = arena_bytes(posted->arena, buf_bytes(&sending.body));
    posted->headers[0] = arena_printf(posted->arena, "Origin: %s", origin);
    posted->headers[1] = "Sec-Fetch-Site: same-origin";
    browser_press_again(browser);
}

void browser_press_again(struct browser *browser)
{
    const struct posted *posted = &browser->posted;
    load(browser, "POST", posted->url, posted->type, posted->body, posted->headers);
}

void browser_bear(struct browser *browser)
{
    browser->bears = true;
}

void browser_press_only(struct browser *browser, const char *text)
{
    xmlNode *node = pressable(browser, text);
    if (!node) {
        fail(browser, "nothing to press with the text", text);
        return;
    }
    if (is_element(node, "a")) {
        load(browser, "GET", resolve(browser, attribute(browser, node, "href")), NULL,
             (struct bytes){0}, NULL);
        return;
    }
    xmlNode *form = form_of(browser, node);
    if (!form)
        fail(browser, "a button outside any form:", text);
    else
        submit_form(browser, form, node);
}

void browser_press(struct browser *browser, const char *text)
{
    browser_press_only(browser, text);
    follow(browser);
}

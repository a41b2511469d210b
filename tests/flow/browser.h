/* browser.h - a person with a browser without JavaScript: visits pages over real HTTP, reads
 * labels, fills in, ticks, chooses files, presses buttons. It knows HTML (libxml2) and HTTP
 * (libcurl) and nothing of the program, so that it sees what people see. */
#pragma once

#include "engine/base/arena.h"

struct browser;

/* failed: told in one sentence what could not be done (no such label, no such button); does not
 * return. Sites keep their cookies apart by host, as browsers do. */
struct browser *browser_open(void (*failed)(const char *why));
void browser_close(struct browser **browser);

/* It visits https too from now on, where a certificate of that file (PEM) vouches for the site. */
void browser_trust(struct browser *browser, const char *ca_file);

/* Loads a page with what stands in its frames, following redirects and Refresh. url: absolute, or a
 * path on the site of the page before. */
void browser_visit(struct browser *browser, const char *url);

/* The page now: HTTP status, address after redirects, its bytes, its text with white space
 * collapsed, its headers as received. Valid until the next page. */
int browser_status(const struct browser *browser);
const char *browser_address(const struct browser *browser);
struct bytes browser_content(const struct browser *browser);
const char *browser_text(const struct browser *browser);
const char *browser_header(const struct browser *browser, const char *name);
bool browser_sees(const struct browser *browser, const char *text);

/* Whether a link or button with such a beginning is there. */
bool browser_has_button(const struct browser *browser, const char *text);

/* Text fields by the beginning of their label, or "#id". */
void browser_fill(struct browser *browser, const char *label, const char *value);

/* Radio buttons and checkboxes by label or "#id"; options of a select by the select's label. */
void browser_tick(struct browser *browser, const char *label);

/* Of several boxes with such a label, the first whose description says so too. */
void browser_tick_described(struct browser *browser, const char *label, const char *description);
void browser_untick(struct browser *browser, const char *label);
void browser_select(struct browser *browser, const char *label, const char *option);

/* A file for an input type=file. */
void browser_choose_file(struct browser *browser, const char *label, const char *name,
                         const char *type, struct bytes content);

/* Presses the button, or follows the link, whose text begins so. Redirects are followed. */
void browser_press(struct browser *browser, const char *text);

/* The same, leaving redirects: browser_header(browser, "Location"). */
void browser_press_only(struct browser *browser, const char *text);

/* Sends once more what was sent last by a button, letter for letter, as a browser does when asked
 * to load such a page again. Redirects are left. */
void browser_press_again(struct browser *browser);

/* From now on a connection that breaks off is no failure: the page is empty then, with status 0. */
void browser_bear(struct browser *browser);

/* "name=value; name=value" of the cookies it has, for a request by hand from elsewhere. */
const char *browser_cookies(const struct browser *browser, struct arena *arena);

/* The value of a field, for what a form carries hidden; NULL when there is none. */
const char *browser_value(const struct browser *browser, const char *name);

/* The address of the first link whose text begins so, absolute; NULL when there is none. */
const char *browser_link(const struct browser *browser, const char *text);

/* A request by hand: body NULL for GET. Headers are "Name: value" lines, NULL-terminated list or
 * NULL. Redirects are not followed. The page becomes its answer. */
void browser_send(struct browser *browser, const char *method, const char *url,
                  const char *const *headers, const char *type, struct bytes body);

/* html.h - writes HTML, element by element; there is no way past its escaping (security.md
 * S-OUT-1).
 *
 *     html_open(html, "p", "class", "app-lead", "id", id);
 *     html_text(html, text_of_a_stranger);
 *     html_close(html);
 *
 * The words after the element are attribute names and values in turn. A NULL value leaves the
 * attribute out; "" writes the bare name (novalidate); a lang that is written from right to left
 * brings its dir. Element and attribute names are written by
 * us and checked by assert: known spelling, no style, no on..., no hx- that htmx would evaluate;
 * the same goes for closing what was opened. Values and texts are anybody's: markup characters
 * become references, broken UTF-8, control characters and characters that turn the direction of
 * writing become U+FFFD, and an address (href, src, action, formaction) of another kind than path,
 * query, fragment, http, https, mailto or tel becomes "#". */
#pragma once

#include "engine/base/buf.h"

#define HTML_MAX_DEPTH 64

struct html {
    struct arena *arena; /* also for what callers compose on the way */
    struct buf out;
    const char *open[HTML_MAX_DEPTH];
    size_t depth;
    const char *focus; /* the element with this id is written with autofocus; NULL: none is */
};

void html_init(struct html *html, struct arena *arena);

/* The whole text; everything opened must be closed. */
struct bytes html_bytes(const struct html *html);

/* <!DOCTYPE html> */
void html_doctype(struct html *html);

#define HTML_WORDS(...)                                                                            \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

/* Element with content, to be closed. */
#define html_open(html, ...) html_open_words(html, HTML_WORDS(__VA_ARGS__))

/* Element that never has content: input, br, meta, link, hr, img. */
#define html_void(html, ...) html_void_words(html, HTML_WORDS(__VA_ARGS__))

/* Element with nothing but a text: html_leaf(html, text, "p", "class", "app-lead"). Nothing at all
 * when text is NULL. */
#define html_leaf(html, text, ...) html_leaf_words(html, text, HTML_WORDS(__VA_ARGS__))

void html_open_words(struct html *html, const char *const *words, size_t count);
void html_void_words(struct html *html, const char *const *words, size_t count);
void html_leaf_words(struct html *html, const char *text, const char *const *words, size_t count);

/* The one way to a script: a file of ours by its address, run when the page is there. */
void html_script(struct html *html, const char *address);

/* Closes the last opened element. */
void html_close(struct html *html);

/* Closes until only so many are open: html_close_to(html, depth_before). */
void html_close_to(struct html *html, size_t depth);

void html_text(struct html *html, const char *text);

/* A text where every line becomes a line: <br> for '\n'. */
void html_lines(struct html *html, const char *text);

/* A site message: "**words**" become strong; all else is text. Values that were filled in may at
 * most become strong too. */
void html_message(struct html *html, const char *message);

#include "engine/sandbox/sandbox_frame.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_authority.h"
#include "engine/sandbox/sandbox_contacts.h"
#include "render/frame.h"
#include "render/static.h"

#include <string.h>

/* The accent of Designsystemet's classes becomes another of its colours; the bar is filled with it.
 */
static const char style[] =
    "body {\n"
    "  --ds-color-accent-base-default: var(--ds-color-brand2-base-default);\n"
    "  --ds-color-accent-text-subtle: var(--ds-color-brand2-text-subtle);\n"
    "  --ds-color-accent-text-default: var(--ds-color-brand2-text-default);\n"
    "  --ds-color-accent-surface-tinted: var(--ds-color-brand2-surface-tinted);\n"
    "  --ds-color-accent-border-subtle: var(--ds-color-brand2-border-subtle);\n"
    "}\n"
    ".sk-header { background: #43204f; color: #fff; border: 0; }\n"
    ".sk-eboks .sk-header { background: #8c1d2f; }\n"
    ".sk-eboks .sk-letters > li { grid-template-columns: minmax(0, 1fr) auto; }\n"
    ".sk-eboks .sk-letters > li > .app-icon { display: none; }\n"
    ".sk-eboks .sk-letters > .sk-unread { border-inline-start: 4px solid #c8344c;\n"
    "  padding-inline-start: .75rem; }\n"
    ".sk-header .app-brand, .sk-header .app-brand__mark, .sk-header .app-brand__sub,\n"
    ".sk-header .app-headlink, .sk-header .app-user { color: #fff; }\n"
    ".sk-header .app-headlink:hover { background: rgb(255 255 255 / .14); }\n"
    ".sk-header .app-headlink { text-decoration: underline; text-underline-offset: .24em; }\n"
    ".sk-letters { list-style: none; margin: .25rem 0 -1rem; padding: 0; }\n"
    ".sk-letters > li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto;\n"
    "  gap: .125rem .875rem; padding-block: 1rem; align-items: start;\n"
    "  border-top: 1px solid var(--ds-color-neutral-border-subtle); }\n"
    ".sk-letters > li:first-child { border-top: 0; }\n"
    ".sk-letters > li > .app-icon { width: 1.75rem; height: 1.75rem;\n"
    "  color: var(--ds-color-brand2-base-default); margin-top: .1rem; }\n"
    ".sk-letters p { margin: 0; line-height: 1.5; }\n"
    ".sk-unread .ds-link { font-weight: var(--ds-font-weight-semibold); }\n"
    "@media (max-width: 36rem) {\n"
    "  .sk-letters > li { grid-template-columns: auto minmax(0, 1fr); }\n"
    "  .sk-letters > li > :nth-child(3) { grid-column: 2; }\n"
    "}\n";

struct bytes sandbox_frame_style(void)
{
    return BYTES_OF(style);
}

static void write_head(struct html *html, const char *title)
{
    html_open(html, "head");
    html_void(html, "meta", "charset", "utf-8");
    html_void(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html_void(html, "meta", "name", "color-scheme", "content", "light dark");
    html_void(html, "meta", "name", "robots", "content", "noindex");
    html_leaf(html, arena_printf(html->arena, "%s – Postkassen (sandkasse)", title), "title");
    html_void(html, "link", "rel", "icon", "type", "image/svg+xml", "href",
              static_path("icon.svg"));
    html_void(html, "link", "rel", "stylesheet", "href", static_path("app.css"));
    html_void(html, "link", "rel", "stylesheet", "href", SANDBOX_FRAME_STYLE_PATH);
    html_close(html);
}

static void write_band(struct html *html)
{
    html_open(html, "aside", "class", "app-testband", "aria-label", "Testmiljø");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "p");
    html_leaf(html, "Testmiljø.", "strong");
    html_text(html, " Dette er en etterligning av en digital postkasse. Alle personer, brev og "
                    "dokumenter er oppdiktede.");
    html_close_to(html, html->depth - 3);
}

static void write_person(struct html *html, const struct sandbox_person *person)
{
    html_open(html, "ul", "class", "app-tools");
    html_open(html, "li");
    html_open(html, "span", "class", "app-user");
    frame_icon(html, "person");
    html_leaf(html, person->name, "span");
    html_close_to(html, html->depth - 2);
    html_open(html, "li");
    html_leaf(html, "Bytt testperson", "a", "class", "app-headlink", "href", "/");
    html_close_to(html, html->depth - 2);
}

/* A mailbox of another house has another name, colour and mark. */
static bool is_eboks(const struct sandbox_person *person)
{
    return person && text_equal(sandbox_contacts_provider(person), SANDBOX_AUTHORITY_EBOKS_NUMBER);
}

static void write_header(struct html *html, const struct sandbox_person *person)
{
    html_open(html, "header", "class", "app-header sk-header");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "a", "class", "app-brand", "href",
              person ? arena_printf(html->arena, "/postkasse/%s", person->key) : "/");
    html_open(html, "svg", "class", "app-brand__mark", "viewBox", "0 0 24 24", "aria-hidden",
              "true", "focusable", "false");
    bool eboks = is_eboks(person);
    html_leaf(html, "", "path", "fill", "none", "stroke", "currentColor", "stroke-width", "1.7",
              "stroke-linejoin", "round", "d",
              eboks ? "M4 5h16v14h-16zM4 12h5l1.5 2.5h3l1.5-2.5h5"
                    : "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5");
    html_close(html);
    html_open(html, "span", "class", "app-brand__name");
    html_text(html, eboks ? "Boksen" : "Postkassen");
    html_leaf(html, eboks ? "e-Boks-sandkasse" : "Digipost-sandkasse", "span", "class",
              "app-brand__sub");
    html_close_to(html, html->depth - 2);
    if (person)
        write_person(html, person);
    html_close_to(html, html->depth - 2);
}

void sandbox_frame_begin(struct html *html, const char *title, const struct sandbox_person *person)
{
    html_doctype(html);
    html_open(html, "html", "lang", "nb", "data-color-scheme", "auto", "data-size", "md");
    write_head(html, title);
    html_open(html, "body", "data-color", "brand2", "class", is_eboks(person) ? "sk-eboks" : NULL);
    html_leaf(html, "Hopp til hovedinnhold", "a", "class", "ds-skip-link", "href", "#innhold");
    write_band(html);
    write_header(html, person);
    html_open(html, "main", "id", "innhold", "class", "app-main", "tabindex", "-1");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "div", "class", "app-column");
}

void sandbox_frame_end(struct html *html)
{
    html_close_to(html, html->depth - 3); /* column, inner, main */
    html_open(html, "footer", "class", "app-footer");
    html_open(html, "div", "class", "app-inner");
    html_leaf(html,
              "Postkassen er en del av sandkassen til utviklere og testere, ikke en tjeneste "
              "for innbyggere.",
              "p");
    html_close_to(html, 0);
}

#include "engine/sandbox/sandbox_idporten_page.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_clients.h"
#include "forms/texts.h"
#include "render/frame.h"
#include "render/static.h"

#include <assert.h>
#include <string.h>

#define COOKIE "idporten_sprak"

/* idporten.tsv beside this file. Made by the build. */
extern const struct texts_table texts_idporten;

static const struct {
    const char *tag, *name;
} languages[] = {{"nb", "Bokmål"}, {"nn", "Nynorsk"}, {"se", "Davvisámegiella"}, {"en", "English"}};

const char *sandbox_idporten_language(const char *tag)
{
    for (size_t i = 0; i < COUNT(languages); i++)
        if (text_equal(languages[i].tag, tag))
            return languages[i].tag;
    return NULL;
}

const char *sandbox_idporten_chosen_language(const struct request *request)
{
    return sandbox_idporten_language(request_cookie(request, COOKIE));
}

void sandbox_idporten_choose_language(struct response *response, const char *language)
{
    response_add_header(response, "Set-Cookie",
                        arena_printf(response->arena,
                                     COOKIE "=%s; Path=" SANDBOX_IDPORTEN_PATH
                                            "; HttpOnly; SameSite=Lax; Max-Age=31536000",
                                     language));
}

const char *sandbox_idporten_say(const char *language, const char *id)
{
    struct texts_text found = texts_find(&texts_idporten, id, language);
    assert(found.text);
    return found.text;
}

/* ---- round every page ---- */

static const char style[] =
    ".sk-header { background: #1e2b3c; color: #fff; border: 0; }\n"
    ".sk-header .app-brand, .sk-header .app-brand__mark, .sk-header .app-brand__sub,\n"
    ".sk-header .app-lang > summary { color: #fff; }\n"
    ".sk-header .app-lang > summary:hover { background: rgb(255 255 255 / .14); }\n"
    ".sk-frames { border: 0; width: 1px; height: 1px; position: absolute; }\n";

void sandbox_idporten_style(void *context, struct request *request, struct response *response)
{
    (void)context, (void)request;
    response_bytes(response, 200, "text/css; charset=utf-8", BYTES_OF(style));
}

static void write_head(struct html *html, const char *language, const char *title)
{
    html_open(html, "head");
    html_void(html, "meta", "charset", "utf-8");
    html_void(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html_void(html, "meta", "name", "color-scheme", "content", "light dark");
    html_void(html, "meta", "name", "robots", "content", "noindex");
    html_leaf(
        html,
        arena_printf(html->arena, "%s – %s", title, sandbox_idporten_say(language, "name.whole")),
        "title");
    html_void(html, "link", "rel", "icon", "type", "image/svg+xml", "href",
              static_path("icon.svg"));
    html_void(html, "link", "rel", "stylesheet", "href", static_path("app.css"));
    html_void(html, "link", "rel", "stylesheet", "href", SANDBOX_IDPORTEN_STYLE_PATH);
    html_close(html);
}

static void write_band(struct html *html, const char *language)
{
    const char *label = sandbox_idporten_say(language, "band.label");
    html_open(html, "aside", "class", "app-testband", "aria-label", label);
    html_open(html, "div", "class", "app-inner");
    html_open(html, "p");
    html_leaf(html, arena_printf(html->arena, "%s.", label), "strong");
    html_text(html, " ");
    html_text(html, sandbox_idporten_say(language, "band.text"));
    html_close_to(html, html->depth - 3);
}

static const char *name_of(const char *language)
{
    for (size_t i = 0; i < COUNT(languages); i++)
        if (text_equal(languages[i].tag, language))
            return languages[i].name;
    return "";
}

static void write_menu(struct html *html, const char *language)
{
    html_open(html, "nav", "aria-label", sandbox_idporten_say(language, "menu"));
    html_open(html, "ul", "class", "app-tools");
    html_open(html, "li");
    html_open(html, "details", "class", "app-lang");
    html_open(html, "summary");
    frame_icon(html, "globe");
    html_open(html, "span");
    html_leaf(html, sandbox_idporten_say(language, "language"), "span", "class", "ds-sr-only");
    html_text(html, name_of(language));
    html_close_to(html, html->depth - 2);
    html_open(html, "ul");
    for (size_t i = 0; i < COUNT(languages); i++) {
        const char *tag = languages[i].tag;
        html_open(html, "li");
        html_leaf(html, languages[i].name, "a", "href", arena_printf(html->arena, "?sprak=%s", tag),
                  "lang", tag, "hreflang", tag, "aria-current",
                  text_equal(tag, language) ? "true" : NULL);
        html_close(html);
    }
    html_close_to(html, html->depth - 5);
}

static void write_header(struct html *html, const char *language, bool menu)
{
    html_open(html, "header", "class", "app-header sk-header");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "span", "class", "app-brand");
    html_open(html, "svg", "class", "app-brand__mark", "viewBox", "0 0 24 24", "aria-hidden",
              "true", "focusable", "false");
    html_leaf(html, "", "path", "fill", "none", "stroke", "currentColor", "stroke-width", "1.7",
              "stroke-linejoin", "round", "d", "M5 21V8l7-5 7 5v13zM10 21v-6h4v6");
    html_close(html);
    html_open(html, "span", "class", "app-brand__name");
    html_text(html, "ID-porten");
    html_leaf(html, sandbox_idporten_say(language, "name.sub"), "span", "class", "app-brand__sub");
    html_close_to(html, html->depth - 2);
    if (menu)
        write_menu(html, language);
    html_close_to(html, html->depth - 2);
}

void sandbox_idporten_page_begin(struct html *html, const char *language, const char *title,
                                 bool menu)
{
    html_doctype(html);
    html_open(html, "html", "lang", language, "data-color-scheme", "auto", "data-size", "md");
    write_head(html, language, title);
    html_open(html, "body", "data-color", "accent");
    html_leaf(html, sandbox_idporten_say(language, "skip"), "a", "class", "ds-skip-link", "href",
              "#innhold");
    write_band(html, language);
    write_header(html, language, menu);
    html_open(html, "main", "id", "innhold", "class", "app-main", "tabindex", "-1");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "div", "class", "app-column");
}

void sandbox_idporten_page_end(struct html *html, const char *language)
{
    html_close_to(html, html->depth - 3); /* column, inner, main */
    html_open(html, "footer", "class", "app-footer");
    html_open(html, "div", "class", "app-inner");
    html_leaf(html, sandbox_idporten_say(language, "footer"), "p");
    html_close_to(html, 0);
}

/* ---- test people ---- */

struct page {
    struct html html;
    const struct sandbox_idporten_choice *choice;
    const char *language;
};

static const char *say(const struct page *page, const char *id)
{
    return sandbox_idporten_say(page->language, id);
}

static void write_person(struct page *page, const struct sandbox_person *person, bool is_first)
{
    struct html *html = &page->html;
    const char *about = arena_printf(html->arena, "%s-om", person->key);
    html_open(html, "div", "class", "ds-field", "data-variant", "outline");
    html_void(html, "input", "class", "ds-input", "type", "radio", "name",
              SANDBOX_IDPORTEN_FIELD_PERSON, "id", person->key, "value", person->pid,
              "aria-describedby", about, "checked", is_first ? "" : NULL);
    html_leaf(html, person->name, "label", "class", "ds-label", "for", person->key);
    html_open(html, "p", "data-field", "description", "id", about);
    html_leaf(html, arena_printf(html->arena, "%.6s %s", person->pid, person->pid + 6), "span",
              "class", "app-nowrap");
    html_text(html, " · ");
    html_leaf(html, person->about, "span", "lang",
              text_equal(person->language, page->language) ? NULL : person->language);
    html_close_to(html, html->depth - 2);
}

static void write_people(struct page *page)
{
    struct html *html = &page->html;
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, say(page, "people"), "legend", "class", "app-legend-h");
    html_open(html, "div", "class", "app-personas");
    for (size_t i = 0; i < count; i++)
        write_person(page, &people[i], i == 0 && text_is_empty(page->choice->typed));
    html_close_to(html, html->depth - 2);
}

static void write_other(struct page *page)
{
    struct html *html = &page->html;
    const char *wrong = page->choice->wrong ? say(page, page->choice->wrong) : NULL;
    html_open(html, "div", "class", "ds-field");
    html_open(html, "label", "class", "ds-label", "for", SANDBOX_IDPORTEN_FIELD_OTHER);
    html_text(html, say(page, "other"));
    html_text(html, " ");
    frame_tag(html, "info", NULL, say(page, "optional"));
    html_close(html);
    html_leaf(html, say(page, "other.hint"), "p", "data-field", "description", "id", "annen-hjelp");
    html_void(html, "input", "class", "ds-input app-w-m", "type", "text", "inputmode", "numeric",
              "id", SANDBOX_IDPORTEN_FIELD_OTHER, "name", SANDBOX_IDPORTEN_FIELD_OTHER, "value",
              page->choice->typed, "autocomplete", "off", "aria-describedby",
              wrong ? "annen-feil annen-hjelp" : "annen-hjelp", "aria-invalid",
              wrong ? "true" : NULL);
    html_leaf(html, wrong, "p", "class", "ds-validation-message", "data-field", "validation", "id",
              "annen-feil");
    html_close(html);
}

static void write_level(struct page *page, enum sandbox_idporten_level level, const char *id,
                        const char *text, bool is_checked)
{
    struct html *html = &page->html;
    html_open(html, "div", "class", "ds-field");
    html_void(html, "input", "class", "ds-input", "type", "radio", "name",
              SANDBOX_IDPORTEN_FIELD_LEVEL, "id", id, "value", sandbox_idporten_level_name(level),
              "checked", is_checked ? "" : NULL);
    html_leaf(html, say(page, text), "label", "class", "ds-label", "for", id);
    html_close(html);
}

/* Those that suffice. */
static void write_levels(struct page *page)
{
    struct html *html = &page->html;
    bool high_only = page->choice->asked->level == SANDBOX_IDPORTEN_HIGH;
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, say(page, "level"), "legend", "class", "ds-label");
    html_leaf(html, high_only ? say(page, "level.high-only") : NULL, "p", "data-field",
              "description");
    write_level(page, SANDBOX_IDPORTEN_HIGH, "niva-hoyt", "level.high", true);
    if (!high_only)
        write_level(page, SANDBOX_IDPORTEN_SUBSTANTIAL, "niva-betydelig", "level.substantial",
                    false);
    html_close(html);
}

static void write_buttons(struct page *page, const char *action)
{
    struct html *html = &page->html;
    html_open(html, "div", "class", "app-actions");
    frame_button(html, &(struct frame_button){.text = say(page, "go")});
    html_leaf(html, say(page, "cancel"), "button", "class", "ds-button", "data-variant",
              "secondary", "type", "submit", "formaction",
              arena_printf(html->arena, "%s/avbryt", action), "formnovalidate", "");
    html_close(html);
}

/* A form's answer may lead the browser on to the client, which form-action must allow. */
static void allow_site(struct response *response, const char *site)
{
    response_header(response, "Content-Security-Policy",
                    arena_printf(response->arena,
                                 "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                                 "font-src 'self'; form-action 'self' %s; frame-ancestors 'none'; "
                                 "base-uri 'none'; object-src 'none'",
                                 site));
}

void sandbox_idporten_choice_page(struct request *request, struct response *response, int status,
                                  const struct sandbox_idporten_choice *choice)
{
    struct page page = {.choice = choice, .language = choice->asked->language};
    struct html *html = &page.html;
    html_init(html, request->arena);
    const char *action =
        arena_printf(request->arena, SANDBOX_IDPORTEN_PATH "/velg/%s", choice->asked->id);
    sandbox_idporten_page_begin(html, page.language, say(&page, "title"), true);
    html_leaf(html, choice->asked->client->name, "p", "class", "app-kicker", "lang",
              *page.language == 'n' ? NULL : "nb");
    html_leaf(html, say(&page, "title"), "h1", "class", "app-h1");
    html_leaf(html, say(&page, "lead"), "p", "class", "app-lead");
    html_open(html, "div", "class", "app-sheet");
    html_open(html, "form", "class", "app-form", "method", "post", "action", action);
    write_people(&page);
    write_other(&page);
    write_levels(&page);
    write_buttons(&page, action);
    html_close_to(html, html->depth - 2);
    sandbox_idporten_page_end(html, page.language);
    response_html(response, status, html_bytes(html));
    allow_site(response, choice->asked->site);
}

/* ---- other pages ---- */

void sandbox_idporten_post_page(struct request *request, struct response *response,
                                const struct sandbox_idporten_asked *asked,
                                const struct request_pair *words, size_t count)
{
    struct html html;
    html_init(&html, request->arena);
    const char *title = sandbox_idporten_say(asked->language, "post.title");
    sandbox_idporten_page_begin(&html, asked->language, title, false);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_open(&html, "form", "method", "post", "action", asked->redirect_uri);
    for (size_t i = 0; i < count; i++)
        if (words[i].value)
            html_void(&html, "input", "type", "hidden", "name", words[i].name, "value",
                      words[i].value);
    frame_button(&html,
                 &(struct frame_button){.text = sandbox_idporten_say(asked->language, "post.go")});
    html_close(&html);
    sandbox_idporten_page_end(&html, asked->language);
    response_html(response, 200, html_bytes(&html));
    allow_site(response, asked->site);
}

void sandbox_idporten_tell(struct request *request, struct response *response, int status,
                           const char *title, const char *detail)
{
    const char *chosen = sandbox_idporten_chosen_language(request);
    const char *language = chosen ? chosen : SANDBOX_IDPORTEN_LANGUAGE;
    title = sandbox_idporten_say(language, title);
    struct html html;
    html_init(&html, request->arena);
    sandbox_idporten_page_begin(&html, language, title, false);
    html_leaf(&html, arena_printf(request->arena, "%d", status), "p", "class", "app-error-code");
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, sandbox_idporten_say(language, "trouble.lead"), "p", "class", "app-lead");
    html_leaf(&html, detail, "p", "lang", "en");
    sandbox_idporten_page_end(&html, language);
    response_html(response, status, html_bytes(&html));
}

void sandbox_idporten_trouble(struct request *request, struct response *response, int status,
                              const char *detail)
{
    sandbox_idporten_tell(request, response, status,
                          status == 404 ? "trouble.gone" : "trouble.title", detail);
}

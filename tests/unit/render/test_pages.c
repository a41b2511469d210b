#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libxml/HTMLparser.h>

#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/validate.h"
#include "render/message.h"
#include "render/sending.h"
#include "render/static.h"
#include "render/step.h"

/* All pages in every language, made once. */
static const char *const languages[] = {"nb", "nn", "en", "se"};
struct pages {
    struct arena *arena;
    struct package *package;
    struct sample *samples[COUNT(languages)];
    size_t count;
};

static int make_pages(void **state)
{
    static struct pages pages;
    pages.arena = arena_open();
    pages.package = samples_form();
    for (size_t i = 0; i < COUNT(languages); i++)
        pages.count =
            samples_make(pages.arena, pages.package->form, languages[i], &pages.samples[i]);
    *state = &pages;
    return 0;
}

static int end_pages(void **state)
{
    struct pages *pages = *state;
    package_close(&pages->package);
    arena_close(&pages->arena);
    return 0;
}

/* ---- what holds for every page ---- */

static void xml_close_html(xmlDoc **document)
{
    xmlFreeDoc(*document);
}

/* Called with every element of every page. */
typedef void element_check(struct arena *arena, const char *page, const xmlNode *root,
                           const xmlNode *node);

static void visit(struct arena *arena, const char *page, const xmlNode *root, const xmlNode *node,
                  element_check *check)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        check(arena, page, root, node);
        visit(arena, page, root, node->children, check);
    }
}

/* The pages in two languages from that one on. */
static void visit_two(struct pages *pages, size_t first, element_check *check)
{
    for (size_t language = first; language < first + 2; language++)
        for (size_t i = 0; i < pages->count; i++) {
            const struct sample *sample = &pages->samples[language][i];
            CLEANUP(xml_close_html)
            xmlDoc *document =
                htmlReadMemory((const char *)sample->page.data, (int)sample->page.size,
                               sample->name, "UTF-8", HTML_PARSE_NOERROR | HTML_PARSE_NONET);
            assert_non_null(document);
            const xmlNode *root = xmlDocGetRootElement(document);
            visit(pages->arena, sample->name, root, root, check);
        }
}

/* How pages are built does not hang on the language: bokmål and nynorsk stand for all. */
static void visit_all(struct pages *pages, element_check *check)
{
    visit_two(pages, 0, check);
}

static const char *attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (strcmp((const char *)a->name, name) == 0)
            return a->children ? (const char *)a->children->content : "";
    return NULL;
}

static bool is(const xmlNode *node, const char *element)
{
    return strcmp((const char *)node->name, element) == 0;
}

static int count_attribute(const xmlNode *node, const char *name, const char *value)
{
    int count = 0;
    for (; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE) {
            count += text_equal(attribute(node, name), value);
            count += count_attribute(node->children, name, value);
        }
    return count;
}

static int count_element(const xmlNode *node, const char *element)
{
    int count = 0;
    for (; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE)
            count += is(node, element) + count_element(node->children, element);
    return count;
}

static void check_ids(struct arena *arena, const char *page, const xmlNode *root,
                      const xmlNode *node)
{
    const char *id = attribute(node, "id");
    (void)arena;
    if (id && count_attribute(root, "id", id) != 1)
        fail_msg("%s: id %s is there more than once", page, id);
}

static void every_id_is_there_once(void **state)
{
    visit_all(*state, check_ids);
}

static void check_references(struct arena *arena, const char *page, const xmlNode *root,
                             const xmlNode *node)
{
    static const char *const names[] = {"for", "aria-describedby", "aria-labelledby"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = attribute(node, names[i]);
        for (char *at = arena_text(arena, value ? value : ""), *id; (id = strsep(&at, " "));)
            if (*id && count_attribute(root, "id", id) != 1)
                fail_msg("%s: %s=\"%s\" leads to nothing", page, names[i], id);
    }
    const char *href = is(node, "a") ? attribute(node, "href") : NULL;
    if (href && href[0] == '#' && count_attribute(root, "id", href + 1) != 1)
        fail_msg("%s: link to %s leads to nothing", page, href);
}

static void labels_hints_errors_and_links_lead_to_what_they_name(void **state)
{
    visit_all(*state, check_references);
}

static void check_label(struct arena *arena, const char *page, const xmlNode *root,
                        const xmlNode *node)
{
    (void)arena;
    bool control = is(node, "select") || is(node, "textarea") ||
                   (is(node, "input") && !text_equal(attribute(node, "type"), "hidden"));
    if (!control)
        return;
    const char *id = attribute(node, "id");
    if (!id || count_attribute(root, "for", id) != 1)
        fail_msg("%s: control %s has no label", page, id ? id : "without id");
}

static void every_control_has_one_label(void **state)
{
    visit_all(*state, check_label);
}

static void check_safe(struct arena *arena, const char *page, const xmlNode *root,
                       const xmlNode *node)
{
    (void)arena, (void)root;
    static const char *const refused[] = {"style", "placeholder", "required", "aria-live",
                                          "onclick"};
    for (size_t i = 0; i < COUNT(refused); i++)
        if (attribute(node, refused[i]))
            fail_msg("%s: attribute %s", page, refused[i]);
    bool ours = is(node, "script") && !node->children &&
                (text_equal(attribute(node, "src"), static_path("app.js")) ||
                 text_equal(attribute(node, "src"), static_path("htmx.js")) ||
                 text_equal(attribute(node, "src"), static_path("live.js")) ||
                 text_equal(attribute(node, "src"), static_path("upload.js")));
    if ((is(node, "script") && !ours) || is(node, "style"))
        fail_msg("%s: element %s", page, (const char *)node->name);
    if (text_equal(attribute(node, "role"), "alert") ||
        text_equal(attribute(node, "type"), "number"))
        fail_msg("%s: what the design does not allow", page);
}

/* What htmx would evaluate, which the policy stops, or would never fire (design.md section 9). */
static bool is_good_for_htmx(const char *name, const char *value)
{
    if (text_starts_with(name, "on") || strcmp(name, "style") == 0)
        return false;
    if (!text_starts_with(name, "hx-"))
        return true;
    if (text_starts_with(name, "hx-on") || text_starts_with(name, "hx-live") ||
        text_starts_with(value, "js:") || text_starts_with(value, "javascript:"))
        return false;
    if (strcmp(name, "hx-trigger") != 0)
        return true;
    const char *from = strstr(value, "from:");
    bool quoted = from && (from[5] == '\'' || from[5] == '"');
    bool spaced =
        from && (text_starts_with(from + 5, "closest ") || text_starts_with(from + 5, "find ") ||
                 text_starts_with(from + 5, "next "));
    return !strchr(value, '[') && (quoted || !spaced);
}

static void check_htmx(struct arena *arena, const char *page, const xmlNode *root,
                       const xmlNode *node)
{
    (void)arena, (void)root;
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        const char *name = (const char *)a->name, *value = attribute(node, name);
        if (!is_good_for_htmx(name, value ? value : ""))
            fail_msg("%s: %s=\"%s\"", page, name, value);
    }
}

static void hdr_2_no_attribute_is_evaluated_by_htmx(void **state)
{
    static const char *const refused[][2] = {{"hx-on:click", "x()"},
                                             {"hx-vals", "js:{a: 1}"},
                                             {"hx-post", "javascript:x()"},
                                             {"hx-live", ""},
                                             {"hx-trigger", "click[ctrlKey]"},
                                             {"hx-trigger", "change from:closest form"},
                                             {"onclick", "x()"},
                                             {"style", "color:red"}};
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(is_good_for_htmx(refused[i][0], refused[i][1]));
    assert_true(is_good_for_htmx("hx-trigger", "change from:'closest form' delay:1500ms"));
    visit_all(*state, check_htmx);
}

static void hdr_2_no_page_has_script_or_style_in_it(void **state)
{
    visit_all(*state, check_safe);
}

/* The first control of a form in the order it is sent in: inside it, or elsewhere with its id in a
 * form attribute (HTML, 4.10.17.3 and 4.10.22.4). */
static const xmlNode *first_control(const xmlNode *node, const xmlNode *form, bool inside)
{
    inside = inside || node == form;
    const char *id = attribute(form, "id"), *owner = attribute(node, "form");
    bool control = is(node, "input") || is(node, "button") || is(node, "select");
    if (control && (owner ? text_equal(owner, id) : inside))
        return node;
    for (const xmlNode *child = node->children; child; child = child->next) {
        const xmlNode *found =
            child->type == XML_ELEMENT_NODE ? first_control(child, form, inside) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

static void check_form(struct arena *arena, const char *page, const xmlNode *root,
                       const xmlNode *node)
{
    (void)arena;
    if (!is(node, "form") || count_attribute(root, "class", "app-user") == 0)
        return;
    const xmlNode *first = first_control(root, node, false);
    if (text_equal(attribute(node, "method"), "get")) { /* a search; its fields become an address */
        if (!first || text_equal(attribute(first, "name"), FRAME_FIELD_CSRF))
            fail_msg("%s: the token would stand in an address", page);
        return;
    }
    if (!text_equal(attribute(node, "method"), "post") || !first ||
        !text_equal(attribute(first, "name"), FRAME_FIELD_CSRF))
        fail_msg("%s: a form to %s without a token first", page, attribute(node, "action"));
}

static void csrf_1_the_token_is_the_first_field_of_every_form(void **state)
{
    visit_all(*state, check_form);
}

static void check_root(struct arena *arena, const char *page, const xmlNode *root,
                       const xmlNode *node)
{
    (void)arena;
    if (node != root)
        return;
    if (count_element(root, "h1") != 1 || count_element(root, "main") != 1)
        fail_msg("%s: one h1 and one main", page);
    if (!attribute(root, "lang") || count_attribute(root, "class", "ds-skip-link") != 1)
        fail_msg("%s: no language, or no skip link", page);
}

static void every_page_has_one_heading_a_language_and_a_skip_link(void **state)
{
    visit_all(*state, check_root);
}

static void every_title_ends_with_the_agency(void **state)
{
    struct pages *pages = *state;
    for (size_t i = 0; i < pages->count; i++) {
        char *page = arena_text_of(pages->arena, pages->samples[0][i].page);
        char *title = strstr(page, "<title>");
        assert_non_null(title);
        assert_non_null(strstr(title, " – Fjordvik kommune</title>"));
    }
}

/* Pages that one person may have open beside each other. Two states of one page share its title. */
static void no_two_pages_of_a_form_have_the_same_title(void **state)
{
    struct pages *pages = *state;
    static const char *const names[] = {"01-start",
                                        "02-om-deg",
                                        "02-steg",
                                        "02-steg-feil",
                                        "03-vedlegg",
                                        "03-samtykke",
                                        "03-henter",
                                        "03-velg-i-postkassen",
                                        "03-delte-dokumenter",
                                        "03-tidligere",
                                        "04-oppsummering",
                                        "05-kvittering",
                                        "06-min-side",
                                        "06-dokumenter",
                                        "06-samtykker",
                                        "06-innsynslogg",
                                        "06-slett",
                                        "08-404",
                                        "08-500"};
    const char *titles[COUNT(names)];
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t at = 0; at < pages->count; at++)
            if (text_equal(pages->samples[0][at].name, names[i])) {
                char *page = arena_text_of(pages->arena, pages->samples[0][at].page);
                titles[i] = strstr(page, "<title>");
                *strstr(titles[i], "</title>") = '\0';
                for (size_t k = 0; k < i; k++)
                    assert_string_not_equal(titles[k], titles[i]);
            }
    assert_non_null(strstr(titles[3], "<title>Feil (")); /* 02-steg-feil */
    for (size_t i = 1; i < 12; i++)                      /* of the form: */
        assert_non_null(strstr(titles[i], "Søknad om redusert foreldrebetaling – "));
}

/* One request, small on an old phone; what else a page shows is kept by the browser for a year. */
enum { PAGE_MAX_BYTES = 60 * 1000 };

static void judge_size(const char *name, const char *language, struct bytes page)
{
    if (page.size >= PAGE_MAX_BYTES)
        fail_msg("%s (%s): %zu bytes", name, language, page.size);
}

static void every_page_is_under_60_kb(void **state)
{
    struct pages *pages = *state;
    for (size_t l = 0; l < COUNT(languages); l++)
        for (size_t i = 0; i < pages->count; i++)
            judge_size(pages->samples[l][i].name, languages[l], pages->samples[l][i].page);
}

/* Every step of an example with everything wrong that can be. */
static void judge_steps(struct arena *arena, const char *folder, const char *language)
{
    CLEANUP(package_close) struct package *package = NULL;
    struct error err = {0};
    assert_true(package_open(folder, &package, &err));
    assert_non_null(package->form);
    CLEANUP(answers_close) struct answers *answers = answers_open(package->form, SAMPLES_NOW);
    struct frame frame = samples_frame(language);
    size_t count;
    const struct form_page *form_page = form_pages(package->form, &count);
    struct step_link *links = ARENA_ARRAY(arena, count, struct step_link);
    for (size_t i = 0; i < count; i++)
        links[i] = (struct step_link){.title = "Steg", .address = "/utkast/x", .reachable = true};
    for (size_t i = 0; i < count; i++) {
        struct finding_list findings;
        finding_list_init(&findings, arena);
        validate_page(answers, &form_page[i], language, &findings);
        const struct step step = {.answers = answers,
                                  .page = &form_page[i],
                                  .progress = {links, count, i},
                                  .action = "/utkast/x/side/y",
                                  .findings = &findings,
                                  .postbox = true};
        judge_size(folder, language, step_page(arena, &frame, &step));
    }
}

static void every_step_of_the_examples_is_under_60_kb(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const folders[] = {"examples/hello", "examples/redusert-foreldrebetaling",
                                          "examples/serveringsbevilling"};
    for (size_t i = 0; i < COUNT(folders); i++)
        for (size_t l = 0; l < COUNT(languages); l++)
            judge_steps(arena, folders[i], languages[l]);
}

/* How sure we are is found out when the bytes are here (design.md section 8). */
static void nothing_is_confirmed_or_failed_before_it_is_fetched(void **state)
{
    struct pages *pages = *state;
    static const char *const verdicts[] = {"badge.issuer", "badge.failed"};
    size_t seen = 0;
    for (size_t l = 0; l < COUNT(languages); l++)
        for (size_t i = 0; i < pages->count; i++) {
            const struct sample *sample = &pages->samples[l][i];
            if (!text_equal(sample->name, "03-delte-dokumenter") &&
                !text_equal(sample->name, "03-henter"))
                continue;
            const char *page = arena_text_of(pages->arena, sample->page);
            assert_non_null(strstr(page, message(languages[l], "badge.told")));
            for (size_t v = 0; v < COUNT(verdicts); v++)
                assert_null(strstr(page, message(languages[l], verdicts[v])));
            seen++;
        }
    assert_int_equal(seen, 2 * COUNT(languages));
}

static void an_agency_s_own_words_are_text_lists_and_links_and_no_more(void **state)
{
    struct pages *pages = *state;
    for (size_t at = 0; at < pages->count; at++) {
        if (!text_equal(pages->samples[2][at].name, "11-tilgjengelighet"))
            continue;
        const char *page = arena_text_of(pages->arena, pages->samples[2][at].page);
        assert_non_null(strstr(page, "<section class=\"app-text\" lang=\"nb\">\n"
                                     "<h2 class=\"app-h2\">Vår erklæring</h2>\n"
                                     "<p>Den ligger hos tilsynet, og er ny hvert år: <a "));
        assert_non_null(strstr(page, "href=\"https://uustatus.no/\">https://uustatus.no/</a></p>"));
        assert_non_null(strstr(page, "<li>Du får hjelp på Innbyggertorget</li>"));
        assert_non_null(strstr(page, "href=\"tel:00000000\">00000000</a></li></ul>"));
        assert_non_null(
            strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt; javascript:alert(1)</p>"));
        return;
    }
    fail_msg("no page about accessibility");
}

/* ---- languages ---- */

static const char *lang_of(const xmlNode *node)
{
    for (; node && node->type == XML_ELEMENT_NODE; node = node->parent)
        if (attribute(node, "lang"))
            return attribute(node, "lang");
    return "";
}

/* Without what people wrote, what pages were given ready-made in a person's language, and what is
 * quoted: those are in the language of whoever said it. */
static char *without_names(struct arena *arena, const char *text)
{
    static const char *const names[] = {
        "Jeg gikk ned i 60 prosent stilling fra august.",
        "som ikke vises lenger",
        "Vi kan ikke avgjøre søknaden før dokumentet er kommet.",
        "Sendt med Søknad om redusert foreldrebetaling 3. mars 2026",
        "Passer ikke til",
        "Skattemelding 2025 for deg, Lønnsslipper",
    };
    static const char *const quotes[][2] = {{"«", "»"}, {"“", "”"}};
    char *out = arena_text(arena, text);
    for (size_t i = 0; i < COUNT(names); i++)
        for (char *at = out; (at = strstr(at, names[i])) != NULL;)
            memset(at, ' ', strlen(names[i]));
    for (size_t i = 0; i < COUNT(quotes); i++)
        for (char *at = out; (at = strstr(at, quotes[i][0])) != NULL;) {
            char *end = strstr(at, quotes[i][1]);
            memset(at, ' ', end ? (size_t)(end - at) : strlen(at));
        }
    return out;
}

/* Words that stand in nearly every sentence of bokmål and nynorsk, and in none of English or
 * Northern Sámi. */
static const char *norwegian_in(struct arena *arena, const char *text)
{
    static const char *const words[] = {
        "og",     "ikke",     "ikkje",    "eller", "til",    "på",    "med",
        "som",    "har",      "det",      "av",    "fra",    "frå",   "kan",
        "skal",   "hvis",     "deg",      "dine",  "være",   "vere",  "etter",
        "søknad", "søknaden", "skjemaet", "sendt", "lagret", "lagra", "ingen"};
    char *rest = text_fold(arena, without_names(arena, text));
    for (char *word; (word = strsep(&rest, " \n\t.,:;!?()«»\"/")) != NULL;)
        for (size_t i = 0; i < COUNT(words); i++)
            if (text_equal(word, words[i]))
                return words[i];
    return NULL;
}

static int unmarked;

static void judge_words(struct arena *arena, const char *page, const char *lang, const char *text)
{
    const char *found = norwegian_in(arena, text);
    if (!found)
        return;
    print_error("%s (%s): \"%s\" in: %s\n", page, lang, found, text);
    unmarked++;
}

static void check_words(struct arena *arena, const char *page, const xmlNode *root,
                        const xmlNode *node)
{
    (void)root;
    const char *lang = lang_of(node);
    if ((!text_equal(lang, "en") && !text_equal(lang, "se")) || is(node, "title"))
        return; /* a title has one language, and the form's name in it its own */
    if (attribute(node, "aria-label"))
        judge_words(arena, page, lang, attribute(node, "aria-label"));
    for (const xmlNode *text = node->children; text; text = text->next)
        if (text->type == XML_TEXT_NODE)
            judge_words(arena, page, lang, (const char *)text->content);
}

static void what_is_norwegian_on_a_page_in_another_language_says_so(void **state)
{
    unmarked = 0;
    visit_two(*state, 2, check_words);
    assert_int_equal(unmarked, 0);
}

/* ---- golden files: a few pages, whole ---- */

static struct bytes read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct buf content;
    buf_init(&content, arena);
    char block[4096];
    for (size_t n; file && (n = fread(block, 1, sizeof block, file)) > 0;)
        buf_add(&content, (struct bytes){(unsigned char *)block, n});
    if (file)
        fclose(file);
    return buf_bytes(&content);
}

static void write_file(const char *path, const char *text)
{
    mkdir("tests/golden/html", 0777);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Digests in the names of static files change with the stylesheet: they are not the page's story.
 */
static char *without_digests(struct arena *arena, struct bytes page)
{
    char *text = arena_text_of(arena, page);
    for (char *at = text; (at = strstr(at, "/statisk/")); at++) {
        char *digest = strchr(at, '.');
        if (digest && strlen(digest) > 9 && digest[9] == '.')
            memcpy(digest + 1, "00000000", 8);
    }
    return text;
}

static void pages_are_as_they_were_when_somebody_looked_at_them(void **state)
{
    struct pages *pages = *state;
    static const char *const names[] = {"01-start",        "02-steg",       "02-steg-feil",
                                        "03-vedlegg",      "03-samtykke",   "03-delte-dokumenter",
                                        "04-oppsummering", "05-kvittering", "06-min-side",
                                        "06-ettersend",    "08-404"};
    bool renew = getenv("UPDATE_GOLDEN") != NULL;
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t at = 0; at < pages->count; at++) {
            if (!text_equal(pages->samples[0][at].name, names[i]))
                continue;
            char *path = arena_printf(pages->arena, "tests/golden/html/%s.html", names[i]);
            char *made = without_digests(pages->arena, pages->samples[0][at].page);
            if (renew)
                write_file(path, made);
            struct bytes golden = read_file(pages->arena, path);
            assert_string_equal(made, arena_text_of(pages->arena, golden));
        }
}

static void who_has_no_name_is_logged_in_without_a_hole(void **state)
{
    struct pages *pages = *state;
    static const char *const said[] = {"<span>Innlogget</span>", "<span>Innlogga</span>",
                                       "<span>Logged in</span>", "<span>Sisačálihuvvon</span>"};
    for (size_t i = 0; i < COUNT(languages); i++) {
        struct frame frame = samples_frame(languages[i]);
        frame.user_name = "";
        const struct sending_review review = {.outline = &(struct outline){.language = "nb"},
                                              .address_of_page = "/utkast/1/",
                                              .action = "",
                                              .back = "",
                                              .person_name = "",
                                              .person_number = "02878520281"};
        const char *page =
            arena_text_of(pages->arena, sending_review_page(pages->arena, &frame, &review));
        assert_non_null(strstr(page, said[i]));
        assert_null(strstr(page, message(languages[i], "frame.user")));
        assert_non_null(strstr(page, "<dd>028785 *****</dd>"));
        assert_null(strstr(page, "<dd></dd>"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_is_there_once),
        cmocka_unit_test(labels_hints_errors_and_links_lead_to_what_they_name),
        cmocka_unit_test(every_control_has_one_label),
        cmocka_unit_test(hdr_2_no_page_has_script_or_style_in_it),
        cmocka_unit_test(hdr_2_no_attribute_is_evaluated_by_htmx),
        cmocka_unit_test(csrf_1_the_token_is_the_first_field_of_every_form),
        cmocka_unit_test(every_page_has_one_heading_a_language_and_a_skip_link),
        cmocka_unit_test(every_title_ends_with_the_agency),
        cmocka_unit_test(who_has_no_name_is_logged_in_without_a_hole),
        cmocka_unit_test(every_page_is_under_60_kb),
        cmocka_unit_test(every_step_of_the_examples_is_under_60_kb),
        cmocka_unit_test(no_two_pages_of_a_form_have_the_same_title),
        cmocka_unit_test(nothing_is_confirmed_or_failed_before_it_is_fetched),
        cmocka_unit_test(an_agency_s_own_words_are_text_lists_and_links_and_no_more),
        cmocka_unit_test(what_is_norwegian_on_a_page_in_another_language_says_so),
        cmocka_unit_test(pages_are_as_they_were_when_somebody_looked_at_them),
    };
    return cmocka_run_group_tests(tests, make_pages, end_pages);
}

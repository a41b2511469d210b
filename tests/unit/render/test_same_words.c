/* test_same_words.c - what a person answered has the same words on the page, in its HTML copy, in
 * the PDF as it is read aloud, in the plain text, and the same values in the XML. Every form that
 * is here is filled in at random, always with the same seed. */
#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/receipt_manifest.h"
#include "engine/verify/verify_receipt.h"
#include "forms/answers.h"
#include "forms/limits.h"
#include "forms/package.h"
#include "forms/parse.h"
#include "pdf_structure.h"
#include "pdf_tools.h"
#include "render/pdf_receipt.h"
#include "render/receipt_text.h"
#include "render/sending.h"
#include "tests/shared.h"

#include <dirent.h>
#include <libxml/HTMLparser.h>
#include <string.h>
#include <sys/stat.h>

enum {
    NOON = 1795431600, /* 2026-11-23 12:00 in Norway */
    MOST_FORMS = 1000,
    MOST_ROWS = 3,
    HEARD_EVERY = 12, /* poppler reads every twelfth form's PDF too */
};

static const struct frame_agency agency = {
    .name = "Fjordvik kommune",
    .number = "310245682",
    .address = "Rådhusplassen 1, 9999 Fjordvik",
    .phone = "23 45 60 00",
    .email = "post@fjordvik.example",
};

/* ---- chance ---- */

static uint64_t chance_state;

/* A number below `below` (splitmix64). */
static size_t chance(size_t below)
{
    uint64_t z = chance_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below ? (size_t)(z % below) : 0;
}

/* ---- answers ---- */

static const char *const said[] = {
    "Blåbærsyltetøy, ærlige ønsker og ÆØÅ",
    "Áŋŋa Čáhppe Đávvi šaddá Ŧearpmis, žaibmi",
    "יוסף כהן",
    "مريم الزهراء og broren",
    "👶🏽 er to år, 👨‍👩‍👧 bor sammen",
    "漢字 og ελληνικά og Москва",
    "Første linje\nandre linje\n\nfjerde linje",
    "  mellomrom   i   midten  ",
    "morfar-/farmor, far-/morforeldre og lyd-/lys-/luftforurensning i Kautokeino-/Karasjok-området",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsteher"
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsteher",
    "<b>fet</b> &amp; \"sitat\" 'enkelt' {navn} %s \\( )",
    "En lang forklaring som må deles på flere linjer fordi den ikke får plass på én, og som derfor "
    "viser om ordene henger sammen der linjene skilles, også når det står et tall som 425 000 kr "
    "eller 2025–2026 midt på der, og en avslutning til slutt så det blir nok av dem.",
    "e\u0301n og a\u030A, som er satt sammen",
    "0",
    "42",
    "3.5",
    "2026-11-23",
    "1990-02-28",
    "true",
    "310245682",
    "",
};

static const char *any_value(struct arena *arena, struct answers *answers,
                             const struct form_control *control, const struct place *place)
{
    struct answers_choice *choices = NULL;
    if (!control->items)
        return said[chance(COUNT(said))];
    size_t count = answers_choices(answers, arena, control, place, "", &choices);
    if (!count)
        return "";
    const char *one = choices[chance(count)].value, *two = choices[chance(count)].value;
    return control->kind == FORM_SELECT && strcmp(one, two) != 0
               ? arena_printf(arena, "%s %s", one, two)
               : arena_text(arena, one);
}

static const struct outline_attached attached[] = {
    {.id = "d1",
     .document = {.name = "Skattemelding – Áŋŋa",
                  .type = "PDF",
                  .size_bytes = 184000,
                  .issuer = "Skatteetaten",
                  .issuer_number = "974761076",
                  .sha256_hex =
                      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},
    {.id = "d2",
     .document = {.name = "bilde 👶.jpg",
                  .type = "JPG",
                  .size_bytes = 99,
                  .issuer = "",
                  .issuer_number = "",
                  .origin = OUTLINE_ORIGIN_UPLOADED,
                  .sha256_hex = ""}},
};

struct filling {
    struct arena *arena;
    struct answers *answers;
    const struct form_control *control;
};

static void fill_place(struct place *place, void *context)
{
    struct filling *filling = context;
    struct error err;
    if (filling->control->kind == FORM_UPLOAD) {
        struct attachment_info info = {.document = attached[chance(2)].id};
        if (chance(3))
            (void)!answers_attach(filling->answers, place, &info, &err);
        else
            answers_send_later(filling->answers, place, chance(2));
        return;
    }
    const char *value = any_value(filling->arena, filling->answers, filling->control, place);
    (void)!answers_set(filling->answers, place, value, &err);
}

static void add_rows(struct arena *arena, struct answers *answers,
                     const struct form_control *repeat)
{
    struct place **rows, *row;
    struct error err;
    for (size_t wanted = chance(MOST_ROWS + 1);
         answers_rows(answers, arena, repeat, NULL, &rows) < wanted &&
         answers_can_add(answers, repeat, NULL);)
        if (!answers_add(answers, repeat, NULL, &row, &err))
            return;
}

static void fill_in(struct arena *arena, const struct form *form, struct answers *answers)
{
    size_t count;
    const struct form_control *const *controls = form_controls(form, &count);
    answers_begin(answers);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT)
            add_rows(arena, answers, controls[i]);
    answers_end(answers);
    answers_begin(answers);
    for (size_t i = 0; i < count; i++) {
        struct filling filling = {arena, answers, controls[i]};
        bool is_asked = controls[i]->field && controls[i]->kind >= FORM_INPUT &&
                        controls[i]->kind != FORM_BUTTON && controls[i]->kind != FORM_OUTPUT;
        if (is_asked && chance(8))
            answers_each(answers, controls[i]->field, fill_place, &filling);
    }
    answers_end(answers);
}

/* ---- what the outline says, in order ---- */

struct words {
    const char *role; /* in the PDF: "H", "Lbl", "LBody", "P"; "name": within a body */
    const char *text; /* "": any */
    struct words *next;
};

/* White space is one space, as on paper; what no reader may be given is the substitute. */
static const char *plain(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (uint32_t c; (c = text_next(&text));)
        if (strchr(" \t\r\n", (int)c) && c < 0x80)
            buf_add_text(&out, out.size && out.data[out.size - 1] != ' ' ? " " : "");
        else
            buf_add_utf8(&out, c == 0xFEFF || c == 0xFFFE ? 0xFFFD : c);
    if (out.size && out.data[out.size - 1] == ' ')
        out.size--;
    return buf_text(&out);
}

static void add_words(struct arena *arena, struct words ***end, const char *role, const char *text)
{
    struct words *words = ARENA_NEW(arena, struct words);
    *words = (struct words){.role = role, .text = plain(arena, text)};
    **end = words;
    *end = &words->next;
}

static void collect(struct arena *arena, struct words ***end, const struct outline_node *node)
{
    for (; node; node = node->next) {
        bool is_group = node->kind == OUTLINE_SECTION || node->kind == OUTLINE_GROUP;
        if (*plain(arena, node->label))
            add_words(arena, end, is_group ? "H" : "Lbl", node->label);
        if (is_group) {
            collect(arena, end, node->first_child);
            continue;
        }
        add_words(arena, end, "LBody", node->kind == OUTLINE_ANSWER ? node->value : "");
        for (size_t i = 0; i < node->document_count; i++)
            add_words(arena, end, "name", node->documents[i].name);
        if (node->origin)
            add_words(arena, end, "P", node->origin);
    }
}

/* ---- the same in the PDF ---- */

/* The first part of the answers: after the second heading of level 2. */
static const struct pdf_structure_part *find_answers(const struct pdf_structure_part *part)
{
    for (int headings = 0; part; part = part->next) {
        headings += strcmp(part->role, "H2") == 0;
        if (headings == 2)
            return part->next;
    }
    return NULL;
}

static bool is_role(const struct pdf_structure_part *part, const char *role)
{
    return strcmp(role, "H") == 0 ? part->role[0] == 'H' : strcmp(part->role, role) == 0;
}

static void compare_pdf(struct arena *arena, const char *form, const struct words *words,
                        struct bytes pdf)
{
    const struct pdf_structure_part *part = find_answers(pdf_structure_read(arena, pdf)), *body;
    assert_non_null(part);
    body = part;
    for (; words; words = words->next) {
        if (strcmp(words->role, "name") == 0) {
            if (!strstr(plain(arena, body->text), words->text))
                fail_msg("%s: no \"%s\" in \"%s\"", form, words->text, body->text);
            continue;
        }
        while (part && (!*part->text || strcmp(part->role, "Figure") == 0))
            part = part->next;
        if (!part)
            fail_msg("%s: the PDF ends before \"%s\"", form, words->text);
        if (!is_role(part, words->role) ||
            (*words->text && strcmp(plain(arena, part->text), words->text) != 0))
            fail_msg("%s: the PDF says %s \"%s\" for %s \"%s\"", form, part->role, part->text,
                     words->role, words->text);
        body = part;
        part = part->next;
    }
    while (part && !*part->text)
        part = part->next;
    if (part && strcmp(part->role, "H2") != 0 && strcmp(part->role, "P") != 0)
        fail_msg("%s: the PDF goes on with %s \"%s\"", form, part->role, part->text);
}

/* ---- the same elsewhere ---- */

/* All words come one after another in the text. */
static void compare_text(struct arena *arena, const char *form, const char *where,
                         const struct words *words, const char *text)
{
    const char *at = plain(arena, text);
    for (; words; words = words->next) {
        const char *found = strstr(at, words->text);
        if (!found)
            fail_msg("%s: %s lacks \"%s\" after \"%.60s\"", form, where, words->text, at);
        at = found + strlen(words->text);
    }
}

static void close_html(xmlDoc **document)
{
    xmlFreeDoc(*document);
}

static const xmlNode *find_main(const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->name && strcmp((const char *)node->name, "main") == 0)
            return node;
        const xmlNode *inside =
            node->type == XML_ELEMENT_NODE || node->type == XML_HTML_DOCUMENT_NODE
                ? find_main(node->children)
                : NULL;
        if (inside)
            return inside;
    }
    return NULL;
}

static void add_html(struct buf *out, const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type == XML_TEXT_NODE)
            buf_add_text(out, (const char *)node->content);
        else if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, "br") == 0)
            buf_add_byte(out, ' ');
        else
            add_html(out, node->children);
    }
}

static void compare_html(struct arena *arena, const char *form, const char *where,
                         const struct words *words, struct bytes html)
{
    CLEANUP(close_html)
    xmlDoc *document = htmlReadMemory((const char *)html.data, (int)html.size, NULL, "UTF-8",
                                      HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    const xmlNode *main = find_main(document->children);
    assert_non_null(main);
    struct buf text;
    buf_init(&text, arena);
    add_html(&text, main->children);
    compare_text(arena, form, where, words, buf_text(&text));
}

/* "/data/barn[2]/navn" in what was sent; of an attribute, what has it. */
static const xmlNode *find_node(const xmlNode *node, const char *path)
{
    size_t size = strcspn(++path, "/[");
    long position = path[size] == '[' ? strtol(path + size + 1, NULL, 10) : 1;
    for (; node; node = node->next) {
        const char *name = (const char *)node->name;
        bool is_it = node->type == XML_ELEMENT_NODE && strlen(name) == size &&
                     strncmp(name, path, size) == 0;
        if (!is_it || --position)
            continue;
        const char *rest = strchr(path, '/');
        return rest && rest[1] != '@' ? find_node(node->children, rest) : node;
    }
    return NULL;
}

/* Freed by xmlFree; NULL: there is no such node. */
static xmlChar *read_node(const xmlDoc *document, const char *path)
{
    const xmlNode *node = find_node(document->children, path);
    const char *attribute = strstr(path, "/@");
    if (!node)
        return NULL;
    return attribute ? xmlGetNoNsProp(node, (const xmlChar *)attribute + 2)
                     : xmlNodeGetContent(node);
}

static void compare_xml(const char *form, const struct outline_node *node, const xmlDoc *document)
{
    for (; node; node = node->next) {
        if (node->kind == OUTLINE_ANSWER && node->path && !strchr(node->path, ':')) {
            xmlChar *content = read_node(document, node->path);
            if (!content)
                fail_msg("%s: the XML has no %s", form, node->path);
            bool is_same = strcmp((const char *)content, node->stored) == 0;
            xmlFree(content);
            if (!is_same)
                fail_msg("%s: the XML has another value at %s than \"%s\"", form, node->path,
                         node->stored);
        }
        compare_xml(form, node->first_child, document);
    }
}

/* ---- all of a form ---- */

static size_t compared;

/* What `skjema verify` says of a receipt that nobody signed: that, and nothing else is wrong. */
static void compare_verified(struct arena *arena, const char *path, struct bytes pdf)
{
    const struct verify_question question = {0};
    struct verify_report report;
    struct audit_head head;
    verify_report_init(&report, arena);
    verify_receipt(pdf, &question, &report, &head);
    for (size_t i = 0; i < report.count; i++)
        if (!report.lines[i].good && !text_equal(report.lines[i].part, "signature"))
            fail_msg("%s: %s %s", path, report.lines[i].part, report.lines[i].text);
}

static void compare_answers(struct arena *arena, const char *path, struct answers *answers)
{
    struct bytes xml = answers_write(answers, arena, ANSWERS_SENT);
    const char *language = "nb";
    struct outline *outline =
        outline_make(arena, answers_form(answers), answers, language, attached, COUNT(attached));
    struct words *words = NULL, **end = &words;
    collect(arena, &end, outline->first);

    const struct submission submission = {.reference = "FB-2026-004182",
                                          .form_id = "f",
                                          .form_version = "0",
                                          .language = language,
                                          .answers = xml};
    const struct receipt_manifest manifest = {
        .submission = &submission, .received_at = NOON, .language = language, .outline = outline};
    const struct pdf_file inside[] = {
        {"soknad.xml", "application/xml", "Source", "Svarene som data", xml},
        {"manifest.json", "application/json", "Data", "Vedleggene",
         receipt_manifest_write(arena, &manifest)}};
    const struct pdf_receipt receipt = {.agency = &agency,
                                        .reference = "FB-2026-004182",
                                        .received_at = NOON,
                                        .person_name = "Ingrid Fjeld",
                                        .outline = outline,
                                        .attachments_inside = inside,
                                        .attachment_inside_count = COUNT(inside)};
    struct bytes pdf;
    struct error err;
    if (!pdf_receipt_write(arena, &receipt, &pdf, &err))
        fail_msg("%s: %s", path, err.text);
    if (outline->first)
        compare_pdf(arena, path, words, pdf);
    compare_verified(arena, path, pdf);
    if (compared++ % HEARD_EVERY == 0)
        pdf_tools_quiet(arena, pdf);

    compare_text(arena, path, "the plain text", words, receipt_text_write(arena, &receipt));
    const struct frame frame = {.language = "nb", .agency = &agency, .now = NOON};
    const struct sending_review review = {
        .outline = outline, .address_of_page = "/utkast/1/", .action = "", .back = ""};
    compare_html(arena, path, "the review", words, sending_review_page(arena, &frame, &review));
    const struct sending_receipt copy = {.reference = "FB-2026-004182",
                                         .received_at = NOON,
                                         .pdf = "/kvittering.pdf",
                                         .address = "/kvittering",
                                         .outline = outline};
    compare_html(arena, path, "the copy", words, sending_receipt_page(arena, &frame, &copy));

    CLEANUP(xml_close) xmlDoc *document = NULL;
    if (!xml_parse(xml, path, &document, &err))
        fail_msg("%s: %s", path, err.text);
    compare_xml(path, outline->first, document);
}

static void compare_form(const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct form *form = package_form(path, &findings);
    if (!form)
        return; /* some are there to be refused */
    chance_state = 2026;
    for (const char *at = path; *at; at++)
        chance_state = chance_state * 31 + (unsigned char)*at;
    CLEANUP(answers_close) struct answers *answers = answers_open(form, NOON);
    fill_in(arena, form, answers);
    compare_answers(arena, path, answers);
    answers_close(&answers);
    form_close(&form);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The forms of a file or of a folder and all below it, in name order. */
static void compare_path(struct arena *arena, const char *path)
{
    struct stat status;
    DIR *folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? opendir(path) : NULL;
    if (!folder) {
        if (text_ends_with(path, ".xml") || text_ends_with(path, ".xhtml"))
            compare_form(path);
        return;
    }
    const char **names = ARENA_ARRAY(arena, MOST_FORMS, const char *);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL && count < MOST_FORMS;)
        if (entry->d_name[0] != '.')
            names[count++] = arena_printf(arena, "%s/%s", path, entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++)
        compare_path(arena, names[i]);
}

static void the_examples_say_the_same_on_page_in_pdf_and_in_xml(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    compared = 0;

    compare_path(arena, "examples");

    assert_true(compared >= 3);
    (void)state;
}

static void so_do_the_forms_of_the_corpus(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    (void)state;
    shared_or_skip(arena, "corpus/xforms");
    compared = 0;

    compare_path(arena, shared_path(arena, "corpus/xforms"));

    print_message("%zu forms\n", compared);
    assert_true(compared > 100);
}

static void so_do_five_hundred_rows(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char source[] =
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'>"
        "<h:head><h:title>Mange rader</h:title><model><instance><data id='rader'>"
        "<rad><navn/><tall/></rad></data></instance></model></h:head><h:body>"
        "<group><label>Radene</label><repeat nodeset='/data/rad'>"
        "<input ref='navn'><label>Navn</label></input>"
        "<input ref='tall'><label>Tall</label></input></repeat></group></h:body></h:html>";
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct form *form = parse_form(BYTES_OF(source), "rader.xml", &findings);
    assert_non_null(form);
    CLEANUP(answers_close) struct answers *answers = answers_open(form, NOON);
    size_t count;
    const struct form_control *const *controls = form_controls(form, &count);
    const struct form_control *repeat = NULL;
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_REPEAT)
            repeat = controls[i];
    struct place **rows, *row;
    struct error err;
    answers_begin(answers);
    while (answers_rows(answers, arena, repeat, NULL, &rows) < FORM_MAX_ROWS)
        assert_true(answers_add(answers, repeat, NULL, &row, &err));
    answers_end(answers);
    chance_state = 500;
    fill_in(arena, form, answers);
    assert_int_equal(answers_rows(answers, arena, repeat, NULL, &rows), FORM_MAX_ROWS);

    compared = 1; /* poppler would take its time */
    compare_answers(arena, "rader.xml", answers);

    assert_int_equal(compared, 2);
    answers_close(&answers);
    form_close(&form);
    (void)state;
}

static int start(void **state)
{
    (void)state;
    xml_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_say_the_same_on_page_in_pdf_and_in_xml),
        cmocka_unit_test(so_do_the_forms_of_the_corpus),
        cmocka_unit_test(so_do_five_hundred_rows),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}

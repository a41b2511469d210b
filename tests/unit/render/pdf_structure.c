#include "pdf_structure.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "pdf_tools.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CODES = 0x10000, FONTS = 8, MOST_MARKS = 20000 };

struct font {
    const char *name;   /* in the pages: "F0" */
    const char **texts; /* of each code */
};

struct mark {
    const char *role;
    struct buf text;
    bool is_taken;
};

struct page {
    struct mark *marks;
    size_t count;
    json_t *way_back; /* of its marks: references to elements */
};

struct reader {
    struct arena *arena;
    const char *trouble; /* the rule that is not kept, and where */
    jmp_buf give_up;
    json_t *file;
    json_t *objects;
    struct font fonts[FONTS];
    size_t font_count, page_count;
    struct page *pages;
    json_t *page_list; /* references */

    struct pdf_structure_part **end;
    int heading;                 /* level of the last one; 0: none yet */
    size_t last_page, last_mark; /* outside tables */
    bool has_begun;
};

static void demand(struct reader *reader, bool holds, const char *rule, const char *where)
{
    if (holds)
        return;
    reader->trouble = arena_printf(reader->arena, "not so: %s: %s", rule, where);
    longjmp(reader->give_up, 1);
}

static bool is(const json_t *name, const char *word)
{
    const char *value = json_string_value(name);
    return value && *value == '/' && strcmp(value + 1, word) == 0;
}

/* ---- objects ---- */

static json_t *object_of(struct reader *reader, const json_t *value)
{
    const char *reference = json_string_value(value);
    if (!reference || !text_ends_with(reference, " R"))
        return NULL;
    json_t *object =
        json_object_get(reader->objects, arena_printf(reader->arena, "obj:%s", reference));
    demand(reader, object, "what is pointed at is there", reference);
    return object;
}

/* The value, or what it points at; of a stream its dictionary. */
static json_t *value_of(struct reader *reader, json_t *value)
{
    json_t *object = object_of(reader, value);
    if (!object)
        return value;
    json_t *stream = json_object_get(object, "stream");
    return stream ? json_object_get(stream, "dict") : json_object_get(object, "value");
}

static json_t *get(struct reader *reader, json_t *dict, const char *key)
{
    return value_of(reader, json_object_get(dict, key));
}

/* A string is "u:" and its text, or "b:" and bytes. */
static const char *text_at(struct reader *reader, json_t *dict, const char *key)
{
    const char *text = json_string_value(get(reader, dict, key));
    return text && text_starts_with(text, "u:") ? text + 2 : "";
}

static char *data_of(struct reader *reader, json_t *reference)
{
    json_t *stream = json_object_get(object_of(reader, reference), "stream");
    const char *data = json_string_value(json_object_get(stream, "data"));
    struct bytes bytes = {0};
    demand(reader, data && codec_unbase64(reader->arena, data, &bytes), "a stream can be read", "");
    return arena_text_of(reader->arena, bytes);
}

/* ---- fonts ---- */

static const char *text_of_utf16(struct reader *reader, const char *hex)
{
    struct buf out;
    buf_init(&out, reader->arena);
    for (; strspn(hex, "0123456789ABCDEF") >= 4; hex += 4) {
        char unit[5] = {hex[0], hex[1], hex[2], hex[3], 0};
        uint32_t code = (uint32_t)strtoul(unit, NULL, 16);
        demand(reader, code != 0 && code != 0xFEFF && code != 0xFFFE,
               "a code is read as a character", unit);
        if (code >= 0xD800 && code < 0xDC00) {
            char low[5] = {hex[4], hex[5], hex[6], hex[7], 0};
            code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)strtoul(low, NULL, 16) - 0xDC00);
            hex += 4;
        }
        buf_add_utf8(&out, code);
    }
    return buf_text(&out);
}

static void read_font(struct reader *reader, const char *name, json_t *font)
{
    demand(reader, reader->font_count < FONTS, "few fonts", name);
    json_t *glyphs = value_of(reader, json_array_get(get(reader, font, "/DescendantFonts"), 0));
    demand(reader, get(reader, get(reader, glyphs, "/FontDescriptor"), "/FontFile2"),
           "a font is embedded", name);
    struct font *out = &reader->fonts[reader->font_count++];
    out->name = name + 1;
    out->texts = ARENA_ARRAY(reader->arena, CODES, const char *);
    for (const char *at = data_of(reader, json_object_get(font, "/ToUnicode"));
         (at = strstr(at, "\n<"));) {
        at += 2;
        if (at[4] != '>' || at[5] != ' ')
            continue;
        out->texts[strtoul(at, NULL, 16)] = text_of_utf16(reader, at + 7);
    }
}

/* ---- what is on the pages ---- */

struct content {
    struct reader *reader;
    struct page *page;
    const char *at;
    const char *words[32]; /* what the next operator is given */
    size_t count;
    const struct font *font;
    bool is_artifact;
    struct mark *mark; /* the part that is open; neither: none */
};

static const char *next_token(struct content *content)
{
    const char *start = content->at + strspn(content->at, " \n\r\t");
    size_t size = text_starts_with(start, "<<") || text_starts_with(start, ">>") ? 2
                  : *start == '<'        ? strcspn(start, ">") + 1
                  : *start == '/'        ? 1 + strcspn(start + 1, " \n\r\t<>[]/")
                  : strchr("[]", *start) ? 1
                                         : strcspn(start, " \n\r\t<>[]/");
    content->at = start + size;
    return *start ? arena_printf(content->reader->arena, "%.*s", (int)size, start) : NULL;
}

static const char *word(const struct content *content, size_t back)
{
    return content->count >= back ? content->words[content->count - back] : "";
}

/* "/P << /MCID 3 >>" BDC */
static void open_part(struct content *content, const char *operator)
{
    demand(content->reader, !content->mark && !content->is_artifact,
           "marks do not lie in one another", operator);
    const char *role = strcmp(operator, "BMC") == 0 ? word(content, 1) : word(content, 5);
    content->is_artifact = strcmp(role, "/Artifact") == 0;
    if (content->is_artifact)
        return;
    demand(content->reader, strcmp(word(content, 3), "/MCID") == 0, "a mark has a number", role);
    size_t number = strtoul(word(content, 2), NULL, 10);
    demand(content->reader, number == content->page->count && number < MOST_MARKS,
           "marks are numbered in order", role);
    content->mark = &content->page->marks[content->page->count++];
    content->mark->role = role + 1;
    buf_init(&content->mark->text, content->reader->arena);
}

static void show_text(struct content *content)
{
    demand(content->reader, content->font, "text has a font", word(content, 1));
    for (const char *at = word(content, 1) + 1; *at && *at != '>'; at += 4) {
        char code[5] = {at[0], at[1], at[2], at[3], 0};
        const char *text = content->font->texts[strtoul(code, NULL, 16)];
        demand(content->reader, text, "a code can be read", code);
        if (content->mark)
            buf_add_text(&content->mark->text, text);
    }
}

static void choose_font(struct content *content)
{
    struct reader *reader = content->reader;
    content->font = NULL;
    for (size_t i = 0; i < reader->font_count; i++)
        if (strcmp(word(content, 2) + 1, reader->fonts[i].name) == 0)
            content->font = &reader->fonts[i];
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static void perform(struct content *content, const char *operator)
{
    static const char *const painting[] = {"Tj", "TJ", "'",  "\"", "f",  "F",  "f*", "S",
                                           "s",  "B",  "B*", "b",  "b*", "Do", "sh", NULL};
    if (is_one_of(operator, painting))
        demand(content->reader, content->mark || content->is_artifact,
               "what is drawn is marked", operator);
    if (strcmp(operator, "BDC") == 0 || strcmp(operator, "BMC") == 0) {
        open_part(content, operator);
    } else if (strcmp(operator, "EMC") == 0) {
        demand(content->reader, content->mark || content->is_artifact,
               "a mark ends once", operator);
        content->mark = NULL;
        content->is_artifact = false;
    } else if (strcmp(operator, "Tf") == 0) {
        choose_font(content);
    } else if (strcmp(operator, "Tj") == 0) {
        show_text(content);
    }
}

static void read_content(struct reader *reader, struct page *page, const char *stream)
{
    struct content content = {.reader = reader, .page = page, .at = stream};
    page->marks = ARENA_ARRAY(reader->arena, MOST_MARKS, struct mark);
    for (const char *token; (token = next_token(&content));) {
        bool is_operand = strchr("/<>[]-.0123456789", *token);
        if (is_operand && content.count < COUNT(content.words)) {
            content.words[content.count++] = token;
            continue;
        }
        perform(&content, token);
        content.count = 0;
    }
    demand(reader, !content.mark && !content.is_artifact, "a page ends no mark's middle", "");
}

static void read_page(struct reader *reader, json_t *page, size_t number)
{
    demand(reader, is(get(reader, page, "/Tabs"), "S"), "one tabs in the order of the tree",
           "/Tabs");
    json_t *fonts = get(reader, get(reader, page, "/Resources"), "/Font");
    const char *name;
    json_t *font;
    if (!reader->font_count)
        json_object_foreach(fonts, name, font) read_font(reader, name, value_of(reader, font));
    struct page *out = &reader->pages[number];
    read_content(reader, out, data_of(reader, json_object_get(page, "/Contents")));
    demand(reader, json_integer_value(get(reader, page, "/StructParents")) == (json_int_t)number,
           "each page has its own way back", "/StructParents");
}

static size_t page_number(struct reader *reader, const json_t *reference)
{
    size_t i = 0;
    while (i < reader->page_count && !json_equal(json_array_get(reader->page_list, i), reference))
        i++;
    demand(reader, i < reader->page_count, "a mark is on a page", "");
    return i;
}

static void collect_pages(struct reader *reader, json_t *node)
{
    size_t i;
    json_t *kid;
    json_array_foreach(get(reader, node, "/Kids"), i, kid)
    {
        json_t *page = value_of(reader, kid);
        if (is(get(reader, page, "/Type"), "Pages"))
            collect_pages(reader, page);
        else
            json_array_append(reader->page_list, kid);
    }
}

static void read_pages(struct reader *reader, json_t *catalog)
{
    collect_pages(reader, get(reader, catalog, "/Pages"));
    reader->page_count = json_array_size(reader->page_list);
    reader->pages = ARENA_ARRAY(reader->arena, reader->page_count, struct page);
    for (size_t i = 0; i < reader->page_count; i++)
        read_page(reader, value_of(reader, json_array_get(reader->page_list, i)), i);
}

/* ---- the tree ---- */

struct rule {
    const char *role, *parent; /* parent: the only one it may lie in, or NULL */
};

static const struct rule rules[] = {
    {"Document", NULL}, {"Sect", NULL}, {"H1", NULL},     {"H2", NULL},    {"H3", NULL},
    {"H4", NULL},       {"H5", NULL},   {"H6", NULL},     {"P", NULL},     {"L", NULL},
    {"LI", "L"},        {"Lbl", "LI"},  {"LBody", "LI"},  {"Table", NULL}, {"TR", "Table"},
    {"TH", "TR"},       {"TD", "TR"},   {"Figure", NULL}, {"Link", NULL},
};

struct walk {
    struct reader *reader;
    bool in_table;
};

static const struct rule *rule_of(struct reader *reader, const char *role)
{
    size_t i = 0;
    while (i < COUNT(rules) && strcmp(rules[i].role, role) != 0)
        i++;
    demand(reader, i < COUNT(rules), "roles are standard ones", role);
    return &rules[i];
}

/* Of lists, items, tables and rows: their own name, else "". */
static const char *holds_only_its_own(const char *role)
{
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].parent && strcmp(rules[i].parent, role) == 0)
            return role;
    return "";
}

static void check_heading(struct reader *reader, const char *role)
{
    if (role[0] != 'H')
        return;
    int level = role[1] - '0';
    demand(reader, level == 1 ? !reader->heading : level <= reader->heading + 1,
           "headings leave no level out, and one is H1", role);
    reader->heading = level;
}

static void check_attributes(struct reader *reader, json_t *element, const char *role)
{
    json_t *attributes = get(reader, element, "/A");
    if (strcmp(role, "Figure") == 0) {
        demand(reader, *text_at(reader, element, "/Alt"), "a figure has words instead", role);
        demand(reader, json_array_size(get(reader, attributes, "/BBox")) == 4, "a figure has a box",
               role);
    }
    if (strcmp(role, "TH") == 0)
        demand(reader, get(reader, attributes, "/Scope"), "a header says of what", role);
    if (strcmp(role, "L") == 0)
        demand(reader, get(reader, attributes, "/ListNumbering"), "a list says what its labels are",
               role);
}

static void take_mark(struct walk *walk, json_t *reference, json_t *page, json_t *number,
                      struct pdf_structure_part *part, struct buf *text)
{
    struct reader *reader = walk->reader;
    size_t at = page_number(reader, page);
    size_t index = (size_t)json_integer_value(number);
    struct page *on = &reader->pages[at];
    demand(reader, index < on->count && !on->marks[index].is_taken, "a mark is in the tree once",
           part->role);
    on->marks[index].is_taken = true;
    demand(walk->reader, strcmp(on->marks[index].role, part->role) == 0,
           "a mark has the role of its element", part->role);
    demand(walk->reader, json_equal(json_array_get(on->way_back, index), reference),
           "the way back leads to the element", part->role);
    buf_add(text, buf_bytes(&on->marks[index].text));
    if (!part->text)
        part->page = at;
    part->text = buf_text(text);
    if (walk->in_table)
        return;
    demand(walk->reader,
           !reader->has_begun || at > reader->last_page ||
               (at == reader->last_page && index > reader->last_mark),
           "what is read next comes later on the page", part->text);
    reader->has_begun = true;
    reader->last_page = at;
    reader->last_mark = index;
}

static size_t walk_element(struct walk *walk, json_t *reference, json_t *parent,
                           const struct pdf_structure_part *outer);

/* What is in it, in order; gives how many elements. */
static size_t walk_kids(struct walk *walk, json_t *reference, json_t *element,
                        struct pdf_structure_part *part)
{
    json_t *kids = get(walk->reader, element, "/K"), *page = json_object_get(element, "/Pg");
    bool is_list = json_is_array(kids), is_table = strcmp(part->role, "Table") == 0;
    size_t count = is_list ? json_array_size(kids) : kids != NULL, elements = 0, cells = 0;
    struct buf text;
    buf_init(&text, walk->reader->arena);
    for (size_t i = 0; i < count; i++) {
        json_t *kid = is_list ? json_array_get(kids, i) : json_object_get(element, "/K");
        json_t *dict = value_of(walk->reader, kid);
        if (json_is_integer(kid)) {
            take_mark(walk, reference, page, kid, part, &text);
        } else if (is(get(walk->reader, dict, "/Type"), "MCR")) {
            take_mark(walk, reference, json_object_get(dict, "/Pg"), json_object_get(dict, "/MCID"),
                      part, &text);
        } else {
            size_t inside = walk_element(walk, kid, reference, part);
            demand(walk->reader, !is_table || !elements || inside == cells, "rows are equally long",
                   part->role);
            cells = inside;
            elements++;
        }
    }
    return elements;
}

static size_t walk_element(struct walk *walk, json_t *reference, json_t *parent,
                           const struct pdf_structure_part *outer)
{
    struct reader *reader = walk->reader;
    json_t *element = value_of(reader, reference);
    const char *name = json_string_value(get(reader, element, "/S"));
    demand(walk->reader, name, "an element has a role", "");
    demand(walk->reader, json_equal(json_object_get(element, "/P"), parent),
           "an element knows its parent", name);
    struct pdf_structure_part *part = ARENA_NEW(reader->arena, struct pdf_structure_part);
    const char *language = text_at(reader, element, "/Lang");
    *part = (struct pdf_structure_part){.role = arena_text(reader->arena, name + 1),
                                        .language = *language ? arena_text(reader->arena, language)
                                                              : outer->language,
                                        .depth = outer->depth + 1};
    const struct rule *rule = rule_of(reader, part->role);
    demand(reader, strcmp(rule->parent ? rule->parent : "", holds_only_its_own(outer->role)) == 0,
           "it lies where it may", part->role);
    check_heading(reader, part->role);
    check_attributes(reader, element, part->role);
    *reader->end = part;
    reader->end = &part->next;

    bool outside = !walk->in_table;
    walk->in_table = walk->in_table || strcmp(part->role, "Table") == 0;
    size_t elements = walk_kids(walk, reference, element, part);
    walk->in_table = !outside;
    if (strcmp(part->role, "Figure") == 0)
        part->text = arena_text(reader->arena, text_at(reader, element, "/Alt"));
    else if (!part->text)
        part->text = "";
    return elements;
}

/* ---- the document ---- */

static void check_about(struct reader *reader, json_t *catalog, json_t *trailer)
{
    demand(reader, *text_at(reader, catalog, "/Lang"), "the language is told", "/Lang");
    demand(reader, json_is_true(get(reader, get(reader, catalog, "/MarkInfo"), "/Marked")),
           "it is tagged", "/MarkInfo");
    demand(
        reader,
        json_is_true(get(reader, get(reader, catalog, "/ViewerPreferences"), "/DisplayDocTitle")),
        "the title is shown", "/DisplayDocTitle");
    demand(reader, json_array_size(get(reader, trailer, "/ID")) == 2, "the file has an id", "/ID");

    json_t *info = get(reader, trailer, "/Info");
    const char *title = text_at(reader, info, "/Title");
    const char *xmp = data_of(reader, json_object_get(catalog, "/Metadata"));
    demand(reader, *title, "the title is told", "/Title");
    struct buf escaped;
    buf_init(&escaped, reader->arena);
    for (const char *at = title; *at; at++)
        if (strchr("<>&", *at))
            buf_printf(&escaped, "&#%d;", *at);
        else
            buf_add_byte(&escaped, (unsigned char)*at);
    demand(reader,
           strstr(xmp, arena_printf(reader->arena, "xml:lang=\"x-default\">%s</rdf:li>",
                                    buf_text(&escaped))),
           "XMP has the same title", title);
    demand(reader,
           strstr(xmp, arena_printf(reader->arena, "<rdf:li>%s</rdf:li></rdf:Bag></dc:language>",
                                    text_at(reader, catalog, "/Lang"))),
           "XMP has the same language", xmp);
    demand(reader, strstr(xmp, "<pdfuaid:part>1</pdfuaid:part>"), "it says that it is PDF/UA-1",
           xmp);
    /* D:20261123120000+01'00' and 2026-11-23T12:00:00+01:00 */
    const char *made = text_at(reader, info, "/CreationDate");
    demand(reader, strlen(made) > 20, "the date is told", made);
    const char *date = arena_printf(
        reader->arena, "<xmp:CreateDate>%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%.3s:%.2s</xmp:CreateDate>",
        made + 2, made + 6, made + 8, made + 10, made + 12, made + 14, made + 16, made + 20);
    demand(reader, strstr(xmp, date), "XMP has the same date", date);
}

static void read_tree(struct reader *reader, json_t *catalog)
{
    json_t *root_reference = json_object_get(catalog, "/StructTreeRoot");
    json_t *root = value_of(reader, root_reference);
    json_t *numbers = get(reader, get(reader, root, "/ParentTree"), "/Nums");
    for (size_t i = 0; i < reader->page_count; i++) {
        demand(reader, json_integer_value(json_array_get(numbers, 2 * i)) == (json_int_t)i,
               "each page has a way back", "/Nums");
        struct page *page = &reader->pages[i];
        page->way_back = value_of(reader, json_array_get(numbers, 2 * i + 1));
        demand(reader, json_array_size(page->way_back) == page->count, "each mark has a way back",
               "/Nums");
    }
    const struct pdf_structure_part outer = {
        .language = arena_text(reader->arena, text_at(reader, catalog, "/Lang")),
        .role = "",
        .depth = -1};
    struct walk walk = {.reader = reader};
    walk_element(&walk, json_object_get(root, "/K"), root_reference, &outer);
    for (size_t i = 0; i < reader->page_count; i++)
        for (size_t k = 0; k < reader->pages[i].count; k++)
            demand(reader, reader->pages[i].marks[k].is_taken, "each mark is in the tree",
                   buf_text(&reader->pages[i].marks[k].text));
}

static void read_document(struct reader *reader, struct bytes pdf)
{
    demand(reader, pdf.size > 8 && memcmp(pdf.data, "%PDF-1.7", 8) == 0, "it is PDF 1.7", "");
    const char *text = pdf_tools_run(reader->arena,
                                     "qpdf --json=2 --json-key=qpdf --json-stream-data=inline"
                                     " --decode-level=generalized %s",
                                     pdf);
    reader->file = json_loads(text, 0, NULL);
    demand(reader, reader->file, "qpdf reads it without a warning", text);
    reader->objects = json_array_get(json_object_get(reader->file, "qpdf"), 1);
    json_t *trailer = json_object_get(json_object_get(reader->objects, "trailer"), "value");
    json_t *catalog = get(reader, trailer, "/Root");
    check_about(reader, catalog, trailer);
    read_pages(reader, catalog);
    read_tree(reader, catalog);
}

static struct pdf_structure_part *read(struct arena *arena, struct bytes pdf, const char **trouble)
{
    struct pdf_structure_part **first = ARENA_NEW(arena, struct pdf_structure_part *);
    struct reader *reader = ARENA_NEW(arena, struct reader);
    reader->arena = arena;
    reader->page_list = json_array();
    reader->end = first;
    if (setjmp(reader->give_up) == 0)
        read_document(reader, pdf);
    json_decref(reader->page_list);
    json_decref(reader->file);
    *trouble = reader->trouble;
    return *first;
}

struct pdf_structure_part *pdf_structure_read(struct arena *arena, struct bytes pdf)
{
    const char *trouble;
    struct pdf_structure_part *first = read(arena, pdf, &trouble);
    if (trouble)
        fail_msg("%s", trouble);
    return first;
}

const char *pdf_structure_trouble(struct arena *arena, struct bytes pdf)
{
    const char *trouble;
    read(arena, pdf, &trouble);
    return trouble ? trouble : "";
}

char *pdf_structure_write(struct arena *arena, const struct pdf_structure_part *first)
{
    struct buf out;
    buf_init(&out, arena);
    const char *language = first->language;
    for (; first; first = first->next) {
        buf_printf(&out, "%*s%s", 2 * first->depth, "", first->role);
        if (strcmp(first->language, language) != 0)
            buf_printf(&out, " (%s)", first->language);
        buf_printf(&out, "%s%s\n", *first->text ? " " : "", first->text);
    }
    return buf_text(&out);
}

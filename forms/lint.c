#include "forms/lint.h"

#include "engine/base/text.h"
#include "forms/lint_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- What the parts share ---- */

void lint_add(struct linting *linting, const char *rule, struct source_place at, const char *format,
              ...)
{
    const struct lint_rule *found = lint_rule_find(rule);
    assert(found);
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    finding_add_at(linting->findings, found->level, linting->file, at.line, at.column, found->id,
                   "%s", text);
}

struct source_place lint_control_place(const struct form_control *control)
{
    return (struct source_place){control->line, control->column};
}

struct source_place lint_xpath_place(const struct linting *linting, const struct xpath *xpath,
                                     size_t at)
{
    struct source_place place = {xpath->line, xpath->column};
    return place.column ? source_along(linting->source, place, at)
                        : source_line(linting->source, place.line);
}

const xmlNode *lint_head_child(const struct linting *linting, const char *uri, const char *name)
{
    const xmlNode *root = xmlDocGetRootElement((xmlDoc *)(uintptr_t)linting->doc);
    const xmlNode *head = xml_child(root, FORM_NAMESPACE_HTML, "head");
    const xmlNode *element = head ? xml_child(head, uri, name) : NULL;
    return element ? element : head ? head : root;
}

const xmlNode *lint_about(const struct linting *linting)
{
    return lint_head_child(linting, FORM_NAMESPACE_SK, "about");
}

const char *lint_shown(const struct linting *linting, const struct form_text *text,
                       const char *language)
{
    struct form_shown shown = form_show(linting->form, linting->arena, text, language);
    return text_equal(shown.language, language) ? shown.text : "";
}

struct source_place lint_text_place(const struct linting *linting, const struct form_text *text,
                                    const char *language, struct source_place otherwise)
{
    const xmlNode *model = lint_head_child(linting, FORM_NAMESPACE, "model");
    const xmlNode *itext = xml_child(model, FORM_NAMESPACE, "itext");
    if (!text || text->kind != TEXT_ENTRY || !itext)
        return otherwise;
    const xmlNode *translation = xml_child(itext, FORM_NAMESPACE, "translation");
    for (; translation; translation = xml_next(translation, FORM_NAMESPACE, "translation")) {
        if (!text_equal(xml_attribute(linting->arena, translation, NULL, "lang"), language))
            continue;
        const xmlNode *at = xml_child(translation, FORM_NAMESPACE, "text");
        for (; at; at = xml_next(at, FORM_NAMESPACE, "text"))
            if (text_equal(xml_attribute(linting->arena, at, NULL, "id"), text->entry->id))
                return source_element(linting->source, at);
    }
    return otherwise;
}

bool lint_is_question(const struct form_control *control)
{
    return control->field && control->kind != FORM_GROUP && control->kind != FORM_REPEAT &&
           control->kind != FORM_OUTPUT;
}

/* ---- Words ---- */

/* A letter or digit of any language: what parts words is ASCII, but for a few signs. */
static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool find_word(const char *folded, const char *word, size_t size, bool is_start, size_t *at)
{
    for (const char *c = folded; (c = memmem(c, strlen(c), word, size)) != NULL; c++) {
        bool begins = c == folded || !is_word_byte(c[-1]) || !is_word_byte(word[0]);
        bool ends = is_start || !is_word_byte(c[size]) || !is_word_byte(word[size - 1]);
        *at = (size_t)(c - folded);
        if (begins && ends)
            return true;
    }
    return false;
}

bool lint_has_word(const char *folded, const char *words, size_t *at, size_t *size)
{
    while (*words) {
        size_t whole = strcspn(words, "|");
        bool is_start = whole > 1 && words[whole - 1] == '-';
        *size = whole - is_start;
        if (find_word(folded, words, *size, is_start, at))
            return true;
        words += whole + (words[whole] == '|');
    }
    return false;
}

const char *lint_wording_of(const struct lint_wording *wordings, size_t count, const char *language)
{
    size_t primary = strcspn(language, "-");
    for (size_t i = 0; i < count; i++)
        if (strlen(wordings[i].language) == primary &&
            strncmp(wordings[i].language, language, primary) == 0)
            return wordings[i].words;
    return NULL;
}

/* ---- All of it ---- */

static void lint_loaded(struct linting *linting)
{
    linting->is_named = ARENA_ARRAY(linting->arena, linting->form->field_count, bool);
    lint_texts(linting);
    lint_phrases(linting);
    lint_letter(linting);
    lint_names(linting);
    lint_controls(linting);
    lint_pages(linting);
}

void lint_form(const struct form *form, struct bytes source, const char *file,
               struct finding_list *findings)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(source, file, &doc, NULL))
        return; /* loading has said so */
    struct linting linting = {
        .form = form,
        .file = file,
        .arena = arena,
        .findings = findings,
        .doc = doc,
        .source = source_open(arena, source, doc),
    };
    lint_words(&linting);
    if (form)
        lint_loaded(&linting);
    finding_sort(findings);
}

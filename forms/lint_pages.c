/* Pages, which of them somebody reaches, and the start page. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"

#include <string.h>

enum { MOST_QUESTIONS = 9 }; /* on one page: the author's checklist, 4 */

/* ---- What is always false ---- */

/* Without answers, and whatever they are: `a and false()`, 1 = 2, 'x' = 'y'. */
static bool is_false(const struct xpath_tree *tree)
{
    const struct xpath_tree *left = tree->first, *right = left ? left->next : NULL;
    switch (tree->kind) {
    case XPATH_GROUP:
        return is_false(left);
    case XPATH_AND:
        return is_false(left) || is_false(right);
    case XPATH_OR:
        return is_false(left) && is_false(right);
    case XPATH_LITERAL:
        return !*tree->text;
    case XPATH_CALL:
        return strcmp(tree->text, "false") == 0 && !left;
    case XPATH_EQUAL:
        return left->kind == right->kind &&
               (left->kind == XPATH_LITERAL || left->kind == XPATH_NUMERAL) &&
               strcmp(left->text, right->text) != 0;
    default:
        return false;
    }
}

static bool is_always_false(const struct linting *linting, const struct xpath *xpath)
{
    struct xpath_tree *tree;
    return xpath &&
           (xpath->constant == XPATH_IS_FALSE ||
            (xpath_tree_parse(linting->arena, xpath->source, &tree, NULL) && is_false(tree)));
}

bool lint_is_never_shown(const struct linting *linting, const struct form_control *control)
{
    for (; control; control = control->parent)
        for (const struct form_field *field = control->field; field; field = field->parent)
            if (is_always_false(linting, field->relevant))
                return true;
    return false;
}

/* ---- Pages ---- */

/* Questions, and whether anything at all on it can be shown. */
static size_t count_questions(const struct linting *linting, const struct form_page *page,
                              bool *shows_something)
{
    size_t count = 0;
    *shows_something = false;
    for (const struct form_control *c = page->control; c;
         c = form_control_after(c, page->control)) {
        bool leaf = c->kind != FORM_GROUP && c->kind != FORM_REPEAT;
        if (leaf && !lint_is_never_shown(linting, c))
            *shows_something = true;
        if (lint_is_question(c) && !c->field->calculate)
            count++;
    }
    return count;
}

static bool title_is_taken(struct linting *linting, size_t number)
{
    const struct form *form = linting->form;
    const char *language = form->languages[0];
    const char *title = lint_shown(linting, form->pages[number].title, language);
    for (size_t i = 0; i < number; i++)
        if (text_equal(lint_shown(linting, form->pages[i].title, language), title))
            return true;
    return false;
}

static void check_title(struct linting *linting, size_t number)
{
    const struct form *form = linting->form;
    const struct form_page *page = &form->pages[number];
    struct source_place at = lint_control_place(page->control);
    if (!page->control->label) {
        lint_add(linting, "page.title", at, "page '%s' needs a <label>: it is the step's name",
                 page->word);
        return;
    }
    if (title_is_taken(linting, number))
        lint_add(linting, "page.twice", at, "page '%s' has the same name as an earlier page",
                 page->word);
    for (size_t i = 0; i < form->language_count && page->control->kind == FORM_GROUP; i++)
        if (text_ends_with(lint_shown(linting, page->title, form->languages[i]), "?"))
            lint_add(linting, "page.question",
                     lint_text_place(linting, page->title, form->languages[i], at),
                     "page '%s': name the step by what it is about, e.g. \"Inntekt\"", page->word);
}

static void check_page(struct linting *linting, size_t number)
{
    const struct form_page *page = &linting->form->pages[number];
    struct source_place at = lint_control_place(page->control);
    bool shows_something;
    size_t questions = count_questions(linting, page, &shows_something);
    if (!shows_something)
        lint_add(linting, "page.unreachable", at,
                 "nobody reaches page '%s': nothing on it is ever shown", page->word);
    if (questions > MOST_QUESTIONS && !page->whole)
        lint_add(linting, "page.long", at,
                 "page '%s' has %zu questions: more than %d are hard to keep track of", page->word,
                 questions, MOST_QUESTIONS);
    if (!page->whole)
        check_title(linting, number);
}

/* ---- The start page ---- */

static void check_facts(struct linting *linting)
{
    const struct form *form = linting->form;
    const struct form_about *about = &form->about;
    bool has_steps = form->page_count > 1; /* a single page is answered before one has read more */
    const struct {
        bool is_there;
        const char *element, *what;
    } facts[] = {
        {about->lead, "lead", "what the form is for"},
        {about->privacy.title, "privacy", "how the answers are used"},
        {about->contact_count > 0, "contact", "whom to ask"},
        {about->next_count > 0, "next", "what happens after sending"},
        {!has_steps || about->who.title, "who", "who can apply"},
        {!has_steps || about->time.title, "time", "how long it takes"},
        {!has_steps || about->need_count > 0, "need", "what to have ready"},
        {!has_steps || about->answer.title, "answer", "when the answer comes"},
        {!has_steps || about->law.title, "law", "the legal basis"},
    };
    for (size_t i = 0; i < COUNT(facts); i++)
        if (!facts[i].is_there)
            lint_add(linting, "about.missing", source_element(linting->source, lint_about(linting)),
                     "the start page does not say %s: add <sk:%s> to <sk:about>", facts[i].what,
                     facts[i].element);
}

static void check_retention(struct linting *linting)
{
    const xmlNode *about = lint_about(linting);
    if (!xmlHasProp(about, (const xmlChar *)"retention"))
        lint_add(linting, "retention.missing", source_element(linting->source, about),
                 "how long are the answers kept? Add retention=\"P1Y\" to <sk:about>, or what the "
                 "archive's rules say");
}

void lint_pages(struct linting *linting)
{
    for (size_t i = 0; i < linting->form->page_count; i++)
        check_page(linting, i);
    check_facts(linting);
    check_retention(linting);
}

/* Languages: is everything said in all of them? Texts of <itext> that lack one are found by
 * loading. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"
#include "forms/publish.h"

#include <string.h>

static bool is_listed(const struct form *form, const char *language)
{
    for (size_t i = 0; i < form->language_count; i++)
        if (strcmp(form->languages[i], language) == 0)
            return true;
    return false;
}

/* språklova asks it of the state's forms, the checklist (18) of every public form. */
static void check_languages(struct linting *linting)
{
    if (linting->form->about.agency_kind == FORM_AGENCY_STATE)
        return; /* then it is an error: publish_check */
    bool nb = is_listed(linting->form, "nb");
    bool nn = is_listed(linting->form, "nn");
    if (nb != nn)
        lint_add(linting, "language.missing",
                 source_element(linting->source, lint_head_child(linting, FORM_NAMESPACE, "model")),
                 "the form is in %s only: public forms are to be in bokmål and nynorsk",
                 nb ? "bokmål" : "nynorsk");
}

static void check_inline(struct linting *linting, const struct form_text *text, const char *what,
                         struct source_place at)
{
    if (!text || text->kind != TEXT_INLINE || !form_text_has_words(text))
        return;
    lint_add(linting, "text.inline", at,
             "this %s is in one language only: put it in <itext> and write ref=\"jr:itext('id')\"",
             what);
}

static void check_control(struct linting *linting, const struct form_control *control)
{
    struct source_place at = lint_control_place(control);
    check_inline(linting, control->label, "label", at);
    check_inline(linting, control->hint, "hint", at);
    check_inline(linting, control->help, "help", at);
    check_inline(linting, control->alert, "alert", at);
    check_inline(linting, control->short_name, "sk:name", at);
    if (control->upload)
        check_inline(linting, control->upload->purpose, "sk:purpose", at);
    for (size_t i = 0; control->items && i < control->items->count; i++)
        check_inline(linting, control->items->items[i].label, "choice", at);
}

static void check_fact(struct linting *linting, const struct form_fact *fact, const char *what)
{
    check_inline(linting, fact->title, what, source_element(linting->source, lint_about(linting)));
    check_inline(linting, fact->detail, what, source_element(linting->source, lint_about(linting)));
}

/* Names and addresses are the same in every language. */
static void check_about(struct linting *linting)
{
    const struct form_about *about = &linting->form->about;
    check_inline(linting, about->category, "sk:category",
                 source_element(linting->source, lint_about(linting)));
    check_inline(linting, about->lead, "sk:lead",
                 source_element(linting->source, lint_about(linting)));
    check_fact(linting, &about->time, "sk:time");
    check_fact(linting, &about->who, "sk:who");
    check_fact(linting, &about->answer, "sk:answer");
    check_fact(linting, &about->law, "sk:law");
    check_fact(linting, &about->privacy, "sk:privacy");
    check_fact(linting, &about->other_ways, "sk:other-ways");
    check_fact(linting, &about->deadline, "sk:deadline");
    for (size_t i = 0; i < about->need_count; i++)
        check_fact(linting, &about->needs[i], "sk:need");
    for (size_t i = 0; i < about->next_count; i++)
        check_fact(linting, &about->next[i], "sk:next");
}

static void check_letter(struct linting *linting)
{
    const struct form_letter *letter = &linting->form->letter;
    struct source_place at =
        source_element(linting->source, lint_head_child(linting, FORM_NAMESPACE_SK, "letter"));
    check_inline(linting, letter->title, "sk:title", at);
    check_inline(linting, letter->email.text, "sk:email", at);
    check_inline(linting, letter->sms.text, "sk:sms", at);
}

static void check_messages(struct linting *linting, const struct form_field *field)
{
    struct source_place at = {field->line, field->column};
    check_inline(linting, field->constraint_message, "jr:constraintMsg", at);
    check_inline(linting, field->required_message, "jr:requiredMsg", at);
}

/* ---- Texts that nobody says ---- */

static bool is_quoted_in(const char *value, const char *id, size_t size)
{
    for (const char *at = value; (at = strstr(at, id)) != NULL; at += size) {
        char before = at == value ? 0 : at[-1], behind = at[size];
        if ((before == '\'' || before == '"') && behind == before)
            return true;
    }
    return false;
}

/* Marks the texts that some attribute names; false when one finds its id by calculating. */
static bool mark_said(const struct linting *linting, const xmlNode *element, bool *is_said)
{
    const struct form *form = linting->form;
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        xmlChar *content = xmlNodeGetContent((const xmlNode *)at);
        const char *value = (const char *)content, *call = strstr(value, "itext(");
        bool plain = true;
        for (; plain && call; call = strstr(call + 1, "itext("))
            plain = call[6] == '\'' || call[6] == '"';
        for (size_t i = 0; plain && strstr(value, "itext(") && i < form->entry_count; i++)
            is_said[i] =
                is_said[i] || is_quoted_in(value, form->entries[i].id, strlen(form->entries[i].id));
        xmlFree(content);
        if (!plain)
            return false;
    }
    for (const xmlNode *at = xml_child(element, "*", NULL); at; at = xml_next(at, "*", NULL))
        if (!mark_said(linting, at, is_said))
            return false;
    return true;
}

static void check_said(struct linting *linting)
{
    const struct form *form = linting->form;
    bool *is_said = ARENA_ARRAY(linting->arena, form->entry_count, bool);
    if (!mark_said(linting, xmlDocGetRootElement((xmlDoc *)(uintptr_t)linting->doc), is_said))
        return;
    for (size_t i = 0; i < form->entry_count; i++)
        if (!is_said[i])
            lint_add(linting, "text.unused",
                     (struct source_place){form->entries[i].line, form->entries[i].column},
                     "text '%s' is said nowhere: remove it", form->entries[i].id);
}

void lint_texts(struct linting *linting)
{
    const struct form *form = linting->form;
    (void)publish_check(form, linting->file, FORM_AGENCY_UNSAID, linting->findings);
    if (form->entry_count > 0)
        check_languages(linting);
    check_said(linting);
    if (form->language_count < 2)
        return;
    check_inline(
        linting, form->title, "title",
        source_element(linting->source, lint_head_child(linting, FORM_NAMESPACE_HTML, "title")));
    check_about(linting);
    check_letter(linting);
    for (size_t i = 0; i < form->control_count; i++)
        check_control(linting, form->controls[i]);
    for (size_t i = 0; i < form->field_count; i++)
        check_messages(linting, form->fields[i]);
}

/* Languages: is everything said in all of them? Texts of <itext> that lack one are found by
 * loading. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"

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
    bool nb = is_listed(linting->form, "nb");
    bool nn = is_listed(linting->form, "nn");
    if (nb != nn)
        finding_add_warning(linting->findings, linting->file, linting->model_line,
                            "language.missing",
                            "the form is in %s only: public forms are to be in bokmål and nynorsk",
                            nb ? "bokmål" : "nynorsk");
}

/* Words, not only values and punctuation. */
static bool says_something(const struct form_text *text)
{
    for (size_t i = 0; i < text->body.count; i++) {
        const char *at = text->body.parts[i].text;
        while (at && *at) {
            uint32_t c = text_next(&at);
            if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c > 0xbf)
                return true;
        }
    }
    return false;
}

static void check_inline(struct linting *linting, const struct form_text *text, const char *what,
                         int line)
{
    if (!text || text->kind != TEXT_INLINE || !says_something(text))
        return;
    finding_add_warning(linting->findings, linting->file, line, "text.inline",
                        "this %s is in one language only: put it in <itext> and write "
                        "ref=\"jr:itext('id')\"",
                        what);
}

static void check_control(struct linting *linting, const struct form_control *control)
{
    check_inline(linting, control->label, "label", control->line);
    check_inline(linting, control->hint, "hint", control->line);
    check_inline(linting, control->help, "help", control->line);
    check_inline(linting, control->alert, "alert", control->line);
    check_inline(linting, control->short_name, "sk:name", control->line);
    if (control->upload)
        check_inline(linting, control->upload->purpose, "sk:purpose", control->line);
    for (size_t i = 0; control->items && i < control->items->count; i++)
        check_inline(linting, control->items->items[i].label, "choice", control->line);
}

static void check_fact(struct linting *linting, const struct form_fact *fact, const char *what)
{
    check_inline(linting, fact->title, what, linting->about_line);
    check_inline(linting, fact->detail, what, linting->about_line);
}

/* Names and addresses are the same in every language. */
static void check_about(struct linting *linting)
{
    const struct form_about *about = &linting->form->about;
    check_inline(linting, about->category, "sk:category", linting->about_line);
    check_inline(linting, about->lead, "sk:lead", linting->about_line);
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

static void check_messages(struct linting *linting, const struct form_field *field)
{
    check_inline(linting, field->constraint_message, "jr:constraintMsg", field->line);
    check_inline(linting, field->required_message, "jr:requiredMsg", field->line);
}

void lint_texts(struct linting *linting)
{
    const struct form *form = linting->form;
    if (form->entry_count > 0)
        check_languages(linting);
    if (form->language_count < 2)
        return;
    check_inline(linting, form->title, "title", linting->model_line);
    check_about(linting);
    for (size_t i = 0; i < form->control_count; i++)
        check_control(linting, form->controls[i]);
    for (size_t i = 0; i < form->field_count; i++)
        check_messages(linting, form->fields[i]);
}

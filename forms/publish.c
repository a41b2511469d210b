#include "forms/publish.h"

#include "engine/base/text.h"
#include "forms/form_inside.h"
#include "forms/texts.h"

#include <string.h>

static const char *const required[] = {"nb", "nn"};

struct publishing {
    const struct form *form;
    const char *file;
    struct finding_list *findings;
    size_t places[COUNT(required)]; /* of the required languages in the form's list */
};

/* "nb" and "nb-NO" are bokmål; "no" is neither for sure. */
static bool find_language(const struct form *form, const char *wanted, size_t *place)
{
    size_t size = strlen(wanted);
    for (size_t i = 0; i < form->language_count; i++) {
        const char *own = form->languages[i];
        if (text_starts_with(own, wanted) && (!own[size] || own[size] == '-')) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool check_languages(struct publishing *publishing)
{
    const struct form *form = publishing->form;
    bool all = true;
    for (size_t i = 0; i < COUNT(required); i++) {
        if (find_language(form, required[i], &publishing->places[i]))
            continue;
        finding_add_at(publishing->findings, FINDING_ERROR, publishing->file, form->about.line,
                       form->about.column, "language.required",
                       "a state agency's form is not published without %s: add <translation "
                       "lang=\"%s\">",
                       texts_language_name(required[i]), required[i]);
        all = false;
    }
    return all;
}

/* ---- Texts of <itext> ---- */

static bool is_said(const struct text_entry *entry, size_t languages)
{
    for (size_t i = 0; i < languages; i++)
        if (entry->bodies[i].parts)
            return true;
    return false;
}

static void check_entry(struct publishing *publishing, const struct text_entry *entry)
{
    if (!is_said(entry, publishing->form->language_count))
        return;
    for (size_t i = 0; i < COUNT(required); i++)
        if (!entry->bodies[publishing->places[i]].parts)
            finding_add_at(publishing->findings, FINDING_ERROR, publishing->file, entry->line,
                           entry->column, "language.required",
                           "a state agency's form is not published without both bokmål and "
                           "nynorsk: text '%s' is missing in %s",
                           entry->id, required[i]);
}

/* ---- Texts that stand in the form itself, in one language ---- */

static void check_inline(struct publishing *publishing, const struct form_text *text,
                         const char *what, int line, int column)
{
    if (text && text->kind == TEXT_INLINE && form_text_has_words(text))
        finding_add_at(publishing->findings, FINDING_ERROR, publishing->file, line, column,
                       "language.required",
                       "a state agency's form is not published without both bokmål and nynorsk: "
                       "this %s is in one language only, put it in <itext>",
                       what);
}

static void check_control(struct publishing *publishing, const struct form_control *control)
{
    const struct {
        const struct form_text *text;
        const char *what;
    } texts[] = {{control->label, "label"},
                 {control->hint, "hint"},
                 {control->help, "help"},
                 {control->alert, "alert"},
                 {control->short_name, "sk:name"},
                 {control->upload ? control->upload->purpose : NULL, "sk:purpose"}};
    for (size_t i = 0; i < COUNT(texts); i++)
        check_inline(publishing, texts[i].text, texts[i].what, control->line, control->column);
    for (size_t i = 0; control->items && i < control->items->count; i++)
        check_inline(publishing, control->items->items[i].label, "choice", control->line,
                     control->column);
}

static void check_fact(struct publishing *publishing, const struct form_fact *fact,
                       const char *what)
{
    const struct form_about *about = &publishing->form->about;
    check_inline(publishing, fact->title, what, about->line, about->column);
    check_inline(publishing, fact->detail, what, about->line, about->column);
}

/* Names and addresses are the same in every language. */
static void check_about(struct publishing *publishing)
{
    const struct form_about *about = &publishing->form->about;
    check_inline(publishing, publishing->form->title, "title", about->line, about->column);
    check_inline(publishing, about->category, "sk:category", about->line, about->column);
    check_inline(publishing, about->lead, "sk:lead", about->line, about->column);
    check_fact(publishing, &about->time, "sk:time");
    check_fact(publishing, &about->who, "sk:who");
    check_fact(publishing, &about->answer, "sk:answer");
    check_fact(publishing, &about->law, "sk:law");
    check_fact(publishing, &about->privacy, "sk:privacy");
    check_fact(publishing, &about->other_ways, "sk:other-ways");
    check_fact(publishing, &about->deadline, "sk:deadline");
    for (size_t i = 0; i < about->need_count; i++)
        check_fact(publishing, &about->needs[i], "sk:need");
    for (size_t i = 0; i < about->next_count; i++)
        check_fact(publishing, &about->next[i], "sk:next");
}

static void check_letter(struct publishing *publishing)
{
    const struct form_letter *letter = &publishing->form->letter;
    check_inline(publishing, letter->title, "sk:title", letter->line, letter->column);
    check_inline(publishing, letter->email.text, "sk:email", letter->line, letter->column);
    check_inline(publishing, letter->sms.text, "sk:sms", letter->line, letter->column);
}

bool publish_check(const struct form *form, const char *file, enum form_agency installation,
                   struct finding_list *findings)
{
    enum form_agency agency = form->about.agency_kind ? form->about.agency_kind : installation;
    struct publishing publishing = {.form = form, .file = file, .findings = findings};
    size_t errors = findings->errors;
    if (agency != FORM_AGENCY_STATE)
        return true;
    if (!check_languages(&publishing))
        return false;
    for (size_t i = 0; i < form->entry_count; i++)
        check_entry(&publishing, &form->entries[i]);
    check_about(&publishing);
    check_letter(&publishing);
    for (size_t i = 0; i < form->control_count; i++)
        check_control(&publishing, form->controls[i]);
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = form->fields[i];
        check_inline(&publishing, field->constraint_message, "jr:constraintMsg", field->line,
                     field->column);
        check_inline(&publishing, field->required_message, "jr:requiredMsg", field->line,
                     field->column);
    }
    return findings->errors == errors;
}

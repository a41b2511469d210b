/* lint_letter.c - what <sk:letter> says: titles and notices are read on locked screens, and a
 * mailbox refuses a letter whose notice is too long. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"

#include <string.h>

enum { MOST_TITLE = 255, MOST_EMAIL = 500, MOST_SMS = 160 };

static const struct text_body *body_of(const struct linting *linting, const struct form_text *text,
                                       const char *language)
{
    const char *found;
    return text->kind == TEXT_ENTRY ? text_body_of(linting->form, text->entry, language, &found)
                                    : &text->body;
}

static bool has_answers(const struct linting *linting, const struct form_text *text,
                        const char *language)
{
    if (text->kind == TEXT_LOOKUP || text->kind == TEXT_VALUE)
        return true;
    const struct text_body *body = body_of(linting, text, language);
    for (size_t i = 0; body->parts && i < body->count; i++)
        if (body->parts[i].value)
            return true;
    return false;
}

static void check_in(struct linting *linting, const struct form_text *text, const char *language,
                     const char *name, size_t most)
{
    const xmlNode *letter = lint_head_child(linting, FORM_NAMESPACE_SK, "letter");
    const xmlNode *element = xml_child(letter, FORM_NAMESPACE_SK, name);
    struct source_place at = lint_text_place(
        linting, text, language, source_element(linting->source, element ? element : letter));
    const char *shown = lint_shown(linting, text, language);
    if (text_length(shown) > most)
        lint_add(linting, "letter.long", at, "sk:%s has %zu characters, and may have %zu", name,
                 text_length(shown), most);
    if (has_answers(linting, text, language))
        lint_add(linting, "letter.personal", at,
                 "sk:%s has an answer in it, which is left out: others may see a notice", name);
    if (strstr(shown, "http://") || strstr(shown, "https://") || strstr(shown, "www."))
        lint_add(linting, "letter.link", at,
                 "sk:%s has a link: say where to log in instead, in words", name);
}

void lint_letter(struct linting *linting)
{
    const struct form *form = linting->form;
    const struct {
        const char *name;
        const struct form_text *text;
        size_t most;
    } texts[] = {{"title", form->letter.title, MOST_TITLE},
                 {"email", form->letter.email.text, MOST_EMAIL},
                 {"sms", form->letter.sms.text, MOST_SMS}};
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t k = 0; texts[i].text && k < form->language_count; k++)
            check_in(linting, texts[i].text, form->languages[k], texts[i].name, texts[i].most);
}

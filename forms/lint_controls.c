/* Questions: label, hint, name, rules and choices of each, and places nobody asks for. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_HINT = 120, /* characters; more is for help */
    LONGEST_LABEL_AS_NAME = 40,
    LONGEST_ABBREVIATION = 3,
};

static void add(struct linting *linting, const struct form_control *control, const char *rule,
                const char *text)
{
    const char *path = control->field ? control->field->path : control->word;
    lint_add(linting, rule, lint_control_place(control), "%s: %s", path, text);
}

/* About one of its texts, in one language. */
static void add_at(struct linting *linting, const struct form_control *control,
                   const struct form_text *text, const char *language, const char *rule,
                   const char *said)
{
    const char *path = control->field ? control->field->path : control->word;
    lint_add(linting, rule, lint_text_place(linting, text, language, lint_control_place(control)),
             "%s: %s", path, said);
}

/* ---- Names: messages are sentences around them, "Skriv {felt}" ---- */

/* A label that asks, or explains, makes none. */
static bool is_bad_name(const char *label)
{
    return text_ends_with(label, "?") || strchr(label, '(') ||
           text_length(label) > LONGEST_LABEL_AS_NAME;
}

static void check_name(struct linting *linting, const struct form_control *control,
                       const char *language)
{
    const char *label = lint_shown(linting, control->label, language);
    const char *name = lint_shown(linting, control->short_name, language);
    if (!*name)
        return;
    if (strchr(".?!:", name[strlen(name) - 1]))
        add_at(linting, control, control->short_name, language, "name.form",
               "a short name stands inside a sentence: leave out the sign at its end");
    else if (text_equal(name, label) && !text_equal(name, text_fold(linting->arena, name)))
        add_at(linting, control, control->short_name, language, "name.form",
               "a short name is as in running text, e.g. \"fødselsdatoen din\", not as the label");
}

/* ---- Label and hint ---- */

static const struct lint_wording question_words[] = {
    {"nb", "hva|hvem|hvor|hvorfor|hvordan|hvilken|hvilke|hvilket|når|har du|er du|kan du|skal du|"
           "vil du|bor du|eier du|får du|ønsker du|trenger du|søker du"},
    {"nn", "kva|kven|kvar|kvifor|korleis|kva for|når|har du|er du|kan du|skal du|vil du|bur du|"
           "eig du|får du|ønskjer du|treng du|søkjer du"},
    {"en", "what|who|where|why|how|which|when|do you|are you|have you|can you|will you|did you"},
    {"se", "mii|gii|gos|goas|manne|mo|leago|leat go"},
};

static const struct lint_wording not_words[] = {
    {"nb", "ikke|aldri"}, {"nn", "ikkje|aldri"}, {"en", "not|never|don't|isn't|haven't"}};

static const struct lint_wording example_words[] = {
    {"nb", "for eksempel|f.eks|skriv her"},
    {"nn", "til dømes|t.d|skriv her"},
    {"en", "for example|e.g|write here|type here"},
    {"se", "ovdamearkka dihte"},
};

static bool begins_with_word(const char *folded, const char *words)
{
    size_t at, size;
    return words && lint_has_word(folded, words, &at, &size) && at == 0;
}

/* A stop that ends no abbreviation: "kl." */
static bool ends_in_stop(const char *label)
{
    const char *last = strrchr(label, ' ');
    return text_ends_with(label, ".") && (!last || strlen(last) > LONGEST_ABBREVIATION + 2);
}

static void check_label_words(struct linting *linting, const struct form_control *control,
                              const char *language)
{
    const char *label = lint_shown(linting, control->label, language);
    const char *folded = text_fold(linting->arena, label);
    const char *asking = lint_wording_of(question_words, COUNT(question_words), language);
    const char *not = lint_wording_of(not_words, COUNT(not_words), language);
    const char *example = lint_wording_of(example_words, COUNT(example_words), language);
    const struct form_text *text = control->label;
    size_t at, size;
    bool asks = text_ends_with(label, "?");
    if (text_ends_with(label, "...") || text_ends_with(label, "…") ||
        (example && lint_has_word(folded, example, &at, &size)))
        add_at(linting, control, text, language, "label.placeholder",
               "a label is no placeholder: write what is asked, and the example in <hint>");
    else if (text_ends_with(label, ":") || ends_in_stop(label))
        add_at(linting, control, text, language, "label.stop",
               "a label ends without colon and full stop");
    else if (control->kind != FORM_TRIGGER && !asks && begins_with_word(folded, asking))
        add_at(linting, control, text, language, "label.question",
               "this label asks: end it with a question mark");
    if (asks && not &&lint_has_word(folded, not, &at, &size))
        add_at(linting, control, text, language, "label.negated",
               "ask without \"not\": what does yes mean here?");
}

static bool names_unit(const char *label)
{
    return strstr(label, "kron") || strstr(label, "NOK") || strstr(label, "ruvdno") ||
           strstr(label, "ruvnno");
}

static const struct lint_wording sum_words[] = {{"nb", "sum|totalt|til sammen|samlet beløp"},
                                                {"nn", "sum|totalt|til saman|samla beløp"},
                                                {"en", "sum|total|in total|altogether"},
                                                {"se", "oktiibuot"}};

static bool is_number(enum type type)
{
    return type == TYPE_INT || type == TYPE_DECIMAL || type == TYPE_BELOP;
}

static bool is_given(const struct form_control *control) /* by a person */
{
    return !control->field->calculate && !control->field->readonly;
}

static void check_number(struct linting *linting, const struct form_control *control,
                         const char *language)
{
    const char *label = lint_shown(linting, control->label, language);
    const char *sums = lint_wording_of(sum_words, COUNT(sum_words), language);
    size_t at, size;
    if (!*label || !is_given(control))
        return;
    if (control->field->type == TYPE_BELOP && !names_unit(label))
        add_at(linting, control, control->label, language, "label.unit",
               "say the unit in the label, e.g. \"(kroner)\"");
    if (is_number(control->field->type) && sums &&
        lint_has_word(text_fold(linting->arena, label), sums, &at, &size))
        add_at(linting, control, control->label, language, "sum.asked",
               "a sum is calculated from what it is the sum of, not asked");
}

static void check_hint(struct linting *linting, const struct form_control *control,
                       const char *language)
{
    const char *hint = lint_shown(linting, control->hint, language);
    if (!*hint)
        return;
    if (text_length(hint) > LONGEST_HINT)
        add_at(linting, control, control->hint, language, "hint.long",
               "a hint is at most 120 characters: put the rest in <help>");
    if (text_equal(text_fold(linting->arena, hint),
                   text_fold(linting->arena, lint_shown(linting, control->label, language))))
        add_at(linting, control, control->hint, language, "hint.repeats",
               "the hint says what the label says: leave it out, or say something new");
}

/* A text with a limit says it. */
static void check_limit(struct linting *linting, const struct form_control *control,
                        const char *language)
{
    if (control->kind != FORM_TEXTAREA || !control->has_max)
        return;
    char number[32];
    snprintf(number, sizeof number, "%.0f", control->max);
    const char *hint = lint_shown(linting, control->hint, language);
    char *digits = arena_text(linting->arena, hint), *end = digits;
    for (const char *c = hint; *c; c++)
        if (*c >= '0' && *c <= '9')
            *end++ = *c;
    *end = 0;
    if (!strstr(digits, number))
        add_at(linting, control, control->hint, language, "hint.limit",
               arena_printf(linting->arena, "say in <hint> that the text is at most %s characters",
                            number));
}

/* ---- Identity numbers ---- */

static const struct lint_wording identity_words[] = {
    {"nb", "fødselsnummer-|personnummer-|d-nummer"},
    {"nn", "fødselsnummer-|personnummer-|d-nummer"},
    {"en", "national identity number|personal identification number|social security number"},
    {"se", "riegádannummir-|persovdnanummir-"},
};

static const struct lint_wording reason_words[] = {
    {"nb", "fordi|for å|til å|slik at|trenger|bruker|brukes"},
    {"nn", "fordi|for å|til å|slik at|treng|bruker|brukar|nyttar"},
    {"en", "because|to|so that|need|use"},
    {"se", "danin|vai|dárbbaš-|geavah-"},
};

static bool says_why(const struct linting *linting, const struct form_text *text,
                     const char *language)
{
    const char *words = lint_wording_of(reason_words, COUNT(reason_words), language);
    const char *said = lint_shown(linting, text, language);
    size_t at, size;
    return *said && (!words || lint_has_word(text_fold(linting->arena, said), words, &at, &size));
}

static void check_identity(struct linting *linting, const struct form_control *control,
                           const char *language)
{
    const char *words = lint_wording_of(identity_words, COUNT(identity_words), language);
    const char *label = text_fold(linting->arena, lint_shown(linting, control->label, language));
    size_t at, size;
    if (!is_given(control))
        return;
    if (control->field->type == TYPE_FNR) {
        if (!says_why(linting, control->hint, language) &&
            !says_why(linting, control->help, language))
            add(linting, control, "identity.reason",
                arena_printf(linting->arena,
                             "say in <hint> or <help> what the identity number is needed for "
                             "(%s), or do not ask for it",
                             language));
    } else if (control->kind == FORM_INPUT && words && lint_has_word(label, words, &at, &size)) {
        add_at(linting, control, control->label, language, "identity.type",
               "an identity number is of type sk:fnr");
    }
}

/* ---- Rules of answers ---- */

static const xmlNode *find_bind(const struct linting *linting, const struct form_field *field)
{
    const xmlNode *model = lint_head_child(linting, FORM_NAMESPACE, "model");
    const xmlNode *bind = xml_child(model, FORM_NAMESPACE, "bind");
    while (bind && !text_equal(xml_attribute(linting->arena, bind, NULL, "nodeset"), field->path))
        bind = xml_next(bind, FORM_NAMESPACE, "bind");
    return bind;
}

static void check_rule(struct linting *linting, const struct form_control *control)
{
    const struct form_field *field = control->field;
    const struct xpath *constraint = field->constraint;
    if (!constraint || field->constraint_message || control->alert)
        return;
    lint_add(linting,
             strstr(constraint->source, "regex(") ? "pattern.message" : "constraint.message",
             lint_xpath_place(linting, constraint, 0),
             "%s: say in jr:constraintMsg what the person should do when the constraint fails",
             field->path);
}

static bool has_bind(const struct form_field *field)
{
    return field->has_type || field->relevant || field->required || field->readonly ||
           field->constraint || field->calculate;
}

static bool is_optional(const struct form_control *control)
{
    return control->kind != FORM_UPLOAD &&
           (!control->field->required || control->field->required->constant == XPATH_IS_FALSE);
}

/* ---- Kinds of controls ---- */

static bool has_source(const struct form_upload *upload, enum form_source source)
{
    for (size_t i = 0; i < upload->source_count; i++)
        if (upload->sources[i] == source)
            return true;
    return false;
}

/* The author's checklist, 14: name, why, types, alternatives, later delivery. */
static void check_upload(struct linting *linting, const struct form_control *control)
{
    const struct form_upload *upload = control->upload;
    if (has_source(upload, FORM_SOURCE_POSTBOX) && !upload->purpose)
        add(linting, control, "upload.purpose",
            "to ask for a document from the postbox, say why in <sk:purpose>");
    if (text_is_empty(upload->accept))
        add(linting, control, "upload.accept",
            "say which types of file will do: accept=\"application/pdf,image/jpeg\"");
    if (control->field->required && !has_source(upload, FORM_SOURCE_LATER))
        add(linting, control, "upload.later",
            "who does not have the document yet cannot send: add later to sk:sources");
    if (upload->has_later && !has_source(upload, FORM_SOURCE_LATER))
        add(linting, control, "upload.later.unused",
            "sk:later is for what is sent later: add later to sk:sources, or leave it out");
}

static void check_choices(struct linting *linting, const struct form_control *control)
{
    const struct form_items *items = control->items;
    if (!items->nodeset && items->count == 1 && control->kind == FORM_SELECT1)
        add(linting, control, "choice.single",
            "one choice is no question: add the others, or use <trigger> to confirm");
    for (size_t i = 0; i < items->count; i++)
        for (size_t j = 0; j < i; j++)
            if (text_equal(items->items[i].value, items->items[j].value)) {
                add(linting, control, "choice.twice",
                    arena_printf(linting->arena, "two choices have the value '%s'",
                                 items->items[i].value));
                return;
            }
}

static void check_texts(struct linting *linting, const struct form_control *control)
{
    for (size_t i = 0; i < linting->form->language_count; i++) {
        const char *language = linting->form->languages[i];
        check_name(linting, control, language);
        check_label_words(linting, control, language);
        check_number(linting, control, language);
        check_hint(linting, control, language);
        check_limit(linting, control, language);
        check_identity(linting, control, language);
    }
}

static void check_question(struct linting *linting, const struct form_control *control)
{
    const struct form *form = linting->form;
    if (!control->label)
        add(linting, control, "label.missing",
            control->hint ? "a <hint> does not replace the <label>: write what is asked"
                          : "a question needs a <label>");
    else if (!control->short_name &&
             is_bad_name(lint_shown(linting, control->label, form->languages[0])))
        add(linting, control, "name.missing",
            "this label makes no good error message: add a short <sk:name>, e.g. "
            "\"din inntekt per år\"");
    check_texts(linting, control);
    check_rule(linting, control);
    if (!control->hint && !control->help && is_optional(control) && is_given(control))
        add(linting, control, "optional.reason",
            "an optional question needs a <hint> that says what it is for");
    if (!has_bind(control->field))
        add(linting, control, "bind.missing",
            "no bind says what this answer is: add <bind nodeset=\"...\" type=\"...\">, required "
            "or not");
    if (control->upload)
        check_upload(linting, control);
    if (control->items)
        check_choices(linting, control);
}

/* The page, and the group on it, is what one reads together. */
static void check_twins(struct linting *linting, const struct form_control *control)
{
    const char *language = linting->form->languages[0];
    const char *label = lint_shown(linting, control->label, language);
    for (const struct form_control *other = control->parent ? control->parent->first_child : NULL;
         *label && other && other != control; other = other->next)
        if (lint_is_question(other) &&
            text_equal(lint_shown(linting, other->label, language), label)) {
            add(linting, control, "label.twice", "an earlier question here has the same label");
            return;
        }
}

/* ---- Places nobody asks for ---- */

static bool is_meta(const struct linting *linting, const struct form_field *field)
{
    for (; field; field = field->parent)
        if (linting->form->links[field->number].uri || strcmp(field->name, "meta") == 0)
            return true;
    return false;
}

static bool is_set(const struct linting *linting, const struct form_field *field)
{
    for (size_t i = 0; i < linting->form->action_count; i++)
        if (linting->form->actions[i].target == field)
            return true;
    return false;
}

static void check_field(struct linting *linting, const struct form_field *field)
{
    if (field->first_child || !field->parent || field->control || field->calculate ||
        field->is_read || linting->is_named[field->number] || is_meta(linting, field) ||
        is_set(linting, field))
        return;
    lint_add(linting, "field.unused", (struct source_place){field->line, field->column},
             "%s is neither asked, calculated nor read: remove it", field->path);
}

static void check_raised_limit(struct linting *linting, const struct form_field *field)
{
    const xmlNode *bind = find_bind(linting, field);
    if (bind && xmlHasNsProp(bind, (const xmlChar *)"limit", (const xmlChar *)FORM_NAMESPACE_SK))
        lint_add(linting, "limit.raised",
                 source_attribute(linting->source, bind, FORM_NAMESPACE_SK, "limit"),
                 "%s asks for more operations than others get: is there a simpler expression?",
                 field->path);
}

void lint_controls(struct linting *linting)
{
    const struct form *form = linting->form;
    for (size_t i = 0; i < form->field_count; i++) {
        check_field(linting, form->fields[i]);
        check_raised_limit(linting, form->fields[i]);
    }
    for (size_t i = 0; i < form->control_count; i++) {
        const struct form_control *control = form->controls[i];
        if (lint_is_question(control)) {
            check_question(linting, control);
            check_twins(linting, control);
            if (lint_is_never_shown(linting, control) &&
                !lint_is_never_shown(linting, control->parent))
                add(linting, control, "control.never",
                    "nobody is ever asked this: its relevant is always false");
        } else if (control->kind == FORM_REPEAT && !control->no_add_remove &&
                   !control->short_name) {
            add(linting, control, "name.missing",
                "the button says \"Legg til ...\": add a short <sk:name> for a row");
        }
    }
}

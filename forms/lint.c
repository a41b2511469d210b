#include "forms/lint.h"

#include "engine/base/text.h"
#include "forms/lint_inside.h"

#include <string.h>

enum {
    MOST_QUESTIONS = 9, /* on one page: the author's checklist, 4 */
    LONGEST_HINT = 120, /* characters; more is for help */
    LONGEST_LABEL_AS_NAME = 40,
    LONGEST_NAME_COMPARED = 40,
};

/* ---- Names that are alike ---- */

static int least_of(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Letters to change, add or leave out to come from one name to the other (Levenshtein). */
static int distance(const char *a, const char *b)
{
    int row[LONGEST_NAME_COMPARED + 1];
    int length = (int)strlen(b);
    for (int j = 0; j <= length; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            int changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least_of(row[j] + 1, row[j - 1] + 1, changed);
        }
    }
    return row[length];
}

void lint_compare(struct lint_likeness *likeness, const char *name)
{
    if (strlen(name) > LONGEST_NAME_COMPARED || strlen(likeness->wanted) > LONGEST_NAME_COMPARED)
        return;
    int far = distance(likeness->wanted, name);
    int most = strlen(name) < 5 ? 1 : 2;
    if (far > most || (likeness->nearest && far >= likeness->distance))
        return;
    likeness->nearest = name;
    likeness->distance = far;
}

const char *lint_suggestion(struct linting *linting, const struct lint_likeness *likeness)
{
    if (!likeness->nearest)
        return "";
    return arena_printf(linting->arena, ", did you mean '%s'?", likeness->nearest);
}

/* ---- Controls ---- */

static void warn_control(struct linting *linting, const struct form_control *control,
                         const char *code, const char *text)
{
    const char *path = control->field ? control->field->path : control->word;
    finding_add_warning(linting->findings, linting->file, control->line, code, "%s: %s", path,
                        text);
}

static void refuse_control(struct linting *linting, const struct form_control *control,
                           const char *code, const char *text)
{
    const char *path = control->field ? control->field->path : control->word;
    finding_add_error(linting->findings, linting->file, control->line, code, "%s: %s", path, text);
}

static bool is_question(const struct form_control *control)
{
    return control->field && control->kind != FORM_GROUP && control->kind != FORM_REPEAT &&
           control->kind != FORM_OUTPUT;
}

static bool is_optional(const struct form_control *control)
{
    return control->kind != FORM_UPLOAD &&
           (!control->field->required || control->field->required->constant == XPATH_IS_FALSE);
}

/* The text in the form's own language, "" when there is none. */
static const char *shown(struct linting *linting, const struct form_text *text)
{
    const struct form *form = linting->form;
    return form_show(form, linting->arena, text, form->languages[0]).text;
}

/* Messages are sentences around the name: "Skriv {felt}". A label that asks makes none. */
static void check_name(struct linting *linting, const struct form_control *control)
{
    if (control->short_name)
        return;
    const char *label = shown(linting, control->label);
    if (text_ends_with(label, "?") || strchr(label, '(') ||
        text_length(label) > LONGEST_LABEL_AS_NAME)
        warn_control(linting, control, "name.missing",
                     "this label makes no good error message: add a short <sk:name>, e.g. "
                     "\"din inntekt per år\"");
}

static bool names_unit(const char *label)
{
    return strstr(label, "kron") || strstr(label, "NOK") || strstr(label, "ruvdno") ||
           strstr(label, "ruvnno");
}

static void check_label(struct linting *linting, const struct form_control *control)
{
    if (!control->label) {
        refuse_control(linting, control, "label.missing", "a question needs a <label>");
        return;
    }
    check_name(linting, control);
    if (control->field->type == TYPE_BELOP && !control->field->calculate &&
        !names_unit(shown(linting, control->label)))
        warn_control(linting, control, "label.unit",
                     "say the unit in the label, e.g. \"(kroner)\"");
}

static void check_hint(struct linting *linting, const struct form_control *control)
{
    if (text_length(shown(linting, control->hint)) > LONGEST_HINT)
        warn_control(linting, control, "hint.long",
                     "a hint is at most 120 characters: put the rest in <help>");
    if (!control->hint && !control->help && is_optional(control) && !control->field->calculate &&
        !control->field->readonly)
        warn_control(linting, control, "optional.reason",
                     "an optional question needs a <hint> that says what it is for");
}

static void check_rule(struct linting *linting, const struct form_control *control)
{
    const struct form_field *field = control->field;
    if (!field->constraint || field->constraint_message || control->alert)
        return;
    static const char what[] =
        "say in jr:constraintMsg what the person should do when the constraint fails";
    if (strstr(field->constraint->source, "regex("))
        refuse_control(linting, control, "constraint.message", what);
    else
        warn_control(linting, control, "constraint.message", what);
}

static bool has_bind(const struct form_field *field)
{
    return field->has_type || field->relevant || field->required || field->readonly ||
           field->constraint || field->calculate;
}

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
        refuse_control(linting, control, "upload.purpose",
                       "to ask for a document from the postbox, say why in <sk:purpose>");
    if (text_is_empty(upload->accept))
        refuse_control(linting, control, "upload.accept",
                       "say which types of file will do: accept=\"application/pdf,image/jpeg\"");
    if (control->field->required && !has_source(upload, FORM_SOURCE_LATER))
        warn_control(linting, control, "upload.later",
                     "who does not have the document yet cannot send: add later to sk:sources");
}

static void check_choices(struct linting *linting, const struct form_control *control)
{
    const struct form_items *items = control->items;
    for (size_t i = 0; i < items->count; i++)
        for (size_t j = 0; j < i; j++)
            if (text_equal(items->items[i].value, items->items[j].value)) {
                refuse_control(linting, control, "choice.twice",
                               arena_printf(linting->arena, "two choices have the value '%s'",
                                            items->items[i].value));
                return;
            }
}

static void check_question(struct linting *linting, const struct form_control *control)
{
    check_label(linting, control);
    check_hint(linting, control);
    check_rule(linting, control);
    if (!has_bind(control->field))
        warn_control(linting, control, "bind.missing",
                     "no bind says what this answer is: add <bind nodeset=\"...\" type=\"...\">, "
                     "required or not");
    if (control->upload)
        check_upload(linting, control);
    if (control->items)
        check_choices(linting, control);
}

static void check_control(struct linting *linting, const struct form_control *control)
{
    if (is_question(control))
        check_question(linting, control);
    else if (control->kind == FORM_REPEAT && !control->no_add_remove && !control->short_name)
        warn_control(linting, control, "name.missing",
                     "the button says \"Legg til ...\": add a short <sk:name> for a row");
}

/* ---- Places nobody asks for ---- */

static bool is_meta(const struct linting *linting, const struct form_field *field)
{
    for (; field; field = field->parent)
        if (linting->form->links[field->number].uri || strcmp(field->name, "meta") == 0)
            return true;
    return false;
}

static void check_field(struct linting *linting, const struct form_field *field)
{
    if (field->first_child || !field->parent || field->control || field->calculate ||
        field->is_read || linting->is_named[field->number] || is_meta(linting, field))
        return;
    finding_add_warning(linting->findings, linting->file, field->line, "field.unused",
                        "%s is neither asked, calculated nor read: remove it", field->path);
}

/* ---- Pages ---- */

static bool is_never_shown(const struct form_control *control)
{
    for (const struct form_field *field = control->field; field; field = field->parent)
        if (field->relevant && field->relevant->constant == XPATH_IS_FALSE)
            return true;
    return control->parent && is_never_shown(control->parent);
}

/* Questions, and whether anything at all on it can be shown. */
static size_t count_questions(const struct form_page *page, bool *shows_something)
{
    size_t count = 0;
    *shows_something = false;
    for (const struct form_control *c = page->control; c;
         c = form_control_after(c, page->control)) {
        bool leaf = c->kind != FORM_GROUP && c->kind != FORM_REPEAT;
        if (leaf && !is_never_shown(c))
            *shows_something = true;
        if (is_question(c) && !c->field->calculate)
            count++;
    }
    return count;
}

static bool title_is_taken(struct linting *linting, size_t number)
{
    const struct form *form = linting->form;
    const char *title = shown(linting, form->pages[number].title);
    for (size_t i = 0; i < number; i++)
        if (text_equal(shown(linting, form->pages[i].title), title))
            return true;
    return false;
}

static void check_page(struct linting *linting, size_t number)
{
    const struct form_page *page = &linting->form->pages[number];
    bool shows_something;
    size_t questions = count_questions(page, &shows_something);
    int line = page->control->line;
    if (!shows_something)
        finding_add_warning(linting->findings, linting->file, line, "page.unreachable",
                            "nobody reaches page '%s': nothing on it is ever shown", page->word);
    if (questions > MOST_QUESTIONS && !page->whole)
        finding_add_warning(linting->findings, linting->file, line, "page.long",
                            "page '%s' has %zu questions: more than %d are hard to keep track of",
                            page->word, questions, MOST_QUESTIONS);
    if (page->whole)
        return;
    if (!page->control->label)
        finding_add_error(linting->findings, linting->file, line, "page.title",
                          "page '%s' needs a <label>: it is the step's name", page->word);
    else if (title_is_taken(linting, number))
        finding_add_warning(linting->findings, linting->file, line, "page.title",
                            "page '%s' has the same name as an earlier page", page->word);
}

/* ---- The start page ---- */

static void check_about(struct linting *linting)
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
            finding_add_error(linting->findings, linting->file, linting->about_line,
                              "about.missing",
                              "the start page does not say %s: add <sk:%s> to "
                              "<sk:about>",
                              facts[i].what, facts[i].element);
}

/* ---- All of it ---- */

/* The line of an element of the head, or of the head when it is not there. */
static int line_in_head(const xmlDoc *doc, const char *uri, const char *name)
{
    const xmlNode *root = xmlDocGetRootElement((xmlDoc *)doc);
    const xmlNode *head = xml_child(root, FORM_NAMESPACE_HTML, "head");
    const xmlNode *element = head ? xml_child(head, uri, name) : NULL;
    return xml_line(element ? element : head ? head : root);
}

static void lint_loaded(struct linting *linting)
{
    const struct form *form = linting->form;
    linting->is_named = ARENA_ARRAY(linting->arena, form->field_count, bool);
    lint_texts(linting);
    lint_names(linting);
    for (size_t i = 0; i < form->field_count; i++)
        check_field(linting, form->fields[i]);
    for (size_t i = 0; i < form->control_count; i++)
        check_control(linting, form->controls[i]);
    for (size_t i = 0; i < form->page_count; i++)
        check_page(linting, i);
    check_about(linting);
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
        .model_line = line_in_head(doc, FORM_NAMESPACE, "model"),
        .about_line = line_in_head(doc, FORM_NAMESPACE_SK, "about"),
    };
    lint_words(&linting, doc);
    if (form)
        lint_loaded(&linting);
    finding_sort(findings);
}

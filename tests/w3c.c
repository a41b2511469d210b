/* w3c.c - the W3C XForms 1.1 test suite as tables: build/tests/w3c DIR. DIR holds w3c-cases.tsv and
 * the forms it names; subjects are controls, counted by element name or named by id. */
#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"
#include "forms/package.h"
#include "forms/source.h"
#include "forms/submission.h"
#include "forms/validate.h"
#include "tests/echo.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

struct visit {
    struct suite *suite;
    struct arena *arena; /* of one opened form */
    struct finding_list findings;
    xmlDoc *source;              /* to count elements in */
    const struct source *places; /* of its elements */
    const char *form_folder;
    struct form *form;
    struct answers *answers;
    const char *language;
    const char *trouble; /* why the form is not there, "": it is */
    const char *sent;    /* what the server answered, when that is the page now, else NULL */
    const char *event;   /* why the last submission was not sent, "": none */
};

/* ---- From an element's name and number to a control ---- */

static bool is_control(const xmlNode *element)
{
    static const char *const names[] = {"group",   "repeat", "input",  "secret", "textarea",
                                        "select1", "select", "range",  "upload", "trigger",
                                        "output",  "submit", "switch", "case"};
    for (size_t i = 0; xml_is(element, FORM_NAMESPACE, NULL) && i < COUNT(names); i++)
        if (strcmp((const char *)element->name, names[i]) == 0)
            return true;
    return false;
}

static const xmlNode *next_element(const xmlNode *at, const xmlNode *top)
{
    const xmlNode *child = xml_child(at, "*", NULL);
    while (!child && at != top) {
        child = xml_next(at, "*", NULL);
        at = at->parent;
    }
    return child;
}

/* "output-3": the third element of that name; else the element with that id. */
static const xmlNode *find_element(const struct visit *visit, const char *subject)
{
    const xmlNode *root = xmlDocGetRootElement(visit->source);
    const char *dash = strrchr(subject, '-');
    long wanted = dash ? strtol(dash + 1, NULL, 10) : 0;
    char *name = arena_text(visit->arena, subject);
    if (dash)
        name[dash - subject] = 0;
    for (const xmlNode *at = root; at; at = next_element(at, root)) {
        const char *id = xml_attribute(visit->arena, at, NULL, "id");
        if (id && strcmp(id, subject) == 0)
            return at;
        if (wanted > 0 && xml_is(at, FORM_NAMESPACE, name) && is_control(at) && --wanted == 0)
            return at;
    }
    return NULL;
}

/* The control an element became: it begins at the same place in the file (boxes of the program's
 * own come last). NULL for what is no control, such as an output inside a text. */
static const struct form_control *control_of(const struct visit *visit, const xmlNode *element)
{
    struct source_place place = source_element(visit->places, element);
    for (size_t i = 0; i < visit->form->control_count; i++) {
        const struct form_control *control = visit->form->controls[i];
        if (control->line == place.line && control->column == place.column)
            return control;
    }
    return NULL;
}

struct subject {
    const xmlNode *element;
    const struct form_control *control;
    const struct place *from; /* the row it is in, or NULL */
    bool missing;             /* that row is not there */
};

static const struct form_control *repeat_around(const struct form_control *control)
{
    for (control = control->parent; control && control->kind != FORM_REPEAT;)
        control = control->parent;
    return control;
}

/* "/2/1": the second row of the outermost repeat, and the first of the one inside. */
static void find_rows(const struct visit *visit, const char *numbers, struct subject *subject)
{
    const struct form_control *chain[8];
    size_t depth = 0;
    for (const struct form_control *at = repeat_around(subject->control);
         at && depth < COUNT(chain); at = repeat_around(at))
        chain[depth++] = at;
    while (depth--) {
        struct place **rows;
        size_t count =
            answers_rows(visit->answers, visit->arena, chain[depth], subject->from, &rows);
        size_t wanted = *numbers == '/' ? (size_t)strtol(numbers + 1, (char **)&numbers, 10) : 1;
        if (wanted < 1 || wanted > count) {
            subject->missing = true;
            return;
        }
        subject->from = rows[wanted - 1];
    }
    subject->missing = *numbers != 0 && strcmp(numbers, "/1") != 0;
}

static struct subject find_subject(const struct visit *visit, const char *name)
{
    struct subject subject = {0};
    size_t size = strcspn(name, "/");
    char *own = arena_text_of(visit->arena, (struct bytes){(const unsigned char *)name, size});
    subject.element = find_element(visit, own);
    subject.control = subject.element ? control_of(visit, subject.element) : NULL;
    if (subject.control)
        find_rows(visit, name + size, &subject);
    return subject;
}

static struct place *place_of(const struct visit *visit, const struct subject *subject)
{
    return subject->control && subject->control->field && !subject->missing
               ? answers_at(visit->answers, subject->control->field, subject->from)
               : NULL;
}

/* ---- Steps ---- */

static bool is_present(const struct visit *visit, const struct subject *subject)
{
    if (!subject->control || subject->missing)
        return false;
    for (const struct form_control *at = subject->control; at; at = at->parent)
        if (!answers_is_open(visit->answers, at, subject->from))
            return false;
    return true;
}

static void type_text(struct visit *visit, const struct suite_line *line)
{
    struct subject subject = find_subject(visit, line->fields[1]);
    struct place *place = place_of(visit, &subject);
    struct error err = {0};
    if (!place)
        visit->trouble = arena_printf(visit->arena, "cannot type in %s", line->fields[1]);
    else if (!answers_set(visit->answers, place, line->fields[2], &err))
        visit->trouble = arena_text(visit->arena, err.text);
}

/* One in place of what was chosen; of several, it is taken in or out. */
static const char *picked(const struct visit *visit, const struct subject *subject,
                          const struct answers_choice *choices, size_t which, size_t count)
{
    if (subject->control->kind == FORM_SELECT1)
        return choices[which].value;
    const char *words = "";
    for (size_t i = 0; i < count; i++)
        if (choices[i].chosen != (i == which))
            words =
                arena_printf(visit->arena, "%s%s%s", words, *words ? " " : "", choices[i].value);
    return words;
}

static void pick(struct visit *visit, const struct suite_line *line)
{
    struct subject subject = find_subject(visit, line->fields[1]);
    struct place *place = place_of(visit, &subject);
    if (!place || !subject.control->items || !is_present(visit, &subject)) {
        visit->trouble = arena_printf(visit->arena, "cannot pick in %s", line->fields[1]);
        return;
    }
    struct answers_choice *choices;
    size_t count = answers_choices(visit->answers, visit->arena, subject.control, place,
                                   visit->language, &choices);
    struct error err = {0};
    for (size_t i = 0; i < count; i++)
        if (strcmp(text_collapse(visit->arena, choices[i].label.text), line->fields[2]) == 0) {
            if (!answers_set(visit->answers, place, picked(visit, &subject, choices, i, count),
                             &err))
                visit->trouble = arena_text(visit->arena, err.text);
            return;
        }
    visit->trouble =
        arena_printf(visit->arena, "%s offers no %s", line->fields[1], line->fields[2]);
}

/* ---- Sending: the program's own delivery is not this ---- */

static void replace_instance(struct visit *visit, const char *id, const char *answer)
{
    const struct xpath_world *world = &visit->form->world;
    struct error err = {0};
    xmlDoc *doc = NULL;
    for (size_t i = 1; i < world->instance_count; i++)
        if (strcmp(world->instances[i].id, id) == 0 &&
            xml_parse(BYTES_OF(answer), "answer", &doc, &err)) {
            struct xpath_instance *instance =
                (struct xpath_instance *)(uintptr_t)&world->instances[i];
            xml_close(&instance->doc);
            instance->doc = doc;
            answers_recalculate(visit->answers);
            return;
        }
    struct answers *answers = NULL;
    if (*id && strcmp(id, world->instances[0].id) != 0)
        visit->event = "xforms-binding-exception";
    else if (!answers_load(visit->form, NOW, BYTES_OF(answer), &answers, &err))
        visit->event = "xforms-submit-error: parse-error";
    if (!answers)
        return;
    answers_close(&visit->answers);
    visit->answers = answers;
}

/* By its button, or by the submission's own id. */
static void submit(struct visit *visit, const xmlNode *element)
{
    const char *name = xml_is(element, FORM_NAMESPACE, "submit") ? "submission" : "id";
    const char *id = xml_attribute(visit->arena, element, NULL, name);
    const struct submission *submission = submission_find(visit->form, id ? id : "");
    struct submission_request request;
    if (!submission) {
        visit->event = "xforms-binding-exception";
        return;
    }
    enum submission_error error =
        submission_make(visit->answers, visit->arena, submission, &request);
    const char *answer = error ? NULL : echo_answer(visit->arena, visit->form_folder, &request);
    const char *instance;
    visit->event = "";
    if (!answer)
        visit->event =
            arena_printf(visit->arena, "xforms-submit-error: %s",
                         submission_error_word(error ? error : SUBMISSION_RESOURCE_ERROR));
    else if (submission_replaces(submission, &instance) == SUBMISSION_REPLACE_ALL)
        visit->sent = answer;
    else if (submission_replaces(submission, &instance) == SUBMISSION_REPLACE_INSTANCE)
        replace_instance(visit, instance, answer);
}

static void click(struct visit *visit, const struct suite_line *line)
{
    struct subject subject = find_subject(visit, line->fields[1]);
    if (subject.element && (xml_is(subject.element, FORM_NAMESPACE, "submit") ||
                            xml_is(subject.element, FORM_NAMESPACE, "submission")))
        submit(visit, subject.element);
    else if (!is_present(visit, &subject))
        visit->trouble = arena_printf(visit->arena, "%s is not there", line->fields[1]);
    else if (subject.control->kind == FORM_BUTTON)
        answers_press(visit->answers, subject.control,
                      answers_shown(visit->answers, subject.control, subject.from));
    else
        visit->trouble = arena_printf(visit->arena, "cannot press %s", line->fields[1]);
}

static void end(struct visit *visit)
{
    answers_close(&visit->answers);
    form_close(&visit->form);
    xml_close(&visit->source);
    arena_close(&visit->arena);
}

static void open_form(struct visit *visit, const char *file)
{
    end(visit);
    visit->arena = arena_open();
    finding_list_init(&visit->findings, visit->arena);
    visit->trouble = "";
    visit->sent = NULL;
    visit->event = "";
    const char *path = arena_printf(visit->arena, "%s/%s", visit->suite->folder, file);
    visit->form_folder = arena_printf(visit->arena, "%.*s", (int)(strrchr(path, '/') - path), path);
    visit->form = package_form(path, &visit->findings);
    struct error err = {0};
    struct bytes source =
        visit->form ? BYTES_OF(suite_file(visit->arena, path)) : (struct bytes){0};
    if (visit->form && xml_parse(source, file, &visit->source, &err)) {
        visit->places = source_open(visit->arena, source, visit->source);
        visit->answers = answers_open(visit->form, NOW);
        visit->language = form_languages(visit->form, &(size_t){0})[0];
        return;
    }
    visit->trouble = "the form does not load";
    for (size_t i = 0; i < visit->findings.count; i++)
        if (visit->findings.items[i].severity == FINDING_ERROR) {
            visit->trouble =
                arena_printf(visit->arena, "line %d: %s", visit->findings.items[i].line,
                             visit->findings.items[i].text);
            return;
        }
}

static bool take_step(struct visit *visit, const struct suite_line *line)
{
    const char *word = line->fields[0];
    if (strcmp(word, "open") == 0)
        open_form(visit, line->fields[1]);
    else if (strcmp(word, "type") == 0 && !*visit->trouble)
        type_text(visit, line);
    else if (strcmp(word, "pick") == 0 && !*visit->trouble)
        pick(visit, line);
    else if (strcmp(word, "click") == 0 && !*visit->trouble)
        click(visit, line);
    return strcmp(word, "open") == 0 || strcmp(word, "type") == 0 || strcmp(word, "pick") == 0 ||
           strcmp(word, "click") == 0;
}

/* ---- Expectations ---- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static const char *options(const struct visit *visit, const struct subject *subject)
{
    struct place *place = place_of(visit, subject);
    if (!place || !subject->control->items)
        return "no select there";
    struct answers_choice *choices;
    size_t count = answers_choices(visit->answers, visit->arena, subject->control, place,
                                   visit->language, &choices);
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(visit->arena, "%s%s%s", all, i ? "|" : "",
                           text_collapse(visit->arena, choices[i].label.text));
    return all;
}

static const char *shown_value(const struct visit *visit, const struct subject *subject)
{
    const struct place *place = place_of(visit, subject);
    const char *value = subject->control->kind == FORM_OUTPUT
                            ? answers_output(visit->answers, visit->arena, subject->control,
                                             subject->from, visit->language)
                                  .text
                        : place ? place_value(place)
                                : "";
    return text_collapse(visit->arena, value);
}

static void write_control(const struct visit *visit, const struct form_control *control,
                          const struct place *from, struct buf *out)
{
    if (!answers_is_open(visit->answers, control, from))
        return;
    struct place *at = answers_shown(visit->answers, control, from), **rows = &at;
    struct form_shown label =
        answers_show(visit->answers, visit->arena, control->label, at, visit->language);
    buf_printf(out, "%s ", label.text);
    if (control->kind == FORM_OUTPUT)
        buf_printf(
            out, "%s ",
            answers_output(visit->answers, visit->arena, control, from, visit->language).text);
    size_t count = control->kind == FORM_REPEAT
                       ? answers_rows(visit->answers, visit->arena, control, from, &rows)
                       : 1;
    for (size_t i = 0; i < count; i++)
        for (const struct form_control *child = control->first_child; child; child = child->next)
            write_control(visit, child, rows[i], out);
}

/* The labels and outputs that are shown, one after the other. */
static const char *page(const struct visit *visit)
{
    struct buf out;
    buf_init(&out, visit->arena);
    size_t count;
    const struct form_page *pages = form_pages(visit->form, &count);
    for (size_t i = 0; i < count; i++)
        write_control(visit, pages[i].control, NULL, &out);
    return text_collapse(visit->arena, buf_text(&out));
}

/* "1..5": the range itself when the value is in it. */
static const char *in_range(const char *value, const char *range)
{
    char *end, *rest;
    const char *dots = strstr(range, "..");
    double least = strtod(range, &rest), number = strtod(value, &end);
    double most = dots ? strtod(dots + 2, NULL) : least;
    return dots && rest == dots && end != value && !*end && number >= least && number <= most
               ? range
               : value;
}

static bool is_expectation(const char *word)
{
    static const char *const words[] = {"text",   "notext",    "cpresent",  "coptions",
                                        "cvalue", "ccontains", "creadonly", "crequired",
                                        "cvalid", "crange"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static const char *answer(const struct visit *visit, const struct suite_line *line)
{
    const char *word = line->fields[0];
    if (!is_expectation(word))
        return "a word this program does not know";
    if (strcmp(word, "text") == 0 || strcmp(word, "notext") == 0) {
        const char *all = visit->sent ? visit->sent : page(visit);
        bool found = strstr(all, line->fields[2]) != NULL;
        return found == (strcmp(word, "text") == 0) ? line->fields[2] : all;
    }
    struct subject subject = find_subject(visit, line->fields[1]);
    if (strcmp(word, "cpresent") == 0)
        return truth(is_present(visit, &subject));
    if (!subject.control)
        return subject.element ? "not a control of the form" : "no such element";
    if (subject.missing)
        return "no such row";
    if (strcmp(word, "coptions") == 0)
        return options(visit, &subject);
    if (strcmp(word, "cvalue") == 0)
        return shown_value(visit, &subject);
    if (strcmp(word, "crange") == 0)
        return in_range(shown_value(visit, &subject), line->fields[2]);
    if (strcmp(word, "ccontains") == 0)
        return strstr(shown_value(visit, &subject), line->fields[2]) ? line->fields[2]
                                                                     : shown_value(visit, &subject);
    const struct place *place = place_of(visit, &subject);
    if (!place)
        return "no such place";
    if (strcmp(word, "creadonly") == 0)
        return truth(place_is_readonly(visit->answers, place));
    if (strcmp(word, "crequired") == 0)
        return truth(place_is_required(visit->answers, place));
    return truth(validate_place(visit->answers, place) == VALIDATE_OK);
}

static void expect(struct visit *visit, const struct suite_line *line)
{
    if (*visit->trouble)
        suite_fail(visit->suite, line, visit->trouble);
    else
        suite_expect(visit->suite, line, line->fields[2], answer(visit, line));
}

int main(int argc, char **argv)
{
    struct suite suite;
    suite_open(&suite, argc, argv);
    xml_start();
    struct suite_line *lines;
    size_t count = suite_read(&suite, "w3c-cases.tsv", &lines);
    struct visit visit = {.suite = &suite};
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].fields[0], "case") == 0) {
            end(&visit);
            suite.current = lines[i].fields[1];
            if (!suite.tier || strcmp(lines[i].fields[3], suite.tier) == 0)
                open_form(&visit, lines[i].fields[2]);
        } else if (visit.arena && !take_step(&visit, &lines[i])) {
            expect(&visit, &lines[i]);
        }
    }
    end(&visit);
    return suite_close(&suite);
}

/* A form definition: loaded, linted, begun, its pages shown, its answers read back, rows added and
 * buttons pressed. With a line "%%", what stands before it is inside the model and what stands
 * after it inside the body, so that small changes reach past the outermost elements; without, it is
 * a form.xml. */
#include "agree.h"
#include "fuzz.h"

#include "engine/base/text.h"
#include "forms/lint.h"
#include "forms/parse.h"
#include "forms/validate.h"
#include "render/step.h"

#include <string.h>

static struct bytes form_of(struct arena *arena, struct bytes input)
{
    struct bytes model = fuzz_take(&input, "\n%%\n");
    if (!input.size)
        return arena_bytes(arena, model);
    const char *xml =
        arena_printf(arena,
                     "<h:html xmlns='http://www.w3.org/2002/xforms' "
                     "xmlns:h='http://www.w3.org/1999/xhtml' "
                     "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1' "
                     "xmlns:orx='http://openrosa.org/xforms' "
                     "xmlns:odk='http://www.opendatakit.org/xforms' "
                     "xmlns:xsd='http://www.w3.org/2001/XMLSchema'>"
                     "<h:head><h:title>Prøve</h:title><model>%s</model></h:head>"
                     "<h:body class='pages'>%s</h:body></h:html>",
                     arena_text_of(arena, model), arena_text_of(arena, input));
    return BYTES_OF(xml);
}

static void check_findings(const struct finding_list *findings)
{
    size_t errors = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        errors += finding->severity == FINDING_ERROR;
        fuzz_promise(finding->line >= 0 && *finding->file && *finding->text && *finding->code,
                     "a finding says where, what and which", finding->text);
        fuzz_promise(text_is_utf8(BYTES_OF(finding->text)), "a finding is UTF-8", finding->text);
    }
    fuzz_promise(errors == findings->errors, "errors are counted", NULL);
}

static void show_page(struct answers *answers, const struct form_page *page,
                      const struct frame *frame)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    validate_page(answers, page, frame->language, &findings);
    struct step_link link = {.title = page->word, .address = "", .reachable = true};
    struct step step = {.answers = answers,
                        .page = page,
                        .progress = {.links = &link, .count = 1},
                        .action = "",
                        .findings = &findings};
    struct bytes html = step_page(arena, frame, &step);
    fuzz_promise(text_is_utf8(html) && !memchr(html.data, 0, html.size), "a page is text", NULL);
}

static void show(struct answers *answers)
{
    enum { MOST_PAGES = 5 };
    const struct form *form = answers_form(answers);
    struct frame_agency agency = {
        .name = "Fjordvik kommune", .number = "310245682", .address = "", .phone = "", .email = ""};
    size_t count;
    const char *const *languages = form_languages(form, &count);
    struct frame frame = {
        .language = form_language(form, languages[count - 1]), .agency = &agency, .now = FUZZ_NOW};
    const struct form_page *pages = form_pages(form, &count);
    fuzz_promise(count > 0, "a form has a page", NULL);
    for (size_t i = 0; i < count && i < MOST_PAGES; i++)
        if (answers_page_is_shown(answers, &pages[i]))
            show_page(answers, &pages[i], &frame);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    (void)outline_make(arena, form, answers, frame.language, NULL, 0);
}

/* One more row of every repeat that may have one. */
static void add_rows(struct answers *answers)
{
    size_t count;
    const struct form_control *const *controls = form_controls(answers_form(answers), &count);
    for (size_t i = 0; i < count; i++) {
        struct place *row;
        struct error err;
        if (controls[i]->kind == FORM_REPEAT && !controls[i]->field->parent->is_repeat &&
            answers_can_add(answers, controls[i], NULL))
            (void)!answers_add(answers, controls[i], NULL, &row, &err);
    }
}

/* Where a button stands: in the first row of its repeat, when it is in one. */
static bool find_button(struct answers *answers, struct arena *arena,
                        const struct form_control *button, struct place **from)
{
    *from = NULL;
    const struct form_control *at = button->parent;
    while (at && at->kind != FORM_REPEAT)
        at = at->parent;
    struct place **rows;
    if (at && !answers_rows(answers, arena, at, NULL, &rows))
        return false;
    *from = at ? rows[0] : NULL;
    return true;
}

static void press_buttons(struct answers *answers, struct bytes source)
{
    enum { MOST_BUTTONS = 4 };
    CLEANUP(arena_close) struct arena *arena = arena_open();
    size_t count, pressed = 0;
    const struct form_control *const *controls = form_controls(answers_form(answers), &count);
    for (size_t i = 0; i < count && pressed < MOST_BUTTONS; i++) {
        struct place *from;
        if (controls[i]->kind != FORM_BUTTON || !find_button(answers, arena, controls[i], &from))
            continue;
        answers_press(answers, controls[i], from);
        agree_check(answers, source);
        pressed++;
    }
}

static void load(struct bytes source, bool repaired)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    CLEANUP(form_close) struct form *form = parse_form(source, "form.xml", &findings);
    fuzz_promise(!form == (findings.errors > 0), "a form is loaded unless a finding is an error",
                 NULL);
    lint_form(form, source, "form.xml", &findings);
    check_findings(&findings);
    if (!form && !repaired && strcmp(findings.items[0].code, "xml") == 0)
        load(fuzz_repair(arena, source), true);
    if (!form)
        return;
    CLEANUP(answers_close) struct answers *answers = answers_open(form, FUZZ_NOW);
    show(answers);
    agree_check(answers, source);
    add_rows(answers);
    agree_check(answers, source);
    press_buttons(answers, source);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    load(form_of(arena, input), false);
}

#include "engine/try_see.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/validate.h"
#include "render/receipt_text.h"

#include <assert.h>
#include <string.h>

/* ---- Texts as cases write them ---- */

/* Length of a uuid in its canonical form at the start of the text, else 0. */
static size_t uuid_size(const char *text)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    for (size_t i = 0; shape[i]; i++) {
        bool fits =
            shape[i] == '-' ? text[i] == '-' : text[i] && strchr("0123456789abcdef", text[i]);
        if (!fits)
            return 0;
    }
    return strlen(shape);
}

static void drop_spaces(struct buf *out)
{
    while (out->size && out->data[out->size - 1] == ' ')
        out->size--;
}

char *try_plain(struct arena *arena, const char *text)
{
    static const char no_break_space[] = "\u00A0", narrow_space[] = "\u202F";
    struct buf out;
    buf_init(&out, arena);
    while (*text) {
        size_t size = uuid_size(text);
        if (size) {
            buf_add_text(&out, "(random id)");
            text += size;
        } else if (text_starts_with(text, no_break_space) || text_starts_with(text, narrow_space)) {
            buf_add_byte(&out, ' ');
            text += strlen(*text == *no_break_space ? no_break_space : narrow_space);
        } else {
            if (*text == '\n')
                drop_spaces(&out);
            buf_add_byte(&out, (unsigned char)*text++);
        }
    }
    while (out.size && strchr(" \n", out.data[out.size - 1]))
        out.size--;
    return buf_text(&out);
}

/* "value navn: Kari", or the lines below when there are several. */
static char *statement(struct trial *trial, const char *head, const char *text, bool block)
{
    text = try_plain(trial->arena, text);
    if (!block && !strchr(text, '\n'))
        return try_plain(trial->arena,
                         arena_printf(trial->arena, "%s: %s", head, text_trim(trial->arena, text)));
    struct buf out;
    buf_init(&out, trial->arena);
    buf_printf(&out, "%s:", head);
    while (*text) {
        size_t size = strcspn(text, "\n");
        buf_printf(&out, "\n%s%.*s", size ? "    " : "", (int)size, text);
        text += size + (text[size] != 0);
    }
    return buf_text(&out);
}

static const char *name_of(struct trial *trial, const struct place *place)
{
    return cases_place_name(trial->arena, trial->form, place);
}

static const char *head_of(struct trial *trial, const struct cases_step *step, const char *about)
{
    return arena_printf(trial->arena, "%s %s", cases_word(step->kind), about);
}

/* ---- Pages and fields ---- */

static const char *pages_shown(struct trial *trial)
{
    struct buf words;
    buf_init(&words, trial->arena);
    size_t count;
    const struct form_page *pages = form_pages(trial->form, &count);
    for (size_t i = 0; i < count; i++)
        if (answers_page_is_shown(trial->answers, &pages[i]))
            buf_printf(&words, "%s%s", words.size ? ", " : "", pages[i].word);
    return buf_text(&words);
}

/* Whether what the word says holds for a place; of each pair one word says the opposite. */
static bool holds(struct trial *trial, enum cases_kind kind, const struct place *place)
{
    const struct form_control *control = cases_control(trial->form, place_field(place));
    switch (kind) {
    case CASES_SHOWN:
        return try_is_shown(trial, control ? control : place_field(place)->control, place);
    case CASES_REQUIRED:
        return place_is_required(trial->answers, place);
    case CASES_READONLY:
        return place_is_readonly(trial->answers, place);
    case CASES_HIDDEN:
        return !holds(trial, CASES_SHOWN, place);
    case CASES_OPTIONAL:
        return !holds(trial, CASES_REQUIRED, place);
    default:
        assert(kind == CASES_WRITABLE);
        return !holds(trial, CASES_READONLY, place);
    }
}

static enum cases_kind opposite(enum cases_kind kind)
{
    static const enum cases_kind opposites[] = {
        [CASES_SHOWN] = CASES_HIDDEN,      [CASES_HIDDEN] = CASES_SHOWN,
        [CASES_REQUIRED] = CASES_OPTIONAL, [CASES_OPTIONAL] = CASES_REQUIRED,
        [CASES_READONLY] = CASES_WRITABLE, [CASES_WRITABLE] = CASES_READONLY,
    };
    return opposites[kind];
}

static void add_name(struct buf *list, enum cases_kind kind, const char *name)
{
    if (list->size)
        buf_printf(list, ", %s", name);
    else
        buf_printf(list, "%s: %s", cases_word(kind), name);
}

static bool see_fields(struct trial *trial, const struct cases_step *step, const char **expected,
                       const char **got)
{
    struct buf said, true_of, untrue_of;
    buf_init(&said, trial->arena);
    buf_init(&true_of, trial->arena);
    buf_init(&untrue_of, trial->arena);
    for (size_t i = 0; i < step->place_count; i++) {
        const struct place *place = try_place(trial, &step->places[i]);
        if (!place)
            return false;
        bool is_so = holds(trial, step->kind, place);
        add_name(&said, step->kind, step->places[i].written);
        add_name(is_so ? &true_of : &untrue_of, is_so ? step->kind : opposite(step->kind),
                 step->places[i].written);
    }
    if (true_of.size && untrue_of.size)
        buf_add_byte(&true_of, '\n');
    buf_add(&true_of, buf_bytes(&untrue_of));
    *expected = buf_text(&said);
    *got = buf_text(&true_of);
    return true;
}

static bool see_rows(struct trial *trial, const struct cases_step *step, const char **expected,
                     const char **got)
{
    const struct form_field *field = step->places->field;
    const struct place *around = try_around(trial, step->places);
    if (!around)
        return false;
    char *path = arena_printf(trial->arena, "%s%s", place_path(trial->arena, around),
                              strrchr(field->path, '/'));
    const struct place *first = answers_find(trial->answers, path);
    const char *head = head_of(trial, step, step->places->written);
    int count = first ? place_row_count(first) : 0;
    *expected = statement(trial, head, step->text, false);
    *got = statement(trial, head, arena_printf(trial->arena, "%d", count), false);
    return true;
}

/* ---- Values ---- */

/* A hidden answer is no answer. */
static const char *value_of(struct trial *trial, const struct place *place, bool as_read)
{
    const struct form_field *field = place_field(place);
    const struct form_control *control = cases_control(trial->form, field);
    control = control ? control : field->control;
    if (!place_is_relevant(place))
        return "";
    if (!as_read)
        return place_value(place);
    if (!control)
        return types_write(trial->arena, field->type, place_value(place), trial->language);
    return control->kind == FORM_OUTPUT
               ? answers_output(trial->answers, trial->arena, control, place, trial->language).text
               : answers_read(trial->answers, trial->arena, control, place, trial->language).text;
}

static const char *choices_of(struct trial *trial, const struct place *place)
{
    const struct form_control *control = cases_control(trial->form, place_field(place));
    struct answers_choice *choices;
    size_t count =
        answers_choices(trial->answers, trial->arena, control, place, trial->language, &choices);
    struct buf lines;
    buf_init(&lines, trial->arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&lines, "%s%s: %s", i ? "\n" : "", choices[i].value, choices[i].label.text);
    return count ? buf_text(&lines) : "none";
}

static bool see_place(struct trial *trial, const struct cases_step *step, const char **expected,
                      const char **got)
{
    const struct place *place = try_place(trial, step->places);
    if (!place)
        return false;
    const char *seen = step->kind == CASES_CHOICES
                           ? choices_of(trial, place)
                           : value_of(trial, place, step->kind == CASES_READS);
    const char *head = head_of(trial, step, step->places->written);
    bool block = step->kind == CASES_CHOICES;
    *expected = statement(trial, head, step->text, block && !text_equal(step->text, "none"));
    *got = statement(trial, head, seen, block && !text_equal(seen, "none"));
    return true;
}

/* ---- Errors ---- */

static void find_errors(struct trial *trial, const struct form_page *page,
                        struct finding_list *findings)
{
    finding_list_init(findings, trial->arena);
    if (page)
        validate_page(trial->answers, page, trial->language, findings);
    else
        validate_all(trial->answers, trial->language, findings);
}

static const char *error_lines(struct trial *trial, const struct finding_list *findings)
{
    struct buf lines;
    buf_init(&lines, trial->arena);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        const struct place *place = answers_find(trial->answers, finding->place);
        buf_printf(&lines, "%s%s: %s", i ? "\n" : "",
                   place ? name_of(trial, place) : finding->place, finding->text);
    }
    return findings->count ? buf_text(&lines) : "none";
}

static const char *expected_errors(struct trial *trial, const struct cases_step *step)
{
    struct buf lines;
    buf_init(&lines, trial->arena);
    for (size_t i = 0; i < step->error_count; i++) {
        const struct cases_error *error = &step->errors[i];
        const struct place *place = try_place(trial, &error->place);
        buf_printf(&lines, "%s%s: %s", i ? "\n" : "",
                   place ? name_of(trial, place) : error->place.written, error->text);
    }
    return step->error_count ? buf_text(&lines) : "none";
}

static void see_errors(struct trial *trial, const struct cases_step *step, const char **expected,
                       const char **got)
{
    struct finding_list findings;
    find_errors(trial, step->page, &findings);
    const char *head = step->page ? head_of(trial, step, step->page->word) : "errors";
    *expected = statement(trial, head, expected_errors(trial, step), step->error_count > 0);
    *got = statement(trial, head, error_lines(trial, &findings), findings.count > 0);
}

static bool see_error(struct trial *trial, const struct cases_step *step, const char **expected,
                      const char **got)
{
    const struct place *place = try_place(trial, step->places);
    if (!place)
        return false;
    struct finding_list findings;
    find_errors(trial, NULL, &findings);
    const struct finding *finding = finding_find(&findings, place_path(trial->arena, place));
    const char *head = head_of(trial, step, step->places->written);
    *expected = statement(trial, head, step->text, false);
    *got = statement(trial, head, finding ? finding->text : "none", false);
    return true;
}

/* ---- What is sent, and the receipt ---- */

/* A line for each element: what is sent has no white space of its own between them. */
static const char *indented_xml(struct trial *trial, struct bytes xml)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err = {0};
    if (!xml_parse(xml, "sent", &doc, &err))
        return arena_text(trial->arena, err.text);
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpFormatMemoryEnc(doc, &text, &size, "UTF-8", 1);
    const char *whole = arena_text(trial->arena, (const char *)text);
    xmlFree(text);
    const char *root = strchr(whole, '\n'); /* after the declaration */
    return root ? root + 1 : whole;
}

static const char *sent(struct trial *trial)
{
    return indented_xml(trial, answers_write(trial->answers, trial->arena, ANSWERS_SENT));
}

static const char *receipt(struct trial *trial)
{
    struct arena *arena = trial->arena;
    const char *prefix = form_about(trial->form)->prefix;
    struct pdf_receipt receipt = {
        .agency = trial->agency,
        .reference = arena_printf(arena, "%s-%04d-000001", text_is_empty(prefix) ? "SK" : prefix,
                                  clock_oslo(trial->now).year),
        .received_at = trial->now,
        .person_name = trial->citizen ? trial->citizen->text : "",
        .person_number = trial->citizen && *trial->citizen->number ? trial->citizen->number : NULL,
        .outline = outline_make(arena, trial->form, trial->answers, trial->language,
                                trial->documents, trial->document_count),
    };
    receipt.next = pdf_receipt_next(arena, trial->form, trial->language, &receipt.next_count);
    return receipt_text_write(arena, &receipt);
}

/* Nothing is sent, and nobody gets a receipt, while there are errors. */
static void see_whole(struct trial *trial, const struct cases_step *step, const char **expected,
                      const char **got)
{
    struct finding_list findings;
    find_errors(trial, NULL, &findings);
    const char *seen = findings.errors
                           ? arena_printf(trial->arena, "(not sent, because of these errors)\n%s",
                                          error_lines(trial, &findings))
                       : step->kind == CASES_SENT ? sent(trial)
                                                  : receipt(trial);
    *expected = statement(trial, cases_word(step->kind), step->text, true);
    *got = statement(trial, cases_word(step->kind), seen, true);
}

bool try_see(struct trial *trial, const struct cases_step *step, const char **expected,
             const char **got)
{
    switch (step->kind) {
    case CASES_PAGES:
        *expected = statement(trial, "pages", step->text, false);
        *got = statement(trial, "pages", pages_shown(trial), false);
        return true;
    case CASES_SHOWN:
    case CASES_HIDDEN:
    case CASES_REQUIRED:
    case CASES_OPTIONAL:
    case CASES_READONLY:
    case CASES_WRITABLE:
        return see_fields(trial, step, expected, got);
    case CASES_ROWS:
        return see_rows(trial, step, expected, got);
    case CASES_VALUE:
    case CASES_READS:
    case CASES_CHOICES:
        return see_place(trial, step, expected, got);
    case CASES_ERRORS:
        see_errors(trial, step, expected, got);
        return true;
    case CASES_ERROR:
        return see_error(trial, step, expected, got);
    default:
        assert(step->kind == CASES_SENT || step->kind == CASES_RECEIPT);
        see_whole(trial, step, expected, got);
        return true;
    }
}

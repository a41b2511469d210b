/* What each word of a case takes. */
#include "forms/cases_inside.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <assert.h>
#include <string.h>

#define NOON "12:00:00" /* the time of a day that does not say one */

/* What stands after '=' or ':', or else in the block below. */
static const char *take_value(struct cases_reading *reading, struct cases_step *step,
                              const char *on_line)
{
    return *on_line ? on_line : cases_take_block(reading, step);
}

/* ---- Parts of a line ---- */

static bool find_place(struct cases_reading *reading, int line, const char *written,
                       struct cases_place *out)
{
    const char *why;
    return cases_find(reading->arena, reading->form, written, out, &why) ||
           CASES_REFUSE(reading, line, "%s", why);
}

static bool set_place(struct cases_reading *reading, struct cases_step *step, const char *written)
{
    struct cases_place *place = ARENA_NEW(reading->arena, struct cases_place);
    if (!*written)
        return CASES_REFUSE(reading, step->line, "say which field: '%s navn'",
                            cases_word(step->kind));
    if (!find_place(reading, step->line, written, place))
        return false;
    step->places = place;
    step->place_count = 1;
    return true;
}

/* "navn = Kari" at the sign: what stands before and after. False when the sign is not there. */
static bool split_at(struct cases_reading *reading, const char *text, char sign,
                     const char **before, const char **after)
{
    const char *at = strchr(text, sign);
    if (!at)
        return false;
    *before = text_trim(reading->arena,
                        arena_text_of(reading->arena, (struct bytes){(const unsigned char *)text,
                                                                     (size_t)(at - text)}));
    *after = text_trim(reading->arena, at + 1);
    return true;
}

/* The next of several with commas or lines between, from *at on; NULL after the last. */
static const char *next_of_list(struct cases_reading *reading, const char **at)
{
    while (**at) {
        size_t size = strcspn(*at, ",\n");
        char *item =
            arena_text_of(reading->arena, (struct bytes){(const unsigned char *)*at, size});
        *at += size + ((*at)[size] != 0);
        item = text_trim(reading->arena, item);
        if (*item)
            return item;
    }
    return NULL;
}

/* As xsd:date; NULL when it is none. */
static const char *read_date(struct cases_reading *reading, int line, const char *written)
{
    const char *date;
    struct types_problem problem;
    if (types_parse(reading->arena, TYPE_DATE, written, "nb", &date, &problem) && *date)
        return date;
    (void)CASES_REFUSE(reading, line, "'%s' is no date; write it as 2026-11-23",
                       text_cut(reading->arena, written, 40));
    return NULL;
}

/* ---- What happens ---- */

static bool read_today(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    struct arena *arena = reading->arena;
    bool has_date = *rest >= '0' && *rest <= '9';
    size_t size = has_date ? strcspn(rest, " \t") : strlen(rest);
    const char *day = read_date(reading, step->line, arena_printf(arena, "%.*s", (int)size, rest));
    if (!day)
        return false;
    const char *time = text_trim(arena, rest + size);
    struct types_problem problem;
    if (!types_parse(arena, TYPE_TIME, *time ? time : NOON, "nb", &time, &problem))
        return CASES_REFUSE(reading, step->line, "'%s' is no time of day; write it as 14.30",
                            text_cut(arena, time, 40));
    int64_t winter;
    if (!clock_parse_iso(arena_printf(arena, "%sT%s+01:00", day, time), &winter) || winter < 0)
        return CASES_REFUSE(reading, step->line, "%s is no day that can be today", day);
    step->moment = winter - 60 * (clock_oslo(winter).offset_minutes - 60);
    return true;
}

static bool read_language(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    struct buf known;
    buf_init(&known, reading->arena);
    size_t count;
    const char *const *languages = form_languages(reading->form, &count);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(languages[i], rest)) {
            step->text = languages[i];
            return true;
        }
        buf_printf(&known, "%s%s", i ? ", " : "", languages[i]);
    }
    return CASES_REFUSE(reading, step->line, "the form is not in the language '%s'; it is in: %s",
                        text_cut(reading->arena, rest, 40), buf_text(&known));
}

/* Invented people have 40 or 80 added to the month (Skatteetaten's test population). */
static bool is_invented(const char *number)
{
    return number[2] >= '4';
}

static bool read_citizen(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *name = rest, *number = "";
    (void)split_at(reading, rest, ',', &name, &number);
    struct types_problem problem;
    if (!*name)
        return CASES_REFUSE(reading, step->line, "say who: 'citizen Ingrid Fjeld, 02878520281'");
    if (!types_parse(reading->arena, TYPE_FNR, number, "nb", &number, &problem))
        return CASES_REFUSE(reading, step->line, "'%s' is no national identity number",
                            text_cut(reading->arena, number, 20));
    if (*number && !is_invented(number))
        return CASES_REFUSE(
            reading, step->line,
            "the number may belong to somebody; use an invented one, with 80 added to "
            "the month");
    step->text = name;
    step->number = number;
    return true;
}

static bool is_upload(const struct form_control *control)
{
    return control->kind == FORM_UPLOAD;
}

/* Why the field cannot be answered with '=', or NULL. */
static const char *why_no_answer(struct arena *arena, const struct form_field *field,
                                 const struct form_control *control)
{
    const char *name = field->name;
    if (field->is_group)
        return arena_printf(arena, "'%s' is a group; name a field in it", name);
    if (!control && field->calculate)
        return arena_printf(arena, "'%s' is calculated; to look at it, write 'value %s: …'", name,
                            name);
    if (!control)
        return arena_printf(arena, "no question of the form asks for '%s'", name);
    if (is_upload(control))
        return arena_printf(arena, "'%s' is answered with a document: 'attach %s = its name'", name,
                            name);
    if (cases_is_box(control))
        return arena_printf(arena, "'%s' is a box: write 'tick %s' or 'untick %s'", name, name,
                            name);
    return NULL;
}

static bool read_answer(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *name, *value;
    if (!split_at(reading, rest, '=', &name, &value) || !set_place(reading, step, name))
        return false;
    step->text = take_value(reading, step, value);
    const struct form_field *field = step->places->field;
    const char *why = why_no_answer(reading->arena, field, cases_control(reading->form, field));
    return !why || CASES_REFUSE(reading, step->line, "%s", why);
}

static bool read_box(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!set_place(reading, step, rest))
        return false;
    const struct form_control *control = cases_control(reading->form, step->places->field);
    return (control && cases_is_box(control)) ||
           CASES_REFUSE(reading, step->line, "'%s' is no box; write '%s = …'", rest, rest);
}

static bool read_add(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!set_place(reading, step, rest))
        return false;
    const struct form_field *field = step->places->field;
    if (!field->is_repeat)
        return CASES_REFUSE(reading, step->line, "'%s' is no repeat, so nothing can be added",
                            rest);
    return !step->places->rows[field->depth] ||
           CASES_REFUSE(reading, step->line, "a row is added last; leave out its number");
}

static bool read_upload(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!set_place(reading, step, rest))
        return false;
    const struct form_control *control = cases_control(reading->form, step->places->field);
    return (control && is_upload(control)) ||
           CASES_REFUSE(reading, step->line, "'%s' does not ask for a document", rest);
}

static bool read_remove(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *name;
    if (split_at(reading, rest, '=', &name, &step->text))
        return read_upload(reading, step, name);
    if (!set_place(reading, step, rest))
        return false;
    const struct form_field *field = step->places->field;
    if (!field->is_repeat)
        return CASES_REFUSE(reading, step->line,
                            "'%s' is no row of a repeat; to take away an answer, write '%s ='",
                            rest, rest);
    return step->places->rows[field->depth] ||
           CASES_REFUSE(reading, step->line, "say which row: '%s 2'", rest);
}

/* "from 974761076 Skatteetaten" and "dated 2026-03-16", below an attach. */
static bool read_detail(struct cases_reading *reading, struct cases_document *document,
                        const struct cases_line *line)
{
    if (text_starts_with(line->text, "from ")) {
        const char *number = line->text + strlen("from ");
        number += strspn(number, " ");
        size_t size = strcspn(number, " ");
        struct types_problem problem;
        document->issuer = text_trim(reading->arena, number + size);
        document->issuer_number = arena_printf(reading->arena, "%.*s", (int)size, number);
        document->from_postbox = true;
        return types_check(reading->arena, TYPE_ORGNR, document->issuer_number, "nb", &problem) ||
               CASES_REFUSE(reading, line->number,
                            "'%s' is no organisation number; write 'from 974761076 Skatteetaten'",
                            text_cut(reading->arena, document->issuer_number, 20));
    }
    if (text_starts_with(line->text, "dated ")) {
        document->issued =
            read_date(reading, line->number, text_trim(reading->arena, line->text + 6));
        return document->issued;
    }
    return cases_line_is_blank(line) || cases_line_is_comment(line) ||
           CASES_REFUSE(reading, line->number,
                        "of a document it can be said 'from 974761076 Skatteetaten' and 'dated "
                        "2026-03-16'");
}

static bool read_attach(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *name, *document;
    if (!split_at(reading, rest, '=', &name, &document) || !*document)
        return CASES_REFUSE(reading, step->line,
                            "write 'attach skattemelding = Skattemelding.pdf'");
    step->document =
        (struct cases_document){.name = document, .issuer = "", .issuer_number = "", .issued = ""};
    int least;
    bool good = read_upload(reading, step, name);
    for (size_t left = cases_count_block(reading, step->indent, &least); left--; reading->at++) {
        const struct cases_line *line = &reading->lines[reading->at];
        good = read_detail(reading, &step->document, line) && good;
        step->last_line = line->number;
    }
    if (!good || !*step->document.issued || step->document.from_postbox)
        return good;
    return CASES_REFUSE(
        reading, step->line,
        "only a document from the postbox has a date that counts; say from whom: 'from "
        "974761076 Skatteetaten'");
}

/* "Vis mer", or "barn 2 = En til som denne" */
static bool read_press(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *row = "", *words = rest;
    (void)split_at(reading, rest, '=', &row, &words);
    if (!*words)
        return CASES_REFUSE(reading, step->line, "write what stands on it: 'press Vis mer'");
    step->text = words;
    return !*row || set_place(reading, step, row);
}

static const struct prefill_fact *find_fact(struct cases_reading *reading, int line,
                                            const char *word)
{
    const struct prefill_fact *fact = prefill_find(word);
    if (fact && !text_equal(fact->source, PREFILL_LOGIN))
        return fact;
    if (fact) {
        (void)CASES_REFUSE(reading, line, "the login knows '%s': write 'citizen' and who it is",
                           word);
        return NULL;
    }
    struct buf known;
    buf_init(&known, reading->arena);
    size_t count;
    const struct prefill_fact *facts = prefill_facts(&count);
    for (size_t i = 0; i < count; i++)
        if (!text_equal(facts[i].source, PREFILL_LOGIN))
            buf_printf(&known, "%s%s", known.size ? ", " : "", facts[i].word);
    (void)CASES_REFUSE(reading, line, "nobody knows '%s'; it is one of: %s",
                       text_cut(reading->arena, word, 40), buf_text(&known));
    return NULL;
}

/* "krr.email = kari@example.no", "org.name 310245682 = Fjordkafeen AS" */
static bool read_known(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *about;
    if (!split_at(reading, rest, '=', &about, &step->text))
        return CASES_REFUSE(reading, step->line, "write 'known krr.email = kari@example.no'");
    size_t size = strcspn(about, " ");
    step->fact =
        find_fact(reading, step->line, arena_printf(reading->arena, "%.*s", (int)size, about));
    if (!step->fact)
        return false;
    struct types_problem problem;
    const char *number = text_trim(reading->arena, about + size);
    bool good = types_parse(reading->arena, TYPE_ORGNR, number, "nb", &step->number, &problem);
    if (good && !*step->number == !step->fact->by_number)
        return true;
    return CASES_REFUSE(reading, step->line,
                        step->fact->by_number ? "say of which organisation: 'known %s 310245682 "
                                                "= Fjordkafeen AS'"
                                              : "write 'known %s = …'",
                        step->fact->word);
}

/* ---- What shall be ---- */

/* "value navn: Kari": what stands between the word and the colon; the rest, or the block, is text.
 */
static bool read_expected(struct cases_reading *reading, struct cases_step *step, const char *rest,
                          const char **about)
{
    const char *text;
    if (!split_at(reading, rest, ':', about, &text))
        return CASES_REFUSE(reading, step->line,
                            "there is no colon; what shall be is written '%s …: …'",
                            cases_word(step->kind));
    step->text = take_value(reading, step, text);
    return true;
}

static bool read_of_all(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *about;
    if (!read_expected(reading, step, rest, &about))
        return false;
    return !*about ||
           CASES_REFUSE(reading, step->line, "write '%s:' alone", cases_word(step->kind));
}

static const struct form_page *find_page(struct cases_reading *reading, int line, const char *word)
{
    const struct form_page *page = form_page_find(reading->form, word);
    if (page)
        return page;
    struct buf known;
    buf_init(&known, reading->arena);
    size_t count;
    const struct form_page *pages = form_pages(reading->form, &count);
    for (size_t i = 0; i < count; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", pages[i].word);
    (void)CASES_REFUSE(reading, line, "the form has no page '%s'; it has: %s",
                       text_cut(reading->arena, word, 40), buf_text(&known));
    return NULL;
}

static bool read_pages(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!read_of_all(reading, step, rest))
        return false;
    struct buf pages;
    buf_init(&pages, reading->arena);
    for (const char *at = step->text, *word; (word = next_of_list(reading, &at));) {
        if (!find_page(reading, step->line, word))
            return false;
        buf_printf(&pages, "%s%s", pages.size ? ", " : "", word);
    }
    step->text = buf_text(&pages);
    return true;
}

static bool read_fields(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!read_of_all(reading, step, rest))
        return false;
    size_t most = 1;
    for (const char *at = step->text; *at; at++)
        most += *at == ',' || *at == '\n';
    struct cases_place *places = ARENA_ARRAY(reading->arena, most, struct cases_place);
    for (const char *at = step->text, *name; (name = next_of_list(reading, &at));)
        if (!find_place(reading, step->line, name, &places[step->place_count++]))
            return false;
    step->places = places;
    return step->place_count || CASES_REFUSE(reading, step->line, "say which fields: '%s: navn'",
                                             cases_word(step->kind));
}

static bool read_of_field(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *about;
    return read_expected(reading, step, rest, &about) && set_place(reading, step, about);
}

static bool read_rows(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!read_of_field(reading, step, rest))
        return false;
    return step->places->field->is_repeat ||
           CASES_REFUSE(reading, step->line, "'%s' has no rows", step->places->field->name);
}

static bool read_choices(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    if (!read_of_field(reading, step, rest))
        return false;
    const struct form_control *control = cases_control(reading->form, step->places->field);
    return (control && control->items) ||
           CASES_REFUSE(reading, step->line, "'%s' offers no choices", step->places->field->name);
}

/* The block's lines "navn: Skriv navn"; the first of them is the file's line `first`. */
static bool read_error_lines(struct cases_reading *reading, struct cases_step *step, int first)
{
    size_t most = 1;
    for (const char *at = step->text; *at; at++)
        most += *at == '\n';
    struct cases_error *errors = ARENA_ARRAY(reading->arena, most, struct cases_error);
    bool good = true;
    for (const char *at = step->text; *at; first++) {
        size_t size = strcspn(at, "\n");
        const char *line = arena_printf(reading->arena, "%.*s", (int)size, at), *name;
        at += size + (at[size] != 0);
        if (!*line)
            continue;
        struct cases_error *error = &errors[step->error_count++];
        if (!split_at(reading, line, ':', &name, &error->text))
            good = CASES_REFUSE(reading, first, "write field and message: 'navn: Skriv navn'");
        else
            good = find_place(reading, first, name, &error->place) && good;
    }
    step->errors = errors;
    return good;
}

static bool read_errors(struct cases_reading *reading, struct cases_step *step, const char *rest)
{
    const char *about;
    if (!read_expected(reading, step, rest, &about))
        return false;
    if (*about && !(step->page = find_page(reading, step->line, about)))
        return false;
    bool in_block = step->last_line > step->line;
    return text_equal(step->text, "none") ||
           read_error_lines(reading, step, step->line + (in_block ? 1 : 0));
}

/* ---- The words ---- */

static const struct cases_rule rules[] = {
    {"", CASES_ANSWER, read_answer},
    {"today", CASES_TODAY, read_today},
    {"language", CASES_LANGUAGE, read_language},
    {"citizen", CASES_CITIZEN, read_citizen},
    {"tick", CASES_TICK, read_box},
    {"untick", CASES_UNTICK, read_box},
    {"add", CASES_ADD, read_add},
    {"remove", CASES_REMOVE, read_remove},
    {"attach", CASES_ATTACH, read_attach},
    {"later", CASES_LATER, read_upload},
    {"press", CASES_PRESS, read_press},
    {"known", CASES_KNOWN, read_known},
    {"pages", CASES_PAGES, read_pages},
    {"shown", CASES_SHOWN, read_fields},
    {"hidden", CASES_HIDDEN, read_fields},
    {"required", CASES_REQUIRED, read_fields},
    {"optional", CASES_OPTIONAL, read_fields},
    {"readonly", CASES_READONLY, read_fields},
    {"writable", CASES_WRITABLE, read_fields},
    {"rows", CASES_ROWS, read_rows},
    {"value", CASES_VALUE, read_of_field},
    {"reads", CASES_READS, read_of_field},
    {"choices", CASES_CHOICES, read_choices},
    {"error", CASES_ERROR, read_of_field},
    {"errors", CASES_ERRORS, read_errors},
    {"sent", CASES_SENT, read_of_all},
    {"receipt", CASES_RECEIPT, read_of_all},
};

const struct cases_rule *cases_rules(size_t *count)
{
    *count = COUNT(rules);
    return rules;
}

const char *cases_word(enum cases_kind kind)
{
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].kind == kind)
            return rules[i].word;
    assert(false && "a kind without a word");
    return "";
}

bool cases_is_expectation(enum cases_kind kind)
{
    return kind >= CASES_PAGES;
}

#include "forms/cases_inside.h"

#include "engine/base/text.h"
#include "forms/likeness.h"

#include <string.h>

enum {
    TAB_COLUMNS = 4,
};

/* ---- Lines ---- */

static int take_indent(const char **at)
{
    int columns = 0;
    for (; **at == ' ' || **at == '\t'; (*at)++)
        columns += **at == '\t' ? TAB_COLUMNS - columns % TAB_COLUMNS : 1;
    return columns;
}

static void split_lines(struct cases_reading *reading, const char *text)
{
    size_t count = 1;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    reading->lines = ARENA_ARRAY(reading->arena, count, struct cases_line);
    for (size_t i = 0; i < count; i++) {
        struct cases_line *line = &reading->lines[i];
        line->number = (int)i + 1;
        line->indent = take_indent(&text);
        size_t size = strcspn(text, "\n"), kept = size;
        while (kept && strchr(" \t\r", text[kept - 1]))
            kept--;
        line->text =
            arena_text_of(reading->arena, (struct bytes){(const unsigned char *)text, kept});
        text += size + (text[size] == '\n');
    }
    reading->line_count = count;
}

bool cases_line_is_blank(const struct cases_line *line)
{
    return !*line->text;
}

bool cases_line_is_comment(const struct cases_line *line)
{
    return *line->text == '#';
}

size_t cases_count_block(const struct cases_reading *reading, int indent, int *least)
{
    size_t count = 0;
    *least = 0;
    for (size_t i = 0; reading->at + i < reading->line_count; i++) {
        const struct cases_line *line = &reading->lines[reading->at + i];
        if (cases_line_is_blank(line))
            continue;
        if (line->indent <= indent)
            break;
        *least = !count || line->indent < *least ? line->indent : *least;
        count = i + 1;
    }
    return count;
}

const char *cases_take_block(struct cases_reading *reading, struct cases_step *step)
{
    int least;
    size_t count = cases_count_block(reading, step->indent, &least);
    struct buf text;
    buf_init(&text, reading->arena);
    for (size_t i = 0; i < count; i++) {
        const struct cases_line *line = &reading->lines[reading->at++];
        buf_printf(&text, "%s%*s%s", i ? "\n" : "",
                   cases_line_is_blank(line) ? 0 : line->indent - least, "", line->text);
        step->last_line = line->number;
    }
    return buf_text(&text);
}

/* ---- Steps ---- */

/* The rule of the word the line begins with, or the answer's when a '=' follows another name. */
static const struct cases_rule *find_rule(const char *text, size_t *size)
{
    size_t count;
    const struct cases_rule *rules = cases_rules(&count);
    *size = strcspn(text, " \t:=");
    size_t gap = strspn(text + *size, " \t");
    for (size_t i = 1; i < count && text[*size + gap] != '='; i++)
        if (strlen(rules[i].word) == *size && strncmp(rules[i].word, text, *size) == 0)
            return &rules[i];
    bool has_row = gap && strchr("0123456789[/", text[*size + gap]); /* "barn 2/navn = Emil" */
    return strchr(text, '=') && (!gap || has_row || text[*size + gap] == '=') ? &rules[0] : NULL;
}

static void refuse_word(struct cases_reading *reading, const struct cases_line *line,
                        const char *text, size_t size)
{
    char *word =
        text_cut(reading->arena, arena_printf(reading->arena, "%.*s", (int)size, text), 40);
    struct likeness likeness = {.wanted = word};
    likeness_compare(&likeness, "case");
    size_t count;
    const struct cases_rule *rules = cases_rules(&count);
    for (size_t i = 1; i < count; i++)
        likeness_compare(&likeness, rules[i].word);
    if (likeness.nearest)
        (void)CASES_REFUSE(reading, line->number, "no line begins with '%s'; did you mean '%s'?",
                           word, likeness.nearest);
    else
        (void)CASES_REFUSE(
            reading, line->number,
            "no line begins with '%s'; an answer is written 'navn = Kari', what shall be "
            "then 'value navn: Kari'",
            word);
}

static void add_step(struct cases_reading *reading, struct cases_steps *steps,
                     const struct cases_step *step)
{
    if (steps->count == steps->capacity) {
        steps->capacity = steps->capacity ? steps->capacity * 2 : 16;
        const struct cases_step **grown =
            ARENA_ARRAY(reading->arena, steps->capacity, const struct cases_step *);
        if (steps->count)
            memcpy(grown, steps->items, steps->count * sizeof *grown);
        steps->items = grown;
    }
    steps->items[steps->count++] = step;
    bool is_setting =
        step->kind == CASES_LANGUAGE || step->kind == CASES_CITIZEN || step->kind == CASES_KNOWN;
    steps->has_day = steps->has_day || step->kind == CASES_TODAY;
    steps->lacks_day = steps->lacks_day || !(steps->has_day || is_setting);
    steps->expects = steps->expects || step->cannot || cases_is_expectation(step->kind);
}

/* Lines further in than a step that takes none. */
static void refuse_block(struct cases_reading *reading, const struct cases_step *step)
{
    int least;
    size_t count = cases_count_block(reading, step->indent, &least);
    for (size_t i = 0; i < count; i++) {
        const struct cases_line *line = &reading->lines[reading->at + i];
        if (cases_line_is_blank(line) || cases_line_is_comment(line))
            continue;
        (void)CASES_REFUSE(
            reading, line->number,
            "the line stands further in than line %d, which takes nothing below it; move "
            "it to the left",
            step->line);
        break;
    }
    reading->at += count;
}

/* "cannot add barn": past the word, when it is there and no field is called so. */
static const char *skip_cannot(const char *text)
{
    static const char word[] = "cannot ";
    const char *rest = text_starts_with(text, word) ? text + strlen(word) : text;
    rest += strspn(rest, " \t");
    return *rest == '=' ? text : rest;
}

static void read_step(struct cases_reading *reading, const struct cases_line *line)
{
    size_t size;
    const char *text = skip_cannot(line->text);
    const struct cases_rule *rule = find_rule(text, &size);
    if (!rule) {
        refuse_word(reading, line, text, size);
        (void)cases_take_block(reading, &(struct cases_step){.indent = line->indent});
        return;
    }
    struct cases_step *step = ARENA_NEW(reading->arena, struct cases_step);
    *step = (struct cases_step){.kind = rule->kind,
                                .cannot = text != line->text,
                                .line = line->number,
                                .last_line = line->number,
                                .indent = line->indent,
                                .text = "",
                                .number = ""};
    const char *rest = text + (rule->kind == CASES_ANSWER ? 0 : size);
    bool good = rule->read(reading, step, text_trim(reading->arena, rest));
    if (good && step->cannot &&
        (cases_is_expectation(step->kind) || step->kind < CASES_ANSWER ||
         step->kind == CASES_KNOWN))
        good = CASES_REFUSE(reading, step->line,
                            "'cannot' stands before what a citizen does: 'cannot add barn'");
    bool expects = cases_is_expectation(step->kind) || step->cannot;
    if (good && expects && reading->steps == &reading->common)
        good = CASES_REFUSE(
            reading, step->line,
            "this stands before the first case; what shall be belongs to one: begin it "
            "with 'case' and a title");
    if (good) {
        add_step(reading, reading->steps, step);
        refuse_block(reading, step);
    } else {
        reading->is_day_wrong = reading->is_day_wrong || step->kind == CASES_TODAY;
        (void)cases_take_block(reading, step);
    }
}

/* ---- Cases ---- */

static void begin_case(struct cases_reading *reading, const struct cases_line *line)
{
    struct cases_file *out = reading->out;
    if (out->case_count == reading->case_capacity) {
        reading->case_capacity = reading->case_capacity ? reading->case_capacity * 2 : 16;
        struct cases_case *grown =
            ARENA_ARRAY(reading->arena, reading->case_capacity, struct cases_case);
        if (out->case_count)
            memcpy(grown, out->cases, out->case_count * sizeof *grown);
        out->cases = grown;
    }
    const char *title = text_trim(reading->arena, line->text + strlen("case"));
    if (!*title)
        (void)CASES_REFUSE(reading, line->number,
                           "give the case a title: 'case A couple pays less'");
    reading->errors_before = reading->findings->errors;
    out->cases[out->case_count++] = (struct cases_case){.title = title, .line = line->number};
    reading->steps = ARENA_NEW(reading->arena, struct cases_steps);
    reading->steps->has_day = reading->common.has_day;
    reading->steps->lacks_day = reading->common.lacks_day;
}

/* What the case was read to be, and whether it can be tried at all. */
static void end_case(struct cases_reading *reading)
{
    if (!reading->out->case_count)
        return;
    struct cases_case *done = &reading->out->cases[reading->out->case_count - 1];
    done->steps = reading->steps->items;
    done->step_count = reading->steps->count;
    if (reading->steps->lacks_day && !reading->is_day_wrong)
        (void)CASES_REFUSE(reading, done->line,
                           "the case does not say which day it is: 'today 2026-11-23'");
    else if (!reading->steps->expects && reading->findings->errors == reading->errors_before)
        (void)CASES_REFUSE(reading, done->line,
                           "the case says nothing that shall be; for example 'errors: none'");
}

static bool begins_case(const struct cases_line *line)
{
    return text_equal(line->text, "case") || text_starts_with(line->text, "case ") ||
           text_starts_with(line->text, "case\t");
}

static void read_lines(struct cases_reading *reading)
{
    while (reading->at < reading->line_count) {
        const struct cases_line *line = &reading->lines[reading->at++];
        if (cases_line_is_blank(line) || cases_line_is_comment(line))
            continue;
        if (begins_case(line)) {
            end_case(reading);
            begin_case(reading, line);
        } else {
            read_step(reading, line);
        }
    }
    end_case(reading);
    reading->out->common = reading->common.items;
    reading->out->common_count = reading->common.count;
}

static bool check_bytes(const struct cases_reading *reading, struct bytes text)
{
    if (text.size > CASES_MAX_BYTES)
        return CASES_REFUSE(reading, 0, "the file is larger than %d bytes; make several",
                            CASES_MAX_BYTES);
    if (!text_is_utf8(text))
        return CASES_REFUSE(reading, 0, "the file is not UTF-8; choose that when you save it");
    return !(text.size && memchr(text.data, 0, text.size)) ||
           CASES_REFUSE(reading, 0, "the file is no text: it has a zero byte");
}

void cases_parse(struct bytes text, const char *file, const struct form *form, struct arena *arena,
                 struct cases_file *out, struct finding_list *findings)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* as Windows' Notepad begins files */
    struct cases_reading reading = {
        .arena = arena, .form = form, .file = file, .findings = findings, .out = out};
    reading.steps = &reading.common;
    *out = (struct cases_file){.file = arena_text(arena, file)};
    if (!check_bytes(&reading, text))
        return;
    const char *copy = arena_text_of(arena, text);
    split_lines(&reading, text_starts_with(copy, byte_order_mark) ? copy + 3 : copy);
    size_t errors = findings->errors;
    read_lines(&reading);
    if (!out->case_count && findings->errors == errors)
        (void)CASES_REFUSE(&reading, 0, "the file has no case; begin one with 'case' and a title");
}

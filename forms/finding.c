#include "forms/finding.h"

#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void finding_list_init(struct finding_list *list, struct arena *arena)
{
    *list = (struct finding_list){.arena = arena};
}

static void grow(struct finding_list *list)
{
    if (list->count < list->capacity)
        return;
    size_t capacity = list->capacity ? 2 * list->capacity : 8;
    struct finding *items = ARENA_ARRAY(list->arena, capacity, struct finding);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
}

static const char *kept(const struct finding_list *list, const char *text)
{
    return text_is_empty(text) ? "" : arena_text(list->arena, text);
}

void finding_add(struct finding_list *list, const struct finding *finding)
{
    grow(list);
    list->items[list->count++] = (struct finding){
        .severity = finding->severity,
        .file = kept(list, finding->file),
        .line = finding->line,
        .column = finding->column,
        .place = kept(list, finding->place),
        .code = kept(list, finding->code),
        .text = kept(list, finding->text),
        .language = kept(list, finding->language),
    };
    if (finding->severity == FINDING_ERROR)
        list->errors++;
}

static PRINTF_LIKE(3, 0) void add_formatted(struct finding_list *list, struct finding finding,
                                            const char *format, va_list arguments)
{
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    text_drop_broken(text);
    finding.text = text;
    finding.language = "en";
    finding_add(list, &finding);
}

void finding_add_error(struct finding_list *list, const char *file, int line, const char *code,
                       const char *format, ...)
{
    struct finding finding = {.severity = FINDING_ERROR, .file = file, .line = line, .code = code};
    va_list arguments;
    va_start(arguments, format);
    add_formatted(list, finding, format, arguments);
    va_end(arguments);
}

void finding_add_warning(struct finding_list *list, const char *file, int line, const char *code,
                         const char *format, ...)
{
    struct finding finding = {
        .severity = FINDING_WARNING, .file = file, .line = line, .code = code};
    va_list arguments;
    va_start(arguments, format);
    add_formatted(list, finding, format, arguments);
    va_end(arguments);
}

void finding_add_at(struct finding_list *list, enum finding_severity severity, const char *file,
                    int line, int column, const char *code, const char *format, ...)
{
    struct finding finding = {
        .severity = severity, .file = file, .line = line, .column = column, .code = code};
    va_list arguments;
    va_start(arguments, format);
    add_formatted(list, finding, format, arguments);
    va_end(arguments);
}

void finding_add_failure(struct finding_list *list, const char *code, const struct error *err)
{
    finding_add_at(list, FINDING_ERROR, err->file, err->line, err->column, code, "%s", err->text);
}

const struct finding *finding_find(const struct finding_list *list, const char *place)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].place, place) == 0)
            return &list->items[i];
    return NULL;
}

static bool comes_before(const struct finding *a, const struct finding *b)
{
    int files = strcmp(a->file, b->file);
    if (files != 0)
        return files < 0;
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* Insertion: stable, and findings are few and nearly in order. */
void finding_sort(struct finding_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct finding moving = list->items[i];
        size_t at = i;
        for (; at > 0 && comes_before(&moving, &list->items[at - 1]); at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = moving;
    }
}

void finding_write(const struct finding *finding, struct buf *out)
{
    buf_add_text(out, text_is_empty(finding->file) ? finding->place : finding->file);
    if (finding->line > 0)
        buf_printf(out, ":%d", finding->line);
    if (finding->line > 0 && finding->column > 0)
        buf_printf(out, ":%d", finding->column);
    buf_printf(out, ": %s: %s", finding->severity == FINDING_ERROR ? "error" : "warning",
               finding->text);
    if (!text_is_empty(finding->code))
        buf_printf(out, " [%s]", finding->code);
    buf_add_byte(out, '\n');
}

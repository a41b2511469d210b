#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void usage(const char *program)
{
    fprintf(stderr, "usage: %s DIR [--tier must|should|later] [--failures] [--at-least N]\n",
            program);
    exit(2);
}

void suite_open(struct suite *suite, int argc, char **argv)
{
    *suite = (struct suite){.arena = arena_open(), .at_least = -1, .current = ""};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--failures") == 0)
            suite->failures = true;
        else if (strcmp(argv[i], "--tier") == 0 && i + 1 < argc)
            suite->tier = argv[++i];
        else if (strcmp(argv[i], "--at-least") == 0 && i + 1 < argc)
            suite->at_least = strtol(argv[++i], NULL, 10);
        else if (argv[i][0] != '-' && !suite->folder)
            suite->folder = argv[i];
        else
            usage(argv[0]);
    }
    if (!suite->folder)
        usage(argv[0]);
    if (access(suite->folder, R_OK) != 0) {
        printf("skipped: %s is not here\n", suite->folder);
        exit(SUITE_SKIPPED);
    }
}

char *suite_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    long size = ftell(file);
    rewind(file);
    char *text = arena_alloc(arena, (size_t)size + 1);
    text[fread(text, 1, (size_t)size, file)] = 0;
    fclose(file);
    return text;
}

static void unescape(char *text)
{
    char *out = text;
    for (; *text; text++) {
        if (*text != '\\' || !text[1]) {
            *out++ = *text;
            continue;
        }
        text++;
        *out++ = (char)(*text == 't' ? '\t' : *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text);
    }
    *out = 0;
}

static void split(char *text, struct suite_line *line)
{
    for (size_t i = 0; i < SUITE_MAX_FIELDS; i++)
        line->fields[i] = "";
    while (text && line->count < SUITE_MAX_FIELDS) {
        char *field = strsep(&text, "\t");
        unescape(field);
        line->fields[line->count++] = field;
    }
}

size_t suite_read(struct suite *suite, const char *name, struct suite_line **out)
{
    const char *path =
        name ? arena_printf(suite->arena, "%s/%s", suite->folder, name) : suite->folder;
    char *text = suite_file(suite->arena, path);
    size_t most = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        most++;
    struct suite_line *lines = ARENA_ARRAY(suite->arena, most, struct suite_line);
    size_t count = 0;
    int number = 0;
    while (text) {
        char *line = strsep(&text, "\n");
        number++;
        line[strcspn(line, "\r")] = 0;
        if (!*line || *line == '#')
            continue;
        lines[count].number = number;
        split(line, &lines[count++]);
    }
    *out = lines;
    return count;
}

static void print_failure(const struct suite *suite, const struct suite_line *line,
                          const char *expected, const char *got)
{
    if (suite->failures)
        printf("%s: line %d: %s %s: expected '%s', got %s\n", suite->current, line->number,
               line->fields[0], line->fields[1], expected, got);
}

void suite_expect(struct suite *suite, const struct suite_line *line, const char *expected,
                  const char *got)
{
    if (strcmp(expected, got) == 0) {
        suite->passed++;
        return;
    }
    suite->failed++;
    print_failure(suite, line, expected, arena_printf(suite->arena, "'%s'", got));
}

void suite_fail(struct suite *suite, const struct suite_line *line, const char *why)
{
    suite->failed++;
    print_failure(suite, line, line->fields[2], why);
}

int suite_close(struct suite *suite)
{
    printf("%ld passed, %ld failed\n", suite->passed, suite->failed);
    bool good = suite->at_least < 0 ? suite->failed == 0 : suite->passed >= suite->at_least;
    arena_close(&suite->arena);
    return good ? 0 : 1;
}

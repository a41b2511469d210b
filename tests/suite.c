#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void usage(const char *program)
{
    fprintf(stderr, "usage: %s DIR [--tier must|should|later] [--failures] [--departures FILE]\n",
            program);
    exit(2);
}

static void read_departures(struct suite *suite, const char *path);

void suite_open(struct suite *suite, int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/'), *departures = NULL;
    *suite =
        (struct suite){.arena = arena_open(), .current = "", .name = slash ? slash + 1 : argv[0]};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--failures") == 0)
            suite->failures = true;
        else if (strcmp(argv[i], "--tier") == 0 && i + 1 < argc)
            suite->tier = argv[++i];
        else if (strcmp(argv[i], "--departures") == 0 && i + 1 < argc)
            departures = argv[++i];
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
    if (departures)
        read_departures(suite, departures);
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

static size_t read_lines(struct suite *suite, const char *path, struct suite_line **out)
{
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

size_t suite_read(struct suite *suite, const char *name, struct suite_line **out)
{
    const char *path =
        name ? arena_printf(suite->arena, "%s/%s", suite->folder, name) : suite->folder;
    return read_lines(suite, path, out);
}

/* ---- Departures ---- */

/* An expectation that is argued: the nth of that word and subject in its case. */
struct suite_departure {
    const char *in_case, *asked, *expected;
    long nth;
    int line;
};

static bool is_argued(const struct suite_line *lines, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(lines[i].fields[0], "argument") == 0 && strcmp(lines[i].fields[1], id) == 0)
            return *lines[i].fields[2];
    return false;
}

/* "value /data/a #2": the second. */
static struct suite_departure read_departure(struct suite *suite, const struct suite_line *line)
{
    char *asked = arena_printf(suite->arena, "%s", line->fields[3]);
    char *hash = strrchr(asked, '#');
    struct suite_departure departure = {.in_case = line->fields[2],
                                        .asked = asked,
                                        .expected = line->fields[4],
                                        .nth = hash ? strtol(hash + 1, NULL, 10) : 1,
                                        .line = line->number};
    if (hash && hash > asked)
        hash[-1] = 0;
    return departure;
}

static void read_departures(struct suite *suite, const char *path)
{
    struct suite_line *lines;
    size_t count = read_lines(suite, path, &lines);
    suite->departures = ARENA_ARRAY(suite->arena, count, struct suite_departure);
    suite->holds_departures = true;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].fields[0], "departure") != 0)
            continue;
        if (!is_argued(lines, count, lines[i].fields[6])) {
            fprintf(stderr, "%s:%d: there is no argument '%s'\n", path, lines[i].number,
                    lines[i].fields[6]);
            exit(2);
        }
        if (strcmp(lines[i].fields[1], suite->name) == 0)
            suite->departures[suite->departure_count++] = read_departure(suite, &lines[i]);
    }
}

/* Which of its like in the case this expectation is, from 1. */
static long count_asked(struct suite *suite, const char *asked)
{
    if (suite->asked_in != suite->current)
        suite->asked_count = 0;
    suite->asked_in = suite->current;
    if (suite->asked_count == suite->asked_capacity) {
        suite->asked_capacity = suite->asked_capacity ? suite->asked_capacity * 2 : 64;
        const char **grown = ARENA_ARRAY(suite->arena, suite->asked_capacity, const char *);
        if (suite->asked_count)
            memcpy(grown, suite->asked, suite->asked_count * sizeof *grown);
        suite->asked = grown;
    }
    suite->asked[suite->asked_count++] = asked;
    long nth = 0;
    for (size_t i = 0; i < suite->asked_count; i++)
        nth += strcmp(suite->asked[i], asked) == 0;
    return nth;
}

static bool is_listed(struct suite *suite, const struct suite_line *line, const char *expected)
{
    if (!suite->holds_departures)
        return false;
    const char *asked = arena_printf(suite->arena, "%s %s", line->fields[0], line->fields[1]);
    long nth = count_asked(suite, asked);
    for (size_t i = 0; i < suite->departure_count; i++) {
        const struct suite_departure *departure = &suite->departures[i];
        if (strcmp(departure->in_case, suite->current) == 0 && departure->nth == nth &&
            strcmp(departure->asked, asked) == 0 && strcmp(departure->expected, expected) == 0)
            return true;
    }
    return false;
}

static void note(struct suite *suite, const struct suite_line *line, const char *expected,
                 bool passed)
{
    bool listed = is_listed(suite, line, expected);
    suite->passed += passed;
    suite->failed += !passed;
    suite->argued += !passed && listed;
    suite->mended += passed && listed;
    if (passed && listed)
        printf("%s: line %d: %s %s is a departure, and passes\n", suite->current, line->number,
               line->fields[0], line->fields[1]);
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
    bool passed = strcmp(expected, got) == 0;
    note(suite, line, expected, passed);
    if (!passed)
        print_failure(suite, line, expected, arena_printf(suite->arena, "'%s'", got));
}

void suite_fail(struct suite *suite, const struct suite_line *line, const char *why)
{
    note(suite, line, line->fields[2], false);
    print_failure(suite, line, line->fields[2], why);
}

int suite_close(struct suite *suite)
{
    if (suite->holds_departures)
        printf("%ld of the failed are argued departures\n", suite->argued);
    printf("%ld passed, %ld failed\n", suite->passed, suite->failed);
    bool good = suite->failed == suite->argued && suite->mended == 0;
    arena_close(&suite->arena);
    return good ? 0 : 1;
}

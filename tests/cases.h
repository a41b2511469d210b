/* cases.h - reads a table of tests/cases/: one case a line, fields with one tab between, lines that
 * begin with # left out. In a field \n, \r, \t, \\ and \uXXXX mean what they mean in JSON. */
#pragma once

#include "engine/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX_FIELDS = 8 };

struct cases {
    FILE *file;
    const char *path;
    struct arena *arena;
    int line;
    const char *fields[CASES_MAX_FIELDS]; /* those that are not there: "" */
};

static inline void cases_open(struct cases *cases, const char *path)
{
    *cases = (struct cases){.path = path, .file = fopen(path, "re"), .arena = arena_open()};
    if (!cases->file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        abort();
    }
}

static inline void cases_close(struct cases *cases)
{
    fclose(cases->file);
    arena_close(&cases->arena);
}

static inline const char *cases_unescape(struct arena *arena, const char *field)
{
    struct buf out;
    buf_init(&out, arena);
    for (; *field; field++) {
        if (field[0] != '\\') {
            buf_add_byte(&out, (unsigned char)*field);
        } else if (*++field == 'u') {
            char digits[5] = {0};
            memcpy(digits, field + 1, strnlen(field + 1, 4));
            buf_add_utf8(&out, (uint32_t)strtoul(digits, NULL, 16));
            field += strlen(digits);
        } else {
            buf_add_byte(&out, *field == 'n'   ? '\n'
                               : *field == 'r' ? '\r'
                               : *field == 't' ? '\t'
                                               : (unsigned char)*field);
        }
    }
    return buf_text(&out);
}

/* The next case, its fields good until the one after; false at the end. */
static inline bool cases_next(struct cases *cases)
{
    char line[4096];
    do {
        if (!fgets(line, sizeof line, cases->file))
            return false;
        cases->line++;
        line[strcspn(line, "\n")] = '\0';
    } while (!*line || *line == '#');

    arena_reset(cases->arena);
    char *rest = line;
    for (int i = 0; i < CASES_MAX_FIELDS; i++) {
        const char *field = strsep(&rest, "\t");
        cases->fields[i] = field ? cases_unescape(cases->arena, field) : "";
    }
    return true;
}

/* Says which case it was and what came, for a test that then fails. */
static inline void cases_complain(const struct cases *cases, const char *got)
{
    fprintf(stderr, "%s:%d: got \"%s\"\n", cases->path, cases->line, got ? got : "(nothing)");
}

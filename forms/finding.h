/* finding.h - what is wrong, where, how badly, in words: a mistake by a form author (lint, load) or
 * by a person filling in a form (validate). Findings are data; struct error is for failures. */
#pragma once

#include "engine/base/buf.h"
#include "engine/base/error.h"

enum finding_severity {
    FINDING_ERROR,   /* the form cannot be loaded, or the answers cannot be sent */
    FINDING_WARNING, /* it works, but somebody should look at it */
};

/* Strings are static or the list's arena's. What does not apply is "" (text) or 0 (line). */
struct finding {
    enum finding_severity severity;
    const char *file; /* of a form author's mistake: "hello/form.xml" */
    int line, column; /* from 1; a column counts characters */
    const char
        *place; /* of a person's mistake: path of the node, with positions: "/data/barn[2]/navn" */
    const char *code; /* "req.text": a message in the fields' table, or a rule of lint */
    const char *text; /* one sentence in that language, without full stop when it is one */
    const char
        *language; /* BCP 47: of text, which may not be the one asked for; lint writes "en" */
};

struct finding_list {
    struct arena *arena;
    struct finding *items;
    size_t count, capacity;
    size_t errors; /* how many of them are FINDING_ERROR */
};

void finding_list_init(struct finding_list *list, struct arena *arena);

/* Adds a copy; its strings are copied into the list's arena, NULL becoming "". */
void finding_add(struct finding_list *list, const struct finding *finding);

/* A mistake in a document, in English, for its author. */
void finding_add_error(struct finding_list *list, const char *file, int line, const char *code,
                       const char *format, ...) PRINTF_LIKE(5, 6);
void finding_add_warning(struct finding_list *list, const char *file, int line, const char *code,
                         const char *format, ...) PRINTF_LIKE(5, 6);

/* The same with its column, and the severity given. */
void finding_add_at(struct finding_list *list, enum finding_severity severity, const char *file,
                    int line, int column, const char *code, const char *format, ...)
    PRINTF_LIKE(7, 8);

/* The same from a failed xml_parse and its like. */
void finding_add_failure(struct finding_list *list, const char *code, const struct error *err);

/* The first finding about that place, or NULL: a control shows one message at a time. */
const struct finding *finding_find(const struct finding_list *list, const char *place);

/* Orders by file, line and column; findings of one place keep their order. */
void finding_sort(struct finding_list *list);

/* Adds one line and a line feed: "hello/form.xml:12:9: error: text 't.navn' is missing in nn
 * [text.missing]". Without file, the place is written in its stead; without column, none. */
void finding_write(const struct finding *finding, struct buf *out);

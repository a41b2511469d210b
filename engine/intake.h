/* intake.h - a file from a person or a postbox: is it what it says, and what may it be called.
 * Rules: security.md S-FILE-1, S-FILE-3, S-FILE-8. */
#pragma once

#include "engine/base/arena.h"

/* What is wrong with a file, as a message of the fields' table; INTAKE_GOOD: nothing. */
enum intake_verdict {
    INTAKE_GOOD,
    INTAKE_EMPTY,   /* file.empty */
    INTAKE_TYPE,    /* file.type: not PDF, JPEG or PNG by its name */
    INTAKE_CONTENT, /* file.content: the bytes are not what the name says */
    INTAKE_LOCKED,  /* file.locked: a PDF that asks for a password (a byte scan: a hint only) */
    INTAKE_SIZE,    /* file.size */
};

/* Looks at name (its ending), declared type ("" or "application/octet-stream": not declared) and
 * leading bytes; all must agree. *media_type is what the bytes are, when good. */
enum intake_verdict intake_check(const char *name, const char *declared, struct bytes content,
                                 int64_t max_bytes, const char **media_type);

/* The message's id: "file.type". */
const char *intake_message(enum intake_verdict verdict);

/* The name as a label: base name only, at most 200 bytes with its ending kept, without control and
 * bidirectional characters, path signs and quotes, never a device name or one that begins with a
 * dot; what is left of nothing is "vedlegg" with the ending of the media type. */
char *intake_safe_name(struct arena *arena, const char *name, const char *media_type);

/* "pdf", "jpg", "png" of a media type, "" of another; and back, NULL when it is none of them. */
const char *intake_file_type(const char *media_type);
const char *intake_media_type(const char *file_type);

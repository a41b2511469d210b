/* intake.h - a file from a person or a postbox: is it what it says, and what may it be called.
 * It is looked at in windows, never held whole. Rules: security.md S-FILE-1, -2, -3, -6, -8. */
#pragma once

#include "engine/base/content.h"

/* What is wrong with a file, as a message of the fields' table; INTAKE_GOOD: nothing. */
enum intake_verdict {
    INTAKE_GOOD,
    INTAKE_EMPTY,   /* file.empty */
    INTAKE_SIZE,    /* file.size */
    INTAKE_TYPE,    /* file.type: not PDF, JPEG or PNG by its name */
    INTAKE_HEIC,    /* file.heic: a telephone's picture, by its name or its brand */
    INTAKE_OFFICE,  /* file.office: a text or a sheet, by its name */
    INTAKE_CONTENT, /* file.content: the bytes are not what the name says, or a broken header */
    INTAKE_PIXELS,  /* file.pixels: a picture of more than INTAKE_MAX_PIXELS */
    INTAKE_LOCKED,  /* file.locked: an encrypted PDF; neither scanner nor case handler reads it */
    INTAKE_ACTIVE,  /* file.active: a PDF that acts by itself, where the form refuses those */
};

enum { INTAKE_MAX_PIXELS = 40000000 };

struct intake_rules {
    int64_t max_bytes;
    bool refuse_active; /* sk:refuse="active-content" */
};

struct intake {
    enum intake_verdict verdict;
    const char *media_type; /* of the bytes, when good: "application/pdf"; else "" */
    bool active;            /* a PDF with scripts, programs or files in it: to be marked */
};

/* Looks at name (its ending), declared type ("" or "application/octet-stream": not declared) and
 * the bytes; all must agree. What is asked of a PDF is asked of names that stand open in its bytes
 * (ISO 32000-1 7.3.5, with #xx read): a hint only, since compressed object streams hide them.
 * Fails as reading the content does. */
CHECKED bool intake_check(const char *name, const char *declared, const struct content *content,
                          const struct intake_rules *rules, struct intake *out, struct error *err);

/* The message's id: "file.type"; "" when good. */
const char *intake_message(enum intake_verdict verdict);

/* The name as a label: base name only, in NFC, at most 200 bytes with its ending kept, without
 * control and bidirectional characters, path signs and quotes, never a device name or one that
 * begins with a dot; what is left of nothing is "vedlegg" with the ending of the media type. */
char *intake_safe_name(struct arena *arena, const char *name, const char *media_type);

/* "pdf", "jpg", "png" of a media type, "" of another; and back, NULL when it is none of them. */
const char *intake_file_type(const char *media_type);
const char *intake_media_type(const char *file_type);

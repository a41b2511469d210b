/* open_zip.h - a zip as ASiC-E packages are (APPNOTE 6.3; ISO/IEC 21320-1): read by its central
 * directory, and held against what stands before each file. A reader of its own, so that whatever
 * is odd has a name: what is hidden, doubled, encrypted, larger than it says, or leads outside. */
#pragma once

#include "engine/open/open_report.h"

enum {
    OPEN_ZIP_MAX_ENTRIES = 300,                /* 200 attachments, data files and META-INF */
    OPEN_ZIP_MAX_UNPACKED = 200 * 1000 * 1000, /* of all files together */
    OPEN_ZIP_MAX_RATIO = 200,                  /* unpacked to packed, of a file over 1 MB */
    OPEN_ZIP_MAX_NAME = 255,                   /* bytes */
};

struct open_entry {
    const char *name;     /* UTF-8 without control characters; safe: no "..", no root, no '\\' */
    struct bytes content; /* unpacked */
    bool is_stored;       /* not compressed */
    bool has_extra;       /* an extra field stands before it */
    size_t at;            /* where in the file */
};

struct open_zip {
    struct open_entry *entries; /* files, without folders, in the directory's order */
    size_t count;
    const char *comment;
};

/* Reads and unpacks everything. What is wrong or odd is told in the report; an entry that cannot be
 * used is told and left out. False when there is no directory to read at all. */
bool open_zip_read(struct open_report *report, struct bytes file, struct open_zip *out);

const struct open_entry *open_zip_find(const struct open_zip *zip, const char *name);

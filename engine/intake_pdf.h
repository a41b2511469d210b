/* intake_pdf.h - names in a PDF that say it is locked, or acts by itself. For intake.c. */
#pragma once

#include "engine/base/content.h"

struct intake_pdf {
    bool is_pdf;    /* begins with "%PDF-" */
    bool encrypted; /* /Encrypt: always open in the trailer, however the rest is packed */
    bool active;    /* scripts, programs, files, films, XFA, or an action when it is opened */
};

/* Reads it once, in windows of 64 KiB. What is compressed is not looked into, so that a name that
 * was not seen may be there all the same. */
CHECKED bool intake_pdf_look(const struct content *content, struct intake_pdf *out,
                             struct error *err);

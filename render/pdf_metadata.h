/* pdf_metadata.h - what a PDF tells of itself to programs that know no PDF: XMP (ISO 16684-1). */
#pragma once

#include "render/pdf.h"

/* The same as the document's Info tells, its language, and that PDF/UA-1 is what it is made by (ISO
 * 14289-1 5). XML in the arena. */
struct bytes pdf_metadata(struct arena *arena, const struct pdf_about *about, const char *producer);

/* samples.h - every page with invented data, for golden files, for checks that hold for all pages,
 * and to look at (preview_pages.c). */
#pragma once

#include "forms/package.h"
#include "render/frame.h"

/* Monday 23 November 2026, 14:41 in Oslo. */
#define SAMPLES_NOW ((int64_t)1795441260)

struct sample {
    const char *name; /* of the golden file, as in the prototype where it has one */
    struct bytes page;
};

/* All of them, in that language, in the arena. */
size_t samples_make(struct arena *arena, const struct form *form, const char *language,
                    struct sample **out);

/* form/form.xml, read from the source folder. */
struct package *samples_form(void);

/* What goes round: logged in as Ingrid Fjeld. */
struct frame samples_frame(const char *language);

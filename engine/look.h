/* look.h - what makes a site look like its agency's: one folder, read and checked (look_now.h: at
 * start, and when the site is told to).
 *
 *   logo.svg                     in the header, beside the name (logo.h says what may be in it)
 *   logo-dark.svg                the same for dark screens, where the first cannot be seen
 *   icon.svg                     square, for the browser's tab
 *   colours                      accent = #0b6a53 (colours.h)
 *   tilgjengelighet.nb.txt       own paragraphs on the page about accessibility, in that language
 *   personvern.nb.txt            the same about privacy (about.h says how they are written)
 *
 * All may be missing. Any other name is refused, so that a misspelt one is not left out in silence;
 * README.md and names that begin with '.' are let be. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "render/frame.h"
#include "render/static.h"

enum { LOOK_MAX_TEXT_BYTES = 64 * 1024 };

struct look;

/* folder "": nothing in it. ERROR_INVALID names the file, and the line of what is wrong; *out lives
 * in the arena and never changes. */
CHECKED bool look_read(struct arena *arena, const char *folder, const struct look **out,
                       struct error *err);

/* Puts the addresses of pictures and stylesheet into what every page is given. */
void look_dress(const struct look *look, struct frame_agency *agency);

/* Whether both look and say the same. */
bool look_is_same(const struct look *one, const struct look *other);

/* A file of the folder by the path it is served under; NULL: none. */
const struct static_file *look_find(const struct look *look, const char *path);

enum look_about { LOOK_ACCESSIBILITY, LOOK_PRIVACY };

/* The agency's own paragraphs in the nearest language; NULL: it has none. *found gets the language
 * they are in. */
const char *look_text(const struct look *look, enum look_about about, const char *language,
                      const char **found);

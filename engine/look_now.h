/* look_now.h - the look that a site wears (look.h): read at start, and again when it is told to,
 * while it serves.
 *
 * What is asked for is copied into the caller's arena under one lock: so each answer is of one look
 * or of the other, and no request holds on to either. Pages name pictures and stylesheet by
 * addresses with a digest, and browsers fetch them a moment later: the files of the look before are
 * there until the next change. What is older is given back at once. */
#pragma once

#include "engine/look.h"

struct look_now;

/* folder: lives as long, as do the agency's strings. Fails as look_read. */
CHECKED bool look_now_open(const char *folder, const struct frame_agency *agency,
                           struct look_now **out, struct error *err);
void look_now_close(struct look_now **now);

/* Reads the folder again. *changed: it is another look, and worn from now on. Fails as look_read:
 * then nothing has changed. One thread at a time. */
CHECKED bool look_now_renew(struct look_now *now, bool *changed, struct error *err);

/* The agency as every page is given it. */
const struct frame_agency *look_now_agency(struct look_now *now, struct arena *arena);

/* NULL: none. */
const struct static_file *look_now_file(struct look_now *now, struct arena *arena,
                                        const char *path);

/* As look_text; with the agency of the same look, for the page that it stands on. */
const char *look_now_text(struct look_now *now, struct arena *arena, enum look_about about,
                          const char *language, const char **found,
                          const struct frame_agency **agency);

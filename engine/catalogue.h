/* catalogue.h - the forms this installation offers: every folder that loads without an error, and
 * may be published by the agency whose form it is (publish.h; the installation's kind: agency). A
 * form with a mistake is named with file and line and left out; the others are served. Forms are
 * read in the background from the start on, and at once when somebody asks for one: so a thousand
 * of them hold nobody up, and each that is broken is still told of. Shared by threads. */
#pragma once

#include "forms/package.h"

struct catalogue;

/* Finds all form folders below `folder` and begins to read them. Findings of each form, also of one
 * left out, are passed to told (NULL: not told) when it has been read: by any thread, one at a
 * time. Fails only when the folder cannot be read. */
CHECKED bool catalogue_open(const char *folder, enum form_agency agency,
                            void (*told)(void *context, const struct finding *finding),
                            void *context, struct catalogue **out, struct error *err);

/* For development: looks whether a folder has been changed, added or taken away since last, and has
 * what was read anew when it is asked for next. What was found before stays as long as the
 * catalogue does, so that requests under way go on with it. Without this call nothing changes. */
void catalogue_refresh(struct catalogue *catalogue);

/* What catalogue_reload found. */
struct catalogue_reloaded {
    size_t changed, added, gone;
    size_t broken; /* changed or added, but with a mistake: what was there before goes on */
    bool is_full;  /* CATALOGUE_REPLACED_MOST are kept already: nothing was read */
};

/* For production: the same look, but what was changed or added is read at once, and offered when it
 * has no mistake; else its findings are told and the one before it stays. Folders that are gone are
 * not offered any more. The first call compares with how folders were when the catalogue was
 * opened. ERROR_MISSING or as package_list: the folder cannot be read; all stays as it is.
 *
 * A form that was replaced lives as long as the catalogue, since nobody counts who uses it; so at
 * most CATALOGUE_REPLACED_MOST are, and then the program must be started anew. */
enum { CATALOGUE_REPLACED_MOST = 1000 };
CHECKED bool catalogue_reload(struct catalogue *catalogue, struct catalogue_reloaded *out,
                              struct error *err);

/* Leaves unread what has not been begun. NULL is taken. */
void catalogue_close(struct catalogue **catalogue);

/* The forms that can be filled in, in order of their ids. Waits until all have been read. */
const struct package *const *catalogue_forms(const struct catalogue *catalogue, size_t *count);

/* By form id, read now if it has not been; NULL when there is none. */
const struct package *catalogue_find(const struct catalogue *catalogue, const char *id);

/* Those that are left out for their mistakes, with their findings; read now if they have not been.
 * In the arena. */
const struct package *const *catalogue_broken(struct arena *arena,
                                              const struct catalogue *catalogue, size_t *count);

/* The form's title, in that language or what it falls back to; its id when it is not offered (any
 * more). */
struct form_shown catalogue_title(struct arena *arena, const struct catalogue *catalogue,
                                  const char *id, const char *language);

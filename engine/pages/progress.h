/* progress.h - the steps of a draft: which there are now, how far the person has come, where they
 * are. */
#pragma once

#include "engine/open_draft.h"
#include "render/step.h"

/* The review, as last step and as page word. */
#define PROGRESS_REVIEW "oppsummering"

/* Shown pages and the review, for the list of steps; current NULL: the review. */
struct step_progress progress_of(struct arena *arena, struct open_draft *draft,
                                 const struct form_page *current, const char *language);

/* "/utkast/<id>/side/barn" or "/utkast/<id>/oppsummering" (page NULL). */
char *progress_address(struct arena *arena, const struct open_draft *draft,
                       const struct form_page *page);

/* The next shown page, NULL for the review; the one before, NULL when it is the first. */
const struct form_page *progress_next(struct open_draft *draft, const struct form_page *page);
const struct form_page *progress_previous(struct open_draft *draft, const struct form_page *page);

/* Where "Next" leads after this page is done: the review for who has been there, else the next. */
const struct form_page *progress_after(struct open_draft *draft, const struct form_page *page);

/* Remembers in draft->row.page that the person has come to this page (NULL: the review), when that
 * is further than before. True when it is: then it is to be saved. */
bool progress_reach(struct open_draft *draft, const struct form_page *page);

/* Whether the person may be at this page now (NULL: the review): it is shown, and has been reached.
 */
bool progress_may_show(struct open_draft *draft, const struct form_page *page);

/* Where to go on: the furthest page reached that is shown. progress_may_show says yes to it. */
char *progress_resume(struct arena *arena, struct open_draft *draft);

/* The same for a draft that is not opened, for a link: a page that is hidden by now leads on. */
char *progress_return(struct arena *arena, const struct package *package, const struct draft *row);

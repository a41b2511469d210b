/* attach.h - documents of a draft: take uploaded files, remove one, promise one for later. In
 * memory: each leaves draft->answers and draft->documents up to date, and open_draft_save writes
 * them. */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "forms/finding.h"
#include "render/step.h"

/* Every file of the request that belongs to an upload of this page. What cannot be taken is a
 * finding at that upload; *taken is the name of the last that was, or NULL. */
CHECKED bool attach_files(struct visitor *visitor, struct db *db, const struct request *request,
                          struct open_draft *draft, const struct form_page *page,
                          struct finding_list *findings, const char **taken, struct error *err);

/* What a page with these findings is answered with: 422; 429 when too many files came in an hour,
 * with when to try again. */
int attach_status(const struct visitor *visitor, const struct finding_list *findings,
                  struct response *response);

/* How much all documents of an application may be: the setting, or what the postbox takes. */
int64_t attach_most_bytes(const struct config *config);

/* The same for people, with what is used of it. */
struct step_room attach_room(const struct visitor *visitor, const struct open_draft *draft);

/* Documents that were sent before (attachments_sent) are used again, as copies. What cannot be
 * taken is a finding at its upload. */
struct attach_again {
    const struct upload *upload; /* of the draft's answers: takes them, and this one fits */
    const struct attachment *sent;
    struct content content; /* its bytes, until the draft is saved */
};
CHECKED bool attach_again(struct visitor *visitor, struct db *db, const struct request *request,
                          struct open_draft *draft, const struct attach_again *items, size_t count,
                          struct finding_list *findings, struct error *err);

/* *name and *upload_id tell which it was; NULL when the draft has none with that id. */
CHECKED bool attach_remove(struct arena *arena, struct open_draft *draft, const char *attachment_id,
                           const char **name, const char **upload_id, struct error *err);

/* "I will send it later", or not after all. Nothing happens when the form does not allow it.
 * days: to send it, when the form does not say (config: later_days). */
CHECKED bool attach_later(struct arena *arena, struct open_draft *draft, const char *upload_id,
                          bool later, int64_t days, struct error *err);

/* waiting.h - how far the fetching of documents for a draft has come, from its consents. */
#pragma once

#include "engine/pages/tasks.h"
#include "storage/attachments.h"
#include "storage/consents.h"
#include "storage/outbox.h"
#include "storage/shared_documents.h"

struct waiting {
    bool has_consent; /* latest is filled */
    struct consent latest;
    struct shared_document *documents; /* of the latest */
    size_t document_count;
    size_t to_choose;             /* shared, and not yet chosen or left */
    size_t to_fetch;              /* chosen, and not here yet */
    bool is_open;                 /* something may still come */
    enum outbox_progress request; /* of the share request, while it is asked */
    bool no_mailbox;              /* the postbox does not know this person */
    const char *trouble;          /* a sentence for the person, or NULL */
};

CHECKED bool waiting_look(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, const char *language, struct waiting *out,
                          struct error *err);

/* Whether the person has uploaded or promised something since it went wrong with the postbox. */
bool waiting_is_helped(const struct waiting *waiting, const struct attachment *attachments,
                       size_t count);

/* For each draft whose documents are there to be chosen, or did not come. */
tasks_kind waiting_tasks;

/* "/utkast/<id>/henter" */
char *waiting_address(struct arena *arena, const char *draft_id);

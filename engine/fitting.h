/* fitting.h - documents from the postbox, or those that were sent before, laid out over the uploads
 * of a draft: which a document may serve, and if none, why. */
#pragma once

#include "engine/open_draft.h"
#include "storage/consents.h"
#include "storage/shared_documents.h"

struct fitting {
    struct arena *arena;
    const struct open_draft *draft;
    enum form_source source; /* FORM_SOURCE_POSTBOX or FORM_SOURCE_EARLIER */
    struct upload *uploads;  /* all of the draft */
    size_t count;
    int *room;  /* documents that each may still get from there; 0: it takes none */
    int *taken; /* of that room, by fitting_take */
};

/* For documents from the postbox. */
struct fitting fitting_of(struct arena *arena, const struct open_draft *draft);

/* For what was sent before. */
struct fitting fitting_of_earlier(struct arena *arena, const struct open_draft *draft);

/* Whether documents for this upload may come from the postbox. */
bool fitting_takes_postbox(const struct form_upload *upload);

/* Whether some upload has room for a document from there. page NULL: anywhere. */
bool fitting_has_room(const struct fitting *fitting, const struct form_page *page);

/* The uploads that a document may serve under that consent, the one that suits it best on top; none
 * of them is full. What is meant for one upload but is too old for it does not slip into another
 * that takes anything. */
enum { FITTING_MOST = 8 };
struct fitting_uploads {
    const struct upload *items[FITTING_MOST];
    size_t count;
    const char *why; /* when there are none, in words: "eldre enn 6 måneder" with the upload, ... */
};
struct fitting_uploads fitting_find(struct fitting *fitting, const struct consent *consent,
                                    const struct shared_document *document);

/* The same for a document that was sent before. What is past its validity serves none. */
struct fitting_uploads fitting_find_earlier(struct fitting *fitting, const struct attachment *sent);

/* Takes a place in one of its uploads; false when they are all taken. What fitting_find gives does
 * not depend on it. */
bool fitting_take(struct fitting *fitting, const struct upload *upload);

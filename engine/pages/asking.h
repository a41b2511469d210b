/* asking.h - what one consent to fetch documents is for, and the draft it is asked in: what the
 * pages of consent, waiting and choosing begin with. */
#pragma once

#include "engine/open_draft.h"
#include "engine/pages/waiting.h"
#include "engine/visitor.h"

enum { ASKING_ORGANISATIONS_MAX = 64 };

struct asking {
    struct visitor *visitor; /* these four from the handler */
    struct db *db;
    struct request *request;
    struct response *response;

    struct open_draft draft;
    struct waiting waiting;
    const char *form_title;
    const char *purpose;                 /* of all uploads that ask, each sentence once */
    const char **labels, **requirements; /* of those uploads; requirements are place_id()s */
    size_t count;                        /* 0: the form asks for nothing from the postbox */
    const char *organisations[ASKING_ORGANISATIONS_MAX];
    size_t organisation_count; /* 0: documents from anybody */
    int64_t duration_s;        /* the shortest of the uploads' */
    const char *back;          /* the page with the documents */
};

/* Reads the draft of the request's :id. *open is false when it was sent: the answer, 303 to its
 * receipt, is then written. Closed by asking_close. */
CHECKED bool asking_open(struct asking *asking, bool *open, struct error *err);
void asking_close(struct asking *asking);

/* Whether documents for this upload may come from the postbox. */
bool asking_takes_postbox(const struct form_upload *upload);

/* A document in the postbox's list, as people see it. */
struct outline_document asking_document(const struct shared_document *document);

/* asking.h - what one consent to fetch documents is for, and the draft it is asked in: what the
 * pages of consent, waiting and choosing begin with. */
#pragma once

#include "engine/open_draft.h"
#include "engine/pages/waiting.h"
#include "engine/visitor.h"

enum { ASKING_ORGANISATIONS_MAX = 64 };

struct asking {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;

    struct open_draft draft;
    struct frame frame;
    bool switched; /* the menu of languages was pressed: nothing else is to be done */
    struct waiting waiting;
    const char *form_title;
    const char *purpose; /* of all uploads that ask, each one once */
    const char *purpose_language;
    const char **purposes; /* one by one */
    size_t purpose_count;
    const char **labels, **requirements; /* of those uploads; requirements are place_id()s */
    size_t count;                        /* 0: nothing more is asked for from the postbox */
    const char *organisations[ASKING_ORGANISATIONS_MAX];
    size_t organisation_count; /* 0: documents from anybody */
    int64_t duration_s;        /* the shortest of the uploads' */
    const char *back;          /* the page with the documents */
};

/* Reads the draft of the request's :id and lets a page do its work with it; what fails becomes the
 * page for that failure. A draft that was sent leads to its receipt instead. */
typedef bool asking_work(struct asking *asking, struct error *err);
void asking_or_failure(asking_work *work, struct request *request, struct response *response);

/* The value of a box to tick: this document for that upload; and whether it came ticked. */
const char *asking_box(struct arena *arena, const char *document_id, const struct upload *upload);
bool asking_is_ticked(const struct asking *asking, const char *box);

/* A document in the postbox's list, as people see it: what the postbox says of it. Its bytes are
 * judged when they are fetched (provenance.h). */
struct outline_document asking_document(const struct shared_document *document);

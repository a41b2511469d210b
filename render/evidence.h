/* evidence.h - another agency's request for a document: who asks for what and why, the very
 * document, and the citizen's answer; and on Min side what came of it. */
#pragma once

#include "render/frame.h"
#include "render/outline.h"

#define EVIDENCE_PATH "/min-side/foresporsler"
#define EVIDENCE_PATH_CERTIFICATES "/min-side/bevis"

/* Fields of the answer. */
#define EVIDENCE_FIELD_ANSWER "svar" /* "ja" or "nei" */
#define EVIDENCE_FIELD_DOCUMENT "dokument"
#define EVIDENCE_FIELD_SHOWN "_vist" /* what the yes is to, as a digest */

/* What they would get, or got. */
struct evidence_document {
    const char *id;
    struct outline_document document; /* sha256_hex is shown: it is what they get */
    const char *number;               /* of the certificate, or "" */
    int64_t valid_until;              /* 0: for good */
    const char *address;              /* where it is, byte for byte */
    bool is_issued;                   /* by us, else it was fetched from the postbox */
};

enum evidence_stage {
    EVIDENCE_STAGE_ASKED,
    EVIDENCE_STAGE_GIVEN,
    EVIDENCE_STAGE_REFUSED,
    EVIDENCE_STAGE_WITHDRAWN,
    EVIDENCE_STAGE_UNANSWERED, /* nobody answered in time */
    EVIDENCE_STAGE_ENDED,      /* the time of the yes is over */
};

/* In a list. */
struct evidence_item {
    enum evidence_stage stage;
    const char *consumer; /* who asks: "Nordvik kommune (310 245 690)" */
    const char *address;
    int64_t asked_at;
    int64_t at; /* ASKED: until when to answer; GIVEN: until when it may be read; else since when */
};

struct evidence_page {
    struct evidence_item item;
    const char *requester; /* as they call themselves */
    const char *purpose, *procedure;
    const char *purpose_language, *procedure_language; /* what they are in; NULL: the page's */
    const struct evidence_document *documents; /* ASKED: any of these; else what was given */
    size_t document_count;
    const char *chosen;     /* ASKED: the document chosen, or NULL */
    int64_t readable_s;     /* how long they may read what is said yes to */
    const char *answer;     /* POST, while it can be answered */
    const char *withdraw;   /* POST, while there is a yes; else NULL */
    const char *shown;      /* goes back with the answer */
    bool changed;           /* it is another than the one that was said yes to */
    bool must_choose;       /* yes was said, but not to which */
    const int64_t *read_at; /* each time that they read it, newest first */
    size_t read_count;
};
struct bytes evidence_page(struct arena *arena, const struct frame *frame,
                           const struct evidence_page *page);

/* All that a yes is a yes to, letter for letter: a line for each term, its name and its text with a
 * tab between. For the digest (S-CON-1). */
char *evidence_text(struct arena *arena, const struct frame *frame,
                    const struct evidence_page *page);

/* Sections of Min side's pages; nothing when there are none. */
void evidence_write_list(struct html *html, const struct frame *frame,
                         const struct evidence_item *items, size_t count);
void evidence_write_certificates(struct html *html, const struct frame *frame,
                                 const struct evidence_document *documents, size_t count);

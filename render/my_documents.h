/* my_documents.h - Min side: all documents of a person here, from whom each came, and which
 * application has it. Kinds are links, so they are chosen without a script. */
#pragma once

#include "forms/form.h"
#include "render/evidence.h"
#include "render/frame.h"
#include "render/outline.h"

enum my_documents_kind {
    MY_DOCUMENTS_ALL,
    MY_DOCUMENTS_RECEIVED, /* from the agency whose site it is */
    MY_DOCUMENTS_FETCHED,  /* from the postbox, with a consent */
    MY_DOCUMENTS_UPLOADED,
    MY_DOCUMENTS_KINDS,
};

#define MY_DOCUMENTS_QUERY_KIND "vis" /* the word of a kind */
#define MY_DOCUMENTS_QUERY_FROM "fra" /* the first of the list to be shown, from 0 */
extern const char *const my_documents_words[MY_DOCUMENTS_KINDS]; /* "" for all */

struct my_document {
    enum my_documents_kind kind;
    struct outline_document document;
    const char *address;    /* download, or NULL */
    const char *remove;     /* POST: takes it out of its draft; NULL: it is not in one */
    const char *later;      /* laid up and not sent yet: the page where it is; else NULL */
    const char *reference;  /* of what was sent, or NULL: in a draft */
    struct form_shown form; /* its title */
};

struct my_documents {
    enum my_documents_kind shown;
    size_t counts[MY_DOCUMENTS_KINDS]; /* of each; of ALL all */
    const struct my_document *items;   /* those shown */
    size_t count;
    size_t from; /* how many of that kind stand on pages before this one */
    const struct evidence_document *certificates; /* those shown */
    size_t certificate_count;
    const char *notice; /* what was just done, or NULL */
};
struct bytes my_documents_page(struct arena *arena, const struct frame *frame,
                               const struct my_documents *page);

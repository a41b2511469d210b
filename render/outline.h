/* outline.h - headings, questions and answers in order: the one source of review page, receipt and
 * PDF. Plain structs; everything is in the arena of whoever made it, texts are UTF-8 and already in
 * the language of the reader, values already written as people write them. */
#pragma once

#include "engine/base/arena.h"

enum outline_kind {
    OUTLINE_SECTION,  /* a page of the form: title; children */
    OUTLINE_GROUP,    /* a group or a repeat row inside: title may be ""; children */
    OUTLINE_ANSWER,   /* a question (label) and its answer (value); value "" : not answered */
    OUTLINE_DOCUMENTS /* an upload (label) and the documents given to it; maybe none */
};

/* How sure we are where a document comes from (design.md section 8). */
enum outline_origin {
    OUTLINE_ORIGIN_ISSUER,      /* "Bekreftet fra avsender" */
    OUTLINE_ORIGIN_UNCONFIRMED, /* "Ikke bekreftet avsender": the citizen put it in the postbox */
    OUTLINE_ORIGIN_UPLOADED,    /* "Lastet opp av deg" */
    OUTLINE_ORIGIN_FAILED,      /* "Kontrollen feilet" */
    OUTLINE_ORIGIN_TOLD         /* "Kom digitalt fra avsender": so the postbox says, of what was not
                                 * fetched: no verdict, and nothing that is attached has it */
};

/* How far the virus check has come: only what is checked may be sent. */
enum outline_check { OUTLINE_CHECKED, OUTLINE_CHECKING, OUTLINE_HELD, OUTLINE_REFUSED };
enum outline_refusal {
    OUTLINE_REFUSED_VIRUS,
    OUTLINE_REFUSED_ACTIVE,
    OUTLINE_REFUSED_EXPIRED, /* a certificate that is not valid any more */
    OUTLINE_REFUSED_CHANGED  /* not the bytes that were stored */
};

struct outline_document {
    const char *name; /* title or file name */
    const char *type; /* "PDF", "JPG", "PNG" */
    int64_t size_bytes;
    enum outline_origin origin;
    const char *issuer;        /* "Skatteetaten", or "" */
    const char *issuer_number; /* organisation number, or "" */
    int64_t issued_at;         /* when it came to the citizen; 0: not known */
    int64_t attached_at;
    int64_t fetched_at;  /* from the postbox; 0: it was not */
    const char *signer;  /* who signed it, as their certificate says; NULL or "": nobody */
    int64_t signed_at;   /* 0: not told */
    int64_t valid_until; /* of a certificate; 0: not told */
    const char *sha256_hex;
    enum outline_check check;
    enum outline_refusal refusal; /* of OUTLINE_REFUSED */
    bool
        active_content; /* a PDF with scripts or files in it: shown to the person, for the reader */
};

/* A document of a draft or of what was sent; which upload it answers, the answers know by its id
 * (struct attachment_info). */
struct outline_attached {
    const char *id;
    struct outline_document document;
    const char *upload_id; /* place_id() of the upload it was given to; NULL: not told */
};

struct outline_node {
    enum outline_kind kind;
    const char *label;
    const char *value;          /* may hold '\n' for long texts */
    const char *language;       /* of the label when not the outline's own, else NULL */
    const char *value_language; /* the same of the value */
    const char *origin;         /* OUTLINE_ANSWER: where it was fetched, in words; or NULL */
    const char *path;   /* OUTLINE_ANSWER, DOCUMENTS: of the node in what is sent; NULL: of none */
    const char *stored; /* OUTLINE_ANSWER with a path: what stands there */
    const char *type;   /* how the value is written from that, types_name(); NULL: as the form says
                         * (labels of choices, outputs) */
    const char *page;   /* OUTLINE_SECTION: the page's address word, for "Endre"; else NULL */
    struct outline_document *documents;
    size_t document_count;
    bool later;           /* OUTLINE_DOCUMENTS: will be sent later */
    const char *later_by; /* by that day, in words; "" when nobody said */
    struct outline_node *first_child, *next;
};

struct outline {
    const char *language; /* BCP 47: "nb" */
    const char *form_title;
    const char *title_language; /* when not the outline's own, else NULL */
    struct outline_node *first;
};

struct answers;
struct form;
struct form_control;
struct place;

/* Builds it from what is relevant now: pages, groups and rows, questions with their answers as
 * people write them, documents under the upload they belong to. Groups without a heading give
 * their children to the group round them, and what has nothing in it is left out; questions without
 * an answer are there with "". */
struct outline *outline_make(struct arena *arena, const struct form *form, struct answers *answers,
                             const char *language, const struct outline_attached *documents,
                             size_t document_count);

/* "Barn 2": the label of a repeat in that row, or its short name, or "Rad"; with the row's number
 * unless it is in there. *shown_language: of the label when it is another, else NULL. */
const char *outline_row_name(struct arena *arena, struct answers *answers,
                             const struct form_control *repeat, const struct place *row,
                             const char *language, const char **shown_language);

/* "Barn 2: ": which row a place lies in, before what is said of it; "" outside of rows. */
const char *outline_row_words(struct arena *arena, struct answers *answers,
                              const struct place *place, const char *language);

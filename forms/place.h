/* place.h - one place of one person's answers: a field, in one row. */
#pragma once

#include "forms/form.h"

struct answers;

/* Borrowed from its answers; lives until its row is removed. */
struct place;

/* A document given as answer to an upload. All of it is written by the engine, never by a POST;
 * what is not known is NULL or "". In the instance: attributes of those names in the sk namespace
 * (issuer-name, valid-until). Times are xsd:dateTime with Norway's offset.
 */
struct attachment_info {
    const char *source;      /* "postbox", "disk", "earlier" */
    const char *document;    /* our id of it */
    const char *name;        /* as shown, and the node's text */
    const char *issuer;      /* organisation number */
    const char *issuer_name; /* what that organisation is called */
    const char *issued;      /* xsd:date: of its delivery to the postbox */
    const char *type;        /* the word of sk:match */
    const char *sha256;      /* hex */
    const char *verified;    /* "origin" when it came from the issuer and is unchanged, else "" */
    const char *verdict;     /* "issuer", "unconfirmed", "uploaded" */
    const char *delivered;   /* to the person's postbox */
    const char *fetched;     /* from there, by us; "earlier": when it first came here */
    const char *consent;     /* our id of the consent it was fetched under */
    const char *signer;      /* who signed it, as their certificate says */
    const char *signed_at;   /* when, as they say; in the instance: signed */
    const char *valid_until; /* xsd:date: the last day of a certificate */
};

/* Where an answer that was fetched comes from (sk:prefill); in the instance: sk:source, sk:date. */
struct place_origin {
    const char *source; /* prefill.h; PREFILL_OWN when the person changed it */
    const char *date;   /* xsd:date: when it was fetched; "" of the person's own */
};

const struct form_field *place_field(const struct place *place);
struct place *place_parent(const struct place *place);

/* "/data/barn[2]/navn": as in findings. */
char *place_path(struct arena *arena, const struct place *place);

/* The same in what is sent (ANSWERS_SENT): rows that are not relevant do not count. */
char *place_path_sent(struct arena *arena, const struct place *place);

/* For HTML: "barn-2-navn"; the number is the row's own for good, not its position. Also the name of
 * the browser's field (posted.h). */
char *place_id(struct arena *arena, const struct place *place);

/* What is stored: normalised by its type, or as typed when that could not be. Also when it is
 * hidden. Never NULL. Until the next change. */
const char *place_value(const struct place *place);

/* In force now, inherited where XForms says so (1.1, 6.1). A calculated place is readonly. */
bool place_is_relevant(const struct place *place);
bool place_is_required(struct answers *answers, const struct place *place);
bool place_is_readonly(struct answers *answers, const struct place *place);

/* A row's number among its like, from 1, and how many there are. */
int place_position(const struct place *row);
int place_row_count(const struct place *row);

/* In the order they were given; the strings are the answers', until the next change. */
size_t place_attachments(const struct place *upload, struct arena *arena,
                         struct attachment_info **out);

typedef void (*place_visitor)(struct place *place, void *context);

/* NULL when the answer was not fetched. */
const struct place_origin *place_origin(const struct place *place);

/* Fetched, and not the person's to change. */
bool place_is_fixed(const struct place *place);

/* "I will send it later" (answers_send_later). */
bool place_is_later(const struct place *upload);

/* By which day (xsd:date); "" when nobody said, or it is not sent later. */
const char *place_expected(const struct place *upload);

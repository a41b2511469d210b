/* digipost_answer.h - what Digipost sends us, read into structs (Digipost API, 5, 7, 9). Pure. What
 * is needed must be there and look right; elements, relations and events that we do not know are
 * passed over, since Digipost adds new ones without a new version.
 *
 * A function that fails does so with ERROR_UNAVAILABLE: an answer that cannot be read says nothing
 * of what the other side did (security.md S-OUTB-5). What is read lies in the arena. */
#pragma once

#include "storage/postbox/digipost_share.h"

/* A step that an answer offers. */
struct digipost_link {
    const char *relation; /* last part of its name, in upper case: "CREATE_MESSAGE" */
    const char *url;
};

struct digipost_links {
    const struct digipost_link *items;
    size_t count;
};

/* The address of the first link of that relation, or NULL. */
const char *digipost_answer_link(const struct digipost_links *links, const char *relation);

/* <entrypoint> */
struct digipost_entry {
    const char *certificate_pem; /* that signs the answers; "" when not told */
    struct digipost_links links;
};
CHECKED bool digipost_answer_entry(struct arena *arena, struct bytes xml,
                                   struct digipost_entry *out, struct error *err);

/* <identification-result> */
CHECKED bool digipost_answer_identity(struct arena *arena, struct bytes xml,
                                      enum digipost_identity *out, struct error *err);

/* One document of a letter as Digipost has it. */
struct digipost_stored {
    const char *id;           /* lower case */
    const char *content_hash; /* base64 of SHA-256; "" when not told or of another kind */
};

/* What Digipost has done with a letter: <message-delivery> after sending, <document-status> later.
 */
struct digipost_delivery {
    const char *message_id; /* "" when not told */
    int64_t sender_id;      /* 0: not told */
    const char *status;     /* "DELIVERED", "NOT_DELIVERED", "COMPLETE", ... */
    int64_t delivered_at;   /* 0: not told */
    struct digipost_stored main;
    const struct digipost_stored *attachments;
    size_t attachment_count;
};
CHECKED bool digipost_answer_delivery(struct arena *arena, struct bytes xml,
                                      struct digipost_delivery *out, struct error *err);
CHECKED bool digipost_answer_status(struct arena *arena, struct bytes xml,
                                    struct digipost_delivery *out, struct error *err);

/* <document-events>: one page. An event without document, type or time is passed over; *listed
 * counts it all the same, for paging. */
CHECKED bool digipost_answer_events(struct arena *arena, struct bytes xml,
                                    struct digipost_event **out, size_t *count, size_t *listed,
                                    struct error *err);

/* <share-documents-request-state> */
CHECKED bool digipost_answer_share_state(struct arena *arena, struct bytes xml,
                                         struct digipost_share_state *out, struct error *err);

/* <error>: the code and type, without its message, which may tell about a person. False when the
 * body is not such a one. */
struct digipost_refusal {
    char code[64]; /* "UNKNOWN_RECIPIENT"; "": none */
    char type[32]; /* "CLIENT_DATA"; "": none (2019 and before) */
};
CHECKED bool digipost_answer_refusal(struct arena *arena, struct bytes xml,
                                     struct digipost_refusal *out);

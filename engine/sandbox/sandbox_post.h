/* sandbox_post.h - Digital post, from corner 2 to the mailbox: messages that were taken, what the
 * mailboxes made of them, receipts on their way back. All of it is in the ledger first:
 *
 *   dpi_message   taken by corner 2, before it answers: ids, channel, recipient's key, digests
 *   dpi_verdict   the mailbox's: a letter, or the rule that was broken; with its receipts
 *   dpi_opened    by the citizen, with its receipt           dpi_read   the sender has a receipt
 *
 * The caller holds the sandbox's lock. Texts live as long as the sandbox. */
#pragma once

#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_ledger.h"
#include "engine/sandbox/sandbox_people.h"

enum { SANDBOX_POST_DAYS = 10 };

/* An e-mail or SMS that would be sent; address NULL: none asked for. */
struct sandbox_post_notice {
    const char *address, *text;
    int days[SANDBOX_POST_DAYS]; /* after it becomes visible */
    size_t count;
};

struct sandbox_post_document {
    const char *file_name, *title, *type; /* media type */
    const char *sha256;                   /* of its bytes in the ledger's content */
    size_t size_bytes;
};

/* The link button beside a letter; url NULL: none. */
struct sandbox_post_link {
    const char *url, *description, *button;
    int64_t deadline; /* Unix seconds; 0: none */
};

/* What the mailbox took. */
struct sandbox_post_letter {
    const struct sandbox_person *person;
    const char *title, *language;
    int level; /* 3 or 4 */
    bool wants_receipt;
    int64_t visible_from; /* Unix seconds; 0: at once */
    struct sandbox_post_notice email, sms;
    struct sandbox_post_link link;
    struct sandbox_post_document *documents; /* the main one first */
    size_t document_count;
};

struct sandbox_post_message {
    int64_t number; /* from 1, in order of coming */
    const char *message_id, *conversation_id, *process;
    const char *channel;           /* lower case; "": none */
    const char *sender;            /* who sent it, organisation number */
    const char *consumer;          /* on whose behalf */
    const char *sender_identifier; /* avsenderidentifikator, "": none */
    const char *provider;          /* organisation number of the mailbox */
    const char *recipient;         /* key, "": nobody the mailbox knows */
    const char *jws, *package;     /* digests, as in the ledger's content */
    int64_t accepted_at_ms, sent_at_ms;
    enum sandbox_fault fault; /* that this letter meets */

    bool is_settled;                    /* the mailbox has looked at it, or it never got there */
    const char *failure;                /* why corner 2 could not send it; NULL: it could */
    const char *refusal;                /* the rule that was broken, and how; NULL: none */
    struct sandbox_post_letter *letter; /* NULL: not taken */
    int64_t opened_at_ms;
};

struct sandbox_post_receipt {
    const struct sandbox_post_message *message;
    const char *id, *kind; /* "leveringskvittering" */
    const char *jws;
    int64_t from_ms; /* when it comes */
    int left;        /* how often it comes still */
};

struct sandbox_post;

CHECKED bool sandbox_post_open(struct sandbox_ledger *ledger, struct sandbox_post **out,
                               struct error *err);
void sandbox_post_close(struct sandbox_post **post);

/* Oldest first. */
struct sandbox_post_message *const *sandbox_post_messages(const struct sandbox_post *post,
                                                          size_t *count);
struct sandbox_post_receipt *const *sandbox_post_receipts(const struct sandbox_post *post,
                                                          size_t *count);

/* NULL: nothing has that id or number. */
const struct sandbox_post_message *sandbox_post_find(const struct sandbox_post *post,
                                                     const char *message_id);
const struct sandbox_post_message *sandbox_post_find_number(const struct sandbox_post *post,
                                                            int64_t number);

/* What happens. Each is on disk when it returns true; `receipts` (message, from_ms ... as set) come
 * with it. Number and verdict of a message are set here. */
CHECKED bool sandbox_post_take(struct sandbox_post *post,
                               const struct sandbox_post_message *message, struct error *err);
CHECKED bool sandbox_post_settle(struct sandbox_post *post,
                                 const struct sandbox_post_message *message,
                                 const struct sandbox_post_message *verdict,
                                 const struct sandbox_post_receipt *receipts, size_t count,
                                 struct error *err);
CHECKED bool sandbox_post_opened(struct sandbox_post *post,
                                 const struct sandbox_post_message *message, int64_t at_ms,
                                 const struct sandbox_post_receipt *receipts, size_t count,
                                 struct error *err);
CHECKED bool sandbox_post_read(struct sandbox_post *post,
                               const struct sandbox_post_receipt *receipt, struct error *err);

/* sandbox_mail.h - the mailboxes: messages with documents, share requests and what became of them,
 * events. Everything that happens is one entry of the ledger, first on disk and then here.
 *
 * Not for several threads at once; the caller holds the sandbox's lock. Pointers stay valid until
 * sandbox_mail_close. */
#pragma once

#include "engine/sandbox/sandbox_ledger.h"
#include "engine/sandbox/sandbox_people.h"

enum sandbox_share_state {
    SANDBOX_SHARE_ASKED,     /* the citizen has not answered */
    SANDBOX_SHARE_REFUSED,   /* the citizen said no */
    SANDBOX_SHARE_GIVEN,     /* documents can be fetched until expires_at_ms */
    SANDBOX_SHARE_WITHDRAWN, /* ended by the citizen */
    SANDBOX_SHARE_STOPPED,   /* ended by the organisation */
};

struct sandbox_document;

/* A share request's question and answer (Digipost API 7.4). */
struct sandbox_share {
    int64_t max_seconds; /* from the moment of sharing */
    const char *purpose;
    const char **allowed; /* organisation numbers documents may come from; none: all */
    size_t allowed_count;
    enum sandbox_share_state state;
    int64_t shared_at_ms, expires_at_ms, ended_at_ms; /* 0: not (yet) */
    struct sandbox_document **documents;
    size_t document_count;
};

struct sandbox_document {
    const char *uuid, *subject, *file_type;
    const char *sha256; /* hex; its content in the ledger */
    size_t size_bytes;
    const char *authentication_level, *sensitivity_level;
    const char *link_url, *link_text; /* of an externalLink; NULL: none */
    bool wants_receipt;               /* opening-receipt was asked for */
    struct sandbox_share *share;      /* NULL: not a share request */
    /* given by the mailbox */
    int64_t number; /* Digipost's own id */
    bool is_attachment;
    int64_t opened_at_ms; /* 0: unread */
    const struct sandbox_message *message;
};

struct sandbox_message {
    const char *id;                      /* the sender's message-id; "": none */
    const struct sandbox_person *person; /* NULL: on paper only */
    int64_t broker_id, sender_id;
    const char *sender_name;
    const char *origin_number; /* organisation number; NULL: a private person */
    const char *channel;       /* DIGIPOST, PRINT, PENDING */
    const char *status;        /* DELIVERED, DELIVERED_TO_PRINT, NOT_COMPLETE */
    int64_t created_at_ms, delivered_at_ms;
    struct sandbox_document *documents; /* the primary one first */
    size_t document_count;
    int64_t number; /* given by the mailbox */
};

struct sandbox_event {
    const char *type; /* "OPENED", ... (Digipost API 7.5) */
    const struct sandbox_document *document;
    int64_t created_at_ms;
};

struct sandbox_mail;

/* Reads the ledger, which must outlive it. */
CHECKED bool sandbox_mail_open(struct sandbox_ledger *ledger, struct sandbox_mail **out,
                               struct error *err);
void sandbox_mail_close(struct sandbox_mail **mail);

/* All messages and events, oldest first. */
struct sandbox_message *const *sandbox_mail_messages(const struct sandbox_mail *mail,
                                                     size_t *count);
const struct sandbox_event *sandbox_mail_events(const struct sandbox_mail *mail, size_t *count);

/* NULL when there is none. sender_id 0: of any sender. */
const struct sandbox_message *sandbox_mail_find_message(const struct sandbox_mail *mail,
                                                        int64_t sender_id, const char *message_id);
struct sandbox_document *sandbox_mail_find_document(const struct sandbox_mail *mail,
                                                    int64_t sender_id, const char *uuid);
struct sandbox_document *sandbox_mail_find_number(const struct sandbox_mail *mail, int64_t number);

/* Moves what waits for a time; sandbox_mail_now_ms is the time by which things are due. */
void sandbox_mail_advance(struct sandbox_mail *mail, int64_t seconds);
int64_t sandbox_mail_now_ms(const struct sandbox_mail *mail);

/* True when the citizen can see it now. */
bool sandbox_mail_is_delivered(const struct sandbox_mail *mail,
                               const struct sandbox_message *message);

/* True when the organisation can fetch what was shared now. */
bool sandbox_mail_is_shared(const struct sandbox_mail *mail, const struct sandbox_share *share);

/* True when the document may be picked for the request: in the same mailbox, delivered, not a share
 * request itself, and from an allowed origin. */
bool sandbox_mail_may_share(const struct sandbox_mail *mail, const struct sandbox_document *request,
                            const struct sandbox_document *document);

/* Puts a message into the mailbox. The contents are kept in the ledger already; what is "given by
 * the mailbox" need not be set. *out (may be NULL): the message as it now lies there. */
CHECKED bool sandbox_mail_deliver(struct sandbox_mail *mail, const struct sandbox_message *message,
                                  const struct sandbox_message **out, struct error *err);

/* ERROR_CONFLICT when the request's state does not allow it; share also ERROR_DENIED when a
 * document may not be shared, ERROR_INVALID when there is none. */
CHECKED bool sandbox_mail_share(struct sandbox_mail *mail, struct sandbox_document *request,
                                struct sandbox_document *const *documents, size_t count,
                                struct error *err);
CHECKED bool sandbox_mail_refuse(struct sandbox_mail *mail, struct sandbox_document *request,
                                 struct error *err);
CHECKED bool sandbox_mail_withdraw(struct sandbox_mail *mail, struct sandbox_document *request,
                                   struct error *err);
CHECKED bool sandbox_mail_stop(struct sandbox_mail *mail, struct sandbox_document *request,
                               struct error *err);

/* The citizen opens a document; the second time nothing happens. */
CHECKED bool sandbox_mail_opened(struct sandbox_mail *mail, struct sandbox_document *document,
                                 struct error *err);

/* postbox.h - letters out: one way to hand a letter to any postbox and to learn what came of it.
 *
 * Ids and bytes are the caller's and are kept (outbox row) before the first attempt; nothing here
 * makes or changes them, so that the same call again is the same letter again (security.md D-3). */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum {
    POSTBOX_MAX_ATTACHMENTS = 201, /* Digipost API, 11 */
    POSTBOX_MAX_TITLE = 255,       /* characters; Digipost API, 11: subject */
    POSTBOX_MAX_ID = 64,           /* characters of message_id: ours, Digipost states none */
    POSTBOX_MAX_PURPOSE = 2000,    /* characters: ours, Digipost states none */
    POSTBOX_MAX_LINK_TEXT = 70,    /* characters: DPI's lenke, beskrivelse; Digipost takes 300 */
    POSTBOX_MAX_BUTTON = 30,
    POSTBOX_MAX_AUTHORIZER = 30, /* characters; Digipost API, 8: proof */
    POSTBOX_MAX_NUMBER_NAME = 100,
    POSTBOX_MAX_NUMBER = 250,
    POSTBOX_LEAST_LEVEL = 3, /* DPI: sikkerhetsnivaa is one of these two */
    POSTBOX_MOST_LEVEL = 4,
    POSTBOX_MAX_EMAIL_NOTICE = 500, /* characters; DPI: epostvarsel, smsvarsel */
    POSTBOX_MAX_SMS_NOTICE = 160,
    POSTBOX_MAX_REPEATS = 10, /* DPI: repetisjoner */
    POSTBOX_MAX_REPEAT_DAY = 25,
};

/* Who it is for: exactly one of the first two is set. */
struct postbox_recipient {
    const char *pid;                 /* national identity number, 11 digits */
    const char *organisation_number; /* 9 digits */
    const char *name;                /* for paper; NULL: not known */
};

struct postbox_document {
    const char *id;        /* UUID in lower case, never used before by this sender */
    const char *title;     /* what the recipient sees in the list */
    const char *file_type; /* "pdf": lower-case letters, digits, '_' and '-' */
    struct bytes content;
};

/* The letter asks the recipient to share documents from the own postbox (Digipost only). */
struct postbox_share_request {
    const char *purpose;                     /* shown prominently, in the recipient's language */
    int64_t duration_s;                      /* how long we may read, from the moment of sharing */
    const char *const *organisation_numbers; /* only documents from these; none: from anybody */
    size_t organisation_number_count;
};

/* The letter leads somewhere: shown as a button (Digipost's externalLink). */
struct postbox_link {
    const char *url;         /* http or https; gives nothing to whom the letter is not for */
    const char *description; /* what it is about, or NULL */
    const char *button;      /* "Svar på forespørselen", or NULL: the postbox's own word */
    int64_t deadline;        /* Unix seconds; 0: none */
};

/* A notice of the letter, while it is unread. It is sent in clear: nothing about a person, and no
 * link. The channel finds the address itself; where there is none that may be used, none goes. */
struct postbox_notice {
    const char *text;       /* in the letter's language; NULL: none is asked for */
    const int *repeat_days; /* after the letter can be seen; 0: at once; each once */
    size_t count;           /* at least 1 */
};

/* The letter is a certificate or a permit: shown as a card (Digipost's proof). */
struct postbox_proof {
    const char *authorizer; /* who issued it */
    const char *title;
    int64_t issued_at;
    int64_t valid_from, valid_until;  /* valid_until 0: for good */
    const char *first_name, *surname; /* whose it is */
    const char *number_name, *number; /* "Bevillingsnummer", "SB-2026-000001"; or NULL */
};

struct postbox_letter {
    const char *message_id; /* [A-Za-z0-9._-], not '.' first; unique for ever */
    struct postbox_recipient recipient;
    const char *language;       /* that it is written in: "nb", "nn", "en", "se" */
    const char *title;          /* not sensitive: it may stand in SMS and e-mail */
    int level;                  /* 3 or 4: what must have been logged in with to open it */
    bool sensitive;             /* sender and title are hidden in notifications (Digipost) */
    bool wants_opening_receipt; /* where the channel has such a thing; the citizen may say no */
    int64_t visible_from;       /* Unix seconds; it lies there unseen until then. 0: at once */
    struct postbox_notice email_notice, sms_notice; /* besides or instead of the usual */
    struct postbox_document main;
    const struct postbox_document *attachments; /* in the order they are shown */
    size_t attachment_count;
    const struct postbox_share_request *share; /* at most one of these; none: an ordinary letter */
    const struct postbox_link *link;
    const struct postbox_proof *proof;
    const char *why_on_paper; /* for the one who prints it (print_orders.h); NULL: not told */
};

/* What came of it. Chosen by what the caller may do next (security.md D-8, S-OUTB-5). */
enum postbox_result {
    POSTBOX_UNKNOWN,   /* it may or may not be there: ask with postbox_status, do not send */
    POSTBOX_NOT_SENT,  /* certainly not there now: the same letter may be sent (again) */
    POSTBOX_ACCEPTED,  /* they have it but have not delivered it yet: ask again later */
    POSTBOX_DELIVERED, /* it is there, and it is ours: ids and content hashes agree */
    POSTBOX_REFUSED,   /* they said no for good: give up and tell the operator */
};

struct postbox_outcome {
    enum postbox_result result;
    char code[64];        /* the postbox's own word, e.g. "UNKNOWN_RECIPIENT"; "": none */
    int64_t delivered_at; /* Unix seconds by the postbox's clock, 0: not told */
    int retry_after_s;    /* they asked for this long a pause, at most 3,600; 0: they did not */
    struct error error;   /* why it is not delivered; ERROR_NONE when DELIVERED or ACCEPTED */
};

/* One postbox. Implementations fill it in; callers use the functions below. May be called by
 * several threads at once. */
struct postbox {
    const char *name; /* for logs and tables: "digipost" */
    bool takes_share_requests;
    bool tells_by_receipt; /* of delivery: its status never says more than that they have it */
    bool takes_ids_once;   /* a message id that failed there is used up */
    void *self;            /* the implementation's, handed to each function */
    struct postbox_outcome (*send)(void *self, struct arena *arena,
                                   const struct postbox_letter *letter);
    struct postbox_outcome (*status)(void *self, struct arena *arena,
                                     const struct postbox_letter *letter);
    bool (*reaches)(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err);
};

/* Sends the letter, once; never tries again by itself. REFUSED with ERROR_INVALID, and nothing
 * sent, when postbox_check finds fault with it, or it asks to share what the postbox cannot. Memory
 * used on the way is in the arena: about three times the letter. */
struct postbox_outcome postbox_send(const struct postbox *postbox, struct arena *arena,
                                    const struct postbox_letter *letter);

/* Asks what became of an earlier attempt with the same ids. NOT_SENT when they do not know the main
 * document's id: the caller sends again only if nothing can still be on its way (security.md D-8:
 * 2 x the timeout after the last attempt). REFUSED with ERROR_CONFLICT when something else lies
 * there under our id. UNKNOWN when they cannot be asked. */
struct postbox_outcome postbox_status(const struct postbox *postbox, struct arena *arena,
                                      const struct postbox_letter *letter);

/* *out: the recipient has this postbox and can be sent to. */
CHECKED bool postbox_reaches(const struct postbox *postbox, struct arena *arena,
                             const struct postbox_recipient *recipient, bool *out,
                             struct error *err);

/* Keeps the rules that every postbox has: ids and numbers look like what they are and no document
 * id is there twice, texts are well-formed and within their limits, no document is empty.
 * Fails with ERROR_INVALID. */
CHECKED bool postbox_check(const struct postbox_letter *letter, struct error *err);

/* The result's name in lower case, for logs and tables: "not_sent". Static. */
const char *postbox_result_name(enum postbox_result result);

/* True for a UUID as RFC 9562 4 writes it, in lower case. */
bool postbox_is_uuid(const char *text);

/* True for 1 to max_characters of text that can stand in XML and in a list: UTF-8 without control
 * characters. */
bool postbox_is_line(const char *text, size_t max_characters);

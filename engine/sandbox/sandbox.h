/* sandbox.h - stand-ins for the outside: the Digipost API on one port; on another the citizens'
 * mailbox page ("Postkassen", marked as a test environment) and a control interface for tests.
 *
 * It is its own world with its own folder: what it answered for is on disk before it answers, so it
 * may be killed at any time. Loopback only. What it checks: shared sandbox table, see
 * sandbox_digipost.h; what it reads it reads with code of its own, not with that of the clients.
 *
 * In the folder:
 *   ledger.jsonl          append only, fsync'd: every request, message, share, event, one a line
 *   content/<sha256>      the bytes of every document, by their digest
 *   server.key.pem, server.certificate.pem   signs answers
 *   issuer.*, stranger.*, issuers                who signs documents (sandbox_signers.h)
 *   broker.key.pem, broker.certificate.pem   the first broker's, made for it; clients sign with it
 *   idporten/             the client's key and ID-porten's own (sandbox_idporten.h)
 *   dpi/                  test root, business certificates and keys (sandbox_authority.h)
 */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* A technical party that may call the API, and the senders it may act for. */
struct sandbox_broker {
    int64_t id;       /* X-Digipost-UserId */
    const char *name; /* shown in the mailbox as sender */
    const char *organisation_number;
    struct bytes certificate_pem; /* empty: broker.certificate.pem of the folder */
    const int64_t *senders;       /* other sender ids it may act for */
    size_t sender_count;
    bool may_print, may_direct_print, may_idporten, may_override_notifications;
    bool may_delay;                          /* delivery-time */
    bool deactivated, not_approved, revoked; /* refused for that reason */
};

enum { SANDBOX_PLAIN_PATHS = 1 };

struct sandbox_settings {
    const char *folder;                   /* made when missing */
    const char *address;                  /* "127.0.0.1"; NULL: that */
    int api_port, mailbox_port;           /* 0: any free port */
    const struct sandbox_broker *brokers; /* none: one with id 1000042 for Fjordvik kommune */
    size_t broker_count;
    const char *schema_file;       /* digipost-all.xsd: requests are also validated by libxml2;
                                    * NULL: by own checks only. Compiled in sandbox_open. */
    const char *dpi_schema_folder; /* xsd/dpi: packages are also validated by them; or NULL */
    uint64_t path_seed;            /* the layout of link paths; 0: random at every start;
                                    * SANDBOX_PLAIN_PATHS: as in the sample answers */
    size_t max_file_bytes;         /* 0: 10 MiB */
    const char *login_site;        /* "https://skjema.example": one whose addresses are registered
                                    * with ID-porten besides those of every site on this machine;
                                    * NULL: none */
    bool empty;                    /* mailboxes start without seeded documents */
    bool is_apart; /* a process of its own serves this folder on these ports: what is opened only
                    * tells where it is and which files to read */
};

struct sandbox;

/* Reads the folder, makes what is missing in it, and serves until sandbox_close. Call before other
 * threads parse XML. Fails with ERROR_UNAVAILABLE when a port is taken, ERROR_BROKEN for the
 * folder. */
CHECKED bool sandbox_open(const struct sandbox_settings *settings, struct sandbox **out,
                          struct error *err);
void sandbox_close(struct sandbox **sandbox);

/* "http://127.0.0.1:8082" and "http://127.0.0.1:8081", valid until sandbox_close. The mailbox of a
 * person is at <mailbox>/postkasse/<key>. */
const char *sandbox_api_url(const struct sandbox *sandbox);
const char *sandbox_mailbox_url(const struct sandbox *sandbox);

/* The first broker's id, and the file with the key its client signs with. */
int64_t sandbox_broker_id(const struct sandbox *sandbox);
const char *sandbox_broker_key_file(const struct sandbox *sandbox);

/* Digital post by corner 2: "http://127.0.0.1:8082/dpi"; the files with the agency's (the first
 * broker's) key and its certificate with those above it; and the folder of PEM files with the
 * certificates that receipts and mailboxes' certificates lead up to. */
const char *sandbox_dpi_url(const struct sandbox *sandbox);
const char *sandbox_dpi_key_file(const struct sandbox *sandbox);
const char *sandbox_dpi_certificate_file(const struct sandbox *sandbox);
const char *sandbox_dpi_trust(const struct sandbox *sandbox);

/* ID-porten: "http://127.0.0.1:8081/idporten", and the program's registration there: client id, the
 * file with its key, and that key's name. */
const char *sandbox_idporten_issuer(const struct sandbox *sandbox);
const char *sandbox_idporten_client(const struct sandbox *sandbox);
const char *sandbox_idporten_key_file(const struct sandbox *sandbox);
const char *sandbox_idporten_kid(const struct sandbox *sandbox);

/* The file that says whose signatures are to be known here (engine/issuers.h). */
const char *sandbox_issuers_file(const struct sandbox *sandbox);

/* How the API can misbehave. Named over the control interface as in sandbox_fault_name. */
enum sandbox_fault {
    SANDBOX_FAULT_NONE,
    SANDBOX_FAULT_DOWN,                /* connection closed, nothing done */
    SANDBOX_FAULT_SLOW,                /* answers after 2 seconds */
    SANDBOX_FAULT_HANG,                /* closes the connection after 60 seconds, nothing done */
    SANDBOX_FAULT_REFUSE,              /* BROKER_NOT_AUTHORIZED, signed */
    SANDBOX_FAULT_ANSWER_LOST,         /* done, then the connection is closed without an answer */
    SANDBOX_FAULT_ERROR_BEFORE,        /* 500, nothing done */
    SANDBOX_FAULT_ERROR_AFTER,         /* done, then 500 */
    SANDBOX_FAULT_GATEWAY,             /* 503 with an unsigned HTML page, nothing done */
    SANDBOX_FAULT_WRONG_SIGNATURE,     /* done; the answer's signature does not verify */
    SANDBOX_FAULT_NO_SIGNATURE,        /* done; the answer has none */
    SANDBOX_FAULT_WRONG_DATE,          /* done; the answer's Date is 10 minutes off, signed so */
    SANDBOX_FAULT_WRONG_HASH,          /* done; X-Content-SHA256 is another body's, signed so */
    SANDBOX_FAULT_FLIPPED,             /* documents: a byte is another, hashed and signed so */
    SANDBOX_FAULT_CHUNKED,             /* done; answer without Content-Length */
    SANDBOX_FAULT_ROTATED,             /* the server has a new certificate from here on */
    SANDBOX_FAULT_ODD_LINKS,           /* entry point: unknown relations, mixed-case rel */
    SANDBOX_FAULT_UNKNOWN_EVENT,       /* events: one of a type nobody knows comes first */
    SANDBOX_FAULT_UNKNOWN_CODE,        /* an error code nobody knows, nothing done */
    SANDBOX_FAULT_NO_ERROR_TYPE,       /* an error without error-type (as in 2019), nothing done */
    SANDBOX_FAULT_EMPTY_ERROR,         /* 400 without a body, nothing done */
    SANDBOX_FAULT_GARBAGE,             /* 200 with a body that is not XML, signed */
    SANDBOX_FAULT_REDIRECT,            /* 307 to the mailbox's address for the same bytes */
    SANDBOX_FAULT_DUPLICATE_LOCATION,  /* a duplicate is told by 409 + Location, as before 2017 */
    SANDBOX_FAULT_DUPLICATE_DELIVERED, /* a duplicate is DIGIPOST_MESSAGE_ALREADY_DELIVERED */
    SANDBOX_FAULT_OLD_SIGNATURE_ERROR, /* INVALID_SIGNATURE is told as GENERAL_ERROR */
    SANDBOX_FAULT_UNKNOWN_USER,        /* 401 UNKNOWN_USER_ID, signed, nothing done */
    SANDBOX_FAULT_NOT_FOUND,           /* 404 DOCUMENT_NOT_FOUND, nothing done */
    SANDBOX_FAULT_CONFLICT,            /* 409 INVALID_TRANSACTION, nothing done */
    SANDBOX_FAULT_TOO_MANY,            /* 429 with Retry-After, nothing done */
    SANDBOX_FAULT_ELSEWHERE,           /* done; links in the answer lead to another origin */
    SANDBOX_FAULT_LONGER,              /* done; the answer goes on for 16 MiB, signed so */
    SANDBOX_FAULT_GZIP,                /* done; the answer is gzip, hashed and signed so */
    SANDBOX_FAULT_TWICE,               /* events, receipts: each twice, the newest first */

    /* Of the letters that are taken next by corner 2, not of requests. */
    SANDBOX_FAULT_NO_SMS,            /* delivered; then varslingfeiletkvittering, sms */
    SANDBOX_FAULT_NO_EMAIL,          /* delivered; then varslingfeiletkvittering, epost */
    SANDBOX_FAULT_RECEIPT_TWICE,     /* each comes again after it was read */
    SANDBOX_FAULT_RECEIPT_ORDER,     /* aapningskvittering comes before leveringskvittering */
    SANDBOX_FAULT_RECEIPT_UNKNOWN,   /* before it one to a conversation that nobody had */
    SANDBOX_FAULT_LINK_DROPPED,      /* the mailbox shows no link button */
    SANDBOX_FAULT_NOT_SENT,          /* corner 2: FEILET */
    SANDBOX_FAULT_MAILBOX_BROKEN,    /* the mailbox answers `feil`, SERVER */
    SANDBOX_FAULT_RECEIPT_LATE,      /* receipts come an hour later (sandbox_advance) */
    SANDBOX_FAULT_RECEIPT_LOST,      /* none ever comes */
    SANDBOX_FAULT_RECEIPT_SIGNATURE, /* the signature does not verify */
    SANDBOX_FAULT_RECEIPT_STRANGER,  /* signed, but not below the root */
    SANDBOX_FAULT_RECEIPT_SCHEMA,    /* with maskinportentoken in it, as in old prose */
    SANDBOX_FAULT_COUNT,
};

/* The next count requests to the API misbehave so. on: only requests for that relation, e.g.
 * "CREATE_MESSAGE" (sandbox_digipost.c has the table); NULL: any. Asked for again, a fault gets the
 * new count, 0 takes it away, and SANDBOX_FAULT_NONE takes away all; of several that fit, the one
 * named first above comes first. */
void sandbox_fault(struct sandbox *sandbox, enum sandbox_fault fault, const char *on, int count);

enum {
    SANDBOX_FAULT_OF_LETTERS = SANDBOX_FAULT_NO_SMS,   /* the first of them */
    SANDBOX_FAULT_LETTER_LOST = SANDBOX_FAULT_NOT_SENT /* from here on nobody hears of delivery */
};

/* Whether a message that was taken before is refused (it is, from the start) or taken again and
 * delivered twice: the Digipost API by message id and uuid, corner 2 by message id. */
void sandbox_dedupe(struct sandbox *sandbox, bool refuses);

/* "answer-lost" for SANDBOX_FAULT_ANSWER_LOST. */
const char *sandbox_fault_name(enum sandbox_fault fault);
CHECKED bool sandbox_fault_parse(const char *name, enum sandbox_fault *out);

/* Makes what waits for a time (expiry of sharing, delayed delivery) come so much sooner; stamps and
 * Date headers stay true. */
void sandbox_advance(struct sandbox *sandbox, int64_t seconds);

/* What lies in a person's mailbox, oldest first, then what came as Digital post (uuid: "<message
 * id>/0" and so on), for tests. All in the arena. */
struct sandbox_letter {
    const char *uuid; /* of the document */
    const char *subject, *file_type;
    const char *message_id;    /* "" for seeded documents and what the person put there */
    const char *sender_name;   /* the person's own name for what they put there */
    const char *origin_number; /* organisation number; NULL: a private person */
    int64_t delivered_at;
    bool opened, is_attachment, is_share_request;
    size_t size_bytes;
    const char *sha256; /* hex */
};
void sandbox_letters(struct sandbox *sandbox, struct arena *arena, const char *person_key,
                     struct sandbox_letter **out, size_t *count);

/* A document's bytes, or false when there is no such document. */
CHECKED bool sandbox_document_bytes(struct sandbox *sandbox, struct arena *arena, const char *uuid,
                                    struct bytes *out);

/* What the person does in the mailbox. request_uuid: the share request's primary document.
 * ERROR_MISSING: no such request or document; ERROR_DENIED: the request's origin list does not
 * allow the document; ERROR_CONFLICT: it was already answered, withdrawn or stopped. */
CHECKED bool sandbox_share(struct sandbox *sandbox, const char *request_uuid,
                           const char *const *document_uuids, size_t count, struct error *err);
CHECKED bool sandbox_withdraw(struct sandbox *sandbox, const char *request_uuid, struct error *err);
CHECKED bool sandbox_open_letter(struct sandbox *sandbox, const char *uuid, struct error *err);

/* sbd.h - the standard business document of Digital post til innbygger, version 1.0, as JSON in a
 * JWS: the letter's envelope that we write and sign, and the receipts that come back. Every rule of
 * the JSON schemas (innbyggerpost_dpi_*_1_0, commons, sbdh) is in one table, sbd_shape.c, and what
 * we write goes through it before it is signed. Source: Digdir, innbyggerpost, "Forretningslag". */
#pragma once

#include "engine/base/x509.h"

enum {
    SBD_MAX_BYTES = 64 * 1024, /* of a JWS */
    SBD_MAX_TITLE = 255,       /* code points, as all of these */
    SBD_MAX_EMAIL_TEXT = 500,
    SBD_MAX_SMS_TEXT = 160,
    SBD_MAX_REPEATS = 10,
    SBD_MAX_REPEAT_DAY = 25,
};

/* A notification in another channel, besides the mailbox's own. */
struct sbd_notice {
    const char *address; /* e-mail address or mobile number; NULL: no such notification */
    const char *text;    /* 1 to SBD_MAX_EMAIL_TEXT or SBD_MAX_SMS_TEXT; nothing personal in it */
    const int *repeat_days; /* so many days after it is visible; each once, 0 to 25 */
    size_t repeat_count;    /* 1 to 10 */
};

/* A letter to a mailbox. Organisation numbers are 9 digits; texts are UTF-8. */
struct sbd_digital {
    const char *message_id;       /* UUID in lower case, never used before */
    const char *conversation_id;  /* UUID in lower case: what receipts name */
    int64_t created_at;           /* Unix seconds, as all times here */
    const char *sender;           /* who signs: the agency, or who processes data for it */
    const char *receiver;         /* the mailbox's provider, from KRR */
    const char *agency;           /* whose letter it is: the token's consumer */
    const char *agency_unit;      /* avsenderidentifikator, at most 100; or NULL */
    const char *invoice;          /* fakturaReferanse, at most 40; or NULL */
    const char *mailbox;          /* postkasseadresse, from KRR */
    struct crypto_sha256 package; /* of the encrypted package's bytes */
    const char *token;            /* Maskinporten's: the same as in the Authorization header */
    int level;                    /* 3 or 4: what login opens it */
    int64_t visible_from;         /* 0: at once */
    bool wants_opening_receipt;
    const char *title;    /* shows in notifications: not sensitive */
    const char *language; /* two letters: "nb" */
    struct sbd_notice email, sms;
};

/* Whether a notification can go there: one that cannot is better left out than the letter with it.
 * An e-mail address in ASCII, as RFC 5321 has it; a mobile number of 8 to 20 digits, with "+"
 * before and spaces between them, if any. */
bool sbd_takes_email(const char *address);
bool sbd_takes_mobile(const char *number);

/* The document as JSON. ERROR_INVALID, naming the member and the rule but not the value, when a
 * rule is broken; nothing is written then. */
CHECKED bool sbd_write(struct arena *arena, const struct sbd_digital *digital, struct bytes *out,
                       struct error *err);

/* The document as compact JWS: RS256, x5c with the first certificate of chain_pem alone. */
CHECKED bool sbd_sign(struct arena *arena, struct bytes document, const struct crypto_key *key,
                      struct bytes chain_pem, char **out, struct error *err);

enum sbd_type {
    SBD_DIGITAL,       /* digital: a letter */
    SBD_DELIVERED,     /* leveringskvittering: the mailbox guarantees delivery */
    SBD_OPENED,        /* aapningskvittering */
    SBD_RECEIVED,      /* mottakskvittering: print only */
    SBD_RETURNED,      /* returpostkvittering: print only */
    SBD_NOTICE_FAILED, /* varslingfeiletkvittering: the letter itself may be delivered */
    SBD_ERROR,         /* feil: not delivered */
};

/* The type's name in documents: "leveringskvittering". Static. */
const char *sbd_type_name(enum sbd_type type);

/* Checks a document by the rules of its type, and says which that is. ERROR_INVALID, as above. */
CHECKED bool sbd_check(struct bytes document, enum sbd_type *out, struct error *err);

/* What a mailbox says of a letter; texts are in the arena and as they wrote them (description may
 * name a person: not for logs). */
struct sbd_receipt {
    enum sbd_type type;          /* not SBD_DIGITAL */
    const char *message_id;      /* of the receipt; UUID in lower case */
    const char *conversation_id; /* of the letter; UUID in lower case */
    const char *sender;          /* organisation number: the mailbox's provider, who signed it */
    const char *receiver;        /* organisation number: who sent the letter */
    const char *agency;          /* organisation number: whose letter it was */
    int64_t created_at, happened_at;
    const char *channel;     /* SBD_NOTICE_FAILED: "epost" or "sms", else "" */
    const char *description; /* SBD_NOTICE_FAILED and SBD_ERROR: may be ""; else "" */
    bool is_our_fault;       /* SBD_ERROR: feiltype KLIENT */
};

/* Reads a receipt and checks, in this order: the JWS (RS256, x5c, signature); that x5c[0] is
 * vouched for at that moment and its key is for signing; the schema of its type; that its sender is
 * the organisation in x5c[0].
 *   trust  the issuers of business certificates
 * The caller compares conversation, sender and agency with the letter: anybody with a business
 * certificate can write a receipt.
 *
 * ERROR_DENIED: signature or certificate; ERROR_INVALID: the schema; ERROR_LIMIT: more than
 * SBD_MAX_BYTES. A receipt with maskinportentoken is invalid by the schema, and Digdir's client
 * skips it, though a published sample has one; the error says so. */
CHECKED bool sbd_receipt_read(struct arena *arena, const char *jws, const struct x509_trust *trust,
                              int64_t at, struct sbd_receipt *out, struct error *err);

/* The same of a document alone: no signature is checked. For `skjema open` and tests. */
CHECKED bool sbd_receipt_parse(struct arena *arena, struct bytes document, struct sbd_receipt *out,
                               struct error *err);

/* A letter's document read back: no signature is checked. parse(write(x)) is x. */
CHECKED bool sbd_digital_parse(struct arena *arena, struct bytes document, struct sbd_digital *out,
                               struct error *err);

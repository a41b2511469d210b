/* dpi.h - Digital post til innbygger: letters to whichever mailbox the citizen has, through our
 * access point (corner 2), and the receipts that come back. Source: Digdir, "Digital post til
 * innbygger", the API of corner 2, version 1.0.0.
 *
 *   dpi_answer  what the access point sends, read
 *   dpi_call    one exchange with it: token, limits
 *   dpi_parcel  a letter packed, signed and encrypted
 *   dpi         a letter: look the mailbox up, send; its status
 *   dpi_inbox   receipts that wait for us there, and taking one off the list
 *
 * A message id is taken once, ever: the same letter sent again is refused and lies there once
 * (D-9). The package may be signed and encrypted anew for that, since tokens and certificates are
 * short-lived; documents and ids are the stored ones. */
#pragma once

#include "engine/base/x509.h"
#include "storage/postbox/postbox.h"

#define DPI_SCOPE "digitalpostinnbygger:send" /* what Maskinporten is asked for */

enum { DPI_MAX_CHANNEL = 28, DPI_MAX_UNIT = 100 };

struct maskinporten;
struct register_settings;

/* From configuration; texts are copied, what is pointed to is the caller's and outlives it. */
struct dpi_settings {
    const char *base_url;    /* "https://edi.example/api/v2/dpi" */
    const char *ca_file;     /* own CA bundle, or NULL for the system's */
    bool allow_private;      /* loopback may be dialled (sandbox) */
    const char *channel;     /* kanal: receipts for letters of this installation; "": none */
    const char *agency;      /* organisation number: whose letters they are */
    const char *agency_unit; /* avsenderidentifikator; "": none */
    const char *sender;      /* organisation number of who sends for the agency, a data
                              * processor; "": the agency itself */
    struct bytes private_key_pem;
    struct bytes chain_pem; /* the sender's business certificate and those above it */
    const struct x509_trust *mailbox_trust; /* issuers of mailboxes' certificates; NULL: the
                                             * register is believed */
    struct maskinporten *maskinporten;
    const struct register_settings *krr; /* as krr_mailbox wants it */
    int timeout_ms; /* of each call; a large package gets up to 30 s more. Sending is at most two
                       lookups, two tokens and three calls */
    int rest_ms;    /* left alone so long after it failed five times in a row; 0: 5,000 */
};

struct dpi;

/* Checks the settings; nothing is sent. ERROR_INVALID, in one line for an operator: no address, a
 * channel of other characters, a key that does not belong to the certificate, a certificate that is
 * another organisation's, not for signing, or not valid now. */
CHECKED bool dpi_open(const struct dpi_settings *settings, struct dpi **out, struct error *err);
void dpi_close(struct dpi **dpi);

/* As a postbox; lives as long as the handle. What its outcomes mean here:
 *   ACCEPTED   corner 2 has it; only a receipt says that it was delivered
 *   NOT_SENT   also when the person has no mailbox (any more): code "NO_MAILBOX", ERROR_MISSING
 *   REFUSED    corner 2 said no with a problem+json, or gave it up (FEILET): `code` is its word
 *   UNKNOWN    no answer, or one that cannot be read; the same letter may be sent again, since its
 *              id is taken once */
const struct postbox *dpi_postbox(struct dpi *dpi);

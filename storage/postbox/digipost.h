/* digipost.h - Digipost's API, version 8: signed requests, verified answers, letters in.
 *
 * Two parties: the broker signs the requests, the sender is who the citizen sees; they may be the
 * same. Paths are never known beforehand: an entry point (a list of links) is read and kept for an
 * hour, and links are followed under the configured address only (security.md S-OUTB-1).
 *
 * What several files make up:
 *   digipost_sign     the canonical string of a request and of an answer; sign, verify
 *   digipost_message  structs to the XML and multipart that we send
 *   digipost_answer   XML that we get to structs
 *   digipost_call     one exchange: entry points, sign, send, verify, which failure it was
 *   digipost          a letter: send, status, has the recipient a postbox
 *   digipost_share    documents that a citizen shares with us: events, state, content, stop */
#pragma once

#include "storage/postbox/postbox.h"

/* From configuration; copied. */
struct digipost_settings {
    const char *base_url;         /* "https://api.digipost.no" */
    const char *content_base_url; /* where shared documents may be redirected to, e.g.
                                   * "https://www.digipostdata.no"; NULL: nowhere else */
    const char *ca_file;          /* own CA bundle, or NULL for the system's */
    bool allow_private;           /* private and loopback addresses may be dialled (sandbox) */
    int64_t broker_id;            /* who signs */
    int64_t sender_id;            /* who the citizen sees */
    struct bytes private_key_pem; /* the broker's */
    const char *certificate_pins; /* SHA-256 of the certificates that may sign answers (DER), hex,
                                   * separated by commas; NULL or "": none pinned */
    bool trust_entry_point;       /* without pins: trust the certificate that the entry point
                                   * gives over TLS, as Digipost's own clients do */
    bool unsigned_streams;        /* content of shared documents may come without a signature;
                                   * a signature that is there must be right all the same */
    int timeout_ms;               /* of each call; 0: 30,000. Sending is two calls when all is well,
                                   * and seven at the very most (certificates, a duplicate) */
    int document_ms;              /* of the call that brings a shared document, at most: a second
                                   * for each 250 kB are added to timeout_ms; 0: timeout_ms */
    int rest_ms;                  /* left alone so long after it failed five times in a row
                                   * (breaker.h); 0: 5,000 */
};

struct digipost;

/* Checks the settings and reads the key; nothing is sent. Fails with ERROR_INVALID, also when there
 * is neither a pin nor trust_entry_point: whom to believe is the operator's choice. */
CHECKED bool digipost_open(const struct digipost_settings *settings, struct digipost **out,
                           struct error *err);
void digipost_close(struct digipost **digipost);

/* As a postbox; lives as long as the handle. */
const struct postbox *digipost_postbox(struct digipost *digipost);

/* Whether its API is left alone just now, after failures (breaker.h). */
bool digipost_is_resting(const struct digipost *digipost);

/* What Digipost knows of somebody (7.1). Only DIGIPOST_HAS_POSTBOX can be sent to. */
enum digipost_identity {
    DIGIPOST_HAS_POSTBOX,  /* DIGIPOST */
    DIGIPOST_KNOWN,        /* IDENTIFIED: a real person without a postbox here */
    DIGIPOST_NOT_FOUND,    /* UNIDENTIFIED */
    DIGIPOST_NOT_A_NUMBER, /* INVALID */
};

/* Asks whether somebody has a postbox. Fails as digipost_call.h says. */
CHECKED bool digipost_identify(struct digipost *digipost, struct arena *arena,
                               const struct postbox_recipient *recipient,
                               enum digipost_identity *out, struct error *err);

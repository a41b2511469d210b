/* asice.h - the document package of Digital post (ASiC-E, ETSI TS 102 918; Digdir,
 * "Dokumentpakke"): a zip of manifest.xml, the documents, and a XAdES signature of all of them.
 * libzip, and the making of XAdES, live here. */
#pragma once

#include "engine/base/crypto.h"
#include "storage/postbox/postbox.h"

#define ASICE_MIME "application/vnd.etsi.asic-e+zip"

enum {
    ASICE_MAX_BYTES =
        50 * 1000 * 1000 - 4096, /* 50 MB, read cautiously, with encryption round it */
    ASICE_MAX_ATTACHMENTS = 200,
    ASICE_MIN_NAME = 4, /* characters of a file's name */
    ASICE_MAX_NAME = 100,
};

struct asice_package {
    const char *agency;      /* organisation number: whose letter it is, as in the SBD */
    const char *agency_unit; /* avsenderidentifikator, at most 100; or NULL */
    const char *invoice;     /* fakturaReferanse, at most 40; or NULL */
    const char *mailbox;     /* postkasseadresse, as in the SBD */
    const char *language;    /* of titles and link: two letters, "nb" */
    const struct postbox_document *main;
    const struct postbox_document *attachments;
    size_t attachment_count;
    const struct postbox_link *link; /* becomes lenke.xml on the main document; NULL: none */
};

/* Who signs, and when (Unix seconds; the profile allows 5 s of error). */
struct asice_signer {
    const struct crypto_key *key; /* private, RSA */
    struct bytes chain_pem;       /* the signer's certificate, then its issuers up to the root */
    int64_t signed_at;
};

/* Packs and signs; *out is in the arena. The same input gives the same bytes.
 *
 * File names are made from the titles ("Søknad om plass" -> "soknad-om-plass.pdf"), with a number
 * where two would be the same. META-INF/manifest.xml is written, though the profile's prose (8.3.2)
 * forbids it: Digdir's client and every published package have it, so that is what mailboxes read.
 *
 * ERROR_INVALID: a file type that mailboxes do not take (asice_mime), a title that is empty or too
 * long, or the link's texts (lenke.h), or a key that does not belong to the certificate.
 * ERROR_LIMIT: too many attachments or too large. */
CHECKED bool asice_write(struct arena *arena, const struct asice_package *package,
                         const struct asice_signer *signer, struct bytes *out, struct error *err);

/* The media type of a file type that mailboxes take: "pdf" -> "application/pdf"; NULL: they do not
 * take it. XML is not among them; it travels inside the PDF. Static. */
const char *asice_mime(const char *file_type);

/* A file name of 4 to 100 characters out of a-z, 0-9 and '-', with the type at its end. number 1:
 * the first of that name, else "-2" and so on is added. */
const char *asice_name(struct arena *arena, const char *title, const char *file_type, int number);

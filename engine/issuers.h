/* issuers.h - the organisations whose documents we know by name: what to call an organisation
 * number, and which certificates it signs with. Read from a file at start and not changed after, so
 * any thread may look in it; it may be renewed, whole, while they do.
 *
 *   # number = name | certificate files, beside this file
 *   974761076 = Skatteetaten
 *   310123021 = Nordlys Regnskap AS | nordlys.pem nordlys-2027.pem
 *
 * A certificate is what this organisation signs with itself, or that of a certificate authority;
 * then a signature is the organisation's only when its certificate names the number
 * (pdf_signature.h). */
#pragma once

#include "engine/base/cms.h"

enum { ISSUERS_MAX = 2000, ISSUERS_CERTIFICATES_MAX = 8 };

struct issuer {
    const char *number; /* nine digits */
    const char *name;
    struct crypto_sha256 certificates[ISSUERS_CERTIFICATES_MAX]; /* fingerprints */
    size_t certificate_count;
};

struct issuers {
    struct arena *arena;
    struct cms_trust *trust;
    struct issuer *list; /* by number */
    size_t count, room;
    struct issuers *_Atomic newer; /* what it was renewed by */
};

/* A register with nobody in it; what is told of organisations lives in the arena. */
void issuers_init(struct issuers *issuers, struct arena *arena);
void issuers_finish(struct issuers *issuers);

/* Adds what stands in a file. An organisation that is there keeps its name and gets the new
 * certificates too. ERROR_INVALID with file and line: a number that is none (mod 11) or stands
 * twice in the file, no name, a certificate that cannot be read; else as files_read. */
CHECKED bool issuers_read(struct issuers *issuers, const char *path, struct error *err);

/* The same of a file that is read already; its certificates are files in that folder. */
CHECKED bool issuers_parse(struct issuers *issuers, struct bytes file, const char *file_name,
                           const char *folder, struct error *err);

/* Whether both know the same of the same organisations. */
bool issuers_are_same(const struct issuers *one, const struct issuers *other);

/* From now on the fresh one answers for it. It lies in an arena of its own, which issuers_finish
 * closes too: both are kept, for those who look in the older one now. One thread at a time. */
void issuers_renew(struct issuers *issuers, struct issuers *fresh);

/* The register that answers for it; NULL stays NULL. */
const struct issuers *issuers_now(const struct issuers *issuers);

/* NULL: not among them, or number is NULL. Here and below, no register (NULL) knows nobody. */
const struct issuer *issuers_find(const struct issuers *issuers, const char *number);

/* Whose signature it is that cms_verify trusts; NULL: nobody's here. A signer's own certificate in
 * the register says so itself; one that an authority of the register vouches for must name the
 * organisation's number. */
const struct issuer *issuers_signed_by(const struct issuers *issuers,
                                       const struct cms_signature *signature);

/* What to call an organisation: as the register says, else as told ("" when nothing was). */
const char *issuers_name(const struct issuers *issuers, const char *number, const char *told);

/* "Skatteetaten (974 761 076)"; a name nobody told is left out: "974 761 076". */
const char *issuers_show(struct arena *arena, const struct issuers *issuers, const char *number,
                         const char *told);

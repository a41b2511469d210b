/* sandbox_authority.h - who is who in the sandbox's world: a test root, an intermediate under it,
 * and business certificates (RSA, 2048 bits) of those who sign and open letters. In the folder dpi/
 * of the sandbox's folder:
 *
 *   trust/root.pem, trust/intermediate.pem     what both sides trust
 *   intermediate.key.pem                       signs new business certificates
 *   agency.key.pem, agency.certificate.pem     the agency's; the certificate with those above it,
 *   digipost.*, eboks.*, other.*               its own first. other: an organisation without a part
 *
 * The organisation number stands as organizationIdentifier 2.5.4.97, "NTRNO-310245682" (SEID 2); in
 * e-Boks' as serialNumber 2.5.4.5, "922020175" (SEID 1): both are met (dpi.md, 6.2). */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/crypto.h"
#include "engine/base/error.h"

enum sandbox_authority_who {
    SANDBOX_AUTHORITY_AGENCY,
    SANDBOX_AUTHORITY_DIGIPOST,
    SANDBOX_AUTHORITY_EBOKS,
    SANDBOX_AUTHORITY_OTHER,
    SANDBOX_AUTHORITY_COUNT
};

#define SANDBOX_AUTHORITY_DIGIPOST_NUMBER "984661185"
#define SANDBOX_AUTHORITY_EBOKS_NUMBER "922020175"
#define SANDBOX_AUTHORITY_OTHER_NUMBER "314400801"

struct sandbox_authority_pair {
    const char *organisation_number;
    struct bytes key_pem, chain_pem; /* PKCS#8; the certificate, the intermediate, the root */
    struct bytes certificate;        /* DER, the first of the chain */
};

struct sandbox_authority;

/* Makes what is missing in <folder>/dpi: the root, the intermediate and the agency's pair; the
 * others when they are first asked for. Keys that the organisations already have are given, PEM, or
 * empty: a new one is made. A certificate in the folder that is for another number than the
 * agency's is replaced. */
struct sandbox_authority_settings {
    const char *folder; /* the sandbox's */
    const char *agency_name, *agency_number;
    struct bytes agency_key_pem, digipost_key_pem;
};
CHECKED bool sandbox_authority_open(const struct sandbox_authority_settings *settings,
                                    struct sandbox_authority **out, struct error *err);
void sandbox_authority_close(struct sandbox_authority **authority);

/* Borrowed until close. One thread at a time. */
CHECKED bool sandbox_authority_find(struct sandbox_authority *authority,
                                    enum sandbox_authority_who who,
                                    const struct sandbox_authority_pair **out, struct error *err);

/* The first certificate of a PEM file as DER, empty when there is none. */
struct bytes sandbox_authority_der(struct arena *arena, struct bytes pem);

/* Is this certificate (DER) issued below the root, for a business, and valid at that moment (Unix
 * seconds)? `others` (DER) may help to find the way up. *organisation_number: as it stands in the
 * certificate, in the arena. False: *why says what is wrong, static. */
bool sandbox_authority_knows(const struct sandbox_authority *authority, struct arena *arena,
                             struct bytes certificate, const struct bytes *others,
                             size_t other_count, int64_t at, char **organisation_number,
                             const char **why);

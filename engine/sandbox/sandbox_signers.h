/* sandbox_signers.h - who signs documents in the sandbox, with keys made at its first start, and
 * the ways in which such a document may not hold. In the sandbox's folder:
 *
 *   issuer.key.pem, issuer.certificate.pem       Skatteetaten's, who is in the register
 *   stranger.key.pem, stranger.certificate.pem   a landlord's, who is not
 *   issuers                                      that register (engine/issuers.h) */
#pragma once

#include "engine/sandbox/sandbox_ledger.h"
#include "engine/sandbox/sandbox_people.h"

#define SANDBOX_SIGNERS_ISSUERS "issuers"

struct sandbox_signer {
    struct bytes key_pem, certificate_pem; /* valid from three years ago: letters are older */
};

struct sandbox_signers {
    struct sandbox_signer issuer, stranger;
};

/* Reads them, and makes what is missing. Texts are in the arena. */
CHECKED bool sandbox_signers_read(struct sandbox_ledger *ledger, struct arena *arena,
                                  struct sandbox_signers *out, struct error *err);

enum sandbox_signed {
    SANDBOX_SIGNED,          /* by the issuer, and unchanged */
    SANDBOX_SIGNED_TAMPERED, /* a byte of it was changed since */
    SANDBOX_SIGNED_IN_PART,  /* something was added behind what the signature covers */
    SANDBOX_SIGNED_EXPIRED,  /* says in its proof that it is not valid any more */
    SANDBOX_SIGNED_STRANGER, /* by the landlord: a rental agreement */
    SANDBOX_SIGNED_COUNT
};

/* The title it has in the mailbox, in Norwegian. */
const char *sandbox_signers_title(enum sandbox_signed kind);

/* A tax certificate, or the rental agreement, made and signed at that time (Unix seconds). */
CHECKED bool sandbox_signers_document(struct arena *arena, const struct sandbox_signers *signers,
                                      enum sandbox_signed kind, const struct sandbox_person *person,
                                      int64_t at, struct bytes *out, struct error *err);

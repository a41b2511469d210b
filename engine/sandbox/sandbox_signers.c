#include "engine/sandbox/sandbox_signers.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/sandbox/sandbox_documents.h"
#include "engine/sandbox/sandbox_pdf_sign.h"
#include "render/pdf_update.h"

#include <string.h>

enum { DAY_S = 24 * 3600, VALID_FROM_S = 3 * 365 * DAY_S, PROOF_DAYS = 10 };

static const char register_file[] =
    "# Who signs documents in this sandbox: made at its first start.\n" SANDBOX_PEOPLE_TAX_NUMBER
    " = " SANDBOX_PEOPLE_TAX_NAME " | issuer.certificate.pem\n";

/* ---- the keys ---- */

/* The pair under that name; a new one when it is not whole. */
static bool read_signer(struct sandbox_ledger *ledger, struct arena *arena, const char *name,
                        const char *common_name, struct sandbox_signer *out, struct error *err)
{
    const char *key_file = arena_printf(arena, "%s.key.pem", name);
    const char *certificate_file = arena_printf(arena, "%s.certificate.pem", name);
    struct error missing;
    if (sandbox_ledger_read_file(ledger, arena, key_file, &out->key_pem, &missing) &&
        sandbox_ledger_read_file(ledger, arena, certificate_file, &out->certificate_pem, &missing))
        return true;
    crypto_make_signer(arena, common_name, clock_now() - VALID_FROM_S, &out->key_pem,
                       &out->certificate_pem);
    return sandbox_ledger_write_file(ledger, certificate_file, out->certificate_pem, err) &&
           sandbox_ledger_write_file(ledger, key_file, out->key_pem, err);
}

bool sandbox_signers_read(struct sandbox_ledger *ledger, struct arena *arena,
                          struct sandbox_signers *out, struct error *err)
{
    return read_signer(ledger, arena, "issuer", SANDBOX_PEOPLE_TAX_NAME, &out->issuer, err) &&
           read_signer(ledger, arena, "stranger", SANDBOX_DOCUMENTS_LANDLORD, &out->stranger,
                       err) &&
           sandbox_ledger_write_file(ledger, SANDBOX_SIGNERS_ISSUERS, BYTES_OF(register_file), err);
}

/* ---- the documents ---- */

const char *sandbox_signers_title(enum sandbox_signed kind)
{
    static const char *const titles[SANDBOX_SIGNED_COUNT] = {
        [SANDBOX_SIGNED] = "Skatteattest med signatur",
        [SANDBOX_SIGNED_TAMPERED] = "Skatteattest endret etter signering",
        [SANDBOX_SIGNED_IN_PART] = "Skatteattest med noe lagt til etter signering",
        [SANDBOX_SIGNED_EXPIRED] = "Skatteattest som har gått ut på dato",
        [SANDBOX_SIGNED_STRANGER] = "Husleiekontrakt signert av utleier",
    };
    return titles[kind];
}

/* Says of itself that it was valid for some days. */
static bool embed_proof(struct arena *arena, int64_t at, struct bytes *pdf, struct error *err)
{
    const char *xml = arena_printf(
        arena,
        "<proof xmlns=\"http://api.digipost.no/schema/datatypes\"><valid-period><period><from>%s"
        "</from><to>%s</to></period></valid-period><title>Skatteattest</title></proof>",
        clock_iso_oslo(arena, at), clock_iso_oslo(arena, at + (int64_t)PROOF_DAYS * DAY_S));
    return pdf_update_embed(arena, *pdf, "proof.xml", "application/xml", BYTES_OF(xml), pdf, err);
}

static void change_a_byte(struct arena *arena, struct bytes *pdf)
{
    struct bytes changed = arena_bytes(arena, *pdf);
    unsigned char *digit = memmem(changed.data, changed.size, "/MediaBox", 9);
    if (!digit)
        digit = (unsigned char *)changed.data + changed.size / 4;
    *digit ^= 1;
    *pdf = changed;
}

static void add_behind(struct arena *arena, struct bytes *pdf)
{
    static const char more[] = "% something more\n";
    unsigned char *data = arena_alloc(arena, pdf->size + strlen(more));
    memcpy(data, pdf->data, pdf->size);
    memcpy(data + pdf->size, more, strlen(more));
    *pdf = (struct bytes){data, pdf->size + strlen(more)};
}

bool sandbox_signers_document(struct arena *arena, const struct sandbox_signers *signers,
                              enum sandbox_signed kind, const struct sandbox_person *person,
                              int64_t at, struct bytes *out, struct error *err)
{
    bool strange = kind == SANDBOX_SIGNED_STRANGER;
    const struct sandbox_signer *signer = strange ? &signers->stranger : &signers->issuer;
    struct bytes pdf;
    if (!(strange ? sandbox_documents_rental_agreement
                  : sandbox_documents_tax_certificate)(arena, person, at, &pdf, err) ||
        (kind == SANDBOX_SIGNED_EXPIRED && !embed_proof(arena, at, &pdf, err)) ||
        !sandbox_pdf_sign(arena, pdf, signer->key_pem, signer->certificate_pem, at, &pdf, err))
        return false;
    if (kind == SANDBOX_SIGNED_TAMPERED)
        change_a_byte(arena, &pdf);
    if (kind == SANDBOX_SIGNED_IN_PART)
        add_behind(arena, &pdf);
    *out = pdf;
    return true;
}

/* A file that may be a signed PDF, and may hold a certificate's proof; the register knows the
 * certificate that some of the corpus is signed with. */
#include "fuzz.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/pdf_signature.h"
#include "engine/proof.h"

#include <string.h>

enum { THEN = FUZZ_NOW + 300 * 86400 };

static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdjCCAR2gAwIBAgIUMyksA0I0ve/v1PP3gDq1P6s0ZHAwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGZnV6eiBmMB4XDTI2MTEyMzEyMzUxMloXDTM2MTEyMDEyMzUx\n"
    "MlowETEPMA0GA1UEAwwGZnV6eiBmMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
    "wZizMK+yamu1anfE9nYM4dsRGqMqdYQ92T3Z6p/azi4ekS74zkL/BlZXcoE6RXEQ\n"
    "M18Uy8YdZp9BphQVHHlUzaNTMFEwHQYDVR0OBBYEFCGm7/vls0xJIcAM0l4VTVRK\n"
    "65ZCMB8GA1UdIwQYMBaAFCGm7/vls0xJIcAM0l4VTVRK65ZCMA8GA1UdEwEB/wQF\n"
    "MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgKsS2UbqBI8HdZplJAqPbZ4nkHsFjMmhV\n"
    "FEzxx5H8SvICIGVRKMvh0R6tia9prkflSZKVr2UyqpM1jKu5YnU6gT5n\n"
    "-----END CERTIFICATE-----\n";

/* Lives as long as the process. */
static const struct issuers *known(void)
{
    static struct crypto_sha256 fingerprint;
    static struct issuer issuer = {.number = "310123021", .name = "A", .certificate_count = 1};
    static struct issuers issuers = {.list = &issuer, .count = 1};
    struct error err;
    if (issuers.trust)
        return &issuers;
    issuers.trust = cms_trust_open();
    fuzz_promise(cms_trust_add(issuers.trust, BYTES_OF(certificate), "a.pem", &fingerprint, &err),
                 "the certificate of the corpus is one", err.text);
    issuer.certificates[0] = fingerprint;
    return &issuers;
}

static bool read_input(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    const struct bytes *input = context;
    (void)err;
    fuzz_promise(at >= 0 && (size_t)at + size <= input->size, "only what is there is read", NULL);
    memcpy(to, input->data + at, size);
    return true;
}

static struct pdf_signature check(struct arena *arena, struct bytes input)
{
    const struct content content = {
        .size_bytes = (int64_t)input.size, .read = read_input, .context = &input};
    struct pdf_signature signature;
    struct error err = {0};
    fuzz_promise(pdf_signature_check(arena, &content, known(), THEN, &signature, &err),
                 "what can be read gets a verdict", err.text);
    return signature;
}

static void find_proof(struct arena *arena, struct bytes input)
{
    const struct content content = {
        .size_bytes = (int64_t)input.size, .read = read_input, .context = &input};
    struct proof proof = {0};
    struct error err = {0};
    bool found = false;
    fuzz_promise(proof_find(arena, &content, &proof, &found, &err),
                 "what can be read has a proof or none", err.text);
    if (found)
        fuzz_promise(text_is_utf8(BYTES_OF(proof.issuer)) && text_is_utf8(BYTES_OF(proof.title)),
                     "issuer and title are texts", NULL);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    find_proof(arena, input);
    struct pdf_signature signature = check(arena, input);
    bool issuer = signature.outcome == PDF_SIGNATURE_ISSUER;
    fuzz_promise(issuer == (signature.issuer != NULL), "an issuer's is somebody's", NULL);
    fuzz_promise(text_is_utf8(BYTES_OF(signature.signer)), "a signer is a text", signature.signer);
    fuzz_promise(!*signature.why == (issuer || signature.outcome == PDF_SIGNATURE_NONE),
                 "what is not confirmed says why", signature.why);
    fuzz_promise(signature.outcome == PDF_SIGNATURE_NONE ||
                     memmem(input.data, input.size, "/ByteRange", 10),
                 "a signature says what it covers", NULL);
    if (!issuer)
        return;
    struct buf more;
    buf_init(&more, arena);
    buf_add(&more, input);
    buf_add_byte(&more, '\n');
    fuzz_promise(check(arena, buf_bytes(&more)).outcome == PDF_SIGNATURE_BROKEN,
                 "nothing is added to what is signed", NULL);
}

#include "storage/postbox/dpi_parcel.h"

#include "storage/postbox/asice.h"
#include "storage/postbox/sbd.h"
#include "storage/registers/krr_mailbox.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/cms_envelope.h"

#include <string.h>

enum { BOUNDARY_BITS = 128 };

static const char *or_none(const char *text)
{
    return *text ? text : NULL;
}

/* ---- the package ---- */

/* The register's certificate, if the letter may be encrypted to it now. */
static bool check_certificate(const struct dpi *dpi, struct arena *arena,
                              const struct krr_mailbox *mailbox, char **pem, struct error *err)
{
    struct x509_certificate certificate;
    int64_t now = clock_now();
    if (!x509_read(arena, mailbox->certificate, "the mailbox's certificate", &certificate, err))
        return false;
    if (now < certificate.valid_from || now > certificate.expires)
        return error_set(err, ERROR_UNAVAILABLE,
                         "the register's certificate of the mailbox at %s is not valid now",
                         mailbox->provider);
    if (dpi->settings.mailbox_trust &&
        !x509_vouched(dpi->settings.mailbox_trust, &certificate, NULL, 0, now, err))
        return false;
    *pem = x509_pem(arena, &certificate);
    return true;
}

/* Packed, signed and encrypted. What makes it fail for good is the letter's own: ERROR_INVALID and
 * ERROR_LIMIT. */
static bool pack(const struct dpi *dpi, struct arena *arena, const struct postbox_letter *letter,
                 const struct krr_mailbox *mailbox, struct bytes *out, struct error *err)
{
    const struct asice_package package = {
        .agency = dpi->settings.agency,
        .agency_unit = or_none(dpi->settings.agency_unit),
        .mailbox = mailbox->address,
        .language = letter->language,
        .main = &letter->main,
        .attachments = letter->attachments,
        .attachment_count = letter->attachment_count,
        .link = letter->link,
    };
    const struct asice_signer signer = {
        .key = dpi->key, .chain_pem = dpi->settings.chain_pem, .signed_at = clock_now()};
    return asice_write(arena, &package, &signer, out, err);
}

/* Whatever is wrong with a mailbox's certificate may be right when the register is asked again. */
static bool not_to_that_one(struct error *err, struct error *why)
{
    return error_set(err, ERROR_UNAVAILABLE, "%s", why->text);
}

bool dpi_parcel_make(struct dpi *dpi, struct arena *arena, const struct postbox_letter *letter,
                     const struct krr_mailbox *mailbox, struct dpi_parcel *out, struct error *err)
{
    struct dpi_parcel parcel = {.dpi = dpi,
                                .letter = letter,
                                .mailbox = mailbox,
                                .boundary = crypto_random_id(arena, BOUNDARY_BITS)};
    struct bytes plain;
    struct error why = {0};
    char *pem;
    if (!check_certificate(dpi, arena, mailbox, &pem, &why))
        return not_to_that_one(err, &why);
    if (!pack(dpi, arena, letter, mailbox, &plain, err))
        return false;
    if (!cms_envelope_seal(arena, plain, BYTES_OF(pem), clock_now(), &parcel.package, &why))
        return why.code == ERROR_LIMIT ? error_set(err, why.code, "%s", why.text)
                                       : not_to_that_one(err, &why);
    *out = parcel;
    return true;
}

/* ---- the document, and both as one body ---- */

static struct sbd_notice notice_of(const struct postbox_notice *notice,
                                   const struct krr_contact *contact)
{
    if (!notice->text || !contact->address || !contact->may_be_used)
        return (struct sbd_notice){0};
    return (struct sbd_notice){.address = contact->address,
                               .text = notice->text,
                               .repeat_days = notice->repeat_days,
                               .repeat_count = notice->count};
}

static struct sbd_digital document_of(const struct dpi_parcel *parcel, const char *token)
{
    const struct postbox_letter *letter = parcel->letter;
    const struct dpi_settings *settings = &parcel->dpi->settings;
    return (struct sbd_digital){
        .message_id = letter->message_id,
        .conversation_id = letter->message_id,
        .created_at = clock_now(),
        .sender = parcel->dpi->sender,
        .receiver = parcel->mailbox->provider,
        .agency = settings->agency,
        .agency_unit = or_none(settings->agency_unit),
        .mailbox = parcel->mailbox->address,
        .package = crypto_sha256(parcel->package),
        .token = token,
        .level = letter->level,
        .visible_from = letter->visible_from,
        .wants_opening_receipt = letter->wants_opening_receipt,
        .title = letter->title,
        .language = letter->language,
        .email = notice_of(&letter->email_notice, &parcel->mailbox->email),
        .sms = notice_of(&letter->sms_notice, &parcel->mailbox->phone),
    };
}

static void add_part(struct buf *body, const char *boundary, const char *name, const char *file,
                     const char *type, struct bytes content)
{
    buf_printf(body,
               "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
               "Content-Type: %s\r\n\r\n",
               boundary, name, file, type);
    buf_add(body, content);
    buf_add_text(body, "\r\n");
}

bool dpi_parcel_write(void *context, struct arena *arena, const char *token, struct dpi_body *out,
                      struct error *err)
{
    const struct dpi_parcel *parcel = context;
    const struct sbd_digital digital = document_of(parcel, token);
    struct bytes document;
    char *jws;
    if (!sbd_write(arena, &digital, &document, err) ||
        !sbd_sign(arena, document, parcel->dpi->key, parcel->dpi->settings.chain_pem, &jws, err))
        return false;
    struct buf body;
    buf_init(&body, arena);
    buf_reserve(&body, strlen(jws) + parcel->package.size + 1024);
    add_part(&body, parcel->boundary, "forretningsmelding", "sbd.jwt", "application/jwt",
             BYTES_OF(jws));
    add_part(&body, parcel->boundary, "dokumentpakke", "asic.cms", "application/cms",
             parcel->package);
    buf_printf(&body, "--%s--\r\n", parcel->boundary);
    *out =
        (struct dpi_body){arena_printf(arena, "multipart/form-data; boundary=%s", parcel->boundary),
                          buf_bytes(&body)};
    return true;
}

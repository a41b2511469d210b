#include "engine/sandbox/sandbox_seed.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_documents.h"
#include "engine/sandbox/sandbox_pdf_sign.h"
#include "forms/locale.h"

#include <string.h>

enum {
    DAY_S = 24 * 3600,
    MORNING_S = 8 * 3600 + 720,
    FRESH_DAYS = 19,
    OLD_DAYS = 245,
    RENTAL_DAYS = 400,
    PAY_SLIPS = 3
};

/* One person's mailbox while it is being filled. */
struct seeding {
    struct arena *arena;
    struct sandbox_ledger *ledger;
    struct sandbox_mail *mail;
    const struct sandbox_signers *signers;
    const struct sandbox_person *person;
    struct clock_time now;
    int64_t now_s;
};

/* The same document gets the same uuid at every start, and so is put in once. */
static char *uuid_of(const struct seeding *seeding, const char *key)
{
    const char *name = arena_printf(seeding->arena, "%s %s", seeding->person->pid, key);
    char *hex = crypto_sha256_hex(seeding->arena, BYTES_OF(name));
    hex[12] = '8'; /* RFC 9562 5.8: a version of one's own */
    hex[16] = 'a';
    return arena_printf(seeding->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                        hex + 16, hex + 20);
}

static bool put(const struct seeding *seeding, const char *sender, const char *number,
                const char *key, const char *subject, int64_t at, struct bytes content,
                struct error *err)
{
    char *sha256;
    if (!sandbox_ledger_keep(seeding->ledger, seeding->arena, content, &sha256, err))
        return false;
    struct sandbox_document document = {.uuid = uuid_of(seeding, key),
                                        .subject = subject,
                                        .file_type = "pdf",
                                        .sha256 = sha256,
                                        .size_bytes = content.size,
                                        .authentication_level = "TWO_FACTOR",
                                        .sensitivity_level = "NORMAL"};
    struct sandbox_message message = {.id = "",
                                      .person = seeding->person,
                                      .sender_name = sender,
                                      .origin_number = number,
                                      .channel = "DIGIPOST",
                                      .status = "DELIVERED",
                                      .created_at_ms = at * 1000,
                                      .delivered_at_ms = at * 1000,
                                      .documents = &document,
                                      .document_count = 1};
    return sandbox_mail_deliver(seeding->mail, &message, NULL, err);
}

static bool is_there(const struct seeding *seeding, const char *key)
{
    return sandbox_mail_find_document(seeding->mail, 0, uuid_of(seeding, key)) != NULL;
}

/* In Norway, at that hour. */
static int64_t day_at(int year, int month, int day, int hour)
{
    struct clock_time time = {.year = year, .month = month, .day = day, .hour = hour};
    return clock_seconds(time);
}

/* In the morning of a day so long ago. */
static int64_t days_before(const struct seeding *seeding, int days)
{
    return (seeding->now_s / DAY_S - days) * DAY_S + MORNING_S;
}

static bool put_tax_return(const struct seeding *seeding, int income_year, struct error *err)
{
    const char *subject = arena_printf(seeding->arena, "Skattemelding for %d", income_year);
    const struct sandbox_signer *signer = &seeding->signers->issuer;
    int64_t at = day_at(income_year + 1, 3, 16, 8);
    struct bytes content;
    return is_there(seeding, subject) ||
           (sandbox_documents_tax_return(seeding->arena, seeding->person, income_year, &content,
                                         err) &&
            sandbox_pdf_sign(seeding->arena, content, signer->key_pem, signer->certificate_pem, at,
                             &content, err) &&
            put(seeding, SANDBOX_PEOPLE_TAX_NAME, SANDBOX_PEOPLE_TAX_NUMBER, subject, subject, at,
                content, err));
}

/* back: so many months ago, 0 this month. */
static bool put_pay_slip(const struct seeding *seeding, int back, struct error *err)
{
    int month_index = seeding->now.year * 12 + seeding->now.month - 1 - back;
    int year = month_index / 12, month = month_index % 12 + 1;
    const struct sandbox_employer *employer = seeding->person->employer;
    const char *subject =
        arena_printf(seeding->arena, "Lønnsslipp %s %d", locale_month(month, "nb"), year);
    struct bytes content;
    return is_there(seeding, subject) ||
           (sandbox_documents_pay_slip(seeding->arena, seeding->person, year, month, &content,
                                       err) &&
            put(seeding, employer->name, employer->organisation_number, subject, subject,
                day_at(year, month, 12, 7), content, err));
}

static bool put_certificate(const struct seeding *seeding, int days_ago, const char *key,
                            struct error *err)
{
    int64_t at = days_before(seeding, days_ago);
    struct bytes content;
    return is_there(seeding, key) ||
           (sandbox_documents_tax_certificate(seeding->arena, seeding->person, at, &content, err) &&
            put(seeding, SANDBOX_PEOPLE_TAX_NAME, SANDBOX_PEOPLE_TAX_NUMBER, key, "Skatteattest",
                at, content, err));
}

static bool put_rental_agreement(const struct seeding *seeding, struct error *err)
{
    static const char subject[] = "Husleiekontrakt";
    int64_t at = days_before(seeding, RENTAL_DAYS);
    struct bytes content;
    return is_there(seeding, subject) ||
           (sandbox_documents_rental_agreement(seeding->arena, seeding->person, at, &content,
                                               err) &&
            put(seeding, seeding->person->name, NULL, subject, subject, at, content, err));
}

/* The landlord's was put there by the person: the postbox does not know who made it. */
static bool put_signed(const struct seeding *seeding, struct error *err)
{
    int64_t at = days_before(seeding, FRESH_DAYS);
    for (int kind = 0; kind < SANDBOX_SIGNED_COUNT; kind++) {
        const char *title = sandbox_signers_title((enum sandbox_signed)kind);
        bool own = kind == SANDBOX_SIGNED_STRANGER;
        struct bytes content;
        if (is_there(seeding, title))
            continue;
        if (!sandbox_signers_document(seeding->arena, seeding->signers, (enum sandbox_signed)kind,
                                      seeding->person, at, &content, err) ||
            !put(seeding, own ? seeding->person->name : SANDBOX_PEOPLE_TAX_NAME,
                 own ? NULL : SANDBOX_PEOPLE_TAX_NUMBER, title, title, at, content, err))
            return false;
    }
    return true;
}

/* Oldest first, as they would have come. The tax return of a year comes in March after it. */
static bool seed_person(const struct seeding *seeding, struct error *err)
{
    if (!put_rental_agreement(seeding, err))
        return false;
    if (seeding->person->has_signed_documents && !put_signed(seeding, err))
        return false;
    if (!seeding->person->has_tax_documents)
        return true;
    int last_year = seeding->now.year - (seeding->now.month > 3 ? 1 : 2);
    if (!put_tax_return(seeding, last_year - 1, err) ||
        !put_certificate(seeding, OLD_DAYS, "gammel skatteattest", err) ||
        !put_tax_return(seeding, last_year, err))
        return false;
    int newest = seeding->now.day >= 13 ? 0 : 1;
    for (int back = newest + PAY_SLIPS - 1; back >= newest; back--)
        if (!put_pay_slip(seeding, back, err))
            return false;
    return put_certificate(seeding, FRESH_DAYS, "ny skatteattest", err);
}

bool sandbox_seed(struct sandbox_ledger *ledger, struct sandbox_mail *mail,
                  const struct sandbox_signers *signers, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    int64_t now = clock_now();
    for (size_t i = 0; i < count; i++) {
        struct seeding seeding = {arena, ledger, mail, signers, &people[i], clock_oslo(now), now};
        if (people[i].has_mailbox && !seed_person(&seeding, err))
            return false;
        arena_reset(arena);
    }
    return true;
}

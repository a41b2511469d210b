/* krr_mailbox.h - which digital mailbox a person has, by Kontakt- og reservasjonsregisteret: one
 * lookup, right before a letter is sent. Source: Digdir, Kontaktregisteret, REST v2 (POST
 * /rest/v2/personer).
 *
 * Nothing is kept between lookups. A person may change mailbox, or reserve, at any time, and the
 * register says to look up immediately before sending; so an answer lives in the arena of the one
 * delivery that asked, which is seconds, and the next attempt asks anew. */
#pragma once

#include "storage/registers/register.h"

/* What Maskinporten is asked for: where letters go, and where notices of them go. */
#define KRR_MAILBOX_SCOPE "krr:global/digitalpost.read krr:global/kontaktinformasjon.read"

enum krr_status { KRR_ACTIVE, KRR_DELETED, KRR_NOT_REGISTERED };

/* An address for notices of a letter. */
struct krr_contact {
    const char *address; /* NULL: none is given */
    bool may_be_used;    /* updated or verified in the last 18 months (eForvaltningsforskriften
                            § 32), and the register says KAN_VARSLES */
};

struct krr_mailbox {
    /* FOUND: letters may be sent there now: status is ACTIVE, the person is not reserved, and
     * address, provider and certificate are all given. NOTHING: the register answered, and no
     * letter may be sent; status and reserved say why. UNAVAILABLE: reason; the rest is empty. */
    enum register_outcome outcome;
    enum krr_status status;
    bool reserved;            /* against digital letters */
    const char *address;      /* "syntetisk.person#0AAA"; NULL unless FOUND, as the next two are */
    const char *provider;     /* organisation number, 9 digits: "984661185" */
    struct bytes certificate; /* of the mailbox, DER: what letters are encrypted to. Its dates and
                                 issuer are not looked at here */
    struct krr_contact email, phone;
    const char *language; /* that the person wants: "nb", "nn", "en" or "se"; NULL: not told */
    char reason[128];     /* UNAVAILABLE: one sentence for operators, nothing about a person */
};

/* pid: national identity number, 11 digits. Everything is in the arena. */
void krr_mailbox(struct arena *arena, const struct register_settings *settings, const char *pid,
                 struct krr_mailbox *out);

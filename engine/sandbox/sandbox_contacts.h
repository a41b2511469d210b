/* sandbox_contacts.h - what the test people have told the State: e-mail, phone, whose mailbox, and
 * whether they want letters on paper. */
#pragma once

#include "engine/sandbox/sandbox_people.h"

enum sandbox_contact_status { SANDBOX_CONTACT_ACTIVE, SANDBOX_CONTACT_DELETED };

struct sandbox_contact {
    const char *person; /* key */
    const char *email, *phone;
    int email_age, phone_age; /* months since it was written; 0 with NULL: none */
    int email_seen;           /* months since it was last confirmed; 0: never */
    const char *mailbox;      /* postkasseadresse; NULL: none */
    const char *provider;     /* organisation number of the mailbox */
    enum sandbox_contact_status status;
    bool is_reserved;
};

/* Static. NULL: the register knows nobody of that number. */
const struct sandbox_contact *sandbox_contacts_find(const char *pid);

/* Who has that address at that provider; NULL: nobody, or not any more. */
const struct sandbox_person *sandbox_contacts_at(const char *provider, const char *mailbox);

/* The provider of that person's mailbox, NULL when there is none. */
const char *sandbox_contacts_provider(const struct sandbox_person *person);

/* May the State notify that person: not reserved or deleted, and something of what was told is at
 * most 18 months old (eForvaltningsforskriften § 32). */
bool sandbox_contacts_may_notify(const struct sandbox_contact *contact);

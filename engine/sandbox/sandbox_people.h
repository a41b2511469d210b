/* sandbox_people.h - the test people: invented, with synthetic identity numbers (80 added to the
 * month, Skatteetaten's Tenor rule), shown by the test login and given mailboxes by the sandbox. */
#pragma once

#include "engine/base/base.h"

/* Who pays them; an invented company. */
struct sandbox_employer {
    const char *name;
    const char *organisation_number; /* 9 digits, valid check digit */
    const char *address, *postal_place;
};

/* Static; texts are UTF-8. */
struct sandbox_person {
    const char *key; /* a word for addresses and tests: "ingrid" */
    const char *name;
    const char *pid;      /* 11 digits, valid check digits */
    const char *about;    /* one line for the login page, in the person's language */
    const char *language; /* BCP 47: which written language they prefer */
    const char *address, *postal_place;
    bool has_mailbox;       /* false: no account with Digipost; perhaps one with another postbox */
    bool has_tax_documents; /* the mailbox is seeded with tax return, certificates and pay slips */
    const struct sandbox_employer *employer; /* NULL: none */
    int64_t monthly_pay_kr;                  /* before tax; 0 without employer */
    int64_t tax_percent;                     /* of pay, as withheld */
    bool has_signed_documents;               /* one of each kind of sandbox_signers.h */
};

const struct sandbox_person *sandbox_people(size_t *count);

/* By key or by identity number; NULL when there is none. */
const struct sandbox_person *sandbox_people_find(const char *key);
const struct sandbox_person *sandbox_people_find_pid(const char *pid);

/* The tax administration's real name and number: the origin of tax documents. */
#define SANDBOX_PEOPLE_TAX_NAME "Skatteetaten"
#define SANDBOX_PEOPLE_TAX_NUMBER "974761076"

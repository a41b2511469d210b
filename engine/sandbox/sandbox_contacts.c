#include "engine/sandbox/sandbox_contacts.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_authority.h"

enum { FRESH_MONTHS = 18 };

#define DIGIPOST SANDBOX_AUTHORITY_DIGIPOST_NUMBER
#define E_BOKS SANDBOX_AUTHORITY_EBOKS_NUMBER

/* Nora is not here: the register does not know her. */
static const struct sandbox_contact contacts[] = {
    {.person = "ingrid",
     .email = "ingrid.fjeld@example.no",
     .phone = "+4790000001",
     .email_age = 5,
     .phone_age = 5,
     .mailbox = "ingrid.fjeld#1AAA",
     .provider = DIGIPOST},
    {.person = "jonas",
     .email = "jonas.berg@example.no",
     .phone = "+4790000002",
     .email_age = 2,
     .phone_age = 2,
     .mailbox = "jonas.lie.berg#2AAA",
     .provider = DIGIPOST},
    {.person = "oddny",
     .email = "oddny.hauge@example.no",
     .phone = "+4790000003",
     .email_age = 20, /* too old */
     .phone_age = 3,
     .mailbox = "oddny.hauge#3AAA",
     .provider = DIGIPOST},
    {.person = "kari",
     .email = "kari.solvang@example.no",
     .phone = "+4790000004",
     .email_age = 1,
     .phone_age = 1},
    {.person = "lise",
     .email = "lise.strand@example.no",
     .phone = "+4790000005",
     .email_age = 4,
     .phone_age = 4,
     .mailbox = "17847330",
     .provider = E_BOKS},
    {.person = "einar",
     .email = "einar.dahl@example.no",
     .phone = "+4790000006",
     .email_age = 1,
     .phone_age = 1,
     .is_reserved = true},
    {.person = "gerd", .mailbox = "gerd.nilsen#5AAA", .provider = DIGIPOST},
    {.person = "siri", .mailbox = "siri.vik#6AAA", .provider = DIGIPOST},
    {.person = "solveig",
     .email = "solveig.myhre@example.no",
     .phone = "+4790000007",
     .email_age = 40,
     .phone_age = 25,
     .email_seen = 19, /* all of it too old */
     .mailbox = "23855831",
     .provider = E_BOKS},
    {.person = "torleif", .status = SANDBOX_CONTACT_DELETED},
};

static const struct sandbox_contact *contact_of(const struct sandbox_person *person)
{
    for (size_t i = 0; person && i < COUNT(contacts); i++)
        if (text_equal(contacts[i].person, person->key))
            return &contacts[i];
    return NULL;
}

const struct sandbox_contact *sandbox_contacts_find(const char *pid)
{
    return contact_of(sandbox_people_find_pid(pid));
}

const struct sandbox_person *sandbox_contacts_at(const char *provider, const char *mailbox)
{
    for (size_t i = 0; i < COUNT(contacts); i++)
        if (contacts[i].mailbox && text_equal(contacts[i].mailbox, mailbox) &&
            text_equal(contacts[i].provider, provider))
            return sandbox_people_find(contacts[i].person);
    return NULL;
}

const char *sandbox_contacts_provider(const struct sandbox_person *person)
{
    const struct sandbox_contact *contact = contact_of(person);
    return contact ? contact->provider : NULL;
}

bool sandbox_contacts_may_notify(const struct sandbox_contact *contact)
{
    int email_age = contact->email_seen ? contact->email_seen : contact->email_age;
    bool fresh = (contact->email && email_age < FRESH_MONTHS) ||
                 (contact->phone && contact->phone_age < FRESH_MONTHS);
    return fresh && !contact->is_reserved && contact->status == SANDBOX_CONTACT_ACTIVE;
}

#include "forms/prefill.h"

#include <string.h>

static const struct prefill_fact facts[] = {
    {"person.name", PREFILL_LOGIN, false},      {"person.pid", PREFILL_LOGIN, false},
    {"person.address", PREFILL_PERSON, false},  {"person.street", PREFILL_PERSON, false},
    {"person.postcode", PREFILL_PERSON, false}, {"person.city", PREFILL_PERSON, false},
    {"krr.email", PREFILL_KRR, false},          {"krr.phone", PREFILL_KRR, false},
    {"org.name", PREFILL_ORGANISATION, true},
};

const struct prefill_fact *prefill_facts(size_t *count)
{
    *count = COUNT(facts);
    return facts;
}

const struct prefill_fact *prefill_find(const char *word)
{
    for (size_t i = 0; i < COUNT(facts); i++)
        if (strcmp(facts[i].word, word) == 0)
            return &facts[i];
    return NULL;
}

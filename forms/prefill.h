/* prefill.h - facts that are known of the person or an organisation already: the words of
 * sk:prefill, and who is asked for them. What was fetched stands in the answers with its source and
 * date (answers_prefill); asking is the engine's (engine/prefill.h). */
#pragma once

#include "engine/base/base.h"

/* Who is asked, in one question for all its facts. Also what sk:source says. */
#define PREFILL_LOGIN "login"            /* known since the person logged in */
#define PREFILL_KRR "krr"                /* Kontakt- og reservasjonsregisteret */
#define PREFILL_PERSON "folkeregisteret" /* addresses */
#define PREFILL_ORGANISATION "enhetsregisteret"
#define PREFILL_OWN "own" /* of an answer: the person's own, though it was or could be fetched */

struct prefill_fact {
    const char *word;   /* "krr.email" */
    const char *source; /* one of those above */
    bool by_number;     /* about the organisation that another answer names */
};

/* NULL when there is none of that word. */
const struct prefill_fact *prefill_find(const char *word);
const struct prefill_fact *prefill_facts(size_t *count);

/* sk:prefill of a bind. */
struct form_field;
struct form_prefill {
    const struct prefill_fact *fact;
    bool editable;               /* the person may change what was fetched */
    const struct form_field *by; /* by_number: where the organisation number is answered */
};

/* publish.h - whether a form may be offered in the languages it is in. Språklova: a state body has
 * its forms in bokmål and nynorsk, both at the same time; for others it is good practice. */
#pragma once

#include "forms/finding.h"
#include "forms/form.h"

/* Whose form it is, sk:about says (agency-kind), else `installation`. When that is a state agency,
 * every text that people see must be there in both: an error "language.required" for each language
 * that is missing altogether, or for each text that is missing in one of them. Of other agencies'
 * forms nothing is said here: loading and lint warn. True when there is no such error. */
bool publish_check(const struct form *form, const char *file, enum form_agency installation,
                   struct finding_list *findings);

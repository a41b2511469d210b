/* krr.h - Kontakt- og reservasjonsregisteret: the e-mail address and mobile number that a person
 * has given the State. Source: Digdir, Kontaktregisteret, REST v2 (POST /rest/v2/personer).
 *
 * Facts: krr.email, krr.phone. Each may be used when the register says AKTIV, the person is not
 * reserved (reservasjon NEI), and that very address was updated or verified in the last 18 months
 * (eForvaltningsforskriften § 32): we would write to it about the application. Else it is as if
 * there were none: NOTHING. */
#pragma once

#include "storage/registers/register.h"

#define KRR_SCOPE "krr:global/kontaktinformasjon.read" /* what Maskinporten is asked for */

struct register_source krr_source(const struct register_settings *settings);

/* "2023-06-29T10:14:52+02" and "2023-08-05T10:45:15.768Z", as the register writes times. */
CHECKED bool krr_parse_time(const char *text, int64_t *out);

/* Whether something confirmed then may still be used at that moment. */
bool krr_is_fresh(int64_t confirmed_at, int64_t now);

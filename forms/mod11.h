/* mod11.h - Norwegian numbers with check digits: national identity number, organisation number,
 * account number. All take exactly the digits, without spaces. */
#pragma once

#include "engine/base/base.h"

/* Eleven digits whose two check digits are right and whose first six are a date: birth numbers,
 * D-numbers (day + 40), and synthetic ones (month + 80, Skatteetaten's Tenor; month + 40, NAV's
 * Dolly). Rule: folkeregisterforskriften kapittel 2, fødselsnummer og d-nummer. */
bool mod11_is_fnr(const char *digits);

/* The birth date of such a number; false when it is not one. The century follows from the
 * individual number (digits 7 to 9). */
bool mod11_fnr_birth(const char *digits, int *year, int *month, int *day);

/* Nine digits. Real ones begin with 8 or 9, synthetic ones with 2 or 3: not looked at here.
 * Rule: Brønnøysundregistrene, "Organisasjonsnummeret", weights 3 2 7 6 5 4 3 2. */
bool mod11_is_orgnr(const char *digits);

/* Eleven digits. Rule: Bits' "Kontonummer", weights 5 4 3 2 7 6 5 4 3 2. */
bool mod11_is_konto(const char *digits);

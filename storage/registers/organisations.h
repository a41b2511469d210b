/* organisations.h - what an organisation is called, by its number. The least that a register of
 * organisations must say, in the shape of Brønnøysundregistrene's open data:
 *
 *   GET <base>/enheter/310123021
 *   200  {"organisasjonsnummer": "310123021", "navn": "NORDLYS REGNSKAP AS"}     404: no such one
 *        with "slettedato" when it does not exist any more: NOTHING
 *
 * Facts: org.name. */
#pragma once

#include "storage/registers/register.h"

struct register_source organisations_source(const struct register_settings *settings);

/* population.h - what a person is called and where they live, from a register of the population.
 * Which service an agency has access to, and how it answers, is not settled; this is the least that
 * one must say, and what the sandbox says:
 *
 *   POST <base>/personer   {"personidentifikator": "02878520281"}
 *   200  {"personidentifikator": "02878520281", "navn": "Ingrid Fjeld",
 *         "bostedsadresse": {"adresselinje": "Bakkeveien 7 B", "postnummer": "9999",
 *                            "poststed": "Fjordvik"}}      404: not known there
 *
 * The number is in the body, so that it is in no log of addresses. A person whose address is graded
 * (adressebeskyttelse) has none here, and then there is none: it must never be shown or written on.
 *
 * Facts: person.name; person.address ("Bakkeveien 7 B, 9999 Fjordvik"), person.street,
 * person.postcode, person.city, all four or none. NOTHING when there are none at all. */
#pragma once

#include "storage/registers/register.h"

#define POPULATION_NAME "folkeregisteret" /* of the source */

struct register_source population_source(const struct register_settings *settings);

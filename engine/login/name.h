/* name.h - what somebody who logged in is called. Only to be shown and written on letters: who it
 * is tells the identity number alone. ID-porten's tokens have no name; the population register has.
 */
#pragma once

#include "engine/base/breaker.h"
#include "storage/registers/register.h"

enum { NAME_WAIT_MS = 1000 }; /* so long a login waits for a register; then it goes on without */

/* As somebody else says it, on one line; "" for NULL and what cannot be a name. */
const char *name_to_show(struct arena *arena, const char *said);

/* Asks that population register; "" when it is NULL, knows no name, or does not answer within
 * NAME_WAIT_MS. The breaker stands before it: when so many ask already, or it has failed again and
 * again, a login goes on without, so that a register that is slow holds up no threads of the
 * site's. Holds no database connection, and is to be called with none. */
const char *name_fetch(struct arena *arena, const struct register_source *population,
                       struct breaker *breaker, const char *pid);

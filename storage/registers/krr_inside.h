/* krr_inside.h - reading the register's answer, for krr.c and krr_mailbox.c. */
#pragma once

#include "storage/registers/register.h"

#include <jansson.h>

/* Asks about one person: *answer is closed by the caller with register_close, *person lies in it.
 * False: register_fail. */
bool krr_ask(struct arena *arena, const struct register_settings *settings, const char *pid,
             json_t **answer, const json_t **person, struct register_answer *out);

/* Whether the member is that word. */
bool krr_says(const json_t *person, const char *name, const char *word);

/* Whether the person's address of that kind ("epostadresse") was updated or verified lately. */
bool krr_is_confirmed(struct arena *arena, const json_t *person, const char *kind);

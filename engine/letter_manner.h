/* letter_manner.h - how a form says that its letters go (<sk:letter>), in the language of what was
 * sent. */
#pragma once

#include "engine/letter.h"
#include "forms/form.h"

/* Fills in everything of the letter that the form decides: subject, level, language, notices, and
 * when it can be seen. What a mailbox would refuse is cut or left out here: a letter that lint has
 * things to say of still goes.
 *   word      "letter.receipt" or "letter.supplement" of the site's messages, around the form's
 *             name, where the form gives the letter no title of its own
 *   language  of the submission
 *   sent_at   Unix seconds */
void letter_manner(struct arena *arena, const struct form *form, const char *word,
                   const char *language, int64_t sent_at, struct letter_receipt *out);

/* Whether the documents go along, or are named in the receipt only. */
bool letter_manner_includes(const struct form *form);

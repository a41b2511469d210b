/* prefill.h - what is known already, into a draft's answers (sk:prefill). What the login knows is
 * there at once. For the rest the page that begins a draft writes questions (storage/prefills.h)
 * and wakes the worker; each opening of the draft takes in what has been answered since, in memory,
 * as it does with documents: into fields that are empty and that nobody has written in, and in
 * place of what the same register said before. What a person wrote is never changed.
 *
 * Answers older than PREFILL_FRESH_DAYS are asked for again when the draft is saved. */
#pragma once

#include "engine/deliver_prefill.h"
#include "forms/answers.h"
#include "storage/citizens.h"
#include "storage/prefills.h"

enum {
    PREFILL_FRESH_DAYS = 7,
    PREFILL_WAIT_MS = 2000, /* so long a page waits for an answer; then it goes on without */
};

/* What the login knows, into answers that begin. */
CHECKED bool prefill_from_login(struct arena *arena, struct answers *answers,
                                const struct citizen *citizen, struct error *err);

/* Writes the questions that these answers lead to and that are not among those asked before, to
 * registers that are set up; in the caller's transaction, which has seen that the draft is still as
 * it was when those were read. *asked: there are new ones, so wake the worker after the commit. */
CHECKED bool prefill_ask(struct arena *arena, struct db *db,
                         const struct deliver_registers *registers, struct answers *answers,
                         const char *citizen_id, const char *draft_id,
                         const struct prefills_question *before, size_t count, bool *asked,
                         struct error *err);

/* Takes in what has been answered: for open_draft_read. */
CHECKED bool prefill_take_in(struct arena *arena, struct answers *answers,
                             const struct prefills_question *questions, size_t count,
                             struct error *err);

/* Whether some answer is older than PREFILL_FRESH_DAYS. */
bool prefill_is_stale(const struct prefills_question *questions, size_t count);

/* Of the fields that a page shows now. */
struct prefill_page {
    bool waits;               /* some may be answered in a moment */
    const char **unavailable; /* place_id() of those that could not be fetched */
    size_t unavailable_count;
};
void prefill_look(struct arena *arena, struct answers *answers, const struct form_page *page,
                  const struct prefills_question *questions, size_t count,
                  struct prefill_page *out);

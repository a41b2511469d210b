#include "engine/deliver_prefill.h"

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "storage/prefills.h"

enum {
    LEASE_MS = 60 * 1000,
    FIRST_WAIT_MS = 5 * 1000, /* doubled each time: 5, 10, ... 160 s */
    MOST_ATTEMPTS = 6,
};

static const struct register_source *source_of(const struct deliver_registers *registers,
                                               const char *name)
{
    for (size_t i = 0; i < registers->count; i++)
        if (text_equal(registers->sources[i].name, name))
            return &registers->sources[i];
    return NULL;
}

static bool take(struct db_pool *pool, struct arena *arena, struct prefills_question *question,
                 const char **pid, bool *found, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    int64_t due_ms;
    *found = false;
    if (!db_borrow(pool, &db, err) || !prefills_due_in_ms(arena, db, &due_ms, err))
        return false;
    return due_ms > 0 || prefills_lease(arena, db, LEASE_MS, question, pid, found, err);
}

static int64_t wait_ms(int64_t attempts)
{
    int64_t wait = FIRST_WAIT_MS;
    for (int64_t i = 1; i < attempts; i++)
        wait *= 2;
    return wait;
}

static bool write_down(struct db_pool *pool, struct arena *arena,
                       struct prefills_question *question, const struct register_answer *answer,
                       struct error *err)
{
    static const enum prefills_state states[] = {
        [REGISTER_FOUND] = PREFILLS_FOUND,
        [REGISTER_NOTHING] = PREFILLS_NOTHING,
        [REGISTER_UNAVAILABLE] = PREFILLS_UNAVAILABLE,
    };
    CLEANUP(db_return) struct db *db = NULL;
    if (!db_borrow(pool, &db, err))
        return false;
    if (answer->outcome == REGISTER_UNAVAILABLE && question->attempts < MOST_ATTEMPTS)
        return prefills_again(db, question, wait_ms(question->attempts), answer->reason, err);
    struct prefills_fact facts[REGISTER_MAX_FACTS];
    for (size_t i = 0; i < answer->fact_count; i++)
        facts[i] = (struct prefills_fact){answer->facts[i].word, answer->facts[i].value};
    question->facts = facts;
    question->fact_count = answer->fact_count;
    return prefills_answer(arena, db, question, states[answer->outcome], answer->reason, err);
}

void deliver_prefill_answer(struct db_pool *pool, const struct deliver_registers *registers,
                            struct arena *arena, const atomic_bool *stopping)
{
    for (bool found = true; found && !atomic_load(stopping); arena_reset(arena)) {
        struct prefills_question question;
        struct register_answer answer = {.outcome = REGISTER_UNAVAILABLE};
        struct error err = {0};
        const char *pid;
        if (!take(pool, arena, &question, &pid, &found, &err)) {
            log_error("prefill_failed", &err);
            return;
        }
        if (!found)
            return;
        const struct register_source *source = source_of(registers, question.source);
        bool is_person = text_is_empty(question.about);
        const struct register_subject subject = {.pid = is_person ? pid : NULL,
                                                 .organisation_number =
                                                     is_person ? NULL : question.about};
        if (source) /* without a connection held: it may take its time */
            source->ask(source, arena, &subject, &answer);
        else /* not set up any more */
            answer.outcome = REGISTER_NOTHING;
        if (answer.outcome == REGISTER_UNAVAILABLE)
            log_event(LOG_LEVEL_WARNING, "register_unavailable",
                      "register=%s attempt=%lld why=\"%s\"", question.source,
                      (long long)question.attempts, answer.reason);
        if (!write_down(pool, arena, &question, &answer, &err))
            log_error("prefill_failed", &err);
    }
}

int64_t deliver_prefill_due_in_ms(struct db_pool *pool, struct arena *arena, int64_t most_ms)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    int64_t due_ms;
    if (!db_borrow(pool, &db, &err) || !prefills_due_in_ms(arena, db, &due_ms, &err)) {
        log_error("prefill_failed", &err);
        return most_ms;
    }
    return due_ms < most_ms ? due_ms : most_ms;
}

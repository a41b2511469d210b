/* test_prefills.c - questions to registers: asked once, answered by whoever holds the lease. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/prefills.h"

static void ask(struct store *store, const char *citizen_id, const char *draft_id,
                const char *source, const char *about)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, prefills_ask(store->db, citizen_id, draft_id, source, about, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
}

static struct prefills_question lease(struct store *store, bool expected)
{
    struct prefills_question question = {0};
    const char *pid = NULL;
    bool found;
    WORKS(store,
          prefills_lease(store->arena, store->db, 60000, &question, &pid, &found, &store->err));
    assert_int_equal(found, expected);
    if (found)
        assert_string_equal(pid, KARI);
    return question;
}

static struct prefills_question only(struct store *store, const char *citizen_id,
                                     const char *draft_id)
{
    struct prefills_question *questions;
    size_t count;
    WORKS(store, prefills_of_draft(store->arena, store->db, citizen_id, draft_id, &questions,
                                   &count, &store->err));
    assert_int_equal(count, 1);
    return questions[0];
}

static void a_question_is_asked_once_and_its_answer_comes_back(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    ask(store, kari, draft.id, "krr", "");
    ask(store, kari, draft.id, "krr", "");

    struct prefills_question question = lease(store, true);
    lease(store, false); /* it is taken */
    const struct prefills_fact facts[] = {{"krr.email", "kari@example.no"},
                                          {"krr.phone", "+47\t900\n00000"}};
    question.facts = facts;
    question.fact_count = COUNT(facts);
    clock_set(1800000000);
    WORKS(store,
          prefills_answer(store->arena, store->db, &question, PREFILLS_FOUND, "", &store->err));
    clock_set(0);

    struct prefills_question read = only(store, kari, draft.id);
    assert_int_equal(read.state, PREFILLS_FOUND);
    assert_int_equal(read.fact_count, 2);
    assert_string_equal(read.facts[0].value, "kari@example.no");
    assert_string_equal(read.facts[1].value, "+47 900 00000"); /* on one line */
    assert_int_equal(read.answered_at, 1800000000);
}

static void what_a_late_worker_says_is_not_written(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    ask(store, kari, draft.id, "krr", "");
    struct prefills_question late = lease(store, true);
    db_clock_advance(61000);
    struct prefills_question next = lease(store, true);

    WORKS(store,
          prefills_answer(store->arena, store->db, &late, PREFILLS_NOTHING, "", &store->err));
    assert_int_equal(only(store, kari, draft.id).state, PREFILLS_WAITING);
    WORKS(store, prefills_again(store->db, &next, 5000, "answered 503", &store->err));
    assert_string_equal(only(store, kari, draft.id).reason, "answered 503");
    lease(store, false);
    int64_t due_ms;
    WORKS(store, prefills_due_in_ms(store->arena, store->db, &due_ms, &store->err));
    assert_in_range(due_ms, 1, 5000);
}

static void asked_again_it_keeps_what_is_known_until_there_is_more(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    ask(store, kari, draft.id, "krr", "");
    struct prefills_question question = lease(store, true);
    const struct prefills_fact fact = {"krr.email", "kari@example.no"};
    question.facts = &fact;
    question.fact_count = 1;
    WORKS(store,
          prefills_answer(store->arena, store->db, &question, PREFILLS_FOUND, "", &store->err));

    WORKS(store, prefills_refresh(store->db, kari, draft.id, clock_now() - 100, &store->err));
    lease(store, false); /* not that old */
    WORKS(store, prefills_refresh(store->db, kari, draft.id, clock_now() + 1, &store->err));
    question = lease(store, true);
    question.fact_count = 0;
    WORKS(store, prefills_answer(store->arena, store->db, &question, PREFILLS_UNAVAILABLE,
                                 "answered 503", &store->err));
    assert_int_equal(only(store, kari, draft.id).fact_count, 1);
}

static void sql_3_nobody_asks_about_or_reads_anothers_draft(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    ask(store, kari, draft.id, "krr", "");
    struct prefills_question *questions;
    size_t count;
    WORKS(store, prefills_of_draft(store->arena, store->db, ola, draft.id, &questions, &count,
                                   &store->err));
    assert_int_equal(count, 0);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    FAILS(store, prefills_ask(store->db, ola, draft.id, "person", "", &store->err), ERROR_MISSING);
}

static void a_draft_asks_only_so_many_questions(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    for (int i = 0; i < PREFILLS_MAX; i++)
        ask(store, kari, draft.id, "org", arena_printf(store->arena, "%09d", i));
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    FAILS(store, prefills_ask(store->db, kari, draft.id, "org", "999999999", &store->err),
          ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_question_is_asked_once_and_its_answer_comes_back),
        WITH_STORE(what_a_late_worker_says_is_not_written),
        WITH_STORE(asked_again_it_keeps_what_is_known_until_there_is_more),
        WITH_STORE(sql_3_nobody_asks_about_or_reads_anothers_draft),
        WITH_STORE(a_draft_asks_only_so_many_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

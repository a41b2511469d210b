/* test_decide.c - a decision on a submission: all of it or nothing, once for each key. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/letter.h"
#include "engine/reuse/decide.h"
#include "storage/letter_links.h"

#include <string.h>

enum { NOW = 1795431600, WEEKS_3 = 21 * 86400 };

struct desk {
    struct store *store;
    struct catalogue *forms;
    const char *citizen_id;
    struct submission submission;
};

static int set_up(void **state)
{
    clock_set(NOW);
    if (store_setup(state) != 0)
        return -1;
    struct store *store = *state;
    struct desk *desk = ARENA_NEW(store->arena, struct desk);
    desk->store = store;
    WORKS(store,
          catalogue_open("examples", FORM_AGENCY_UNSAID, NULL, NULL, &desk->forms, &store->err));
    desk->citizen_id = store_citizen(store, KARI);
    struct draft draft = store_draft(store, desk->citizen_id);
    desk->submission = store_submission(store, desk->citizen_id, &draft);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    void *store = desk->store;
    catalogue_close(&desk->forms);
    clock_set(0);
    return store_teardown(&store);
}

static struct decide refusal(const struct desk *desk, const char *key)
{
    return (struct decide){
        .forms = desk->forms,
        .origin = "https://site.example",
        .decision = {.submission = desk->submission.reference,
                     .outcome = DECISION_REFUSED,
                     .title = "Avslag på søknaden din",
                     .appeal = "Send klagen til oss.",
                     .appeal_until = NOW + WEEKS_3,
                     .pdf = BYTES_OF("%PDF-1.7 vedtak")},
        .key = key,
        .actor = AUDIT_STAFF,
        .actor_id = "test",
        .request_id = "",
    };
}

static int64_t count_of(struct desk *desk, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(desk->store, db_query(desk->store->arena, desk->store->db, sql, DB_NO_VALUES, &rows,
                                &desk->store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static void d_3_decision_letter_and_audit_row_are_there_together(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision decision, *list;
    struct bytes content;
    size_t count;

    WORKS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err));

    WORKS(store, decisions_content(store->arena, store->db, desk->citizen_id, decision.id, &content,
                                   &store->err));
    assert_int_equal(content.size, decide.decision.pdf.size);
    assert_memory_equal(content.data, decide.decision.pdf.data, content.size);
    WORKS(store,
          decisions_list(store->arena, store->db, desk->citizen_id, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].outcome, DECISION_REFUSED);
    assert_string_equal(list[0].title, "Avslag på søknaden din");
    assert_string_equal(list[0].appeal, "Send klagen til oss.");
    assert_int_equal(list[0].appeal_until, NOW + WEEKS_3);
    assert_int_equal(list[0].read_at, 0);
    assert_int_equal(count_of(desk, DB_SQL("SELECT count(*) FROM audit WHERE action = 'decided'")),
                     1);
}

static void its_letter_leads_to_it_and_does_not_tell_what_was_decided(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision decision;
    struct delivery delivery;
    struct postbox_letter letter;
    struct letter_link link;
    bool found;
    WORKS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err));

    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    WORKS(store, letter_of_delivery(store->arena, store->db, &delivery, &letter, &store->err));

    assert_int_equal(delivery.kind, OUTBOX_DECISION);
    assert_null(strstr(letter.title, "Avslag"));
    assert_memory_equal(letter.main.content.data, "%PDF-1.7 vedtak", 15);
    assert_true(text_starts_with(letter.link->url, "https://site.example/brev/"));
    WORKS(store, letter_links_read(store->arena, store->db, desk->citizen_id,
                                   strrchr(letter.link->url, '/') + 1, &link, &store->err));
    assert_string_equal(link.decision_id, decision.id);
}

static void d_4_the_same_key_sends_once_and_nothing_else(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision first, again;
    WORKS(store, decide_send(store->arena, store->db, &decide, &first, &store->err));

    WORKS(store, decide_send(store->arena, store->db, &decide, &again, &store->err));

    assert_string_equal(again.id, first.id);
    assert_int_equal(count_of(desk, DB_SQL("SELECT count(*) FROM outbox")), 1);
    decide.decision.outcome = DECISION_GRANTED;
    FAILS(store, decide_send(store->arena, store->db, &decide, &again, &store->err),
          ERROR_CONFLICT);
    decide.key = "case 18"; /* changed on appeal: a second decision */
    WORKS(store, decide_send(store->arena, store->db, &decide, &again, &store->err));
    assert_int_equal(count_of(desk, DB_SQL("SELECT count(*) FROM decisions")), 2);
}

static void d_3_what_fails_leaves_nothing_behind(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision decision;
    WORKS(store, db_exec(store->db,
                         DB_SQL("CREATE TRIGGER broken BEFORE INSERT ON audit "
                                "BEGIN SELECT RAISE(ABORT, 'no'); END"),
                         DB_NO_VALUES, NULL, &store->err));

    assert_false(decide_send(store->arena, store->db, &decide, &decision, &store->err));

    assert_int_equal(count_of(desk, DB_SQL("SELECT (SELECT count(*) FROM decisions) + "
                                           "(SELECT count(*) FROM outbox) + "
                                           "(SELECT count(*) FROM letter_links) + "
                                           "(SELECT count(*) FROM submissions "
                                           "WHERE state <> 'sent')")),
                     0);
}

static void nothing_is_decided_on_nothing_or_with_a_deadline_that_is_past(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision decision;
    decide.decision.submission = "SB-2026-999999";
    FAILS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err),
          ERROR_MISSING);
    decide = refusal(desk, "case 17");
    decide.decision.appeal_until = NOW;
    FAILS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err),
          ERROR_INVALID);
}

static void sql_3_anothers_decision_is_as_missing_as_none(void **state)
{
    struct desk *desk = *state;
    struct store *store = desk->store;
    struct decide decide = refusal(desk, "case 17");
    struct decision decision, *list;
    struct bytes content;
    size_t count;
    const char *ola = store_citizen(store, OLA);
    WORKS(store, decide_send(store->arena, store->db, &decide, &decision, &store->err));

    const char *id = decision.id;
    FAILS(store, decisions_read(store->arena, store->db, ola, id, &decision, &store->err),
          ERROR_MISSING);
    FAILS(store, decisions_content(store->arena, store->db, ola, id, &content, &store->err),
          ERROR_MISSING);
    WORKS(store, decisions_list(store->arena, store->db, ola, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(d_3_decision_letter_and_audit_row_are_there_together),
        TEST(its_letter_leads_to_it_and_does_not_tell_what_was_decided),
        TEST(d_4_the_same_key_sends_once_and_nothing_else),
        TEST(d_3_what_fails_leaves_nothing_behind),
        TEST(nothing_is_decided_on_nothing_or_with_a_deadline_that_is_past),
        TEST(sql_3_anothers_decision_is_as_missing_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

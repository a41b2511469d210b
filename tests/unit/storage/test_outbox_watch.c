/* test_outbox_watch.c - the outbox as who runs the site sees it, and trying again by hand. */
#include "store.h"

#include "storage/outbox_watch.h"

enum { LEASE_MS = 120000, HOUR_MS = 3600 * 1000 };

static struct delivery lease(struct store *store)
{
    struct delivery delivery;
    bool found = false;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", LEASE_MS, &delivery, &found, &store->err));
    assert_true(found);
    return delivery;
}

/* A letter that was given up for that reason; its id. */
static const char *given_up(struct store *store, const char *citizen, const char *reason)
{
    const char *id = store_delivery(store, citizen);
    struct delivery delivery = lease(store);
    assert_string_equal(delivery.id, id);
    WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
    WORKS(store, outbox_give_up(store->db, &delivery, reason, &store->err));
    return id;
}

static size_t list(struct store *store, enum outbox_watch which, struct outbox_watched **out)
{
    size_t count;
    WORKS(store, outbox_watch_list(store->arena, store->db, which, 100, out, &count, &store->err));
    return count;
}

static void what_was_given_up_is_listed_with_its_reason_and_channel(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *id = given_up(store, kari, "UNKNOWN_RECIPIENT: no such mailbox");
    store_delivery(store, kari); /* under way, and not stuck */

    struct outbox_watched *rows;
    assert_int_equal(list(store, OUTBOX_WATCH_STUCK, &rows), 1);
    assert_string_equal(rows[0].id, id);
    assert_string_equal(rows[0].channel, "dpi");
    assert_string_equal(rows[0].reason, "UNKNOWN_RECIPIENT: no such mailbox");
    assert_int_equal(rows[0].attempts, 1);
    assert_int_equal(list(store, OUTBOX_WATCH_DEAD, &rows), 1);
    assert_int_equal(list(store, OUTBOX_WATCH_UNDERWAY, &rows), 1);
    assert_int_equal(list(store, OUTBOX_WATCH_ALL, &rows), 2);
    assert_int_equal(list(store, OUTBOX_WATCH_PRINT, &rows), 0);
}

static void what_is_under_way_for_an_hour_is_stuck(void **state)
{
    struct store *store = *state;
    struct outbox_watched *rows;
    store_delivery(store, store_citizen(store, KARI));
    assert_int_equal(list(store, OUTBOX_WATCH_STUCK, &rows), 0);
    db_clock_advance(HOUR_MS + 1000);
    assert_int_equal(list(store, OUTBOX_WATCH_STUCK, &rows), 1);
    assert_true(rows[0].age_ms > HOUR_MS);
}

static void d_10_an_operator_tries_one_again_and_all_of_one_reason(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *first = given_up(store, kari, "down");
    given_up(store, kari, "down");
    given_up(store, kari, "down");
    given_up(store, kari, "unknown");
    struct outbox_given_up *reasons;
    size_t reason_count;
    WORKS(store,
          outbox_watch_reasons(store->arena, store->db, 10, &reasons, &reason_count, &store->err));
    assert_int_equal(reason_count, 2);
    assert_string_equal(reasons[0].reason, "down");
    assert_int_equal(reasons[0].count, 3);

    WORKS(store, outbox_watch_retry(store->db, first, &store->err));
    FAILS(store, outbox_watch_retry(store->db, first, &store->err), ERROR_MISSING);
    int64_t count;
    WORKS(store, outbox_watch_retry_all(store->db, "down", &count, &store->err));
    assert_int_equal(count, 2);
    struct outbox_watched *rows;
    assert_int_equal(list(store, OUTBOX_WATCH_DEAD, &rows), 1);
    assert_string_equal(rows[0].reason, "unknown");

    const struct audit_entry retried = {.actor = AUDIT_STAFF,
                                        .actor_id = "operator",
                                        .action = AUDIT_DELIVERY_RETRIED,
                                        .succeeded = true};
    int64_t noted;
    WORKS(store, audit_count(store->arena, store->db, &retried, 0, &noted, &store->err));
    assert_int_equal(noted, 3);
}

static void the_tally_is_by_state_and_channel(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    given_up(store, kari, "down");
    given_up(store, kari, "unknown");
    store_delivery(store, kari);
    struct outbox_tally *tallies;
    size_t count;
    WORKS(store, outbox_watch_tally(store->arena, store->db, &tallies, &count, &store->err));
    assert_int_equal(count, 2);
    assert_int_equal(tallies[0].state, OUTBOX_DEAD);
    assert_string_equal(tallies[0].channel, "dpi");
    assert_int_equal(tallies[0].count, 2);
    assert_int_equal(tallies[0].attempts, 2);
    assert_int_equal(tallies[1].state, OUTBOX_PENDING);
    assert_string_equal(tallies[1].channel, "");
}

static void d_11_each_letter_of_the_last_day_is_compared_once_in_an_hour(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *id = store_delivery(store, kari);
    struct delivery delivery = lease(store);
    WORKS(store, outbox_sending(store->db, &delivery, "digipost", &store->err));
    const char *const *ids;
    size_t count;
    WORKS(store,
          outbox_watch_to_compare(store->arena, store->db, 0, 1, 10, &ids, &count, &store->err));
    assert_int_equal(count, 0); /* neither done nor accepted */
    WORKS(store, outbox_done(store->db, &delivery, &store->err));
    WORKS(store,
          outbox_watch_to_compare(store->arena, store->db, 0, 1, 10, &ids, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(ids[0], id);

    WORKS(store, outbox_watch_compared(store->db, id, 5000, "they do not know it", &store->err));
    WORKS(store,
          outbox_watch_to_compare(store->arena, store->db, 0, 5000, 10, &ids, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store,
          outbox_watch_to_compare(store->arena, store->db, 0, 5001, 10, &ids, &count, &store->err));
    assert_int_equal(count, 1);
    WORKS(store, outbox_watch_to_compare(store->arena, store->db, INT64_MAX, 5001, 10, &ids, &count,
                                         &store->err));
    assert_int_equal(count, 0); /* done before that */
    struct outbox_watched *rows;
    assert_int_equal(list(store, OUTBOX_WATCH_DIFFERENT, &rows), 1);
    assert_string_equal(rows[0].difference, "they do not know it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_was_given_up_is_listed_with_its_reason_and_channel),
        WITH_STORE(what_is_under_way_for_an_hour_is_stuck),
        WITH_STORE(d_10_an_operator_tries_one_again_and_all_of_one_reason),
        WITH_STORE(the_tally_is_by_state_and_channel),
        WITH_STORE(d_11_each_letter_of_the_last_day_is_compared_once_in_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_reconcile.c - what was delivered is compared with what the postbox says, an hour at a time.
 * The postbox here answers as told and counts what it was asked. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/channels.h"
#include "engine/reconcile.h"
#include "storage/outbox_watch.h"

enum { LEASE_MS = 120000, HOUR_S = 3600 };

struct fake {
    struct store *store;
    struct postbox postbox;
    struct channels channels;
    enum postbox_result says;
    int sent, asked;
};

static struct postbox_outcome fake_send(void *self, struct arena *arena,
                                        const struct postbox_letter *letter)
{
    (void)arena, (void)letter;
    ((struct fake *)self)->sent++;
    return (struct postbox_outcome){.result = POSTBOX_DELIVERED};
}

static struct postbox_outcome fake_status(void *self, struct arena *arena,
                                          const struct postbox_letter *letter)
{
    (void)arena, (void)letter;
    struct fake *fake = self;
    fake->asked++;
    struct postbox_outcome outcome = {.result = fake->says};
    if (fake->says == POSTBOX_REFUSED)
        (void)error_set(&outcome.error, ERROR_CONFLICT, "another content lies there");
    return outcome;
}

static void fake_init(struct fake *fake, struct store *store)
{
    *fake = (struct fake){
        .store = store,
        .postbox = {.name = "fake", .self = fake, .send = fake_send, .status = fake_status},
        .says = POSTBOX_DELIVERED,
    };
    fake->channels =
        (struct channels){.postboxes = {&fake->postbox}, .count = 1, .print = &fake->postbox};
}

static struct reconcile_result round_of(struct fake *fake)
{
    const struct reconcile_settings settings = {
        .db = fake->store->pool, .channels = &fake->channels, .pause_ms = 1};
    return reconcile_round(&settings, NULL);
}

/* A letter that went out and is done; its id. */
static const char *delivered(struct fake *fake)
{
    struct store *store = fake->store;
    struct delivery delivery;
    bool found = false;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", LEASE_MS, &delivery, &found, &store->err));
    WORKS(store, outbox_sending(store->db, &delivery, "fake", &store->err));
    WORKS(store, outbox_done(store->db, &delivery, &store->err));
    return id;
}

static struct outbox_watched seen(struct fake *fake, const char *id)
{
    struct outbox_watched row;
    WORKS(fake->store,
          outbox_watch_read(fake->store->arena, fake->store->db, id, &row, &fake->store->err));
    return row;
}

static int begin(void **state)
{
    clock_set(1764000000);
    return store_setup(state);
}

static int end(void **state)
{
    clock_set(0);
    return store_teardown(state);
}

static void d_11_what_is_there_is_asked_about_once_an_hour_and_found_the_same(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = delivered(&fake);
    struct reconcile_result result = round_of(&fake);
    assert_int_equal(result.compared, 1);
    assert_int_equal(result.different, 0);
    assert_string_equal(seen(&fake, id).difference, "");
    result = round_of(&fake);
    assert_int_equal(result.compared, 0);

    clock_set(1764000000 + HOUR_S);
    result = round_of(&fake);
    assert_int_equal(result.compared, 1);
    clock_set(1764000000 + 25 * HOUR_S); /* delivered more than a day ago */
    result = round_of(&fake);
    assert_int_equal(result.compared, 0);
    assert_int_equal(fake.asked, 2);
}

static void d_11_a_letter_that_the_postbox_lost_is_told_of_and_nobody_gets_another(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = delivered(&fake);
    fake.says = POSTBOX_NOT_SENT;
    struct reconcile_result result = round_of(&fake);
    assert_int_equal(result.different, 1);
    struct outbox_watched row = seen(&fake, id);
    assert_string_equal(row.difference, "the postbox does not know it");
    assert_int_equal(row.state, OUTBOX_DONE);
    assert_int_equal(fake.sent, 0);

    fake.says = POSTBOX_DELIVERED; /* found again */
    clock_set(1764000000 + HOUR_S);
    result = round_of(&fake);
    assert_int_equal(result.different, 0);
    assert_string_equal(seen(&fake, id).difference, "");
}

static void d_11_a_letter_with_another_content_there_is_told_of(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = delivered(&fake);
    fake.says = POSTBOX_REFUSED;
    assert_int_equal(round_of(&fake).different, 1);
    assert_string_equal(seen(&fake, id).difference,
                        "otherwise at the postbox: another content lies there");
    assert_int_equal(seen(&fake, id).state, OUTBOX_DONE);
}

static void d_11_that_they_have_it_is_enough_where_delivery_is_told_by_receipt(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = delivered(&fake);
    fake.says = POSTBOX_ACCEPTED;
    assert_int_equal(round_of(&fake).different, 1);
    assert_string_equal(seen(&fake, id).difference, "delivered here, but not yet at the postbox");
    fake.postbox.tells_by_receipt = true;
    clock_set(1764000000 + HOUR_S);
    assert_int_equal(round_of(&fake).different, 0);
    assert_string_equal(seen(&fake, id).difference, "");
}

static void d_11_a_postbox_that_cannot_be_asked_is_left_alone_until_the_next_round(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    for (int i = 0; i < 3; i++)
        delivered(&fake);
    fake.says = POSTBOX_UNKNOWN;
    struct reconcile_result result = round_of(&fake);
    assert_true(result.unanswered);
    assert_int_equal(result.compared, 0);
    assert_int_equal(fake.asked, 1);
    fake.says = POSTBOX_DELIVERED;
    assert_int_equal(round_of(&fake).compared, 3);
}

static void d_11_what_changed_at_rest_is_told_of_and_holds_up_no_other(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *bad = delivered(&fake);
    WORKS(fake.store, db_exec(fake.store->db, DB_SQL("UPDATE outbox_documents SET content = x'00'"),
                              DB_NO_VALUES, NULL, &fake.store->err));
    delivered(&fake);
    struct reconcile_result result = round_of(&fake);
    assert_int_equal(result.compared, 2);
    assert_int_equal(result.different, 1);
    assert_string_not_equal(seen(&fake, bad).difference, "");
}

static void d_11_a_round_is_bounded_and_print_orders_are_not_asked_about(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    for (int i = 0; i < 4; i++)
        delivered(&fake);
    WORKS(fake.store,
          db_exec(
              fake.store->db,
              DB_SQL("UPDATE outbox SET channel = 'print' WHERE id = (SELECT MIN(id) FROM outbox)"),
              DB_NO_VALUES, NULL, &fake.store->err));
    const struct reconcile_settings settings = {
        .db = fake.store->pool, .channels = &fake.channels, .pause_ms = 1, .most = 2};
    assert_int_equal(reconcile_round(&settings, NULL).compared, 2);
    assert_int_equal(reconcile_round(&settings, NULL).compared, 1);
    const atomic_bool stopping = true;
    clock_set(1764000000 + HOUR_S);
    assert_int_equal(reconcile_round(&settings, &stopping).compared, 0);
}

#define AT_SET_TIME(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_SET_TIME(d_11_what_is_there_is_asked_about_once_an_hour_and_found_the_same),
        AT_SET_TIME(d_11_a_letter_that_the_postbox_lost_is_told_of_and_nobody_gets_another),
        AT_SET_TIME(d_11_a_letter_with_another_content_there_is_told_of),
        AT_SET_TIME(d_11_that_they_have_it_is_enough_where_delivery_is_told_by_receipt),
        AT_SET_TIME(d_11_a_postbox_that_cannot_be_asked_is_left_alone_until_the_next_round),
        AT_SET_TIME(d_11_what_changed_at_rest_is_told_of_and_holds_up_no_other),
        AT_SET_TIME(d_11_a_round_is_bounded_and_print_orders_are_not_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

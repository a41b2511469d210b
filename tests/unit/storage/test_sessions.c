/* test_sessions.c - who is logged in, and logins on their way. */
#include "store.h"

#include "engine/base/clock.h"

static const struct sessions_rules rules = {.idle_seconds = 1800, .absolute_seconds = 7200};
enum { START = 1800000000 };

static int reset_clock(void **state)
{
    clock_set(0);
    return store_teardown(state);
}

static const char *log_in(struct store *store, const char *citizen_id)
{
    const char *cookie = NULL;
    WORKS(store, sessions_start(store->arena, store->db, citizen_id, "idporten-loa-high", &cookie,
                                &store->err));
    return cookie;
}

static void a_session_tells_who_it_is(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *cookie = log_in(store, kari);
    struct session session;
    WORKS(store, sessions_use(store->arena, store->db, cookie, &rules, &session, &store->err));
    assert_string_equal(session.citizen.id, kari);
    assert_string_equal(session.citizen.pid, KARI);
    assert_string_equal(session.acr, "idporten-loa-high");
    assert_int_equal(session.secret.size, 32);
    assert_int_equal(strlen(cookie), 43);
    assert_string_not_equal(cookie, log_in(store, kari));
}

static void ses_1_the_cookie_itself_is_nowhere_in_the_database(void **state)
{
    struct store *store = *state;
    const char *cookie = log_in(store, store_citizen(store, KARI));
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT cookie_sha256 FROM sessions"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(cookie));
    assert_int_equal(db_bytes(rows, 0).size, sizeof digest.bytes);
    assert_memory_equal(db_bytes(rows, 0).data, digest.bytes, sizeof digest.bytes);
}

static void ses_2_an_id_that_was_not_minted_here_is_never_adopted(void **state)
{
    struct store *store = *state;
    struct session session;
    FAILS(store,
          sessions_use(store->arena, store->db, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                       &rules, &session, &store->err),
          ERROR_MISSING);
}

static void ses_3_a_session_ends_when_idle_and_in_any_case(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct session session;

    clock_set(START);
    const char *idle = log_in(store, kari);
    const char *busy = log_in(store, kari);
    clock_set(START + 1790);
    WORKS(store, sessions_use(store->arena, store->db, busy, &rules, &session, &store->err));
    assert_in_range(session.ends_at, START + 1790 + 1800, START + 1800 + 1800);
    clock_set(START + 1800);
    FAILS(store, sessions_use(store->arena, store->db, idle, &rules, &session, &store->err),
          ERROR_MISSING);

    for (int64_t at = START + 2000; at < START + 7200; at += 1000) {
        clock_set(at);
        WORKS(store, sessions_use(store->arena, store->db, busy, &rules, &session, &store->err));
    }
    assert_int_equal(session.ends_at, START + 7200);
    clock_set(START + 7200);
    FAILS(store, sessions_use(store->arena, store->db, busy, &rules, &session, &store->err),
          ERROR_MISSING);
    clock_set(START + 10); /* it is gone, and not only hidden */
    FAILS(store, sessions_use(store->arena, store->db, busy, &rules, &session, &store->err),
          ERROR_MISSING);
}

static void ses_4_logging_out_ends_it_here_or_everywhere(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *here = log_in(store, kari);
    const char *there = log_in(store, kari);
    const char *others = log_in(store, store_citizen(store, OLA));
    struct session session;

    WORKS(store, sessions_end(store->db, here, &store->err));
    WORKS(store, sessions_end(store->db, here, &store->err));
    FAILS(store, sessions_use(store->arena, store->db, here, &rules, &session, &store->err),
          ERROR_MISSING);
    WORKS(store, sessions_use(store->arena, store->db, there, &rules, &session, &store->err));
    WORKS(store, sessions_end_all(store->db, kari, &store->err));
    FAILS(store, sessions_use(store->arena, store->db, there, &rules, &session, &store->err),
          ERROR_MISSING);
    WORKS(store, sessions_use(store->arena, store->db, others, &rules, &session, &store->err));
}

static void a_login_on_its_way_is_found_once_and_in_time(void **state)
{
    struct store *store = *state;
    struct login login = {"state", "nonce", "verifier", "/min-side"}, back;
    const char *cookie = NULL, *late = NULL;
    clock_set(START);
    WORKS(store, sessions_login_start(store->arena, store->db, &login, &cookie, &store->err));
    WORKS(store, sessions_login_start(store->arena, store->db, &login, &late, &store->err));

    WORKS(store, sessions_login_take(store->arena, store->db, cookie, &back, &store->err));
    assert_string_equal(back.nonce, "nonce");
    assert_string_equal(back.return_to, "/min-side");
    FAILS(store, sessions_login_take(store->arena, store->db, cookie, &back, &store->err),
          ERROR_MISSING);
    clock_set(START + SESSIONS_LOGIN_SECONDS);
    FAILS(store, sessions_login_take(store->arena, store->db, late, &back, &store->err),
          ERROR_MISSING);
}

static void sweeping_takes_what_is_past_its_time_and_no_more(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    clock_set(START);
    log_in(store, kari);
    clock_set(START + 1000);
    const char *fresh = log_in(store, kari);
    clock_set(START + 1800);
    int64_t count = 0;
    WORKS(store, sessions_sweep(store->db, &rules, &count, &store->err));
    assert_int_equal(count, 1);
    struct session session;
    WORKS(store, sessions_use(store->arena, store->db, fresh, &rules, &session, &store->err));
}

#define WITH_CLOCK(test) cmocka_unit_test_setup_teardown(test, store_setup, reset_clock)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLOCK(a_session_tells_who_it_is),
        WITH_CLOCK(ses_1_the_cookie_itself_is_nowhere_in_the_database),
        WITH_CLOCK(ses_2_an_id_that_was_not_minted_here_is_never_adopted),
        WITH_CLOCK(ses_3_a_session_ends_when_idle_and_in_any_case),
        WITH_CLOCK(ses_4_logging_out_ends_it_here_or_everywhere),
        WITH_CLOCK(a_login_on_its_way_is_found_once_and_in_time),
        WITH_CLOCK(sweeping_takes_what_is_past_its_time_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_sessions.c - who is logged in, and logins on their way. */
#include "store.h"

#include "engine/base/clock.h"

static const struct sessions_rules rules = {.idle_seconds = 1800, .absolute_seconds = 7200};
enum { START = 1800000000 };
#define ISSUER "https://issuer.example"

static int reset_clock(void **state)
{
    clock_set(0);
    return store_teardown(state);
}

static const char *log_in(struct store *store, const char *citizen_id)
{
    const char *cookie = NULL;
    const struct session_login login = {.acr = "idporten-loa-high",
                                        .issuer = ISSUER,
                                        .sid = "sid-of-kari",
                                        .id_token = "a.b.c",
                                        .auth_time = START - 5};
    WORKS(store, sessions_start(store->arena, store->db, citizen_id, &login, &cookie, &store->err));
    return cookie;
}

static bool is_alive(struct store *store, const char *cookie)
{
    struct session session;
    return sessions_use(store->arena, store->db, cookie, &rules, &session, &store->err);
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
    assert_string_equal(session.login.acr, "idporten-loa-high");
    assert_string_equal(session.login.issuer, ISSUER);
    assert_string_equal(session.login.sid, "sid-of-kari");
    assert_string_equal(session.login.id_token, "a.b.c");
    assert_int_equal(session.login.auth_time, START - 5);
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

/* The clock was wrong when it began, and has been set right since. */
static void ses_3_a_session_that_began_in_a_time_to_come_has_ended(void **state)
{
    enum { YEARS = 4 * 365 * 24 * 3600 };
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct session_shown *shown;
    size_t count;
    int64_t swept;
    clock_set(START + YEARS);
    const char *wrong = log_in(store, kari);
    log_in(store, kari);
    clock_set(START + 200);
    const char *right = log_in(store, kari);
    clock_set(START); /* set back a little, as happens each day */
    assert_true(is_alive(store, right));

    assert_false(is_alive(store, wrong));
    assert_int_equal(store->err.code, ERROR_MISSING);
    WORKS(store, sessions_list(store->arena, store->db, kari, &rules, &shown, &count, &store->err));
    assert_int_equal(count, 1);
    WORKS(store, sessions_sweep(store->db, &rules, &swept, &store->err));
    assert_int_equal(swept, 1);
    assert_true(is_alive(store, right));
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

static void ses_3_one_press_gives_more_time_but_not_for_ever(void **state)
{
    struct store *store = *state;
    clock_set(START);
    const char *cookie = log_in(store, store_citizen(store, KARI));
    int64_t ends_at = 0;
    clock_set(START + 30); /* too soon after the login to be written by a mere request */
    WORKS(store, sessions_extend(store->arena, store->db, cookie, &rules, &ends_at, &store->err));
    assert_int_equal(ends_at, START + 30 + 1800);
    clock_set(START + 1829);
    assert_true(is_alive(store, cookie));

    for (int64_t at = START + 2000; at < START + 7200; at += 1000) {
        clock_set(at);
        WORKS(store,
              sessions_extend(store->arena, store->db, cookie, &rules, &ends_at, &store->err));
    }
    assert_int_equal(ends_at, START + 7200);
    clock_set(START + 7200);
    FAILS(store, sessions_extend(store->arena, store->db, cookie, &rules, &ends_at, &store->err),
          ERROR_MISSING);
}

static void ses_3_the_time_that_is_told_is_the_time_it_ends(void **state)
{
    struct store *store = *state;
    struct session session;
    clock_set(START);
    const char *cookie = log_in(store, store_citizen(store, KARI));
    clock_set(START + 30);
    WORKS(store, sessions_use(store->arena, store->db, cookie, &rules, &session, &store->err));
    assert_int_equal(session.ends_at_last, START + 7200);
    clock_set(session.ends_at);
    assert_false(is_alive(store, cookie));
}

static void oidc_11_a_session_is_ended_by_its_name_at_the_provider(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ended = NULL;
    const char *one = log_in(store, kari), *two = log_in(store, kari);
    WORKS(store, sessions_end_by_sid(store->arena, store->db, "https://other.example",
                                     "sid-of-kari", &ended, &store->err));
    assert_null(ended);
    WORKS(store,
          sessions_end_by_sid(store->arena, store->db, ISSUER, "sid-of-ola", &ended, &store->err));
    WORKS(store, sessions_end_by_sid(store->arena, store->db, ISSUER, "", &ended, &store->err));
    assert_null(ended);
    assert_true(is_alive(store, one));

    WORKS(store,
          sessions_end_by_sid(store->arena, store->db, ISSUER, "sid-of-kari", &ended, &store->err));
    assert_string_equal(ended, kari);
    assert_false(is_alive(store, one));
    assert_false(is_alive(store, two));
}

static void oidc_12_neither_token_nor_the_providers_name_is_readable_in_the_row(void **state)
{
    struct store *store = *state;
    log_in(store, store_citizen(store, KARI));
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT count(*) FROM sessions WHERE provider_sid IS NOT NULL AND "
                                 "length(provider_sid) = 32 AND instr(sealed, 'a.b.c') = 0 AND "
                                 "instr(sealed, 'sid-of-kari') = 0"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    assert_int_equal(db_integer(rows, 0), 1);
}

static void ses_5_people_see_and_end_their_own_sessions_and_nobody_elses(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    clock_set(START);
    const char *old = log_in(store, kari);
    clock_set(START + 900);
    const char *here = log_in(store, kari), *others = log_in(store, ola);
    struct session session;
    WORKS(store, sessions_use(store->arena, store->db, here, &rules, &session, &store->err));

    struct session_shown *shown = NULL;
    size_t count = 0;
    WORKS(store, sessions_list(store->arena, store->db, kari, &rules, &shown, &count, &store->err));
    assert_int_equal(count, 2);
    assert_string_equal(shown[0].id, session.id);
    assert_string_equal(shown[0].acr, "idporten-loa-high");
    assert_int_equal(shown[1].created_at, START);
    assert_int_equal(shown[1].ends_at, START + 1800);

    FAILS(store, sessions_end_one(store->db, ola, shown[1].id, &store->err), ERROR_MISSING);
    WORKS(store, sessions_end_one(store->db, kari, shown[1].id, &store->err));
    FAILS(store, sessions_end_one(store->db, kari, shown[1].id, &store->err), ERROR_MISSING);
    assert_false(is_alive(store, old));
    assert_true(is_alive(store, here));
    assert_true(is_alive(store, others));

    clock_set(START + 900 + 1800); /* what has ended is not shown, swept or not */
    WORKS(store, sessions_list(store->arena, store->db, ola, &rules, &shown, &count, &store->err));
    assert_int_equal(count, 0);
}

static void a_login_on_its_way_is_found_once_and_in_time(void **state)
{
    struct store *store = *state;
    struct login login = {.state = "state",
                          .nonce = "nonce",
                          .verifier = "verifier",
                          .acr = "idporten-loa-high",
                          .anew = "ja",
                          .return_to = "/min-side"},
                 back;
    const char *cookie = NULL, *late = NULL;
    clock_set(START);
    WORKS(store, sessions_login_start(store->arena, store->db, &login, &cookie, &store->err));
    WORKS(store, sessions_login_start(store->arena, store->db, &login, &late, &store->err));

    WORKS(store, sessions_login_look(store->arena, store->db, cookie, &back, &store->err));
    WORKS(store, sessions_login_take(store->arena, store->db, cookie, &back, &store->err));
    assert_string_equal(back.nonce, "nonce");
    assert_string_equal(back.acr, "idporten-loa-high");
    assert_string_equal(back.anew, "ja");
    assert_int_equal(back.started_at, START);
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
        WITH_CLOCK(ses_3_a_session_that_began_in_a_time_to_come_has_ended),
        WITH_CLOCK(ses_4_logging_out_ends_it_here_or_everywhere),
        WITH_CLOCK(ses_3_one_press_gives_more_time_but_not_for_ever),
        WITH_CLOCK(ses_3_the_time_that_is_told_is_the_time_it_ends),
        WITH_CLOCK(oidc_11_a_session_is_ended_by_its_name_at_the_provider),
        WITH_CLOCK(oidc_12_neither_token_nor_the_providers_name_is_readable_in_the_row),
        WITH_CLOCK(ses_5_people_see_and_end_their_own_sessions_and_nobody_elses),
        WITH_CLOCK(a_login_on_its_way_is_found_once_and_in_time),
        WITH_CLOCK(sweeping_takes_what_is_past_its_time_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_evidence_requests.c - another agency's question, the citizen's answer, and what may be read
 * when. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/certificates.h"
#include "storage/evidence_requests.h"

#include <string.h>

#define NORDVIK "310245690"
#define SORVIK "310245704"
#define PDF "%PDF-1.7 a licence to serve food\n%%EOF\n"
enum { NOW = 1800000000, DAY = 86400 };

static const struct evidence_limits limits = {.an_hour = 5, .pending_of_a_person = 3};

static struct evidence_request question(struct store *store, const char *consumer)
{
    return (struct evidence_request){
        .id = crypto_random_id(store->arena, 128),
        .consumer = consumer,
        .type = "serving-licence",
        .requester = "Skjenkekontoret i Nordvik",
        .purpose = {{"Vi må se bevillingen.", NULL, "We must see the licence.", NULL}},
        .procedure = {{"Søknad om skjenkebevilling", NULL, NULL, NULL}},
        .asked_at = clock_now(),
        .expires_at = clock_now() + 14 * DAY,
    };
}

static const char *ask(struct store *store, const char *consumer, const char *pid, const char *key)
{
    struct evidence_request request = question(store, consumer);
    const char *id = NULL;
    WORKS(store, evidence_requests_ask(store->arena, store->db, &request, pid, key, &limits, &id,
                                       &store->err));
    return id;
}

static size_t claim(struct store *store, const char *citizen_id)
{
    struct evidence_request *claimed;
    size_t count = 0;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, evidence_requests_claim(store->arena, store->db, citizen_id, &claimed, &count,
                                         &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return count;
}

static const char *certificate_of(struct store *store, const char *citizen_id, const char *type)
{
    struct draft draft = store_draft(store, citizen_id);
    struct submission submission = store_submission(store, citizen_id, &draft);
    struct certificate certificate = {
        .id = crypto_random_id(store->arena, 128),
        .citizen_id = citizen_id,
        .submission_id = submission.id,
        .draft_id = draft.id,
        .kind = CERTIFICATE_ISSUED,
        .type = type,
        .title = "Serveringsbevilling",
        .media_type = "application/pdf",
        .issuer_number = "310245682",
        .issuer_name = "Fjordvik kommune",
        .number = "",
        .issued_at = NOW,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, certificates_add(store->arena, store->db, &certificate, BYTES_OF(PDF), NULL,
                                  &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return certificate.id;
}

/* One of these, in a transaction of its own; what it fails with is in store->err. */
enum act { GIVE, REFUSE, WITHDRAW };
static bool does(struct store *store, enum act act, const char *citizen_id, const char *id,
                 const char *certificate_id)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    store->err = (struct error){0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    bool done = act == GIVE ? evidence_requests_give(store->db, citizen_id, id, certificate_id,
                                                     crypto_sha256(BYTES_OF("shown")),
                                                     clock_now() + 7 * DAY, &store->err)
                : act == REFUSE
                    ? evidence_requests_refuse(store->db, citizen_id, id, &store->err)
                    : evidence_requests_withdraw(store->db, citizen_id, id, &store->err);
    return done && db_commit(&transaction, &store->err);
}

static enum evidence_state state_of(struct store *store, const char *consumer, const char *id)
{
    struct evidence_request request;
    WORKS(store, evidence_requests_of_consumer(store->arena, store->db, consumer, id, &request,
                                               &store->err));
    return request.state;
}

/* What the agency may read of it now: 1, or 0 for ERROR_MISSING. */
static int may_read(struct store *store, const char *consumer, const char *id)
{
    struct certificate certificate;
    struct bytes content;
    store->err = (struct error){0};
    if (certificates_with_consent(store->arena, store->db, consumer, id, clock_now(), &certificate,
                                  &content, &store->err)) {
        assert_int_equal(content.size, strlen(PDF));
        assert_memory_equal(content.data, PDF, content.size);
        return 1;
    }
    assert_int_equal(store->err.code, ERROR_MISSING);
    assert_string_equal(store->err.text, "no such certificate");
    return 0;
}

static int at_noon(void **state)
{
    clock_set(NOW);
    return store_setup(state);
}

static int clock_back(void **state)
{
    clock_set(0);
    return store_teardown(state);
}

static void api_2_nothing_is_read_before_a_yes_and_nothing_after_it_ends(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *id = ask(store, NORDVIK, KARI, "k1");
    assert_int_equal(claim(store, kari), 1);
    assert_int_equal(may_read(store, NORDVIK, id), 0);

    assert_true(does(store, GIVE, kari, id, certificate));
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_GIVEN);
    assert_int_equal(may_read(store, NORDVIK, id), 1);
    assert_int_equal(may_read(store, SORVIK, id), 0);
    assert_int_equal(may_read(store, NORDVIK, "unknown"), 0);

    clock_set(NOW + 7 * DAY - 60);
    assert_int_equal(may_read(store, NORDVIK, id), 1);
    clock_set(NOW + 7 * DAY + 60);
    assert_int_equal(may_read(store, NORDVIK, id), 0);
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_EXPIRED);
}

static void con_1_a_yes_taken_back_ends_reading_at_once(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *id = ask(store, NORDVIK, KARI, "k1");
    claim(store, kari);
    assert_true(does(store, GIVE, kari, id, certificate));

    assert_true(does(store, WITHDRAW, kari, id, NULL));

    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_WITHDRAWN);
    assert_int_equal(may_read(store, NORDVIK, id), 0);
    assert_false(does(store, WITHDRAW, kari, id, NULL));
    assert_int_equal(store->err.code, ERROR_CONFLICT);
}

static void a_request_is_answered_once_and_by_its_citizen_only(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *olas = certificate_of(store, ola, "serving-licence");
    const char *other = certificate_of(store, kari, "other-licence");
    const char *id = ask(store, NORDVIK, KARI, "k1");
    claim(store, kari);
    for (enum act act = GIVE; act <= WITHDRAW; act++) {
        assert_false(does(store, act, ola, id, certificate));
        assert_int_equal(store->err.code, ERROR_MISSING);
    }
    assert_false(does(store, GIVE, kari, id, olas));
    assert_int_equal(store->err.code, ERROR_MISSING);
    assert_false(does(store, GIVE, kari, id, other));
    assert_int_equal(store->err.code, ERROR_MISSING);
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_PENDING);

    assert_true(does(store, REFUSE, kari, id, NULL));
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_REFUSED);
    for (enum act act = GIVE; act <= WITHDRAW; act++) {
        assert_false(does(store, act, kari, id, certificate));
        assert_int_equal(store->err.code, ERROR_CONFLICT);
    }
    assert_int_equal(may_read(store, NORDVIK, id), 0);
}

static void nobody_answers_after_the_time(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *id = ask(store, NORDVIK, KARI, "k1");
    claim(store, kari);
    clock_set(NOW + 14 * DAY + 60);

    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_EXPIRED);
    assert_false(does(store, GIVE, kari, id, certificate));
    assert_int_equal(store->err.code, ERROR_CONFLICT);
    assert_int_equal(may_read(store, NORDVIK, id), 0);
}

static void an_unknown_person_is_the_same_row_until_it_is_over(void **state)
{
    struct store *store = *state;
    const char *id = ask(store, NORDVIK, OLA, "k1");
    struct evidence_request request;
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_PENDING);
    WORKS(store, evidence_requests_of_consumer(store->arena, store->db, NORDVIK, id, &request,
                                               &store->err));
    assert_null(request.citizen_id);
    assert_string_equal(request.requester, "Skjenkekontoret i Nordvik");
    FAILS(store,
          evidence_requests_of_consumer(store->arena, store->db, SORVIK, id, &request, &store->err),
          ERROR_MISSING);

    const char *ola = store_citizen(store, OLA); /* logs in before it is over */
    const char *const *unclaimed;
    size_t count;
    WORKS(store, evidence_requests_unclaimed(store->arena, store->db, 10, &unclaimed, &count,
                                             &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(unclaimed[0], ola);
    assert_int_equal(claim(store, ola), 1);
    assert_int_equal(claim(store, ola), 0);
    WORKS(store, evidence_requests_read(store->arena, store->db, ola, id, &request, &store->err));
    assert_string_equal(evidence_say(&request.purpose, "en"), "We must see the licence.");
    assert_string_equal(evidence_say(&request.procedure, "en"), "Søknad om skjenkebevilling");
}

static void the_same_key_is_the_same_request_and_never_another(void **state)
{
    struct store *store = *state;
    const char *id = ask(store, NORDVIK, KARI, "k1"), *again = NULL;
    assert_string_equal(ask(store, NORDVIK, KARI, "k1"), id);
    assert_string_not_equal(ask(store, SORVIK, KARI, "k1"), id);
    struct evidence_request other = question(store, NORDVIK);
    FAILS(store,
          evidence_requests_ask(store->arena, store->db, &other, OLA, "k1", &limits, &again,
                                &store->err),
          ERROR_CONFLICT);
    other.purpose.in[0] = "Noe annet";
    FAILS(store,
          evidence_requests_ask(store->arena, store->db, &other, KARI, "k1", &limits, &again,
                                &store->err),
          ERROR_CONFLICT);
}

static void http_11_one_agency_asks_only_so_much_known_or_not(void **state)
{
    struct store *store = *state;
    store_citizen(store, KARI);
    static const char *const people[] = {KARI, OLA};
    for (size_t i = 0; i < COUNT(people); i++) {
        const char *consumer = i ? NORDVIK : SORVIK, *id;
        ask(store, consumer, people[i], "k1");
        ask(store, consumer, people[i], "k2");
        ask(store, consumer, people[i], "k3");
        struct evidence_request more = question(store, consumer);
        FAILS(store,
              evidence_requests_ask(store->arena, store->db, &more, people[i], "k4", &limits, &id,
                                    &store->err),
              ERROR_LIMIT);
        ask(store, consumer, people[i], "k3"); /* the same again is no more */
    }
    ask(store, NORDVIK, KARI, "k5");
    ask(store, NORDVIK, KARI, "k6");
    struct evidence_request more = question(store, NORDVIK);
    const char *id;
    FAILS(store,
          evidence_requests_ask(store->arena, store->db, &more, KARI, "k7", &limits, &id,
                                &store->err),
          ERROR_LIMIT);
    clock_set(NOW + 3660);
    ask(store, NORDVIK, KARI, "k7");
}

static void only_who_has_something_to_give_is_written_to_and_once(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    const char *id = ask(store, NORDVIK, KARI, "k1");
    ask(store, NORDVIK, OLA, "k2");
    claim(store, kari);
    claim(store, ola);
    struct evidence_request *list;
    size_t count;
    WORKS(store,
          evidence_requests_to_tell(store->arena, store->db, 10, &list, &count, &store->err));
    assert_int_equal(count, 0);

    certificate_of(store, kari, "serving-licence"); /* issued while the request waits */
    WORKS(store,
          evidence_requests_to_tell(store->arena, store->db, 10, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, id);
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, evidence_requests_told(store->db, id, &store->err));
    FAILS(store, evidence_requests_told(store->db, id, &store->err), ERROR_CONFLICT);
    WORKS(store, db_commit(&transaction, &store->err));
    db_end(&transaction);
    WORKS(store,
          evidence_requests_to_tell(store->arena, store->db, 10, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

static void ret_1_what_is_over_is_forgotten_and_what_lasts_is_not(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *refused = ask(store, NORDVIK, KARI, "k1");
    const char *given = ask(store, NORDVIK, KARI, "k2");
    const char *nobodys = ask(store, NORDVIK, OLA, "k3");
    claim(store, kari);
    assert_true(does(store, REFUSE, kari, refused, NULL));
    assert_true(does(store, GIVE, kari, given, certificate));
    size_t count;

    WORKS(store,
          evidence_requests_forget(store->arena, store->db, NOW + DAY, 10, &count, &store->err));
    assert_int_equal(count, 1);
    struct evidence_request request;
    FAILS(store,
          evidence_requests_of_consumer(store->arena, store->db, NORDVIK, refused, &request,
                                        &store->err),
          ERROR_MISSING);
    WORKS(store, evidence_requests_forget(store->arena, store->db, NOW + 8 * DAY, 10, &count,
                                          &store->err));
    assert_int_equal(count, 1);
    assert_int_equal(state_of(store, NORDVIK, nobodys), EVIDENCE_PENDING);
    WORKS(store, evidence_requests_forget(store->arena, store->db, NOW + 15 * DAY, 10, &count,
                                          &store->err));
    assert_int_equal(count, 1);
}

static void key_4_neither_number_nor_purpose_lies_there_in_clear(void **state)
{
    struct store *store = *state;
    ask(store, NORDVIK, KARI, "key-of-case-17");
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT sealed, person, request_key, asked_sha256 "
                                 "FROM evidence_requests"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    for (int i = 0; i < 4; i++) {
        struct bytes bytes = db_bytes(rows, i);
        assert_null(memmem(bytes.data, bytes.size, KARI, 11));
        assert_null(memmem(bytes.data, bytes.size, "bevilling", 9));
        assert_null(memmem(bytes.data, bytes.size, "case-17", 7));
    }
    struct crypto_sha256 plain = crypto_sha256(BYTES_OF(KARI));
    assert_memory_not_equal(db_bytes(rows, 1).data, plain.bytes, sizeof plain.bytes);
}

static void api_2_a_yes_ends_with_its_certificate(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *certificate = certificate_of(store, kari, "serving-licence");
    const char *id = ask(store, NORDVIK, KARI, "k1");
    claim(store, kari);
    assert_true(does(store, GIVE, kari, id, certificate));
    WORKS(store,
          db_exec(store->db, DB_SQL("DELETE FROM submissions"), DB_NO_VALUES, NULL, &store->err));

    assert_int_equal(may_read(store, NORDVIK, id), 0);
    assert_int_equal(state_of(store, NORDVIK, id), EVIDENCE_EXPIRED);
}

#define AT_NOON(test) cmocka_unit_test_setup_teardown(test, at_noon, clock_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_NOON(api_2_nothing_is_read_before_a_yes_and_nothing_after_it_ends),
        AT_NOON(con_1_a_yes_taken_back_ends_reading_at_once),
        AT_NOON(a_request_is_answered_once_and_by_its_citizen_only),
        AT_NOON(nobody_answers_after_the_time),
        AT_NOON(an_unknown_person_is_the_same_row_until_it_is_over),
        AT_NOON(the_same_key_is_the_same_request_and_never_another),
        AT_NOON(http_11_one_agency_asks_only_so_much_known_or_not),
        AT_NOON(only_who_has_something_to_give_is_written_to_and_once),
        AT_NOON(ret_1_what_is_over_is_forgotten_and_what_lasts_is_not),
        AT_NOON(key_4_neither_number_nor_purpose_lies_there_in_clear),
        AT_NOON(api_2_a_yes_ends_with_its_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

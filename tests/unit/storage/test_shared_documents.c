/* test_shared_documents.c - what was shared, what is wanted of it, and what has been fetched. */
#include "store.h"

#include "engine/base/clock.h"

static struct shared_document shared(const char *key, const char *subject)
{
    return (struct shared_document){.key = key,
                                    .subject = subject,
                                    .file_type = "pdf",
                                    .size_bytes = 1000,
                                    .origin_number = "310123005",
                                    .origin_name = "Oppdiktet AS",
                                    .delivered_at = 1790000000};
}

static struct consent given(struct store *store)
{
    const char *kari = store_citizen(store, KARI);
    return store_consent(store, kari, store_draft(store, kari).id);
}

static size_t saw(struct store *store, const struct consent *consent,
                  const struct shared_document *documents, size_t count,
                  struct shared_document **list)
{
    size_t listed = 0;
    WORKS(store, shared_documents_saw(store->arena, store->db, consent->id, 1998790400, 2000000000,
                                      documents, count, &store->err));
    WORKS(store, shared_documents_list(store->arena, store->db, consent->citizen_id, consent->id,
                                       list, &listed, &store->err));
    return listed;
}

static void r_28_the_same_list_again_changes_nothing(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a", "Lønnsslipp"), shared("b", "Skattemelding")};
    struct shared_document *first = NULL, *second = NULL;
    assert_int_equal(saw(store, &consent, two, 2, &first), 2);
    assert_int_equal(saw(store, &consent, two, 2, &second), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(first[i].id, second[i].id);
        assert_string_equal(second[i].key, two[i].key);
        assert_string_equal(second[i].subject, two[i].subject);
        assert_int_equal(second[i].state, SHARED_SEEN);
    }
}

static void more_can_be_shared_and_some_taken_back(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document all[2] = {shared("a", "A"), shared("b", "B")}, *list = NULL;
    assert_int_equal(saw(store, &consent, all, 0, &list), 0);
    struct consent read;
    WORKS(store, consents_read(store->arena, store->db, consent.citizen_id, consent.id, &read,
                               &store->err));
    assert_int_equal(read.state, CONSENT_ASKED); /* nothing was shared yet */

    assert_int_equal(saw(store, &consent, all, 1, &list), 1);
    assert_int_equal(saw(store, &consent, all, 2, &list), 2);
    assert_int_equal(saw(store, &consent, &all[1], 1, &list), 2);
    assert_int_equal(list[0].state, SHARED_GONE);
    assert_int_equal(list[1].state, SHARED_SEEN);
    assert_int_equal(saw(store, &consent, all, 2, &list), 2);
    assert_int_equal(list[0].state, SHARED_SEEN);
}

static void a_choice_is_for_a_requirement_of_the_consent(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    const char *ola = store_citizen(store, OLA);
    struct shared_document one = shared("a", "A"), *list = NULL;
    saw(store, &consent, &one, 1, &list);

    FAILS(store,
          shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                  ONE("/hello/diary"), &store->err),
          ERROR_INVALID);
    FAILS(store,
          shared_documents_choose(store->arena, store->db, ola, list[0].id, ONE("/hello/tax"),
                                  &store->err),
          ERROR_MISSING);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/tax"), &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_WANTED);
    assert_int_equal(list[0].use_count, 1);
    assert_string_equal(list[0].uses[0].requirement, "/hello/tax");
    assert_null(list[0].uses[0].attachment_id);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         NULL, 0, &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_UNWANTED);
    assert_int_equal(list[0].use_count, 0);
}

static bool next(struct store *store, struct shared_next *out)
{
    bool found = false;
    WORKS(store, shared_documents_next(store->arena, store->db, 60000, out, &found, &store->err));
    return found;
}

static void only_what_is_wanted_is_fetched_and_by_one_worker(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a", "A"), shared("b", "B")}, *list = NULL;
    saw(store, &consent, two, 2, &list);
    struct shared_next wanted;
    assert_false(next(store, &wanted));
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[1].id,
                                         ONE("/hello/tax"), &store->err));

    assert_true(next(store, &wanted));
    assert_string_equal(wanted.document.key, "b");
    assert_string_equal(wanted.citizen_id, consent.citizen_id);
    assert_string_equal(wanted.draft_id, consent.draft_id);
    assert_string_equal(wanted.request_uuid, consent.request_uuid);
    struct shared_next held;
    assert_false(next(store, &held));
    db_clock_advance(60000);
    assert_true(next(store, &held)); /* the first one died */

    WORKS(store, shared_documents_again(store->db, held.document.id, 5000, "down", &store->err));
    assert_false(next(store, &held));
    db_clock_advance(5000);
    assert_true(next(store, &held));
    assert_int_equal(held.document.attempts, 1);
    WORKS(store, shared_documents_failed(store->db, held.document.id, "not a PDF", &store->err));
    db_clock_advance(60000);
    assert_false(next(store, &held));
}

static void a_fetched_document_is_an_attachment_until_that_is_removed(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("a", "A"), *list = NULL;
    saw(store, &consent, &one, 1, &list);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/payslips"), &store->err));
    struct attachment attachment =
        store_attachment(store, consent.citizen_id, consent.draft_id, "%PDF-a");
    WORKS(store, shared_documents_fetched(store->db, list[0].id, "/hello/payslips", attachment.id,
                                          &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_FETCHED);
    assert_string_equal(list[0].uses[0].attachment_id, attachment.id);
    assert_null(list[0].uses[0].submission_id);
    FAILS(store,
          shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                  ONE("/hello/tax"), &store->err),
          ERROR_MISSING);

    WORKS(store, attachments_remove(store->db, consent.citizen_id, attachment.id, &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_DELETED);
    assert_string_equal(list[0].subject, "A"); /* the citizen may know what was here */
    assert_int_equal(list[0].use_count, 0);
}

/* The attachment that a document became for that requirement. */
static struct attachment became(struct store *store, const struct consent *consent,
                                const struct shared_document *document, const char *requirement)
{
    struct attachment wish = {.requirement = requirement,
                              .source = ATTACHMENT_POSTBOX,
                              .name = "a.pdf",
                              .media_type = "application/pdf",
                              .consent_id = consent->id,
                              .document_id = document->id},
                      added;
    WORKS(store, attachments_add(store->arena, store->db, consent->citizen_id, consent->draft_id,
                                 &wish, CONTENT("%PDF-a"), &added, &store->err));
    WORKS(store,
          shared_documents_fetched(store->db, document->id, requirement, added.id, &store->err));
    return added;
}

static void one_document_may_serve_several_requirements(void **state)
{
    static const char *const both[] = {"/hello/tax", "/hello/payslips"};
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("a", "A"), *list = NULL;
    struct shared_next wanted;
    saw(store, &consent, &one, 1, &list);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         both, 2, &store->err));
    assert_true(next(store, &wanted));
    assert_int_equal(wanted.document.use_count, 2);
    assert_string_equal(wanted.document.uses[1].requirement, both[1]);

    struct attachment first = became(store, &consent, &list[0], both[0]);
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_WANTED); /* not all of it is here */
    struct attachment second = became(store, &consent, &list[0], both[1]);
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_FETCHED);

    WORKS(store, attachments_remove(store->db, consent.citizen_id, first.id, &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_FETCHED);
    assert_int_equal(list[0].use_count, 1);
    assert_string_equal(list[0].uses[0].attachment_id, second.id);
    WORKS(store, attachments_remove(store->db, consent.citizen_id, second.id, &store->err));
    saw(store, &consent, &one, 1, &list);
    assert_int_equal(list[0].state, SHARED_DELETED);
}

static void the_titles_of_what_never_came_here_are_forgotten_when_it_ends(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a", "A"), shared("b", "B")}, *list = NULL;
    saw(store, &consent, two, 2, &list);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/tax"), &store->err));
    became(store, &consent, &list[0], "/hello/tax");
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[1].id,
                                         NULL, 0, &store->err));
    bool settled = false;
    WORKS(store, consents_settle(store->arena, store->db, consent.id, &settled, &store->err));
    assert_true(settled);

    saw(store, &consent, two, 0, &list);
    assert_string_equal(list[0].subject, "A");
    assert_string_equal(list[1].subject, "");
    assert_null(list[1].origin_name);
}

static void con_1_nothing_is_taken_after_the_time_it_was_given_for(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("a", "A"), *list = NULL;
    struct shared_next wanted;
    bool lets_in = false;
    saw(store, &consent, &one, 1, &list); /* until 2000000000, as the postbox says */
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/tax"), &store->err));
    WORKS(store, consents_lets_in(store->arena, store->db, consent.id, &lets_in, &store->err));
    assert_true(lets_in);

    clock_set(2000000000); /* nobody has looked for what is past its time yet */
    bool found = next(store, &wanted);
    WORKS(store, consents_lets_in(store->arena, store->db, consent.id, &lets_in, &store->err));
    FAILS(store, shared_documents_fetched(store->db, list[0].id, "/hello/tax", "late", &store->err),
          ERROR_DENIED);
    clock_set(0);
    assert_false(found);
    assert_false(lets_in);
}

static void con_1_access_ends_when_the_time_said_yes_to_has_passed(void **state)
{
    enum { AT = 1998790400 };
    static const struct {
        int64_t shared_at, told, ends;
    } cases[] = {
        {AT, 0, AT + 1209600},            /* the postbox does not say */
        {AT, AT + 60, AT + 60},           /* sooner */
        {AT, AT + 9999999, AT + 1209600}, /* later than what was said yes to */
        {0, 0, AT + 1209600},             /* nor when: as before */
    };
    struct store *store = *state;
    struct consent consent = given(store), read;
    struct shared_document one = shared("a", "A");
    for (size_t i = 0; i < COUNT(cases); i++) {
        WORKS(store, shared_documents_saw(store->arena, store->db, consent.id, cases[i].shared_at,
                                          cases[i].told, &one, 1, &store->err));
        WORKS(store, consents_read(store->arena, store->db, consent.citizen_id, consent.id, &read,
                                   &store->err));
        assert_int_equal(read.shared_at, AT);
        assert_int_equal(read.expires_at, cases[i].ends);
    }
}

static void key_3_a_document_whose_seal_is_broken_keeps_no_other_from_coming(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a", "A"), shared("b", "B")}, *list = NULL;
    struct shared_next wanted;
    bool found = false;
    saw(store, &consent, two, 2, &list);
    for (size_t i = 0; i < 2; i++)
        WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id,
                                             list[i].id, ONE("/hello/tax"), &store->err));
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE shared_documents SET texts = document_key, next_at_ms = -1 "
                                "WHERE id = $1"),
                         DB_VALUES(DB_TEXT(list[0].id)), NULL, &store->err));
    FAILS(store,
          shared_documents_next(store->arena, store->db, 60000, &wanted, &found, &store->err),
          ERROR_BROKEN);
    assert_true(next(store, &wanted));
    assert_string_equal(wanted.document.id, list[1].id);
}

static void con_1_nothing_is_fetched_into_a_draft_that_was_sent(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("a", "A"), *list = NULL;
    saw(store, &consent, &one, 1, &list);
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/tax"), &store->err));
    WORKS(store, drafts_send(store->arena, store->db, consent.citizen_id, consent.draft_id, 1,
                             &store->err));
    struct shared_next wanted;
    assert_false(next(store, &wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(r_28_the_same_list_again_changes_nothing),
        WITH_STORE(more_can_be_shared_and_some_taken_back),
        WITH_STORE(a_choice_is_for_a_requirement_of_the_consent),
        WITH_STORE(only_what_is_wanted_is_fetched_and_by_one_worker),
        WITH_STORE(a_fetched_document_is_an_attachment_until_that_is_removed),
        WITH_STORE(one_document_may_serve_several_requirements),
        WITH_STORE(the_titles_of_what_never_came_here_are_forgotten_when_it_ends),
        WITH_STORE(con_1_nothing_is_taken_after_the_time_it_was_given_for),
        WITH_STORE(con_1_access_ends_when_the_time_said_yes_to_has_passed),
        WITH_STORE(key_3_a_document_whose_seal_is_broken_keeps_no_other_from_coming),
        WITH_STORE(con_1_nothing_is_fetched_into_a_draft_that_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

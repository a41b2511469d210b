/* test_drafts.c - answers that somebody is still working on. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/letter_links.h"

static void a_draft_comes_back_as_it_was_saved(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    assert_int_equal(draft.revision, 1);
    assert_null(draft.note);

    draft.answers = BYTES_OF("<hello><name>Kari</name></hello>");
    draft.page = "husholdning";
    draft.note = "<row/>";
    draft.language = "nn";
    WORKS(store, drafts_save(store->arena, store->db, kari, &draft, &store->err));
    assert_int_equal(draft.revision, 2);

    struct draft read;
    WORKS(store, drafts_read(store->arena, store->db, kari, draft.id, &read, &store->err));
    assert_int_equal(read.revision, 2);
    assert_memory_equal(read.answers.data, draft.answers.data, draft.answers.size);
    assert_string_equal(read.page, "husholdning");
    assert_string_equal(read.note, "<row/>");
    assert_string_equal(read.language, "nn");
    assert_string_equal(read.submit_key, draft.submit_key);
    assert_int_equal(read.state, DRAFT_OPEN);
}

static void d_1_each_draft_is_born_with_a_key_that_is_its_and_its_owners_alone(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    struct draft first = store_draft(store, kari), second = store_draft(store, kari);
    assert_int_equal(strlen(first.submit_key), 22); /* 128 bits, base64url */
    assert_string_not_equal(first.submit_key, second.submit_key);
    assert_string_not_equal(first.submit_key, first.id);

    struct submission sent = store_submission(store, kari, &first), found;
    WORKS(store,
          submissions_of_key(store->arena, store->db, kari, first.submit_key, &found, &store->err));
    assert_string_equal(found.id, sent.id);
    FAILS(store,
          submissions_of_key(store->arena, store->db, ola, first.submit_key, &found, &store->err),
          ERROR_MISSING);
    FAILS(store,
          submissions_of_key(store->arena, store->db, kari, second.submit_key, &found, &store->err),
          ERROR_MISSING);
}

static void a_list_has_an_end_and_all_of_them_has_none(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft *drafts;
    size_t count;
    store_draft(store, store_citizen(store, OLA));
    for (int i = 0; i < DRAFTS_LIST_MAX + 1; i++)
        store_draft(store, kari);
    WORKS(store, drafts_list(store->arena, store->db, kari, &drafts, &count, &store->err));
    assert_int_equal(count, DRAFTS_LIST_MAX);
    WORKS(store, drafts_all(store->arena, store->db, kari, &drafts, &count, &store->err));
    assert_int_equal(count, DRAFTS_LIST_MAX + 1);
}

static void a_draft_saved_elsewhere_meanwhile_is_a_conflict_and_keeps_the_other(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft here = store_draft(store, kari);
    struct draft elsewhere = here;
    elsewhere.answers = BYTES_OF("<hello>elsewhere</hello>");
    WORKS(store, drafts_save(store->arena, store->db, kari, &elsewhere, &store->err));

    here.answers = BYTES_OF("<hello>here</hello>");
    FAILS(store, drafts_save(store->arena, store->db, kari, &here, &store->err), ERROR_CONFLICT);
    assert_int_equal(here.revision, 1);
    struct draft now;
    WORKS(store, drafts_read(store->arena, store->db, kari, here.id, &now, &store->err));
    assert_int_equal(now.revision, 2);
    assert_memory_equal(now.answers.data, elsewhere.answers.data, elsewhere.answers.size);
}

static void sql_3_anothers_draft_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    struct draft read;

    FAILS(store, drafts_read(store->arena, store->db, ola, draft.id, &read, &store->err),
          ERROR_MISSING);
    struct error others = store->err;
    FAILS(store, drafts_read(store->arena, store->db, ola, "no-such-id", &read, &store->err),
          ERROR_MISSING);
    assert_string_equal(store->err.text, others.text);
    FAILS(store, drafts_save(store->arena, store->db, ola, &draft, &store->err), ERROR_MISSING);
    FAILS(store, drafts_send(store->arena, store->db, ola, draft.id, 1, &store->err),
          ERROR_MISSING);
    FAILS(store, drafts_delete(store->db, ola, draft.id, &store->err), ERROR_MISSING);
    struct draft *list = NULL;
    size_t count = 9;
    WORKS(store, drafts_list(store->arena, store->db, ola, &list, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store, drafts_read(store->arena, store->db, kari, draft.id, &read, &store->err));
}

static void drafts_are_listed_last_saved_first(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    clock_set(1800000000);
    struct draft first = store_draft(store, kari);
    clock_set(1800000100);
    struct draft second = store_draft(store, kari);
    clock_set(1800000200);
    WORKS(store, drafts_save(store->arena, store->db, kari, &first, &store->err));
    clock_set(0);

    struct draft *list = NULL;
    size_t count = 0;
    WORKS(store, drafts_list(store->arena, store->db, kari, &list, &count, &store->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, first.id);
    assert_string_equal(list[1].id, second.id);
    int64_t since = 0;
    WORKS(store,
          drafts_count_since(store->arena, store->db, kari, 1800000050, &since, &store->err));
    assert_int_equal(since, 1);
}

static void a_sent_draft_can_neither_be_saved_sent_nor_deleted(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    FAILS(store, drafts_send(store->arena, store->db, kari, draft.id, 7, &store->err),
          ERROR_CONFLICT);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, 1, &store->err));

    FAILS(store, drafts_send(store->arena, store->db, kari, draft.id, 1, &store->err),
          ERROR_CONFLICT);
    FAILS(store, drafts_save(store->arena, store->db, kari, &draft, &store->err), ERROR_CONFLICT);
    FAILS(store, drafts_delete(store->db, kari, draft.id, &store->err), ERROR_MISSING);
    struct draft read;
    WORKS(store, drafts_read(store->arena, store->db, kari, draft.id, &read, &store->err));
    assert_int_equal(read.state, DRAFT_SENT);
}

static void deleting_a_draft_takes_its_attachments_along(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = store_attachment(store, kari, draft.id, "%PDF-1");
    WORKS(store, drafts_delete(store->db, kari, draft.id, &store->err));

    struct bytes content;
    FAILS(store,
          attachments_read(store->arena, store->db, kari, attachment.id, &attachment, &content,
                           &store->err),
          ERROR_MISSING);
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT 1 FROM attachment_chunks"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_int_equal(db_count(rows), 0);
}

static const char *form_of(struct store *store, const char *id)
{
    const char *form;
    WORKS(store, drafts_form_of(store->arena, store->db, id, &form, &store->err));
    return form;
}

static void
jwt_4_the_form_of_a_draft_a_promise_and_a_reminder_is_known_to_who_has_the_id(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_LATER,
                              .name = "Skattemelding",
                              .media_type = "",
                              .expected_by = 1900000000};
    struct attachment promise, file = store_attachment(store, kari, draft.id, "paper");
    WORKS(store, attachments_add(store->arena, store->db, kari, draft.id, &wish, NULL, &promise,
                                 &store->err));
    struct submission sent = store_submission(store, kari, &draft);
    struct letter_link reminder = {
        .id = "reminder", .submission_id = sent.id, .deadline = 1900000000};
    struct letter_link receipt = {.id = "receipt", .submission_id = sent.id};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, letter_links_add(store->db, kari, &reminder, &store->err));
    WORKS(store, letter_links_add(store->db, kari, &receipt, &store->err));

    WORKS(store, db_commit(&transaction, &store->err));

    assert_string_equal(form_of(store, draft.id), draft.form_id);
    assert_string_equal(form_of(store, promise.id), draft.form_id);
    assert_string_equal(form_of(store, "reminder"), sent.form_id);
    const char *const others[] = {file.id, sent.id, "receipt", "no-such-id", ""};
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(form_of(store, others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_draft_comes_back_as_it_was_saved),
        WITH_STORE(d_1_each_draft_is_born_with_a_key_that_is_its_and_its_owners_alone),
        WITH_STORE(a_list_has_an_end_and_all_of_them_has_none),
        WITH_STORE(a_draft_saved_elsewhere_meanwhile_is_a_conflict_and_keeps_the_other),
        WITH_STORE(sql_3_anothers_draft_is_as_missing_as_none),
        WITH_STORE(drafts_are_listed_last_saved_first),
        WITH_STORE(a_sent_draft_can_neither_be_saved_sent_nor_deleted),
        WITH_STORE(deleting_a_draft_takes_its_attachments_along),
        WITH_STORE(jwt_4_the_form_of_a_draft_a_promise_and_a_reminder_is_known_to_who_has_the_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_attachments.c - documents that belong to a draft, and to the submission it becomes. */
#include "store.h"

#include "storage/attachment_bytes.h"
#include "storage/keys.h"

#include <string.h>

static void an_attachment_comes_back_with_its_bytes_and_origin(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct consent consent = store_consent(store, kari, draft.id);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_POSTBOX,
                              .name = "skattemelding.pdf",
                              .media_type = "application/pdf",
                              .verdict = ATTACHMENT_ISSUER,
                              .consent_id = consent.id,
                              .document_id = "document-1",
                              .issuer_number = "310123005",
                              .issuer_name = "Oppdiktet etat",
                              .delivered_at = 1700000000,
                              .fetched_at = 1700000100};
    struct attachment added, read;
    struct bytes content;
    WORKS(store, attachments_add(store->arena, store->db, kari, draft.id, &wish,
                                 CONTENT("%PDF-tax"), &added, &store->err));
    WORKS(store,
          attachments_read(store->arena, store->db, kari, added.id, &read, &content, &store->err));

    assert_int_equal(content.size, 8);
    assert_memory_equal(content.data, "%PDF-tax", 8);
    assert_int_equal(read.size_bytes, 8);
    assert_int_equal(read.source, ATTACHMENT_POSTBOX);
    assert_string_equal(read.issuer_number, "310123005");
    assert_string_equal(read.consent_id, consent.id);
    assert_int_equal(read.delivered_at, 1700000000);
    assert_null(read.submission_id);
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF("%PDF-tax"));
    assert_memory_equal(read.sha256.bytes, digest.bytes, sizeof digest.bytes);
    FAILS(store,
          attachments_add(store->arena, store->db, kari, draft.id, &wish, CONTENT("%PDF-tax"),
                          &added, &store->err),
          ERROR_CONFLICT); /* the same document is not fetched twice */
}

static void attachments_are_listed_in_the_order_they_came(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment a = store_attachment(store, kari, draft.id, "%PDF-a");
    struct attachment b = store_attachment(store, kari, draft.id, "%PDF-bb");
    struct attachment c = store_attachment(store, kari, draft.id, "%PDF-ccc");
    WORKS(store, attachments_remove(store->db, kari, b.id, &store->err));

    struct attachment *list = NULL;
    size_t count = 0;
    WORKS(store, attachments_of_draft(store->arena, store->db, kari, draft.id, &list, &count,
                                      &store->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, a.id);
    assert_string_equal(list[1].id, c.id);
    struct attachments_usage usage;
    WORKS(store, attachments_count(store->arena, store->db, kari, draft.id, &usage, &store->err));
    assert_int_equal(usage.draft_files, 2);
    assert_int_equal(usage.draft_bytes, 6 + 8);
    assert_int_equal(usage.citizen_bytes, 6 + 8);
}

static void one_promised_for_later_has_no_bytes(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_LATER,
                              .name = "",
                              .media_type = "",
                              .expected_by = 1900000000};
    struct attachment added;
    struct bytes content;
    WORKS(store, attachments_add(store->arena, store->db, kari, draft.id, &wish, NULL, &added,
                                 &store->err));
    assert_int_equal(added.expected_by, 1900000000);
    FAILS(store,
          attachments_read(store->arena, store->db, kari, added.id, &added, &content, &store->err),
          ERROR_MISSING);
}

static int64_t chunks(struct store *store)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT COUNT(*) FROM attachment_chunks"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

/* More chunks than one statement takes, on either side. */
static void key_6_all_chunks_of_a_large_one_go_with_it_and_no_others(void **state)
{
    enum { SIZE = 40 * 65536 + 1, CHUNKS = 41 };
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari), other = store_draft(store, kari);
    char *text = arena_alloc(store->arena, SIZE + 1);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    struct attachment one = store_attachment(store, kari, draft.id, text);
    store_attachment(store, kari, draft.id, text);
    store_attachment(store, kari, other.id, text);
    assert_int_equal(chunks(store), 3 * CHUNKS);

    WORKS(store, attachments_remove(store->db, kari, one.id, &store->err));
    assert_int_equal(chunks(store), 2 * CHUNKS);

    WORKS(store, drafts_delete(store->db, kari, draft.id, &store->err));
    assert_int_equal(chunks(store), CHUNKS);
}

static void a_byte_changed_at_rest_is_found_when_read(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = store_attachment(store, kari, draft.id, "%PDF-a");
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE attachment_chunks SET sealed = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("%PDF-b"))), NULL, &store->err));

    struct bytes content;
    FAILS(store,
          attachments_read(store->arena, store->db, kari, attachment.id, &attachment, &content,
                           &store->err),
          ERROR_BROKEN);
}

static void sql_3_anothers_attachment_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = store_attachment(store, kari, draft.id, "%PDF-a");
    struct bytes content;
    struct attachment *list = NULL;
    size_t count = 9;

    FAILS(store,
          attachments_read(store->arena, store->db, ola, attachment.id, &attachment, &content,
                           &store->err),
          ERROR_MISSING);
    FAILS(store, attachments_remove(store->db, ola, attachment.id, &store->err), ERROR_MISSING);
    FAILS(store,
          attachments_add(store->arena, store->db, ola, draft.id, &attachment, CONTENT("%PDF-x"),
                          &attachment, &store->err),
          ERROR_MISSING);
    WORKS(store,
          attachments_of_draft(store->arena, store->db, ola, draft.id, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

static void what_is_sent_cannot_be_changed(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = store_attachment(store, kari, draft.id, "%PDF-a");
    struct submission submission = store_submission(store, kari, &draft);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, 1, &store->err));
    WORKS(store, attachments_freeze(store->db, kari, draft.id, submission.id, &store->err));

    FAILS(store, attachments_remove(store->db, kari, attachment.id, &store->err), ERROR_MISSING);
    FAILS(store,
          attachments_add(store->arena, store->db, kari, draft.id, &attachment, CONTENT("%PDF-x"),
                          &attachment, &store->err),
          ERROR_MISSING);
    struct attachment *list = NULL;
    size_t count = 0;
    WORKS(store, attachments_of_submission(store->arena, store->db, kari, submission.id, &list,
                                           &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].submission_id, submission.id);
}

/* ---- promises ---- */

/* A promise in a draft that was sent. */
struct promised {
    const char *kari;
    struct draft draft;
    struct submission submission;
    struct attachment promise;
};

static struct promised promise(struct store *store)
{
    struct promised promised = {.kari = store_citizen(store, KARI)};
    const char *kari = promised.kari;
    promised.draft = store_draft(store, kari);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_LATER,
                              .name = "Skattemelding",
                              .media_type = "",
                              .expected_by = 1900000000};
    WORKS(store, attachments_add(store->arena, store->db, kari, promised.draft.id, &wish, NULL,
                                 &promised.promise, &store->err));
    struct attachment *open;
    size_t count = 9;
    WORKS(store, attachments_promised(store->arena, store->db, kari, &open, &count, &store->err));
    assert_int_equal(count, 0); /* nothing is promised before it is sent */
    promised.submission = store_submission(store, kari, &promised.draft);
    WORKS(store, drafts_send(store->arena, store->db, kari, promised.draft.id, 1, &store->err));
    WORKS(store, attachments_freeze(store->db, kari, promised.draft.id, promised.submission.id,
                                    &store->err));
    return promised;
}

static bool lay_up(struct store *store, const struct promised *promised, const char *citizen_id,
                   struct attachment *out)
{
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_DISK,
                              .name = "skattemelding.pdf",
                              .media_type = "application/pdf",
                              .promise_id = promised->promise.id};
    return attachments_add(store->arena, store->db, citizen_id, promised->draft.id, &wish,
                           CONTENT("%PDF-later"), out, &store->err);
}

static void a_promise_is_kept_once_by_what_was_laid_up_for_it(void **state)
{
    struct store *store = *state;
    struct promised promised = promise(store);
    const char *kari = promised.kari;
    struct attachment first, second, *list;
    size_t count;
    int64_t kept;
    WORKS(store, attachments_promised(store->arena, store->db, kari, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, promised.promise.id);

    WORKS(store, lay_up(store, &promised, kari, &first));
    WORKS(store, lay_up(store, &promised, kari, &second));
    WORKS(store, attachments_remove(store->db, kari, second.id, &store->err));
    struct attachments_usage usage;
    WORKS(store,
          attachments_count(store->arena, store->db, kari, promised.draft.id, &usage, &store->err));
    assert_int_equal(usage.draft_files, 1);
    WORKS(store, attachments_of_draft(store->arena, store->db, kari, promised.draft.id, &list,
                                      &count, &store->err));
    assert_int_equal(count, 1); /* the promise: what was sent is as it was */
    WORKS(store, attachments_laid_up(store->arena, store->db, kari, promised.submission.id, &list,
                                     &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, first.id);
    WORKS(store, attachments_laid_up(store->arena, store->db, store_citizen(store, OLA),
                                     promised.submission.id, &list, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store, attachments_keep_promise(store->db, kari, promised.promise.id,
                                          promised.submission.id, &kept, &store->err));

    assert_int_equal(kept, 1);
    WORKS(store, attachments_promised(store->arena, store->db, kari, &list, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store, attachments_of_promise(store->arena, store->db, kari, promised.promise.id, &list,
                                        &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, first.id);
    assert_string_equal(list[0].submission_id, promised.submission.id);
    WORKS(store, attachments_laid_up(store->arena, store->db, kari, promised.submission.id, &list,
                                     &count, &store->err));
    assert_int_equal(count, 0);
    FAILS(store, lay_up(store, &promised, kari, &second), ERROR_MISSING);
    FAILS(store, attachments_remove(store->db, kari, first.id, &store->err), ERROR_MISSING);
}

static void nothing_is_laid_up_for_what_was_not_promised(void **state)
{
    struct store *store = *state;
    struct promised promised = promise(store);
    const char *ola = store_citizen(store, OLA);
    struct attachment added, *list;
    size_t count = 9;

    FAILS(store, lay_up(store, &promised, ola, &added), ERROR_MISSING);
    struct promised other = promised;
    other.draft = store_draft(store, promised.kari);
    FAILS(store, lay_up(store, &other, promised.kari, &added), ERROR_MISSING);
    other = promised;
    other.promise.id = "none";
    FAILS(store, lay_up(store, &other, promised.kari, &added), ERROR_MISSING);
    FAILS(store,
          attachments_find(store->arena, store->db, ola, promised.promise.id, &added, &store->err),
          ERROR_MISSING);
    FAILS(store, attachments_expect(store->db, ola, promised.promise.id, 1, &store->err),
          ERROR_MISSING);
    WORKS(store, attachments_promised(store->arena, store->db, ola, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

/* ---- used again ---- */

/* A document with an issuer in something that was sent, kept until then. */
static struct attachment send(struct store *store, const char *citizen_id, int64_t keep_until)
{
    struct draft draft = store_draft(store, citizen_id);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_POSTBOX,
                              .verdict = ATTACHMENT_ISSUER,
                              .name = "Skattemelding",
                              .media_type = "application/pdf",
                              .issuer_number = "974761076",
                              .issuer_name = "Skatteetaten",
                              .delivered_at = 1700000000,
                              .fetched_at = 1750000000,
                              .signer = "Skatteetaten",
                              .signed_at = 1690000000,
                              .valid_until = 1900000000},
                      added;
    WORKS(store, attachments_add(store->arena, store->db, citizen_id, draft.id, &wish,
                                 CONTENT("%PDF-sent"), &added, &store->err));
    struct submission submission = store_submission(store, citizen_id, &draft);
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE submissions SET keep_until = $2 WHERE id = $1"),
                  DB_VALUES(DB_TEXT(submission.id), DB_INTEGER(keep_until)), NULL, &store->err));
    WORKS(store, drafts_send(store->arena, store->db, citizen_id, draft.id, 1, &store->err));
    WORKS(store, attachments_freeze(store->db, citizen_id, draft.id, submission.id, &store->err));
    return added;
}

static void ret_1_what_was_sent_may_be_used_again_as_long_as_it_is_kept(void **state)
{
    enum { NOW = 1800000000 };
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI), *ola = store_citizen(store, OLA);
    struct attachment sent = send(store, kari, NOW + 1), *list;
    (void)send(store, kari, NOW);
    (void)store_attachment(store, kari, store_draft(store, kari).id, "%PDF-draft");
    size_t count = 9;
    bool some;

    WORKS(store, attachments_sent(store->arena, store->db, kari, NOW, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, sent.id);
    WORKS(store, attachments_has_sent(store->arena, store->db, kari, NOW, &some, &store->err));
    assert_true(some);
    WORKS(store, attachments_has_sent(store->arena, store->db, kari, NOW + 1, &some, &store->err));
    assert_false(some);
    WORKS(store, attachments_sent(store->arena, store->db, ola, NOW, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

static void a_copy_keeps_its_origin_and_outlives_the_key_of_what_was_sent(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct attachment sent = send(store, kari, INT64_MAX), added, read;
    struct draft draft = store_draft(store, kari);
    {
        CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
        WORKS(store, attachment_bytes_open(store->db, &sent, &bytes, &store->err));
        struct content content = attachment_bytes_content(bytes);
        struct attachment copy = attachments_again(&sent);
        copy.requirement = "/hello/tax";
        WORKS(store, attachments_add(store->arena, store->db, kari, draft.id, &copy, &content,
                                     &added, &store->err));
    }
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        WORKS(store, keys_shred(store->db, (struct keys_owner){kari, sent.draft_id}, &store->err));
        WORKS(store, db_commit(&transaction, &store->err));
    }
    FAILS(store, attachments_find(store->arena, store->db, kari, sent.id, &read, &store->err),
          ERROR_BROKEN);

    struct bytes content;
    WORKS(store,
          attachments_read(store->arena, store->db, kari, added.id, &read, &content, &store->err));
    assert_int_equal(content.size, strlen("%PDF-sent"));
    assert_memory_equal(content.data, "%PDF-sent", content.size);
    assert_int_equal(read.source, ATTACHMENT_EARLIER);
    assert_string_equal(read.copied_from, sent.id);
    assert_int_equal(read.verdict, ATTACHMENT_ISSUER);
    assert_string_equal(read.issuer_number, "974761076");
    assert_string_equal(read.signer, "Skatteetaten");
    assert_int_equal(read.delivered_at, 1700000000);
    assert_int_equal(read.fetched_at, 1750000000);
    assert_int_equal(read.valid_until, 1900000000);
    assert_null(read.consent_id);
    assert_null(read.promise_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(an_attachment_comes_back_with_its_bytes_and_origin),
        WITH_STORE(attachments_are_listed_in_the_order_they_came),
        WITH_STORE(one_promised_for_later_has_no_bytes),
        WITH_STORE(key_6_all_chunks_of_a_large_one_go_with_it_and_no_others),
        WITH_STORE(a_byte_changed_at_rest_is_found_when_read),
        WITH_STORE(sql_3_anothers_attachment_is_as_missing_as_none),
        WITH_STORE(what_is_sent_cannot_be_changed),
        WITH_STORE(ret_1_what_was_sent_may_be_used_again_as_long_as_it_is_kept),
        WITH_STORE(a_copy_keeps_its_origin_and_outlives_the_key_of_what_was_sent),
        WITH_STORE(a_promise_is_kept_once_by_what_was_laid_up_for_it),
        WITH_STORE(nothing_is_laid_up_for_what_was_not_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

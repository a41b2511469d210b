/* test_certificates.c - documents that another agency may be given. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/certificates.h"

#include <string.h>

#define PDF "%PDF-1.7 a licence to serve food\n%%EOF\n"
enum { NOW = 1800000000, YEAR = 365 * 86400 };

struct issued {
    const char *citizen_id;
    struct submission submission;
    struct certificate certificate;
};

static struct issued issue(struct store *store, const char *pid, const char *type, int64_t until,
                           const char *key)
{
    struct issued issued = {.citizen_id = store_citizen(store, pid)};
    struct draft draft = store_draft(store, issued.citizen_id);
    issued.submission = store_submission(store, issued.citizen_id, &draft);
    issued.certificate = (struct certificate){
        .id = crypto_random_id(store->arena, 128),
        .citizen_id = issued.citizen_id,
        .submission_id = issued.submission.id,
        .draft_id = draft.id,
        .kind = CERTIFICATE_ISSUED,
        .type = type,
        .title = "Serveringsbevilling for Kafé Fjord",
        .media_type = "application/pdf",
        .issuer_number = "310245682",
        .issuer_name = "Fjordvik kommune",
        .number = "SB-2026-000001",
        .issued_at = NOW,
        .valid_until = until,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, certificates_add(store->arena, store->db, &issued.certificate, BYTES_OF(PDF), key,
                                  &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return issued;
}

static void a_certificate_is_read_back_byte_for_byte(void **state)
{
    struct store *store = *state;
    struct issued issued = issue(store, KARI, "serving-licence", NOW + YEAR, NULL);
    struct certificate read;
    struct bytes content;

    WORKS(store, certificates_read(store->arena, store->db, issued.citizen_id,
                                   issued.certificate.id, &read, &store->err));
    WORKS(store, certificates_content(store->arena, store->db, issued.citizen_id,
                                      issued.certificate.id, &content, &store->err));

    assert_string_equal(read.title, issued.certificate.title);
    assert_string_equal(read.number, "SB-2026-000001");
    assert_string_equal(read.issuer_name, "Fjordvik kommune");
    assert_int_equal(read.size_bytes, strlen(PDF));
    assert_true(db_is_intact(BYTES_OF(PDF), &read.sha256));
    assert_int_equal(content.size, strlen(PDF));
    assert_memory_equal(content.data, PDF, content.size);
    assert_null(read.attachment_id);
}

static void sql_3_anothers_certificate_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    struct issued issued = issue(store, KARI, "serving-licence", 0, NULL);
    const char *ola = store_citizen(store, OLA);
    struct certificate read, *list;
    struct bytes content;
    size_t count = 9;
    FAILS(
        store,
        certificates_read(store->arena, store->db, ola, issued.certificate.id, &read, &store->err),
        ERROR_MISSING);
    FAILS(store,
          certificates_content(store->arena, store->db, ola, issued.certificate.id, &content,
                               &store->err),
          ERROR_MISSING);
    WORKS(store,
          certificates_list(store->arena, store->db, ola, NULL, NOW, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

static void only_those_of_a_type_that_hold_can_be_given(void **state)
{
    struct store *store = *state;
    struct issued holds = issue(store, KARI, "serving-licence", NOW + YEAR, NULL);
    issue(store, KARI, "serving-licence", NOW - 1, NULL);
    issue(store, KARI, "other-licence", 0, NULL);
    struct certificate *list;
    size_t count;

    WORKS(store, certificates_list(store->arena, store->db, holds.citizen_id, "serving-licence",
                                   NOW, &list, &count, &store->err));

    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, holds.certificate.id);
    WORKS(store, certificates_list(store->arena, store->db, holds.citizen_id, NULL, NOW, &list,
                                   &count, &store->err));
    assert_int_equal(count, 3);
}

static void the_same_key_issues_once(void **state)
{
    struct store *store = *state;
    struct issued issued = issue(store, KARI, "serving-licence", 0, "case 17");
    struct certificate found, again = issued.certificate;
    again.id = "another";
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    FAILS(store,
          certificates_add(store->arena, store->db, &again, BYTES_OF(PDF), "case 17", &store->err),
          ERROR_CONFLICT);
    db_end(&transaction);
    WORKS(store, certificates_of_key(store->arena, store->db, "case 17", &found, &store->err));
    assert_string_equal(found.id, issued.certificate.id);
    FAILS(store, certificates_of_key(store->arena, store->db, "case 18", &found, &store->err),
          ERROR_MISSING);
}

static void a_byte_changed_at_rest_is_noticed(void **state)
{
    struct store *store = *state;
    struct issued issued = issue(store, KARI, "serving-licence", 0, NULL);
    struct bytes content;
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE certificate_contents SET content = "
                                "CAST(substr(content, 1, 60) || x'00' || substr(content, 62) "
                                "AS BLOB)"),
                         DB_NO_VALUES, NULL, &store->err));
    FAILS(store,
          certificates_content(store->arena, store->db, issued.citizen_id, issued.certificate.id,
                               &content, &store->err),
          ERROR_BROKEN);
}

static void key_2_neither_text_nor_bytes_lie_there_in_clear(void **state)
{
    struct store *store = *state;
    issue(store, KARI, "serving-licence", 0, "case 17");
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT c.sealed, b.content, c.issue_key FROM certificates c "
                                 "JOIN certificate_contents b ON b.certificate = c.id"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    for (int i = 0; i < 3; i++) {
        struct bytes bytes = db_bytes(rows, i);
        assert_null(memmem(bytes.data, bytes.size, "Serveringsbevilling", 19));
        assert_null(memmem(bytes.data, bytes.size, "licence", 7));
        assert_null(memmem(bytes.data, bytes.size, "case 17", 7));
    }
}

static void it_goes_with_its_submission(void **state)
{
    struct store *store = *state;
    struct issued issued = issue(store, KARI, "serving-licence", 0, NULL);
    struct certificate read;
    WORKS(store, db_exec(store->db, DB_SQL("DELETE FROM submissions WHERE id = $1"),
                         DB_VALUES(DB_TEXT(issued.submission.id)), NULL, &store->err));
    FAILS(store,
          certificates_read(store->arena, store->db, issued.citizen_id, issued.certificate.id,
                            &read, &store->err),
          ERROR_MISSING);
}

static void a_type_is_a_plain_word(void **state)
{
    (void)state;
    assert_true(certificates_is_type("serving-licence"));
    assert_true(certificates_is_type("a1"));
    static const char *const wrong[] = {"", "1a", "-a", "A", "a_b", "a b", "æ", NULL};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(certificates_is_type(wrong[i]));
    char word[CERTIFICATES_MAX_TYPE + 2] = {0};
    memset(word, 'a', CERTIFICATES_MAX_TYPE);
    assert_true(certificates_is_type(word));
    word[CERTIFICATES_MAX_TYPE] = 'a';
    assert_false(certificates_is_type(word));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_certificate_is_read_back_byte_for_byte),
        WITH_STORE(sql_3_anothers_certificate_is_as_missing_as_none),
        WITH_STORE(only_those_of_a_type_that_hold_can_be_given),
        WITH_STORE(the_same_key_issues_once),
        WITH_STORE(a_byte_changed_at_rest_is_noticed),
        WITH_STORE(key_2_neither_text_nor_bytes_lie_there_in_clear),
        WITH_STORE(it_goes_with_its_submission),
        cmocka_unit_test(a_type_is_a_plain_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

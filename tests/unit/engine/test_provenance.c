/* test_provenance.c - each cell of the table in provenance.h, and what is checked again. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/xml.h"
#include "engine/provenance.h"
#include "engine/proof.h"
#include "engine/sandbox/sandbox_documents.h"
#include "engine/sandbox/sandbox_pdf_sign.h"
#include "render/pdf_update.h"
#include "tests/unit/engine/folder.h"

#include <sqlite3.h>
#include <stdatomic.h>

#define NORDLYS "310123021"
#define ETATEN "974761076"

/* Made once, since it takes its time. */
static struct arena *of_all;
static struct issuers issuers;
static struct bytes unsigned_pdf, theirs, others, tampered, expired, valid;

static struct bytes sign(const char *name, const char *folder)
{
    struct bytes key, certificate, pdf;
    struct error err;
    crypto_make_certificate(of_all, name, &key, &certificate);
    if (folder)
        folder_write(of_all, folder, "nordlys.pem", arena_text_of(of_all, certificate));
    assert_true(sandbox_pdf_sign(of_all, unsigned_pdf, key, certificate, clock_now(), &pdf, &err));
    return pdf;
}

static struct bytes with_proof(const char *until)
{
    struct bytes pdf;
    struct error err;
    const char *xml = arena_printf(of_all,
                                   "<proof xmlns=\"" PROOF_DIGIPOST "\"><valid-period><period><to>"
                                   "%s</to></period></valid-period></proof>",
                                   until);
    assert_true(pdf_update_embed(of_all, unsigned_pdf, "proof.xml", "application/xml",
                                 BYTES_OF(xml), &pdf, &err));
    return pdf;
}

static int set_up_all(void **state)
{
    (void)state;
    struct error err;
    of_all = arena_open();
    char *folder = folder_make(of_all);
    assert_true(sandbox_documents_pay_slip(of_all, sandbox_people_find("ingrid"), 2026, 10,
                                           &unsigned_pdf, &err));
    theirs = sign("Nordlys Regnskap AS", folder);
    others = sign("Ukjent Utsteder", NULL);
    tampered = arena_bytes(of_all, theirs);
    ((unsigned char *)tampered.data)[1000] ^= 1;
    expired = with_proof("2026-07-31");
    valid = with_proof("2099-07-31");
    issuers_init(&issuers, of_all);
    const char *file = NORDLYS " = Nordlys | nordlys.pem\n" ETATEN " = Etaten\n";
    assert_true(issuers_parse(&issuers, BYTES_OF(file), "issuers", folder, &err));
    folder_remove(folder);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    issuers_finish(&issuers);
    arena_close(&of_all);
    return 0;
}

/* The verdict about a PDF; *row says the rest. */
static enum attachment_verdict decide(struct bytes pdf, struct attachment *row,
                                      const char **refusal)
{
    const struct content content = content_of(pdf);
    struct error err;
    row->media_type = row->media_type ? row->media_type : "application/pdf";
    assert_true(provenance_decide(of_all, &content, &issuers, row, refusal, &err));
    return row->verdict;
}

static struct attachment from_agency(void)
{
    return (struct attachment){.source = ATTACHMENT_POSTBOX,
                               .issuer_number = ETATEN,
                               .issuer_name = "Etaten",
                               .delivered_at = clock_now() + 60};
}

static struct attachment from_person(void)
{
    return (struct attachment){
        .source = ATTACHMENT_POSTBOX, .issuer_name = "Kari", .delivered_at = clock_now() + 60};
}

static struct attachment uploaded(void)
{
    return (struct attachment){.source = ATTACHMENT_DISK};
}

static void what_an_issuer_we_know_has_signed_is_theirs_wherever_it_lay(void **state)
{
    (void)state;
    struct attachment rows[] = {from_agency(), from_person(), uploaded()};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *refusal = "";

        assert_int_equal(decide(theirs, &rows[i], &refusal), ATTACHMENT_ISSUER);

        assert_null(refusal);
        assert_string_equal(rows[i].issuer_number, NORDLYS);
        assert_string_equal(rows[i].issuer_name, "Nordlys");
        assert_string_equal(rows[i].signer, "Nordlys Regnskap AS");
        assert_true(rows[i].signed_at != 0);
    }
}

static void an_organisations_letter_is_theirs_by_the_postboxs_word(void **state)
{
    (void)state;
    const char *refusal = "";
    struct attachment row = from_agency();
    assert_int_equal(decide(unsigned_pdf, &row, &refusal), ATTACHMENT_ISSUER);
    assert_null(refusal);
    assert_null(row.signer);
    assert_string_equal(row.issuer_number, ETATEN);

    row = from_agency();
    assert_int_equal(decide(others, &row, &refusal), ATTACHMENT_ISSUER);
    assert_string_equal(row.issuer_number, ETATEN);
    assert_string_equal(row.signer, "Ukjent Utsteder");

    row = from_agency();
    row.media_type = "image/png";
    assert_int_equal(decide(BYTES_OF("\x89PNG"), &row, &refusal), ATTACHMENT_ISSUER);
}

static void what_a_person_put_in_the_postbox_is_not_confirmed(void **state)
{
    (void)state;
    const char *refusal = "";
    struct attachment row = from_person();
    assert_int_equal(decide(unsigned_pdf, &row, &refusal), ATTACHMENT_UNCONFIRMED);
    assert_null(refusal);

    row = from_person();
    assert_int_equal(decide(others, &row, &refusal), ATTACHMENT_UNCONFIRMED);
    assert_null(row.issuer_number);
    assert_string_equal(row.signer, "Ukjent Utsteder");
}

static void what_is_uploaded_says_nothing_of_its_origin(void **state)
{
    (void)state;
    const char *refusal = "";
    struct attachment row = uploaded();
    assert_int_equal(decide(unsigned_pdf, &row, &refusal), ATTACHMENT_UPLOADED);
    assert_null(refusal);

    row = uploaded();
    assert_int_equal(decide(others, &row, &refusal), ATTACHMENT_UPLOADED);
    assert_null(row.issuer_number);
}

static void what_was_changed_after_signing_is_refused_wherever_it_comes_from(void **state)
{
    (void)state;
    struct attachment rows[] = {from_agency(), from_person(), uploaded()};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *refusal = NULL;

        assert_int_equal(decide(tampered, &rows[i], &refusal), ATTACHMENT_FAILED);

        assert_string_equal(refusal, PROVENANCE_BROKEN);
    }
}

static void a_certificate_past_its_time_is_refused_wherever_it_comes_from(void **state)
{
    (void)state;
    struct attachment rows[] = {from_agency(), from_person(), uploaded()};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *refusal = NULL;

        assert_int_equal(decide(expired, &rows[i], &refusal), ATTACHMENT_FAILED);

        assert_string_equal(refusal, PROVENANCE_EXPIRED);
        assert_string_equal(clock_iso_oslo(of_all, rows[i].valid_until),
                            "2026-07-31T23:59:59+02:00");
    }
    struct attachment row = from_agency();
    const char *refusal = "";
    assert_int_equal(decide(valid, &row, &refusal), ATTACHMENT_ISSUER);
    assert_null(refusal);
    assert_true(row.valid_until > clock_now());
}

/* A kept document that is valid until then. */
static struct attachment kept(struct store *store, int64_t valid_until)
{
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_DISK,
                              .name = "a.pdf",
                              .media_type = "application/pdf",
                              .verdict = ATTACHMENT_UPLOADED,
                              .valid_until = valid_until};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, kari, draft.id, &wish, CONTENT("%PDF-a"),
                                 &added, &store->err));
    return added;
}

/* How it stands after another look. */
static struct attachment look_again(struct store *store, const struct attachment *row,
                                    size_t expected_refused)
{
    struct attachment now;
    size_t refused = 99;
    WORKS(store,
          provenance_look_again(store->arena, store->db, row, 1, "r1", &refused, &store->err));
    assert_int_equal(refused, expected_refused);
    WORKS(store,
          attachments_find(store->arena, store->db, row->citizen_id, row->id, &now, &store->err));
    return now;
}

static void must_be_failed(struct store *store, const struct attachment *row, const char *reason)
{
    assert_int_equal(row->state, ATTACHMENT_REFUSED);
    assert_int_equal(row->verdict, ATTACHMENT_FAILED);
    assert_string_equal(row->reason, reason);
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT number FROM attachment_chunks WHERE attachment = $1"),
                          DB_VALUES(DB_TEXT(row->id)), &rows, &store->err));
    assert_int_equal(db_count(rows), 0);
    struct audit_entry *entries;
    size_t count;
    WORKS(store,
          audit_list(store->arena, store->db, row->citizen_id, &entries, &count, &store->err));
    assert_int_equal(count, 1);
    assert_int_equal(entries[0].action, AUDIT_DOCUMENT_FAILED);
    assert_string_equal(entries[0].object_id, row->id);
}

static void what_is_kept_still_holds(void **state)
{
    struct store *store = *state;
    struct attachment row = kept(store, clock_now() + 60);

    struct attachment now = look_again(store, &row, 0);

    assert_int_equal(now.state, ATTACHMENT_READY);
    assert_int_equal(now.verdict, ATTACHMENT_UPLOADED);
}

static void what_ran_out_while_the_draft_lay_is_refused(void **state)
{
    struct store *store = *state;
    struct attachment row = kept(store, clock_now() - 60);

    struct attachment now = look_again(store, &row, 1);

    must_be_failed(store, &now, PROVENANCE_EXPIRED);
    row.state = now.state;
    (void)look_again(store, &row, 0); /* once is enough */
}

static void key_3_a_byte_changed_at_rest_is_refused(void **state)
{
    struct store *store = *state;
    struct attachment row = kept(store, 0), other = kept(store, 0);
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT sealed FROM attachment_chunks WHERE attachment = $1"),
                          DB_VALUES(DB_TEXT(row.id)), &rows, &store->err));
    assert_true(db_next(rows));
    struct bytes sealed = arena_bytes(store->arena, db_bytes(rows, 0));
    ((unsigned char *)sealed.data)[sealed.size / 2] ^= 1;
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE attachment_chunks SET sealed = $1 WHERE attachment = $2"),
                         DB_VALUES(DB_BYTES(sealed), DB_TEXT(row.id)), NULL, &store->err));

    struct attachment now = look_again(store, &row, 1);

    must_be_failed(store, &now, PROVENANCE_CHANGED);
    assert_int_equal(look_again(store, &other, 0).state, ATTACHMENT_READY);
}

/* The first byte too that says how, and with which key, the rest was sealed. */
static void key_3_a_byte_changed_in_the_head_is_refused(void **state)
{
    struct store *store = *state;
    for (size_t at = 0; at < SEAL_HEAD_BYTES; at += SEAL_HEAD_BYTES / 4) {
        struct attachment row = kept(store, 0), now;
        struct db_rows *rows = NULL;
        size_t refused;
        WORKS(store, db_query(store->arena, store->db,
                              DB_SQL("SELECT head FROM attachments WHERE id = $1"),
                              DB_VALUES(DB_TEXT(row.id)), &rows, &store->err));
        assert_true(db_next(rows));
        struct bytes head = arena_bytes(store->arena, db_bytes(rows, 0));
        ((unsigned char *)head.data)[at] ^= 1;
        WORKS(store, db_exec(store->db, DB_SQL("UPDATE attachments SET head = $1 WHERE id = $2"),
                             DB_VALUES(DB_BYTES(head), DB_TEXT(row.id)), NULL, &store->err));

        WORKS(store,
              provenance_look_again(store->arena, store->db, &row, 1, "r1", &refused, &store->err));

        assert_int_equal(refused, 1);
        WORKS(store,
              attachments_find(store->arena, store->db, row.citizen_id, row.id, &now, &store->err));
        assert_string_equal(now.reason, PROVENANCE_CHANGED);
    }
}

/* A disk that fails to read, once. */
static sqlite3_vfs *real_disk;
static sqlite3_vfs bad_disk;
static const sqlite3_io_methods *real_reads[4]; /* beside bad_reads */
static sqlite3_io_methods bad_reads[COUNT(real_reads)];
static _Atomic int good_reads_left = -1, failed_reads;

static int read_badly(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
    if (atomic_fetch_sub(&good_reads_left, 1) == 0) {
        atomic_fetch_add(&failed_reads, 1);
        return SQLITE_IOERR_READ;
    }
    return real_reads[file->pMethods - bad_reads]->xRead(file, to, size, at);
}

static int open_badly(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    int result = real_disk->xOpen(real_disk, name, file, flags, out);
    if (!file->pMethods)
        return result;
    size_t at = 0;
    while (real_reads[at] && real_reads[at] != file->pMethods)
        at++;
    assert_true(at < COUNT(real_reads));
    real_reads[at] = file->pMethods;
    bad_reads[at] = *file->pMethods;
    bad_reads[at].xRead = read_badly;
    file->pMethods = &bad_reads[at];
    return result;
}

static int bad_disk_setup(void **state)
{
    real_disk = sqlite3_vfs_find(NULL);
    bad_disk = *real_disk;
    bad_disk.zName = "bad_disk";
    bad_disk.xOpen = open_badly;
    sqlite3_vfs_register(&bad_disk, 1);
    return store_setup(state);
}

static int bad_disk_teardown(void **state)
{
    int result = store_teardown(state);
    sqlite3_vfs_unregister(&bad_disk);
    return result;
}

/* Nothing was refused, and nothing is lost. */
static void must_be_whole(struct store *store, const struct attachment *row)
{
    struct attachment now;
    WORKS(store,
          attachments_find(store->arena, store->db, row->citizen_id, row->id, &now, &store->err));
    assert_int_equal(now.state, ATTACHMENT_READY);
    assert_int_equal(now.verdict, ATTACHMENT_UPLOADED);
    struct audit_entry *entries;
    size_t count;
    WORKS(store,
          audit_list(store->arena, store->db, row->citizen_id, &entries, &count, &store->err));
    assert_int_equal(count, 0);
    assert_int_equal(look_again(store, row, 0).state, ATTACHMENT_READY);
}

/* True: the look ended well, since it needs fewer reads. */
static bool look_with_a_bad_read(struct store *store, const struct attachment *row, int after)
{
    struct db_pool *cold = store_second_pool(store); /* has nothing of the disk in memory */
    struct db *db = NULL;
    size_t refused = 0;
    struct error err = {0};
    WORKS(store, db_borrow(cold, &db, &store->err));
    atomic_store(&failed_reads, 0);
    atomic_store(&good_reads_left, after);
    bool looked = provenance_look_again(store->arena, db, row, 1, "r1", &refused, &err);
    atomic_store(&good_reads_left, -1);
    assert_int_equal(refused, 0);
    assert_int_equal(atomic_load(&failed_reads), !looked);
    assert_int_equal(err.code, looked ? ERROR_NONE : ERROR_BROKEN);
    db_return(&db);
    db_pool_close(&cold);
    return looked;
}

static void a_disk_that_fails_to_read_a_document_takes_nothing_of_it(void **state)
{
    struct store *store = *state;
    struct attachment row = kept(store, 0);
    int after = 0;

    while (!look_with_a_bad_read(store, &row, after)) {
        must_be_whole(store, &row);
        assert_true(++after < 1000);
    }

    assert_true(after > 1);
    must_be_whole(store, &row);
}

static void a_key_that_is_not_there_is_no_change_of_the_document(void **state)
{
    struct store *store = *state;
    struct attachment row = kept(store, 0);
    WORKS(store, db_exec(store->db, DB_SQL("DELETE FROM keys WHERE owner = $1"),
                         DB_VALUES(DB_TEXT(row.draft_id)), NULL, &store->err));
    size_t refused = 0;
    struct db_pool *pool = store_second_pool(store); /* has no key in memory */
    struct db *db = NULL;
    WORKS(store, db_borrow(pool, &db, &store->err));

    FAILS(store, provenance_look_again(store->arena, db, &row, 1, "r1", &refused, &store->err),
          ERROR_BROKEN);

    assert_int_equal(refused, 0);
    db_return(&db);
    db_pool_close(&pool);
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT state FROM attachments WHERE id = $1 "
                                 "AND head IS NOT NULL AND reason = ''"),
                          DB_VALUES(DB_TEXT(row.id)), &rows, &store->err));
    assert_int_equal(db_count(rows), 1);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, store_setup, store_teardown)

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_issuer_we_know_has_signed_is_theirs_wherever_it_lay),
        cmocka_unit_test(an_organisations_letter_is_theirs_by_the_postboxs_word),
        cmocka_unit_test(what_a_person_put_in_the_postbox_is_not_confirmed),
        cmocka_unit_test(what_is_uploaded_says_nothing_of_its_origin),
        cmocka_unit_test(what_was_changed_after_signing_is_refused_wherever_it_comes_from),
        cmocka_unit_test(a_certificate_past_its_time_is_refused_wherever_it_comes_from),
        IN_STORE(what_is_kept_still_holds),
        IN_STORE(what_ran_out_while_the_draft_lay_is_refused),
        IN_STORE(key_3_a_byte_changed_at_rest_is_refused),
        IN_STORE(key_3_a_byte_changed_in_the_head_is_refused),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_to_read_a_document_takes_nothing_of_it,
                                        bad_disk_setup, bad_disk_teardown),
        IN_STORE(a_key_that_is_not_there_is_no_change_of_the_document),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

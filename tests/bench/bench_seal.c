/* What sealing costs: a step saved and read again, against the same statements with the answers in
 * clear in the same database; and what a submission seals, against AES-256-GCM alone on as many
 * bytes. Processor time, in a transaction that is never committed: the disk is bench_submit.c's. */
#include "engine/base/crypto.h"
#include "storage/citizens.h"
#include "storage/drafts.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "tests/bench/bench.h"
#include "tests/flow/server.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { ROUNDS = 15, TIMES = 200, ANSWERS_BYTES = 1200, RECEIPT_BYTES = 16000 };

struct store {
    struct arena *arena;
    struct keyring *keys;
    struct db_pool *pool;
    struct db *db;
    const char *citizen_id;
    struct draft draft;
    struct bytes answers, receipt;
};

static void close_store(struct store *store)
{
    db_return(&store->db);
    if (store->pool)
        db_pool_close(&store->pool);
    keyring_close(&store->keys);
}

static bool open_store(struct store *store, const char *folder, struct error *err)
{
    char id[KEYRING_ID_MAX];
    const struct keyring_options with = {.folder = arena_printf(store->arena, "%s/keys", folder)};
    if (!keyring_make(with.folder, false, id, err) || !keyring_open(&with, &store->keys, err))
        return false;
    const struct db_options options = {
        .url = arena_printf(store->arena, "sqlite:%s/seal.db", folder),
        .connections = 1,
        .wait_ms = 5000,
        .keys = store->keys,
    };
    return db_pool_open(&options, &store->pool, err) && db_borrow(store->pool, &store->db, err) &&
           migrate_run(store->db, err) && keys_prepare(store->db, err) &&
           db_exec(store->db,
                   DB_SQL("CREATE TABLE clear (id TEXT PRIMARY KEY, answers BYTEA, "
                          "language TEXT, page TEXT, note BYTEA, form_version TEXT, "
                          "saved_at BIGINT, revision BIGINT)"),
                   DB_NO_VALUES, NULL, err) &&
           db_exec(store->db, DB_SQL("CREATE INDEX clear_saved ON clear (id, page, saved_at)"),
                   DB_NO_VALUES, NULL, err);
}

static bool prepare(struct store *store, struct error *err)
{
    unsigned char *answers = arena_alloc(store->arena, ANSWERS_BYTES);
    unsigned char *receipt = arena_alloc(store->arena, RECEIPT_BYTES);
    crypto_random(answers, ANSWERS_BYTES);
    crypto_random(receipt, RECEIPT_BYTES);
    store->answers = (struct bytes){answers, ANSWERS_BYTES};
    store->receipt = (struct bytes){receipt, RECEIPT_BYTES};
    const struct draft_start start = {.form_id = "hello",
                                      .form_version = "v1",
                                      .language = "nb",
                                      .answers = store->answers,
                                      .page = "one"};
    struct citizen citizen;
    if (!citizens_know(store->arena, store->db, "02878520281", "Test Person", &citizen, err) ||
        !drafts_create(store->arena, store->db, citizen.id, &start, &store->draft, err))
        return false;
    store->citizen_id = citizen.id;
    return db_exec(store->db,
                   DB_SQL("INSERT INTO clear VALUES ($1, $2, 'nb', 'one', NULL, 'v1', 1, 1)"),
                   DB_VALUES(DB_TEXT(store->draft.id), DB_BYTES(store->answers)), NULL, err);
}

/* Pairs of things to compare ----------------------------------------------------------------- */

static bool save(struct store *store, struct arena *arena, struct error *err)
{
    store->draft.answers = store->answers;
    return drafts_save(arena, store->db, store->citizen_id, &store->draft, err);
}

static bool save_clear(struct store *store, struct arena *arena, struct error *err)
{
    (void)arena;
    return db_exec(store->db,
                   DB_SQL("UPDATE clear SET answers = $2, language = 'nb', page = 'one', "
                          "note = NULL, form_version = 'v1', saved_at = saved_at + 1, "
                          "revision = revision + 1 WHERE id = $1"),
                   DB_VALUES(DB_TEXT(store->draft.id), DB_BYTES(store->answers)), NULL, err);
}

static bool read_again(struct store *store, struct arena *arena, struct error *err)
{
    struct draft draft;
    return drafts_read(arena, store->db, store->citizen_id, store->draft.id, &draft, err);
}

/* With nothing remembered: as the first that a request reads. */
static bool read_first(struct store *store, struct arena *arena, struct error *err)
{
    keys_forget(db_kept_keys(store->db));
    return read_again(store, arena, err);
}

static bool read_clear(struct store *store, struct arena *arena, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, store->db,
                    DB_SQL("SELECT id, answers, language, page, note, form_version, saved_at, "
                           "revision FROM clear WHERE id = $1"),
                    DB_VALUES(DB_TEXT(store->draft.id)), &rows, err);
}

/* Answers, receipt and digests, as submissions.c does. */
static bool seal_submission(struct store *store, struct arena *arena, struct error *err)
{
    const struct keys_owner owner = {store->citizen_id, store->draft.id};
    const struct bytes digests = {store->answers.data, 64};
    struct bytes sealed;
    return keys_seal(arena, store->db, owner, "submissions.answers", "s", store->answers, &sealed,
                     err) &&
           keys_seal(arena, store->db, owner, "submissions.receipt", "s", store->receipt, &sealed,
                     err) &&
           keys_seal(arena, store->db, owner, "submissions.digests", "s", digests, &sealed, err);
}

static bool encrypt_alone(struct store *store, struct arena *arena, struct error *err)
{
    static const unsigned char key[32], nonce[12];
    unsigned char tag[16], *out = arena_alloc(arena, RECEIPT_BYTES + ANSWERS_BYTES);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0, more = 0;
    bool good =
        context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
        EVP_EncryptUpdate(context, out, &size, store->receipt.data, RECEIPT_BYTES) == 1 &&
        EVP_EncryptUpdate(context, out + size, &more, store->answers.data, ANSWERS_BYTES) == 1 &&
        EVP_EncryptFinal_ex(context, out, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return good || error_set(err, ERROR_BROKEN, "OpenSSL does not encrypt");
}

typedef bool action(struct store *store, struct arena *arena, struct error *err);

static bool time_one(struct store *store, action *act, double *us, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    double start = bench_thread_s();
    for (int i = 0; i < TIMES; i++) {
        arena_reset(arena);
        if (!act(store, arena, err))
            return false;
    }
    *us = (bench_thread_s() - start) * 1e6 / TIMES;
    return true;
}

static bool compare(struct store *store, const char *what, action *ours, const char *baseline,
                    action *theirs, struct error *err)
{
    double our_us[ROUNDS], their_us[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) /* in turn, so that both meet the same machine */
        if (!time_one(store, ours, &our_us[i], err) || !time_one(store, theirs, &their_us[i], err))
            return false;
    double us = bench_median(our_us, ROUNDS), base = bench_median(their_us, ROUNDS);
    bench_row(what, arena_printf(store->arena, "%.1f us CPU", us),
              arena_printf(store->arena, "%.1f us %s", base, baseline),
              arena_printf(store->arena, "%.2f", us / base));
    return true;
}

static bool run(struct store *store, const char *folder, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return open_store(store, folder, err) && prepare(store, err) &&
           db_begin(store->db, &transaction, err) &&
           compare(store, "save a step, 1.2 kB of answers, sealed", save, "in clear", save_clear,
                   err) &&
           compare(store, "read it, its key at hand", read_again, "in clear", read_clear, err) &&
           compare(store, "  its key and the citizen's unwrapped first", read_first, "in clear",
                   read_clear, err) &&
           compare(store, "seal a submission, 1.2 kB and a receipt of 16 kB", seal_submission,
                   "AES-GCM alone", encrypt_alone, err);
}

bool bench_seal(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *folder = arena_printf(arena, "%s/seal-XXXXXX", bench->folder);
    struct error err = {0};
    if (!mkdtemp(folder))
        return bench_fail("seal", &(struct error){.text = "a folder for it cannot be made"});
    struct store store = {.arena = arena};
    bool good = run(&store, folder, &err);
    close_store(&store);
    server_remove_folder(folder);
    return good || bench_fail("seal", &err);
}

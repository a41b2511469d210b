#include "store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct db_pool *open_pool(const char *url, struct keyring *keys)
{
    struct db_options options = {.url = url, .connections = 4, .wait_ms = 5000, .keys = keys};
    struct db_pool *pool = NULL;
    struct error err = {0};
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    return pool;
}

/* Made for production, since what lies here is asked for as in production. */
static void open_keys(struct store *store)
{
    char id[KEYRING_ID_MAX];
    snprintf(store->keys_folder, sizeof store->keys_folder, "%s/keys", store->folder);
    WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
    const struct keyring_options options = {.folder = store->keys_folder};
    WORKS(store, keyring_open(&options, &store->keys, &store->err));
}

int store_setup(void **state)
{
    struct store *store = calloc(1, sizeof *store);
    assert_non_null(store);
    snprintf(store->folder, sizeof store->folder, "/tmp/skjema-storage-XXXXXX");
    assert_non_null(mkdtemp(store->folder));
    snprintf(store->url, sizeof store->url, "sqlite:%s/skjema.db", store->folder);
    store->arena = arena_open();
    open_keys(store);
    store->pool = open_pool(store->url, store->keys);
    WORKS(store, db_borrow(store->pool, &store->db, &store->err));
    WORKS(store, migrate_run(store->db, &store->err));
    WORKS(store, keys_prepare(store->db, &store->err));
    *state = store;
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry = NULL; open && (entry = readdir(open));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        bool is_inside = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        if (unlink(path) != 0 && is_inside)
            remove_folder(path);
    }
    if (open)
        closedir(open);
    rmdir(folder);
}

int store_teardown(void **state)
{
    struct store *store = *state;
    db_return(&store->db);
    db_pool_close(&store->pool);
    keyring_close(&store->keys);
    arena_close(&store->arena);
    remove_folder(store->keys_folder);
    remove_folder(store->folder);
    free(store);
    return 0;
}

struct db_pool *store_second_pool(const struct store *store)
{
    return open_pool(store->url, store->keys);
}

const char *store_citizen(struct store *store, const char *pid)
{
    struct citizen citizen;
    WORKS(store, citizens_know(store->arena, store->db, pid, "Test Person", &citizen, &store->err));
    return citizen.id;
}

struct draft store_draft(struct store *store, const char *citizen_id)
{
    struct draft_start start = {.form_id = "hello",
                                .form_version = "v1",
                                .language = "nb",
                                .answers = BYTES_OF("<hello/>"),
                                .page = ""};
    struct draft draft;
    WORKS(store, drafts_create(store->arena, store->db, citizen_id, &start, &draft, &store->err));
    return draft;
}

struct consent store_consent(struct store *store, const char *citizen_id, const char *draft_id)
{
    static const char *requirements[] = {"/hello/payslips", "/hello/tax"};
    static const char *issuers[] = {"310123005", "974761076"};
    struct consent consent = {
        .id = crypto_random_id(store->arena, 128),
        .citizen_id = citizen_id,
        .draft_id = draft_id,
        .form_id = "hello",
        .language = "nb",
        .agency_number = "310245682",
        .purpose = "For å beregne betalingen",
        .shown_text = "Hva vi bruker det til: For å beregne betalingen",
        .shown = crypto_sha256(BYTES_OF("Hva vi bruker det til: For å beregne betalingen")),
        .requirements = requirements,
        .requirement_count = COUNT(requirements),
        .issuers = issuers,
        .issuer_count = COUNT(issuers),
        .request_uuid = crypto_uuid(store->arena),
        .duration_seconds = 1209600,
        .given_at = 1800000000,
        .ends_at = 4000000000,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, consents_give(store->db, &consent, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return consent;
}

struct attachment store_attachment(struct store *store, const char *citizen_id,
                                   const char *draft_id, const char *content)
{
    struct attachment wish = {.requirement = "/hello/payslips",
                              .source = ATTACHMENT_DISK,
                              .name = "lonn.pdf",
                              .media_type = "application/pdf"};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, citizen_id, draft_id, &wish,
                                 CONTENT(content), &added, &store->err));
    return added;
}

struct submission store_submission(struct store *store, const char *citizen_id,
                                   const struct draft *draft)
{
    struct submission submission = {
        .id = crypto_random_id(store->arena, 128),
        .citizen_id = citizen_id,
        .draft_id = draft->id,
        .submit_key = draft->submit_key,
        .digest = crypto_sha256(draft->answers),
        .form_id = draft->form_id,
        .form_version = draft->form_version,
        .language = draft->language,
        .answers = draft->answers,
        .received_at = 1800000000,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, submissions_reference(store->arena, store->db, "HE", submission.received_at,
                                       &submission.reference, &store->err));
    WORKS(store, submissions_add(store->db, &submission, BYTES_OF("%PDF-receipt"), &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return submission;
}

const char *store_delivery(struct store *store, const char *citizen_id)
{
    struct outbox_document document = {.uuid = crypto_uuid(store->arena),
                                       .subject = "Kvittering",
                                       .file_type = "pdf",
                                       .content = OUTBOX_OWN_BYTES,
                                       .bytes = BYTES_OF("%PDF-letter")};
    struct delivery delivery = {.kind = OUTBOX_RECEIPT,
                                .citizen_id = citizen_id,
                                .message_id = crypto_random_id(store->arena, 128),
                                .payload = BYTES_OF("{}"),
                                .documents = &document,
                                .document_count = 1};
    const char *id = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &delivery, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return id;
}

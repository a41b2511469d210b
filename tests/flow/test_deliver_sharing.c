/* test_deliver_sharing.c - documents under a consent, from the yes to the end of sharing: the
 * worker with the real client in this process, and the sandbox over HTTP. Only the pages are left
 * out. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/fetch.h"
#include "engine/base/spool.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/deliver_letter.h"
#include "engine/deliver_share.h"
#include "engine/letter.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_people.h"
#include "storage/postbox/digipost_share.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_MS = 20000, LEASE_MS = 120000, FILE_BYTES = 10000000 };

static struct sandbox *sandbox;
static struct spools *spools;
static char folder[] = "/tmp/skjema-sharing-XXXXXX";

/* What a test has: a new database, a client, and a consent of Ingrid's whose request is delivered.
 */
struct scene {
    struct store *store;
    struct digipost *digipost;
    struct deliver_settings settings;
    struct consent consent;
};

static struct bytes read_file(struct arena *arena, const char *path)
{
    enum { MOST = 64 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static void send_all(struct scene *scene)
{
    while (deliver_letter_next(&scene->settings, "test", scene->store->arena, NULL))
        ;
}

static void look(struct scene *scene)
{
    deliver_share_look(&scene->settings, scene->store->arena, NULL);
}

static struct consent read_consent(struct scene *scene)
{
    struct store *store = scene->store;
    struct consent consent;
    WORKS(store, consents_read(store->arena, store->db, scene->consent.citizen_id,
                               scene->consent.id, &consent, &store->err));
    return consent;
}

static struct consent ask(struct scene *scene)
{
    struct store *store = scene->store;
    const char *ingrid = store_citizen(store, sandbox_people_find("ingrid")->pid);
    struct consent consent = store_consent(store, ingrid, store_draft(store, ingrid).id);
    struct delivery order = letter_order_share(store->arena, &consent, BYTES_OF("%PDF-1.7\n%%EOF"),
                                               "Del dokumenter", NULL, 0);
    const char *id = NULL;
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &order, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return consent;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    void *store = NULL;
    assert_non_null(scene);
    assert_int_equal(store_setup(&store), 0);
    scene->store = store;
    sandbox_fault(sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    struct digipost_settings client = {
        .base_url = sandbox_api_url(sandbox),
        .allow_private = true,
        .broker_id = sandbox_broker_id(sandbox),
        .sender_id = sandbox_broker_id(sandbox),
        .private_key_pem = read_file(scene->store->arena, sandbox_broker_key_file(sandbox)),
        .trust_entry_point = true,
        .rest_ms = 1,
        .timeout_ms = TIMEOUT_MS,
    };
    WORKS(scene->store, digipost_open(&client, &scene->digipost, &scene->store->err));
    scene->settings = (struct deliver_settings){
        .db = scene->store->pool,
        .postbox = digipost_postbox(scene->digipost),
        .digipost = scene->digipost,
        .timeout_ms = TIMEOUT_MS,
        .lease_ms = LEASE_MS,
        .poll_ms = 1000,
        .file_bytes = FILE_BYTES,
        .spools = spools,
        .give_up_ms = 3600 * 1000,
    };
    scene->consent = ask(scene);
    send_all(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    void *store = scene->store;
    digipost_close(&scene->digipost);
    free(scene);
    return store_teardown(&store);
}

/* In the postbox: shares so many documents of Ingrid's that did not come from us. */
static const struct sandbox_letter **share(struct scene *scene, size_t count)
{
    struct store *store = scene->store;
    struct sandbox_letter *there = NULL;
    size_t there_count = 0, found = 0;
    sandbox_letters(sandbox, store->arena, "ingrid", &there, &there_count);
    const struct sandbox_letter **shared =
        ARENA_ARRAY(store->arena, count, const struct sandbox_letter *);
    const char **uuids = ARENA_ARRAY(store->arena, count, const char *);
    for (size_t i = 0; i < there_count && found < count; i++) {
        if (*there[i].message_id || !there[i].origin_number)
            continue;
        uuids[found] = there[i].uuid;
        shared[found++] = &there[i];
    }
    assert_int_equal(found, count);
    WORKS(store, sandbox_share(sandbox, scene->consent.request_uuid, uuids, count, &store->err));
    return shared;
}

static struct shared_document *documents(struct scene *scene, size_t count)
{
    struct store *store = scene->store;
    struct shared_document *list = NULL;
    size_t found = 0;
    WORKS(store, shared_documents_list(store->arena, store->db, scene->consent.citizen_id,
                                       scene->consent.id, &list, &found, &store->err));
    assert_int_equal(found, count);
    return list;
}

static struct attachment *attachments(struct scene *scene, size_t count)
{
    struct store *store = scene->store;
    struct attachment *list = NULL;
    size_t found = 0;
    WORKS(store, attachments_of_draft(store->arena, store->db, scene->consent.citizen_id,
                                      scene->consent.draft_id, &list, &found, &store->err));
    assert_int_equal(found, count);
    return list;
}

static void choose(struct scene *scene, const char *document_id, const char *requirement)
{
    struct store *store = scene->store;
    WORKS(store,
          shared_documents_choose(store->arena, store->db, scene->consent.citizen_id, document_id,
                                  &requirement, requirement != NULL, &store->err));
}

static struct digipost_share_state in_the_postbox(struct scene *scene)
{
    struct store *store = scene->store;
    struct digipost_share_state state;
    WORKS(store, digipost_share_state(scene->digipost, store->arena, scene->consent.request_uuid,
                                      &state, &store->err));
    return state;
}

static void what_is_chosen_is_fetched_with_its_origin_and_then_sharing_stops(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    assert_int_equal(read_consent(scene).state, CONSENT_ASKED);
    const struct sandbox_letter **shared = share(scene, 2);

    look(scene);
    assert_int_equal(read_consent(scene).state, CONSENT_SHARED);
    struct shared_document *seen = documents(scene, 2);
    attachments(scene, 0); /* nothing is fetched before it is chosen */
    size_t first = text_equal(seen[0].subject, shared[0]->subject) ? 0 : 1;
    choose(scene, seen[first].id, "/hello/tax");
    choose(scene, seen[1 - first].id, NULL);
    look(scene);

    struct attachment *fetched = attachments(scene, 1);
    struct attachment read;
    struct bytes content, expected;
    WORKS(store, attachments_read(store->arena, store->db, scene->consent.citizen_id, fetched[0].id,
                                  &read, &content, &store->err));
    assert_true(sandbox_document_bytes(sandbox, store->arena, shared[0]->uuid, &expected));
    assert_int_equal(content.size, expected.size);
    assert_memory_equal(content.data, expected.data, content.size);
    assert_int_equal(read.source, ATTACHMENT_POSTBOX);
    assert_string_equal(read.requirement, "/hello/tax");
    assert_string_equal(read.media_type, "application/pdf");
    assert_int_equal(read.verdict, ATTACHMENT_ISSUER);
    assert_string_equal(read.issuer_number, shared[0]->origin_number);
    assert_int_equal(read.delivered_at, shared[0]->delivered_at);
    assert_int_equal(read_consent(scene).state, CONSENT_FETCHED);

    send_all(scene);
    assert_int_equal(read_consent(scene).state, CONSENT_STOPPED);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
    look(scene); /* the event of our own stop is no withdrawal */
    assert_int_equal(read_consent(scene).state, CONSENT_STOPPED);
    attachments(scene, 1);
}

static void con_1_what_the_citizen_withdraws_in_the_postbox_is_not_fetched(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    WORKS(store, sandbox_withdraw(sandbox, scene->consent.request_uuid, &store->err));

    look(scene);
    look(scene);

    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN);
    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_GONE);
}

static void con_1_what_is_withdrawn_here_ends_in_the_postbox_too(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    share(scene, 1);
    look(scene);
    struct delivery stop = letter_order_stop(store->arena, &scene->consent);
    const char *id = NULL;
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store,
          consents_withdraw(store->db, scene->consent.citizen_id, scene->consent.id, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &stop, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));

    send_all(scene);

    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN);
}

static void what_cannot_be_had_now_is_had_later_and_once(void **state)
{
    static const enum sandbox_fault faults[] = {
        SANDBOX_FAULT_DOWN,         SANDBOX_FAULT_GATEWAY,
        SANDBOX_FAULT_ERROR_BEFORE, SANDBOX_FAULT_WRONG_SIGNATURE,
        SANDBOX_FAULT_WRONG_HASH,   SANDBOX_FAULT_WRONG_DATE,
    };
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    for (size_t i = 0; i < COUNT(faults); i++) {
        sandbox_fault(sandbox, faults[i], "GET_SHARED_DOCUMENT_CONTENT_STREAM", 1);
        look(scene);
        attachments(scene, 0);
        assert_int_equal(documents(scene, 1)[0].state, SHARED_WANTED);
        db_clock_advance(3600 * 1000);
    }
    look(scene);
    look(scene);
    attachments(scene, 1);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_FETCHED);
}

static void file_8_what_is_too_large_is_not_fetched_and_sharing_stops(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    struct shared_document *seen = documents(scene, 1);
    choose(scene, seen[0].id, "/hello/tax");
    scene->settings.file_bytes = seen[0].size_bytes - 1;
    look(scene);
    send_all(scene);

    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_FAILED);
    assert_string_equal(documents(scene, 1)[0].reason, "file.size");
    assert_int_equal(read_consent(scene).state, CONSENT_STOPPED);
}

static void r_28_what_no_event_told_of_is_found_all_the_same(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    share(scene, 1);
    /* as if the events had been read before they were there */
    WORKS(store, consents_set_events_read_to(store->db, clock_now() + 7200, &store->err));
    look(scene);
    documents(scene, 1);
}

static void events_that_cannot_be_read_are_read_the_next_time(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    share(scene, 1);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE consents SET looked_at_ms = db_now_ms()"),
                         DB_NO_VALUES, NULL, &store->err)); /* only an event leads there now */
    sandbox_fault(sandbox, SANDBOX_FAULT_GATEWAY, "GET_SHARE_DOCUMENTS_REQUEST_STATE", 1);
    look(scene);
    documents(scene, 0);
    look(scene);
    documents(scene, 1);
}

static void con_1_a_consent_past_its_time_ends_in_the_postbox_too(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    share(scene, 1);
    look(scene);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE consents SET ends_at = 1"), DB_NO_VALUES, NULL,
                         &store->err));
    look(scene);
    assert_int_equal(read_consent(scene).state, CONSENT_EXPIRED);
    send_all(scene);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
    assert_int_equal(read_consent(scene).state, CONSENT_EXPIRED);
}

static int open_sandbox(void **state)
{
    (void)state;
    struct error err = {0};
    fetch_start();
    xml_start();
    if (!mkdtemp(folder))
        return -1;
    spools_open(folder, 100 * FILE_BYTES, &spools);
    struct sandbox_settings settings = {.folder = folder};
    if (sandbox_open(&settings, &sandbox, &err))
        return 0;
    print_error("%s\n", err.text);
    return -1;
}

static void remove_all(const char *path)
{
    DIR *open = opendir(path);
    for (struct dirent *entry = NULL; open && (entry = readdir(open));) {
        char inside[1024];
        if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (unlink(inside) != 0)
            remove_all(inside);
    }
    if (open)
        closedir(open);
    rmdir(path);
}

static int close_sandbox(void **state)
{
    (void)state;
    sandbox_close(&sandbox);
    spools_close(&spools);
    remove_all(folder);
    return 0;
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(what_is_chosen_is_fetched_with_its_origin_and_then_sharing_stops),
        WITH_SCENE(con_1_what_the_citizen_withdraws_in_the_postbox_is_not_fetched),
        WITH_SCENE(con_1_what_is_withdrawn_here_ends_in_the_postbox_too),
        WITH_SCENE(what_cannot_be_had_now_is_had_later_and_once),
        WITH_SCENE(file_8_what_is_too_large_is_not_fetched_and_sharing_stops),
        WITH_SCENE(r_28_what_no_event_told_of_is_found_all_the_same),
        WITH_SCENE(events_that_cannot_be_read_are_read_the_next_time),
        WITH_SCENE(con_1_a_consent_past_its_time_ends_in_the_postbox_too),
    };
    return cmocka_run_group_tests(tests, open_sandbox, close_sandbox);
}

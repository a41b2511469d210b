/* test_deliver_sharing.c - documents under a consent, from the yes to the end of sharing: the
 * worker with the real client in this process, and the sandbox over HTTP. Only the pages are left
 * out. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/fetch.h"
#include "engine/base/spool.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/channels.h"
#include "engine/deliver_letter.h"
#include "engine/deliver_share.h"
#include "engine/letter.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_people.h"
#include "storage/postbox/digipost_share.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_MS = 20000, LEASE_MS = 120000, FILE_BYTES = 10000000 };

/* What is asked for over the wire, in this order. */
static const char create[] = "CREATE_MESSAGE", events[] = "DOCUMENT_EVENTS",
                  shared_state[] = "GET_SHARE_DOCUMENTS_REQUEST_STATE",
                  stream[] = "GET_SHARED_DOCUMENT_CONTENT_STREAM", stop[] = "STOP_SHARING";

static struct sandbox *sandbox;
static struct spools *spools;
static char folder[] = "/tmp/skjema-sharing-XXXXXX";

/* What a test has: a new database, a client, and a consent of Ingrid's whose request is delivered.
 */
struct scene {
    struct store *store;
    struct digipost *digipost;
    struct channels channels;
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

static int open_scene(void **state, int timeout_ms)
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
        .timeout_ms = timeout_ms,
    };
    WORKS(scene->store, digipost_open(&client, &scene->digipost, &scene->store->err));
    scene->channels = (struct channels){
        .postboxes = {digipost_postbox(scene->digipost)},
        .count = 1,
        .print = digipost_postbox(scene->digipost),
    };
    scene->settings = (struct deliver_settings){
        .db = scene->store->pool,
        .channels = &scene->channels,
        .digipost = scene->digipost,
        .timeout_ms = TIMEOUT_MS,
        .lease_ms = LEASE_MS,
        .poll_ms = 1000,
        .file_bytes = FILE_BYTES,
        .most = {20, 10 * FILE_BYTES, 10 * FILE_BYTES},
        .spools = spools,
        .give_up_ms = INT64_C(72) * 3600 * 1000,
    };
    *state = scene;
    return 0;
}

static int set_up(void **state)
{
    if (open_scene(state, TIMEOUT_MS) != 0)
        return -1;
    struct scene *scene = *state;
    scene->consent = ask(scene);
    send_all(scene);
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
static bool try_to_share(struct scene *scene, size_t count, const struct sandbox_letter **shared,
                         struct error *err)
{
    struct store *store = scene->store;
    struct sandbox_letter *there = NULL;
    size_t there_count = 0, found = 0;
    sandbox_letters(sandbox, store->arena, "ingrid", &there, &there_count);
    const char **uuids = ARENA_ARRAY(store->arena, count, const char *);
    for (size_t i = 0; i < there_count && found < count; i++) {
        if (*there[i].message_id || !there[i].origin_number)
            continue;
        uuids[found] = there[i].uuid;
        shared[found++] = &there[i];
    }
    assert_int_equal(found, count);
    return sandbox_share(sandbox, scene->consent.request_uuid, uuids, count, err);
}

static const struct sandbox_letter **share(struct scene *scene, size_t count)
{
    struct store *store = scene->store;
    const struct sandbox_letter **shared =
        ARENA_ARRAY(store->arena, count, const struct sandbox_letter *);
    WORKS(store, try_to_share(scene, count, shared, &store->err));
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

static void withdraw(struct scene *scene)
{
    struct store *store = scene->store;
    struct delivery ending = letter_order_stop(store->arena, &scene->consent);
    const char *id = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store,
          consents_withdraw(store->db, scene->consent.citizen_id, scene->consent.id, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &ending, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
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
    share(scene, 1);
    look(scene);

    withdraw(scene);

    send_all(scene);

    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN);
}

/* A look by the worker of its own, while this thread does something else. */
static void *look_aside(void *of)
{
    const struct scene *scene = of;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    deliver_share_look(&scene->settings, arena, NULL);
    return NULL;
}

/* How often the sandbox was asked for that, ever. */
static size_t count_requests(const char *relation)
{
    char line[4096], path[sizeof folder + 16], is[64];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/ledger.jsonl", folder);
    snprintf(is, sizeof is, "\"relation\":\"%s\"", relation);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, is) != NULL;
    fclose(file);
    return count;
}

static void wait_for_requests(const char *relation, size_t count)
{
    for (int i = 0; i < TIMEOUT_MS / 10 && count_requests(relation) < count; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(count_requests(relation), count);
}

static void con_1_a_withdrawal_ends_a_fetch_that_runs(void **state)
{
    struct scene *scene = *state;
    pthread_t fetching;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    size_t before = count_requests(stream);
    sandbox_fault(sandbox, SANDBOX_FAULT_SLOW, stream, 1); /* the bytes come, but not yet */
    assert_int_equal(pthread_create(&fetching, NULL, look_aside, scene), 0);
    wait_for_requests(stream, before + 1);

    withdraw(scene);
    pthread_join(fetching, NULL);

    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_GONE);
    assert_string_equal(documents(scene, 1)[0].subject, "");
    send_all(scene);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN);
    look(scene);
    assert_int_equal(count_requests(stream), before + 1);
}

/* The disk that holds what comes in gives so many reads, then fails; -1: it is a good one. The
 * linker puts this in the place of spool_content. */
static struct content whole; /* of the spool that is read */
static int reads_left = -1;

static bool read_from_bad_disk(void *context, int64_t at, unsigned char *to, size_t size,
                               struct error *err)
{
    (void)context;
    if (reads_left-- == 0)
        return error_set(err, ERROR_BROKEN, "the disk did not keep it");
    return content_read(&whole, at, to, size, err);
}

struct content __real_spool_content(struct spool *spool);
struct content __wrap_spool_content(struct spool *spool);
struct content __wrap_spool_content(struct spool *spool)
{
    struct content content = __real_spool_content(spool);
    if (reads_left < 0)
        return content;
    whole = content;
    return (struct content){.size_bytes = whole.size_bytes, .read = read_from_bad_disk};
}

static void outb_3_what_the_disk_changed_on_its_way_in_is_fetched_again(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    const struct sandbox_letter **shared = share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    size_t before = count_requests(stream), failed = 0;

    for (int after = 0;; after += 1 + after / 4) { /* at the first look, later, while it is kept */
        reads_left = after;
        look(scene);
        if (reads_left >= 0) /* nothing failed */
            break;
        failed++;
        attachments(scene, 0);
        assert_int_equal(documents(scene, 1)[0].state, SHARED_WANTED);
        db_clock_advance(6 * 3600 * 1000);
    }
    reads_left = -1;

    assert_true(failed > 2);
    assert_int_equal(count_requests(stream), before + failed + 1);
    struct attachment read;
    struct bytes content, expected;
    WORKS(store, attachments_read(store->arena, store->db, scene->consent.citizen_id,
                                  attachments(scene, 1)[0].id, &read, &content, &store->err));
    assert_true(sandbox_document_bytes(sandbox, store->arena, shared[0]->uuid, &expected));
    assert_int_equal(content.size, expected.size);
    assert_memory_equal(content.data, expected.data, content.size);
}

static void con_1_what_was_fetched_and_not_sent_is_destroyed_at_a_withdrawal(void **state)
{
    struct scene *scene = *state;
    struct store *store = scene->store;
    struct db_rows *rows = NULL;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    look(scene);
    attachments(scene, 1);

    withdraw(scene);

    attachments(scene, 0);
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT 1 FROM attachment_chunks"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_int_equal(db_count(rows), 0);
}

static size_t requests_in_the_mailbox(struct scene *scene)
{
    struct sandbox_letter *there = NULL;
    size_t count = 0, found = 0;
    sandbox_letters(sandbox, scene->store->arena, "ingrid", &there, &count);
    for (size_t i = 0; i < count; i++)
        found += text_equal(there[i].uuid, scene->consent.request_uuid);
    return found;
}

/* Withdrawn while the share request is on its way. */
static void withdraw_before_it_is_known(struct scene *scene, enum sandbox_fault fault)
{
    sandbox_fault(sandbox, fault, create, 1);
    scene->consent = ask(scene);
    send_all(scene);
    withdraw(scene);
    for (int i = 0; i < 6; i++) {
        send_all(scene);
        look(scene);
        db_clock_advance(30 * 60 * 1000);
    }
    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN);
}

static void con_1_a_request_withdrawn_before_it_was_sent_never_is(void **state)
{
    struct scene *scene = *state;
    withdraw_before_it_is_known(scene, SANDBOX_FAULT_DOWN);
    assert_int_equal(requests_in_the_mailbox(scene), 0);
}

static void con_1_a_request_that_may_have_arrived_is_stopped_there(void **state)
{
    struct scene *scene = *state;
    withdraw_before_it_is_known(scene, SANDBOX_FAULT_ANSWER_LOST);
    assert_int_equal(requests_in_the_mailbox(scene), 1);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
}

static void con_1_a_withdrawal_reaches_a_postbox_that_is_down_just_then(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    sandbox_fault(sandbox, SANDBOX_FAULT_DOWN, NULL, 100);
    withdraw(scene);
    for (int i = 0; i < 3; i++) {
        send_all(scene);
        db_clock_advance(3600 * 1000);
    }
    assert_int_equal(read_consent(scene).state, CONSENT_WITHDRAWN); /* here it holds at once */

    sandbox_fault(sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    assert_int_equal(in_the_postbox(scene).withdrawn_at, 0);
    send_all(scene);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
}

/* What comes of a consent when one request of that kind goes wrong, once. */
enum outcome {
    ALL_WELL,    /* late perhaps: the document is here, sharing has stopped */
    NOT_ASKED,   /* the request was refused: the citizen uploads */
    NOT_HAD,     /* the document was not given: the citizen is told, and sharing has stopped */
    NOT_STOPPED, /* the document is here; an operator sees that sharing could not be stopped */
    BELIEVED,    /* the document is here; that there is nothing to stop is taken at its word */
};

/* Those that are not ALL_WELL. */
static const struct {
    enum sandbox_fault fault;
    const char *on;
    enum outcome outcome;
} otherwise[] = {
    {SANDBOX_FAULT_REFUSE, create, NOT_ASKED},
    {SANDBOX_FAULT_UNKNOWN_CODE, create, NOT_ASKED},
    {SANDBOX_FAULT_NO_ERROR_TYPE, create, NOT_ASKED},
    {SANDBOX_FAULT_UNKNOWN_USER, create, NOT_ASKED},
    {SANDBOX_FAULT_NOT_FOUND, create, NOT_ASKED},
    {SANDBOX_FAULT_CONFLICT, create, NOT_ASKED},
    {SANDBOX_FAULT_REFUSE, stream, NOT_HAD},
    {SANDBOX_FAULT_UNKNOWN_CODE, stream, NOT_HAD},
    {SANDBOX_FAULT_NO_ERROR_TYPE, stream, NOT_HAD},
    {SANDBOX_FAULT_UNKNOWN_USER, stream, NOT_HAD},
    {SANDBOX_FAULT_NOT_FOUND, stream, NOT_HAD},
    {SANDBOX_FAULT_CONFLICT, stream, NOT_HAD},
    {SANDBOX_FAULT_REFUSE, stop, NOT_STOPPED},
    {SANDBOX_FAULT_UNKNOWN_CODE, stop, NOT_STOPPED},
    {SANDBOX_FAULT_NO_ERROR_TYPE, stop, NOT_STOPPED},
    {SANDBOX_FAULT_UNKNOWN_USER, stop, NOT_STOPPED},
    {SANDBOX_FAULT_CONFLICT, stop, NOT_STOPPED},
    {SANDBOX_FAULT_GARBAGE, stop, BELIEVED},   /* a signed yes; its body is not read */
    {SANDBOX_FAULT_GARBAGE, stream, NOT_HAD},  /* signed, but no PDF */
    {SANDBOX_FAULT_FLIPPED, stream, NOT_HAD},  /* as the postbox has it, but not as it was made */
    {SANDBOX_FAULT_REDIRECT, stream, NOT_HAD}, /* to an address that the settings do not name */
    {SANDBOX_FAULT_LONGER, stream, NOT_HAD},   /* than a document may be, and than was said */
};

/* HANG is SLOW to a client that waits no longer, but holds the sandbox's threads for a minute. */
static bool may_befall(enum sandbox_fault fault, const char *on)
{
    switch (fault) {
    case SANDBOX_FAULT_HANG:
    case SANDBOX_FAULT_ODD_LINKS:
    case SANDBOX_FAULT_OLD_SIGNATURE_ERROR:
        return false;
    case SANDBOX_FAULT_DUPLICATE_LOCATION:
    case SANDBOX_FAULT_DUPLICATE_DELIVERED:
        return on == create;
    case SANDBOX_FAULT_UNKNOWN_EVENT:
    case SANDBOX_FAULT_TWICE:
        return on == events;
    case SANDBOX_FAULT_ELSEWHERE:
        return on == shared_state;
    case SANDBOX_FAULT_REDIRECT:
    case SANDBOX_FAULT_FLIPPED:
        return on == stream;
    default:
        return true;
    }
}

static enum outcome expected(enum sandbox_fault fault, const char *on)
{
    for (size_t i = 0; i < COUNT(otherwise); i++)
        if (otherwise[i].fault == fault && otherwise[i].on == on)
            return otherwise[i].outcome;
    return ALL_WELL;
}

/* As time goes by: the worker works, and the citizen answers as soon as there is something to. */
static void live_on(struct scene *scene, bool *has_shared)
{
    struct store *store = scene->store;
    const struct sandbox_letter *shared;
    struct shared_document *list = NULL;
    size_t count = 0;
    struct error err;
    send_all(scene);
    *has_shared = *has_shared || try_to_share(scene, 1, &shared, &err);
    look(scene);
    WORKS(store, shared_documents_list(store->arena, store->db, scene->consent.citizen_id,
                                       scene->consent.id, &list, &count, &store->err));
    if (count && list[0].state == SHARED_SEEN)
        choose(scene, list[0].id, "/hello/tax");
    look(scene);
    send_all(scene);
    db_clock_advance(30 * 60 * 1000);
}

static enum outcome outcome_of(struct scene *scene, enum sandbox_fault fault, const char *on)
{
    enum { ROUNDS = 8 };
    sandbox_fault(sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    sandbox_fault(sandbox, fault, on, 1);
    scene->consent = ask(scene);
    bool has_shared = false;
    enum consent_state now = CONSENT_ASKED;
    for (int i = 0; i < ROUNDS && now != CONSENT_STOPPED && now != CONSENT_REFUSED; i++) {
        live_on(scene, &has_shared);
        now = read_consent(scene).state;
    }
    if (now == CONSENT_REFUSED) {
        assert_int_equal(requests_in_the_mailbox(scene), 0);
        return NOT_ASKED;
    }
    bool had = documents(scene, 1)[0].state == SHARED_FETCHED;
    attachments(scene, had);
    assert_int_equal(requests_in_the_mailbox(scene), 1);
    if (now == CONSENT_FETCHED)
        return NOT_STOPPED;
    assert_string_equal(consents_state_name(now), "stopped");
    if (!in_the_postbox(scene).withdrawn_at)
        return BELIEVED;
    return had ? ALL_WELL : NOT_HAD;
}

static void
outb_1_a_link_that_leads_elsewhere_is_not_followed_and_nothing_is_taken_for_done(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    size_t before = count_requests(stream);
    sandbox_fault(sandbox, SANDBOX_FAULT_ELSEWHERE, shared_state, 100);
    look(scene);
    send_all(scene);
    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_FAILED);
    assert_int_equal(count_requests(stream), before);
    assert_int_equal(read_consent(scene).state, CONSENT_FETCHED); /* to be stopped, and is not */

    sandbox_fault(sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    db_clock_advance(3600 * 1000);
    send_all(scene);
    assert_int_equal(read_consent(scene).state, CONSENT_STOPPED);
    assert_int_not_equal(in_the_postbox(scene).withdrawn_at, 0);
}

static void outb_5_whatever_goes_wrong_once_at_any_step_ends_as_it_should(void **state)
{
    static const char *const steps[] = {create, events, shared_state, stream, stop};
    enum { QUICKLY_MS = 1000 };
    void *opened = NULL;
    (void)state;
    assert_int_equal(open_scene(&opened, QUICKLY_MS), 0);
    for (size_t i = 0; i < COUNT(steps); i++)
        for (int fault = SANDBOX_FAULT_NONE + 1; fault < SANDBOX_FAULT_COUNT; fault++) {
            if (!may_befall((enum sandbox_fault)fault, steps[i]))
                continue;
            enum outcome outcome = outcome_of(opened, (enum sandbox_fault)fault, steps[i]);
            if (outcome != expected((enum sandbox_fault)fault, steps[i]))
                fail_msg("%s at %s: %d", sandbox_fault_name((enum sandbox_fault)fault), steps[i],
                         (int)outcome);
        }
    assert_int_equal(tear_down(&opened), 0);
}

/* One poll for the whole broker, and a look at those only that something happened to. */
static void one_poll_serves_everybody_who_waits(void **state)
{
    enum { WAITING = 50 };
    struct scene *scene = *state;
    for (int i = 1; i < WAITING; i++)
        scene->consent = ask(scene);
    send_all(scene);
    look(scene); /* each is looked at once after it was sent, twenty at a time */
    look(scene);
    look(scene);
    size_t polls = count_requests(events), looks = count_requests(shared_state);

    look(scene);
    assert_int_equal(count_requests(events), polls + 1);
    assert_int_equal(count_requests(shared_state), looks);

    share(scene, 1);
    look(scene);
    assert_int_equal(count_requests(events), polls + 2);
    assert_int_equal(count_requests(shared_state), looks + 1);
    assert_int_equal(read_consent(scene).state, CONSENT_SHARED);
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

/* The postbox says a size within the limit, and gives more. */
static void file_8_what_comes_longer_than_the_limit_is_not_fetched_again(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    sandbox_fault(sandbox, SANDBOX_FAULT_LONGER, stream, 20);
    size_t before = count_requests(stream);
    look(scene);
    look(scene);
    send_all(scene);

    assert_int_equal(count_requests(stream), before + 1);
    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_FAILED);
    assert_string_equal(documents(scene, 1)[0].reason, "file.size");
    assert_int_equal(read_consent(scene).state, CONSENT_STOPPED);
}

static void being_asked_too_often_is_no_reason_to_refuse_a_document(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    choose(scene, documents(scene, 1)[0].id, "/hello/tax");
    sandbox_fault(sandbox, SANDBOX_FAULT_TOO_MANY, stream, 1);
    look(scene);

    assert_int_equal(documents(scene, 1)[0].state, SHARED_WANTED);
    assert_string_equal(documents(scene, 1)[0].reason, DELIVER_SHARE_FAILED);
}

static void file_8_what_there_is_no_room_for_in_the_draft_is_not_attached(void **state)
{
    struct scene *scene = *state;
    share(scene, 1);
    look(scene);
    struct shared_document *seen = documents(scene, 1);
    choose(scene, seen[0].id, "/hello/tax");
    scene->settings.most.draft_bytes = seen[0].size_bytes - 1;
    look(scene);

    attachments(scene, 0);
    assert_int_equal(documents(scene, 1)[0].state, SHARED_FAILED);
    assert_string_equal(documents(scene, 1)[0].reason, "file.room");
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
        /* first: later there are more events than one poll's page holds */
        WITH_SCENE(one_poll_serves_everybody_who_waits),
        WITH_SCENE(what_is_chosen_is_fetched_with_its_origin_and_then_sharing_stops),
        WITH_SCENE(con_1_what_the_citizen_withdraws_in_the_postbox_is_not_fetched),
        WITH_SCENE(con_1_what_is_withdrawn_here_ends_in_the_postbox_too),
        WITH_SCENE(con_1_a_withdrawal_ends_a_fetch_that_runs),
        WITH_SCENE(outb_3_what_the_disk_changed_on_its_way_in_is_fetched_again),
        WITH_SCENE(con_1_what_was_fetched_and_not_sent_is_destroyed_at_a_withdrawal),
        WITH_SCENE(con_1_a_request_withdrawn_before_it_was_sent_never_is),
        WITH_SCENE(con_1_a_request_that_may_have_arrived_is_stopped_there),
        WITH_SCENE(con_1_a_withdrawal_reaches_a_postbox_that_is_down_just_then),
        WITH_SCENE(
            outb_1_a_link_that_leads_elsewhere_is_not_followed_and_nothing_is_taken_for_done),
        cmocka_unit_test(outb_5_whatever_goes_wrong_once_at_any_step_ends_as_it_should),
        WITH_SCENE(file_8_what_is_too_large_is_not_fetched_and_sharing_stops),
        WITH_SCENE(file_8_what_comes_longer_than_the_limit_is_not_fetched_again),
        WITH_SCENE(being_asked_too_often_is_no_reason_to_refuse_a_document),
        WITH_SCENE(file_8_what_there_is_no_room_for_in_the_draft_is_not_attached),
        WITH_SCENE(r_28_what_no_event_told_of_is_found_all_the_same),
        WITH_SCENE(events_that_cannot_be_read_are_read_the_next_time),
        WITH_SCENE(con_1_a_consent_past_its_time_ends_in_the_postbox_too),
    };
    return cmocka_run_group_tests(tests, open_sandbox, close_sandbox);
}

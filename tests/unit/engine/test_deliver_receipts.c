/* test_deliver_receipts.c - what mailboxes say of letters, as it comes from the access point. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/deliver_receipts.h"
#include "storage/dpi_receipts.h"
#include "storage/retention.h"
#include "tests/unit/storage/postbox/dpi_world.h"

#include <jansson.h>
#include <stdlib.h>

#define LIST "GET /dpi/messages/in"

static struct dpi_world world;

/* A letter that the access point has, and what is said of it. */
struct scene {
    struct store *store;
    const char *citizen, *id, *message_id;
    struct dpi *dpi;
    struct deliver_receipts receipts;
    struct deliver_receipts_look look;
    json_t *list; /* what waits there */
};

static int set_up_all(void **state)
{
    (void)state;
    dpi_world_open(&world);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    dpi_world_close(&world);
    return 0;
}

static struct delivery row_of(struct scene *scene)
{
    struct delivery delivery;
    WORKS(scene->store, outbox_of_message(scene->store->arena, scene->store->db, scene->message_id,
                                          &delivery, &scene->store->err));
    return delivery;
}

/* Leased and sent by "dpi"; then accepted, unknown, or given up. */
static void send_letter(struct scene *scene, enum outbox_state end)
{
    struct store *store = scene->store;
    struct delivery delivery;
    bool found = false;
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    assert_true(found);
    WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
    if (end == OUTBOX_ACCEPTED)
        WORKS(store, outbox_accepted(store->db, &delivery, 3600000, &store->err));
    if (end == OUTBOX_DEAD)
        WORKS(store, outbox_give_up(store->db, &delivery, "nobody knew", &store->err));
}

static struct scene open_scene(void **state, enum outbox_state end)
{
    struct scene scene = {.store = *state};
    struct store *store = scene.store;
    dpi_world_reset(&world);
    scene.citizen = store_citizen(store, KARI);
    scene.message_id = crypto_uuid(store->arena);
    struct outbox_document document = {.uuid = crypto_uuid(store->arena),
                                       .subject = "Kvittering",
                                       .file_type = "pdf",
                                       .bytes = BYTES_OF("%PDF-1")};
    const struct delivery wish = {.kind = OUTBOX_RECEIPT,
                                  .citizen_id = scene.citizen,
                                  .message_id = scene.message_id,
                                  .payload = BYTES_OF("{}"),
                                  .documents = &document,
                                  .document_count = 1};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &wish, &scene.id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    send_letter(&scene, end);
    scene.dpi = dpi_world_client(&world);
    scene.receipts = (struct deliver_receipts){.db = store->pool,
                                               .dpi = scene.dpi,
                                               .trust = world.trust,
                                               .agency = DPI_AGENCY,
                                               .sender = DPI_AGENCY,
                                               .mailboxes = "984661185, " DPI_EBOKS,
                                               .poll_ms = 10000};
    scene.list = json_array();
    return scene;
}

static void close_scene(struct scene *scene)
{
    clock_set(0);
    json_decref(scene->list);
    dpi_close(&scene->dpi);
}

/* ---- receipts, made by hand ---- */

struct wish {
    const char *type;
    const char *conversation; /* NULL: the letter's */
    const char *agency;       /* NULL: ours */
    const char *member;       /* more in the body: "\"feiltype\":\"KLIENT\"" */
    enum dpi_party signer, sender;
    int64_t at;
};

static const char *document_of(struct scene *scene, const struct wish *wish, const char *id)
{
    static const char *const numbers[] = {DPI_AGENCY, DPI_EBOKS, DPI_OTHER, DPI_EBOKS};
    static const char actor[] =
        "{\"identifier\":{\"authority\":\"iso6523-actorid-upis\",\"value\":\"0192:%s\"}}";
    static const char party[] = "{\"virksomhetsidentifikator\":{\"authority\":"
                                "\"iso6523-actorid-upis\",\"value\":\"0192:%s\"}}";
    struct arena *arena = scene->store->arena;
    const char *agency = wish->agency ? wish->agency : DPI_AGENCY;
    const char *mailbox = numbers[wish->sender];
    const char *at = clock_iso_utc(arena, wish->at ? wish->at : clock_now());
    return arena_printf(
        arena,
        "{\"standardBusinessDocument\":{\"standardBusinessDocumentHeader\":{\"headerVersion\":"
        "\"1.0\",\"sender\":[%s],\"receiver\":[%s],\"documentIdentification\":{\"standard\":"
        "\"urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##urn:fdc:digdir.no:2020:"
        "innbyggerpost:schema:%s::1.0\",\"typeVersion\":\"1.0\",\"instanceIdentifier\":\"%s\","
        "\"type\":\"%s\",\"creationDateAndTime\":\"%s\"},\"businessScope\":{\"scope\":[{\"type\":"
        "\"ConversationId\",\"instanceIdentifier\":\"%s\",\"identifier\":\"urn:fdc:digdir.no:2020:"
        "profile:egovernment:innbyggerpost:digital:ver1.0\"}]}},\"%s\":{\"avsender\":%s,"
        "\"mottaker\":%s,\"tidspunkt\":\"%s\"%s}}}",
        arena_printf(arena, actor, mailbox), arena_printf(arena, actor, agency), wish->type, id,
        wish->type, at, wish->conversation ? wish->conversation : scene->message_id, wish->type,
        arena_printf(arena, party, agency), arena_printf(arena, party, mailbox), at,
        wish->member ? wish->member : "");
}

/* Puts a receipt on the list; its id. */
static const char *put(struct scene *scene, struct wish wish)
{
    struct arena *arena = scene->store->arena;
    const char *id = crypto_uuid(arena);
    CLEANUP(crypto_key_close) struct crypto_key *key = NULL;
    char *jws;
    assert_true(crypto_private_key_open(world.key_pem[wish.signer], "mailbox", &key, NULL));
    assert_true(sbd_sign(arena, BYTES_OF(document_of(scene, &wish, id)), key,
                         world.chain_pem[wish.signer], &jws, NULL));
    json_array_append_new(scene->list, json_pack("{s:s}", "forretningsmelding", jws));
    return id;
}

#define SAYS(receipt_type, ...)                                                                    \
    (struct wish)                                                                                  \
    {                                                                                              \
        .type = (receipt_type), .signer = DPI_PARTY_EBOKS, .sender = DPI_PARTY_EBOKS, __VA_ARGS__  \
    }

static const char *read_target(struct scene *scene, const char *id)
{
    return arena_printf(scene->store->arena, "POST /dpi/messages/in/%s/read", id);
}

static void take(struct scene *scene)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    deliver_receipts_take(&scene->receipts, &scene->look, arena, NULL);
}

/* One look at the list as it is; a read is answered so. */
static void look(struct scene *scene, const char *id, int read_status)
{
    char *list = json_dumps(scene->list, JSON_COMPACT);
    dpi_world_reset(&world);
    dpi_world_says(&world, LIST, json_array_size(scene->list) ? 200 : 204, DPI_JSON, list);
    if (id)
        dpi_world_says(&world, read_target(scene, id), read_status, NULL, NULL);
    free(list);
    take(scene);
}

/* The same with everything on it taken off. */
static void look_once(struct scene *scene, const char *id)
{
    look(scene, id, 200);
    json_array_clear(scene->list);
}

static bool was_read(struct scene *scene, const char *id)
{
    return postman_count(world.postman, read_target(scene, id)) == 1;
}

static int64_t count(struct scene *scene, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(scene->store, db_query(scene->store->arena, scene->store->db, sql, DB_NO_VALUES, &rows,
                                 &scene->store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

#define AUDITED(scene, name)                                                                       \
    count((scene), DB_SQL("SELECT COUNT(*) FROM audit WHERE action = '" name "'"))
#define ASIDE(scene) count((scene), DB_SQL("SELECT COUNT(*) FROM dpi_receipts_aside"))
#define KEPT(scene) count((scene), DB_SQL("SELECT COUNT(*) FROM dpi_receipts"))

/* ---- what they mean ---- */

static void a_delivery_receipt_ends_the_wait_and_is_kept_whole(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const int64_t then = clock_now() - 60;
    const char *id = put(&scene, SAYS("leveringskvittering", .at = then));
    const char *jws =
        json_string_value(json_object_get(json_array_get(scene.list, 0), "forretningsmelding"));

    look(&scene, id, 200);

    struct delivery row = row_of(&scene);
    assert_int_equal(row.state, OUTBOX_DONE);
    assert_int_equal(row.done_at, then);
    assert_int_equal(row.opened_at, 0);
    assert_true(was_read(&scene, id));
    assert_int_equal(AUDITED(&scene, "receipt_delivered"), 1);
    struct dpi_receipt *kept;
    size_t kept_count;
    WORKS(scene.store, dpi_receipts_list(scene.store->arena, scene.store->db, &row, &kept,
                                         &kept_count, &scene.store->err));
    assert_int_equal(kept_count, 1);
    assert_string_equal(kept[0].id, id);
    assert_string_equal(kept[0].kind, "leveringskvittering");
    assert_int_equal(kept[0].happened_at, then);
    assert_string_equal(kept[0].jws, jws);
    close_scene(&scene);
}

static void the_same_receipt_again_changes_nothing_and_is_taken_off(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const char *id = put(&scene, SAYS("leveringskvittering"));
    look(&scene, id, 500); /* it could not be taken off */
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    look(&scene, id, 200);
    assert_true(was_read(&scene, id));
    look(&scene, id, 404); /* taken off before: no trouble */
    assert_int_equal(AUDITED(&scene, "receipt_delivered"), 1);
    assert_int_equal(KEPT(&scene), 1);
    assert_int_equal(ASIDE(&scene), 0);
    close_scene(&scene);
}

static void what_was_opened_was_delivered_whichever_is_told_first(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const int64_t then = clock_now() - 10;
    put(&scene, SAYS("aapningskvittering", .at = then));
    look_once(&scene, NULL);
    struct delivery row = row_of(&scene);
    assert_int_equal(row.state, OUTBOX_DONE);
    assert_int_equal(row.opened_at, then);
    put(&scene, SAYS("leveringskvittering", .at = then - 100));
    look_once(&scene, NULL);
    put(&scene, SAYS("aapningskvittering")); /* another of the same */
    look_once(&scene, NULL);
    assert_int_equal(row_of(&scene).opened_at, then);
    assert_int_equal(AUDITED(&scene, "receipt_delivered"), 1);
    assert_int_equal(AUDITED(&scene, "letter_opened"), 1);
    assert_int_equal(KEPT(&scene), 3);
    close_scene(&scene);
}

static void an_error_gives_the_letter_up_with_their_words(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    put(&scene, SAYS("feil", .member = ",\"feiltype\":\"KLIENT\",\"detaljer\":"
                                       "\"Reason code: SBD:5023 lise.strand#1ABC\""));
    look_once(&scene, NULL);
    struct delivery row = row_of(&scene);
    assert_int_equal(row.state, OUTBOX_DEAD);
    assert_string_equal(row.reason,
                        "the mailbox at " DPI_EBOKS " says KLIENT: Reason code: SBD:5023 …");
    assert_int_equal(AUDITED(&scene, "delivery_given_up"), 1);
    close_scene(&scene);
}

static void a_delivery_that_comes_late_heals_what_was_given_up(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_DEAD);
    put(&scene, SAYS("leveringskvittering"));
    look_once(&scene, NULL);
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    put(&scene, SAYS("feil", .member = ",\"feiltype\":\"SERVER\""));
    look_once(&scene, NULL); /* what was delivered stays so */
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    assert_int_equal(KEPT(&scene), 2);
    close_scene(&scene);
}

static void d_8_a_receipt_settles_what_was_being_sent_when_we_died(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_SENDING);
    put(&scene, SAYS("leveringskvittering"));
    look_once(&scene, NULL);
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    close_scene(&scene);
}

static void a_notification_that_failed_is_kept_and_the_letter_waits_on(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const char *id =
        put(&scene, SAYS("varslingfeiletkvittering", .member = ",\"varslingskanal\":\"sms\""));
    look(&scene, id, 200);
    assert_true(was_read(&scene, id));
    assert_int_equal(row_of(&scene).state, OUTBOX_ACCEPTED);
    assert_int_equal(KEPT(&scene), 1);
    close_scene(&scene);
}

/* ---- what cannot be acted on ---- */

static void a_receipt_of_an_unknown_letter_is_set_aside_and_taken_off(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const char *id = put(&scene, SAYS("leveringskvittering",
                                      .conversation = "7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42"));
    look(&scene, id, 200);
    assert_int_equal(row_of(&scene).state, OUTBOX_ACCEPTED);
    assert_int_equal(ASIDE(&scene), 1);
    assert_true(was_read(&scene, id));
    struct dpi_receipt *aside;
    size_t aside_count;
    WORKS(scene.store, dpi_receipts_aside(scene.store->arena, scene.store->db, 10, &aside,
                                          &aside_count, &scene.store->err));
    assert_string_equal(aside[0].kind, "of a letter that is not known here");
    assert_string_equal(aside[0].jws, json_string_value(json_object_get(
                                          json_array_get(scene.list, 0), "forretningsmelding")));
    close_scene(&scene);
}

/* Each is of our letter and says that it was delivered. */
static const struct {
    const char *what;
    struct wish wish;
    bool is_taken_off; /* at once */
} untrue[] = {
    {"signed by somebody of that name",
     {.signer = DPI_PARTY_STRANGER, .sender = DPI_PARTY_EBOKS},
     false},
    {"signed by another than its sender",
     {.signer = DPI_PARTY_OTHER, .sender = DPI_PARTY_EBOKS},
     false},
    {"by a business that is no mailbox",
     {.signer = DPI_PARTY_OTHER, .sender = DPI_PARTY_OTHER},
     true},
    {"for another agency",
     {.signer = DPI_PARTY_EBOKS, .sender = DPI_PARTY_EBOKS, .agency = DPI_OTHER},
     true},
    {"against the schema",
     {.signer = DPI_PARTY_EBOKS,
      .sender = DPI_PARTY_EBOKS,
      .member = ",\"maskinportentoken\":\"x\""},
     false},
};

static void what_is_not_signed_by_a_mailbox_never_makes_a_letter_delivered(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    for (size_t i = 0; i < COUNT(untrue); i++) {
        struct wish wish = untrue[i].wish;
        wish.type = "leveringskvittering";
        const char *id = put(&scene, wish);
        look_once(&scene, id);
        if (was_read(&scene, id) != untrue[i].is_taken_off)
            fail_msg("%s", untrue[i].what);
        assert_int_equal(ASIDE(&scene), (int64_t)i + 1);
        assert_int_equal(row_of(&scene).state, OUTBOX_ACCEPTED);
    }
    assert_int_equal(KEPT(&scene), 0);
    close_scene(&scene);
}

static void what_cannot_be_verified_stays_on_the_list_for_a_week(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    const char *id = put(&scene, SAYS("leveringskvittering"));
    struct x509_trust *empty = x509_trust_open();
    scene.receipts.trust = empty; /* a mistake in dpi_trust */
    look(&scene, id, 200);
    clock_set(clock_now() + 6 * 24 * 3600);
    look(&scene, id, 200);
    assert_false(was_read(&scene, id));
    assert_int_equal(ASIDE(&scene), 1);
    assert_int_equal(row_of(&scene).state, OUTBOX_ACCEPTED);

    scene.receipts.trust = world.trust; /* mended */
    look(&scene, id, 200);
    assert_true(was_read(&scene, id));
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);

    scene.receipts.trust = empty; /* another, and nobody mends it */
    json_array_clear(scene.list);
    id = put(&scene, SAYS("aapningskvittering"));
    look(&scene, id, 200);
    clock_set(clock_now() + 8 * 24 * 3600);
    look(&scene, id, 200);
    assert_true(was_read(&scene, id));
    x509_trust_close(&empty);
    close_scene(&scene);
}

static void garbage_on_the_list_stands_in_nobodys_way(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    static const char *const garbage[] = {"a.b.c", "eyJ", "....", "\xc3\xa5.\xc3\xb8.\xc3\xa6"};
    for (size_t i = 0; i < COUNT(garbage); i++)
        json_array_append_new(scene.list, json_pack("{s:s}", "forretningsmelding", garbage[i]));
    const char *id = put(&scene, SAYS("leveringskvittering"));
    look(&scene, id, 200);
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    assert_true(was_read(&scene, id));
    assert_int_equal(ASIDE(&scene), COUNT(garbage));
    close_scene(&scene);
}

static void what_is_set_aside_has_an_end(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    struct store *store = scene.store;
    bool kept = false, is_new = false;
    int64_t first_at = 0;
    WORKS(store, db_exec(store->db,
                         DB_SQL("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 1000) INSERT INTO dpi_receipts_aside "
                                "(id, why, first_seen_at, jws) SELECT 'x' || i, 'test', $1, $2 "
                                "FROM n"),
                         DB_VALUES(DB_INTEGER(clock_now()), DB_BYTES(BYTES_OF("sealed"))), NULL,
                         &store->err));
    WORKS(store, dpi_receipts_set_aside(store->arena, store->db, "one more", "test", &kept,
                                        &first_at, &is_new, &store->err));
    assert_false(kept);
    const char *id = put(&scene, SAYS("leveringskvittering",
                                      .conversation = "7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42"));
    look(&scene, id, 200);
    assert_false(was_read(&scene, id)); /* what is not kept is not taken off */
    clock_set(clock_now() + DPI_RECEIPTS_ASIDE_S + 1);
    WORKS(store, dpi_receipts_set_aside(store->arena, store->db, "one more", "test", &kept,
                                        &first_at, &is_new, &store->err));
    assert_true(kept && is_new);
    assert_int_equal(ASIDE(&scene), 1);
    close_scene(&scene);
}

/* ---- when it looks ---- */

static void it_looks_often_while_a_letter_waits_and_seldom_when_none_was_sent(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    struct arena *arena = scene.store->arena;
    assert_int_equal(deliver_receipts_due_in_ms(&scene.receipts, &scene.look, arena), 0);
    look_once(&scene, NULL);
    int64_t waits_ms = deliver_receipts_due_in_ms(&scene.receipts, &scene.look, arena);
    assert_in_range(waits_ms, 1, 10000);
    put(&scene, SAYS("leveringskvittering"));
    look_once(&scene, NULL);
    assert_in_range(deliver_receipts_due_in_ms(&scene.receipts, &scene.look, arena), 10001, 60000);
    clock_set(clock_now() + DELIVER_RECEIPTS_RECENT_S + 60);
    assert_in_range(deliver_receipts_due_in_ms(&scene.receipts, &scene.look, arena), 60001, 600000);
    close_scene(&scene);
}

static void an_access_point_that_is_down_loses_nothing(void **state)
{
    struct scene scene = open_scene(state, OUTBOX_ACCEPTED);
    dpi_world_reset(&world);
    dpi_world_says(&world, LIST, 503, NULL, NULL);
    take(&scene);
    dpi_world_reset(&world);
    dpi_world_says(&world, LIST, 200, DPI_JSON, "{\"no\":\"list\"}");
    take(&scene);
    assert_int_equal(row_of(&scene).state, OUTBOX_ACCEPTED);
    put(&scene, SAYS("leveringskvittering"));
    look_once(&scene, NULL);
    assert_int_equal(row_of(&scene).state, OUTBOX_DONE);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_delivery_receipt_ends_the_wait_and_is_kept_whole),
        WITH_STORE(the_same_receipt_again_changes_nothing_and_is_taken_off),
        WITH_STORE(what_was_opened_was_delivered_whichever_is_told_first),
        WITH_STORE(an_error_gives_the_letter_up_with_their_words),
        WITH_STORE(a_delivery_that_comes_late_heals_what_was_given_up),
        WITH_STORE(d_8_a_receipt_settles_what_was_being_sent_when_we_died),
        WITH_STORE(a_notification_that_failed_is_kept_and_the_letter_waits_on),
        WITH_STORE(a_receipt_of_an_unknown_letter_is_set_aside_and_taken_off),
        WITH_STORE(what_is_not_signed_by_a_mailbox_never_makes_a_letter_delivered),
        WITH_STORE(what_cannot_be_verified_stays_on_the_list_for_a_week),
        WITH_STORE(garbage_on_the_list_stands_in_nobodys_way),
        WITH_STORE(what_is_set_aside_has_an_end),
        WITH_STORE(it_looks_often_while_a_letter_waits_and_seldom_when_none_was_sent),
        WITH_STORE(an_access_point_that_is_down_loses_nothing),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

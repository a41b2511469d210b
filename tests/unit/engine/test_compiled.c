/* test_compiled.c - old versions of forms are compiled once, and more may be in use than are kept.
 */
#include "store.h"

#include "engine/base/text.h"
#include "engine/versions.h"
#include "storage/form_packages.h"

#include <pthread.h>
#include <stdlib.h>

enum { OLD = VERSIONS_COMPILED + 2, HANDS = 8 };

struct shelf {
    struct store *store;
    struct catalogue *forms;
    struct versions *versions;
    const char *digests[OLD];
};

/* Versions of "hello" as its author wrote them before the one that is offered. */
static int set_up(void **state)
{
    if (store_setup(state) != 0)
        return -1;
    struct shelf *shelf = calloc(1, sizeof *shelf);
    assert_non_null(shelf);
    struct store *store = shelf->store = *state;
    WORKS(store,
          catalogue_open("examples", FORM_AGENCY_UNSAID, NULL, NULL, &shelf->forms, &store->err));
    versions_open(shelf->forms, &shelf->versions);
    const struct package *hello = catalogue_find(shelf->forms, "hello");
    for (size_t i = 0; i < OLD; i++) {
        char *source = arena_printf(store->arena, "%s<!-- %zu -->",
                                    arena_text_of(store->arena, hello->source), i);
        CLEANUP(package_close) struct package *old = package_of("hello", BYTES_OF(source));
        assert_non_null(old->form);
        WORKS(store, versions_keep(store->arena, store->db, old, &store->err));
        shelf->digests[i] = arena_text(store->arena, old->digest);
    }
    *state = shelf;
    return 0;
}

static int tear_down(void **state)
{
    struct shelf *shelf = *state;
    void *store = shelf->store;
    versions_close(&shelf->versions);
    catalogue_close(&shelf->forms);
    free(shelf);
    return store_teardown(&store);
}

static struct version borrow(struct shelf *shelf, const char *digest)
{
    struct store *store = shelf->store;
    struct version version = {0};
    WORKS(store, versions_borrow(shelf->versions, store->arena, store->db, "hello", digest,
                                 &version, &store->err));
    return version;
}

static void a_version_is_compiled_once_and_stays_so(void **state)
{
    struct shelf *shelf = *state;
    struct version first = borrow(shelf, shelf->digests[0]);
    struct version second = borrow(shelf, shelf->digests[0]);
    const struct package *package = first.package;
    assert_ptr_equal(second.package, package);
    assert_string_equal(first.digest, shelf->digests[0]);
    assert_false(first.must_move);
    versions_return(&first);
    versions_return(&second);
    struct version third = borrow(shelf, shelf->digests[0]);
    assert_ptr_equal(third.package, package);
    versions_return(&third);
}

static void more_may_be_in_use_than_are_kept(void **state)
{
    struct shelf *shelf = *state;
    struct version all[OLD];
    for (size_t i = 0; i < OLD; i++)
        all[i] = borrow(shelf, shelf->digests[i]);
    for (size_t i = 0; i < OLD; i++) {
        assert_string_equal(all[i].package->digest, shelf->digests[i]);
        versions_return(&all[i]);
        versions_return(&all[i]); /* {0} is taken */
    }
}

static void one_that_was_never_kept_is_read_in_the_form_that_is_offered(void **state)
{
    struct shelf *shelf = *state;
    struct version version = borrow(shelf, "00ff");
    assert_ptr_equal(version.package, version.offered);
    assert_false(version.must_move);
    versions_return(&version);
}

static void a_form_that_is_not_offered_is_there_for_what_was_sent_only(void **state)
{
    struct shelf *shelf = *state;
    struct store *store = shelf->store;
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE form_packages SET form = 'gone'"), DB_NO_VALUES,
                         NULL, &store->err));
    struct version version = {0};
    FAILS(store,
          versions_borrow(shelf->versions, store->arena, store->db, "gone", shelf->digests[0],
                          &version, &store->err),
          ERROR_MISSING);
    WORKS(store, versions_borrow_sent(shelf->versions, store->arena, store->db, "gone",
                                      shelf->digests[0], &version, &store->err));
    assert_null(version.offered);
    assert_non_null(version.package->form);
    versions_return(&version);
}

struct hand {
    struct shelf *shelf;
    struct db_pool *pool;
    unsigned number;
    bool good;
};

static void *take_and_give_back(void *context)
{
    struct hand *hand = context;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_return) struct db *db = NULL;
    struct error err;
    hand->good = db_borrow(hand->pool, &db, &err);
    for (unsigned i = 0; hand->good && i < 200; i++) {
        const char *digest = hand->shelf->digests[(i * 7 + hand->number * 3) % OLD];
        struct version version = {0};
        hand->good =
            versions_borrow(hand->shelf->versions, arena, db, "hello", digest, &version, &err) &&
            text_equal(version.package->digest, digest) && version.package->form;
        versions_return(&version);
    }
    return NULL;
}

static void threads_share_them(void **state)
{
    struct shelf *shelf = *state;
    struct db_options options = {.url = shelf->store->url,
                                 .connections = HANDS,
                                 .wait_ms = 20000,
                                 .keys = shelf->store->keys};
    struct db_pool *pool = NULL;
    WORKS(shelf->store, db_pool_open(&options, &pool, &shelf->store->err));
    struct hand hands[HANDS];
    pthread_t threads[HANDS];
    for (unsigned i = 0; i < HANDS; i++) {
        hands[i] = (struct hand){.shelf = shelf, .pool = pool, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give_back, &hands[i]), 0);
    }
    for (unsigned i = 0; i < HANDS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(hands[i].good);
    }
    db_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_version_is_compiled_once_and_stays_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_may_be_in_use_than_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_was_never_kept_is_read_in_the_form_that_is_offered,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_form_that_is_not_offered_is_there_for_what_was_sent_only,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_share_them, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

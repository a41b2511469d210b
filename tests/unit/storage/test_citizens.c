/* test_citizens.c - who somebody is, and what they are called. */
#include "storage/citizens.h"

#include "store.h"

static struct citizen know(struct store *store, const char *name)
{
    struct citizen known, read;
    WORKS(store, citizens_know(store->arena, store->db, KARI, name, &known, &store->err));
    WORKS(store, citizens_read(store->arena, store->db, known.id, &read, &store->err));
    assert_string_equal(read.name, known.name);
    assert_string_equal(read.pid, KARI);
    return known;
}

static void a_name_is_what_was_said_last_and_silence_changes_nothing(void **state)
{
    struct store *store = *state;
    struct citizen first = know(store, "");
    assert_string_equal(first.name, "");
    assert_string_equal(know(store, "Kari Test").name, "Kari Test");
    assert_string_equal(know(store, "").name, "Kari Test");
    assert_string_equal(know(store, "Kari Ny").name, "Kari Ny");
    assert_string_equal(know(store, "").id, first.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_name_is_what_was_said_last_and_silence_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

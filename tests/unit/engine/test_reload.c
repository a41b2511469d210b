/* test_reload.c - what a running site reads again: taken over when it is another and right, and a
 * bounded number of times. */
#include "applicant.h"
#include "folder.h"

#include "engine/base/text.h"
#include "engine/reload.h"

#define TAX_AGENCY "974761076"

struct site {
    struct applicant kari; /* whose app is told to read again */
    struct arena *arena;
    const char *folder;
    struct arena *first; /* of the register that it started with */
};

static void write_register(struct site *site, const char *text)
{
    site->kari.config.issuers = folder_write(site->arena, site->folder, "issuers", text);
}

static int set_up(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    applicant_open(&site->kari);
    site->arena = arena_open();
    site->folder = folder_make(site->arena);
    site->first = arena_open();
    struct app *app = &site->kari.app;
    struct store *store = site->kari.store;
    catalogue_close(&app->forms); /* of many: reading all again is slow, and not the matter */
    WORKS(store, catalogue_open(arena_printf(site->arena, "%s", site->folder), FORM_AGENCY_UNSAID,
                                NULL, NULL, &app->forms, &store->err));
    write_register(site, TAX_AGENCY " = Skatteetaten\n");
    issuers_init(&app->issuers, site->first);
    WORKS(store, issuers_read(&app->issuers, site->kari.config.issuers, &store->err));
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;
    issuers_finish(&site->kari.app.issuers);
    arena_close(&site->first);
    folder_remove(site->folder);
    arena_close(&site->arena);
    int status = applicant_close(&site->kari);
    free(site);
    return status;
}

static void must_be_called(struct site *site, const char *name)
{
    assert_string_equal(issuers_name(&site->kari.app.issuers, TAX_AGENCY, "nobody"), name);
}

static void a_register_is_taken_over_when_it_is_another_and_right(void **state)
{
    struct site *site = *state;
    struct app *app = &site->kari.app;
    reload(app);
    assert_int_equal(app->issuers_renewed, 0); /* it is as it was */

    write_register(site, TAX_AGENCY " = Skattedirektoratet\n");
    reload(app);
    must_be_called(site, "Skattedirektoratet");
    assert_int_equal(app->issuers_renewed, 1);

    write_register(site, TAX_AGENCY " = Skatteetaten | no-such-file\n");
    reload(app);
    must_be_called(site, "Skattedirektoratet");
    assert_int_equal(app->issuers_renewed, 1);
}

static void a_register_is_renewed_a_hundred_times_and_not_once_more(void **state)
{
    struct site *site = *state;
    struct app *app = &site->kari.app;
    for (int i = 1; i <= RELOAD_ISSUERS_MOST; i++) {
        write_register(site, arena_printf(site->arena, TAX_AGENCY " = Nr. %d\n", i));
        reload(app);
        must_be_called(site, arena_printf(site->arena, "Nr. %d", i));
    }
    assert_int_equal(app->issuers_renewed, RELOAD_ISSUERS_MOST);

    write_register(site, TAX_AGENCY " = One more\n");
    reload(app);

    must_be_called(site, arena_printf(site->arena, "Nr. %d", RELOAD_ISSUERS_MOST));
    assert_int_equal(app->issuers_renewed, RELOAD_ISSUERS_MOST);
    write_register(site, arena_printf(site->arena, TAX_AGENCY " = Nr. %d\n", RELOAD_ISSUERS_MOST));
    reload(app); /* what is as it was is no renewal */
    must_be_called(site, arena_printf(site->arena, "Nr. %d", RELOAD_ISSUERS_MOST));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_register_is_taken_over_when_it_is_another_and_right),
        TEST(a_register_is_renewed_a_hundred_times_and_not_once_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

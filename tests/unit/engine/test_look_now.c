/* test_look_now.c - the look that a site wears, and another while somebody looks. */
#include "engine/look_now.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "folder.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct frame_agency fjordvik = {.name = "Fjordvik kommune"};

struct site {
    struct arena *arena;
    char *folder;
    struct look_now *now;
};

/* The first and the second look: each has its picture and its words. */
static void write_look(struct site *site, int which)
{
    folder_write(site->arena, site->folder, "logo.svg",
                 arena_printf(site->arena,
                              "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d 4'>"
                              "<path d='M0 0h8v4z'/></svg>",
                              4 * which));
    folder_write(site->arena, site->folder, "personvern.nb.txt", which == 1 ? "en" : "to");
}

static int set_up(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    struct error err;
    xml_start();
    site->arena = arena_open();
    site->folder = folder_make(site->arena);
    write_look(site, 1);
    assert_true(look_now_open(site->folder, &fjordvik, &site->now, &err));
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;
    look_now_close(&site->now);
    folder_remove(site->folder);
    arena_close(&site->arena);
    free(site);
    return 0;
}

static bool is_changed(struct site *site)
{
    bool changed;
    struct error err;
    if (!look_now_renew(site->now, &changed, &err))
        fail_msg("%s:%d: %s", err.file, err.line, err.text);
    return changed;
}

static const char *logo(struct site *site)
{
    return look_now_agency(site->now, site->arena)->logo;
}

static void a_look_is_worn_when_it_is_another(void **state)
{
    struct site *site = *state;
    const char *before = logo(site);
    assert_false(is_changed(site));
    assert_string_equal(logo(site), before);

    write_look(site, 2);
    assert_true(is_changed(site));

    assert_string_not_equal(logo(site), before);
    assert_string_equal(look_now_agency(site->now, site->arena)->name, fjordvik.name);
    folder_write(site->arena, site->folder, "personvern.nb.txt", "tre"); /* words alone */
    assert_true(is_changed(site));
}

static void what_a_page_names_is_there_until_the_change_after(void **state)
{
    struct site *site = *state;
    const char *first = logo(site);
    write_look(site, 2);
    assert_true(is_changed(site));

    assert_string_equal(look_now_file(site->now, site->arena, first)->path, first);
    assert_non_null(look_now_file(site->now, site->arena, logo(site)));
    write_look(site, 3);
    assert_true(is_changed(site));

    assert_null(look_now_file(site->now, site->arena, first));
}

static void a_look_with_a_mistake_is_told_of_and_the_one_before_stays(void **state)
{
    struct site *site = *state;
    const char *before = logo(site);
    bool changed;
    struct error err;
    write_look(site, 2);
    char *path = folder_write(site->arena, site->folder, "colours", "\naccent = blue\n");

    assert_false(look_now_renew(site->now, &changed, &err));

    assert_string_equal(err.file, path);
    assert_int_equal(err.line, 2);
    assert_string_equal(logo(site), before);
}

/* ---- while somebody looks ---- */

struct looker {
    struct look_now *now;
    const char *first; /* the logo of the first look, whose words are "en" */
    atomic_bool done;
    atomic_int mixed;
};

static void *look_on(void *self)
{
    struct looker *looker = self;
    struct arena *arena = arena_open();
    while (!looker->done) {
        const struct frame_agency *agency;
        const char *language,
            *text = look_now_text(looker->now, arena, LOOK_PRIVACY, "nb", &language, &agency);
        looker->mixed += text_equal(text, "en") != text_equal(agency->logo, looker->first);
        const struct static_file *file = look_now_file(looker->now, arena, looker->first);
        looker->mixed += !file || !file->content.size; /* it is worn, or was right before */
        arena_reset(arena);
    }
    arena_close(&arena);
    return NULL;
}

static void who_looks_meanwhile_sees_the_one_or_the_other(void **state)
{
    struct site *site = *state;
    struct looker looker = {.now = site->now, .first = logo(site)};
    pthread_t threads[2];
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_on, &looker), 0);

    for (int i = 0; i < 200; i++) {
        write_look(site, i % 2 ? 1 : 2);
        assert_true(is_changed(site));
    }

    looker.done = true;
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(looker.mixed, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_look_is_worn_when_it_is_another),
        TEST(what_a_page_names_is_there_until_the_change_after),
        TEST(a_look_with_a_mistake_is_told_of_and_the_one_before_stays),
        TEST(who_looks_meanwhile_sees_the_one_or_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

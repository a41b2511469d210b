#include "engine/look.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "folder.h"

static struct arena *arena;
static char *folder;

static int set_up(void **state)
{
    (void)state;
    xml_start();
    arena = arena_open();
    folder = folder_make(arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    arena_close(&arena);
    return 0;
}

#define SQUARE                                                                                     \
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 4'><path d='M0 0h8v4z'/></svg>"

static void every_page_gets_the_addresses_of_what_is_there(void **state)
{
    (void)state;
    folder_write(arena, folder, "logo.svg", SQUARE);
    folder_write(arena, folder, "colours", "accent = #0b6a53\n");
    folder_write(arena, folder, "README.md", "about it");
    const struct look *look;
    struct error err = {0};

    assert_true(look_read(arena, folder, &look, &err));

    struct frame_agency agency = {.name = "Fjordvik kommune"};
    look_dress(look, &agency);
    assert_string_equal(look_find(look, agency.logo)->media_type, "image/svg+xml");
    assert_string_equal(look_find(look, agency.colours)->media_type, "text/css; charset=utf-8");
    assert_true(agency.logo_ratio > 1.9 && agency.logo_ratio < 2.1);
    assert_null(agency.logo_dark);
    assert_null(agency.icon);
    assert_null(look_find(look, "/statisk/etat.00000000.css"));
}

static void another_picture_has_another_address(void **state)
{
    (void)state;
    struct frame_agency one = {0}, other = {0};
    const struct look *look;
    struct error err = {0};
    folder_write(arena, folder, "logo.svg", SQUARE);
    assert_true(look_read(arena, folder, &look, &err));
    look_dress(look, &one);

    folder_write(arena, folder, "logo.svg",
                 "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'/>");

    assert_true(look_read(arena, folder, &look, &err));
    look_dress(look, &other);
    assert_string_not_equal(one.logo, other.logo);
}

static void paragraphs_are_found_in_the_nearest_language(void **state)
{
    (void)state;
    folder_write(arena, folder, "personvern.nb.txt", "Hei");
    folder_write(arena, folder, "personvern.en.txt", "Hello");
    folder_write(arena, folder, "tilgjengelighet.nn.txt", "Tilgjenge");
    const struct look *look;
    struct error err = {0};
    assert_true(look_read(arena, folder, &look, &err));
    const char *found;

    assert_string_equal(look_text(look, LOOK_PRIVACY, "en", &found), "Hello");
    assert_string_equal(look_text(look, LOOK_PRIVACY, "se", &found), "Hei");
    assert_string_equal(found, "nb");
    assert_string_equal(look_text(look, LOOK_ACCESSIBILITY, "en", &found), "Tilgjenge");
    assert_string_equal(found, "nn");
}

static void a_mistake_names_the_file_and_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        int line;
    } cases[] = {
        {"logo.svg", "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'>\n<script/></svg>",
         2},
        {"icon.svg", "<svg/>", 1},
        {"colours", "accent = #0b6a53\naccent = blue", 2},
        {"colors", "accent = #0b6a53", 0},
        {"logo.png", "", 0},
        {"personvern.txt", "Hei", 0},
        {"personvern.norsk bokmål.txt", "Hei", 0},
        {"tilgjengelighet.nb.txt", "\xff", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = folder_write(arena, folder, cases[i].name, cases[i].text);
        const struct look *look;
        struct error err = {0};
        if (look_read(arena, folder, &look, &err))
            fail_msg("taken: %s", cases[i].name);
        assert_string_equal(err.file, path);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(unlink(path), 0);
    }
}

static void no_folder_is_a_plain_look_and_a_missing_one_is_told(void **state)
{
    (void)state;
    const struct look *look;
    struct error err = {0};
    assert_true(look_read(arena, "", &look, &err));
    const char *found;
    assert_null(look_text(look, LOOK_PRIVACY, "nb", &found));

    assert_false(look_read(arena, "/nowhere/at/all", &look, &err));
    assert_string_equal(err.file, "/nowhere/at/all");
}

static void the_example_is_a_look(void **state)
{
    (void)state;
    const struct look *look;
    struct error err = {0};
    if (!look_read(arena, "examples/utseende", &look, &err))
        fail_msg("%s:%d: %s", err.file, err.line, err.text);
    struct frame_agency agency = {0};
    look_dress(look, &agency);
    assert_non_null(agency.logo);
    assert_non_null(agency.logo_dark);
    assert_non_null(agency.icon);
    assert_non_null(agency.colours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(every_page_gets_the_addresses_of_what_is_there),
        TEST(another_picture_has_another_address),
        TEST(paragraphs_are_found_in_the_nearest_language),
        TEST(a_mistake_names_the_file_and_the_line),
        TEST(no_folder_is_a_plain_look_and_a_missing_one_is_told),
        TEST(the_example_is_a_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

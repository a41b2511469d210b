#include "engine/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct config config;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    config_init(&fixture->config);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static bool reads(struct fixture *fixture, const char *text)
{
    fixture->err = (struct error){0};
    return config_read(&fixture->config, fixture->arena, BYTES_OF(text), "site.conf",
                       &fixture->err);
}

static void every_setting_can_be_set_to_its_own_default(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct config_setting *settings = config_settings(&count);

    assert_true(count > 30);
    for (size_t i = 0; i < count; i++)
        if (!config_set(&fixture->config, fixture->arena, settings[i].name, settings[i].fallback,
                        &fixture->err))
            fail_msg("%s: %s", settings[i].name, fixture->err.text);
}

static void every_setting_has_a_name_of_its_own_a_meaning_and_a_unit(void **state)
{
    (void)state;
    size_t count;
    const struct config_setting *settings = config_settings(&count);

    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(settings[i].meaning, "");
        assert_string_not_equal(settings[i].unit, "");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(settings[i].name, settings[j].name);
    }
}

static void a_number_may_be_its_least_and_its_most_but_not_one_past(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct config_setting *settings = config_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (!settings[i].least && !settings[i].most)
            continue;
        const struct {
            int64_t number;
            bool good;
        } tries[] = {{settings[i].least, true},
                     {settings[i].most, true},
                     {settings[i].least - 1, false},
                     {settings[i].most + 1, false}};
        for (size_t t = 0; t < COUNT(tries); t++) {
            char *text = arena_printf(fixture->arena, "%lld", (long long)tries[t].number);
            assert_int_equal(
                config_set(&fixture->config, fixture->arena, settings[i].name, text, &fixture->err),
                tries[t].good);
        }
        assert_non_null(strstr(fixture->err.text, settings[i].name));
        assert_non_null(strstr(fixture->err.text, settings[i].unit));
    }
}

static void what_is_not_a_number_leaves_the_setting_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {"",    "x",   "80x", "0x50",
                                      "8 0", "1e3", "8.5", "99999999999999999999"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(
            config_set(&fixture->config, fixture->arena, "listen_port", bad[i], &fixture->err));
        assert_int_equal(fixture->err.code, ERROR_INVALID);
    }

    assert_int_equal(fixture->config.listen_port, 8080);
}

static void a_switch_takes_yes_and_no_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;

    assert_true(config_set(&fixture->config, fixture->arena, "sandbox", "yes", &fixture->err));
    assert_true(fixture->config.sandbox);
    assert_false(config_set(&fixture->config, fixture->arena, "sandbox", "true", &fixture->err));
    assert_true(fixture->config.sandbox);
    assert_non_null(strstr(fixture->err.text, "yes or no"));
    assert_true(config_set(&fixture->config, fixture->arena, "sandbox", "no", &fixture->err));
    assert_false(fixture->config.sandbox);
}

static void a_name_that_is_no_setting_is_told(void **state)
{
    struct fixture *fixture = *state;

    assert_false(config_set(&fixture->config, fixture->arena, "listen_prot", "1", &fixture->err));

    assert_int_equal(fixture->err.code, ERROR_INVALID);
    assert_non_null(strstr(fixture->err.text, "listen_prot"));
}

static void a_text_is_copied(void **state)
{
    struct fixture *fixture = *state;
    char value[] = "Fjordvik";

    assert_true(config_set(&fixture->config, fixture->arena, "agency_name", value, &fixture->err));
    memset(value, 'x', sizeof value - 1);

    assert_string_equal(fixture->config.agency_name, "Fjordvik");
}

static void a_file_has_comments_empty_lines_and_the_last_word(void **state)
{
    struct fixture *fixture = *state;

    assert_true(reads(fixture, "# ours\r\n\r\n  agency_name =  Fjordvik kommune \r\n"
                               "listen_port=1\nlisten_port = 9000 # the second one holds\n"
                               "digipost_ca ="));

    assert_string_equal(fixture->config.agency_name, "Fjordvik kommune");
    assert_int_equal(fixture->config.listen_port, 9000);
    assert_string_equal(fixture->config.digipost_ca, "");
}

static void a_wrong_line_is_told_with_file_and_number(void **state)
{
    struct fixture *fixture = *state;

    assert_false(reads(fixture, "listen_port = 1\n\nlisten_port 2\n"));
    assert_string_equal(fixture->err.file, "site.conf");
    assert_int_equal(fixture->err.line, 3);

    assert_false(reads(fixture, "listen_port = 70000"));
    assert_int_equal(fixture->err.line, 1);
}

static void a_file_that_is_no_utf8_text_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const unsigned char nul[] = "data = a\0b";

    assert_false(reads(fixture, "agency_name = Fj\xF8rdvik\n"));
    assert_false(config_read(&fixture->config, fixture->arena, (struct bytes){nul, sizeof nul - 1},
                             "site.conf", &fixture->err));
    assert_true(reads(fixture, ""));
}

/* Another value than the default that the setting takes. */
static const char *another(struct arena *arena, const struct config_setting *setting)
{
    switch (setting->kind) {
    case CONFIG_SWITCH:
        return strcmp(setting->fallback, "no") == 0 ? "yes" : "no";
    case CONFIG_NUMBER:
        return arena_printf(arena, "%lld", (long long)setting->most);
    case CONFIG_CHOICE: {
        const char *first =
            arena_printf(arena, "%.*s", (int)strcspn(setting->choices, " "), setting->choices);
        return strcmp(first, setting->fallback) != 0 ? first : strchr(setting->choices, ' ') + 1;
    }
    default:
        return "something-else";
    }
}

static void aud_1_the_digest_shows_any_change_of_a_setting(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    const char *before = config_digest(fixture->arena, &fixture->config);
    assert_string_equal(config_digest(fixture->arena, &fixture->config), before);
    for (size_t i = 0; i < count; i++) {
        struct config config = fixture->config;
        const char *other = another(fixture->arena, &settings[i]);
        other =
            arena_printf(fixture->arena, "%.*s",
                         settings[i].kind == CONFIG_CHOICE ? (int)strcspn(other, " ") : 200, other);
        assert_true(config_set(&config, fixture->arena, settings[i].name, other, &fixture->err));
        if (strcmp(config_digest(fixture->arena, &config), before) == 0)
            fail_msg("%s is not in the digest", settings[i].name);
    }
}

static void a_choice_takes_its_words_only_and_says_them(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {"", "perhaps", "off required", "of"};

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(
            config_set(&fixture->config, fixture->arena, "clamd_policy", bad[i], &fixture->err));

    assert_non_null(strstr(fixture->err.text, "it may be off, when-available or required"));
    assert_true(
        config_set(&fixture->config, fixture->arena, "clamd_policy", "required", &fixture->err));
}

static void a_name_that_is_nearly_one_gets_the_nearest(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[][2] = {{"listen_prot", "do you mean listen_port?"},
                                           {"digipost_kye", "do you mean digipost_key?"},
                                           {"form", "do you mean forms?"}};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_false(config_set(&fixture->config, fixture->arena, names[i][0], "x", &fixture->err));
        assert_non_null(strstr(fixture->err.text, names[i][1]));
    }
    assert_false(config_set(&fixture->config, fixture->arena, "colour", "x", &fixture->err));
    assert_null(strstr(fixture->err.text, "do you mean"));
}

static void sec_1_a_secret_may_be_one_of_the_services_credentials(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/skjema.service", 1), 0);

    assert_true(
        config_set(&fixture->config, arena, "dpi_key", "credential:dpi.pem", &fixture->err));
    assert_true(config_set(&fixture->config, arena, "keys", "credential:", &fixture->err));
    assert_string_equal(fixture->config.dpi_key, "/run/credentials/skjema.service/dpi.pem");
    assert_string_equal(fixture->config.keys, "/run/credentials/skjema.service");
    assert_false(config_set(&fixture->config, arena, "dpi_key", "credential:../x", &fixture->err));
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_false(config_set(&fixture->config, arena, "dpi_key", "credential:x", &fixture->err));
    assert_non_null(strstr(fixture->err.text, "LoadCredential="));
}

#define WITH_CONFIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CONFIG(every_setting_can_be_set_to_its_own_default),
        WITH_CONFIG(every_setting_has_a_name_of_its_own_a_meaning_and_a_unit),
        WITH_CONFIG(a_number_may_be_its_least_and_its_most_but_not_one_past),
        WITH_CONFIG(what_is_not_a_number_leaves_the_setting_as_it_was),
        WITH_CONFIG(a_switch_takes_yes_and_no_and_nothing_else),
        WITH_CONFIG(a_name_that_is_no_setting_is_told),
        WITH_CONFIG(a_text_is_copied),
        WITH_CONFIG(a_file_has_comments_empty_lines_and_the_last_word),
        WITH_CONFIG(a_wrong_line_is_told_with_file_and_number),
        WITH_CONFIG(a_file_that_is_no_utf8_text_is_refused),
        WITH_CONFIG(a_choice_takes_its_words_only_and_says_them),
        WITH_CONFIG(a_name_that_is_nearly_one_gets_the_nearest),
        WITH_CONFIG(sec_1_a_secret_may_be_one_of_the_services_credentials),
        WITH_CONFIG(aud_1_the_digest_shows_any_change_of_a_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

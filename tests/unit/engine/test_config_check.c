#include "engine/config_check.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_mark.h"
#include "folder.h"

struct desk {
    struct arena *arena;
    char *folder;
    struct config config;
    struct config_findings found;
};

static int sit_down(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    desk->arena = arena_open();
    desk->folder = folder_make(desk->arena);
    *state = desk;
    return 0;
}

static int stand_up(void **state)
{
    struct desk *desk = *state;
    folder_remove(desk->folder);
    arena_close(&desk->arena);
    free(desk);
    return 0;
}

/* An installation for real people with nothing wrong, but for the lines after it. */
static void check(struct desk *desk, const char *more)
{
    char *key = folder_write(desk->arena, desk->folder, "broker.pem", "a key\n");
    assert_int_equal(chmod(key, 0600), 0);
    const char *text =
        arena_printf(desk->arena,
                     "agency_name = Ytre Enhet\nagency_number = 314400801\nagency_address = Vei 1\n"
                     "agency_phone = 1\nagency_email = post@ytre.example\n"
                     "idporten_issuer = https://idporten.example\nidporten_client = x\n"
                     "idporten_secret = %s\n"
                     "digipost_broker = 1\ndigipost_key = %s\ndata = %s/data\n%s",
                     key, key, desk->folder, more);
    config_init(&desk->config);
    config_check_file(desk->arena, BYTES_OF(text), &desk->config, &desk->found);
}

static const struct config_finding *find(const struct desk *desk, const char *words)
{
    for (size_t i = 0; i < desk->found.count; i++)
        if (strstr(desk->found.items[i].text, words))
            return &desk->found.items[i];
    return NULL;
}

static const char *all(const struct desk *desk)
{
    const char *text = "";
    for (size_t i = 0; i < desk->found.count; i++)
        text = arena_printf(desk->arena, "%s%d: %s\n", text, desk->found.items[i].line,
                            desk->found.items[i].text);
    return text;
}

enum { FIRST_LINE = 12 }; /* of what is added */

static void must_find(struct desk *desk, const char *more, const char *words, int line)
{
    check(desk, more);
    const struct config_finding *finding = find(desk, words);
    if (!finding)
        fail_msg("\"%s\" is not among what was found in\n%s\n%s", words, more, all(desk));
    if (finding->line != line)
        fail_msg("\"%s\" is told of line %d", words, finding->line);
}

static void an_installation_that_is_right_has_nothing_to_be_told(void **state)
{
    struct desk *desk = *state;

    check(desk, "");

    if (desk->found.count)
        fail_msg("%s", all(desk));
    assert_string_equal(desk->config.agency_name, "Ytre Enhet");
}

static void all_mistakes_are_told_at_once_in_the_order_of_their_lines(void **state)
{
    struct desk *desk = *state;

    check(desk, "listen_prot = 1\nlisten_port = 99999\nforms = /no/such\nforms = examples\nfoo\n");

    assert_int_equal(desk->found.error_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(desk->found.items[i].line, FIRST_LINE + (int)i + (i > 1));
    assert_non_null(find(desk, "do you mean listen_port?"));
    assert_non_null(find(desk, "0 to 65535"));
    assert_non_null(find(desk, "forms stands in line 14 already"));
    assert_non_null(find(desk, "a line without '='"));
}

static void what_cannot_work_together_is_told(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *more, *words;
        int line;
    } cases[] = {
        {"receipt_key = /dev/null\n", "receipt_key is set, but not receipt_certificate",
         FIRST_LINE},
        {"dpi_certificate = /dev/null\n", "dpi_certificate is set, but not dpi_key", FIRST_LINE},
        {"listen_address = 0.0.0.0\n", "public_url is no https address", FIRST_LINE},
        {"listen_address = 0.0.0.0\npublic_url = http://x.example\n",
         "public_url is no https address", FIRST_LINE},
        {"public_url = http://x.example\n", "it must be an https address", FIRST_LINE},
        {"public_url = http://localhost.example\n", "it must be an https address", FIRST_LINE},
        {"krr_url = http://127.x.example\n", "http on loopback only", FIRST_LINE},
        {"krr_url = http://127.0.0.1:80@x.example\n", "http on loopback only", FIRST_LINE},
        {"public_url = https://x.example\nhosts = xx.example, x.example:8443\n",
         "hosts does not have x.example", FIRST_LINE + 1},
        {"public_url = https://x.example/\n", "with nothing after the name", FIRST_LINE},
        {"public_url = https://x.example\nhosts = y.example\n", "hosts does not have x.example",
         FIRST_LINE + 1},
        {"listen_address = 0.0.0.0\npublic_url = https://x.example\n",
         "trusted_proxies must name the proxy", 0},
        {"trusted_proxies = nginx\n", "\"nginx\" is no proxy to trust", FIRST_LINE},
        {"listen_address = unix:/run/x.sock\n", "public_url must say how the site is reached", 0},
        {"sandbox = yes\nlisten_address = 0.0.0.0\n", "with --sandbox the site listens on",
         FIRST_LINE + 1},
        {"develop = yes\nlisten_address = 0.0.0.0\n", "with --develop the site listens on",
         FIRST_LINE + 1},
        {"operate_address = 10.0.0.1\n", "operate_password must name a file", FIRST_LINE},
        {"clamd_policy = required\n", "clamd is not set", 0},
        {"channels = dpi\n", "krr_url is not set", 0},
        {"channels = dpi\n", "dpi_trust is not set", 0},
        {"maskinporten_client = x\n", "maskinporten_key is not set", 0},
        {"maskinporten_client = x\n", "needs maskinporten_kid or", FIRST_LINE},
        {"machine_issuer = https://maskinporten.example/\n", "access tokens must be for us",
         FIRST_LINE},
        {"krr_url = http://krr.example\n", "krr_url is \"http://krr.example\": it must be an https",
         FIRST_LINE},
        {"session_idle_s = 7200\nsession_absolute_s = 3600\n", "is more than session_absolute_s",
         FIRST_LINE},
        {"draft_bytes = 2000\n", "file_bytes (10000000) is more than draft_bytes", 0},
        {"data = /no/such/place\n", "data: /no/such/place: the folder cannot be made", FIRST_LINE},
        {"issuers = /no/such\n", "issuers: /no/such: there is no such file", FIRST_LINE},
        {"forms = /etc/passwd\n", "there is a file where a folder must be", FIRST_LINE},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        must_find(desk, cases[i].more, cases[i].words, cases[i].line);
}

static void logging_in_needs_a_client_and_its_key_or_secret(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"develop = no\n", "idporten_issuer is not set: nobody can log in"},
        {"idporten_issuer = https://idporten.example\n", "idporten_client is not set"},
        {"idporten_issuer = https://idporten.example\nidporten_client = x\n",
         "needs idporten_key (with idporten_kid), or idporten_secret"},
        {"idporten_issuer = https://idporten.example\nidporten_key = /dev/null\n",
         "idporten_kid is not set"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        config_init(&desk->config);
        config_check_file(desk->arena, BYTES_OF(cases[i].text), &desk->config, &desk->found);
        if (!find(desk, cases[i].words))
            fail_msg("\"%s\" is not among\n%s", cases[i].words, all(desk));
    }
}

static void sec_1_a_secret_that_others_may_read_is_refused(void **state)
{
    struct desk *desk = *state;
    char *path = folder_write(desk->arena, desk->folder, "krr.token", "secret\n");
    const char *more =
        arena_printf(desk->arena, "krr_url = https://krr.example\nkrr_token = %s\n", path);
    static const mode_t open_modes[] = {0640, 0604, 0620, 0444};
    for (size_t i = 0; i < COUNT(open_modes); i++) {
        assert_int_equal(chmod(path, open_modes[i]), 0);
        must_find(desk, more, "krr_token: others may read", FIRST_LINE + 1);
    }
    assert_int_equal(chmod(path, 0600), 0);
    check(desk, more);
    assert_int_equal(desk->found.count, 0);
}

static void sec_1_a_credential_is_looked_at_by_the_service_and_not_by_hand(void **state)
{
    struct desk *desk = *state;
    const char *more = "krr_url = https://krr.example\nkrr_token = credential:krr.token\n";
    char *path = folder_write(desk->arena, desk->folder, "krr.token", "secret\n");

    check(desk, more);
    assert_int_equal(desk->found.count, 1);
    assert_true(desk->found.items[0].is_warning);

    /* as systemd gives it to a service, by an access list */
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", desk->folder, 1), 0);
    check(desk, more);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_int_equal(desk->found.count, 0);
    assert_string_equal(desk->config.krr_token, path);
}

static void sec_2_what_the_sandbox_made_is_refused_wherever_it_lies(void **state)
{
    struct desk *desk = *state;
    char *path =
        folder_write(desk->arena, desk->folder, "krr.token", SANDBOX_MARK "-----BEGIN PRIVATE KEY");
    assert_int_equal(chmod(path, 0600), 0);
    const char *more =
        arena_printf(desk->arena, "krr_url = https://krr.example\nkrr_token = %s\n", path);

    must_find(desk, more, "krr.token was made by the sandbox: it protects nobody", FIRST_LINE + 1);
    check(desk, arena_printf(desk->arena, "%ssandbox = yes\n", more));
    assert_int_equal(desk->found.count, 0);
}

static void sec_2_the_examples_agency_serves_nobody(void **state)
{
    struct desk *desk = *state;
    struct error err;
    config_init(&desk->config);
    assert_false(config_check_start(&desk->config, &err));
    assert_non_null(strstr(err.text, "digipost_broker"));
    assert_non_null(strstr(err.text, "(and 5 more: skjema config check"));

    static const char *const own[] = {"agency_name", "agency_number", "agency_address",
                                      "agency_phone", "agency_email"};
    const char *text = "digipost_broker = 1\n";
    config_check_file(desk->arena, BYTES_OF(text), &desk->config, &desk->found);
    for (size_t i = 0; i < COUNT(own); i++)
        assert_non_null(find(desk, arena_printf(desk->arena, "%s is the example's", own[i])));
    text = "sandbox = yes\n";
    config_check_file(desk->arena, BYTES_OF(text), &desk->config, &desk->found);
    if (desk->found.count)
        fail_msg("%s", all(desk));
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, sit_down, stand_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(an_installation_that_is_right_has_nothing_to_be_told),
        AT_DESK(all_mistakes_are_told_at_once_in_the_order_of_their_lines),
        AT_DESK(what_cannot_work_together_is_told),
        AT_DESK(logging_in_needs_a_client_and_its_key_or_secret),
        AT_DESK(sec_1_a_secret_that_others_may_read_is_refused),
        AT_DESK(sec_1_a_credential_is_looked_at_by_the_service_and_not_by_hand),
        AT_DESK(sec_2_what_the_sandbox_made_is_refused_wherever_it_lies),
        AT_DESK(sec_2_the_examples_agency_serves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

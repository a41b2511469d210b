/* test_digital_post_open.c - what a server refuses to start with, told in one line. */
#include "tests/unit/storage/postbox/dpi_world.h"

#include "engine/base/text.h"
#include "engine/digital_post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dpi_world world;

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

static const char *in_folder(const char *name)
{
    return arena_printf(world.arena, "%s/%s", world.folder, name);
}

/* Settings that work. */
static struct config config_of(void)
{
    struct config config;
    config_init(&config);
    config.agency_number = DPI_AGENCY;
    config.dpi_url = "https://edi.example/api/v2/dpi";
    config.dpi_key = in_folder("agency.key");
    config.dpi_certificate = in_folder("agency.pem");
    config.dpi_trust = in_folder("root.pem");
    return config;
}

static bool open_with(const struct config *config, struct digital_post *post, struct error *err)
{
    return digital_post_open(world.arena, config, NULL, world.maskinporten, &world.krr, NULL, post,
                             err);
}

static void what_works_is_opened_and_believes_the_configured_issuers(void **state)
{
    (void)state;
    struct config config = config_of();
    struct digital_post post = {0};
    struct error err = {0};
    if (!open_with(&config, &post, &err))
        fail_msg("%s", err.text);
    assert_string_equal(post.receipts.agency, DPI_AGENCY);
    assert_string_equal(post.receipts.sender, DPI_AGENCY);
    assert_int_equal(post.receipts.poll_ms, 10000);
    assert_string_equal(dpi_postbox(post.dpi)->name, "dpi");
    digital_post_close(&post);
    digital_post_close(&post); /* twice does nothing */

    config.dpi_trust = world.folder; /* all that end in .pem, the stranger's too */
    config.dpi_certificate = in_folder("other.pem");
    config.dpi_key = in_folder("other.key");
    config.dpi_sender = DPI_OTHER;
    assert_true(open_with(&config, &post, &err));
    assert_string_equal(post.receipts.sender, DPI_OTHER);
    digital_post_close(&post);
}

static void refused(const struct config *config, const char *words)
{
    struct digital_post post = {0};
    struct error err = {0};
    assert_false(open_with(config, &post, &err));
    assert_null(post.dpi);
    const char *line = arena_printf(world.arena, "%s %s", err.file, err.text);
    if (!strstr(line, words) || strchr(err.text, '\n'))
        fail_msg("%s", line);
}

static void what_cannot_work_is_told_in_one_line(void **state)
{
    (void)state;
    struct config config = config_of();
    config.dpi_url = "";
    refused(&config, "dpi_url is not set");
    config = config_of();
    config.dpi_key = "";
    refused(&config, "dpi_key is not set");
    config = config_of();
    config.dpi_key = in_folder("other.key");
    refused(&config, "dpi_key and the first certificate of dpi_certificate do not belong together");
    config = config_of();
    config.dpi_key = in_folder("none");
    refused(&config, "none");
    config = config_of();
    config.dpi_certificate = "";
    refused(&config, "dpi_certificate is not set");
    config = config_of();
    config.agency_number = "974761076";
    refused(&config, "dpi_certificate is of organisation " DPI_AGENCY);
    config = config_of();
    config.dpi_trust = "";
    refused(&config, "dpi_trust is not set");
    config = config_of();
    config.dpi_trust = in_folder("agency.key");
    refused(&config, "agency.key");
    config = config_of();
    config.dpi_channel = "";
    refused(&config, "dpi_channel is not set");
    config = config_of();
    config.dpi_channel = "vår kanal";
    refused(&config, "dpi_channel may have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_works_is_opened_and_believes_the_configured_issuers),
        cmocka_unit_test(what_cannot_work_is_told_in_one_line),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

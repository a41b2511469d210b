#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void failed(const char *why)
{
    fail_msg("%s", why);
}

/* Short times out there, so that what is unknown is settled within a test. */
static const char *const quick[] = {"--outbound_timeout_ms",
                                    "1000",
                                    "--idporten_timeout_ms",
                                    "20000",
                                    "--outbound_rest_ms",
                                    "200",
                                    "--lease_s",
                                    "3",
                                    "--poll_ms",
                                    "200"};

struct browser *scene_browser(void)
{
    return browser_open(failed);
}

const char *scene_program(void)
{
    const char *program = getenv("SKJEMA_PROGRAM");
    if (!program)
        fail_msg("SKJEMA_PROGRAM is not set: run it with ctest");
    return program;
}

void scene_start_again(struct scene *scene)
{
    const char *words[COUNT(quick) + COUNT(scene->more)];
    memcpy(words, quick, sizeof quick);
    memcpy(words + COUNT(quick), scene->more, sizeof scene->more);
    if (!server_start(&scene->server, scene_program(), scene->forms, words))
        fail_msg("the program did not start");
    browser_close(&scene->walk.browser);
    scene->walk =
        (struct walk){.server = &scene->server, .browser = scene_browser(), .failed = failed};
}

int scene_set_up_folder(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    if (!scene)
        abort();
    scene->forms = "examples";
    server_make_folder(scene->server.data, sizeof scene->server.data);
    *state = scene;
    return 0;
}

int scene_set_up(void **state)
{
    scene_set_up_folder(state);
    scene_start_again(*state);
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *scene = *state;
    browser_close(&scene->walk.browser);
    int status = scene->server.process ? server_stop(&scene->server) : 0;
    server_remove_folder(scene->server.data);
    free(scene);
    return status; /* an unclean stop, a sanitizer's report among them, fails the test */
}

void scene_fill_hello(struct scene *scene, const char *name)
{
    struct browser *browser = scene->walk.browser;
    char url[256];
    snprintf(url, sizeof url, "%s/skjema/hello", scene->server.site);
    browser_visit(browser, url);
    if (browser_has_button(browser, "Logg inn og start")) {
        browser_press(browser, "Logg inn og start");
        walk_log_in(&scene->walk, name);
        browser_visit(browser, browser_address(browser));
    }
    if (browser_has_button(browser, "Start søknaden"))
        browser_press(browser, "Start søknaden");
    browser_fill(browser, "Navn", name);
    browser_fill(browser, "Melding", "Lyset ved skolen er borte.");
    browser_press(browser, "Neste steg");
}

void scene_upload(struct browser *browser, const char *label, const char *name)
{
    const char *content = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n";
    browser_choose_file(browser, label, name, "application/pdf", BYTES_OF(content));
    browser_press(browser, "Last opp val"); /* "valgt fil", "valgte filer", "vald fil" */
    scene_must_see(browser, name);
}

void scene_must_see(struct browser *browser, const char *text)
{
    if (!browser_sees(browser, text))
        fail_msg("\"%s\" is not on %s: %s", text, browser_address(browser), browser_text(browser));
}

void scene_must_not_see(struct browser *browser, const char *text)
{
    if (browser_sees(browser, text))
        fail_msg("\"%s\" is on %s: %s", text, browser_address(browser), browser_text(browser));
}

static void control(struct scene *scene, const char *what, const char *body)
{
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    char url[256];
    snprintf(url, sizeof url, "%s/control/%s", scene->server.postbox, what);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
}

void scene_let_id_porten_forget(struct scene *scene)
{
    control(scene, "advance", "seconds=1801");
}

void scene_fault(struct scene *scene, const char *fault, const char *on, int count)
{
    char body[256];
    snprintf(body, sizeof body, "fault=%s&count=%d%s%s", fault, count, on ? "&on=" : "",
             on ? on : "");
    control(scene, "fault", body);
}

const char *scene_reference(const struct scene *scene, struct arena *arena)
{
    static const char before[] = "Referanse ";
    const char *at = strstr(browser_text(scene->walk.browser), before);
    if (!at)
        fail_msg("the page tells no reference");
    at += sizeof before - 1;
    return arena_printf(arena, "%.*s", (int)strcspn(at, ". "), at);
}

void scene_wait_for_letters(struct scene *scene, const char *person, const char *title, int count,
                            int timeout_s)
{
    int64_t until = clock_monotonic_ms() + (int64_t)timeout_s * 1000;
    int letters = 0;
    while ((letters = walk_letters(&scene->walk, person, title, NULL, 0)) < count &&
           clock_monotonic_ms() < until)
        nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
    assert_int_equal(letters, count);
}

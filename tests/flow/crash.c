#include "tests/flow/crash.h"

#include "tests/flow/hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

/* Calls may take a second, a lease lasts for two, and after twice a call's time absence is sure. */
enum { LATER_MS = 3000, BACK_OFF_MS = 60000, SETTLES_MS = 3000, PAUSE_MS = 50, MOST_PAUSES = 8 };

static const char *const settings[] = {"--outbound_timeout_ms",
                                       "1000",
                                       "--idporten_timeout_ms",
                                       "20000",
                                       "--outbound_rest_ms",
                                       "1",
                                       "--lease_s",
                                       "2",
                                       "--poll_ms",
                                       "100",
                                       "--session_idle_s",
                                       "7200",
                                       "--drafts_an_hour",
                                       "1000000",
                                       "--uploads_an_hour",
                                       "1000000",
                                       "--submits_an_hour",
                                       "1000000",
                                       "--consents_an_hour",
                                       "1000000",
                                       "--logins_a_minute",
                                       "1000000",
                                       "--detours_a_minute",
                                       "1000000",
                                       "--citizen_bytes",
                                       "2000000000"};

void crash_give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    abort();
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        fail_msg("%s is not set: run it with ctest", name);
    return value;
}

void crash_open(struct crash *crash)
{
    *crash = (struct crash){.server.is_apart = true};
    struct server_under_test *server = &crash->server;
    server_make_folder(crash->base, sizeof crash->base);
    snprintf(server->data, sizeof server->data, "%s/data", crash->base);
    if (mkdir(server->data, 0700) != 0)
        fail_msg("no folder can be made in %s", crash->base);
    snprintf(server->preload, sizeof server->preload, "%s", from_environment("MISHAP_PRELOAD"));
    snprintf(server->mishap, sizeof server->mishap, "%s/mishap", crash->base);
    snprintf(server->sandbox_mishap, sizeof server->sandbox_mishap, "%s/mishap-sandbox",
             crash->base);
    snprintf(server->log, sizeof server->log, "%s/log", crash->base);
    crash->page = mishap_open(server->mishap);
    crash->sandbox_page = mishap_open(server->sandbox_mishap);
    ledger_open(&crash->ledger, server->data);
    sender_make_forms(crash->base, crash->forms, sizeof crash->forms);
}

void crash_close(struct crash *crash)
{
    server_kill(&crash->server);
    server_end_sandbox(&crash->server);
    mishap_close(&crash->page);
    mishap_close(&crash->sandbox_page);
    ledger_close(&crash->ledger);
    server_remove_folder(crash->base);
}

bool crash_starts(struct crash *crash)
{
    const char *words[COUNT(settings) + COUNT(crash->more) + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(settings); i++)
        words[count++] = settings[i];
    for (size_t i = 0; i < COUNT(crash->more) && crash->more[i]; i++)
        words[count++] = crash->more[i];
    return server_start(&crash->server, from_environment("SKJEMA_PROGRAM"), crash->forms, words);
}

void crash_start(struct crash *crash)
{
    if (!crash_starts(crash))
        fail_msg("the program did not start: see %s", crash->server.log);
}

void crash_start_ahead(struct crash *crash, int64_t by_ms)
{
    crash->page->ahead_ms += by_ms;
    crash->sandbox_page->ahead_ms += by_ms;
    crash_start(crash);
}

void crash_start_later(struct crash *crash)
{
    crash_start_ahead(crash, LATER_MS);
}

void crash_tell_sandbox(const struct crash *crash, const char *what, const char *body)
{
    struct browser *browser = browser_open(crash_give_up);
    char url[256];
    snprintf(url, sizeof url, "%s/control/%s", crash->server.postbox, what);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
    browser_close(&browser);
}

/* Waits while letters arrive. False: some wait for a later time. */
static bool wait_for_letters(struct crash *crash)
{
    struct hand hand;
    int64_t left = -1, before = -1;
    hand_reach_in(&crash->server, &hand);
    for (int idle_ms = 0; left != 0 && idle_ms < SETTLES_MS; idle_ms += PAUSE_MS) {
        left = hand_count(&hand, DB_SQL("SELECT count(*) FROM outbox WHERE state <> 'done'"),
                          DB_NO_VALUES);
        if (left != before)
            idle_ms = 0;
        before = left;
        if (left)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    hand_draw_back(&hand);
    return left == 0;
}

size_t crash_settle(struct crash *crash, const struct sender *senders, size_t count)
{
    for (int i = 0; i < MOST_PAUSES && !wait_for_letters(crash); i++) {
        assert_int_equal(server_stop(&crash->server), 0);
        crash_start_ahead(crash, BACK_OFF_MS);
    }
    assert_int_equal(server_stop(&crash->server), 0);
    const struct oracle oracle = {.server = &crash->server,
                                  .program = from_environment("SKJEMA_PROGRAM"),
                                  .senders = senders,
                                  .sender_count = count,
                                  .ledger = &crash->ledger};
    return oracle_ask(&oracle);
}

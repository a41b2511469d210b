#include "tests/flow/killing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum {
    WRITES = 3,
    EACH = 4,
    LETTER_MS = 10000,
    STRIKE_MS = 3000,
    STILL_MS = 120,
    LONG_STILL_MS = 250
};

static void wait_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

void killing_open(struct killing *killing, const char *channel, const struct act *act)
{
    *killing = (struct killing){.act = act};
    crash_open(&killing->crash);
    killing->page = killing->crash.page;
    killing->crash.more[0] = "--channels";
    killing->crash.more[1] = channel;
    crash_start(&killing->crash);
    sender_open(&killing->sender, &killing->crash.server, "Ingrid Fjeld", crash_give_up);
}

void killing_close(struct killing *killing)
{
    sender_close(&killing->sender);
    crash_close(&killing->crash);
}

void killing_fill_in(struct killing *killing)
{
    if (!sender_prepare(&killing->sender))
        fail_msg("no application could be filled in: status %d",
                 browser_status(killing->sender.browser));
}

void killing_wait_for_letters(struct killing *killing)
{
    if (!ledger_wait(&killing->crash.ledger, killing->letters, LETTER_MS))
        fail_msg("%zu letters have come, of %zu", killing->crash.ledger.messages, killing->letters);
}

/* ---- one process after another ---- */

static int64_t all_calls(const struct mishap *page)
{
    int64_t all = 0;
    for (int i = 0; i < MISHAP_KINDS; i++)
        all += page->calls[i];
    return all;
}

/* Until the program has made no call for a while, or was killed. */
static bool wait_until_still(struct killing *killing)
{
    const struct mishap *site = killing->crash.page;
    int64_t before = -1;
    int long_enough_ms = getenv("EVERY_POINT") ? LONG_STILL_MS : STILL_MS;
    for (int still_ms = 0, waited_ms = 0; still_ms < long_enough_ms && waited_ms < STRIKE_MS;
         still_ms += 5, waited_ms += 5) {
        if (killing->page->has_struck)
            return true;
        if (all_calls(site) != before)
            still_ms = 0;
        before = all_calls(site);
        wait_ms(5);
    }
    return killing->page->has_struck;
}

/* In front of the act, with all letters of before there, so that what is counted now is this
 * one's. For every point in a process that has just begun and has no connections yet, so that each
 * does the same. */
static void begin_anew(struct killing *killing)
{
    killing_wait_for_letters(killing);
    if (getenv("EVERY_POINT")) {
        wait_until_still(killing);
        server_kill(&killing->crash.server);
        crash_start(&killing->crash);
    }
    killing->act->prepare(killing);
    killing_wait_for_letters(killing);
    wait_until_still(killing);
}

static void count_calls(struct killing *killing)
{
    killing->act->prepare(killing);
    killing->act->insist(killing, killing->act->perform(killing));
    begin_anew(killing);
    mishap_count(killing->page);
    assert_true(killing->act->perform(killing));
    killing_wait_for_letters(killing);
    wait_until_still(killing);
    for (int i = 0; i < MISHAP_KINDS; i++)
        killing->calls[i] = killing->page->calls[i];
}

/* A command that was killed leaves the site as it is. */
static void raise_from_the_dead(struct killing *killing)
{
    int status;
    if (killing->page != killing->crash.page)
        return;
    assert_true(server_died(&killing->crash.server, STRIKE_MS, &status));
    crash_start_later(&killing->crash);
}

static void kill_at(struct killing *killing, enum mishap_kind kind, int64_t at,
                    enum mishap_moment moment)
{
    begin_anew(killing);
    mishap_arm(killing->page, kind, at, moment);
    bool acknowledged = killing->act->perform(killing);
    bool struck = wait_until_still(killing);
    mishap_count(killing->page); /* which takes the order back */
    killing->tried++;
    if (struck) {
        killing->struck[kind]++;
        killing->struck_count++;
        raise_from_the_dead(killing);
    }
    killing->act->insist(killing, acknowledged);
}

/* ---- all of them ---- */

/* In a sample: of writes, of which there are many, a few; of the rest every fourth point, another
 * fourth for each offset. */
static bool is_wanted(const struct killing *killing, enum mishap_kind kind, int64_t number,
                      int64_t offset)
{
    if (getenv("EVERY_POINT"))
        return true;
    if (kind == MISHAP_WRITE)
        return number % (killing->calls[kind] * MISHAP_MOMENTS / WRITES + 1) == offset;
    return number % EACH == offset;
}

static void kill_at_all(struct killing *killing, int64_t offset)
{
    for (int kind = 0; kind < MISHAP_KINDS; kind++)
        for (int64_t at = 1, number = 0; at <= killing->calls[kind]; at++)
            for (int moment = 0; moment < MISHAP_MOMENTS; moment++) {
                bool has_halves = kind == MISHAP_WRITE || kind == MISHAP_SEND;
                if (moment == MISHAP_HALFWAY && !has_halves)
                    continue;
                if (is_wanted(killing, (enum mishap_kind)kind, number++, offset))
                    kill_at(killing, (enum mishap_kind)kind, at, (enum mishap_moment)moment);
            }
}

static void report(const struct killing *killing, size_t submissions)
{
    for (int i = 0; i < MISHAP_KINDS; i++)
        print_message("%s: %lld calls, killed at %zu\n", mishap_kind_name((enum mishap_kind)i),
                      (long long)killing->calls[i], killing->struck[i]);
    print_message("%zu points, killed at %zu of them, %zu submissions and %zu letters, each once\n",
                  killing->tried, killing->struck_count, submissions, killing->letters);
}

void killing_everywhere(struct killing *killing, int64_t offset, size_t *submissions)
{
    count_calls(killing);
    kill_at_all(killing, offset);
    killing_wait_for_letters(killing);
    *submissions = crash_settle(&killing->crash, &killing->sender, 1);
    report(killing, *submissions);
    assert_int_equal(*submissions, killing->sender.count);
    assert_int_equal(killing->crash.ledger.messages, killing->letters);
    assert_true(killing->struck_count * 2 >= killing->tried);
}

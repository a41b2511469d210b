/* The disk is full, cannot keep what it was given, the clock is set, there is no memory: no lie, no
 * crash loop, and it is over when the cause is (security.md D-6, D-12; reliability.md,
 * */
#include "tests/flow/crash.h"

#include "tests/flow/hand.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

enum {
    EVERY_CALL = 1000000000,
    SYNCS = 4,       /* of one application and its letter: one, and three for the letter */
    ALLOCATIONS = 6, /* that are refused in turn, spread over one application */
    LETTER_MS = 15000,
    DIED_MS = 5000,
    LIVES_MS = 300,
    MINUTE_MS = 60000,
    HOUR_MS = 3600000,
};

struct trouble {
    struct crash crash;
    struct sender sender;
};

static int set_up(void **state)
{
    struct trouble *trouble = calloc(1, sizeof *trouble);
    assert_non_null(trouble);
    crash_open(&trouble->crash);
    crash_start(&trouble->crash);
    sender_open(&trouble->sender, &trouble->crash.server, "Ingrid Fjeld", crash_give_up);
    *state = trouble;
    return 0;
}

static int tear_down(void **state)
{
    struct trouble *trouble = *state;
    sender_close(&trouble->sender);
    crash_close(&trouble->crash);
    free(trouble);
    return 0;
}

static void prepare(struct trouble *trouble)
{
    if (!sender_prepare(&trouble->sender))
        fail_msg("no application could be filled in: status %d",
                 browser_status(trouble->sender.browser));
}

static void letters_must_come(struct trouble *trouble)
{
    if (!ledger_wait(&trouble->crash.ledger, trouble->sender.count, LETTER_MS))
        fail_msg("%zu letters have come, of %zu", trouble->crash.ledger.messages,
                 trouble->sender.count);
}

static void nothing_is_lost(struct trouble *trouble)
{
    letters_must_come(trouble);
    size_t submissions = crash_settle(&trouble->crash, &trouble->sender, 1);
    assert_int_equal(submissions, trouble->sender.count);
}

static bool lives(const struct trouble *trouble)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)trouble->crash.server.process, &info, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           info.si_pid == 0;
}

/* ---- a full disk ---- */

static void visit_front_page(struct trouble *trouble)
{
    browser_visit(trouble->sender.browser, trouble->crash.server.site);
    assert_int_equal(browser_status(trouble->sender.browser), 200);
}

static void d_6_a_full_disk_is_told_and_over_when_there_is_room(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    prepare(trouble);
    mishap_fail(page, MISHAP_WRITE, 0, ENOSPC, EVERY_CALL);
    assert_false(sender_send(&trouble->sender));
    assert_int_equal(browser_status(trouble->sender.browser), 503);
    assert_non_null(browser_header(trouble->sender.browser, "Retry-After"));
    visit_front_page(trouble);

    mishap_fail(page, MISHAP_WRITE, 0, 0, 0);
    assert_true(sender_send(&trouble->sender));
    assert_true(lives(trouble));
    nothing_is_lost(trouble);
}

/* At any of its writes the one transaction comes to nothing, and the next try is the first. */
static void d_6_a_disk_that_fills_up_in_the_middle_leaves_no_half(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    prepare(trouble);
    for (int passes = 1; passes < 60; passes += 7) {
        mishap_fail(page, MISHAP_WRITE, passes, ENOSPC, EVERY_CALL);
        bool acknowledged = sender_send(&trouble->sender);
        mishap_fail(page, MISHAP_WRITE, 0, 0, 0);
        if (acknowledged) /* there was room for all of it */
            prepare(trouble);
        else
            assert_int_equal(browser_status(trouble->sender.browser), 503);
    }
    assert_true(sender_send(&trouble->sender));
    nothing_is_lost(trouble);
}

static void d_6_a_letter_waits_for_room_on_the_disk_and_comes_once(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    prepare(trouble);
    crash_tell_sandbox(&trouble->crash, "dedupe", "value=no");
    crash_tell_sandbox(&trouble->crash, "fault", "fault=slow&count=1&on=ENTRY_POINT");
    assert_true(sender_send(&trouble->sender));
    mishap_fail(page, MISHAP_WRITE, 0, ENOSPC, EVERY_CALL);
    nanosleep(&(struct timespec){.tv_sec = 3}, NULL); /* the lease runs out meanwhile */
    mishap_fail(page, MISHAP_WRITE, 0, 0, 0);
    assert_true(lives(trouble));
    nothing_is_lost(trouble);
}

/* ---- a disk that does not keep what it was given ---- */

/* Linux tells once that it has lost something: whoever asks again is told that all is well. */
static void d_6_an_fsync_that_fails_ends_the_process_and_nothing_is_acknowledged_after(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    for (int sync = 0; sync < SYNCS; sync++) {
        int status;
        prepare(trouble);
        mishap_fail(page, MISHAP_SYNC, sync, EIO, 1);
        bool acknowledged = sender_send(&trouble->sender);
        if (!server_died(&trouble->crash.server, DIED_MS, &status))
            fail_msg("%s fsync number %d %s",
                     page->failures[MISHAP_SYNC] ? "no" : "it goes on after", sync + 1,
                     page->failures[MISHAP_SYNC] ? "came" : "failed");
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
        assert_int_equal(page->calls_after_failure[MISHAP_SYNC], 0);
        assert_true(sync > 0 || !acknowledged);

        mishap_fail(page, MISHAP_SYNC, 0, 0, 0);
        crash_start_later(&trouble->crash);
        if (!acknowledged)
            assert_true(sender_send(&trouble->sender));
        letters_must_come(trouble);
    }
    nothing_is_lost(trouble);
}

static void d_6_it_does_not_start_when_the_first_thing_it_keeps_is_not_kept(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    assert_int_equal(server_stop(&trouble->crash.server), 0);
    mishap_fail(page, MISHAP_SYNC, 0, EIO, 1);
    assert_false(crash_starts(&trouble->crash));
    assert_int_equal(page->failures[MISHAP_SYNC], 0);
    assert_int_equal(page->calls_after_failure[MISHAP_SYNC], 0);
    crash_start(&trouble->crash);
    prepare(trouble);
    assert_true(sender_send(&trouble->sender));
    nothing_is_lost(trouble);
}

/* ---- the clock ---- */

static bool log_says(const struct trouble *trouble, const char *text)
{
    FILE *log = fopen(trouble->crash.server.log, "re");
    char line[1024];
    bool found = false;
    assert_non_null(log);
    while (!found && fgets(line, sizeof line, log))
        found = strstr(line, text) != NULL;
    fclose(log);
    return found;
}

/* While a letter is on its way, which takes longer than its call may. The postbox, whose clock is
 * right, takes nothing that is dated so, until somebody sets ours right again. */
static void set_clock_while_delivering(struct trouble *trouble, int64_t by_ms)
{
    prepare(trouble);
    crash_tell_sandbox(&trouble->crash, "fault", "fault=slow&count=1&on=CREATE_MESSAGE");
    assert_true(sender_send(&trouble->sender));
    nanosleep(&(struct timespec){.tv_nsec = 300000000L}, NULL);
    trouble->crash.page->ahead_ms = by_ms;
    nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 500000000L}, NULL); /* over a lease */
    trouble->crash.page->ahead_ms = 0;
    letters_must_come(trouble);
}

static void d_12_whatever_the_clock_is_set_to_a_letter_comes_once(void **state)
{
    static const int64_t jumps[] = {10 * MINUTE_MS, -10 * MINUTE_MS, 25 * (int64_t)HOUR_MS,
                                    -25 * (int64_t)HOUR_MS};
    struct trouble *trouble = *state;
    crash_tell_sandbox(&trouble->crash, "dedupe", "value=no");
    for (size_t i = 0; i < COUNT(jumps); i++)
        set_clock_while_delivering(trouble, jumps[i]);
    nothing_is_lost(trouble);
    assert_false(log_says(trouble, "taken over by another worker")); /* no lease was stolen */
}

/* ---- memory ---- */

static int64_t allocations_of_one(struct trouble *trouble)
{
    struct mishap *page = trouble->crash.page;
    prepare(trouble);
    page->allocations = 0;
    page->allocation_at = INT64_MAX;
    assert_true(sender_send(&trouble->sender));
    int64_t count = page->allocations;
    page->allocation_at = 0;
    letters_must_come(trouble);
    return count;
}

/* What needs memory and gets none ends the process; what can do without says no. */
static void d_6_without_memory_it_ends_or_says_no_and_nothing_is_lost(void **state)
{
    struct trouble *trouble = *state;
    struct mishap *page = trouble->crash.page;
    const int64_t count = allocations_of_one(trouble);
    size_t died = 0;
    const int64_t step = getenv("EVERY_POINT") ? 1 : count / ALLOCATIONS + 1;
    for (int64_t at = 1; at <= count; at += step) {
        int status;
        prepare(trouble);
        page->allocations = 0;
        page->allocation_at = at;
        bool acknowledged = sender_send(&trouble->sender);
        bool ended = server_died(&trouble->crash.server, acknowledged ? 20 : LIVES_MS, &status);
        page->allocation_at = 0;
        died += ended;
        if (ended)
            crash_start_later(&trouble->crash);
        if (!acknowledged)
            assert_true(sender_send(&trouble->sender));
        letters_must_come(trouble);
    }
    print_message("%lld allocations of one application; without one of them it ended %zu times\n",
                  (long long)count, died);
    nothing_is_lost(trouble);
}

int main(void)
{
#define IN_TROUBLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_TROUBLE(d_6_a_full_disk_is_told_and_over_when_there_is_room),
        IN_TROUBLE(d_6_a_disk_that_fills_up_in_the_middle_leaves_no_half),
        IN_TROUBLE(d_6_a_letter_waits_for_room_on_the_disk_and_comes_once),
        IN_TROUBLE(d_6_an_fsync_that_fails_ends_the_process_and_nothing_is_acknowledged_after),
        IN_TROUBLE(d_6_it_does_not_start_when_the_first_thing_it_keeps_is_not_kept),
        IN_TROUBLE(d_12_whatever_the_clock_is_set_to_a_letter_comes_once),
        IN_TROUBLE(d_6_without_memory_it_ends_or_says_no_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

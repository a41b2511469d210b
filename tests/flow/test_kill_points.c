/* One application and its letter, killed at every call that leaves the process: before it, halfway
 * through it, after it. See mishap.h for the calls. Without EVERY_POINT in the environment, a
 * spread sample of them. */
#include "tests/flow/crash.h"

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

struct killing {
    struct crash crash;
    struct sender sender;
    int64_t calls[MISHAP_KINDS]; /* that one application and its letter take */
    size_t struck[MISHAP_KINDS], struck_count, tried;
    int64_t offset; /* of the sample */
};

static void wait_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void open_killing(struct killing *killing, const char *channel)
{
    *killing = (struct killing){0};
    crash_open(&killing->crash);
    killing->crash.more[0] = "--channels";
    killing->crash.more[1] = channel;
    crash_start(&killing->crash);
    sender_open(&killing->sender, &killing->crash.server, "Ingrid Fjeld", crash_give_up);
}

static void close_killing(struct killing *killing)
{
    sender_close(&killing->sender);
    crash_close(&killing->crash);
}

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
    struct mishap *page = killing->crash.page;
    int64_t before = -1;
    int long_enough_ms = getenv("EVERY_POINT") ? LONG_STILL_MS : STILL_MS;
    for (int still_ms = 0, waited_ms = 0; still_ms < long_enough_ms && waited_ms < STRIKE_MS;
         still_ms += 5, waited_ms += 5) {
        if (page->has_struck)
            return true;
        if (all_calls(page) != before)
            still_ms = 0;
        before = all_calls(page);
        wait_ms(5);
    }
    return page->has_struck;
}

static void prepare(struct killing *killing)
{
    if (!sender_prepare(&killing->sender))
        fail_msg("no application could be filled in: status %d",
                 browser_status(killing->sender.browser));
}

/* All letters of before are there, so that what is counted now is this one's. */
static void letters_must_come(struct killing *killing)
{
    if (!ledger_wait(&killing->crash.ledger, killing->sender.count, LETTER_MS))
        fail_msg("%zu letters have come, of %zu", killing->crash.ledger.messages,
                 killing->sender.count);
}

/* A process that has just begun and has no connections yet, so that each does the same; in front of
 * "Send". */
static void begin_anew(struct killing *killing)
{
    letters_must_come(killing);
    wait_until_still(killing);
    server_kill(&killing->crash.server);
    crash_start(&killing->crash);
    prepare(killing);
    wait_until_still(killing);
}

static void count_calls(struct killing *killing)
{
    prepare(killing);
    assert_true(sender_send(&killing->sender));
    begin_anew(killing);
    mishap_count(killing->crash.page);
    assert_true(sender_send(&killing->sender));
    letters_must_come(killing);
    wait_until_still(killing);
    for (int i = 0; i < MISHAP_KINDS; i++)
        killing->calls[i] = killing->crash.page->calls[i];
}

/* The person presses "Send", and does so again where there was no answer. */
static void send_until_acknowledged(struct killing *killing, bool acknowledged)
{
    if (acknowledged)
        assert_true(sender_repeat(&killing->sender));
    else if (!sender_send(&killing->sender))
        fail_msg("sent again it was answered with %d", browser_status(killing->sender.browser));
    assert_true(sender_take_receipt(&killing->sender));
}

static void kill_at(struct killing *killing, enum mishap_kind kind, int64_t at,
                    enum mishap_moment moment)
{
    int status;
    begin_anew(killing);
    mishap_arm(killing->crash.page, kind, at, moment);
    bool acknowledged = sender_send(&killing->sender);
    bool struck = wait_until_still(killing);
    mishap_count(killing->crash.page); /* which takes the order back */
    killing->tried++;
    if (struck) {
        killing->struck[kind]++;
        killing->struck_count++;
        assert_true(server_died(&killing->crash.server, STRIKE_MS, &status));
        crash_start_later(&killing->crash);
    }
    send_until_acknowledged(killing, acknowledged);
}

/* In a sample: of writes, of which there are many, a few; of the rest every fourth point, another
 * fourth in each test. */
static bool is_wanted(const struct killing *killing, enum mishap_kind kind, int64_t number)
{
    if (getenv("EVERY_POINT"))
        return true;
    if (kind == MISHAP_WRITE)
        return number % (killing->calls[kind] * MISHAP_MOMENTS / WRITES + 1) == killing->offset;
    return number % EACH == killing->offset;
}

static void kill_at_all(struct killing *killing)
{
    for (int kind = 0; kind < MISHAP_KINDS; kind++)
        for (int64_t at = 1, number = 0; at <= killing->calls[kind]; at++)
            for (int moment = 0; moment < MISHAP_MOMENTS; moment++) {
                bool has_halves = kind == MISHAP_WRITE || kind == MISHAP_SEND;
                if (moment == MISHAP_HALFWAY && !has_halves)
                    continue;
                if (is_wanted(killing, (enum mishap_kind)kind, number++))
                    kill_at(killing, (enum mishap_kind)kind, at, (enum mishap_moment)moment);
            }
}

static void report(const struct killing *killing, size_t submissions)
{
    for (int i = 0; i < MISHAP_KINDS; i++)
        print_message("%s: %lld calls, killed at %zu\n", mishap_kind_name((enum mishap_kind)i),
                      (long long)killing->calls[i], killing->struck[i]);
    print_message("%zu points, killed at %zu of them, %zu submissions, each there once\n",
                  killing->tried, killing->struck_count, submissions);
}

static void kill_everywhere(const char *channel, const char *deduplicates, int64_t offset)
{
    struct killing killing;
    open_killing(&killing, channel);
    killing.offset = offset;
    crash_tell_sandbox(&killing.crash, "dedupe", deduplicates);
    count_calls(&killing);
    kill_at_all(&killing);
    letters_must_come(&killing);
    size_t submissions = crash_settle(&killing.crash, &killing.sender, 1);
    report(&killing, submissions);
    assert_int_equal(submissions, killing.sender.count);
    assert_true(killing.struck_count * 2 >= killing.tried);
    assert_true(killing.struck[MISHAP_SYNC] && killing.struck[MISHAP_WRITE] &&
                killing.struck[MISHAP_SEND] && killing.struck[MISHAP_RECEIVE]);
    close_killing(&killing);
}

static void d_8_killed_at_any_call_nothing_is_lost_and_nothing_comes_twice(void **state)
{
    (void)state;
    kill_everywhere("digipost", "value=yes", 0);
}

static void d_9_nor_when_the_postbox_takes_the_same_letter_twice(void **state)
{
    (void)state;
    kill_everywhere("digipost", "value=no", 1);
}

static void d_9_nor_when_it_goes_by_digital_post(void **state)
{
    (void)state;
    kill_everywhere("dpi", "value=no", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d_8_killed_at_any_call_nothing_is_lost_and_nothing_comes_twice),
        cmocka_unit_test(d_9_nor_when_the_postbox_takes_the_same_letter_twice),
        cmocka_unit_test(d_9_nor_when_it_goes_by_digital_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

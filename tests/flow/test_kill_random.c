/* Eight people send applications with documents, one after another, and the program is killed again
 * and again at times that a seed decides; they try again. Every second time the postbox takes the
 * same letter twice. In the environment, for longer runs: KILLS (25), KILL_SEED (1), KILL_MOST_MS
 * from start to kill (300). */
#include "tests/flow/crash.h"
#include "tests/flow/senders.h"

#include "engine/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { LEAST_MS = 20, MOST_MS = 300 };

struct chance {
    uint64_t seed;
    int most_ms;
};

/* Knuth's MMIX. */
static int next_ms(struct chance *chance)
{
    chance->seed = chance->seed * 6364136223846793005U + 1442695040888963407U;
    return LEAST_MS + (int)(chance->seed >> 33) % (chance->most_ms - LEAST_MS);
}

static long number_in(const char *name, long other)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : other;
}

/* Letters go by Digipost and by Digital post, and what began by one is ended by it. */
static void prefer(struct crash *crash, bool digipost)
{
    crash->more[0] = "--channels";
    crash->more[1] = digipost ? "digipost dpi" : "dpi digipost";
}

static void kill_and_start(struct crash *crash, struct chance *chance)
{
    int ms = next_ms(chance);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
    server_kill(&crash->server);
    crash_start_later(crash);
}

static void
d_3_killed_at_any_time_under_load_all_that_was_acknowledged_is_delivered_once(void **state)
{
    (void)state;
    struct crash crash;
    struct senders senders;
    const long kills = number_in("KILLS", 25);
    struct chance chance = {(uint64_t)number_in("KILL_SEED", 1),
                            (int)number_in("KILL_MOST_MS", MOST_MS)};
    int64_t began_ms = clock_monotonic_ms();
    crash_open(&crash);
    prefer(&crash, true);
    crash_start(&crash);
    senders_start(&senders, &crash.server);
    for (long i = 0; i < kills; i++) {
        crash_tell_sandbox(&crash, "dedupe", i % 2 ? "value=no" : "value=yes");
        prefer(&crash, i % 4 < 2);
        kill_and_start(&crash, &chance);
    }
    senders_finish(&senders);
    size_t acknowledged = senders_acknowledged(&senders);
    size_t stored = crash_settle(&crash, senders.at, SENDERS);
    print_message("%ld kills, %zu acknowledged, %zu stored, %zu letters, each there once; %lld s\n",
                  kills, acknowledged, stored, crash.ledger.messages,
                  (long long)(clock_monotonic_ms() - began_ms) / 1000);
    assert_int_equal(stored, acknowledged);
    assert_true(stored >= (size_t)kills / 2);
    senders_close(&senders);
    crash_close(&crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            d_3_killed_at_any_time_under_load_all_that_was_acknowledged_is_delivered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

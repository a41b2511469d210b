/* Eight people send applications with documents, one after another, and the program is killed again
 * and again at times that a seed decides; they try again. Every second time the postbox takes the
 * same letter twice. In the environment, for longer runs: KILLS (25), KILL_SEED (1), KILL_MOST_MS
 * from start to kill (300), KILL_DEDUPE=yes or no for all of them. */
#include "tests/flow/crash.h"

#include "engine/base/clock.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { PEOPLE = 8, LEAST_MS = 20, MOST_MS = 300, REST_MS = 10, DIED_MS = 5000 };

static const char *const names[PEOPLE] = {"Ingrid Fjeld",   "Jonas Lie Berg", "Oddny Hauge",
                                          "Gerd Nilsen",    "Siri Vik",       "Ingrid Fjeld",
                                          "Jonas Lie Berg", "Oddny Hauge"};

static atomic_bool is_over;

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

static void wait_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* Sends until it is over, and what was pressed by then until it is acknowledged. */
static void *go_on_sending(void *context)
{
    struct sender *sender = context;
    while (!atomic_load(&is_over) || (sender->is_ready && sender->has_pressed)) {
        bool went_well = sender->is_ready ? sender_send(sender) : sender_prepare(sender);
        if (!went_well)
            wait_ms(REST_MS);
    }
    return NULL;
}

static long number_in(const char *name, long other)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : other;
}

static void kill_and_start(struct crash *crash, struct chance *chance)
{
    wait_ms(next_ms(chance));
    server_kill(&crash->server);
    crash_start_later(crash);
}

static size_t acknowledged(const struct sender *senders)
{
    size_t count = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        count += senders[i].count;
    return count;
}

/* Others' ways to be killed than this one leave less to chance: test_kill_points. */
static void
d_3_killed_at_any_time_under_load_all_that_was_acknowledged_is_delivered_once(void **state)
{
    (void)state;
    struct crash crash;
    struct sender senders[PEOPLE];
    pthread_t threads[PEOPLE];
    const long kills = number_in("KILLS", 25);
    struct chance chance = {(uint64_t)number_in("KILL_SEED", 1),
                            (int)number_in("KILL_MOST_MS", MOST_MS)};
    const char *dedupe = getenv("KILL_DEDUPE");
    int64_t began_ms = clock_monotonic_ms();
    xmlInitParser();
    atomic_store(&is_over, false);
    crash_open(&crash);
    crash_start(&crash);
    for (size_t i = 0; i < PEOPLE; i++) {
        sender_open(&senders[i], &crash.server, names[i], crash_give_up);
        pthread_create(&threads[i], NULL, go_on_sending, &senders[i]);
    }
    for (long i = 0; i < kills; i++) {
        bool once = dedupe ? dedupe[0] != 'n' : i % 2 == 0;
        crash_tell_sandbox(&crash, "dedupe", once ? "value=yes" : "value=no");
        kill_and_start(&crash, &chance);
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < PEOPLE; i++)
        pthread_join(threads[i], NULL);
    size_t submissions = crash_settle(&crash, senders, PEOPLE);
    print_message("%ld kills, %zu acknowledged, %zu stored, %zu letters, each there once; %lld s\n",
                  kills, acknowledged(senders), submissions, crash.ledger.messages,
                  (long long)(clock_monotonic_ms() - began_ms) / 1000);
    assert_int_equal(submissions, acknowledged(senders));
    assert_true(submissions >= (size_t)kills / 2);
    for (size_t i = 0; i < PEOPLE; i++)
        sender_close(&senders[i]);
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

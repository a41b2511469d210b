/* Both ways for letters misbehave in every way they know while eight people send: the pages answer
 * as ever, and in the end each letter is there once. LETTERS in the environment for more than
 * forty. What would take hours is given by setting both clocks ahead between starts. */
#include "tests/flow/crash.h"
#include "tests/flow/hand.h"
#include "tests/flow/senders.h"

#include "storage/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum {
    LETTERS = 40,
    BAD_ROUNDS = 4,
    MOST_ROUNDS = 40,      /* of a quarter of an hour: less than the day after which the */
    ROUND_MS = 16 * 60000, /* unknown is given up (D-8), so what is given up was refused */
    WAIT_MS = 1000,
    PAUSE_MS = 50,
};

static int64_t count_under_way(struct crash *crash)
{
    struct hand hand;
    hand_reach_in(&crash->server, &hand);
    int64_t count =
        hand_count(&hand, DB_SQL("SELECT count(*) FROM outbox WHERE state NOT IN ('done', 'dead')"),
                   DB_NO_VALUES);
    hand_draw_back(&hand);
    return count;
}

/* What can be done now is done; then it is a quarter of an hour later. False: nothing is left. */
static bool do_a_round(struct crash *crash)
{
    for (int ms = 0; ms < WAIT_MS && count_under_way(crash); ms += PAUSE_MS)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    if (!count_under_way(crash))
        return false;
    assert_int_equal(server_stop(&crash->server), 0);
    crash_start_ahead(crash, ROUND_MS);
    return true;
}

/* As an operator does. How many there were. */
static size_t retry_what_was_refused(struct crash *crash)
{
    struct hand hand;
    struct error err;
    hand_reach_in(&crash->server, &hand);
    struct db_rows *rows =
        hand_ask(&hand, DB_SQL("SELECT id FROM outbox WHERE state = 'dead'"), DB_NO_VALUES);
    size_t count = db_count(rows);
    while (db_next(rows))
        if (!outbox_retry(hand.db, db_text(rows, 0), &err))
            fail_msg("%s", err.text);
    hand_draw_back(&hand);
    return count;
}

static void people_send(struct crash *crash, struct senders *senders, size_t letters)
{
    senders_start(senders, &crash->server);
    while (senders_acknowledged(senders) < letters)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    senders_finish(senders);
}

static size_t faults_of(const struct ledger *ledger)
{
    size_t found = 0;
    for (size_t i = 0; i < ledger->count; i++)
        found += *ledger->entries[i].fault != '\0';
    return found;
}

static void d_8_while_everything_out_there_misbehaves_people_send_on(void **state)
{
    (void)state;
    struct crash crash;
    struct senders senders;
    const char *wanted = getenv("LETTERS");
    const size_t letters = wanted ? strtoul(wanted, NULL, 10) : LETTERS;
    int rounds = 0;
    crash_open(&crash);
    crash.more[0] = "--channels";
    crash.more[1] = "dpi digipost";
    crash_start(&crash);
    crash_tell_sandbox(&crash, "dedupe", "value=no");
    crash_tell_sandbox(&crash, "mix", "percent=20&seed=3");
    people_send(&crash, &senders, letters);
    for (int i = 0; i < BAD_ROUNDS; i++)
        do_a_round(&crash);
    crash_tell_sandbox(&crash, "mix", "percent=0&seed=0");
    while (rounds < MOST_ROUNDS && do_a_round(&crash))
        rounds++;
    size_t refused = retry_what_was_refused(&crash);
    size_t stored = crash_settle(&crash, senders.at, SENDERS);
    print_message("%zu sent, each there once; %zu faults, %zu refused for good and retried, %d "
                  "rounds after it was well\n",
                  stored, faults_of(&crash.ledger), refused, rounds);
    assert_int_equal(stored, senders_acknowledged(&senders));
    assert_true(faults_of(&crash.ledger) >= letters / 10);
    senders_close(&senders);
    crash_close(&crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d_8_while_everything_out_there_misbehaves_people_send_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

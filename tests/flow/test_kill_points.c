/* One application and its letter, killed at every call that leaves the process (killing.h). */
#include "tests/flow/killing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool send_one(struct killing *killing)
{
    bool acknowledged = sender_send(&killing->sender);
    killing->letters = killing->sender.count;
    return acknowledged;
}

/* The person presses "Send", and does so again where there was no answer. */
static void send_until_acknowledged(struct killing *killing, bool acknowledged)
{
    if (acknowledged)
        assert_true(sender_repeat(&killing->sender));
    else if (!send_one(killing))
        fail_msg("sent again it was answered with %d", browser_status(killing->sender.browser));
    assert_true(sender_take_receipt(&killing->sender));
}

static const struct act sending = {killing_fill_in, send_one, send_until_acknowledged};

static void kill_everywhere(const char *channel, const char *deduplicates, int64_t offset)
{
    struct killing killing;
    size_t submissions;
    killing_open(&killing, channel, &sending);
    crash_tell_sandbox(&killing.crash, "dedupe", deduplicates);
    killing_everywhere(&killing, offset, &submissions);
    assert_true(killing.struck[MISHAP_SYNC] && killing.struck[MISHAP_WRITE] &&
                killing.struck[MISHAP_SEND] && killing.struck[MISHAP_RECEIVE]);
    killing_close(&killing);
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

/* test_sandbox_dpi.c - corner 2 and the mailboxes behind it: what becomes of a letter, and of its
 * receipts. */
#include "parcel.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static int open_fixture(void **state)
{
    static struct asker asker;
    asker_open(&asker, false);
    parcel_prepare(&asker);
    *state = &asker;
    return 0;
}

static int close_fixture(void **state)
{
    asker_close(*state);
    return 0;
}

static const char *body_of(struct asker *asker, const struct fetch_answer *answer)
{
    return arena_text_of(asker->arena, answer->body);
}

static void send(struct parcel *parcel, const char *query)
{
    struct fetch_answer answer = parcel_post(parcel, query);
    if (answer.status != 201)
        fail_msg("%d %s", answer.status, body_of(parcel->asker, &answer));
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void a_letter_reaches_either_mailbox_and_its_receipt_comes_back(void **state)
{
    struct asker *asker = *state;
    for (int i = 0; i < 2; i++) {
        struct parcel parcel;
        parcel_open(&parcel, asker);
        if (i == 1)
            parcel_to_lise(&parcel);
        parcel_make(&parcel);

        send(&parcel, "?kanal=Prove");

        const char *receipt = parcel_receipt(asker);
        assert_has(receipt, "\"type\":\"leveringskvittering\"");
        assert_has(receipt, parcel.conversation_id);
        assert_string_equal(parcel_receipt(asker), "");
        parcel_close(&parcel);
    }
}

int main(void)
{
    if (system("command -v xmlsec1 >/dev/null && command -v openssl >/dev/null") != 0) {
        print_message("skipped: xmlsec1 or openssl is not here\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_reaches_either_mailbox_and_its_receipt_comes_back),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}

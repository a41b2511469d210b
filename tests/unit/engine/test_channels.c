/* test_channels.c - which way a letter goes: every answer of the register, with every answer of two
 * channels, and what an earlier attempt took. */
#include "tests/unit/storage/postbox/postman.h"

#include "engine/base/text.h"
#include "engine/channels.h"
#include "storage/registers/krr_mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define PID "15838530181"
#define ASKED "POST /rest/v2/personer"

enum reach { YES, NO, SILENT, REACHES };
enum krr { NOT_ASKED, AT_DIGIPOST, AT_E_BOKS, NONE, RESERVED, DOWN, ANSWERS };

static bool reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err)
{
    (void)arena, (void)recipient;
    enum reach reach = *(enum reach *)self;
    *out = reach == YES;
    return reach != SILENT || error_set(err, ERROR_UNAVAILABLE, "silent, as told by the test");
}

struct world {
    struct arena *arena;
    struct postman *postman;
    struct register_settings settings;
    enum reach first_reach, second_reach, print_reach;
    struct postbox first, second, print;
    struct channels channels;
    struct postbox_letter letter;
};

static int set_up(void **state)
{
    struct arena *arena = arena_open();
    struct world *world = ARENA_NEW(arena, struct world);
    world->arena = arena;
    world->postman = postman_open();
    world->settings = (struct register_settings){.base_url = postman_url(world->postman),
                                                 .bearer_token = "t",
                                                 .allow_private = true,
                                                 .timeout_ms = 5000};
    world->first =
        (struct postbox){.name = "first", .self = &world->first_reach, .reaches = reaches};
    world->second = (struct postbox){.name = "second",
                                     .takes_share_requests = true,
                                     .self = &world->second_reach,
                                     .reaches = reaches};
    world->print =
        (struct postbox){.name = "print", .self = &world->print_reach, .reaches = reaches};
    world->channels = (struct channels){
        .postboxes = {&world->first, &world->second}, .count = 2, .print = &world->print};
    world->letter = (struct postbox_letter){.recipient = {.pid = PID}};
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    postman_close(&world->postman);
    struct arena *arena = world->arena; /* world lies in it */
    arena_close(&arena);
    return 0;
}

static const char *const people[] = {
    [AT_DIGIPOST] = "\"status\":\"AKTIV\",\"reservasjon\":\"NEI\",\"digital_post\":{"
                    "\"postkasseadresse\":\"a#1\",\"postkasseleverandoeradresse\":\"984661185\"},"
                    "\"sertifikat\":\"AQID\"",
    [AT_E_BOKS] = "\"status\":\"AKTIV\",\"reservasjon\":\"NEI\",\"digital_post\":{"
                  "\"postkasseadresse\":\"123\",\"postkasseleverandoeradresse\":\"922020175\"},"
                  "\"sertifikat\":\"AQID\"",
    [NONE] = "\"status\":\"IKKE_REGISTRERT\",\"reservasjon\":\"NEI\"",
    [RESERVED] = "\"status\":\"AKTIV\",\"reservasjon\":\"JA\"",
};

static void register_says(struct world *world, enum krr krr)
{
    postman_forget(world->postman);
    world->channels.krr = krr == NOT_ASKED ? NULL : &world->settings;
    struct postman_answer says = {.target = ASKED, .status = 503};
    if (krr != NOT_ASKED && krr != DOWN) {
        says.status = 200;
        says.headers = "Content-Type: application/json\r\n";
        says.body = arena_printf(
            world->arena, "{\"personer\":[{\"personidentifikator\":\"" PID "\",%s}]}", people[krr]);
    }
    postman_says(world->postman, says);
}

/* The way that channels.h promises. */
static enum channels_way expected(enum krr krr, enum reach first, enum reach second,
                                  const char **channel)
{
    *channel = "print";
    if (krr == NONE || krr == RESERVED)
        return CHANNELS_ON_PAPER;
    if (krr == DOWN)
        return CHANNELS_LATER;
    *channel = first == YES ? "first" : "second";
    if (first == YES || second == YES)
        return CHANNELS_SEND;
    *channel = "print";
    return first == SILENT || second == SILENT ? CHANNELS_LATER : CHANNELS_ON_PAPER;
}

static void d_10_every_answer_of_register_and_channels_has_its_way(void **state)
{
    struct world *world = *state;
    for (enum krr krr = NOT_ASKED; krr < ANSWERS; krr++) {
        register_says(world, krr);
        for (enum reach first = YES; first < REACHES; first++)
            for (enum reach second = YES; second < REACHES; second++) {
                const char *channel;
                enum channels_way way = expected(krr, first, second, &channel);
                world->first_reach = first;
                world->second_reach = second;

                struct channels_choice choice =
                    channels_choose(&world->channels, world->arena, &world->letter, "");

                if (choice.way != way)
                    fail_msg("register %d, channels %d and %d: way %d", krr, first, second,
                             choice.way);
                if (way == CHANNELS_LATER)
                    assert_int_equal(choice.error.code, ERROR_UNAVAILABLE);
                else
                    assert_string_equal(choice.postbox->name, channel);
                if (way == CHANNELS_SEND && krr != NOT_ASKED)
                    assert_string_equal(choice.provider,
                                        krr == AT_DIGIPOST ? "984661185" : "922020175");
            }
    }
}

static void paper_has_its_reason(void **state)
{
    struct world *world = *state;
    static const struct {
        enum krr krr;
        enum channels_why why;
    } cases[] = {{NONE, CHANNELS_NO_MAILBOX},
                 {RESERVED, CHANNELS_RESERVED},
                 {AT_E_BOKS, CHANNELS_NOT_REACHED}};
    world->first_reach = world->second_reach = NO;
    for (size_t i = 0; i < COUNT(cases); i++) {
        register_says(world, cases[i].krr);
        struct channels_choice choice =
            channels_choose(&world->channels, world->arena, &world->letter, "");
        assert_int_equal(choice.why, cases[i].why);
        assert_true(*channels_why_text(choice.why));
    }
}

static void what_was_taken_before_is_taken_again_and_waited_for(void **state)
{
    struct world *world = *state;
    static const struct {
        enum reach first, second;
        enum channels_way way;
        const char *channel;
    } cases[] = {{YES, YES, CHANNELS_SEND, "second"},
                 {YES, SILENT, CHANNELS_LATER, NULL},
                 {YES, NO, CHANNELS_SEND, "first"},
                 {NO, NO, CHANNELS_ON_PAPER, "print"}};
    register_says(world, AT_DIGIPOST);
    for (size_t i = 0; i < COUNT(cases); i++) {
        world->first_reach = cases[i].first;
        world->second_reach = cases[i].second;
        struct channels_choice choice =
            channels_choose(&world->channels, world->arena, &world->letter, "second");
        assert_int_equal(choice.way, cases[i].way);
        if (cases[i].channel)
            assert_string_equal(choice.postbox->name, cases[i].channel);
    }
}

static void who_reserves_between_two_attempts_gets_paper(void **state)
{
    struct world *world = *state;
    register_says(world, RESERVED);
    struct channels_choice choice =
        channels_choose(&world->channels, world->arena, &world->letter, "first");
    assert_int_equal(choice.way, CHANNELS_ON_PAPER);
}

static void who_asks_for_documents_asks_where_they_can_be_shared(void **state)
{
    struct world *world = *state;
    const struct postbox_share_request share = {"Fordi", 60, NULL, 0};
    register_says(world, RESERVED);
    world->letter.share = &share;
    struct channels_choice choice =
        channels_choose(&world->channels, world->arena, &world->letter, "");
    assert_int_equal(choice.way, CHANNELS_SEND);
    assert_string_equal(choice.postbox->name, "second");
    assert_int_equal(postman_total(world->postman), 0);
}

static void a_channel_is_found_by_the_name_in_the_outbox(void **state)
{
    struct world *world = *state;
    assert_ptr_equal(channels_find(&world->channels, "second"), &world->second);
    assert_ptr_equal(channels_find(&world->channels, "print"), &world->print);
    assert_null(channels_find(&world->channels, "gone"));
    assert_null(channels_find(&world->channels, ""));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(d_10_every_answer_of_register_and_channels_has_its_way),
        CASE(paper_has_its_reason),
        CASE(what_was_taken_before_is_taken_again_and_waited_for),
        CASE(who_reserves_between_two_attempts_gets_paper),
        CASE(who_asks_for_documents_asks_where_they_can_be_shared),
        CASE(a_channel_is_found_by_the_name_in_the_outbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

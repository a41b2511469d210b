/* test_print_orders.c - a letter that goes on paper is one order, whole, wherever we die. The calls
 * that change the disk are counted here (-Wl,--wrap), and a child process ends at each of them. */
#include "storage/postbox/print_orders.h"
#include "storage/registers/register.h"

#include "engine/base/text.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID "b4e0d3a2-5c6d-4f7e-8a90-112233445500"

static int calls_left = -1; /* until the process ends; -1: it does not */

static void count_call(void)
{
    if (calls_left >= 0 && calls_left-- == 0)
        raise(SIGKILL);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
    count_call();
    return __real_mkdir(path, mode);
}

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    count_call();
    return __real_write(fd, bytes, calls_left == 0 && size > 1 ? size / 2 : size);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    count_call();
    return __real_fsync(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    count_call();
    return __real_rename(from, to);
}

/* ---- a register that answers as told ---- */

static struct register_answer told;

static void answer(const struct register_source *source, struct arena *arena,
                   const struct register_subject *subject, struct register_answer *out)
{
    (void)source, (void)arena;
    assert_string_equal(subject->pid, "15838530181");
    *out = told;
}

static const struct register_source population = {.name = "test", .ask = answer};

struct place {
    struct arena *arena;
    char path[64];
    struct print_orders *orders;
};

static int set_up(void **state)
{
    struct arena *arena = arena_open();
    struct place *place = ARENA_NEW(arena, struct place);
    place->arena = arena;
    snprintf(place->path, sizeof place->path, "/tmp/skjema-print-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    const struct print_orders_settings settings = {place->path, &population};
    assert_true(print_orders_open(&settings, &place->orders, NULL));
    told = (struct register_answer){.outcome = REGISTER_FOUND};
    register_add(&told, "person.street", "Kirkegata 3");
    register_add(&told, "person.postcode", "9999");
    register_add(&told, "person.city", "Fjordvik");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    print_orders_close(&place->orders);
    assert_int_equal(system(arena_printf(place->arena, "rm -r %s", place->path)), 0);
    struct arena *arena = place->arena; /* place lies in it */
    arena_close(&arena);
    return 0;
}

static const struct postbox_document enclosed = {
    "b4e0d3a2-5c6d-4f7e-8a90-112233445502", "Lønnsslipp", "jpg", {(unsigned char *)"two", 3}};

static struct postbox_letter letter(void)
{
    return (struct postbox_letter){
        .message_id = ID,
        .recipient = {.pid = "15838530181", .name = "Test Person"},
        .language = "nb",
        .title = "Kvittering",
        .level = 4,
        .main = {"b4e0d3a2-5c6d-4f7e-8a90-112233445501", "Kvittering", "pdf", BYTES_OF("%PDF")},
        .attachments = &enclosed,
        .attachment_count = 1,
        .why_on_paper = "reserved",
    };
}

static enum postbox_result send_it(struct place *place)
{
    struct postbox_letter sent = letter();
    return postbox_send(print_orders_postbox(place->orders), place->arena, &sent).result;
}

static enum postbox_result ask(struct place *place)
{
    struct postbox_letter sent = letter();
    return postbox_status(print_orders_postbox(place->orders), place->arena, &sent).result;
}

static bool holds(struct place *place, const char *test)
{
    return system(arena_printf(place->arena, "cd %s && %s", place->path, test)) == 0;
}

static json_t *order_of(struct place *place)
{
    json_t *order =
        json_load_file(arena_printf(place->arena, "%s/" ID "/ordre.json", place->path), 0, NULL);
    assert_non_null(order);
    return order;
}

static const char *text_in(const json_t *order, const char *name)
{
    return json_string_value(json_object_get(order, name));
}

static void an_order_has_the_letter_its_attachments_and_where_it_goes(void **state)
{
    struct place *place = *state;

    assert_int_equal(ask(place), POSTBOX_NOT_SENT);
    assert_int_equal(send_it(place), POSTBOX_DELIVERED);

    json_t *order = order_of(place);
    assert_string_equal(text_in(order, "name"), "Test Person");
    assert_string_equal(text_in(order, "why"), "reserved");
    assert_string_equal(text_in(json_object_get(order, "address"), "street"), "Kirkegata 3");
    assert_null(json_object_get(order, "person"));
    assert_int_equal(json_array_size(json_object_get(order, "files")), 2);
    json_decref(order);
    assert_true(holds(place, "test \"$(cat " ID "/brev.pdf)\" = %PDF"));
    assert_true(holds(place, "test \"$(cat " ID "/vedlegg-01.jpg)\" = two"));
    assert_true(holds(place, "test \"$(find . -type f ! -perm 0600; find " ID
                             " -type d ! -perm 0700)\" = ''"));
}

static void an_address_that_is_not_known_is_said_with_whom_to_find_out_about(void **state)
{
    struct place *place = *state;
    told = (struct register_answer){.outcome = REGISTER_NOTHING};

    assert_int_equal(send_it(place), POSTBOX_DELIVERED);

    json_t *order = order_of(place);
    assert_true(json_is_null(json_object_get(order, "address")));
    assert_non_null(strstr(text_in(order, "address_missing"), "protected"));
    assert_string_equal(text_in(order, "person"), "15838530181");
    json_decref(order);
}

static void a_letter_to_nobody_s_name_has_the_one_that_the_register_knows(void **state)
{
    struct place *place = *state;
    struct postbox_letter sent = letter();
    sent.recipient.name = "";
    told = (struct register_answer){.outcome = REGISTER_FOUND};
    register_add(&told, "person.name", "Kari Test");

    const struct postbox *print = print_orders_postbox(place->orders);
    assert_int_equal(postbox_send(print, place->arena, &sent).result, POSTBOX_DELIVERED);

    json_t *order = order_of(place);
    assert_string_equal(text_in(order, "name"), "Kari Test");
    assert_non_null(strstr(text_in(order, "address_missing"), "protected"));
    json_decref(order);
}

static void d_10_an_order_waits_while_the_register_cannot_be_asked(void **state)
{
    struct place *place = *state;
    register_fail(&told, "is down");

    assert_int_equal(send_it(place), POSTBOX_NOT_SENT);
    assert_true(holds(place, "test \"$(ls -A)\" = ''"));
}

static void d_9_an_order_killed_anywhere_comes_once_and_whole(void **state)
{
    struct place *place = *state;
    enum { LEAST_CALLS = 8, MOST_CALLS = 100 }; /* or nothing was counted */
    bool ended = false;
    int calls = 0;
    for (; !ended && calls < MOST_CALLS; calls++) {
        pid_t child = fork();
        if (child == 0) {
            calls_left = calls;
            _exit(send_it(place) == POSTBOX_DELIVERED ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        ended = WIFEXITED(status);
        assert_true(ended ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL);
        /* nothing, or all of it: never a part under its name */
        enum postbox_result there = ask(place);
        assert_true(there == POSTBOX_NOT_SENT || there == POSTBOX_DELIVERED);
        assert_int_equal(holds(place, "test -f " ID "/ordre.json"), there == POSTBOX_DELIVERED);

        assert_int_equal(send_it(place), POSTBOX_DELIVERED);

        assert_int_equal(ask(place), POSTBOX_DELIVERED);
        assert_true(holds(place, "test \"$(ls -A)\" = " ID " && test $(ls " ID " | wc -l) = 3"));
        if (!ended)
            assert_true(holds(place, "rm -r " ID));
    }
    assert_true(ended && calls > LEAST_CALLS);
}

static void another_letter_under_the_same_id_is_refused(void **state)
{
    struct place *place = *state;
    struct postbox_letter other = letter();
    other.main.content = BYTES_OF("other");

    assert_int_equal(send_it(place), POSTBOX_DELIVERED);
    assert_int_equal(postbox_send(print_orders_postbox(place->orders), place->arena, &other).result,
                     POSTBOX_REFUSED);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_order_has_the_letter_its_attachments_and_where_it_goes),
        CASE(an_address_that_is_not_known_is_said_with_whom_to_find_out_about),
        CASE(a_letter_to_nobody_s_name_has_the_one_that_the_register_knows),
        CASE(d_10_an_order_waits_while_the_register_cannot_be_asked),
        CASE(d_9_an_order_killed_anywhere_comes_once_and_whole),
        CASE(another_letter_under_the_same_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

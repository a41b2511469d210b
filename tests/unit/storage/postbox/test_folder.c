#include "storage/postbox/folder.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    struct arena *arena;
    char path[64];
    struct folder *folder;
};

static int open_place(void **state)
{
    static struct place place;
    place = (struct place){.arena = arena_open(), .path = "/tmp/skjema-folder-XXXXXX"};
    if (!mkdtemp(place.path))
        return -1;
    *state = &place;
    return folder_open(place.path, &place.folder, NULL) ? 0 : -1;
}

static int close_place(void **state)
{
    struct place *place = *state;
    folder_close(&place->folder);
    int failed = system(arena_printf(place->arena, "rm -r %s", place->path));
    arena_close(&place->arena);
    return failed;
}

static const struct postbox_document enclosed = {
    "b4e0d3a2-5c6d-4f7e-8a90-112233445502", "Vedlegg", "xml", {(unsigned char *)"<a/>", 4}};

static struct postbox_letter letter(void)
{
    return (struct postbox_letter){
        .message_id = "fb-2026-000123",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 3,
        .main = {"b4e0d3a2-5c6d-4f7e-8a90-112233445501", "Kvittering", "pdf", BYTES_OF("%PDF")},
        .attachments = &enclosed,
        .attachment_count = 1,
    };
}

static bool is_there(struct place *place, const char *name)
{
    return access(arena_printf(place->arena, "%s/fb-2026-000123/%s", place->path, name), R_OK) == 0;
}

static void a_letter_becomes_a_folder_of_files(void **state)
{
    struct place *place = *state;
    struct postbox_letter sent = letter();
    const struct postbox *postbox = folder_postbox(place->folder);

    assert_int_equal(postbox_status(postbox, place->arena, &sent).result, POSTBOX_NOT_SENT);
    assert_int_equal(postbox_send(postbox, place->arena, &sent).result, POSTBOX_DELIVERED);

    assert_true(is_there(place, "letter.txt"));
    assert_true(is_there(place, "b4e0d3a2-5c6d-4f7e-8a90-112233445501.pdf"));
    assert_true(is_there(place, "b4e0d3a2-5c6d-4f7e-8a90-112233445502.xml"));
    assert_int_equal(postbox_status(postbox, place->arena, &sent).result, POSTBOX_DELIVERED);
}

static void the_same_letter_again_is_delivered_and_another_under_its_id_refused(void **state)
{
    struct place *place = *state;
    struct postbox_letter sent = letter(), other = letter();
    const struct postbox *postbox = folder_postbox(place->folder);
    other.main.content = BYTES_OF("other");

    assert_int_equal(postbox_send(postbox, place->arena, &sent).result, POSTBOX_DELIVERED);
    assert_int_equal(postbox_send(postbox, place->arena, &sent).result, POSTBOX_DELIVERED);
    struct postbox_outcome refused = postbox_send(postbox, place->arena, &other);

    assert_int_equal(refused.result, POSTBOX_REFUSED);
    assert_int_equal(refused.error.code, ERROR_CONFLICT);
}

static void a_letter_left_half_written_is_written_anew(void **state)
{
    struct place *place = *state;
    struct postbox_letter sent = letter();
    const struct postbox *postbox = folder_postbox(place->folder);
    assert_int_equal(system(arena_printf(place->arena, "mkdir %s/.fb-2026-000123", place->path)),
                     0);

    assert_int_equal(postbox_status(postbox, place->arena, &sent).result, POSTBOX_NOT_SENT);
    assert_int_equal(postbox_send(postbox, place->arena, &sent).result, POSTBOX_DELIVERED);
}

static void a_share_request_is_refused_and_everybody_is_reached(void **state)
{
    struct place *place = *state;
    struct postbox_letter asking = letter();
    struct postbox_share_request share = {"Fordi", 60, NULL, 0};
    asking.share = &share;
    bool reached = false;

    assert_int_equal(postbox_send(folder_postbox(place->folder), place->arena, &asking).result,
                     POSTBOX_REFUSED);
    assert_true(postbox_reaches(folder_postbox(place->folder), place->arena, &asking.recipient,
                                &reached, NULL));
    assert_true(reached);
}

static void a_folder_that_is_not_there_is_broken(void **state)
{
    (void)state;
    struct folder *folder = NULL;
    struct error err = {0};
    assert_false(folder_open("/nonexistent", &folder, &err));
    assert_int_equal(err.code, ERROR_BROKEN);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)
    const struct CMUnitTest tests[] = {
        CASE(a_letter_becomes_a_folder_of_files),
        CASE(the_same_letter_again_is_delivered_and_another_under_its_id_refused),
        CASE(a_letter_left_half_written_is_written_anew),
        CASE(a_share_request_is_refused_and_everybody_is_reached),
        cmocka_unit_test(a_folder_that_is_not_there_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

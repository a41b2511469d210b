/* A receipt that proves itself: what the site gives and what came to the postbox, looked at by the
 * program (`skjema verify`) and by programs of others. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *keep(struct scene *scene, struct arena *arena, const char *name,
                        struct bytes bytes)
{
    const char *path = arena_printf(arena, "%s/%s", scene->server.data, name);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Runs `program words... path`; what it says. */
static const char *run(struct arena *arena, const char *program, const char *const *words,
                       int expected)
{
    const char *said;
    int status = server_run(arena, program, words, &said);
    if (status != expected)
        fail_msg("%s %s ended with %d:\n%s", program, words[0], status, said);
    return said;
}

static void assert_says(const char *said, const char *words)
{
    if (!strstr(said, words))
        fail_msg("\"%s\" is not in:\n%s", words, said);
}

/* With all that it can be held against; the exit status is as expected. */
static const char *verify(struct scene *scene, struct arena *arena, const char *path, int expected)
{
    const char *data = scene->server.data;
    const char *trust = arena_printf(arena, "%s/sandbox/dpi/trust", data);
    const char *folder = arena_printf(arena, "%s/documents", data);
    const char *words[] = {"verify", path,     "--trust", trust, "--attachments",
                           folder,   "--data", data,      NULL};
    return run(arena, scene_program(), words, expected);
}

/* The two documents that were shared, from the citizen's own postbox, called as they like. */
static void save_documents(struct scene *scene, struct arena *arena)
{
    static const char *const titles[] = {"Skattemelding for 2025", "Lønnsslipp november 2026"};
    mkdir(arena_printf(arena, "%s/documents", scene->server.data), 0700);
    for (size_t i = 0; i < COUNT(titles); i++) {
        char uuid[64];
        assert_true(walk_letters(&scene->walk, "ingrid", titles[i], uuid, sizeof uuid) > 0);
        keep(scene, arena, arena_printf(arena, "documents/%zu.pdf", i),
             walk_letter_bytes(&scene->walk, arena, uuid));
    }
}

static void assert_proves_itself(struct scene *scene, struct arena *arena, const char *path)
{
    const char *said = verify(scene, arena, path, 0);
    assert_says(said, "all of it holds");
    assert_says(said, "vouched for by a certificate of --trust");
    assert_says(said, "2, each as it was sent");
    assert_says(said, "goes through row");
    const char *words[] = {"-nocert", path, NULL};
    const char *poppler = run(arena, "/usr/bin/pdfsig", words, 0);
    assert_says(poppler, "Signature is Valid.");
    assert_says(poppler, "Total document signed");
    const char *list[] = {"-list", path, NULL};
    const char *files = run(arena, "/usr/bin/pdfdetach", list, 0);
    assert_says(files, "manifest.json");
    assert_says(files, "soknad.xml");
}

static void a_receipt_and_its_copy_in_the_postbox_prove_themselves(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_review(&scene->walk);
    walk_send(&scene->walk);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);
    char uuid[64];
    assert_int_equal(walk_letters(&scene->walk, "ingrid", "Kvittering", uuid, sizeof uuid), 1);
    save_documents(scene, arena);

    assert_proves_itself(scene, arena, keep(scene, arena, "receipt.pdf", receipt));
    assert_proves_itself(
        scene, arena, keep(scene, arena, "copy.pdf", walk_letter_bytes(&scene->walk, arena, uuid)));
}

static void the_xml_inside_is_the_one_that_the_site_gives(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *page = arena_text(arena, browser_address(browser));
    const char *path = keep(scene, arena, "receipt.pdf", walk_receipt_bytes(&scene->walk, arena));

    browser_visit(browser, arena_printf(arena, "%s/soknad.xml", page));

    const char *given = arena_text_of(arena, browser_content(browser));
    const char *words[] = {"--show-attachment=soknad.xml", path, NULL};
    assert_string_equal(run(arena, "/usr/bin/qpdf", words, 0), given);
}

static void what_was_changed_on_the_way_is_named(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    struct bytes receipt = walk_receipt_bytes(&scene->walk, arena);
    unsigned char *bytes = (unsigned char *)receipt.data;
    unsigned char *stream = memmem(bytes, receipt.size, "/Contents ", 10);
    assert_non_null(stream);
    save_documents(scene, arena);
    stream[10] ^= 1; /* another object is the page's content */

    const char *said = verify(scene, arena, keep(scene, arena, "changed.pdf", receipt), 1);

    assert_says(said, "WRONG  page 1");
    assert_says(said, "WRONG  signature");
    assert_says(said, "is extra: it was not sent with this");
    assert_says(said, "it does not prove itself");
}

static void a_key_without_its_certificate_stops_the_start(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *missing = arena_printf(arena, "%s/no-such-key.pem", scene->server.data);
    const char *words[] = {
        "serve", "--receipt_key", missing, "--data", scene->server.data, "--sandbox", NULL};

    const char *said = run(arena, scene_program(), words, 1);

    assert_says(said, "receipt_key is set, but not receipt_certificate");
}

static void words_that_are_wrong_are_told(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *none[] = {"verify", NULL}, *absent[] = {"verify", "/nowhere.pdf", NULL};
    assert_says(run(arena, scene_program(), none, 2), "name one receipt");
    assert_says(run(arena, scene_program(), absent, 1), "/nowhere.pdf");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_and_its_copy_in_the_postbox_prove_themselves),
        TEST(the_xml_inside_is_the_one_that_the_site_gives),
        TEST(what_was_changed_on_the_way_is_named),
        cmocka_unit_test_setup_teardown(a_key_without_its_certificate_stops_the_start,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test(words_that_are_wrong_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

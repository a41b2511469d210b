/* Documents on their way in when something breaks: the program is killed, the person hangs up, two
 * windows send at once, too much comes at the same time. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "render/step.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEGABYTE = 1000000, LARGE_BYTES = 20 * MEGABYTE };

#define BOUNDARY "----flow"
#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";

/* Room for one large document at a time, and no more. */
static int set_up(void **state)
{
    static const char *const words[] = {"--file_bytes", "30000000", "--staging_bytes", "25000000"};
    scene_set_up_folder(state);
    struct scene *scene = *state;
    memcpy(scene->more, words, sizeof words);
    scene_start_again(scene);
    return 0;
}

/* ---- a form that is sent by hand, so that it can stop anywhere ---- */

struct sending {
    struct arena *arena;
    const char *head, *before; /* what comes before the document: a request's head, the parts */
    size_t size;               /* of the document */
    int socket;
};

/* The place of the last upload on the page, which takes several. */
static const char *upload_place(struct arena *arena, struct browser *browser)
{
    const char *page = arena_text_of(arena, browser_content(browser)), *found = NULL;
    const char *mark = "name=\"" STEP_FILE_PREFIX;
    for (const char *at = page; (at = strstr(at, mark)); at += strlen(mark))
        found = at + strlen(mark);
    assert_non_null(found);
    return arena_printf(arena, "%.*s", (int)strcspn(found, "\""), found);
}

static const char *part(struct arena *arena, const char *name, const char *value)
{
    return arena_printf(
        arena, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", name,
        value);
}

#define END "\r\n--" BOUNDARY "--\r\n"

/* The browser is at the documents step. */
static struct sending begin(struct scene *scene, struct arena *arena, const char *name, size_t size)
{
    struct browser *browser = scene->walk.browser;
    const char *place = upload_place(arena, browser);
    const char *host = scene->server.site + strlen("http://");
    struct sending sending = {.arena = arena, .size = size};
    sending.before = arena_printf(
        arena,
        "%s%s%s--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"" STEP_FILE_PREFIX
        "%s\"; filename=\"%s\"\r\nContent-Type: application/pdf\r\n\r\n%%PDF-1.7\n",
        part(arena, "_csrf", browser_value(browser, "_csrf")),
        part(arena, STEP_FIELD_REVISION, browser_value(browser, STEP_FIELD_REVISION)),
        part(arena, STEP_FIELD_ACTION, arena_printf(arena, STEP_UPLOAD "%s", place)), place, name);
    sending.head = arena_printf(
        arena,
        "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nOrigin: http://%s\r\nConnection: close\r\n"
        "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\nContent-Length: %zu\r\n\r\n",
        browser_address(browser) + strlen(scene->server.site), host,
        browser_cookies(browser, arena), host, strlen(sending.before) + size + strlen(END));

    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(strrchr(host, ':') + 1)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int small = 64 * 1024; /* so that what was sent has nearly all been read */
    struct timeval patience = {.tv_sec = 60};
    sending.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(sending.socket, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(sending.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(sending.socket, (struct sockaddr *)&where, sizeof where), 0);
    return sending;
}

static void send_bytes(struct sending *sending, const void *bytes, size_t size)
{
    for (const char *at = bytes; size;) {
        ssize_t sent = send(sending->socket, at, size, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += sent;
        size -= (size_t)sent;
    }
}

static void send_some(struct sending *sending, size_t size)
{
    static char piece[64 * 1024];
    memset(piece, 'x', sizeof piece);
    for (size_t one; size; size -= one) {
        one = size < sizeof piece ? size : sizeof piece;
        send_bytes(sending, piece, one);
    }
}

/* Its head, the parts before it, and so much of the document. */
static void send_until(struct sending *sending, size_t size)
{
    send_bytes(sending, sending->head, strlen(sending->head));
    send_bytes(sending, sending->before, strlen(sending->before));
    send_some(sending, size);
}

/* The rest from there; gives the answer's status. */
static int finish(struct sending *sending, size_t from)
{
    char answer[4096] = "";
    send_some(sending, sending->size - from);
    send_bytes(sending, END, strlen(END));
    for (size_t got = 0; got < sizeof answer - 1;) {
        ssize_t size = recv(sending->socket, answer + got, sizeof answer - 1 - got, 0);
        if (size <= 0)
            break;
        got += (size_t)size;
    }
    close(sending->socket);
    return strlen(answer) > 12 ? atoi(answer + 9) : 0;
}

static void hang_up(struct sending *sending)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(sending->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(sending->socket);
}

/* ---- what is there ---- */

static void upload(struct browser *browser, const char *name, struct bytes content)
{
    browser_choose_file(browser, pay_slips, name, "application/pdf", content);
    browser_press(browser, "Last opp valgt");
}

static struct bytes large_pdf(struct arena *arena, size_t size)
{
    unsigned char *data = arena_alloc(arena, size);
    memset(data, 'x', size);
    memcpy(data, A_PDF, sizeof A_PDF - 1);
    return (struct bytes){data, size};
}

static void must_hold_no_spool(const struct scene *scene)
{
    DIR *folder = opendir(scene->server.data);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (text_starts_with(entry->d_name, "spool"))
            fail_msg("%s was left", entry->d_name);
    closedir(folder);
}

/* ---- the tests ---- */

static void d_2_killed_in_the_middle_of_an_upload_nothing_half_is_there(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(scene->walk.browser, "mars.pdf", BYTES_OF(A_PDF));
    scene_must_see(scene->walk.browser, "mars.pdf");
    char *path =
        arena_text(arena, browser_address(scene->walk.browser) + strlen(scene->server.site));
    struct sending sending = begin(scene, arena, "halv.pdf", LARGE_BYTES);
    send_until(&sending, LARGE_BYTES * 3 / 4);

    server_kill(&scene->server);

    hang_up(&sending);
    must_hold_no_spool(scene);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(scene->walk.browser, arena_printf(arena, "%s%s", scene->server.site, path));
    scene_must_see(scene->walk.browser, "mars.pdf");
    scene_must_not_see(scene->walk.browser, "halv.pdf");
    upload(scene->walk.browser, "hel.pdf", large_pdf(arena, LARGE_BYTES));
    scene_must_see(scene->walk.browser, "hel.pdf");
}

static void d_2_of_what_somebody_hung_up_on_nothing_is_kept_and_its_room_comes_back(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    for (int i = 0; i < 3; i++) { /* together more than there is room for */
        struct sending sending = begin(scene, arena, "halv.pdf", LARGE_BYTES);
        send_until(&sending, LARGE_BYTES * 3 / 4);
        hang_up(&sending);
    }
    struct bytes whole = large_pdf(arena, LARGE_BYTES);
    for (int i = 0; i < 50; i++) { /* until the server has noticed */
        upload(scene->walk.browser, "hel.pdf", whole);
        if (browser_status(scene->walk.browser) == 200)
            break;
    }
    scene_must_see(scene->walk.browser, "hel.pdf");
    scene_must_not_see(scene->walk.browser, "halv.pdf");
}

static void of_two_uploads_at_once_from_one_page_both_are_taken(void **state)
{
    enum { SIZE = 2 * MEGABYTE };
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    struct sending one = begin(scene, arena, "en.pdf", SIZE);
    struct sending other = begin(scene, arena, "to.pdf", SIZE);
    send_until(&one, SIZE / 2);
    send_until(&other, SIZE / 2);

    int first = finish(&other, SIZE / 2), second = finish(&one, SIZE / 2);

    assert_int_equal(first, 303);
    assert_int_equal(second, 303);
    browser_visit(scene->walk.browser, browser_address(scene->walk.browser));
    scene_must_see(scene->walk.browser, "to.pdf");
    scene_must_see(scene->walk.browser, "en.pdf");
}

static void file_2_when_too_much_comes_at_once_it_is_told_and_the_rest_is_kept(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    struct sending slow = begin(scene, arena, "treg.pdf", LARGE_BYTES);
    send_until(&slow, LARGE_BYTES - MEGABYTE);

    browser_choose_file(browser, pay_slips, "stor.pdf", "application/pdf",
                        large_pdf(arena, LARGE_BYTES));
    browser_choose_file(browser, pay_slips, "liten.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_press(browser, "Last opp valgt");

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "stor.pdf kunne ikke tas imot akkurat nå");
    browser_visit(browser, browser_address(browser));
    scene_must_see(browser, "liten.pdf");
    scene_must_not_see(browser, "stor.pdf");
    hang_up(&slow);
}

static void file_4_a_large_document_comes_back_byte_for_byte_and_in_ranges(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct browser *browser = scene->walk.browser;
    struct bytes whole = large_pdf(arena, LARGE_BYTES);
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    upload(browser, "stor.pdf", whole);
    browser_visit(browser, "/min-side/dokumenter");
    char *address = arena_text(arena, browser_link(browser, "Last ned"));

    browser_send(browser, "GET", address, NULL, NULL, (struct bytes){0});
    assert_int_equal(browser_status(browser), 200);
    assert_int_equal(browser_content(browser).size, LARGE_BYTES);
    assert_memory_equal(browser_content(browser).data, whole.data, LARGE_BYTES);

    const char *const range[] = {"Range: bytes=0-9", NULL};
    browser_send(browser, "GET", address, range, NULL, (struct bytes){0});
    assert_int_equal(browser_status(browser), 206);
    assert_int_equal(browser_content(browser).size, 10);
    assert_memory_equal(browser_content(browser).data, A_PDF, 10);
    assert_string_equal(browser_header(browser, "Content-Range"), "bytes 0-9/20000000");

    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk walk = {.server = &scene->server, .browser = other, .failed = scene->walk.failed};
    walk_start(&walk, "hello", "Jonas Lie Berg");
    browser_send(other, "GET", address, range, NULL, (struct bytes){0});
    assert_int_equal(browser_status(other), 404);
}

int main(void)
{
#define WITH_PROGRAM(test) cmocka_unit_test_setup_teardown(test, set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_PROGRAM(d_2_killed_in_the_middle_of_an_upload_nothing_half_is_there),
        WITH_PROGRAM(d_2_of_what_somebody_hung_up_on_nothing_is_kept_and_its_room_comes_back),
        WITH_PROGRAM(of_two_uploads_at_once_from_one_page_both_are_taken),
        WITH_PROGRAM(file_2_when_too_much_comes_at_once_it_is_told_and_the_rest_is_kept),
        WITH_PROGRAM(file_4_a_large_document_comes_back_byte_for_byte_and_in_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

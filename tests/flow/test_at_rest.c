/* Data at rest: whoever has the disk and no master key finds nothing of a person on it, neither in
 * the database and its log nor in any other file, and no matter when the program was killed. */
#include "tests/flow/agency.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_S = 30, TELLS_MAX = 64 };

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";

#define IN_THE_DOCUMENT "Hemmelig innhold 739118"
#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Title (" IN_THE_DOCUMENT ") >>\nendobj\n%%EOF\n"

/* What tells of a person -------------------------------------------------------------------- */

struct tells {
    struct arena *arena;
    const char *at[TELLS_MAX];
    size_t count;
};

static void tell(struct tells *tells, const char *text)
{
    assert_true(tells->count < TELLS_MAX);
    assert_true(strlen(text) >= 5); /* shorter ones are found in noise */
    tells->at[tells->count++] = arena_text(tells->arena, text);
}

/* Ingrid's of the sandbox, and what walk.c fills in for her and for Jonas. */
static void tell_of_the_walk(struct tells *tells)
{
    static const char *const about[] = {
        "02878520281",      "028785 20281", "Ingrid Fjeld",   "Bakkeveien 7",
        "14838812180",      "148388 12180", "Jonas Lie Berg", "Nora Fjeld Berg",
        "Emil Fjeld Berg",  "412000",       "412 000",        "gått ned til 80 prosent",
        "Nordlys Regnskap", "%PDF-",        "%%EOF",          "endstream",
        IN_THE_DOCUMENT,
    };
    for (size_t i = 0; i < COUNT(about); i++)
        tell(tells, about[i]);
    char title[64];
    snprintf(title, sizeof title, "Skattemelding for %d", clock_oslo(clock_now()).year - 1);
    tell(tells, title);
}

/* The values of its cookies, and what its forms carry against forgery. */
static void tell_tokens(struct tells *tells, struct browser *browser)
{
    char *cookies = arena_text(tells->arena, browser_cookies(browser, tells->arena));
    int count = 0;
    for (char *left = NULL, *one = strtok_r(cookies, "; ", &left); one;
         one = strtok_r(NULL, "; ", &left)) {
        const char *value = strchr(one, '=');
        if (value && strlen(value + 1) > 20 && ++count)
            tell(tells, value + 1);
    }
    assert_true(count > 0);
    tell(tells, browser_value(browser, "_csrf"));
}

/* Looking for it ---------------------------------------------------------------------------- */

/* As UTF-16, either byte first; the texts here are of the basic plane. */
static struct bytes utf16(struct arena *arena, const char *text, bool big)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        unsigned unit = *at;
        if (unit >= 0xE0) {
            unit = (unit & 0xFu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
            at += 2;
        } else if (unit >= 0xC0) {
            unit = (unit & 0x1Fu) << 6 | (at[1] & 0x3Fu);
            at++;
        }
        buf_add_byte(&buf, (unsigned char)(big ? unit >> 8 : unit));
        buf_add_byte(&buf, (unsigned char)(big ? unit : unit >> 8));
    }
    return buf_bytes(&buf);
}

/* The part of it that is the same whatever stands around, with so many bytes before it. */
static struct bytes base64(struct arena *arena, const char *text, size_t before, bool url)
{
    struct bytes bytes = BYTES_OF(arena_printf(arena, "%.*s%s", (int)before, "AA", text));
    char *all = url ? codec_base64url(arena, bytes) : codec_base64(arena, bytes);
    size_t from = before ? before + 1 : 0, to = bytes.size * 8 / 6;
    return (struct bytes){(const unsigned char *)all + from, to - from};
}

static size_t ways_to_write(struct arena *arena, const char *text, struct bytes out[12])
{
    size_t count = 0;
    out[count++] = BYTES_OF(text);
    out[count++] = utf16(arena, text, false);
    out[count++] = utf16(arena, text, true);
    out[count++] = BYTES_OF(codec_hex(arena, BYTES_OF(text)));
    out[count++] = BYTES_OF(codec_percent(arena, text));
    for (size_t before = 0; before < 3; before++) {
        out[count++] = base64(arena, text, before, false);
        out[count++] = base64(arena, text, before, true);
    }
    return count;
}

static void look_in(struct arena *arena, const char *path, struct bytes file,
                    const struct tells *tells)
{
    struct bytes ways[12];
    for (size_t i = 0; i < tells->count; i++) {
        size_t count = ways_to_write(arena, tells->at[i], ways);
        for (size_t k = 0; k < count; k++) {
            const unsigned char *found = memmem(file.data, file.size, ways[k].data, ways[k].size);
            if (!found)
                continue;
            size_t before = (size_t)(found - file.data) < 60 ? (size_t)(found - file.data) : 60;
            char around[160];
            size_t size = file.size - (size_t)(found - before - file.data);
            size = size < sizeof around - 1 ? size : sizeof around - 1;
            for (size_t at = 0; at < size; at++)
                around[at] = found[at - before] < ' ' ? '.' : (char)found[at - before];
            around[size] = '\0';
            fail_msg("\"%s\" (way %zu) is in %s at %zu: %s", tells->at[i], k, path,
                     (size_t)(found - file.data), around);
        }
    }
}

static struct bytes read_file(struct arena *arena, const char *path)
{
    struct buf buf;
    unsigned char piece[16384];
    buf_init(&buf, arena);
    FILE *file = fopen(path, "re");
    for (size_t size; file && (size = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(&buf, (struct bytes){piece, size});
    if (file)
        fclose(file);
    return buf_bytes(&buf);
}

/* nftw gives no context. */
static const struct tells *looking_for;
static size_t files_seen, bytes_seen;

static int look_at(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)place;
    if (kind == FTW_D && text_ends_with(path, "/sandbox"))
        return FTW_SKIP_SUBTREE; /* the invented postbox and registers, which are not ours */
    if (kind != FTW_F || text_ends_with(path, "/answers.jsonl")) /* of the test: agency.c */
        return FTW_CONTINUE;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes file = read_file(arena, path);
    look_in(arena, path, BYTES_OF(path), looking_for);
    look_in(arena, path, file, looking_for);
    files_seen++;
    bytes_seen += file.size;
    return FTW_CONTINUE;
}

static void must_find_nothing(struct scene *scene, const struct tells *tells)
{
    looking_for = tells;
    files_seen = bytes_seen = 0;
    assert_int_equal(nftw(scene->server.data, look_at, 16, FTW_PHYS | FTW_ACTIONRETVAL), 0);
    assert_true(files_seen >= 2 && bytes_seen > 100000); /* the database and a key at least */
}

static void the_search_finds_every_way_of_writing(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes ways[12];
    size_t count = ways_to_write(arena, "Bjørn Å", ways);
    static const char *const whole[] = {"xBjørn Åy", "xxBjørn Åy", "xxxBjørn Åy"};
    for (size_t before = 0; before < COUNT(whole); before++) {
        const char *text = codec_base64(arena, BYTES_OF(whole[before]));
        bool found = false;
        for (size_t i = 5; i < count; i++)
            found = found || memmem(text, strlen(text), ways[i].data, ways[i].size);
        assert_true(found);
    }
    assert_int_equal(ways[1].size, 14);
    assert_memory_equal(ways[1].data, "B\0j\0\xF8\0r\0n\0 \0\xC5\0", 14);
    assert_memory_equal(ways[2].data, "\0B\0j\0\xF8\0r\0n\0 \0\xC5", 14);
}

/* A whole application ------------------------------------------------------------------------ */

static void key_2_strings_finds_nothing_of_a_person(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct tells tells = {.arena = arena};
    snprintf(scene->server.log, sizeof scene->server.log, "%.400s/log", scene->server.data);
    scene_start_again(scene);
    struct browser *ingrid = scene->walk.browser;
    tell_of_the_walk(&tells);

    walk_to_review(&scene->walk); /* with two documents from the postbox */
    tell_tokens(&tells, ingrid);
    must_find_nothing(scene, &tells);
    walk_send(&scene->walk);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", WAIT_S);
    assert_true(walk_receipt_bytes(&scene->walk, arena).size > 1000);
    must_find_nothing(scene, &tells);

    CLEANUP(browser_close) struct browser *jonas = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = jonas;
    walk_to_documents(&walk, "Jonas Lie Berg");
    tell_tokens(&tells, jonas);
    tell(&tells, "Lønn i mars.pdf");
    browser_choose_file(jonas, pay_slips, "Lønn i mars.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_press(jonas, "Last opp valgt");
    scene_must_see(jonas, "Lønn i mars.pdf er lagt ved");
    scene_upload(jonas, tax_return, "Skatten vår.pdf");
    tell(&tells, "Skatten vår");
    must_find_nothing(scene, &tells);

    server_kill(&scene->server); /* as a stolen machine is found */
    must_find_nothing(scene, &tells);
    scene_start_again(scene);
    must_find_nothing(scene, &tells);
    assert_int_equal(server_stop(&scene->server), 0); /* all that the log held is in the database */
    must_find_nothing(scene, &tells);
}

/* What is sent afterwards, and what another agency is given ----------------------------------- */

/* Ingrid promises both documents, sends, and keeps one promise. */
static void send_afterwards(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    for (int i = 0; i < 2; i++)
        browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
    browser_visit(browser, "/min-side");
    browser_press(browser, "Ettersend: Siste skattemelding for deg");
    browser_choose_file(browser, tax_return, "Skatten etterpå.pdf", "application/pdf",
                        BYTES_OF(A_PDF));
    browser_press(browser, "Last opp valgt");
    browser_press(browser, "Send dokumentet");
    scene_must_see(browser, "Vi har mottatt dokumentet");
}

#define TITLE "Serveringsbevilling for Fjordkaféen"

/* A certificate of what Ingrid sent, which another agency asks for, is let see, and reads. */
static void let_an_agency_read(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    CLEANUP(agency_close) struct agency agency;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *reference = strstr(browser_text(browser), "SF-20"), *said;
    assert_non_null(reference);
    const char *words[] = {"issue",     arena_printf(arena, "%.14s", reference),
                           "--type",    "serveringsbevilling",
                           "--title",   TITLE,
                           "--data",    scene->server.data,
                           "--sandbox", NULL};
    if (server_run(arena, scene_program(), words, &said) != 0)
        fail_msg("issue: %s", said);

    agency_open(&agency, scene, arena, "organisation=974761076&scope=skjema:bevis.read");
    assert_int_equal(agency_ask(&agency, "02878520281", "serveringsbevilling", "sak-1"), 202);
    const char *address = agency_text(&agency, "href");
    scene_wait_for_letters(scene, "ingrid", "En annen etat ber om et dokument om deg", 1, WAIT_S);
    browser_visit(browser, arena_printf(arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(browser, "En annen etat ber om et dokument om deg");
    browser_press(browser, "Svar på forespørselen");
    browser_press(browser, "Ja, del dokumentet");
    scene_must_see(browser, "Du har sagt ja");
    const char *document = arena_printf(arena, "%s/document", address);
    assert_int_equal(agency_send(&agency, "GET", document, NULL, NULL), 200);
    assert_true(browser_content(agency.client).size > 1000);
}

static void key_2_strings_finds_nothing_of_what_came_afterwards_or_went_to_others(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct tells tells = {.arena = arena};
    tell_of_the_walk(&tells);
    tell(&tells, "Skatten etterpå");
    tell(&tells, TITLE);
    tell(&tells, "Fjordkafé");
    tell(&tells, "Nordvik skjenkekontor");
    tell(&tells, "Vi må se bevillingen");
    tell(&tells, "Søknad om skjenkebevilling, alk");

    send_afterwards(scene);
    must_find_nothing(scene, &tells);
    let_an_agency_read(scene, arena);
    must_find_nothing(scene, &tells);
    server_kill(&scene->server);
    must_find_nothing(scene, &tells);
}

/* A page that says so is no proof unless what was kept can be read by its owner. */
static void key_2_what_is_noise_on_the_disk_is_whole_for_its_owner(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_choose_file(browser, pay_slips, "Lønn i mars.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_press(browser, "Last opp valgt");
    server_kill(&scene->server);
    scene_start_again(scene);
    browser = scene->walk.browser;

    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Lønn i mars.pdf");
    browser_visit(browser, arena_text(arena, browser_link(browser, "Last ned")));

    struct bytes content = browser_content(browser);
    assert_int_equal(content.size, strlen(A_PDF));
    assert_memory_equal(content.data, A_PDF, content.size);
}

/* Killed in mid-upload ------------------------------------------------------------------------ */

static int connect_to(const struct scene *scene)
{
    const char *port = strrchr(scene->server.site, ':') + 1;
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
    return fd;
}

static void send_all(int fd, struct bytes bytes)
{
    while (bytes.size) {
        ssize_t size = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        assert_true(size > 0);
        bytes = (struct bytes){bytes.data + size, bytes.size - (size_t)size};
    }
}

#define CUT "----cut"

/* The head of an upload of 9 MB, and so much of it that most has left the socket's buffers. */
static int begin_upload(const struct scene *scene, struct arena *arena)
{
    enum { WHOLE = 9000000, SENT = 8000000 };
    struct browser *browser = scene->walk.browser;
    const char *host = strstr(scene->server.site, "//") + 2;
    const char *path = strchr(strstr(browser_address(browser), "//") + 2, '/');
    const char *before = arena_printf(
        arena,
        "--" CUT "\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n%s\r\n"
        "--" CUT "\r\nContent-Disposition: form-data; name=\"fil\"; filename=\"Halvveis.pdf\"\r\n"
        "Content-Type: application/pdf\r\n\r\n%s",
        browser_value(browser, "_csrf"), A_PDF);
    struct buf body;
    buf_init(&body, arena);
    buf_printf(&body,
               "POST %.*s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\n"
               "Content-Type: multipart/form-data; boundary=" CUT "\r\n"
               "Content-Length: %d\r\n\r\n%s",
               (int)strcspn(path, "#"), path, host, scene->server.site,
               browser_cookies(browser, arena), WHOLE, before);
    while (body.size < SENT)
        buf_add_text(&body, IN_THE_DOCUMENT "\n");
    int fd = connect_to(scene);
    const int small = 64 * 1024;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    send_all(fd, buf_bytes(&body));
    return fd;
}

static void key_2_killed_in_mid_upload_nothing_of_it_is_left(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct tells tells = {.arena = arena};
    tell_of_the_walk(&tells);
    tell(&tells, "Halvveis.pdf");
    walk_to_documents(&scene->walk, "Ingrid Fjeld");

    int fd = begin_upload(scene, arena);
    must_find_nothing(scene, &tells);
    server_kill(&scene->server);
    close(fd);

    must_find_nothing(scene, &tells);
    scene_start_again(scene);
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(scene->walk.browser, "/min-side/dokumenter");
    scene_must_not_see(scene->walk.browser, "Halvveis.pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_every_way_of_writing),
        cmocka_unit_test_setup_teardown(key_2_strings_finds_nothing_of_a_person,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            key_2_strings_finds_nothing_of_what_came_afterwards_or_went_to_others, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(key_2_what_is_noise_on_the_disk_is_whole_for_its_owner,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(key_2_killed_in_mid_upload_nothing_of_it_is_left,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

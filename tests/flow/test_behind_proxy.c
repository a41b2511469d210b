/* The site behind nginx and HAProxy, with the files of examples/deploy: nothing of them is changed
 * but names, paths and ports. */
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { TRIES = 300, PAUSE_NS = 50000000 };

struct front {
    struct scene *scene;
    struct arena *arena;
    char folder[512]; /* certificates, sockets and whatever the proxy writes */
    pid_t proxy;
    int plain_port, port; /* of it */
    const char *site;     /* "https://localhost:port" */
};

/* ---- ports, files, programs ---- */

static int free_port(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof where), 0);
    getsockname(fd, (struct sockaddr *)&where, &size);
    close(fd);
    return ntohs(where.sin_port);
}

static int dial(int port)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&where, sizeof where) == 0)
        return fd;
    close(fd);
    return -1;
}

static char *path_in(struct front *front, const char *name)
{
    return arena_printf(front->arena, "%s/%s", front->folder, name);
}

static const char *read_file(struct front *front, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        fail_msg("%s is not there", path);
    char text[32 * 1024];
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    return arena_text_of(front->arena, (struct bytes){(const unsigned char *)text, size});
}

static const char *write_file(struct front *front, const char *name, const char *text)
{
    const char *path = path_in(front, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static pid_t run(const char *const *words)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(words[0], (char *const *)words);
        _exit(127);
    }
    return child;
}

static void run_to_end(const char *const *words)
{
    int status;
    assert_true(waitpid(run(words), &status, 0) > 0);
    assert_int_equal(status, 0);
}

static bool is_there(const char *program)
{
    if (access(program, X_OK) == 0)
        return true;
    print_message("%s is not installed: skipped\n", program);
    return false;
}

/* For a day, for localhost; key and certificate in one file, as HAProxy wants them. */
static void make_certificate(struct front *front)
{
    const char *key = path_in(front, "key.pem"), *certificate = path_in(front, "certificate.pem");
    const char *words[] = {"openssl",
                           "req",
                           "-x509",
                           "-newkey",
                           "ec",
                           "-pkeyopt",
                           "ec_paramgen_curve:prime256v1",
                           "-nodes",
                           "-days",
                           "1",
                           "-subj",
                           "/CN=localhost",
                           "-addext",
                           "subjectAltName=DNS:localhost",
                           "-keyout",
                           key,
                           "-out",
                           certificate,
                           NULL};
    run_to_end(words);
    write_file(
        front, "both.pem",
        arena_printf(front->arena, "%s%s", read_file(front, certificate), read_file(front, key)));
}

/* ---- the shipped file ---- */

struct change {
    const char *from, *to;
};

/* Each is there, wherever it is. */
static const char *shipped(struct front *front, const char *name, const struct change *changes,
                           size_t count)
{
    const char *text = read_file(front, name);
    for (size_t i = 0; i < count; i++) {
        struct buf out;
        buf_init(&out, front->arena);
        if (!strstr(text, changes[i].from))
            fail_msg("%s has no \"%s\"", name, changes[i].from);
        for (const char *at; (at = strstr(text, changes[i].from));
             text = at + strlen(changes[i].from))
            buf_printf(&out, "%.*s%s", (int)(at - text), text, changes[i].to);
        buf_add_text(&out, text);
        text = buf_text(&out);
    }
    return text;
}

static const char *listening(struct front *front, const char *before, int port, const char *after)
{
    return arena_printf(front->arena, "%s127.0.0.1:%d%s", before, port, after);
}

static void start_nginx(struct front *front)
{
    const struct change changes[] = {
        {"/run/skjema/http.sock", path_in(front, "http.sock")},
        {"https://skjema.example.no", front->site},
        {"skjema.example.no", "localhost"},
        {"/etc/ssl/skjema", front->folder},
        {"listen 80;", listening(front, "listen ", front->plain_port, ";")},
        {"listen 443 ", listening(front, "listen ", front->port, " ")},
    };
    write_file(front, "skjema.conf",
               shipped(front, "examples/deploy/nginx.conf", changes, COUNT(changes)));
    const char *folder = front->folder;
    const char *main_file = write_file(
        front, "nginx.conf",
        arena_printf(front->arena,
                     "daemon off; master_process off; pid %s/nginx.pid; error_log %s/error.log; "
                     "worker_processes 1;\n"
                     "%s%s%s\n"
                     "events { worker_connections 512; }\n"
                     "http { access_log off; client_body_temp_path %s/a; proxy_temp_path %s/b;\n"
                     "fastcgi_temp_path %s/c; uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
                     "include %s/skjema.conf; }\n",
                     folder, folder, geteuid() == 0 ? "user " : "",
                     geteuid() == 0 ? getpwuid(0)->pw_name : "", geteuid() == 0 ? ";" : "", folder,
                     folder, folder, folder, folder, folder));
    const char *words[] = {"/usr/sbin/nginx",           "-p", folder,    "-e",
                           path_in(front, "error.log"), "-c", main_file, NULL};
    front->proxy = run(words);
}

static void start_haproxy(struct front *front)
{
    const struct change changes[] = {
        {"/run/skjema/http.sock", path_in(front, "http.sock")},
        {"https://skjema.example.no", front->site},
        {"skjema.example.no", "localhost"},
        {"maxconn 12000", "maxconn 500"}, /* as many descriptors as there are here */
        {"/etc/haproxy/skjema.pem", path_in(front, "both.pem")},
        {"bind :80", listening(front, "bind ", front->plain_port, "")},
        {"bind :443", listening(front, "bind ", front->port, "")},
    };
    const char *file =
        write_file(front, "haproxy.cfg",
                   shipped(front, "examples/deploy/haproxy.cfg", changes, COUNT(changes)));
    const char *words[] = {"/usr/sbin/haproxy", "-db", "-q", "-f", file, NULL};
    front->proxy = run(words);
}

/* ---- around each test ---- */

static void tell_why(const char *why)
{
    fail_msg("%s", why);
}

static void open_front(struct front *front, struct scene *scene)
{
    *front = (struct front){.scene = scene, .arena = arena_open()};
    server_make_folder(front->folder, sizeof front->folder);
    front->plain_port = free_port();
    do
        front->port = free_port();
    while (front->port == front->plain_port);
    front->site = arena_printf(front->arena, "https://localhost:%d", front->port);
    make_certificate(front);
    const char *address = arena_printf(front->arena, "unix:%s/http.sock", front->folder);
    const char *const more[] = {"--listen_address", address, "--public_url", front->site, NULL};
    scene->walk =
        (struct walk){.server = &scene->server, .browser = scene_browser(), .failed = tell_why};
    browser_trust(scene->walk.browser, path_in(front, "certificate.pem"));
    assert_true(server_start(&scene->server, scene_program(), scene->forms, more));
}

static void wait_for_proxy(struct front *front)
{
    for (int i = 0; i < TRIES; i++) {
        int fd = dial(front->port);
        if (fd >= 0) {
            close(fd);
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    fail_msg("the proxy does not listen: %s", front->folder);
}

static void close_front(struct front *front)
{
    if (front->proxy > 0) {
        kill(front->proxy, SIGTERM);
        waitpid(front->proxy, NULL, 0);
    }
    server_remove_folder(front->folder);
    arena_close(&front->arena);
}

/* ---- what is tried ---- */

static void plain_http_leads_to_https(struct front *front)
{
    struct browser *browser = front->scene->walk.browser;
    browser_send(
        browser, "GET",
        arena_printf(front->arena, "http://localhost:%d/skjema/hello?lang=nn", front->plain_port),
        NULL, NULL, (struct bytes){0});
    assert_int_equal(browser_status(browser), 301);
    assert_string_equal(browser_header(browser, "Location"),
                        arena_printf(front->arena, "%s/skjema/hello?lang=nn", front->site));
}

static void get(struct front *front, const char *path, const char *const *headers)
{
    browser_send(front->scene->walk.browser, "GET",
                 arena_printf(front->arena, "%s%s", front->site, path), headers, NULL,
                 (struct bytes){0});
}

static void hsts_is_said_once(struct front *front)
{
    get(front, "/", NULL);
    struct browser *browser = front->scene->walk.browser;
    assert_int_equal(browser_status(browser), 200);
    assert_string_equal(browser_header(browser, "Strict-Transport-Security"),
                        "max-age=31536000; includeSubDomains");
}

/* What a client says of itself would each be refused by the site, had it come from the proxy. */
static void forged_headers_reach_nobody(struct front *front)
{
    static const char *const forged[][2] = {
        {"X-Forwarded-For: not an address", NULL}, {"X-Forwarded-Host: evil.example", NULL},
        {"X-Forwarded-Proto: gopher", NULL},       {"Forwarded: for=203.0.113.9;host=evil", NULL},
        {"X-Real-IP: 203.0.113.9", NULL},
    };
    for (size_t i = 0; i < COUNT(forged); i++) {
        get(front, "/", forged[i]);
        assert_int_equal(browser_status(front->scene->walk.browser), 200);
    }
}

static void another_host_is_refused(struct front *front)
{
    static const char *const evil[] = {"Host: evil.example", NULL};
    struct browser *browser = scene_browser();
    browser_trust(browser, path_in(front, "certificate.pem"));
    browser_bear(browser);
    browser_send(browser, "GET", arena_printf(front->arena, "%s/", front->site), evil, NULL,
                 (struct bytes){0});
    if (browser_status(browser) != 0) /* nginx says nothing at all */
        assert_int_equal(browser_status(browser), 400);
    browser_close(&browser);
}

static struct bytes large_pdf(struct front *front, size_t size)
{
    static const char head[] = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n";
    unsigned char *pdf = arena_alloc(front->arena, size);
    memset(pdf, '%', size);
    memcpy(pdf, head, sizeof head - 1);
    return (struct bytes){pdf, size};
}

static void a_large_document_goes_through(struct front *front)
{
    enum { MEGABYTE = 1000 * 1000 };
    static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
    struct browser *browser = front->scene->walk.browser;
    walk_to_documents(&front->scene->walk, "Ingrid Fjeld");
    const char *address = arena_text(front->arena, browser_address(browser));
    assert_true(text_starts_with(address, front->site));
    browser_choose_file(browser, pay_slips, "stor.pdf", "application/pdf",
                        large_pdf(front, 9 * MEGABYTE));
    browser_press(browser, "Last opp valgt");
    scene_must_see(browser, "stor.pdf er lagt ved");

    browser_choose_file(browser, pay_slips, "for-stor.pdf", "application/pdf",
                        large_pdf(front, 11 * MEGABYTE));
    browser_press(browser, "Last opp valgt"); /* the site's own page, not the proxy's */
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "for-stor.pdf");

    browser_bear(browser); /* which a proxy may answer while it is sent, or close */
    browser_send(browser, "POST", address, NULL, "application/x-www-form-urlencoded",
                 large_pdf(front, 60 * MEGABYTE));
    if (browser_status(browser) != 0)
        assert_int_equal(browser_status(browser), 413);
}

static void an_application_is_sent_and_its_receipt_comes_back(struct front *front)
{
    struct walk *walk = &front->scene->walk;
    browser_close(&walk->browser);
    walk->browser = scene_browser();
    browser_trust(walk->browser, path_in(front, "certificate.pem"));
    scene_fill_hello(front->scene, "Jonas Lie Berg");
    walk_send(walk);
    struct bytes pdf = walk_receipt_bytes(walk, front->arena);
    assert_true(pdf.size > 10000);
    assert_memory_equal(pdf.data, "%PDF-", 5);
}

/* Whoever says nothing, or half a head, is the proxy's to hold: the others are served. */
static void slow_clients_hold_up_nobody(struct front *front)
{
    int slow[100];
    for (size_t i = 0; i < COUNT(slow); i++)
        assert_true((slow[i] = dial(i % 2 ? front->port : front->plain_port)) >= 0);
    for (size_t i = 0; i < COUNT(slow); i += 2)
        assert_true(send(slow[i], "GET / HTTP/1.1\r\nX-", 18, MSG_NOSIGNAL) == 18);
    hsts_is_said_once(front);
    for (size_t i = 0; i < COUNT(slow); i++)
        close(slow[i]);
}

static void try_all(void **state, const char *program, void (*start)(struct front *front))
{
    if (!is_there(program))
        skip();
    struct front front;
    open_front(&front, *state);
    start(&front);
    wait_for_proxy(&front);
    plain_http_leads_to_https(&front);
    hsts_is_said_once(&front);
    forged_headers_reach_nobody(&front);
    another_host_is_refused(&front);
    slow_clients_hold_up_nobody(&front);
    a_large_document_goes_through(&front);
    an_application_is_sent_and_its_receipt_comes_back(&front);
    close_front(&front);
}

static void tls_1_the_site_is_used_behind_nginx_as_shipped(void **state)
{
    try_all(state, "/usr/sbin/nginx", start_nginx);
}

static void tls_1_the_site_is_used_behind_haproxy_as_shipped(void **state)
{
    try_all(state, "/usr/sbin/haproxy", start_haproxy);
}

/* A proxy that should have led to HTTPS, and did not. */
static void tls_1_nothing_is_shown_or_done_over_plain_http(void **state)
{
    static const char *const more[] = {"--public_url", "https://skjema.example",
                                       "--trusted_proxies", "127.0.0.1", NULL};
    static const char *const open[] = {"Host: skjema.example", "X-Forwarded-Proto: http", NULL};
    static const char *const safe[] = {"Host: skjema.example", "X-Forwarded-Proto: https", NULL};
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene->server.site_port = free_port();
    assert_true(server_start(&scene->server, scene_program(), scene->forms, more));
    const char *site = arena_printf(arena, "http://127.0.0.1:%d", scene->server.site_port);
    struct browser *browser = scene->walk.browser = scene_browser();

    browser_send(browser, "GET", arena_printf(arena, "%s/skjema/hello?x=1", site), open, NULL,
                 (struct bytes){0});
    assert_int_equal(browser_status(browser), 303);
    assert_string_equal(browser_header(browser, "Location"),
                        "https://skjema.example/skjema/hello?x=1");
    browser_send(browser, "POST", arena_printf(arena, "%s/logg-ut", site), open,
                 "application/x-www-form-urlencoded", BYTES_OF("_csrf=x"));
    assert_int_equal(browser_status(browser), 303);
    assert_null(browser_header(browser, "Set-Cookie"));
    browser_send(browser, "GET", arena_printf(arena, "%s/skjema/hello", site), safe, NULL,
                 (struct bytes){0});
    assert_int_equal(browser_status(browser), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tls_1_the_site_is_used_behind_nginx_as_shipped,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(tls_1_the_site_is_used_behind_haproxy_as_shipped,
                                        scene_set_up_folder, scene_tear_down),
        cmocka_unit_test_setup_teardown(tls_1_nothing_is_shown_or_done_over_plain_http,
                                        scene_set_up_folder, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

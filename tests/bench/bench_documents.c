/* Documents into the running program and out of it, over real HTTP; and the memory it takes. */
#include "engine/base/buf.h"
#include "render/step.h"
#include "tests/bench/bytes.h"
#include "tests/flow/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOUNDARY "----bench"
#define TYPE "multipart/form-data; boundary=" BOUNDARY

static const char *const roomy[] = {"--file_bytes",
                                    "200000000",
                                    "--draft_bytes",
                                    "1000000000",
                                    "--postbox_bytes",
                                    "200000000",
                                    "--citizen_bytes",
                                    "2000000000",
                                    "--staging_bytes",
                                    "1000000000",
                                    NULL};

static void failed(const char *why)
{
    fprintf(stderr, "bench: %s\n", why);
    exit(1);
}

/* The log goes where the data is. */
static bool start(const struct bench *bench, struct server_under_test *server)
{
    snprintf(server->log, sizeof server->log, "%.500s/log", server->data);
    return server_start(server, bench->program, "examples", roomy);
}

/* ---- in ---- */

static void add_field(struct buf *body, const char *name, const char *value)
{
    buf_printf(body, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n",
               name, value);
}

/* The place of the last upload on the page, which takes several. */
static char *upload_place(struct arena *arena, struct browser *browser)
{
    const char *page = arena_text_of(arena, browser_content(browser)), *found = NULL;
    const char *mark = "name=\"" STEP_FILE_PREFIX;
    for (const char *at = page; (at = strstr(at, mark)); at += strlen(mark))
        found = at + strlen(mark);
    if (!found)
        failed("no file input is on the page");
    return arena_printf(arena, "%.*s", (int)strcspn(found, "\""), found);
}

static struct buf form_with(struct arena *arena, struct browser *browser, struct bytes document)
{
    struct buf body;
    buf_init(&body, arena);
    buf_reserve(&body, document.size + 4096);
    const char *place = upload_place(arena, browser);
    add_field(&body, "_csrf", browser_value(browser, "_csrf"));
    add_field(&body, STEP_FIELD_REVISION, browser_value(browser, STEP_FIELD_REVISION));
    add_field(&body, STEP_FIELD_ACTION, arena_printf(arena, STEP_UPLOAD "%s", place));
    buf_printf(&body,
               "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"" STEP_FILE_PREFIX
               "%s\"; filename=\"maaling.pdf\"\r\nContent-Type: application/pdf\r\n\r\n",
               place);
    buf_add(&body, document);
    buf_add_text(&body, "\r\n--" BOUNDARY "--\r\n");
    return body;
}

static struct bytes_cost now(const struct walk *walk)
{
    return (struct bytes_cost){bench_wall_s(), bytes_cpu_s(walk->server->process)};
}

static struct bytes_cost since(const struct walk *walk, struct bytes_cost began)
{
    struct bytes_cost ended = now(walk);
    return (struct bytes_cost){ended.wall_s - began.wall_s, ended.cpu_s - began.cpu_s};
}

/* One document in, at the step where it belongs. */
static struct bytes_cost upload(const struct walk *walk, const char *step, struct bytes document)
{
    struct browser *browser = walk->browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, step);
    struct buf body = form_with(arena, browser, document);
    struct bytes_cost began = now(walk);
    browser_send(browser, "POST", step, NULL, TYPE, buf_bytes(&body));
    struct bytes_cost took = since(walk, began);
    if (browser_status(browser) != 303)
        failed("the document was not taken");
    return took;
}

/* ---- out ---- */

static struct bytes_cost download(const struct walk *walk, struct bytes document)
{
    struct browser *browser = walk->browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, "/min-side/dokumenter");
    const char *link = browser_link(browser, "Last ned");
    if (!link)
        failed("the document is not on Min side");
    char *address = arena_text(arena, link);
    struct bytes_cost began = now(walk);
    browser_send(browser, "GET", address, NULL, NULL, (struct bytes){0});
    struct bytes_cost took = since(walk, began);
    struct bytes content = browser_content(browser);
    if (content.size != document.size || memcmp(content.data, document.data, content.size) != 0)
        failed("the document came back as another");
    return took;
}

static void remove_it(struct browser *browser, const char *step)
{
    browser_visit(browser, step);
    browser_press(browser, "Fjern maaling.pdf");
}

/* ---- both ---- */

static bool measure(const struct bench *bench, struct arena *arena, struct walk *walk,
                    const char *step, size_t size, struct error *err)
{
    struct bytes document = bytes_document(arena, size);
    struct bytes_floor floor;
    struct bytes_cost in[BYTES_ROUNDS], out[BYTES_ROUNDS];
    if (!bytes_measure_floor(bench, size, &floor, err))
        return false;
    for (int i = 0; i < BYTES_ROUNDS; i++) {
        in[i] = upload(walk, step, document);
        out[i] = download(walk, document);
        remove_it(walk->browser, step);
    }
    bytes_rows(arena_printf(arena, "upload a document of %zu MB", size / 1000000), size, in,
               &floor);
    bytes_rows("download it", size, out, &floor);
    bench_row(
        "  most memory of the server so far",
        arena_printf(arena, "%.0f MB resident", bytes_most_resident_mb(walk->server->process)), "",
        "");
    return true;
}

static bool run(const struct bench *bench, struct server_under_test *server, struct error *err)
{
    if (!start(bench, server))
        return error_set(err, ERROR_UNAVAILABLE, "the program did not start");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct walk walk = {.server = server, .browser = browser_open(failed), .failed = failed};
    walk_to_documents(&walk, "Ingrid Fjeld");
    char *step = arena_text(arena, browser_address(walk.browser));
    bool good = true;
    for (int i = 0; i < BYTES_SIZES && good; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        good = measure(bench, own, &walk, step, bytes_sizes[i], err);
    }
    browser_close(&walk.browser);
    return good;
}

bool bench_documents(const struct bench *bench)
{
    struct server_under_test server = {0};
    struct error err = {0};
    snprintf(server.data, sizeof server.data, "%s/documents-XXXXXX", bench->folder);
    if (!mkdtemp(server.data))
        return bench_fail("documents", &(struct error){.text = "a folder cannot be made"});
    bool good = run(bench, &server, &err);
    server_stop(&server);
    server_remove_folder(server.data);
    return good || bench_fail("documents", &err);
}

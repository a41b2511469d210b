/* test_strangers.c - what belongs to one person is not there for anybody else: every id that
 * somebody's pages show, tried at every row of the route table (security.md S-SQL-3). */
#include "tests/flow/scene.h"

#include "engine/base/text.h"
#include "engine/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

enum { MOST = 400 };

/* Texts, each once. */
struct words {
    const char *items[MOST];
    size_t count;
};

/* What somebody's own pages lead to, and the ids that stand in there. */
struct found {
    struct arena *arena;
    struct words paths, ids, pages;
};

static bool add(struct arena *arena, struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (text_equal(words->items[i], word))
            return false;
    assert_true(words->count < MOST);
    words->items[words->count++] = arena_text(arena, word);
    return true;
}

/* ---- going through somebody's pages ---- */

static const struct router_route *row_of(struct arena *arena, const char *method, const char *path,
                                         struct request_pairs *parameters)
{
    const struct router router = {.routes = routes, .route_count = routes_count};
    const char *allow;
    return router_find(&router, arena, method, path, parameters, &allow);
}

static void note_parameters(struct found *found, const struct request_pairs *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const struct request_pair *pair = &parameters->items[i];
        if (text_equal(pair->name, "page"))
            add(found->arena, &found->pages, pair->value);
        else if (!text_equal(pair->name, "form"))
            add(found->arena, &found->ids, pair->value);
    }
}

/* A link or a form's address; true when it is a page to look at that was not seen before. */
static bool note(struct found *found, const char *path)
{
    struct request_pairs parameters = {0};
    const struct router_route *row = row_of(found->arena, "GET", path, &parameters);
    if (!row)
        row = row_of(found->arena, "POST", path, &parameters);
    if (!row || row->who != ROUTER_CITIZEN)
        return false;
    note_parameters(found, &parameters);
    return text_equal(row->method, "GET") && add(found->arena, &found->paths, path);
}

static void note_attributes(struct found *found, const char *page, const char *attribute)
{
    for (const char *at = page; (at = strstr(at, attribute));) {
        at += strlen(attribute);
        note(found, arena_printf(found->arena, "%.*s", (int)strcspn(at, "\"?#"), at));
    }
}

static void visit(const struct scene *scene, struct browser *browser, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, arena_printf(arena, "%s%s", scene->server.site, path));
}

static void go_through(struct scene *scene, struct found *found)
{
    struct browser *browser = scene->walk.browser;
    add(found->arena, &found->paths, "/min-side");
    for (size_t i = 0; i < found->paths.count; i++) {
        visit(scene, browser, found->paths.items[i]);
        assert_int_equal(browser_status(browser), 200);
        const char *type = browser_header(browser, "Content-Type");
        if (!type || !text_starts_with(type, "text/html"))
            continue;
        const char *page = arena_text_of(found->arena, browser_content(browser));
        note_attributes(found, page, "href=\"");
        note_attributes(found, page, "action=\"");
    }
}

/* ---- trying them as another ---- */

/* The row's address with that id wherever one stands; NULL when it takes none. */
static const char *address_with(const struct found *found, const struct router_route *row,
                                const char *id)
{
    const char *path = "";
    bool takes_one = false;
    for (const char *at = row->pattern; *at;) {
        int size = (int)strcspn(at + 1, "/");
        const char *segment = arena_printf(found->arena, "%.*s", size, at + 1);
        if (text_equal(segment, ":page"))
            segment = found->pages.items[0];
        else if (text_equal(segment, ":form") || text_equal(segment, ":name"))
            return NULL; /* everybody's */
        else if (*segment == ':') {
            segment = id;
            takes_one = true;
        }
        path = arena_printf(found->arena, "%s/%s", path, segment);
        at += 1 + size;
    }
    return takes_one ? path : NULL;
}

static void ask(const struct scene *scene, struct browser *browser, const char *method,
                const char *path, const char *token)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *body = arena_printf(arena, "_csrf=%s&_revisjon=1", token);
    bool posts = text_equal(method, "POST");
    browser_send(browser, method, arena_printf(arena, "%s%s", scene->server.site, path), NULL,
                 posts ? FORM_TYPE : NULL, posts ? BYTES_OF(body) : (struct bytes){NULL, 0});
}

/* What is told, without the id of the request. */
static const char *told(struct arena *arena, struct browser *browser)
{
    const char *text = browser_text(browser), *id = strstr(text, "feil-ID ");
    return arena_printf(arena, "%.*s", id ? (int)(id - text) : (int)strlen(text), text);
}

static const char *token_of(const struct scene *scene, struct arena *arena, struct browser *browser)
{
    visit(scene, browser, "/min-side");
    const char *token = browser_value(browser, "_csrf");
    return token ? arena_text(arena, token) : "";
}

typedef void (*asked)(const struct scene *scene, struct arena *arena, struct browser *browser,
                      const struct router_route *row, const char *path, const char *other,
                      const char *token);

/* Every row, with every id; and with one of the same look that is nobody's. */
static size_t try_all(const struct scene *scene, const struct found *found, struct browser *browser,
                      asked trial)
{
    const char *token = token_of(scene, found->arena, browser);
    size_t count = 0;
    for (size_t i = 0; i < routes_count; i++)
        for (size_t k = 0; routes[i].who == ROUTER_CITIZEN && k < found->ids.count; k++) {
            CLEANUP(arena_close) struct arena *arena = arena_open();
            const char *path = address_with(found, &routes[i], found->ids.items[k]);
            const char *other = address_with(found, &routes[i], "AAAAAAAAAAAAAAAAAAAAAA");
            if (!path)
                break;
            trial(scene, arena, browser, &routes[i], path, other, token);
            count++;
        }
    return count;
}

static void gets_the_404_of_what_is_not_there(const struct scene *scene, struct arena *arena,
                                              struct browser *browser,
                                              const struct router_route *row, const char *path,
                                              const char *other, const char *token)
{
    ask(scene, browser, row->method, path, token);
    if (browser_status(browser) != 404)
        fail_msg("%s %s: %d", row->method, path, browser_status(browser));
    const char *first = told(arena, browser);
    ask(scene, browser, row->method, other, token);
    assert_int_equal(browser_status(browser), 404);
    assert_string_equal(first, told(arena, browser));
}

static void is_sent_to_log_in_or_refused(const struct scene *scene, struct arena *arena,
                                         struct browser *browser, const struct router_route *row,
                                         const char *path, const char *other, const char *token)
{
    ask(scene, browser, row->method, path, token);
    int status = browser_status(browser);
    const char *first = told(arena, browser);
    ask(scene, browser, row->method, other, token);
    if (status != browser_status(browser) ||
        status != (text_equal(row->method, "POST") ? 401 : 303))
        fail_msg("%s %s: %d, %d for an id that is nobody's", row->method, path, status,
                 browser_status(browser));
    assert_string_equal(first, told(arena, browser));
}

/* Ingrid's: something sent, with documents from the postbox, and a draft. */
static void fill_in(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_to_review(&scene->walk);
    walk_send(&scene->walk);
    scene_fill_hello(scene, "Ingrid Fjeld");
    scene_must_see(browser, "Se over og send inn");
}

static void sql_3_what_is_anothers_is_not_there(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *nobody = scene_browser();
    fill_in(scene);
    struct found found = {.arena = arena}, again = {.arena = arena};
    go_through(scene, &found);
    assert_true(found.ids.count >= 5); /* a draft, what was sent, a consent, two documents */

    struct walk second = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    visit(scene, second.browser, "/min-side");
    walk_log_in(&second, "Oddny Hauge");
    size_t tried = try_all(scene, &found, second.browser, gets_the_404_of_what_is_not_there);
    assert_true(tried >= found.ids.count * 15);
    try_all(scene, &found, nobody, is_sent_to_log_in_or_refused);
    browser_close(&second.browser);

    go_through(scene, &again); /* and all is as it was */
    assert_int_equal(again.paths.count, found.paths.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sql_3_what_is_anothers_is_not_there, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

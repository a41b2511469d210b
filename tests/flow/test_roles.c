/* test_roles.c - who may open what: every row of the route table, with every id that somebody's
 * pages show, as nobody, as its owner, as another citizen and as another agency. Only the owner's
 * cell opens; what belongs to one is, for the others, not there (security.md S-SQL-3). A row that
 * is added to the table is tried without a word here. */
#include "tests/flow/agency.h"

#include "engine/base/text.h"
#include "engine/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FORM_TYPE "application/x-www-form-urlencoded"
#define NOBODYS "AAAAAAAAAAAAAAAAAAAAAA" /* an id that looks like one and is nobody's */
#define INGRID "02878520281"
#define READER "organisation=974761076&scope=skjema:bevis.read"
#define ANOTHER "organisation=310245682&scope=skjema:bevis.read"

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

/* ---- the rows ---- */

/* The row's address with that id wherever one stands; NULL when it takes none and one is given, or
 * takes one and NULL is given. */
static const char *address_of(const struct found *found, const struct router_route *row,
                              const char *id)
{
    const char *path = "";
    bool takes_one = false;
    for (const char *at = row->pattern; *at;) {
        int size = (int)strcspn(at + 1, "/");
        const char *segment = arena_printf(found->arena, "%.*s", size, at + 1);
        if (text_equal(segment, ":page"))
            segment = found->pages.items[0];
        else if (text_equal(segment, ":form"))
            segment = "hello";
        else if (text_equal(segment, ":name"))
            segment = "ingen.css";
        else if (*segment == ':') {
            segment = id;
            takes_one = true;
        }
        path = arena_printf(found->arena, "%s/%s", path, segment ? segment : "");
        at += 1 + size;
    }
    return takes_one == (id != NULL) ? path : NULL;
}

static bool is_post(const struct router_route *row)
{
    return text_equal(row->method, "POST");
}

/* ---- who asks ---- */

struct role {
    const struct scene *scene;
    struct browser *browser;
    const char *csrf;          /* of their own pages; "": they have none */
    const char *authorization; /* a machine's, or NULL */
};

static void ask(const struct role *role, const struct router_route *row, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *const headers[] = {role->authorization, NULL};
    bool is_json = row->who == ROUTER_MACHINE;
    const char *body = is_json ? "{}" : arena_printf(arena, "_csrf=%s&_revisjon=1", role->csrf);
    browser_send(role->browser, row->method,
                 arena_printf(arena, "%s%s", role->scene->server.site, path), headers,
                 !is_post(row) ? NULL
                 : is_json     ? "application/json"
                               : FORM_TYPE,
                 is_post(row) ? BYTES_OF(body) : (struct bytes){NULL, 0});
}

/* What is told, without the id of the request. */
static const char *told(struct arena *arena, const struct role *role)
{
    const char *text = browser_text(role->browser), *id = strstr(text, "feil-ID ");
    if (!id)
        id = strstr(text, "request_id");
    return arena_printf(arena, "%.*s", id ? (int)(id - text) : (int)strlen(text), text);
}

static const char *token_of(const struct scene *scene, struct arena *arena, struct browser *browser)
{
    visit(scene, browser, "/min-side");
    const char *token = browser_value(browser, "_csrf");
    return token ? arena_text(arena, token) : "";
}

/* That row and id, and one that is nobody's: both refused so, in the same words. */
static void must_be_refused(const struct role *role, const struct found *found,
                            const struct router_route *row, const char *id, int status)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *path = address_of(found, row, id), *other = address_of(found, row, NOBODYS);
    ask(role, row, path);
    if (browser_status(role->browser) != status)
        fail_msg("%s %s: %d, not %d", row->method, path, browser_status(role->browser), status);
    const char *first = told(arena, role);
    ask(role, row, other);
    assert_int_equal(browser_status(role->browser), status);
    assert_string_equal(first, told(arena, role));
}

/* ---- what each role gets ---- */

static int status_for_strangers(const struct router_route *row)
{
    return is_post(row) ? 401 : 303; /* to the login */
}

/* A page of one's own without an id: strangers log in, others see their own and nothing of the
 * owner's. */
static void try_without_id(const struct role *role, const struct found *found,
                           const struct router_route *row, bool is_citizen)
{
    const char *path = address_of(found, row, NULL);
    if (!path || (is_citizen && is_post(row)))
        return;
    ask(role, row, path);
    if (!is_citizen) {
        if (browser_status(role->browser) != status_for_strangers(row))
            fail_msg("%s %s: %d", row->method, path, browser_status(role->browser));
        return;
    }
    assert_true(browser_status(role->browser) == 200 || browser_status(role->browser) == 303);
    for (size_t i = 0; i < found->ids.count; i++)
        assert_false(browser_sees(role->browser, found->ids.items[i]));
}

/* Every row for citizens with every id. */
static size_t try_pages(const struct role *role, const struct found *found, bool is_citizen)
{
    size_t count = 0;
    for (size_t i = 0; i < routes_count; i++) {
        const struct router_route *row = &routes[i];
        if (row->who != ROUTER_CITIZEN)
            continue;
        try_without_id(role, found, row, is_citizen);
        for (size_t k = 0; address_of(found, row, NOBODYS) && k < found->ids.count; k++, count++)
            must_be_refused(role, found, row, found->ids.items[k],
                            is_citizen ? 404 : status_for_strangers(row));
    }
    return count;
}

/* Every row for machines, with the id of a conversation. */
static size_t try_machines(const struct role *role, const struct found *found, const char *id,
                           int status)
{
    size_t count = 0;
    for (size_t i = 0; i < routes_count; i++) {
        const struct router_route *row = &routes[i];
        if (row->who != ROUTER_MACHINE || !address_of(found, row, NOBODYS))
            continue;
        must_be_refused(role, found, row, id, status);
        count++;
    }
    return count;
}

/* What is everybody's is the same for all: found, and never an error. */
static void try_public(const struct role *role, const struct found *found)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct router_route *row = &routes[i];
        const char *path = address_of(found, row, NULL);
        if (row->who != ROUTER_ANYONE || is_post(row) || !path)
            continue;
        ask(role, row, path);
        if (browser_status(role->browser) >= 500 || browser_status(role->browser) == 401)
            fail_msg("%s %s: %d", row->method, path, browser_status(role->browser));
    }
}

/* Each row for citizens that takes an id and changes nothing is opened with one of the owner's; but
 * those for what this owner has none of. */
static void owner_opens(const struct role *owner, const struct found *found, const char *const *but)
{
    bool all = true;
    for (size_t i = 0; i < routes_count; i++) {
        const struct router_route *row = &routes[i];
        if (row->who != ROUTER_CITIZEN || is_post(row) || !address_of(found, row, NOBODYS))
            continue;
        bool opened = false;
        for (size_t k = 0; !opened && k < found->ids.count; k++) {
            ask(owner, row, address_of(found, row, found->ids.items[k]));
            opened = browser_status(owner->browser) < 400;
        }
        bool expected = true;
        for (size_t k = 0; but[k]; k++)
            expected = expected && !text_equal(but[k], row->pattern);
        if (opened != expected)
            print_error("%s: %s for its owner\n", row->pattern, opened ? "opens" : "does not open");
        all = all && opened == expected;
    }
    assert_true(all);
}

/* "FB-2026-000001" on the receipt. */
static const char *reference_on(struct scene *scene, struct arena *arena)
{
    const char *at = strstr(browser_text(scene->walk.browser), "FB-20");
    assert_non_null(at);
    return arena_printf(arena, "%.14s", at);
}

static void run(const char *const *words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    if (server_run(arena, scene_program(), words, &said) != 0)
        fail_msg("%s: %s", words[0], said);
}

static void decide(struct scene *scene, struct arena *arena, const char *reference)
{
    const char *path = arena_printf(arena, "%s/vedtak.pdf", scene->server.data);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("%PDF-1.4\n%%EOF\n", file) > 0);
    assert_int_equal(fclose(file), 0);
    run((const char *const[]){"decide", reference, "--file", path, "--outcome", "granted",
                              "--title", "Innvilget", "--data", scene->server.data, "--sandbox",
                              NULL});
}

/* The owner's: something sent, with documents from the postbox, a certificate that was issued on
 * it, and a decision; something withdrawn; and a draft. */
static void fill_in(struct scene *scene, struct arena *arena)
{
    walk_to_review(&scene->walk);
    walk_send(&scene->walk);
    const char *reference = reference_on(scene, arena);
    run((const char *const[]){"issue", reference, "--type", "serveringsbevilling", "--title",
                              "Serveringsbevilling", "--data", scene->server.data, "--sandbox",
                              NULL});
    decide(scene, arena, reference);
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    browser_press(scene->walk.browser, "Trekk søknaden");
    browser_press(scene->walk.browser, "Trekk søknaden");
    scene_must_see(scene->walk.browser, "Du har trukket søknaden");
    scene_fill_hello(scene, "Ingrid Fjeld");
    scene_must_see(scene->walk.browser, "Se over og send inn");
}

/* The letter with the receipt leads back here. */
static void note_letter(struct scene *scene, struct found *found)
{
    struct browser *browser = scene->walk.browser;
    scene_wait_for_letters(scene, "ingrid", "Kvittering: Søknad", 1, 30);
    browser_visit(browser,
                  arena_printf(found->arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(browser, "Kvittering: Søknad");
    const char *link = browser_link(browser, "Se søknaden");
    assert_non_null(link);
    assert_true(text_starts_with(link, scene->server.site));
    note(found, link + strlen(scene->server.site));
}

static void sql_3_only_the_owners_cell_of_routes_and_roles_opens(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency asking, curious;
    fill_in(scene, arena);
    agency_open(&asking, scene, arena, READER);
    agency_open(&curious, scene, arena, ANOTHER);
    assert_int_equal(agency_ask(&asking, INGRID, "serveringsbevilling", "sak-1"), 202);
    const char *conversation = agency_text(&asking, "href");
    const char *conversation_id = arena_text(arena, strrchr(conversation, '/') + 1);

    struct found found = {.arena = arena}, again = {.arena = arena};
    note_letter(scene, &found);
    go_through(scene, &found);
    assert_true(found.ids.count >= 5); /* a draft, what was sent, a consent, two documents */

    struct walk second = {
        .server = &scene->server, .browser = scene_browser(), .failed = scene->walk.failed};
    visit(scene, second.browser, "/min-side");
    walk_log_in(&second, "Oddny Hauge");
    CLEANUP(browser_close) struct browser *stranger = scene_browser();
    CLEANUP(browser_close) struct browser *machine = scene_browser();
    const struct role owner = {scene, scene->walk.browser,
                               token_of(scene, arena, scene->walk.browser), NULL},
                      citizen = {scene, second.browser, token_of(scene, arena, second.browser),
                                 NULL},
                      nobody = {scene, stranger, "", NULL},
                      agency = {scene, machine, "",
                                arena_printf(arena, "Authorization: Bearer %s", curious.token)};

    static const char *const lacks[] = {"/min-side/ettersend/:id", /* nothing promised for later */
                                        "/min-side/ettersend/:id/kvittering.pdf", NULL};
    owner_opens(&owner, &found, lacks);
    assert_true(try_pages(&citizen, &found, true) >= found.ids.count * 15);
    assert_true(try_pages(&nobody, &found, false) >= found.ids.count * 15);
    assert_true(try_pages(&agency, &found, false) >= found.ids.count * 15);

    assert_int_equal(agency_send(&asking, "GET", conversation, NULL, NULL), 200);
    assert_true(try_machines(&agency, &found, conversation_id, 404) >= 2);
    assert_true(try_machines(&owner, &found, conversation_id, 401) >= 2);
    assert_true(try_machines(&citizen, &found, conversation_id, 401) >= 2);
    assert_true(try_machines(&nobody, &found, conversation_id, 401) >= 2);
    try_public(&nobody, &found);
    try_public(&agency, &found);
    browser_close(&second.browser);

    note_letter(scene, &again); /* and all is as it was */
    go_through(scene, &again);
    size_t kept = 0; /* what nobody posted to a draft's step waits for its owner's word (kept.h) */
    for (size_t i = 0; i < again.paths.count; i++)
        kept += text_ends_with(again.paths.items[i], "/ikke-lagret");
    assert_true(kept <= 1);
    assert_int_equal(again.paths.count, found.paths.count + kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sql_3_only_the_owners_cell_of_routes_and_roles_opens,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

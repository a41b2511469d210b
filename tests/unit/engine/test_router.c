#include "engine/base/text.h"
#include "engine/http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_close(&arena);
    return 0;
}

/* What happened to a request: the handler's name, "refuse 404", "denied". */
struct outcome {
    const char *what;
    const char *id, *side;
    bool deny;
    const char *left_after; /* what had happened by then */
};

static void note(void *context, struct request *request, const char *what)
{
    struct outcome *outcome = context;
    outcome->what = what;
    outcome->id = request_parameter(request, "id");
    outcome->side = request_parameter(request, "side");
}

static void front(void *context, struct request *request, struct response *response)
{
    (void)response;
    note(context, request, "front");
}

static void show(void *context, struct request *request, struct response *response)
{
    (void)response;
    note(context, request, "show");
}

static void save(void *context, struct request *request, struct response *response)
{
    (void)response;
    note(context, request, "save");
}

static void review(void *context, struct request *request, struct response *response)
{
    (void)response;
    note(context, request, "review");
}

static bool admit(void *context, const struct router_route *route, struct request *request,
                  struct response *response)
{
    struct outcome *outcome = context;
    request->visitor = outcome;
    if (route->who == ROUTER_ANYONE || !outcome->deny)
        return true;
    note(context, request, "denied");
    response_redirect(response, "/logg-inn");
    return false;
}

static void leave(const struct router_route *route, struct request *request)
{
    struct outcome *outcome = request->visitor;
    assert_non_null(route);
    outcome->left_after = outcome->what;
}

static void refuse(void *context, int status, struct request *request, struct response *response)
{
    note(context, request, arena_printf(request->arena, "refuse %d", status));
    response->status = status;
}

static const struct router_route routes[] = {
    {"GET", "/", ROUTER_ANYONE, front, 0, NULL},
    {"GET", "/utkast/:id/oppsummering", ROUTER_CITIZEN, review, 0, NULL},
    {"GET", "/utkast/:id/:side", ROUTER_CITIZEN, show, 0, NULL},
    {"POST", "/utkast/:id/:side", ROUTER_CITIZEN, save, 5000000, "*"},
    {"POST", "/velg", ROUTER_CITIZEN, save, 0, "dokument"},
};

static struct response ask(struct arena *arena, struct outcome *outcome, const char *method,
                           const char *path, struct request_pairs fields)
{
    struct router router = {.routes = routes,
                            .route_count = COUNT(routes),
                            .admit = admit,
                            .leave = leave,
                            .refuse = refuse,
                            .context = outcome};
    struct request request = {.arena = arena, .method = method, .path = path, .fields = fields};
    struct response response;
    response_init(&response, arena);
    router_handle(&router, &request, &response);
    return response;
}

static void a_path_finds_its_row(void **state)
{
    static const struct {
        const char *method, *path, *what;
    } cases[] = {
        {"GET", "/", "front"},
        {"HEAD", "/", "front"},
        {"GET", "/utkast/x/barn", "show"},
        {"POST", "/utkast/x/barn", "save"},
        {"GET", "/utkast/x/oppsummering", "review"},
        {"POST", "/utkast/x/oppsummering", "save"},
        {"GET", "/utkast/x", "refuse 404"},
        {"GET", "/utkast/x/", "refuse 404"},
        {"GET", "/utkast/x/y/z", "refuse 404"},
        {"GET", "/utkast/x/y/", "refuse 404"},
        {"GET", "/Utkast/x/y", "refuse 404"},
        {"GET", "/utkastx/y/z", "refuse 404"},
        {"GET", "", "refuse 404"},
        {"POST", "/", "refuse 405"},
        {"DELETE", "/utkast/x/y", "refuse 405"},
        {"get", "/", "refuse 405"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome outcome = {0};
        ask(*state, &outcome, cases[i].method, cases[i].path, (struct request_pairs){0});
        assert_string_equal(outcome.what, cases[i].what);
    }
}

static void parameters_are_the_segments(void **state)
{
    struct outcome outcome = {0};
    ask(*state, &outcome, "GET", "/utkast/a b/økonomi", (struct request_pairs){0});
    assert_string_equal(outcome.id, "a b");
    assert_string_equal(outcome.side, "økonomi");
}

static void http_3_a_wrong_method_is_told_the_right_ones(void **state)
{
    struct outcome outcome = {0};
    struct response response =
        ask(*state, &outcome, "PUT", "/utkast/x/y", (struct request_pairs){0});
    assert_string_equal(response_find_header(&response, "Allow"), "GET, HEAD, POST");
    assert_int_equal(response.status, 405);
    response = ask(*state, &outcome, "POST", "/", (struct request_pairs){0});
    assert_string_equal(response_find_header(&response, "Allow"), "GET, HEAD");
    response = ask(*state, &outcome, "GET", "/velg", (struct request_pairs){0});
    assert_string_equal(response_find_header(&response, "Allow"), "POST");
}

static void who_is_not_admitted_does_not_reach_the_handler(void **state)
{
    struct outcome outcome = {.deny = true};
    struct response response =
        ask(*state, &outcome, "GET", "/utkast/x/y", (struct request_pairs){0});
    assert_string_equal(outcome.what, "denied");
    assert_string_equal(response_find_header(&response, "Location"), "/logg-inn");
    ask(*state, &outcome, "GET", "/", (struct request_pairs){0});
    assert_string_equal(outcome.what, "front");
}

static void who_was_admitted_leaves_when_the_handler_is_done(void **state)
{
    struct outcome outcome = {0};
    ask(*state, &outcome, "GET", "/utkast/x/y", (struct request_pairs){0});
    assert_string_equal(outcome.left_after, "show");
    outcome = (struct outcome){.deny = true};
    ask(*state, &outcome, "GET", "/utkast/x/y", (struct request_pairs){0});
    assert_null(outcome.left_after);
}

static void http_7_only_fields_that_may_come_twice_do(void **state)
{
    struct request_pair fields[] = {{"dokument", "1"}, {"a", "1"}, {"dokument", "2"}, {"a", "2"}};
    struct outcome outcome = {0};
    ask(*state, &outcome, "POST", "/velg", (struct request_pairs){fields, 3});
    assert_string_equal(outcome.what, "save");
    ask(*state, &outcome, "POST", "/velg", (struct request_pairs){fields, 4});
    assert_string_equal(outcome.what, "refuse 400");
    ask(*state, &outcome, "POST", "/utkast/x/y", (struct request_pairs){fields, 4});
    assert_string_equal(outcome.what, "save");
}

static const struct router_route site_routes[] = {
    {"POST", "/fyll", ROUTER_ANYONE, save, ROUTER_FILES, "*"},
    {"POST", "/send", ROUTER_ANYONE, save, 0, NULL},
};

static bool is_send(const struct router_route *route)
{
    return route == &site_routes[1];
}

static void the_body_limit_is_that_of_the_row(void **state)
{
    struct router router = {
        .routes = routes, .route_count = COUNT(routes), .admit = admit, .refuse = refuse};
    struct request request = {.arena = *state, .method = "POST", .path = "/utkast/x/y"};
    assert_int_equal(router_body_limit(&router, &request), 5000000);
    request.method = "GET";
    assert_int_equal(router_body_limit(&router, &request), REQUEST_BODY_BYTES);
    request.path = "/ingen";
    assert_int_equal(router_body_limit(&router, &request), REQUEST_BODY_BYTES);
}

static void d_14_what_brings_files_yields_and_what_is_sent_does_not(void **state)
{
    struct router site = {.routes = site_routes, .route_count = COUNT(site_routes)};
    struct request_pair type = {"Content-Type", "multipart/form-data; boundary=x"};
    struct request request = {
        .arena = *state, .method = "POST", .path = "/fyll", .headers = {&type, 1}};
    assert_true(router_yields(&site, &request));
    type.value = "application/x-www-form-urlencoded";
    assert_false(router_yields(&site, &request));
    request.path = "/send";
    assert_false(router_yields(&site, &request));
    site.yields = is_send;
    assert_true(router_yields(&site, &request));
    request.path = "/ingen";
    assert_false(router_yields(&site, &request));
}

static void only_rows_that_wait_for_nothing_are_answered_at_once(void **state)
{
    struct router site = {.routes = site_routes, .route_count = COUNT(site_routes)};
    struct request request = {.arena = *state, .method = "POST", .path = "/send"};
    assert_false(router_at_once(&site, &request));
    site.at_once = is_send;
    assert_true(router_at_once(&site, &request));
    request.path = "/fyll";
    assert_false(router_at_once(&site, &request));
    request.path = "/ingen";
    assert_false(router_at_once(&site, &request));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_path_finds_its_row),
        WITH_ARENA(parameters_are_the_segments),
        WITH_ARENA(http_3_a_wrong_method_is_told_the_right_ones),
        WITH_ARENA(who_is_not_admitted_does_not_reach_the_handler),
        WITH_ARENA(who_was_admitted_leaves_when_the_handler_is_done),
        WITH_ARENA(http_7_only_fields_that_may_come_twice_do),
        WITH_ARENA(the_body_limit_is_that_of_the_row),
        WITH_ARENA(d_14_what_brings_files_yields_and_what_is_sent_does_not),
        WITH_ARENA(only_rows_that_wait_for_nothing_are_answered_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

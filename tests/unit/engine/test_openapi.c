/* test_openapi.c - the API's description and the table of routes say the same. That it is OpenAPI,
 * and that answers are as it says, others' code checks: tests/openapi, test_evidence. */
#include "engine/base/text.h"
#include "engine/config.h"
#include "engine/routes.h"
#include "storage/evidence_requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>
#include <strings.h>

extern const unsigned char openapi_document[], openapi_document_end[];

static int read_document(void **state)
{
    json_error_t why;
    *state =
        json_loadb((const char *)openapi_document,
                   (size_t)(openapi_document_end - openapi_document), JSON_REJECT_DUPLICATES, &why);
    return *state ? 0 : -1;
}

static int release_document(void **state)
{
    json_decref(*state);
    return 0;
}

/* "/api/v1/x/:id/y" and "/api/v1/x/{conversation}/y" */
static bool is_same_path(const char *pattern, const char *template)
{
    while (*pattern && *template) {
        size_t left = strcspn(pattern + 1, "/") + 1, right = strcspn(template + 1, "/") + 1;
        bool both_vary = pattern[1] == ':' && template[1] == '{' && template[right - 1] == '}';
        if (!both_vary && (left != right || memcmp(pattern, template, left) != 0))
            return false;
        pattern += left;
        template += right;
    }
    return !*pattern && !*template;
}

static json_t *operation_of(json_t *document, const struct router_route *route)
{
    const char *template, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(document, "paths"), template, methods)
    {
        if (!is_same_path(route->pattern, template))
            continue;
        json_object_foreach(methods, method, operation)
        {
            if (strcasecmp(method, route->method) == 0)
                return operation;
        }
    }
    return NULL;
}

static void every_route_of_the_api_is_described_and_asks_for_a_token_as_it_says(void **state)
{
    size_t described = 0;
    for (size_t i = 0; i < routes_count; i++) {
        if (!text_starts_with(routes[i].pattern, "/api/"))
            continue;
        json_t *operation = operation_of(*state, &routes[i]);
        if (!operation)
            fail_msg("%s %s is not described", routes[i].method, routes[i].pattern);
        size_t asks = json_array_size(json_object_get(operation, "security"));
        assert_int_equal(asks > 0, routes[i].who == ROUTER_MACHINE);
        described++;
    }
    assert_true(described >= 6);
}

static void everything_that_is_described_is_there(void **state)
{
    const char *template, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(*state, "paths"), template, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            bool found = false;
            for (size_t i = 0; i < routes_count && !found; i++)
                found = operation_of(*state, &routes[i]) == operation;
            if (!found)
                fail_msg("%s %s is not there", method, template);
        }
    }
}

static void scopes_are_those_of_the_settings_unless_they_say_otherwise(void **state)
{
    struct config config;
    config_init(&config);
    const char *template, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(*state, "paths"), template, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            json_t *scopes = json_object_get(
                json_array_get(json_object_get(operation, "security"), 0), "maskinporten");
            const char *scope = json_string_value(json_array_get(scopes, 0));
            assert_true(!scope || text_equal(scope, config.machine_scope_read) ||
                        text_equal(scope, config.machine_scope_write));
        }
    }
}

static void languages_of_a_purpose_are_those_that_are_taken(void **state)
{
    json_t *schemas = json_object_get(json_object_get(*state, "components"), "schemas");
    json_t *members = json_object_get(json_object_get(schemas, "EvidenceRequest"), "properties");
    json_t *words = json_object_get(json_object_get(members, "purpose"), "properties");
    assert_int_equal(json_object_size(words), EVIDENCE_LANGUAGES);
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++)
        assert_non_null(json_object_get(words, evidence_languages[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_of_the_api_is_described_and_asks_for_a_token_as_it_says),
        cmocka_unit_test(everything_that_is_described_is_there),
        cmocka_unit_test(scopes_are_those_of_the_settings_unless_they_say_otherwise),
        cmocka_unit_test(languages_of_a_purpose_are_those_that_are_taken),
    };
    return cmocka_run_group_tests(tests, read_document, release_document);
}

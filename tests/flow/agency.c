#include "tests/flow/agency.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void agency_open(struct agency *agency, struct scene *scene, struct arena *arena,
                 const char *fields)
{
    *agency = (struct agency){.scene = scene, .arena = arena, .client = scene_browser()};
    browser_send(agency->client, "POST",
                 arena_printf(arena, "%s/control/machine-token", scene->server.postbox), NULL,
                 "application/x-www-form-urlencoded", BYTES_OF(fields));
    assert_int_equal(browser_status(agency->client), 200);
    agency->token = agency_text(agency, "access_token");
}

void agency_close(struct agency *agency)
{
    browser_close(&agency->client);
}

int agency_send(struct agency *agency, const char *method, const char *path, const char *header,
                const char *body)
{
    const char *bearer = arena_printf(agency->arena, "Authorization: Bearer %s", agency->token);
    const char *const headers[] = {bearer, header, NULL};
    browser_send(agency->client, method,
                 arena_printf(agency->arena, "%s%s", agency->scene->server.site, path), headers,
                 "application/json", BYTES_OF(body ? body : ""));
    return browser_status(agency->client);
}

json_t *agency_json(const struct agency *agency)
{
    struct bytes body = browser_content(agency->client);
    json_t *json = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        fail_msg("not JSON: %.*s", (int)body.size, (const char *)body.data);
    return json;
}

const char *agency_text(const struct agency *agency, const char *path)
{
    json_t *json = agency_json(agency);
    const json_t *at = json;
    while (*path) {
        size_t length = strcspn(path, ".");
        at = json_object_get(at, arena_printf(agency->arena, "%.*s", (int)length, path));
        path += length + (path[length] == '.');
    }
    const char *text = json_string_value(at);
    text = arena_text(agency->arena, text ? text : "");
    json_decref(json);
    return text;
}

int agency_ask(struct agency *agency, const char *pid, const char *type, const char *key)
{
    const char *body = arena_printf(
        agency->arena,
        "{\"person\":\"%s\",\"evidence_type\":\"%s\",\"requester\":\"Nordvik skjenkekontor\","
        "\"purpose\":{\"nb\":\"Vi må se bevillingen for å gi skjenkebevilling.\"},"
        "\"procedure\":{\"nb\":\"Søknad om skjenkebevilling, alkoholloven § 1-7\"}}",
        pid, type);
    return agency_send(agency, "POST", "/api/v1/evidence-requests",
                       arena_printf(agency->arena, "Idempotency-Key: %s", key), body);
}

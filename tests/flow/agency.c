#include "tests/flow/agency.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

static const char *record_of(struct arena *arena, const struct scene *scene)
{
    return arena_printf(arena, "%s/answers.jsonl", scene->server.data);
}

/* A line for agency_check_answers: bytes that are not JSON are only said to be there. */
static void record(const struct agency *agency, const char *method, const char *path,
                   const char *sent)
{
    struct bytes body = browser_content(agency->client);
    const char *type = browser_header(agency->client, "Content-Type");
    json_t *told =
        body.size ? json_loadb((const char *)body.data, body.size, 0, NULL) : json_null();
    json_t *line = json_pack("{s:s, s:s, s:i, s:s?, s:o, s:o}", "method", method, "path", path,
                             "status", browser_status(agency->client), "type", type, "sent",
                             sent ? json_loads(sent, JSON_DECODE_ANY, NULL) : json_null(), "body",
                             told ? told : json_true());
    FILE *file = fopen(record_of(agency->arena, agency->scene), "ae");
    assert_non_null(file);
    json_dumpf(line, file, JSON_COMPACT);
    fputc('\n', file);
    fclose(file);
    json_decref(line);
}

void agency_check_answers(struct scene *scene)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    const char *description = arena_printf(arena, "%s/openapi.json", scene->server.data);
    browser_visit(browser, arena_printf(arena, "%s/api/v1/openapi.json", scene->server.site));
    assert_int_equal(browser_status(browser), 200);
    struct bytes bytes = browser_content(browser);
    FILE *file = fopen(description, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    const char *const words[] = {"node", "tests/openapi/check.mjs", description,
                                 record_of(arena, scene), NULL};
    const char *said;
    if (server_run(arena, "/usr/bin/env", words, &said) != 0)
        fail_msg("%s(its packages are installed by tests/run)", said);
}

int agency_send(struct agency *agency, const char *method, const char *path, const char *header,
                const char *body)
{
    const char *bearer = arena_printf(agency->arena, "Authorization: Bearer %s", agency->token);
    const char *const headers[] = {bearer, header, NULL};
    browser_send(agency->client, method,
                 arena_printf(agency->arena, "%s%s", agency->scene->server.site, path), headers,
                 "application/json", BYTES_OF(body ? body : ""));
    record(agency, method, path, body);
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

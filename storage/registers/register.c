#include "storage/registers/register.h"

#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "storage/postbox/maskinporten.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX_BYTES = 64 * 1024 };

void register_add(struct register_answer *answer, const char *word, const char *value)
{
    if (text_is_empty(value) || answer->fact_count == REGISTER_MAX_FACTS)
        return;
    answer->facts[answer->fact_count++] = (struct register_fact){word, value};
}

void register_fail(struct register_answer *answer, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(answer->reason, sizeof answer->reason, format, values);
    va_end(values);
    answer->outcome = REGISTER_UNAVAILABLE;
    answer->fact_count = 0;
}

void register_close(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

static bool is_json(const struct fetch_answer *answer)
{
    const char *type = fetch_header(answer, "Content-Type");
    return type && text_starts_with(type, "application/json");
}

/* What it wants to see of us: "" nothing. False: register_fail. */
static bool find_token(struct arena *arena, const struct register_settings *settings,
                       const char **token, struct register_answer *answer)
{
    struct error err;
    *token = settings->bearer_token ? settings->bearer_token : "";
    if (!settings->maskinporten ||
        maskinporten_token(settings->maskinporten, arena, settings->scope, NULL, token, &err))
        return true;
    register_fail(answer, "%s", err.text);
    return false;
}

bool register_call(struct arena *arena, const struct register_settings *settings, const char *path,
                   const char *body, json_t **out, bool *found, struct register_answer *answer)
{
    struct fetch_header headers[3] = {{"Accept", "application/json"}};
    size_t header_count = 1;
    if (body)
        headers[header_count++] = (struct fetch_header){"Content-Type", "application/json"};
    const char *token;
    *out = NULL;
    *found = false;
    if (!find_token(arena, settings, &token, answer))
        return false;
    if (*token)
        headers[header_count++] =
            (struct fetch_header){"Authorization", arena_printf(arena, "Bearer %s", token)};
    const struct fetch_destination destination = {
        .base_url = settings->base_url,
        .ca_file = settings->ca_file,
        .allow_private = settings->allow_private,
    };
    const struct fetch_request request = {
        .method = body ? "POST" : "GET",
        .url = arena_printf(arena, "%s%s", settings->base_url, path),
        .headers = headers,
        .header_count = header_count,
        .body = body ? BYTES_OF(body) : (struct bytes){0},
        .has_body = body != NULL,
        .max_bytes = ANSWER_MAX_BYTES,
        .timeout_ms = settings->timeout_ms,
    };
    struct fetch_answer got;
    struct error err;
    if (!fetch_send(arena, &destination, &request, &got, &err)) {
        register_fail(answer, "%s", err.text);
        return false;
    }
    if (got.status == 404)
        return true;
    if (got.status == 401 && settings->maskinporten)
        maskinporten_forget(settings->maskinporten, token);
    json_error_t why;
    if (got.status == 200 && is_json(&got))
        *out = json_loadb((const char *)got.body.data, got.body.size, JSON_REJECT_DUPLICATES, &why);
    *found = *out != NULL;
    if (!*found)
        register_fail(answer, "answered %d%s", got.status,
                      got.status == 200 ? " with something that is not JSON" : "");
    return *found;
}

const char *register_text(struct arena *arena, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    text = text ? text_collapse(arena, text) : NULL;
    return text_is_empty(text) ? NULL : text;
}

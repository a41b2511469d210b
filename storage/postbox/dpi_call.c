#include "storage/postbox/dpi_call.h"

#include "engine/base/text.h"
#include "storage/postbox/maskinporten.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RETRY_AFTER_MAX_S = 3600 }; /* security.md D-10 */

/* ---- the exchange ---- */

static const char *url_of(const struct dpi *dpi, struct arena *arena, const char *path)
{
    const char *base = dpi->settings.base_url;
    size_t size = strlen(base);
    while (size && base[size - 1] == '/')
        size--;
    return arena_printf(arena, "%.*s%s", (int)size, base, path);
}

/* An answer that says that they are out of order themselves is no answer to the breaker. */
static bool send_through(struct dpi *dpi, struct arena *arena, const struct fetch_request *request,
                         struct fetch_answer *out, bool *sent, struct error *err)
{
    if (!breaker_enter(dpi->breaker, dpi->settings.timeout_ms, err))
        return false;
    struct error why = {0};
    bool answered = fetch_send(arena, &dpi->destination, request, out, &why);
    breaker_leave(dpi->breaker, answered ? out->status < 500 : why.code != ERROR_UNAVAILABLE);
    if (answered || (why.code != ERROR_DENIED && why.code != ERROR_INVALID))
        *sent = true;
    if (!answered && err)
        *err = why;
    return answered;
}

static bool send_with(struct dpi *dpi, struct arena *arena, const struct dpi_request *request,
                      const char *token, struct fetch_answer *out, bool *sent, struct error *err)
{
    struct dpi_body body = {0};
    if (request->write && !request->write(request->context, arena, token, &body, err))
        return false;
    struct fetch_header headers[3] = {
        {"Accept", "application/json, application/problem+json"},
        {"Authorization", arena_printf(arena, "Bearer %s", token)},
    };
    size_t count = 2;
    if (body.content_type)
        headers[count++] = (struct fetch_header){"Content-Type", body.content_type};
    const struct fetch_request fetch = {
        .method = request->method,
        .url = url_of(dpi, arena, request->path),
        .headers = headers,
        .header_count = count,
        .body = body.bytes,
        .has_body = text_equal(request->method, "POST"),
        .max_bytes = request->max_bytes,
        .timeout_ms = dpi->settings.timeout_ms + request->more_ms,
    };
    return send_through(dpi, arena, &fetch, out, sent, err);
}

/* ---- the answer ---- */

static int retry_after_of(const struct fetch_answer *answer)
{
    const char *value = fetch_header(answer, "Retry-After");
    if (!value || !*value || strspn(value, "0123456789") != strlen(value))
        return 0;
    long seconds = strtol(value, NULL, 10);
    return seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)seconds;
}

static bool has_type(const struct fetch_answer *answer, const char *type)
{
    const char *told = fetch_header(answer, "Content-Type");
    size_t size = strlen(type);
    return told && strncasecmp(told, type, size) == 0 &&
           (told[size] == '\0' || told[size] == ';' || told[size] == ' ');
}

bool dpi_call(struct dpi *dpi, struct arena *arena, const struct dpi_request *request,
              struct dpi_reply *out, bool *sent, struct error *err)
{
    const struct dpi_settings *settings = &dpi->settings;
    bool is_processor = !text_equal(dpi->sender, settings->agency);
    const char *consumer = request->for_the_agency && is_processor ? settings->agency : NULL;
    struct fetch_answer answer;
    *sent = false;
    for (int attempt = 0;; attempt++) {
        const char *token;
        if (!maskinporten_token(settings->maskinporten, arena, DPI_SCOPE, consumer, &token, err) ||
            !send_with(dpi, arena, request, token, &answer, sent, err))
            return false;
        if (answer.status != 401)
            break;
        maskinporten_forget(settings->maskinporten, token);
        *sent = false; /* they did not let it in */
        if (attempt == 1)
            break;
    }
    *out = (struct dpi_reply){
        .status = answer.status,
        .is_json = has_type(&answer, "application/json"),
        .is_problem = has_type(&answer, "application/problem+json"),
        .body = answer.body,
        .retry_after_s = retry_after_of(&answer),
    };
    return true;
}

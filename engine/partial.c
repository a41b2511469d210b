#include "engine/partial.h"

#include "engine/base/text.h"
#include "engine/language.h"

#include <string.h>

static bool is_shown_at(const struct request *request, const char *path)
{
    const char *current = request_header(request, "HX-Current-URL");
    const char *at = current ? strstr(current, path) : NULL;
    return at && strchr("?#", at[strlen(path)]); /* the end counts too */
}

void partial_main(const struct request *request, struct response *response)
{
    response_header(response, "HX-Retarget", "#innhold");
    if (is_shown_at(request, request->path))
        return;
    struct bytes address = {(const unsigned char *)request->target, strcspn(request->target, "?")};
    response_header(response, "HX-Push-Url", arena_text_of(request->arena, address));
    response_header(response, "HX-Reswap", "innerHTML show:top");
}

static bool is_step(const char *path)
{
    return text_starts_with(path, "/utkast/") && strstr(path, "/side/");
}

void partial_settle(const struct request *request, struct response *response)
{
    const char *location = response_find_header(response, "Location");
    if (!request_is_partial(request) || response_find_header(response, "HX-Retarget"))
        return;
    if (location && language_asked_for(request)) { /* of the whole page, not only of main */
        response_header(response, "HX-Refresh", "true");
        response_remove_header(response, "Location");
        response->status = 200;
    } else if (location && !(is_step(location) && is_step(request->path))) {
        response_header(response, "HX-Redirect", location);
        response_remove_header(response, "Location");
        response->status = 200;
    } else if (!location && response->status >= 400) {
        response_header(response, "HX-Retarget", "body");
        response_header(response, "HX-Reswap", "innerHTML show:top");
    }
}

/* What an OpenID provider says of itself, as whoever answers in its place may send it. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/login/discovery.h"

static const struct discovery_settings settings = {
    .issuer = "https://idporten.example",
    .hosts = "login.idporten.example, keys.idporten.example:8443",
};

static bool is_where_it_may_be(struct arena *arena, const char *url)
{
    static const char *const origins[] = {"https://idporten.example",
                                          "https://login.idporten.example",
                                          "https://keys.idporten.example:8443"};
    const char *origin = discovery_origin(arena, url);
    for (size_t i = 0; origin && i < COUNT(origins); i++)
        if (text_equal(text_fold(arena, origin), origins[i]))
            return true;
    return false;
}

/* It is put into headers and addresses as it is. */
static bool is_plain(const char *url)
{
    for (; *url; url++)
        if (*url <= ' ' || *url > '~' || *url == '"' || *url == '\'' || *url == ';')
            return false;
    return true;
}

static void check_endpoint(struct arena *arena, const char *url, bool may_lack)
{
    if (may_lack && text_is_empty(url))
        return;
    fuzz_promise(is_where_it_may_be(arena, url), "an endpoint is on an allowed host", url);
    fuzz_promise(is_plain(url), "an endpoint is nothing but an address", url);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct discovery found = {0};
    const char *keys = NULL;
    struct error err = {0};
    if (!discovery_read(arena, input, &settings, &found, &keys, &err)) {
        fuzz_promise(err.code != ERROR_NONE && *err.text, "a refusal says why", NULL);
        return;
    }
    check_endpoint(arena, found.authorization, false);
    check_endpoint(arena, found.token, false);
    check_endpoint(arena, keys, false);
    check_endpoint(arena, found.end_session, true);
    check_endpoint(arena, found.pushed, true);
    fuzz_promise(found.algorithms != 0, "some algorithm is one that we know", NULL);
}

#include "engine/language.h"

#include "engine/base/text.h"
#include "forms/texts.h"
#include "render/frame.h"

#include <stdlib.h>
#include <string.h>

#define COOKIE "sprak"

enum { MAX_ACCEPTED = 16 }; /* of Accept-Language; what comes after is not looked at */

const char *const *language_site(size_t *count)
{
    static const char *const languages[] = {"nb", "nn", "se", "en"};
    *count = COUNT(languages);
    return languages;
}

static const char *valid_tag(const char *tag)
{
    return tag && texts_is_tag(tag) ? tag : NULL;
}

struct language_wish language_wish_of(const struct request *request)
{
    const char *accepts = request_header(request, "Accept-Language");
    return (struct language_wish){.chosen = valid_tag(request_cookie(request, COOKIE)),
                                  .accepts = accepts ? accepts : ""};
}

/* ---- Accept-Language ---- */

struct accepted {
    const char *tag;
    double weight;
};

/* "nn-NO;q=0.8": false when it is no language, or one that is not wanted. */
static bool read_accepted(struct arena *arena, const char *item, size_t size, struct accepted *out)
{
    char *text =
        text_trim(arena, arena_text_of(arena, (struct bytes){(const unsigned char *)item, size}));
    char *rest = strchr(text, ';');
    double weight = 1;
    if (rest) {
        const char *value = strstr(rest, "q=");
        weight = value ? strtod(value + 2, NULL) : 1;
        *rest = '\0';
    }
    *out = (struct accepted){text_trim(arena, text), weight};
    return texts_is_tag(out->tag) && weight > 0;
}

/* What is accepted, most wanted first. */
static size_t list_accepted(struct arena *arena, const char *header, struct accepted *out)
{
    size_t count = 0;
    while (*header && count < MAX_ACCEPTED) {
        size_t size = strcspn(header, ",");
        struct accepted item;
        if (read_accepted(arena, header, size, &item)) {
            size_t at = count++;
            for (; at > 0 && out[at - 1].weight < item.weight; at--)
                out[at] = out[at - 1];
            out[at] = item;
        }
        header += size + (header[size] == ',');
    }
    return count;
}

/* ---- Choosing among what there is ---- */

static bool is_among(const char *const *offered, size_t count, const char *wanted)
{
    return texts_distance(wanted, offered[texts_language(offered, count, wanted)]) < TEXTS_ANOTHER;
}

const char *language_of(struct arena *arena, const struct language_wish *wish,
                        const char *const *offered, size_t count)
{
    if (wish->chosen)
        return offered[texts_language(offered, count, wish->chosen)];
    struct accepted accepted[MAX_ACCEPTED];
    size_t accepted_count = list_accepted(arena, wish->accepts, accepted);
    for (size_t i = 0; i < accepted_count; i++)
        if (is_among(offered, count, accepted[i].tag))
            return offered[texts_language(offered, count, accepted[i].tag)];
    return accepted_count ? offered[texts_language(offered, count, accepted[0].tag)] : offered[0];
}

const char *language_of_form(struct arena *arena, const struct language_wish *wish,
                             const struct form *form, const char *draft)
{
    size_t count;
    const char *const *own = form_languages(form, &count);
    bool has_chosen = wish->chosen && is_among(own, count, wish->chosen);
    if (draft && !has_chosen)
        return form_language(form, draft);
    return language_of(arena, wish, own, count);
}

const char *const *language_offered(struct arena *arena, const struct form *form, size_t *count)
{
    size_t own_count, site_count, listed = 0;
    const char *const *own = form_languages(form, &own_count);
    const char *const *site = language_site(&site_count);
    const char **offered = ARENA_ARRAY(arena, own_count, const char *);
    for (size_t i = 0; i < site_count; i++)
        if (is_among(own, own_count, site[i]))
            offered[listed++] = form_language(form, site[i]);
    for (size_t i = 0; i < own_count; i++)
        if (!is_among(site, site_count, own[i]))
            offered[listed++] = own[i];
    *count = listed;
    return offered;
}

/* ---- The menu ---- */

const char *language_asked_for(const struct request *request)
{
    return valid_tag(request_is_safe(request) ? request_query(request, LANGUAGE_QUERY)
                                              : request_field(request, FRAME_FIELD_LANGUAGE));
}

void language_remember(struct response *response, const char *language)
{
    response_add_header(response, "Set-Cookie",
                        arena_printf(response->arena,
                                     COOKIE "=%s; Path=/; Secure; HttpOnly; "
                                            "SameSite=Lax; Max-Age=31536000",
                                     language));
}

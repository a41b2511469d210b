#include "forms/match.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/locale.h"

#include <string.h>

static bool in_words(const char *const *words, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(words[i], wanted))
            return true;
    return false;
}

static bool read_date(const char *iso, int64_t *days)
{
    int64_t at;
    struct arena *arena = arena_open();
    bool good = iso && strlen(iso) >= 10 &&
                clock_parse_iso(arena_printf(arena, "%.10sT00:00:00Z", iso), &at);
    arena_close(&arena);
    if (good)
        *days = at / 86400 - (at % 86400 < 0);
    return good;
}

/* How far a document gets through one match: the more, the nearer a miss. */
static const char *miss_of(const struct form_match *match, const struct attachment_info *info,
                           int64_t today, int *passed)
{
    *passed = 0;
    if (*match->type && !text_is_empty(info->type) && !text_equal(match->type, info->type))
        return "match.type";
    ++*passed;
    if (match->issuer_count && !in_words(match->issuers, match->issuer_count, info->issuer))
        return "match.issuer";
    ++*passed;
    int64_t issued;
    bool dated = read_date(info->issued, &issued);
    if (match->has_max_age && (!dated || issued < form_duration_add(today, match->max_age, -1)))
        return "match.old";
    ++*passed;
    if (match->has_min_age && (!dated || issued > form_duration_add(today, match->min_age, -1)))
        return "match.new";
    ++*passed;
    struct arena *arena = arena_open();
    bool named = strstr(text_fold(arena, info->name ? info->name : ""),
                        text_fold(arena, match->subject)) != NULL;
    arena_close(&arena);
    return named ? NULL : "match.subject";
}

/* The match that came nearest; NULL code: one of them fits. */
static const struct form_match *nearest_match(const struct form_upload *upload,
                                              const struct attachment_info *info, int64_t today,
                                              const char **code)
{
    const struct form_match *nearest = NULL;
    int most = -1;
    *code = NULL;
    for (size_t i = 0; i < upload->match_count; i++) {
        int passed;
        const char *miss = miss_of(&upload->matches[i], info, today, &passed);
        if (!miss) {
            *code = NULL;
            return NULL;
        }
        if (passed > most) {
            most = passed;
            nearest = &upload->matches[i];
            *code = miss;
        }
    }
    return nearest;
}

/* Of what was uploaded and is used again only that much is known: it is no younger than that. NULL
 * code: nothing speaks against it. */
static const struct form_match *age_match(const struct form_upload *upload,
                                          const struct attachment_info *info, int64_t today,
                                          const char **code)
{
    const struct form_match *kindest = NULL;
    int64_t came, oldest = 0;
    *code = NULL;
    if (!read_date(info->fetched, &came))
        return NULL;
    for (size_t i = 0; i < upload->match_count; i++) {
        const struct form_match *match = &upload->matches[i];
        int64_t from =
            match->has_max_age ? form_duration_add(today, match->max_age, -1) : INT64_MIN;
        if (came >= from)
            return NULL;
        if (!kindest || from < oldest) {
            kindest = match;
            oldest = from;
        }
    }
    if (kindest)
        *code = "match.old";
    return kindest;
}

const char *match_document(const struct form_upload *upload, const struct attachment_info *info,
                           int64_t today, const struct form_match **nearest)
{
    const char *code;
    bool again = text_equal(info->source, "earlier");
    bool own = text_is_empty(info->delivered);
    if (!text_equal(info->source, "postbox") && !again)
        return NULL;
    const struct form_match *match = again && own ? age_match(upload, info, today, &code)
                                                  : nearest_match(upload, info, today, &code);
    if (nearest)
        *nearest = match;
    return code;
}

/* ---- In words ---- */

const char *match_age(struct arena *arena, struct form_duration age, const char *language)
{
    int64_t n = age.days;
    const char *id = "duration.days";
    if (age.months && age.days) /* not told in one word: about so many days */
        n = (int64_t)age.months * 30 + age.days;
    else if (age.months) {
        bool years = age.months % 12 == 0;
        n = years ? age.months / 12 : age.months;
        id = years ? "duration.years" : "duration.months";
    }
    return texts_count(arena, &texts_fields, id, language, n, NULL, 0).text;
}

const char *match_issuers(const struct answers *answers, struct arena *arena,
                          const struct form_match *match)
{
    const char *list = "";
    for (size_t i = 0; i < match->issuer_count; i++) {
        const char *number = match->issuers[i];
        const char *name = answers->organisation_name
                               ? answers->organisation_name(answers->organisations, arena, number)
                               : locale_organisation(arena, number);
        list = arena_printf(arena, "%s%s%s", list, i ? ", " : "", name);
    }
    return list;
}

static const char *const reasons[][2] = {{"match.type", "match.type.short"},
                                         {"match.issuer", "match.issuer.short"},
                                         {"match.old", "match.old.short"},
                                         {"match.new", "match.new.short"}};

const char *match_reason(struct answers *answers, struct arena *arena,
                         const struct form_upload *upload, const struct attachment_info *info,
                         const char *language)
{
    const struct form_match *match = NULL;
    const char *code = match_document(upload, info, answers_today(answers), &match);
    if (!code)
        return NULL;
    struct form_duration age = text_equal(code, "match.new") ? match->min_age : match->max_age;
    struct texts_arg args[] = {{"alder", match_age(arena, age, language)},
                               {"utsteder", match_issuers(answers, arena, match)},
                               {"ord", match->subject}};
    const char *id = "match.subject.short";
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (text_equal(code, reasons[i][0]))
            id = reasons[i][1];
    return texts_say(arena, &texts_fields, id, language, args, COUNT(args)).text;
}

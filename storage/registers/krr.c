#include "storage/registers/krr.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/registers/krr_inside.h"

#include <string.h>

enum { FRESH_MONTHS = 18 };

bool krr_parse_time(const char *text, int64_t *out)
{
    char whole[64];
    size_t size = strlen(text);
    if (size + 4 > sizeof whole)
        return false;
    memcpy(whole, text, size + 1);
    if (size > 3 && (text[size - 3] == '+' || text[size - 3] == '-')) /* no minutes */
        memcpy(whole + size, ":00", 4);
    return clock_parse_iso(whole, out);
}

bool krr_is_fresh(int64_t confirmed_at, int64_t now)
{
    struct clock_time then = clock_oslo(confirmed_at);
    int month = then.month - 1 + FRESH_MONTHS;
    int year = then.year + month / 12;
    month = month % 12 + 1;
    int last = clock_days_in_month(year, month);
    then.year = year;
    then.month = month;
    then.day = then.day < last ? then.day : last;
    return now < clock_seconds(then);
}

/* Updated or verified, whichever came last. */
bool krr_is_confirmed(struct arena *arena, const json_t *person, const char *kind)
{
    const json_t *contact = json_object_get(person, "kontaktinformasjon");
    static const char *const acts[] = {"oppdatert", "sist_verifisert"};
    for (size_t i = 0; i < COUNT(acts); i++) {
        const char *time = json_string_value(
            json_object_get(contact, arena_printf(arena, "%s_%s", kind, acts[i])));
        int64_t at;
        if (time && krr_parse_time(time, &at) && krr_is_fresh(at, clock_now()))
            return true;
    }
    return false;
}

bool krr_says(const json_t *person, const char *name, const char *word)
{
    return text_equal(json_string_value(json_object_get(person, name)), word);
}

/* The person asked about; answers may come in another order than the questions. */
static const json_t *person_of(const json_t *answer, const char *pid)
{
    size_t index;
    const json_t *person;
    json_array_foreach(json_object_get(answer, "personer"), index, person)
    {
        if (krr_says(person, "personidentifikator", pid))
            return person;
    }
    return NULL;
}

bool krr_ask(struct arena *arena, const struct register_settings *settings, const char *pid,
             json_t **answer, const json_t **person, struct register_answer *out)
{
    bool found;
    const char *body = arena_printf(arena, "{\"personidentifikatorer\":[\"%s\"]}", pid);
    if (!register_call(arena, settings, "/rest/v2/personer", body, answer, &found, out))
        return false;
    *person = found ? person_of(*answer, pid) : NULL;
    if (!*person) /* unknown people are there too, as IKKE_REGISTRERT */
        register_fail(out, "answered without the person asked about");
    return *person;
}

static void add_confirmed(struct arena *arena, const json_t *person, const char *kind,
                          const char *word, struct register_answer *out)
{
    const json_t *contact = json_object_get(person, "kontaktinformasjon");
    if (krr_is_confirmed(arena, person, kind))
        register_add(out, word, register_text(arena, contact, kind));
}

static void ask(const struct register_source *source, struct arena *arena,
                const struct register_subject *subject, struct register_answer *out)
{
    *out = (struct register_answer){.outcome = REGISTER_NOTHING};
    CLEANUP(register_close) json_t *answer = NULL;
    const json_t *person;
    if (!krr_ask(arena, source->settings, subject->pid, &answer, &person, out))
        return;
    if (!krr_says(person, "status", "AKTIV") || !krr_says(person, "reservasjon", "NEI"))
        return;
    add_confirmed(arena, person, "epostadresse", "krr.email", out);
    add_confirmed(arena, person, "mobiltelefonnummer", "krr.phone", out);
    if (out->fact_count)
        out->outcome = REGISTER_FOUND;
}

struct register_source krr_source(const struct register_settings *settings)
{
    return (struct register_source){.name = "krr", .ask = ask, .settings = settings};
}

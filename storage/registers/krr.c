#include "storage/registers/krr.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <jansson.h>
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
static bool is_usable(const json_t *contact, const char *updated, const char *verified)
{
    const char *times[] = {json_string_value(json_object_get(contact, updated)),
                           json_string_value(json_object_get(contact, verified))};
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t at;
        if (times[i] && krr_parse_time(times[i], &at) && krr_is_fresh(at, clock_now()))
            return true;
    }
    return false;
}

static bool says(const json_t *person, const char *name, const char *word)
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
        if (says(person, "personidentifikator", pid))
            return person;
    }
    return NULL;
}

static void read_person(struct arena *arena, const json_t *person, struct register_answer *out)
{
    const json_t *contact = json_object_get(person, "kontaktinformasjon");
    out->outcome = REGISTER_NOTHING;
    if (!says(person, "status", "AKTIV") || !says(person, "reservasjon", "NEI"))
        return;
    if (is_usable(contact, "epostadresse_oppdatert", "epostadresse_sist_verifisert"))
        register_add(out, "krr.email", register_text(arena, contact, "epostadresse"));
    if (is_usable(contact, "mobiltelefonnummer_oppdatert", "mobiltelefonnummer_sist_verifisert"))
        register_add(out, "krr.phone", register_text(arena, contact, "mobiltelefonnummer"));
    if (out->fact_count)
        out->outcome = REGISTER_FOUND;
}

static void ask(const struct register_source *source, struct arena *arena,
                const struct register_subject *subject, struct register_answer *out)
{
    *out = (struct register_answer){.outcome = REGISTER_NOTHING};
    CLEANUP(register_close) json_t *answer = NULL;
    bool found;
    const char *body = arena_printf(arena, "{\"personidentifikatorer\":[\"%s\"]}", subject->pid);
    if (!register_call(arena, source->settings, "/rest/v2/personer", body, &answer, &found, out))
        return;
    const json_t *person = found ? person_of(answer, subject->pid) : NULL;
    if (!person) /* unknown people are there too, as IKKE_REGISTRERT */
        register_fail(out, "answered without the person asked about");
    else
        read_person(arena, person, out);
}

struct register_source krr_source(const struct register_settings *settings)
{
    return (struct register_source){.name = "krr", .ask = ask, .settings = settings};
}

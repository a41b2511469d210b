#include "storage/registers/organisations.h"

#include "engine/base/text.h"

#include <jansson.h>

static void ask(const struct register_source *source, struct arena *arena,
                const struct register_subject *subject, struct register_answer *out)
{
    *out = (struct register_answer){.outcome = REGISTER_NOTHING};
    CLEANUP(register_close) json_t *answer = NULL;
    bool found;
    const char *path = arena_printf(arena, "/enheter/%s", subject->organisation_number);
    if (!register_call(arena, source->settings, path, NULL, &answer, &found, out) || !found)
        return;
    if (!text_equal(register_text(arena, answer, "organisasjonsnummer"),
                    subject->organisation_number)) {
        register_fail(out, "answered about another organisation");
        return;
    }
    if (register_text(arena, answer, "slettedato"))
        return;
    register_add(out, "org.name", register_text(arena, answer, "navn"));
    if (out->fact_count)
        out->outcome = REGISTER_FOUND;
}

struct register_source organisations_source(const struct register_settings *settings)
{
    return (struct register_source){.name = "enhetsregisteret", .ask = ask, .settings = settings};
}

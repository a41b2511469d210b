#include "storage/registers/population.h"

#include "engine/base/text.h"

#include <jansson.h>
#include <string.h>

static bool is_postcode(const char *text)
{
    return text && strlen(text) == 4 && strspn(text, "0123456789") == 4;
}

static void read_address(struct arena *arena, const json_t *answer, struct register_answer *out)
{
    const json_t *address = json_object_get(answer, "bostedsadresse");
    const char *grade = register_text(arena, answer, "adressebeskyttelse");
    const char *street = register_text(arena, address, "adresselinje");
    const char *postcode = register_text(arena, address, "postnummer");
    const char *city = register_text(arena, address, "poststed");
    if ((grade && !text_equal(grade, "ugradert")) || !street || !is_postcode(postcode) || !city)
        return;
    register_add(out, "person.address", arena_printf(arena, "%s, %s %s", street, postcode, city));
    register_add(out, "person.street", street);
    register_add(out, "person.postcode", postcode);
    register_add(out, "person.city", city);
}

static void ask(const struct register_source *source, struct arena *arena,
                const struct register_subject *subject, struct register_answer *out)
{
    *out = (struct register_answer){.outcome = REGISTER_NOTHING};
    CLEANUP(register_close) json_t *answer = NULL;
    bool found;
    const char *body = arena_printf(arena, "{\"personidentifikator\":\"%s\"}", subject->pid);
    if (!register_call(arena, source->settings, "/personer", body, &answer, &found, out) || !found)
        return;
    if (!text_equal(register_text(arena, answer, "personidentifikator"), subject->pid)) {
        register_fail(out, "answered about somebody else");
        return;
    }
    register_add(out, "person.name", register_text(arena, answer, "navn"));
    read_address(arena, answer, out);
    out->outcome = out->fact_count ? REGISTER_FOUND : REGISTER_NOTHING;
}

struct register_source population_source(const struct register_settings *settings)
{
    return (struct register_source){.name = POPULATION_NAME, .ask = ask, .settings = settings};
}

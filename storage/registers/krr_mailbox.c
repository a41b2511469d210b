#include "storage/registers/krr_mailbox.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "storage/registers/krr_inside.h"

#include <stdio.h>
#include <string.h>

/* A word that is none of the three is an answer we do not understand: false. */
static bool read_status(const json_t *person, enum krr_status *out)
{
    static const char *const words[] = {[KRR_ACTIVE] = "AKTIV",
                                        [KRR_DELETED] = "SLETTET",
                                        [KRR_NOT_REGISTERED] = "IKKE_REGISTRERT"};
    for (size_t i = 0; i < COUNT(words); i++) {
        if (krr_says(person, "status", words[i])) {
            *out = (enum krr_status)i;
            return true;
        }
    }
    return false;
}

static struct krr_contact read_contact(struct arena *arena, const json_t *person, const char *kind)
{
    const json_t *contact = json_object_get(person, "kontaktinformasjon");
    return (struct krr_contact){
        .address = register_text(arena, contact, kind),
        .may_be_used = krr_says(person, "varslingsstatus", "KAN_VARSLES") &&
                       krr_is_confirmed(arena, person, kind),
    };
}

/* The base64 inside a PEM, or all of it: which of the two comes is not settled. */
static const char *base64_of(struct arena *arena, const char *text)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
    const char *from = strstr(text, begin);
    const char *body = from ? from + strlen(begin) : text;
    const char *to = from ? strstr(body, end) : NULL;
    size_t size = to ? (size_t)(to - body) : strlen(body);
    char *bare = arena_alloc(arena, size + 1), *at = bare;
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n", body[i]))
            *at++ = body[i];
    *at = '\0';
    return bare;
}

static bool is_organisation_number(const char *text)
{
    return text && strlen(text) == 9 && strspn(text, "0123456789") == 9;
}

/* All three, or none: a mailbox that lacks one cannot be sent to. False: something is there, but is
 * not what it should be. */
static bool read_mailbox(struct arena *arena, const json_t *person, struct krr_mailbox *out)
{
    const json_t *post = json_object_get(person, "digital_post");
    const char *address = register_text(arena, post, "postkasseadresse");
    const char *provider = register_text(arena, post, "postkasseleverandoeradresse");
    const char *certificate = json_string_value(json_object_get(person, "sertifikat"));
    if (!address || !provider || !certificate)
        return true;
    struct bytes der;
    if (!is_organisation_number(provider) ||
        !codec_unbase64(arena, base64_of(arena, certificate), &der) || !der.size)
        return false;
    out->outcome = REGISTER_FOUND;
    out->address = address;
    out->provider = provider;
    out->certificate = der;
    return true;
}

static const char *read_language(struct arena *arena, const json_t *person)
{
    static const char *const known[] = {"nb", "nn", "en", "se"};
    const char *language = register_text(arena, person, "spraak");
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equal(language, known[i]))
            return language;
    return NULL;
}

static void fail(struct krr_mailbox *out, const char *reason)
{
    *out = (struct krr_mailbox){.outcome = REGISTER_UNAVAILABLE, .status = KRR_NOT_REGISTERED};
    snprintf(out->reason, sizeof out->reason, "%s", reason);
}

void krr_mailbox(struct arena *arena, const struct register_settings *settings, const char *pid,
                 struct krr_mailbox *out)
{
    CLEANUP(register_close) json_t *answer = NULL;
    struct register_answer told = {0};
    const json_t *person;
    *out = (struct krr_mailbox){.outcome = REGISTER_NOTHING};
    if (!krr_ask(arena, settings, pid, &answer, &person, &told)) {
        fail(out, told.reason);
        return;
    }
    bool reserved = krr_says(person, "reservasjon", "JA");
    if (!read_status(person, &out->status) ||
        (!reserved && !krr_says(person, "reservasjon", "NEI"))) {
        fail(out, "answered with a status or a reservation that is none");
        return;
    }
    out->reserved = reserved;
    out->email = read_contact(arena, person, "epostadresse");
    out->phone = read_contact(arena, person, "mobiltelefonnummer");
    out->language = read_language(arena, person);
    if (out->status == KRR_ACTIVE && !reserved && !read_mailbox(arena, person, out))
        fail(out, "answered with a mailbox or a certificate that is none");
}

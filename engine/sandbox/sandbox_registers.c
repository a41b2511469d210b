#include "engine/sandbox/sandbox_registers.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_contacts.h"
#include "engine/sandbox/sandbox_json.h"
#include "engine/sandbox/sandbox_world.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONTACT_SCOPE "krr:global/kontaktinformasjon.read"
#define MAILBOX_SCOPE "krr:global/digitalpost.read"

enum { SLOW_MS = 4000, MONTH_S = 30 * 86400, MOST_ASKED = 1000, RESERVED_AGE = 7 };
enum mode { NORMAL, NOTHING, DOWN, SLOW, GARBAGE, REFUSE };

static const char *const mode_names[] = {
    [NORMAL] = "normal", [NOTHING] = "nothing", [DOWN] = "down",
    [SLOW] = "slow",     [GARBAGE] = "garbage", [REFUSE] = "refuse",
};
static const char *const register_names[SANDBOX_REGISTERS] = {
    [SANDBOX_KRR] = "krr",
    [SANDBOX_POPULATION] = "befolkning",
    [SANDBOX_ORGANISATIONS] = "enheter",
};

/* ---- how a register behaves ---- */

/* Nobody else waits meanwhile. */
static void pause_slowly(struct sandbox_world *world)
{
    pthread_mutex_unlock(&world->lock);
    for (int waited = 0; waited < SLOW_MS && !atomic_load(&world->is_closing); waited += 20)
        nanosleep(&(struct timespec){.tv_nsec = 20000000L}, NULL);
    pthread_mutex_lock(&world->lock);
}

/* 200 for a token that the register takes. */
static int check_token(struct sandbox_world *world, enum sandbox_register which,
                       const struct request *request)
{
    const char *token = request_header(request, "Authorization");
    if (which == SANDBOX_KRR) {
        int status = sandbox_login_check(world, request->arena, token, CONTACT_SCOPE);
        return status == 403 ? sandbox_login_check(world, request->arena, token, MAILBOX_SCOPE)
                             : status;
    }
    return text_equal(token, "Bearer " SANDBOX_REGISTERS_TOKEN) ? 200 : 401;
}

/* True when the request is to be answered, perhaps with `nothing`; else the response is set. */
static bool may_answer(struct sandbox_world *world, enum sandbox_register which,
                       struct request *request, struct response *response, bool *nothing)
{
    struct sandbox_register_mode *now = &world->registers[which];
    enum mode mode = (enum mode)now->mode;
    if (now->left && --now->left == 0)
        now->mode = NORMAL;
    if (mode == SLOW)
        pause_slowly(world);
    *nothing = mode == NOTHING;
    int status = mode == REFUSE ? 401 : check_token(world, which, request);
    if (mode == DOWN)
        response_drop(response);
    else if (mode == GARBAGE)
        response_bytes(response, 200, "application/json", BYTES_OF("{\"personer\": [{"));
    else if (status != 200)
        response_text(response, status, "not with that token\n");
    else
        return true;
    return false;
}

void sandbox_registers_control(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const char *wanted = request_field(request, "register"), *mode = request_field(request, "mode");
    const char *answers = request_field(request, "answers");
    for (size_t i = 0; i < SANDBOX_REGISTERS; i++)
        for (size_t k = 0; k < COUNT(mode_names); k++)
            if (text_equal(register_names[i], wanted) && text_equal(mode_names[k], mode)) {
                world->registers[i] = (struct sandbox_register_mode){
                    (int)k, answers ? (int)strtol(answers, NULL, 10) : 0};
                sandbox_json(request, response, 200, json_pack("{s:b}", "ok", 1));
                return;
            }
    response_text(response, 422, "no such register or mode\n");
}

/* ---- contact details ---- */

/* In the two layouts that the register has: with an offset without minutes, and with fractions. */
static char *moment(struct arena *arena, int months_ago, bool short_offset)
{
    struct clock_time t = clock_utc(clock_now() - (int64_t)months_ago * MONTH_S);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%s", t.year, t.month, t.day, t.hour,
                        t.minute, t.second, short_offset ? "+00" : ".123Z");
}

/* What a token's scopes let its owner see; who is reserved is told to everybody. */
struct sight {
    struct sandbox_world *world;
    struct arena *arena;
    bool contacts, mailboxes;
};

static json_t *describe_contact(struct arena *arena, const struct sandbox_contact *contact)
{
    const char *email_at = contact->email ? moment(arena, contact->email_age, true) : NULL;
    const char *seen_at = contact->email_seen ? moment(arena, contact->email_seen, false) : NULL;
    const char *phone_at = contact->phone ? moment(arena, contact->phone_age, false) : NULL;
    return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*}", "epostadresse", contact->email,
                     "epostadresse_oppdatert", email_at, "epostadresse_sist_verifisert", seen_at,
                     "mobiltelefonnummer", contact->phone, "mobiltelefonnummer_oppdatert",
                     phone_at);
}

static json_t *describe_mailbox(const struct sandbox_contact *contact)
{
    return json_pack("{s:s, s:s}", "postkasseadresse", contact->mailbox,
                     "postkasseleverandoeradresse", contact->provider);
}

/* The dossier leaves open whether it is PEM or bare Base64, so that it is the one for Digipost and
 * the other for e-Boks. NULL: our own disk fails. */
static const char *certificate_of(const struct sight *sight, const struct sandbox_contact *contact)
{
    bool eboks = text_equal(contact->provider, SANDBOX_AUTHORITY_EBOKS_NUMBER);
    enum sandbox_authority_who who = eboks ? SANDBOX_AUTHORITY_EBOKS : SANDBOX_AUTHORITY_DIGIPOST;
    const struct sandbox_authority_pair *pair;
    if (!sandbox_authority_find(sight->world->authority, who, &pair, NULL))
        return NULL;
    if (eboks)
        return codec_base64(sight->arena, pair->certificate);
    static const char end[] = "-----END CERTIFICATE-----\n";
    const char *first = strstr(arena_text_of(sight->arena, pair->chain_pem), end);
    size_t size = first ? (size_t)(pair->chain_pem.size - strlen(first)) + strlen(end) : 0;
    return arena_text_of(sight->arena, (struct bytes){pair->chain_pem.data, size});
}

static json_t *describe_unknown(const struct sight *sight, const char *pid, const char *status)
{
    return json_pack("{s:s, s:s, s:s, s:s*}", "personidentifikator", pid, "reservasjon", "NEI",
                     "status", status, "varslingsstatus",
                     sight->contacts ? "KAN_IKKE_VARSLES" : NULL);
}

static void add_mailbox(const struct sight *sight, const struct sandbox_contact *contact,
                        json_t *to)
{
    if (!sight->mailboxes || !contact->mailbox)
        return;
    json_object_set_new(to, "digital_post", describe_mailbox(contact));
    const char *certificate = certificate_of(sight, contact);
    if (certificate)
        json_object_set_new(to, "sertifikat", json_string(certificate));
}

static void add_contact(const struct sight *sight, const struct sandbox_contact *contact,
                        const struct sandbox_person *person, json_t *to)
{
    if (!sight->contacts)
        return;
    bool may = sandbox_contacts_may_notify(contact);
    json_object_set_new(to, "varslingsstatus",
                        json_string(may ? "KAN_VARSLES" : "KAN_IKKE_VARSLES"));
    json_object_set_new(to, "kontaktinformasjon", describe_contact(sight->arena, contact));
    json_object_set_new(to, "spraak", json_string(person->language));
    json_object_set_new(to, "spraak_oppdatert", json_string(moment(sight->arena, 1, false)));
}

static json_t *describe(const struct sight *sight, const char *pid, bool nothing)
{
    const struct sandbox_contact *contact = nothing ? NULL : sandbox_contacts_find(pid);
    if (!contact)
        return describe_unknown(sight, pid, "IKKE_REGISTRERT");
    if (contact->status == SANDBOX_CONTACT_DELETED)
        return describe_unknown(sight, pid, "SLETTET");
    const char *since = contact->is_reserved ? moment(sight->arena, RESERVED_AGE, true) : NULL;
    json_t *person =
        json_pack("{s:s, s:s, s:s*, s:s*, s:s}", "personidentifikator", pid, "reservasjon",
                  contact->is_reserved ? "JA" : "NEI", "reservasjonstidspunkt", since,
                  "reservasjon_oppdatert", since, "status", "AKTIV");
    add_contact(sight, contact, sandbox_people_find_pid(pid), person);
    add_mailbox(sight, contact, person);
    return person;
}

static struct sight sight_of(struct sandbox_world *world, const struct request *request)
{
    const char *token = request_header(request, "Authorization");
    return (struct sight){
        .world = world,
        .arena = request->arena,
        .contacts = sandbox_login_check(world, request->arena, token, CONTACT_SCOPE) == 200,
        .mailboxes = sandbox_login_check(world, request->arena, token, MAILBOX_SCOPE) == 200,
    };
}

static bool is_pid(const char *text)
{
    return text && strlen(text) == 11 && strspn(text, "0123456789") == 11;
}

void sandbox_registers_contact(void *context, struct request *request, struct response *response)
{
    bool nothing;
    if (!may_answer(context, SANDBOX_KRR, request, response, &nothing))
        return;
    struct sight sight = sight_of(context, request);
    json_t *asked = json_loadb((const char *)request->body.data, request->body.size, 0, NULL);
    json_t *pids = json_object_get(asked, "personidentifikatorer"), *people = json_array();
    size_t count = json_array_size(pids);
    bool good = count >= 1 && count <= MOST_ASKED;
    for (size_t i = 0; good && i < count; i++) {
        const char *pid = json_string_value(json_array_get(pids, i));
        good = is_pid(pid);
        if (good)
            json_array_append_new(people, describe(&sight, pid, nothing));
    }
    json_decref(asked);
    if (good) {
        sandbox_json(request, response, 200, json_pack("{s:o}", "personer", people));
        return;
    }
    json_decref(people);
    response_text(response, 400, "400\n");
}

/* ---- names and addresses ---- */

/* "9999 Fjordvik" */
static json_t *describe_person(struct arena *arena, const struct sandbox_person *person)
{
    const char *postcode =
        arena_text_of(arena, (struct bytes){(const unsigned char *)person->postal_place, 4});
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "personidentifikator", person->pid, "navn",
                     person->name, "bostedsadresse", "adresselinje", person->address, "postnummer",
                     postcode, "poststed", person->postal_place + 5);
}

void sandbox_registers_person(void *context, struct request *request, struct response *response)
{
    bool nothing;
    if (!may_answer(context, SANDBOX_POPULATION, request, response, &nothing))
        return;
    json_t *asked = json_loadb((const char *)request->body.data, request->body.size, 0, NULL);
    const char *pid = json_string_value(json_object_get(asked, "personidentifikator"));
    const struct sandbox_person *person = pid ? sandbox_people_find_pid(pid) : NULL;
    if (!is_pid(pid))
        response_text(response, 400, "400\n");
    else if (!person || nothing)
        response_text(response, 404, "404\n");
    else
        sandbox_json(request, response, 200, describe_person(request->arena, person));
    json_decref(asked);
}

/* ---- organisations ---- */

void sandbox_registers_unit(void *context, struct request *request, struct response *response)
{
    static const struct {
        const char *number, *name, *deleted;
    } others[] = {{"310245682", "FJORDVIK KOMMUNE", NULL},
                  {"974761076", "SKATTEETATEN", NULL},
                  {"315058384", "FJORDKAFÉEN DA", "2025-06-30"}};
    bool nothing;
    const char *number = request_parameter(request, "number");
    if (!may_answer(context, SANDBOX_ORGANISATIONS, request, response, &nothing))
        return;
    const char *name = NULL, *deleted = NULL;
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    for (size_t i = 0; i < count; i++)
        if (people[i].employer && text_equal(people[i].employer->organisation_number, number))
            name = people[i].employer->name;
    for (size_t i = 0; i < COUNT(others); i++)
        if (text_equal(others[i].number, number)) {
            name = others[i].name;
            deleted = others[i].deleted;
        }
    if (!name || nothing)
        response_text(response, 404, "404\n");
    else
        sandbox_json(request, response, 200,
                     json_pack("{s:s, s:s, s:s*}", "organisasjonsnummer", number, "navn", name,
                               "slettedato", deleted));
}

#include "storage/postbox/sbd_shape.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char digits[] = "0123456789";

/* ---- what a text must look like ---- */

static bool is_authority(const char *text)
{
    return strcmp(text, "iso6523-actorid-upis") == 0;
}

/* [0-9]{4}:\w{1,35}, from end to end as the XML schema has it. */
static bool is_organisation(const char *text)
{
    if (strspn(text, digits) != 4 || text[4] != ':')
        return false;
    const char *id = text + 5;
    size_t size = strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");
    return size >= 1 && size <= 35 && !id[size];
}

static bool is_norwegian(const char *text)
{
    return text_starts_with(text, "0192:") && strlen(text) == 14 && strspn(text + 5, digits) == 9;
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    }
    return !text[36];
}

static bool is_time(const char *text)
{
    int64_t at;
    return clock_parse_iso(text, &at);
}

static bool is_date(const char *text)
{
    int year, month, day, end = 0;
    return strlen(text) == 10 && strspn(text, "0123456789-") == 10 &&
           sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && end == 10 &&
           clock_is_date(year, month, day);
}

static bool is_digest_method(const char *text)
{
    return strcmp(text, "http://www.w3.org/2001/04/xmlenc#sha256") == 0;
}

static bool is_digest(const char *text)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes bytes;
    return codec_unbase64(arena, text, &bytes) && bytes.size == CRYPTO_SHA256_BYTES;
}

static bool is_token(const char *text)
{
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return *text != '\0';
}

static bool has_control(const char *text, const char *allowed)
{
    for (const char *at = text; *at; at++)
        if (((unsigned char)*at < ' ' || *at == 0x7F) && !strchr(allowed, *at))
            return true;
    return false;
}

static bool is_line(const char *text)
{
    return !has_control(text, "");
}

static bool is_prose(const char *text)
{
    return !has_control(text, "\n");
}

static bool is_language(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 2 && !text[2];
}

static bool is_channel(const char *text)
{
    return strcmp(text, "epost") == 0 || strcmp(text, "sms") == 0;
}

static bool is_fault(const char *text)
{
    return strcmp(text, "KLIENT") == 0 || strcmp(text, "SERVER") == 0;
}

/* RFC 5321 4.1.2 as addresses are in use: one "@", no quotes, a domain of labels with a dot. */
bool sbd_takes_email(const char *text)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *at = strchr(text, '@');
    if (!at || at == text || at - text > 64 || strlen(text) > 254)
        return false;
    for (const char *c = text; c < at; c++)
        if (!strchr(letters, *c) && !strchr("!#$%&'*+-/=?^_`{|}~.", *c))
            return false;
    const char *dot = strrchr(at, '.');
    for (const char *c = at + 1; *c; c++)
        if (!strchr(letters, *c) && !strchr("-.", *c))
            return false;
    return dot && dot[1] && at[1] != '.' && at[1] != '-' && !strstr(text, "..");
}

/* ^\+?[- _0-9]+$, 8 to 20 characters. */
bool sbd_takes_mobile(const char *text)
{
    size_t size = strlen(text);
    const char *rest = *text == '+' ? text + 1 : text;
    return size >= 8 && size <= 20 && *rest && !rest[strspn(rest, "- _0123456789")];
}

/* ---- the schemas ---- */

enum kind { TEXT, NUMBER, BOOLEAN, OBJECT, LIST, NUMBERS };

struct shape;

struct member {
    const char *name;
    enum kind kind;
    bool required;
    int least, most; /* TEXT: code points; NUMBER, NUMBERS: value; LIST: items; most 0: any */
    bool (*fits)(const char *); /* TEXT; NULL: any */
    const char *rule;           /* what fits asks for, to end "must be" */
    const struct shape *shape;  /* OBJECT, and each of a LIST */
};

struct shape {
    const struct member *members;
    size_t count;
    bool open; /* members that are not named here are allowed, whatever they are */
};

#define SHAPE(members)                                                                             \
    {                                                                                              \
        members, COUNT(members), false                                                             \
    }
#define OPEN_SHAPE(members)                                                                        \
    {                                                                                              \
        members, COUNT(members), true                                                              \
    }
#define AUTHORITY "iso6523-actorid-upis"
#define A_TIME "a time with its zone"
#define A_UUID "a UUID"
#define A_LINE "text without control characters"

static const struct member identifier_members[] = {
    {"authority", TEXT, true, 0, 0, is_authority, AUTHORITY, NULL},
    {"value", TEXT, true, 0, 0, is_norwegian, "0192: and 9 digits", NULL},
};
static const struct shape identifier = SHAPE(identifier_members);
static const struct member actor_members[] = {
    {"identifier", OBJECT, true, 0, 0, NULL, NULL, &identifier},
};
static const struct shape actor = SHAPE(actor_members);
static const struct member identification_members[] = {
    {"standard", TEXT, true, 0, 0, NULL, NULL, NULL},
    {"typeVersion", TEXT, true, 0, 0, NULL, NULL, NULL},
    {"instanceIdentifier", TEXT, true, 0, 0, is_uuid, A_UUID, NULL},
    {"type", TEXT, true, 0, 0, NULL, NULL, NULL},
    {"creationDateAndTime", TEXT, true, 0, 0, is_time, A_TIME, NULL},
};
static const struct shape identification = SHAPE(identification_members);
static const struct member information_members[] = {
    {"expectedResponseDateTime", TEXT, false, 0, 0, NULL, NULL, NULL},
};
static const struct shape information = SHAPE(information_members);
static const struct member scope_members[] = {
    {"type", TEXT, true, 0, 0, NULL, NULL, NULL},
    {"instanceIdentifier", TEXT, false, 0, 0, is_uuid, A_UUID, NULL},
    {"identifier", TEXT, false, 0, 0, NULL, NULL, NULL},
    {"scopeInformation", LIST, false, 0, 0, NULL, NULL, &information},
};
static const struct shape scope = SHAPE(scope_members);
static const struct member scopes_members[] = {
    {"scope", LIST, true, 0, 0, NULL, NULL, &scope},
};
static const struct shape scopes = SHAPE(scopes_members);
static const struct member header_members[] = {
    {"headerVersion", TEXT, true, 0, 0, NULL, NULL, NULL},
    {"sender", LIST, true, 1, 1, NULL, NULL, &actor},
    {"receiver", LIST, true, 1, 1, NULL, NULL, &actor},
    {"documentIdentification", OBJECT, true, 0, 0, NULL, NULL, &identification},
    {"businessScope", OBJECT, true, 0, 0, NULL, NULL, &scopes},
};
static const struct shape header = SHAPE(header_members);

static const struct member organisation_members[] = {
    {"authority", TEXT, true, 0, 0, is_authority, AUTHORITY, NULL},
    {"value", TEXT, true, 0, 0, is_organisation, "4 digits, a colon and 1 to 35 letters or digits",
     NULL},
};
static const struct shape organisation = SHAPE(organisation_members);
static const struct member sender_members[] = {
    {"virksomhetsidentifikator", OBJECT, true, 0, 0, NULL, NULL, &organisation},
    {"avsenderidentifikator", TEXT, false, 0, 100, is_line, A_LINE, NULL},
    {"fakturaReferanse", TEXT, false, 0, 40, is_line, A_LINE, NULL},
};
static const struct shape sender = SHAPE(sender_members);
static const struct member provider_members[] = {
    {"virksomhetsidentifikator", OBJECT, true, 0, 0, NULL, NULL, &organisation},
    {"motakeridentifikator", TEXT, false, 0, 100, NULL, NULL, NULL}, /* the schema's spelling */
};
static const struct shape provider = OPEN_SHAPE(provider_members);
static const struct member person_members[] = {
    {"postkasseadresse", TEXT, true, 1, 0, is_line, A_LINE, NULL},
};
static const struct shape person = SHAPE(person_members);

static const struct member fingerprint_members[] = {
    {"digestMethod", TEXT, true, 0, 0, is_digest_method, "xmlenc#sha256", NULL},
    {"digestValue", TEXT, true, 0, 0, is_digest, "32 bytes in base64", NULL},
};
static const struct shape fingerprint = SHAPE(fingerprint_members);
static const struct member email_members[] = {
    {"epostadresse", TEXT, true, 0, 0, sbd_takes_email, "an e-mail address", NULL},
    {"varslingstekst", TEXT, true, 1, SBD_MAX_EMAIL_TEXT, is_prose, A_LINE, NULL},
    {"repetisjoner", NUMBERS, true, 0, SBD_MAX_REPEAT_DAY, NULL, NULL, NULL},
};
static const struct shape email = SHAPE(email_members);
static const struct member sms_members[] = {
    {"mobiltelefonnummer", TEXT, true, 8, 20, sbd_takes_mobile, "a telephone number", NULL},
    {"varslingstekst", TEXT, true, 1, SBD_MAX_SMS_TEXT, is_prose, A_LINE, NULL},
    {"repetisjoner", NUMBERS, true, 0, SBD_MAX_REPEAT_DAY, NULL, NULL, NULL},
};
static const struct shape sms = SHAPE(sms_members);
static const struct member notices_members[] = {
    {"epostvarsel", OBJECT, false, 0, 0, NULL, NULL, &email},
    {"smsvarsel", OBJECT, false, 0, 0, NULL, NULL, &sms},
};
static const struct shape notices = OPEN_SHAPE(notices_members);

static const struct member digital_members[] = {
    {"avsender", OBJECT, true, 0, 0, NULL, NULL, &sender},
    {"mottaker", OBJECT, true, 0, 0, NULL, NULL, &person},
    {"dokumentpakkefingeravtrykk", OBJECT, true, 0, 0, NULL, NULL, &fingerprint},
    {"maskinportentoken", TEXT, true, 0, 0, is_token, "a token", NULL},
    {"sikkerhetsnivaa", NUMBER, true, 3, 4, NULL, NULL, NULL},
    {"virkningsdato", TEXT, false, 0, 0, is_date, "a date", NULL},
    {"virkningstidspunkt", TEXT, false, 0, 0, is_time, A_TIME, NULL},
    {"aapningskvittering", BOOLEAN, false, 0, 0, NULL, NULL, NULL},
    {"ikkesensitivtittel", TEXT, true, 1, SBD_MAX_TITLE, is_line, A_LINE, NULL},
    {"spraak", TEXT, true, 2, 2, is_language, "two letters", NULL},
    {"varsler", OBJECT, false, 0, 0, NULL, NULL, &notices},
};
static const struct member receipt_members[] = {
    {"avsender", OBJECT, true, 0, 0, NULL, NULL, &sender},
    {"mottaker", OBJECT, true, 0, 0, NULL, NULL, &provider},
    {"tidspunkt", TEXT, true, 0, 0, is_time, A_TIME, NULL},
};
static const struct member notice_failed_members[] = {
    {"avsender", OBJECT, true, 0, 0, NULL, NULL, &sender},
    {"mottaker", OBJECT, true, 0, 0, NULL, NULL, &provider},
    {"tidspunkt", TEXT, true, 0, 0, is_time, A_TIME, NULL},
    {"beskrivelse", TEXT, false, 0, 0, NULL, NULL, NULL},
    {"varslingskanal", TEXT, true, 0, 0, is_channel, "epost or sms", NULL},
};
static const struct member error_members[] = {
    {"avsender", OBJECT, true, 0, 0, NULL, NULL, &sender},
    {"mottaker", OBJECT, true, 0, 0, NULL, NULL, &provider},
    {"tidspunkt", TEXT, true, 0, 0, is_time, A_TIME, NULL},
    {"feiltype", TEXT, true, 0, 0, is_fault, "KLIENT or SERVER", NULL},
    {"detaljer", TEXT, false, 0, 0, NULL, NULL, NULL},
};

static const struct {
    const char *name;
    struct shape shape;
} types[] = {
    [SBD_DIGITAL] = {"digital", SHAPE(digital_members)},
    [SBD_DELIVERED] = {"leveringskvittering", SHAPE(receipt_members)},
    [SBD_OPENED] = {"aapningskvittering", SHAPE(receipt_members)},
    [SBD_RECEIVED] = {"mottakskvittering", SHAPE(receipt_members)},
    [SBD_RETURNED] = {"returpostkvittering", SHAPE(receipt_members)},
    [SBD_NOTICE_FAILED] = {"varslingfeiletkvittering", SHAPE(notice_failed_members)},
    [SBD_ERROR] = {"feil", SHAPE(error_members)},
};

const char *sbd_type_name(enum sbd_type type)
{
    return types[type].name;
}

/* ---- the check ---- */

/* Where in the document, outermost last: on the stack of who looks. */
struct place {
    const struct place *outer;
    const char *name;
};

static void write_place(const struct place *place, char *to, size_t size)
{
    if (place->outer) {
        write_place(place->outer, to, size);
        size_t used = strlen(to);
        snprintf(to + used, size - used, ".%s", place->name);
    } else {
        snprintf(to, size, "%s", place->name);
    }
}

static bool wrong(struct error *err, const struct place *place, const char *what)
{
    char path[160];
    write_place(place, path, sizeof path);
    return error_set(err, ERROR_INVALID, "%s %s", path, what);
}

static bool out_of_range(struct error *err, const struct place *place, int least, int most,
                         const char *what)
{
    char text[80];
    if (most)
        snprintf(text, sizeof text, "must be %d to %d%s", least, most, what);
    else
        snprintf(text, sizeof text, "must be at least %d%s", least, what);
    return wrong(err, place, text);
}

static bool check_text(const json_t *value, const struct member *member, const struct place *place,
                       struct error *err)
{
    const char *text = json_string_value(value);
    if (!text)
        return wrong(err, place, "must be a text");
    long length = (long)text_length(text);
    if (length < member->least || (member->most && length > member->most))
        return out_of_range(err, place, member->least, member->most, " characters");
    if (!member->fits || member->fits(text))
        return true;
    char rule[80];
    snprintf(rule, sizeof rule, "must be %s", member->rule);
    return wrong(err, place, rule);
}

static bool check_number(const json_t *value, const struct member *member,
                         const struct place *place, struct error *err)
{
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= member->least && number <= member->most)
        return true;
    return out_of_range(err, place, member->least, member->most, ", a whole number");
}

/* Days of repetition: the schema lets one come twice, the prose does not. */
static bool check_numbers(const json_t *list, const struct member *member,
                          const struct place *place, struct error *err)
{
    size_t count = json_array_size(list);
    if (count < 1 || count > SBD_MAX_REPEATS)
        return out_of_range(err, place, 1, SBD_MAX_REPEATS, " whole numbers");
    for (size_t i = 0; i < count; i++) {
        if (!check_number(json_array_get(list, i), member, place, err))
            return false;
        for (size_t k = 0; k < i; k++)
            if (json_equal(json_array_get(list, i), json_array_get(list, k)))
                return wrong(err, place, "has a number twice");
    }
    return true;
}

static bool check_object(const json_t *value, const struct shape *shape, const struct place *place,
                         struct error *err);

static bool check_list(const json_t *list, const struct member *member, const struct place *place,
                       struct error *err)
{
    if (!json_is_array(list))
        return wrong(err, place, "must be a list");
    long count = (long)json_array_size(list);
    if (count < member->least || (member->most && count > member->most))
        return out_of_range(err, place, member->least, member->most, " in number");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!check_object(json_array_get(list, i), member->shape, place, err))
            return false;
    return true;
}

static bool check_value(const json_t *value, const struct member *member, const struct place *place,
                        struct error *err)
{
    switch (member->kind) {
    case TEXT:
        return check_text(value, member, place, err);
    case NUMBER:
        return check_number(value, member, place, err);
    case NUMBERS:
        return check_numbers(value, member, place, err);
    case BOOLEAN:
        return json_is_boolean(value) || wrong(err, place, "must be true or false");
    case OBJECT:
        return check_object(value, member->shape, place, err);
    case LIST:
        return check_list(value, member, place, err);
    }
    return false;
}

static bool has_member(const struct shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->members[i].name, name) == 0)
            return true;
    return false;
}

static bool check_names(const json_t *object, const struct shape *shape, const struct place *place,
                        struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (has_member(shape, name))
            continue;
        if (strcmp(name, "maskinportentoken") == 0)
            return wrong(err, place,
                         "has maskinportentoken, which the schema forbids in receipts (a published "
                         "sample has it all the same)");
        return wrong(err, place, "has a member that the schema does not have");
    }
    return true;
}

static bool check_object(const json_t *object, const struct shape *shape, const struct place *place,
                         struct error *err)
{
    if (!json_is_object(object))
        return wrong(err, place, "must be an object");
    for (size_t i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];
        const json_t *value = json_object_get(object, member->name);
        struct place here = {place, member->name};
        if (!value && member->required)
            return wrong(err, &here, "is missing");
        if (value && !check_value(value, member, &here, err))
            return false;
    }
    return shape->open || check_names(object, shape, place, err);
}

static bool find_type(const json_t *head, enum sbd_type *out)
{
    const char *name =
        json_string_value(json_object_get(json_object_get(head, "documentIdentification"), "type"));
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_equal(name, types[i].name)) {
            *out = (enum sbd_type)i;
            return true;
        }
    return false;
}

bool sbd_shape_check(const json_t *document, struct sbd_parts *out, struct error *err)
{
    const json_t *inner = json_object_get(document, "standardBusinessDocument");
    const json_t *head = json_object_get(inner, "standardBusinessDocumentHeader");
    struct place top = {NULL, "standardBusinessDocumentHeader"};
    if (!inner || json_object_size(document) != 1 || !head || json_object_size(inner) != 2)
        return error_set(err, ERROR_INVALID,
                         "not a standardBusinessDocument with its header and one message");
    struct sbd_parts parts = {.header = head};
    if (!check_object(head, &header, &top, err))
        return false;
    if (!find_type(head, &parts.type))
        return error_set(err, ERROR_INVALID, "a document of a type that is not known");
    top.name = types[parts.type].name;
    parts.message = json_object_get(inner, top.name);
    if (!parts.message)
        return error_set(err, ERROR_INVALID, "%s is missing", top.name);
    if (!check_object(parts.message, &types[parts.type].shape, &top, err))
        return false;
    *out = parts;
    return true;
}

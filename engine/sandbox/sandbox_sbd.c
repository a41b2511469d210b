#include "engine/sandbox/sandbox_sbd.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define STANDARD                                                                                   \
    "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##"                                    \
    "urn:fdc:digdir.no:2020:innbyggerpost:schema:"
#define PROCESS "urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:digital:ver1.0"
#define AUTHORITY "iso6523-actorid-upis"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

/* ---- the schema ---- */

struct shape;

struct member {
    const char *name;
    bool required;
    bool (*is)(const json_t *); /* NULL: an object or a list of `shape` */
    size_t least, most;         /* code points, or items of a list; most 0: no end */
    const char *value;          /* the one that is good; NULL: any */
    const struct shape *shape;
};

struct shape {
    const struct member *members;
    size_t count;
    bool is_open;
};

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

bool sandbox_sbd_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (!text || strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

static bool is_uuid(const json_t *value)
{
    return sandbox_sbd_is_uuid(json_string_value(value));
}

static bool is_date_time(const json_t *value)
{
    int64_t at;
    return json_is_string(value) && clock_parse_iso(json_string_value(value), &at);
}

static bool is_date(const json_t *value)
{
    char with_time[32];
    int64_t at;
    const char *text = json_string_value(value);
    if (!text || strlen(text) != strlen("2026-11-23"))
        return false;
    snprintf(with_time, sizeof with_time, "%sT00:00:00Z", text);
    return clock_parse_iso(with_time, &at);
}

/* "0192:310245682": four digits, a colon, at most 35 word characters. */
static bool is_organisation(const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || strspn(text, "0123456789") != 4 || text[4] != ':')
        return false;
    size_t rest = strlen(text + 5);
    for (size_t i = 5; text[i]; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return rest >= 1 && rest <= 35;
}

static bool is_email(const json_t *value)
{
    const char *text = json_string_value(value), *at = text ? strchr(text, '@') : NULL;
    return at && at > text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " \t\r\n<>");
}

static bool is_phone(const json_t *value)
{
    const char *text = json_string_value(value);
    const char *digits = text && *text == '+' ? text + 1 : text;
    return digits && *digits && strspn(digits, "- _0123456789") == strlen(digits);
}

static bool is_level(const json_t *value)
{
    json_int_t level = json_integer_value(value);
    return json_is_integer(value) && (level == 3 || level == 4);
}

static bool is_boolean(const json_t *value)
{
    return json_is_boolean(value);
}

/* At most ten days from 0 to 25, none twice (the schema does not say the last, the prose does). */
static bool is_days(const json_t *value)
{
    size_t count = json_array_size(value);
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *day = json_array_get(value, i);
        json_int_t number = json_integer_value(day);
        if (!json_is_integer(day) || number < 0 || number > 25 || seen & 1u << number)
            return false;
        seen |= 1u << number;
    }
    return json_is_array(value) && count >= 1 && count <= SANDBOX_POST_DAYS;
}

#define SHAPE(name, ...)                                                                           \
    static const struct member name##_members[] = __VA_ARGS__;                                     \
    static const struct shape name = {name##_members, COUNT(name##_members), false}

SHAPE(identifier, {{"authority", true, is_text, 0, 0, AUTHORITY, NULL},
                   {"value", true, is_organisation, 0, 0, NULL, NULL}});
SHAPE(actor, {{"identifier", true, NULL, 0, 0, NULL, &identifier}});
SHAPE(identification, {{"standard", true, is_text, 0, 0, STANDARD "digital::1.0", NULL},
                       {"typeVersion", true, is_text, 0, 0, "1.0", NULL},
                       {"instanceIdentifier", true, is_uuid, 0, 0, NULL, NULL},
                       {"type", true, is_text, 0, 0, "digital", NULL},
                       {"creationDateAndTime", true, is_date_time, 0, 0, NULL, NULL}});
SHAPE(scope_information, {{"expectedResponseDateTime", false, is_text, 0, 0, NULL, NULL}});
SHAPE(scope, {{"type", true, is_text, 0, 0, "ConversationId", NULL},
              {"instanceIdentifier", true, is_uuid, 0, 0, NULL, NULL},
              {"identifier", true, is_text, 0, 0, PROCESS, NULL},
              {"scopeInformation", false, NULL, 0, 100, NULL, &scope_information}});
SHAPE(business_scope, {{"scope", true, NULL, 1, 1, NULL, &scope}});
SHAPE(header, {{"headerVersion", true, is_text, 0, 0, "1.0", NULL},
               {"sender", true, NULL, 1, 1, NULL, &actor},
               {"receiver", true, NULL, 1, 1, NULL, &actor},
               {"documentIdentification", true, NULL, 0, 0, NULL, &identification},
               {"businessScope", true, NULL, 0, 0, NULL, &business_scope}});
SHAPE(sender, {{"virksomhetsidentifikator", true, NULL, 0, 0, NULL, &identifier},
               {"avsenderidentifikator", false, is_text, 0, 100, NULL, NULL},
               {"fakturaReferanse", false, is_text, 0, 40, NULL, NULL}});
SHAPE(recipient, {{"postkasseadresse", true, is_text, 0, 0, NULL, NULL}});
SHAPE(fingerprint, {{"digestMethod", true, is_text, 0, 0, SHA256, NULL},
                    {"digestValue", true, is_text, 44, 44, NULL, NULL}});
SHAPE(email_notice, {{"epostadresse", true, is_email, 0, 0, NULL, NULL},
                     {"varslingstekst", true, is_text, 1, 500, NULL, NULL},
                     {"repetisjoner", true, is_days, 0, 0, NULL, NULL}});
SHAPE(sms_notice, {{"mobiltelefonnummer", true, is_phone, 8, 20, NULL, NULL},
                   {"varslingstekst", true, is_text, 1, 160, NULL, NULL},
                   {"repetisjoner", true, is_days, 0, 0, NULL, NULL}});
static const struct member notice_members[] = {
    {"epostvarsel", false, NULL, 0, 0, NULL, &email_notice},
    {"smsvarsel", false, NULL, 0, 0, NULL, &sms_notice}};
static const struct shape notices = {notice_members, COUNT(notice_members), true};
SHAPE(digital, {{"avsender", true, NULL, 0, 0, NULL, &sender},
                {"mottaker", true, NULL, 0, 0, NULL, &recipient},
                {"dokumentpakkefingeravtrykk", true, NULL, 0, 0, NULL, &fingerprint},
                {"maskinportentoken", true, is_text, 0, 0, NULL, NULL},
                {"sikkerhetsnivaa", true, is_level, 0, 0, NULL, NULL},
                {"virkningsdato", false, is_date, 0, 0, NULL, NULL},
                {"virkningstidspunkt", false, is_date_time, 0, 0, NULL, NULL},
                {"aapningskvittering", false, is_boolean, 0, 0, NULL, NULL},
                {"ikkesensitivtittel", true, is_text, 1, 255, NULL, NULL},
                {"spraak", true, is_text, 2, 2, NULL, NULL},
                {"varsler", false, NULL, 0, 0, NULL, &notices}});
SHAPE(document_shape, {{"standardBusinessDocumentHeader", true, NULL, 0, 0, NULL, &header},
                       {"digital", true, NULL, 0, 0, NULL, &digital}});
SHAPE(root, {{"standardBusinessDocument", true, NULL, 0, 0, NULL, &document_shape}});

static const char *check_object(struct arena *arena, const json_t *object,
                                const struct shape *shape, const char *path);

static const char *check_list(struct arena *arena, const json_t *list, const struct member *member,
                              const char *path)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < member->least || count > member->most)
        return arena_printf(arena, "%s must be a list of %zu to %zu", path, member->least,
                            member->most);
    for (size_t i = 0; i < count; i++) {
        const char *wrong = check_object(arena, json_array_get(list, i), member->shape, path);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *check_value(struct arena *arena, const json_t *value,
                               const struct member *member, const char *path)
{
    if (!member->is)
        return member->most ? check_list(arena, value, member, path)
                            : check_object(arena, value, member->shape, path);
    const char *text = json_string_value(value);
    if (!member->is(value))
        return arena_printf(arena, "%s is not what it must be", path);
    if (member->value && !text_equal(text, member->value))
        return arena_printf(arena, "%s must be \"%s\"", path, member->value);
    size_t length = text ? text_length(text) : 0;
    if (length < member->least || (member->most && length > member->most))
        return arena_printf(arena, "%s must have %zu to %zu characters", path, member->least,
                            member->most);
    return NULL;
}

static bool is_member(const struct shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (text_equal(shape->members[i].name, name))
            return true;
    return false;
}

/* A member that the shape does not have, or NULL. */
static const char *find_stranger(const json_t *object, const struct shape *shape)
{
    for (void *at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at))
        if (!is_member(shape, json_object_iter_key(at)))
            return json_object_iter_key(at);
    return NULL;
}

static const char *check_object(struct arena *arena, const json_t *object,
                                const struct shape *shape, const char *path)
{
    if (!json_is_object(object))
        return arena_printf(arena, "%s must be an object", path);
    const char *stranger = shape->is_open ? NULL : find_stranger(object, shape);
    if (stranger)
        return arena_printf(arena, "%s.%s is not in the schema", path, stranger);
    for (size_t i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];
        const char *inside = arena_printf(arena, "%s.%s", path, member->name);
        const json_t *value = json_object_get(object, member->name);
        if (!value && member->required)
            return arena_printf(arena, "%s is missing", inside);
        const char *wrong = value ? check_value(arena, value, member, inside) : NULL;
        if (wrong)
            return wrong;
    }
    return NULL;
}

const char *sandbox_sbd_check(struct arena *arena, const json_t *document)
{
    return check_object(arena, document, &root, "$");
}

/* ---- reading ---- */

/* "digital/avsender/virksomhetsidentifikator/value" below an object; a number picks from a list. */
static const json_t *at_path(const json_t *from, const char *path)
{
    while (from && *path) {
        size_t size = strcspn(path, "/");
        from = json_is_array(from) ? json_array_get(from, (size_t)(*path - '0'))
                                   : json_object_getn(from, path, size);
        path += size + (path[size] == '/');
    }
    return from;
}

static const char *text_at(struct arena *arena, const json_t *from, const char *path)
{
    const char *text = json_string_value(at_path(from, path));
    return arena_text(arena, text ? text : "");
}

/* "310245682" of "0192:310245682". */
static const char *number_at(struct arena *arena, const json_t *from, const char *path)
{
    const char *text = text_at(arena, from, path);
    bool good = text_starts_with(text, "0192:") && strlen(text) == 14 &&
                strspn(text + 5, "0123456789") == 9;
    return good ? text + 5 : "";
}

void sandbox_sbd_read(struct arena *arena, const json_t *document, struct sandbox_sbd *out)
{
    const json_t *inside = json_object_get(document, "standardBusinessDocument");
    const json_t *head = json_object_get(inside, "standardBusinessDocumentHeader");
    const json_t *body = json_object_get(inside, "digital");
    *out = (struct sandbox_sbd){
        .type = text_at(arena, head, "documentIdentification/type"),
        .message_id = text_at(arena, head, "documentIdentification/instanceIdentifier"),
        .conversation_id = text_at(arena, head, "businessScope/scope/0/instanceIdentifier"),
        .process = text_at(arena, head, "businessScope/scope/0/identifier"),
        .sender = number_at(arena, head, "sender/0/identifier/value"),
        .receiver = number_at(arena, head, "receiver/0/identifier/value"),
        .consumer = number_at(arena, body, "avsender/virksomhetsidentifikator/value"),
        .sender_identifier = text_at(arena, body, "avsender/avsenderidentifikator"),
        .mailbox = text_at(arena, body, "mottaker/postkasseadresse"),
        .token = text_at(arena, body, "maskinportentoken"),
        .digest_method = text_at(arena, body, "dokumentpakkefingeravtrykk/digestMethod"),
        .digest = text_at(arena, body, "dokumentpakkefingeravtrykk/digestValue"),
    };
}

static struct sandbox_post_notice notice_at(struct arena *arena, const json_t *from,
                                            const char *address)
{
    struct sandbox_post_notice notice = {0};
    if (!from)
        return notice;
    notice.address = text_at(arena, from, address);
    notice.text = text_at(arena, from, "varslingstekst");
    const json_t *days = json_object_get(from, "repetisjoner");
    for (size_t i = 0; i < json_array_size(days); i++)
        notice.days[notice.count++] = (int)json_integer_value(json_array_get(days, i));
    return notice;
}

void sandbox_sbd_describe(struct arena *arena, const json_t *document,
                          struct sandbox_post_letter *out)
{
    const json_t *body = at_path(document, "standardBusinessDocument/digital");
    out->title = text_at(arena, body, "ikkesensitivtittel");
    out->language = text_at(arena, body, "spraak");
    out->level = (int)json_integer_value(json_object_get(body, "sikkerhetsnivaa"));
    out->wants_receipt = json_is_true(json_object_get(body, "aapningskvittering"));
    const char *date = text_at(arena, body, "virkningsdato");
    const char *from = text_at(arena, body, "virkningstidspunkt");
    if (!*from && *date)
        from = arena_printf(arena, "%sT00:00:00+01:00", date);
    if (!clock_parse_iso(from, &out->visible_from))
        out->visible_from = 0;
    out->email = notice_at(arena, at_path(body, "varsler/epostvarsel"), "epostadresse");
    out->sms = notice_at(arena, at_path(body, "varsler/smsvarsel"), "mobiltelefonnummer");
}

/* ---- receipts ---- */

static json_t *organisation(const char *number)
{
    return json_pack("{s:s, s:o}", "authority", AUTHORITY, "value",
                     json_sprintf("0192:%s", number));
}

static const char *moment(struct arena *arena, int64_t at_ms)
{
    const char *whole = clock_iso_oslo(arena, at_ms / 1000);
    size_t date = strlen("2026-11-23T13:00:00");
    return arena_printf(arena, "%.*s.%03d%s", (int)date, whole, (int)(at_ms % 1000), whole + date);
}

static json_t *receipt_header(struct arena *arena, const struct sandbox_post_message *message,
                              const char *kind, const char *id, int64_t at_ms)
{
    json_t *identified =
        json_pack("{s:o, s:s, s:s, s:s, s:s}", "standard", json_sprintf(STANDARD "%s::1.0", kind),
                  "typeVersion", "1.0", "instanceIdentifier", id, "type", kind,
                  "creationDateAndTime", moment(arena, at_ms));
    json_t *conversation =
        json_pack("{s:s, s:s, s:s}", "type", "ConversationId", "instanceIdentifier",
                  message->conversation_id, "identifier", message->process);
    return json_pack("{s:s, s:[{s:o}], s:[{s:o}], s:o, s:{s:[o]}}", "headerVersion", "1.0",
                     "sender", "identifier", organisation(message->provider), "receiver",
                     "identifier", organisation(message->sender), "documentIdentification",
                     identified, "businessScope", "scope", conversation);
}

json_t *sandbox_sbd_receipt(struct arena *arena, const struct sandbox_post_message *message,
                            const char *kind, const char *id, int64_t at_ms)
{
    json_t *from = json_pack("{s:o}", "virksomhetsidentifikator", organisation(message->consumer));
    if (*message->sender_identifier)
        json_object_set_new(from, "avsenderidentifikator", json_string(message->sender_identifier));
    json_t *body =
        json_pack("{s:o, s:{s:o}, s:s}", "avsender", from, "mottaker", "virksomhetsidentifikator",
                  organisation(message->provider), "tidspunkt", moment(arena, at_ms));
    return json_pack("{s:{s:o, s:o}}", "standardBusinessDocument", "standardBusinessDocumentHeader",
                     receipt_header(arena, message, kind, id, at_ms), kind, body);
}

json_t *sandbox_sbd_body(json_t *document, const char *kind)
{
    return json_object_get(json_object_get(document, "standardBusinessDocument"), kind);
}

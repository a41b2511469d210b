#include "engine/reuse/api_body.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "forms/mod11.h"
#include "storage/certificates.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static void release(json_t **value)
{
    json_decref(*value);
}

/* pointer: where in the body, as RFC 6901 writes it; "" is the whole. */
static bool wrong(struct error *err, const char *pointer, const char *must)
{
    return error_at(err, ERROR_INVALID, pointer, 0, "%s", must);
}

bool api_body_is_line(const char *text, size_t most)
{
    if (text_is_empty(text) || !text_is_utf8(BYTES_OF(text)) || text_length(text) > most)
        return false;
    for (const char *at = text; *at;) {
        uint32_t c = text_next(&at);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
            (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff)
            return false;
    }
    return true;
}

/* ---- members ---- */

static bool read_object(struct bytes body, size_t most, json_t **out, struct error *err)
{
    if (body.size > most)
        return error_set(err, ERROR_LIMIT, "the body is longer than %zu bytes", most);
    json_t *value = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return wrong(err, "", "must be a JSON object in which no name is twice");
    }
    *out = value;
    return true;
}

/* What a member is called that is not known is told only when it looks like one: it could be
 * anything, and pointers are of bounded length. */
static const char *pointer_to(struct arena *arena, const char *of, const char *name)
{
    bool plain = strlen(name) <= 40 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
    return plain ? arena_printf(arena, "%s/%s", of, name) : of;
}

static bool knows_all(struct arena *arena, json_t *object, const char *of, const char *const *names,
                      size_t count, struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        bool known = false;
        for (size_t i = 0; !known && i < count; i++)
            known = text_equal(names[i], name);
        if (!known)
            return wrong(err, pointer_to(arena, of, name), "is a member that is not known");
    }
    return true;
}

/* NULL in *out when it is not there and need not be. */
static bool read_line(struct arena *arena, const json_t *object, const char *of, const char *name,
                      size_t most, bool required, const char **out, struct error *err)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    if (!value && !required) {
        *out = NULL;
        return true;
    }
    if (!api_body_is_line(text, most))
        return wrong(err, arena_printf(arena, "%s/%s", of, name),
                     arena_printf(arena, "must be one line of text, 1 to %zu characters", most));
    *out = text_composed(arena, text);
    return true;
}

static bool read_words(struct arena *arena, const json_t *object, const char *name,
                       struct evidence_words *out, struct error *err)
{
    json_t *words = json_object_get(object, name);
    const char *pointer = arena_printf(arena, "/%s", name);
    if (!json_is_object(words))
        return wrong(err, pointer, "must be an object with a sentence for each language");
    if (!knows_all(arena, words, pointer, evidence_languages, EVIDENCE_LANGUAGES, err))
        return false;
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++)
        if (!read_line(arena, words, pointer, evidence_languages[i], API_BODY_MAX_SENTENCE, i == 0,
                       &out->in[i], err))
            return false;
    return true;
}

static bool read_type(struct arena *arena, const json_t *object, const char *name, const char **out,
                      struct error *err)
{
    const char *type = json_string_value(json_object_get(object, name));
    if (!certificates_is_type(type))
        return wrong(err, arena_printf(arena, "/%s", name),
                     "must be a word of a-z, 0-9 and '-', a letter first, 1 to 64 characters");
    *out = arena_text(arena, type);
    return true;
}

/* ---- an evidence request ---- */

bool api_body_read_question(struct arena *arena, struct bytes body, struct api_body_question *out,
                            struct error *err)
{
    static const char *const names[] = {"person", "evidence_type", "requester", "purpose",
                                        "procedure"};
    CLEANUP(release) json_t *object = NULL;
    struct api_body_question question = {0};
    if (!read_object(body, API_BODY_MAX_QUESTION_BYTES, &object, err) ||
        !knows_all(arena, object, "", names, COUNT(names), err))
        return false;
    const char *person = json_string_value(json_object_get(object, "person"));
    if (!person || strlen(person) != 11 || !mod11_is_fnr(person))
        return wrong(err, "/person", "must be an identity number: 11 digits, check digits right");
    question.person = arena_text(arena, person);
    if (!read_type(arena, object, "evidence_type", &question.evidence_type, err) ||
        !read_line(arena, object, "", "requester", API_BODY_MAX_NAME, true, &question.requester,
                   err) ||
        !read_words(arena, object, "purpose", &question.purpose, err) ||
        !read_words(arena, object, "procedure", &question.procedure, err))
        return false;
    *out = question;
    return true;
}

/* ---- a certificate ---- */

bool api_body_read_day(const char *text, int64_t *out, struct error *err)
{
    int year, month, day, end = 0;
    if (!text || strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
        sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10 ||
        !clock_is_date(year, month, day))
        return error_set(err, ERROR_INVALID, "a day is written as 2031-11-23");
    /* the day after begins when this one is over; noon tells whether it is summer there */
    int64_t midnight = (clock_days(year, month, day) + 1) * 86400;
    *out = midnight - clock_oslo(midnight - 43200).offset_minutes * 60;
    return true;
}

static bool read_day(struct arena *arena, const json_t *object, const char *name, int64_t *out,
                     struct error *err)
{
    const json_t *value = json_object_get(object, name);
    *out = 0;
    return !value || api_body_read_day(json_string_value(value), out, err) ||
           wrong(err, arena_printf(arena, "/%s", name), "must be a day, as 2031-11-23");
}

static bool read_pdf(struct arena *arena, const json_t *object, struct bytes *out,
                     struct error *err)
{
    const json_t *value = json_object_get(object, "pdf");
    const char *text = json_string_value(value);
    *out = (struct bytes){0};
    if (!value)
        return true;
    if (!text || !codec_unbase64(arena, text, out) || out->size < 8 ||
        memcmp(out->data, "%PDF-", 5) != 0)
        return wrong(err, "/pdf", "must be a PDF in base64");
    return true;
}

bool api_body_read_certificate(struct arena *arena, struct bytes body,
                               struct api_body_certificate *out, struct error *err)
{
    static const char *const names[] = {"submission", "type",        "title", "number",
                                        "text",       "valid_until", "pdf"};
    CLEANUP(release) json_t *object = NULL;
    struct api_body_certificate certificate = {0};
    if (!read_object(body, API_BODY_MAX_CERTIFICATE_BYTES, &object, err) ||
        !knows_all(arena, object, "", names, COUNT(names), err) ||
        !read_line(arena, object, "", "submission", API_BODY_MAX_NUMBER, true,
                   &certificate.submission, err) ||
        !read_type(arena, object, "type", &certificate.type, err) ||
        !read_line(arena, object, "", "title", CERTIFICATES_MAX_TITLE, true, &certificate.title,
                   err) ||
        !read_line(arena, object, "", "number", API_BODY_MAX_NUMBER, false, &certificate.number,
                   err) ||
        !read_line(arena, object, "", "text", API_BODY_MAX_TEXT, false, &certificate.text, err) ||
        !read_day(arena, object, "valid_until", &certificate.valid_until, err) ||
        !read_pdf(arena, object, &certificate.pdf, err))
        return false;
    *out = certificate;
    return true;
}

/* ---- a decision ---- */

static bool read_outcome(const json_t *object, enum decision_outcome *out, struct error *err)
{
    return decisions_find_outcome(json_string_value(json_object_get(object, "outcome")), out) ||
           wrong(err, "/outcome", "must be granted, partly, refused or dismissed");
}

static bool has_pdf(struct bytes pdf, struct error *err)
{
    if (pdf.size == 0)
        return wrong(err, "/pdf", "must be a PDF in base64");
    return pdf.size <= API_BODY_MAX_PDF_BYTES || wrong(err, "/pdf", "must be at most 5 MiB");
}

bool api_body_read_decision(struct arena *arena, struct bytes body, struct api_body_decision *out,
                            struct error *err)
{
    static const char *const names[] = {"submission", "outcome", "title",
                                        "appeal",     "pdf",     "appeal_until"};
    CLEANUP(release) json_t *object = NULL;
    struct api_body_decision decision = {0};
    if (!read_object(body, API_BODY_MAX_DECISION_BYTES, &object, err) ||
        !knows_all(arena, object, "", names, COUNT(names), err) ||
        !read_line(arena, object, "", "submission", API_BODY_MAX_NUMBER, true, &decision.submission,
                   err) ||
        !read_outcome(object, &decision.outcome, err) ||
        !read_line(arena, object, "", "title", DECISIONS_MAX_TITLE, true, &decision.title, err) ||
        !read_line(arena, object, "", "appeal", DECISIONS_MAX_APPEAL, false, &decision.appeal,
                   err) ||
        !read_day(arena, object, "appeal_until", &decision.appeal_until, err) ||
        !read_pdf(arena, object, &decision.pdf, err) || !has_pdf(decision.pdf, err))
        return false;
    *out = decision;
    return true;
}

bool api_body_is_key(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    if (length == 0 || length > API_BODY_MAX_KEY)
        return false;
    for (const char *at = text; *at; at++)
        if (*at < 0x21 || *at > 0x7e)
            return false;
    return true;
}

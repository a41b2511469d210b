/* The functions about texts. */
#include "forms/xpath_functions.h"

#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "forms/mod11.h"
#include "forms/pattern.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

/* ---- Texts ---- */

static void call_string(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_free_object)
    xmlXPathObject *object = count ? valuePop(call) : xmlXPathNewNodeSet(call->context->node);
    valuePush(call, xmlXPathWrapString(xpath_object_text(object)));
}

/* Adds to a text that is bounded; false when it would pass the limit, which ends the evaluation. */
static bool add_text(xmlXPathParserContext *call, xmlBuffer *out, const xmlChar *text)
{
    if ((size_t)xmlBufferLength(out) + strlen((const char *)text) > XPATH_MAX_RESULT_BYTES) {
        xmlXPathSetError(call, XPATH_MEMORY_ERROR);
        return false;
    }
    xmlBufferCat(out, text);
    return true;
}

static void free_buffer(xmlBuffer **buffer)
{
    xmlBufferFree(*buffer);
}

/* All nodes of all arguments from `first`, with the separator between. */
static void join_from(xmlXPathParserContext *call, struct xpath_arguments *arguments, int first,
                      const xmlChar *separator)
{
    CLEANUP(free_buffer) xmlBuffer *out = xmlBufferCreate();
    bool any = false;
    for (int i = first; i < arguments->count; i++) {
        for (int n = 0;; n++) {
            CLEANUP(xpath_free_text) xmlChar *text = xpath_call_value(arguments->items[i], n);
            if (!text)
                break;
            if (any && !add_text(call, out, separator))
                return;
            any = true;
            if (!add_text(call, out, text))
                return;
        }
    }
    valuePush(call, xmlXPathNewString(xmlBufferContent(out)));
}

static void call_concat(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (xpath_call_pop(call, count, &arguments))
        join_from(call, &arguments, 0, (const xmlChar *)"");
}

static void call_join(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    CLEANUP(xpath_free_text) xmlChar *separator = xmlXPathCastToString(arguments.items[0]);
    join_from(call, &arguments, 1, separator);
}

static void call_ends_with(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *end = xmlXPathPopString(call);
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    xpath_call_return_boolean(call, text_ends_with((const char *)text, (const char *)end));
}

/* substr(text, from[, to]): from 0, negative from the end, `to` is left out (ODK). */
static void call_substr(xmlXPathParserContext *call, int count)
{
    double to = count > 2 ? xmlXPathPopNumber(call) : INFINITY;
    double from = xmlXPathPopNumber(call);
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    int length = xmlUTF8Strlen(text);
    from = from < 0 ? fmax(from + length, 0) : from;
    to = to < 0 ? to + length : fmin(to, length);
    if (!(from < to)) { /* also NaN */
        xpath_call_return_text(call, "");
        return;
    }
    int start = (int)from;
    valuePush(call, xmlXPathWrapString(xmlUTF8Strsub(text, start, (int)to - start)));
}

enum {
    STEPS_AN_OPERATION = 8,  /* a step of a pattern is that much less than one of a path */
    BYTES_AN_OPERATION = 64, /* of what is read from end to end */
};

/* security.md S-XP-3. The pattern is for the whole value. */
static void call_regex(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    CLEANUP(xpath_free_text) xmlChar *value = xmlXPathPopString(call);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pattern *pattern;
    struct error err;
    if (!text || !value || strlen((const char *)value) > PATTERN_MAX_VALUE_BYTES ||
        !pattern_new(arena, (const char *)text, &pattern, &err)) {
        xmlXPathSetError(call, XPATH_EXPR_ERROR);
        return;
    }
    size_t steps;
    bool matches = pattern_matches(arena, pattern, (const char *)value, &steps);
    xpath_call_return_boolean(call, xpath_call_spend(call, steps / STEPS_AN_OPERATION) && matches);
}

/* By code points: -1, 0 or 1 (XForms 1.1, 7.7.8). UTF-8 is in their order. */
static void call_compare(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *b = xpath_call_pop_text(call);
    CLEANUP(xpath_free_text) xmlChar *a = xpath_call_pop_text(call);
    int order = strcmp((const char *)a, (const char *)b);
    xpath_call_return_number(call, (order > 0) - (order < 0));
}

/* uuid(), or uuid(n): n random letters and digits (ODK). */
static void call_uuid(xmlXPathParserContext *call, int count)
{
    enum { MOST = 64 };
    CLEANUP(arena_close) struct arena *arena = arena_open();
    if (!count) {
        xpath_call_return_text(call, crypto_uuid(arena));
        return;
    }
    double wanted = xmlXPathPopNumber(call);
    size_t size = wanted >= 1 && wanted <= MOST ? (size_t)wanted : MOST;
    unsigned char bytes[MOST / 2];
    crypto_random(bytes, sizeof bytes);
    char *text = codec_hex(arena, (struct bytes){bytes, sizeof bytes});
    text[size] = '\0';
    xpath_call_return_text(call, text);
}

/* ---- Digests ---- */

enum encoding { BASE64, HEX, NO_ENCODING };

/* "base64" unless the function says (XForms 1.1, 7.8.3 and 7.8.4; ODK). */
static enum encoding encoding_of(const char *name)
{
    return strcmp(name, "base64") == 0 ? BASE64 : strcmp(name, "hex") == 0 ? HEX : NO_ENCODING;
}

static void return_digest(xmlXPathParserContext *call, struct arena *arena, struct bytes digest,
                          enum encoding encoding)
{
    xpath_call_return_text(call, encoding == HEX ? codec_hex(arena, digest)
                                                 : codec_base64(arena, digest));
}

bool xpath_digest_is_known(const char *function, const char *algorithm, const char *encoding,
                           struct error *err)
{
    if (algorithm && !crypto_knows_digest(algorithm))
        return error_set(err, ERROR_INVALID,
                         "%s() knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not '%.40s'",
                         function, algorithm);
    if (encoding && encoding_of(encoding) == NO_ENCODING)
        return error_set(err, ERROR_INVALID, "%s() gives hex or base64, not '%.40s'", function,
                         encoding);
    return true;
}

/* digest(text, algorithm[, encoding]), hmac(key, text, algorithm[, encoding]) */
static void call_digest_of(xmlXPathParserContext *call, const char *function, bool encoded,
                           bool keyed)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(xpath_free_text)
    xmlChar *encoding = encoded ? xpath_call_pop_text(call) : xmlStrdup((const xmlChar *)"base64");
    CLEANUP(xpath_free_text) xmlChar *algorithm = xpath_call_pop_text(call);
    CLEANUP(xpath_free_text) xmlChar *text = xpath_call_pop_text(call);
    CLEANUP(xpath_free_text) xmlChar *key = keyed ? xpath_call_pop_text(call) : NULL;
    struct error err;
    struct bytes digest;
    const char *name = (const char *)algorithm;
    if (!xpath_call_spend(call, strlen((const char *)text) / BYTES_AN_OPERATION))
        return;
    if (!xpath_digest_is_known(function, name, (const char *)encoding, &err))
        xpath_call_fail(call, "%s", err.text);
    else if (keyed ? crypto_hmac_by(arena, name, BYTES_OF((const char *)key),
                                    BYTES_OF((const char *)text), &digest)
                   : crypto_digest(arena, name, BYTES_OF((const char *)text), &digest))
        return_digest(call, arena, digest, encoding_of((const char *)encoding));
    else
        xpath_call_fail(call, "%s(): %.40s is not there on this machine", function, name);
}

static void call_digest(xmlXPathParserContext *call, int count)
{
    call_digest_of(call, "digest", count > 2, false);
}

static void call_hmac(xmlXPathParserContext *call, int count)
{
    call_digest_of(call, "hmac", count > 3, true);
}

/* "" for what is not base64 of a text. */
static void call_base64_decode(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(xpath_free_text) xmlChar *encoded = xpath_call_pop_text(call);
    struct bytes bytes;
    if (!xpath_call_spend(call, strlen((const char *)encoded) / BYTES_AN_OPERATION))
        return;
    bool good = codec_unbase64(arena, text_trim(arena, (const char *)encoded), &bytes) &&
                text_is_utf8(bytes) && (bytes.size == 0 || !memchr(bytes.data, 0, bytes.size));
    xpath_call_return_text(call, good ? arena_text_of(arena, bytes) : "");
}

/* ---- What the program knows ---- */

/* XForms 1.1, 7.8.2. Full rather than basic: all types of chapter 5 and functions of chapter 7. */
const char *xpath_property(const char *name)
{
    return strcmp(name, "version") == 0             ? "1.1"
           : strcmp(name, "conformance-level") == 0 ? "full"
                                                    : NULL;
}

static void call_property(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *name = xpath_call_pop_text(call);
    const char *value = xpath_property((const char *)name);
    if (value)
        xpath_call_return_text(call, value);
    else
        xpath_call_fail(call, "property() knows version and conformance-level, not '%.40s'",
                        (const char *)name);
}

/* ---- What the answers know ---- */

static void call_itext(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    const struct xpath_moment *moment = xpath_call_moment(call);
    const struct xpath_host *host = &moment->host;
    const char *id = (const char *)text;
    if (moment->itext)
        xpath_call_return_node(call, moment->itext(host->context, id));
    else
        xpath_call_return_text(call, host->itext ? host->itext(host->context, id) : "");
}

/* jr:choice-name(value, 'path of the select') */
static void call_choice_name(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *path = xmlXPathPopString(call);
    CLEANUP(xpath_free_text) xmlChar *value = xmlXPathPopString(call);
    const struct xpath_moment *moment = xpath_call_moment(call);
    const struct xpath_host *host = &moment->host;
    xpath_call_return_text(call, host->choice_name
                                     ? host->choice_name(host->context, (const char *)value,
                                                         (const char *)path, moment->current)
                                     : "");
}

/* Twelve to nineteen digits, the last of which checks the others (ISO/IEC 7812-1, annex B: Luhn's
 * formula). */
static bool is_card_number(const char *digits)
{
    size_t size = strlen(digits);
    if (size < 12 || size > 19 || strspn(digits, "0123456789") != size)
        return false;
    int sum = 0;
    for (size_t i = 0; i < size; i++) {
        int digit = (digits[size - 1 - i] - '0') * (i % 2 ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/* Without argument: of the context node (XForms 1.1, 7.6.2). */
static void call_is_card_number(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_free_text)
    xmlChar *digits =
        count ? xpath_call_pop_text(call) : xmlXPathCastNodeToString(call->context->node);
    xpath_call_return_boolean(call, digits && is_card_number((const char *)digits));
}

static void call_fnr_valid(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *digits = xmlXPathPopString(call);
    xpath_call_return_boolean(call, mod11_is_fnr((const char *)digits));
}

static void call_orgnr_valid(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *digits = xmlXPathPopString(call);
    xpath_call_return_boolean(call, mod11_is_orgnr((const char *)digits));
}

static const struct xpath_function functions[] = {
    {NULL, "base64-decode", 1, 1, call_base64_decode},
    {NULL, "compare", 2, 2, call_compare},
    {NULL, "concat", 0, -1, call_concat},
    {NULL, "digest", 2, 3, call_digest},
    {NULL, "ends-with", 2, 2, call_ends_with},
    {NULL, "hmac", 3, 4, call_hmac},
    {NULL, "is-card-number", 0, 1, call_is_card_number},
    {NULL, "join", 1, -1, call_join},
    {NULL, "property", 1, 1, call_property},
    {NULL, "regex", 2, 2, call_regex},
    {NULL, "string", 0, 1, call_string},
    {NULL, "substr", 2, 3, call_substr},
    {NULL, "uuid", 0, 1, call_uuid},
    {XPATH_JR, "choice-name", 2, 2, call_choice_name},
    {XPATH_JR, "itext", 1, 1, call_itext},
    {XPATH_SK, "fnr-valid", 1, 1, call_fnr_valid},
    {XPATH_SK, "orgnr-valid", 1, 1, call_orgnr_valid},
};
const struct xpath_function_list xpath_texts_list = XPATH_LIST(functions);

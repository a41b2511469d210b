#include "engine/verify/verify_manifest.h"

#include "engine/base/text.h"
#include "engine/receipt_manifest.h"

#include <jansson.h>
#include <string.h>

static void close_json(json_t **json)
{
    json_decref(*json);
}

/* A text that must be there. */
static bool read_text(struct arena *arena, const json_t *object, const char *key, const char **out)
{
    const char *text = json_string_value(json_object_get(object, key));
    *out = arena_text(arena, text);
    return text != NULL;
}

static bool is_digest(const char *hex)
{
    return strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

static bool read_attachment(struct arena *arena, const json_t *json, struct verify_attachment *out)
{
    const json_t *size = json_object_get(json, "size");
    out->size_bytes = json_integer_value(size);
    return read_text(arena, json, "name", &out->name) &&
           read_text(arena, json, "sha256", &out->sha256) && is_digest(out->sha256) &&
           json_is_integer(size) && out->size_bytes >= 0;
}

/* Either a type, or what is shown. */
static bool read_answer(struct arena *arena, const json_t *json, struct verify_answer *out)
{
    if (!read_text(arena, json, "label", &out->label))
        return false;
    bool has_node = read_text(arena, json, "at", &out->at);
    bool has_type = read_text(arena, json, "type", &out->type);
    bool has_value = read_text(arena, json, "value", &out->value);
    bool is_shown = read_text(arena, json, "shown", &out->shown);
    return has_type ? has_node && !has_value && !is_shown : is_shown && has_value == has_node;
}

static bool read_lists(struct arena *arena, const json_t *root, struct verify_manifest *out)
{
    const json_t *attachments = json_object_get(root, "attachments");
    const json_t *answers = json_object_get(root, "answers");
    if (!json_is_array(attachments) || !json_is_array(answers))
        return false;
    size_t attachment_count = json_array_size(attachments), answer_count = json_array_size(answers);
    out->attachments = ARENA_ARRAY(arena, attachment_count, struct verify_attachment);
    out->answers = ARENA_ARRAY(arena, answer_count, struct verify_answer);
    for (; out->attachment_count < attachment_count; out->attachment_count++)
        if (!read_attachment(arena, json_array_get(attachments, out->attachment_count),
                             &out->attachments[out->attachment_count]))
            return false;
    for (; out->answer_count < answer_count; out->answer_count++)
        if (!read_answer(arena, json_array_get(answers, out->answer_count),
                         &out->answers[out->answer_count]))
            return false;
    return true;
}

static bool read_xml(struct arena *arena, const json_t *root, bool must,
                     struct verify_manifest *out)
{
    const json_t *xml = json_object_get(root, "xml");
    if (!xml)
        return !must;
    out->xml_size = json_integer_value(json_object_get(xml, "size"));
    return read_text(arena, xml, "sha256", &out->xml_sha256) && is_digest(out->xml_sha256);
}

bool verify_manifest_read(struct arena *arena, struct bytes json, struct verify_manifest *out,
                          struct error *err)
{
    json_error_t why;
    const char *word, *kind;
    CLEANUP(close_json)
    json_t *root = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, &why);
    *out = (struct verify_manifest){0};
    if (!root)
        return error_set(err, ERROR_INVALID, "no JSON: line %d: %s", why.line, why.text);
    if (!read_text(arena, root, "manifest", &word) || !text_equal(word, RECEIPT_MANIFEST_WORD))
        return error_set(err, ERROR_INVALID, "not \"%s\", which is what this program knows",
                         RECEIPT_MANIFEST_WORD);
    bool good = read_text(arena, root, "kind", &kind) &&
                read_text(arena, root, "reference", &out->reference) &&
                read_text(arena, root, "received_at", &out->received_at) &&
                read_text(arena, root, "language", &out->language) &&
                read_text(arena, root, "audit_head", &out->audit_head) &&
                read_xml(arena, root, !text_equal(kind, "supplement"), out) &&
                read_lists(arena, root, out);
    return good || error_set(err, ERROR_INVALID, "something is missing, or of another kind");
}

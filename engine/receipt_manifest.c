#include "engine/receipt_manifest.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *receipt_manifest_head(struct arena *arena, const struct audit_head *head)
{
    struct bytes digest = {head->digest.bytes, sizeof head->digest.bytes};
    return head->sequence
               ? arena_printf(arena, "%lld %s", (long long)head->sequence, codec_hex(arena, digest))
               : NULL;
}

/* What no JSON text may hold is not in the answers either (posted.h). */
static json_t *text_json(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : json_string("");
}

static json_t *xml_json(struct arena *arena, struct bytes xml)
{
    return json_pack("{s:s, s:I, s:s}", "name", RECEIPT_MANIFEST_XML, "size", (json_int_t)xml.size,
                     "sha256", crypto_sha256_hex(arena, xml));
}

static json_t *attachment_json(struct arena *arena, const struct attachment *row)
{
    struct bytes digest = {row->sha256.bytes, sizeof row->sha256.bytes};
    return json_pack("{s:o, s:s, s:I, s:s, s:s}", "name", text_json(row->name), "media_type",
                     row->media_type, "size", (json_int_t)row->size_bytes, "sha256",
                     codec_hex(arena, digest), "verdict", attachments_verdict_word(row->verdict));
}

static json_t *promise_json(struct arena *arena, const struct attachment *row)
{
    const char *day = arena_printf(arena, "%.10s", clock_iso_oslo(arena, row->expected_by));
    return json_pack("{s:o, s:s}", "name", text_json(row->name), "expected", day);
}

static json_t *answer_json(const struct outline_node *node)
{
    json_t *answer = json_pack("{s:o}", "label", text_json(node->label));
    if (node->path)
        json_object_set_new(answer, "at", text_json(node->path));
    if (node->path && node->type) {
        json_object_set_new(answer, "type", json_string(node->type));
        return answer;
    }
    if (node->path)
        json_object_set_new(answer, "value", text_json(node->stored));
    json_object_set_new(answer, "shown", text_json(node->value));
    return answer;
}

static void add_answers(json_t *answers, const struct outline_node *node)
{
    for (; node; node = node->next) {
        if (node->kind == OUTLINE_ANSWER)
            json_array_append_new(answers, answer_json(node));
        add_answers(answers, node->first_child);
    }
}

static void add_attachments(struct arena *arena, const struct receipt_manifest *manifest,
                            json_t *root)
{
    json_t *sent = json_array(), *later = json_array();
    for (size_t i = 0; i < manifest->attachment_count; i++) {
        const struct attachment *row = manifest->attachments[i];
        if (row->source == ATTACHMENT_LATER)
            json_array_append_new(later, promise_json(arena, row));
        else
            json_array_append_new(sent, attachment_json(arena, row));
    }
    json_object_set_new(root, "attachments", sent);
    json_object_set_new(root, "later", later);
}

struct bytes receipt_manifest_write(struct arena *arena, const struct receipt_manifest *manifest)
{
    const struct submission *submission = manifest->submission;
    const char *head = receipt_manifest_head(arena, &manifest->head);
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s}", "manifest", RECEIPT_MANIFEST_WORD,
                  "kind", manifest->is_supplement ? "supplement" : "receipt", "reference",
                  submission->reference, "received_at", clock_iso_utc(arena, manifest->received_at),
                  "language", manifest->language, "form", "id", submission->form_id, "version",
                  submission->form_version, "audit_head", head ? head : "");
    json_t *answers = json_array();
    add_attachments(arena, manifest, root);
    if (!manifest->is_supplement) {
        json_object_set_new(root, "xml", xml_json(arena, submission->answers));
        add_answers(answers, manifest->outline->first);
    }
    json_object_set_new(root, "answers", answers);
    char *text = json_dumps(root, JSON_INDENT(1));
    if (!text)
        abort();
    struct bytes written = arena_bytes(arena, BYTES_OF(text));
    free(text);
    json_decref(root);
    return written;
}

#include "storage/postbox/digipost_answer.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char api[] = "http://api.digipost.no/schema/v8";

static bool unreadable(struct error *err, const char *what)
{
    return error_set(err, ERROR_UNAVAILABLE, "Digipost's answer cannot be read: %s", what);
}

/* The document and its root, which must be the element asked for. */
static bool parse(struct bytes xml, const char *root_name, xmlDoc **out, struct error *err)
{
    struct error why = {0};
    if (!xml_parse(xml, root_name, out, &why))
        return unreadable(err, why.text);
    if (!xml_is(xmlDocGetRootElement(*out), api, root_name))
        return error_set(err, ERROR_UNAVAILABLE, "Digipost's answer is not <%s>", root_name);
    return true;
}

static size_t count_children(const xmlNode *parent, const char *name)
{
    size_t count = 0;
    for (xmlNode *at = xml_child(parent, api, name); at; at = xml_next(at, api, name))
        count++;
    return count;
}

/* The child's text without white space round it, "" when there is no such child. */
static const char *child_text(struct arena *arena, const xmlNode *parent, const char *name)
{
    const xmlNode *child = xml_child(parent, api, name);
    return child ? text_trim(arena, xml_text(arena, child)) : "";
}

static const char *attribute(struct arena *arena, const xmlNode *element, const char *name)
{
    const char *value = xml_attribute(arena, element, NULL, name);
    return value ? value : "";
}

/* A time that need not be there, 0 then; but what is there must be one. */
static bool time_of(const char *text, int64_t *out)
{
    *out = 0;
    return !*text || clock_parse_iso(text, out);
}

static bool number_of(const char *text, int64_t *out)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

/* The last part of the relation's name in upper case (5): the rest differs between installations.
 */
static const char *relation_of(struct arena *arena, const char *rel)
{
    const char *slash = strrchr(rel, '/');
    char *relation = arena_text(arena, slash ? slash + 1 : rel);
    for (char *at = relation; *at; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
    return relation;
}

static struct digipost_links read_links(struct arena *arena, const xmlNode *parent)
{
    struct digipost_link *items =
        ARENA_ARRAY(arena, count_children(parent, "link"), struct digipost_link);
    size_t count = 0;
    for (xmlNode *at = xml_child(parent, api, "link"); at; at = xml_next(at, api, "link")) {
        const char *url = attribute(arena, at, "uri");
        if (*url)
            items[count++] =
                (struct digipost_link){relation_of(arena, attribute(arena, at, "rel")), url};
    }
    return (struct digipost_links){items, count};
}

const char *digipost_answer_link(const struct digipost_links *links, const char *relation)
{
    for (size_t i = 0; i < links->count; i++) {
        if (text_equal(links->items[i].relation, relation))
            return links->items[i].url;
    }
    return NULL;
}

bool digipost_answer_entry(struct arena *arena, struct bytes xml, struct digipost_entry *out,
                           struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "entrypoint", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    *out = (struct digipost_entry){
        .certificate_pem = child_text(arena, root, "certificate"),
        .links = read_links(arena, root),
    };
    return true;
}

bool digipost_answer_identity(struct arena *arena, struct bytes xml, enum digipost_identity *out,
                              struct error *err)
{
    static const struct {
        const char *word;
        enum digipost_identity identity;
    } words[] = {
        {"DIGIPOST", DIGIPOST_HAS_POSTBOX},
        {"IDENTIFIED", DIGIPOST_KNOWN},
        {"UNIDENTIFIED", DIGIPOST_NOT_FOUND},
        {"INVALID", DIGIPOST_NOT_A_NUMBER},
    };
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "identification-result", &doc, err))
        return false;
    const char *result = child_text(arena, xmlDocGetRootElement(doc), "result");
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equal(words[i].word, result)) {
            *out = words[i].identity;
            return true;
        }
    }
    return unreadable(err, "a result of identification that is not in its schema");
}

/* A hash that can be compared with ours, or "". */
static const char *sha256_of(struct arena *arena, const char *algorithm, const char *hash)
{
    struct bytes digest;
    bool good = text_equal(algorithm, "SHA256") && codec_unbase64(arena, hash, &digest) &&
                digest.size == CRYPTO_SHA256_BYTES;
    return good ? hash : "";
}

static bool read_stored(struct arena *arena, const xmlNode *document, struct digipost_stored *out)
{
    const char *hash = "";
    const xmlNode *content_hash = xml_child(document, api, "content-hash");
    if (content_hash)
        hash = sha256_of(arena, attribute(arena, content_hash, "hash-algorithm"),
                         text_trim(arena, xml_text(arena, content_hash)));
    *out =
        (struct digipost_stored){.id = child_text(arena, document, "uuid"), .content_hash = hash};
    return postbox_is_uuid(out->id);
}

bool digipost_answer_delivery(struct arena *arena, struct bytes xml, struct digipost_delivery *out,
                              struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "message-delivery", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct digipost_delivery read = {
        .message_id = child_text(arena, root, "message-id"),
        .status = child_text(arena, root, "status"),
    };
    if (!time_of(child_text(arena, root, "delivery-time"), &read.delivered_at))
        return unreadable(err, "delivery-time is not a time");
    if (!number_of(child_text(arena, root, "sender-id"), &read.sender_id))
        return unreadable(err, "no sender-id");
    const xmlNode *main = xml_child(root, api, "primary-document");
    if (!main || !read_stored(arena, main, &read.main))
        return unreadable(err, "no primary-document with a uuid");

    struct digipost_stored *attachments =
        ARENA_ARRAY(arena, count_children(root, "attachment"), struct digipost_stored);
    for (xmlNode *at = xml_child(root, api, "attachment"); at;
         at = xml_next(at, api, "attachment")) {
        if (!read_stored(arena, at, &attachments[read.attachment_count++]))
            return unreadable(err, "an attachment without a uuid");
    }
    read.attachments = attachments;
    *out = read;
    return true;
}

static bool read_status(struct arena *arena, const xmlNode *element, struct digipost_stored *out)
{
    *out = (struct digipost_stored){
        .id = attribute(arena, element, "uuid"),
        .content_hash = sha256_of(arena, attribute(arena, element, "content-hash-algorithm"),
                                  attribute(arena, element, "content-hash")),
    };
    return postbox_is_uuid(out->id);
}

bool digipost_answer_status(struct arena *arena, struct bytes xml, struct digipost_delivery *out,
                            struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "document-status", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct digipost_delivery read = {
        .message_id = "",
        .status = attribute(arena, root, "status"),
    };
    if (!time_of(attribute(arena, root, "delivered"), &read.delivered_at))
        return unreadable(err, "delivered is not a time");
    const char *sender_id = attribute(arena, root, "sender-id");
    if (*sender_id && !number_of(sender_id, &read.sender_id))
        return unreadable(err, "sender-id is not a number");
    if (!read_status(arena, root, &read.main))
        return unreadable(err, "no uuid");

    struct digipost_stored *attachments =
        ARENA_ARRAY(arena, count_children(root, "attachments"), struct digipost_stored);
    for (xmlNode *at = xml_child(root, api, "attachments"); at;
         at = xml_next(at, api, "attachments")) {
        if (!read_status(arena, at, &attachments[read.attachment_count++]))
            return unreadable(err, "an attachment without a uuid");
    }
    read.attachments = attachments;
    *out = read;
    return true;
}

static enum digipost_event_kind kind_of(const char *type)
{
    if (text_equal(type, "OPENED"))
        return DIGIPOST_EVENT_OPENED;
    if (text_equal(type, "SHARE_DOCUMENTS_REQUEST_DOCUMENTS_SHARED"))
        return DIGIPOST_EVENT_SHARED;
    if (text_equal(type, "SHARE_DOCUMENTS_REQUEST_SHARING_WITHDRAWN"))
        return DIGIPOST_EVENT_WITHDRAWN;
    return DIGIPOST_EVENT_OTHER;
}

static bool read_event(struct arena *arena, const xmlNode *element, struct digipost_event *out)
{
    struct digipost_event event = {
        .document_id = attribute(arena, element, "uuid"),
        .type = attribute(arena, element, "type"),
    };
    if (!postbox_is_uuid(event.document_id) || !*event.type ||
        !clock_parse_iso(attribute(arena, element, "created"), &event.created_at))
        return false;
    event.kind = kind_of(event.type);
    *out = event;
    return true;
}

bool digipost_answer_events(struct arena *arena, struct bytes xml, struct digipost_event **out,
                            size_t *count, size_t *listed, struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "document-events", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    *listed = count_children(root, "event");
    *out = ARENA_ARRAY(arena, *listed, struct digipost_event);
    *count = 0;
    for (xmlNode *at = xml_child(root, api, "event"); at; at = xml_next(at, api, "event")) {
        if (read_event(arena, at, &(*out)[*count]))
            (*count)++;
    }
    return true;
}

static void read_origin(struct arena *arena, const xmlNode *shared,
                        struct digipost_shared_document *document)
{
    const xmlNode *origin = xml_child(shared, api, "origin");
    const xmlNode *organisation = origin ? xml_child(origin, api, "organisation") : NULL;
    const xmlNode *person = origin ? xml_child(origin, api, "private-person") : NULL;
    document->origin_name = document->origin_organisation_number = "";
    if (organisation) {
        document->origin = DIGIPOST_ORIGIN_ORGANISATION;
        document->origin_name = attribute(arena, organisation, "name");
        document->origin_organisation_number =
            attribute(arena, organisation, "organisation-number");
    } else if (person) {
        document->origin = DIGIPOST_ORIGIN_PRIVATE;
        document->origin_name = attribute(arena, person, "name");
    }
}

/* Digipost gives a shared document no id, and its links may be others tomorrow; what it says of the
 * document stays. earlier: of how many before it the same is said. */
static const char *id_of(struct arena *arena, const struct digipost_shared_document *document,
                         size_t earlier)
{
    const char *told = arena_printf(
        arena, "%" PRId64 "\n%" PRId64 "\n%s\n%s\n%d\n%s\n%s\n%zu", document->delivered_at,
        document->size_bytes, document->file_type, document->title, document->origin,
        document->origin_organisation_number, document->origin_name, earlier);
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(told));
    return codec_base64url(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

static bool is_taken(const struct digipost_shared_document *documents, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(documents[i].id, id))
            return true;
    }
    return false;
}

static bool read_shared(struct arena *arena, const xmlNode *element,
                        struct digipost_shared_document *document)
{
    document->title = child_text(arena, element, "subject");
    document->file_type = child_text(arena, element, "file-type");
    read_origin(arena, element, document);
    struct digipost_links links = read_links(arena, element);
    document->content_url = digipost_answer_link(&links, "GET_SHARED_DOCUMENT_CONTENT_STREAM");
    return number_of(child_text(arena, element, "file-size-bytes"), &document->size_bytes) &&
           time_of(child_text(arena, element, "delivery-time"), &document->delivered_at) &&
           *document->file_type;
}

static bool read_all_shared(struct arena *arena, const xmlNode *list,
                            struct digipost_share_state *state, struct error *err)
{
    size_t count = count_children(list, "shared-document");
    if (count > DIGIPOST_SHARED_MAX)
        return unreadable(err, "too many shared documents");
    struct digipost_shared_document *documents =
        ARENA_ARRAY(arena, count, struct digipost_shared_document);
    for (xmlNode *at = xml_child(list, api, "shared-document"); at;
         at = xml_next(at, api, "shared-document")) {
        struct digipost_shared_document *document = &documents[state->document_count];
        if (!read_shared(arena, at, document))
            return unreadable(err, "a shared document without size, file type or time");
        size_t earlier = 0;
        do
            document->id = id_of(arena, document, earlier++);
        while (is_taken(documents, state->document_count, document->id));
        state->document_count++;
    }
    state->documents = documents;
    return true;
}

bool digipost_answer_share_state(struct arena *arena, struct bytes xml,
                                 struct digipost_share_state *out, struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "share-documents-request-state", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    const xmlNode *list = xml_child(root, api, "shared-documents");
    if (!list)
        return unreadable(err, "no shared-documents");
    struct digipost_links links = read_links(arena, root);
    struct digipost_share_state state = {
        .stop_url = digipost_answer_link(&links, "STOP_SHARING"),
    };
    if (!time_of(child_text(arena, root, "shared-at-time"), &state.shared_at) ||
        !time_of(child_text(arena, root, "expiry-time"), &state.expires_at) ||
        !time_of(child_text(arena, root, "withdrawn-time"), &state.withdrawn_at))
        return unreadable(err, "a time of sharing is not a time");
    if (!read_all_shared(arena, list, &state, err))
        return false;
    *out = state;
    return true;
}

/* A word of Digipost's: upper case with '_'. What is not one is not kept: it could be anything. */
static void copy_word(char *out, size_t size, const char *word)
{
    size_t length = strlen(word);
    bool plain = length < size && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
    snprintf(out, size, "%s", plain ? word : "");
}

bool digipost_answer_refusal(struct arena *arena, struct bytes xml, struct digipost_refusal *out)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!parse(xml, "error", &doc, NULL))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    copy_word(out->code, sizeof out->code, child_text(arena, root, "error-code"));
    copy_word(out->type, sizeof out->type, child_text(arena, root, "error-type"));
    return true;
}

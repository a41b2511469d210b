#include "asker.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "folder.h"
#include "tests/shared.h"

#include <ctype.h>

static struct bytes read_file(struct arena *arena, const char *path)
{
    enum { MOST = 64 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static const int64_t senders[] = {ASKER_SENDER};
static const int64_t other_senders[] = {ASKER_OTHER_SENDER};

/* Making a key takes a while, so all tests of a program use the same. */
static struct bytes test_key, test_certificate;

static void make_key(void)
{
    static struct arena *kept; /* until the program ends */
    if (kept)
        return;
    kept = arena_open();
    crypto_make_certificate(kept, "test", &test_key, &test_certificate);
}

/* So that the sandbox does not make its own; those of an earlier start stay. */
static void put_keys(struct asker *asker)
{
    static const char *const parties[] = {"server", "broker"};
    for (size_t i = 0; i < COUNT(parties); i++) {
        const char *name = arena_printf(asker->arena, "%s.key.pem", parties[i]);
        if (access(arena_printf(asker->arena, "%s/%s", asker->folder, name), F_OK) == 0)
            continue;
        folder_write(asker->arena, asker->folder, name, arena_text_of(asker->arena, test_key));
        folder_write(asker->arena, asker->folder,
                     arena_printf(asker->arena, "%s.certificate.pem", parties[i]),
                     arena_text_of(asker->arena, test_certificate));
    }
}

void asker_start(struct asker *asker, bool seeded)
{
    make_key();
    put_keys(asker);
    const char *schema = shared_path(asker->arena, "protocols/xsd/digipost-all.xsd");
    const char *dpi_schemas = shared_path(asker->arena, "protocols/xsd/dpi");
    struct sandbox_broker brokers[] = {
        {.id = ASKER_BROKER,
         .name = "Fjordvik kommune",
         .organisation_number = "310123005",
         .senders = senders,
         .sender_count = COUNT(senders)},
        {.id = ASKER_DEACTIVATED,
         .certificate_pem = test_certificate,
         .deactivated = true,
         .senders = other_senders,
         .sender_count = COUNT(other_senders)},
        {.id = ASKER_NOT_APPROVED, .certificate_pem = test_certificate, .not_approved = true},
        {.id = ASKER_WITHOUT_CERTIFICATE},
        {.id = ASKER_REVOKED, .certificate_pem = test_certificate, .revoked = true},
    };
    struct sandbox_settings settings = {
        .folder = asker->folder,
        .brokers = brokers,
        .broker_count = COUNT(brokers),
        .path_seed = SANDBOX_PLAIN_PATHS,
        .max_file_bytes = 100000,
        .schema_file = access(schema, R_OK) == 0 ? schema : NULL,
        .dpi_schema_folder = access(dpi_schemas, R_OK) == 0 ? dpi_schemas : NULL,
        .empty = !seeded,
    };
    struct error err = {0};
    if (!sandbox_open(&settings, &asker->sandbox, &err))
        fail_msg("%s: %s", err.file, err.text);
    const char *file = sandbox_broker_key_file(asker->sandbox);
    assert_true(crypto_private_key_open(read_file(asker->arena, file), file, &asker->key, &err));
}

void asker_stop(struct asker *asker)
{
    sandbox_close(&asker->sandbox);
    crypto_key_close(&asker->key);
}

void asker_open(struct asker *asker, bool seeded)
{
    *asker = (struct asker){.arena = arena_open()};
    asker->folder = folder_make(asker->arena);
    asker_start(asker, seeded);
}

void asker_close(struct asker *asker)
{
    asker_stop(asker);
    folder_remove(asker->folder);
    arena_close(&asker->arena);
}

/* ---- asking ---- */

static char *lower(struct arena *arena, struct bytes text)
{
    char *copy = arena_text_of(arena, text);
    for (char *at = copy; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

static char *lower_path(struct arena *arena, const char *target)
{
    return lower(arena, (struct bytes){(const unsigned char *)target, strcspn(target, "?")});
}

static const char *sign(struct asker *asker, const char *method, const char *target,
                        const char *date, const char *hash, const char *user)
{
    struct arena *arena = asker->arena;
    const char *query = target + strcspn(target, "?");
    const char *canonical = arena_printf(
        arena, "%s\n%s\n%s%s%s%s%s%s%s%s%s%s\n", method, lower_path(arena, target),
        date ? "date: " : "", date ? date : "", date ? "\n" : "", hash ? "x-content-sha256: " : "",
        hash ? hash : "", hash ? "\n" : "", user ? "x-digipost-userid: " : "", user ? user : "",
        user ? "\n" : "", lower(arena, BYTES_OF(query + (*query == '?'))));
    struct bytes signature;
    assert_true(crypto_sign_rs256(arena, asker->key, BYTES_OF(canonical), &signature, NULL));
    return codec_base64(arena, signature);
}

/* NULL when told to leave it out. */
static const char *told_or(const char *told, const char *right)
{
    return !told ? right : text_equal(told, "-") ? NULL : told;
}

static void add(struct fetch_header *headers, size_t *count, const char *name, const char *value)
{
    if (value)
        headers[(*count)++] = (struct fetch_header){name, value};
}

bool asker_try(struct asker *asker, const struct asker_request *request, struct fetch_answer *out)
{
    struct arena *arena = asker->arena;
    bool has_body = request->body.size > 0;
    const char *method = request->method ? request->method : has_body ? "POST" : "GET";
    struct crypto_sha256 digest = crypto_sha256(request->body);
    const char *right_hash = codec_base64(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    const char *user = told_or(request->user, arena_printf(arena, "%d", ASKER_BROKER));
    const char *date = told_or(request->date, clock_rfc1123(arena, clock_now()));
    const char *hash = told_or(request->hash, has_body ? right_hash : NULL);
    const char *over = request->signed_path ? request->signed_path : request->path;
    struct fetch_header headers[8];
    size_t count = 0;
    add(headers, &count, "Accept", ASKER_XML);
    add(headers, &count, "Content-Type", request->content_type);
    add(headers, &count, "X-Digipost-UserId", user);
    add(headers, &count, "Date", date);
    add(headers, &count, "X-Content-SHA256", hash);
    add(headers, &count, "X-Digipost-Signature",
        told_or(request->signature, sign(asker, method, over, date, hash, user)));
    const char *base = sandbox_api_url(asker->sandbox);
    struct fetch_destination destination = {.base_url = base, .allow_private = true};
    struct fetch_request fetch = {.method = method,
                                  .url = arena_printf(arena, "%s%s", base, request->path),
                                  .headers = headers,
                                  .header_count = count,
                                  .body = request->body,
                                  .has_body = has_body,
                                  .max_bytes = 1024 * 1024,
                                  .timeout_ms = 20000};
    return fetch_send(arena, &destination, &fetch, out, NULL);
}

struct fetch_answer asker_ask(struct asker *asker, const struct asker_request *request)
{
    struct fetch_answer answer = {0};
    if (!asker_try(asker, request, &answer))
        fail_msg("%s was not answered", request->path);
    return answer;
}

struct crypto_key *asker_server_certificate(struct asker *asker)
{
    struct crypto_key *certificate = NULL;
    const char *path = arena_printf(asker->arena, "%s/server.certificate.pem", asker->folder);
    assert_true(crypto_certificate_open(read_file(asker->arena, path), path, &certificate, NULL));
    return certificate;
}

static bool verify(struct asker *asker, const char *path, const struct fetch_answer *answer,
                   const struct crypto_key *certificate)
{
    const char *date = fetch_header(answer, "Date");
    const char *hash = fetch_header(answer, "X-Content-SHA256");
    const char *signature = fetch_header(answer, "X-Digipost-Signature");
    struct crypto_sha256 digest = crypto_sha256(answer->body);
    const char *is = codec_base64(asker->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    struct bytes given;
    if (!date || !signature || !text_equal(hash, answer->body.size ? is : NULL) ||
        !codec_unbase64(asker->arena, signature, &given))
        return false;
    const char *canonical = arena_printf(
        asker->arena, "%d\n%s\ndate: %s\n%s%s%s", answer->status, lower_path(asker->arena, path),
        date, hash ? "x-content-sha256: " : "", hash ? hash : "", hash ? "\n" : "");
    return crypto_verify_rs256(certificate, BYTES_OF(canonical), given);
}

bool asker_is_signed(struct asker *asker, const char *path, const struct fetch_answer *answer,
                     const struct crypto_key *certificate)
{
    if (certificate)
        return verify(asker, path, answer, certificate);
    CLEANUP(crypto_key_close) struct crypto_key *now = asker_server_certificate(asker);
    return verify(asker, path, answer, now);
}

/* ---- reading answers ---- */

static const xmlNode *find_element(const xmlNode *node, const char *name)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && text_equal((const char *)node->name, name))
            return node;
        const xmlNode *inside = find_element(node->children, name);
        if (inside)
            return inside;
    }
    return NULL;
}

const char *asker_element(struct asker *asker, const struct fetch_answer *answer, const char *name)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(answer->body, "answer", &doc, NULL))
        return "";
    const xmlNode *found = find_element(xmlDocGetRootElement(doc), name);
    return found ? xml_text(asker->arena, found) : "";
}

const char *asker_link(struct asker *asker, const struct fetch_answer *answer, const char *relation)
{
    const char *body = arena_text_of(asker->arena, answer->body);
    const char *at = strstr(body, arena_printf(asker->arena, "/relations/%s\"", relation));
    const char *base = sandbox_api_url(asker->sandbox);
    if (!at || !(at = strstr(at, base)))
        fail_msg("no link %s", relation);
    at += strlen(base);
    return arena_text_of(asker->arena,
                         (struct bytes){(const unsigned char *)at, strcspn(at, "\"")});
}

/* ---- bodies ---- */

static void add_document(struct buf *body, const char *element, const char *uuid,
                         const char *data_type)
{
    buf_printf(body,
               "<%s><uuid>%s</uuid><subject>Kvittering</subject><file-type>pdf</file-type>"
               "<authentication-level>TWO_FACTOR</authentication-level>"
               "<sensitivity-level>NORMAL</sensitivity-level>%s</%s>",
               element, uuid, data_type, element);
}

static void add_message(struct buf *body, const char *message_id, const char *uuid,
                        const char *attachment_uuid, const char *data_type)
{
    buf_printf(body,
               "--grense\r\nContent-Disposition: attachment; filename=\"message\"\r\n"
               "Content-Type: application/vnd.digipost-v8+xml; charset=UTF-8\r\n\r\n"
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<message xmlns=\"http://api.digipost.no/schema/v8\">"
               "<message-id>%s</message-id><sender-id>%d</sender-id>"
               "<recipient><personal-identification-number>" ASKER_INGRID
               "</personal-identification-number></recipient>",
               message_id, ASKER_SENDER);
    add_document(body, "primary-document", uuid, data_type);
    if (attachment_uuid)
        add_document(body, "attachment", attachment_uuid, "");
    buf_add_text(body, "</message>\r\n");
}

static void add_file(struct buf *body, const char *uuid)
{
    buf_printf(body,
               "--grense\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
               "Content-Type: application/pdf\r\n\r\n%s\r\n",
               uuid, ASKER_PDF);
}

struct bytes asker_letter(struct asker *asker, const char *message_id, const char *uuid,
                          const char *attachment_uuid)
{
    struct buf body;
    buf_init(&body, asker->arena);
    add_message(&body, message_id, uuid, attachment_uuid, "");
    add_file(&body, uuid);
    if (attachment_uuid)
        add_file(&body, attachment_uuid);
    buf_add_text(&body, "--grense--\r\n");
    return buf_bytes(&body);
}

struct bytes asker_share_request(struct asker *asker, const char *message_id, const char *uuid,
                                 const char *allowed_origin, int seconds)
{
    const char *allowed = "";
    if (allowed_origin)
        allowed = arena_printf(asker->arena,
                               "<allowed-origin-organisation-numbers>%s"
                               "</allowed-origin-organisation-numbers>",
                               allowed_origin);
    const char *data_type =
        arena_printf(asker->arena,
                     "<data-type><share-documents-request "
                     "xmlns=\"http://api.digipost.no/schema/datatypes\">"
                     "<max-share-duration-seconds>%d</max-share-duration-seconds>"
                     "<purpose>Vi trenger skattemeldingen din.</purpose>%s"
                     "</share-documents-request></data-type>",
                     seconds, allowed);
    struct buf body;
    buf_init(&body, asker->arena);
    add_message(&body, message_id, uuid, NULL, data_type);
    add_file(&body, uuid);
    buf_add_text(&body, "--grense--\r\n");
    return buf_bytes(&body);
}

void asker_send(struct asker *asker, struct bytes body)
{
    struct asker_request request = {
        .path = "/messages", .content_type = ASKER_MULTIPART, .body = body};
    struct fetch_answer answer = asker_ask(asker, &request);
    if (answer.status != 201)
        fail_msg("%d: %s", answer.status, asker_element(asker, &answer, "error-message"));
}

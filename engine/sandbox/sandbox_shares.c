#include "engine/sandbox/sandbox_shares.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox_send.h"

static bool not_found(struct sandbox_exchange *exchange)
{
    return sandbox_exchange_refuse(exchange, 404, "DOCUMENT_NOT_FOUND",
                                   "This sender has no such document.");
}

/* ---- state ---- */

static void write_origin(struct buf *xml, const struct sandbox_message *message)
{
    buf_add_text(xml, message->origin_number ? "<origin><organisation" : "<origin><private-person");
    if (message->origin_number)
        sandbox_exchange_attribute(xml, "organisation-number", message->origin_number);
    sandbox_exchange_attribute(xml, "name", message->sender_name);
    buf_add_text(xml, "/></origin>");
}

static void write_shared(struct sandbox_exchange *exchange, struct buf *xml,
                         const struct sandbox_document *request,
                         const struct sandbox_document *document)
{
    struct sandbox_layout_values values = {
        request->message->sender_id, {request->number, document->number}, NULL};
    buf_add_text(xml, "<shared-document>");
    sandbox_exchange_element(
        xml, "delivery-time",
        sandbox_exchange_time(exchange->arena, document->message->delivered_at_ms));
    sandbox_exchange_element(xml, "subject", document->subject);
    sandbox_exchange_element(xml, "file-type", document->file_type);
    buf_printf(xml, "<file-size-bytes>%zu</file-size-bytes>", document->size_bytes);
    write_origin(xml, document->message);
    sandbox_exchange_link(exchange, xml, "get_shared_document_content", SANDBOX_SHARES_VIEW,
                          &values, SANDBOX_EXCHANGE_XML);
    sandbox_exchange_link(exchange, xml, "get_shared_document_content_stream",
                          SANDBOX_SHARES_STREAM, &values,
                          sandbox_world_media_type(document->file_type));
    buf_add_text(xml, "</shared-document>");
}

static void write_time(struct sandbox_exchange *exchange, struct buf *xml, const char *name,
                       int64_t at_ms)
{
    if (at_ms)
        sandbox_exchange_element(xml, name, sandbox_exchange_time(exchange->arena, at_ms));
}

static void write_state(struct sandbox_exchange *exchange, struct buf *xml,
                        const struct sandbox_document *request)
{
    const struct sandbox_share *share = request->share;
    bool is_shared = sandbox_mail_is_shared(exchange->world->mail, share);
    buf_add_text(xml, "><shared-documents>");
    for (size_t i = 0; is_shared && i < share->document_count; i++)
        write_shared(exchange, xml, request, share->documents[i]);
    buf_add_text(xml, "</shared-documents>");
    write_time(exchange, xml, "shared-at-time", share->shared_at_ms);
    write_time(exchange, xml, "expiry-time", share->expires_at_ms);
    write_time(exchange, xml, "withdrawn-time", share->ended_at_ms);
    struct sandbox_layout_values values = {.numbers = {request->number}};
    if (is_shared || share->state == SANDBOX_SHARE_ASKED)
        sandbox_exchange_link(exchange, xml, "stop_sharing", SANDBOX_SEND_DATA, &values,
                              SANDBOX_EXCHANGE_XML);
}

bool sandbox_shares_state(struct sandbox_exchange *exchange)
{
    if (!sandbox_exchange_may_act_for(exchange, exchange->in_path.sender))
        return false;
    const struct sandbox_document *request = sandbox_mail_find_document(
        exchange->world->mail, exchange->in_path.sender, exchange->in_path.uuid);
    if (!request || !request->share)
        return not_found(exchange);
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "share-documents-request-state");
    write_state(exchange, &xml, request);
    buf_add_text(&xml, "</share-documents-request-state>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

/* ---- bytes ---- */

/* The document that the path names, as long as it is shared. */
static bool find_shared(struct sandbox_exchange *exchange, const struct sandbox_document **out)
{
    const struct sandbox_layout_values *path = &exchange->in_path;
    if (!sandbox_exchange_may_act_for(exchange, path->sender))
        return false;
    const struct sandbox_mail *mail = exchange->world->mail;
    const struct sandbox_document *request = sandbox_mail_find_number(mail, path->numbers[0]);
    if (!request || !request->share || request->message->sender_id != path->sender)
        return not_found(exchange);
    for (size_t i = 0; i < request->share->document_count; i++) {
        if (request->share->documents[i]->number != path->numbers[1])
            continue;
        *out = request->share->documents[i];
        return sandbox_mail_is_shared(mail, request->share) ||
               sandbox_exchange_refuse(exchange, 403, "ILLEGAL_ACCESS",
                                       "Sharing has ended for this document.");
    }
    return not_found(exchange);
}

bool sandbox_shares_view(struct sandbox_exchange *exchange)
{
    const struct sandbox_document *document;
    if (!find_shared(exchange, &document))
        return false;
    struct buf xml;
    sandbox_exchange_begin(exchange, &xml, "shared-document-content");
    buf_add_text(&xml, ">");
    sandbox_exchange_element(&xml, "content-type", sandbox_world_media_type(document->file_type));
    sandbox_exchange_element(
        &xml, "uri", sandbox_world_view_url(exchange->world, exchange->arena, document->number));
    buf_add_text(&xml, "</shared-document-content>\n");
    return sandbox_exchange_answer(exchange, 200, &xml);
}

bool sandbox_shares_stream(struct sandbox_exchange *exchange)
{
    const struct sandbox_document *document;
    if (!find_shared(exchange, &document))
        return false;
    if (exchange->fault == SANDBOX_FAULT_REDIRECT) {
        exchange->response->status = 307;
        response_header(exchange->response, "Location",
                        sandbox_world_view_url(exchange->world, exchange->arena, document->number));
        return true;
    }
    struct error err;
    struct bytes content;
    if (!sandbox_ledger_content(exchange->world->ledger, exchange->arena, document->sha256,
                                &content, &err))
        return sandbox_exchange_broken(exchange, &err);
    if (exchange->fault == SANDBOX_FAULT_FLIPPED && content.size)
        ((unsigned char *)content.data)[content.size / 4] ^= 1; /* our own copy */
    exchange->response->body = content;
    response_header(exchange->response, "Content-Type",
                    sandbox_world_media_type(document->file_type));
    return true;
}

/* ---- stop ---- */

bool sandbox_shares_stop(struct sandbox_exchange *exchange)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    char *limit;
    if (!sandbox_exchange_read_xml(exchange, "additional-data", &doc, &limit))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    int64_t sender_id = sandbox_exchange_sender(exchange, root);
    if (!sandbox_exchange_may_act_for(exchange, sender_id))
        return false;
    struct sandbox_document *request =
        sandbox_mail_find_number(exchange->world->mail, exchange->in_path.numbers[0]);
    if (!request || request->message->sender_id != sender_id)
        return not_found(exchange);
    const xmlNode *data = xml_child(xml_child(root, SANDBOX_SCHEMA_API, "data-type"), "*", NULL);
    if (!xml_is(data, SANDBOX_SCHEMA_DATA, "share-documents-request-sharing-stopped") ||
        !request->share)
        return sandbox_exchange_refuse(exchange, 400, "VALIDATION_FAILED",
                                       "Only sharing-stopped may be added, to a share request.");
    struct error err;
    if (sandbox_mail_stop(exchange->world->mail, request, &err))
        return true; /* 200 without a body */
    if (err.code != ERROR_CONFLICT)
        return sandbox_exchange_broken(exchange, &err);
    return sandbox_exchange_refuse(exchange, 409, "INVALID_TRANSACTION",
                                   "The request is not active.");
}

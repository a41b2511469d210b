#include "engine/own_data.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/intake.h"
#include "engine/limits.h"
#include "engine/logbook.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/zip_stream.h"
#include "storage/attachment_bytes.h"
#include "storage/audit.h"
#include "storage/certificates.h"
#include "storage/consents.h"
#include "storage/decisions.h"
#include "storage/evidence_requests.h"
#include "storage/withdrawals.h"

#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:skjema:own-data:1"

extern const unsigned char own_data_xsd[], own_data_xsd_end[];

enum { MOST_MEMBERS = 20000 };

/* One download. What it is made of outlives the request, since it is sent slowly. */
struct own {
    struct arena *arena;
    struct db_pool *pool;
    struct db *db; /* while it is put together; then NULL, and each stretch borrows its own */
    const struct visitor *visitor;
    const char *citizen_id;
    struct zip_member *members;
    size_t count;
    struct supplement *kept; /* what was sent afterwards, to all applications */
    struct decision *decided;
    size_t kept_count, decided_count;
    xmlNode *root;
    const struct attachment *opened; /* whose bytes those are */
    struct attachment_bytes *bytes;
};

struct own_file {
    struct own *own;
    const struct attachment *attachment;
};

struct bytes own_data_schema(void)
{
    return (struct bytes){own_data_xsd, (size_t)(own_data_xsd_end - own_data_xsd)};
}

static void close_own(void *context)
{
    struct own *own = context;
    attachment_bytes_close(&own->bytes);
    struct arena *arena = own->arena;
    arena_close(&arena);
}

/* ---- members ---- */

static const char *add_member(struct own *own, const char *name, struct content content,
                              int64_t modified_at)
{
    if (own->count == MOST_MEMBERS)
        return NULL;
    own->members[own->count++] = (struct zip_member){name, content, modified_at};
    return name;
}

static const char *add_bytes(struct own *own, const char *name, struct bytes bytes, int64_t at)
{
    return add_member(own, name, content_of(bytes), at);
}

/* One document is open at a time: they are read one after the other. */
static bool read_document(void *context, int64_t at, unsigned char *to, size_t size,
                          struct error *err)
{
    const struct own_file *file = context;
    struct own *own = file->own;
    CLEANUP(db_return) struct db *borrowed = NULL;
    if (!own->db && !db_borrow(own->pool, &borrowed, err))
        return false;
    struct db *db = own->db ? own->db : borrowed;
    if (own->opened != file->attachment) {
        attachment_bytes_close(&own->bytes);
        own->opened = NULL;
        if (!attachment_bytes_open(db, file->attachment, &own->bytes, err))
            return false;
        own->opened = file->attachment;
    }
    attachment_bytes_use(own->bytes, db);
    struct content content = attachment_bytes_content(own->bytes);
    bool good = content_read(&content, at, to, size, err);
    attachment_bytes_use(own->bytes, NULL);
    return good;
}

/* "soknader/FB-2026-000001/vedlegg/02-lonn.pdf": numbered, since names may repeat. */
static const char *add_document(struct own *own, const char *folder,
                                const struct attachment *attachment, size_t number)
{
    struct arena *arena = own->arena;
    const char *ending = intake_file_type(attachment->media_type);
    bool ends_so = !*ending || text_ends_with(text_fold(arena, attachment->name), ending);
    struct own_file *file = ARENA_NEW(arena, struct own_file);
    *file = (struct own_file){own, attachment};
    return add_member(own,
                      arena_printf(arena, "%s/vedlegg/%02zu-%s%s%s", folder, number,
                                   attachment->name, ends_so ? "" : ".", ends_so ? "" : ending),
                      (struct content){.size_bytes = attachment->size_bytes,
                                       .read = read_document,
                                       .context = file},
                      attachment->added_at);
}

/* ---- own-data.xml ---- */

static xmlNode *element(xmlNode *parent, const char *name)
{
    return xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
}

/* NULL: not said. */
static void attribute(xmlNode *node, const char *name, const char *value)
{
    if (value)
        xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value);
}

static void moment(struct own *own, xmlNode *node, const char *name, int64_t at)
{
    attribute(node, name, at ? clock_iso_oslo(own->arena, at) : NULL);
}

static void write_document(struct own *own, xmlNode *parent, const char *folder,
                           const struct attachment *attachment, size_t number)
{
    static const char *const sources[] = {[ATTACHMENT_POSTBOX] = "postbox",
                                          [ATTACHMENT_DISK] = "disk",
                                          [ATTACHMENT_EARLIER] = "earlier",
                                          [ATTACHMENT_LATER] = "later"};
    xmlNode *node = element(parent, "document");
    attribute(node, "id", attachment->id);
    attribute(node, "name", attachment->name);
    attribute(node, "source", sources[attachment->source]);
    attribute(node, "verdict", attachments_verdict_word(attachment->verdict));
    moment(own, node, "added", attachment->added_at);
    attribute(node, "issuer", attachment->issuer_name);
    attribute(node, "issuer-number", attachment->issuer_number);
    attribute(node, "consent", attachment->consent_id);
    if (!attachment->submission_id)
        attribute(node, "laid-up-for", attachment->promise_id);
    if (attachment->source == ATTACHMENT_LATER || attachment->state != ATTACHMENT_READY)
        return;
    attribute(node, "media-type", attachment->media_type);
    attribute(node, "size", arena_printf(own->arena, "%lld", (long long)attachment->size_bytes));
    attribute(node, "sha256",
              codec_hex(own->arena,
                        (struct bytes){attachment->sha256.bytes, sizeof attachment->sha256.bytes}));
    attribute(node, "file", add_document(own, folder, attachment, number));
}

static void write_documents(struct own *own, xmlNode *parent, const char *folder,
                            const struct attachment *attachments, size_t count, size_t numbered)
{
    for (size_t i = 0; i < count; i++)
        write_document(own, parent, folder, &attachments[i], numbered + i + 1);
}

static bool write_draft(struct own *own, const char *id, size_t number, struct error *err)
{
    struct arena *arena = own->arena;
    struct draft draft;
    struct attachment *attachments;
    size_t count;
    if (!drafts_read(arena, own->db, own->citizen_id, id, &draft, err) ||
        !attachments_of_draft(arena, own->db, own->citizen_id, id, &attachments, &count, err))
        return false;
    const char *folder = arena_printf(arena, "utkast/%02zu", number);
    xmlNode *node = element(own->root, "draft");
    attribute(node, "id", draft.id);
    attribute(node, "form", draft.form_id);
    attribute(node, "title", sent_title(own->visitor, arena, draft.form_id).text);
    attribute(node, "language", draft.language);
    moment(own, node, "begun", draft.created_at);
    moment(own, node, "saved", draft.saved_at);
    attribute(
        node, "answers",
        add_bytes(own, arena_printf(arena, "%s/svar.xml", folder), draft.answers, draft.saved_at));
    write_documents(own, node, folder, attachments, count, 0);
    return true;
}

static bool write_drafts(struct own *own, struct error *err)
{
    struct draft *drafts;
    size_t count;
    if (!drafts_all(own->arena, own->db, own->citizen_id, &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!write_draft(own, drafts[i].id, i + 1, err))
            return false;
    return true;
}

/* What was sent afterwards has a receipt of its own; its documents stand with the application's. */
static bool write_afterwards(struct own *own, xmlNode *parent, const char *folder,
                             const char *submission_id, struct error *err)
{
    struct arena *arena = own->arena;
    size_t number = 0;
    for (size_t i = 0; i < own->kept_count; i++) {
        const struct supplement *kept = &own->kept[i];
        struct bytes receipt;
        if (!text_equal(kept->submission_id, submission_id))
            continue;
        if (!supplements_receipt(arena, own->db, own->citizen_id, kept->id, &receipt, err))
            return false;
        xmlNode *node = element(parent, "afterwards");
        moment(own, node, "sent", kept->received_at);
        attribute(node, "receipt",
                  add_bytes(own, arena_printf(arena, "%s/ettersendt-%02zu.pdf", folder, ++number),
                            receipt, kept->received_at));
    }
    return true;
}

/* That it was withdrawn, with the receipt of that. */
static bool write_withdrawal(struct own *own, xmlNode *parent, const char *folder,
                             const struct submission *sent, struct error *err)
{
    struct withdrawal withdrawal;
    struct bytes receipt;
    if (sent->state != SUBMISSION_WITHDRAWN)
        return true;
    if (!withdrawals_of_submission(own->arena, own->db, own->citizen_id, sent->id, &withdrawal,
                                   err) ||
        !withdrawals_receipt(own->arena, own->db, own->citizen_id, sent->id, &receipt, err))
        return false;
    xmlNode *node = element(parent, "withdrawal");
    moment(own, node, "at", withdrawal.withdrawn_at);
    attribute(node, "receipt",
              add_bytes(own, arena_printf(own->arena, "%s/trukket.pdf", folder), receipt,
                        withdrawal.withdrawn_at));
    return true;
}

static bool write_decisions(struct own *own, xmlNode *parent, const char *folder,
                            const char *submission_id, struct error *err)
{
    struct arena *arena = own->arena;
    size_t number = 0;
    for (size_t i = 0; i < own->decided_count; i++) {
        const struct decision *decided = &own->decided[i];
        struct bytes content;
        if (!text_equal(decided->submission_id, submission_id))
            continue;
        if (!decisions_content(arena, own->db, own->citizen_id, decided->id, &content, err))
            return false;
        xmlNode *node = element(parent, "decision");
        attribute(node, "id", decided->id);
        attribute(node, "outcome", decisions_outcome_name(decided->outcome));
        attribute(node, "title", decided->title);
        moment(own, node, "came", decided->decided_at);
        attribute(node, "file",
                  add_bytes(own, arena_printf(arena, "%s/vedtak-%02zu.pdf", folder, ++number),
                            content, decided->decided_at));
    }
    return true;
}

static bool write_application(struct own *own, const char *id, struct error *err)
{
    struct arena *arena = own->arena;
    struct submission sent;
    struct attachment *attachments, *laid_up;
    struct bytes receipt;
    size_t count, laid_up_count;
    if (!submissions_read(arena, own->db, own->citizen_id, id, &sent, err) ||
        !submissions_receipt(arena, own->db, own->citizen_id, id, &receipt, err) ||
        !attachments_of_submission(arena, own->db, own->citizen_id, id, &attachments, &count,
                                   err) ||
        !attachments_laid_up(arena, own->db, own->citizen_id, id, &laid_up, &laid_up_count, err))
        return false;
    const char *folder = arena_printf(arena, "soknader/%s", sent.reference);
    xmlNode *node = element(own->root, "application");
    attribute(node, "id", sent.id);
    attribute(node, "reference", sent.reference);
    attribute(node, "form", sent.form_id);
    attribute(node, "title", sent_title(own->visitor, arena, sent.form_id).text);
    attribute(node, "language", sent.language);
    moment(own, node, "received", sent.received_at);
    attribute(node, "answers",
              add_bytes(own, arena_printf(arena, "%s/soknad.xml", folder), sent.answers,
                        sent.received_at));
    attribute(node, "receipt",
              add_bytes(own, arena_printf(arena, "%s/kvittering.pdf", folder), receipt,
                        sent.received_at));
    write_documents(own, node, folder, attachments, count, 0);
    write_documents(own, node, folder, laid_up, laid_up_count, count);
    return write_afterwards(own, node, folder, id, err) &&
           write_withdrawal(own, node, folder, &sent, err) &&
           write_decisions(own, node, folder, id, err);
}

static bool write_sent(struct own *own, struct error *err)
{
    struct submission *sent;
    size_t count;
    if (!submissions_all(own->arena, own->db, own->citizen_id, &sent, &count, err) ||
        !supplements_all(own->arena, own->db, own->citizen_id, &own->kept, &own->kept_count, err) ||
        !decisions_all(own->arena, own->db, own->citizen_id, &own->decided, &own->decided_count,
                       err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!write_application(own, sent[i].id, err))
            return false;
    return true;
}

/* The bytes of those that were fetched are a document's of an application. */
static bool write_certificates(struct own *own, struct error *err)
{
    struct arena *arena = own->arena;
    struct certificate *all;
    size_t count;
    if (!certificates_all(arena, own->db, own->citizen_id, &all, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct certificate *one = &all[i];
        xmlNode *node = element(own->root, "certificate");
        attribute(node, "id", one->id);
        attribute(node, "type", one->type);
        attribute(node, "title", one->title);
        attribute(node, "issuer", one->issuer_name);
        moment(own, node, "issued", one->issued_at);
        struct bytes content;
        if (one->kind != CERTIFICATE_ISSUED)
            continue;
        if (!certificates_content(arena, own->db, own->citizen_id, one->id, &content, err))
            return false;
        const char *name = arena_printf(arena, "bevis/%02zu-%s.%s", i + 1, one->type,
                                        intake_file_type(one->media_type));
        attribute(node, "file", add_bytes(own, name, content, one->issued_at));
    }
    return true;
}

static bool write_consents(struct own *own, struct error *err)
{
    struct consent *consents;
    size_t count;
    if (!consents_all(own->arena, own->db, own->citizen_id, NULL, &consents, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        xmlNode *node = xmlNewTextChild(own->root, NULL, (const xmlChar *)"consent",
                                        (const xmlChar *)consents[i].shown_text);
        attribute(node, "id", consents[i].id);
        attribute(node, "state", consents_state_name(consents[i].state));
        attribute(node, "agency", consents[i].agency_number);
        attribute(node, "purpose", consents[i].purpose);
        moment(own, node, "given", consents[i].given_at);
        moment(own, node, "ends", consents[i].ends_at);
    }
    return true;
}

static bool write_requests(struct own *own, struct error *err)
{
    struct evidence_request *requests;
    size_t count;
    if (!evidence_requests_all(own->arena, own->db, own->citizen_id, &requests, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        xmlNode *node = element(own->root, "request");
        attribute(node, "id", requests[i].id);
        attribute(node, "state", evidence_state_name(requests[i].state));
        attribute(node, "agency", requests[i].consumer);
        attribute(node, "requester", requests[i].requester);
        attribute(node, "type", requests[i].type);
        attribute(node, "purpose", evidence_say(&requests[i].purpose, own->visitor->language));
        moment(own, node, "asked", requests[i].asked_at);
        moment(own, node, "answered", requests[i].answered_at);
    }
    return true;
}

static bool write_logins(struct own *own, struct error *err)
{
    struct session_shown *sessions;
    size_t count;
    if (!sessions_list(own->arena, own->db, own->citizen_id, &own->visitor->app->session_rules,
                       &sessions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        xmlNode *node = element(own->root, "login");
        attribute(node, "id", sessions[i].id);
        attribute(node, "level", sessions[i].acr);
        moment(own, node, "at", sessions[i].created_at);
        moment(own, node, "used", sessions[i].used_at);
    }
    return true;
}

static void write_event(struct own *own, const struct audit_entry *row)
{
    static const char *const actors[] = {[AUDIT_CITIZEN] = "citizen",
                                         [AUDIT_STAFF] = "staff",
                                         [AUDIT_AGENCY] = "agency",
                                         [AUDIT_SYSTEM] = "system"};
    xmlNode *node = element(own->root, "event");
    moment(own, node, "at", row->at_ms / 1000);
    attribute(node, "action", audit_action_name(row->action));
    attribute(node, "by", actors[row->actor]);
    attribute(node, "agency", row->actor == AUDIT_AGENCY ? row->actor_id : NULL);
    attribute(node, "object", text_is_empty(row->object_id) ? NULL : row->object_id);
    attribute(node, "consent", text_is_empty(row->consent_id) ? NULL : row->consent_id);
    attribute(node, "succeeded", row->succeeded ? "true" : "false");
}

/* All of it, a list at a time. */
static bool write_log(struct own *own, struct error *err)
{
    enum audit_action actions[AUDIT_ACTIONS];
    for (int i = 0; i < AUDIT_ACTIONS; i++)
        actions[i] = (enum audit_action)i;
    struct audit_wish wish = {
        .actions = actions, .action_count = AUDIT_ACTIONS, .most = AUDIT_LIST_MAX};
    for (;;) {
        struct audit_entry *rows;
        size_t count;
        if (!audit_list_some(own->arena, own->db, own->citizen_id, &wish, &rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            write_event(own, &rows[i]);
        if (count < wish.most)
            return true;
        wish.before = rows[count - 1].sequence;
    }
}

static bool write_all(struct own *own, struct error *err)
{
    const struct citizen *citizen = &own->visitor->session.citizen;
    xmlNode *person = element(own->root, "person");
    attribute(person, "name", citizen->name);
    attribute(person, "number", citizen->pid);
    return write_drafts(own, err) && write_sent(own, err) && write_certificates(own, err) &&
           write_consents(own, err) && write_requests(own, err) && write_logins(own, err) &&
           write_log(own, err);
}

/* ---- putting it together ---- */

static void close_document(xmlDoc **doc)
{
    xmlFreeDoc(*doc);
}

static bool gather(struct own *own, struct error *err)
{
    int64_t now = clock_now();
    CLEANUP(close_document) xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
    own->root = xmlNewNode(NULL, (const xmlChar *)"own-data");
    xmlDocSetRootElement(doc, own->root);
    xmlSetNs(own->root, xmlNewNs(own->root, (const xmlChar *)NAMESPACE, NULL));
    moment(own, own->root, "made", now);
    attribute(own->root, "agency", own->visitor->app->agency.name);
    if (!write_all(own, err))
        return false;
    xmlChar *text;
    int size;
    xmlDocDumpFormatMemoryEnc(doc, &text, &size, "UTF-8", 1);
    struct bytes xml = arena_bytes(own->arena, (struct bytes){text, (size_t)size});
    xmlFree(text);
    add_bytes(own, "own-data.xml", xml, now);
    add_bytes(own, "own-data.xsd", own_data_schema(), now);
    if (!add_bytes(own, "les-meg.txt", BYTES_OF(say(own->visitor->language, "data.readme")), now))
        return error_set(err, ERROR_LIMIT, "more files than one download may hold");
    return true;
}

static bool note_taking(struct own *own, const struct request *request, struct error *err)
{
    return logbook_add(request->arena, own->db,
                       &(struct logbook_act){.citizen_id = own->citizen_id,
                                             .action = AUDIT_DATA_TAKEN,
                                             .request_id = request->id},
                       err);
}

bool own_data_download(struct visitor *visitor, struct db *db, const struct request *request,
                       struct response *response, struct error *err)
{
    if (!limits_allow(visitor, request, LIMITS_EXPORT, err))
        return false;
    struct arena *arena = arena_open();
    struct own *own = ARENA_NEW(arena, struct own);
    *own = (struct own){.arena = arena,
                        .pool = visitor->app->db,
                        .db = db,
                        .visitor = visitor,
                        .citizen_id = visitor->session.citizen.id,
                        .members = ARENA_ARRAY(arena, MOST_MEMBERS, struct zip_member)};
    struct response_stream stream = {.close = close_own, .context = own};
    if (!gather(own, err) ||
        !zip_stream_new(arena, own->members, own->count, &stream.content, err) ||
        !note_taking(own, request, err)) {
        close_own(own);
        return false;
    }
    stream.size = stream.content.size_bytes;
    own->db = NULL;
    own->visitor = NULL; /* the request's */
    response_download_stream(
        response, NULL,
        arena_printf(request->arena, "mine-data-%.10s.zip", clock_iso_oslo(arena, clock_now())),
        "application/zip", &stream);
    return true;
}

/* ---- counting ---- */

static void count_bytes(const struct attachment *attachments, size_t count, size_t *documents,
                        int64_t *bytes)
{
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source != ATTACHMENT_LATER) {
            (*documents)++;
            *bytes += attachments[i].size_bytes;
        }
}

static bool count_documents(const char *citizen_id, struct arena *arena, struct db *db,
                            struct own_data_counts *out, struct error *err)
{
    struct draft *drafts;
    struct submission *sent;
    struct attachment *attachments;
    size_t count;
    if (!drafts_all(arena, db, citizen_id, &drafts, &out->drafts, err) ||
        !submissions_all(arena, db, citizen_id, &sent, &out->sent, err))
        return false;
    for (size_t i = 0; i < out->drafts; i++) {
        if (!attachments_of_draft(arena, db, citizen_id, drafts[i].id, &attachments, &count, err))
            return false;
        count_bytes(attachments, count, &out->draft_documents, &out->bytes);
    }
    for (size_t i = 0; i < out->sent; i++) {
        if (!attachments_of_submission(arena, db, citizen_id, sent[i].id, &attachments, &count,
                                       err))
            return false;
        count_bytes(attachments, count, &out->documents, &out->bytes);
        if (!attachments_laid_up(arena, db, citizen_id, sent[i].id, &attachments, &count, err))
            return false;
        count_bytes(attachments, count, &out->documents, &out->bytes);
    }
    return true;
}

bool own_data_count(struct visitor *visitor, struct arena *arena, struct db *db,
                    struct own_data_counts *out, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct certificate *certificates;
    struct consent *consents;
    struct evidence_request *requests;
    struct session_shown *sessions;
    *out = (struct own_data_counts){0};
    return count_documents(citizen_id, arena, db, out, err) &&
           certificates_all(arena, db, citizen_id, &certificates, &out->certificates, err) &&
           consents_all(arena, db, citizen_id, NULL, &consents, &out->consents, err) &&
           evidence_requests_all(arena, db, citizen_id, &requests, &out->requests, err) &&
           sessions_list(arena, db, citizen_id, &visitor->app->session_rules, &sessions,
                         &out->logins, err);
}

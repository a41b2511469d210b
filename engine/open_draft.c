#include "engine/open_draft.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/logbook.h"
#include "engine/login/level.h"
#include "engine/prefill.h"
#include "engine/provenance.h"
#include "storage/attachment_bytes.h"

#include <string.h>

const char *open_draft_type_word(const char *media_type)
{
    if (text_equal(media_type, "application/pdf"))
        return "PDF";
    if (text_equal(media_type, "image/jpeg"))
        return "JPG";
    if (text_equal(media_type, "image/png"))
        return "PNG";
    return "";
}

static char *date_of(struct arena *arena, int64_t at)
{
    struct clock_time t = clock_oslo(at);
    return arena_printf(arena, "%04d-%02d-%02d", t.year, t.month, t.day);
}

/* "" for a time that is not known. */
static const char *moment_of(struct arena *arena, int64_t at)
{
    return at ? clock_iso_oslo(arena, at) : "";
}

struct attachment_info open_draft_info(struct arena *arena, const struct attachment *attachment)
{
    static const char *const sources[] = {
        [ATTACHMENT_POSTBOX] = "postbox",
        [ATTACHMENT_DISK] = "disk",
        [ATTACHMENT_EARLIER] = "earlier",
        [ATTACHMENT_LATER] = "later",
    };
    int64_t delivered_at = attachment->delivered_at, valid_until = attachment->valid_until;
    return (struct attachment_info){
        .source = sources[attachment->source],
        .document = attachment->id,
        .name = attachment->name,
        .issuer = attachment->issuer_number,
        .issuer_name = attachment->issuer_number ? attachment->issuer_name : NULL,
        .issued = delivered_at ? date_of(arena, delivered_at) : NULL,
        .sha256 = codec_hex(
            arena, (struct bytes){attachment->sha256.bytes, sizeof attachment->sha256.bytes}),
        .verified = attachment->verdict == ATTACHMENT_ISSUER ? "origin" : "",
        .verdict = attachments_verdict_word(attachment->verdict),
        .delivered = moment_of(arena, delivered_at),
        .fetched = moment_of(arena, attachment->fetched_at),
        .consent = attachment->consent_id,
        .signer = attachment->signer,
        .signed_at = moment_of(arena, attachment->signed_at),
        .valid_until = valid_until ? date_of(arena, valid_until) : NULL,
    };
}

static const struct attachment *attachment_with(const struct open_draft *draft, const char *id)
{
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (text_equal(draft->attachments[i].id, id))
            return &draft->attachments[i];
    return NULL;
}

/* How far the check has come. */
static const enum outline_check checks[] = {
    [ATTACHMENT_READY] = OUTLINE_CHECKED,
    [ATTACHMENT_CHECKING] = OUTLINE_CHECKING,
    [ATTACHMENT_HELD] = OUTLINE_HELD,
    [ATTACHMENT_REFUSED] = OUTLINE_REFUSED,
};

/* The form may refuse what the server takes. */
static enum outline_check check_of(const struct attachment *row, const struct upload *upload)
{
    bool refused = row->active_content && upload->control->upload->refuse_active;
    return refused ? OUTLINE_REFUSED : checks[row->state];
}

/* What the answers say of one upload becomes what the table says. */
static bool bring_in_line(struct arena *arena, struct open_draft *draft,
                          const struct upload *upload, struct error *err)
{
    struct attachment_info *known;
    size_t known_count = place_attachments(upload->place, arena, &known);
    for (size_t i = 0; i < known_count; i++) {
        char *id = arena_text(arena, known[i].document);
        const struct attachment *row = attachment_with(draft, id);
        if (!row || !text_equal(row->requirement, upload->id) ||
            check_of(row, upload) == OUTLINE_REFUSED)
            answers_detach(draft->answers, upload->place, id);
    }
    const struct attachment *later = NULL;
    for (size_t i = 0; i < draft->attachment_count; i++) {
        const struct attachment *row = &draft->attachments[i];
        if (!text_equal(row->requirement, upload->id))
            continue;
        if (row->source == ATTACHMENT_LATER) {
            later = row;
            continue;
        }
        if (check_of(row, upload) == OUTLINE_REFUSED)
            continue;
        struct attachment_info info = open_draft_info(arena, row);
        if (!answers_attach(draft->answers, upload->place, &info, err))
            return false;
    }
    if ((later != NULL) != place_is_later(upload->place))
        answers_send_later(draft->answers, upload->place, later != NULL);
    if (later)
        answers_expect(draft->answers, upload->place, date_of(arena, later->expected_by));
    return true;
}

static enum outline_origin origin_of(const struct attachment *row)
{
    static const enum outline_origin origins[] = {
        [ATTACHMENT_UPLOADED] = OUTLINE_ORIGIN_UPLOADED,
        [ATTACHMENT_ISSUER] = OUTLINE_ORIGIN_ISSUER,
        [ATTACHMENT_UNCONFIRMED] = OUTLINE_ORIGIN_UNCONFIRMED,
        [ATTACHMENT_FAILED] = OUTLINE_ORIGIN_FAILED,
    };
    return origins[row->verdict];
}

struct outline_document open_draft_document(struct arena *arena, const struct attachment *row)
{
    return (struct outline_document){
        .name = row->name,
        .type = open_draft_type_word(row->media_type),
        .size_bytes = row->size_bytes,
        .origin = origin_of(row),
        .issuer = row->issuer_name ? row->issuer_name : "",
        .issuer_number = row->issuer_number ? row->issuer_number : "",
        .issued_at = row->delivered_at,
        .attached_at = row->source == ATTACHMENT_EARLIER ? row->fetched_at : row->added_at,
        .fetched_at = row->fetched_at,
        .signer = row->signer,
        .signed_at = row->signed_at,
        .valid_until = row->valid_until,
        .sha256_hex = codec_hex(arena, (struct bytes){row->sha256.bytes, sizeof row->sha256.bytes}),
        .active_content = row->active_content,
        .check = checks[row->state],
        .refusal = OUTLINE_REFUSED_VIRUS,
    };
}

static enum outline_refusal refusal_of(const struct attachment *row)
{
    if (row->state != ATTACHMENT_REFUSED)
        return OUTLINE_REFUSED_ACTIVE;
    if (text_equal(row->reason, PROVENANCE_EXPIRED))
        return OUTLINE_REFUSED_EXPIRED;
    return text_equal(row->reason, PROVENANCE_CHANGED) ? OUTLINE_REFUSED_CHANGED
                                                       : OUTLINE_REFUSED_VIRUS;
}

static struct outline_attached attached_of(struct arena *arena, const struct attachment *row,
                                           const struct upload *upload)
{
    struct outline_attached attached = {
        .id = row->id, .document = open_draft_document(arena, row), .upload_id = row->requirement};
    attached.document.check = check_of(row, upload);
    attached.document.refusal = refusal_of(row);
    return attached;
}

/* What the answers know of all uploads, and the documents for people. */
static bool bring_all_in_line(struct arena *arena, struct open_draft *draft, struct error *err)
{
    struct upload *uploads;
    size_t count = uploads_list(arena, draft->answers, draft->row.language, &uploads);
    draft->documents = ARENA_ARRAY(arena, draft->attachment_count, struct outline_attached);
    draft->document_count = 0;
    answers_begin(draft->answers);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = bring_in_line(arena, draft, &uploads[i], err);
    answers_end(draft->answers);
    for (size_t i = 0; i < draft->attachment_count; i++) {
        const struct attachment *row = &draft->attachments[i];
        const struct upload *upload = uploads_find(uploads, count, row->requirement);
        if (row->source != ATTACHMENT_LATER && upload)
            draft->documents[draft->document_count++] = attached_of(arena, row, upload);
    }
    return good;
}

/* Of what was sent nothing changes any more. */
static bool take_in_facts(struct arena *arena, struct db *db, struct open_draft *draft,
                          struct error *err)
{
    if (draft->row.state == DRAFT_SENT)
        return true;
    return prefills_of_draft(arena, db, draft->row.citizen_id, draft->row.id, &draft->questions,
                             &draft->question_count, err) &&
           prefill_take_in(arena, draft->answers, draft->questions, draft->question_count, err);
}

static bool read_documents(struct arena *arena, struct db *db, struct open_draft *draft,
                           struct error *err)
{
    const char *citizen_id = draft->row.citizen_id;
    return draft->promise_id
               ? attachments_of_promise(arena, db, citizen_id, draft->promise_id,
                                        &draft->attachments, &draft->attachment_count, err)
               : attachments_of_draft(arena, db, citizen_id, draft->row.id, &draft->attachments,
                                      &draft->attachment_count, err);
}

/* promise_id: or NULL */
static bool read_draft(struct arena *arena, struct db *db, struct versions *versions,
                       const char *citizen_id, const char *draft_id, const char *promise_id,
                       struct open_draft *out, struct error *err)
{
    struct open_draft draft = {.promise_id = promise_id};
    if (!drafts_read(arena, db, citizen_id, draft_id, &draft.row, err) ||
        !(promise_id ? versions_borrow_sent : versions_borrow)(
            versions, arena, db, draft.row.form_id, draft.row.form_version, &draft.version, err))
        return false;
    draft.package = draft.version.package;
    if (!answers_load(draft.package->form, clock_now(), draft.row.answers, &draft.answers, err)) {
        open_draft_close(&draft);
        return false;
    }
    open_draft_speak(&draft, draft.row.language);
    if (!read_documents(arena, db, &draft, err) || !bring_all_in_line(arena, &draft, err) ||
        !take_in_facts(arena, db, &draft, err)) {
        open_draft_close(&draft);
        return false;
    }
    *out = draft;
    return true;
}

bool open_draft_read(struct arena *arena, struct db *db, struct versions *versions,
                     const char *citizen_id, const char *draft_id, struct open_draft *out,
                     struct error *err)
{
    return read_draft(arena, db, versions, citizen_id, draft_id, NULL, out, err);
}

void open_draft_speak(struct open_draft *draft, const char *language)
{
    draft->row.language = form_language(draft->package->form, language);
    answers_speak(draft->answers, draft->row.language);
}

/* To who is logged in surely enough for the form; else it is closed. */
static bool let_in(struct open_draft *draft, const struct session *session, struct open_draft *out,
                   struct error *err)
{
    if (!level_check(session->login.acr, form_about(draft->package->form)->security_level, err)) {
        open_draft_close(draft);
        return false;
    }
    *out = *draft;
    return true;
}

bool open_draft_for(struct arena *arena, struct db *db, struct versions *versions,
                    const struct session *session, const char *draft_id, struct open_draft *out,
                    struct error *err)
{
    struct open_draft draft;
    return open_draft_read(arena, db, versions, session->citizen.id, draft_id, &draft, err) &&
           let_in(&draft, session, out, err);
}

bool open_draft_promise(struct arena *arena, struct db *db, struct versions *versions,
                        const struct session *session, const struct attachment *promise,
                        struct open_draft *out, struct error *err)
{
    struct open_draft draft;
    return read_draft(arena, db, versions, session->citizen.id, promise->draft_id, promise->id,
                      &draft, err) &&
           let_in(&draft, session, out, err);
}

/* What could not be calculated is the operator's to mend: the form's, or a limit. */
static void tell_trouble(const struct open_draft *draft)
{
    const struct error *trouble = answers_trouble(draft->answers);
    if (trouble)
        log_event(LOG_LEVEL_ERROR, "expression_failed", "form=%s version=%.16s text=\"%s\"",
                  draft->package->id, draft->package->digest, trouble->text);
}

void open_draft_close(struct open_draft *draft)
{
    if (draft->answers)
        tell_trouble(draft);
    answers_close(&draft->answers);
    versions_return(&draft->version);
}

/* ---- changes in memory ---- */

static struct open_draft_change *add_change(struct arena *arena, struct open_draft *draft)
{
    struct open_draft_change *change = ARENA_NEW(arena, struct open_draft_change);
    *change = (struct open_draft_change){0};
    *(draft->last_change ? &draft->last_change->next : &draft->first_change) = change;
    draft->last_change = change;
    return change;
}

/* Zeros, which no bytes have, when the caller did not take it. */
static bool has_digest(const struct attachment *row)
{
    static const struct crypto_sha256 none;
    return memcmp(&row->sha256, &none, sizeof none) != 0;
}

bool open_draft_attach(struct arena *arena, struct open_draft *draft, const struct attachment *row,
                       const struct content *content, struct error *err)
{
    struct crypto_sha256 digest = row->sha256;
    if (!content)
        digest = crypto_sha256((struct bytes){NULL, 0});
    else if (!has_digest(row) && !attachment_bytes_digest(content, &digest, err))
        return false;
    size_t count = draft->attachment_count;
    struct attachment *grown = ARENA_ARRAY(arena, count + 1, struct attachment);
    if (count)
        memcpy(grown, draft->attachments, count * sizeof *grown);
    struct attachment *added = &grown[count];
    *added = *row;
    added->id = crypto_random_id(arena, 128);
    added->promise_id = draft->promise_id;
    added->sha256 = digest;
    added->size_bytes = content ? content->size_bytes : 0;
    added->added_at = clock_now();
    draft->attachments = grown;
    draft->attachment_count = count + 1;
    struct open_draft_change *change = add_change(arena, draft);
    change->added = added;
    change->has_content = content != NULL;
    change->content = content ? *content : (struct content){0};
    return bring_all_in_line(arena, draft, err);
}

bool open_draft_detach(struct arena *arena, struct open_draft *draft, const char *attachment_id,
                       struct error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (!text_equal(draft->attachments[i].id, attachment_id))
            draft->attachments[kept++] = draft->attachments[i];
    draft->attachment_count = kept;
    add_change(arena, draft)->removed = attachment_id;
    return bring_all_in_line(arena, draft, err);
}

bool open_draft_replace(struct arena *arena, struct open_draft *draft, struct answers *answers,
                        struct error *err)
{
    answers_close(&draft->answers);
    draft->answers = answers;
    return bring_all_in_line(arena, draft, err);
}

bool open_draft_usage(struct arena *arena, struct db *db, const char *citizen_id,
                      struct open_draft *draft, struct error *err)
{
    if (!draft->has_usage &&
        !attachments_count(arena, db, citizen_id, draft->row.id, &draft->usage, err))
        return false;
    draft->has_usage = true;
    return true;
}

/* ---- saving ---- */

/* Another window may have used the space meanwhile. */
static bool check_usage(struct arena *arena, struct db *db, const char *citizen_id,
                        const struct open_draft *draft, struct error *err)
{
    struct attachments_usage now;
    if (!draft->has_usage)
        return true;
    if (!attachments_count(arena, db, citizen_id, draft->row.id, &now, err))
        return false;
    bool same = now.draft_files == draft->usage.draft_files &&
                now.draft_bytes == draft->usage.draft_bytes &&
                now.citizen_bytes == draft->usage.citizen_bytes;
    return same || error_set(err, ERROR_CONFLICT, "the space for documents changed meanwhile");
}

static bool write_change(struct arena *arena, struct db *db, const char *citizen_id,
                         const char *draft_id, const struct open_draft_change *change,
                         struct error *err)
{
    struct attachment row;
    const struct content *content = change->has_content ? &change->content : NULL;
    if (change->added
            ? !attachments_add(arena, db, citizen_id, draft_id, change->added, content, &row, err)
            : !attachments_find(arena, db, citizen_id, change->removed, &row, err) ||
                  !attachments_remove(db, citizen_id, change->removed, err))
        return false;
    const struct logbook_act act = {.citizen_id = citizen_id,
                                    .action = change->added ? AUDIT_DOCUMENT_ADDED
                                                            : AUDIT_DOCUMENT_REMOVED,
                                    .object_id = row.id,
                                    .consent_id = row.consent_id};
    return row.source == ATTACHMENT_LATER || logbook_add(arena, db, &act, err);
}

/* The row as it is to be written. */
static bool write_row(struct arena *arena, const struct open_draft *draft, struct draft *out,
                      struct error *err)
{
    struct bytes written = answers_write(draft->answers, arena, ANSWERS_DRAFT);
    if (written.size > ANSWERS_MAX_BYTES) /* could never be read again */
        return error_set(err, ERROR_LIMIT, "answers are more than %d bytes", ANSWERS_MAX_BYTES);
    *out = draft->row;
    out->answers = written;
    out->form_version = draft->version.digest;
    return true;
}

bool open_draft_save(struct arena *arena, struct db *db, const char *citizen_id,
                     struct open_draft *draft, struct error *err)
{
    bool sent = draft->promise_id != NULL; /* its answers are as they were sent */
    struct draft row = draft->row;
    if (!sent && !write_row(arena, draft, &row, err))
        return false;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join(db, &transaction, err) ||
        (!sent && !drafts_save(arena, db, citizen_id, &row, err)) ||
        !check_usage(arena, db, citizen_id, draft, err))
        return false;
    for (const struct open_draft_change *c = draft->first_change; c; c = c->next)
        if (!write_change(arena, db, citizen_id, row.id, c, err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    draft->row = row;
    draft->first_change = draft->last_change = NULL;
    draft->has_usage = false;
    return true;
}

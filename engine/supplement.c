#include "engine/supplement.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/intake.h"
#include "engine/letter_manner.h"
#include "engine/logbook.h"
#include "engine/receipt_make.h"
#include "forms/texts.h"

#include <string.h>

enum { ID_BITS = 128 };

/* ---- taking up ---- */

static bool read_supplement(struct arena *arena, struct db *db, struct promise *promise,
                            struct error *err)
{
    struct error why;
    promise->is_kept = supplements_of_promise(arena, db, promise->row.citizen_id, promise->row.id,
                                              &promise->supplement, &why);
    if (promise->is_kept || why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}

static bool find_upload(struct arena *arena, struct promise *promise, struct error *err)
{
    struct upload *uploads;
    size_t count =
        uploads_list(arena, promise->draft.answers, promise->draft.row.language, &uploads);
    promise->upload = uploads_find(uploads, count, promise->row.requirement);
    return promise->upload || error_set(err, ERROR_BROKEN, "a promise for what the form has not");
}

static bool read_promise(const struct visitor *visitor, struct arena *arena, struct db *db,
                         const char *promise_id, struct promise *out, struct error *err)
{
    const struct session *session = &visitor->session;
    if (!attachments_find(arena, db, session->citizen.id, promise_id, &out->row, err))
        return false;
    if (out->row.source != ATTACHMENT_LATER || !out->row.submission_id)
        return error_set(err, ERROR_MISSING, "no such promise");
    if (!submissions_read(arena, db, session->citizen.id, out->row.submission_id, &out->submission,
                          err) ||
        !open_draft_promise(arena, db, visitor->app->versions, session, &out->row, &out->draft,
                            err))
        return false;
    const char *before = out->draft.row.language;
    open_draft_speak(&out->draft,
                     visitor_reading(visitor, arena, out->draft.package->form, before));
    return read_supplement(arena, db, out, err) && find_upload(arena, out, err);
}

bool supplement_open(const struct visitor *visitor, struct arena *arena, struct db *db,
                     const char *promise_id, struct promise *out, struct error *err)
{
    struct promise promise = {0};
    if (!read_promise(visitor, arena, db, promise_id, &promise, err)) {
        supplement_close(&promise);
        return false;
    }
    *out = promise;
    return true;
}

void supplement_close(struct promise *promise)
{
    open_draft_close(&promise->draft);
}

char *supplement_address(struct arena *arena, const char *promise_id)
{
    return arena_printf(arena, "/min-side/ettersend/%s", promise_id);
}

/* ---- sending ---- */

/* Each id and digest ended by a line feed, so that no two lists give the same run of bytes. */
static struct crypto_sha256 digest_of(struct arena *arena, const struct attachment *attachments,
                                      size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(
            &buf, "%s %s\n", attachments[i].id,
            codec_hex(arena, (struct bytes){attachments[i].sha256.bytes, CRYPTO_SHA256_BYTES}));
    return crypto_sha256(buf_bytes(&buf));
}

static struct crypto_sha256 digest_of_laid_up(struct arena *arena, const struct promise *promise)
{
    return digest_of(arena, promise->draft.attachments, promise->draft.attachment_count);
}

const char *supplement_shown(struct arena *arena, const struct promise *promise)
{
    struct crypto_sha256 digest = digest_of_laid_up(arena, promise);
    return codec_hex(arena, (struct bytes){digest.bytes, CRYPTO_SHA256_BYTES});
}

static const struct outline *outline_of(struct arena *arena, const struct promise *promise)
{
    const struct open_draft *draft = &promise->draft;
    const char *language = draft->row.language;
    const struct form *form = draft->package->form;
    struct form_shown title = form_show(form, arena, form_title(form), language);
    struct outline_document *documents =
        ARENA_ARRAY(arena, draft->document_count, struct outline_document);
    for (size_t i = 0; i < draft->document_count; i++)
        documents[i] = draft->documents[i].document;
    struct outline_node *node = ARENA_NEW(arena, struct outline_node);
    *node = (struct outline_node){
        .kind = OUTLINE_DOCUMENTS,
        .label = promise->upload->label,
        .documents = documents,
        .document_count = draft->document_count,
    };
    struct outline *outline = ARENA_NEW(arena, struct outline);
    *outline = (struct outline){
        .language = language,
        .form_title = title.text,
        .title_language = texts_distance(title.language, language) ? title.language : NULL,
        .first = node,
    };
    return outline;
}

static bool make_receipt(const struct visitor *visitor, struct arena *arena, struct db *db,
                         const struct promise *promise, struct bytes *out, struct error *err)
{
    const struct open_draft *draft = &promise->draft;
    const struct pdf_receipt receipt = {
        .agency = &visitor->app->agency,
        .is_supplement = true,
        .due_at = promise->supplement.due_at,
        .reference = promise->submission.reference,
        .received_at = promise->supplement.received_at,
        .person_name = visitor->session.citizen.name,
        .person_number = visitor->session.citizen.pid,
        .outline = outline_of(arena, promise),
    };
    const struct attachment **sent =
        ARENA_ARRAY(arena, draft->attachment_count, const struct attachment *);
    for (size_t i = 0; i < draft->attachment_count; i++)
        sent[i] = &draft->attachments[i];
    const struct receipt_manifest manifest = {
        .is_supplement = true,
        .submission = &promise->submission,
        .received_at = promise->supplement.received_at,
        .language = draft->row.language,
        .attachments = sent,
        .attachment_count = draft->attachment_count,
    };
    return receipt_make(arena, db, visitor->app->signature, receipt, manifest, out, err);
}

static struct delivery order_letter(struct arena *arena, const struct promise *promise,
                                    struct bytes pdf)
{
    const struct open_draft *draft = &promise->draft;
    struct letter_attachment *attachments =
        ARENA_ARRAY(arena, draft->attachment_count, struct letter_attachment);
    for (size_t i = 0; i < draft->attachment_count; i++)
        attachments[i] = (struct letter_attachment){
            .id = draft->attachments[i].id,
            .subject = draft->attachments[i].name,
            .file_type = intake_file_type(draft->attachments[i].media_type),
            .sha256 = draft->attachments[i].sha256,
            .size_bytes = draft->attachments[i].size_bytes,
        };
    const struct form *form = draft->package->form;
    struct letter_receipt letter = {
        .submission = &promise->submission,
        .is_supplement = true,
        .pdf = pdf,
        .attachments = attachments,
        .attachment_count = letter_manner_includes(form) ? draft->attachment_count : 0,
    };
    letter_manner(arena, form, "letter.supplement", draft->row.language,
                  promise->supplement.received_at, &letter);
    return letter_order_receipt(arena, &letter);
}

/* What is sent is what was read: another window may have added one or taken it away. */
static bool check_attachments(struct arena *arena, struct db *db, const struct promise *promise,
                              struct error *err)
{
    struct attachment *now;
    size_t count;
    if (!attachments_of_promise(arena, db, promise->row.citizen_id, promise->row.id, &now, &count,
                                err))
        return false;
    struct crypto_sha256 found = digest_of(arena, now, count);
    struct crypto_sha256 read = digest_of_laid_up(arena, promise);
    return memcmp(found.bytes, read.bytes, CRYPTO_SHA256_BYTES) == 0 ||
           error_set(err, ERROR_CONFLICT, "the documents changed meanwhile");
}

/* The one transaction (D-3): all of it or nothing. */
static bool commit(struct arena *arena, struct db *db, struct promise *promise,
                   struct bytes receipt, const char *request_id, struct error *err)
{
    const char *citizen_id = promise->row.citizen_id;
    struct supplement *supplement = &promise->supplement;
    struct delivery letter = order_letter(arena, promise, receipt);
    int64_t kept;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !submissions_take_more(arena, db, citizen_id, promise->submission.id, err) ||
        !check_attachments(arena, db, promise, err) ||
        !outbox_add(arena, db, &letter, &supplement->delivery_id, err) ||
        !supplements_add(arena, db, supplement, promise->draft.row.id, receipt, err) ||
        !attachments_keep_promise(db, citizen_id, promise->row.id, promise->submission.id, &kept,
                                  err))
        return false;
    if (kept != (int64_t)promise->draft.attachment_count) /* the check took one back */
        return error_set(err, ERROR_CONFLICT, "a document is no longer ready");
    return logbook_add(arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_SUPPLEMENTED,
                                             .object_id = supplement->id,
                                             .request_id = request_id},
                       err) &&
           db_commit(&transaction, err);
}

bool supplement_is_ready(const struct promise *promise)
{
    const struct open_draft *draft = &promise->draft;
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (draft->attachments[i].state != ATTACHMENT_READY)
            return false;
    return draft->attachment_count > 0;
}

bool supplement_send(struct visitor *visitor, struct arena *arena, struct db *db,
                     struct promise *promise, const char *request_id, bool *is_new,
                     struct error *err)
{
    *is_new = false;
    if (promise->is_kept)
        return true;
    if (!supplement_is_ready(promise))
        return error_set(err, ERROR_INVALID, "there is nothing to send, or it is not ready");
    promise->supplement = (struct supplement){
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = promise->row.citizen_id,
        .submission_id = promise->submission.id,
        .promise_id = promise->row.id,
        .digest = digest_of_laid_up(arena, promise),
        .language = promise->draft.row.language,
        .received_at = clock_now(),
        .due_at = promise->row.expected_by,
    };
    struct bytes receipt;
    if (!make_receipt(visitor, arena, db, promise, &receipt, err))
        return false;
    *is_new = commit(arena, db, promise, receipt, request_id, err);
    if (*is_new)
        return read_supplement(arena, db, promise, err);
    if (err->code != ERROR_CONFLICT)
        return false;
    struct error conflict = *err; /* somebody was quicker: the same press twice, perhaps */
    if (!read_supplement(arena, db, promise, err))
        return false;
    if (!promise->is_kept)
        *err = conflict;
    return promise->is_kept;
}

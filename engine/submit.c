#include "engine/submit.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/intake.h"
#include "engine/keeping.h"
#include "engine/letter_manner.h"
#include "engine/pages/say.h"
#include "engine/receipt_make.h"
#include "engine/supplement.h"
#include "engine/logbook.h"
#include "engine/reuse/offer.h"
#include "forms/validate.h"
#include "storage/letter_links.h"

#include <string.h>

enum { ID_BITS = 128 };

/* Everything that sending needs, made before the transaction so that it is short. */
struct sending {
    struct visitor *visitor;
    struct arena *arena;
    struct open_draft *draft;
    struct attachment **kept; /* attachments of relevant uploads, with bytes somewhere */
    size_t kept_count;
    struct attachment **dropped;
    size_t dropped_count;
    struct submission submission;
    struct bytes receipt;
    struct letter_link link; /* of its letter */
};

/* How long a promise for later is good is counted from now. */
static void renew(struct sending *sending, const struct upload *upload, struct attachment *row)
{
    row->expected_by = keeping_later_until(upload->control->upload, sending->submission.received_at,
                                           sending->visitor->app->config->later_days);
    answers_expect(
        sending->draft->answers, upload->place,
        arena_printf(sending->arena, "%.10s", clock_iso_oslo(sending->arena, row->expected_by)));
}

static void keep(struct sending *sending, const struct upload *upload, struct attachment *row)
{
    if (row->source == ATTACHMENT_LATER)
        renew(sending, upload, row);
    sending->kept[sending->kept_count++] = row;
}

/* Hidden answers are not sent, and neither are documents given to a hidden upload or a removed row.
 */
static void sort_attachments(struct sending *sending)
{
    struct open_draft *draft = sending->draft;
    struct upload *uploads;
    size_t count = uploads_list(sending->arena, draft->answers, draft->row.language, &uploads);
    sending->kept = ARENA_ARRAY(sending->arena, draft->attachment_count, struct attachment *);
    sending->dropped = ARENA_ARRAY(sending->arena, draft->attachment_count, struct attachment *);
    for (size_t i = 0; i < draft->attachment_count; i++) {
        struct attachment *row = &draft->attachments[i];
        const struct upload *upload = uploads_find(uploads, count, row->requirement);
        if (upload && upload->relevant)
            keep(sending, upload, row);
        else
            sending->dropped[sending->dropped_count++] = row;
    }
}

/* Of the answers and of each document: requirement and digest, each ended by a NUL, so that no two
 * contents give the same run of bytes. */
static struct crypto_sha256 digest_of(struct sending *sending)
{
    struct buf buf;
    buf_init(&buf, sending->arena);
    buf_add(&buf, sending->submission.answers);
    buf_add_byte(&buf, 0);
    for (size_t i = 0; i < sending->kept_count; i++) {
        const struct attachment *row = sending->kept[i];
        buf_add_text(&buf, row->requirement);
        buf_add_byte(&buf, 0);
        buf_add(&buf, (struct bytes){row->sha256.bytes, sizeof row->sha256.bytes});
    }
    return crypto_sha256(buf_bytes(&buf));
}

static bool make_receipt(struct sending *sending, struct db *db, struct error *err)
{
    struct open_draft *draft = sending->draft;
    struct app *app = sending->visitor->app;
    const struct submission *submission = &sending->submission;
    struct pdf_receipt receipt = {
        .agency = &app->agency,
        .reference = submission->reference,
        .received_at = submission->received_at,
        .person_name = sending->visitor->session.citizen.name,
        .person_number = sending->visitor->session.citizen.pid,
        .outline = outline_make(sending->arena, draft->package->form, draft->answers,
                                submission->language, draft->documents, draft->document_count),
    };
    receipt.next = pdf_receipt_next(sending->arena, draft->package->form, submission->language,
                                    &receipt.next_count);
    const struct receipt_manifest manifest = {
        .submission = submission,
        .received_at = submission->received_at,
        .language = submission->language,
        .attachments = (const struct attachment *const *)sending->kept,
        .attachment_count = sending->kept_count,
        .outline = receipt.outline,
    };
    return receipt_make(sending->arena, db, app->signature, receipt, manifest, &sending->receipt,
                        err);
}

/* The promise that is due first; NULL: nothing was promised for later. */
static const struct attachment *first_promise(const struct sending *sending)
{
    const struct attachment *first = NULL;
    for (size_t i = 0; i < sending->kept_count; i++) {
        const struct attachment *row = sending->kept[i];
        if (row->source == ATTACHMENT_LATER && (!first || row->expected_by < first->expected_by))
            first = row;
    }
    return first;
}

/* The letter leads back here: to what was sent, and to what was promised for later. Its own id is
 * all that it carries; pages/letter_link.c knows the rest. */
static const struct postbox_link *link_back(struct sending *sending)
{
    struct arena *arena = sending->arena;
    const struct attachment *promise = first_promise(sending);
    const char *language =
        form_site_language(sending->draft->package->form, sending->submission.language);
    sending->link = (struct letter_link){
        .id = crypto_random_id(arena, ID_BITS),
        .submission_id = sending->submission.id,
        .deadline = promise ? promise->expected_by : 0,
    };
    const char *about = promise ? say_of(arena, language, "letter.later", "dokument",
                                         text_collapse(arena, promise->name))
                                : say(language, "letter.link");
    struct postbox_link *link = ARENA_NEW(arena, struct postbox_link);
    *link = (struct postbox_link){
        .url = arena_printf(arena, "%s/brev/%s", sending->visitor->app->origin, sending->link.id),
        .description = text_cut(arena, about, POSTBOX_MAX_LINK_TEXT),
        .button = say(language, promise ? "letter.later.button" : "letter.link.button"),
        .deadline = sending->link.deadline,
    };
    return link;
}

/* Those that go along with the letter. */
static struct letter_attachment *list_attachments(struct sending *sending, size_t *count)
{
    struct letter_attachment *attachments =
        ARENA_ARRAY(sending->arena, sending->kept_count, struct letter_attachment);
    *count = 0;
    if (!letter_manner_includes(sending->draft->package->form))
        return attachments;
    for (size_t i = 0; i < sending->kept_count; i++) {
        const struct attachment *row = sending->kept[i];
        if (row->source == ATTACHMENT_LATER)
            continue;
        attachments[(*count)++] = (struct letter_attachment){
            .id = row->id,
            .subject = row->name,
            .file_type = intake_file_type(row->media_type),
            .sha256 = row->sha256,
            .size_bytes = row->size_bytes,
        };
    }
    return attachments;
}

static struct delivery order_letter(struct sending *sending)
{
    struct letter_receipt letter = {
        .submission = &sending->submission,
        .pdf = sending->receipt,
        .link = link_back(sending),
    };
    letter.attachments = list_attachments(sending, &letter.attachment_count);
    letter_manner(sending->arena, sending->draft->package->form, "letter.receipt",
                  sending->submission.language, sending->submission.received_at, &letter);
    return letter_order_receipt(sending->arena, &letter);
}

/* The worker may have brought a document since the draft was read, or a withdrawal taken one away:
 * those do not change the revision, and what is sent must be what was looked at. */
static bool check_attachments(struct sending *sending, struct db *db, struct error *err)
{
    const struct open_draft *draft = sending->draft;
    struct attachment *now;
    size_t count;
    if (!attachments_of_draft(sending->arena, db, sending->submission.citizen_id, draft->row.id,
                              &now, &count, err))
        return false;
    bool same = count == draft->attachment_count;
    for (size_t i = 0; same && i < count; i++)
        same = text_equal(now[i].id, draft->attachments[i].id) &&
               now[i].state == draft->attachments[i].state;
    return same || error_set(err, ERROR_CONFLICT, "the draft's documents changed meanwhile");
}

/* The page says which they are; this is so that no other way round it is found (S-FILE-5). */
static bool are_checked(const struct sending *sending)
{
    const struct open_draft *draft = sending->draft;
    for (size_t i = 0; i < sending->kept_count; i++)
        for (size_t k = 0; k < draft->document_count; k++)
            if (text_equal(draft->documents[k].id, sending->kept[i]->id) &&
                draft->documents[k].document.check != OUTLINE_CHECKED)
                return false;
    return true;
}

static bool drop(struct sending *sending, struct db *db, const struct attachment *row,
                 const char *request_id, struct error *err)
{
    const struct logbook_act act = {.citizen_id = sending->submission.citizen_id,
                                    .action = AUDIT_DOCUMENT_REMOVED,
                                    .object_id = row->id,
                                    .consent_id = row->consent_id,
                                    .request_id = request_id};
    return attachments_remove(db, act.citizen_id, row->id, err) &&
           (row->source == ATTACHMENT_LATER || logbook_add(sending->arena, db, &act, err));
}

static bool is_noted(const struct sending *sending, size_t count, const char *consent_id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(sending->kept[i]->consent_id, consent_id))
            return true;
    return false;
}

/* Each consent under which something that is sent was fetched. */
static bool note_consents(struct sending *sending, struct db *db, const char *request_id,
                          struct error *err)
{
    for (size_t i = 0; i < sending->kept_count; i++) {
        const char *consent_id = sending->kept[i]->consent_id;
        if (!consent_id || is_noted(sending, i, consent_id))
            continue;
        const struct logbook_act act = {.citizen_id = sending->submission.citizen_id,
                                        .action = AUDIT_CONSENT_USED,
                                        .object_id = sending->submission.id,
                                        .consent_id = consent_id,
                                        .request_id = request_id};
        if (!logbook_add(sending->arena, db, &act, err))
            return false;
    }
    return true;
}

/* The one transaction (D-3): all of it or nothing. */
static bool commit(struct sending *sending, struct db *db, const char *request_id,
                   struct error *err)
{
    struct arena *arena = sending->arena;
    const char *citizen_id = sending->submission.citizen_id;
    const struct draft *row = &sending->draft->row;
    struct delivery letter = order_letter(sending);
    const char *delivery_id;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || !check_attachments(sending, db, err))
        return false;
    for (size_t i = 0; i < sending->dropped_count; i++) /* while the draft is still open */
        if (!drop(sending, db, sending->dropped[i], request_id, err))
            return false;
    for (size_t i = 0; i < sending->kept_count; i++)
        if (sending->kept[i]->source == ATTACHMENT_LATER &&
            !attachments_expect(db, citizen_id, sending->kept[i]->id, sending->kept[i]->expected_by,
                                err))
            return false;
    return drafts_send(arena, db, citizen_id, row->id, row->revision, err) &&
           submissions_add(db, &sending->submission, sending->receipt, err) &&
           attachments_freeze(db, citizen_id, row->id, sending->submission.id, err) &&
           offer_documents(arena, db, sending->draft, &sending->submission, sending->kept,
                           sending->kept_count, err) &&
           letter_links_add(db, citizen_id, &sending->link, err) &&
           outbox_add(arena, db, &letter, &delivery_id, err) &&
           logbook_add(arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_SUBMITTED,
                                             .object_id = sending->submission.id,
                                             .request_id = request_id},
                       err) &&
           note_consents(sending, db, request_id, err) && db_commit(&transaction, err);
}

/* The same draft sent before, by another press or another tab: the same submission when it is the
 * same content, else a conflict (D-4). *found is false when it was not sent. */
static bool find_earlier(struct sending *sending, struct db *db, const char **id, bool *found,
                         struct error *err)
{
    struct submission earlier;
    struct error why;
    *found = submissions_of_key(sending->arena, db, sending->submission.citizen_id,
                                sending->submission.submit_key, &earlier, &why);
    if (!*found) {
        if (why.code == ERROR_MISSING)
            return true;
        *err = why;
        return false;
    }
    if (memcmp(earlier.digest.bytes, sending->submission.digest.bytes,
               sizeof earlier.digest.bytes) != 0)
        return error_set(err, ERROR_CONFLICT, "this draft was sent with other content");
    *id = earlier.id;
    return true;
}

/* What is sent is calculated from the start. That it was otherwise is a mistake of ours, or a
 * calculate that reads what it wrote, and the operator's to know: nothing else is lost by it. */
static void check_calculation(struct open_draft *draft)
{
    const struct form_field *stale = answers_recheck(draft->answers);
    if (stale)
        log_event(LOG_LEVEL_ERROR, "recalculated_otherwise", "form=%s version=%.16s draft=%s at=%s",
                  draft->package->id, draft->package->digest, draft->row.id, stale->path);
}

bool submit(struct visitor *visitor, struct arena *arena, struct db *db, struct open_draft *draft,
            const char *request_id, const char **submission_id, bool *is_new,
            struct finding_list *findings, struct error *err)
{
    struct sending sending = {.visitor = visitor, .arena = arena, .draft = draft};
    *is_new = false;
    sending.submission = (struct submission){
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = visitor->session.citizen.id,
        .draft_id = draft->row.id,
        .submit_key = draft->row.submit_key,
        .form_id = draft->package->id,
        .form_version = draft->version.digest,
        .language = draft->row.language,
        .received_at = clock_now(),
    };
    sending.submission.keep_until =
        keeping_until(draft->package->form, sending.submission.received_at);
    check_calculation(draft);
    validate_all(draft->answers, draft->row.language, findings);
    sort_attachments(&sending); /* now that everything is calculated from the start */
    sending.submission.answers = answers_write(draft->answers, arena, ANSWERS_SENT);
    sending.submission.digest = digest_of(&sending);

    bool found;
    if (!find_earlier(&sending, db, submission_id, &found, err))
        return false;
    if (found)
        return true;
    if (findings->errors)
        return error_set(err, ERROR_INVALID, "the answers do not hold");
    if (!are_checked(&sending))
        return error_set(err, ERROR_CONFLICT, "a document has not passed its check");

    const struct form_about *about = form_about(draft->package->form);
    if (!submissions_reference(arena, db, text_is_empty(about->prefix) ? "SK" : about->prefix,
                               sending.submission.received_at, &sending.submission.reference,
                               err) ||
        !make_receipt(&sending, db, err))
        return false;
    if (commit(&sending, db, request_id, err)) {
        *submission_id = sending.submission.id;
        *is_new = true;
        return true;
    }
    if (err->code != ERROR_CONFLICT)
        return false;
    struct error conflict = *err; /* somebody was quicker: the same press twice, perhaps */
    if (!find_earlier(&sending, db, submission_id, &found, err))
        return false;
    if (!found)
        *err = conflict;
    return found;
}

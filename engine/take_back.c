#include "engine/take_back.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/letter.h"
#include "engine/logbook.h"
#include "engine/pages/say.h"
#include "engine/receipt_signature.h"
#include "engine/versions.h"
#include "engine/withdraw.h"
#include "render/pdf_certificate.h"
#include "storage/attachments.h"
#include "storage/certificates.h"
#include "storage/evidence_requests.h"
#include "storage/letter_links.h"

enum { ID_BITS = 128 };

/* Everything that it needs, made before the transaction so that it is short. */
struct taking {
    struct visitor *visitor;
    struct arena *arena;
    struct db *db;
    const char *request_id;
    struct submission submission;
    struct withdrawal withdrawal;
    struct form_shown title; /* of the form, in the language of what was sent */
    const char *language;    /* of the site beside it */
    int security_level;
    struct bytes receipt;
    struct letter_link link;
};

/* In the version that it was sent in; the letter is as close as can be when that is not kept. */
static bool read_form(struct taking *taking, struct error *err)
{
    const struct submission *s = &taking->submission;
    CLEANUP(versions_return) struct version version = {0};
    struct error why;
    taking->language = "nb";
    taking->security_level = 4;
    taking->title = (struct form_shown){s->form_id, s->language};
    if (!versions_borrow_sent(taking->visitor->app->versions, taking->arena, taking->db, s->form_id,
                              s->form_version, &version, &why)) {
        if (why.code == ERROR_MISSING)
            return true;
        *err = why;
        return false;
    }
    const struct form *form = version.package->form;
    struct form_shown title = form_show(form, taking->arena, form_title(form), s->language);
    taking->title = (struct form_shown){arena_text(taking->arena, title.text),
                                        arena_text(taking->arena, title.language)};
    taking->language = arena_text(taking->arena, form_site_language(form, s->language));
    taking->security_level = form_letter(form)->security_level;
    return true;
}

static bool make_receipt(struct taking *taking, struct error *err)
{
    const struct app *app = taking->visitor->app;
    const struct pdf_withdrawal page = {
        .agency = &app->agency,
        .language = taking->language,
        .form_title = taking->title.text,
        .reference = taking->submission.reference,
        .person = taking->visitor->session.citizen.name,
        .person_number = taking->visitor->session.citizen.pid,
        .received_at = taking->submission.received_at,
        .withdrawn_at = taking->withdrawal.withdrawn_at,
    };
    struct bytes plain;
    const char *reason =
        say_of(taking->arena, taking->language, "letter.withdrawal", "tittel", taking->title.text);
    return pdf_withdrawal_write(taking->arena, &page, &plain, err) &&
           receipt_signature_add(taking->arena, app->signature, plain, reason,
                                 taking->withdrawal.withdrawn_at, &taking->receipt, err);
}

static struct delivery order_letter(struct taking *taking)
{
    struct arena *arena = taking->arena;
    taking->link = (struct letter_link){
        .id = crypto_random_id(arena, ID_BITS),
        .submission_id = taking->submission.id,
    };
    const struct postbox_link link = {
        .url = arena_printf(arena, "%s/brev/%s", taking->visitor->app->origin, taking->link.id),
        .description = say(taking->language, "letter.withdrawal.link"),
        .button = say(taking->language, "letter.link.button"),
    };
    const struct letter_own letter = {
        .citizen_id = taking->submission.citizen_id,
        .language = taking->language,
        .security_level = taking->security_level,
        .subject = text_cut(arena,
                            say_of(arena, taking->language, "letter.withdrawal", "tittel",
                                   text_collapse(arena, taking->title.text)),
                            POSTBOX_MAX_TITLE),
        .pdf = taking->receipt,
    };
    return letter_order_about(arena, OUTBOX_WITHDRAWAL, &letter, taking->submission.id, &link);
}

/* ---- what ends with it ---- */

static bool drop_laid_up(const struct taking *taking, const struct attachment *promise,
                         struct error *err)
{
    struct attachment *laid_up;
    size_t count;
    const char *citizen_id = taking->submission.citizen_id;
    if (!attachments_of_promise(taking->arena, taking->db, citizen_id, promise->id, &laid_up,
                                &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (laid_up[i].submission_id) /* it was sent, and stays with what it was sent to */
            continue;
        const struct logbook_act act = {.citizen_id = citizen_id,
                                        .action = AUDIT_DOCUMENT_REMOVED,
                                        .object_id = laid_up[i].id,
                                        .request_id = taking->request_id};
        if (!attachments_remove(taking->db, citizen_id, laid_up[i].id, err) ||
            !logbook_add(taking->arena, taking->db, &act, err))
            return false;
    }
    return true;
}

static bool drop_promises(const struct taking *taking, struct error *err)
{
    struct attachment *attachments;
    size_t count;
    if (!attachments_of_submission(taking->arena, taking->db, taking->submission.citizen_id,
                                   taking->submission.id, &attachments, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source == ATTACHMENT_LATER &&
            !drop_laid_up(taking, &attachments[i], err))
            return false;
    return true;
}

/* Whether that yes is to a document which came with this application. */
static bool is_about_it(const struct taking *taking, const struct evidence_request *request,
                        bool *out, struct error *err)
{
    struct certificate certificate;
    struct error why;
    *out = false;
    if (request->state != EVIDENCE_GIVEN || !request->certificate_id)
        return true;
    if (certificates_read(taking->arena, taking->db, taking->submission.citizen_id,
                          request->certificate_id, &certificate, &why)) {
        *out = text_equal(certificate.submission_id, taking->submission.id);
        return true;
    }
    *err = why;
    return why.code == ERROR_MISSING;
}

/* Other agencies read nothing more of what came with it, and are not offered it any more. */
static bool stop_reuse(const struct taking *taking, struct error *err)
{
    const char *citizen_id = taking->submission.citizen_id;
    struct evidence_request *requests;
    size_t count;
    if (!evidence_requests_all(taking->arena, taking->db, citizen_id, &requests, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool about;
        const struct logbook_act act = {.citizen_id = citizen_id,
                                        .action = AUDIT_EVIDENCE_WITHDRAWN,
                                        .object_id = requests[i].id,
                                        .request_id = taking->request_id};
        if (!is_about_it(taking, &requests[i], &about, err) ||
            (about && (!evidence_requests_withdraw(taking->db, citizen_id, requests[i].id, err) ||
                       !logbook_add(taking->arena, taking->db, &act, err))))
            return false;
    }
    return certificates_end_offers(taking->db, citizen_id, taking->submission.id, clock_now(), err);
}

/* The one transaction: all of it or nothing. The state first, so that a decision or a document
 * that comes at the same time waits, and then sees it. */
static bool commit(struct taking *taking, struct error *err)
{
    struct arena *arena = taking->arena;
    struct db *db = taking->db;
    const char *citizen_id = taking->submission.citizen_id, *id = taking->submission.id;
    struct delivery letter = order_letter(taking);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) &&
           submissions_become(arena, db, citizen_id, id, SUBMISSION_WITHDRAWN, err) &&
           drop_promises(taking, err) &&
           withdraw_all(arena, db, citizen_id, taking->submission.draft_id, taking->request_id,
                        err) &&
           stop_reuse(taking, err) && letter_links_add(db, citizen_id, &taking->link, err) &&
           outbox_add(arena, db, &letter, &taking->withdrawal.delivery_id, err) &&
           withdrawals_add(arena, db, &taking->withdrawal, taking->submission.draft_id,
                           taking->receipt, err) &&
           logbook_add(arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_WITHDRAWN,
                                             .object_id = id,
                                             .request_id = taking->request_id},
                       err) &&
           db_commit(&transaction, err);
}

bool take_back(struct visitor *visitor, struct arena *arena, struct db *db,
               const char *submission_id, const char *request_id, struct withdrawal *out,
               struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct taking taking = {.visitor = visitor, .arena = arena, .db = db, .request_id = request_id};
    if (!submissions_read(arena, db, citizen_id, submission_id, &taking.submission, err))
        return false;
    if (taking.submission.state == SUBMISSION_WITHDRAWN)
        return withdrawals_of_submission(arena, db, citizen_id, submission_id, out, err);
    taking.withdrawal = (struct withdrawal){
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = citizen_id,
        .submission_id = taking.submission.id,
        .withdrawn_at = clock_now(),
    };
    if (!read_form(&taking, err) || !make_receipt(&taking, err))
        return false;
    if (commit(&taking, err))
        return withdrawals_of_submission(arena, db, citizen_id, submission_id, out, err);
    struct error conflict = *err, why; /* the same press twice: the other was quicker */
    if (conflict.code == ERROR_CONFLICT &&
        withdrawals_of_submission(arena, db, citizen_id, submission_id, out, &why))
        return true;
    return false;
}

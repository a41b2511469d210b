/* insight.c - the log on Min side: who did what about the person, when and why. Objects are named
 * as the person knows them, as long as they are there. */
#include "engine/base/text.h"
#include "engine/limits.h"
#include "engine/pages/evidence.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/outcome.h"
#include "engine/pages/sent.h"
#include "render/insight.h"
#include "render/overview.h"
#include "storage/attachments.h"
#include "storage/audit.h"
#include "storage/certificates.h"
#include "storage/consents.h"
#include "storage/decisions.h"
#include "storage/drafts.h"
#include "storage/evidence_requests.h"
#include "storage/shared_documents.h"
#include "storage/supplements.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 20,
    ROWS_AT_ONCE = AUDIT_LIST_MAX - 1,
    ROWS_IN_FILE = 10 * ROWS_AT_ONCE,
};

struct reading {
    struct visitor *visitor;
    struct arena *arena;
    struct db *db;
    const char *citizen_id;
};

/* What fills in subject and why of a row from its object. What is gone is left out; false: it could
 * not be read. */
typedef bool naming(const struct reading *reading, const struct audit_entry *entry,
                    struct insight_row *row, struct error *err);

/* Not there any more is no failure here. */
static bool unless_gone(const struct error *why, struct error *err)
{
    if (why->code == ERROR_MISSING)
        return true;
    *err = *why;
    return false;
}

static bool name_own(const struct reading *reading, const struct audit_entry *entry,
                     struct insight_row *row, struct error *err)
{
    (void)reading, (void)err;
    row->why = entry->actor == AUDIT_CITIZEN ? INSIGHT_OWN : INSIGHT_NOT_SAID;
    return true;
}

static bool name_retention(const struct reading *reading, const struct audit_entry *entry,
                           struct insight_row *row, struct error *err)
{
    (void)reading, (void)entry, (void)err;
    row->why = INSIGHT_KEPT;
    return true;
}

static void say_why(struct insight_row *row, const char *text, const char *address)
{
    row->why = INSIGHT_SAID;
    row->why_text = text;
    row->why_address = address;
}

static void name_form(const struct reading *reading, const char *form_id, struct insight_row *row)
{
    struct form_shown form = sent_title(reading->visitor, reading->arena, form_id);
    row->subject = form.text;
    row->subject_language = form.language;
}

static bool name_submission_of(const struct reading *reading, const char *id,
                               struct insight_row *row, struct error *err)
{
    struct submission submission;
    struct error why;
    if (!submissions_read(reading->arena, reading->db, reading->citizen_id, id, &submission, &why))
        return unless_gone(&why, err);
    name_form(reading, submission.form_id, row);
    say_why(row, submission.reference, sent_address(reading->arena, submission.id));
    return true;
}

static bool name_submission(const struct reading *reading, const struct audit_entry *entry,
                            struct insight_row *row, struct error *err)
{
    return name_own(reading, entry, row, err) &&
           name_submission_of(reading, entry->object_id, row, err);
}

static bool give_consent(const struct reading *reading, const char *id, struct insight_row *row,
                         struct error *err)
{
    struct consent consent;
    struct error why;
    if (!consents_read(reading->arena, reading->db, reading->citizen_id, id, &consent, &why))
        return unless_gone(&why, err);
    if (!row->subject)
        name_form(reading, consent.form_id, row);
    row->why = INSIGHT_CONSENT;
    row->why_at = consent.given_at;
    row->why_address = arena_printf(reading->arena, OVERVIEW_PATH_CONSENTS "/%s", consent.id);
    return true;
}

static bool name_consent(const struct reading *reading, const struct audit_entry *entry,
                         struct insight_row *row, struct error *err)
{
    return name_own(reading, entry, row, err) && give_consent(reading, entry->object_id, row, err);
}

static bool name_use(const struct reading *reading, const struct audit_entry *entry,
                     struct insight_row *row, struct error *err)
{
    return name_submission_of(reading, entry->object_id, row, err) &&
           give_consent(reading, entry->consent_id, row, err);
}

/* A document that came from the postbox, as it was called there. */
static bool name_fetched(const struct reading *reading, const struct audit_entry *entry,
                         struct insight_row *row, struct error *err)
{
    struct shared_document *documents;
    size_t count;
    struct error why;
    if (!shared_documents_list(reading->arena, reading->db, reading->citizen_id, entry->consent_id,
                               &documents, &count, &why))
        return unless_gone(&why, err);
    for (size_t i = 0; i < count; i++)
        if (text_equal(documents[i].id, entry->object_id))
            row->subject = documents[i].subject;
    return give_consent(reading, entry->consent_id, row, err);
}

static bool name_document(const struct reading *reading, const struct audit_entry *entry,
                          struct insight_row *row, struct error *err)
{
    struct attachment attachment;
    struct draft draft;
    struct error why;
    row->why = entry->actor == AUDIT_CITIZEN ? INSIGHT_OWN : INSIGHT_VIRUS;
    if (!attachments_find(reading->arena, reading->db, reading->citizen_id, entry->object_id,
                          &attachment, &why))
        return unless_gone(&why, err);
    if (attachment.submission_id &&
        !name_submission_of(reading, attachment.submission_id, row, err))
        return false;
    row->subject = attachment.name;
    row->subject_language = NULL;
    if (row->why != INSIGHT_OWN)
        return true;
    if (!drafts_read(reading->arena, reading->db, reading->citizen_id, attachment.draft_id, &draft,
                     &why))
        return unless_gone(&why, err);
    struct form_shown form = sent_title(reading->visitor, reading->arena, draft.form_id);
    say_why(row, form.text, NULL);
    row->why_language = form.language;
    return true;
}

/* One that was never here is named by what it was called in the postbox. */
static bool name_failed(const struct reading *reading, const struct audit_entry *entry,
                        struct insight_row *row, struct error *err)
{
    bool was_fetched = text_is_empty(entry->consent_id);
    if (!(was_fetched ? name_document : name_fetched)(reading, entry, row, err))
        return false;
    row->why = INSIGHT_FAILED;
    return true;
}

static bool name_certificate_of(const struct reading *reading, const char *id,
                                struct insight_row *row, struct error *err)
{
    struct certificate certificate;
    struct error why;
    if (!certificates_read(reading->arena, reading->db, reading->citizen_id, id, &certificate,
                           &why))
        return unless_gone(&why, err);
    row->subject = certificate.title;
    row->subject_language = NULL;
    return true;
}

static bool name_certificate(const struct reading *reading, const struct audit_entry *entry,
                             struct insight_row *row, struct error *err)
{
    struct certificate certificate;
    struct error why;
    row->why = entry->actor == AUDIT_CITIZEN ? INSIGHT_OWN : INSIGHT_NOT_SAID;
    if (!certificates_read(reading->arena, reading->db, reading->citizen_id, entry->object_id,
                           &certificate, &why))
        return unless_gone(&why, err);
    if (!name_submission_of(reading, certificate.submission_id, row, err))
        return false;
    row->subject = certificate.title;
    row->subject_language = NULL;
    return true;
}

static bool name_decision(const struct reading *reading, const struct audit_entry *entry,
                          struct insight_row *row, struct error *err)
{
    struct decision decision;
    struct error why;
    row->why = entry->actor == AUDIT_CITIZEN ? INSIGHT_OWN : INSIGHT_NOT_SAID;
    if (!decisions_read(reading->arena, reading->db, reading->citizen_id, entry->object_id,
                        &decision, &why))
        return unless_gone(&why, err);
    if (!name_submission_of(reading, decision.submission_id, row, err))
        return false;
    row->subject = decision.title;
    row->why_address = outcome_decision_address(reading->arena, decision.id);
    return true;
}

/* Why an agency asks stands in its own words, which the yes was to. */
static bool name_evidence(const struct reading *reading, const struct audit_entry *entry,
                          struct insight_row *row, struct error *err)
{
    struct evidence_request request;
    struct error why;
    row->why = INSIGHT_NOT_SAID;
    if (!evidence_requests_read(reading->arena, reading->db, reading->citizen_id, entry->object_id,
                                &request, &why))
        return unless_gone(&why, err);
    say_why(row, evidence_say(&request.purpose, reading->visitor->language),
            evidence_address(reading->arena, request.id));
    row->why_language = evidence_said_in(&request.purpose, reading->visitor->language);
    const char *asker = issuers_show(reading->arena, &reading->visitor->app->issuers,
                                     request.consumer, request.requester);
    if (row->who == INSIGHT_OTHER)
        row->who_name = asker;
    else
        row->why_text = arena_printf(reading->arena, "%s: %s", asker, row->why_text);
    return !request.certificate_id ||
           name_certificate_of(reading, request.certificate_id, row, err);
}

static bool name_supplement(const struct reading *reading, const struct audit_entry *entry,
                            struct insight_row *row, struct error *err)
{
    struct supplement *supplements;
    size_t count;
    if (!name_own(reading, entry, row, err) ||
        !supplements_list(reading->arena, reading->db, reading->citizen_id, &supplements, &count,
                          err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(supplements[i].id, entry->object_id))
            return name_submission_of(reading, supplements[i].submission_id, row, err);
    return true;
}

/* What the person sees: what was done about him, not the workings (S-AUD-3). */
static const struct shown {
    enum audit_action action;
    naming *name;
    bool on_behalf; /* when the system did it, then because the person had asked for it */
} shown[] = {
    {AUDIT_LOGIN, name_own, false},
    {AUDIT_LOGOUT, name_own, false},
    {AUDIT_SUBMITTED, name_submission, false},
    {AUDIT_RECEIPT_DELIVERED, name_submission, false},
    {AUDIT_LETTER_ON_PAPER, name_submission, false},
    {AUDIT_LETTER_OPENED, name_submission, false},
    {AUDIT_SUBMISSION_READ, name_submission, false},
    {AUDIT_DATA_TAKEN, name_own, false},
    {AUDIT_CONSENT_GIVEN, name_consent, false},
    {AUDIT_CONSENT_WITHDRAWN, name_consent, true},
    {AUDIT_CONSENT_EXPIRED, name_consent, false},
    {AUDIT_CONSENT_USED, name_use, false},
    {AUDIT_SHARING_ASKED, name_consent, true},
    {AUDIT_SHARING_GIVEN, name_consent, false},
    {AUDIT_SHARING_STOPPED, name_consent, true},
    {AUDIT_DOCUMENT_FETCHED, name_fetched, true},
    {AUDIT_DOCUMENT_ADDED, name_document, false},
    {AUDIT_DOCUMENT_REMOVED, name_document, false},
    {AUDIT_DOCUMENT_READ, name_document, false},
    {AUDIT_DOCUMENT_REFUSED, name_document, false},
    {AUDIT_DOCUMENT_FAILED, name_failed, false},
    {AUDIT_DRAFT_DELETED, name_own, false},
    {AUDIT_RETENTION_DELETED, name_retention, false},
    {AUDIT_DELIVERY_GIVEN_UP, name_submission, false},
    {AUDIT_SUPPLEMENTED, name_supplement, false},
    {AUDIT_SUPPLEMENT_DELIVERED, name_submission, false},
    {AUDIT_WITHDRAWN, name_submission, false},
    {AUDIT_WITHDRAWAL_DELIVERED, name_submission, false},
    {AUDIT_DECIDED, name_decision, false},
    {AUDIT_DECISION_DELIVERED, name_submission, false},
    {AUDIT_DECISION_READ, name_decision, false},
    {AUDIT_EVIDENCE_ASKED, name_evidence, false},
    {AUDIT_EVIDENCE_TOLD, name_evidence, false},
    {AUDIT_EVIDENCE_GIVEN, name_evidence, false},
    {AUDIT_EVIDENCE_REFUSED, name_evidence, false},
    {AUDIT_EVIDENCE_WITHDRAWN, name_evidence, false},
    {AUDIT_EVIDENCE_READ, name_evidence, false},
    {AUDIT_CERTIFICATE_ISSUED, name_certificate, false},
    {AUDIT_CERTIFICATE_READ, name_certificate, false},
    {AUDIT_CERTIFICATE_DELIVERED, name_submission, false},
};

static const struct shown *find_shown(enum audit_action action)
{
    for (size_t i = 0; i < COUNT(shown); i++)
        if (shown[i].action == action)
            return &shown[i];
    abort(); /* only these were asked for */
}

static enum insight_who who_of(const struct audit_entry *entry, const struct shown *how)
{
    switch (entry->actor) {
    case AUDIT_CITIZEN:
        return INSIGHT_YOU;
    case AUDIT_STAFF:
        return INSIGHT_STAFF;
    case AUDIT_AGENCY:
        return INSIGHT_OTHER;
    case AUDIT_SYSTEM:
        break;
    }
    return how->on_behalf ? INSIGHT_FOR_YOU : INSIGHT_AGENCY;
}

static bool read_row(const struct reading *reading, const struct audit_entry *entry,
                     struct insight_row *out, struct error *err)
{
    const struct app *app = reading->visitor->app;
    const struct shown *how = find_shown(entry->action);
    *out = (struct insight_row){
        .at = entry->at_ms / 1000,
        .event = arena_printf(reading->arena, "log.%s", audit_action_name(entry->action)),
        .who = who_of(entry, how),
    };
    if (out->who == INSIGHT_OTHER && text_equal(entry->actor_id, app->agency.number))
        out->who = INSIGHT_AGENCY; /* our own machine */
    if (out->who == INSIGHT_OTHER)
        out->who_name = issuers_show(reading->arena, &app->issuers, entry->actor_id, "");
    return how->name(reading, entry, out, err);
}

/* The sequence that a page begins before; 0: the newest. */
static int64_t before_of(const struct request *request)
{
    const char *text = request_query(request, INSIGHT_QUERY_BEFORE);
    bool good = text && *text && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text);
    return good ? strtoll(text, NULL, 10) : 0;
}

/* More rows onto *out, at most so many: those before that sequence (0: the newest), after which
 * *before is where the next ones are, or 0 when there are none. rows: with room for them. */
static bool read_rows(struct visitor *visitor, struct db *db, struct arena *arena, size_t most,
                      struct insight_row *rows, size_t *count, int64_t *before, struct error *err)
{
    const struct reading reading = {visitor, arena, db, visitor->session.citizen.id};
    enum audit_action actions[COUNT(shown)];
    for (size_t i = 0; i < COUNT(shown); i++)
        actions[i] = shown[i].action;
    const struct audit_wish wish = {
        .actions = actions, .action_count = COUNT(actions), .before = *before, .most = most + 1};
    struct audit_entry *entries;
    size_t found;
    if (!audit_list_some(arena, db, reading.citizen_id, &wish, &entries, &found, err))
        return false;
    for (size_t i = 0; i < found && i < most; i++)
        if (!read_row(&reading, &entries[i], &rows[(*count)++], err))
            return false;
    *before = found > most ? entries[most - 1].sequence : 0;
    return true;
}

static const char *from(struct arena *arena, const char *path, int64_t before)
{
    if (!before)
        return path;
    return arena_printf(arena, "%s?" INSIGHT_QUERY_BEFORE "=%lld", path, (long long)before);
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct insight_row *rows = ARENA_ARRAY(request->arena, ROWS, struct insight_row);
    int64_t first = before_of(request), next = first;
    struct insight page = {
        .rows = rows,
        .newest = first ? INSIGHT_PATH : NULL,
        .csv = from(request->arena, INSIGHT_PATH_CSV, first),
    };
    if (!read_rows(visitor, db, request->arena, ROWS, rows, &page.count, &next, err))
        return false;
    page.older = next ? from(request->arena, INSIGHT_PATH, next) : NULL;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, insight_page(request->arena, &frame, &page));
    return true;
}

void insight_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* From the first row on of the page that it was asked for on. */
static bool csv(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct insight_row *rows = ARENA_ARRAY(request->arena, ROWS_IN_FILE, struct insight_row);
    struct insight page = {.rows = rows};
    int64_t next = before_of(request);
    if (!limits_allow(visitor, request, LIMITS_EXPORT, err))
        return false;
    do {
        if (!read_rows(visitor, db, request->arena, ROWS_AT_ONCE, rows, &page.count, &next, err))
            return false;
    } while (next && page.count + ROWS_AT_ONCE <= ROWS_IN_FILE);
    if (next)
        page.older = from(request->arena,
                          arena_printf(request->arena, "%s" INSIGHT_PATH_CSV,
                                       visitor_origin(visitor->app, request)),
                          next);
    struct frame frame = visitor_frame(visitor);
    response_download(response, "innsynslogg.csv", "text/csv; charset=utf-8; header=present",
                      insight_csv(request->arena, &frame, &page));
    return true;
}

void insight_csv_give(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(csv, request, response);
}

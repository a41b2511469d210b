/* own_data.c - Min side: everything that is held about the person as a file, deleting what may be
 * deleted, and the places where the person is logged in (security.md S-SES-5). */
#include "engine/own_data.h"

#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/logbook.h"
#include "engine/login/level.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/upkeep.h"
#include "engine/withdraw.h"
#include "render/overview.h"
#include "render/own_data.h"
#include "storage/drafts.h"

#define QUERY_DONE "gjort"

static bool read_page(struct visitor *visitor, struct db *db, struct request *request,
                      struct own_data_page *out, struct error *err)
{
    struct own_data_counts counts;
    if (!own_data_count(visitor, request->arena, db, &counts, err))
        return false;
    *out = (struct own_data_page){
        .drafts = counts.drafts,
        .draft_documents = counts.draft_documents,
        .sent = counts.sent,
        .documents = counts.documents,
        .certificates = counts.certificates,
        .consents = counts.consents,
        .requests = counts.requests,
        .logins = counts.logins,
        .bytes = counts.bytes,
        .deleted = request_query(request, QUERY_DONE) != NULL,
    };
    return true;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct own_data_page page;
    if (!read_page(visitor, db, request, &page, err))
        return false;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, own_data_page(request->arena, &frame, &page));
    return true;
}

void own_data_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

static bool zip(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    return own_data_download(visitor, db, request, response, err);
}

void own_data_zip(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(zip, request, response);
}

static bool ask_delete(struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    struct own_data_page page;
    if (!read_page(visitor, db, request, &page, err))
        return false;
    if (!page.drafts) {
        response_redirect(response, OVERVIEW_PATH_DATA);
        return true;
    }
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, own_data_delete_page(request->arena, &frame, &page));
    return true;
}

void own_data_ask(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(ask_delete, request, response);
}

/* A draft as its own page deletes it (discard.c). */
static bool delete_draft(struct db *db, const char *citizen_id, const char *id,
                         const struct request *request, struct error *err)
{
    return withdraw_all(request->arena, db, citizen_id, id, request->id, err) &&
           drafts_delete(db, citizen_id, id, err) &&
           logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_DRAFT_DELETED,
                                             .object_id = id,
                                             .request_id = request->id},
                       err);
}

/* All or none of them. */
static bool delete_all(struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct draft *drafts;
    size_t count;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !drafts_all(request->arena, db, citizen_id, &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!delete_draft(db, citizen_id, drafts[i].id, request, err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    deliver_wake(visitor->app->deliver);
    upkeep_wake(visitor->app->upkeep);
    response_redirect(response, OVERVIEW_PATH_DATA "?" QUERY_DONE "=ja");
    return true;
}

void own_data_delete(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(delete_all, request, response);
}

/* ---- logins ---- */

static bool list_logins(struct visitor *visitor, struct db *db, struct request *request,
                        struct response *response, struct error *err)
{
    struct session_shown *sessions;
    size_t count;
    if (!sessions_list(request->arena, db, visitor->session.citizen.id,
                       &visitor->app->session_rules, &sessions, &count, err))
        return false;
    struct own_data_login *logins = ARENA_ARRAY(request->arena, count, struct own_data_login);
    for (size_t i = 0; i < count; i++)
        logins[i] = (struct own_data_login){
            .id = sessions[i].id,
            .is_this = text_equal(sessions[i].id, visitor->session.id),
            .is_high = level_of(sessions[i].acr) == 4,
            .created_at = sessions[i].created_at,
            .used_at = sessions[i].used_at,
        };
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200,
                  own_data_logins_page(request->arena, &frame, logins, count,
                                       request_query(request, QUERY_DONE) != NULL));
    return true;
}

void own_data_logins(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(list_logins, request, response);
}

static bool end_one(struct visitor *visitor, struct db *db, const struct request *request,
                    const char *id, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    return sessions_end_one(db, citizen_id, id, err) &&
           logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_LOGOUT,
                                             .request_id = request->id},
                       err);
}

/* Of those that are shown. */
static bool end_wanted(struct visitor *visitor, struct db *db, const struct request *request,
                       const char *wanted, size_t *ended, struct error *err)
{
    struct session_shown *sessions;
    size_t count;
    *ended = 0;
    if (!sessions_list(request->arena, db, visitor->session.citizen.id,
                       &visitor->app->session_rules, &sessions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *id = sessions[i].id;
        if (text_equal(id, visitor->session.id) ||
            !(text_equal(wanted, OWN_DATA_OTHERS) || text_equal(wanted, id)))
            continue;
        if (!end_one(visitor, db, request, id, err))
            return false;
        (*ended)++;
    }
    return true;
}

static bool end_logins(struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    const char *wanted = request_field(request, OWN_DATA_FIELD_LOGIN);
    bool found = text_equal(wanted, OWN_DATA_OTHERS);
    size_t ended;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    do { /* there may be more than are shown */
        if (!end_wanted(visitor, db, request, wanted, &ended, err))
            return false;
        found = found || ended;
    } while (ended);
    if (!found)
        return error_set(err, ERROR_MISSING, "no such login, or it has ended");
    if (!db_commit(&transaction, err))
        return false;
    response_redirect(response, OVERVIEW_PATH_LOGINS "?" QUERY_DONE "=ja");
    return true;
}

void own_data_end_logins(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(end_logins, request, response);
}

/* choose.c - documents that were shared, laid out over the uploads they fit; the person ticks those
 * to attach, and the delivery worker fetches them. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/intake.h"
#include "engine/letter.h"
#include "engine/pages/asking.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "forms/validate.h"
#include "render/sharing.h"

/* Room that is left in each upload while documents are laid out over them. */
struct fitting {
    struct open_draft *draft;
    struct upload *uploads;
    size_t count;
    int *room;
    int64_t today;
};

static struct fitting fitting_of(struct arena *arena, struct open_draft *draft)
{
    struct fitting fitting = {.draft = draft, .today = clock_now() / 86400};
    fitting.count = uploads_list(arena, draft->answers, draft->row.language, &fitting.uploads);
    fitting.room = ARENA_ARRAY(arena, fitting.count, int);
    for (size_t i = 0; i < fitting.count; i++) {
        const struct upload *upload = &fitting.uploads[i];
        if (!upload->relevant || !asking_takes_postbox(upload->control->upload))
            continue;
        fitting.room[i] = upload->control->upload->max_files;
        for (size_t k = 0; k < draft->attachment_count; k++)
            fitting.room[i] -= text_equal(draft->attachments[k].requirement, upload->id) &&
                               draft->attachments[k].source != ATTACHMENT_LATER;
    }
    return fitting;
}

static struct attachment_info info_of(struct arena *arena, const struct shared_document *document)
{
    struct clock_time at = clock_oslo(document->delivered_at);
    return (struct attachment_info){
        .source = "postbox",
        .document = document->id,
        .name = document->subject,
        .issuer = document->origin_number,
        .issued = arena_printf(arena, "%04d-%02d-%02d", at.year, at.month, at.day),
        .sha256 = "",
        .verified = document->origin_number ? "origin" : "",
    };
}

/* Among the uploads with rules for their documents, or among those without: the first with room
 * that the document fits. NULL, and *miss is the nearest miss: MATCH_FULL when only room is
 * lacking. */
#define MATCH_FULL "match.full"
static const struct upload *fit_among(struct fitting *fitting, const struct attachment_info *info,
                                      bool with_rules, const char **miss)
{
    *miss = NULL;
    for (size_t i = 0; i < fitting->count; i++) {
        const struct upload *upload = &fitting->uploads[i];
        const struct form_upload *rules = upload->control->upload;
        if (!upload->relevant || !asking_takes_postbox(rules) ||
            (rules->match_count > 0) != with_rules)
            continue;
        const char *code = validate_match(rules, info, fitting->today);
        if (!code && fitting->room[i] > 0) {
            fitting->room[i]--;
            return upload;
        }
        code = code ? code : MATCH_FULL;
        bool near = !text_equal(code, "match.issuer") && !text_equal(code, "match.subject") &&
                    !text_equal(code, "match.type");
        if (!*miss || near)
            *miss = code;
    }
    return NULL;
}

/* Where the document goes; NULL, and *why it goes nowhere. What is meant for one upload but is too
 * old for it does not slip into another that takes anything. */
static const struct upload *fit(struct arena *arena, struct fitting *fitting,
                                const struct shared_document *document, const char **why)
{
    static const char *const told[][2] = {
        {"match.old", "choose.old"}, {"match.new", "choose.new"}, {MATCH_FULL, "choose.full"}};
    const char *language = fitting->draft->row.language, *miss, *ignored;
    if (!intake_media_type(document->file_type)) {
        *why = say(language, "choose.type");
        return NULL;
    }
    struct attachment_info info = info_of(arena, document);
    const struct upload *upload = fit_among(fitting, &info, true, &miss);
    if (upload)
        return upload;
    for (size_t i = 0; i < COUNT(told); i++)
        if (text_equal(miss, told[i][0])) {
            *why = say(language, told[i][1]);
            return NULL;
        }
    upload = fit_among(fitting, &info, false, &ignored);
    if (!upload)
        *why = say(language, text_equal(ignored, MATCH_FULL) ? "choose.full" : "choose.other");
    return upload;
}

/* In the answer to a change of language: what was ticked stays so. */
static bool is_ticked(const struct request *request, const char *id)
{
    for (size_t i = 0; i < request->fields.count; i++)
        if (text_equal(request->fields.items[i].name, SHARING_FIELD_DOCUMENT) &&
            text_equal(request->fields.items[i].value, id))
            return true;
    return false;
}

static void write_choices(struct asking *asking)
{
    struct arena *arena = asking->request->arena;
    const struct waiting *waiting = &asking->waiting;
    struct fitting fitting = fitting_of(arena, &asking->draft);
    struct sharing_choice *choices =
        ARENA_ARRAY(arena, waiting->document_count, struct sharing_choice);
    size_t count = 0;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        if (document->state != SHARED_SEEN)
            continue;
        const char *why = NULL;
        const struct upload *upload = fit(arena, &fitting, document, &why);
        choices[count++] = (struct sharing_choice){
            .id = document->id,
            .document = asking_document(document),
            .fits = upload ? upload->label : NULL,
            .refusal = why,
            .chosen = upload && (!asking->switched || is_ticked(asking->request, document->id)),
        };
    }
    struct sharing_choose page = {
        .choices = choices,
        .count = count,
        .ends_at = waiting->latest.expires_at,
        .action = asking->request->path,
        .back = asking->back,
    };
    response_html(asking->response, 200, sharing_choose_page(arena, &asking->frame, &page));
}

static bool show(struct asking *asking, struct error *err)
{
    (void)err;
    if (asking->waiting.to_choose)
        write_choices(asking);
    else
        response_redirect(asking->response,
                          waiting_address(asking->request->arena, asking->draft.row.id));
    return true;
}

void choose_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(show, request, response);
}

static bool keep_choices(struct asking *asking, struct error *err)
{
    struct arena *arena = asking->request->arena;
    struct db *db = asking->db;
    const struct waiting *waiting = &asking->waiting;
    const char *citizen_id = asking->visitor->session.citizen.id;
    struct fitting fitting = fitting_of(arena, &asking->draft);
    bool settled;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        if (document->state != SHARED_SEEN)
            continue;
        const char *why;
        const struct upload *upload =
            is_ticked(asking->request, document->id) ? fit(arena, &fitting, document, &why) : NULL;
        if (!shared_documents_choose(arena, db, citizen_id, document->id,
                                     upload ? &upload->id : NULL, upload != NULL, err))
            return false;
    }
    if (!consents_settle(arena, db, waiting->latest.id, &settled, err))
        return false;
    if (settled) {
        struct delivery stop = letter_order_stop(arena, &waiting->latest);
        const char *delivery_id;
        if (!outbox_add(arena, db, &stop, &delivery_id, err))
            return false;
    }
    return db_commit(&transaction, err);
}

static bool save(struct asking *asking, struct error *err)
{
    if (asking->switched)
        return show(asking, err);
    if (asking->waiting.to_choose && !keep_choices(asking, err))
        return false;
    deliver_wake(asking->visitor->app->deliver);
    response_redirect(asking->response,
                      waiting_address(asking->request->arena, asking->draft.row.id));
    return true;
}

void choose_save(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(save, request, response);
}

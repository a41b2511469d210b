#include "engine/pages/asking.h"

#include "engine/base/text.h"
#include "engine/fitting.h"
#include "engine/intake.h"
#include "engine/pages/failure.h"
#include "engine/pages/moved.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "render/sharing.h"

static int64_t seconds_of(struct form_duration duration)
{
    return (int64_t)(duration.months * 30 + duration.days) * 86400 + duration.seconds;
}

static void add_organisation(struct asking *asking, const char *number)
{
    for (size_t i = 0; i < asking->organisation_count; i++)
        if (text_equal(asking->organisations[i], number))
            return;
    if (asking->organisation_count < ASKING_ORGANISATIONS_MAX)
        asking->organisations[asking->organisation_count++] = number;
}

/* Only documents from the issuers that the uploads name; false when one of them takes any. */
static bool add_issuers(struct asking *asking, const struct form_upload *upload)
{
    for (size_t i = 0; i < upload->match_count; i++) {
        if (!upload->matches[i].issuer_count)
            return false;
        for (size_t k = 0; k < upload->matches[i].issuer_count; k++)
            add_organisation(asking, upload->matches[i].issuers[k]);
    }
    return upload->match_count > 0;
}

/* Each purpose as its author wrote it; the same one is said once. */
static void add_purpose(struct asking *asking, const char *purpose)
{
    if (!*purpose)
        return;
    for (size_t i = 0; i < asking->purpose_count; i++)
        if (text_equal(asking->purposes[i], purpose))
            return;
    asking->purposes[asking->purpose_count++] = purpose;
    asking->purpose = asking->purpose_count == 1
                          ? purpose
                          : arena_printf(asking->request->arena, "%s %s", asking->purpose, purpose);
}

static void add_upload(struct asking *asking, const struct upload *upload, bool *restricted,
                       const struct form_page **page)
{
    struct arena *arena = asking->request->arena;
    const struct form_upload *rules = upload->control->upload;
    int64_t lasts = seconds_of(rules->share);
    asking->labels[asking->count] = upload->label;
    asking->requirements[asking->count++] = upload->id;
    *page = *page ? *page : upload->page;
    *restricted = add_issuers(asking, rules) && *restricted;
    if (!asking->duration_s || lasts < asking->duration_s)
        asking->duration_s = lasts;
    struct form_shown purpose = answers_show(asking->draft.answers, arena, rules->purpose,
                                             upload->place, asking->draft.row.language);
    if (!asking->purpose_count)
        asking->purpose_language = purpose.language;
    add_purpose(asking, purpose.text);
}

/* All uploads of the draft that have room for documents from the postbox, in one request. */
static void ask(struct asking *asking)
{
    struct arena *arena = asking->request->arena;
    const char *language = asking->draft.row.language;
    const struct form *form = asking->draft.package->form;
    const struct form_page *page = NULL;
    struct fitting fitting = fitting_of(arena, &asking->draft);
    size_t count = fitting.count;
    asking->form_title = form_show(form, arena, form_title(form), language).text;
    asking->purpose = "";
    asking->purposes = ARENA_ARRAY(arena, count, const char *);
    asking->labels = ARENA_ARRAY(arena, count, const char *);
    asking->requirements = ARENA_ARRAY(arena, count, const char *);
    bool restricted = true;
    for (size_t i = 0; i < count; i++)
        if (fitting.room[i]) /* nobody is asked again for what was shared for this draft */
            add_upload(asking, &fitting.uploads[i], &restricted, &page);
    for (size_t i = 0; i < count && !page; i++)
        if (fitting_takes_postbox(fitting.uploads[i].control->upload))
            page = fitting.uploads[i].page;
    if (!restricted)
        asking->organisation_count = 0;
    if (!asking->duration_s)
        asking->duration_s = asking->visitor->app->config->share_s;
    if (!*asking->purpose) {
        asking->purpose = say(language, "consent.purpose");
        asking->purpose_language = NULL;
    }
    asking->back = progress_address(arena, &asking->draft, page);
}

/* *open is false when the draft was sent, or must go over to another version of its form: the
 * answer that leads there is then written. */
static bool look(struct asking *asking, bool *open, struct error *err)
{
    struct arena *arena = asking->request->arena;
    const char *citizen_id = asking->visitor->session.citizen.id;
    struct draft *row = &asking->draft.row;
    if (!open_draft_for(arena, asking->db, asking->visitor->app->versions,
                        &asking->visitor->session, request_parameter(asking->request, "id"),
                        &asking->draft, err))
        return false;
    *open = row->state == DRAFT_OPEN;
    if (!*open)
        return sent_lead_to_receipt(asking->visitor, asking->db, asking->request, asking->response,
                                    row->id, err);
    *open = !moved_lead(&asking->draft, asking->request, asking->response);
    if (!*open)
        return true;
    open_draft_speak(&asking->draft, visitor_reading(asking->visitor, arena,
                                                     asking->draft.package->form, row->language));
    visitor_name_organisations(asking->visitor, asking->draft.answers);
    asking->frame =
        visitor_form_frame(asking->visitor, arena, asking->draft.package->form, row->language);
    ask(asking);
    return waiting_look(arena, asking->db, citizen_id, row->id, row->language, &asking->waiting,
                        err);
}

static bool work_on(void *what, struct visitor *visitor, struct db *db, struct request *request,
                    struct response *response, struct error *err)
{
    asking_work *const *work = what;
    struct asking asking = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool open;
    asking.switched = visitor_switch(visitor, request, response);
    bool done = look(&asking, &open, err) && (!open || (*work)(&asking, err));
    open_draft_close(&asking.draft);
    return done;
}

void asking_or_failure(asking_work *work, struct request *request, struct response *response)
{
    failure_or_on(work_on, &work, request, response);
}

const char *asking_box(struct arena *arena, const char *document_id, const struct upload *upload)
{
    return arena_printf(arena, "%s %s", document_id, upload->id);
}

bool asking_is_ticked(const struct asking *asking, const char *box)
{
    const struct request_pairs *fields = &asking->request->fields;
    for (size_t i = 0; i < fields->count; i++)
        if (text_equal(fields->items[i].name, SHARING_FIELD_DOCUMENT) &&
            text_equal(fields->items[i].value, box))
            return true;
    return false;
}

struct outline_document asking_document(const struct shared_document *document)
{
    const char *media_type = intake_media_type(document->file_type);
    return (struct outline_document){
        .name = document->subject,
        .type = media_type ? open_draft_type_word(media_type) : "",
        .size_bytes = document->size_bytes,
        .origin = document->origin_number ? OUTLINE_ORIGIN_TOLD : OUTLINE_ORIGIN_UNCONFIRMED,
        .issuer = document->origin_name ? document->origin_name : "",
        .issuer_number = document->origin_number ? document->origin_number : "",
        .issued_at = document->delivered_at,
        .sha256_hex = "",
    };
}

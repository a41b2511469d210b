/* choose.c - documents that were shared, laid out over the uploads they fit; the person ticks those
 * to attach, and the delivery worker fetches them. */
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/fitting.h"
#include "engine/letter.h"
#include "engine/pages/asking.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "render/sharing.h"

/* posted: the ticks are what came with the request, else what we suggest: each document for the
 * upload that suits it best, while there is room. */
static struct sharing_choice choice_of(struct asking *asking, struct fitting *fitting,
                                       const struct shared_document *document, bool posted)
{
    struct arena *arena = asking->request->arena;
    struct fitting_uploads fits = fitting_find(fitting, &asking->waiting.latest, document);
    struct sharing_box *boxes = ARENA_ARRAY(arena, fits.count, struct sharing_box);
    for (size_t i = 0; i < fits.count; i++) {
        boxes[i] = (struct sharing_box){.value = asking_box(arena, document->id, fits.items[i]),
                                        .fits = fits.items[i]->label,
                                        .fits_language = fits.items[i]->label_language};
        boxes[i].chosen = posted ? asking_is_ticked(asking, boxes[i].value)
                                 : i == 0 && fitting_take(fitting, fits.items[i]);
    }
    return (struct sharing_choice){
        .document = asking_document(document),
        .boxes = boxes,
        .box_count = fits.count,
        .refusal = fits.why,
    };
}

/* problem: why what was chosen was not taken, or NULL. */
static void write_choices(struct asking *asking, const char *problem)
{
    struct arena *arena = asking->request->arena;
    const struct waiting *waiting = &asking->waiting;
    struct fitting fitting = fitting_of(arena, &asking->draft);
    struct sharing_choice *choices =
        ARENA_ARRAY(arena, waiting->document_count, struct sharing_choice);
    size_t count = 0;
    for (size_t i = 0; i < waiting->document_count; i++)
        if (waiting->documents[i].state == SHARED_SEEN)
            choices[count++] =
                choice_of(asking, &fitting, &waiting->documents[i], asking->switched || problem);
    struct sharing_choose page = {
        .form_title = asking->form_title,
        .choices = choices,
        .count = count,
        .problem = problem,
        .ends_at = waiting->latest.expires_at,
        .action = asking->request->path,
        .back = asking->back,
    };
    response_html(asking->response, problem ? 422 : 200,
                  sharing_choose_page(arena, &asking->frame, &page));
}

static bool show(struct asking *asking, struct error *err)
{
    (void)err;
    if (asking->waiting.to_choose)
        write_choices(asking, NULL);
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

/* What was ticked for one document. *problem: more than there is room for. */
static size_t ticked(struct asking *asking, struct fitting *fitting,
                     const struct shared_document *document, const char **requirements,
                     const char **problem)
{
    struct arena *arena = asking->request->arena;
    struct fitting_uploads fits = fitting_find(fitting, &asking->waiting.latest, document);
    size_t count = 0;
    for (size_t i = 0; i < fits.count; i++) {
        if (!asking_is_ticked(asking, asking_box(arena, document->id, fits.items[i])))
            continue;
        if (!fitting_take(fitting, fits.items[i]))
            *problem = say_of(arena, asking->draft.row.language, "choose.many", "krav",
                              fits.items[i]->label);
        requirements[count++] = fits.items[i]->id;
    }
    return count;
}

/* In the caller's transaction. */
static bool keep_choices(struct asking *asking, const char **problem, struct error *err)
{
    struct arena *arena = asking->request->arena;
    const struct waiting *waiting = &asking->waiting;
    const char *citizen_id = asking->visitor->session.citizen.id;
    struct fitting fitting = fitting_of(arena, &asking->draft);
    bool nothing = request_field(asking->request, SHARING_FIELD_NOTHING) != NULL;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        const char *requirements[FITTING_MOST];
        if (document->state != SHARED_SEEN)
            continue;
        size_t count = nothing ? 0 : ticked(asking, &fitting, document, requirements, problem);
        if (!shared_documents_choose(arena, asking->db, citizen_id, document->id, requirements,
                                     count, err))
            return false;
    }
    return true;
}

/* With nothing left to wait for, sharing is to stop. In the caller's transaction. */
static bool settle(struct asking *asking, struct error *err)
{
    struct arena *arena = asking->request->arena;
    bool settled;
    if (!consents_settle(arena, asking->db, asking->waiting.latest.id, &settled, err))
        return false;
    if (!settled)
        return true;
    struct delivery stop = letter_order_stop(arena, &asking->waiting.latest);
    const char *delivery_id;
    return outbox_add(arena, asking->db, &stop, &delivery_id, err);
}

/* ERROR_MISSING from a choice: another window chose, or the consent ended, meanwhile. */
static bool try_choices(struct asking *asking, const char **problem, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(asking->db, &transaction, err) || !keep_choices(asking, problem, err))
        return false;
    return *problem || (settle(asking, err) && db_commit(&transaction, err));
}

static bool save(struct asking *asking, struct error *err)
{
    if (asking->switched)
        return show(asking, err);
    const char *problem = NULL;
    struct error why = {0};
    if (asking->waiting.to_choose && !try_choices(asking, &problem, &why) &&
        why.code != ERROR_MISSING) {
        *err = why;
        return false;
    }
    if (problem) {
        write_choices(asking, problem);
        return true;
    }
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

/* earlier.c - documents that were sent before, laid out over the uploads they fit; those the person
 * ticks are copied into the draft, with where they came from. */
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/fitting.h"
#include "engine/pages/asking.h"
#include "engine/pages/attach.h"
#include "engine/pages/note.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "forms/locale.h"
#include "render/sharing.h"
#include "storage/attachment_bytes.h"

#include <string.h>

enum { AT_ONCE = 32 }; /* copies that one press may make */

struct earlier {
    struct asking *asking;
    struct fitting fitting;
    struct attachment *documents; /* those that are offered */
    size_t count;
    struct submission *sent; /* what they were sent with */
    size_t sent_count;
    const char *problem; /* why what was chosen was not taken, or NULL */
    struct attach_again items[AT_ONCE];
    struct attachment_bytes *bytes[AT_ONCE]; /* of the items */
    size_t item_count;
};

static void close_earlier(struct earlier *earlier)
{
    for (size_t i = 0; i < earlier->item_count; i++)
        attachment_bytes_close(&earlier->bytes[i]);
}

/* ---- what there is ---- */

static bool holds(const struct attachment *attachments, size_t count,
                  const struct attachment *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&attachments[i].sha256, &wanted->sha256, sizeof wanted->sha256) == 0 &&
            attachments[i].verdict == wanted->verdict)
            return true;
    return false;
}

/* Each document once, and not what the draft has already. */
static bool look(struct earlier *earlier, struct error *err)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    const char *citizen_id = asking->visitor->session.citizen.id;
    const struct open_draft *draft = &asking->draft;
    struct attachment *all;
    size_t count;
    if (!attachments_sent(arena, asking->db, citizen_id, clock_now(), &all, &count, err) ||
        !submissions_list(arena, asking->db, citizen_id, &earlier->sent, &earlier->sent_count, err))
        return false;
    earlier->fitting = fitting_of_earlier(arena, draft);
    earlier->documents = ARENA_ARRAY(arena, count, struct attachment);
    for (size_t i = 0; i < count; i++)
        if (!holds(draft->attachments, draft->attachment_count, &all[i]) &&
            !holds(earlier->documents, earlier->count, &all[i]))
            earlier->documents[earlier->count++] = all[i];
    return true;
}

/* ---- the page ---- */

/* "Sendt med Søknad om redusert foreldrebetaling 3. mars 2026"; NULL: the list has an end. */
static const char *sent_with(const struct earlier *earlier, const struct attachment *document)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    const char *language = asking->frame.language;
    for (size_t i = 0; i < earlier->sent_count; i++) {
        const struct submission *sent = &earlier->sent[i];
        if (!text_equal(sent->id, document->submission_id))
            continue;
        struct texts_arg args[] = {
            {"skjema", sent_title(asking->visitor, arena, sent->form_id).text},
            {"dato", locale_date_at(arena, sent->received_at, language)}};
        return texts_fill(arena, say(language, "earlier.sent"), args, COUNT(args));
    }
    return NULL;
}

static struct sharing_choice choice_of(struct earlier *earlier, const struct attachment *document)
{
    struct arena *arena = earlier->asking->request->arena;
    struct fitting_uploads fits = fitting_find_earlier(&earlier->fitting, document);
    struct sharing_box *boxes = ARENA_ARRAY(arena, fits.count, struct sharing_box);
    for (size_t i = 0; i < fits.count; i++) {
        boxes[i] = (struct sharing_box){.value = asking_box(arena, document->id, fits.items[i]),
                                        .fits = fits.items[i]->label,
                                        .fits_language = fits.items[i]->label_language};
        boxes[i].chosen = asking_is_ticked(earlier->asking, boxes[i].value);
    }
    return (struct sharing_choice){
        .document = open_draft_document(arena, document),
        .boxes = boxes,
        .box_count = fits.count,
        .refusal = fits.why,
        .sent = sent_with(earlier, document),
    };
}

/* The step where they are taken. */
static const char *back(const struct earlier *earlier)
{
    const struct fitting *fitting = &earlier->fitting;
    const struct form_page *page = NULL;
    for (size_t i = 0; i < fitting->count && !page; i++)
        if (fitting->room[i])
            page = fitting->uploads[i].page;
    return page ? progress_address(fitting->arena, &earlier->asking->draft, page)
                : progress_resume(fitting->arena, &earlier->asking->draft);
}

static void write_choices(struct earlier *earlier)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    struct sharing_choice *choices = ARENA_ARRAY(arena, earlier->count, struct sharing_choice);
    for (size_t i = 0; i < earlier->count; i++)
        choices[i] = choice_of(earlier, &earlier->documents[i]);
    struct sharing_choose page = {
        .earlier = true,
        .form_title = asking->form_title,
        .choices = choices,
        .count = earlier->count,
        .problem = earlier->problem,
        .action = asking->request->path,
        .back = back(earlier),
    };
    response_html(asking->response, earlier->problem ? 422 : 200,
                  sharing_choose_page(arena, &asking->frame, &page));
}

static bool show(struct asking *asking, struct error *err)
{
    struct earlier earlier = {.asking = asking};
    if (!look(&earlier, err))
        return false;
    write_choices(&earlier);
    return true;
}

void earlier_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(show, request, response);
}

/* ---- choosing ---- */

/* Its bytes are read through once before any is copied: what was changed since is not used. */
static bool choose(struct earlier *earlier, const struct attachment *document,
                   const struct upload *upload, struct error *err)
{
    struct asking *asking = earlier->asking;
    if (earlier->item_count == AT_ONCE)
        return error_set(err, ERROR_LIMIT, "more than %d documents at once", AT_ONCE);
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    struct error why;
    if (!attachment_bytes_open(asking->db, document, &bytes, &why) ||
        !attachment_bytes_check(bytes, &why)) {
        if (why.code != ERROR_BROKEN) {
            *err = why;
            return false;
        }
        log_event(LOG_LEVEL_ERROR, "attachment_broken", "attachment=%s", document->id);
        earlier->problem = say_of(asking->request->arena, asking->draft.row.language,
                                  "earlier.broken", "fil", document->name);
        return true;
    }
    earlier->items[earlier->item_count] = (struct attach_again){
        .upload = upload, .sent = document, .content = attachment_bytes_content(bytes)};
    earlier->bytes[earlier->item_count++] = bytes;
    bytes = NULL; /* now the page's */
    return true;
}

/* *count: ticks of this document that are boxes of ours. */
static bool choose_ticked(struct earlier *earlier, const struct attachment *document, size_t *count,
                          struct error *err)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    struct fitting_uploads fits = fitting_find_earlier(&earlier->fitting, document);
    for (size_t i = 0; i < fits.count; i++) {
        const struct upload *upload = fits.items[i];
        if (!asking_is_ticked(asking, asking_box(arena, document->id, upload)))
            continue;
        ++*count;
        if (!fitting_take(&earlier->fitting, upload))
            earlier->problem =
                say_of(arena, asking->draft.row.language, "choose.many", "krav", upload->label);
        else if (!choose(earlier, document, upload, err))
            return false;
    }
    return true;
}

static size_t posted_count(const struct request *request)
{
    size_t count = 0;
    for (size_t i = 0; i < request->fields.count; i++)
        count += text_equal(request->fields.items[i].name, SHARING_FIELD_DOCUMENT);
    return count;
}

/* A tick that is no box of ours is another's document, or one that is gone. */
static bool choose_all(struct earlier *earlier, struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < earlier->count; i++)
        if (!choose_ticked(earlier, &earlier->documents[i], &count, err))
            return false;
    return count == posted_count(earlier->asking->request) ||
           error_set(err, ERROR_MISSING, "no such document was sent by this person");
}

/* In memory. */
static bool copy_all(struct earlier *earlier, struct error *err)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    struct finding_list findings;
    finding_list_init(&findings, arena);
    if (!attach_again(asking->visitor, asking->db, asking->request, &asking->draft, earlier->items,
                      earlier->item_count, &findings, err))
        return false;
    if (findings.errors)
        earlier->problem = findings.items[0].text;
    return true;
}

static bool keep(struct earlier *earlier, struct error *err)
{
    struct asking *asking = earlier->asking;
    struct arena *arena = asking->request->arena;
    struct open_draft *draft = &asking->draft;
    const struct upload *first = earlier->items[0].upload;
    draft->row.note = note_write(
        arena, &(struct note){.page = first->page->word,
                              .at = first->id,
                              .text = say_count(arena, draft->row.language, "earlier.attached",
                                                (int64_t)earlier->item_count, NULL, NULL)});
    if (!open_draft_save(arena, asking->db, asking->visitor->session.citizen.id, draft, err))
        return false;
    checking_wake(asking->visitor->app->checking);
    response_redirect(asking->response,
                      arena_printf(arena, "%s#" STEP_UPLOAD_ID "%s",
                                   progress_address(arena, draft, first->page), first->id));
    return true;
}

static bool take(struct earlier *earlier, struct error *err)
{
    struct asking *asking = earlier->asking;
    if (!choose_all(earlier, err) || (!earlier->problem && !copy_all(earlier, err)))
        return false;
    if (earlier->problem) {
        write_choices(earlier);
        return true;
    }
    if (!earlier->item_count) { /* nothing was ticked */
        response_redirect(asking->response, back(earlier));
        return true;
    }
    if (keep(earlier, err))
        return true;
    if (err->code != ERROR_CONFLICT)
        return false;
    response_redirect(asking->response, asking->request->path); /* another window was quicker */
    return true;
}

static bool save(struct asking *asking, struct error *err)
{
    CLEANUP(close_earlier) struct earlier earlier = {.asking = asking};
    if (!look(&earlier, err))
        return false;
    if (!asking->switched)
        return take(&earlier, err);
    write_choices(&earlier);
    return true;
}

void earlier_save(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(save, request, response);
}

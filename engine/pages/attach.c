#include "engine/pages/attach.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/intake.h"
#include "engine/keeping.h"
#include "engine/limits.h"
#include "engine/provenance.h"
#include "forms/locale.h"
#include "render/step.h"
#include "render/upload.h"

#include <string.h>

/* Megabytes with one decimal, rounded up, for messages: "10,4". */
static const char *megabytes(struct arena *arena, int64_t bytes, const char *language)
{
    int64_t tenths = (bytes + 99999) / 100000;
    const char *plain = tenths % 10 ? arena_printf(arena, "%lld.%lld", (long long)(tenths / 10),
                                                   (long long)(tenths % 10))
                                    : arena_printf(arena, "%lld", (long long)(tenths / 10));
    return locale_number(arena, plain, language);
}

struct taking {
    struct visitor *visitor;
    const struct request *request;
    const struct config *config;
    const struct issuers *issuers;
    enum attachment_state first; /* of what comes in */
    struct arena *arena;
    struct open_draft *draft;
    struct finding_list *findings;
    const char *language;
    struct attachments_usage usage; /* with what this request has brought so far */
    size_t files;                   /* that this try has let through their limit */
};

#define TOO_OFTEN "file.often"

static void refuse(struct taking *taking, const struct upload *upload, const char *id,
                   const char *file_name, int64_t bytes, int64_t most)
{
    struct form_shown name =
        answers_show(taking->draft->answers, taking->arena, upload->control->short_name,
                     upload->place, taking->language);
    struct texts_arg args[] = {
        {"fil", text_cut(taking->arena, file_name, 80)},
        {"felt", *name.text ? name.text : upload->label},
        {"typer", upload_types(taking->arena, taking->language, upload->control)},
        {"mb", megabytes(taking->arena, bytes, taking->language)},
        {"maks", megabytes(taking->arena, most, taking->language)},
        {"n", locale_integer(taking->arena, most, taking->language)},
        {"tid",
         locale_moment_at(taking->arena, clock_now() + taking->visitor->wait_s, taking->language)},
    };
    struct texts_text text =
        texts_say(taking->arena, &texts_fields, id, taking->language, args, COUNT(args));
    finding_add(taking->findings, &(struct finding){.severity = FINDING_ERROR,
                                                    .place = upload->path,
                                                    .code = id,
                                                    .text = text.text,
                                                    .language = text.language});
}

int64_t attach_most_bytes(const struct config *config)
{
    return config->draft_bytes < config->postbox_bytes ? config->draft_bytes
                                                       : config->postbox_bytes;
}

struct step_room attach_room(const struct visitor *visitor, const struct open_draft *draft)
{
    const struct config *config = visitor->app->config;
    struct step_room room = {
        .file_bytes = config->file_bytes,
        .total_bytes = attach_most_bytes(config),
        .postbox_limits = config->draft_bytes >= config->postbox_bytes,
        .checks = checking_first(visitor->app->checking) == ATTACHMENT_CHECKING,
    };
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (draft->attachments[i].state != ATTACHMENT_REFUSED)
            room.used_bytes += draft->attachments[i].size_bytes;
    return room;
}

static int64_t given_to(const struct open_draft *draft, const char *upload_id)
{
    int64_t count = 0;
    for (size_t i = 0; i < draft->document_count; i++)
        count += text_equal(draft->documents[i].upload_id, upload_id) &&
                 draft->documents[i].document.check != OUTLINE_REFUSED;
    return count;
}

static int64_t most_of(const struct config *config, const struct upload *upload)
{
    int64_t own = upload->control->upload->max_bytes;
    return own && own < config->file_bytes ? own : config->file_bytes;
}

/* What the server does not take, and what this upload does not. How to change a picture or a text
 * into what is taken is told only where that would help. */
static bool look_at(const struct upload *upload, const struct request_file *file, int64_t most,
                    struct intake *out, struct error *err)
{
    const struct intake_rules rules = {.max_bytes = most,
                                       .refuse_active = upload->control->upload->refuse_active};
    struct intake intake;
    if (!intake_check(file->name, file->type, &file->content, &rules, &intake, err))
        return false;
    const char *change_to = intake.verdict == INTAKE_HEIC     ? "image/jpeg"
                            : intake.verdict == INTAKE_OFFICE ? "application/pdf"
                                                              : intake.media_type;
    if (*change_to && !upload_takes_type(upload->control, change_to))
        intake.verdict = INTAKE_TYPE;
    *out = intake;
    return true;
}

/* What the server did not keep while it came. */
static bool was_kept(struct taking *taking, const struct upload *upload,
                     const struct request_file *file)
{
    int64_t size = file->size_bytes;
    switch (file->state) {
    case REQUEST_FILE_WHOLE:
        return true;
    case REQUEST_FILE_TOO_LARGE:
        refuse(taking, upload, "file.size", file->name, size, most_of(taking->config, upload));
        break;
    case REQUEST_FILE_TOO_MANY:
        refuse(taking, upload, "file.many", file->name, size, taking->config->draft_files);
        break;
    case REQUEST_FILE_NO_ROOM:
        refuse(taking, upload, "file.busy", file->name, size, 0);
        break;
    }
    return false;
}

/* For one more of that size, as the server counts. */
static bool has_room(struct taking *taking, const struct upload *upload, const char *name,
                     int64_t size)
{
    const struct config *config = taking->config;
    const struct attachments_usage *usage = &taking->usage;
    if (usage->draft_files >= config->draft_files)
        refuse(taking, upload, "file.many", name, size, config->draft_files);
    else if (usage->draft_bytes + size > attach_most_bytes(config))
        refuse(taking, upload, "file.total", name, usage->draft_bytes + size,
               attach_most_bytes(config));
    else if (usage->citizen_bytes + size > config->citizen_bytes)
        refuse(taking, upload, "file.drafts", name, usage->citizen_bytes + size,
               config->citizen_bytes);
    else
        return true;
    return false;
}

static bool put(struct taking *taking, const struct attachment *row, const struct content *content,
                struct error *err)
{
    if (!open_draft_attach(taking->arena, taking->draft, row, content, err))
        return false;
    taking->usage.draft_files++;
    taking->usage.draft_bytes += content->size_bytes;
    taking->usage.citizen_bytes += content->size_bytes;
    return true;
}

/* Kept, unless what it says of its origin does not hold. */
static bool add(struct taking *taking, const struct upload *upload, const struct request_file *file,
                const struct intake *intake, const char **taken, struct error *err)
{
    int64_t size = file->size_bytes;
    struct attachment row = {
        .requirement = upload->id,
        .source = ATTACHMENT_DISK,
        .state = taking->first,
        .active_content = intake->active,
        .name = intake_safe_name(taking->arena, file->name, intake->media_type),
        .media_type = intake->media_type,
        .sha256 = file->sha256,
    };
    const char *refusal;
    if (!provenance_decide(taking->arena, &file->content, taking->issuers, &row, &refusal, err))
        return false;
    if (refusal) {
        refuse(taking, upload, refusal, file->name, size, 0);
        return true;
    }
    *taken = row.name;
    return put(taking, &row, &file->content, err);
}

/* What is tried again since another window was quicker is no other file. */
static bool is_let_through(struct taking *taking)
{
    struct visitor *visitor = taking->visitor;
    if (taking->files == visitor->files_counted) {
        if (!limits_allow(visitor, taking->request, LIMITS_UPLOAD, NULL))
            return false;
        visitor->files_counted++;
    }
    taking->files++;
    return true;
}

static bool take(struct taking *taking, const struct upload *upload,
                 const struct request_file *file, const char **taken, struct error *err)
{
    const struct config *config = taking->config;
    const struct form_upload *rules = upload->control->upload;
    int64_t size = file->size_bytes;
    int64_t most = most_of(config, upload);
    if (given_to(taking->draft, upload->id) >= rules->max_files) {
        refuse(taking, upload, "file.count", file->name, size, rules->max_files);
        return true;
    }
    if (!is_let_through(taking)) {
        refuse(taking, upload, TOO_OFTEN, file->name, size, 0);
        return true;
    }
    if (!was_kept(taking, upload, file))
        return true;
    struct intake intake;
    if (!look_at(upload, file, most, &intake, err))
        return false;
    if (intake.verdict != INTAKE_GOOD) {
        refuse(taking, upload, intake_message(intake.verdict), file->name, size, most);
        return true;
    }
    if (!has_room(taking, upload, file->name, size))
        return true;
    return add(taking, upload, file, &intake, taken, err);
}

/* The limits are held against what there is now, with what comes in added as it is taken. */
static bool begin(struct visitor *visitor, struct db *db, const struct request *request,
                  struct open_draft *draft, struct finding_list *findings, struct taking *out,
                  struct error *err)
{
    if (!open_draft_usage(request->arena, db, visitor->session.citizen.id, draft, err))
        return false;
    *out = (struct taking){.visitor = visitor,
                           .request = request,
                           .config = visitor->app->config,
                           .issuers = &visitor->app->issuers,
                           .first = checking_first(visitor->app->checking),
                           .arena = request->arena,
                           .draft = draft,
                           .findings = findings,
                           .language = draft->row.language,
                           .usage = draft->usage};
    return true;
}

bool attach_files(struct visitor *visitor, struct db *db, const struct request *request,
                  struct open_draft *draft, const struct form_page *page,
                  struct finding_list *findings, const char **taken, struct error *err)
{
    *taken = NULL;
    if (!request->file_count)
        return true;
    struct taking taking;
    if (!begin(visitor, db, request, draft, findings, &taking, err))
        return false;
    struct upload *uploads;
    size_t count = uploads_list(request->arena, draft->answers, taking.language, &uploads);
    for (size_t i = 0; i < request->file_count; i++) {
        const struct request_file *file = &request->files[i];
        if (!text_starts_with(file->field, STEP_FILE_PREFIX))
            continue;
        const struct upload *upload =
            uploads_find(uploads, count, file->field + strlen(STEP_FILE_PREFIX));
        if (!upload || upload->page != page || !upload->relevant ||
            !upload_takes(upload->control, FORM_SOURCE_DISK))
            continue;
        if (!take(&taking, upload, file, taken, err))
            return false;
    }
    return true;
}

int attach_status(const struct visitor *visitor, const struct finding_list *findings,
                  struct response *response)
{
    bool is_too_often = false;
    for (size_t i = 0; i < findings->count; i++)
        is_too_often = is_too_often || text_equal(findings->items[i].code, TOO_OFTEN);
    if (!is_too_often)
        return 422;
    response_header(response, "Retry-After",
                    arena_printf(response->arena, "%lld", (long long)visitor->wait_s));
    return 429;
}

/* Its verdict and issuer are those it was sent with. */
static bool use_again(struct taking *taking, const struct attach_again *item, struct error *err)
{
    const struct upload *upload = item->upload;
    const struct form_upload *rules = upload->control->upload;
    const char *name = item->sent->name;
    int64_t size = item->content.size_bytes, most = most_of(taking->config, upload);
    struct attachment row = attachments_again(item->sent);
    row.requirement = upload->id;
    row.state = taking->first; /* what was clean then is looked at with what is known now */
    if (given_to(taking->draft, upload->id) >= rules->max_files)
        refuse(taking, upload, "file.count", name, size, rules->max_files);
    else if (size > most)
        refuse(taking, upload, "file.size", name, size, most);
    else if (row.active_content && rules->refuse_active)
        refuse(taking, upload, "file.active", name, size, most);
    else if (has_room(taking, upload, name, size))
        return put(taking, &row, &item->content, err);
    return true;
}

bool attach_again(struct visitor *visitor, struct db *db, const struct request *request,
                  struct open_draft *draft, const struct attach_again *items, size_t count,
                  struct finding_list *findings, struct error *err)
{
    struct taking taking;
    if (!begin(visitor, db, request, draft, findings, &taking, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!use_again(&taking, &items[i], err))
            return false;
    return true;
}

bool attach_remove(struct arena *arena, struct open_draft *draft, const char *attachment_id,
                   const char **name, const char **upload_id, struct error *err)
{
    *name = *upload_id = NULL;
    for (size_t i = 0; i < draft->attachment_count; i++) {
        if (!text_equal(draft->attachments[i].id, attachment_id))
            continue;
        *name = draft->attachments[i].name;
        *upload_id = draft->attachments[i].requirement;
    }
    return !*name || open_draft_detach(arena, draft, attachment_id, err);
}

static const struct attachment *promise_of(const struct open_draft *draft, const char *upload_id)
{
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (draft->attachments[i].source == ATTACHMENT_LATER &&
            text_equal(draft->attachments[i].requirement, upload_id))
            return &draft->attachments[i];
    return NULL;
}

bool attach_later(struct arena *arena, struct open_draft *draft, const char *upload_id, bool later,
                  int64_t days, struct error *err)
{
    struct upload *uploads;
    size_t count = uploads_list(arena, draft->answers, draft->row.language, &uploads);
    const struct upload *upload = uploads_find(uploads, count, upload_id);
    const struct attachment *promise = promise_of(draft, upload_id);
    if (!upload || !upload_takes(upload->control, FORM_SOURCE_LATER) || later == (promise != NULL))
        return true;
    if (promise)
        return open_draft_detach(arena, draft, promise->id, err);
    struct attachment row = {
        .requirement = upload->id,
        .source = ATTACHMENT_LATER,
        .name = upload->label,
        .media_type = "",
        .expected_by = keeping_later_until(upload->control->upload, clock_now(), days),
    };
    return open_draft_attach(arena, draft, &row, NULL, err);
}

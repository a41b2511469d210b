#include "engine/pages/begin.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/limits.h"
#include "engine/login/level.h"
#include "engine/pages/progress.h"
#include "engine/prefill.h"
#include "engine/versions.h"
#include "forms/answers.h"
#include "storage/drafts.h"

#include <string.h>

bool begin_draft(struct visitor *visitor, struct db *db, struct request *request,
                 const char *form_id, const char **address, struct error *err)
{
    struct arena *arena = request->arena;
    const struct package *package = catalogue_find(visitor->app->forms, form_id);
    if (!package)
        return error_set(err, ERROR_MISSING, "no form has that id");
    if (!level_check(visitor->session.login.acr, form_about(package->form)->security_level, err))
        return false;
    const char *citizen_id = visitor->session.citizen.id;
    if (!limits_allow_draft(visitor, db, request, err))
        return false;

    const char *reading = visitor_reading(visitor, arena, package->form, NULL);
    CLEANUP(answers_close)
    struct answers *answers = answers_open_in(package->form, clock_now(), reading);
    if (!prefill_from_login(arena, answers, &visitor->session.citizen, err))
        return false;
    struct draft_start start = {
        .form_id = package->id,
        .form_version = package->digest,
        .language = reading,
        .answers = answers_write(answers, arena, ANSWERS_DRAFT),
        .page = "",
    };
    struct draft draft;
    bool asked;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || !versions_keep(arena, db, package, err) ||
        !drafts_create(arena, db, citizen_id, &start, &draft, err) ||
        !prefill_ask(arena, db, &visitor->app->registers, answers, citizen_id, draft.id, NULL, 0,
                     &asked, err) ||
        !db_commit(&transaction, err))
        return false;
    if (asked)
        deliver_wake(visitor->app->deliver);
    *address = progress_return(arena, package, &draft);
    return true;
}

bool begin_find_draft(struct visitor *visitor, struct db *db, struct request *request,
                      const char *form_id, const char **address, int64_t *saved_at,
                      struct error *err)
{
    struct draft *drafts;
    size_t count;
    *address = NULL;
    if (!drafts_list(request->arena, db, visitor->session.citizen.id, &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count && !*address; i++) {
        const struct package *package = catalogue_find(visitor->app->forms, form_id);
        if (!package || !text_equal(drafts[i].form_id, form_id))
            continue;
        *address = progress_return(request->arena, package, &drafts[i]);
        *saved_at = drafts[i].saved_at;
    }
    return true;
}

bool begin_after_login(struct visitor *visitor, struct db *db, struct request *request,
                       const char *return_to, const char **address, struct error *err)
{
    static const char before[] = "/skjema/", after[] = "/start";
    size_t length = strlen(return_to);
    if (!text_starts_with(return_to, before) || !text_ends_with(return_to, after) ||
        length <= sizeof before + sizeof after - 2)
        return true;
    size_t id_length = length - (sizeof before - 1) - (sizeof after - 1);
    const char *form_id = arena_text_of(
        request->arena,
        (struct bytes){(const unsigned char *)return_to + sizeof before - 1, id_length});
    const char *found;
    int64_t saved_at;
    if (!begin_find_draft(visitor, db, request, form_id, &found, &saved_at, err))
        return false;
    if (found) { /* let the person decide on the start page: go on, or begin anew */
        *address = arena_printf(request->arena, "/skjema/%s", form_id);
        return true;
    }
    return begin_draft(visitor, db, request, form_id, address, err);
}

#include "engine/pages/trouble_tasks.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/keeping.h"
#include "engine/pages/kept.h"
#include "engine/pages/outcome.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/supplement.h"
#include "storage/dpi_receipts.h"
#include "storage/kept_posts.h"

enum { DAY_S = 86400, LATELY_S = 60 * DAY_S, SOON_S = 7 * DAY_S };

static const char *citizen_of(const struct tasks *tasks)
{
    return tasks->visitor->session.citizen.id;
}

/* ---- drafts ---- */

bool trouble_tasks_kept(struct tasks *tasks, struct error *err)
{
    const char *language = tasks->visitor->language;
    struct draft *drafts;
    size_t count;
    if (!drafts_list(tasks->arena, tasks->db, citizen_of(tasks), &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct kept_post post;
        bool found;
        if (!kept_posts_first(tasks->arena, tasks->db, citizen_of(tasks), drafts[i].id, &post,
                              &found, err))
            return false;
        struct form_shown form = sent_title(tasks->visitor, tasks->arena, drafts[i].form_id);
        if (found)
            tasks_add(tasks, &(struct overview_task){
                                 .title = say(language, "task.kept"),
                                 .about = form.text,
                                 .text = say(language, "task.kept.text"),
                                 .address = arena_printf(tasks->arena, "/utkast/%s/ikke-lagret",
                                                         drafts[i].id),
                                 .link = say(language, "task.kept.link"),
                                 .more_of_it = form.text,
                                 .about_language = form.language,
                                 .has_stopped = true,
                             });
    }
    return true;
}

bool trouble_tasks_drafts(struct tasks *tasks, struct error *err)
{
    struct visitor *visitor = tasks->visitor;
    struct draft *drafts;
    size_t count;
    int64_t now = clock_now();
    if (!drafts_list(tasks->arena, tasks->db, citizen_of(tasks), &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct package *package = catalogue_find(visitor->app->forms, drafts[i].form_id);
        if (!package)
            continue;
        int64_t days = keeping_draft_days(package->form, visitor->app->config->draft_days);
        int64_t gone_at = drafts[i].saved_at + days * DAY_S;
        struct form_shown form = sent_title(visitor, tasks->arena, drafts[i].form_id);
        if (gone_at > now && gone_at - now < SOON_S)
            tasks_add(tasks, &(struct overview_task){
                                 .title = say(visitor->language, "task.draft"),
                                 .about = form.text,
                                 .text = say(visitor->language, "task.draft.text"),
                                 .due_at = gone_at,
                                 .address = progress_return(tasks->arena, package, &drafts[i]),
                                 .link = say(visitor->language, "task.draft.link"),
                                 .more_of_it = form.text,
                                 .about_language = form.language,
                             });
    }
    return true;
}

/* ---- letters ---- */

static void add_letter(struct tasks *tasks, const char *title_id,
                       const struct submission *submission, const char *address)
{
    const char *language = tasks->visitor->language;
    struct form_shown form = sent_title(tasks->visitor, tasks->arena, submission->form_id);
    bool is_notice = text_equal(title_id, "task.notice");
    tasks_add(tasks,
              &(struct overview_task){
                  .title = say(language, title_id),
                  .about = arena_printf(tasks->arena, "%s · %s", form.text, submission->reference),
                  .text = say(language, is_notice ? "task.notice.text" : "task.letter.text"),
                  .address = address,
                  .link = say(language, "task.letter.link"),
                  .more_of_it = form.text,
                  .about_language = form.language,
                  .has_stopped = true,
              });
}

static bool is_late_news(int64_t at)
{
    return clock_now() - at < LATELY_S;
}

static const struct submission *find(const struct submission *submissions, size_t count,
                                     const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(submissions[i].id, id))
            return &submissions[i];
    return NULL;
}

/* The receipts of what was sent, and of what was sent afterwards. */
static bool add_receipts(struct tasks *tasks, const struct submission *sent, size_t count,
                         struct error *err)
{
    struct supplement *supplements;
    size_t supplement_count;
    for (size_t i = 0; i < count; i++)
        if (sent_delivery(&sent[i]) == SENDING_FAILED && is_late_news(sent[i].received_at))
            add_letter(tasks, "task.letter", &sent[i], sent_address(tasks->arena, sent[i].id));
    if (!supplements_list(tasks->arena, tasks->db, citizen_of(tasks), &supplements,
                          &supplement_count, err))
        return false;
    for (size_t i = 0; i < supplement_count; i++) {
        const struct submission *of = find(sent, count, supplements[i].submission_id);
        if (of && sent_supplement(&supplements[i]) == SENDING_FAILED &&
            is_late_news(supplements[i].received_at))
            add_letter(tasks, "task.letter", of,
                       supplement_address(tasks->arena, supplements[i].promise_id));
    }
    return true;
}

bool trouble_tasks_letters(struct tasks *tasks, struct error *err)
{
    struct submission *sent;
    struct decision *decisions;
    size_t count, decision_count;
    if (!submissions_list(tasks->arena, tasks->db, citizen_of(tasks), &sent, &count, err) ||
        !decisions_list(tasks->arena, tasks->db, citizen_of(tasks), &decisions, &decision_count,
                        err) ||
        !add_receipts(tasks, sent, count, err))
        return false;
    for (size_t i = 0; i < decision_count; i++) {
        const struct submission *of = find(sent, count, decisions[i].submission_id);
        if (of && !decisions[i].read_at && sent_decision(&decisions[i]) == SENDING_FAILED)
            add_letter(tasks, "task.letter.decision", of,
                       outcome_decision_address(tasks->arena, decisions[i].id));
    }
    return true;
}

bool trouble_tasks_notices(struct tasks *tasks, struct error *err)
{
    struct submission *sent;
    const char *const *unnoticed;
    size_t count, unnoticed_count;
    if (!dpi_receipts_unnoticed(tasks->arena, tasks->db, citizen_of(tasks), clock_now() - LATELY_S,
                                &unnoticed, &unnoticed_count, err))
        return false;
    if (unnoticed_count == 0)
        return true;
    if (!submissions_list(tasks->arena, tasks->db, citizen_of(tasks), &sent, &count, err))
        return false;
    for (size_t i = 0; i < unnoticed_count; i++) {
        const struct submission *of = find(sent, count, unnoticed[i]);
        if (of)
            add_letter(tasks, "task.notice", of, sent_address(tasks->arena, of->id));
    }
    return true;
}

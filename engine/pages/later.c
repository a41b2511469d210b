/* later.c - documents that were promised for later, and what became of them. */
#include "engine/pages/later.h"

#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "storage/attachments.h"

#include <stdlib.h>

/* A promise, and what it was given with. */
struct promise {
    const struct attachment *attachment;
    const struct submission *submission;
};

static int by_day(const void *left, const void *right)
{
    const struct promise *a = left, *b = right;
    int64_t x = a->attachment->expected_by, y = b->attachment->expected_by;
    return (x > y) - (x < y);
}

static void add_task(struct tasks *tasks, const struct promise *promise)
{
    struct arena *arena = tasks->arena;
    const char *language = tasks->visitor->language;
    const char *title =
        say_of(arena, language, "task.later", "dokument", promise->attachment->name);
    struct form_shown form = sent_title(tasks->visitor, arena, promise->submission->form_id);
    tasks_add(tasks, &(struct overview_task){
                         .title = title,
                         .about = arena_printf(arena, "%s · %s", form.text,
                                               promise->submission->reference),
                         .due_at = promise->attachment->expected_by,
                         .address = sent_address(arena, promise->submission->id),
                         .link = say(language, "task.later.link"),
                         .more_of_it = promise->attachment->name,
                     });
}

bool later_tasks(struct tasks *tasks, struct error *err)
{
    enum { MOST = 100 };
    const char *citizen_id = tasks->visitor->session.citizen.id;
    struct promise *promises = ARENA_ARRAY(tasks->arena, MOST, struct promise);
    struct submission *sent;
    size_t sent_count, count = 0;
    if (!submissions_list(tasks->arena, tasks->db, citizen_id, &sent, &sent_count, err))
        return false;
    for (size_t i = 0; i < sent_count; i++) {
        struct attachment *attachments;
        size_t attachment_count;
        if (!attachments_of_submission(tasks->arena, tasks->db, citizen_id, sent[i].id,
                                       &attachments, &attachment_count, err))
            return false;
        for (size_t k = 0; k < attachment_count && count < MOST; k++)
            if (attachments[k].source == ATTACHMENT_LATER)
                promises[count++] = (struct promise){&attachments[k], &sent[i]};
    }
    qsort(promises, count, sizeof *promises, by_day);
    for (size_t i = 0; i < count; i++)
        add_task(tasks, &promises[i]);
    return true;
}

#include "engine/pages/tasks.h"

#include "engine/pages/evidence.h"
#include "engine/base/clock.h"
#include "engine/pages/later.h"
#include "engine/pages/trouble_tasks.h"
#include "engine/pages/waiting.h"

#include <string.h>

/* What is as urgent is shown in this order. */
static tasks_kind *const kinds[] = {
    evidence_tasks, /* other agencies that ask for a document */
    waiting_tasks,  /* documents from the postbox that came, or did not, while one was away */
    later_tasks,    /* documents that were promised for later */
    trouble_tasks_kept, trouble_tasks_letters, trouble_tasks_notices, trouble_tasks_drafts,
};

void tasks_add(struct tasks *tasks, const struct overview_task *task)
{
    if (tasks->count == tasks->capacity) {
        tasks->capacity = tasks->capacity ? tasks->capacity * 2 : 8;
        struct overview_task *grown =
            ARENA_ARRAY(tasks->arena, tasks->capacity, struct overview_task);
        if (tasks->count)
            memcpy(grown, tasks->items, tasks->count * sizeof *grown);
        tasks->items = grown;
    }
    tasks->items[tasks->count++] = *task;
}

/* What is due within two weeks or was due, then what has stopped, then what is asked without a day,
 * then what is due later; those with a day by their day. */
static int rank_of(const struct overview_task *task)
{
    enum { SOON_S = 14 * 86400 };
    bool is_soon = task->due_at && task->due_at - clock_now() < SOON_S;
    return is_soon ? 0 : task->has_stopped ? 1 : !task->due_at ? 2 : 3;
}

static bool is_before(const struct overview_task *a, const struct overview_task *b)
{
    int rank_a = rank_of(a), rank_b = rank_of(b);
    return rank_a != rank_b ? rank_a < rank_b : a->due_at < b->due_at;
}

/* Those that are alike stay in their order. */
static void sort(struct tasks *tasks)
{
    for (size_t i = 1; i < tasks->count; i++) {
        struct overview_task task = tasks->items[i];
        size_t k = i;
        for (; k > 0 && is_before(&task, &tasks->items[k - 1]); k--)
            tasks->items[k] = tasks->items[k - 1];
        tasks->items[k] = task;
    }
}

bool tasks_list(struct visitor *visitor, struct db *db, struct arena *arena, struct overview *out,
                struct error *err)
{
    struct tasks tasks = {.visitor = visitor, .db = db, .arena = arena};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (!kinds[i](&tasks, err))
            return false;
    sort(&tasks);
    out->tasks = tasks.items;
    out->task_count = tasks.count;
    return true;
}

#include "engine/pages/tasks.h"

#include "engine/pages/evidence.h"
#include "engine/pages/later.h"
#include "engine/pages/waiting.h"

#include <string.h>

/* In the order they are shown. */
static tasks_kind *const kinds[] = {
    evidence_tasks, /* other agencies that ask for a document */
    waiting_tasks,  /* documents from the postbox that came, or did not, while one was away */
    later_tasks,    /* documents that were promised for later */
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

bool tasks_list(struct visitor *visitor, struct db *db, struct arena *arena, struct overview *out,
                struct error *err)
{
    struct tasks tasks = {.visitor = visitor, .db = db, .arena = arena};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (!kinds[i](&tasks, err))
            return false;
    out->tasks = tasks.items;
    out->task_count = tasks.count;
    return true;
}

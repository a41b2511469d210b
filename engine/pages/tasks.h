/* tasks.h - what the person should do now, on top of Min side. A kind of task is a function that
 * adds its own, and a line in tasks.c. */
#pragma once

#include "engine/visitor.h"
#include "render/overview.h"

struct tasks {
    struct visitor *visitor;
    struct db *db;
    struct arena *arena;
    struct overview_task *items;
    size_t count, capacity;
};

/* One kind: whatever it finds for tasks->visitor is added. */
typedef bool tasks_kind(struct tasks *tasks, struct error *err);

/* The strings are kept as they are: in tasks->arena, or static. */
void tasks_add(struct tasks *tasks, const struct overview_task *task);

/* All there is to do, the most urgent first. */
CHECKED bool tasks_list(struct visitor *visitor, struct db *db, struct arena *arena,
                        struct overview *out, struct error *err);

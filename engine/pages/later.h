/* later.h - documents that were promised for later when something was sent. */
#pragma once

#include "engine/pages/tasks.h"

/* A task for each that has not come, the one expected first on top. */
tasks_kind later_tasks;

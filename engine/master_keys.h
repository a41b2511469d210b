/* master_keys.h - where this installation's master keys lie, and opening them. */
#pragma once

#include "engine/config.h"
#include "storage/keyring.h"

/* The setting `keys`, else the folder keys of `data`. In the arena. */
const char *master_keys_folder(struct arena *arena, const struct config *config);

/* With --sandbox a key is made at the first start, which is told in one line of the log; without,
 * there must be one, and none made for the sandbox (security.md S-SEC-2). */
CHECKED bool master_keys_open(const struct config *config, struct keyring **out, struct error *err);

/* registers.h - which registers are asked for what is known already, from the configuration; with
 * --sandbox those that are not set are the sandbox's. */
#pragma once

#include "engine/config.h"
#include "engine/deliver_prefill.h"

/* sandbox_url: where the sandbox's registers are ("http://127.0.0.1:8081/register/"), or NULL.
 * Everything is in the arena. Fails when a token's file cannot be read. */
CHECKED bool registers_read(struct arena *arena, const struct config *config,
                            const char *sandbox_url, struct deliver_registers *out,
                            struct error *err);

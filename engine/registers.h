/* registers.h - which registers are asked for what is known already, from the configuration; with
 * --sandbox those that are not set are the sandbox's. */
#pragma once

#include "engine/config.h"
#include "engine/deliver_prefill.h"

struct maskinporten;
struct sandbox;

/* The client that gets access tokens for them, as configured, else with the sandbox its own; *out
 * is NULL when there is none. sandbox: NULL when there is none. maskinporten_close. */
CHECKED bool registers_open_maskinporten(struct arena *arena, const struct config *config,
                                         const struct sandbox *sandbox, struct maskinporten **out,
                                         struct error *err);

/* Everything is in the arena, and goes on using maskinporten, which may be NULL. Fails when a
 * token's file cannot be read. */
CHECKED bool registers_read(struct arena *arena, const struct config *config,
                            const struct sandbox *sandbox, struct maskinporten *maskinporten,
                            struct deliver_registers *out, struct error *err);

/* The population register among them; NULL: it is not asked. */
const struct register_source *registers_population(const struct deliver_registers *registers);

/* The same contact register, for asking which mailbox a person has (krr_mailbox.h); *out is NULL
 * when it is not asked. */
CHECKED bool registers_read_mailbox(struct arena *arena, const struct config *config,
                                    const struct sandbox *sandbox,
                                    struct maskinporten *maskinporten,
                                    const struct register_settings **out, struct error *err);

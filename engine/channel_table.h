/* channel_table.h - the channels there are, by the name that stands in the setting `channels`, and
 * how each is opened from the configuration. Which one a letter takes: channels.h. */
#pragma once

#include "engine/channels.h"
#include "engine/digital_post.h"

struct deliver_registers;
struct digipost;
struct folder;
struct maskinporten;
struct print_orders;
struct sandbox;

struct channel_table_settings {
    const struct config *config;
    const struct sandbox *sandbox;             /* NULL: none */
    struct maskinporten *maskinporten;         /* NULL: none */
    const struct deliver_registers *registers; /* where the population register is, or is not */
    struct db_pool *db;                        /* for receipts of Digital post */
};

/* What is open; NULL what is not among the channels. */
struct channel_table {
    struct digipost *digipost;
    struct digital_post dpi;
    struct folder *folder;
    struct print_orders *print;
    struct channels channels;
};

/* Opens what the setting names, print orders, and what is needed to ask which mailbox a person has.
 * What stands in settings is borrowed, and read for as long as the table is open. Fails with one
 * clear line; what was opened is in *out then too, for channel_table_close. */
CHECKED bool channel_table_open(struct arena *arena, const struct channel_table_settings *settings,
                                struct channel_table *out, struct error *err);
void channel_table_close(struct channel_table *table);

/* Whether the setting names that channel. */
bool channel_table_names(const struct config *config, const char *channel);

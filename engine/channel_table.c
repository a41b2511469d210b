#include "engine/channel_table.h"

#include "engine/base/text.h"
#include "engine/deliver_prefill.h"
#include "engine/files.h"
#include "engine/registers.h"
#include "engine/sandbox/sandbox.h"
#include "storage/postbox/digipost.h"
#include "storage/postbox/dpi.h"
#include "storage/postbox/folder.h"
#include "storage/postbox/print_orders.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX_BYTES = 64 * 1024 };

struct opening {
    struct arena *arena;
    const struct channel_table_settings *settings;
    struct channel_table *table;
};

/* Digipost's own API -------------------------------------------------------------------------- */

static bool parse_id(const char *text, const char *setting, int64_t *out, struct error *err)
{
    char *end;
    long long id = strtoll(text, &end, 10);
    if (end == text || *end || id <= 0)
        return error_set(err, ERROR_INVALID, "%s is \"%s\": it must be a number", setting, text);
    *out = id;
    return true;
}

/* Which Digipost: the real one by configuration, or the sandbox's. */
static bool digipost_settings(struct opening *opening, struct digipost_settings *out,
                              struct error *err)
{
    const struct config *config = opening->settings->config;
    const struct sandbox *sandbox = opening->settings->sandbox;
    const char *key_file = config->digipost_key;
    *out = (struct digipost_settings){
        .base_url = config->digipost_url,
        .content_base_url = *config->digipost_content_url ? config->digipost_content_url : NULL,
        .ca_file = *config->digipost_ca ? config->digipost_ca : NULL,
        .certificate_pins = config->digipost_fingerprint,
        .trust_entry_point = !*config->digipost_fingerprint,
        .unsigned_streams = true,
        .timeout_ms = (int)config->outbound_timeout_ms,
        .document_ms = (int)(config->lease_s * 1000 / 2), /* a fetch holds a lease too (D-7) */
        .rest_ms = (int)config->outbound_rest_ms,
    };
    if (sandbox) {
        out->base_url = sandbox_api_url(sandbox);
        out->content_base_url = sandbox_mailbox_url(sandbox);
        out->allow_private = true;
        out->broker_id = out->sender_id = sandbox_broker_id(sandbox);
        key_file = sandbox_broker_key_file(sandbox);
    } else {
        const char *sender =
            *config->digipost_sender ? config->digipost_sender : config->digipost_broker;
        if (!parse_id(config->digipost_broker, "digipost_broker", &out->broker_id, err) ||
            !parse_id(sender, "digipost_sender", &out->sender_id, err))
            return false;
        if (!*key_file)
            return error_set(err, ERROR_INVALID,
                             "digipost_key is not set: it names the file with the broker's key");
    }
    return files_read(opening->arena, key_file, KEY_MAX_BYTES, &out->private_key_pem, err);
}

static bool open_digipost(struct opening *opening, const struct postbox **out, struct error *err)
{
    struct digipost_settings settings;
    if (!digipost_settings(opening, &settings, err) ||
        !digipost_open(&settings, &opening->table->digipost, err))
        return false;
    *out = digipost_postbox(opening->table->digipost);
    return true;
}

/* Digital post, to any mailbox ----------------------------------------------------------------- */

static bool open_dpi(struct opening *opening, const struct postbox **out, struct error *err)
{
    const struct channel_table_settings *settings = opening->settings;
    const struct register_settings *krr = opening->table->channels.krr;
    if (!krr)
        return error_set(err, ERROR_INVALID,
                         "krr_url is not set, and letters go by dpi: nobody says to which mailbox");
    if (!digital_post_open(opening->arena, settings->config, settings->sandbox,
                           settings->maskinporten, krr, settings->db, &opening->table->dpi, err))
        return false;
    *out = dpi_postbox(opening->table->dpi.dpi);
    return true;
}

/* Folders ------------------------------------------------------------------------------------- */

static bool make_folder(struct opening *opening, const char *name, const char **out,
                        struct error *err)
{
    *out = arena_printf(opening->arena, "%s/%s", opening->settings->config->data, name);
    return files_make_folder(*out, err);
}

static bool open_folder(struct opening *opening, const struct postbox **out, struct error *err)
{
    const char *path;
    if (!make_folder(opening, "letters", &path, err) ||
        !folder_open(path, &opening->table->folder, err))
        return false;
    *out = folder_postbox(opening->table->folder);
    return true;
}

static bool open_print(struct opening *opening, struct error *err)
{
    struct print_orders_settings settings = {
        .population = registers_population(opening->settings->registers),
    };
    if (!make_folder(opening, "print", &settings.path, err) ||
        !print_orders_open(&settings, &opening->table->print, err))
        return false;
    opening->table->channels.print = print_orders_postbox(opening->table->print);
    return true;
}

/* The table ----------------------------------------------------------------------------------- */

static const struct row {
    const char *name;
    bool (*open)(struct opening *opening, const struct postbox **out, struct error *err);
} rows[] = {
    {"digipost", open_digipost},
    {"dpi", open_dpi},
    {"folder", open_folder},
};

static const struct row *row_of(const char *name)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (text_equal(rows[i].name, name))
            return &rows[i];
    return NULL;
}

static const char *setting_of(const struct config *config)
{
    return *config->channels ? config->channels : config->sandbox ? "digipost dpi" : "digipost";
}

/* The words of the setting, in order; *names has room for CHANNELS_MOST. False: more than that. */
static bool split(struct arena *arena, const struct config *config, const char **names,
                  size_t *count)
{
    char *rest = arena_text(arena, setting_of(config)), *name;
    *count = 0;
    while ((name = strsep(&rest, " ,"))) {
        if (!*name)
            continue;
        if (*count == CHANNELS_MOST)
            return false;
        names[(*count)++] = name;
    }
    return true;
}

bool channel_table_names(const struct config *config, const char *channel)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *names[CHANNELS_MOST];
    size_t count;
    bool named = false;
    if (split(arena, config, names, &count))
        for (size_t i = 0; i < count; i++)
            named = named || text_equal(names[i], channel);
    return named;
}

static bool open_one(struct opening *opening, const char *name, struct error *err)
{
    struct channels *channels = &opening->table->channels;
    const struct row *row = row_of(name);
    if (!row || channels_find(channels, name))
        return error_set(err, ERROR_INVALID, "channels is \"%s\": %s \"%s\"",
                         setting_of(opening->settings->config),
                         row ? "it names twice" : "there is no channel", name);
    if (!row->open(opening, &channels->postboxes[channels->count], err))
        return false;
    channels->count++;
    return true;
}

bool channel_table_open(struct arena *arena, const struct channel_table_settings *settings,
                        struct channel_table *out, struct error *err)
{
    *out = (struct channel_table){0};
    struct opening opening = {arena, settings, out};
    const char *names[CHANNELS_MOST];
    size_t count;
    if (!split(arena, settings->config, names, &count) || !count)
        return error_set(err, ERROR_INVALID,
                         "channels is \"%s\": it names one to %d, with spaces between",
                         setting_of(settings->config), CHANNELS_MOST);
    if (!registers_read_mailbox(arena, settings->config, settings->sandbox, settings->maskinporten,
                                &out->channels.krr, err) ||
        !open_print(&opening, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!open_one(&opening, names[i], err))
            return false;
    return true;
}

void channel_table_close(struct channel_table *table)
{
    digipost_close(&table->digipost);
    digital_post_close(&table->dpi);
    folder_close(&table->folder);
    print_orders_close(&table->print);
    table->channels = (struct channels){0};
}

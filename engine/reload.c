#include "engine/reload.h"

#include "engine/base/log.h"
#include "engine/look_now.h"
#include "engine/sandbox/sandbox.h"
#include "engine/versions.h"

/* As upkeep.c does at the start: whoever comes later must know that these were served. */
static bool keep_versions(struct app *app, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_return) struct db *db = NULL;
    size_t count;
    const struct package *const *forms = catalogue_forms(app->forms, &count);
    bool good = db_borrow(app->db, &db, err);
    for (size_t i = 0; good && i < count; i++)
        good = versions_keep(arena, db, forms[i], err);
    return good;
}

static void reload_forms(struct app *app)
{
    struct catalogue_reloaded found = {0};
    struct error err = {0};
    if (!catalogue_reload(app->forms, &found, &err)) {
        log_error("forms_not_reloaded", &err);
        return;
    }
    if (found.is_full) {
        log_event(LOG_LEVEL_ERROR, "forms_not_reloaded",
                  "why=\"%d forms were replaced since the start: start the site anew\"",
                  CATALOGUE_REPLACED_MOST);
        return;
    }
    log_event(found.broken ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "forms_reloaded",
              "changed=%zu added=%zu gone=%zu broken=%zu", found.changed, found.added, found.gone,
              found.broken);
    if (!keep_versions(app, &err))
        log_error("versions_not_kept", &err);
}

/* No line where no look is configured. */
static void reload_look(struct app *app)
{
    bool changed;
    struct error err;
    if (!*app->config->agency_look)
        return;
    if (!look_now_renew(app->look, &changed, &err))
        log_error("look_not_reloaded", &err);
    else
        log_event(LOG_LEVEL_INFO, "look_reloaded", "changed=%s", changed ? "yes" : "no");
}

static bool read_issuers(const struct app *app, struct issuers *fresh, struct error *err)
{
    const char *path = app->config->issuers;
    return (!*path || issuers_read(fresh, path, err)) &&
           (!app->sandbox || issuers_read(fresh, sandbox_issuers_file(app->sandbox), err));
}

/* Taken over when it is another; false: it is not, and nobody looks in it. */
static bool renew_issuers(struct app *app, struct issuers *fresh)
{
    bool is_same = issuers_are_same(&app->issuers, fresh);
    if (!is_same && app->issuers_renewed == RELOAD_ISSUERS_MOST) {
        log_event(LOG_LEVEL_ERROR, "issuers_not_reloaded",
                  "why=\"they were renewed %d times since the start: start the site anew\"",
                  RELOAD_ISSUERS_MOST);
        return false;
    }
    log_event(LOG_LEVEL_INFO, "issuers_reloaded", "count=%zu changed=%s", fresh->count,
              is_same ? "no" : "yes");
    if (is_same)
        return false;
    app->issuers_renewed++;
    issuers_renew(&app->issuers, fresh);
    return true;
}

static void reload_issuers(struct app *app)
{
    struct arena *arena = arena_open();
    struct issuers *fresh = ARENA_NEW(arena, struct issuers);
    struct error err;
    issuers_init(fresh, arena);
    bool is_read = read_issuers(app, fresh, &err);
    if (!is_read)
        log_error("issuers_not_reloaded", &err);
    if (is_read && renew_issuers(app, fresh))
        return;
    issuers_finish(fresh);
    arena_close(&arena);
}

void reload(struct app *app)
{
    reload_forms(app);
    reload_look(app);
    reload_issuers(app);
}

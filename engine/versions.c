#include "engine/versions.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "storage/form_packages.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* An old version, compiled. One that is used when all places are taken by others in use lives for
 * that use only. */
struct compiled {
    char *digest; /* as it is kept; in the package's arena */
    struct package *package;
    int users;
    uint64_t used; /* when last, in uses */
    bool has_place;
};

struct versions {
    const struct catalogue *forms;
    pthread_mutex_t compiling; /* held while one is compiled, so that each is compiled once */
    pthread_mutex_t lock;      /* held for a moment */
    struct compiled *places[VERSIONS_COMPILED];
    uint64_t uses;
};

void versions_open(const struct catalogue *forms, struct versions **out)
{
    struct versions *versions = calloc(1, sizeof *versions);
    if (!versions)
        abort();
    versions->forms = forms;
    pthread_mutex_init(&versions->compiling, NULL);
    pthread_mutex_init(&versions->lock, NULL);
    *out = versions;
}

static void close_compiled(struct compiled *compiled)
{
    package_close(&compiled->package);
    free(compiled);
}

void versions_close(struct versions **versions)
{
    struct versions *gone = *versions;
    *versions = NULL;
    if (!gone)
        return;
    for (size_t i = 0; i < VERSIONS_COMPILED; i++)
        if (gone->places[i]) {
            assert(gone->places[i]->users == 0);
            close_compiled(gone->places[i]);
        }
    pthread_mutex_destroy(&gone->compiling);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

/* ---- keeping ---- */

bool versions_keep(struct arena *arena, struct db *db, const struct package *package,
                   struct error *err)
{
    struct form_package row = {
        .form_id = package->id,
        .digest = package->digest,
        .moves_drafts = form_about(package->form)->moves_drafts,
        .content = package->source,
    };
    return form_packages_keep(arena, db, &row, err);
}

/* ---- compiled ones ---- */

static struct compiled *take(struct versions *versions, struct compiled *compiled)
{
    compiled->users++;
    compiled->used = ++versions->uses;
    return compiled;
}

/* One that is there, taken into use; NULL when there is none. */
static struct compiled *find(struct versions *versions, const char *form_id, const char *digest)
{
    struct compiled *found = NULL;
    pthread_mutex_lock(&versions->lock);
    for (size_t i = 0; i < VERSIONS_COMPILED && !found; i++) {
        struct compiled *at = versions->places[i];
        if (at && text_equal(at->digest, digest) && text_equal(at->package->id, form_id))
            found = take(versions, at);
    }
    pthread_mutex_unlock(&versions->lock);
    return found;
}

/* An empty place, else that of the one nobody uses and nobody has used for longest; NULL: none. */
static struct compiled **place_for_one(struct versions *versions)
{
    struct compiled **best = NULL;
    for (size_t i = 0; i < VERSIONS_COMPILED; i++) {
        struct compiled **at = &versions->places[i];
        if (!*at)
            return at;
        if ((*at)->users == 0 && (!best || (*at)->used < (*best)->used))
            best = at;
    }
    return best;
}

static struct compiled *put(struct versions *versions, struct package *package, const char *digest)
{
    struct compiled *compiled = calloc(1, sizeof *compiled);
    if (!compiled)
        abort();
    compiled->package = package;
    compiled->digest = arena_text(package->arena, digest);
    struct compiled *gone = NULL;
    pthread_mutex_lock(&versions->lock);
    struct compiled **place = place_for_one(versions);
    if (place) {
        gone = *place;
        *place = compiled;
        compiled->has_place = true;
    }
    take(versions, compiled);
    pthread_mutex_unlock(&versions->lock);
    if (gone)
        close_compiled(gone);
    return compiled;
}

/* *out is NULL when it is not kept, or this program cannot read it. */
static bool compile(struct versions *versions, struct db *db, const char *form_id,
                    const char *digest, struct compiled **out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct form_package row;
    struct error why;
    *out = NULL;
    if (!form_packages_content(arena, db, form_id, digest, &row, &why)) {
        if (why.code != ERROR_MISSING)
            *err = why;
        return why.code == ERROR_MISSING;
    }
    struct package *package = package_of(form_id, row.content);
    if (!package->form) {
        log_event(LOG_LEVEL_ERROR, "version_unreadable", "form=%s version=%.16s", form_id, digest);
        package_close(&package);
        return true;
    }
    *out = put(versions, package, digest);
    return true;
}

static bool find_or_compile(struct versions *versions, struct db *db, const char *form_id,
                            const char *digest, struct compiled **out, struct error *err)
{
    if ((*out = find(versions, form_id, digest)))
        return true;
    pthread_mutex_lock(&versions->compiling);
    *out = find(versions, form_id, digest); /* by another thread, meanwhile */
    bool good = *out || compile(versions, db, form_id, digest, out, err);
    pthread_mutex_unlock(&versions->compiling);
    return good;
}

/* ---- borrowing ---- */

/* Whether the draft's version is one that must be left, and since when. */
static bool judge(struct version *version, struct arena *arena, struct db *db, const char *digest,
                  struct error *err)
{
    struct form_package own, offered = {.number = INT64_MAX, .first_seen = clock_now()};
    struct error why;
    if (!form_packages_read(arena, db, version->offered->id, digest, &own, err))
        return false;
    bool is_kept = form_packages_read(arena, db, version->offered->id, version->offered->digest,
                                      &offered, &why);
    if (!is_kept && why.code != ERROR_MISSING) {
        *err = why;
        return false;
    }
    version->changed_at = offered.first_seen;
    if (!form_packages_move(arena, db, own.form_id, own.number, offered.number, &version->must_move,
                            err))
        return false;
    if (!is_kept) /* changed while we serve it, in development */
        version->must_move |= form_about(version->offered->form)->moves_drafts;
    return true;
}

static bool borrow(struct versions *versions, struct arena *arena, struct db *db,
                   const char *form_id, const char *digest, struct version *out, struct error *err)
{
    struct version version = {.owner = versions,
                              .offered = catalogue_find(versions->forms, form_id)};
    version.package = version.offered;
    version.digest = version.offered ? version.offered->digest : NULL;
    bool is_old = !version.offered || !text_equal(version.offered->digest, digest);
    if (is_old && !find_or_compile(versions, db, form_id, digest, &version.compiled, err))
        return false;
    if (version.compiled) {
        version.package = version.compiled->package;
        version.digest = version.compiled->digest;
        if (version.offered && !judge(&version, arena, db, digest, err)) {
            versions_return(&version);
            return false;
        }
    }
    if (!version.package)
        return error_set(err, ERROR_MISSING, "the form %s is not offered", form_id);
    *out = version;
    return true;
}

bool versions_borrow(struct versions *versions, struct arena *arena, struct db *db,
                     const char *form_id, const char *digest, struct version *out,
                     struct error *err)
{
    if (!catalogue_find(versions->forms, form_id))
        return error_set(err, ERROR_MISSING, "the form %s is not offered", form_id);
    return borrow(versions, arena, db, form_id, digest, out, err);
}

bool versions_borrow_sent(struct versions *versions, struct arena *arena, struct db *db,
                          const char *form_id, const char *digest, struct version *out,
                          struct error *err)
{
    return borrow(versions, arena, db, form_id, digest, out, err);
}

void versions_return(struct version *version)
{
    struct compiled *compiled = version->compiled;
    if (!compiled)
        return;
    pthread_mutex_lock(&version->owner->lock);
    compiled->users--;
    bool is_last = !compiled->has_place && compiled->users == 0;
    pthread_mutex_unlock(&version->owner->lock);
    if (is_last)
        close_compiled(compiled);
    *version = (struct version){0};
}

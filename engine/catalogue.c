#include "engine/catalogue.h"

#include "engine/base/text.h"
#include "engine/stamp.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_READERS = 8 };

/* A form's folder. `state` and `package` are under the lock until it has been read. Never freed:
 * one that has changed gets a new slot. */
struct slot {
    const char *folder;
    const char *id;
    uint64_t stamp; /* of the folder as it was found; 0: nobody has looked */
    enum { UNREAD, BEING_READ, READ } state;
    struct package *package; /* NULL: the folder could not be read */
    struct slot *before;     /* made before this one: all are there for closing */
};

/* What changes while forms are read. */
struct reading {
    pthread_mutex_t lock;
    pthread_cond_t was_read;
    void (*told)(void *context, const struct finding *finding);
    void *context;
    enum form_agency agency;
    bool stopping;
    const struct package **forms; /* NULL: nobody has asked for all */
    size_t form_count;
    pthread_t readers[MOST_READERS];
    size_t reader_count;
};

struct catalogue {
    struct arena *arena; /* under the lock once there are threads */
    const char *folder;
    struct slot **slots; /* in order of ids; under the lock */
    size_t count;
    struct slot *last; /* made */
    size_t replaced;   /* by catalogue_reload */
    struct reading *reading;
};

/* ---- Reading ---- */

static void tell(const struct reading *reading, const struct slot *slot, const struct error *why)
{
    const struct package *package = slot->package;
    if (!reading->told)
        return;
    if (!package)
        reading->told(reading->context, &(struct finding){.severity = FINDING_ERROR,
                                                          .file = slot->folder,
                                                          .code = "package.file",
                                                          .text = why->text});
    for (size_t i = 0; package && i < package->findings.count; i++)
        reading->told(reading->context, &package->findings.items[i]);
}

/* Under the lock, which is let go meanwhile; what another thread is reading is waited for. */
static void read_slot(struct reading *reading, struct slot *slot)
{
    while (slot->state == BEING_READ)
        pthread_cond_wait(&reading->was_read, &reading->lock);
    if (slot->state == READ)
        return;
    slot->state = BEING_READ;
    pthread_mutex_unlock(&reading->lock);

    struct package *package;
    struct error why = {0};
    bool opened = package_open(slot->folder, &package, &why);
    if (opened)
        package_publish(package, reading->agency);

    pthread_mutex_lock(&reading->lock);
    slot->package = opened ? package : NULL;
    slot->state = READ;
    tell(reading, slot, &why);
    pthread_cond_broadcast(&reading->was_read);
}

/* Under the lock. */
static void read_all(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        read_slot(catalogue->reading, catalogue->slots[i]);
}

static void *read_in_background(void *context)
{
    const struct catalogue *catalogue = context;
    struct reading *reading = catalogue->reading;
    pthread_mutex_lock(&reading->lock);
    for (size_t i = 0; i < catalogue->count && !reading->stopping; i++)
        if (catalogue->slots[i]->state == UNREAD)
            read_slot(reading, catalogue->slots[i]);
    pthread_mutex_unlock(&reading->lock);
    return NULL;
}

/* A thread that cannot be started only makes it take longer. */
static void start_reading(struct catalogue *catalogue)
{
    struct reading *reading = catalogue->reading;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    for (long i = 0; i < processors && i < MOST_READERS && (size_t)i < catalogue->count; i++)
        if (pthread_create(&reading->readers[reading->reader_count], NULL, read_in_background,
                           catalogue) == 0)
            reading->reader_count++;
}

/* ---- Opening and closing ---- */

static const char *id_of(const char *folder)
{
    return strrchr(folder, '/') + 1;
}

static struct slot *new_slot(struct catalogue *catalogue, const char *folder, uint64_t stamp)
{
    struct slot *slot = ARENA_NEW(catalogue->arena, struct slot);
    *slot = (struct slot){
        .folder = folder, .id = id_of(folder), .stamp = stamp, .before = catalogue->last};
    catalogue->last = slot;
    return slot;
}

bool catalogue_open(const char *folder, enum form_agency agency,
                    void (*told)(void *context, const struct finding *finding), void *context,
                    struct catalogue **out, struct error *err)
{
    struct arena *arena = arena_open();
    const char *const *folders;
    size_t count;
    if (!package_list(arena, folder, &folders, &count, err)) {
        arena_close(&arena);
        return false;
    }
    struct catalogue *catalogue = ARENA_NEW(arena, struct catalogue);
    *catalogue = (struct catalogue){.arena = arena,
                                    .folder = arena_text(arena, folder),
                                    .slots = ARENA_ARRAY(arena, count, struct slot *),
                                    .count = count,
                                    .reading = ARENA_NEW(arena, struct reading)};
    for (size_t i = 0; i < count; i++) /* folder is their name's beginning */
        catalogue->slots[i] = new_slot(catalogue, folders[i], stamp_folder(folders[i]));
    pthread_mutex_init(&catalogue->reading->lock, NULL);
    pthread_cond_init(&catalogue->reading->was_read, NULL);
    catalogue->reading->agency = agency;
    catalogue->reading->told = told;
    catalogue->reading->context = context;
    start_reading(catalogue);
    *out = catalogue;
    return true;
}

void catalogue_close(struct catalogue **catalogue)
{
    if (!*catalogue)
        return;
    struct reading *reading = (*catalogue)->reading;
    pthread_mutex_lock(&reading->lock);
    reading->stopping = true;
    pthread_mutex_unlock(&reading->lock);
    for (size_t i = 0; i < reading->reader_count; i++)
        pthread_join(reading->readers[i], NULL);
    for (struct slot *slot = (*catalogue)->last; slot; slot = slot->before)
        package_close(&slot->package);
    pthread_cond_destroy(&reading->was_read);
    pthread_mutex_destroy(&reading->lock);
    struct arena *arena = (*catalogue)->arena;
    *catalogue = NULL;
    arena_close(&arena);
}

/* ---- Changing ---- */

static int compare_id(const void *id, const void *slot)
{
    return strcmp(id, (*(struct slot *const *)slot)->id);
}

static struct slot *find_slot(const struct catalogue *catalogue, const char *id)
{
    struct slot **found =
        bsearch(id, catalogue->slots, catalogue->count, sizeof *catalogue->slots, compare_id);
    return found ? *found : NULL;
}

/* Under the lock. The slot of a folder that is as it was, else a new one. */
static struct slot *slot_now(struct catalogue *catalogue, const char *folder)
{
    struct slot *slot = find_slot(catalogue, id_of(folder));
    uint64_t stamp = stamp_folder(folder);
    if (!slot || (slot->stamp && slot->stamp != stamp))
        return new_slot(catalogue, arena_text(catalogue->arena, folder), stamp);
    slot->stamp = stamp;
    return slot;
}

static bool is_same(const struct catalogue *catalogue, struct slot *const *slots, size_t count)
{
    bool same = count == catalogue->count;
    for (size_t i = 0; same && i < count; i++)
        same = slots[i] == catalogue->slots[i];
    return same;
}

/* Under the lock: these are the forms from now on. */
static void offer(struct catalogue *catalogue, struct slot *const *slots, size_t count)
{
    if (is_same(catalogue, slots, count))
        return;
    catalogue->slots = ARENA_ARRAY(catalogue->arena, count, struct slot *);
    if (count)
        memcpy(catalogue->slots, slots, count * sizeof *slots);
    catalogue->count = count;
    catalogue->reading->forms = NULL;
}

void catalogue_refresh(struct catalogue *catalogue)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *const *folders;
    size_t count;
    struct error err;
    if (!package_list(arena, catalogue->folder, &folders, &count, &err))
        return; /* away for a moment: what was read is still there */
    struct reading *reading = catalogue->reading;
    pthread_mutex_lock(&reading->lock);
    struct slot **slots = ARENA_ARRAY(arena, count, struct slot *);
    for (size_t i = 0; i < count; i++)
        slots[i] = slot_now(catalogue, folders[i]);
    offer(catalogue, slots, count);
    pthread_mutex_unlock(&reading->lock);
}

static bool is_good(const struct slot *slot)
{
    return slot->package && slot->package->form;
}

/* Under the lock. What a folder is offered as from now on: as it was, or read anew when it has
 * changed and has no mistake. */
static struct slot *slot_after(struct catalogue *catalogue, const char *folder,
                               struct catalogue_reloaded *found)
{
    struct slot *old = find_slot(catalogue, id_of(folder));
    struct slot *slot = slot_now(catalogue, folder);
    if (slot == old)
        return old;
    read_slot(catalogue->reading, slot);
    bool stays = !is_good(slot) && old && is_good(old);
    found->broken += !is_good(slot);
    found->added += !old && is_good(slot);
    found->changed += old && is_good(slot);
    catalogue->replaced++;
    if (!stays)
        return slot;
    package_close(&slot->package); /* nobody has seen it */
    old->stamp = slot->stamp;      /* told of once */
    return old;
}

static size_t count_gone(const struct catalogue *catalogue, struct slot *const *slots, size_t count)
{
    size_t gone = 0;
    for (size_t i = 0; i < catalogue->count; i++)
        gone +=
            !count || !bsearch(catalogue->slots[i]->id, slots, count, sizeof *slots, compare_id);
    return gone;
}

bool catalogue_reload(struct catalogue *catalogue, struct catalogue_reloaded *out,
                      struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct catalogue_reloaded found = {.is_full = catalogue->replaced >= CATALOGUE_REPLACED_MOST};
    const char *const *folders;
    size_t count;
    if (!found.is_full && !package_list(arena, catalogue->folder, &folders, &count, err))
        return false;
    *out = found;
    if (found.is_full)
        return true;
    pthread_mutex_lock(&catalogue->reading->lock);
    read_all(catalogue); /* what was there before is known, and no reader is at work */
    struct slot **slots = ARENA_ARRAY(arena, count, struct slot *);
    for (size_t i = 0; i < count; i++)
        slots[i] = slot_after(catalogue, folders[i], &found);
    found.gone = count_gone(catalogue, slots, count);
    offer(catalogue, slots, count);
    pthread_mutex_unlock(&catalogue->reading->lock);
    *out = found;
    return true;
}

/* ---- Asking ---- */

/* Under the lock. */
static void list_forms(const struct catalogue *catalogue)
{
    struct reading *reading = catalogue->reading;
    reading->forms = ARENA_ARRAY(catalogue->arena, catalogue->count, const struct package *);
    reading->form_count = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct package *package = catalogue->slots[i]->package;
        if (package && package->form)
            reading->forms[reading->form_count++] = package;
    }
}

const struct package *const *catalogue_forms(const struct catalogue *catalogue, size_t *count)
{
    struct reading *reading = catalogue->reading;
    pthread_mutex_lock(&reading->lock);
    read_all(catalogue);
    if (!reading->forms)
        list_forms(catalogue);
    const struct package *const *forms = reading->forms;
    *count = reading->form_count;
    pthread_mutex_unlock(&reading->lock);
    return forms;
}

const struct package *const *catalogue_broken(struct arena *arena,
                                              const struct catalogue *catalogue, size_t *count)
{
    struct reading *reading = catalogue->reading;
    pthread_mutex_lock(&reading->lock);
    read_all(catalogue);
    const struct package **broken = ARENA_ARRAY(arena, catalogue->count, const struct package *);
    *count = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct package *package = catalogue->slots[i]->package;
        if (package && !package->form)
            broken[(*count)++] = package;
    }
    pthread_mutex_unlock(&reading->lock);
    return broken;
}

const struct package *catalogue_find(const struct catalogue *catalogue, const char *id)
{
    pthread_mutex_lock(&catalogue->reading->lock);
    struct slot *slot = find_slot(catalogue, id);
    if (slot)
        read_slot(catalogue->reading, slot);
    const struct package *package =
        slot && slot->package && slot->package->form ? slot->package : NULL;
    pthread_mutex_unlock(&catalogue->reading->lock);
    return package;
}

struct form_shown catalogue_title(struct arena *arena, const struct catalogue *catalogue,
                                  const char *id, const char *language)
{
    const struct package *package = catalogue_find(catalogue, id);
    return package ? form_show(package->form, arena, form_title(package->form), language)
                   : (struct form_shown){id, ""};
}

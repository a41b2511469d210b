#include "engine/look_now.h"

#include <pthread.h>
#include <stdlib.h>

/* What was read at one time, in an arena of its own. */
struct reading {
    struct arena *arena;
    const struct look *look;
};

struct look_now {
    const char *folder;
    struct frame_agency agency; /* without look */
    pthread_mutex_t lock;       /* before these two: */
    struct reading worn, before;
};

static bool read_again(const char *folder, struct reading *out, struct error *err)
{
    struct reading reading = {.arena = arena_open()};
    if (!look_read(reading.arena, folder, &reading.look, err)) {
        arena_close(&reading.arena);
        return false;
    }
    *out = reading;
    return true;
}

bool look_now_open(const char *folder, const struct frame_agency *agency, struct look_now **out,
                   struct error *err)
{
    struct reading worn;
    if (!read_again(folder, &worn, err))
        return false;
    struct look_now *now = calloc(1, sizeof *now);
    if (!now)
        abort();
    *now = (struct look_now){.folder = folder, .agency = *agency, .worn = worn};
    pthread_mutex_init(&now->lock, NULL);
    *out = now;
    return true;
}

void look_now_close(struct look_now **now)
{
    if (!*now)
        return;
    arena_close(&(*now)->worn.arena);
    arena_close(&(*now)->before.arena);
    pthread_mutex_destroy(&(*now)->lock);
    free(*now);
    *now = NULL;
}

bool look_now_renew(struct look_now *now, bool *changed, struct error *err)
{
    struct reading fresh;
    if (!read_again(now->folder, &fresh, err))
        return false;
    *changed = !look_is_same(fresh.look, now->worn.look);
    struct reading done = fresh;
    if (*changed) {
        pthread_mutex_lock(&now->lock);
        done = now->before;
        now->before = now->worn;
        now->worn = fresh;
        pthread_mutex_unlock(&now->lock);
    }
    arena_close(&done.arena);
    return true;
}

/* Under the lock. */
static const struct frame_agency *dressed(const struct look_now *now, struct arena *arena)
{
    struct frame_agency *agency = ARENA_NEW(arena, struct frame_agency);
    *agency = now->agency;
    look_dress(now->worn.look, agency);
    agency->logo = arena_text(arena, agency->logo);
    agency->logo_dark = arena_text(arena, agency->logo_dark);
    agency->icon = arena_text(arena, agency->icon);
    agency->colours = arena_text(arena, agency->colours);
    return agency;
}

const struct frame_agency *look_now_agency(struct look_now *now, struct arena *arena)
{
    pthread_mutex_lock(&now->lock);
    const struct frame_agency *agency = dressed(now, arena);
    pthread_mutex_unlock(&now->lock);
    return agency;
}

static const struct static_file *copy_of(struct arena *arena, const struct static_file *file)
{
    struct static_file *copy = ARENA_NEW(arena, struct static_file);
    *copy = *file;
    copy->name = arena_text(arena, file->name);
    copy->path = arena_text(arena, file->path);
    copy->content = arena_bytes(arena, file->content);
    return copy;
}

const struct static_file *look_now_file(struct look_now *now, struct arena *arena, const char *path)
{
    pthread_mutex_lock(&now->lock);
    const struct static_file *file = look_find(now->worn.look, path);
    if (!file && now->before.look)
        file = look_find(now->before.look, path);
    if (file)
        file = copy_of(arena, file);
    pthread_mutex_unlock(&now->lock);
    return file;
}

const char *look_now_text(struct look_now *now, struct arena *arena, enum look_about about,
                          const char *language, const char **found,
                          const struct frame_agency **agency)
{
    pthread_mutex_lock(&now->lock);
    const char *text = look_text(now->worn.look, about, language, found);
    if (text) {
        text = arena_text(arena, text);
        *found = arena_text(arena, *found);
    }
    *agency = dressed(now, arena);
    pthread_mutex_unlock(&now->lock);
    return text;
}

/* arena.h - memory given back all at once: a request, a delivery and a loaded form own one each. */
#pragma once

#include "engine/base/base.h"

struct arena;

/* An empty arena. Never NULL: a failed allocation ends the process (see conventions: inputs are
 * bounded before they are kept, and what must survive is in the database). */
struct arena *arena_open(void);

/* Gives everything back and sets *arena to NULL; NULL is taken. */
void arena_close(struct arena **arena);

/* Gives back everything in it; the arena itself can be used again. */
void arena_reset(struct arena *arena);

/* Bytes taken from the system for this arena, for limits and benches. */
size_t arena_size_bytes(const struct arena *arena);

/* Zeroed memory for any type; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed memory for count things of a size; ends the process when the product overflows. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));

/* One zeroed T. */
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* Copies, always with a NUL after the last byte. arena_text takes NULL for NULL. */
char *arena_text(struct arena *arena, const char *text);
char *arena_text_of(struct arena *arena, struct bytes bytes);
struct bytes arena_bytes(struct arena *arena, struct bytes bytes);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

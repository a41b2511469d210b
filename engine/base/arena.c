#include "engine/base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer a step past the end of one thing in an arena is found as if each had
 * memory of its own: what nobody asked for is poisoned, and there is some between any two. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WATCHED
#endif
#ifdef WATCHED
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 32 };
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
enum { GAP_BYTES = 0 };
#endif

enum { BLOCK_BYTES = 8 * 1024 };

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *newest;
    size_t taken_bytes;
};

static void *take_from_system(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        abort(); /* what must survive is in the database */
    return memory;
}

struct arena *arena_open(void)
{
    struct arena *arena = take_from_system(sizeof *arena);
    *arena = (struct arena){0};
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_close(struct arena **arena)
{
    if (!*arena)
        return;
    free_blocks((*arena)->newest);
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    struct block *kept = arena->newest;
    if (kept && kept->size == BLOCK_BYTES) { /* keep one, so that loops do not go to the system */
        free_blocks(kept->next);
        kept->next = NULL;
        kept->used = 0;
        ASAN_POISON_MEMORY_REGION(kept->data, kept->size);
        arena->taken_bytes = kept->size;
        return;
    }
    free_blocks(kept);
    *arena = (struct arena){0};
}

size_t arena_size_bytes(const struct arena *arena)
{
    return arena->taken_bytes;
}

/* What is there is from before. */
static void *take(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        abort();
    const size_t asked = size;
    size = (size ? (size + align - 1) / align * align : align) + GAP_BYTES;

    struct block *block = arena->newest;
    if (!block || block->size - block->used < size) {
        size_t data_bytes = size > BLOCK_BYTES / 2 ? size : BLOCK_BYTES;
        struct block *fresh = take_from_system(sizeof *fresh + data_bytes);
        *fresh = (struct block){.size = data_bytes};
        ASAN_POISON_MEMORY_REGION(fresh->data, data_bytes);
        arena->taken_bytes += data_bytes;
        if (block && data_bytes != BLOCK_BYTES) { /* a big one must not hide the rest of this one */
            fresh->next = block->next;
            block->next = fresh;
        } else {
            fresh->next = block;
            arena->newest = fresh;
        }
        block = fresh;
    }
    void *memory = block->data + block->used;
    block->used += size;
    ASAN_UNPOISON_MEMORY_REGION(memory, asked);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        abort();
    return arena_alloc(arena, total);
}

char *arena_text_of(struct arena *arena, struct bytes bytes)
{
    char *copy = take(arena, bytes.size + 1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return copy;
}

struct bytes arena_bytes(struct arena *arena, struct bytes bytes)
{
    return (struct bytes){(unsigned char *)arena_text_of(arena, bytes), bytes.size};
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_text_of(arena, BYTES_OF(text)) : NULL;
}

/* Written where it will stand when there is room, as there mostly is: formatting costs more than
 * all else here. */
char *arena_printf(struct arena *arena, const char *format, ...)
{
    struct block *block = arena->newest;
    size_t room = block ? block->size - block->used : 0;
    char *there = room ? (char *)block->data + block->used : NULL;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    ASAN_UNPOISON_MEMORY_REGION(there, room);
    int length = vsnprintf(there, room, format, arguments);
    ASAN_POISON_MEMORY_REGION(there, room);
    va_end(arguments);
    if (length < 0)
        abort();
    char *text = take(arena, (size_t)length + 1);
    if (text != there)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* base.h - the few words that every file uses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes that somebody else owns; data may be NULL when size is 0. */
struct bytes {
    const unsigned char *data;
    size_t size;
};

#define BYTES_OF(text) ((struct bytes){(const unsigned char *)(text), strlen(text)})

/* The result says whether it worked, so it must be looked at. */
#define CHECKED __attribute__((warn_unused_result))

/* Calls close(&variable) when the variable goes out of scope. */
#define CLEANUP(close) __attribute__((cleanup(close)))

#define PRINTF_LIKE(format_at, arguments_at)                                                       \
    __attribute__((format(printf, format_at, arguments_at)))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

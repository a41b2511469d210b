/* fuzz.h - what every target here has: bytes in, nothing out, and an end of the process when a
 * promise of the code is broken. With FUZZ (clang) libFuzzer calls it; else replay.c does, with the
 * files of its corpus. */
#pragma once

#include "engine/base/base.h"

enum { FUZZ_NOW = 1795434000 }; /* 2026-11-23T12:40:00+01:00 */

enum { FUZZ_MOST_SECONDS = 5 }; /* of processor time, for one input */

/* What a target is: tries one input, which is gone afterwards. */
void fuzz_one(struct bytes input);

/* libFuzzer's names, the same for all: readies libxml2; gives one input to fuzz_one, which is to be
 * done with it in time. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes what stands before the mark and moves *left past it; all of it when there is no mark. */
struct bytes fuzz_take(struct bytes *left, const char *mark);

/* The same for one byte; 0 at the end. */
unsigned char fuzz_take_byte(struct bytes *left);

/* What libxml2 makes of XML that is not well-formed, so that a change that breaks a tag still
 * reaches what comes after reading. Empty when it makes nothing of it. */
struct arena;
struct bytes fuzz_repair(struct arena *arena, struct bytes xml);

/* Promises. When one is broken it says which, shows what it knows and aborts. */
void fuzz_promise(bool kept, const char *promise, const char *shown);
void fuzz_promise_same(struct bytes a, struct bytes b, const char *promise);

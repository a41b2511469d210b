#include "fuzz.h"

#include "engine/base/xml.h"

#include <libxml/parser.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    xml_start();
    return 0;
}

/* Processor time, since how long it takes by the clock is others' doing too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clock_t before = clock();
    fuzz_one((struct bytes){data, size});
    fuzz_promise(clock() - before <= FUZZ_MOST_SECONDS * CLOCKS_PER_SEC, "an input is done in time",
                 NULL);
    return 0;
}

struct bytes fuzz_take(struct bytes *left, const char *mark)
{
    size_t size = strlen(mark);
    const unsigned char *found = left->size ? memmem(left->data, left->size, mark, size) : NULL;
    struct bytes taken = *left;
    if (!found) {
        *left = (struct bytes){left->data + left->size, 0};
        return taken;
    }
    taken.size = (size_t)(found - left->data);
    *left = (struct bytes){found + size, left->size - taken.size - size};
    return taken;
}

unsigned char fuzz_take_byte(struct bytes *left)
{
    if (!left->size)
        return 0;
    unsigned char byte = *left->data;
    *left = (struct bytes){left->data + 1, left->size - 1};
    return byte;
}

struct bytes fuzz_repair(struct arena *arena, struct bytes xml)
{
    enum { MOST = 1024 * 1024 };
    if (!xml.size || xml.size > MOST || memmem(xml.data, xml.size, "<!DOCTYPE", 9))
        return (struct bytes){0};
    CLEANUP(xml_close)
    xmlDoc *doc = xmlReadMemory((const char *)xml.data, (int)xml.size, "repaired", "UTF-8",
                                XML_PARSE_RECOVER | XML_PARSE_NONET);
    return doc && xmlDocGetRootElement(doc) ? xml_write(arena, doc) : (struct bytes){0};
}

void fuzz_promise(bool kept, const char *promise, const char *shown)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n%s\n", promise, shown ? shown : "");
    abort();
}

void fuzz_promise_same(struct bytes a, struct bytes b, const char *promise)
{
    if (a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0))
        return;
    fprintf(stderr, "broken promise: %s\n--- one (%zu bytes)\n%.*s\n--- other (%zu bytes)\n%.*s\n",
            promise, a.size, (int)a.size, a.data ? (const char *)a.data : "", b.size, (int)b.size,
            b.data ? (const char *)b.data : "");
    abort();
}

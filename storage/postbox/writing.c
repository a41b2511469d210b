#include "storage/postbox/writing.h"

struct writing writing_begin(void)
{
    struct writing writing = {.buffer = xmlBufferCreate()};
    writing.xml = xmlNewTextWriterMemory(writing.buffer, 0);
    xmlTextWriterSetIndent(writing.xml, 1);
    xmlTextWriterSetIndentString(writing.xml, BAD_CAST "  ");
    xmlTextWriterStartDocument(writing.xml, NULL, "UTF-8", NULL);
    return writing;
}

struct bytes writing_finish(struct writing writing, struct arena *arena)
{
    xmlTextWriterEndDocument(writing.xml);
    xmlFreeTextWriter(writing.xml);
    struct bytes bytes =
        arena_bytes(arena, (struct bytes){xmlBufferContent(writing.buffer),
                                          (size_t)xmlBufferLength(writing.buffer)});
    xmlBufferFree(writing.buffer);
    return bytes;
}

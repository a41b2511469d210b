/* writing.h - an XML document that is being written, for the letters of this folder. libxml2's
 * writer fails only without memory, and that ends the process (xml_start), so its results are not
 * looked at. */
#pragma once

#include "engine/base/arena.h"

#include <libxml/xmlwriter.h>

struct writing {
    xmlBuffer *buffer;
    xmlTextWriter *xml;
};

/* UTF-8, indented by two; what is open at the end is closed. The bytes are in the arena. */
struct writing writing_begin(void);
struct bytes writing_finish(struct writing writing, struct arena *arena);

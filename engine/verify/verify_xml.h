/* verify_xml.h - the answers as XML: what stands at a place, and which documents they name. */
#pragma once

#include "engine/base/xml.h"

/* What stands at "/data/barn[2]/navn" or "/data/@id", in the arena; NULL: there is no such place.
 * A number counts elements of that name beside one another; none: the first. */
const char *verify_xml_find(struct arena *arena, xmlDoc *doc, const char *path);

/* The digests of documents (sk:sha256, hex), in order. */
const char **verify_xml_digests(struct arena *arena, xmlDoc *doc, size_t *count);

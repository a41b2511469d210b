/* asice_manifest.h - the two lists of contents in a document package: manifest.xml, which says what
 * the documents are (sdp-manifest.xsd), and META-INF/manifest.xml, which names every file
 * (OpenDocument 1.2, part 3). Pure. */
#pragma once

#include "storage/postbox/asice.h"

/* A file of the package. */
struct asice_file {
    const char *name, *mime;
    struct bytes content;
};

/* manifest.xml. documents: files for the main document and each attachment, in that order;
 * titles: as many; link: NULL, or the file that belongs to the main document. */
struct bytes asice_manifest_write(struct arena *arena, const struct asice_package *package,
                                  const struct asice_file *documents, const char *const *titles,
                                  const struct asice_file *link);

/* META-INF/manifest.xml. */
struct bytes asice_manifest_list(struct arena *arena, const struct asice_file *files, size_t count);

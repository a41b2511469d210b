/* pdf_update.h - something more behind a finished PDF of ours: an incremental update (ISO 32000-2
 * 7.5.6), which leaves every byte before it as it was. For what libharu does not write: a file
 * that is embedded, a signature. */
#pragma once

#include "engine/base/buf.h"
#include "engine/base/error.h"

enum { PDF_UPDATE_OBJECTS_MAX = 16 };

/* One update on its way; out holds the PDF and what was written of the update. */
struct pdf_update {
    struct arena *arena;
    struct buf out;
    const char *catalog; /* the entries of the document's catalog, to be written anew */
    const char *trailer; /* those of its trailer that stay as they are: /Info, /ID */
    long root, size;     /* the catalog's number; that of the next new object */
    size_t before;       /* where the cross-references before begin */
    struct {
        long number;
        size_t at;
    } places[PDF_UPDATE_OBJECTS_MAX + 1];
    size_t count;
};

/* room: bytes that will come, about. ERROR_INVALID: no PDF as render/pdf.h writes it, or as it is
 * after an update. */
CHECKED bool pdf_update_begin(struct arena *arena, struct bytes pdf, size_t room,
                              struct pdf_update *out, struct error *err);

/* Begins a new object (PDF_UPDATE_OBJECTS_MAX at most, with those written anew) and gives its
 * number; then come its value and "\nendobj\n", written to update->out. */
long pdf_update_object(struct pdf_update *update);

/* The same for one that is there, which it replaces. */
void pdf_update_replace(struct pdf_update *update, long number);

/* The entries of an object that is a dictionary, as text in the arena; NULL: it is none. */
const char *pdf_update_entries(const struct pdf_update *update, long number);

/* The number in "/Name 12 0 R" among these entries; 0: it is not there. */
long pdf_update_reference(const char *entries, const char *name);

/* With these entries in the catalog. The PDF is then in update->out. */
void pdf_update_finish(struct pdf_update *update, const char *catalog);

/* Embeds a file as data that belongs to the document (an associated file, ISO 32000-2 14.13,
 * /AFRelationship /Data), not compressed. One file a document. ERROR_INVALID: as pdf_update_begin,
 * or it has one. */
CHECKED bool pdf_update_embed(struct arena *arena, struct bytes pdf, const char *file_name,
                              const char *media_type, struct bytes content, struct bytes *out,
                              struct error *err);

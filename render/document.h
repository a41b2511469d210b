/* document.h - one document in a list: title, what it is and whence, how sure we are (design.md
 * section 8). */
#pragma once

#include "render/frame.h"
#include "render/outline.h"

/* "PDF, 184 kB · Fra Skatteetaten (974 761 076) · Mottatt 3. april 2026", and its signature. */
char *document_about(struct arena *arena, const struct frame *frame,
                     const struct outline_document *document);

/* "Skatteetaten (974 761 076)"; without name the number alone, "" without both. */
char *document_issuer(struct arena *arena, const struct outline_document *document);

/* What it says of itself: "Signert av Skatteetaten 3. april 2026 · Gyldig til 31. juli 2026"; ""
 * when it says nothing. */
char *document_signature(struct arena *arena, const char *language,
                         const struct outline_document *document);

/* The badge: always icon and words. */
void document_write_badge(struct html *html, const char *language, enum outline_origin origin);

/* What is known of a document, as badges: how far the check has come, when it has not ended well;
 * where it comes from; that it acts by itself. */
void document_write_badges(struct html *html, const char *language,
                           const struct outline_document *document);

/* li in ul.app-docs with icon, title, about, badge; about NULL: document_about. Leaves the li open,
 * for an action in div.app-docs__action; closed by html_close. */
void document_begin_row(struct html *html, const struct frame *frame,
                        const struct outline_document *document, const char *about);

/* The same in two parts, for who writes himself what is said between them: in p.app-docs__meta. */
void document_begin_about(struct html *html, const struct outline_document *document);
void document_end_about(struct html *html, const struct frame *frame,
                        const struct outline_document *document);

/* receipt_manifest.h - manifest.json, which lies inside a receipt beside the answers as XML: what
 * was sent and received, in a form for programs. With it `skjema verify` holds the XML against what
 * is printed on the pages, and each attachment against its digest.
 *
 *   {"manifest": "skjema receipt 1", "kind": "receipt",         or "supplement"
 *    "reference": "FB-2026-004182", "received_at": "2026-11-23T11:00:00Z", "language": "nb",
 *    "form": {"id": "...", "version": "<SHA-256 of the form>"},
 *    "xml": {"name": "soknad.xml", "size": 2310, "sha256": "..."},   not in a supplement
 *    "audit_head": "4711 <SHA-256>",                            rows of the log, and the last
 * digest "attachments": [{"name": "...", "media_type": "application/pdf", "size": 9, "sha256":
 * "...", "verdict": "issuer"}], "later": [{"name": "...", "expected": "2026-12-14"}], promised, not
 * sent yet "answers": [{"label": "...", "at": "/data/barn[2]/navn", "type": "string"},
 *                {"label": "...", "at": "/data/valg", "value": "a", "shown": "Alternativ A"},
 *                {"label": "...", "shown": "calculated for the page alone"}]}
 *
 * An answer whose type is told is printed as that type is written (forms/types.h), from what stands
 * in the XML; of others the manifest says what is shown for what value. */
#pragma once

#include "render/outline.h"
#include "storage/attachments.h"
#include "storage/audit.h"
#include "storage/submissions.h"

#define RECEIPT_MANIFEST_NAME "manifest.json"
#define RECEIPT_MANIFEST_XML "soknad.xml"
#define RECEIPT_MANIFEST_WORD "skjema receipt 1"

struct receipt_manifest {
    bool is_supplement;
    const struct submission *submission; /* reference, form, language, answers */
    int64_t received_at;
    const char *language;
    const struct attachment *const *attachments; /* promises among them */
    size_t attachment_count;
    const struct outline *outline;
    struct audit_head head; /* before the act */
};

/* As JSON, in the arena. */
struct bytes receipt_manifest_write(struct arena *arena, const struct receipt_manifest *manifest);

/* "4711 0f1e...", in the arena; NULL of a log without rows. */
const char *receipt_manifest_head(struct arena *arena, const struct audit_head *head);

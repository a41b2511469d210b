/* verify_receipt.h - does a receipt prove itself: is it as it was signed, and does all that is in
 * it say the same: the XML and the manifest, the text of the pages, the attachments that came with
 * it, and the head of the agency's log of who did what. Without asking anybody. */
#pragma once

#include "engine/verify/verify_signature.h"
#include "storage/audit.h"

/* A file beside the receipt. */
struct verify_file {
    const char *name;
    int64_t size_bytes;
    const char *sha256; /* hex */
};

struct verify_question {
    const struct cms_trust *trust; /* who vouches for signers; NULL: nobody was named */
    bool has_files;                /* else attachments are not looked at */
    const struct verify_file *files;
    size_t file_count;
};

/* *head: the log's, as the receipt says, sequence 0 when it does not. */
void verify_receipt(struct bytes pdf, const struct verify_question *question,
                    struct verify_report *report, struct audit_head *head);

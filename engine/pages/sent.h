/* sent.h - what was sent, for pages: where its receipt is, how far its letter has come. */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "render/sending.h"
#include "storage/decisions.h"
#include "storage/submissions.h"
#include "storage/supplements.h"
#include "storage/withdrawals.h"

/* 303 to the receipt of a draft that was sent. */
CHECKED bool sent_lead_to_receipt(struct visitor *visitor, struct db *db, struct request *request,
                                  struct response *response, const char *draft_id,
                                  struct error *err);

/* What the form is called, in the language the person reads. */
struct form_shown sent_title(const struct visitor *visitor, struct arena *arena,
                             const char *form_id);

/* "/kvittering/<id>" */
char *sent_address(struct arena *arena, const char *submission_id);

/* The answers and documents as they were sent, in the words of the receipt: made of the same
 * outline as its PDF. */
CHECKED bool sent_outline(struct arena *arena, struct db *db, const struct submission *submission,
                          const struct form *form, const struct attachment *attachments,
                          size_t count, struct outline **out, struct error *err);

enum sending_delivery sent_delivery(const struct submission *submission);

/* The same of the receipt of what was sent afterwards. */
enum sending_delivery sent_supplement(const struct supplement *supplement);

/* And of a withdrawal, and of a decision. */
enum sending_delivery sent_withdrawal(const struct withdrawal *withdrawal);
enum sending_delivery sent_decision(const struct decision *decision);

/* "Digipost", "e-Boks"; NULL: not known. channel, mailbox: of the outbox. */
const char *sent_mailbox(const char *channel, const char *mailbox);

/* Where the person opens it: mailbox_url is Digipost's, and of the sandbox everybody's. NULL: we
 * know of no address. name: as sent_mailbox. */
const char *sent_mailbox_url(const struct visitor *visitor, const char *name);

/* Whether a delivery failed, with that reason, because the postbox knows no such person (Digipost
 * API, 10). */
bool sent_no_mailbox(const char *reason);

/* deliver_share.h - documents from the postbox under a consent: what has been shared, the bytes of
 * those that the citizen wants, and the end of it. */
#pragma once

#include "engine/deliver.h"
#include "storage/outbox.h"

#include <stdatomic.h>

/* One look at everything that waits for something: consents past their time, the events since the
 * look before, consents that no event was seen for in a while, and wanted documents, which are
 * fetched. What fails is logged here and tried again at a later look. */
void deliver_share_look(const struct deliver_settings *settings, struct arena *arena,
                        const atomic_bool *stopping);

/* Ends our access under a consent: DELIVERED when there is none any more, NOT_SENT when it is to be
 * tried again, REFUSED when they say no for good. */
struct postbox_outcome deliver_share_stop(const struct deliver_settings *settings,
                                          struct arena *arena, const struct delivery *delivery);

/* Why a document could not be had, as shared_document.reason: one of the words of intake_message
 * ("file.size", ...) or one of these. */
#define DELIVER_SHARE_GONE "share.gone" /* it is no longer shared with us */
#define DELIVER_SHARE_NO_ROOM "file.room"
#define DELIVER_SHARE_FAILED                                                                       \
    "share.failed" /* the postbox would not give it, however often asked                           \
                    */

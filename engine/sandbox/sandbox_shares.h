/* sandbox_shares.h - the share-documents flow as the organisation sees it (Digipost API 7.4; checks
 * 23 and 24): state, the bytes shared, stop. False: refused. */
#pragma once

#include "engine/sandbox/sandbox_exchange.h"

#define SANDBOX_SHARES_VIEW "/{sender}/shared-documents/{number}/{number}/content"
#define SANDBOX_SHARES_STREAM "/{sender}/shared-documents/{number}/{number}/content/stream"

bool sandbox_shares_state(struct sandbox_exchange *exchange);
bool sandbox_shares_view(struct sandbox_exchange *exchange);   /* a one-time address */
bool sandbox_shares_stream(struct sandbox_exchange *exchange); /* the bytes */
bool sandbox_shares_stop(struct sandbox_exchange *exchange);

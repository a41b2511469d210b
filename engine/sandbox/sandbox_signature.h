/* sandbox_signature.h - Digipost's signatures as the server sees them: what a request was signed
 * over, and what an answer is signed over (Digipost API, 2 and 3). Written from the same text as
 * the client's, not from the client. */
#pragma once

#include "engine/base/crypto.h"
#include "engine/http/request.h"

/* The request's canonical string with the path as sent, or decoded once when that is asked for (the
 * Java client since 2025-08). */
char *sandbox_signature_of_request(struct arena *arena, const struct request *request,
                                   bool decoded_path);

/* The answer's; hash NULL: it has no body. */
char *sandbox_signature_of_answer(struct arena *arena, int status, const char *target,
                                  const char *date, const char *hash);

/* True when the Base64 signature is the certificate's over either form of the request. */
bool sandbox_signature_verifies(struct arena *arena, const struct request *request,
                                const struct crypto_key *certificate, const char *signature);

/* issue.h - issuing a certificate from a submission: the PDF, the certificate, the letter with it
 * to the citizen's postbox and the audit row, all or nothing. For `skjema issue` and the API. */
#pragma once

#include "engine/catalogue.h"
#include "engine/reuse/api_body.h"
#include "engine/screening.h"
#include "render/frame.h"
#include "storage/certificates.h"

struct receipt_signature;

struct issue {
    const struct frame_agency *agency;         /* who issues */
    const struct receipt_signature *signature; /* of the agency, on the PDF; NULL: none */
    const struct catalogue *forms;             /* to call the submission's form by its title */
    const struct screening *screening;         /* of a PDF that is given; NULL: off */
    struct api_body_certificate certificate;
    const char *key; /* what makes issuing it twice once; or NULL */
    enum audit_actor actor;
    const char *actor_id;
    const char *request_id; /* of the HTTP request; "" none */
};

/* *out is the certificate, on disk. The PDF that is made says of itself what a proof says, as an
 * embedded file (engine/proof.h), and is signed; one that is given stays byte for byte as it is.
 * With a key that was used before: the certificate that it issued then. ERROR_MISSING: no such
 * submission; ERROR_CONFLICT: the citizen has withdrawn it, or the key was used for another
 * submission or type; ERROR_INVALID: it would have ended already, or the PDF has a virus;
 * ERROR_LIMIT, ERROR_UNAVAILABLE: that could not be looked through (screening.h). */
CHECKED bool issue_certificate(struct arena *arena, struct db *db, const struct issue *issue,
                               struct certificate *out, struct error *err);

/* digital_post.h - Digital post as configured: the client of the access point, whom it believes,
 * and what takes receipts in. With --sandbox what is not set is the sandbox's. */
#pragma once

#include "engine/config.h"
#include "engine/deliver_receipts.h"

struct maskinporten;
struct register_settings;
struct sandbox;

struct digital_post {
    struct dpi *dpi;
    struct x509_trust *trust;
    struct deliver_receipts receipts; /* receipts.dpi is NULL: not opened */
};

/* Reads the files that the settings name. Texts are in the arena; what is pointed to is the
 * caller's. krr: as krr_mailbox wants it. One clear line when it cannot work: ERROR_INVALID for a
 * setting, as dpi_open, else as files_read. */
CHECKED bool digital_post_open(struct arena *arena, const struct config *config,
                               const struct sandbox *sandbox, struct maskinporten *maskinporten,
                               const struct register_settings *krr, struct db_pool *db,
                               struct digital_post *out, struct error *err);
void digital_post_close(struct digital_post *post);

/* metrics.h - what the program tells about its work, for Prometheus (text format 0.0.4): numbers by
 * state, channel and class of status; nothing about a person, no id, no address. */
#pragma once

#include "engine/base/buf.h"
#include "storage/db.h"

struct digipost;
struct metrics;
struct server;
struct spools;

void metrics_open(struct metrics **out);
void metrics_close(struct metrics **metrics); /* NULL is taken */

/* A request was answered. Quick, from any thread. */
void metrics_answered(struct metrics *metrics, int status, int64_t took_ms);

/* An hourly comparison with the postbox looked at so many (reconcile.h). */
void metrics_compared(struct metrics *metrics, int64_t count);

/* What is looked at when it is written; NULL what there is none of. */
struct metrics_sources {
    const struct server *site;
    const struct spools *spools;
    const struct digipost *digipost;
    bool is_ready; /* as /ready says */
};

/* All of it. */
CHECKED bool metrics_write(struct metrics *metrics, const struct metrics_sources *sources,
                           struct arena *arena, struct db *db, struct buf *out, struct error *err);

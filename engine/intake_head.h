/* intake_head.h - what the first bytes of a picture say. For intake.c. */
#pragma once

#include "engine/base/content.h"

/* Width times height by the header; 0 when there is no such header, it is broken or cut off.
 * PNG: IHDR (ISO/IEC 15948 11.2.2). JPEG: the first frame header (ITU-T T.81 B.2.2), before which
 * at most a thousand other segments may stand. */
CHECKED bool intake_png_pixels(const struct content *content, uint64_t *pixels, struct error *err);
CHECKED bool intake_jpeg_pixels(const struct content *content, uint64_t *pixels, struct error *err);

/* Whether it is a picture as telephones save them, by its brand (ISO/IEC 23008-12, 10.2). */
CHECKED bool intake_is_heic(const struct content *content, bool *is, struct error *err);

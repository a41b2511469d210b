/* lenke.h - "lenke utenfor brev": the file that puts a button beside a letter, leading out of the
 * mailbox (Digdir, Digital post, "Utvidelser: lenke"; lenke.xsd). A mailbox that does not know it
 * drops it, so the letter must stand alone. */
#pragma once

#include "storage/postbox/postbox.h"

#define LENKE_MIME "application/vnd.difi.dpi.lenke+xml"
#define LENKE_NAME "lenke.xml"

enum {
    LENKE_MAX_DESCRIPTION = 70, /* code points */
    LENKE_MAX_BUTTON = 30,
    LENKE_MAX_URL = 2048, /* ours: the schema states none */
};

/* The file, in the arena; texts are in that language (two letters). ERROR_INVALID: the URL is not
 * http or https with something after it, a text is empty, too long or no plain text, or the
 * language is not two letters. */
CHECKED bool lenke_write(struct arena *arena, const struct postbox_link *link, const char *language,
                         struct bytes *out, struct error *err);

/* sandbox_frame.h - round every page of Postkassen: the test band, header, footer; and its colours.
 */
#pragma once

#include "engine/sandbox/sandbox_people.h"
#include "render/html.h"

#define SANDBOX_FRAME_STYLE_PATH "/sandkasse.css"

/* Everything until and with the start of the column in main; sandbox_frame_end the rest. person:
 * whose mailbox it is, or NULL. */
void sandbox_frame_begin(struct html *html, const char *title, const struct sandbox_person *person);
void sandbox_frame_end(struct html *html);

/* The rules on top of the site's stylesheet that make it look like another house. */
struct bytes sandbox_frame_style(void);

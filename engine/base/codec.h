/* codec.h - bytes as text and back: hex, base64, base64url, percent. Decoders are strict: what an
 * encoder would not have written is refused. */
#pragma once

#include "engine/base/arena.h"

char *codec_hex(struct arena *arena, struct bytes bytes); /* lower case */
CHECKED bool codec_unhex(struct arena *arena, const char *text, struct bytes *out);

/* RFC 4648 4, with padding, no line breaks. */
char *codec_base64(struct arena *arena, struct bytes bytes);
CHECKED bool codec_unbase64(struct arena *arena, const char *text, struct bytes *out);

/* RFC 4648 5, without padding (RFC 7515 2). */
char *codec_base64url(struct arena *arena, struct bytes bytes);
CHECKED bool codec_unbase64url(struct arena *arena, const char *text, struct bytes *out);

/* RFC 3986: everything but unreserved characters is escaped, in upper case. */
char *codec_percent(struct arena *arena, const char *text);

/* Decodes once. False at a broken escape. form: '+' is a space (urlencoded bodies and queries).
 * The result may hold NUL and broken UTF-8: the caller checks what it needs. */
CHECKED bool codec_unpercent(struct arena *arena, struct bytes text, bool form, struct bytes *out);

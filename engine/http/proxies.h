/* proxies.h - whose word is taken for who asks: the proxies in front of us (security.md S-HTTP-8).
 * What X-Forwarded-For, -Proto, -Host and Forwarded say is heard from them alone; nobody else ever
 * sees these headers. Rules: RFC 7239; X-Forwarded-* as nginx and HAProxy write them. */
#pragma once

#include "engine/base/error.h"
#include "engine/http/request.h"

struct proxies;

#define PROXIES_UNIX "unix" /* the peer of whatever comes over a unix socket */

/* list: addresses, networks as 10.0.0.0/8 or fd00::/8, and "unix"; comma or space between; "" is
 * nobody. ERROR_INVALID names what is none of these, also a network with bits past its length. */
CHECKED bool proxies_read(struct arena *arena, const char *list, struct proxies **out,
                          struct error *err);

/* peer: the address of a connection as text, or PROXIES_UNIX. */
bool proxies_trusted(const struct proxies *proxies, const char *peer);

/* Sets client, scheme, is_open and host of a request from its peer, its Host and what a trusted
 * peer says, and takes away the headers that only a proxy may send. proxies may be NULL: nobody is
 * trusted. The client is the last address that no trusted one stands behind: what lies before it
 * may be anybody's invention, and is not read.
 *
 * Returns 0, or 400 when a trusted peer says what cannot be: an address that is none, a scheme
 * other than http and https, two hosts or one that is not in hosts, or both Forwarded and
 * X-Forwarded-*: then one of them came from the client, and nobody knows which. */
CHECKED int proxies_hear(const struct proxies *proxies, const char *hosts, struct request *request);

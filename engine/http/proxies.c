#include "engine/http/proxies.h"

#include "engine/base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* IPv4 lies in IPv6 as ::ffff:0:0/96, so that there is one kind. */
struct network {
    struct in6_addr address;
    unsigned bits;
};

struct proxies {
    struct network *networks;
    size_t count;
    bool takes_unix;
};

enum { V4_PREFIX = 96, MOST_BITS = 128 };

/* ---- addresses ---- */

static bool read_address(const char *text, struct in6_addr *out, bool *is_v4)
{
    struct in_addr v4;
    *is_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (!*is_v4)
        return inet_pton(AF_INET6, text, out) == 1;
    *out = (struct in6_addr){.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
    memcpy(out->s6_addr + 12, &v4, sizeof v4);
    return true;
}

static const char *write_address(struct arena *arena, const struct in6_addr *address)
{
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, address->s6_addr + 12, text, sizeof text);
    else
        inet_ntop(AF_INET6, address, text, sizeof text);
    return arena_text(arena, text);
}

static bool lies_in(const struct in6_addr *address, const struct network *network)
{
    for (unsigned bit = 0; bit < network->bits; bit += 8) {
        unsigned left = network->bits - bit;
        unsigned mask = left >= 8 ? 0xFFU : 0xFFU << (8 - left) & 0xFFU;
        if ((address->s6_addr[bit / 8] ^ network->address.s6_addr[bit / 8]) & mask)
            return false;
    }
    return true;
}

/* ---- who is trusted ---- */

static bool has_bits_past(const struct network *network)
{
    struct network whole = {network->address, MOST_BITS};
    for (unsigned bit = network->bits; bit < MOST_BITS; bit++)
        whole.address.s6_addr[bit / 8] &= (unsigned char)~(0x80U >> bit % 8);
    return memcmp(&whole.address, &network->address, sizeof whole.address) != 0;
}

static bool read_network(struct arena *arena, const char *text, struct network *out)
{
    size_t size = strcspn(text, "/");
    char *address = arena_text_of(arena, (struct bytes){(const unsigned char *)text, size});
    bool is_v4;
    if (!read_address(address, &out->address, &is_v4))
        return false;
    out->bits = MOST_BITS;
    if (!text[size])
        return true;
    const char *bits = text + size + 1;
    size_t digits = strspn(bits, "0123456789");
    if (!digits || digits > 3 || bits[digits])
        return false;
    out->bits = (unsigned)strtoul(bits, NULL, 10) + (is_v4 ? V4_PREFIX : 0);
    return out->bits <= MOST_BITS && !has_bits_past(out);
}

bool proxies_read(struct arena *arena, const char *list, struct proxies **out, struct error *err)
{
    struct proxies *proxies = ARENA_NEW(arena, struct proxies);
    proxies->networks = ARENA_ARRAY(arena, strlen(list) / 2 + 1, struct network);
    for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
        size_t size = strcspn(list, ", ");
        const char *item = arena_text_of(arena, (struct bytes){(const unsigned char *)list, size});
        list += size;
        if (text_equal(item, PROXIES_UNIX))
            proxies->takes_unix = true;
        else if (read_network(arena, item, &proxies->networks[proxies->count]))
            proxies->count++;
        else
            return error_set(err, ERROR_INVALID,
                             "\"%s\" is no proxy to trust: it may be an address, a network as "
                             "10.0.0.0/8, or unix",
                             item);
    }
    *out = proxies;
    return true;
}

static bool is_trusted(const struct proxies *proxies, const struct in6_addr *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (lies_in(address, &proxies->networks[i]))
            return true;
    return false;
}

bool proxies_trusted(const struct proxies *proxies, const char *peer)
{
    if (text_equal(peer, PROXIES_UNIX))
        return proxies->takes_unix;
    struct in6_addr address;
    bool is_v4;
    return read_address(peer, &address, &is_v4) && is_trusted(proxies, &address);
}

/* ---- what they say ---- */

/* What was said, each in the order of the proxies. */
struct said {
    struct arena *arena;
    const char **addresses, **schemes, **hosts;
    size_t address_count, scheme_count, host_count;
    bool forwarded, x_forwarded;
    bool is_wrong;
};

static bool is_from_proxies_only(const char *name)
{
    return strcasecmp(name, "Forwarded") == 0 || strncasecmp(name, "X-Forwarded-", 12) == 0 ||
           strcasecmp(name, "X-Real-IP") == 0;
}

static const char *trimmed(struct arena *arena, const char *at, size_t size)
{
    return text_trim(arena, arena_text_of(arena, (struct bytes){(const unsigned char *)at, size}));
}

/* The items of a list with commas between. */
static void add_items(struct said *said, const char *value, const char **items, size_t *count)
{
    for (;;) {
        size_t size = strcspn(value, ",");
        items[(*count)++] = trimmed(said->arena, value, size);
        if (!value[size])
            return;
        value += size + 1;
    }
}

/* RFC 7239 4: a pair of Forwarded; the value may be quoted, and holds no '"', '\\', ',' or ';' in
 * what we read: an address, a scheme, a host. */
static void add_pair(struct said *said, const char *pair)
{
    size_t name_size = strcspn(pair, "=");
    size_t size = strlen(pair);
    if (name_size == size) {
        said->is_wrong = true;
        return;
    }
    const char *value = pair + name_size + 1;
    size_t value_size = strlen(value);
    bool is_quoted = value_size >= 2 && value[0] == '"' && value[value_size - 1] == '"';
    const char *plain = trimmed(said->arena, value + is_quoted, value_size - 2U * is_quoted);
    if (strpbrk(plain, "\"\\"))
        said->is_wrong = true;
    else if (name_size == 3 && strncasecmp(pair, "for", 3) == 0)
        said->addresses[said->address_count++] = plain;
    else if (name_size == 5 && strncasecmp(pair, "proto", 5) == 0)
        said->schemes[said->scheme_count++] = plain;
    else if (name_size == 4 && strncasecmp(pair, "host", 4) == 0)
        said->hosts[said->host_count++] = plain;
}

static void add_forwarded(struct said *said, const char *value)
{
    while (*value) {
        size_t size = strcspn(value, ",;");
        const char *pair = trimmed(said->arena, value, size);
        if (*pair)
            add_pair(said, pair);
        value += size + (value[size] != '\0');
    }
}

static void listen_to(struct said *said, const struct request *request)
{
    for (size_t i = 0; i < request->headers.count; i++) {
        const char *name = request->headers.items[i].name;
        const char *value = request->headers.items[i].value;
        bool is_known = true;
        if (strcasecmp(name, "Forwarded") == 0) {
            said->forwarded = true;
            add_forwarded(said, value);
            continue;
        }
        if (strcasecmp(name, "X-Forwarded-For") == 0)
            add_items(said, value, said->addresses, &said->address_count);
        else if (strcasecmp(name, "X-Forwarded-Proto") == 0)
            add_items(said, value, said->schemes, &said->scheme_count);
        else if (strcasecmp(name, "X-Forwarded-Host") == 0)
            add_items(said, value, said->hosts, &said->host_count);
        else
            is_known = false;
        said->x_forwarded = said->x_forwarded || is_known;
    }
}

/* "192.0.2.43", "192.0.2.43:47011", "2001:db8::17", "[2001:db8::17]:47011". */
static bool read_node(struct arena *arena, const char *text, struct in6_addr *out)
{
    bool is_v4;
    if (read_address(text, out, &is_v4))
        return true;
    bool in_brackets = *text == '[';
    const char *end = strchr(text, in_brackets ? ']' : ':');
    if (!end)
        return false;
    const char *address = trimmed(arena, text + in_brackets, (size_t)(end - text) - in_brackets);
    const char *port = end + in_brackets;
    bool has_port = *port == ':' && port[1] && strspn(port + 1, "0123456789") == strlen(port + 1);
    return (has_port || (in_brackets && !*port)) && read_address(address, out, &is_v4) &&
           is_v4 == !in_brackets;
}

/* From the last to the first: each was said by the one after it. */
static bool find_client(const struct proxies *proxies, const struct said *said,
                        struct request *request)
{
    for (size_t i = said->address_count; i > 0; i--) {
        struct in6_addr address;
        if (!read_node(said->arena, said->addresses[i - 1], &address))
            return false;
        request->client = write_address(said->arena, &address);
        if (!is_trusted(proxies, &address))
            return true;
    }
    return true;
}

/* As secure as its least secure leg. */
static bool find_scheme(const struct said *said, struct request *request)
{
    for (size_t i = 0; i < said->scheme_count; i++) {
        bool is_https = strcasecmp(said->schemes[i], "https") == 0;
        if (!is_https && strcasecmp(said->schemes[i], "http") != 0)
            return false;
        if (i == 0 || !is_https)
            request->scheme = is_https ? "https" : "http";
        request->is_open = request->is_open || !is_https;
    }
    return true;
}

static bool find_host(const struct said *said, const char *hosts, struct request *request)
{
    if (!said->host_count)
        return true;
    request->host = said->hosts[0];
    return said->host_count == 1 && request_is_host(hosts, request->host);
}

static bool hear(const struct proxies *proxies, const char *hosts, struct request *request)
{
    /* each item has at least a comma, or a header of its own */
    size_t most = request->headers.count;
    for (size_t i = 0; i < request->headers.count; i++)
        if (is_from_proxies_only(request->headers.items[i].name))
            most += strlen(request->headers.items[i].value);
    struct said said = {
        .arena = request->arena,
        .addresses = ARENA_ARRAY(request->arena, most + 1, const char *),
        .schemes = ARENA_ARRAY(request->arena, most + 1, const char *),
        .hosts = ARENA_ARRAY(request->arena, most + 1, const char *),
    };
    listen_to(&said, request);
    return !said.is_wrong && !(said.forwarded && said.x_forwarded) &&
           find_client(proxies, &said, request) && find_scheme(&said, request) &&
           find_host(&said, hosts, request);
}

static void drop_forwarded(struct request *request)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->headers.count; i++)
        if (!is_from_proxies_only(request->headers.items[i].name))
            request->headers.items[kept++] = request->headers.items[i];
    request->headers.count = kept;
}

int proxies_hear(const struct proxies *proxies, const char *hosts, struct request *request)
{
    const char *host = request_header(request, "Host");
    request->client = request->peer;
    request->scheme = "http";
    request->host = host ? host : "";
    bool is_sound =
        !proxies || !proxies_trusted(proxies, request->peer) || hear(proxies, hosts, request);
    drop_forwarded(request);
    return is_sound ? 0 : 400;
}

#include "engine/http/wire.h"

#include <string.h>

enum { CRLF = 2 };

static void expect(struct wire *wire, const char *piece)
{
    wire->is_plain = wire->is_plain && piece && piece == wire->next;
}

void wire_begin(struct wire *wire, const char *method, const char *target, size_t target_size,
                const char *version)
{
    *wire = (struct wire){.next = method + strlen(method) + 1, .is_plain = true};
    expect(wire, target);
    wire->next = target + target_size + 1;
    expect(wire, version);
    if (wire->is_plain)
        wire->next = version + strlen(version) + CRLF;
}

void wire_header(struct wire *wire, const char *name, size_t name_size, const char *value,
                 size_t value_size)
{
    expect(wire, name);
    if (!wire->is_plain)
        return;
    const char *at = name + name_size + 1;
    while (*at == ' ' || *at == '\t')
        at++;
    wire->next = at;
    expect(wire, value);
    wire->next = at + value_size + CRLF;
}

bool wire_end(struct wire *wire, const char *method, size_t size)
{
    expect(wire, method + size - CRLF);
    return wire->is_plain;
}

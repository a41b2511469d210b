#include "engine/libraries.h"

#include "engine/base/crypto.h"
#include "engine/base/fetch.h"
#include "engine/base/xml.h"
#include "engine/confine.h"
#include "engine/http/server.h"
#include "storage/db.h"

#include <jansson.h>

const char *libraries_version(void)
{
    return SKJEMA_VERSION;
}

const char *libraries(struct arena *arena)
{
    return arena_printf(arena, "%s, %s, %s, %s, %s, %s, jansson %s", server_library(arena),
                        xml_library(arena), fetch_library(), db_library(arena), crypto_library(),
                        confine_library(arena), jansson_version_str());
}

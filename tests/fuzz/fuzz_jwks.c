/* An issuer's keys, as whoever answers in its place may send them. */
#include "fuzz.h"

#include "engine/base/jws.h"

#include <jansson.h>

void fuzz_one(struct bytes input)
{
    struct jws_keys *keys = NULL;
    struct error err = {0};
    if (!jws_keys_parse(input, &keys, &err)) {
        fuzz_promise(!keys, "nothing comes of keys that are refused", NULL);
        fuzz_promise(err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                     "keys are refused as wrong or as too much", err.text);
        return;
    }
    json_t *set = json_loadb((const char *)input.data, input.size, 0, NULL);
    fuzz_promise(jws_keys_count(keys) <= json_array_size(json_object_get(set, "keys")),
                 "there are no more keys than were sent", NULL);
    json_decref(set);
    jws_keys_close(&keys);
}

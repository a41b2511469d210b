/* keyring.h - the master keys, under which every other key is wrapped: small files in a folder that
 * nobody else may read (security.md S-KEY-5, S-SEC-1, S-SEC-2). The one made last is the active
 * one; earlier ones open what was wrapped under them until that is wrapped anew (rotation.h).
 *
 * A file, 0123456789abcdef.key:
 *   skjema master key 1
 *   id 0123456789abcdef
 *   made 2026-11-23T12:00:00Z
 *   for production                  or: for sandbox
 *   secret <64 hexadecimal digits> */
#pragma once

#include "engine/base/seal.h"

enum {
    KEYRING_MAX = 32,    /* master keys */
    KEYRING_ID_MAX = 17, /* an id with its NUL */
};

struct keyring; /* shared by threads */

struct keyring_options {
    const char *folder; /* data/keys, or what LoadCredential= makes */
    bool sandbox;       /* take a key that was made for the sandbox; else it is refused */
};

/* ERROR_MISSING: the folder is not there or holds no key. ERROR_INVALID, with the file: one that
 * others may read, that is not such a file, two with one id, or one made for the sandbox. The
 * secrets lie in memory that is not swapped (where that is allowed) nor dumped, and are wiped. */
CHECKED bool keyring_open(const struct keyring_options *options, struct keyring **out,
                          struct error *err);
void keyring_close(struct keyring **keyring);

/* A new master key in a file of its own (0600; the folder, 0700, is made), safely on disk. A
 * keyring that is open takes it up by itself (keyring_unwrap). id: KEYRING_ID_MAX. ERROR_INVALID:
 * there are KEYRING_MAX, or a file there is not as it must be. */
CHECKED bool keyring_make(const char *folder, bool sandbox, char *id, struct error *err);

/* What is in it, the oldest first: the last is the active one. */
struct keyring_master {
    char id[KEYRING_ID_MAX];
    int64_t made_at;
    bool sandbox;
};
size_t keyring_list(struct keyring *keyring, struct keyring_master out[KEYRING_MAX]);

/* Wraps under the active key; master_id: KEYRING_ID_MAX, which one that was. */
void keyring_wrap(struct keyring *keyring, const char *owner_id, const struct seal_key *key,
                  unsigned char wrapped[SEAL_WRAPPED_BYTES], char *master_id);

/* Reads the folder again when it does not know that master key, which `skjema keys` may have made
 * since. ERROR_BROKEN: there is none, or it is not what was wrapped for that owner. */
CHECKED bool keyring_unwrap(struct keyring *keyring, const char *master_id, const char *owner_id,
                            struct bytes wrapped, struct seal_key *out, struct error *err);

/* Reads the folder again, so that the key made last is the active one. ERROR_BROKEN: a file there
 * is not as it must be; the keys that were known stay known. */
CHECKED bool keyring_refresh(struct keyring *keyring, struct error *err);

/* The secret that lookups are made with (keys.h): set once, by keys_prepare. */
void keyring_set_lookup(struct keyring *keyring, const unsigned char secret[SEAL_SECRET_BYTES]);
const unsigned char *keyring_lookup(const struct keyring *keyring);
